// A phone: one finger scrolls, two crop, or one after “Adjust”; targets are as large as a fingertip, text can be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLES } from '../../www/page/language.js';
import { chromium } from './harness/browsers.js';
import { visit } from './harness/page.js';
import { crowded } from './harness/places.js';
import { prepare } from './harness/prepare.js';

const { site, browser: phone } = await prepare({ browser: { webgpu: false,
  context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } } });

/** @typedef {{ x: number, y: number }} Point @typedef {import('playwright-core').Page} Page */

/** The browser has drawn once more: a finger that is faster than that does not scroll. @param {Page} page */
const frameOf = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));

/**
 * Fingers that go from some points to others.
 * @param {Page} page @param {import('playwright-core').CDPSession} tools @param {Point[]} from @param {Point[]} to
 */
async function swipe(page, tools, from, to) {
  const at = (/** @type {number} */ share) =>
    from.map(({ x, y }, id) => ({ id, x: x + share * (to[id].x - x), y: y + share * (to[id].y - y) }));
  await tools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
  for (let step = 1; step <= 8; step += 1) {
    await tools.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(step / 8) });
    await frameOf(page);
  }
  await tools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

for (const [language, load] of Object.entries(TABLES)) {
  test(`a swipe over the photo scrolls; two fingers crop, or one after “Adjust”: ${language}`, async () => {
    const { default: t } = await load();
    const { page, errors } = await visit(phone, `${site.url}?lang=${language}#image=dandelion`);
    await page.locator('.predictions li[aria-label]').first().waitFor();
    await page.locator('.took').filter({ hasText: /\d/ }).waitFor();
    const tools = await phone.newCDPSession(page);
    const frame = page.getByRole('application', { name: t.crop.frame });
    assert.equal(await page.getByText(t.touch.crop).count(), 1);
    const middle = async () => {
      const box = await frame.boundingBox();
      assert.ok(box);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const { x, y } = await middle();
    await swipe(page, tools, [{ x, y: y + 80 }], [{ x, y: y - 80 }]);
    await page.waitForFunction(() => scrollY > 40);
    await page.waitForURL((url) => !/crop=/.test(url.href));

    // The page still glides.
    await page.waitForFunction(async () => {
      scrollTo({ top: 0, behavior: 'instant' });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return scrollY === 0;
    });
    await swipe(page, tools, [{ x: x - 20, y }, { x: x + 20, y }], [{ x: x - 80, y }, { x: x + 80, y }]);
    await page.waitForURL(/crop=/);
    assert.equal(await page.evaluate(() => visualViewport?.scale), 1, 'the page was zoomed');
    const first = page.url();

    await page.getByRole('button', { name: t.touch.adjust, exact: true }).tap();
    // The tap itself may have scrolled to its button.
    const now = await middle();
    await swipe(page, tools, [now], [{ x: now.x + 60, y: now.y + 30 }]);
    await page.waitForURL((url) => url.href !== first);
    assert.deepEqual(await middle(), now, 'the page was scrolled');
    assert.deepEqual(errors, []);
    await page.close();
  });

  test(`targets are as large as a fingertip, and text is from 14 pixels: ${language}`, async () => {
    const { default: t } = await load();
    const { page } = await visit(phone, `${site.url}?lang=${language}#image=dandelion&node=inception4c.branch1&channel=3`);
    await page.locator('.predictions li[aria-label]').first().waitFor();
    await page.getByRole('heading', { name: `${t.channel.heading(3)}inception4c.branch1` }).waitFor();
    const look = () => page.evaluate(() => {
      const shown = (/** @type {Element} */ e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 1;
      const small = [...document.querySelectorAll('button, select, a, summary, label.button, input')].filter((e) => {
        const { width, height } = e.getBoundingClientRect();
        // A link in a sentence is read; a range is as wide as it is; a check mark’s label is its target too.
        return shown(e) && !e.matches('.skip, .hidden, [type=checkbox], h1 a') && (height < 43.5 || width < 43.5);
      }).map((e) => `${e.tagName} ${e.className} ${e.ariaLabel ?? e.textContent}`);
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const fine = new Set();
      while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent?.trim() || !parent || !shown(parent) || parent.closest('.hidden, [aria-hidden=true]')) continue;
        const size = parseFloat(getComputedStyle(parent).fontSize);
        if (size < 14) fine.add(`${size} ${parent.className || parent.tagName}: ${walker.currentNode.textContent.slice(0, 30)}`);
      }
      return { small, fine: [...fine], wide: document.documentElement.scrollWidth > innerWidth };
    });
    assert.deepEqual(await look(), { small: [], fine: [], wide: false }, 'with a channel open');
    await page.keyboard.press('Escape');
    await page.locator('#setup-line').tap();
    assert.deepEqual(await look(), { small: [], fine: [], wide: false }, 'with the choice open');
    await page.close();
  });

  test(`what is seen, compared, explained or scaled has room: ${language}`, async () => {
    const { default: t } = await load();
    const { page } = await visit(phone, `${site.url}?lang=${language}#image=dandelion&compare=photo:cat&why=branches:1`);
    await page.locator('.predictions.compared .change', { hasText: /\d/ }).first().waitFor();
    await page.locator('#why .why-options .field').first().waitFor();
    await page.waitForFunction(() => /** @type {HTMLCanvasElement} */ (document.querySelector('canvas.overview')).width > 1);
    const photo = await page.getByRole('application', { name: t.crop.frame }).boundingBox();
    assert.equal(photo?.width, photo?.height, 'what the network sees is a square');
    assert.deepEqual(await crowded(page.locator('.predictions.compared li'), '.class, .why, .number, .change, .gauge'), []);
    assert.deepEqual(await crowded(page.locator('#why .why-options .field'), 'label, select, input'), []);
    await page.goto('about:blank');
    await page.goto(`${site.url}?lang=${language}#model=inception_resnet_v1&image=none&node=repeat_1.0`);
    const scale = page.locator('.bar-row.scale');
    await scale.waitFor();
    assert.deepEqual(await crowded(scale, '.bar-label, input[type=range], .papers, output, button, .check label'), []);
    await page.close();
  });
}

test('with a mouse nothing of that changes', async () => {
  const desk = await chromium({ webgpu: false });
  try {
    const { page } = await visit(desk, `${site.url}#image=dandelion`);
    await page.locator('.predictions li[aria-label]').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Adjust' }).count(), 0);
    const frame = await page.getByRole('application', { name: 'Part of the photo that the network sees' }).boundingBox();
    assert.ok(frame);
    await page.getByRole('button', { name: 'Zoom in' }).first().click();
    await page.waitForURL(/crop=/);
    const first = page.url();
    await page.mouse.move(frame.x + 100, frame.y + 100);
    await page.mouse.down();
    await page.mouse.move(frame.x + 140, frame.y + 120, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL((url) => url.href !== first);
    await page.close();
  } finally {
    await desk.close();
  }
});
