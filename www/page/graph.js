/** What the page asks of a network's graph. */

/**
 * @typedef {import('../inceptionscope.js').Part} Part
 * @typedef {import('../inceptionscope.js').Lane} Lane
 * @typedef {import('../inceptionscope.js').Stats} Stats
 *
 * @typedef {object} Op One op of a step.
 * @property {string} kind the field's name: `conv2d`, `batch_norm`, `relu`, `add` …
 * @property {number[]} [kernel] rows, columns
 * @property {number[]} [stride] rows, columns
 * @property {boolean} [valid] without padding
 * @property {number} [scale] of a residual sum
 * @property {number[]} [out] rows, columns of an adaptive pool
 *
 * @typedef {{ code: string, value?: number }} Note
 *
 * @typedef {Omit<import('../inceptionscope.js').Node, 'label' | 'note'> & { ops: Op[], note: Note | null }} Node
 * @typedef {Omit<import('../inceptionscope.js').Module, 'note'> & { note: Note | null }} Module
 * @typedef {Omit<import('../inceptionscope.js').Graph, 'nodes' | 'modules'> & { nodes: Node[], modules: Module[] }}
 *   Graph
 *
 * @typedef {object} Engine What computes, and why.
 * @property {'gpu' | 'cpu'} engine
 * @property {'chosen' | 'hardware' | 'software' | 'none' | 'lost'} why
 * @property {string | null} adapter the GPU, as far as the browser tells
 * @property {string | null} detail
 * @property {boolean} software whether that GPU is the CPU
 *
 * @typedef {Omit<import('../inceptionscope.js').Scope, 'graph' | 'engine'> & { graph: Graph, engine: Engine }} Scope
 */

/** @param {Graph | undefined} graph @param {string | undefined} id */
export const nodeOf = (graph, id) => graph?.nodes.find((node) => node.id === id);

/**
 * The op that a node is named for: of several that are computed in one step, its own.
 * @param {Node} node
 * @returns {Op}
 */
export const ownOp = ({ op, ops }) => ops.at(-1) ?? { kind: op };

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
