/**
 * Which version of the site this is. What a page loads later, workers and compiled modules, says so as well: a page may
 * stay open while its site gets a new one, and files of two versions do not work together.
 *
 * @module
 */

import { failure } from './errors.js';
import { inTime } from './patience.js';
import { places } from './site.js';

// `cargo xtask dist` puts in a name for what is in all files. Elsewhere they come together, and have none.
export const VERSION = 'none';

/** How long the site may take to say which version it is of, in milliseconds. */
const PATIENCE = 10_000;

/** A file that says its version, if it is of this one. @template {object} T @param {T} file a module, once it is loaded @returns {T} */
export function ofThis(file) {
  const { VERSION: found = 'none' } = /** @type {{ VERSION?: string }} */ (file);
  if (found !== VERSION) throw failure('runtime.updated');
  return file;
}

/**
 * The address of a file that goes with this version: browsers that have kept one of another do not take it for this one.
 * @param {URL} address
 */
export function versioned(address) {
  return VERSION === 'none' || address.search ? address : Object.assign(new URL(address), { search: VERSION });
}

/**
 * What to say of a file that could not be loaded: it may have been there before the site changed.
 * @param {Error} otherwise
 * @returns {Promise<Error>}
 */
export async function whyNot(otherwise) {
  if (VERSION === 'none') return otherwise;
  try {
    // The service worker, which says what the site is of, is the one file that is never kept.
    const { href } = new URL('sw.js', places.root);
    const text = await inTime(fetch(href, { cache: 'no-store' }).then((response) => response.text()), PATIENCE);
    const newest = /const VERSION = '(\w+)';/.exec(text)?.[1] ?? VERSION;
    return newest === VERSION ? otherwise : failure('runtime.updated');
  } catch {
    return otherwise;
  }
}
