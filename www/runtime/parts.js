/**
 * Weights that are published as a folder of files: fetched a few at a time, checked one by one, and handed on in
 * order as the one safetensors file that they make, which is kept as any other.
 *
 * @module
 */

/** Files on their way at the same time: as many connections as browsers open to one host. */
const AHEAD = 6;
/** How often a file is asked for, and how long to wait before the next time, in milliseconds. */
const PAUSES = [300, 1000, 3000];

/**
 * @param {object} source
 * @param {string} source.url the folder's address, with a slash at its end
 * @param {{ paths(): string[], header(): Uint8Array, values(index: number, bytes: Uint8Array): Uint8Array }} source.parts
 *   of the runtime
 * @returns {AsyncGenerator<Uint8Array, void>}
 */
export async function* assemble({ url, parts }) {
  const paths = parts.paths();
  const stop = new AbortController();
  /** @type {Promise<Uint8Array>[]} */
  const coming = [];
  const send = (/** @type {number} */ index) => {
    if (index >= paths.length) return;
    coming[index] = part(new URL(paths[index], url).href, stop.signal);
    coming[index].catch(() => {}); // whoever waits for it is told
  };
  try {
    for (let index = 0; index < AHEAD; index += 1) send(index);
    yield parts.header();
    for (let index = 0; index < paths.length; index += 1) {
      const bytes = await coming[index];
      delete coming[index];
      send(index + AHEAD);
      yield parts.values(index, bytes);
    }
  } finally {
    stop.abort();
  }
}

/** @param {string} address @param {AbortSignal} signal */
async function part(address, signal) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(address, { cache: 'no-store', signal });
      if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      if (signal.aborted || attempt === PAUSES.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSES[attempt]));
    }
  }
}
