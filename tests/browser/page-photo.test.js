// A photo from everywhere it may come from, and the part of it that the network sees.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { complaint, predictions, sample, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const { site, browser } = await prepare({
  browser: { flags: ['--use-fake-device-for-media-stream'], context: { permissions: ['camera'] } },
});

/** What the network sees, as a picture. @param {import('playwright-core').Page} page */
const seen = (page) => page.getByRole('img', { name: /^What the network sees/ })
  .evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());

/** Waits until the address has what the visitor's act put there. @param {import('playwright-core').Page} page @param {RegExp} wanted */
const address = (page, wanted) => page.waitForURL((url) => wanted.test(url.hash));

/**
 * Does something, and waits for the network to see something else.
 * @param {import('playwright-core').Page} page
 * @param {() => Promise<unknown>} act
 */
async function changes(page, act) {
  const before = await seen(page);
  await act();
  await page.waitForFunction((old) => {
    const canvas = document.querySelector('[aria-label^="What the network sees"]');
    return !document.documentElement.classList.contains('running') && canvas instanceof HTMLCanvasElement && canvas.toDataURL() !== old;
  }, before);
}

test('the part of the photo is moved and zoomed by hand, by keys and by buttons', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  const whole = await seen(page);
  const frame = page.getByRole('application', { name: 'Part of the photo that the network sees' });
  await changes(page, () => page.getByRole('group', { name: 'Crop' }).getByRole('button', { name: 'Zoom in' }).click());
  await address(page, /crop=[\d.]+,[\d.]+,[\d.]+/);
  await page.getByRole('status').filter({ hasText: /pixels from column/ }).waitFor({ state: 'attached' });

  await frame.focus();
  await changes(page, () => page.keyboard.press('ArrowRight'));
  const box = await frame.boundingBox();
  assert.ok(box);
  await changes(page, async () => {
    await page.mouse.move(box.x + 100, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + 140, box.y + 60, { steps: 4 });
    await page.mouse.up();
  });
  await page.waitForFunction(() => /crop=/.test(location.hash));
  const link = page.url();
  const shown = await seen(page);

  const other = await visit(browser, link);
  await predictions(other.page);
  assert.equal(await seen(other.page), shown, 'the link shows another part');
  await other.page.close();

  await page.getByRole('button', { name: 'Reset the crop' }).click();
  await page.waitForFunction((first) => document.querySelector('[aria-label^="What the network sees"]') instanceof HTMLCanvasElement
    && /** @type {HTMLCanvasElement} */ (document.querySelector('[aria-label^="What the network sees"]')).toDataURL() === first, whole);
  await page.waitForURL((url) => !/crop=/.test(url.href));
  assert.deepEqual(errors, []);
  await page.close();
});

test('a photo from an address, which the link keeps; a host that does not allow it is named', async () => {
  const open = await serve({ headers: { 'access-control-allow-origin': '*' } });
  const shut = await serve();
  const { page } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  await page.getByText('Photo from a URL').click();
  const field = page.getByRole('textbox', { name: 'URL of a photo' });
  await field.fill(`${shut.url}samples/cat.jpg`);
  await page.getByRole('button', { name: 'Load', exact: true }).click();
  assert.match(await complaint(page),
    /127\.0\.0\.1:\d+: either there is no connection, or the host does not let other sites read its files \(CORS\)/);
  await changes(page, async () => {
    await field.fill(`${open.url}samples/cat.jpg`);
    await page.keyboard.press('Enter');
  });
  await page.getByText(/^Photo from 127/).waitFor();
  const other = await visit(browser, page.url());
  await other.page.getByRole('button', { name: 'Load them' }).click();
  await other.page.getByText(/^Photo from 127/).waitFor();
  assert.equal(await seen(other.page), await seen(page));
  await Promise.all([page.close(), other.page.close(), open.close(), shut.close()]);
});

