// How good is it, as a visitor asks: crops of the photo, a folder of photos, an ensemble, a link, and files to take away.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { complaints } from './harness/axe.js';
import { chromium } from './harness/browsers.js';
import { openModule, predictions, sample, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @typedef {import('playwright-core').Page} Page */

/** Photos in folders named after classes, and a file that is no photo. */
function folder() {
  const path = join(mkdtempSync(join(tmpdir(), 'evaluate-')), 'flowers');
  for (const [name, photo] of [
    ['dandelion', 'dandelion'],
    ['rose', 'dandelion'],
    ['tulip', 'dahlia'],
  ]) {
    mkdirSync(join(path, name), { recursive: true });
    copyFileSync(sample(photo), join(path, name, `${photo}.jpg`));
  }
  writeFileSync(join(path, 'tulip', 'broken.jpg'), Buffer.from([255, 216, 255, 0]));
  writeFileSync(join(path, 'tulip', 'notes.txt'), 'no photo');
  return path;
}

/** @param {Page} page */
const dialog = (page) => page.getByRole('dialog', { name: 'Evaluate' });
/** @param {Page} page */
const status = (page) => dialog(page).getByRole('status');
/** What is listed. @param {Page} page @param {string | RegExp} name */
const items = (page, name) => dialog(page).getByRole('list', { name }).getByRole('listitem');
/** A file that is saved. @param {Page} page @param {import('playwright-core').Locator} button */
async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: download.suggestedFilename(), text: readFileSync(/** @type {string} */ (await download.path())) };
}
/** A share as the page writes it. @param {string | undefined} text */
const share = (text) => Number(/([\d.]+)%/.exec(text ?? '')?.[1]) / 100;

test('ten crops: drawn on the photo, each with its answer, and the average; a link repeats it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await predictions(page);
  await page.getByRole('button', { name: 'Evaluate' }).click();
  await dialog(page).getByRole('combobox', { name: 'Crops of each photo' }).selectOption('10 crops');
  await dialog(page).getByRole('button', { name: 'Start' }).click();
  const average = items(page, 'Average of 10 crops');
  await average.first().waitFor();
  const crops = dialog(page).getByRole('listbox', { name: 'Each crop' }).getByRole('option');
  assert.equal(await crops.count(), 10);
  const texts = await crops.allInnerTexts();
  assert.ok(
    texts.every((text) => /\d%/.test(text)),
    texts.join('; '),
  );
  assert.equal(texts.filter((text) => text.includes('mirrored')).length, 5);
  // They all say dandelion; then the mean of what they say is the average.
  assert.ok(
    texts.every((text) => text.includes('dandelion')),
    texts.join('; '),
  );
  const mean = texts.reduce((sum, text) => sum + share(text), 0) / 10;
  assert.ok(Math.abs(mean - share(await average.first().innerText())) < 0.011, `${mean}`);
  await status(page).filter({ hasText: '10 of 10 crops put it first' }).waitFor();
  const photo = dialog(page).getByRole('img', { name: 'The photo with 10 crops drawn on it' });
  const pixels = () => photo.evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  const before = await pixels();
  await dialog(page).getByRole('listbox', { name: 'Each crop' }).press('ArrowDown');
  await dialog(page)
    .getByText(/^Crop 1\b/)
    .waitFor();
  assert.notEqual(await pixels(), before, 'the crop is not drawn');
  const csv = await saved(page, dialog(page).getByRole('button', { name: 'Save its numbers as CSV' }));
  assert.equal(csv.name, 'googlenet-evaluation.csv');
  assert.equal(csv.text.toString().trim().split('\n').length, 1 + 10 + 1);
  const png = await saved(page, dialog(page).getByRole('button', { name: 'Save the evaluation as PNG' }));
  assert.deepEqual([...png.text.subarray(1, 4)], [...Buffer.from('PNG')]);
  await page.waitForURL(/evaluate=10$/);
  const again = await visit(browser, page.url());
  await items(again.page, 'Average of 10 crops').first().waitFor();
  await dialog(again.page).getByRole('button', { name: 'Close' }).click();
  await again.page.waitForURL((url) => !/evaluate/.test(url.href));
  assert.deepEqual([...errors, ...again.errors], []);
  await Promise.all([page.close(), again.page.close()]);
});

