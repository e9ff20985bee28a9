// Looking closer, as a visitor does: which branch reacts, which channels matter, what a value sees and
// what made it; and a link that shows the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible } from './harness/axe.js';
import { chromium } from './harness/browsers.js';
import { choosePhoto, openModule, predictions, sample, thumbnails, tiles, untilThumbnails, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @typedef {import('playwright-core').Page} Page */

/** A grid of maps. @param {Page} page @param {string} node */
const grid = (page, node) => page.getByRole('listbox', { name: `Feature maps of ${node}`, exact: true });

/** A number as the page writes it. @param {string | null | undefined} text */
const number = (text) => Number((text ?? '').replace('−', '-'));

test('which branch of inception4a reacts most to an own photo, the value of one pixel, and a link to it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat`);
  await predictions(page);
  await choosePhoto(page, sample('dandelion'));
  await page.getByRole('listitem', { name: /^dandelion/ }).first().waitFor();
  await openModule(page, 'Inception (4a)');
  const said = page.getByRole('status').filter({ hasText: /the most energy on this photo/i });
  await said.waitFor();
  const told = await said.textContent() ?? '';
  const [, branch, share] = /^(?:The most energy .* is in branch|Nearly tied for the most energy .*:) (.+?) with (\d+)%/.exec(told) ?? [];
  // The same from the values themselves.
  const shares = await page.getByRole('list', { name: 'Share of the output’s energy' }).getByRole('listitem').allTextContents();
  const largest = shares.map((text) => /^(.+?): (\d+)/.exec(text)).toSorted((a, b) => Number(b?.[2]) - Number(a?.[2]))[0];
  assert.deepEqual([branch, share], [largest?.[1], largest?.[2]]);

  await tiles(page, 'inception4a.branch2.1');
  await grid(page, 'inception4a.branch2.1').getByRole('option').nth(3).click();
  const map = page.getByRole('application', { name: 'Map: channel 3 of inception4a.branch2.1' });
  await map.click({ position: { x: 100, y: 60 } });
  const reading = page.getByRole('status').filter({ hasText: /^row / });
  const text = await reading.textContent() ?? '';
  assert.match(text, /^row \d+, column \d+: \S+ · receptive field \d+ × \d+ px: rows \d+–\d+, columns \d+–\d+$/);

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const copy = page.getByRole('region', { name: /^Channel 3 / }).or(page.locator('#channel'));
  await copy.getByRole('button', { name: 'Copy link' }).click();
  await copy.getByRole('status').filter({ hasText: /^Link copied\. It contains the name of your photo, not the photo itself/ }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /image=own&photo=dandelion\.jpg/);
  await copy.getByRole('button', { name: 'Collapse' }).click();
  await map.waitFor({ state: 'hidden' });
  await copy.getByRole('button', { name: 'Expand' }).click();
  await map.waitFor();

  const { page: other } = await visit(browser, link.replace('image=own', 'image=dandelion'));
  await other.getByRole('heading', { name: 'Channel 3 inception4a.branch2.1' }).waitFor();
  await other.getByRole('status').filter({ hasText: /^row / }).waitFor();
  assert.equal(await other.getByRole('status').filter({ hasText: /^row / }).textContent(), text);
  assert.deepEqual(errors, []);
  await other.close();
  await page.close();
});

