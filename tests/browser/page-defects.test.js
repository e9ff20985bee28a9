// What a trial user stumbled over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLES } from '../../www/page/language.js';
import { chromium } from './harness/browsers.js';
import { visit } from './harness/page.js';
import { crowded } from './harness/places.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const WEIGHTS = '/weights/googlenet_flowers.safetensors';
const { site, browser } = await prepare({ browser: { webgpu: false } });

for (const [language, load] of Object.entries(TABLES)) {
  test(`ImageNet’s weights without a network: what is said is true of a source of many files: ${language}`, async () => {
    const { default: t } = await load();
    const { page } = await visit(browser, `${site.url}?lang=${language}#image=dandelion`);
    await page.locator('.predictions li[aria-label]').first().waitFor();
    const asked = /raw\.githubusercontent\.com/;
    await page.route(asked, (route) => route.abort('internetdisconnected'));
    await page.getByRole('button', { name: t.status.openImagenet }).click();
    const said = page.getByRole('alert').filter({ hasText: t.errors['weights.parts']({ host: 'raw.githubusercontent.com', parts: 116 }) });
    await said.waitFor();
    assert.doesNotMatch(await said.textContent() ?? '', /filter\.bin/);
    // What was open stays.
    await page.locator('.predictions li[aria-label^="dandelion"], .predictions li[aria-label^="민들레"]').first().waitFor();
    await page.close();
  });

  test(`weights that are refused before the first photo ran leave photo and network: ${language}`, async () => {
    const { default: t } = await load();
    const own = await serve({ trouble: { [WEIGHTS]: { hold: 200_000 } } });
    const phone = await chromium({ webgpu: false, context: { viewport: { width: 390, height: 844 } } });
    try {
      const { page, errors } = await visit(phone, `${own.url}?lang=${language}#view=list`);
      await page.getByRole('button', { name: t.loading.cancel, exact: true }).click();
      await page.getByText(t.status.untrained).waitFor();
      await page.locator('.module:not(.waiting)').nth(5).waitFor();
      // The photo is drawn: not one colour.
      const colours = await page.locator('canvas.seen').evaluate((canvas) => {
        const element = /** @type {HTMLCanvasElement} */ (canvas);
        const context = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d'));
        const { data } = context.getImageData(0, 0, element.width, element.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
      assert.ok(colours > 1000, `${colours} colours`);
      await page.waitForURL(/weights=synthetic:1/);
      assert.deepEqual(errors, []);
    } finally {
      await phone.close();
      await own.close();
    }
  });

  test(`names of modules, and buttons, are never cut from 320 to 2560 pixels: ${language}`, async () => {
    const { default: t } = await load();
    for (const model of ['googlenet', 'inception_resnet_v2', 'xception']) {
      const address = `${site.url}?lang=${language}#model=${model}&weights=synthetic:1&engine=cpu&image=none&view=list`;
      const { page } = await visit(browser, address);
      await page.locator('.module').nth(8).waitFor();
      for (const width of [320, 390, 600, 601, 768, 900, 901, 1024, 1180, 1181, 1265, 1280, 1440, 1920, 2560]) {
        await page.setViewportSize({ width, height: 900 });
        const cut = await page.locator('.module h3 .name').evaluateAll((names) => names.flatMap((name) => {
          const box = name.getBoundingClientRect();
          return [name, ...name.children].filter((part) => {
            const { left, right, width: own } = part.getBoundingClientRect();
            const isCut = part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0;
            return own > 0 && (isCut || right > box.right + 1 || left < box.left - 1);
          }).map((part) => `${part.className}: ${part.textContent}`);
        }));
        assert.deepEqual(cut, [], `${model} at ${width}`);
        const least = await page.locator('.module h3 .name').evaluateAll((names) => Math.min(...names.map((name) => name.clientWidth)));
        assert.ok(least > 90, `${model} at ${width}: ${least} pixels for a name`);
        const tall = await page.getByRole('button', { name: t.costs.title, exact: true }).evaluate((button) => button.clientHeight);
        assert.ok(tall < 50, `${t.costs.title} is ${tall} pixels tall at ${width}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `the page is wider than ${width}`);
      }
      await page.close();
    }
  });

  test(`what a residual is scaled by stands apart from its slider, and nothing overhangs: ${language}`, async () => {
    const address = `${site.url}?lang=${language}#model=inception_resnet_v1&weights=synthetic:1&engine=cpu&image=none&node=repeat_1.0`;
    const { page } = await visit(browser, address);
    const control = page.locator('.bar-row.scale');
    await control.waitFor();
    for (const width of [320, 390, 600, 768, 1024, 1440]) {
      await page.setViewportSize({ width, height: 844 });
      const wrong = await crowded(control, '.bar-label, input[type=range], .papers, output, button, .check label');
      assert.deepEqual(wrong, [], `at ${width}`);
    }
    await page.close();
  });
}
