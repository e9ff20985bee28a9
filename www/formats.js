/**
 * Files of rare formats: weights of Keras (`.h5` and `.keras`), ONNX, Caffe and TF.js, and PNG photos. Their module is
 * nearly as large as the page's own, and is loaded when one has come.
 *
 * @module
 */

import { failure, InceptionscopeError } from './runtime/errors.js';
import { fileAt } from './runtime/site.js';
import { ofThis, versioned, whyNot } from './runtime/version.js';

/** @typedef {typeof import('./pkg-formats/formats.js')} Formats */

const GLUE = 'pkg-formats/formats.js';

/** The module, when it can be used. @type {Promise<Formats> | null} */
let loading = null;

/** How many modules a file has broken: by it the next one has an address of its own, so that it is another. */
let broken = 0;

/** Loads the module, once. */
export async function load() {
  loading ??= begin();
  return loading.catch(async (error) => {
    loading = null; // a network that comes back is asked again
    if (error instanceof InceptionscopeError) throw error;
    throw await whyNot(failure('runtime.unavailable', { address: fileAt(GLUE).href, reason: error.message }));
  });
}

async function begin() {
  const address = versioned(fileAt(GLUE));
  if (broken > 0) address.hash = String(broken);
  // A file like the module's other ones to bundlers: as part of the worker it would have to be split off, which not all can do.
  /** @type {Formats} */
  const formats = ofThis(await import(/* webpackIgnore: true */ /* @vite-ignore */ address.href));
  await formats.default({ module_or_path: versioned(fileAt('pkg-formats/formats_bg.wasm')) });
  return formats;
}

/**
 * Reads a file. One that is made to break the reader, as by types within types without end, leaves a module that fails with the next
 * file, too: that gets another.
 * @template T
 * @param {() => T} read
 * @param {(reason: string) => Error} failed
 */
function reading(read, failed) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
    loading = null;
    broken += 1;
    throw failed(error.message);
  }
}

/** First bytes of an HDF5 file. */
const HDF5 = [0x89, 0x48, 0x44, 0x46];

/**
 * Whether a file is one that {@link convert} is for, by its name, or its first bytes where the name says nothing.
 * @param {Blob} file
 */
export async function isRare(file) {
  if (file instanceof File && /\.(h5|hdf5|keras|onnx|caffemodel)$|(^|[/\\])model(\.min)?\.js(on)?$/i.test(file.name)) return true;
  const start = new Uint8Array(await file.slice(0, HDF5.length).arrayBuffer());
  return HDF5.every((byte, i) => start[i] === byte);
}

/**
 * A weight file as one safetensors file. `beside` are the shards of a TF.js model, by their names.
 * An error has a `code` and `data`, as the runtime's errors have.
 * @param {Blob} file
 * @param {File[]} [beside]
 * @returns {Promise<Blob>}
 */
export async function convert(file, beside = []) {
  const formats = await load();
  const files = [file, ...beside];
  const bytes = await Promise.all(files.map(async (part) => new Uint8Array(await part.arrayBuffer())));
  const names = files.map((part) => (part instanceof File ? part.name : ''));
  const converted = reading(() => formats.convert(names, bytes), (problem) => failure('weights.header', { problem }));
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (converted)]);
}

/**
 * A PNG photo, laid on white. An error has a `code` and `data`, as the runtime's errors have.
 * @param {Formats} formats what {@link load} has loaded
 * @param {Uint8Array} file
 */
export function decodePng(formats, file) {
  const pixels = reading(() => formats.decode_png(file), (reason) => failure('photo.unreadable', { reason }));
  const { width, height, rgb } = pixels;
  pixels.free();
  const image = new ImageData(width, height);
  const { data } = image;
  for (let from = 0, to = 0; to < data.length; from += 3, to += 4) {
    data[to] = rgb[from];
    data[to + 1] = rgb[from + 1];
    data[to + 2] = rgb[from + 2];
    data[to + 3] = 255;
  }
  return image;
}
