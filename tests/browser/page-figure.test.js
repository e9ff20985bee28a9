// The network as a figure: it fills in, one moves in it by wheel, keyboard and fingers, opens what is in it, and saves the whole.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { predictions, tiles, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

/** @typedef {import('playwright-core').Page} Page */

const context = /** @type {const} */ ({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' });
const { site, browser } = await prepare({ browser: { context: { ...context, acceptDownloads: true } } });

/** What the keyboard and screen readers have of it. @param {Page} page @param {string} [network] */
const figure = (page, network = 'GoogLeNet') => page.getByRole('tree', { name: `${network} as a figure` });

/** The share of the drawing that is of a map: neither the page's greys nor white, nor a branch's line. @param {Page} page */
const mapped = (page) => figure(page).evaluate((tree) => {
  const canvas = /** @type {HTMLCanvasElement} */ (tree.parentElement?.querySelector('canvas'));
  const [width, height] = [canvas.width / 3, canvas.height / 3].map(Math.ceil);
  const small = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!small) return 0;
  small.imageSmoothingEnabled = false; // every third pixel of every third row
  small.drawImage(canvas, 0, 0, width, height);
  const { data } = small.getImageData(0, 0, width, height);
  let count = 0;
  // Plum and red: the colours of small and of middling values.
  for (let i = 0; i < data.length; i += 4) count += Number(data[i] > data[i + 1] + 40 && data[i] < 190 && data[i + 1] < 60);
  return count / (width * height);
});

/** Waits until that much of it is. @param {Page} page @param {(share: number) => boolean} enough */
async function untilMapped(page, enough) {
  for (const end = Date.now() + 60_000; ; await page.waitForTimeout(50)) {
    const share = await mapped(page);
    if (enough(share)) return share;
    if (Date.now() > end) throw new Error(`in vain waited for more or less of a map than ${share}`);
  }
}

/** What the pointer is at. @param {Page} page */
const tip = (page) => page.locator('.figure-tip').evaluate((element) => (element.hasAttribute('hidden') ? '' : element.textContent));

/** Moves the pointer to where the figure has something. @param {Page} page @param {RegExp} name */
async function pointAt(page, name) {
  // To look for it, events of the page's own do: thousands of moves of a real pointer take long.
  const at = await figure(page).evaluate((tree, pattern) => {
    const box = /** @type {HTMLElement} */ (tree.closest('.figure-box'));
    const [wanted, { left, top, width, height }] = [new RegExp(pattern), tree.getBoundingClientRect()];
    for (let y = 10; y < height; y += 18) {
      for (let x = 10; x < width; x += 16) {
        const at = { clientX: left + x, clientY: top + y };
        box.dispatchEvent(new PointerEvent('pointermove', { ...at, pointerType: 'mouse' }));
        const tip = document.querySelector('.figure-tip');
        if (tip && !tip.hasAttribute('hidden') && wanted.test(tip.textContent ?? '')) return at;
      }
    }
    return null;
  }, name.source);
  if (!at) throw new Error(`nothing in the figure is ${name}`);
  await page.mouse.move(at.clientX, at.clientY);
  return { x: at.clientX, y: at.clientY };
}

/** What the keyboard is at. @param {Page} page */
const current = (page) => page.evaluate(() => {
  const id = document.activeElement?.getAttribute('aria-activedescendant');
  return document.getElementById(id ?? '')?.getAttribute('aria-label') ?? '';
});

test('the figure comes first, fills in while weights arrive, and shows the answer’s network whole', async () => {
  const path = '/weights/googlenet_flowers.safetensors';
  site.trouble[path] = { hold: 1_000_000 };
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu`);
  await figure(page).waitFor();
  assert.equal(await page.getByRole('list', { name: 'The network' }).isVisible(), false);
  // Of the stem there are weights, of the rest not.
  const early = await untilMapped(page, (share) => share > 0.003);
  assert.equal(await page.getByRole('list', { name: 'Predictions' }).getByRole('listitem').filter({ hasText: '%' }).count(), 0);
  delete site.trouble[path].hold;
  await predictions(page);
  await untilMapped(page, (share) => share > 1.5 * early);
  delete site.trouble[path];
  assert.deepEqual(errors, []);
  await page.close();
});

test('the keyboard walks through modules and ops, zooms, and opens', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat`);
  await predictions(page);
  await untilMapped(page, (share) => share > 0.01);
  await figure(page).focus();
  assert.equal(await current(page), 'Input, 3 × 224 × 224');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await current(page), 'Inception (3a), 256 × 28 × 28');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.equal(await current(page), 'conv 1×1, BN, and ReLU, 64 × 28 × 28, branch 1×1');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await current(page), 'conv 3×3, BN, and ReLU, 128 × 28 × 28, branch 3×3');
  // Larger and larger, until little else than its map is seen.
  const before = await mapped(page);
  for (let i = 0; i < 8; i++) await page.keyboard.press('+');
  await untilMapped(page, (share) => share > 2 * before);
  await page.keyboard.press('0');
  await untilMapped(page, (share) => share < 1.5 * before);
  await page.keyboard.press('Enter');
  const module = page.getByRole('region', { name: 'Inception (3a)' });
  await module.getByText(/most energy on this photo/).waitFor();
  await tiles(page, 'inception3a.branch2.1');
  await page.waitForURL(/node=inception3a\b/);
  await figure(page).focus();
  await page.keyboard.press('ArrowLeft');
  assert.equal(await current(page), 'Inception (3a), 256 × 28 × 28');
  await page.keyboard.press('End');
  assert.equal(await current(page), 'Output, 5');
  await module.getByRole('button', { name: 'Close Inception (3a)' }).click();
  await module.waitFor({ state: 'hidden' });
  await page.waitForURL((url) => !/node=/.test(url.href));
  assert.deepEqual(errors, []);
  await page.close();
});

