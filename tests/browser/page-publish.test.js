// Figures to publish: what is previewed is what is saved, what is left out is counted, and a link makes the same again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import ko from '../../www/locales/ko.js';
import { DEFAULTS, channelsIn, specIn, textOf } from '../../www/page/publish/spec.js';
import { WCAG, complaints } from './harness/axe.js';
import { chromium } from './harness/browsers.js';
import { openModule, predictions, sample, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ browser: { webgpu: false, context: { viewport: { width: 1440, height: 900 } } } });

/** @typedef {import('playwright-core').Page} Page */

/** The figure maker, once its figure is drawn. @param {Page} page @param {string} [title] */
async function maker(page, title = 'Figure to publish') {
  const dialog = page.getByRole('dialog', { name: title });
  await dialog.getByText(/ cm, /).waitFor();
  return dialog;
}

/** @param {Page} page @param {import('playwright-core').Locator} dialog @param {string} name */
async function saved(page, dialog, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name, exact: true }).click()]);
  return { name: download.suggestedFilename(), data: readFileSync(await download.path()) };
}

/** Width, height, and pixels a metre. @param {Buffer} png */
const headOf = (png) => {
  const at = png.indexOf('pHYs');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), density: at < 0 ? 0 : png.readUInt32BE(at + 4) };
};

/** Whether a PNG has the pixels that the preview shows. @param {Page} page @param {Buffer} png */
const isPreview = (page, png) =>
  page.evaluate(async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))]));
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('dialog.publish canvas'));
    const other = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    const own = canvas.getContext('2d');
    if (!other || !own || canvas.width !== bitmap.width || canvas.height !== bitmap.height) return false;
    other.drawImage(bitmap, 0, 0);
    const [a, b] = [own, other].map((context) => new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer));
    return new Set(a).size > 500 && a.every((pixel, i) => pixel === b[i]);
  }, png.toString('base64'));

test('what a figure shows goes into the address and comes back', () => {
  const spec = {
    ...DEFAULTS,
    layout: /** @type {const} */ ('grid'),
    node: 'inception4a',
    branches: ['0', 'out'],
    steps: true,
    order: 'hand',
    hand: { 'inception4a.branch1': [3, 1], inception4a: [9] },
    title: 'a; b: c\\d = e',
    caption: '',
    bar: false,
    theme: /** @type {const} */ ('dark'),
    width: 8.5,
    dpi: 150,
  };
  assert.deepEqual(specIn(textOf(spec)), spec);
  assert.deepEqual(specIn(textOf(DEFAULTS)), DEFAULTS);
  assert.deepEqual(specIn('layout:poster;width:many;dpi:9999;toString:1;theme:'), { ...DEFAULTS, dpi: 1200 });
  assert.deepEqual(channelsIn('3, 1,7-9 x 1 99999999'), [3, 1, 7, 8, 9]);
});

