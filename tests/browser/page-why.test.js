// Why this answer, as a visitor asks: the map and its numbers, other methods, branches, a link, and files to take away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complaints } from './harness/axe.js';
import { chromium } from './harness/browsers.js';
import { predictions, sample, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page */
const panel = (page) => page.getByRole('region', { name: /^Why “/ });
/** A number of the answer. @param {Page} page @param {string} name */
const figure = async (page, name) =>
  Number((await panel(page).locator('dl > div', { hasText: name }).locator('dd').innerText()).replace('−', '-'));
/** The numbers of a list of bars. @param {Page} page @param {string | RegExp} name */
const bars = async (page, name) => {
  const items = panel(page).getByRole('list', { name }).getByRole('listitem');
  await items.first().waitFor();
  return items.locator('.number').allInnerTexts().then((texts) => texts.map((text) => Number(text.replace('−', '-'))));
};
/** The pixels of the map. @param {Page} page */
const pixels = (page) => panel(page).getByRole('img', { name: /over the photo/ })
  .evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());

test('why dandelion: a map over the photo, its numbers, shares that add up, and rather than another class', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  const first = await predictions(page);
  await page.getByRole('button', { name: 'Why dandelion?' }).click();
  const shares = await bars(page, 'Shares of the branches of Inception (5b)');
  assert.equal(shares.length, 4);
  const [logit, bias, mean] = [await figure(page, 'Logit'), await figure(page, 'Bias'), await figure(page, 'Mean of the map')];
  const sum = shares.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - mean) < 0.02 && Math.abs(mean + bias - logit) < 0.02, `${shares}: ${mean} and ${bias}, ${logit}`);
  await page.waitForURL(/why=cam:1$/);
  const smooth = await pixels(page);
  await panel(page).getByLabel('As computed: one square per value').check();
  assert.notEqual(await pixels(page), smooth);
  await panel(page).getByLabel('Opacity').fill('0');
  const bare = await pixels(page);
  assert.notEqual(bare, smooth);
  await panel(page).getByLabel('Rather than').fill('daisy');
  await panel(page).getByLabel('Rather than').press('Enter');
  await panel(page).getByText('Class activation map: dandelion rather than daisy').waitFor();
  const lead = await figure(page, 'Difference from the other logit');
  const chance = (/** @type {string} */ name) => Number(/: ([\d.]+)%/.exec(first.find((text) => text.startsWith(name)) ?? '')?.[1]);
  // A difference of logits is the logarithm of a ratio of probabilities.
  assert.ok(Math.abs(lead - Math.log(chance('dandelion') / chance('daisy'))) < 0.05, `${lead}`);
  await page.waitForURL(/why=cam:1:0$/);
  assert.deepEqual(await predictions(page), first);
  await panel(page).getByRole('button', { name: 'Close the explanation' }).click();
  await panel(page).waitFor({ state: 'hidden' });
  await page.waitForURL((url) => !/why=/.test(url.href));
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Why dandelion?');
  assert.deepEqual(errors, []);
  await page.close();
});

test('every branch is removed in turn: bars by module, the one that matters most, and its module opens', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=cam:1`);
  const shares = await bars(page, 'Shares of the branches of Inception (5b)');
  await panel(page).getByRole('button', { name: 'Which branch matters most?' }).click();
  const said = panel(page).getByRole('status').filter({ hasText: /matters most: without it|A tie/ });
  await said.waitFor();
  const told = await said.innerText();
  const [, branch, module, fall] =
    /^(\S+) of (.+) matters most: without it, the logit drops by (\S+)\.(?: |$)/.exec(told) ?? [];
  const all = panel(page).getByRole('listitem').locator('.number');
  assert.equal(await all.count(), 36);
  const falls = await all.allInnerTexts().then((texts) => texts.map((text) => Number(text.replace('−', '-'))));
  assert.equal(Math.max(...falls), Number(fall));
  // What those of the last module add is what the logit loses without them.
  (await bars(page, 'Inception (5b)')).forEach((value, i) => assert.ok(Math.abs(value - shares[i]) < 0.01, `${value}, share ${shares[i]}`));
  const best = panel(page).getByRole('list', { name: module }).getByRole('listitem').filter({ hasText: branch }).filter({ hasText: fall });
  assert.equal(await best.count(), 1);
  await page.waitForURL(/why=removal:1$/);
  await panel(page).getByRole('button', { name: module, exact: true }).click();
  await page.getByRole('region', { name: new RegExp(`Branch ${branch.replace('×', '.')}`) }).first().waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test('occlusion is stopped half way, and says so; a link repeats a method with its options', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=occlusion:1;patch,24;stride,24`);
  await panel(page).getByText(/^[12] of 10$/).waitFor();
  await panel(page).getByRole('button', { name: 'Stop' }).click();
  await panel(page).getByText(/^Stopped after \d of 10: the rest is unknown\.$/).waitFor();
  assert.equal(await panel(page).getByLabel('Patch (pixels)').inputValue(), '24');
  assert.ok((await pixels(page)).length > 1000);
  await panel(page).getByLabel('Method').selectOption('Integrated gradients');
  await panel(page).getByLabel('Steps').fill('2');
  await panel(page).getByLabel('Steps').press('Enter');
  await panel(page).getByText('Integrated gradients: dandelion, steps 2, baseline zero').waitFor();
  await panel(page).locator('dl > div', { hasText: 'Not accounted for' }).waitFor();
  const [sum, error] = [await figure(page, 'Sum'), await figure(page, 'Not accounted for')];
  const difference = await figure(page, 'Difference from the baseline’s logit');
  assert.ok(Math.abs(difference - sum - error) < 0.02, `${difference} − ${sum}: ${error}`);
  await page.waitForURL(/why=integrated:1;steps,2/);
  assert.equal(await panel(page).getByLabel('Steps').evaluate((field) => field === document.activeElement), true);
  // Another photo: a long method waits to be asked again.
  await page.getByRole('button', { name: 'Dahlia' }).click();
  await panel(page).getByText('The answer has changed. Compute again.').waitFor();
  assert.equal(await panel(page).getByRole('img', { name: /over the photo/ }).count(), 0);
  assert.deepEqual(errors, []);
  await page.close();
});