test('a wheel zooms about the pointer and a click opens what is there', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat`);
  await predictions(page);
  await untilMapped(page, (share) => share > 0.01);
  const at = await pointAt(page, /^conv 3×3, BN, and ReLU, 208 × 14 × 14, branch 3×3/);
  const name = await tip(page);
  assert.match(name ?? '', /: channel \d+$/);
  for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -100);
  // The same op is under the pointer, though all else has gone away from it.
  await page.mouse.move(at.x + 1, at.y);
  assert.equal(await tip(page), name);
  await page.mouse.move(at.x + 40, at.y + 10);
  assert.match((await tip(page)) ?? '', / 14 × 14/);
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 500, at.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(at.x, at.y);
  assert.notEqual(await tip(page), name, 'the figure was not dragged');
  assert.doesNotMatch(page.url(), /node=/, 'a drag is no click');
  await page.mouse.move(at.x + 499, at.y + 20);
  assert.equal(await tip(page), name);
  await page.mouse.click(at.x + 499, at.y + 20);
  await page.getByRole('region', { name: 'Inception (4a)' }).getByText(/most energy on this photo/).waitFor();
  await page.waitForURL(/node=inception4a\b/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('the list is one click away, what is open stays open, and the link keeps the choice', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat&node=inception3b`);
  await predictions(page);
  await page.getByRole('region', { name: 'Inception (3b)' }).getByText(/most energy on this photo/).waitFor();
  await page.getByRole('button', { name: 'Mean map' }).click();
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: /^Inception \(3b\) /, expanded: true }).waitFor();
  assert.equal(await figure(page).isVisible(), false);
  await tiles(page, 'inception3b.branch1');
  await page.waitForURL(/maps=mean&?.*/);
  await page.waitForURL(/view=list/);
  await page.reload();
  await predictions(page);
  await page.getByRole('button', { name: /^Inception \(3b\) /, expanded: true }).waitFor();
  await page.getByRole('button', { name: 'Figure', exact: true }).click();
  await page.getByRole('button', { name: 'Mean map', pressed: true }).waitFor();
  await untilMapped(page, (share) => share > 0.01);
  await tiles(page, 'inception3b.branch1');
  await page.waitForURL((url) => !/view=/.test(url.href));
  assert.deepEqual(errors, []);
  await page.close();
});

