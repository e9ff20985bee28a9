// Weights that arrive slowly, in parts, wrongly, or not at all: pictures before the end, nothing wrong ever
// shown, everything that can go on goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium, firefox } from './harness/browsers.js';
import { complaint, predictions, ROOT, visit } from './harness/page.js';
import { serve } from './harness/server.js';

const NAME = '/weights/googlenet_flowers.safetensors';
const FILE = readFileSync(join(ROOT, `.${NAME}`));
/** The first op's maps are of the first 40 kB. */
const OPEN = '#engine=cpu&image=dandelion&node=conv1';
const MB = 1e6;

/** @type {Awaited<ReturnType<typeof chromium>>} */
let browser;
before(async () => {
  browser = await chromium();
});
after(() => browser?.close());

/** A site, and a browser that has kept nothing of it. @param {import('./harness/server.js').Trouble} trouble */
async function troubled(trouble) {
  const site = await serve({ trouble: { [NAME]: trouble } });
  return { site, visit: () => visit(browser, site.url + OPEN) };
}

/** The probabilities, as the page shows them. @param {import('playwright-core').Page} page */
async function firstAnswer(page) {
  return (await predictions(page))[0];
}

/** Maps of the stem. @param {import('playwright-core').Page} page */
const stem = (page) => page.getByRole('listbox', { name: 'Feature maps of conv1', exact: true }).getByRole('option', { name: /mean/ }).first();

/** Where a server stops until the test lets it go on. */
const HOLD = 0.39 * FILE.length;

test('Chromium: the stem’s maps are there before 40 % of the weights, and every module fills in', async () => {
  const { site, visit } = await troubled({ hold: HOLD });
  try {
    const { page, errors } = await visit();
    await stem(page).waitFor();
    assert.ok(site.sent() < 0.4 * FILE.length, `${site.sent()} of ${FILE.length} bytes were sent`);
    assert.equal(await page.getByRole('listitem', { name: /dandelion/ }).count(), 0);
    const waiting = () => page.locator('.module.waiting').count();
    await page.waitForFunction(() => !document.querySelectorAll('.module')[2].classList.contains('waiting'));
    assert.ok((await waiting()) > 5);
    site.trouble[NAME] = {};
    assert.match(await firstAnswer(page), /^dandelion/);
    await page.getByRole('status').filter({ hasText: /^Ran in/ }).waitFor();
    await page.waitForFunction(() => !document.querySelector('.module.waiting'));
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await site.close();
  }
});

test('Firefox: the stem’s maps are there before 40 % of the weights; later nothing is asked for', async () => {
  const site = await serve({ trouble: { [NAME]: { hold: HOLD } } });
  const other = await firefox();
  try {
    const page = await other.newPage();
    page.setDefaultTimeout(60_000);
    await page.setViewport({ width: 1440, height: 900 });
    await page.goto(site.url + OPEN);
    await page.waitForSelector('[aria-label="Feature maps of conv1"] [aria-label*="mean"]');
    assert.ok(site.sent() < 0.4 * FILE.length, `${site.sent()} of ${FILE.length} bytes were sent`);
    site.trouble[NAME] = {};
    await page.waitForSelector('.predictions li[aria-label^="dandelion"]');
    await page.waitForFunction(() => import(new URL('inceptionscope.js', document.baseURI).href).then((module) => module.stored()).then((files) => files[0]?.sha256));
    const asked = site.ranges.length;
    await page.reload();
    await page.waitForSelector('.predictions li[aria-label^="dandelion"]');
    assert.equal(site.ranges.length, asked);
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await site.close();
    await page.reload();
    await page.waitForSelector('.predictions li[aria-label^="dandelion"]');
  } finally {
    await other.close();
    await site.close();
  }
});

