/** The open module: its branches side by side, each op with its feature maps, and what they join to. */

import { isMuted, scaleIn } from '../changes.js';
import { h } from '../dom.js';
import { aroundLanes, chainOf, drawnOf, summands } from '../graph.js';
import { Own } from '../lens.js';
import { t } from '../words.js';
import { channelsOf, scalesOf } from '../view.js';
import { concatBar, sumBar } from './bars.js';
import { BranchTable } from './branch-table.js';
import { laneElement, lanesBox, muteButtons, separable } from './lanes.js';
import { OpView, noteLine } from './op.js';
import { Toolbar } from './toolbar.js';
import { Verdict } from './verdict.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../../inceptionscope.js').Stats} Stats
 * @typedef {import('../colour.js').Scale} Scale
 * @typedef {import('../lens.js').Lens} Lens
 * @typedef {import('../lens.js').Plane} Plane
 *
 * @typedef {import('../view.js').View} View
 *
 * @typedef {object} Callbacks
 * @property {(node: string, channel: number) => void} onChannel
 * @property {(view: View) => void} onView
 * @property {(block: string, factor: number) => void} onScale of a residual block
 * @property {(node: string) => void} onMute a branch is to be muted, or not any more
 * @property {(others: string[]) => void} onKeep only one branch is to be kept: all others are muted
 * @property {(blocks: string[], factor: number) => void} onScaleAll of all residual blocks
 * @property {(scope: Scope, module: number, beside: HTMLElement) => HTMLElement} likes what it would like to see, beside another question
 * @property {() => void} onRemoval how much each branch matters is to be found out
 */

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
    /** How its nodes are looked at. @type {Lens | null} */
    this.lens = null;
    /** @type {Graph | null} */
    this.graph = null;
    /** Whether the scope holds a run's values. */
    this.hasRun = false;
    /** Whether its weights are random. */
    this.untrained = false;
    /** Whether the maps wait for a photo that the visitor is asked for. */
    this.asked = false;
    /** Where the module is shown, and its index in the graph. @type {HTMLElement | null} */
    this.panel = null;
    this.index = -1;
    /** @type {OpView[]} */
    this.ops = [];
    /** Nodes that have maps of their own in the open module. @type {Node[]} */
    this.drawn = [];
    /** Milliseconds of each recorded node, once they were measured. @type {Map<string, number> | null} */
    this.times = null;
    /** Whoever else shows times is told. @type {(times: Map<string, number>) => void} */
    this.onTimes = () => {};
    /** What is changed in the network. @type {import('../../inceptionscope.js').Intervention[]} */
    this.changes = [];
    /** Buttons that mute branches, by the nodes that these end in. @type {Map<string, HTMLButtonElement>} */
    this.mutes = new Map();
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
    this.lens = new Own(scope);
    this.graph = scope.graph;
    this.there.clear();
    this.changes = [];
    this.hasRun = false;
    this.times = null;
    this.generation += 1;
  }

  /** Looks at the same module in another way. @param {Lens} lens */
  setLens(lens) {
    this.lens = lens;
    this.generation += 1;
    if (this.panel) this.show(this.panel, this.index);
  }

  /** Shows a module. @param {HTMLElement} panel @param {number} index */
  show(panel, index) {
    this.clear();
    this.panel = panel;
    this.index = index;
    panel.append(...this.#panel(index));
    panel.classList.toggle('comparing', this.lens?.compares ?? false);
    for (const op of this.ops) op.grid.connect();
    this.#markMuted();
    if (this.asked && !this.hasRun) this.verdict?.say([t.asked.waiting], '');
    this.#load();
  }

  clear() {
    for (const op of this.ops) op.grid.disconnect();
    this.ops = [];
    this.mutes.clear();
    this.sum = null;
    this.bar = null;
    this.table = null;
    this.panel?.classList.remove('comparing');
    this.panel?.replaceChildren();
    this.panel = null;
  }

  /** @param {number} index @returns {HTMLElement[]} */
  #panel(index) {
    const graph = /** @type {Graph} */ (this.graph);
    const module = graph.modules[index];
    const nodes = graph.nodes.filter((n) => n.module === index);
    const sum = nodes.find((n) => n.op === 'add');
    this.drawn = this.view.everyOp ? nodes : drawnOf(graph, index);
    const { drawn } = this;
    this.verdict = new Verdict(this.untrained, () => this.callbacks.onRemoval());
    const parts = [];
    if (module.note) parts.push(noteLine(module.note));
    const compares = this.lens?.compares ?? false;
    if (!compares && (sum || nodes.some((n) => n.parts && n.parts.length > 1)))
      parts.push(this.verdict.element);
    if (!compares && this.scope) parts.push(this.callbacks.likes(this.scope, index, this.verdict.removal));
    parts.push(...this.#makeToolbar());
    this.table = compares ? BranchTable.of(graph, index) : null;
    if (this.table) parts.push(this.table.element);

    const { before, joined } = aroundLanes(graph, index, drawn);
    if (before.length) parts.push(this.#lane(before, { label: t.module.chain }));
    // Where several branches make the residual, it meets the shortcut after them; else both are lanes from the start.
    const several = module.lanes.filter((lane) => lane.role === 'branch').length > 1;
    const roles = t.module.roles;
    const input = sum && graph.nodes.find((n) => sum.inputs.includes(n.id) && n.module !== index);
    const identity = (/** @type {string} */ label) => {
      const at = module.lanes.findIndex((lane) => lane.role === 'shortcut');
      return input ? [this.#lane([input], { label, index: at, role: roles.shortcut, note: t.residual.identity })] : [];
    };
    const lanes = module.lanes.flatMap((lane, i) => {
      const own = drawn.filter((n) => n.lane === i);
      if (lane.role === 'shortcut' && own.length === 0) return several ? [] : identity(lane.label);
      return [this.#lane(own, { label: lane.label, index: i, role: roles[lane.role] })];
    });
    if (lanes.length) parts.push(lanesBox(t.module.branches(module.label), lanes));

    const concat = joined.find((n) => n.parts && n.parts.length > 1);
    this.bar = concat ? concatBar(graph, concat, module) : null;
    if (this.bar) parts.push(this.bar.element);
    this.sum = sum ? this.#makeSumBar(sum) : null;
    if (sum && this.sum && several) {
      const at = joined.indexOf(sum);
      const linear = joined.slice(0, at).filter((n) => n !== concat);
      if (concat) parts.push(this.#lane([concat], { label: t.module.concat }));
      const summands = [
        this.#lane(linear, { label: t.residual.linear, role: roles.residual }),
        ...identity(t.residual.unchanged),
        this.#lane(joined.slice(at), {
          label: this.sum.scale === 1 ? t.residual.sum : t.residual.scaleAndSum,
          bar: this.sum.element,
        }),
      ];
      parts.push(lanesBox(t.residual.summandsOf(module.label), summands, 'summands'));
    } else {
      if (this.sum) parts.push(this.sum.element);
      const label = concat ? t.module.concat : lanes.length ? t.module.joined : t.module.chain;
      if (joined.length) parts.push(this.#lane(joined, { label }));
    }
    return parts;
  }

  /** @param {Node[]} nodes @param {Omit<import('./lanes.js').Lane, 'wide' | 'shape'>} lane */
  #lane(nodes, lane) {
    /** @type {HTMLElement[]} */
    const ops = [];
    for (let i = 0; i < nodes.length; i++) {
      const [node, next] = [nodes[i], nodes[i + 1]];
      const pair = node.op === 'depthwise_conv2d' && next && this.#chain(next)[0].inputs.includes(node.id);
      ops.push(pair ? separable(this.#op(node), this.#op(next)) : this.#op(node));
      if (pair) i += 1;
    }
    const wide = nodes.some((n) => n.op === 'depthwise_conv2d');
    const last = nodes.at(-1);
    const own = lane.role === t.module.roles.branch && last?.module === this.index;
    const mute = own ? this.#muteButtons(lane.label, last.id) : undefined;
    return laneElement({ ...lane, shape: last?.shape, wide, mute }, ops);
  }

  /** @param {Node} node */
  #chain(node) {
    return this.view.everyOp ? [node] : chainOf(/** @type {Graph} */ (this.graph), node, this.drawn);
  }

  /** @param {Node} node */
  #op(node) {
    const own = node.module === this.index;
    const lens = /** @type {Lens} */ (this.lens);
    const look = lens.look(node, this.view.side);
    const source = {
      maps: (/** @type {number[]} */ channels, /** @type {number} */ size) => lens.maps(node.id, look.planes, channels, size),
      onSelect: (/** @type {number} */ channel) => this.callbacks.onChannel(node.id, channel),
    };
    const op = new OpView(/** @type {Graph} */ (this.graph), node, own ? this.#chain(node) : [node], own, source, look);
    op.showCost(this.times);
    this.ops.push(op);
    return op.element;
  }

  #makeToolbar() {
    const onChange = (/** @type {Partial<View>} */ part) => {
      Object.assign(this.view, part);
      this.callbacks.onView(this.view);
      if (('everyOp' in part || 'side' in part) && this.panel) {
        this.show(this.panel, this.index);
        if ('side' in part) this.toolbar?.focusSide();
      } else {
        this.#applyView();
      }
    };
    const stats = () => this.ops.flatMap((op) => op.values.sides);
    this.toolbar = new Toolbar(this.view, this.lens?.titles ?? [], { onChange, stats });
    return [this.toolbar.sides, this.toolbar.element].filter((part) => part !== null);
  }

  /** @param {Node} sum */
  #makeSumBar(sum) {
    const blocks = /** @type {Graph} */ (this.graph).modules.filter(({ kind }) => kind === 'residual').map(({ id }) => id);
    return sumBar(sum, this.#scaleOf(sum.id), (factor, all) =>
      all ? this.callbacks.onScaleAll(blocks, factor) : this.callbacks.onScale(this.#blockOf(sum), factor),
    );
  }

  /** Runs the photo again, op by op. */
  async measureTimes() {
    const { scope } = this;
    if (!scope) return;
    try {
      const times = await scope.times();
      if (scope !== this.scope) return;
      this.times = new Map(times.map(({ node, ms }) => [node, ms]));
      for (const op of this.ops) op.showCost(this.times);
      this.onTimes(this.times);
    } catch {
      // The scope is gone, or has failed and said so.
    }
  }

  /** The residual block of a sum. @param {Node} sum */
  #blockOf(sum) {
    return /** @type {Graph} */ (this.graph).modules[sum.module].id;
  }

  /** The residual scale of a sum that is in force. @param {string} id */
  #scaleOf(id) {
    const graph = /** @type {Graph} */ (this.graph);
    const sum = /** @type {Node} */ (graph.nodes.find((n) => n.id === id));
    return scaleIn(this.changes, this.#blockOf(sum), summands(sum).scale);
  }

  /** Something was changed in the network: values to come are those. @param {ModuleView['changes']} changes */
  setChanges(changes) {
    this.changes = changes;
    if (this.sum) this.sum.set(this.#scaleOf(this.sum.node));
    for (const op of this.ops) if (op.chain.some(({ op }) => op === 'add')) op.rename();
    this.#markMuted();
  }

  #markMuted() {
    for (const [node, button] of this.mutes) {
      const muted = isMuted(this.changes, node);
      button.setAttribute('aria-pressed', String(muted));
      button.closest('.lane')?.classList.toggle('muted-lane', muted);
    }
  }

  /** @param {string} label @param {string} node */
  #muteButtons(label, node) {
    const { onMute, onKeep } = this.callbacks;
    const others = () => [...this.mutes.keys()].filter((other) => other !== node);
    const { button, element } = muteButtons(label, () => onMute(node), () => onKeep(others()));
    this.mutes.set(node, button);
    return element;
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
    const { lens, ops } = this;
    if (!lens || !this.hasRun || ops.length === 0) return;
    const { generation } = this;
    const all = await Promise.all(
      ops.map((op) => (early && !this.there.has(op.node.id) ? { sides: [], difference: null } : lens.values(op.node))),
    );
    if (generation !== this.generation || ops !== this.ops) return;
    ops.forEach((op, i) => {
      op.values = all[i];
      op.grid.stats = all[i].sides;
    });
    this.#applyView();
    for (const op of ops) op.refresh();
    const values = (/** @type {string} */ node) => ops.find((op) => op.node.id === node)?.values;
    this.table?.show(values, lens.changes);
    if (lens.compares) return;
    const of = (/** @type {string | undefined} */ node) => values(node ?? '')?.sides[0];
    const output = of(this.bar?.node);
    const branches = output ? this.bar?.show(output) : undefined;
    const summed = this.sum?.show(of, this.#scaleOf(this.sum.node));
    this.verdict?.say(
      [branches?.verdict, summed, (branches || summed) && this.untrained ? t.module.untrained : ''],
      branches?.note ?? (summed ? t.module.energyNote : ''),
    );
  }

  /**
   * The largest value of all maps of the open module, which its legend tells too.
   * @returns {Promise<{ node: Node, channel: number, value: number } | null>}
   */
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

  /** Colour scales and order, after either has changed. */
  #applyView() {
    const known = this.ops.filter((op) => op.values.sides.length > 0);
    if (known.length === 0) return;
    const scales = scalesOf(this.view.scale, known.map((op) => op.values));
    let [channels, kept] = [0, 0];
    for (const { grid, values } of known) {
      grid.scale = scales.of(values);
      const sides = values.sides.filter(({ mean }) => mean.length === grid.channels);
      const shown = sides.length ? channelsOf({ ...values, sides }, this.view) : [];
      [channels, kept] = [channels + grid.channels, kept + shown.length];
      grid.setOrder(shown);
      grid.redraw();
    }
    this.toolbar?.count(kept, channels);
    this.toolbar?.drawLegend(scales.shared, scales.differs);
  }

  /**
   * The scale by which a channel of an op of the open module is shown.
   * @param {string} node
   * @param {number} channel
   * @param {Plane} [plane]
   * @returns {Scale | null}
   */
  scaleOf(node, channel, plane = 'own') {
    return this.ops.find((op) => op.node.id === node)?.grid.scale?.(channel, plane) ?? null;
  }

  /** Marks the channel that is shown large. @param {string} node @param {number} channel */
  select(node, channel) {
    for (const op of this.ops) op.grid.select(op.node.id === node ? channel : -1);
  }
}
