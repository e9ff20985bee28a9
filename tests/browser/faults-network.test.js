// Servers that answer with anything but the weights: the answer is right, or one error says what is wrong; nothing waits for ever,
// and once the server is well again, the same address opens.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chromium } from './harness/browsers.js';
import { SOON } from './harness/faults.js';
import { ROOT } from './harness/page.js';
import { BLANK, blank } from './harness/prepare.js';
import { room, serve } from './harness/server.js';
import { flowers, safetensorsFile } from './harness/weights.js';

/**
 * @typedef {import('node:http').IncomingMessage} Request
 * @typedef {import('node:http').ServerResponse} Response
 * @typedef {Record<string, string | number>} Headers
 * @typedef {(request: Request, response: Response) => unknown} Answer
 */

/** So many at a time: most of the time they wait. */
const AT_ONCE = 4;

/** Weights of which nothing says what their digests are. */
const FILE = safetensorsFile('plain.safetensors', flowers()).buffer;
const OTHER = Buffer.from(FILE.map((byte, i) => (i > 60_000 && i % 997 === 0 ? byte ^ 0x15 : byte)));
/** Digests are in it. */
const SIGNED = readFileSync(join(ROOT, 'weights/googlenet_flowers.safetensors'));
const N = FILE.length;
const NAMED = { etag: '"1"' };
const DIGESTS = [FILE, SIGNED].map((file) => createHash('sha256').update(file).digest('hex'));
const zeros = Buffer.alloc(1 << 20);

/** Where a part begins that is asked for. @param {Request} request */
const from = ({ headers: { range } }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
/** The head of an answer with the file from there. @param {Request} request @param {Headers} headers */
const head = (request, headers) => {
  const at = from(request);
  const part = at && { 'content-range': `bytes ${at}-${N - 1}/${N}` };
  return /** @type {const} */ ([at ? 206 : 200, { ...headers, 'content-length': N - at, ...part }]);
};
/** @param {Buffer} [file] @param {Headers} [headers] @returns {Answer} */
const good = (file = FILE, headers = NAMED) => (request, response) =>
  response.writeHead(...head(request, headers)).end(file.subarray(from(request)));
/** Breaks off after so many bytes. @param {number} bytes @param {Headers} [headers] @returns {Answer} */
const cut = (bytes, headers = NAMED) => (request, response) => {
  const at = from(request);
  response.writeHead(...head(request, headers)).write(FILE.subarray(at, at + bytes), () => setTimeout(() => response.destroy(), 100));
};
/** @param {number} status @param {string | Buffer} body @param {Headers} [headers] @returns {Answer} */
const says = (status, body, headers = {}) => (_, response) => response.writeHead(status, headers).end(body);
/** Answers one after the other; the last one for all that come later. @param {Answer[]} answers @returns {Answer} */
const inTurn = (...answers) => {
  let count = 0;
  return (request, response) => answers[Math.min(count++, answers.length - 1)](request, response);
};
/** What comes after the beginning has come, and the connection has broken. @param {Answer} next @param {Headers} [headers] */
const resumed = (next, headers = NAMED) => inTurn(cut(5e6, headers), next);
/** Sends this again and again. @param {Buffer} start @param {Buffer} more @returns {Answer} */
const endless = (start, more) => async (_, response) => {
  response.writeHead(200, NAMED);
  for (let next = start; !response.destroyed; next = more) {
    if (!response.write(next)) await room(response);
  }
};
const zipped = gzipSync(FILE, { level: 1 });
/** A header that says how long it is, and is not. @param {bigint} length @param {Buffer} rest */
const claims = (length, rest) => {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length);
  return Buffer.concat([start, rest]);
};
const spaces = Buffer.concat([Buffer.from('{'), Buffer.alloc(15 << 20, 32)]);

const RIGHT = /^right$/;
const REFUSED = /^weights\.refused$/;
const NO_ANSWER = /^weights\.(unreachable|silent)$/;
const NO_WEIGHTS = /^weights\.(format|header|header_size|truncated|cut_off|interrupted)$/;
const BROKEN = /^weights\.interrupted$/;
const ENDS = /^weights\.(header|truncated|cut_off|interrupted)$/;

