// What each branch and channel adds to an answer, beside what its removal takes; and whether a map can be trusted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complaints } from './harness/axe.js';
import { chromium } from './harness/browsers.js';
import { predictions, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page */
const panel = (page) => page.getByRole('region', { name: /^Why “/ });
/** @param {string} text */
const number = (text) => Number(text.replaceAll('−', '-'));
/** Sum and biases of a row. @param {Page} page @param {string} module */
const row = async (page, module) => {
  const cells = panel(page).getByRole('row', { name: module }).getByRole('cell');
  await cells.first().waitFor();
  const [parts, sum, biases] = await cells.allInnerTexts();
  const shares = [...parts.matchAll(/ (−?[\d.]+)(?=,|$)/g)].map(([, share]) => number(share));
  return { shares, sum: number(sum), biases: number(biases) };
};
/** @param {Page} page @param {string} name */
const saved = async (page, name) => {
  const [download] = await Promise.all([page.waitForEvent('download'), panel(page).getByRole('button', { name, exact: true }).click()]);
  return { name: download.suggestedFilename(), file: readFileSync(/** @type {string} */ (await download.path())) };
};

test('by branch: rows add up to the logit, channels of a module in one click, and a channel opens', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=cam:1`);
  const term = panel(page).locator('dl > div', { hasText: 'Logit' }).locator('dd');
  const logit = number(await term.innerText());
  await panel(page).getByLabel('Method').selectOption('By branch');
  for (const module of ['Inception (3a)', 'Inception (4c)', 'Inception (5b)']) {
    const { shares, sum, biases } = await row(page, module);
    assert.equal(shares.length, 4, module);
    assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - sum) < 0.03, `${module}: ${shares}, ${sum}`);
    assert.ok(Math.abs(sum + biases - logit) < 0.03, `${module}: ${sum} + ${biases}, ${logit}`);
  }
  await panel(page).getByRole('button', { name: 'Inception (4c)', exact: true }).press('Enter');
  await page.waitForURL(/why=branches:1;layer,inception4c$/);
  const channels = panel(page).getByRole('list', { name: 'Channels of Inception (4c)' }).getByRole('listitem');
  assert.equal(await channels.count(), 12);
  const table = (await saved(page, 'Save its numbers as CSV')).file.toString().trim().split('\n').map((line) => line.split(','));
  const own = table.filter(([module, , channel]) => module === 'inception4c' && channel !== '').map(([, , , share]) => Number(share));
  assert.equal(own.length, 512);
  const first = await channels.first().getByRole('button').innerText();
  const largest = own.reduce((best, share, i) => (Math.abs(share) > Math.abs(own[best]) ? i : best), 0);
  assert.equal(first, `Channel ${largest}`);
  const picture = await saved(page, 'Save the explanation as PNG');
  assert.deepEqual([picture.name, [...picture.file.subarray(1, 4)]], ['googlenet-branches-1.png', [...Buffer.from('PNG')]]);
  await channels.first().getByRole('button').click();
  await page.getByRole('heading', { name: new RegExp(`${largest}`) }).first().waitFor();
  await page.waitForURL(new RegExp(`channel=${largest}`));
  assert.deepEqual(errors, []);
  await page.close();
});

test('channels are muted one after the other, beside their shares; a link asks that', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=branches:1;layer,inception5b`);
  await panel(page).getByRole('button', { name: 'Compare: mute each channel' }).click();
  await panel(page).getByText(/^1024 were muted/).waitFor({ timeout: 240_000 });
  const said = await panel(page).getByText(/rank correlation of/).innerText();
  // Of the last module, falls are shares.
  assert.ok(Number(/gradient × activation is ([\d.]+)/.exec(said)?.[1]) > 0.98, said);
  assert.equal(await panel(page).getByRole('listitem').count(), 24);
  await page.waitForURL(/why=removal:1;layer,inception5b$/);
  await panel(page).getByRole('button', { name: 'Which branch matters most?' }).click();
  await panel(page).getByText(/matters most: without it|A tie/).filter({ hasText: 'rank correlation of' }).waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test('a map is checked when asked: weights are lost, pixels taken out, and the answer stays', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=guided:1`);
  const first = await predictions(page);
  const check = (/** @type {string} */ title) => panel(page).locator('.trust-check', { hasText: title });
  await panel(page).getByText('Can this map be trusted?').click();
  const weights = check('Does it depend on what was learned?');
  await weights.getByRole('button', { name: 'Randomise the weights' }).click();
  await weights.getByText(/^[1-9]\d* of 12$/).waitFor();
  await weights.getByRole('button', { name: 'Stop' }).click();
  await weights.getByText(/^Stopped after \d+ of 12/).waitFor();
  await weights.getByRole('button', { name: 'Compute again' }).click();
  await weights.getByText(/^With all weights randomised/).waitFor();
  await weights.getByText('Numbers').click();
  const stages = await weights.getByRole('cell').allInnerTexts();
  assert.equal(stages.length, 12);
  // Guided backpropagation hardly needs what was learned.
  assert.ok(number(stages[0]) === 1 && number(stages[5]) > 0.9, String(stages));
  const chart = weights.getByRole('img');
  await chart.focus();
  await chart.press('ArrowRight');
  await chart.press('ArrowRight');
  const lost = await weights.getByRole('rowheader').nth(1).innerText();
  await weights.getByText(`${lost} · ${stages[1]}`, { exact: true }).waitFor();

  const pixels = check('Does the answer depend on these pixels?');
  await panel(page).getByLabel('Points of the curve').selectOption('8');
  await pixels.getByRole('button', { name: 'Remove pixels' }).click();
  await pixels.getByText(/Less is better/).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), pixels.getByRole('button', { name: /save as JSON/ }).click()]);
  const told = JSON.parse(readFileSync(/** @type {string} */ (await download.path()), 'utf8'));
  const chance = Number(/: ([\d.]+)%/.exec(first[0])?.[1]) / 100;
  assert.deepEqual([told.values.length, told.random.length, told.check], [9, 9, 'deletion']);
  // As shown, in whole percent.
  assert.ok(Math.abs(told.values[0] - chance) <= 0.005, `${told.values[0]}, ${chance}`);
  assert.equal(told.values[8], told.random[8]);
  assert.deepEqual(await predictions(page), first);
  // Another map: what was found of this one is gone.
  await panel(page).getByLabel('Method').selectOption('Class activation map');
  await panel(page).getByText('Class activation map: dandelion').waitFor();
  assert.equal(await weights.isVisible(), false);
  assert.equal(await pixels.getByText(/Less is better/).count(), 0);
  assert.deepEqual(errors, []);
  await page.close();
});

test('the link has the checks that were made, and makes them again', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=cam:1`);
  const check = (/** @type {Page} */ of, /** @type {string} */ title) => panel(of).locator('.trust-check', { hasText: title });
  await panel(page).getByText('Can this map be trusted?').click();
  await page.waitForURL(/trust=open/);
  await panel(page).getByLabel('Points of the curve').selectOption('8');
  await panel(page).getByLabel('Removed pixels become').selectOption('Mean colour');
  await check(page, 'Does the answer depend on these pixels?').getByRole('button', { name: 'Remove pixels' }).click();
  await page.waitForURL(/trust=deletion;points,8;blank,mean/);
  const said = await check(page, 'Does the answer depend on these pixels?').getByText(/Less is better/).innerText();
  const { page: again } = await visit(browser, page.url());
  await check(again, 'Does the answer depend on these pixels?').getByText(said, { exact: true }).waitFor();
  assert.equal(await check(again, 'Are these pixels enough for the answer?').getByText(/More is better/).count(), 0);
  assert.match(again.url(), /trust=deletion;points,8;blank,mean/);
  // Of another map nothing was asked yet.
  await panel(again).getByLabel('Method').selectOption('Gradient');
  await panel(again).getByText('Gradient: dandelion').waitFor();
  await again.waitForURL(/trust=open;points,8;blank,mean/);
  await panel(again).getByRole('button', { name: 'Close the explanation' }).click();
  await again.waitForURL((url) => !/trust=/.test(url.href));
  assert.deepEqual(errors, []);
  await again.close();
  await page.close();
});

for (const [name, width, height] of /** @type {const} */ ([['desk', 1440, 900], ['phone', 390, 844]])) {
  test(`nothing for axe to complain about, on a ${name}`, async () => {
    const browser = await chromium({ context: { viewport: { width, height }, bypassCSP: true } });
    try {
      const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=branches:1;layer,inception4c`);
      const check = async (/** @type {string} */ when) => {
        assert.deepEqual(await complaints(page), [], when);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${when} is wider than the window`);
      };
      await panel(page).getByRole('list', { name: 'Channels of Inception (4c)' }).waitFor();
      await check('by branch');
      const cut = await panel(page).getByRole('table').getByRole('button').evaluateAll((names) =>
        names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent));
      assert.deepEqual(cut, [], 'names that are cut');
      await panel(page).getByLabel('Method').selectOption('Gradient');
      await panel(page).getByText('Can this map be trusted?').waitFor();
      await panel(page).getByText('Can this map be trusted?').press('Enter');
      await panel(page).getByRole('button', { name: 'Insert pixels' }).press('Enter');
      await panel(page).getByText(/More is better/).waitFor();
      await check('trust');
    } finally {
      await browser.close();
    }
  });
}
