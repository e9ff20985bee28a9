/** The network as a vertical list of its modules, one of which is open. */

import { t } from '../words.js';
import { drawMap } from '../colour.js';
import { h, setText, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { thumbnail } from '../thumbnail.js';
import { Minimap } from './minimap.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('./module.js').ModuleView} ModuleView
 *
 * @typedef {object} Row
 * @property {HTMLElement} item
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} panel
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} time
 * @property {() => string} text what the search looks through
 */

const THUMBNAIL = 40;
/** Kinds of module that a label alone does not tell. */
const CHIPS = new Set(['inception', 'reduction', 'residual', 'auxiliary']);

export class NetworkMap {
  /**
   * @param {HTMLElement} host
   * @param {ModuleView} module shows the open one
   * @param {(module: number | null) => void} onModule one was opened or closed by hand
   * @param {import('./figure.js').FigureView} figure
   * @param {HTMLElement} actions further buttons beside the search
   * @param {'figure' | 'list'} view
   * @param {(view: 'figure' | 'list') => void} onView one of the two was chosen
   */
  constructor(host, module, onModule, figure, actions, view, onView) {
    this.figure = figure;
    this.module = module;
    this.onModule = onModule;
    module.onTimes = (times) => this.#showTimes(times);
    /** @type {Scope | null} */
    this.scope = null;
    /** @type {number | null} */
    this.opened = null;
    /** @type {'figure' | 'list' | null} */
    this.view = null;
    /** Whether the list has pictures of an older run. */
    this.stale = false;
    /** @type {Row[]} */
    this.rows = [];
    /** Counts runs, so that late answers are dropped. */
    this.generation = 0;

    this.totals = h('p', { class: 'muted' });
    this.searchStatus = h('span', { class: 'muted', role: 'status' });
    this.search = h('input', {
      type: 'search',
      id: 'search',
      placeholder: t.network.searchHint,
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => this.#filter(),
      onkeydown: (/** @type {KeyboardEvent} */ e) => {
        if (e.key !== 'Enter') return;
        e.preventDefault(); // or the row that gets the focus is clicked by the same key
        this.#openFirst();
      },
    });
    this.measure = h('button', {
      type: 'button',
      class: 'measure',
      text: t.times.measure,
      title: t.times.about,
      disabled: true,
      onclick: () => this.#measure(),
    });
    this.list = h('ol', { class: 'modules', 'aria-label': t.network.title });
    this.nothing = h('p', { class: 'nothing muted', hidden: true, text: t.network.nothing });
    this.minimap = new Minimap((index) => this.#goTo(index));
    this.views = h('span', { class: 'segmented', role: 'group', 'aria-label': t.figure.views.label }, [
      this.#viewButton('figure', onView),
      this.#viewButton('list', onView),
    ]);
    let scheduled = false;
    /** The minimap marks what is in the window, once it is laid out: not now, which would lay it out twice. */
    this.follow = () => {
      if (scheduled || this.view !== 'list') return;
      scheduled = true;
      requestAnimationFrame(() => {
        scheduled = false;
        this.minimap.follow(this.rows.map((row) => row.item));
      });
    };
    addEventListener('scroll', this.follow, { passive: true });
    addEventListener('resize', this.follow, { passive: true });
    new ResizeObserver(this.follow).observe(this.list);
    host.append(
      h(
        'div',
        { class: 'network-head' },
        h('div', {}, h('h2', { id: 'network-title', text: t.network.title }), this.totals),
        h(
          'div',
          { class: 'search' },
          this.views,
          h('label', { for: 'search', class: 'hidden', text: t.network.search }),
          this.search,
          this.measure,
          actions,
          this.searchStatus,
        ),
      ),
      figure.element,
      h(
        'div',
        { class: 'row heads list-only', 'aria-hidden': 'true' },
        h('span'),
        h('span', { text: t.network.columns.module }),
        h('span', { class: 'number', text: t.network.columns.output }),
        h('span', { class: 'number', text: t.network.columns.params }),
        h('span', { class: 'number', text: t.network.columns.macs }),
        h('span', { class: 'number', text: t.network.columns.time }),
        h('span'),
      ),
      h('div', { class: 'map-box-outer list-only' }, h('div', {}, this.list), this.minimap.element),
      this.nothing,
    );
    this.show(view);
  }

  /** @param {'figure' | 'list'} view @param {(view: 'figure' | 'list') => void} onView */
  #viewButton(view, onView) {
    const onclick = () => {
      this.show(view);
      onView(view);
    };
    return h('button', { type: 'button', 'data-view': view, onclick, text: t.figure.views[view] });
  }

