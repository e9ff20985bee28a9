/**
 * Which of the two compiled modules this browser runs: the one with relaxed SIMD, if it has that. A plain script, so that
 * the service worker, which is no module, can ask it too; the answer is `globalThis.inceptionscopeModule`.
 */

Object.assign(globalThis, {
  // Relaxed SIMD is there if a module of one function with `f32x4.relaxed_madd` is valid.
  inceptionscopeModule: `pkg/inceptionscope${
    WebAssembly.validate(new Uint8Array([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 19, 1, 17, 0,
      0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0xfd, 0x85, 2, 0x0b,
    ])) ? '_relaxed' : ''
  }_bg.wasm`,
});
