// Pieces of weights that no record lists: a tab was closed, a record was damaged or removed. They go; nothing else does.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { at, HANG, reject, SOON, STORAGE } from './harness/faults.js';
import { predictions, visit } from './harness/page.js';
import { BLANK } from './harness/prepare.js';
import { LENGTH, PATH, reader, trouble } from './harness/reader.js';
import { serve } from './harness/server.js';

/** @typedef {import('playwright-core').Page} Page */

const browser = await chromium({ webgpu: false });
after(() => browser.close());

/** Where a download stops until it may go on: some pieces are there. */
const HOLD = 5_000_000;

/** What is kept, by the ends of its addresses: `file/…`, `piece/…`. @param {Page} page @returns {Promise<string[]>} */
const entries = (page) => page.evaluate(async () => {
  const cache = await caches.open('inceptionscope-weights');
  return (await cache.keys()).map(({ url }) => url.split('/stored/')[1]).sort();
});

/** Keeps something as if it had been left. @param {Page} page @param {Record<string, string>} all by the ends of addresses */
const leave = (page, all) => page.evaluate(async (all) => {
  const cache = await caches.open('inceptionscope-weights');
  for (const [end, body] of Object.entries(all)) await cache.put(new URL(`stored/${end}`, document.baseURI), new Response(body));
}, all);

/** The record of the one file that is kept. @param {Page} page @returns {Promise<{ key: string, id: string, pieces: { at: number }[] }>} */
const record = (page) => page.evaluate(async () => {
  const cache = await caches.open('inceptionscope-weights');
  const key = (await cache.keys()).map(({ url }) => url).find((url) => url.includes('/stored/file/')) ?? '';
  return { key, ...(await (await cache.match(key))?.json()) };
});

/** Until so many pieces are kept. @param {Page} page @param {number} count */
const untilPieces = async (page, count) => {
  const pieces = async () => (await entries(page)).filter((end) => end.startsWith('piece/')).length;
  for (const end = Date.now() + 30_000; (await pieces()) < count && Date.now() < end;) await page.waitForTimeout(20);
};

/** What others have left: of no file, of a record that cannot be read, and behind the pieces of a file. @param {string} id */
const LEFT = (id) => ({
  'piece/1-2-3-4/0': 'x',
  'piece/1-2-3-4/2097152': 'x',
  'file/https%3A%2F%2Fh%2Fdamaged': '{"url":',
  'piece/5-6-7-8/0': 'x',
  [`piece/${id}/123`]: 'x',
});

test('what no record lists goes; what is kept stays, whole or in part', async () => {
  const site = await serve({ pages: BLANK, trouble: trouble() });
  try {
    const { page, errors, load, kept, sweep } = await reader(browser, site);
    assert.equal(await load(), 'right');
    const { id, key, pieces } = await record(page);
    const before = await entries(page);
    await leave(page, LEFT(id));
    // Of another site of the same origin.
    await page.evaluate(async () => (await caches.open('inceptionscope-weights'))
      .put(new URL('other/stored/piece/9-9-9-9/0', document.baseURI), new Response('x')));
    assert.equal(await sweep(), true);
    assert.deepEqual(await entries(page), [...before, 'piece/9-9-9-9/0'].sort());
    assert.deepEqual(await kept(), ['whole']);

    // A part goes on where it ended, without what is behind it.
    const part = pieces.slice(0, 2);
    await page.evaluate(async ([key, part]) => {
      const cache = await caches.open('inceptionscope-weights');
      const whole = await (await cache.match(key))?.json();
      const bytes = part.reduce((sum, piece) => sum + piece.bytes, 0);
      await cache.put(key, new Response(JSON.stringify({ ...whole, sha256: null, bytes, pieces: part })));
    }, /** @type {[string, any[]]} */ ([key, part]));
    assert.equal(await sweep(), true);
    assert.equal((await entries(page)).filter((end) => end.startsWith(`piece/${id}/`)).length, 2);
    site.ranges.length = 0;
    assert.equal(await load(), 'right');
    assert.equal(site.ranges.length, 1);
    assert.match(site.ranges[0] ?? 'all', /^bytes=\d{7}-$/);
    assert.deepEqual(await kept(), ['whole']);
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await site.close();
  }
});

