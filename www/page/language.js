/** The language of the page. To add one: a table beside `locales/en.js` with the same keys, and a line in both of these. */

/**
 * Texts of the same kinds under the same keys, whatever they say.
 * @template T
 * @typedef {T extends (...given: infer Given) => string ? (...given: Given) => string
 *   : T extends string ? string : { [Key in keyof T]: Texts<T[Key]> }} Texts
 */

/** @type {Record<string, () => Promise<{ default: Texts<typeof import('../locales/en.js').default> }>>} */
export const TABLES = { en: () => import('../locales/en.js'), ko: () => import('../locales/ko.js') };

/** What each language calls itself. @type {Record<string, string>} */
export const NAMES = { en: 'English', ko: '한국어' };

/**
 * The first wanted language that has a table, English if none has.
 * @param {readonly string[]} wanted language tags, the favourite first
 * @param {string[]} known
 */
export function choose(wanted, known = Object.keys(TABLES)) {
  return wanted.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => known.includes(tag)) ?? 'en';
}

/** Where the browser keeps the visitor's choice. */
const KEY = 'inceptionscope-language';

/** What was chosen on the page before; empty where the browser keeps nothing. */
function kept() {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

/** Keeps a choice for later visits. @param {string} choice */
export function keep(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // The address has it all the same.
  }
}

/** The page's address, with what it shows, in another language. @param {string} href @param {string} choice */
export function addressIn(href, choice) {
  const address = new URL(href);
  address.searchParams.set('lang', choice);
  return address.href;
}

const asked = new URLSearchParams(globalThis.location?.search ?? '').get('lang') ?? '';
export const language = choose([asked, globalThis.document ? kept() : '', ...(globalThis.navigator?.languages ?? [])]);
