// What a visitor sees first, in windows of all sizes: nothing covers anything while weights load, and the photo and what
// the network says of it need no scrolling on a laptop.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { predictions, visit } from './harness/page.js';
import { serve } from './harness/server.js';

const WEIGHTS = '/weights/googlenet_flowers.safetensors';
const SIZES = [[390, 844], [820, 1180], [1024, 768], [1280, 720], [1440, 900], [2560, 1440]];

/** @type {Awaited<ReturnType<typeof serve>>[]} */
const sites = [];
const browser = await chromium();
after(() => Promise.all([browser.close(), ...sites.map((site) => site.close())]));

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

/**
 * Where elements are, in the order of the page.
 * @param {import('playwright-core').Page} page
 * @param {string} selector
 * @returns {Promise<Box[]>}
 */
const boxes = (page, selector) => page.locator(selector).evaluateAll((elements) => elements.map((element) => {
  // What is read is its text, which may be wider than the element.
  const range = document.createRange();
  range.selectNodeContents(element);
  const { left, top, right, bottom } = element.matches('button') ? element.getBoundingClientRect() : range.getBoundingClientRect();
  return { left, top, right, bottom };
}).filter(({ left, right }) => right > left));

/** @param {Box} a @param {Box} b */
const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

for (const [width, height] of SIZES) {
  test(`the top of the page at ${width} × ${height}`, async () => {
    // An origin of its own, for which the browser keeps no weights yet.
    const site = await serve({ trouble: { [WEIGHTS]: { rate: 600_000 } } });
    sites.push(site);
    const { page, errors } = await visit(browser, `${site.url}#engine=cpu`);
    await page.setViewportSize({ width, height });
    await page.locator('.progress-row .number').filter({ hasText: 'left' }).waitFor();
    // The bar that says how far weights are lies beside what is open, and what unfolds from that below.
    await page.locator('#setup-line').click();
    const shown = await boxes(page, '#setup-line, #status p, #status button, #progress [role=status], #progress button, #progress .number');
    assert.ok(shown.length >= 7, `${shown.length} are shown`);
    shown.forEach((a, i) => shown.slice(i + 1).forEach((b) => assert.ok(!overlap(a, b), JSON.stringify([a, b]))));
    assert.ok(shown.every(({ left, right }) => left >= 0 && right <= width), 'nothing is cut off');
    if (width >= 820) {
      const tops = (await boxes(page, '#status .buttons button')).map(({ top, bottom }) => (top + bottom) / 2);
      assert.ok(tops.every((top) => Math.abs(top - tops[0]) < 4), `the buttons stand in one row: ${tops}`);
    }
    await page.locator('#setup-line').click();
    site.trouble[WEIGHTS] = {};
    await predictions(page);
    if (width > 820) {
      const [photo] = await page.locator('.seen').evaluateAll((all) => all.map((element) => element.getBoundingClientRect().bottom));
      const last = (await page.locator('.predictions li')
        .evaluateAll((all) => all.map((element) => element.getBoundingClientRect().bottom))).at(-1);
      assert.ok(photo < height && Number(last) <= height, `the photo ends at ${photo}, the predictions at ${last}`);
    }
    assert.deepEqual(errors, []);
    await page.close();
  });
}