test('a run while weights arrive: in order, nothing guessed, little memory, and stopped at once', async () => {
  const { site } = await troubled({});
  try {
    const { page } = await visit(browser, `${site.url}#image=none&weights=synthetic:1`);
    site.trouble[NAME] = { hold: HOLD };
    await page.exposeFunction('goOn', () => { site.trouble[NAME] = {}; });
    const told = await page.evaluate(async () => {
      /** @type {typeof import('../../www/inceptionscope.js')} */
      const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
      const weights = new URL('weights/googlenet_flowers.safetensors', document.baseURI).href;
      const scope = await open({ weights, engine: 'cpu' });
      const photo = await (await fetch('samples/dandelion.jpg')).blob();
      /** @type {string[]} */
      const nodes = [];
      /** @type {Promise<any>[]} */
      const asked = [];
      const stop = new AbortController();
      const stopped = scope.run(photo, { signal: stop.signal }).then(() => 'ran', (error) => error.name);
      await new Promise((resolve) => setTimeout(resolve, 100));
      stop.abort();
      const run = scope.run(photo, {
        onNode(node) {
          nodes.push(node);
          if (node === 'conv1') asked.push(scope.stats('conv1'), scope.stats('inception5b').catch((error) => error.message));
        },
      });
      let ready = false;
      scope.ready.then(() => { ready = true; });
      while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      const [early, late] = await Promise.all(asked);
      const before = ready;
      await /** @type {any} */ (window).goOn();
      const streamed = await run;
      await scope.ready;
      const memory = await scope.memory();
      const again = await scope.run(photo);
      const stats = await scope.stats('conv1');
      await scope.dispose();
      return { stopped: await stopped, nodes, before, late, same: String(early.mean) === String(stats.mean), logits: [String(streamed.logits), String(again.logits)], memory };
    });
    assert.equal(told.stopped, 'AbortError');
    assert.equal(told.before, false, 'the stem was answered after the weights were complete');
    assert.equal(told.late, 'inception5b is not computed yet: weights are still arriving');
    assert.equal(told.same, true);
    assert.equal(told.logits[0], told.logits[1]);
    const order = ['input', 'conv1', 'conv2', 'inception3a', 'inception4e', 'inception5b', 'probabilities'].map((node) => told.nodes.indexOf(node));
    assert.deepEqual(order, order.toSorted((a, b) => a - b));
    const { wasm, weights, activations } = told.memory;
    assert.ok(weights > 25 * MB && activations > 15 * MB, `${weights} ${activations}`);
    assert.ok(wasm - weights - activations < 32 * MB, `${wasm} bytes for ${weights} of weights and ${activations} of values`);
    await page.close();
  } finally {
    await site.close();
  }
});

test('cut off and reloaded, a download goes on; then neither it nor the page needs the server', async () => {
  const { site, visit } = await troubled({ cut: 0.6 * FILE.length });
  try {
    const { page } = await visit();
    await stem(page).waitFor();
    site.trouble[NAME] = { gone: true };
    await page.getByRole('status').filter({ hasText: /trying again/ }).waitFor();
    await page.getByRole('button', { name: 'Kept weights' }).click();
    await page.getByRole('cell', { name: /interrupted at [456]\d/ }).waitFor();
    // Gone from the page before the server is there again: the old page would go on as well.
    const address = page.url();
    await page.goto('about:blank');
    site.trouble[NAME] = {};
    const sent = site.sent();
    await page.goto(address);
    assert.match(await firstAnswer(page), /^dandelion/);
    assert.match(site.ranges.at(-1) ?? '', /^bytes=[3-6]\d{6}-$/);
    assert.ok(site.sent() < FILE.length * 1.2, `${site.sent()} bytes were sent, ${sent} before the page was loaded again`);

    await page.getByRole('button', { name: 'Kept weights' }).click();
    await page.getByRole('cell', { name: 'complete' }).waitFor();
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await site.close();
    await page.reload();
    assert.match(await firstAnswer(page), /^dandelion/);
    await page.getByRole('button', { name: 'Kept weights' }).click();
    await page.getByRole('button', { name: 'Delete googlenet_flowers.safetensors' }).click();
    await page.getByText('Nothing is kept').waitFor();
    await page.close();
  } finally {
    await site.close();
  }
});

for (const [what, trouble, requests] of /** @type {[string, import('./harness/server.js').Trouble, number][]} */ ([
  ['a connection that breaks twice', { cut: 4 * MB }, 3],
  ['a server that gives no parts and names nothing', { cut: 6 * MB, ranges: false, etag: null }, 2],
  ['a length that is too small', { length: 9 * MB }, 2],
  ['a length that is too large', { length: 11 * MB }, 1],
])) {
  test(`without a reload: ${what}`, async () => {
    const { site, visit } = await troubled(trouble);
    try {
      const { page } = await visit();
      // Cut parts come whole the second time, where the server starts anew.
      if (trouble.ranges === false) {
        await page.getByRole('status').filter({ hasText: /trying again/ }).waitFor();
        site.trouble[NAME] = { ...trouble, cut: undefined };
      }
      assert.match(await firstAnswer(page), /^dandelion/);
      await page.getByRole('status').filter({ hasText: /^Ran in/ }).waitFor();
      // A connection that is cut may take with it what was under way.
      assert.ok(site.ranges.length >= requests, `${site.ranges}`);
      await page.close();
    } finally {
      await site.close();
    }
  });
}

