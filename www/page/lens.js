/** What the open module shows of a node: its own maps, or those of two sides of a comparison and how these differ. */

import { nodeOf } from './graph.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').Maps} Maps
 * @typedef {import('../inceptionscope.js').Stats} Stats
 * @typedef {import('../inceptionscope.js').Tensor} Tensor
 * @typedef {import('./graph.js').Node} Node
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {'own' | 'a' | 'b' | 'difference'} Plane One of the maps that are shown of a channel.
 *
 * @typedef {object} Look How a node is looked at.
 * @property {Plane[]} planes
 * @property {number[]} shape
 * @property {string} note why there are no more of them
 *
 * @typedef {object} Values Statistics of a node.
 * @property {Stats[]} sides of its own, or of both sides; none that are not known
 * @property {Difference | null} difference
 *
 * @typedef {Pick<Stats, 'min' | 'max' | 'mean'> & { size: Float32Array }} Difference Of each channel; size: the mean of the
 *   absolute values.
 *
 * @typedef {object} Side One of two networks that are compared, with its photo.
 * @property {Scope} scope
 * @property {import('../inceptionscope.js').Intervention[]} changes
 * @property {string} title
 *
 * @typedef {object} Lens
 * @property {boolean} compares
 * @property {string[]} titles of each side
 * @property {Side['changes'][]} changes of each side
 * @property {(node: Node, side: string) => Look} look
 * @property {(node: Node) => Promise<Values>} values
 * @property {(id: string, planes: Plane[], channels: number[], size?: number) => Promise<Maps[]>} maps
 */

/** What the maps of a comparison are called. @param {Plane} plane */
export const letterOf = (plane) => (plane === 'difference' ? t.compare.difference : t.compare.letters[plane === 'b' ? 1 : 0]);

/** A node as it is. @implements {Lens} */
export class Own {
  compares = false;
  /** @type {Side['changes'][]} */
  changes = [];
  /** @type {string[]} */
  titles = [];

  /** @param {Scope} scope */
  constructor(scope) {
    this.scope = scope;
  }

  /** @param {Node} node @returns {Look} */
  look({ shape }) {
    return { planes: ['own'], shape, note: '' };
  }

  /** @param {Node} node @returns {Promise<Values>} */
  async values({ id }) {
    const stats = await this.scope.stats(id).catch(() => null);
    return { sides: stats ? [stats] : [], difference: null };
  }

  /** @param {string} id @param {Plane[]} planes @param {number[]} channels @param {number} [size] */
  async maps(id, planes, channels, size) {
    return [await this.scope.maps(id, { channels, size })];
  }
}

/** A node on both sides. @implements {Lens} */
export class Both {
  compares = true;

  /** @param {Side} a @param {Side} b */
  constructor(a, b) {
    this.a = a.scope;
    this.b = b.scope;
    this.changes = [a.changes, b.changes];
    this.titles = [a.title, b.title];
  }

  /** @param {Node} node @param {string} side `a`, `b`, `difference`, or empty for all three @returns {Look} */
  look({ id, shape }, side) {
    const other = nodeOf(this.b.graph, id)?.shape;
    const known = /** @type {const} */ (['a', 'b', 'difference']);
    if (other?.join() === shape.join()) return { planes: known.filter((plane) => !side || plane === side), shape, note: '' };
    const note = other ? t.compare.otherShape(other) : t.compare.onlyA;
    if (side === 'b' && other) return { planes: ['b'], shape: other, note };
    return { planes: side === '' || side === 'a' ? ['a'] : [], shape, note };
  }

  /** @param {Node} node @returns {Promise<Values>} */
  async values(node) {
    const [a, b] = await Promise.all([this.a, this.b].map((scope) => scope.stats(node.id).catch(() => null)));
    const alike = a && b && a.shape.join() === b.shape.join();
    const difference = alike ? await this.difference(node.id).then(statsOf).catch(() => null) : null;
    return { sides: [a, b].filter((stats) => stats !== null), difference };
  }

  /** B − A, value by value. @param {string} id */
  async difference(id) {
    const [a, b] = await Promise.all([this.a.activation(id), this.b.activation(id)]);
    return minus(b, a);
  }

  /** @param {string} id @param {Plane[]} planes @param {number[]} channels @param {number} [size] */
  async maps(id, planes, channels, size) {
    const of = (/** @type {Scope} */ scope) => scope.maps(id, { channels, size });
    const needs = (/** @type {Plane} */ plane) => planes.includes(plane) || planes.includes('difference');
    const [a, b] = await Promise.all([needs('a') ? of(this.a) : null, needs('b') ? of(this.b) : null]);
    const all = { own: a, a, b, difference: a && b ? minus(b, a) : null };
    return planes.map((plane) => /** @type {Maps} */ (all[plane]));
  }
}

/** @param {Tensor} from @param {Tensor} what @returns {Tensor} */
const minus = ({ shape, data }, what) => ({ shape, data: data.map((v, i) => v - what.data[i]) });

/** @param {Tensor} difference @returns {Difference} */
export function statsOf({ shape: [channels], data }) {
  const [min, max, mean, size] = Array.from({ length: 4 }, () => new Float32Array(channels));
  const length = data.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    let [least, most, sum, sizes] = [Infinity, -Infinity, 0, 0];
    for (const v of data.subarray(channel * length, (channel + 1) * length)) {
      if (v < least) least = v;
      if (v > most) most = v;
      sum += v;
      sizes += Math.abs(v);
    }
    [min[channel], max[channel], mean[channel], size[channel]] = [least, most, sum / length, sizes / length];
  }
  return { min, max, mean, size };
}
