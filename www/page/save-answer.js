/** The numbers of an explanation as a file. */

import { csv, json, save, table } from './save.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').Removal} Removal
 * @typedef {import('../inceptionscope.js').Why} Why
 */

/**
 * @param {'csv' | 'json'} kind
 * @param {Why | Removal} step
 * @param {Record<string, string>} about where it comes from
 * @param {string[]} names of the classes
 * @returns {string} what is to be said of it
 */
export function saveAnswer(kind, step, about, names) {
  const method = 'branches' in step ? 'removal' : step.method;
  const file = `${about.model}-${method}-${step.target}.${kind}`;
  save(kind === 'csv' ? tableOf(step) : json({ about, ...plainOf(step, names), method }), file);
  return t.export.saved(file);
}

/** The map, one line a row; of a removal one line a branch. @param {Why | Removal} step */
function tableOf(step) {
  if (!('branches' in step)) return csv(step.map, step.shape[0], step.shape[1]);
  const rows = step.branches.map(({ module, label, value, drop }) => [module, label, value, drop]);
  return table([['module', 'branch', 'value', 'drop'], ...rows]);
}

/**
 * All numbers, for JSON: those that are not known are null.
 * @param {Why | Removal} step
 * @param {string[]} names
 */
function plainOf(step, names) {
  const named = { class: names[Number(step.target)] ?? null, ratherClass: names[step.rather ?? -1] ?? null };
  if ('branches' in step) return { ...step, ...named };
  const { mapInput, ...rest } = step;
  return { ...rest, ...named, map: [...step.map], attribution: step.attribution && [...step.attribution] };
}
