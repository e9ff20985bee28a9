// Weights and class names: what the page offers, and where it takes them from.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { complaint, inceptionscope, openSetup, predictions, ROOT, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const { site, browser } = await prepare();

test('a text file names the classes', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  assert.match((await predictions(page))[0], /^dandelion/);
  await openSetup(page);
  await page.getByRole('button', { name: 'ImageNet weights' }).click();
  const buffer = Buffer.from('Gänseblümchen\nLöwenzahn\nRose\nSonnenblume\nTulpe\n');
  await page.getByLabel('Choose a weight file').setInputFiles({ name: 'names.txt', mimeType: 'text/plain', buffer });
  await page.getByRole('listitem', { name: /^Löwenzahn/ }).waitFor();
  assert.match((await predictions(page))[0], /^Löwenzahn/);
  assert.deepEqual(errors, []);
  await page.close();
});

/**
 * The page of a site that has copies of these weights, as `cargo xtask weights` leaves them.
 * @param {string[]} copies
 * @param {(page: import('playwright-core').Page, site: Awaited<ReturnType<typeof serve>>) => Promise<void>} use
 */
async function siteWith(copies, use) {
  const site = await serve({ pages: { '/weights/index.json': JSON.stringify(copies) } });
  try {
    const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
    await openSetup(page);
    await page.getByRole('button', { name: 'ImageNet weights' }).click();
    await use(page, site);
    await page.close();
  } finally {
    await site.close();
  }
}

test('weights that the site has a copy of are opened from there', () =>
  siteWith(['inception_v3-nsfwjs', 'xception-tf'], async (page, site) => {
  await page.getByRole('button', { name: 'Open inception_v3-nsfwjs from its URL' }).waitFor();
  await page.getByRole('button', { name: 'Open xception-tf from its URL' }).click();
  assert.match(await complaint(page), /xception-tf\.safetensors/); // the list says so, but there is none
  assert.ok(site.requests.includes('/weights/xception-tf.safetensors'));
}));

test('www/ served as it is has no copies of weights, which is no error', async () => {
  const bare = await serve({ root: join(ROOT, 'www') });
  try {
    const { page, errors } = await visit(browser, `${bare.url}#engine=cpu&weights=synthetic:1&image=cat`);
    await predictions(page);
    await openSetup(page);
    await page.getByRole('button', { name: 'ImageNet weights' }).click();
    await page.getByRole('row', { name: /xception-tf/ }).waitFor();
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await bare.close();
  }
});

test('weights that no page may fetch are for downloading', () => siteWith([], async (page) => {
  const row = page.getByRole('row', { name: /xception-tf/ });
  assert.match(await row.getByRole('link', { name: 'Download xception-tf' }).getAttribute('href') ?? '', /^https:.*\.pth$/);
  await page.getByText('cargo xtask weights inception_v3-nsfwjs').waitFor();
}));

test('the list says of each file what is verified', () => siteWith([], async (page) => {
  for (const [id, says] of [
    ['googlenet-bvlc', 'SHA-256 of each part; this file is tested'],
    ['googlenet-torchvision', 'first digits of the SHA-256; tested with the library, not with this file'],
    ['googlenet-5h', 'contents not verified; tested from the source code, not with this file'],
  ]) await page.getByRole('row', { name: id }).getByRole('cell', { name: says, exact: true }).waitFor();
}));

test('a listed file whose SHA-256 does not begin as its name says is refused and not kept', () => siteWith([], async (page) => {
  const address = 'https://download.pytorch.org/models/googlenet-1378be20.pth';
  let asked = 0;
  const body = readFileSync(join(ROOT, 'weights/googlenet_flowers.safetensors'));
  await browser.route(address, (route) => {
    asked += 1;
    return route.fulfill({ body, headers: { 'access-control-allow-origin': '*' } });
  });
  for (const times of [1, 2]) {
    if (times > 1) await openSetup(page);
    if (times > 1) await page.getByRole('button', { name: 'ImageNet weights' }).click();
    await page.getByRole('button', { name: 'Open googlenet-torchvision from its URL' }).click();
    assert.match(await complaint(page), /not the expected one: its SHA-256 differs/);
    assert.equal(asked, times);
    await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  }
}));

test('1000 classes have ImageNet’s names, in a page of another origin too', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'inceptionscope-')), 'thousand.safetensors');
  inceptionscope('convert', '--model', 'googlenet', '--from', 'synthetic:1', '--dtype', 'q8', '--out', file);
  const host = await serve({ headers: { 'access-control-allow-origin': '*' },
    trouble: { '/weights/README.md': { body: readFileSync(file) } } });
  const other = await serve({ pages: { '/': '<!doctype html><title>a page of another origin</title>', '/favicon.ico': '' } });
  try {
    const { page } = await visit(browser, other.url);
    const names = await page.evaluate(async (host) => {
      /** @type {typeof import('../../www/inceptionscope.js')} */
      const { open } = await import(`${host}inceptionscope.js`);
      const scope = await open({ weights: `${host}weights/README.md`, engine: 'cpu' });
      await scope.ready;
      const names = await scope.classes();
      await scope.dispose();
      return names;
    }, host.url);
    assert.deepEqual([names.length, names[0], names[285]], [1000, 'tench', 'Egyptian cat']);
    await page.close();
  } finally {
    await host.close();
    await other.close();
  }
});