test('a folder: shares that are right, confusion, photos to look at, and an error for one of them; with an ensemble', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await predictions(page);
  await page.getByRole('button', { name: 'Evaluate' }).click();
  await dialog(page).getByLabel('Choose a folder').setInputFiles(folder());
  await dialog(page).getByText('4 photos in 3 folders.').waitFor();
  await dialog(page).getByRole('combobox', { name: 'Crops of each photo' }).selectOption('1 crop');
  await dialog(page).getByRole('combobox', { name: 'Add a network…' }).selectOption('googlenet_flowers.safetensors');
  await dialog(page).getByRole('button', { name: 'Start' }).click();
  await status(page).filter({ hasText: '4 of 4 photos' }).waitFor();
  const rows = dialog(page).getByRole('region', { name: 'Measured here, on these photos' }).getByRole('row');
  assert.equal(await rows.count(), 4);
  // One of the two dandelions is said to be a rose, the dahlia a tulip.
  const [alone, ensemble] = [await rows.nth(1).innerText(), await rows.nth(3).innerText()];
  assert.match(alone, /^GoogLeNet, googlenet_flowers.safetensors\s+3 photos\s+(33|67)%\s+100%\s+(67|33)%\s+0%/);
  assert.equal(ensemble.replace('Ensemble', ''), alone.replace(/^.*safetensors/, ''), 'a network twice is as good as once');
  const worst = items(page, 'Worst mistakes: their true class has the lowest probability');
  assert.equal(await worst.count(), 3);
  assert.match(await worst.first().innerText(), /dandelion \d+(\.\d)?%\s+actually rose/);
  const certain = await items(page, 'Most certain answers').allInnerTexts();
  assert.deepEqual(
    certain.map(share),
    certain.map(share).toSorted((a, b) => b - a),
  );
  await dialog(page).getByText('1 photo could not be used').waitFor();
  await dialog(page)
    .getByText(/^flowers\/tulip\/broken\.jpg: /)
    .waitFor();
  assert.ok(
    (
      await dialog(page)
        .getByRole('region', { name: /^Confusion/ })
        .innerText()
    ).includes('rose'),
  );
  const csv = (await saved(page, dialog(page).getByRole('button', { name: 'Save its numbers as CSV' }))).text.toString().trim().split('\n');
  assert.equal(csv.length, 1 + 3 * 3 + 1);
  const told = JSON.parse((await saved(page, dialog(page).getByRole('button', { name: 'Save its numbers as JSON' }))).text.toString());
  assert.deepEqual([told.scores.networks.length, told.scores.ensemble.images, told.photos.length], [2, 3, 4]);
  assert.equal(told.scores.networks[0].top1, told.scores.ensemble.top1);
  await dialog(page).getByText('What the papers report').click();
  await dialog(page)
    .getByRole('region', { name: /table 2: single crop/ })
    .waitFor();
  // Without classes.
  await dialog(page).getByLabel('Folder names are the classes').uncheck();
  await dialog(page).getByRole('button', { name: 'Start' }).click();
  await items(page, 'Least certain answers').first().waitFor();
  assert.equal(
    await dialog(page)
      .getByRole('region', { name: /^Confusion/ })
      .count(),
    0,
  );
  await items(page, 'Most certain answers').first().getByRole('button').click();
  await dialog(page).waitFor({ state: 'hidden' });
  await page.waitForURL(/image=own&photo=(dandelion|dahlia)\.jpg/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('an evaluation is stopped; several photos that are dropped are evaluated; a folder that is no class is told', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await predictions(page);
  const files = await page.evaluateHandle(async () => {
    const transfer = new DataTransfer();
    for (const name of ['dandelion', 'dahlia']) {
      const blob = await (await fetch(`samples/${name}.jpg`)).blob();
      transfer.items.add(new File([blob], `${name}.jpg`, { type: 'image/jpeg' }));
    }
    return transfer;
  });
  await page.dispatchEvent('body', 'drop', { dataTransfer: files });
  await dialog(page).getByText('2 photos, not in folders, so their classes are not known.').waitFor();
  await dialog(page).getByRole('combobox', { name: 'Crops of each photo' }).selectOption('144 crops');
  await dialog(page).getByRole('button', { name: 'Start' }).click();
  await dialog(page).getByRole('button', { name: 'Stop' }).click();
  await status(page).filter({ hasText: 'Stopped.' }).waitFor();
  const path = folder();
  mkdirSync(join(path, 'weeds'));
  copyFileSync(sample('cat'), join(path, 'weeds', 'cat.jpg'));
  await dialog(page).getByLabel('Choose a folder').setInputFiles(path);
  await dialog(page).getByText('5 photos in 4 folders. Not a class of this network, so not scored: weeds.').waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test('which photos excite a channel: the highest peaks of the folder, for every channel of the module', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await predictions(page);
  await openModule(page, 'Inception (3a)');
  const grid = page.getByRole('listbox', { name: 'Feature maps of inception3a.branch1', exact: true });
  await grid.scrollIntoViewIfNeeded();
  await grid.getByRole('option').nth(3).click();
  const dock = page.getByRole('complementary');
  await dock.getByRole('tab', { name: 'Photos' }).click();
  await dock.getByLabel('Choose a folder').setInputFiles(folder());
  await dock.getByRole('button', { name: 'Search 4 photos for all channels of Inception (3a)' }).click();
  await dock.getByText(/^4 photos searched/).waitFor();
  await dock.getByText(/broken\.jpg: /).waitFor();
  const list = dock.getByRole('list', { name: 'Photos that excite this channel most' });
  const peaks = await list
    .getByRole('button')
    .locator('.number')
    .allInnerTexts()
    .then((texts) => texts.map(Number));
  assert.equal(peaks.length, 3);
  assert.deepEqual(
    peaks,
    peaks.toSorted((a, b) => b - a),
  );
  assert.ok(
    new Set(await list.locator('canvas').evaluateAll((all) => all.map((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL())))
      .size > 1,
  );
  // The dandelion that is shown has the peak that its own search found.
  const own = await list
    .getByRole('button', { name: /dandelion\/dandelion\.jpg/ })
    .locator('.number')
    .innerText();
  await dock.getByRole('tab', { name: 'Values' }).click();
  assert.ok((await dock.locator('dl > div', { hasText: 'Maximum' }).innerText()).includes(own), own);
  // The others are there without another search.
  await dock.getByRole('tab', { name: 'Photos' }).click();
  await dock.getByRole('button', { name: 'Next channel' }).click();
  await dock.getByRole('heading', { name: 'Channel 4' }).waitFor();
  await dock.getByText(/^4 photos searched/).waitFor();
  assert.equal(await dock.getByRole('button', { name: /^Search/ }).count(), 0);
  const csv = (await saved(page, dock.getByRole('button', { name: 'Save the peaks of all channels as CSV' }))).text.toString().split('\n');
  assert.equal(csv[0], 'channel,photo,peak,row,column');
  assert.ok(csv.some((line) => line.startsWith('63,')));
  assert.deepEqual(errors, []);
  await page.close();
});

for (const [name, width, height] of /** @type {const} */ ([
  ['desk', 1440, 900],
  ['phone', 390, 844],
])) {
  test(`by keyboard, with nothing for axe to complain about, on a ${name}`, async () => {
    const browser = await chromium({ context: { viewport: { width, height }, bypassCSP: true } });
    try {
      const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
      await predictions(page);
      const check = async (/** @type {string} */ when) => {
        assert.deepEqual(await complaints(page), [], when);
        assert.ok(await dialog(page).evaluate((box) => box.scrollWidth <= box.clientWidth), `${when} is wider than the dialog`);
      };
      await page.getByRole('button', { name: 'Evaluate' }).press('Enter');
      await dialog(page).getByRole('combobox', { name: 'Crops of each photo' }).selectOption('10 crops');
      await dialog(page).getByRole('button', { name: 'Start' }).press('Enter');
      await items(page, 'Average of 10 crops').first().waitFor();
      await check('crops');
      await dialog(page).getByLabel('Choose a folder').setInputFiles(folder());
      await dialog(page).getByRole('combobox', { name: 'Crops of each photo' }).selectOption('1 crop');
      await dialog(page).getByRole('button', { name: 'Start' }).press('Enter');
      await status(page).filter({ hasText: '4 of 4 photos' }).waitFor();
      await check('a folder');
    } finally {
      await browser.close();
    }
  });
}
