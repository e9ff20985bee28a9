// Keyboard, screen reader, forced colours, 200 % zoom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLES } from '../../www/page/language.js';
import { chromium } from './harness/browsers.js';
import { visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ browser: { webgpu: false } });

for (const [language, load] of Object.entries(TABLES)) {
  test(`the focus goes into the channel’s panel, and Escape closes it from everywhere: ${language}`, async () => {
    const { default: t } = await load();
    const { page, errors } = await visit(browser, `${site.url}?lang=${language}#engine=cpu&image=dandelion&node=inception3a`);
    const grid = page.getByRole('listbox', { name: t.maps.of('inception3a.branch1'), exact: true });
    await grid.scrollIntoViewIfNeeded();
    await grid.getByRole('option', { name: /mean|평균/ }).first().waitFor();
    const panel = page.locator('#channel');
    const within = () => page.evaluate(() => document.activeElement?.closest('#channel') !== null);
    await grid.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await panel.waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('#channel'));
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H2', 'what it is about is read first');
    for (const elsewhere of [page.locator('#setup-line'), page.locator('#search'), page.locator('.predictions button').first()]) {
      await elsewhere.focus();
      assert.ok(!(await within()));
      await page.keyboard.press('Escape');
      await panel.waitFor({ state: 'hidden' });
      assert.ok(await grid.evaluate((element) => element === document.activeElement), 'the focus did not come back to the maps');
      await page.keyboard.press('Enter');
      await panel.waitFor();
      await page.waitForFunction(() => document.activeElement?.closest('#channel'));
    }
    // What is nearer goes first: a dialog, the tour, the choice of a network.
    await page.getByRole('button', { name: t.costs.title, exact: true }).click();
    await page.getByRole('dialog', { name: t.costs.title }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: t.costs.title }).waitFor({ state: 'hidden' });
    assert.ok(await panel.isVisible());
    await page.locator('#setup-line').click();
    await page.locator('#model').press('Escape');
    await page.locator('#setup').waitFor({ state: 'hidden' });
    assert.ok(await panel.isVisible());
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test('a link to a channel does not take the focus away', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception3a.branch1&channel=1`);
  await page.locator('#channel').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
  await page.close();
});

test('under forced colours graphics keep theirs, and states have borders', async () => {
  const own = await chromium({ webgpu: false, context: { forcedColors: 'active' } });
  try {
    const { page } = await visit(own, `${site.url}#engine=cpu&image=dandelion&node=inception4c`);
    await page.locator('.predictions li[aria-label]').first().waitFor();
    await page.locator('.energy:not(.waiting) .segment').first().waitFor();
    const found = await page.evaluate(() => {
      const style = (/** @type {string} */ selector) => getComputedStyle(/** @type {Element} */ (document.querySelector(selector)));
      return {
        forced: matchMedia('(forced-colors: active)').matches,
        gauge: style('.predictions .gauge').backgroundImage,
        segments: new Set([...document.querySelectorAll('.energy .segment')].map((e) => getComputedStyle(e).backgroundColor)).size,
        lanes: new Set([...document.querySelectorAll('.lanes > .lane')].map((e) => getComputedStyle(e).borderTopColor)).size,
        open: style('.module.open').borderTopWidth,
        sample: style('.sample[aria-pressed="true"]').outlineWidth,
      };
    });
    assert.ok(found.forced);
    assert.match(found.gauge, /gradient/);
    assert.deepEqual([found.segments, found.lanes], [4, 4], 'each branch has a colour of its own');
    assert.deepEqual([found.open, found.sample], ['2px', '3px']);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/forced.png` });
  } finally {
    await own.close();
  }
});

for (const [width, height] of [[720, 450], [640, 360]]) {
  test(`at 200 % zoom of ${2 * width} × ${2 * height} nothing is cut and the channel leaves room`, async () => {
    const own = await chromium({ webgpu: false, context: { viewport: { width, height }, deviceScaleFactor: 2 } });
    try {
      const { page } = await visit(own, `${site.url}#engine=cpu&image=dandelion&node=inception4c.branch1&channel=1`);
      const panel = page.locator('#channel');
      await panel.waitFor();
      await page.locator('#setup-line').click();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the window');
      const box = await panel.boundingBox();
      assert.ok(box && box.height < 0.8 * height, `the channel takes ${box?.height} of ${height}`);
      const close = await panel.getByRole('button', { name: 'Close' }).boundingBox();
      assert.ok(close && close.x + close.width <= width && close.y + close.height <= height);
      // All of it can be reached by scrolling in it.
      await panel.getByRole('button', { name: 'Save CSV' }).scrollIntoViewIfNeeded();
      const save = await panel.getByRole('button', { name: 'Save CSV' }).boundingBox();
      assert.ok(save && save.y >= (box?.y ?? 0) - 1 && save.y + save.height <= height + 1, JSON.stringify(save));
    } finally {
      await own.close();
    }
  });
}