test('integrated gradients from a sample, which the link names, and from a photo of one’s own, which it does not have', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=integrated:1;steps,2;baseline,cat`);
  await panel(page).getByText('Integrated gradients: dandelion, steps 2, baseline cat').waitFor();
  await panel(page).locator('dl > div', { hasText: 'Not accounted for' }).waitFor();
  const cat = await figure(page, 'Difference from the baseline’s logit');
  const choice = panel(page).getByLabel('Baseline');
  assert.equal(await choice.inputValue(), 'cat');
  await choice.selectOption('Mean colour');
  await panel(page).getByText('Integrated gradients: dandelion, steps 2, baseline mean').waitFor();
  assert.notEqual(await figure(page, 'Difference from the baseline’s logit'), cat);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), choice.selectOption('A photo of your own…')]);
  await chooser.setFiles(sample('cat'));
  await panel(page).getByText('Integrated gradients: dandelion, steps 2, baseline own').waitFor();
  assert.equal(await figure(page, 'Difference from the baseline’s logit'), cat);
  await page.waitForURL(/why=integrated:1;steps,2;baseline,own/);
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'The link does not contain the photo used as the baseline.' }).waitFor();
  await page.close();
});

test('Grad-CAM is of the open module', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception4c&why=cam:1`);
  await bars(page, 'Shares of the branches of Inception (5b)');
  const cam = await pixels(page);
  await panel(page).getByLabel('Method').selectOption('Grad-CAM');
  await panel(page).getByText('Grad-CAM: dandelion, of inception4c').waitFor();
  assert.notEqual(await pixels(page), cam);
  assert.equal(await panel(page).getByLabel('Module').inputValue(), 'inception4c');
  await panel(page).getByLabel('Module').selectOption('Inception (5b)');
  await panel(page).getByText('Grad-CAM: dandelion, of inception5b').waitFor();
  await page.waitForURL(/why=grad-cam:1;layer,inception5b$/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('the answer is taken away as PNG, CSV and JSON', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=cam:1`);
  await bars(page, 'Shares of the branches of Inception (5b)');
  /** @param {string} name */
  const saved = async (name) => {
    const [download] = await Promise.all([page.waitForEvent('download'), panel(page).getByRole('button', { name }).click()]);
    return { name: download.suggestedFilename(), file: readFileSync(/** @type {string} */ (await download.path())) };
  };
  const picture = await saved('Save the explanation as PNG');
  assert.equal(picture.name, 'googlenet-cam-1.png');
  assert.deepEqual([...picture.file.subarray(1, 4)], [...Buffer.from('PNG')]);
  const lines = (await saved('Save its numbers as CSV')).file.toString().trim().split('\n');
  assert.deepEqual([lines.length, lines[0].split(',').length], [7, 7]);
  const told = JSON.parse((await saved('Save its numbers as JSON')).file.toString());
  assert.deepEqual([told.method, told.target, told.class, told.shape, told.map.length], ['cam', 1, 'dandelion', [7, 7], 49]);
  assert.ok(Math.abs(told.map.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0) / 49 - told.sum) < 1e-5);
  assert.equal(told.about.image, 'dandelion');
  await page.close();
});

test('a link about a class that the network has not is told', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&why=cam:99`);
  await page.getByRole('alert').filter({ hasText: 'cam:99' }).waitFor();
  await page.close();
});

for (const [name, width, height] of /** @type {const} */ ([['desk', 1440, 900], ['phone', 390, 844]])) {
  test(`by keyboard, with nothing for axe to complain about, on a ${name}`, async () => {
    const browser = await chromium({ context: { viewport: { width, height }, bypassCSP: true } });
    try {
      const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
      await predictions(page);
      await page.getByRole('button', { name: 'Why dandelion?' }).press('Enter');
      await bars(page, 'Shares of the branches of Inception (5b)');
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Why “dandelion”?');
      const check = async (/** @type {string} */ when) => {
        assert.deepEqual(await complaints(page), [], when);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${when} is wider than the window`);
      };
      await check('a class map');
      await panel(page).getByRole('button', { name: 'Which branch matters most?' }).press('Enter');
      await panel(page).getByRole('status').filter({ hasText: /matters most: without it|A tie/ }).waitFor();
      await check('the branches');
    } finally {
      await browser.close();
    }
  });
}