test('weights behind a redirect to another origin', async () => {
  const other = await serve({ headers: { 'access-control-allow-origin': '*' }, trouble: { [NAME]: { cut: 6 * MB } } });
  const { site, visit } = await troubled({ redirect: new URL(NAME, other.url).href });
  try {
    const { page } = await visit();
    await page.getByRole('status').filter({ hasText: /trying again/ }).waitFor();
    other.trouble[NAME] = {};
    assert.match(await firstAnswer(page), /^dandelion/);
    await page.close();
  } finally {
    await site.close();
    await other.close();
  }
});

/** The file with one byte of a tensor changed. @param {number} at 0 to 1 */
function damaged(at) {
  const file = Buffer.from(FILE);
  file[Math.round(at * file.length)] ^= 0x10;
  return file;
}

test('a damaged tensor is named, and neither run nor kept', async () => {
  const { site, visit } = await troubled({ body: damaged(0.5) });
  try {
    const { page } = await visit();
    assert.match(await complaint(page), /tensor inception\S+ is damaged/);
    assert.equal(await page.getByRole('listitem', { name: /dandelion/ }).count(), 0);
    await page.getByRole('button', { name: 'Kept weights' }).click();
    await page.getByText('Nothing is kept').waitFor();
    site.trouble[NAME] = {};
    await page.reload();
    assert.match(await firstAnswer(page), /^dandelion/);
    await page.close();
  } finally {
    await site.close();
  }
});

for (const named of [true, false]) {
  test(`a file that changes while it loads is never mixed (server ${named ? 'names contents' : 'names nothing'})`, async () => {
    // So slow and cut so often that the file changes long before it has come.
    const { site, visit } = await troubled({ rate: 2 * MB, cut: MB, etag: named ? '"old"' : null });
    try {
      const { page } = await visit();
      await page.getByRole('status').filter({ hasText: /trying again/ }).waitFor();
      site.trouble[NAME] = { etag: named ? '"new"' : null, body: damaged(0.02) };
      assert.match(await complaint(page), /changed on their server/);
      assert.equal(await page.getByRole('listitem', { name: /dandelion/ }).count(), 0);
      await page.close();
    } finally {
      await site.close();
    }
  });
}

test('a server that goes silent is asked again', async () => {
  const { site, visit } = await troubled({ stall: 4 * MB });
  try {
    const { page } = await visit();
    assert.match(await firstAnswer(page), /^dandelion/);
    assert.match(site.ranges[1] ?? '', /^bytes=[34]\d{6}-$/);
    await page.close();
  } finally {
    await site.close();
  }
});

test('a browser without room loads all the same, and says that it keeps nothing', async () => {
  const { site } = await troubled({});
  try {
    const page = await browser.newPage();
    const tools = await browser.newCDPSession(page);
    await tools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 3 * MB });
    await page.goto(site.url + OPEN);
    assert.match(await firstAnswer(page), /^dandelion/);
    await page.getByRole('button', { name: 'Kept weights' }).click();
    await page.getByText('Nothing is kept').waitFor();
    await page.close();
  } finally {
    await site.close();
  }
});

test('a download can be given up, and another network opened', async () => {
  const { site, visit } = await troubled({ hold: HOLD });
  try {
    const { page } = await visit();
    await stem(page).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor();
    while (site.underWay() > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await page.getByLabel('Weights', { exact: true }).selectOption('synthetic:1');
    await predictions(page);
    assert.equal(site.ranges.length, 1);
    await page.close();
  } finally {
    await site.close();
  }
});

test('without https the page says what it lacks, and works', async () => {
  const plain = await chromium({ flags: ['--host-resolver-rules=MAP page.test 127.0.0.1'] });
  const site = await serve();
  try {
    const { page, errors } = await visit(plain, `http://page.test:${new URL(site.url).port}/#image=dandelion`);
    await page.getByText('This page came without https').waitFor();
    assert.match(await firstAnswer(page), /^dandelion/);
    assert.deepEqual(errors, []);
  } finally {
    await plain.close();
    await site.close();
  }
});
