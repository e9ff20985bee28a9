/** The lines of the figure: from what is written to what reads it, along branches, around them, and between modules. */

import { summands } from '../graph.js';
import { BETWEEN, CARD, GAP, SHORTCUT } from './sizes.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('./layout.js').Block} Block
 * @typedef {import('./layout.js').Box} Box
 * @typedef {import('./layout.js').Column} Column
 * @typedef {import('./layout.js').Edge} Edge
 * @typedef {import('./layout.js').Op} Op
 * @typedef {import('./layout.js').Point} Point
 * @typedef {import('./layout.js').Reads} Reads
 */

/** @param {Box} box @returns {Point} */
const top = ({ x, y, width }) => [x + width / 2, y];
/** @param {Box} box @returns {Point} */
const bottom = ({ x, y, width, height }) => [x + width / 2, y + height];

/**
 * @param {Graph} graph
 * @param {Block[]} blocks
 * @param {Map<Block, Column>} columnOf
 * @param {Reads} reads
 * @returns {Edge[]}
 */
export function connect(graph, blocks, columnOf, reads) {
  const ops = new Map(blocks.flatMap((b) => b.ops.map((op) => /** @type {const} */ ([op.node.id, op]))));
  /** From what is written to the module that reads it. @param {Op} from @param {Block} to @returns {Point[]} */
  const trunk = (from, to) => {
    const writer = blocks[from.node.module];
    const [start, [endX, endY]] = [bottom(from.plate), [portOf(to), to.card.box.y]];
    const gap = writer.card.box.y + writer.card.box.height + BETWEEN.cards / 2;
    const above = endY - BETWEEN.cards / 2;
    const [here, there] = [columnOf.get(writer), columnOf.get(to)];
    /** Over a vertical line at `x`. @param {number} x @returns {Point[]} */
    const over = (x) => [start, [start[0], gap], [x, gap], [x, above], [endX, above], [endX, endY]];
    if (here && there && here.left !== there.left) return over(there.left - BETWEEN.columns / 2);
    // From the middle of a module, out to its side.
    const out = start[1] + GAP.y / 2;
    if (here && !there && writer.ops.some(({ box }) => box.y > start[1]))
      return [start, [start[0], out], [here.side, out], [here.side, above], [endX, above], [endX, endY]];
    // An auxiliary head that begins higher than where its input is written.
    if (here && !there && above < gap) return over(here.side);
    return start[0] === endX ? [start, [endX, endY]] : [start, [start[0], gap], [endX, gap], [endX, endY]];
  };
  return [...ops.values()].flatMap((op) =>
    reads(op.node.id).flatMap((id) => {
      const from = ops.get(id);
      return from ? [edge(graph, blocks, from, op, trunk)] : [];
    }),
  );
}

/** Where lines come into a module: above what its branches join to. @param {Block} block */
const portOf = ({ card, ops }) => {
  const joined = ops.filter((op) => op.node.lane === null).at(-1);
  return joined ? bottom(joined.plate)[0] : card.box.x + card.box.width / 2;
};

/**
 * @param {Graph} graph
 * @param {Block[]} blocks
 * @param {Op} from
 * @param {Op} to
 * @param {(from: Op, to: Block) => Point[]} trunk
 * @returns {Edge}
 */
function edge(graph, blocks, from, to, trunk) {
  const own = blocks[to.node.module];
  const outside = from.node.module !== to.node.module;
  const lead = outside ? trunk(from, own) : [];
  const start = outside ? /** @type {Point} */ ([portOf(own), own.card.box.y + own.port]) : bottom(from.plate);
  const base = { from: from.node.id, to: to.node.id, trunk: lead };
  const lanes = graph.modules[to.node.module].lanes;
  const shortcut = lanes.findIndex((lane) => lane.role === 'shortcut');
  if (shortcut >= 0 && to.node.op === 'add' && summands(to.node).shortcut === from.node.id) {
    // Around the branches, into the side of the sum.
    const side = outside ? own.card.box.x + own.card.box.width - CARD.pad - SHORTCUT / 2 : start[0];
    const { box } = to;
    const end = /** @type {Point} */ ([box.x + box.width, to.kind === 'sum' ? box.y + box.height / 2 : box.y + 12]);
    const points = outside
      ? [start, [start[0], start[1] + 10], [side, start[1] + 10], [side, end[1]], end]
      : [start, [side, end[1]], end];
    return { ...base, lane: shortcut, shape: 'around', points: /** @type {Point[]} */ (points) };
  }
  const segment = to.segments.find((s) => s.node === from.node.id);
  const end = segment
    ? /** @type {Point} */ ([segment.x + segment.width / 2, segment.y])
    : top(to.kind === 'concat' ? to.box : to.plate);
  const lane = to.node.lane ?? from.node.lane;
  // Down its lane, and only then to its place.
  const turn =
    segment && to.node.lane === null
      ? /** @type {Point[]} */ ([[start[0], Math.max(start[1], own.card.box.y + own.lanesEnd)]])
      : [];
  const points = [start, ...turn.filter(([, y]) => y > start[1]), end];
  return { ...base, lane, shape: start[0] === end[0] ? 'straight' : 'curve', points };
}
