// What an open module would like to see, as a visitor asks: a dream of the photo, branches, a wall that is kept, caricatures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complaints } from './harness/axe.js';
import { openSetup, predictions, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').Locator} Locator */

/** @param {Page} page */
const panel = (page) => page.getByRole('region', { name: 'What it would like to see' });
/** @param {Locator} canvas */
const pixels = (canvas) => canvas.evaluate((element) => /** @type {HTMLCanvasElement} */ (element).toDataURL());
/** @param {Page} page */
const finished = (page) => panel(page).getByRole('status').filter({ hasText: 'Done.' }).waitFor();

/** Nothing that axe finds fault with. @param {Page} page */
async function accessible(page) {
  assert.deepEqual(await complaints(page, { within: '.likes', rules: null }), []);
}

/** Saves a picture: its name, and its size. @param {Page} page */
async function png(page) {
  const download = page.waitForEvent('download');
  await panel(page).getByRole('button', { name: 'Save PNG' }).click();
  const file = await download;
  const bytes = readFileSync(await file.path());
  return { name: file.suggestedFilename(), width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

test('the photo is dreamt of as the address asks, by a branch of it, stopped, and taken away', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat&node=inception3a&likes=dream;2;1;2;4;7`);
  await finished(page);
  const dream = panel(page).getByRole('img', { name: 'Dream of 5×5 of Inception (3a)' });
  const photo = panel(page).getByRole('img', { name: 'The photo' });
  const [before, after] = [await pixels(photo), await pixels(dream)];
  assert.notEqual(before, after);
  assert.equal((await photo.boundingBox())?.y, (await dream.boundingBox())?.y, 'beside each other');
  await panel(page).getByText('Size 2 of 2 (224 × 224), step 1 of 1').waitFor();
  assert.equal((await png(page)).name, 'dream.inception3a.branch3.1.7.png');
  await accessible(page);
  // Larger, from the photo itself.
  await panel(page).getByLabel('Picture size').selectOption('2 × network input');
  await page.waitForURL(/likes=dream;2;1;2;4;7;2$/);
  await panel(page).getByRole('button', { name: 'Start over' }).click();
  await panel(page).getByText('Size 2 of 2 (448 × 448), step 1 of 1').waitFor();
  await finished(page);
  const detail = await photo.evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, 448, 448);
    // Of pairs of neighbours: how many differ.
    let differ = 0;
    for (let i = 0; i < data.length; i += 8) differ += Number(data[i] !== data[i + 4]);
    return [canvas.width, differ / (data.length / 8)];
  });
  assert.ok(detail[0] === 448 && detail[1] > 0.5, `${detail}`);
  await panel(page).getByLabel('Picture size').selectOption('network input');
  // The same again is the same picture; other settings are another one, and in the address.
  await panel(page).getByRole('button', { name: 'Start over' }).click();
  await panel(page).getByText('Size 2 of 2 (224 × 224), step 1 of 1').waitFor();
  await finished(page);
  assert.equal(await pixels(dream), after);
  await panel(page).getByLabel('Target').selectOption('Inception (3a)');
  await panel(page).getByLabel('Steps at each size').fill('100');
  await panel(page).getByLabel('Steps at each size').press('Tab');
  await page.waitForURL(/likes=dream;all;100;2;4;7$/);
  await panel(page).getByRole('button', { name: 'Start over' }).click();
  await panel(page).getByText(/Size 1 of 2 .*, step [1-9]/).waitFor();
  // Other questions are answered meanwhile.
  await page.getByRole('button', { name: /^Why / }).first().click();
  await page.getByRole('region', { name: /^Why “/ }).getByRole('img', { name: /over the photo/ }).waitFor();
  await panel(page).getByRole('button', { name: 'Stop' }).click();
  await panel(page).getByRole('status').filter({ hasText: 'Stopped.' }).waitFor();
  assert.ok(await panel(page).getByRole('button', { name: 'Stop' }).isHidden());
  assert.deepEqual(errors, []);
  await page.close();
});

test('a button leads from the network to a dream, and another module of it has none yet', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat`);
  await predictions(page);
  await page.getByRole('button', { name: 'Dream', exact: true }).click();
  await page.waitForURL(/node=inception4\w.*likes=dream;all;10;4;1\.5;0$/);
  await panel(page).getByLabel('Sizes').fill('1');
  await panel(page).getByLabel('Steps at each size').fill('1');
  const start = panel(page).getByRole('button', { name: 'Dream', exact: true });
  await start.click();
  await finished(page);
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: /^Inception \(3a\) / }).click();
  await panel(page).getByRole('img', { name: 'The photo' }).waitFor({ state: 'hidden' });
  await start.waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test('the branches of a module: a picture of each, which differ', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat&node=inception3a&likes=branches;64;96;3`);
  await predictions(page);
  assert.equal(await panel(page).getByLabel('Seed').inputValue(), '3');
  // Few steps are enough to see that each branch gets its own.
  await panel(page).getByLabel('Steps').evaluate((select) => {
    /** @type {HTMLSelectElement} */ (select).options[0].value = '2';
    /** @type {HTMLSelectElement} */ (select).selectedIndex = 0;
  });
  await panel(page).getByRole('button', { name: 'Grow the pictures' }).click();
  await finished(page);
  const pictures = panel(page).getByRole('img', { name: /^What the \S+ branch of Inception \(3a\) likes$/ });
  assert.equal(await pictures.count(), 4);
  const all = await pictures.evaluateAll((canvases) => canvases.map((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL()));
  assert.equal(new Set(all).size, 4);
  await accessible(page);
  const { name, width, height } = await png(page);
  assert.equal(name, 'inception3a-branches.3.png');
  assert.ok(width > 500 && height > 200, `${width} × ${height}`);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a wall fills, the most active channel first; it is kept, and a picture opens its channel', async () => {
  const address = `${site.url}#engine=cpu&image=cat&node=inception3a&likes=wall;16`;
  const { page, errors } = await visit(browser, address);
  await predictions(page);
  await panel(page).getByRole('button', { name: 'Grow the pictures' }).click();
  const done = panel(page).getByRole('button', { name: /^Channel \d+, 16 steps$/ });
  await done.nth(1).waitFor();
  // The maps of the module, in the same order.
  await page.getByLabel('Order').selectOption('mean');
  const grid = page.getByRole('listbox', { name: 'Feature maps of inception3a', exact: true });
  await grid.scrollIntoViewIfNeeded();
  await grid.getByRole('option', { name: /mean/ }).first().waitFor();
  const first = Number(await done.first().getAttribute('data-channel'));
  const strongest = await grid.getByRole('option').evaluateAll((all) =>
    all.map((one) => ({ at: Number(one.getAttribute('aria-posinset')), channel: Number(one.getAttribute('data-channel')) }))
      .sort((a, b) => a.at - b.at)[0].channel);
  assert.equal(first, strongest);
  await panel(page).getByRole('button', { name: 'Stop' }).click();
  await panel(page).getByRole('status').filter({ hasText: 'Stopped. What is finished is kept.' }).waitFor();
  await panel(page).getByText(/^\d+ of 256 channels: after 16 of 512 steps\.$/).waitFor();
  await accessible(page);
  const [count, picture] = [await done.count(), await pixels(done.first().locator('canvas'))];
  await done.first().focus();
  await page.keyboard.press('ArrowRight');
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-channel'));
  assert.equal(focused, await done.nth(1).getAttribute('data-channel'));
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: new RegExp(`^Channel ${first}\\b`) }).waitFor();
  await page.close();

  // Another day: what was finished is there at once; weights that are others have none of it.
  const again = await visit(browser, address);
  await panel(again.page).getByText(new RegExp(`^${count} of 256 channels`)).waitFor();
  const kept = panel(again.page).getByRole('button', { name: `Channel ${first}, 16 steps`, exact: true });
  assert.equal(await pixels(kept.locator('canvas')), picture);
  await openSetup(again.page);
  await again.page.getByRole('button', { name: 'Saved files', exact: true }).click();
  const row = again.page.getByRole('dialog', { name: 'Files saved in this browser' })
    .getByRole('row', { name: /^What the channels of Inception \(3a\) like, / });
  await row.filter({ hasText: `${count} pictures` }).waitFor();
  await row.getByRole('button', { name: /^Delete / }).click();
  await row.waitFor({ state: 'detached' });
  await again.page.close();
  const other = await visit(browser, `${site.url}#model=googlenet&weights=synthetic:5&engine=cpu&image=cat&node=inception3a&likes=wall;16`);
  await panel(other.page).getByText('These weights are random, not trained').waitFor();
  await other.page.waitForFunction(() => document.querySelector('.took')?.textContent);
  assert.equal(await panel(other.page).getByRole('button', { name: /^Channel \d+/ }).count(), 0);
  assert.deepEqual([...errors, ...again.errors, ...other.errors], []);
  await other.page.close();
});

