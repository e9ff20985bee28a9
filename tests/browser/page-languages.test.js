// The page in each of its languages: the main path, on which no text is cut; and the switch, which loses nothing of what is shown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NAMES, TABLES } from '../../www/page/language.js';
import { chromium } from './harness/browsers.js';
import { ROOT, sample, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ browser: { webgpu: false, context: { viewport: { width: 1440, height: 900 } } } });

/** @typedef {import('playwright-core').Page} Page */

/** What is wider than its place, of all that is read there. @param {Page} page */
const cut = (page) => page.evaluate(() => {
  const words = 'button:not(.class), label, summary, legend, h1, h2, h3, h4, h5, th, .button, .bar-label, .summary, .languages a';
  /** @param {Element} e */
  const isSeen = (e) => e.checkVisibility() && e.clientWidth > 1 && !e.classList.contains('hidden');
  const wide = [...document.querySelectorAll(words)].filter((e) => isSeen(e) && e.scrollWidth > e.clientWidth + 1);
  // A list to choose from cuts its words without a word: as wide as it would be with what is chosen alone.
  const lists = [...document.querySelectorAll('select')].filter((select) => {
    if (!isSeen(select) || !select.selectedOptions.length) return false;
    const alone = /** @type {HTMLSelectElement} */ (select.cloneNode());
    alone.append(select.selectedOptions[0].cloneNode(true));
    alone.removeAttribute('id');
    alone.style.cssText = `position: absolute; width: max-content; max-width: none; font: ${getComputedStyle(select).font}`;
    select.after(alone);
    const { width } = alone.getBoundingClientRect();
    alone.remove();
    return width > select.getBoundingClientRect().width + 1;
  });
  const texts = [...wide.map((e) => e.textContent), ...lists.map((select) => select.selectedOptions[0].text)];
  return [...texts, ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])];
});

/** The predictions, as they are told. @param {Page} page @param {string} title */
async function told(page, title) {
  const list = page.getByRole('list', { name: title, exact: true }).getByRole('listitem');
  await list.first().waitFor();
  return list.evaluateAll((items) => items.map((item) => item.getAttribute('aria-label')));
}

const MAPS = 'inception4a.branch2.1';

for (const [language, load] of Object.entries(TABLES)) {
  for (const [size, width, height] of /** @type {const} */ ([['phone', 390, 844], ['desk', 1440, 900]])) {
    test(`the main path, with no text cut: ${language}, ${size}`, async () => {
      const { default: t } = await load();
      const own = await chromium({ webgpu: false, context: { viewport: { width, height }, locale: language, reducedMotion: 'reduce' } });
      try {
        const { page, errors } = await visit(own, `${site.url}#engine=cpu&image=dandelion`);
        /** @type {Record<string, string[]>} */
        const found = {};
        const look = async (/** @type {string} */ where) => {
          const texts = await cut(page);
          if (texts.length) found[where] = texts;
        };
        await told(page, t.predictions.title);
        // By the language of the browser.
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        assert.equal(await page.title(), t.page.title);
        assert.equal(await page.locator('meta[name=description]').getAttribute('content'), t.page.tagline);
        await page.locator('#setup-line').click();
        await look('start');
        for (const about of [t.controls.variant, t.controls.profile]) {
          await page.getByRole('button', { name: t.help.about(about) }).click();
          const box = await page.locator('.help-text:popover-open').boundingBox();
          const room = await page.evaluate(() => document.documentElement.clientWidth);
          assert.ok(box && box.x >= 0 && box.x + box.width <= room, `the help on ${about} is in the window`);
          await page.keyboard.press('Escape');
        }

        await page.getByRole('button', { name: t.figure.views.list, exact: true }).click();
        await page.getByRole('button', { name: /^Inception \(4a\) / }).click();
        await page.locator('.verdict', { hasText: /\d%/ }).waitFor();
        await page.getByRole('listbox', { name: t.maps.of(MAPS) }).scrollIntoViewIfNeeded();
        await page.getByRole('option', { name: t.maps.tile(3, null) }).first().waitFor();
        await look('module');
        await page.getByRole('listbox', { name: t.maps.of(MAPS) }).getByRole('option').nth(3).click();
        await page.getByRole('heading', { name: `${t.channel.heading(3)}${MAPS}` }).waitFor();
        await look('channel');
        await page.getByRole('application', { name: t.channel.map(MAPS, 3) }).focus();
        await page.keyboard.press('ArrowUp');
        await page.getByRole('tab', { name: t.channel.views.kernel }).click();
        await page.getByRole('list', { name: t.kernel.strongestLabel }).waitFor();
        await look('kernel');
        await page.getByRole('tab', { name: t.channel.views.explain }).click();
        await page.getByRole('table').filter({ hasText: t.explain.shown }).waitFor();
        await look('one value');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: t.changes.muteOf('1×1') }).click();
        await page.getByRole('button', { name: t.changes.undoAll }).waitFor();
        await look('changes');

        for (const [name, filled] of /** @type {const} */ ([
          [t.export.title, t.export.formats.npy],
          [t.costs.title, t.costs.factorisations],
          [t.weights.button, t.weights.open],
          [t.storage.button, t.storage.about],
        ])) {
          await page.getByRole('button', { name, exact: true }).click();
          await page.getByRole('dialog').getByText(filled, { exact: true }).first().waitFor();
          await look(name);
          await page.keyboard.press('Escape');
        }

        await page.locator('#photo-file').setInputFiles({ name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF') });
        await page.getByRole('alert').filter({ hasText: t.photo.notAPhoto('application/pdf') }).waitFor();
        await look('error');
        await page.getByRole('alert').getByRole('button', { name: t.page.close }).click();

        await page.getByRole('button', { name: t.tour.start }).click();
        for (const step of /** @type {const} */ (['module', 'concat', 'energy', 'reduce', 'channel', 'offer'])) {
          await page.getByRole('heading', { name: t.tour[step].title }).waitFor();
          await page.getByText(t.tour.opening).waitFor({ state: 'hidden' });
          await look(`tour: ${step}`);
          if (step !== 'offer') await page.getByRole('button', { name: t.tour.next, exact: true }).click();
        }
        assert.deepEqual(found, {}, 'these are cut');
        assert.deepEqual(errors, []);
      } finally {
        await own.close();
      }
    });
  }
}

