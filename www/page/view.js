/** How maps are shown: which channels, in which order, on which colour scale. */

/**
 * @typedef {import('../inceptionscope.js').Stats} Stats
 * @typedef {import('./colour.js').Scale} Scale
 *
 * @typedef {object} View
 * @property {string} scale `module`, `op` or `map`
 * @property {string} sort `channel`, `mean`, `max` or `zeros`
 * @property {string} filter which channels are shown: empty for all, or as `mean>0.5`, `max>2`, `zeros<0.9`
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

/** The channels that are shown, in order. @param {Stats} stats @param {Pick<View, 'sort' | 'filter'>} view */
export function channelsOf(stats, { sort, filter }) {
  const channels = Array.from(stats.mean, (_, c) => c).filter(passes(stats, filter));
  if (sort !== 'mean' && sort !== 'max' && sort !== 'zeros') return channels;
  const values = stats[sort];
  return channels.sort((a, b) => values[b] - values[a] || a - b);
}

/** @param {Stats} stats @param {string} filter @returns {(channel: number) => boolean} */
function passes(stats, filter) {
  const given = parseFilter(filter);
  if (!given) return () => true;
  const { by, limit } = given;
  return by === 'zeros' ? (c) => stats.zeros[c] <= limit : (c) => stats[by][c] >= limit;
}

/** The scale of one channel alone. @param {Stats} stats @param {number} channel @returns {Scale} */
export function channelScale({ min, max }, channel) {
  const [low, high] = [min[channel], max[channel]];
  return { kind: low < 0 ? 'diverging' : 'sequential', top: Math.max(high, -low) || 1 };
}

/** The median of a figure over all channels, to two digits. @param {Stats[]} all @param {Figure} by */
export function typical(all, by) {
  const values = all.flatMap((stats) => [...stats[by]]).sort((a, b) => a - b);
  return Number((values[Math.floor(values.length / 2)] ?? 0).toPrecision(2));
}
