// Weights that arrive slowly, in parts, wrongly, or not at all: pictures before the end, nothing wrong ever
// shown, everything that can go on goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { inceptionscope, openSetup, predictions, ROOT, visit } from './harness/page.js';
import { serve } from './harness/server.js';
import { BROWSERS, Tab } from './harness/tab.js';

const NAME = '/weights/googlenet_flowers.safetensors';
const FILE = readFileSync(join(ROOT, `.${NAME}`));
/** The first op's maps are of the first 40 kB. */
const OPEN = '#engine=cpu&image=dandelion&node=conv1&view=list';
const MB = 1e6;
/** Where a server stops until the test lets it go on. */
const HOLD = 0.39 * FILE.length;
/** Maps of the stem that are drawn: their names come earlier, with their statistics. */
const STEM = '[aria-label="Feature maps of conv1"] [aria-label*="mean"]:has(canvas[style*="visibility: visible"])';

/** @typedef {keyof typeof BROWSERS} Name */
/** @typedef {import('./harness/server.js').Trouble} Trouble */
const NAMES = /** @type {Name[]} */ (Object.keys(BROWSERS));
/** @type {Record<Name, any>} */
const browsers = /** @type {any} */ ({});
before(async () => {
  await Promise.all(NAMES.map(async (name) => { browsers[name] = await BROWSERS[name](); }));
});
after(() => Promise.all(Object.values(browsers).map((browser) => browser.close())));

/**
 * A test in each browser, of a site whose weights come with difficulties. Each site is a new origin: nothing of it is kept.
 * @param {string} what
 * @param {Trouble} trouble
 * @param {(site: import('./harness/server.js').Site, open: () => Promise<Tab>) => Promise<void>} body
 */
function troubled(what, trouble, body) {
  for (const name of NAMES) test(`${name}: ${what}`, () => once(name, trouble, body));
}

/** @param {Name} name @param {Trouble} trouble @param {Parameters<typeof troubled>[2]} body */
async function once(name, trouble, body) {
  const site = await serve({ trouble: { [NAME]: trouble } });
  /** @type {Tab[]} */
  const tabs = [];
  try {
    await body(site, async () => {
      const tab = await Tab.open(browsers[name], site.url + OPEN);
      tabs.push(tab);
      return tab;
    });
    await Promise.all(tabs.map((tab) => tab.close()));
  } finally {
    await site.close();
  }
}

troubled('the stem’s maps are there before 40 % of the weights, and every module fills in', { hold: HOLD }, async (site, open) => {
  const tab = await open();
  await tab.named(STEM);
  assert.ok(site.sent() < 0.4 * FILE.length, `${site.sent()} of ${FILE.length} bytes were sent`);
  assert.equal(await tab.answers(), 0);
  await tab.until(`!document.querySelectorAll('.module')[2].classList.contains('waiting')`);
  assert.ok((await tab.value(`document.querySelectorAll('.module.waiting').length`)) > 5);
  // Those whose weights lack say how much of them is there.
  await tab.until(`document.querySelectorAll('.module.arriving .time span:first-child').length > 4`);
  const rows = await tab.value(`[...document.querySelectorAll('.module.arriving .time span:first-child')]
    .map((e) => e.textContent.replaceAll('\\u00a0', ' '))`);
  assert.ok(rows.length > 4 && rows.slice(1).every((/** @type {string} */ row) => /^0 B of [\d.]+ [kM]B$/.test(row)), `${rows}`);
  assert.match(rows[0], /^[\d.]+ [kM]B of [\d.]+ [kM]B$/);
  site.trouble[NAME] = {};
  assert.match(await tab.answer(), /^dandelion/);
  await tab.said(/^Ran in/);
  await tab.until(`!document.querySelector('.module.waiting, .module.arriving')`);
});