test('where the part lies in the photo is drawn, however late the browser has decoded it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`, `
    const decode = createImageBitmap;
    globalThis.createImageBitmap = (...of) => {
      if (!(of[0] instanceof Blob)) return decode(...of);
      return new Promise((resolve) => { globalThis.decoded = () => resolve(decode(...of)); });
    };
  `);
  await predictions(page);
  await page.locator('html:not(.running)').waitFor({ state: 'attached' });
  const drawn = () => page.locator('canvas.overview').evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).width > 1);
  assert.equal(await drawn(), false);
  await page.evaluate(() => /** @type {any} */ (globalThis).decoded());
  await page.waitForFunction(() => /** @type {HTMLCanvasElement} */ (document.querySelector('canvas.overview')).width > 1);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a photo is pasted', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  await changes(page, () => page.evaluate((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], 'cat.jpg', { type: 'image/jpeg' }));
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  }, readFileSync(sample('cat')).toString('base64')));
  await page.getByText('Your own photo. It stays in this browser').waitFor();
  await page.close();
});

/** A file dragged over the page and dropped. @param {import('playwright-core').Page} page @param {Buffer} file @param {string} name */
const drop = (page, file, name) => page.evaluate(([bytes, name]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name,
    { type: /jpg$/.test(name) ? 'image/jpeg' : '' }));
  const send = (/** @type {string} */ type) =>
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  send('dragenter');
  const hint = document.querySelector('.drop');
  const [over, taken] = [hint instanceof HTMLElement && !hint.hidden, !send('dragover')];
  return [over, taken, !send('drop'), hint instanceof HTMLElement && hint.hidden];
}, [file.toString('base64'), name]);

test('a photo is dropped, and weights are told from it', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  await changes(page, async () => assert.deepEqual(await drop(page, readFileSync(sample('cat')), 'cat.jpg'), [true, true, true, true]));
  await address(page, /image=own&photo=cat\.jpg/);
  await drop(page, Buffer.from('no weights'), 'broken.safetensors');
  assert.match(await complaint(page), /^broken\.safetensors: /);
  await page.close();
});

test('two fingers zoom the part of the photo about the point between them', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  const frame = page.getByRole('application', { name: 'Part of the photo that the network sees' });
  // What fingers touch is on the screen.
  await frame.scrollIntoViewIfNeeded();
  const box = await frame.boundingBox();
  assert.ok(box);
  const crop = () => (/crop=([\d.,]+)/.exec(page.url())?.[1] ?? '').split(',').map(Number);
  const whole = 480; // the photo's shorter side
  const tools = await page.context().newCDPSession(page);
  const touch = (/** @type {string} */ type, /** @type {number[]} */ columns) => tools.send('Input.dispatchTouchEvent', {
    type: /** @type {'touchMove'} */ (type), touchPoints: columns.map((x, id) => ({ x: box.x + x, y: box.y + 112, id })) });
  await changes(page, async () => {
    await touch('touchStart', [92, 132]);
    for (const apart of [50, 60, 70, 80]) await touch('touchMove', [112 - apart / 2, 112 + apart / 2]);
    await touch('touchEnd', []);
  });
  await address(page, /crop=/);
  const [, , closer] = crop();
  await changes(page, async () => {
    await touch('touchStart', [72, 152]);
    await touch('touchMove', [82, 142]);
    await touch('touchEnd', []);
  });
  await page.waitForURL((url) => !url.hash.includes(`,${closer}`));
  const [, , wider] = crop();
  assert.ok(closer < whole && wider > closer, `${closer} pixels, then ${wider}`);
  assert.ok(Math.abs(wider / closer - 80 / 60) < 0.02, `fingers a quarter closer give ${wider} pixels of ${closer}`);
  await page.close();
});

test('the camera runs until it is stopped, and its last picture stays', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu`);
  await predictions(page);
  await changes(page, () => page.getByRole('button', { name: 'Camera', exact: true }).click());
  await page.locator('.took').filter({ hasText: /frames per second/ }).waitFor();
  await changes(page, async () => {}); // the next picture, without a hand
  await page.getByRole('button', { name: 'Stop camera' }).click();
  await page.locator('.took').filter({ hasText: /^Ran in/ }).waitFor();
  await page.getByRole('button', { name: 'Camera', exact: true }).waitFor();
  await address(page, /image=own/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a refused camera says what to do', async () => {
  const strict = await chromium({ flags: ['--use-fake-device-for-media-stream', '--deny-permission-prompts'] });
  const { page } = await visit(strict, `${site.url}#engine=cpu`);
  const first = await predictions(page);
  await page.getByRole('button', { name: 'Camera', exact: true }).click();
  assert.match(await complaint(page), /camera is blocked\. Allow it/);
  assert.deepEqual(await predictions(page), first, 'what was shown is gone');
  await strict.close();
});
