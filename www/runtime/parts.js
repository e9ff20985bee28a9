/**
 * Weights that are published as a folder of files: fetched a few at a time, checked one by one, and handed on in
 * order as the one safetensors file that they make. To `download` they are a server that has that file: it is kept, and
 * goes on where it broke off, as any other.
 *
 * @module
 */

import { get, pieces } from './download.js';
import { coded, failure } from './errors.js';
import { plain } from './shards.js';

/** Files on their way at the same time: as many connections as browsers open to one host. */
const AHEAD = 6;

/**
 * @typedef {object} Parts
 * @property {{ paths(): string[], header(): Uint8Array, values(index: number, bytes: Uint8Array): Uint8Array }} parts of the runtime
 * @property {number[]} sizes of the files
 * @property {string} version a name for the list of them
 */

/** The one file that they make. @param {Parts} parts @returns {import('./download.js').Server} */
export const oneFile = ({ parts, sizes, version }) => ({
  async ask(url, from, before) {
    const at = before === version ? from : 0;
    const stop = new AbortController();
    const bytes = assemble({ url, parts, sizes, from: at, stop });
    // Whether the host is there is said at once.
    const first = await bytes.next();
    const body = new ReadableStream({
      start: (controller) => first.done || controller.enqueue(plain(first.value)),
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(plain(value));
      },
      async cancel() {
        stop.abort();
        await bytes.return();
      },
    });
    return { body, at, length: null, version };
  },
  // Each file has a time-out of its own: a whole one may take long.
  stall: null,
  overlap: 0,
});

/**
 * @param {Pick<Parts, 'parts' | 'sizes'> & { url: string, from: number, stop: AbortController }} what url: the folder's address,
 *   with a slash at its end; from: a position in the file that they make
 * @returns {AsyncGenerator<Uint8Array, void>}
 */
async function* assemble({ url, parts, sizes, from, stop }) {
  const paths = parts.paths();
  const header = parts.header();
  let first = 0;
  let skip = Math.max(0, from - header.length);
  while (first < sizes.length && skip >= sizes[first]) {
    skip -= sizes[first];
    first += 1;
  }
  /** @type {Promise<Uint8Array>[]} */
  const coming = [];
  const send = (/** @type {number} */ index) => {
    if (index >= paths.length) return;
    coming[index] = part(new URL(paths[index], url).href, stop.signal);
    coming[index].catch(() => {}); // whoever waits for it is told
  };
  try {
    for (let index = first; index < first + AHEAD; index += 1) send(index);
    await coming[first];
    if (from < header.length) yield header.subarray(from);
    for (let index = first; index < paths.length; index += 1) {
      const bytes = await coming[index];
      delete coming[index];
      send(index + AHEAD);
      yield checked(parts, index, bytes).subarray(skip);
      skip = 0;
    }
  } finally {
    stop.abort();
  }
}

/** A file's values, if it is the one that is listed. @param {Parts['parts']} parts @param {number} index @param {Uint8Array} bytes */
function checked(parts, index, bytes) {
  try {
    return parts.values(index, bytes);
  } catch (error) {
    throw coded(error);
  }
}

/** @param {string} address @param {AbortSignal} signal */
async function part(address, signal) {
  const response = await get(address, { signal });
  if (!response.ok || !response.body) throw failure('weights.refused', { address, status: response.status });
  const all = [];
  for await (const bytes of pieces(response.body)) all.push(plain(bytes));
  return new Uint8Array(await new Blob(all).arrayBuffer());
}
