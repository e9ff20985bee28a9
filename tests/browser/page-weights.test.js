// Weights and class names: what the page offers, and where it takes them from.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { predictions, visit } from './harness/page.js';
import { serve } from './harness/server.js';

/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
/** @type {Awaited<ReturnType<typeof chromium>>} */
let browser;
before(async () => {
  site = await serve();
  browser = await chromium();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

test('a text file names the classes', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  assert.match((await predictions(page))[0], /^dandelion/);
  await page.getByRole('button', { name: 'ImageNet weights' }).click();
  const buffer = Buffer.from('Gänseblümchen\nLöwenzahn\nRose\nSonnenblume\nTulpe\n');
  await page.getByLabel('Choose a weight file').setInputFiles({ name: 'names.txt', mimeType: 'text/plain', buffer });
  await page.getByRole('listitem', { name: /^Löwenzahn/ }).waitFor();
  assert.match((await predictions(page))[0], /^Löwenzahn/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('weights that the site has a copy of are opened from there', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  // What `cargo xtask weights` leaves behind; any file tells whether it is asked for.
  await page.route('**/weights/index.json', (route) => route.fulfill({ json: ['inception_v3-nsfwjs', 'xception-tf'] }));
  const asked = page.waitForRequest('**/weights/xception-tf.safetensors');
  await page.getByRole('button', { name: 'ImageNet weights' }).click();
  await page.getByRole('button', { name: 'Open inception_v3-nsfwjs from its address' }).waitFor();
  await page.getByRole('button', { name: 'Open xception-tf from its address' }).click();
  await asked;
  await page.close();
});

test('weights that no page may fetch are for downloading', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await page.route('**/weights/index.json', (route) => route.fulfill({ json: [] }));
  await page.getByRole('button', { name: 'ImageNet weights' }).click();
  const row = page.getByRole('row', { name: /xception-tf/ });
  assert.match(await row.getByRole('link', { name: 'Download xception-tf' }).getAttribute('href') ?? '', /^https:.*\.pth$/);
  await page.getByText('cargo xtask weights inception_v3-nsfwjs').waitFor();
  await page.close();
});