  /** Shows the figure or the list; what is open is open in either. @param {'figure' | 'list'} view */
  show(view) {
    if (this.view === view) return;
    this.view = view;
    for (const button of this.views.children)
      button.setAttribute('aria-pressed', String(button.getAttribute('data-view') === view));
    this.views.closest('#network')?.classList.toggle('as-figure', view === 'figure');
    this.figure.show(view === 'figure');
    const { opened } = this;
    if (opened !== null) this.open(opened);
    if (view === 'list' && this.stale) this.#thumbnails([...this.rows.keys()]);
  }

  /** @param {Scope} scope */
  setScope(scope) {
    this.scope = scope;
    this.generation += 1;
    this.opened = null;
    this.module.setScope(scope);
    const { modules, params, macs } = scope.graph;
    setText(this.totals, t.network.totals(scope.graph.paper, params, macs, modules.length));
    const most = Math.max(...modules.map((m) => m.macs));
    this.rows = modules.map((module, i) => this.#row(scope.graph, module, i, most));
    this.list.replaceChildren(...this.rows.map((row) => row.item));
    this.minimap.setGraph(scope.graph);
    this.figure.setScope(scope);
    this.measure.disabled = true;
    this.#filter();
    this.follow();
  }

  /** @param {Graph} graph @param {Module} module @param {number} index @param {number} most @returns {Row} */
  #row(graph, module, index, most) {
    const canvas = h('canvas', { class: 'thumbnail', width: 1, height: 1, 'aria-hidden': 'true' });
    let words = '';
    const text = () =>
      (words ||= [
        module.id,
        module.label,
        t.network.kinds[module.kind],
        format.shape(module.shape),
        ...graph.nodes
          .filter((n) => n.module === index)
          .flatMap((n) => [n.id, ...n.ops.map(t.ops.of), n.op, format.shape(n.shape)]),
      ]
        .join('\n')
        .toLowerCase());
    const time = h('span', { class: 'number time', text: t.network.blank });
    const panel = h('div', {
      id: uniqueId('module'),
      class: 'panel',
      hidden: true,
      role: 'region',
      'aria-label': module.label,
    });
    const button = h(
      'button',
      {
        type: 'button',
        class: 'row',
        'aria-expanded': 'false',
        'aria-controls': panel.id,
        onclick: () => this.open(this.opened === index ? null : index, true),
      },
      h('span', { class: 'frame', title: t.network.thumbnail(module.label) }, canvas),
      h(
        'span',
        { class: 'name' },
        h('span', { class: 'label', text: module.label }),
        ' ',
        h('span', { class: 'id', text: module.id }),
        ' ',
        CHIPS.has(module.kind) ? h('span', { class: `kind ${module.kind}`, text: t.network.kinds[module.kind] }) : null,
      ),
      h(
        'span',
        { class: 'number shape' },
        h('span', { class: 'hidden', text: `${t.network.columns.output} ` }),
        format.shape(module.shape),
      ),
      h(
        'span',
        { class: 'number params' },
        h('span', { class: 'hidden', text: `${t.network.columns.params} ` }),
        module.params ? format.count(module.params) : t.network.blank,
      ),
      h(
        'span',
        { class: 'number macs', style: `--share:${module.macs / most}` },
        h('span', { class: 'hidden', text: `${t.network.columns.macs} ` }),
        module.macs ? format.count(module.macs) : t.network.blank,
      ),
      time,
      h('span', { class: 'chevron', 'aria-hidden': 'true' }),
    );
    const item = h('li', { class: `module ${module.kind} waiting` }, h('h3', {}, button), panel);
    return { item, button, panel, canvas, time, text };
  }

