// Key views look as they did. A view is shrunk to small grey squares, so that fonts and a few levels do not matter, but a
// colour scale, a layout or a map does. After a change that is meant: SNAPSHOTS=write node tests/browser/run.js page-snapshot
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { predictions, tiles, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const FILE = join(import.meta.dirname, 'snapshots.json');
const COLUMNS = 32;
/** The greatest mean difference of two views, of 255 levels. */
const TOLERANCE = 6;

/** @type {Record<string, number[][]>} */
const snapshots = JSON.parse(readFileSync(FILE, 'utf8'));

const context = /** @type {const} */ ({ viewport: { width: 1440, height: 1400 }, colorScheme: 'light', reducedMotion: 'reduce' });
const { site, browser } = await prepare({ browser: { context } });
after(() => {
  if (process.env.SNAPSHOTS !== 'write') return;
  const lines = (/** @type {number[][]} */ rows) => rows.map((row) => JSON.stringify(row)).join(',\n');
  const views = Object.entries(snapshots).map(([name, rows]) => `"${name}": [\n${lines(rows)}\n]`);
  writeFileSync(FILE, `{\n${views.join(',\n')}\n}\n`);
});

/** @param {import('playwright-core').Page} page @param {import('playwright-core').Locator} view @param {string} name */
async function compare(page, view, name) {
  const picture = (await view.screenshot()).toString('base64');
  const found = await page.evaluate(async ({ picture, columns }) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))]));
    const rows = Math.max(1, Math.round((columns * bitmap.height) / bitmap.width));
    const context = new OffscreenCanvas(columns, rows).getContext('2d');
    if (!context) return [];
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, columns, rows);
    const { data } = context.getImageData(0, 0, columns, rows);
    return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => {
      const at = 4 * (row * columns + column);
      return Math.round(0.3 * data[at] + 0.6 * data[at + 1] + 0.1 * data[at + 2]);
    }));
  }, { picture, columns: COLUMNS });
  if (process.env.SNAPSHOTS === 'write') {
    snapshots[name] = found;
    return;
  }
  const expected = snapshots[name] ?? [];
  // A row more or less is another line of text somewhere.
  assert.ok(Math.abs(found.length - expected.length) <= 1, `${name} has ${found.length} rows, not ${expected.length}`);
  const pairs = found.slice(0, expected.length).flatMap((row, y) => row.map((v, x) => Math.abs(v - expected[y][x])));
  const mean = pairs.reduce((a, b) => a + b, 0) / pairs.length;
  assert.ok(mean <= TOLERANCE, `${name} differs by ${mean.toFixed(1)} levels`);
}

test('an open module, the photo and the predictions', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&node=inception3a`);
  await predictions(page);
  // What the network sees is pale until its maps are there, too.
  await page.locator('html:not(.running)').waitFor({ state: 'attached' });
  await compare(page, page.getByRole('img', { name: /^What the network sees/ }), 'seen');
  await compare(page, page.getByRole('list', { name: 'Predictions' }), 'predictions');
  await tiles(page, 'inception3a');
  for (const branch of ['branch1', 'branch2.1', 'branch4.0']) {
    await tiles(page, `inception3a.${branch}`);
    await compare(page, page.getByRole('listbox', { name: `Feature maps of inception3a.${branch}`, exact: true }), branch);
  }
  await page.close();
});

test('the network as a figure', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await predictions(page);
  // Until every map is there, each picture has more than the one before.
  const box = page.locator('.figure-box');
  for (let before = ''; ; ) {
    const now = (await box.screenshot()).toString('base64');
    if (now === before) break;
    before = now;
    await page.waitForTimeout(1000);
  }
  await compare(page, box, 'figure');
  await page.close();
});

test('the branches of a module and one of its channels', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception4a.branch2.1&channel=12`);
  await predictions(page);
  for (const branch of ['branch1', 'branch2.1', 'branch3.1', 'branch4.1']) await tiles(page, `inception4a.${branch}`);
  await compare(page, page.getByRole('group', { name: 'Branches of Inception (4a)' }), 'module');
  const channel = page.locator('#channel');
  await channel.getByRole('heading', { name: 'Channel 12 inception4a.branch2.1' }).waitFor();
  await compare(page, channel, 'channel');
  await page.close();
});

test('a figure to publish, in the figure maker and in another page', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&publish=node:inception4a;maps:4`);
  const dialog = page.getByRole('dialog', { name: 'Figure to publish' });
  await dialog.getByText('16 of 512 maps').waitFor();
  await compare(page, dialog.locator('canvas'), 'export');
  await page.goto(`${site.url}embed.html?lang=en&theme=light#engine=cpu&image=dandelion&node=inception4a`);
  await page.locator('svg').waitFor();
  await compare(page, page.locator('svg'), 'embed');
  await page.close();
});