test('what was searched for stands out', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=cat`);
  await predictions(page);
  const all = await untilMapped(page, (share) => share > 0.01);
  await page.getByRole('searchbox', { name: 'Find a module or op' }).fill('4b');
  await untilMapped(page, (share) => share > 0 && share < all / 3);
  await page.getByRole('searchbox', { name: 'Find a module or op' }).press('Enter');
  await page.getByRole('region', { name: 'Inception (4b)' }).waitFor();
  await page.close();
});

test('the whole figure is saved with title, weights, photo, prediction and legend', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  const [best] = await predictions(page);
  const save = async (/** @type {string} */ type) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `Save as ${type}` }).click()]);
    assert.equal(download.suggestedFilename(), `googlenet-figure.${type.slice(0, 3).toLowerCase()}`);
    return readFileSync(await download.path());
  };
  const whole = (await save('SVG (A1)')).toString('utf8');
  // The page's own rules of style, under which it is read here, allow no others.
  const svg = whole.replace(/<style>@page\{size:\d+mm \d+mm;.*<\/style>/, '');
  assert.ok(svg.length < whole.length);
  // The page's own policy lets nobody parse.
  const paper = await browser.newPage();
  const read = await paper.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    const root = parsed.documentElement;
    return {
      error: parsed.querySelector('parsererror')?.textContent ?? '',
      size: [root.getAttribute('width'), root.getAttribute('height')].sort(),
      maps: [...parsed.querySelectorAll('image')].map((image) => image.getAttribute('href')?.slice(0, 22)),
      texts: [...parsed.querySelectorAll('text')].map((element) => element.textContent ?? ''),
    };
  }, svg);
  assert.equal(read.error, '');
  assert.deepEqual(read.size, ['594mm', '841mm']);
  // Every op, and the photo once more in the head.
  const ops = await figure(page).locator('[role=group] > [role=treeitem]').count();
  assert.ok(ops > 90);
  assert.equal(read.maps.length, ops + 1);
  assert.ok(read.maps.every((start) => start === 'data:image/png;base64,'));
  const [, name, share] = /^(.+): ([\d.]+%)/.exec(best) ?? [];
  for (const text of ['GoogLeNet', 'Inception (4a)', '1×1', 'pool', name, share]) assert.ok(read.texts.includes(text), text);
  assert.ok(read.texts.some((text) => /googlenet_flowers.* · dandelion · cpu$/.test(text)), read.texts.slice(0, 12).join(' | '));

  const png = await save('PNG');
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  assert.ok(long > 4000 && Math.abs(long / short - 841 / 594) < 0.01, `${width} × ${height}`);
  assert.deepEqual(errors, []);
  await page.close();
});

test('on a phone one finger scrolls the page, two zoom the figure, and a tap opens', async () => {
  const phone = await chromium({
    webgpu: false,
    context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'light', reducedMotion: 'reduce' },
  });
  try {
    const { page, errors } = await visit(phone, `${site.url}#engine=cpu&image=cat`);
    await predictions(page);
    await untilMapped(page, (share) => share > 0.01);
    // What stands above comes with the answer, and moves the figure.
    await page.getByLabel('Compare with').waitFor();
    await page.locator('.took').filter({ hasText: /\d/ }).waitFor({ state: 'attached' });
    await figure(page).evaluate((tree) => scrollTo(0, tree.getBoundingClientRect().top + scrollY - 240));
    const box = await figure(page).boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 390);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const touch = await phone.newCDPSession(page);
    const send = async (/** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type, /** @type {[number, number][]} */ points) => {
      await touch.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
      // A finger that is faster than what is drawn does not scroll.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    };
    // Where the figure is in the window: a page that grows above it scrolls by itself, so that nothing moves.
    const top = () => figure(page).evaluate((tree) => Math.round(tree.getBoundingClientRect().top));
    const [before, whole] = [await top(), await mapped(page)];
    await send('touchStart', [[x - 30, y], [x + 30, y]]);
    for (let i = 1; i <= 10; i++) await send('touchMove', [[x - 30 - 10 * i, y], [x + 30 + 10 * i, y]]);
    await send('touchEnd', []);
    await untilMapped(page, (share) => Math.abs(share - whole) > 0.1 * whole);
    assert.equal(await top(), before);
    await send('touchStart', [[x, y]]);
    for (let i = 1; i <= 10; i++) await send('touchMove', [[x, y - 12 * i]]);
    await send('touchEnd', []);
    for (const end = Date.now() + 60_000; (await top()) > before - 40; ) assert.ok(Date.now() < end, 'one finger does not scroll');
    await page.waitForURL((url) => !/node=/.test(url.href));
    await page.touchscreen.tap(x, y - 60);
    await page.waitForURL(/node=/);
    assert.deepEqual(errors, []);
  } finally {
    await phone.close();
  }
});

test('no name of a file has a colon, which Windows forbids', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&variant=published&image=cat`);
  await untilMapped(page, (share) => share > 0.01);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as PNG' }).click()]);
  assert.equal(download.suggestedFilename(), 'googlenet-published-figure.png');
  await page.getByText('googlenet-published-figure.png').waitFor();
  await page.close();
});

test('the figure is never black before it is drawn, nor in a window of another size', async () => {
  // A canvas without transparency is black from when its context is asked for: not before it has its size.
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`, `
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, how) {
      if (how?.alpha === false && this.width === 300) globalThis.early = true;
      return getContext.call(this, kind, how);
    };
  `);
  await predictions(page);
  await untilMapped(page, (share) => share > 0.005);
  // Whoever observes later is told later, but still before the frame is shown.
  await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('.figure-box canvas'));
    const seen = /** @type {number[][]} */ ([]);
    new ResizeObserver(() => {
      seen.push([...(canvas.getContext('2d')?.getImageData(0, 0, 1, 1).data ?? [])]);
    }).observe(/** @type {HTMLElement} */ (canvas.parentElement));
    Object.assign(window, { seen });
  });
  for (const width of [1300, 1100, 1350]) {
    const before = await page.evaluate(() => /** @type {any} */ (window).seen.length);
    await page.setViewportSize({ width, height: 900 });
    await page.waitForFunction((n) => /** @type {any} */ (window).seen.length > n, before);
  }
  const seen = /** @type {number[][]} */ (await page.evaluate(() => /** @type {any} */ (window).seen));
  assert.deepEqual(seen.filter(([red]) => red < 128), [], 'black');
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).early), undefined, 'black while it loads');
  assert.deepEqual(errors, []);
  await page.close();
});
