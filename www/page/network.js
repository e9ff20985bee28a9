/** The open module: its branches side by side, each op with its feature maps, and what they join to. */

import { t } from '../strings.js';
import { LUT, ALARM, sharedScale } from './colour.js';
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

export class ModuleView {
  /**
   * @param {View} view
   * @param {Callbacks} callbacks
   */
  constructor(view, callbacks) {
    this.view = view;
    this.callbacks = callbacks;
    /** @type {Scope | null} */
    this.scope = null;
    /** @type {Graph | null} */
    this.graph = null;
    /** Whether the scope holds a run's values. */
    this.hasRun = false;
    /** Where the module is shown, and its index in the graph. @type {HTMLElement | null} */
    this.panel = null;
    this.index = -1;
    /** @type {Op[]} */
    this.ops = [];
    /** Counts runs and openings, so that late answers are dropped. */
    this.generation = 0;
  }

  /** @param {Scope} scope */
  setScope(scope) {
    this.clear();
    this.scope = scope;
    this.graph = scope.graph;
    this.hasRun = false;
    this.generation += 1;
  }

  /** Shows a module. @param {HTMLElement} panel @param {number} index */
  show(panel, index) {
    this.clear();
    this.panel = panel;
    this.index = index;
    panel.append(...this.#panel(index));
    for (const op of this.ops) op.grid.connect();
    this.#load();
  }

  clear() {
    for (const op of this.ops) op.grid.disconnect();
    this.ops = [];
    this.panel?.replaceChildren();
    this.panel = null;
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
      if ('everyOp' in part && this.panel) this.show(this.panel, this.index);
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
    this.generation += 1;
    await this.#load();
  }

  async #load() {
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
