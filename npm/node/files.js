/** Node's `fetch` has only the web: this one has the files of a disk too. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

const web = globalThis.fetch;

/**
 * @param {string | URL} address
 * @param {RequestInit} [options] of the web's
 * @returns {Promise<Response>}
 */
export async function fetchFile(address, options) {
  const url = new URL(address);
  if (url.protocol !== 'file:') return web(url, options);
  const info = await stat(url).catch(() => null);
  if (!info?.isFile()) return new Response(null, { status: 404 });
  const body = /** @type {ReadableStream} */ (Readable.toWeb(createReadStream(url)));
  const type = url.pathname.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream';
  return new Response(body, { headers: { 'content-length': String(info.size), 'content-type': type } });
}
