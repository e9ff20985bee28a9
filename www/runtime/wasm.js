/**
 * The compiled module, once `runtime` has resolved: what Rust exports is `rust.Session` and so on.
 *
 * @module
 */

import { GLUE, WASM } from './module.js';
import { ROOT } from './site.js';

/**
 * @typedef {typeof import('../pkg/inceptionscope.js')} Glue
 * @typedef {{ others: Uint32Array, module: WebAssembly.Module, memory: WebAssembly.Memory, free(): void }} Team
 */

/** The module with threads has `team`. @type {Glue & { team?: (threads: number) => Team | undefined }} */
export let rust;

/** Resolves when the runtime can be used. */
export const runtime = (async () => {
  const wasm = fetch(new URL(WASM, ROOT)); // while the glue comes
  wasm.catch(() => {}); // the glue is told
  const glue = await import(new URL(GLUE, ROOT).href);
  const exports = await glue.default({ module_or_path: wasm });
  rust = glue;
  return /** @type {import('../pkg/inceptionscope.js').InitOutput} */ (exports);
})();
runtime.catch(() => {}); // whoever calls is told