test('one value is explained by products that add up, and the kernel is shown', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dahlia&node=conv1&channel=5&at=40,30`);
  await page.getByRole('heading', { name: 'Channel 5 conv1' }).waitFor();
  await page.getByRole('tab', { name: 'Kernel' }).click();
  await page.getByRole('img', { name: 'As an image: grey is zero' }).waitFor();
  await page.getByRole('tab', { name: 'One value' }).click();
  const table = page.getByRole('table', { name: 'How channel 5 of conv1 was computed at row 40, column 30' });
  await table.waitFor();
  const rows = await table.getByRole('row')
    .evaluateAll((all) => all.slice(1)
      .map((row) => [row.querySelector('th')?.textContent ?? '', row.querySelector('td:last-child')?.textContent ?? '']));
  const sum = rows.findIndex(([name]) => name === 'Sum');
  const products = rows.slice(0, sum).reduce((all, [, value]) => all + number(value), 0);
  // Each is rounded to three digits.
  const size = rows.slice(0, sum).reduce((all, [, value]) => all + Math.abs(number(value)), 0);
  assert.ok(Math.abs(products - number(rows[sum][1])) < 0.006 * size, `${products} is not ${rows[sum][1]}`);
  assert.match(rows[sum - 1][0], /^135 others$/); // 147 products less the twelve listed
  assert.deepEqual(rows.slice(sum + 1).map(([name]) => name), ['Batch norm', 'ReLU', 'Value shown']);
  const value = rows.at(-1)?.[1];
  assert.equal(rows.at(-2)?.[1], value);
  assert.match(await page.getByRole('status').filter({ hasText: /^row 40, column 30/ }).textContent() ?? '', new RegExp(`: ${value} `));

  // Elsewhere the strongest input channels, which lead there.
  await page.goto(`${site.url}#engine=cpu&image=dahlia&node=inception4b.branch2.1&channel=9`);
  await page.getByRole('heading', { name: 'Channel 9 inception4b.branch2.1' }).waitFor();
  await page.getByRole('tab', { name: 'Kernel' }).click();
  const first = page.getByRole('list', { name: 'Strongest input channels' }).getByRole('button').first();
  const [, channel] = /^Channel (\d+) of inception4b\.branch2\.0, norm/.exec(await first.textContent() ?? '') ?? [];
  await first.click();
  await page.getByRole('heading', { name: `Channel ${channel} inception4b.branch2.0` }).waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test('channels are filtered, and the address keeps it', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dahlia&node=inception4a&sort=max`);
  await predictions(page);
  const node = 'inception4a.branch1';
  await tiles(page, node);
  const all = Number(await grid(page, node).getByRole('option').first().getAttribute('aria-setsize'));
  await page.getByLabel('Show', { exact: true }).selectOption('mean');
  await page.getByLabel('Limit').fill('0.2');
  await page.getByLabel('Limit').press('Enter');
  await page.getByRole('status').filter({ hasText: / of \d+$/ }).waitFor();
  const options = grid(page, node).getByRole('option');
  const means = await options.evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute('aria-label') ?? ''));
  assert.ok(means.length > 0 && means.every((name) => number(/mean (\S+)$/.exec(name)?.[1]) >= 0.2), means.join('; '));
  const kept = await options.first().getAttribute('aria-setsize');
  assert.ok(Number(kept) < all);
  await page.waitForURL(/filter=mean(>|%3E)0\.2/);
  await page.reload();
  await predictions(page);
  await tiles(page, node);
  assert.equal(await options.first().getAttribute('aria-setsize'), kept);
  await page.close();
});

test('the map is zoomed and panned with pointer and keyboard, and read where it is', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dahlia&node=inception3a.branch1&channel=2`);
  await page.getByRole('heading', { name: 'Channel 2 inception3a.branch1' }).waitFor();
  const map = page.getByRole('application', { name: 'Map: channel 2 of inception3a.branch1' });
  await map.focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+ArrowLeft');
  const reading = page.getByRole('status').filter({ hasText: /^row / });
  const place = async () => (/^row (\d+), column (\d+)/.exec(await reading.textContent() ?? '') ?? []).slice(1).map(Number);
  assert.deepEqual(await place(), [14, 4]);
  await page.locator('#channel').getByRole('group', { name: 'Zoom', exact: true }).getByRole('button', { name: 'Zoom in' }).click();
  await page.keyboard.press('Tab');
  await map.focus();
  await page.keyboard.press('+');
  const box = await map.boundingBox();
  assert.ok(box);
  // Four times as large around the middle: the corner is three eighths in.
  await page.mouse.move(box.x + 2, box.y + 2);
  assert.deepEqual(await place(), [10, 10]);
  await page.mouse.down();
  await page.mouse.move(box.x + 2 + box.width / 2, box.y + 2, { steps: 4 });
  await page.mouse.up();
  assert.deepEqual(await place(), [10, 10], 'what is dragged stays under the pointer');
  await page.mouse.move(box.x + 2, box.y + 2);
  assert.deepEqual(await place(), [10, 7]);
  await map.focus();
  await page.keyboard.press('0');
  await page.mouse.move(box.x + 2, box.y + 2);
  assert.deepEqual(await place(), [0, 0]);
  await page.close();
});

