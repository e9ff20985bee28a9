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
 * @property {string} filter which channels are shown: empty for all, or as `mean>0.5`, `max>2`, `zeros<0.9`
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
 * @property {HTMLElement} cost
 * @property {Node[]} chain the node, after those that are computed together with it and not drawn apart
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
    /** Whether its weights are made up. */
    this.untrained = false;
    /** Whether the maps wait for a photo that a person is asked for. */
    this.asked = false;
    /** Where the module is shown, and its index in the graph. @type {HTMLElement | null} */
    this.panel = null;
    this.index = -1;
    /** @type {Op[]} */
    this.ops = [];
    /** Nodes that have maps of their own in the open module. @type {Node[]} */
    this.drawn = [];
    /** Milliseconds of each recorded node, once they were measured. @type {Map<string, number> | null} */
    this.times = null;
    /** Whoever else shows times is told. @type {(times: Map<string, number>) => void} */
    this.onTimes = () => {};
    /** Counts runs and openings, so that late answers are dropped. */
    this.generation = 0;
    /** The timer that waits for more values of a run that goes on. */
    this.soon = 0;
    /** Nodes whose values are there, of a run that goes on. @type {Set<string>} */
    this.there = new Set();
  }

  /** @param {Scope} scope */
  setScope(scope) {
    this.clear();
    this.scope = scope;
    this.graph = scope.graph;
    this.there.clear();
    this.hasRun = false;
    this.times = null;
    this.generation += 1;
  }

  /** Shows a module. @param {HTMLElement} panel @param {number} index */
  show(panel, index) {
    this.clear();
    this.panel = panel;
    this.index = index;
    panel.append(...this.#panel(index));
    for (const op of this.ops) op.grid.connect();
    if (this.asked && !this.hasRun) this.#say([t.asked.waiting], '');
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
    const sum = nodes.find((n) => n.op === 'add');
    // A residual sum is fused into the op before it; here its summands are looked at apart.
    const apart = new Set(sum ? [sum.id, ...sum.inputs] : []);
    this.drawn = nodes.filter((n) => this.view.everyOp || n.unit === n.id || apart.has(n.id));
    const { drawn } = this;
    this.verdict = h('p', { class: this.untrained ? 'untrained' : '', role: 'status' });
    this.verdictNote = h('p', { class: 'note' });
    const parts = [];
    if (module.note) parts.push(h('p', { class: 'note', text: module.note }));
    if (sum || nodes.some((n) => n.parts && n.parts.length > 1)) parts.push(h('div', { class: 'verdict' }, this.verdict, this.verdictNote));
    parts.push(this.#toolbar());

    const first = nodes.findIndex((n) => n.lane !== null);
    const before = drawn.filter((n) => n.lane === null && nodes.indexOf(n) < first);
    const joined = drawn.filter((n) => n.lane === null && !before.includes(n));
    if (before.length) parts.push(this.#lane(before, null, t.chain, ''));
    const identity = sum && graph.nodes.find((n) => sum.inputs.includes(n.id) && n.module !== index);
    // Where several branches make the residual, it meets the shortcut after them; else both are lanes from the start.
    const several = module.lanes.filter((lane) => lane.role === 'branch').length > 1;
    const lanes = module.lanes.flatMap((lane, i) => {
      const own = drawn.filter((n) => n.lane === i);
      if (lane.role === 'shortcut' && own.length === 0) {
        return identity && !several ? [this.#lane([identity], i, lane.label, t.roles.shortcut, t.identity)] : [];
      }
      return [this.#lane(own, i, lane.label, t.roles[lane.role])];
    });
    if (lanes.length) parts.push(lanesBox(t.lanes(module.label), lanes));

    this.bar = null;
    const concat = joined.find((n) => n.parts && n.parts.length > 1);
    if (concat) {
      this.bar = this.#concatBar(concat, module);
      parts.push(this.bar.element);
    }
    this.sum = sum ? this.#sumBar(sum) : null;
    if (sum && this.sum && several) {
      const at = joined.indexOf(sum);
      const linear = joined.slice(0, at).filter((n) => n !== concat);
      if (concat) parts.push(this.#lane([concat], null, t.concat, ''));
      parts.push(lanesBox(t.summandsOf(module.label), [
        this.#lane(linear, null, t.linear, t.roles.residual),
        ...(identity ? [this.#lane([identity], module.lanes.findIndex((lane) => lane.role === 'shortcut'), t.unchanged, t.roles.shortcut, t.identity)] : []),
        this.#lane(joined.slice(at), null, t.scaleAndSum(this.sum.scale), '', '', this.sum.element),
      ], 'summands'));
    } else {
      if (this.sum) parts.push(this.sum.element);
      if (joined.length) parts.push(this.#lane(joined, null, module.lanes.length ? (concat ? t.concat : t.joined) : t.chain, ''));
    }
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
      this.#filterField(change),
      h('span', { class: 'field check', title: t.everyOpHint }, every, h('label', { for: 'every-op', text: t.everyOp })),
      this.legend);
  }

  /** Which channels are shown: by mean, maximum or share of zeros. @param {(part: Partial<View>) => void} change */
  #filterField(change) {
    const given = parseFilter(this.view.filter);
    const limit = h('input', { type: 'number', class: 'limit', step: 'any', 'aria-label': t.filterLimit, value: given ? given.limit : '', hidden: !given, onchange: () => apply() });
    const by = h('select', { id: uniqueId('select'), onchange: () => apply(true) },
      Object.entries(t.filters).map(([key, text]) => h('option', { value: key, selected: key === (given?.by ?? ''), text })));
    const apply = (/** @type {boolean} */ fresh = false) => {
      limit.hidden = !by.value;
      // A first limit that shows the stronger half, for a person to change.
      if (fresh && by.value) limit.value = String(this.#typical(by.value));
      const value = Number(limit.value);
      change({ filter: by.value && Number.isFinite(value) ? `${by.value}${by.value === 'zeros' ? '<' : '>'}${by.value === 'zeros' ? value / 100 : value}` : '' });
    };
    if (given?.by === 'zeros') limit.value = String(given.limit * 100);
    this.filtered = h('span', { class: 'muted number', role: 'status' });
    return h('span', { class: 'field' }, h('label', { for: by.id, text: t.filter }), by, limit, this.filtered);
  }

  /** The median of a figure over all channels that are shown, to two digits. @param {string} by */
  #typical(by) {
    const all = this.ops.flatMap((op) => (op.stats ? [...op.stats[/** @type {'mean'} */ (by)]] : [])).sort((a, b) => a - b);
    const median = all[Math.floor(all.length / 2)] ?? 0;
    return Number((by === 'zeros' ? 100 * median : median).toPrecision(2));
  }

  /** @param {Node[]} nodes @param {number | null} lane @param {string} label @param {string} role @param {string} [note] @param {HTMLElement} [bar] */
  #lane(nodes, lane, label, role, note, bar) {
    const title = uniqueId('lane');
    const last = nodes.at(-1);
    /** @type {HTMLElement[]} */
    const ops = [];
    for (let i = 0; i < nodes.length; i++) {
      const next = nodes[i + 1];
      // A separable convolution: its depthwise and its pointwise part beside each other.
      if (nodes[i].op === 'depthwise_conv2d' && next && this.#chain(next)[0].inputs.includes(nodes[i].id)) {
        ops.push(h('div', { class: 'separable', role: 'group', 'aria-label': t.separable }, this.#op(nodes[i]), this.#op(next)));
        i += 1;
      } else {
        ops.push(this.#op(nodes[i]));
      }
    }
    const wide = nodes.some((n) => n.op === 'depthwise_conv2d');
    return h('section', { class: `lane${lane === null ? ' joined' : ''}${wide ? ' wide' : ''}`, 'aria-labelledby': title, style: `--lane:${laneColour(lane)}` },
      h('h4', { id: title }, role ? h('span', { class: 'role', text: `${role} ` }) : null, label, (lane !== null || role) && last ? h('span', { class: 'shape', text: ` ${format.shape(last.shape)}` }) : null),
      note ? h('p', { class: 'note', text: note }) : null,
      bar ?? null,
      ops);
  }

  /** A drawn node, after those that are computed together with it and not drawn apart. @param {Node} node @returns {Node[]} */
  #chain(node) {
    if (this.view.everyOp) return [node];
    const graph = /** @type {Graph} */ (this.graph);
    const unit = graph.nodes.filter((n) => n.unit === node.unit);
    const at = unit.indexOf(node);
    const from = unit.slice(0, at).findLastIndex((n) => this.drawn.includes(n)) + 1;
    return unit.slice(from, at + 1);
  }

  /** @param {Node} node */
  #op(node) {
    const graph = /** @type {Graph} */ (this.graph);
    const module = graph.modules[node.module];
    const chain = node.module === this.index ? this.#chain(node) : [node];
    // A recorded node's label lists all that is computed with it; its own is the last.
    const labels = chain.map((n) => n.label.split(' + ').at(-1) ?? n.label);
    const main = Math.max(0, chain.findIndex((n) => n.params > 0 || /pool|conv|linear|concat|add/.test(n.op)));
    const grid = new MapGrid(node.id, node.shape, {
      maps: (channels, size) => /** @type {Scope} */ (this.scope).maps(node.id, { channels, size }),
      onSelect: (channel) => this.callbacks.onChannel(node.id, channel),
    });
    if (node.parts) {
      const ends = node.parts.map((part) => ({ to: part.to, lane: graph.nodes.find((n) => n.id === part.node)?.lane ?? null }));
      if (new Set(ends.map((e) => e.lane)).size > 1) grid.mark = (channel) => laneColour(ends.find((e) => channel < e.to)?.lane ?? null);
    }
    const summary = h('p', { class: 'summary', text: '\u00a0' });
    const cost = h('p', { class: 'cost' });
    const op = { node, grid, summary, cost, chain, stats: null };
    this.ops.push(op);
    this.#showCost(op);
    return h('article', { class: 'op', 'data-node': node.id },
      h('header', {},
        h('h5', {}, labels.map((label, i) => [i ? h('span', { class: 'plus', text: ' + ' }) : null, h('span', { class: i === main ? '' : 'fused' }, labelled(label))]).flat()),
        h('code', { title: node.id, text: node.id.startsWith(`${module.id}.`) ? node.id.slice(module.id.length + 1) : node.id }),
        h('span', { class: 'shape', text: format.shape(node.shape) })),
      [...new Set(chain.map((n) => n.note).filter(Boolean))].map((note) => h('p', { class: 'note', text: note })),
      cost, grid.element, summary);
  }

  /** What an op costs: parameters and multiply-adds, and its time once it was measured. @param {Op} op */
  #showCost({ node, chain, cost }) {
    const total = (/** @type {'params' | 'macs'} */ what) => (node.module === this.index ? chain.reduce((sum, n) => sum + n[what], 0) : 0);
    const [params, macs, ms] = [total('params'), total('macs'), this.times?.get(node.id)];
    const figures = [params ? t.params(params) : '', macs ? t.macs(macs) : '', ms === undefined ? '' : t.ms(ms)].filter(Boolean);
    setText(cost, figures.length ? figures.join(' · ') : t.free);
  }

  /** Runs the photo again, op by op. */
  async measureTimes() {
    const { scope } = this;
    if (!scope) return;
    try {
      const times = await scope.times();
      if (scope !== this.scope) return;
      this.times = new Map(times.map(({ node, ms }) => [node, ms]));
      for (const op of this.ops) this.#showCost(op);
      this.onTimes(this.times);
    } catch {
      // The scope is gone, or has failed and said so.
    }
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
        const lead = { share: sums[0] / total, each: 0, label: '', part: parts[0] };
        let dense = lead;
        shares.forEach(({ part, element, text, figure }, i) => {
          const share = sums[i] / total;
          const each = sums[i] / (part.to - part.from);
          if (share > lead.share || i === 0) Object.assign(lead, { share, label: part.label, part });
          if (i === 0 || each > dense.each) dense = { share, each, label: part.label, part };
          element.style.flex = `${Math.max(0.004, share)} 1 0`;
          element.title = t.energyOf(part.label, share);
          setText(text, t.energyOf(part.label, share));
          figure.replaceChildren(h('span', { class: 'range', text: `${part.label} ` }), format.percent(share));
        });
        const alive = sums.some((sum) => sum > 0);
        return alive ? {
          verdict: t.verdict(lead.label, lead.share, lead.part.to - lead.part.from, all),
          note: t.verdictNote(dense.part === lead.part ? '' : dense.label),
        } : { verdict: t.verdictDead, note: '' };
      },
    };
  }

  /** What residual and shortcut contribute to their sum. @param {Node} node */
  #sumBar(node) {
    const { scale, residual, shortcut } = summands(node);
    const segments = [
      { id: residual, factor: scale, label: scale === 1 ? t.residual : t.scaled(scale), lane: 'var(--lane-2)' },
      { id: shortcut, factor: 1, label: t.roles.shortcut, lane: 'var(--lane-5)' },
    ].map((part) => {
      const text = h('span', { text: part.label });
      return { ...part, text, element: h('li', { class: 'segment', style: `flex:1 1 0;--lane:${part.lane}` }, text) };
    });
    const row = h('div', { class: 'bar-row energy waiting' }, h('span', { class: 'bar-label', title: t.energyNote, text: t.sumEnergy }),
      h('ul', { class: 'bar', 'aria-label': t.sumEnergy }, segments.map((s) => s.element)));
    return {
      element: h('div', { class: 'concat' }, row),
      scale,
      /** @param {(node: string) => Stats | null | undefined} of */
      show(of) {
        const [first, second] = segments.map(({ id }) => of(id));
        const share = first && second ? residualShare(scale, first, second) : NaN;
        if (Number.isNaN(share)) return '';
        row.classList.remove('waiting');
        segments.forEach(({ element, text, label }, i) => {
          const part = i ? 1 - share : share;
          element.style.flex = `${Math.max(0.004, part)} 1 0`;
          element.title = `${label}: ${format.percent(part)}`;
          setText(text, `${label} ${format.percent(part)}`);
        });
        return t.sumVerdict(share, scale);
      },
    };
  }

  /** A value is there, of a run that goes on. @param {string} node */
  arrived(node) {
    this.hasRun = true;
    this.there.add(node);
    if (this.soon || !this.ops.some((op) => op.node.id === node)) return;
    // Values come in groups: those of a group are shown together.
    this.soon = setTimeout(() => {
      this.soon = 0;
      this.#load(true);
    }, 50);
  }

  /** A run has ended: its values are there. */
  async refresh() {
    this.hasRun = true;
    this.generation += 1;
    await this.#load();
  }

  /** @param {boolean} [early] a run goes on: only what is there, others would have to be waited for */
  async #load(early = false) {
    const { scope, ops } = this;
    if (!scope || !this.hasRun || ops.length === 0) return;
    const { generation } = this;
    const all = await Promise.all(ops.map((op) => (early && !this.there.has(op.node.id) ? null : scope.stats(op.node.id).catch(() => null))));
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
    const of = (/** @type {string | undefined} */ node) => ops.find((op) => op.node.id === node)?.stats;
    const output = of(this.bar?.node);
    const branches = output ? this.bar?.show(output) : undefined;
    const summed = this.sum?.show(of);
    this.#say([branches?.verdict, summed, (branches || summed) && this.untrained ? t.madeUp : ''], branches?.note ?? (summed ? t.energyNote : ''));
  }

  /** Says what the module's values tell. @param {(string | undefined)[]} sentences @param {string} note */
  #say(sentences, note) {
    if (this.verdict) setText(this.verdict, sentences.filter(Boolean).join(' '));
    if (this.verdictNote) setText(this.verdictNote, note);
  }

  /** The largest value of all maps of the open module, which its legend tells too. @returns {Promise<{ node: Node, channel: number, value: number } | null>} */
  async largest() {
    const { scope } = this;
    let best = null;
    for (const node of scope ? this.drawn : []) {
      const { max } = await /** @type {Scope} */ (scope).stats(node.id);
      const channel = max.reduce((most, v, c) => (v > max[most] ? c : most), 0);
      if (!best || max[channel] > best.value) best = { node, channel, value: max[channel] };
    }
    return best;
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
    let [channels, kept] = [0, 0];
    for (const { grid, stats } of known) {
      if (!stats) continue;
      const own = sharedScale([stats]);
      grid.scale = this.view.scale === 'module' ? () => shared : this.view.scale === 'op' ? () => own : (c) => channelScale(stats, c);
      const shown = sorted(stats, this.view.sort).filter(passes(stats, this.view.filter));
      [channels, kept] = [channels + stats.mean.length, kept + shown.length];
      grid.setOrder(shown);
      grid.redraw();
    }
    if (this.filtered) setText(this.filtered, this.view.filter ? t.filterShown(kept, channels) : '');
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

/** @param {string} filter as `mean>0.5` */
function parseFilter(filter) {
  const found = /^(mean|max|zeros)[<>](-?[\d.e+-]+)$/.exec(filter);
  return found && Number.isFinite(Number(found[2])) ? { by: /** @type {'mean' | 'max' | 'zeros'} */ (found[1]), limit: Number(found[2]) } : null;
}

/** Whether a channel is shown. @param {Stats} stats @param {string} filter @returns {(channel: number) => boolean} */
function passes(stats, filter) {
  const given = parseFilter(filter);
  if (!given) return () => true;
  const { by, limit } = given;
  return by === 'zeros' ? (c) => stats.zeros[c] <= limit : (c) => stats[by][c] >= limit;
}

/** What a residual sum adds: `residual` times `scale`, and the shortcut. @param {Node} sum */
export function summands({ label, inputs: [residual, shortcut] }) {
  return { scale: Number(/×([\d.]+)/.exec(label)?.[1] ?? 1), residual, shortcut };
}

/** The residual's share of the energy that is summed; NaN if there is none. @param {number} scale @param {Stats} residual @param {Stats} shortcut */
export function residualShare(scale, residual, shortcut) {
  const [a, b] = [residual, shortcut].map(({ energy }) => energy.reduce((sum, v) => sum + v, 0));
  return (a * scale ** 2) / (a * scale ** 2 + b);
}

/** Lanes beside each other; on a narrow window they are scrolled. @param {string} label @param {HTMLElement[]} lanes @param {string} [kind] */
function lanesBox(label, lanes, kind = '') {
  const columns = lanes.map((lane) => (lane.classList.contains('wide') ? 'minmax(var(--lane-min), 2fr)' : 'minmax(var(--lane-min), 1fr)')).join(' ');
  return h('div', { class: `lanes ${kind}`, role: 'group', tabindex: 0, 'aria-label': label, style: `--columns:${columns}` }, lanes);
}

/** An op's label, its V explained. @param {string} label @returns {(string | HTMLElement)[]} */
function labelled(label) {
  return label.endsWith(' V') ? [label.slice(0, -1), h('abbr', { class: 'valid', title: t.valid, text: 'V' })] : [label];
}

/** Channels, the greatest first. @param {Stats} stats @param {string} by */
function sorted(stats, by) {
  const order = Array.from(stats.mean, (_, c) => c);
  if (by !== 'mean' && by !== 'max' && by !== 'zeros') return order;
  const values = stats[by];
  return order.sort((a, b) => values[b] - values[a] || a - b);
}
