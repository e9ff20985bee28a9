/**
 * What each host of JavaScript does in its own way: browsers as it stands here. `npm/node.js` puts Node's in its place.
 *
 * @module
 */

import { failure } from './errors.js';

/** @typedef {import('./site.js').Places} Places */

/** What a worker is to those who use one. @typedef {Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>} Runner */

/** In a variable, so that bundlers leave it alone. */
const HERE = import.meta.url;
/** Whether this file lies where it was written, and so the worker's beside it: no bundler has been here. */
const IN_PLACE = /^https?:.*\/runtime\/platform\.js$/.test(HERE);

/** @type {WorkerOptions} */
const MODULE = { type: 'module', name: 'inceptionscope' };

export const platform = {
  /** What relative addresses are relative to: the page, or the worker that uses the module. @returns {string} */
  base: () => globalThis.document?.baseURI ?? globalThis.location.href,

  /** @param {string} address */
  fetch: (address) => fetch(address),

  /** @param {Places} places @returns {Runner} */
  startWorker(places) {
    const address = places.worker ?? scriptAt('worker.js', places);
    if (address !== null) return startAt(address);
    // Bundlers look for exactly this.
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'inceptionscope' });
  },

  /** @param {Places} places @returns {Runner} */
  startThread(places) {
    const address = places.worker ? new URL('thread.js', places.worker).href : scriptAt('thread.js', places);
    if (address !== null) return startAt(address);
    // By another name: webpack would put what has the same name into one file.
    return new Worker(new URL('./thread.js', import.meta.url), { type: 'module', name: 'inceptionscope-thread' });
  },
};

/** Where a worker's script is, unless a bundler has put it there. @param {string} name @param {Places} places */
function scriptAt(name, { assets }) {
  return assets ? new URL(`runtime/${name}`, assets).href : IN_PLACE ? new URL(name, HERE).href : null;
}

/** @param {string} address */
function startAt(address) {
  if (new URL(address).origin === globalThis.location.origin) return new Worker(trusted(address), MODULE);
  // A worker's script has to be of the page's origin: a blob is, and it may import from any that allows it.
  const blob = new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(blob);
  const worker = new Worker(trusted(url), MODULE);
  // Once it says something, it has its script.
  worker.addEventListener('message', () => URL.revokeObjectURL(url), { once: true });
  return worker;
}

/** @type {{ createScriptURL(address: string): string } | null} */
let policy = null;

/** An address of a script as Trusted Types want it, where a browser has them. @param {string} address @returns {string} */
export function trusted(address) {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  policy ??= trustedTypes?.createPolicy('inceptionscope', { createScriptURL: (/** @type {string} */ own) => own }) ?? null;
  return policy?.createScriptURL(address) ?? address;
}
