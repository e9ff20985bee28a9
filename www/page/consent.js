/**
 * What an address would have from other sites. A link is made by somebody else: nothing of it is asked for before the visitor
 * has agreed, but for what this browser keeps already. What the visitor chose here needs no question, and is not asked about again
 * in this tab.
 */

import { catalogue, stored } from '../inceptionscope.js';
import { againstIn } from './against.js';
import { OWN } from './choice.js';
import { evaluationIn } from './evaluating.js';

/**
 * @typedef {import('./hash.js').State} State
 *
 * @typedef {object} Wanted
 * @property {'weights' | 'photo'} kind
 * @property {string} address
 * @property {string} host
 * @property {number | null} size in bytes, if the catalogue knows it
 */

const KEY = 'inceptionscope-agreed';

/** Addresses that the visitor chose or agreed to. @type {Set<string>} */
const agreed = new Set(remembered());

/** @returns {string[]} */
function remembered() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // a browser that keeps nothing, or not for this frame
  }
}

/** The visitor wants what is at these addresses. @param {...string} addresses as an address of the page has them */
export function agree(...addresses) {
  for (const address of addresses) agreed.add(whole(address) ?? address);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...agreed]));
  } catch {
    // until the page closes
  }
}

/** An address as a request has it; null if none would be made. @param {string} address */
function whole(address) {
  if (!URL.canParse(address, document.baseURI)) return null;
  const { protocol, href } = new URL(address, document.baseURI);
  return /^https?:$/.test(protocol) ? href : null;
}

/** The weights and photos that a state names. @param {State} state */
function named({ weights, image, compare, evaluate }) {
  const against = againstIn(compare);
  const other = (/** @type {string} */ kind) => (against?.kind === kind ? [against.value] : []);
  return {
    weights: [weights, ...other('weights'), ...(evaluationIn(evaluate)?.weights ?? [])],
    photos: [image, ...other('photo')].filter((photo) => URL.canParse(photo)),
  };
}

/**
 * What an address would have from other sites, and the visitor has not agreed to.
 * @param {State} state
 * @param {string[]} [trusted] origins that are asked all the same
 * @returns {Promise<Wanted[]>}
 */
export async function elsewhere(state, trusted = []) {
  const { weights, photos } = named(state);
  /** @type {Map<string, Wanted>} */
  const found = new Map();
  const add = (/** @type {Wanted['kind']} */ kind, /** @type {string} */ given, /** @type {number | null} */ size) => {
    const address = whole(given);
    if (!address || agreed.has(address)) return;
    const { origin, host } = new URL(address);
    if (![location.origin, ...trusted].includes(origin)) found.set(address, { kind, address, host, size });
  };
  for (const photo of photos) add('photo', photo, null);
  const ids = weights.filter((each) => each && each !== OWN && !each.startsWith('synthetic:'));
  const sources = ids.some((id) => !/^https?:/.test(id)) ? await catalogue().catch(() => []) : [];
  for (const id of ids) {
    if (agreed.has(whole(id) ?? id)) continue;
    const source = sources.find((each) => each.id === id);
    if (source) add('weights', source.url, source.bytes);
    else if (/[/.]/.test(id)) add('weights', id, null);
  }
  if (![...found.values()].some(({ kind }) => kind === 'weights')) return [...found.values()];
  for (const { url, sha256 } of await stored().catch(() => [])) if (sha256) found.delete(url);
  return [...found.values()];
}

/** What is left of an address without them. @param {State} state @param {Wanted[]} refused @returns {Partial<State>} */
export function without(state, refused) {
  const kinds = new Set(refused.map(({ kind }) => kind));
  const against = againstIn(state.compare)?.kind;
  return {
    ...(kinds.has('weights') && { weights: '', profile: '', evaluate: '' }),
    ...(kinds.has('photo') && { image: '', crop: '' }),
    ...((against === 'weights' || against === 'photo') && kinds.has(against) && { compare: '' }),
  };
}