test('two tabs: while one downloads, the other takes nothing away, whatever becomes of the record', async () => {
  const site = await serve({ pages: BLANK, trouble: trouble() });
  try {
    site.trouble[PATH].hold = HOLD;
    const [one, two] = [await reader(browser, site), await reader(browser, site)];
    const loaded = one.load();
    await untilPieces(two.page, 2);
    const before = await entries(two.page);
    assert.ok(before.length >= 3, `${before}`);
    assert.equal(await two.sweep(), false);
    assert.deepEqual(await entries(two.page), before);
    // As between a piece and the record that lists it.
    const { key } = await record(two.page);
    await two.page.evaluate(async (key) => (await caches.open('inceptionscope-weights')).delete(key), key);
    await leave(two.page, LEFT('5-5-5-5'));
    assert.equal(await two.sweep(), false);
    for (const end of before.filter((end) => end.startsWith('piece/'))) assert.ok((await entries(two.page)).includes(end), end);
    delete site.trouble[PATH].hold;
    assert.equal(await loaded, 'right');
    assert.deepEqual(await one.kept(), ['whole']);
    assert.equal(await two.sweep(), true);
    const { pieces } = await record(two.page);
    assert.equal((await entries(two.page)).length, 1 + pieces.length);
    site.ranges.length = 0;
    assert.equal(await two.load(), 'right');
    assert.deepEqual(site.ranges, [], 'what is kept was asked for again');
    assert.deepEqual([...one.errors, ...two.errors], []);
    await one.page.close();
    await two.page.close();
  } finally {
    await site.close();
  }
});

test('a tab that is closed in mid-download: its part stays, and goes on; without a record it goes', async () => {
  const site = await serve({ pages: BLANK, trouble: trouble() });
  try {
    for (const lost of [false, true]) {
      site.trouble[PATH].hold = HOLD;
      const one = await reader(browser, site);
      one.load().catch(() => {});
      await untilPieces(one.page, 2);
      await one.page.close();
      delete site.trouble[PATH].hold;
      const two = await reader(browser, site);
      const { key } = await record(two.page);
      if (lost) await two.page.evaluate(async (key) => (await caches.open('inceptionscope-weights')).delete(key), key);
      const before = await entries(two.page);
      // The lock of a tab that was closed may take a moment.
      for (const end = Date.now() + 10_000; !(await two.sweep()) && Date.now() < end;) await two.page.waitForTimeout(50);
      const after = await entries(two.page);
      assert.deepEqual(after, lost ? [] : before);
      site.ranges.length = 0;
      assert.equal(await two.load(), 'right');
      assert.match(site.ranges[0] ?? 'all', lost ? /^all$/ : /^bytes=\d{7}-$/);
      assert.deepEqual(await two.kept(), ['whole']);
      await two.page.evaluate(() => caches.delete('inceptionscope-weights'));
      await two.page.close();
    }
  } finally {
    await site.close();
  }
});

/** What does not answer, or not truly, while it is looked through: as long as that is so, nothing goes. @type {Record<string, string>} */
const FAULTS = {
  ...STORAGE,
  'records cannot be read': at('Response.text', reject('NotReadableError')),
  'records are never read': SOON + at('Response.text', HANG),
  'keys are none': at('Cache.keys', 'return Promise.resolve([])'),
};
test('storage that fails while it is looked through: nothing goes, and nobody waits', async (t) => {
  const site = await serve({ pages: BLANK, trouble: trouble() });
  try {
    const good = await reader(browser, site);
    assert.equal(await good.load(), 'right');
    await leave(good.page, LEFT('5-5-5-5'));
    const before = await entries(good.page);
    for (const [what, fault] of Object.entries(FAULTS)) {
      await t.test(what, async () => {
        const { page, errors, sweep } = await reader(browser, site, fault);
        // Nothing that would be tried again for ever.
        assert.equal(await sweep(), true);
        assert.deepEqual(await entries(good.page), before);
        assert.deepEqual(errors, []);
        await page.close();
      });
    }
    await t.test('what cannot be deleted stays, and the rest goes', async () => {
      const { page, errors, sweep } = await reader(browser, site, at('Cache.delete', `if (k === 1) ${reject('UnknownError')}`));
      assert.equal(await sweep(), true);
      assert.equal((await entries(good.page)).length, before.length - Object.keys(LEFT('')).length + 1);
      assert.deepEqual(errors, []);
      await page.close();
    });
    assert.equal(await good.load(), 'right');
    await good.page.close();
  } finally {
    await site.close();
  }
});

test('the page looks through what it keeps once it is open', async () => {
  const site = await serve({ pages: BLANK, trouble: trouble() });
  try {
    const { page } = await reader(browser, site);
    await leave(page, LEFT('5-5-5-5'));
    const opened = await visit(browser, `${site.url}#image=dandelion&engine=cpu`);
    assert.match((await predictions(opened.page))[0], /^dandelion/);
    const left = async () => (await entries(page)).filter((end) => end in LEFT('5-5-5-5'));
    for (const end = Date.now() + 60_000; (await left()).length > 0 && Date.now() < end;) await page.waitForTimeout(200);
    assert.deepEqual(await left(), []);
    assert.deepEqual(opened.errors, []);
    await opened.page.close();
    await page.close();
  } finally {
    await site.close();
  }
});
