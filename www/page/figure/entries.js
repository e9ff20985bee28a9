/** What of the figure can be looked at and opened: its modules, and within them their ops. */

import { chainOf, drawnOf, ownOp } from '../graph.js';
import { t } from '../words.js';

/**
 * @typedef {import('./layout.js').Box} Box
 * @typedef {import('./layout.js').Layout} Layout
 * @typedef {import('./layout.js').Op} Op
 * @typedef {import('./camera.js').Place} Place
 * @typedef {Omit<import('./tree.js').Item, 'children'> & { module: number, op: Op | null, box: Box, children?: Entry[] }} Entry
 */

/** Units around an op that are meant for it. */
const SLACK = 2;

/**
 * In pieces.
 * @param {import('../graph.js').Graph} graph
 * @param {Layout} layout
 * @returns {Generator<void, Entry[]>} a module each
 */
export function* entriesOf(graph, { cards, ops }) {
  /** @type {Entry[]} */
  const entries = [];
  for (const { index: module, box } of cards) {
    const { label, shape } = graph.modules[module];
    const children = ops
      .filter((op) => op.node.module === module)
      .map((op) => ({ name: nameOf(graph, op), module, op, box: op.box }));
    entries.push({ name: t.figure.module(label, shape), module, op: null, box, children });
    yield;
  }
  return entries;
}

/** @param {import('../graph.js').Graph} graph @param {Op} op */
export function nameOf(graph, { node }) {
  const names = chainOf(graph, node, drawnOf(graph, node.module)).map((each) => t.ops.of(ownOp(each)));
  return t.figure.op(names, node.shape, node.lane === null ? '' : graph.modules[node.module].lanes[node.lane].label);
}

/**
 * What lies at a place: an op, or a module.
 * @param {Entry[]} entries
 * @param {Place} place
 * @param {boolean} ops whether ops are large enough to be meant
 */
export function entryAt(entries, place, ops) {
  const within = (/** @type {Box} */ { x, y, width, height }, slack = 0) =>
    place.x >= x - slack && place.x <= x + width + slack && place.y >= y - slack && place.y <= y + height + slack;
  const module = entries.find(({ box }) => within(box));
  return (ops && module?.children?.find(({ box }) => within(box, SLACK))) || (module ?? null);
}
