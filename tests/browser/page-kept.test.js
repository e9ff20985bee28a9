// Nothing is lost: own photo and own weights survive a reload; Back and Forward undo what was opened; a link shows the same in a
// tab that runs as in a fresh one; the tour gives back what was open.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TABLES } from '../../www/page/language.js';
import { chromium } from './harness/browsers.js';
import { openModule, openSetup, predictions, ROOT, sample, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ browser: { webgpu: false } });

/** @typedef {import('playwright-core').Page} Page */

const MINE = {
  name: 'mine.safetensors',
  mimeType: 'application/octet-stream',
  buffer: readFileSync(join(ROOT, 'weights/googlenet_flowers.safetensors')),
};

/** Waits until a photo has run, and returns what the page says of it. @param {Page} page @param {string} title of the list */
async function answers(page, title) {
  const items = page.getByRole('list', { name: title, exact: true }).getByRole('listitem');
  await items.first().waitFor();
  return items.evaluateAll((all) => all.map((item) => item.getAttribute('aria-label')));
}

for (const [language, load] of Object.entries(TABLES)) {
  test(`own photo and own weights survive a reload, are listed, and can be deleted: ${language}`, async () => {
    const { default: t } = await load();
    const own = await chromium({ webgpu: false });
    try {
      const { page, errors } = await visit(own, `${site.url}?lang=${language}#image=dandelion`);
      await answers(page, t.predictions.title);
      await page.locator('#weights-file').setInputFiles(MINE);
      await page.waitForURL(/fileId=\w/);
      await page.locator('#photo-file').setInputFiles(sample('cat'));
      await page.waitForURL(/photoId=\w/);
      const [link, before] = [page.url(), await answers(page, t.predictions.title)];
      assert.match(link, /weights=own/);
      assert.match(link, /file=mine\.safetensors/);
      await page.reload();
      assert.deepEqual(await answers(page, t.predictions.title), before);
      await page.getByText(t.photo.own).waitFor();
      await page.getByText(t.status.own).waitFor();
      assert.equal(page.url(), link);
      await openSetup(page);
      await page.getByRole('button', { name: t.storage.button, exact: true }).click();
      const dialog = page.getByRole('dialog', { name: t.storage.title });
      for (const [name, kind] of [['mine.safetensors', t.kept.kinds.weights], ['cat.jpg', t.kept.kinds.photo]]) {
        await dialog.getByRole('row').filter({ hasText: name }).filter({ hasText: kind }).getByRole('button').click();
        await dialog.getByRole('row').filter({ hasText: name }).filter({ hasText: kind }).waitFor({ state: 'detached' });
      }
      assert.deepEqual(errors, []);
      await page.reload();
      await page.getByText(t.asked.title('cat.jpg')).waitFor();
      await page.getByRole('alert').filter({ hasText: t.page.ownWeightsMissing('mine.safetensors') }).waitFor();
    } finally {
      await own.close();
    }
  });
}

test('Back and Forward undo the opening of channels, modules and networks', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  await predictions(page);
  await openModule(page, 'Inception (3a)');
  const maps = page.getByRole('listbox', { name: 'Feature maps of inception3a.branch1', exact: true });
  await maps.getByRole('option', { name: /mean/ }).nth(2).click();
  const channel = page.getByRole('heading', { name: 'Channel 2 inception3a.branch1' });
  await channel.waitFor();
  await page.waitForURL(/channel=2/);
  await openSetup(page);
  await page.getByLabel('Network', { exact: true }).selectOption('resnet34');
  await page.waitForURL(/model=resnet34/);
  const row = page.getByRole('button', { name: /^Inception \(3a\) / });
  await row.waitFor({ state: 'detached' });

  await page.goBack();
  await channel.waitFor();
  await page.goBack();
  await channel.waitFor({ state: 'hidden' });
  assert.equal(await row.getAttribute('aria-expanded'), 'true');
  await page.goBack();
  await page.waitForFunction((element) => element?.getAttribute('aria-expanded') === 'false', await row.elementHandle());
  await page.goForward();
  await page.waitForFunction((element) => element?.getAttribute('aria-expanded') === 'true', await row.elementHandle());
  await page.goForward();
  await channel.waitFor();
  await page.goForward();
  await row.waitFor({ state: 'detached' });
  await page.waitForURL(/model=resnet34/);
  assert.deepEqual(errors, []);
  await page.close();
});