test('a run while weights arrive: in order, nothing guessed, little memory, and stopped at once', async () => {
  const site = await serve({ trouble: { [NAME]: { hold: HOLD } } });
  try {
    const { page } = await visit(browsers.Chromium, `${site.url}#image=none&weights=synthetic:1`);
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
          if (node !== 'conv1') return;
          asked.push(scope.stats('conv1'), scope.stats('inception5b').catch((error) => error.code));
          asked.push(scope.strongest(['conv1', 'inception5b'], { size: 7 }));
        },
      });
      let ready = false;
      scope.ready.then(() => { ready = true; });
      while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      const [early, late, strongest] = await Promise.all(asked);
      const before = ready;
      await /** @type {any} */ (window).goOn();
      const streamed = await run;
      await scope.ready;
      const memory = await scope.memory();
      const again = await scope.run(photo);
      const stats = await scope.stats('conv1');
      await scope.dispose();
      return { stopped: await stopped, nodes, before, late, same: String(early.mean) === String(stats.mean),
        logits: [String(streamed.logits), String(again.logits)], memory,
        strongest: strongest.map((/** @type {any} */ map) => map?.node) };
    });
    assert.equal(told.stopped, 'AbortError');
    assert.equal(told.before, false, 'the stem was answered after the weights were complete');
    assert.equal(told.late, 'node.not_yet');
    assert.deepEqual(told.strongest, ['conv1', undefined]);
    assert.equal(told.same, true);
    assert.equal(told.logits[0], told.logits[1]);
    const order = ['input', 'conv1', 'conv2', 'inception3a', 'inception4e', 'inception5b', 'probabilities']
      .map((node) => told.nodes.indexOf(node));
    assert.deepEqual(order, order.toSorted((a, b) => a - b));
    const { wasm, weights, activations } = told.memory;
    assert.ok(weights > 25 * MB && activations > 15 * MB, `${weights} ${activations}`);
    assert.ok(wasm - weights - activations < 32 * MB, `${wasm} bytes for ${weights} of weights and ${activations} of values`);
    await page.close();
  } finally {
    await site.close();
  }
});

troubled('cut off and reloaded, a download goes on; then neither it nor the page needs the server',
  { cut: 0.6 * FILE.length, then: { gone: true } }, async (site, open) => {
  const tab = await open();
  await tab.named(STEM);
  await tab.said(/retrying/);
  // Gone from the page before the server is there again: the old page would go on as well.
  await tab.goto('about:blank');
  site.trouble[NAME] = {};
  const before = site.ranges.length;
  await tab.goto(site.url + OPEN);
  assert.match(await tab.answer(), /^dandelion/);
  // Whoever asks from here on, the old page's worker in its last moments too, asks for the rest alone.
  const asks = site.ranges.slice(before);
  assert.ok(asks.length > 0 && asks.every((range) => /^bytes=[3-6]\d{6}-$/.test(range ?? '')), `${asks}`);
  await complete(tab);
  const asked = site.ranges.length;
  await tab.reload();
  assert.match(await tab.answer(), /^dandelion/);
  assert.equal(site.ranges.length, asked);
  await tab.until('caches.match("./")');
  await site.close();
  await tab.reload();
  assert.match(await tab.answer(), /^dandelion/);
});

/** Waits until the whole file is kept. @param {Tab} tab */
async function complete(tab) {
  await tab.until(`import(new URL('inceptionscope.js', document.baseURI).href).then((module) => module.stored())
    .then((files) => files.length === 1 && files[0].sha256 !== null)`);
}

troubled('a cut download of which the server has another version by now starts anew', { cut: 6 * MB, etag: '"old"', then: { gone: true } },
  async (site, open) => {
  const tab = await open();
  await tab.said(/retrying/);
  await tab.goto('about:blank');
  // The old page's worker lives on for a moment, and asks again.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  site.trouble[NAME] = { etag: '"new"' };
  await tab.goto(site.url + OPEN);
  assert.match(await tab.answer(), /^dandelion/);
  assert.match(site.ranges[1] ?? '', /^bytes=[3-6]\d{6}-$/);
  assert.deepEqual(site.ranges.slice(2), [undefined]);
});

