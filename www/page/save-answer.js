/** The numbers of an explanation as a file. */

import { methodOf } from './question.js';
import { csv, json, saved, table } from './save.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').Branches} Branches
 * @typedef {import('../inceptionscope.js').Removal} Removal
 * @typedef {import('../inceptionscope.js').Why} Why
 */

/**
 * @param {'csv' | 'json'} kind
 * @param {Why | Removal | Branches} step
 * @param {Record<string, string>} about where it comes from
 * @param {string[]} names of the classes
 * @returns {string} what is to be said of it
 */
export function saveAnswer(kind, step, about, names) {
  const method = methodOf(step);
  const file = kind === 'csv' ? tableOf(step) : json({ about, ...plainOf(step, names), method });
  return saved(file, `${about.model}-${method}-${step.target}.${kind}`);
}

/** The map, one line a row; else one line a branch or a channel. @param {Why | Removal | Branches} step */
function tableOf(step) {
  if ('modules' in step) {
    const rows = step.modules.flatMap(({ module, sum, biases, lanes, channels }) => [
      [module, '', '', sum],
      [module, 'biases', '', biases],
      ...lanes.map(({ label, share }) => [module, label, '', share]),
      ...channels.map((share, channel) => [module, '', channel, share]),
    ]);
    return table([['module', 'branch', 'channel', 'share'], ...rows]);
  }
  if ('map' in step) return csv(step.map, step.shape[0], step.shape[1]);
  const rows = step.branches.map(({ module, label, channel = null, value, drop, share }) => [module, label, channel, value, drop, share]);
  return table([['module', 'branch', 'channel', 'value', 'drop', 'share'], ...rows]);
}

/**
 * All numbers, for JSON: those that are not known are null.
 * @param {Why | Removal | Branches} step
 * @param {string[]} names
 */
function plainOf(step, names) {
  const named = { class: names[Number(step.target)] ?? null, ratherClass: names[step.rather ?? -1] ?? null };
  if (!('map' in step)) return { ...step, ...named };
  const { mapInput, ...rest } = step;
  return { ...rest, ...named, map: [...step.map], attribution: step.attribution && [...step.attribution] };
}
