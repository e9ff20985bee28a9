/** One small picture of a node's value: the mean of its maps, its strongest map, or a vector as a square. */

import { square } from './graph.js';
import { channelScale } from './view.js';

/**
 * @typedef {import('./graph.js').Node} Node
 * @typedef {import('./graph.js').Scope} Scope
 * @typedef {import('./graph.js').Stats} Stats
 *
 * @typedef {'mean' | 'strongest'} Kind
 *
 * @typedef {object} Thumbnail
 * @property {Float32Array} data row by row
 * @property {number} rows
 * @property {number} columns
 * @property {import('./colour.js').Scale} scale
 * @property {number | null} channel the one that is shown, if it is one
 */

/**
 * @param {Scope} scope
 * @param {Pick<Node, 'id' | 'shape'>} node
 * @param {Kind} kind
 * @param {number} size rows and columns at most
 * @returns {Promise<Thumbnail>}
 */
export async function thumbnail(scope, { id, shape }, kind, size) {
  const [, height = 1, width = 1] = shape;
  if (height * width === 1) return patternOf((await scope.activation(id)).data, square(shape[0]));
  if (kind === 'mean') {
    const mean = await scope.mean(id, { size });
    return patternOf(mean.data, mean.shape.slice(1));
  }
  const stats = await scope.stats(id);
  const channel = strongestOf(stats);
  const {
    shape: [, rows, columns],
    data,
  } = await scope.maps(id, { channels: [channel], size });
  return { data, rows, columns, scale: channelScale([stats], channel), channel };
}

/** The channel whose map has the most energy. @param {Stats} stats */
export const strongestOf = ({ energy }) => energy.reduce((most, v, c) => (v > energy[most] ? c : most), 0);

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
