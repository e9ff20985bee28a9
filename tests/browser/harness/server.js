import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The site as `cargo xtask dist` writes it. */
export const DIST = resolve(import.meta.dirname, '../../../dist');

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/**
 * Serves a folder on a free port, as a plain static host would: types, byte ranges, nothing else.
 * Each server is an origin of its own, so two of them make a cross-origin test.
 *
 * @param {object} [options]
 * @param {string} [options.root] the folder
 * @param {string} [options.path] where in the site it appears, such as `/some/path/`
 * @param {Record<string, string>} [options.headers] added to every answer
 * @param {Record<string, string>} [options.pages] pages made up for a test, by path: their HTML
 * @returns {Promise<{ url: string, requests: string[], close: () => Promise<void> }>} the address of
 *   the folder with a slash at its end, and the paths that were asked for so far
 */
export async function serve({ root = DIST, path = '/', headers = {}, pages = {} } = {}) {
  /** @type {string[]} */
  const requests = [];
  const server = createServer(async (request, response) => {
    const asked = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    requests.push(asked);
    if (asked in pages) {
      response.writeHead(200, { 'content-type': TYPES['.html'], ...headers }).end(pages[asked]);
      return;
    }
    const inside = asked.startsWith(path) ? normalize(asked.slice(path.length)) : '..';
    const file = join(root, inside === '.' || inside.endsWith('/') ? join(inside, 'index.html') : inside);
    const size = inside.startsWith('..') ? undefined : await sizeOf(file);
    if (size === undefined) {
      response.writeHead(404, headers).end(`not found: ${asked}`);
      return;
    }
    const range = byteRange(request.headers.range, size);
    response.writeHead(range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'content-length': range ? range.end - range.start + 1 : size,
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
      ...headers,
    });
    // A page that goes away while it loads ends the stream early: its own affair.
    await pipeline(createReadStream(file, range), response).catch(() => {});
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}${path}`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {string} file
 * @returns {Promise<number | undefined>} in bytes; undefined where there is no such file
 */
async function sizeOf(file) {
  const info = await stat(file).catch(() => undefined);
  return info?.isFile() ? info.size : undefined;
}

/**
 * @param {string | undefined} header such as `bytes=0-99` or `bytes=100-`
 * @param {number} size
 * @returns {{ start: number, end: number } | undefined} the last byte included
 */
function byteRange(header, size) {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (!match) return undefined;
  const start = Number(match[1]);
  const end = Math.min(match[2] ? Number(match[2]) : size - 1, size - 1);
  return start <= end ? { start, end } : undefined;
}
