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

  /** @param {Places} places @returns {{ worker: Runner, started: () => void }} */
  startWorker({ assets, worker }) {
    const address = worker ?? (assets ? new URL('runtime/worker.js', assets).href : IN_PLACE ? new URL('worker.js', HERE).href : null);
    if (address !== null) return startAt(address);
    // Bundlers look for exactly this.
    return { worker: new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'inceptionscope' }), started() {} };
  },
};

/** @param {string} address */
function startAt(address) {
  if (new URL(address).origin === globalThis.location.origin) return { worker: new Worker(trusted(address), MODULE), started() {} };
  // A worker's script has to be of the page's origin: a blob is, and it may import from any that allows it.
  const blob = new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(blob);
  return { worker: new Worker(trusted(url), MODULE), started: () => URL.revokeObjectURL(url) };
}

/** @type {{ createScriptURL(address: string): string } | null} */
let policy = null;

/** An address of a script as Trusted Types want it, where a browser has them. @param {string} address @returns {string} */
function trusted(address) {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  policy ??= trustedTypes?.createPolicy('inceptionscope', { createScriptURL: (/** @type {string} */ own) => own }) ?? null;
  return policy?.createScriptURL(address) ?? address;
}
