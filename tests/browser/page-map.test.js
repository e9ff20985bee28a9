// The list of modules: search, minimap, times; predictions with their heads and a class that is followed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSetup, predictions, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

test('modules are found by name, shape and op, from the keyboard too', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&view=list`);
  await predictions(page);
  const search = page.getByRole('searchbox', { name: 'Find a module or op' });
  const rows = page.getByRole('list', { name: 'The network' }).getByRole('button', { expanded: false });
  for (const [text, found] of /** @type {const} */ ([['4b', 1], ['528x14x14', 2], ['global', 1], ['conv 7×7', 1]])) {
    await search.fill(text);
    await page.getByRole('status').filter({ hasText: /match/ }).waitFor();
    assert.equal(await rows.count(), found, text);
  }
  await search.fill('no such op');
  await page.getByText('No module or op matches').waitFor();
  await search.fill('4b');
  await search.press('Enter');
  await page.getByRole('button', { name: /^Inception \(4b\)/, expanded: true }).waitFor();
  await page.close();
});

test('the minimap leads to a module', async () => {
  const { page } = await visit(browser, `${site.url}#model=resnet101&engine=cpu&image=none&view=list`);
  const map = page.getByRole('navigation', { name: 'Minimap' });
  const cells = map.getByRole('button');
  await cells.first().waitFor();
  await cells.first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  const name = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  await page.keyboard.press('Enter');
  const row = page.getByRole('button', { name: new RegExp(`^${name?.replace('Go to ', '').replace(/[()]/g, '\\$&')}`), expanded: false });
  await page.waitForFunction((element) => document.activeElement === element, await row.elementHandle());
  await page.waitForFunction((element) => {
    const { top, bottom } = element?.getBoundingClientRect() ?? { top: -1, bottom: 0 };
    return top >= 0 && bottom <= innerHeight;
  }, await row.elementHandle());
  await page.close();
});

test('each module’s time is measured and the shares make a whole', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&view=list`);
  await predictions(page);
  await page.getByRole('button', { name: 'Time the modules' }).click();
  await page.getByRole('status').filter({ hasText: /in total/ }).waitFor();
  const names = await page.getByRole('list', { name: 'The network' }).getByRole('button', { expanded: false }).allTextContents();
  const shares = names.map((name) => Number(/Time [\d.]+\sms, <?([\d.]+)%/.exec(name)?.[1]));
  const sum = shares.reduce((a, b) => a + b, 0);
  assert.ok(sum > 95 && sum < 105, `${sum} %: ${names.join('\n')}`);
  await page.close();
});

test('a class is followed from run to run, and the heads speak beside the main one', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&view=list`);
  await predictions(page);
  const heads = page.getByRole('table', { name: 'Auxiliary heads (training only)' });
  assert.deepEqual(await heads.getByRole('columnheader').allTextContents(), ['Main', 'Auxiliary head 1', 'Auxiliary head 2']);

  await page.getByRole('combobox', { name: 'Track a class from run to run' }).fill('rose');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Track rose', pressed: true }).waitFor();
  await page.getByText('The next run shows how it changes.').waitFor();
  await page.getByRole('button', { name: 'Dahlia' }).click();
  await page.getByText(/percentage points since the last run|No change since/).waitFor();
  const line = page.getByRole('img', { name: /^rose in the last 2 runs: / });
  const shown = /: .*, (.*)$/.exec(await line.getAttribute('aria-label') ?? '')?.[1];
  const now = (await predictions(page)).find((text) => text.startsWith('rose: '));
  assert.equal(now, `rose: ${shown}`);
  await page.waitForURL(/class=2/);
  await page.getByRole('button', { name: 'Stop tracking rose' }).click();
  await page.waitForURL((url) => !/class=/.test(url.href));
  await page.close();
});

test('the profile in force is named, and another can be chosen', async () => {
  const { page, errors } = await visit(browser, `${site.url}#model=inception_v3&engine=cpu`);
  await predictions(page);
  await openSetup(page);
  const profile = page.getByRole('combobox', { name: 'Profile' });
  assert.equal(await profile.locator('option:checked').textContent(), 'torchvision (auto)');
  await profile.selectOption('keras');
  await page.waitForURL(/profile=keras/);
  await page.waitForFunction(() => document.querySelector('#profile')?.getAttribute('title')?.startsWith('keras'));
  assert.deepEqual(errors, []);
  await page.close();
});
