/** What the page asks of a network's graph. */

import { scaleIn } from './changes.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').Part} Part
 * @typedef {import('../inceptionscope.js').Lane} Lane
 * @typedef {import('../inceptionscope.js').Stats} Stats
 * @typedef {import('../inceptionscope.js').Engine} Engine
 * @typedef {import('../inceptionscope.js').Graph} Graph
 * @typedef {import('../inceptionscope.js').Module} Module
 * @typedef {import('../inceptionscope.js').Node} Node
 * @typedef {import('../runtime/rust.d.ts').Note} Note
 * @typedef {import('../runtime/rust.d.ts').Op} Op
 * @typedef {import('../inceptionscope.js').Scope} Scope
 */

/** Names the modules in the reader's language. @param {Graph} graph */
export function nameModules(graph) {
  for (const module of graph.modules) module.label = t.module.label(module.label);
}

/** @param {Graph | undefined} graph @param {string | undefined} id */
export const nodeOf = (graph, id) => graph?.nodes.find((node) => node.id === id);

/** By residual sum: its scale, where another than the network's own is in force. @type {WeakMap<Node, number>} */
const scales = new WeakMap();

/** Sums are called by the scale in force. @param {Graph} graph @param {import('../inceptionscope.js').Intervention[]} changes */
export function setScales({ nodes, modules }, changes) {
  for (const node of nodes) {
    if (node.op === 'add') scales.set(node, scaleIn(changes, modules[node.module].id, summands(node).scale));
  }
}

/**
 * The op that a node is named for: of several that are computed in one step, its own.
 * @param {Node} node
 * @returns {Op}
 */
export function ownOp(node) {
  const own = node.ops.at(-1) ?? { kind: node.op };
  const scale = scales.get(node);
  return scale === undefined ? own : { ...own, scale };
}

/**
 * The nodes of a module that have maps of their own: one for each step of the run. A residual sum is fused into the op
 * before it; it and its summands are looked at apart.
 * @param {Graph} graph @param {number} index
 */
export function drawnOf(graph, index) {
  const nodes = graph.nodes.filter((n) => n.module === index);
  const sum = nodes.find((n) => n.op === 'add');
  const apart = new Set(sum ? [sum.id, ...sum.inputs] : []);
  return nodes.filter((n) => n.unit === n.id || apart.has(n.id));
}

/**
 * What of a module's nodes stands before its branches, and what joins them; without branches, all of it joins.
 * @param {Graph} graph @param {number} index @param {Node[]} drawn some of them, in order
 */
export function aroundLanes(graph, index, drawn) {
  const first = graph.nodes.findIndex((n) => n.module === index && n.lane !== null);
  const free = drawn.filter((n) => n.lane === null);
  const before = free.filter((n) => graph.nodes.indexOf(n) < first);
  return { before, joined: free.filter((n) => !before.includes(n)) };
}

/**
 * Whether a module makes maps of what it reads: the input, which has the picture's three colours, auxiliary heads and what ends
 * in numbers do not.
 * @param {Module} module
 */
export const hasMaps = ({ kind, shape: [channels, rows = 1, columns = 1] }) =>
  kind !== 'auxiliary' && channels > 3 && rows * columns > 1;

/**
 * The branches that a module joins.
 * @param {Graph} graph @param {number} index
 * @returns {{ node: string, lane: number, label: string, channels: number }[]} what each ends in
 */
export function branchesOf(graph, index) {
  const joined = graph.nodes.find(({ module, parts }) => module === index && parts && parts.length > 1);
  return (joined?.parts ?? []).flatMap(({ node, from, to }) => {
    const lane = nodeOf(graph, node)?.lane ?? null;
    return lane === null ? [] : [{ node, lane, label: graph.modules[index].lanes[lane].label, channels: to - from }];
  });
}

/** Ops that give a fused step its name. */
const MAIN = /pool|conv|linear|concat|add/;
/** @param {string} op */
export const isMain = (op) => MAIN.test(op);

/** Where in a chain of nodes that are computed together the one stands that names it. @param {Node[]} chain */
export const mainOf = (chain) =>
  Math.max(
    0,
    chain.findIndex((n) => n.params > 0 || isMain(n.op)),
  );

/**
 * A drawn node, after those that are computed together with it and not drawn apart.
 * @param {Graph} graph
 * @param {Node} node
 * @param {Node[]} drawn
 * @returns {Node[]}
 */
export function chainOf(graph, node, drawn) {
  const unit = graph.nodes.filter((n) => n.unit === node.unit);
  const at = unit.indexOf(node);
  const from = unit.slice(0, at).findLastIndex((n) => drawn.includes(n)) + 1;
  return unit.slice(from, at + 1);
}

/** What a residual sum adds: `residual` times `scale`, and the shortcut. @param {Node} sum */
export function summands({ ops, inputs: [residual, shortcut] }) {
  return { scale: ops.find((op) => op.kind === 'add')?.scale ?? 1, residual, shortcut };
}

/**
 * The residual's share of the energy of the sum; NaN if there is none.
 * @param {number} scale @param {Stats} residual @param {Stats} shortcut
 */
export function residualShare(scale, residual, shortcut) {
  const [a, b] = [residual, shortcut].map(({ energy }) => energy.reduce((sum, v) => sum + v, 0));
  return (a * scale ** 2) / (a * scale ** 2 + b);
}

/**
 * Which channel of its module's output a branch's channel is, and of an output's channel which branch made it.
 * @param {Graph} graph @param {string} id @param {number} channel
 * @returns {{ module: Module, channel: number } | { lane: Lane, part: Part, channels: number } | null}
 */
export function placeInOutput(graph, id, channel) {
  const node = nodeOf(graph, id);
  const module = node && graph.modules[node.module];
  const output = nodeOf(graph, module?.output);
  if (!module || !output?.parts) return null;
  const part = output.parts.find((p) => p.node === id);
  if (part) return { module, channel: part.from + channel };
  const from = id === output.id ? output.parts.find((p) => channel >= p.from && channel < p.to) : undefined;
  const lane = nodeOf(graph, from?.node)?.lane ?? null;
  return from && lane !== null ? { lane: module.lanes[lane], part: from, channels: output.shape[0] } : null;
}

/** Rows and columns for a vector drawn as a picture. @param {number} n */
export function square(n) {
  const columns = Math.ceil(Math.sqrt(n));
  return [Math.ceil(n / columns), columns];
}
