// The first ten seconds: photo and answer first, the rest on one line; nothing moves, one module is fetched, untrained networks
// rank nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLES } from '../../www/page/language.js';
import { chromium } from './harness/browsers.js';
import { openSetup, predictions, untilKept, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const { site, browser } = await prepare({ browser: { webgpu: false } });

/** Adds up what moves without the visitor's doing, from the first paint on. @param {import('playwright-core').Page} page */
const watchShifts = (page) => page.addInitScript(() => {
  const seen = { sum: 0, of: /** @type {string[]} */ ([]) };
  Object.assign(window, { shifts: seen });
  new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) {
      if (entry.hadRecentInput) continue;
      seen.sum += entry.value;
      seen.of.push(...entry.sources.map((/** @type {any} */ { node }) =>
        `${entry.value.toFixed(4)} ${node?.id || node?.className || node?.nodeName}`));
    }
  }).observe({ type: 'layout-shift', buffered: true });
});

for (const [width, height] of [[390, 844], [820, 1180], [1024, 768], [1440, 900]]) {
  test(`nothing moves during a first visit at ${width} × ${height}`, async () => {
    const first = await serve(); // an origin for which the browser keeps nothing yet
    const own = await chromium({ webgpu: false, context: { viewport: { width, height } } });
    try {
      const page = await own.newPage();
      await watchShifts(page);
      await page.goto(first.url);
      await predictions(page);
      await page.locator('.took').filter({ hasText: /\d/ }).waitFor();
      const { sum, of } = await page.evaluate(() => /** @type {any} */ (window).shifts);
      assert.ok(sum < 0.05, `${sum}: ${of.join('; ')}`);
    } finally {
      await own.close();
      await first.close();
    }
  });
}

test('one compiled module is fetched, for the page and for its service worker', async () => {
  const first = await serve();
  const own = await chromium({ webgpu: false });
  try {
    const { page } = await visit(own, first.url);
    await predictions(page);
    await untilKept(page);
    const modules = first.requests.filter((path) => path.endsWith('.wasm'));
    assert.equal(new Set(modules).size, 1, modules.join());
    // What is kept is enough to open without the site.
    await first.close();
    await page.reload();
    await predictions(page);
  } finally {
    await own.close();
    await first.close();
  }
});

for (const [language, load] of Object.entries(TABLES)) {
  test(`what is open is one line, from which the choice unfolds: ${language}`, async () => {
    const { default: t } = await load();
    const { page, errors } = await visit(browser, `${site.url}?lang=${language}#image=dandelion&threads=2`);
    const engine = /** @type {const} */ ({ engine: 'cpu', why: 'none', adapter: null, software: false, detail: null, threads: 2 });
    const line = page.getByRole('button', { name: t.controls.line(['GoogLeNet', t.controls.short.flowers, t.controls.computes(engine)]) });
    await line.waitFor();
    const choice = page.getByRole('region', { name: t.controls.title });
    await choice.waitFor({ state: 'hidden' });
    await line.click();
    await choice.getByText(t.status.engine(engine)).waitFor();
    await page.getByLabel(t.controls.variant, { exact: true }).selectOption('published');
    const closed = t.controls.line([
      t.controls.variantOf('GoogLeNet', 'published'), t.controls.short.untrained, t.controls.computes(engine),
    ]);
    await page.getByRole('button', { name: closed }).waitFor();
    await page.getByLabel(t.controls.variant, { exact: true }).press('Escape');
    await choice.waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'setup-line');

    // Untrained, it ranks nothing, and says so.
    await page.getByText(t.status.untrained).waitFor();
    await page.locator('.predictions').waitFor({ state: 'hidden' });
    assert.equal(await page.getByRole('list', { name: t.predictions.title }).count(), 0);
    assert.equal(await page.getByRole('table').count(), 0);
    await page.getByRole('button', { name: t.status.openTrained }).click();
    await page.getByRole('dialog', { name: t.weights.title }).waitFor();
    assert.deepEqual(errors, []);
    await page.close();
  });

  test(`samples that the network knows come first, the others are marked: ${language}`, async () => {
    const { default: t } = await load();
    const { page } = await visit(browser, `${site.url}?lang=${language}#image=cat`);
    await page.getByText(t.photo.unknown, { exact: true }).waitFor();
    const names = () => page.getByRole('group', { name: t.photo.samples }).getByRole('button')
      .evaluateAll((all) => all.map((button) => button.getAttribute('aria-label')));
    const { dandelion, ...others } = t.photo.names;
    assert.deepEqual(await names(), [dandelion, ...Object.values(others).map(t.photo.unknownOf)]);
    // Names of classes decide: with these it knows what is in the cup.
    const buffer = Buffer.from(JSON.stringify(['a', 'b', 'espresso', 'd', 'e']));
    const classes = { name: 'classes.json', mimeType: 'application/json', buffer };
    await page.getByLabel(t.weights.choose).setInputFiles(classes);
    await page.locator('.sample').first().and(page.getByRole('button', { name: t.photo.names.coffee, exact: true })).waitFor();
    assert.equal((await names()).filter((name) => name === t.photo.unknownOf(dandelion)).length, 1);
    await page.close();
  });
}

test('the choice unfolds by itself where a link needs the visitor’s weights', async () => {
  const { page } = await visit(browser, `${site.url}#weights=own&image=dandelion`);
  await page.getByRole('region', { name: 'Network, weights and engine' }).waitFor();
  await page.close();
});

test('the answer is announced, the time is not', async () => {
  const { page } = await visit(browser, `${site.url}#image=dandelion`);
  const [first] = await predictions(page);
  await page.getByRole('status').filter({ hasText: `Most likely: ${first.replace(': ', ', ')}` }).waitFor({ state: 'attached' });
  await page.locator('.took').filter({ hasText: /^Ran in/ }).waitFor();
  assert.equal(await page.getByRole('status').filter({ hasText: /Ran in/ }).count(), 0);
  await openSetup(page);
  await page.close();
});
