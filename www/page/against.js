/**
 * With what the network and the photo that are shown are compared, as the address keeps it: `photo:cat`,
 * `variant:no-skip`, `weights:synthetic:2`, `scale:1` (of every residual), `unchanged`.
 */

/** @typedef {'photo' | 'variant' | 'weights' | 'scale' | 'unchanged'} Kind */

/**
 * @typedef {object} Against
 * @property {Kind} kind
 * @property {string} value a photo's name or address, a variant, weights as of a choice, a residual scale; else empty
 */

const KINDS = /** @type {Kind[]} */ (['photo', 'variant', 'weights', 'scale', 'unchanged']);

/** @param {Against | null} against */
export const textOf = (against) => (against ? [against.kind, against.value].join(':').replace(/^unchanged:$/, 'unchanged') : '');

/** @param {string} text @returns {Against | null} nothing if it names nothing to compare with */
export function againstIn(text) {
  const [, kind, value = ''] = /^([a-z]+)(?::(.*))?$/.exec(text) ?? [];
  const known = KINDS.find((each) => each === kind);
  if (!known || (value === '' && (known === 'photo' || known === 'weights'))) return null;
  if (known === 'scale' && !(value !== '' && Number.isFinite(Number(value)))) return null;
  return { kind: known, value };
}

/** What is still compared when another network is opened: another photo. @param {string} text */
export const keptOf = (text) => (againstIn(text)?.kind === 'photo' ? text : '');
