// What the browser keeps of weights: only what is good, and nothing in it stops the rest.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './harness/page.js';
import { BLANK, blank, prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const FLOWERS = readFileSync(join(ROOT, 'weights/googlenet_flowers.safetensors'));
/** Long enough for a piece of it to be kept. */
const LONG = 5_000_000;
const { site, browser } = await prepare({ site: { pages: BLANK } });

/**
 * Opens weights at an address of the site; what comes of it, and what is kept.
 * @param {string} path
 * @param {import('./harness/server.js').Trouble} trouble
 */
async function opened(path, trouble) {
  site.trouble[path] = trouble;
  const { page } = await blank(browser, site);
  try {
    return await page.evaluate(async (path) => {
      const { module } = /** @type {any} */ (window);
      const said = await module.open({ weights: path, engine: 'cpu', model: 'googlenet' }).then(async (/** @type {any} */ scope) => {
        await scope.ready.finally(() => scope.dispose());
        return 'ready';
      }).catch((/** @type {any} */ error) => error.code);
      const kept = await module.stored();
      return { said, kept: kept.map((/** @type {any} */ { name, bytes }) => [name, bytes]) };
    }, path);
  } finally {
    await page.close();
  }
}

/** @type {[string, Buffer][]} */
const BAD = [
  ['a page', Buffer.from(`<!doctype html><title>Not found</title>${'<p>no such file</p>\n'.repeat(LONG / 20)}`)],
  ['noise', Buffer.from(Uint8Array.from({ length: LONG }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24))],
  ['weights whose header is damaged', Buffer.concat([FLOWERS.subarray(0, 8), Buffer.from('['), FLOWERS.subarray(9)])],
  ['weights with bytes behind their end', Buffer.concat([FLOWERS, Buffer.alloc(100)])],
];
for (const [i, [what, body]] of BAD.entries()) {
  test(`a good answer with bad contents is not kept: ${what}`, async () => {
    const { said, kept } = await opened(`/bad${i}.safetensors`, { body });
    assert.notEqual(said, 'ready');
    assert.deepEqual(kept, []);
  });
}

test('an address may have a percent sign that begins no code; neither that nor a damaged record stops the list', async () => {
  const { said, kept } = await opened('/50%.safetensors', { body: FLOWERS });
  assert.deepEqual([said, kept], ['ready', [['50%.safetensors', FLOWERS.length]]]);
  const { page } = await blank(browser, site);
  const names = await page.evaluate(async () => {
    const cache = await caches.open('inceptionscope-weights');
    for (const [name, record] of Object.entries({ a: 'no JSON', b: 'null', c: '{"url":"https://h/50%"}', d: '[]' })) {
      await cache.put(new URL(`stored/file/${name}`, document.baseURI), new Response(record));
    }
    const { module } = /** @type {any} */ (window);
    return (await module.stored()).map((/** @type {any} */ { name }) => name);
  });
  assert.deepEqual(names, ['50%.safetensors']);
  await page.close();
});

test('a picture that cannot be handed over is an error, and automatic tuning begins all the same', async () => {
  const foreign = await serve({ pages: BLANK });
  // Isolated, it would not show the picture either.
  const own = await serve({ isolated: false, pages: BLANK,
    inject: ['Object.defineProperty(GPUAdapterInfo.prototype, \'isFallbackAdapter\', { get: () => false });'] });
  try {
    const { page } = await blank(browser, own);
    page.setDefaultTimeout(120_000);
    const { code, tiles } = await page.evaluate(async (address) => {
      const { module, photo } = /** @type {any} */ (window);
      /** @type {(tuning: any) => void} */
      let tuned = () => {};
      const told = new Promise((resolve) => { tuned = resolve; });
      const scope = await module.open({ weights: 'weights/googlenet_flowers.safetensors', engine: 'gpu', onTune: tuned });
      const image = new Image();
      image.src = address;
      await image.decode();
      const code = await scope.run(image).then(() => '', (/** @type {any} */ error) => error.code);
      await scope.run(await photo('dandelion'));
      const { tiles } = /** @type {any} */ (await told);
      await scope.dispose();
      return { code, tiles };
    }, `${foreign.url}samples/cat.jpg`);
    assert.equal(code, 'photo.unreadable');
    assert.ok(Object.keys(tiles).length > 0);
    await page.close();
  } finally {
    await own.close();
    await foreign.close();
  }
});
