/** One small picture of a node's value: the mean of its maps, its strongest map, or a vector as a square. */

import { square } from './graph.js';
import { channelScale } from './view.js';

/**
 * @typedef {import('./graph.js').Node} Node
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {'mean' | 'strongest'} Kind
 *
 * @typedef {{ node: Node, size: number }} Wish of so many rows and columns at most
 *
 * @typedef {object} Thumbnail
 * @property {Float32Array} data row by row
 * @property {number} rows
 * @property {number} columns
 * @property {import('./colour.js').Scale} scale
 * @property {number | null} channel the one that is shown, if it is one
 */

/**
 * The mean of a node's maps, or a vector as a square.
 * @param {Scope} scope
 * @param {Pick<Node, 'id' | 'shape'>} node
 * @param {number} size rows and columns at most
 * @returns {Promise<Thumbnail>}
 */
export async function thumbnail(scope, { id, shape }, size) {
  if (isVector(shape)) return patternOf((await scope.activation(id)).data, square(shape[0]));
  const mean = await scope.mean(id, { size });
  return patternOf(mean.data, mean.shape.slice(1));
}

/**
 * Those of several nodes, in the same order; nothing of a node whose value is missing.
 * @param {Scope} scope
 * @param {Wish[]} wishes
 * @param {Kind} kind
 * @returns {Promise<(Thumbnail | null)[]>}
 */
export async function thumbnails(scope, wishes, kind) {
  /** By size, for one answer each. @type {Map<number, Wish[]>} */
  const together = new Map();
  /** @type {Map<Wish, Thumbnail>} */
  const made = new Map();
  const alone = wishes.filter((wish) => {
    if (kind === 'mean' || isVector(wish.node.shape)) return true;
    together.set(wish.size, [...(together.get(wish.size) ?? []), wish]);
    return false;
  });
  await Promise.allSettled([
    ...alone.map(async (wish) => made.set(wish, await thumbnail(scope, wish.node, wish.size))),
    ...[...together].map(async ([size, some]) => {
      const maps = await scope.strongest(some.map(({ node }) => node.id), { size });
      maps.forEach((map, i) => map && made.set(some[i], ofMap(map)));
    }),
  ]);
  return wishes.map((wish) => made.get(wish) ?? null);
}

/** @param {number[]} shape */
const isVector = ([, height = 1, width = 1]) => height * width === 1;

/** @param {import('../inceptionscope.js').Strongest} map @returns {Thumbnail} */
function ofMap({ data, shape: [, rows, columns], channel, min, max }) {
  return { data, rows, columns, scale: channelScale([{ min: Float32Array.of(min), max: Float32Array.of(max) }], 0), channel };
}

/**
 * Values for their pattern: darkest is the least, lightest the greatest.
 * @param {Float32Array} values @param {number[]} size
 * @returns {Thumbnail}
 */
function patternOf(values, [rows, columns]) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const data = new Float32Array(rows * columns);
  data.set(values.map((v) => v - low));
  return { data, rows, columns, scale: { kind: 'sequential', top: high - low || 1 }, channel: null };
}
