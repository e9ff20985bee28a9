/** What a module is made of, as a figure can show it: what comes before its branches, each branch, and what they join to. */

import { aroundLanes, isMain } from '../graph.js';
import { t } from '../words.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Node} Node
 *
 * @typedef {object} Branch
 * @property {string} key in the address: the lane's number, `in` or `out`
 * @property {string} label
 * @property {number | null} lane
 * @property {Node[]} nodes with maps of their own, in order
 */

/** @param {Graph} graph @param {number} index the module's @returns {Branch[]} */
export function branchesOf(graph, index) {
  const module = graph.modules[index];
  const nodes = graph.nodes.filter((node) => node.module === index);
  const drawn = nodes.filter((node) => node.unit === node.id || node.op === 'add');
  const { before, joined } = aroundLanes(graph, index, drawn);
  const isBranched = nodes.some((node) => node.lane !== null);
  /** @type {Branch[]} */
  const branches = [
    { key: 'in', label: t.module.chain, lane: null, nodes: before },
    ...module.lanes.map(({ label }, lane) => ({
      key: String(lane),
      label,
      lane,
      nodes: drawn.filter((node) => node.lane === lane),
    })),
    { key: 'out', label: isBranched ? t.publish.output : t.module.chain, lane: null, nodes: joined },
  ];
  return branches.filter((branch) => branch.nodes.length > 0);
}

/**
 * Those that a figure shows: the ones named; else all lanes; of a module without lanes, all there is.
 * @param {Branch[]} all @param {string[]} keys
 */
export function chosen(all, keys) {
  const named = all.filter(({ key }) => keys.includes(key));
  if (named.length) return named;
  const lanes = all.filter(({ lane }) => lane !== null);
  return lanes.length ? lanes : all;
}

/** The op that a step of several is named for. @param {Node} node */
export const opOf = ({ op, ops }) =>
  t.ops.of(ops.find(({ kind }) => isMain(kind)) ?? ops.at(-1) ?? { kind: op });
