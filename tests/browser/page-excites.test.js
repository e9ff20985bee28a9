// What excites a channel, as a visitor asks: a picture that grows, pauses, begins anew with another seed, and files to take away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complaints } from './harness/axe.js';
import { visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page */
const status = (page) => page.getByRole('tabpanel', { name: 'What excites it' }).getByRole('status');
/** Steps that are done. @param {Page} page */
const step = async (page) => Number(/^Step (\d+) of 512/.exec(await status(page).innerText())?.[1]);
/** @param {Page} page @param {number} least */
const reaches = (page, least) => {
  const fewer = Array.from({ length: least }, (_, i) => i).join('\\b|');
  return status(page).filter({ hasText: new RegExp(`^Step (?!${fewer}\\b)`) }).waitFor();
};
/** @param {Page} page */
const pixels = (page) => page.getByRole('img', { name: /^What excites/ })
  .evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());

test('a picture grows, pauses, goes on, begins anew, and ends with its channel', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception3a&channel=5`);
  await page.getByRole('tab', { name: 'What excites it' }).click();
  const pause = page.getByRole('button', { name: 'Pause' });
  assert.ok(await pause.isHidden());
  await page.getByLabel('Size').selectOption('96');
  await page.getByRole('button', { name: 'Grow a picture' }).click();
  await reaches(page, 2);
  await pause.click();
  // At most the step that was under way is still told.
  await page.getByRole('button', { name: 'Continue' }).waitFor();
  const paused = await step(page);
  const before = await pixels(page);
  assert.deepEqual(await complaints(page, { within: '.excites', rules: null }), []);
  assert.ok((await step(page)) <= paused + 1, 'it went on while it was paused');
  await page.getByRole('button', { name: 'Continue' }).click();
  await reaches(page, paused + 2);
  assert.notEqual(await pixels(page), before);

  const download = page.waitForEvent('download');
  await page.getByRole('tabpanel', { name: 'What excites it' }).getByRole('button', { name: 'Save CSV' }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'excites.inception3a.5.0.csv');
  assert.match(readFileSync(await file.path(), 'utf8'), /^step,value\n0,-?[\d.e-]+\n1,/);

  await page.getByLabel('What it dislikes').check();
  await page.getByRole('button', { name: 'Another seed' }).click();
  assert.equal(await page.getByLabel('Seed', { exact: true }).inputValue(), '1');
  await page.getByRole('img', { name: 'What excites -inception3a:5' }).waitFor();
  // Another channel has no picture yet.
  await page.getByRole('button', { name: 'Next channel' }).click();
  await page.getByRole('heading', { name: /^Channel 6/ }).waitFor();
  await page.getByRole('img', { name: /^What excites/ }).waitFor({ state: 'hidden' });
  assert.ok(await pause.isHidden());
  assert.deepEqual(errors, []);
  await page.close();
});

test('four seeds are grown one after the other, and stop; random weights are said to be random', async () => {
  const address = `${site.url}#model=googlenet&weights=synthetic:1&engine=cpu&image=dandelion&node=conv1&channel=5`;
  const { page, errors } = await visit(browser, address);
  page.setDefaultTimeout(300_000); // all steps of a picture take long on a slow machine
  await page.getByRole('tab', { name: 'What excites it' }).click();
  const panel = page.getByRole('tabpanel', { name: 'What excites it' });
  await panel.getByText('These weights are random, not trained').waitFor();
  await panel.getByLabel('Seed', { exact: true }).fill('3');
  await panel.getByLabel('Size').selectOption('96');
  await panel.getByRole('button', { name: 'Four seeds' }).click();
  await panel.getByText('seed 6').waitFor();
  // The second begins once the first has all its steps.
  await panel.getByRole('img', { name: 'What excites conv1:5, seed 4' }).waitFor();
  await panel.getByRole('button', { name: 'Stop' }).click();
  assert.ok(await panel.getByRole('button', { name: 'Stop' }).isHidden());
  const download = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Save CSV' }).click();
  const rows = readFileSync(await (await download).path(), 'utf8').trim().split('\n');
  assert.equal(rows[0], 'step,seed 3,seed 4');
  assert.equal(rows.length, 1 + 512);
  assert.match(rows[512], /^511,-?[\d.e-]+,$/);

  // Those that are to differ grow at the same time: after one step all four are there.
  await panel.getByRole('button', { name: 'Four that differ' }).click();
  await panel.getByText(/^Step \d+ of 512, mean of the four less 100 × how alike they are: −\d/).waitFor();
  const urls = await panel.getByRole('img', { name: /^What excites conv1:5, seed [3-6]$/ }).evaluateAll(
    (all) => all.map((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL()));
  assert.equal(new Set(urls).size, 4);
  await panel.getByRole('button', { name: 'Stop' }).click();
  assert.deepEqual(errors, []);
  await page.close();
});
