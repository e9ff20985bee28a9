/**
 * Which of the compiled modules this browser runs: a visitor downloads one, and its glue.
 *
 * @module
 */

/** Relaxed SIMD is there if a module of one function with `f32x4.relaxed_madd` is valid. */
const relaxed = WebAssembly.validate(new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0xfd, 0x85, 2, 0x0b,
]));

/** Whether this browser can run threads; there is no module with threads and without relaxed SIMD. */
export const wantsThreads = relaxed && 'waitAsync' in Atomics;

/**
 * The module and its glue, as paths from the site's root. Threads share memory, which only a page that is cross-origin isolated
 * may; and a module that somebody has put elsewhere is one without.
 * @param {Pick<import('./site.js').Places, 'wasm'>} places
 */
export function flavour({ wasm }) {
  const elsewhere = wasm !== null && !wasm.endsWith('/');
  const threads = wantsThreads && globalThis.crossOriginIsolated && !elsewhere;
  return {
    glue: `pkg/inceptionscope${threads ? '_threads' : ''}.js`,
    wasm: `pkg/inceptionscope${threads ? '_threads' : relaxed ? '_relaxed' : ''}_bg.wasm`,
  };
}