test('caricatures by depth: stopped, continued with what is missing, and a module opens', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat&node=inception3a&likes=caricatures;16;96`);
  await predictions(page);
  await panel(page).getByLabel('Steps').evaluate((select) => {
    /** @type {HTMLSelectElement} */ (select).options[0].value = '3';
    /** @type {HTMLSelectElement} */ (select).selectedIndex = 0;
  });
  await panel(page).getByRole('button', { name: 'Draw caricatures' }).click();
  const drawn = panel(page).getByRole('button', { name: /caricature\. Open the module$/ });
  await drawn.nth(2).waitFor();
  await panel(page).getByRole('button', { name: 'Stop' }).click();
  const picture = await pixels(drawn.first().locator('canvas'));
  await panel(page).getByRole('button', { name: 'Continue or start over' }).click();
  await drawn.nth(4).waitFor();
  assert.equal(await pixels(drawn.first().locator('canvas')), picture);
  await panel(page).getByRole('button', { name: 'Stop' }).click();
  await accessible(page);
  await panel(page).getByRole('button', { name: /^Inception \(3b\)/ }).click();
  await page.waitForURL(/node=inception3b/);
  assert.equal(await pixels(drawn.first().locator('canvas')), picture);
  assert.deepEqual(errors, []);
  await page.close();
});