/** What a server does, and what comes of it. @type {Record<string, [Answer, RegExp]>} */
const FAULTS = {
  nothing: [good(), RIGHT],
  'closes at once': [(_, response) => response.destroy(), NO_ANSWER],
  'closes in the middle of its head': [
    ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.destroy()), /^weights\.(unreachable|header)$/],
  'does not answer': [() => {}, /^weights\.silent$/],
  'answers with nothing': [says(200, ''), NO_WEIGHTS],
  'answers with a page': [
    says(200, `<!doctype html><title>Sign in</title>${'<p>'.repeat(1000)}`, { 'content-type': 'text/html', ...NAMED }),
    /^weights\.format$/],
  'answers with a short page': [says(200, '<html>'), NO_WEIGHTS],
  'answers with JSON': [says(200, '{"error":"rate limited"}', NAMED), NO_WEIGHTS],
  'answers with a pointer of Git LFS': [
    says(200, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n', NAMED), NO_WEIGHTS],
  'answers with a gzip file': [says(200, gzipSync(FILE.subarray(0, 100_000)), NAMED), NO_WEIGHTS],
  ...Object.fromEntries([204, 304, 401, 404, 416, 429, 503].map((status) => (
    [`answers ${status}`, [says(status, 'no'), REFUSED]]))),
  'sends the page from one place to the other': [
    (request, response) => response.writeHead(302, { location: String(request.url) }).end(), NO_ANSWER],
  'sends the page to data:': [says(302, '', { location: 'data:text/plain,abc' }), NO_ANSWER],
  'sends the page to javascript:': [says(302, '', { location: 'javascript:alert(1)' }), NO_ANSWER],
  'claims a header of 2^63 bytes': [says(200, claims((1n << 63n) - 1n, zeros)), NO_WEIGHTS],
  'claims a header that is all spaces': [says(200, claims(BigInt(spaces.length), spaces)), NO_WEIGHTS],
  'gives a length that is too small': [says(200, FILE.subarray(0, 1000), NAMED), ENDS],
  'ends early, and gives no length': [(_, response) => {
    response.writeHead(200, NAMED).write(FILE.subarray(0, 3e6));
    response.end();
  }, ENDS],
  'ends early, and gives neither length nor name': [(_, response) => {
    response.writeHead(200).write(FILE.subarray(0, 3e6));
    response.end();
  }, ENDS],
  'sends a byte too many': [says(200, Buffer.concat([FILE, Buffer.alloc(1)]), NAMED), /^(right|weights\.too_long)$/],
  'sends zeros after the end': [endless(FILE, zeros), /^(right|weights\.too_long)$/],
  'sends zeros': [endless(zeros, zeros), NO_WEIGHTS],
  'sends pages': [endless(Buffer.alloc(1 << 20, '<html>'), Buffer.alloc(1 << 20, '<html>')), NO_WEIGHTS],
  'sends half of a compressed file': [(_, response) => response.writeHead(200, { ...NAMED, 'content-encoding': 'gzip' })
    .end(zipped.subarray(0, zipped.length / 2)), BROKEN],
  'sends a compressed file, and gives a length that is too large': [(_, response) => {
    response.writeHead(200, { ...NAMED, 'content-encoding': 'gzip', 'content-length': zipped.length + 1000 });
    response.write(zipped, () => setTimeout(() => response.destroy(), 200));
  }, RIGHT],
  'says that a file is compressed that is not': [
    says(200, FILE, { ...NAMED, 'content-encoding': 'gzip', 'content-length': N }), /^weights\.(unreachable|interrupted)$/],
  'sends 300 MB of zeros as 300 kB': [
    says(200, gzipSync(Buffer.alloc(300 << 20), { level: 1 }), { ...NAMED, 'content-encoding': 'gzip' }), NO_WEIGHTS],
  'goes on': [resumed(good()), RIGHT],
  'goes on at another place': [resumed((request, response) => {
    const at = from(request) - 1000;
    if (at < 0) return good()(request, response);
    return response.writeHead(206, { ...NAMED, 'content-range': `bytes ${at}-${N - 1}/${N}` }).end(FILE.subarray(at));
  }), RIGHT],
  'goes on at another place, and says it is the right one': [resumed((request, response) => {
    const at = from(request);
    if (!at) return good()(request, response);
    return response.writeHead(...head(request, NAMED)).end(Buffer.concat([FILE.subarray(at - 1000, N - 1000)]));
  }), /^(right|weights\.changed)$/],
  'goes on, and does not say where': [resumed((request, response) =>
    response.writeHead(from(request) ? 206 : 200, NAMED).end(FILE.subarray(from(request)))), RIGHT],
  'begins again, and says that it goes on': [
    resumed((_, response) => response.writeHead(206, NAMED).end(FILE)), /^(right|weights\.changed)$/],
  'goes on with a longer file': [resumed((request, response) => {
    const at = from(request);
    return response.writeHead(206, { ...NAMED, 'content-range': `bytes ${at}-${N + 5}/${N + 6}` })
      .end(Buffer.concat([FILE.subarray(at), zeros.subarray(0, 6)]));
  }), /^(right|weights\.too_long)$/],
  'gives 1.5 MB at a time': [resumed((request, response) => {
    const [at, to] = [from(request), Math.min(N, from(request) + 1.5e6)];
    return response.writeHead(206, { ...NAMED, 'content-range': `bytes ${at}-${to - 1}/${N}` }).end(FILE.subarray(at, to));
  }), RIGHT],
  'has another file by then, with another name': [resumed(good(OTHER, { etag: '"2"' })), /^weights\.changed$/],
  'has another file by then, with the same name': [resumed(good(OTHER)), /^weights\.changed$/],
  'has another file by then, and gives no names': [resumed(says(200, OTHER), {}), /^weights\.changed$/],
  'has another file by then, with the same weak name': [resumed(good(OTHER, { etag: 'W/"1"' }), { etag: 'W/"1"' }), /^weights\.changed$/],
  'has another file by then, of the same time': [resumed(good(OTHER, { 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' }),
    { 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' }), /^weights\.changed$/],
  'gives no names': [resumed(says(200, FILE), {}), RIGHT],
  'has a page by then': [resumed(says(200, '<html>sign in', { etag: '"page"' })), /^weights\.(changed|interrupted)$/],
  'gives no parts': [resumed((request, response) => (from(request) ? says(416, '') : good())(request, response)), RIGHT],
  'is busy once': [resumed(inTurn(says(503, 'busy'), says(503, 'busy'), good())), RIGHT],
  'does not answer any more': [resumed(() => {}), BROKEN],
  'cuts every 900 kB': [cut(900_000), RIGHT],
  'cuts every 300 kB': [cut(300_000), RIGHT],
  'cuts at once, again and again': [cut(0), BROKEN],
  'sends one wrong bit': [
    says(200, Buffer.from(SIGNED.map((byte, i) => (i === SIGNED.length >> 1 ? byte ^ 1 : byte))), NAMED), /^weights\.damaged$/],
};

test('servers', async (t) => {
  const browser = await chromium({ webgpu: false });
  const names = Object.keys(FAULTS);
  const path = (/** @type {string} */ name) => `/${names.indexOf(name)}.safetensors`;
  const answers = Object.fromEntries(names.map((name) => [path(name), FAULTS[name][0]]));
  const site = await serve({ pages: BLANK, answers, inject: Array(3 * names.length).fill(SOON) });
  try {
    const { page, errors } = await blank(browser, site);
    /** What comes of opening: the file, or an error's code. @param {string} name */
    const opened = (name) => page.evaluate(async ([path, digests]) => {
      const { module } = /** @type {any} */ (window);
      const address = new URL(path, document.baseURI).href;
      try {
        const scope = await module.open({ weights: address, model: 'googlenet', engine: 'cpu', threads: 1 });
        await scope.ready.finally(() => scope.dispose());
        // What was read is kept, with its digest.
        const kept = (await module.stored()).find((/** @type {any} */ { url }) => url === address);
        return digests.includes(kept?.sha256) ? 'right' : `wrong: ${kept?.sha256}`;
      } catch (error) {
        const { code, message } = /** @type {any} */ (error);
        return `${code ?? message}`;
      }
    }, /** @type {const} */ ([path(name), DIGESTS]));
    const waiting = Object.entries(FAULTS);
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [name, [, expected]] = next;
        await t.test(name, async (t) => {
          const answer = await opened(name);
          t.diagnostic(answer);
          answers[path(name)] = good();
          assert.match(answer, expected);
          // Of what is refused nothing has come.
          if (expected !== REFUSED) assert.equal(await opened(name), 'right', 'once the server is well again');
        });
      }
    }));
    assert.deepEqual(errors.filter((error) => !/Failed to load resource|blocked by CORS|net::ERR/.test(error)), []);
    await page.close();
  } finally {
    await browser.close();
    await site.close();
  }
});