  /** Opens the first module that the search found. */
  #openFirst() {
    const first = this.rows.findIndex((row) => !row.item.hidden);
    if (!this.search.value.trim() || first < 0) return;
    this.open(first, true);
    this.#goTo(first);
  }

  /** @param {number} index */
  #goTo(index) {
    const { button, item } = this.rows[index];
    if (item.hidden) {
      this.search.value = '';
      this.#filter();
    }
    button.scrollIntoView({
      block: 'start',
      behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth',
    });
    button.focus({ preventScroll: true });
  }

  async #measure() {
    this.measure.disabled = true;
    setText(this.searchStatus, t.times.measuring);
    await this.module.measureTimes();
    this.measure.disabled = !this.module.hasRun;
    if (this.searchStatus.textContent === t.times.measuring) setText(this.searchStatus, '');
  }

  /** Each module's share. @param {Map<string, number>} byNode milliseconds */
  #showTimes(byNode) {
    const { modules, nodes } = /** @type {Scope} */ (this.scope).graph;
    const times = modules.map(() => 0);
    for (const { id, module } of nodes) times[module] += byNode.get(id) ?? 0;
    const all = times.reduce((a, b) => a + b, 0) || 1;
    const most = Math.max(...times) || 1;
    this.rows.forEach(({ time }, i) => {
      time.classList.add('measured');
      time.style.setProperty('--share', String(times[i] / most));
      time.replaceChildren(
        h('span', { class: 'hidden', text: `${t.network.columns.time} ` }),
        t.times.of(times[i], times[i] / all),
      );
    });
    setText(this.searchStatus, t.times.sum(all));
  }

  /** Ends a search. */
  showAll() {
    this.search.value = '';
    this.#filter();
  }

  #filter() {
    const words = this.search.value
      .toLowerCase()
      .replace(/\s*[x×]\s*(?=\d)/g, ' × ')
      .trim();
    let matches = 0;
    for (const { item, text } of this.rows) {
      const all = words ? text() : '';
      const [tight, wanted] = [all, words].map((s) => s.replaceAll(' × ', '×'));
      const hit = all.includes(words) || tight.includes(wanted);
      item.hidden = !hit;
      if (hit) matches += 1;
    }
    setText(this.searchStatus, words ? t.network.found(matches) : '');
    this.nothing.hidden = matches > 0 || this.rows.length === 0;
    this.rows.forEach(({ item }, i) => this.minimap.mark(i, 'out', item.hidden === true));
    this.figure.setOut(new Set(this.rows.flatMap(({ item }, i) => (item.hidden === true ? [i] : []))));
  }

  /**
   * Opens a module, or closes the open one.
   * @param {number | null} index
   * @param {boolean} [byHand] tell the page, and keep the row where it is
   */
  open(index, byHand = false) {
    const row = this.rows[index ?? this.opened ?? -1];
    const anchor = this.view === 'list' ? row?.button : null;
    const before = anchor?.getBoundingClientRect().top;
    this.#mark(this.opened, false);
    this.module.clear();
    this.opened = index;
    this.#mark(index, true);
    if (index !== null && row) this.module.show(this.view === 'figure' ? this.figure.panel : row.panel, index);
    if (anchor && byHand) scrollBy({ top: anchor.getBoundingClientRect().top - (before ?? 0), behavior: 'instant' });
    if (byHand) this.onModule(index);
  }

  /** Brings a module, or of it the maps of a node, into the window. @param {number} index @param {string} [node] */
  reveal(index, node) {
    const { button } = this.rows[index];
    if (node)
      this.module.panel
        ?.querySelector(`[data-node="${CSS.escape(node)}"]`)
        ?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    else if (this.view === 'list') button.scrollIntoView({ block: 'start', behavior: 'instant' });
  }

  /** @param {number | null} index @param {boolean} open */
  #mark(index, open) {
    this.figure.mark(open ? index : null);
    const row = this.rows[index ?? -1];
    if (!row) return;
    row.button.setAttribute('aria-expanded', String(open));
    row.item.classList.toggle('open', open);
    row.panel.hidden = !open;
    this.minimap.mark(index ?? -1, 'open', open);
  }

  /** A run has ended: its values are there. @param {boolean} [live] another follows at once, of a camera */
  async refresh(live = false) {
    const generation = ++this.generation;
    this.measure.disabled = false;
    await this.module.refresh();
    if (generation !== this.generation) return;
    this.stale = true;
    const drawn = this.figure.refresh(live);
    await (this.view === 'list' ? this.#thumbnails([...this.rows.keys()]) : drawn);
  }

  /** A value is there, of a run that goes on while weights arrive. @param {string} node */
  arrived(node) {
    this.module.arrived(node);
    this.figure.arrived(node);
    if (this.view === 'list')
      this.#thumbnails((this.scope?.graph.modules ?? []).flatMap((module, i) => (module.output === node ? [i] : [])));
  }

  /**
   * Weights are arriving: rows that wait for theirs say how far they are.
   * @param {import('../../inceptionscope.js').Arrival[]} modules
   * @param {number | null} rate bytes a second, if known
   */
  progress(modules, rate) {
    for (const { module, loaded, total, left } of modules) {
      const { item, time } = this.rows[module];
      if (time.classList.contains('measured') || (left === 0 && !item.classList.contains('arriving'))) continue;
      item.classList.toggle('arriving', left > 0);
      item.style.setProperty('--arrived', String(loaded / total));
      const estimate = rate && left > 0 ? t.loading.inSeconds(left / rate) : '';
      time.replaceChildren(
        ...(left > 0
          ? [h('span', { text: t.loading.arrived(loaded, total) }), ' ', h('span', { class: 'muted', text: estimate })]
          : [t.network.blank]),
      );
    }
  }

  /** @param {number[]} rows */
  async #thumbnails(rows) {
    const { scope, generation } = this;
    if (!scope) return;
    this.stale = false;
    for (const i of rows) {
      const { output, shape } = scope.graph.modules[i];
      try {
        const { data, rows: height, columns, scale } = await thumbnail(scope, { id: output, shape }, THUMBNAIL);
        if (generation !== this.generation) return;
        drawMap(this.rows[i].canvas, data, height, columns, scale);
        this.rows[i].item.classList.remove('waiting');
      } catch {
        // A value that is missing (an auxiliary head without weights) leaves its frame empty.
      }
    }
  }
}