test('the switch keeps what is shown, with the visitor’s own photo and weights, and the choice', async () => {
  const [en, ko] = await Promise.all([TABLES.en(), TABLES.ko()].map(async (table) => (await table).default));
  const { page, errors } = await visit(browser, `${site.url}?lang=en&x=1#engine=cpu&image=dandelion`);
  await told(page, en.predictions.title);
  await page.locator('#weights-file').setInputFiles({
    name: 'mine.safetensors',
    mimeType: 'application/octet-stream',
    buffer: readFileSync(join(ROOT, 'weights/googlenet_flowers.safetensors')),
  });
  await page.waitForURL(/weights=own/);
  await page.locator('.took').filter({ hasText: en.run.took(0).split('0')[0] }).waitFor();
  await page.getByLabel(en.photo.choose).setInputFiles(sample('cat'));
  await page.waitForURL(/image=own&photo=cat\.jpg/);
  await page.getByRole('button', { name: en.figure.views.list, exact: true }).click();
  await page.getByRole('button', { name: /^Inception \(4a\) / }).click();
  await page.getByRole('listbox', { name: en.maps.of(MAPS) }).scrollIntoViewIfNeeded();
  await page.getByRole('listbox', { name: en.maps.of(MAPS) }).getByRole('option').nth(3).click();
  await page.getByRole('heading', { name: `${en.channel.heading(3)}${MAPS}` }).waitFor();
  await page.getByRole('application', { name: en.channel.map(MAPS, 3) }).click({ position: { x: 100, y: 60 } });
  await page.waitForURL(/at=/);
  const before = { hash: new URL(page.url()).hash, predictions: await told(page, en.predictions.title) };

  await page.getByRole('navigation', { name: en.page.language }).getByRole('link', { name: NAMES.ko }).click();
  await page.getByRole('heading', { name: `${ko.channel.heading(3)}${MAPS}` }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'ko');
  const { search, hash } = new URL(page.url());
  assert.deepEqual([search, hash], ['?lang=ko&x=1', before.hash]);
  assert.deepEqual(await told(page, ko.predictions.title), before.predictions);
  assert.equal(await page.getByText(ko.asked.same).isVisible(), false);
  await page.getByText(ko.photo.own).waitFor();
  assert.equal(await page.getByRole('link', { name: NAMES.ko }).getAttribute('aria-current'), 'true');

  // Whoever is sent the link is asked for the files, in the language of the link or of the browser.
  const stranger = await chromium({ webgpu: false, context: { locale: 'ko' } });
  try {
    const { page: later } = await visit(stranger, `${site.url}${before.hash.replace('weights=own&', '')}`);
    await later.getByText(ko.asked.title('cat.jpg')).waitFor();
    await later.goto(`${site.url}?lang=en${before.hash.replace('weights=own&', '')}`);
    await later.getByText(en.asked.title('cat.jpg')).waitFor();
  } finally {
    await stranger.close();
  }
  assert.deepEqual(errors, []);
  await page.close();
});