test('the preview is what is saved: PNG of the size asked for, SVG with its texts, and the values behind it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await predictions(page);
  await openModule(page, 'Inception (4a)');
  await page.getByRole('button', { name: 'Make a figure' }).click();
  const dialog = await maker(page);
  await dialog.getByText('48 of 512 maps · 16.0 × ').waitFor();
  await dialog.getByLabel('Width in cm').fill('12');
  await dialog.getByLabel('Dots per inch').fill('200');
  await dialog.getByLabel('Title').fill('Four branches & “one” <photo>');
  await dialog.getByText(/ 12\.0 × /).waitFor();
  const png = await saved(page, dialog, 'Save PNG');
  assert.equal(png.name, 'googlenet-inception4a.png');
  const { width, height, density } = headOf(png.data);
  assert.equal(width, Math.round((12 / 2.54) * 200));
  assert.equal(density, Math.round(200 / 0.0254));
  await dialog.getByText(` × ${height} px`).waitFor();
  assert.ok(await isPreview(page, png.data), 'the saved pixels are not those of the preview');

  const svg = await saved(page, dialog, 'Save SVG');
  // The page's own policy lets nobody parse.
  const paper = await browser.newPage();
  const found = await paper.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, 'image/svg+xml');
    const root = document.documentElement;
    return {
      tag: root.tagName,
      width: root.getAttribute('width'),
      texts: [...document.querySelectorAll('text')].map((e) => e.textContent),
      images: [...document.querySelectorAll('image')].map((e) => e.getAttribute('href')?.slice(0, 22)),
      desc: document.querySelector('desc')?.textContent,
    };
  }, svg.data.toString());
  assert.deepEqual([found.tag, found.width], ['svg', '120mm']);
  for (const text of [
    'Four branches & “one” <photo>',
    '1×1',
    '12 of 192 maps',
    '12 of 208 maps',
    '12 of 48 maps',
    '12 of 64 maps',
    'dandelion',
  ])
    assert.ok(found.texts.includes(text), `the SVG has no text ${text}: ${found.texts.join(' | ')}`);
  // 48 maps, the photo and the colour scale.
  assert.equal(found.images.length, 50);
  assert.ok(found.images.every((href) => href === 'data:image/png;base64,'));
  assert.match(found.desc ?? '', /Feature maps of Inception \(4a\).*publish=node:inception4a/s);

  const csv = (await saved(page, dialog, 'Save values (CSV)')).data.toString().trim().split('\n');
  assert.equal(csv[0], 'node,channel,row,column,value');
  const rows = csv.slice(1).map((line) => line.split(','));
  const maps = rows.filter(([node]) => node !== 'probability');
  assert.equal(maps.length, 48 * 14 * 14);
  const wrong = await page.evaluate(async (maps) => {
    const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
    const scope = await open({ model: 'googlenet', weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu' });
    const { top } = await scope.run(await (await fetch('samples/dandelion.jpg')).blob());
    /** @type {Record<string, import('../../www/inceptionscope.js').Tensor>} */
    const values = {};
    for (const node of new Set(maps.map(([node]) => node))) values[node] = await scope.activation(node);
    const shown = (/** @type {string} */ node) => new Set(maps.filter(([name]) => name === node).map(([, channel]) => channel)).size;
    const counts = Object.keys(values).map(shown);
    await scope.dispose();
    const bad = maps.filter(([node, channel, row, column, value]) => {
      const {
        shape: [, height, width],
        data,
      } = values[node];
      return data[(Number(channel) * height + Number(row)) * width + Number(column)] !== Math.fround(Number(value));
    });
    return { bad: bad.length, counts, probability: top[0].probability };
  }, maps);
  assert.deepEqual({ bad: wrong.bad, counts: wrong.counts }, { bad: 0, counts: [12, 12, 12, 12] });
  const [, , , , share] = rows.find(([node, index]) => node === 'probability' && index === '1') ?? [];
  assert.equal(Number(share), wrong.probability);
  assert.deepEqual(errors, []);
  await page.close();
});

