// All kernels of a layer side by side: which taps read alike, as numbers and as colours, from a channel and from an address.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { along, alike, principal, tapsOf } from '../../www/page/components.js';
import { complaints } from './harness/axe.js';
import { visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** The same numbers each time, in −1 to 1. @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    return state / 2 ** 31 - 1;
  };
}

test('taps of a row that read the same form bands; those of a column do not', () => {
  const random = numbers(1);
  const [channels, rows, columns] = [16, 3, 5];
  // Each row has weights of its own, and every tap of it has them, more or less of them.
  const data = new Float32Array(channels * rows * columns);
  for (let row = 0; row < rows; row++) {
    const own = Array.from({ length: channels }, random);
    for (let column = 0; column < columns; column++)
      own.forEach((value, c) => { data[(c * rows + row) * columns + column] = value * (1 + column); });
  }
  const taps = tapsOf({ shape: [channels, rows, columns], data });
  assert.equal(taps.length, rows * columns);
  assert.equal(taps[7][3], data[3 * rows * columns + 7]);
  const { row, column } = alike([taps], columns);
  assert.ok(Math.abs(row - 1) < 1e-6, String(row));
  const cosine = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) => {
    const dot = (/** @type {Float32Array} */ x, /** @type {Float32Array} */ y) => x.reduce((sum, v, i) => sum + v * y[i], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  assert.ok(Math.abs(column - (cosine(taps[0], taps[5]) + cosine(taps[5], taps[10])) / 2) < 1e-6, String(column));
  // Three rows: three components have it all, and one has not.
  const share = (/** @type {number} */ count) => {
    const squares = (/** @type {number[]} */ values) => values.reduce((sum, v) => sum + v * v, 0);
    return squares(along(taps, principal(taps, count)).flat()) / squares(taps.flatMap((tap) => [...tap]));
  };
  assert.ok(Math.abs(share(3) - 1) < 1e-5, String(share(3)));
  assert.ok(share(1) < 0.99 && share(1) > 1 / 3, String(share(1)));
  // One tap has no neighbours, and zeros are like nothing.
  assert.deepEqual(alike([[taps[0]]], 1), { row: NaN, column: NaN });
  assert.deepEqual(alike([[new Float32Array(2), new Float32Array(2)]], 2), { row: NaN, column: NaN });
});

test('components are those that carry most, orthogonal, the same each time', () => {
  const random = numbers(2);
  const axes = [[3, 0], [2, 1], [1, 2]].map(([size, at]) => ({ size, at }));
  const vectors = Array.from({ length: 300 }, () => {
    const vector = new Float32Array(5);
    for (const { size, at } of axes) vector[at] = size * random();
    return vector;
  });
  const found = principal(vectors, 3);
  found.forEach((component, i) => {
    assert.ok(Math.abs(component[i]) > 0.95, `${i}: ${component}`);
    found.slice(0, i).forEach((other) => assert.ok(Math.abs(component.reduce((sum, v, c) => sum + v * other[c], 0)) < 1e-5));
  });
  assert.deepEqual(principal(vectors, 3), found);
  assert.equal(principal(vectors.map((vector) => vector.slice(0, 2)), 3).length, 2);
  assert.deepEqual(principal([new Float32Array(4)], 3), []);
});

/** @param {import('playwright-core').Page} page */
const dialog = (page) => page.getByRole('dialog', { name: 'Kernels of a layer' });

/** As it is said: within a row, and within a column. @param {import('playwright-core').Page} page */
async function cosines(page) {
  const said = await dialog(page).getByText('Mean cosine similarity').textContent() ?? '';
  const [, row, column] = /: (−?[\d.e−]+) within a row, (−?[\d.e−]+) within a column\.$/.exec(said) ?? assert.fail(said);
  return [row, column].map((found) => Number(found.replaceAll('−', '-')));
}

test('all kernels of a layer are shown, from a channel and from an address, and lead to their channels', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception3a&channel=200`);
  page.setDefaultTimeout(240_000); // opening takes long on a slow machine
  await page.getByRole('tab', { name: 'Kernel' }).click();
  await page.getByRole('button', { name: 'All kernels of this layer' }).click();
  const grid = dialog(page).getByRole('group', { name: 'inception3a.branch3.1.conv: 32 kernels of 3 × 3, 16 input channels' });
  const kernels = grid.getByRole('button');
  await kernels.nth(31).waitFor();
  await page.waitForURL(/kernels=inception3a\.branch3\.1\.conv/);
  assert.equal(await kernels.count(), 32);
  // Of trained weights, neighbours are alike.
  for (const found of await cosines(page)) assert.ok(found > 0.1 && found < 0.9, String(found));
  await dialog(page).getByText('These weights are random').waitFor({ state: 'hidden' });
  assert.deepEqual(await complaints(page, { within: '.circuit[open]', rules: null }), []);

  const download = page.waitForEvent('download');
  await dialog(page).getByRole('button', { name: 'Save CSV' }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'kernels.inception3a.branch3.1.conv.csv');
  const rows = readFileSync(await file.path()).toString().trim().split('\n').map((line) => line.split(','));
  assert.deepEqual(rows[0], ['channel', 'within_rows', 'within_columns']);
  assert.equal(rows.length, 33);

  // With the keyboard: arrows go from one to the next, of which Tab reaches one.
  await kernels.first().focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Kernel of channel 1');
  assert.equal(await grid.locator('button[tabindex="0"]').count(), 1);
  await page.keyboard.press('Enter');
  await dialog(page).waitFor({ state: 'hidden' });
  await page.getByRole('heading', { name: 'inception3a.branch3.1.conv' }).waitFor();
  assert.doesNotMatch(page.url(), /kernels=/);
  assert.deepEqual(errors, []);
  await page.close();

  const again = await visit(browser, `${site.url}#engine=cpu&image=dandelion&weights=synthetic:1&kernels=conv1.conv`);
  again.page.setDefaultTimeout(240_000);
  await dialog(again.page).getByRole('group', { name: 'conv1.conv: 64 kernels of 7 × 7, 3 input channels' }).waitFor();
  for (const found of await cosines(again.page)) assert.ok(Math.abs(found) < 0.05, String(found));
  await dialog(again.page).getByText('These weights are random').waitFor();
  await again.page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await dialog(again.page).evaluate((element) => element.scrollWidth <= element.clientWidth), true);
  // What several convolutions make has no kernels of its own, and what is not there has none.
  for (const node of ['inception3a', 'nowhere']) {
    await again.page.evaluate((kernels) => { location.hash = location.hash.replace(/kernels=[^&]*/, `kernels=${kernels}`); }, node);
    await dialog(again.page).getByText('This op has no weights.').waitFor();
    assert.equal(await dialog(again.page).locator('.wall button').count(), 0);
  }
  assert.deepEqual(again.errors, []);
  await again.page.close();
});
