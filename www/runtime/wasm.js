/**
 * The compiled module, once `runtime` has resolved: what Rust exports is `rust.Session` and so on.
 *
 * @module
 */

import { failure, InceptionscopeError } from './errors.js';
import { flavour } from './module.js';
import { fileAt, places, wasmAt } from './site.js';
import { ofThis, versioned, whyNot } from './version.js';

/**
 * @typedef {typeof import('../pkg/inceptionscope.js')} Glue
 * @typedef {{ others: Uint32Array, module: WebAssembly.Module, memory: WebAssembly.Memory, free(): void }} Team
 */

/** The module with threads has `team`. @type {Glue & { team?: (threads: number) => Team | undefined }} */
export let rust;

/** Loads the module, now that it is known where things are. @type {() => void} */
export let load;

/** Resolves when the runtime can be used. @type {Promise<import('../pkg/inceptionscope.js').InitOutput>} */
export const runtime = new Promise((/** @type {(value?: undefined) => void} */ resolve) => { load = resolve; }).then(begin);
runtime.catch(() => {}); // whoever calls is told

async function begin() {
  const { glue: path, wasm } = flavour(places);
  const address = wasmAt(wasm);
  try {
    const response = fetch(versioned(address)); // while the glue comes
    response.catch(() => {}); // the glue is told
    const glue = await glueAt(path);
    const exports = await glue.default({ module_or_path: response });
    rust = glue;
    return exports;
  } catch (error) {
    if (error instanceof InceptionscopeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw await whyNot(failure('runtime.unavailable', { address: address.href, reason }));
  }
}

/**
 * The glue at a path from the site's root: to bundlers a file like the module's other ones, because as part of the worker
 * it would have to be split off, which not all can do.
 * @param {string} path
 */
export const glueAt = async (path) => ofThis(await import(/* webpackIgnore: true */ /* @vite-ignore */ versioned(fileAt(path)).href));
