/** How maps are shown: which channels, in which order, on which colour scale. */

import { sharedScale } from './colour.js';

/**
 * @typedef {import('../inceptionscope.js').Stats} Stats
 * @typedef {import('./colour.js').Shared} Shared
 * @typedef {import('./lens.js').Plane} Plane
 * @typedef {import('./lens.js').Values} Values
 * @typedef {import('./colour.js').Scale} Scale
 *
 * @typedef {object} View
 * @property {string} scale `module`, `op` or `map`
 * @property {string} sort `channel`, `mean`, `max`, `zeros`, or of a comparison `difference`
 * @property {string} filter which channels are shown: empty for all, or as `mean>0.5`, `max>2`, `zeros<0.9`
 * @property {string} side of a comparison: `a`, `b`, `difference`, or empty for all three
 * @property {boolean} everyOp
 *
 * @typedef {'mean' | 'max' | 'zeros'} Figure
 */

/** @param {string} filter as `mean>0.5` @returns {{ by: Figure, limit: number } | null} */
export function parseFilter(filter) {
  const [, by, limit] = /^(mean|max|zeros)[<>](-?[\d.e+-]+)$/.exec(filter) ?? [];
  return by && Number.isFinite(Number(limit)) ? { by: /** @type {Figure} */ (by), limit: Number(limit) } : null;
}

/** @param {string} by @param {number} limit */
export const filterOf = (by, limit) =>
  by && Number.isFinite(limit) ? `${by}${by === 'zeros' ? '<' : '>'}${limit}` : '';

/**
 * The channels that are shown, in order: those that pass on any side.
 * @param {Values} values @param {Pick<View, 'sort' | 'filter'>} view
 */
export function channelsOf({ sides, difference }, { sort, filter }) {
  const all = Array.from(sides[0].mean, (_, c) => c);
  const channels = all.filter((c) => sides.some((stats) => passes(stats, filter)(c)));
  /** @type {((channel: number) => number) | null} */
  const by = sort === 'difference' && difference
    ? (c) => difference.size[c]
    : sort === 'mean' || sort === 'max' || sort === 'zeros'
      ? (c) => Math.max(...sides.map((stats) => stats[sort][c]))
      : null;
  return by ? channels.sort((a, b) => by(b) - by(a) || a - b) : channels;
}

/** @param {Stats} stats @param {string} filter @returns {(channel: number) => boolean} */
function passes(stats, filter) {
  const given = parseFilter(filter);
  if (!given) return () => true;
  const { by, limit } = given;
  return by === 'zeros' ? (c) => stats.zeros[c] <= limit : (c) => stats[by][c] >= limit;
}

/**
 * The scale of one channel alone, on all sides.
 * @param {Pick<Stats, 'min' | 'max'>[]} sides @param {number} channel @returns {Shared}
 */
export const channelScale = (sides, channel) =>
  sharedScale([{
    min: Float32Array.of(Math.min(...sides.map(({ min }) => min[channel]))),
    max: Float32Array.of(Math.max(...sides.map(({ max }) => max[channel]))),
  }]);

/**
 * The colour scales of ops that are shown together: the same for both sides, another one for how these differ.
 * @param {string} scale of the view
 * @param {Values[]} all of each op
 */
export function scalesOf(scale, all) {
  const signed = (/** @type {Shared} */ shared) => /** @type {Shared} */ ({ ...shared, kind: 'diverging' });
  const differencesOf = (/** @type {Values[]} */ some) => some.flatMap(({ difference }) => difference ?? []);
  const shared = sharedScale(all.flatMap(({ sides }) => sides));
  const differs = differencesOf(all).length ? signed(sharedScale(differencesOf(all))) : null;
  return {
    shared,
    differs,
    /** Of an op: the scale of a channel's map. @param {Values} values @returns {(channel: number, plane: Plane) => Shared} */
    of(values) {
      const [own, differences] = [sharedScale(values.sides), differencesOf([values])];
      const ownDiffers = signed(sharedScale(differences));
      return (channel, plane) => {
        if (plane !== 'difference') return scale === 'module' ? shared : scale === 'op' ? own : channelScale(values.sides, channel);
        if (scale === 'map') return signed(channelScale(differences, channel));
        return scale === 'module' && differs ? differs : ownDiffers;
      };
    },
  };
}

/** The median of a figure over all channels, to two digits. @param {Stats[]} all @param {Figure} by */
export function typical(all, by) {
  const values = all.flatMap((stats) => [...stats[by]]).sort((a, b) => a - b);
  return Number((values[Math.floor(values.length / 2)] ?? 0).toPrecision(2));
}