troubled('two tabs load the same file at once, and one keeps it', { hold: HOLD }, async (site, open) => {
  const tabs = [await open(), await open()];
  // However long a browser takes to open the second: both have begun before either ends.
  while (site.ranges.length < 2) await new Promise((resolve) => setTimeout(resolve, 30));
  site.trouble[NAME] = {};
  for (const tab of tabs) assert.match(await tab.answer(), /^dandelion/);
  assert.equal(site.ranges.length, 2);
  await complete(tabs[0]);
  // Its pieces and what is said of them: nothing else lies around, and both are the same from then on.
  for (const tab of tabs) {
    await tab.until(`caches.open('inceptionscope-weights').then(async (cache) => {
      const keys = await cache.keys();
      const record = await (await cache.match(keys.find((key) => key.url.includes('/file/')))).json();
      return record.sha256 !== null && keys.length === record.pieces.length + 1;
    })`);
  }
});

troubled('of a kept file that is damaged, or gone in part, the rest is loaded again', {}, async (site, open) => {
  const tab = await open();
  for (const harm of ['cache.delete(key)', 'cache.put(key, new Response(new Uint8Array(1000)))']) {
    await complete(tab);
    await tab.value(`caches.open('inceptionscope-weights').then(async (cache) => {
      const key = (await cache.keys()).filter((key) => key.url.includes('/piece/'))[2];
      await ${harm};
    })`);
    await tab.goto('about:blank');
    await tab.goto(site.url + OPEN);
    assert.match(await tab.answer(), /^dandelion/);
    assert.match(site.ranges.at(-1) ?? '', /^bytes=4\d{6}-$/);
  }
  await complete(tab);
});

for (const [what, trouble, requests] of /** @type {[string, Trouble, number][]} */ ([
  ['a connection that breaks twice', { cut: 4 * MB }, 3],
  ['a server that gives no parts and names nothing', { cut: 6 * MB, ranges: false, etag: null }, 2],
  ['a server that gives another part than was asked for', { cut: 6 * MB, ranges: 'other' }, 3],
  ['a length that is too small', { length: 9 * MB }, 2],
  ['a length that is too large', { length: 11 * MB }, 1],
  ['a file that is compressed on its way', { gzip: true }, 1],
])) {
  troubled(`without a reload: ${what}`, trouble, async (site, open) => {
    const tab = await open();
    // Cut parts come whole the second time, where the server starts anew.
    if (trouble.ranges !== undefined) {
      await tab.said(/retrying/);
      site.trouble[NAME] = { ...trouble, cut: undefined };
    }
    assert.match(await tab.answer(), /^dandelion/);
    await tab.said(/^Ran in/);
    // A connection that is cut may take with it what was under way.
    assert.ok(site.ranges.length >= requests, `${site.ranges}`);
  });
}

troubled('weights behind a redirect to another origin', {}, async (site, open) => {
  const other = await serve({ headers: { 'access-control-allow-origin': '*' }, trouble: { [NAME]: { cut: 6 * MB } } });
  try {
    site.trouble[NAME] = { redirect: new URL(NAME, other.url).href };
    const tab = await open();
    await tab.said(/retrying/);
    other.trouble[NAME] = {};
    assert.match(await tab.answer(), /^dandelion/);
  } finally {
    await other.close();
  }
});

/** The file with one byte of a tensor changed. @param {number} at 0 to 1 */
function damaged(at) {
  const file = Buffer.from(FILE);
  file[Math.round(at * file.length)] ^= 0x10;
  return file;
}

troubled('a damaged tensor is named, and neither run nor kept', { body: damaged(0.5) }, async (site, open) => {
  const tab = await open();
  assert.match(await tab.complaint(), /Tensor inception\S+ is damaged/);
  assert.equal(await tab.answers(), 0);
  assert.deepEqual(await tab.kept(), []);
  site.trouble[NAME] = {};
  await tab.reload();
  assert.match(await tab.answer(), /^dandelion/);
});

