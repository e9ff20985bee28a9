// The tour on the live network, with the keyboard alone; what is exported.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { firefox } from './harness/browsers.js';
import { openModule, predictions, safetensors, tiles, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ browser: { context: { reducedMotion: 'reduce' } } });

test('the tour opens the real views, reads real numbers, ends and begins again', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  const begin = page.getByRole('button', { name: 'Take the tour' });
  await begin.press('Enter');
  const tour = page.getByRole('dialog');
  /** @type {[RegExp, RegExp][]} title, and what it says */
  const steps = [
    [/One input, several branches/, /1×1, 3×3, 5×5, and pool.*192 × 28 × 28/],
    [/Concatenated, not added/, /3×3 is channels 64 to 191/],
    [/Which branch responds/, /has \d+% of the output’s energy/],
    [/Why a 1×1/, /192 input channels to 16.*6\.02\sM multiply-adds.*43\.4\sM: 7\.2 times/s],
    [/One channel/, /Channel \d+ of the 3×3 branch/],
    [/What does a residual add/, /untrained weights/],
    [/A small correction/, /residual contributes [\d.]+% of the energy.*“Done” takes you back to GoogLeNet/s],
  ];
  for (const [i, [title, text]] of steps.entries()) {
    const heading = tour.getByRole('heading', { name: title });
    await heading.waitFor();
    assert.ok(await heading.evaluate((element) => element === document.activeElement), 'the focus is elsewhere');
    await tour.filter({ hasText: text }).waitFor();
    if (i === 0) await page.getByRole('region', { name: 'Inception (3a)' }).waitFor();
    if (i === 4) {
      await page.getByRole('heading', { name: /^Channel \d+ inception3a.branch2.1/ }).waitFor();
      const said = await tour.textContent() ?? '';
      const shown = await page.getByRole('article').filter({ hasText: 'branch2.1' }).textContent() ?? '';
      assert.equal(/highest value of that branch, ([\d.]+\d)/.exec(said)?.[1], /max (\S+)/.exec(shown)?.[1]);
      const legend = await page.getByRole('group', { name: 'Colour scale' }).textContent() ?? '';
      assert.equal(/highest value in this module, (\S+),/.exec(said)?.[1], /the maximum is (\S+)\./.exec(legend)?.[1]);
      const [card, panel] = [await tour.boundingBox(), await page.locator('#channel').boundingBox()];
      assert.ok(card && panel && (card.x + card.width <= panel.x || card.y + card.height <= panel.y), 'the tour lies over the channel');
    }
    if (i === 6) {
      const share = /contributes ([\d.]+%)/.exec(await tour.textContent() ?? '')?.[1];
      await page.getByRole('status').filter({ hasText: `The residual, scaled by 0.17, contributes ${share}` })
        .filter({ hasText: /weights are random/ }).waitFor();
    }
    if (i < steps.length - 1) {
      await tour.getByRole('button').last().focus();
      await page.keyboard.press('Enter');
    }
  }
  await page.getByRole('region', { name: /^Inception-ResNet-A 1/ }).waitFor();
  await page.keyboard.press('Escape');
  await tour.waitFor({ state: 'hidden' });
  assert.ok(await begin.evaluate((element) => element === document.activeElement), 'the focus is lost');
  // What there was before the tour.
  await page.waitForURL((url) => /^#model=googlenet&engine=cpu&image=dandelion$/.test(url.hash));
  await page.getByText('This network knows only five flowers').waitFor({ state: 'attached' });
  await begin.press('Enter');
  await tour.getByRole('heading', { name: 'One input, several branches' }).waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

/** Clicks and returns what is saved. @param {import('playwright-core').Page} page @param {import('playwright-core').Locator} button */
async function saved(page, button) {
  const download = page.waitForEvent('download');
  await button.click();
  const file = await download;
  return { name: file.suggestedFilename(), data: readFileSync(await file.path()) };
}

test('values are exported, and a link shows the same', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  await openModule(page, 'Inception (5b)');
  await tiles(page, 'inception5b');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Export' });
  assert.equal(await dialog.getByRole('combobox', { name: 'Node' }).inputValue(), 'inception5b');

  const npy = await saved(page, dialog.getByRole('button', { name: 'Save as NPY' }));
  const tensors = await saved(page, dialog.getByRole('button', { name: 'Save as safetensors' }));
  const csv = await saved(page, dialog.getByRole('button', { name: 'Save as CSV' }));
  assert.deepEqual([npy.name, tensors.name, csv.name], ['inception5b.npy', 'inception5b.safetensors', 'inception5b.csv']);
  assert.match(npy.data.toString('latin1', 0, 128), /NUMPY.*'<f4'.*\(1024, 7, 7\)/s);
  const tensor = safetensors(tensors.data).get('inception5b');
  assert.deepEqual(tensor?.shape, [1024, 7, 7]);
  assert.deepEqual(Buffer.from(tensor.data.buffer), npy.data.subarray(npy.data.length - 4 * 1024 * 49));
  const line = csv.data.toString().split('\n')[1 + 7 * 10 + 3].split(',').map(Number);
  assert.deepEqual(line.slice(0, 2), [10, 3]);
  assert.ok(line.slice(2).every((v, i) => Math.fround(v) === tensor.data[10 * 49 + 3 * 7 + i]));

  const link = await dialog.getByRole('textbox', { name: 'Link to this view' }).inputValue();
  const other = await visit(browser, link);
  await other.page.getByRole('button', { name: /^Inception \(5b\)/, expanded: true }).waitFor();
  // A figure is one press away.
  await dialog.getByRole('button', { name: 'Make a figure' }).click();
  await page.getByRole('dialog', { name: 'Figure to publish' }).getByText('48 of 1,024 maps').waitFor();
  assert.deepEqual(errors, []);
  await Promise.all([page.close(), other.page.close()]);
});

test('the main path in Firefox: photo, module, channel, link', async () => {
  const fox = await firefox();
  try {
    const page = await fox.newPage();
    await page.goto(`${site.url}#engine=cpu`);
    await page.waitForSelector('[aria-labelledby="predictions-title"] li[aria-label^="dandelion"]', { timeout: 60_000 });
    await (await page.waitForSelector('aria/Cat: this network has no class for it[role="button"]'))?.click();
    await page.waitForFunction(() => /image=cat/.test(location.hash));
    await page.evaluate(() => [...document.querySelectorAll('button')].find((b) => b.textContent?.startsWith('Inception (4a)'))?.click());
    await page.waitForSelector('[aria-label="Feature maps of inception4a.branch1"]');
    await page.evaluate(() =>
      document.querySelector('[aria-label="Feature maps of inception4a.branch1"]')?.scrollIntoView({ block: 'center' }));
    const option = await page.waitForSelector('[aria-label="Feature maps of inception4a.branch1"] [aria-label*="mean"]');
    await option?.click();
    await page.waitForFunction(() => /Channel \d+ inception4a.branch1/.test(document.querySelector('#channel h2')?.textContent ?? ''));
    const link = page.url();
    assert.match(link, /node=inception4a\.branch1&channel=\d+/);
    const other = await fox.newPage();
    await other.goto(link);
    await other.waitForFunction(() => /Channel \d+ inception4a.branch1/.test(document.querySelector('#channel h2')?.textContent ?? ''),
      { timeout: 60_000 });
  } finally {
    await fox.close();
  }
});
