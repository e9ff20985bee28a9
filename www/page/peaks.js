/** Which photos excite a channel? Of every channel of some nodes the photos with the highest peaks. */

import { isAbort, sentence } from './faults.js';

/**
 * @typedef {import('../inceptionscope.js').ReceptiveFields} ReceptiveFields
 * @typedef {import('../inceptionscope.js').Seen} Seen
 * @typedef {import('../inceptionscope.js').Stats} Stats
 * @typedef {import('./folder.js').FolderPhoto} FolderPhoto
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {object} Peak
 * @property {number} photo its place among the photos
 * @property {number} value
 * @property {number} row
 * @property {number} column
 */

/** How many photos of a channel are kept, as OpenAI Microscope shows them. */
export const KEPT = 9;

export class Peaks {
  /** By node and channel, the highest first. @type {Map<string, Peak[][]>} */
  #peaks = new Map();
  /** What the network saw of each photo. @type {Map<number, Seen>} */
  seen = new Map();
  /** What is wrong with photos. @type {string[]} */
  failed = [];
  done = 0;

  /** @param {FolderPhoto[]} photos that are searched */
  constructor(photos) {
    this.photos = photos;
  }

  /** @param {string} node @param {Pick<Stats, 'max' | 'peak'>} stats of a photo @param {number} photo */
  add(node, { max, peak }, photo) {
    const channels = this.#peaks.get(node) ?? Array.from(max, () => /** @type {Peak[]} */ ([]));
    this.#peaks.set(node, channels);
    channels.forEach((best, channel) => {
      const value = max[channel];
      // A channel that stays at zero, or whose values are not finite, is excited by nothing.
      if (!(value > 0) || value <= (best[KEPT - 1]?.value ?? 0)) return;
      const at = best.findIndex((other) => other.value < value);
      best.splice(at < 0 ? best.length : at, 0, {
        photo,
        value,
        row: peak[2 * channel],
        column: peak[2 * channel + 1],
      });
      best.length = Math.min(best.length, KEPT);
    });
  }

  /** @param {string} node */
  has(node) {
    return this.#peaks.has(node);
  }

  /** @param {string} node @param {number} channel */
  of(node, channel) {
    return this.#peaks.get(node)?.[channel] ?? [];
  }
}

/**
 * Runs photo by photo through a scope of its own, without changes; no more than one photo is in memory.
 * @param {Scope} scope
 * @param {string[]} nodes
 * @param {Peaks} peaks what is found so far
 * @param {{ onStep: () => void, signal: AbortSignal }} options
 */
export async function search(scope, nodes, peaks, { onStep, signal }) {
  const own = await scope.fork();
  try {
    for (; peaks.done < peaks.photos.length; peaks.done += 1) {
      if (signal.aborted) return;
      const { name, file } = peaks.photos[peaks.done];
      try {
        const { seen } = await own.run(file, { signal });
        if (seen) peaks.seen.set(peaks.done, seen);
        const all = await Promise.all(nodes.map((node) => own.stats(node)));
        nodes.forEach((node, i) => peaks.add(node, all[i], peaks.done));
      } catch (error) {
        if (isAbort(error) || !/^photo\./.test(/** @type {{ code?: string }} */ (error).code ?? '')) throw error;
        peaks.failed.push(`${name}: ${sentence(error)}`);
      }
      onStep();
    }
  } finally {
    own.dispose().catch(() => {});
  }
}

/**
 * The part of a photo that a peak depends on, in the photo's pixels: its receptive field, as far as the network saw it.
 * @param {Peak} peak
 * @param {ReceptiveFields} fields
 * @param {Seen} seen
 * @param {number[]} input C, H, W
 */
export function regionOf({ row, column }, fields, seen, [, rows, columns]) {
  const [top, bottom] = fields.rows[row] ?? [0, rows];
  const [left, right] = fields.columns[column] ?? [0, columns];
  const [x, y] = [seen.width / columns, seen.height / rows];
  return { x: seen.x + left * x, y: seen.y + top * y, width: (right - left) * x, height: (bottom - top) * y };
}
