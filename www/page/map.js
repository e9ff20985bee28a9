/** The network as a vertical list of its modules, one of which is open. */

import { t } from '../strings.js';
import { drawMap } from './colour.js';
import { h, setText, uniqueId } from './dom.js';
import * as format from './format.js';

/**
 * @typedef {import('../inceptionscope.js').Graph} Graph
 * @typedef {import('../inceptionscope.js').Module} Module
 * @typedef {import('../inceptionscope.js').Scope} Scope
 * @typedef {import('./network.js').ModuleView} ModuleView
 *
 * @typedef {object} Row
 * @property {HTMLElement} item
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} panel
 * @property {HTMLCanvasElement} canvas
 * @property {string} text what the search looks through
 */

const THUMBNAIL = 40;
/** Kinds of module that a label alone does not tell. */
const CHIPS = new Set(['inception', 'reduction', 'residual', 'auxiliary']);

export class NetworkMap {
  /**
   * @param {HTMLElement} host
   * @param {ModuleView} module shows the open one
   * @param {(module: number | null) => void} onModule a person opened one, or closed it
   */
  constructor(host, module, onModule) {
    this.module = module;
    this.onModule = onModule;
    /** @type {Scope | null} */
    this.scope = null;
    /** @type {number | null} */
    this.opened = null;
    /** @type {Row[]} */
    this.rows = [];
    /** Counts runs, so that late answers are dropped. */
    this.generation = 0;

    this.totals = h('p', { class: 'muted' });
    this.searchStatus = h('span', { class: 'muted', role: 'status' });
    this.search = h('input', { type: 'search', id: 'search', placeholder: t.searchHint, autocomplete: 'off', spellcheck: 'false', oninput: () => this.#filter() });
    this.list = h('ol', { class: 'modules', 'aria-label': t.theNetwork });
    host.append(
      h('div', { class: 'network-head' },
        h('div', {}, h('h2', { id: 'network-title', text: t.theNetwork }), this.totals),
        h('div', { class: 'search' }, h('label', { for: 'search', class: 'hidden', text: t.search }), this.search, this.searchStatus)),
      h('div', { class: 'row heads', 'aria-hidden': 'true' },
        h('span'), h('span', { text: t.columns.module }), h('span', { class: 'number', text: t.columns.output }),
        h('span', { class: 'number', text: t.columns.params }), h('span', { class: 'number', text: t.columns.macs }), h('span')),
      this.list,
    );
  }

  /** @param {Scope} scope */
  setScope(scope) {
    this.scope = scope;
    this.generation += 1;
    this.opened = null;
    this.module.setScope(scope);
    const { modules, params, macs } = scope.graph;
    setText(this.totals, `${scope.graph.paper}. ${t.totals(params, macs, modules.length)}.`);
    const most = Math.max(...modules.map((m) => m.macs));
    this.rows = modules.map((module, i) => this.#row(scope.graph, module, i, most));
    this.list.replaceChildren(...this.rows.map((row) => row.item));
    this.#filter();
  }

  /** @param {Graph} graph @param {Module} module @param {number} index @param {number} most @returns {Row} */
  #row(graph, module, index, most) {
    const canvas = h('canvas', { class: 'thumbnail', width: 1, height: 1, 'aria-hidden': 'true' });
    const nodes = graph.nodes.filter((n) => n.module === index);
    const text = [module.id, module.label, t.kinds[module.kind], format.shape(module.shape), ...nodes.flatMap((n) => [n.id, n.label, n.op, format.shape(n.shape)])].join('\n').toLowerCase();
    const panel = h('div', { id: uniqueId('module'), class: 'panel', hidden: true, role: 'region', 'aria-label': module.label });
    const button = h('button', { type: 'button', class: 'row', 'aria-expanded': 'false', 'aria-controls': panel.id, onclick: () => this.open(this.opened === index ? null : index, true) },
      h('span', { class: 'frame', title: t.thumbnail(module.label) }, canvas),
      h('span', { class: 'name' }, h('span', { class: 'label', text: module.label }), ' ', h('span', { class: 'id', text: module.id }), ' ', CHIPS.has(module.kind) ? h('span', { class: `kind ${module.kind}`, text: t.kinds[module.kind] }) : null),
      h('span', { class: 'number shape' }, h('span', { class: 'hidden', text: `${t.columns.output} ` }), format.shape(module.shape)),
      h('span', { class: 'number' }, h('span', { class: 'hidden', text: `${t.columns.params} ` }), module.params ? format.count(module.params) : '–'),
      h('span', { class: 'number macs', style: `--share:${module.macs / most}` }, h('span', { class: 'hidden', text: `${t.columns.macs} ` }), module.macs ? format.count(module.macs) : '–'),
      h('span', { class: 'chevron', 'aria-hidden': 'true' }));
    const item = h('li', { class: `module ${module.kind}` }, h('h3', {}, button), panel);
    return { item, button, panel, canvas, text };
  }

  #filter() {
    const words = this.search.value.toLowerCase().replace(/\s*[x×]\s*(?=\d)/g, ' × ').trim();
    let matches = 0;
    for (const { item, text } of this.rows) {
      const hit = !words || text.includes(words) || text.replaceAll(' × ', '×').includes(words.replaceAll(' × ', '×'));
      item.hidden = !hit;
      if (hit) matches += 1;
    }
    setText(this.searchStatus, words ? t.found(matches) : '');
  }

  /**
   * Opens a module, or closes the open one.
   * @param {number | null} index
   * @param {boolean} [byHand] a person did it: tell the page, and keep the row where it is
   */
  open(index, byHand = false) {
    const row = this.rows[index ?? this.opened ?? -1];
    const before = row?.button.getBoundingClientRect().top;
    this.#mark(this.opened, false);
    this.module.clear();
    this.opened = index;
    this.#mark(index, true);
    if (index !== null && row) this.module.show(row.panel, index);
    if (row && byHand) scrollBy({ top: row.button.getBoundingClientRect().top - (before ?? 0), behavior: 'instant' });
    if (byHand) this.onModule(index);
  }

  /** @param {number | null} index @param {boolean} open */
  #mark(index, open) {
    const row = this.rows[index ?? -1];
    if (!row) return;
    row.button.setAttribute('aria-expanded', String(open));
    row.item.classList.toggle('open', open);
    row.panel.hidden = !open;
  }

