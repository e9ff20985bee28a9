/** The language of the page. To add one: a table beside `locales/en.js` with the same keys, and a line here. */

/** @type {Record<string, () => Promise<{ default: typeof import('../locales/en.js').default }>>} */
export const TABLES = { en: () => import('../locales/en.js') };

/**
 * The first wanted language that has a table, English if none has.
 * @param {readonly string[]} wanted language tags, the favourite first
 * @param {string[]} known
 */
export function choose(wanted, known = Object.keys(TABLES)) {
  return wanted.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => known.includes(tag)) ?? 'en';
}

const asked = new URLSearchParams(globalThis.location?.search ?? '').get('lang');
export const language = choose([...(asked ? [asked] : []), ...(globalThis.navigator?.languages ?? [])]);