test('a residual block shows shortcut, residual, linear 1×1, scale and sum; each op its cost and time', async () => {
  const { page, errors } = await visit(browser, `${site.url}#model=inception_resnet_v1&engine=cpu&image=cat&node=repeat_1.0`);
  await predictions(page);
  for (const name of [/^Branch 1×1/, /^Residual branch Linear 1×1/, /^Shortcut unchanged/]) {
    await page.getByRole('region', { name }).waitFor();
  }
  await tiles(page, 'repeat_1.0.conv2d');
  await page.getByRole('status').filter({ hasText: /The residual, scaled by 0\.17, contributes \d/ }).waitFor();
  await page.getByRole('list', { name: 'Energy of the two terms' }).getByRole('listitem').filter({ hasText: /^Residual × 0\.17 \d/ })
    .waitFor();
  await page.getByRole('button', { name: 'Time the modules' }).click();
  await page.getByRole('article').filter({ hasText: / params · .+ mult-adds · [\d.]+\sms/ }).first().waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test('the residual scale follows a slider: maps and shares', async () => {
  const { page, errors } = await visit(browser, `${site.url}#model=inception_resnet_v1&engine=cpu&image=cat&node=repeat_1.0&view=list`);
  await predictions(page);
  const said = page.getByRole('status');
  await said.filter({ hasText: /The residual, scaled by 0\.17, contributes/ }).waitFor();
  await page.waitForFunction(() => !document.querySelector('.module.waiting:not(.auxiliary)'));
  const first = await thumbnails(page);
  await page.getByRole('slider', { name: 'Residual scale' }).fill('0');
  await said.filter({ hasText: 'The residual, scaled by 0.00, contributes 0% of the energy of the sum, the shortcut 100%.' }).waitFor();
  // The op says the scale in force, not the one that the network came with.
  const sum = page.getByRole('article').filter({ has: page.getByRole('heading', { name: /sum, scale/ }) });
  await sum.getByRole('heading', { name: /sum, scale 0( |$)/ }).waitFor();
  await untilThumbnails(page, first, false);
  await page.getByRole('button', { name: 'Reset the residual scale to 0.17' }).click();
  await untilThumbnails(page, first, true);
  await sum.getByRole('heading', { name: /sum, scale 0\.17/ }).waitFor();
  await said.filter({ hasText: /The residual, scaled by 0\.17, contributes/ }).waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test('depthwise and pointwise stand beside each other', async () => {
  const { page } = await visit(browser, `${site.url}#model=xception&engine=cpu&image=cat&node=block4`);
  await predictions(page);
  const pairs = page.getByRole('group', { name: 'Separable convolution: depthwise, then pointwise' });
  assert.equal(await pairs.count(), 3);
  const [depthwise, pointwise] = await Promise.all([0, 1].map((i) => pairs.first().getByRole('article').nth(i).boundingBox()));
  assert.ok(depthwise && pointwise && depthwise.x + depthwise.width <= pointwise.x && Math.abs(depthwise.y - pointwise.y) < 2);
  await page.close();
});

for (const [name, width, height] of /** @type {const} */ ([['desk', 1440, 900], ['phone', 390, 844]])) {
  test(`kernel and explanation are accessible: ${name}`, async () => {
    const own = await chromium({ context: { viewport: { width, height }, reducedMotion: 'reduce', bypassCSP: true } });
    try {
      const { page } = await visit(own, `${site.url}#engine=cpu&image=dahlia&node=inception4b.branch2.1&channel=9&at=5,5`);
      await page.getByRole('heading', { name: 'Channel 9 inception4b.branch2.1' }).waitFor();
      await page.getByRole('tab', { name: 'Kernel' }).click();
      await page.getByRole('list', { name: 'Strongest input channels' }).waitFor();
      await accessible(page, 'the kernel');
      await page.getByRole('tab', { name: 'One value' }).click();
      await page.getByRole('table', { name: 'How channel 9 of inception4b.branch2.1 was computed at row 5, column 5' }).waitFor();
      await accessible(page, 'the explanation');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels wider than the window`);
    } finally {
      await own.close();
    }
  });
}