/** All that is shown: photo, answer, module, colours, order, channel. @param {Page} page */
const shown = (page) => page.evaluate(() => ({
  photo: /** @type {HTMLCanvasElement} */ (document.querySelector('canvas.seen')).toDataURL(),
  answer: [...document.querySelectorAll('.predictions li')].map((item) => item.getAttribute('aria-label')),
  open: [...document.querySelectorAll('.module.open .id')].map((id) => id.textContent),
  channel: document.querySelector('#channel:not([hidden]) h2')?.textContent,
  reading: document.querySelector('#channel:not([hidden]) .reading')?.textContent,
  controls: [.../** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll('.toolbar select, #controls select'))]
    .map(({ value }) => value),
  tiles: [...document.querySelectorAll('.module.open [role=listbox]')].map((grid) =>
    [...grid.querySelectorAll('[role=option]')].map((tile) => tile.getAttribute('aria-label'))).flat(),
  colours: /** @type {HTMLCanvasElement | null} */ (
    document.querySelector('#channel:not([hidden]) .dock-body figure:nth-child(2) canvas'))?.toDataURL(),
  hash: location.hash,
}));

test('a link opened in a tab that runs shows exactly what a fresh tab shows', async () => {
  const links = [
    '#engine=cpu&image=dandelion&crop=40,60,200&node=inception4b.branch1&channel=5&at=3,4&scale=op&sort=mean',
    '#engine=cpu&image=cat&node=inception3a.branch1&channel=1&scale=map&sort=max',
    '#model=googlenet&weights=synthetic:2&engine=cpu&image=coffee&crop=10,20,150&node=inception4b.branch1&channel=9',
    '#engine=cpu&node=inception4b.branch1&channel=2',
  ];
  const { page: tab } = await visit(browser, `${site.url}#engine=cpu&image=pagoda&node=inception5b&sort=zeros&scale=map`);
  await predictions(tab);
  // What no link has is not shown either.
  await tab.getByRole('checkbox', { name: 'Every op' }).check();
  for (const link of links) {
    const heading = `Channel ${/channel=(\d+)/.exec(link)?.[1]} ${/node=([\w.]+)/.exec(link)?.[1]}`;
    await tab.evaluate((hash) => { location.hash = hash; }, link);
    const { page: fresh } = await visit(browser, site.url + link);
    /** @type {any} */
    let [a, b] = [null, null];
    for (const page of [tab, fresh]) await page.getByRole('heading', { name: heading }).waitFor();
    // Both get there in their own time.
    for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 300))) {
      [a, b] = await Promise.all([shown(tab), shown(fresh)]);
      if (JSON.stringify(a) === JSON.stringify(b) && a.tiles.every((/** @type {string} */ name) => /mean/.test(name))) break;
    }
    assert.deepEqual(a, b, link);
    await fresh.close();
  }
  await tab.close();
});

test('the tour gives back the module and the channel that were open', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception4c.branch1&channel=3`);
  const channel = page.getByRole('heading', { name: 'Channel 3 inception4c.branch1' });
  await channel.waitFor();
  const before = page.url();
  await page.getByRole('button', { name: 'Take the tour' }).click();
  await page.getByRole('region', { name: 'Inception (3a)' }).waitFor();
  await channel.waitFor({ state: 'hidden' });
  await page.getByRole('dialog', { name: 'One input, several branches' }).getByRole('button', { name: 'End the tour' }).click();
  await channel.waitFor();
  await page.getByRole('region', { name: 'Inception (4c)' }).waitFor();
  assert.equal(page.url(), before);
  await page.close();
});
