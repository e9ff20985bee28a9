/** What comes with the module: files beside it, or wherever a bundler or the page has put them. */

/**
 * Each address is written out, as `new URL('…', import.meta.url)`: bundlers look for exactly that, and put the file's
 * new address in its place.
 * @type {Record<string, URL>}
 */
const FILES = {
  'catalogue/googlenet-bvlc.json': new URL('../catalogue/googlenet-bvlc.json', import.meta.url),
  'classes/imagenet.txt': new URL('../classes/imagenet.txt', import.meta.url),
  'papers.json': new URL('../papers.json', import.meta.url),
  'pkg-formats/formats.js': new URL('../pkg-formats/formats.js', import.meta.url),
  'pkg-formats/formats_bg.wasm': new URL('../pkg-formats/formats_bg.wasm', import.meta.url),
  'pkg/inceptionscope.js': new URL('../pkg/inceptionscope.js', import.meta.url),
  'pkg/inceptionscope_bg.wasm': new URL('../pkg/inceptionscope_bg.wasm', import.meta.url),
  'pkg/inceptionscope_relaxed_bg.wasm': new URL('../pkg/inceptionscope_relaxed_bg.wasm', import.meta.url),
  'pkg/inceptionscope_threads.js': new URL('../pkg/inceptionscope_threads.js', import.meta.url),
  'pkg/inceptionscope_threads_bg.wasm': new URL('../pkg/inceptionscope_threads_bg.wasm', import.meta.url),
  'weights/index.json': new URL('../weights/index.json', import.meta.url),
};

/**
 * Where things are. The page's side of a worker hands it its own.
 * @typedef {object} Places
 * @property {string} root where `inceptionscope.js` is, or a bundler has put such files: what the browser keeps is kept under it
 * @property {string | null} assets a folder with the files, if the page has named one
 * @property {string | null} worker the worker's script, likewise
 * @property {string | null} wasm the compiled module, likewise; or the folder with all of them, if it ends in `/`
 */

/** @type {Places} */
export const places = { root: folder(FILES['papers.json']), assets: null, worker: null, wasm: null };

/** The folder of a file; of one that a bundler has put into the code, that of the page. @param {URL} file */
function folder(file) {
  return /^(https?|file):$/.test(file.protocol) ? new URL('.', file).href : new URL('.', globalThis.location.href).href;
}

/** Where a file is that comes with the module. @param {string} path from its root on @param {Places} [where] */
export function fileAt(path, { root, assets } = places) {
  return (assets === null ? FILES[path] : null) ?? new URL(path, assets ?? root);
}

/** Where the compiled module is. @param {string} path of the one that this browser runs */
export function wasmAt(path) {
  const { wasm } = places;
  if (wasm === null) return fileAt(path);
  return wasm.endsWith('/') ? new URL(path.replace(/^.*\//, ''), wasm) : new URL(wasm);
}

/** A file that comes with the module, if it is there. @param {string} path */
export async function beside(path) {
  const response = await fetch(fileAt(path)).catch(() => null);
  return response?.ok ? response : null;
}

/** What is shown of an address: the name of its file. @param {string} address */
export function nameOf(address) {
  const name = (URL.canParse(address) && new URL(address).pathname.split('/').at(-1)) || address;
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a percent sign that begins no code
  }
}