  /** A run has ended: its values are there. */
  async refresh() {
    const generation = ++this.generation;
    await this.module.refresh();
    if (generation === this.generation) await this.#thumbnails();
  }

  async #thumbnails() {
    const { scope, generation } = this;
    if (!scope) return;
    for (const [i, module] of scope.graph.modules.entries()) {
      try {
        const map = module.shape.length === 3 ? await scope.mean(module.output, { size: THUMBNAIL }) : await scope.activation(module.output);
        if (generation !== this.generation) return;
        const [rows, columns] = map.shape.length === 3 ? map.shape.slice(1) : square(map.shape[0]);
        // A thumbnail is for its pattern: darkest is the least mean of the module, lightest the greatest.
        const [low, high] = range(map.data);
        const data = new Float32Array(rows * columns);
        data.set(map.data.map((v) => v - low));
        drawMap(this.rows[i].canvas, data, rows, columns, { kind: 'sequential', top: high - low || 1 });
      } catch {
        // A value that can not be had (an auxiliary head without weights) leaves its frame empty.
      }
    }
  }
}

/** Rows and columns for a vector drawn as a picture. @param {number} n */
function square(n) {
  const columns = Math.ceil(Math.sqrt(n));
  return [Math.ceil(n / columns), columns];
}

/** @param {Float32Array} data */
function range(data) {
  const finite = data.filter(Number.isFinite);
  return [finite.reduce((a, b) => Math.min(a, b), Infinity), finite.reduce((a, b) => Math.max(a, b), -Infinity)];
}
