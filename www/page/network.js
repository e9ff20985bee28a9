/** The network as a vertical list of its modules; the open one shows its branches side by side. */

import { t } from '../strings.js';
import { drawMap, LUT, ALARM, sharedScale } from './colour.js';
import { h, setText, uniqueId } from './dom.js';
import * as format from './format.js';
import { MapGrid } from './maps.js';

/**
 * @typedef {import('../inceptionscope.js').Graph} Graph
 * @typedef {import('../inceptionscope.js').Node} Node
 * @typedef {import('../inceptionscope.js').Module} Module
 * @typedef {import('../inceptionscope.js').Scope} Scope
 * @typedef {import('../inceptionscope.js').Stats} Stats
 * @typedef {import('./colour.js').Scale} Scale
 *
 * @typedef {object} View How maps are shown.
 * @property {string} scale `module`, `op` or `map`
 * @property {string} sort `channel`, `mean`, `max` or `zeros`
 * @property {boolean} everyOp
 *
 * @typedef {object} Callbacks
 * @property {(module: number | null) => void} onModule
 * @property {(node: string, channel: number) => void} onChannel
 * @property {(view: View) => void} onView
 *
 * @typedef {object} Op One op as drawn: a node with those that are computed together with it.
 * @property {Node} node
 * @property {MapGrid} grid
 * @property {HTMLElement} summary
 * @property {Stats | null} stats
 */

/** Names of the CSS variables of the branches' colours. @param {number | null} lane */
const laneColour = (lane) => (lane === null ? 'var(--line-strong)' : `var(--lane-${lane % 6})`);

const THUMBNAIL = 40;
/** Kinds of module that a label alone does not tell. */
const CHIPS = new Set(['inception', 'reduction', 'residual', 'auxiliary']);

export class NetworkView {
  /**
   * @param {HTMLElement} host
   * @param {View} view
   * @param {Callbacks} callbacks
   */
  constructor(host, view, callbacks) {
    this.view = view;
    this.callbacks = callbacks;
    /** @type {Scope | null} */
    this.scope = null;
    /** @type {Graph | null} */
    this.graph = null;
    /** Whether the scope holds a run's values. */
    this.hasRun = false;
    /** @type {number | null} */
    this.opened = null;
    /** @type {Op[]} */
    this.ops = [];
    /** @type {{ item: HTMLElement, button: HTMLButtonElement, canvas: HTMLCanvasElement, text: string }[]} */
    this.rows = [];
    /** Counts runs and openings, so that late answers are dropped. */
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
    this.graph = scope.graph;
    this.hasRun = false;
    this.generation += 1;
    this.#close();
    this.opened = null;
    const { modules, params, macs } = scope.graph;
    setText(this.totals, `${scope.graph.paper}. ${t.totals(params, macs, modules.length)}.`);
    const most = Math.max(...modules.map((m) => m.macs));
    this.rows = modules.map((module, i) => this.#row(module, i, most));
    this.list.replaceChildren(...this.rows.map((row) => row.item));
    this.#filter();
  }

  /** @param {Module} module @param {number} index @param {number} most */
  #row(module, index, most) {
    const panel = uniqueId('module');
    const canvas = h('canvas', { class: 'thumbnail', width: 1, height: 1, 'aria-hidden': 'true' });
    const nodes = this.graph?.nodes.filter((n) => n.module === index) ?? [];
    const text = [module.id, module.label, t.kinds[module.kind], format.shape(module.shape), ...nodes.flatMap((n) => [n.id, n.label, n.op, format.shape(n.shape)])].join('\n').toLowerCase();
    const button = h('button', { type: 'button', class: 'row', 'aria-expanded': 'false', 'aria-controls': panel, onclick: () => this.open(this.opened === index ? null : index, true) },
      h('span', { class: 'frame', title: t.thumbnail(module.label) }, canvas),
      h('span', { class: 'name' }, h('span', { class: 'label', text: module.label }), ' ', h('span', { class: 'id', text: module.id }), ' ', CHIPS.has(module.kind) ? h('span', { class: `kind ${module.kind}`, text: t.kinds[module.kind] }) : null),
      h('span', { class: 'number shape' }, h('span', { class: 'hidden', text: `${t.columns.output} ` }), format.shape(module.shape)),
      h('span', { class: 'number' }, h('span', { class: 'hidden', text: `${t.columns.params} ` }), module.params ? format.count(module.params) : '–'),
      h('span', { class: 'number macs', style: `--share:${module.macs / most}` }, h('span', { class: 'hidden', text: `${t.columns.macs} ` }), module.macs ? format.count(module.macs) : '–'),
      h('span', { class: 'chevron', 'aria-hidden': 'true' }));
    const item = h('li', { class: `module ${module.kind}` }, h('h3', {}, button), h('div', { id: panel, class: 'panel', hidden: true, role: 'region', 'aria-label': module.label }));
    return { item, button, canvas, text };
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
    const row = index === null ? this.rows[this.opened ?? -1] : this.rows[index];
    const before = row?.button.getBoundingClientRect().top;
    this.#close();
    this.opened = index;
    if (index !== null && row) {
      row.button.setAttribute('aria-expanded', 'true');
      row.item.classList.add('open');
      const panel = /** @type {HTMLElement} */ (row.item.querySelector('.panel'));
      panel.hidden = false;
      panel.append(...this.#panel(index));
      for (const op of this.ops) op.grid.connect();
      this.#loadModule();
    }
    if (row && byHand) scrollBy({ top: row.button.getBoundingClientRect().top - (before ?? 0), behavior: 'instant' });
    if (byHand) this.callbacks.onModule(index);
  }

  #close() {
    for (const op of this.ops) op.grid.disconnect();
    this.ops = [];
    const row = this.rows[this.opened ?? -1];
    if (!row) return;
    row.button.setAttribute('aria-expanded', 'false');
    row.item.classList.remove('open');
    const panel = /** @type {HTMLElement} */ (row.item.querySelector('.panel'));
    panel.hidden = true;
    panel.replaceChildren();
  }

