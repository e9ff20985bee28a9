// Which channels a channel is linked with, as a visitor asks: listed, walked along, in the address, with pictures, and taken away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complaints } from './harness/axe.js';
import { visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page */
const dialog = (page) => page.getByRole('dialog', { name: 'Circuit' });
/** @param {Page} page @param {string} name */
const heading = (page, name) => dialog(page).getByRole('heading', { name, exact: true });
/** @param {Page} page @param {string} name */
const links = (page, name) => dialog(page).getByRole('list', { name, exact: true }).getByRole('button');

/** Saves something: its name, and its bytes. @param {Page} page @param {string} button */
async function saved(page, button) {
  const download = page.waitForEvent('download');
  await dialog(page).getByRole('button', { name: button }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test('the strongest links of a channel are listed, and one walks along them', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception4c&channel=17`);
  page.setDefaultTimeout(240_000); // opening takes long on a slow machine
  await page.getByRole('button', { name: 'Circuit' }).click();
  await heading(page, 'Channel 17 of inception4c').waitFor();
  await page.waitForURL(/circuit=inception4c:17$/);
  // The heading is there before what it is the heading of.
  await dialog(page).getByText('Kernels of 1 × 1.').waitFor();
  const lists = ['Input from Inception (4b)', 'Output to Inception (4d)']
    .flatMap((title) => [`${title}: Excitatory`, `${title}: Inhibitory`]);
  for (const [i, list] of lists.entries()) {
    const names = await links(page, list).evaluateAll((all) => all.map((one) => one.getAttribute('title') ?? ''));
    assert.equal(names.length, 8, list);
    const numbers = names.map((name) => {
      const [, branch, sum, size] =
        /^Channel \d+, branch (.+): its weights sum to (−?[\d.e−+]+), their absolute values to ([\d.e−+]+)$/.exec(name) ?? [];
      assert.ok(['1×1', '3×3', '5×5', 'pool'].includes(branch), name);
      return [sum, size].map((text) => Number(text.replaceAll('−', '-')));
    });
    for (const [sum, size] of numbers) {
      assert.equal(sum > 0, i % 2 === 0, list);
      assert.ok(Math.abs(sum) <= size * 1.001, `${list}: ${sum}, ${size}`);
    }
    assert.deepEqual(numbers.map(([, size]) => size), numbers.map(([, size]) => size).sort((a, b) => b - a));
  }
  assert.deepEqual(await complaints(page, { within: '.circuit', rules: null }), []);

  const { name, bytes } = await saved(page, 'Save CSV');
  assert.equal(name, 'circuit.inception4c.17.csv');
  const rows = bytes.toString().trim().split('\n').map((row) => row.split(','));
  assert.deepEqual(rows[0], ['link', 'node', 'channel', 'sum', 'size', 'rows', 'columns', 'weights']);
  assert.equal(rows.length, 1 + 4 * 8);
  for (const [link, node, , sum, size, height, width, weights] of rows.slice(1)) {
    assert.equal(node, link === 'reads' ? 'inception4b' : 'inception4d');
    const all = weights.split(' ').map(Number);
    assert.equal(all.length, Number(height) * Number(width));
    assert.ok(Math.abs(all.reduce((a, b) => a + b, 0) - Number(sum)) < 1e-5 * Number(size));
  }
  assert.equal((await saved(page, 'Save PNG')).name, 'circuit.inception4c.17.png');

  // With the keyboard to one of its inputs, and back.
  const first = links(page, lists[0]).first();
  const channel = /^Channel (\d+)/.exec(await first.getAttribute('title') ?? '')?.[1];
  await first.focus();
  await page.keyboard.press('Enter');
  await heading(page, `Channel ${channel} of inception4b`).waitFor();
  await dialog(page).getByRole('heading', { name: 'Input from Inception (4a)' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), `Channel ${channel} of inception4b`);
  await page.waitForURL(new RegExp(`circuit=inception4b:${channel}$`));
  const back = dialog(page).getByRole('button', { name: 'Back' });
  await back.click();
  await heading(page, 'Channel 17 of inception4c').waitFor();
  await back.waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  assert.doesNotMatch(page.url(), /circuit/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a link opens a circuit, on a phone too; missing pictures are grown and kept', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&circuit=conv2:3`);
  page.setDefaultTimeout(240_000); // a picture takes long on a slow machine
  await page.setViewportSize({ width: 390, height: 844 });
  await dialog(page).getByRole('heading', { name: 'Output to conv3' }).waitFor();
  assert.ok(await dialog(page).evaluate((box) => box.scrollWidth <= box.clientWidth), 'wider than the dialog');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the window');
  const own = dialog(page).getByRole('img', { name: 'What excites conv2:3' });
  assert.equal(await own.count(), 0);
  // What grows can be paused and stopped; nothing else can.
  const controls = ['Pause', 'Stop'].map((name) => dialog(page).getByRole('button', { name }));
  assert.deepEqual(await Promise.all(controls.map((control) => control.isVisible())), [false, false]);
  await dialog(page).getByRole('button', { name: 'Grow the missing pictures' }).click();
  for (const control of controls) await control.waitFor();
  // The second begins once the first is kept.
  await dialog(page).getByRole('status').filter({ hasText: /^Growing conv1:\d+, picture 2 of/ }).waitFor();
  await dialog(page).getByRole('button', { name: 'Stop' }).click();
  for (const control of controls) await control.waitFor({ state: 'hidden' });
  await own.waitFor();
  await dialog(page).getByRole('button', { name: 'Close' }).click();
  await page.reload();
  assert.equal(await dialog(page).count(), 0, 'it opened though it had been closed');
  await page.goto(`${site.url}#engine=cpu&image=dandelion&circuit=conv2:3`);
  await own.waitFor();
  assert.equal(await own.evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).width), 96);

  // The classes are the last outputs, by name, and have no pictures.
  await page.goto(`${site.url}#engine=cpu&image=dandelion&circuit=inception5b:100`);
  await dialog(page).getByRole('button', { name: /^Channel dandelion: its weights sum to/ }).click();
  await heading(page, 'Channel 1 of fc').waitFor();
  await dialog(page).getByRole('heading', { name: 'Input from Inception (5b)' }).waitFor();
  assert.equal(await dialog(page).getByRole('heading', { name: /^Output to/ }).count(), 0);
  // To the maps.
  await dialog(page).getByRole('button', { name: 'Back' }).click();
  await dialog(page).getByRole('button', { name: 'Show its maps' }).click();
  await page.getByRole('heading', { name: 'Channel 100 inception5b' }).waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});
