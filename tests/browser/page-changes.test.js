// Changes of the network: muted branches and channels, listed, undone, in the link, the predictions beside each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openModule, predictions, thumbnails, untilThumbnails, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

/** @param {import('playwright-core').Page} page */
const changes = (page) => page.getByRole('list', { name: 'Changes' }).getByRole('listitem');

/** Until the predictions are such. @param {import('playwright-core').Page} page @param {(names: string[]) => boolean} fit */
async function until(page, fit) {
  for (let names = await predictions(page); ; names = await predictions(page)) {
    if (fit(names)) return names;
    await page.waitForTimeout(50);
  }
}
const compared = (/** @type {string[]} */ names) => names.some((name) => name.endsWith('without the changes'));

test('a branch is muted in the open module, and the list undoes it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  const first = await predictions(page);
  await openModule(page, 'Inception (3a)');
  await page.getByRole('button', { name: 'Mute branch 1×1', exact: true }).click();
  const muted = await until(page, compared);
  assert.deepEqual(await changes(page).allInnerTexts().then((texts) => texts.map((text) => text.split('\n')[0])),
    ['inception3a.branch1: muted']);
  const [, was] = /^dandelion: (\S+)$/.exec(first[0]) ?? [];
  assert.match(muted.find((name) => name.startsWith('dandelion')) ?? '', new RegExp(`, ${was} without the changes$`));
  await page.waitForURL(/changes=inception3a\.branch1\*0/);
  await page.getByRole('button', { name: 'Undo: inception3a.branch1: muted' }).click();
  assert.deepEqual(await until(page, (names) => !compared(names)), first);
  assert.equal(await page.getByRole('button', { name: 'Mute branch 1×1', exact: true }).getAttribute('aria-pressed'), 'false');
  await page.waitForURL((url) => !/changes=/.test(url.href));
  assert.deepEqual(errors, []);
  await page.close();
});

test('a link has the changes; another photo keeps them; all are undone at once', async () => {
  const link = 'image=dandelion&node=inception3a.branch2.1&channel=5&changes=inception3a.branch1*0;inception3a.branch2.1:5*0';
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&${link}`);
  const muted = await until(page, compared);
  assert.equal(await changes(page).count(), 2);
  await page.getByRole('button', { name: 'Unmute channel' }).click();
  await changes(page).nth(1).waitFor({ state: 'detached' });
  assert.notDeepEqual(await predictions(page), muted);
  await page.getByRole('button', { name: 'Dahlia' }).click();
  await page.waitForFunction(() => location.hash.includes('image=dahlia') && !document.documentElement.classList.contains('running'));
  const other = await until(page, compared);
  assert.equal(await changes(page).count(), 1);
  await page.getByRole('button', { name: 'Undo all' }).click();
  const whole = await until(page, (names) => !compared(names));
  // What was said to be there without the changes is there without them.
  const [, name, before] = /^(\w+): \S+, (\S+) without/.exec(other[0]) ?? [];
  assert.ok(whole.includes(`${name}: ${before}`), `${other[0]}; ${whole.join()}`);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a change that the link names and the network has not is told', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&changes=nowhere*0`);
  await predictions(page);
  await page.getByRole('alert').filter({ hasText: 'nowhere' }).waitFor();
  assert.equal(await changes(page).count(), 0);
  await page.close();
});

test('only one branch is kept, its factor is dragged in the list, and the link has it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception3a`);
  const first = await predictions(page);
  await page.getByRole('button', { name: 'Keep only branch 1×1', exact: true }).click();
  await until(page, compared);
  const muted = ['inception3a.branch2.1', 'inception3a.branch3.1', 'inception3a.branch4.1'];
  await changes(page).nth(2).waitFor();
  const listed = await changes(page).allInnerTexts().then((texts) => texts.map((text) => text.split('\n')[0]));
  assert.deepEqual(listed, muted.map((node) => `${node}: muted`));
  await page.waitForURL(/changes=inception3a\.branch2\.1\*0;inception3a\.branch3\.1\*0;inception3a\.branch4\.1\*0/);
  const factor = page.getByRole('slider', { name: `Factor: ${muted[0]}` });
  await factor.fill('0.5');
  await changes(page).filter({ hasText: `${muted[0]}: × 0.50` }).waitFor();
  await page.waitForURL(/inception3a\.branch2\.1\*0\.5/);
  await page.getByRole('button', { name: `Undo: ${muted[1]}: muted` }).click();
  await changes(page).nth(2).waitFor({ state: 'detached' });
  assert.equal(await changes(page).count(), 2);
  await page.getByRole('button', { name: 'Undo all' }).click();
  assert.deepEqual(await until(page, (names) => !compared(names)), first);
  assert.deepEqual(errors, []);
  await page.close();
});

test('only one channel is kept', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception3a.branch1&channel=5`);
  await predictions(page);
  await page.getByRole('button', { name: 'Keep only this channel' }).click();
  await changes(page).filter({ hasText: 'inception3a.branch1: 63 channels muted' }).waitFor();
  await until(page, compared);
  await page.getByRole('button', { name: 'Next channel' }).click();
  await page.getByRole('button', { name: 'Unmute channel' }).click();
  await changes(page).filter({ hasText: 'inception3a.branch1: 62 channels muted' }).waitFor();
  await page.close();
});

test('the residual scale of all blocks is one slider, each in the list', async () => {
  const { page, errors } = await visit(browser, `${site.url}#model=inception_resnet_v1&engine=cpu&image=cat&node=repeat_1.0&view=list`);
  await predictions(page);
  await page.waitForFunction(() => !document.querySelector('.module.waiting:not(.auxiliary)'));
  const first = await thumbnails(page);
  await page.getByLabel('All blocks').check();
  await page.getByRole('slider', { name: 'Residual scale' }).fill('0.3');
  await changes(page).nth(20).waitFor();
  await untilThumbnails(page, first, false);
  const texts = await changes(page).allInnerTexts().then((all) => all.map((text) => text.split('\n')[0]));
  assert.equal(texts.length, 21);
  assert.ok(texts.every((text) => text.endsWith(': residual scale 0.30')), texts.join('; '));
  await page.waitForURL(/changes=repeat_1\.0%7E0\.3;repeat_1\.1%7E0\.3;/);
  await page.getByRole('slider', { name: `Factor: repeat_1.4` }).fill('0');
  await changes(page).filter({ hasText: 'repeat_1.4: residual scale 0.00' }).waitFor();
  await page.getByRole('button', { name: 'Undo all' }).click();
  await untilThumbnails(page, first, true);
  assert.deepEqual(errors, []);
  await page.close();
});