  /** @param {number} index @returns {HTMLElement[]} */
  #panel(index) {
    const graph = /** @type {Graph} */ (this.graph);
    const module = graph.modules[index];
    const nodes = graph.nodes.filter((n) => n.module === index);
    const drawn = nodes.filter((n) => this.view.everyOp || n.unit === n.id);
    const parts = [];
    if (module.note) parts.push(h('p', { class: 'note', text: module.note }));
    parts.push(this.#toolbar());

    const before = drawn.filter((n) => n.lane === null && nodes.some((m) => m.lane !== null && graph.nodes.indexOf(m) > graph.nodes.indexOf(n)));
    const joined = drawn.filter((n) => n.lane === null && !before.includes(n));
    if (before.length) parts.push(this.#lane(before, null, t.chain, ''));
    if (module.lanes.length) {
      parts.push(h('div', { class: 'lanes', role: 'group', tabindex: 0, 'aria-label': t.lanes(module.label), style: `--lanes:${module.lanes.length}` },
        module.lanes.map((lane, i) => this.#lane(drawn.filter((n) => n.lane === i), i, lane.label, t.roles[lane.role]))));
    }
    const concat = joined.find((n) => n.parts && n.parts.length > 1);
    if (concat) {
      this.bar = this.#concatBar(concat, module);
      parts.push(this.bar.element);
    } else {
      this.bar = null;
    }
    if (joined.length) parts.push(this.#lane(joined, null, module.lanes.length ? (concat ? t.concat : t.joined) : t.chain, ''));
    return parts;
  }

  #toolbar() {
    const select = (/** @type {string} */ label, /** @type {Record<string, string>} */ options, /** @type {string} */ value, /** @type {(value: string) => void} */ set) => {
      const id = uniqueId('select');
      return h('span', { class: 'field' }, h('label', { for: id, text: label }),
        h('select', { id, onchange: (/** @type {Event} */ e) => set(/** @type {HTMLSelectElement} */ (e.target).value) },
          Object.entries(options).map(([key, text]) => h('option', { value: key, selected: key === value, text }))));
    };
    const change = (/** @type {Partial<View>} */ part) => {
      Object.assign(this.view, part);
      this.callbacks.onView(this.view);
      if ('everyOp' in part) this.open(this.opened);
      else this.#applyView();
    };
    this.legend = h('div', { class: 'legend', role: 'group', 'aria-label': t.legend });
    const every = h('input', { type: 'checkbox', id: 'every-op', checked: this.view.everyOp, onchange: (/** @type {Event} */ e) => change({ everyOp: /** @type {HTMLInputElement} */ (e.target).checked }) });
    this.#drawLegend(null);
    return h('div', { class: 'toolbar' },
      select(t.colours, t.scales, this.view.scale, (scale) => change({ scale })),
      select(t.order, t.orders, this.view.sort, (sort) => change({ sort })),
      h('span', { class: 'field check', title: t.everyOpHint }, every, h('label', { for: 'every-op', text: t.everyOp })),
      this.legend);
  }

  /** @param {Node[]} nodes @param {number | null} lane @param {string} label @param {string} role */
  #lane(nodes, lane, label, role) {
    const title = uniqueId('lane');
    const last = nodes.at(-1);
    return h('section', { class: lane === null ? 'lane joined' : 'lane', 'aria-labelledby': title, style: `--lane:${laneColour(lane)}` },
      h('h4', { id: title }, role && lane !== null ? h('span', { class: 'role', text: `${role} ` }) : null, label, lane !== null && last ? h('span', { class: 'shape', text: ` ${format.shape(last.shape)}` }) : null),
      nodes.map((node) => this.#op(node)));
  }

  /** @param {Node} node */
  #op(node) {
    const graph = /** @type {Graph} */ (this.graph);
    const module = graph.modules[node.module];
    const fused = this.view.everyOp ? [] : graph.nodes.filter((n) => n.unit === node.id && n !== node);
    // A recorded node's label lists all that is computed with it; with every op shown it stands for itself.
    const labels = node.label.split(' + ');
    const [first, ...rest] = this.view.everyOp ? labels.slice(-1) : labels;
    const grid = new MapGrid(node.id, node.shape, {
      maps: (channels, size) => /** @type {Scope} */ (this.scope).maps(node.id, { channels, size }),
      onSelect: (channel) => this.callbacks.onChannel(node.id, channel),
    });
    if (node.parts) {
      const ends = node.parts.map((part) => ({ to: part.to, lane: graph.nodes.find((n) => n.id === part.node)?.lane ?? null }));
      if (new Set(ends.map((e) => e.lane)).size > 1) grid.mark = (channel) => laneColour(ends.find((e) => channel < e.to)?.lane ?? null);
    }
    const summary = h('p', { class: 'summary', text: ' ' });
    const op = { node, grid, summary, stats: null };
    this.ops.push(op);
    return h('article', { class: 'op', 'data-node': node.id },
      h('header', {},
        h('h5', {}, first, rest.map((label) => h('span', { class: 'fused', text: ` + ${label}` }))),
        h('code', { title: node.id, text: node.id.startsWith(`${module.id}.`) ? node.id.slice(module.id.length + 1) : node.id }),
        h('span', { class: 'shape', text: format.shape(node.shape) })),
      [...new Set([...fused, node].map((n) => n.note).filter(Boolean))].map((note) => h('p', { class: 'note', text: note })),
      grid.element, summary);
  }

  /** @param {Node} node @param {Module} module */
  #concatBar(node, module) {
    const graph = /** @type {Graph} */ (this.graph);
    const all = node.shape[0];
    const parts = (node.parts ?? []).map((part) => {
      const source = graph.nodes.find((n) => n.id === part.node);
      const lane = source?.lane ?? null;
      return { ...part, lane, label: lane === null ? source?.label ?? part.node : module.lanes[lane].label };
    });
    const bar = (/** @type {string} */ name) => h('ul', { class: 'bar', 'aria-label': name });
    const channels = bar(`${t.concat}: ${format.shape(node.shape)}`);
    const energy = bar(t.energy);
    channels.append(...parts.map((part) => h('li', { class: 'segment', style: `flex:${part.to - part.from} 1 0;--lane:${laneColour(part.lane)}`, title: t.part(part.label, part.from, part.to, all) },
      h('span', { class: 'hidden', text: t.part(part.label, part.from, part.to, all) }),
      h('span', { 'aria-hidden': 'true' }, h('b', { text: part.label }), ' ', h('span', { class: 'range', text: t.range(part.from, part.to) })))));
    const shares = parts.map((part) => {
      const text = h('span', { class: 'hidden' });
      const figure = h('span', { 'aria-hidden': 'true' });
      const element = h('li', { class: 'segment', style: `flex:1 1 0;--lane:${laneColour(part.lane)}` }, text, figure);
      return { part, element, text, figure };
    });
    energy.append(...shares.map((s) => s.element));
    const energyRow = h('div', { class: 'bar-row energy' }, h('span', { class: 'bar-label', title: t.energyNote, text: t.energy }), energy);
    energyRow.classList.add('waiting');
    return {
      element: h('div', { class: 'concat' }, h('div', { class: 'bar-row' }, h('span', { class: 'bar-label', text: `${t.concat}, ${all}` }), channels), energyRow),
      node: node.id,
      /** @param {Stats} stats */
      show(stats) {
        const sums = parts.map((part) => stats.energy.subarray(part.from, part.to).reduce((a, b) => a + b, 0));
        const total = sums.reduce((a, b) => a + b, 0) || 1;
        energyRow.classList.remove('waiting');
        shares.forEach(({ part, element, text, figure }, i) => {
          const share = sums[i] / total;
          element.style.flex = `${Math.max(0.004, share)} 1 0`;
          element.title = t.energyOf(part.label, share);
          setText(text, t.energyOf(part.label, share));
          setText(figure, `${part.label} ${format.percent(share)}`);
        });
      },
    };
  }

  /** A run has ended: its values are there. */
  async refresh() {
    this.hasRun = true;
    const generation = ++this.generation;
    await this.#loadModule();
    if (generation === this.generation) await this.#thumbnails();
  }

  async #loadModule() {
    const { scope, ops } = this;
    if (!scope || !this.hasRun || ops.length === 0) return;
    const { generation } = this;
    const all = await Promise.all(ops.map((op) => scope.stats(op.node.id).catch(() => null)));
    if (generation !== this.generation || ops !== this.ops) return;
    ops.forEach((op, i) => {
      op.stats = all[i];
      op.grid.stats = all[i];
    });
    this.#applyView();
    for (const op of ops) {
      if (!op.stats) continue;
      this.#summarise(op, op.stats);
      op.grid.refresh();
    }
    const output = ops.find((op) => op.node.id === this.bar?.node)?.stats;
    if (output) this.bar?.show(output);
  }

  /** @param {Op} op @param {Stats} stats */
  #summarise(op, stats) {
    const mean = average(stats.mean);
    const bad = stats.nonfinite.reduce((a, b) => a + b, 0);
    setText(op.summary, t.opStats(stats.max.reduce((a, b) => Math.max(a, b), -Infinity), mean, average(stats.zeros)));
    if (bad) op.summary.append(h('strong', { class: 'alarm', text: ` · ${t.nonfinite(bad)}` }));
  }

  /** Colour scales and order, after either has changed. */
  #applyView() {
    const known = this.ops.filter((op) => op.stats !== null);
    if (known.length === 0) return;
    const shared = sharedScale(known.map((op) => /** @type {Stats} */ (op.stats)));
    for (const { grid, stats } of known) {
      if (!stats) continue;
      const own = sharedScale([stats]);
      grid.scale = this.view.scale === 'module' ? () => shared : this.view.scale === 'op' ? () => own : (c) => channelScale(stats, c);
      grid.setOrder(sorted(stats, this.view.sort));
      grid.redraw();
    }
    this.#drawLegend(shared);
  }

