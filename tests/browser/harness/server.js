import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';

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

const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/**
 * @typedef {import('node:http').IncomingMessage} Request
 * @typedef {import('node:http').ServerResponse} Response
 *
 * @typedef {object} Trouble How a file is served, to see what comes of it.
 * @property {number} [rate] bytes a second; an answer under way heeds a change
 * @property {number} [cut] an answer ends, and its connection, after so many bytes
 * @property {Trouble} [then] how it is served once an answer was cut
 * @property {number} [stall] an answer goes no further than so many bytes
 * @property {number} [hold] no answer goes on behind this position of the file as long as this is here
 * @property {boolean} [gone] no answer at all
 * @property {number} [status] an answer of that kind, without the file
 * @property {number} [length] what an answer says is its length
 * @property {string} [redirect] where the file is instead
 * @property {string | null} [etag] null: the server does not name the contents
 * @property {boolean | 'other'} [ranges] false: the server gives no parts; other: it gives another part than was asked for
 * @property {boolean} [gzip] the file comes compressed, and its length is that of what is sent
 * @property {Buffer} [body] other contents
 *
 * @typedef {object} Site
 * @property {string} url the address of the folder with a slash at its end
 * @property {string[]} requests the paths that were asked for so far
 * @property {(string | undefined)[]} ranges what parts of troubled files were asked for so far
 * @property {Record<string, Trouble>} trouble by path; may be changed at any time
 * @property {() => number} sent bytes of troubled files so far
 * @property {() => number} underWay answers with troubled files that somebody still reads
 * @property {() => Promise<void>} close
 */

/**
 * Serves a folder on a free port, as a plain static host would: types, byte ranges, nothing else.
 * Each server is an origin of its own, so two of them make a cross-origin test.
 *
 * @param {object} [options]
 * @param {string} [options.root] the folder
 * @param {string} [options.path] where in the site it appears, such as `/some/path/`
 * @param {Record<string, string>} [options.headers] added to every answer
 * @param {boolean} [options.fresh] whether every page asks for every file anew; false: browsers keep files for some minutes, as from
 *   most hosts, which makes later pages of a test cheaper
 * @param {boolean} [options.isolated] whether pages are isolated by headers, as by `cargo xtask demo`, so that they need not be
 *   loaded anew by their service worker; false: as by other hosts
 * @param {Record<string, string | Buffer>} [options.pages] pages made up for a test, by path: their HTML
 * @param {Record<string, Trouble>} [options.trouble] files that are not served plainly, by path
 * @param {Record<string, (request: Request, response: Response) => void>} [options.answers]
 *   what else a server may do, by path
 * @param {string[]} [options.inject] scripts in front of the runtime's worker: the first one in the first worker, and so on. The page
 *   is not kept for offline use then: the service worker would fetch the worker's script, too, and hand out its copy
 * @returns {Promise<Site>}
 */