for (const named of [true, false]) {
  // So slow and cut so often that the file changes long before it has come.
  const slow = { rate: 2 * MB, cut: MB, etag: named ? '"old"' : null };
  troubled(`a file that changes while it loads is never mixed (server ${named ? 'names contents' : 'names nothing'})`, slow,
    async (site, open) => {
    const tab = await open();
    await tab.said(/retrying/);
    site.trouble[NAME] = { etag: named ? '"new"' : null, body: damaged(0.02) };
    assert.match(await tab.complaint(), /on the server changed/);
    assert.equal(await tab.answers(), 0);
  });
}

test('both browsers: a server that goes silent is asked again', async () => {
  await Promise.all(NAMES.map((name) => once(name, { stall: 4 * MB }, async (site, open) => {
    const tab = await open();
    assert.match(await tab.answer(), /^dandelion/);
    assert.match(site.ranges[1] ?? '', /^bytes=[34]\d{6}-$/);
  })));
});

test('a larger network, of 24 MB, takes no more memory than its weights, its values and 32 MB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inceptionscope-weights-'));
  const path = join(folder, 'inception_v3.safetensors');
  inceptionscope('convert', '--model', 'inception_v3', '--from', 'synthetic:1', '--out', path, '--dtype', 'q8');
  const site = await serve({ trouble: { '/inception_v3.safetensors': { body: readFileSync(path) } } });
  try {
    const { page } = await visit(browsers.Chromium, `${site.url}#image=none&weights=synthetic:1`);
    const { wasm, weights, activations } = await page.evaluate(async () => {
      /** @type {typeof import('../../www/inceptionscope.js')} */
      const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
      const scope = await open({ weights: new URL('inception_v3.safetensors', document.baseURI).href, engine: 'cpu' });
      await scope.run(await (await fetch('samples/dandelion.jpg')).blob());
      await scope.ready;
      return scope.memory();
    });
    const [above, ofWeights, ofValues] = [wasm - weights - activations, weights, activations].map((n) => (n / MB).toFixed(1));
    console.log(`inception_v3: ${above} MB above ${ofWeights} of weights and ${ofValues} of values`);
    assert.ok(weights > 90 * MB && activations > 30 * MB, `${weights} ${activations}`);
    assert.ok(wasm - weights - activations < 32 * MB, `${wasm} bytes for ${weights} of weights and ${activations} of values`);
    await page.close();
  } finally {
    await site.close();
    await rm(folder, { recursive: true });
  }
});

test('a browser without room loads all the same, and says that it keeps nothing', async () => {
  const site = await serve();
  try {
    const page = await browsers.Chromium.newPage();
    const tools = await browsers.Chromium.newCDPSession(page);
    await tools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 3 * MB });
    await page.goto(site.url + OPEN);
    assert.match((await predictions(page))[0], /^dandelion/);
    await openSetup(page);
    await page.getByRole('button', { name: 'Saved files', exact: true }).click();
    await page.getByText('Nothing is saved').waitFor();
    await page.close();
  } finally {
    await site.close();
  }
});

test('a download can be given up, what is kept of it deleted, and another network opened', async () => {
  const site = await serve({ trouble: { [NAME]: { hold: HOLD } } });
  try {
    const { page } = await visit(browsers.Chromium, site.url + OPEN);
    await page.locator(STEM).first().waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor();
    while (site.underWay() > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await openSetup(page);
    await page.getByRole('button', { name: 'Saved files', exact: true }).click();
    await page.getByRole('cell', { name: /interrupted at [2-3]\d/ }).waitFor();
    await page.getByRole('button', { name: 'Delete googlenet_flowers.safetensors' }).click();
    await page.getByText('Nothing is saved').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
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
  const site = await serve({ isolated: false });
  try {
    const { page, errors } = await visit(plain, `http://page.test:${new URL(site.url).port}/#image=dandelion`);
    await openSetup(page);
    await page.getByText('This page is not served over HTTPS').waitFor();
    assert.match((await predictions(page))[0], /^dandelion/);
    assert.deepEqual(errors, []);
  } finally {
    await plain.close();
    await site.close();
  }
});