  /** The scale by which a channel of an op of the open module is shown. @param {string} node @param {number} channel @returns {Scale | null} */
  scaleOf(node, channel) {
    return this.ops.find((op) => op.node.id === node)?.grid.scale?.(channel) ?? null;
  }

  /** @param {(Scale & { max: number, min: number }) | null} scale */
  #drawLegend(scale) {
    if (!this.legend) return;
    const kind = scale?.kind ?? 'sequential';
    const single = this.view.scale === 'module';
    const top = scale && single ? format.value(scale.top) : this.view.scale === 'module' ? '' : t.each;
    const bottom = kind === 'sequential' ? '0' : single && scale ? format.value(-scale.top) : `− ${t.each}`;
    const clipped = single && scale && Math.max(scale.max, -scale.min) > scale.top;
    const canvas = h('canvas', { width: 128, height: 1, 'aria-hidden': 'true' });
    const image = new ImageData(128, 1);
    for (let i = 0; i < 128; i++) image.data.set([...LUT[kind].subarray(i * 6, i * 6 + 3), 255], i * 4);
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    this.legend.replaceChildren(
      h('span', { class: 'number', text: bottom }), canvas, h('span', { class: 'number', text: clipped ? `≥ ${top}` : top }),
      h('span', { class: 'swatch', style: `background:rgb(${ALARM})`, 'aria-hidden': 'true' }), h('span', { class: 'muted', text: t.legendAlarm }),
      h('span', { class: 'muted wide', text: [t.scaleNotes[/** @type {'module'} */ (this.view.scale)], clipped && scale ? t.legendClipped(scale.top, Math.max(scale.max, -scale.min)) : ''].join(' ') }));
  }

  /** Marks the channel that is shown large. @param {string} node @param {number} channel */
  select(node, channel) {
    for (const op of this.ops) op.grid.select(op.node.id === node ? channel : -1);
  }

  async #thumbnails() {
    const { scope, graph, generation } = this;
    if (!scope || !graph) return;
    for (const [i, module] of graph.modules.entries()) {
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

/** @param {Float32Array} values */
const average = (values) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** @param {Stats} stats @param {number} channel @returns {Scale} */
function channelScale(stats, channel) {
  return { kind: stats.min[channel] < 0 ? 'diverging' : 'sequential', top: Math.max(stats.max[channel], -stats.min[channel]) || 1 };
}

/** Channels, the greatest first. @param {Stats} stats @param {string} by */
function sorted(stats, by) {
  const order = Array.from(stats.mean, (_, c) => c);
  if (by !== 'mean' && by !== 'max' && by !== 'zeros') return order;
  const values = stats[by];
  return order.sort((a, b) => values[b] - values[a] || a - b);
}
