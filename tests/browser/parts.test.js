// Weights of many files: what comes is checked, in order, and asked for again where a connection breaks.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { createHash } from 'node:crypto';
import { download } from '../../www/runtime/download.js';
import { oneFile } from '../../www/runtime/parts.js';

/** How often each file is refused before it comes. @type {Map<string, number>} */
const refusals = new Map();
/** How often a connection breaks instead. @type {Map<string, number>} */
const broken = new Map();
/** @type {string[]} */
const asked = [];
const server = createServer((request, response) => {
  const path = request.url ?? '';
  asked.push(path);
  const breaks = broken.get(path) ?? 0;
  broken.set(path, breaks - 1);
  if (breaks > 0) return void response.destroy();
  const left = refusals.get(path) ?? 0;
  refusals.set(path, left - 1);
  if (left > 0) return void response.writeHead(503).end();
  response.end(path.slice('/folder/'.length));
});
let url = '';
before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/folder/`;
});
after(() => server.close());

/** @param {number} count @param {number} [damaged] which is not the one that is listed */
const parts = (count, damaged) => ({
  paths: () => Array.from({ length: count }, (_, index) => `layer/${index}.bin`),
  header: () => new TextEncoder().encode('header'),
  values(/** @type {number} */ index, /** @type {Uint8Array} */ bytes) {
    const text = new TextDecoder().decode(bytes);
    assert.equal(text, `layer/${index}.bin`);
    if (index === damaged) throw { code: 'weights.damaged', data: { tensor: text }, message: `${text} is damaged` };
    return new TextEncoder().encode(String(index));
  },
});

/** @typedef {import('../../www/runtime/parts.js').Parts['parts']} Parts */

/** The file that they make, as it comes. @param {Parts} parts */
const coming = (parts) => download(url, {
  total: () => null,
  expected: null,
  digest() {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.copy().digest('hex'), free() {} };
  },
  tell() {},
  server: oneFile({ parts, sizes: parts.paths().map((_, index) => String(index).length), version: 'list' }),
});

/** @param {Parts} parts */
async function whole(parts) {
  let text = '';
  for await (const bytes of coming(parts)) text += bytes ? new TextDecoder().decode(bytes) : '.';
  return text;
}

test('parts come in order after the header', async () => {
  assert.equal(await whole(parts(20)), `header${Array.from({ length: 20 }, (_, index) => index).join('')}.`);
});

test('who stops reading stops the fetching', async () => {
  asked.length = 0;
  for await (const bytes of coming(parts(100))) if (bytes && bytes.length < 6) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(asked.length <= 8, `${asked.length} files were fetched`);
});

test('after a break it goes on with the part that is missing', async () => {
  asked.length = 0;
  broken.set('/folder/layer/13.bin', 2);
  assert.match(await whole(parts(20)), /^header.*1213.*19\.$/);
  const count = (/** @type {number} */ index) => asked.filter((path) => path.endsWith(`/${index}.bin`)).length;
  assert.deepEqual([count(0), count(12), count(13)], [1, 1, 3]);
});

test('a part that the server refuses, or that is another one, is named', async () => {
  refusals.set('/folder/layer/1.bin', 99);
  await assert.rejects(whole(parts(3)), /layer\/1\.bin could not be loaded: the server answered 503/);
  refusals.clear();
  await assert.rejects(whole(parts(3, 2)), /layer\/2\.bin is damaged/);
});
