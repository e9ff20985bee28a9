// axe-core finds nothing to complain about, on a desk and on a phone, in light and dark.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './harness/axe.js';
import { chromium } from './harness/browsers.js';
import { openModule, openSetup, predictions, tiles, visit } from './harness/page.js';
import { serve } from './harness/server.js';

/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
before(async () => {
  site = await serve();
});
after(() => site?.close());

for (const [name, width, height] of /** @type {const} */ ([['desk', 1440, 900], ['phone', 390, 844]])) {
  test(name, async () => {
    const browser = await chromium({ context: { viewport: { width, height }, reducedMotion: 'reduce', bypassCSP: true } });
    try {
      const { page } = await visit(browser, `${site.url}#engine=cpu`);
      await predictions(page);
      await accessible(page, 'the figure');
      await openModule(page, 'Inception (4a)');
      await tiles(page, 'inception4a.branch1');
      await accessible(page, 'an open module');
      await page.getByRole('listbox', { name: 'Feature maps of inception4a.branch1', exact: true }).getByRole('option').nth(2).click();
      await page.getByRole('heading', { name: 'Channel 2 inception4a.branch1' }).waitFor();
      await accessible(page, 'a channel');
      const over = await page.locator('#channel').evaluate((element) => element.scrollWidth - element.clientWidth);
      assert.ok(over <= 0, `the channel is ${over} pixels wider than its panel`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels wider than the window`);
      await page.getByRole('button', { name: 'Close' }).last().click();
      await openSetup(page);
      await page.getByRole('button', { name: 'ImageNet weights' }).click();
      await page.getByRole('dialog').getByRole('row').nth(1).waitFor();
      await accessible(page, 'the weights');
      const last = await page.getByRole('button', { name: /^Open .+ from its URL$/ }).first().boundingBox();
      assert.ok(last && last.x + last.width <= width, 'what opens a file is outside the window');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Costs and papers' }).click();
      await page.getByRole('row', { name: /^GoogLeNet 6\.62/ }).waitFor();
      await page.getByRole('row', { name: /^Two 3×3 64 × 35 × 35 .* 72/ }).waitFor();
      await accessible(page, 'costs and papers');
      await page.keyboard.press('Escape');
      await accessible(page, 'the choice of a network');
      await page.getByRole('button', { name: 'What is this: Profile?' }).press('Enter');
      await page.getByText('What the weights assume').waitFor();
      await accessible(page, 'a word of explanation');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Track dandelion' }).click();
      await page.getByText('Photo from a URL').click();
      await page.getByRole('button', { name: 'Export', exact: true }).click();
      await accessible(page, 'export');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Take the tour' }).click();
      await page.getByRole('dialog').filter({ hasText: '192 × 28 × 28' }).waitFor();
      await accessible(page, 'the tour');
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `with the tour the page is ${wider} pixels wider than the window`);
    } finally {
      await browser.close();
    }
  });
}