export async function serve({
  root = DIST, path = '/', isolated = true, fresh = false, headers: more = {}, pages = {}, trouble = {}, answers = {}, inject = [],
} = {}) {
  const headers = { ...(isolated && ISOLATION), ...more };
  /** @type {string[]} */
  const requests = [];
  /** @type {(string | undefined)[]} */
  const ranges = [];
  let sent = 0;
  let underWay = 0;
  const injects = inject.length > 0;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const asked = /%(?![\da-f]{2})/i.test(pathname) ? pathname : decodeURIComponent(pathname);
    requests.push(asked);
    // Copies of weights that a developer has fetched do not decide what a test sees.
    if (asked === `${path}weights/index.json` && root === DIST && !(asked in pages)) {
      response.writeHead(200, { 'content-type': TYPES['.json'], ...headers }).end('[]');
      return;
    }
    if (asked in answers) {
      answers[asked](request, response);
      return;
    }
    if (asked in pages) {
      response.writeHead(200, { 'content-type': TYPES['.html'], ...headers }).end(pages[asked]);
      return;
    }
    if (injects && asked === `${path}sw.js`) {
      response.writeHead(404, headers).end();
      return;
    }
    if (asked === `${path}runtime/worker.js` && inject.length > 0) {
      const script = `${inject.shift()}\n${await readFile(join(root, 'runtime/worker.js'), 'utf8')}`;
      response.writeHead(200, { 'content-type': TYPES['.js'], 'cache-control': 'no-store', ...headers }).end(script);
      return;
    }
    const inside = asked.startsWith(path) ? normalize(asked.slice(path.length)) : '..';
    const file = join(root, inside === '.' || inside.endsWith('/') ? join(inside, 'index.html') : inside);
    const size = inside.startsWith('..') ? undefined : await sizeOf(file);
    const troubled = trouble[asked];
    if (troubled?.gone) {
      response.destroy();
      return;
    }
    if (troubled?.status) {
      response.writeHead(troubled.status, headers).end('trouble');
      return;
    }
    if (troubled?.redirect) {
      response.writeHead(302, { location: troubled.redirect, ...headers }).end();
      return;
    }
    if (size === undefined && !troubled?.body) {
      response.writeHead(404, headers).end(`not found: ${asked}`);
      return;
    }
    const whole = troubled?.body?.length ?? size ?? 0;
    const range = troubled?.ranges === false ? undefined : byteRange(request.headers.range, whole);
    if (range && troubled?.ranges === 'other') range.start -= 1000;
    const zipped = troubled?.gzip && !range ? gzipSync(troubled.body ?? (await readFile(file)), { level: 1 }) : undefined;
    const etag = troubled?.etag === undefined ? '"1"' : troubled.etag;
    response.writeHead(range ? 206 : 200, {
      ...(troubled?.ranges !== false && { 'accept-ranges': 'bytes' }),
      'cache-control': troubled || fresh ? 'no-store' : 'max-age=600',
      'content-length': troubled?.length ?? zipped?.length ?? (range ? range.end - range.start + 1 : whole),
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${whole}` }),
      ...(troubled && etag && { etag }),
      ...(zipped && { 'content-encoding': 'gzip' }),
      ...headers,
    });
    if (troubled) {
      ranges.push(request.headers.range);
      const bytes = zipped ?? (troubled.body ?? (await readFile(file))).subarray(range?.start ?? 0, (range?.end ?? whole) + 1);
      const hold = () => (trouble[asked]?.hold ?? Infinity) - (range?.start ?? 0);
      const rate = () => trouble[asked]?.rate ?? Infinity;
      underWay += 1;
      const broken = () => { trouble[asked] = troubled.then ?? trouble[asked]; };
      await dribble(response, bytes, troubled, { hold, rate }, broken, (n) => (sent += n));
      underWay -= 1;
      return;
    }
    // A page that goes away while it loads ends the stream early: its own affair.
    await pipeline(createReadStream(file, range), response).catch(() => {});
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}${path}`,
    requests,
    ranges,
    trouble,
    sent: () => sent,
    underWay: () => underWay,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Waits until an answer takes more, or nobody wants it any more. @param {import('node:http').ServerResponse} response */
export const room = (response) => new Promise((resolve) => {
  const go = () => {
    response.off('drain', go).off('close', go);
    resolve(undefined);
  };
  response.on('drain', go).on('close', go);
});

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Buffer} bytes
 * @param {Trouble} trouble
 * @param {{ hold: () => number, rate: () => number }} now where to wait, and bytes a second, which may change meanwhile
 * @param {() => void} broken told before the connection is cut
 * @param {(count: number) => void} count
 */
async function dribble(response, bytes, { cut = Infinity, stall = Infinity }, now, broken, count) {
  const end = Math.min(bytes.length, cut, stall);
  const start = Date.now();
  for (let at = 0; at < end && !response.destroyed; ) {
    const next = Math.min(end, at + 65_536, Math.max(at, now.hold()));
    if (next === at) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    count(next - at);
    if (!response.write(bytes.subarray(at, next))) await room(response);
    at = next;
    const early = (at / now.rate()) * 1000 - (Date.now() - start);
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  }
  if (end === stall) return;
  if (end === cut) {
    broken();
    response.destroy();
  } else {
    response.end();
  }
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
