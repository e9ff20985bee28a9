// Weights of many files: what comes is checked, in order, and asked for again where a connection breaks.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { assemble } from '../../www/runtime/parts.js';

/** How often each file is refused before it comes. @type {Map<string, number>} */
const refusals = new Map();
/** @type {string[]} */
const asked = [];
const server = createServer((request, response) => {
  const path = request.url ?? '';
  asked.push(path);
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

/** @param {number} count */
const parts = (count) => ({
  paths: () => Array.from({ length: count }, (_, index) => `layer/${index}.bin`),
  header: () => new TextEncoder().encode('header'),
  values(/** @type {number} */ index, /** @type {Uint8Array} */ bytes) {
    const text = new TextDecoder().decode(bytes);
    assert.equal(text, `layer/${index}.bin`);
    return new TextEncoder().encode(String(index));
  },
});

test('parts come in order after the header, whatever fails on the way', async () => {
  refusals.set('/folder/layer/3.bin', 2);
  const pieces = [];
  for await (const bytes of assemble({ url, parts: parts(20) })) pieces.push(new TextDecoder().decode(bytes));
  assert.deepEqual(pieces, ['header', ...Array.from({ length: 20 }, (_, index) => String(index))]);
  assert.equal(asked.filter((path) => path.endsWith('/3.bin')).length, 3);
});

test('who stops reading stops the fetching', async () => {
  asked.length = 0;
  for await (const bytes of assemble({ url, parts: parts(100) })) if (bytes.length < 6) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(asked.length <= 8, `${asked.length} files were fetched`);
});

test('a part that never comes is named', async () => {
  refusals.set('/folder/layer/1.bin', 99);
  await assert.rejects(async () => {
    for await (const bytes of assemble({ url, parts: parts(3) })) assert.ok(bytes);
  }, /layer\/1\.bin: the server answered 503/);
});