test('maps by hand, branches, theme: a link makes the same figure again', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception3a`);
  await predictions(page);
  await page.getByRole('button', { name: 'Make a figure' }).click();
  const dialog = await maker(page);
  await dialog.getByLabel('5×5').uncheck();
  await dialog.getByLabel('pool').uncheck();
  await dialog.getByLabel('Chosen by').selectOption('hand');
  await dialog.getByLabel('Channels of inception3a.branch1, 0 to 63').fill('5, 2, 60-61, 999');
  await dialog.getByLabel('Background').selectOption('Dark');
  await dialog.getByLabel('Width in cm').fill('8');
  await dialog.getByLabel('Caption').fill('Ours; drawn 한글');
  await dialog.getByText('16 of 192 maps · 8.0 × ').waitFor();
  const first = await saved(page, dialog, 'Save PNG');
  const address = page.url();
  assert.match(address, /hand:inception3a\.branch1%3D5,2,60,61/);
  const { page: other } = await visit(browser, address);
  const again = await maker(other);
  assert.deepEqual((await saved(other, again, 'Save PNG')).data, first.data);
  assert.equal(await again.getByLabel('Caption').inputValue(), 'Ours; drawn 한글');
  // In a tab in which the page is open already, too.
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !location.hash.includes('publish'));
  await page.evaluate((hash) => {
    location.hash = hash;
  }, new URL(address).hash);
  assert.deepEqual((await saved(page, await maker(page), 'Save PNG')).data, first.data);
  assert.deepEqual(errors, []);
  await Promise.all([page.close(), other.close()]);
});

for (const layout of /** @type {const} */ (['overlay', 'together', 'prediction', 'network', 'grid'])) {
  test(`layout ${layout}: a figure with title and caption, of which the preview is what is saved`, async () => {
    const { page, errors } = await visit(
      browser,
      `${site.url}#engine=cpu&image=dandelion&publish=layout:${layout};node:inception4a;channel:463`,
    );
    const dialog = await maker(page);
    const png = await saved(page, dialog, 'Save PNG');
    assert.ok(await isPreview(page, png.data));
    const svg = (await saved(page, dialog, 'Save SVG')).data.toString();
    for (const text of [await dialog.getByLabel('Title').inputValue(), 'Photo by Clemens Engelhardt, CC0.'])
      assert.ok(svg.includes(text), text);
    assert.match(svg, layout === 'overlay' ? /Channel 463 of inception4a/ : /dandelion</);
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test('from the address to a captioned figure of inception4a on one’s own photo, in Korean, in a few steps', async () => {
  const { page, errors } = await visit(browser, `${site.url}?lang=ko#engine=cpu`);
  await page.locator('#photo-file').setInputFiles({ name: 'my.jpg', mimeType: 'image/jpeg', buffer: readFileSync(sample('dahlia')) });
  await page.waitForFunction(() => /image=own/.test(location.hash));
  await page.getByRole('button', { name: ko.figure.views.list, exact: true }).click();
  await page.getByRole('button', { name: /^Inception \(4a\) / }).click();
  await page.getByRole('button', { name: ko.publish.button }).click();
  const dialog = await maker(page, ko.publish.title);
  const png = await saved(page, dialog, ko.publish.save.png);
  assert.equal(png.name, 'googlenet-inception4a.png');
  const svg = (await saved(page, dialog, ko.publish.save.svg)).data.toString().replace(/<\/text>\s*<text[^>]*>/g, ' ');
  assert.match(svg, /직접 고른 사진을 입력했을 때 Inception \(4a\)의 특징 맵/);
  assert.match(svg, /맵 192개 중 12개/);
  assert.deepEqual(errors, []);
  await page.close();
});

for (const [language, size, width, height] of /** @type {const} */ ([
  ['en', 'desk', 1440, 900],
  ['ko', 'phone', 390, 844],
])) {
  test(`by keyboard, with nothing for axe to complain about: ${language}, ${size}`, async () => {
    const own = await chromium({ webgpu: false, context: { viewport: { width, height }, bypassCSP: true, hasTouch: size === 'phone' } });
    try {
      const { default: t } = await import(`../../www/locales/${language}.js`);
      const { page } = await visit(own, `${site.url}?lang=${language}#engine=cpu&image=dandelion&node=inception4a`);
      await page.locator('.predictions li[aria-label]').first().waitFor();
      await page.getByRole('button', { name: t.publish.button }).press('Enter');
      const dialog = await maker(page, t.publish.title);
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), t.publish.copy);
      await dialog.getByLabel(t.publish.order).selectOption('hand');
      await dialog.getByText(t.embed.title, { exact: true }).press('Enter');
      await dialog.getByRole('button', { name: t.embed.frame }).press('Enter');
      await page.getByRole('textbox', { name: t.embed.code }).waitFor();
      assert.deepEqual(await complaints(page, { within: 'dialog.publish', rules: WCAG }), []);
      assert.ok(await dialog.evaluate((e) => e.scrollWidth <= e.clientWidth), 'the dialog is wider than the window');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      // The address follows in the browser's own time.
      await page.waitForURL((url) => !url.hash.includes('publish'));
    } finally {
      await own.close();
    }
  });
}
