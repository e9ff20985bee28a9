// What a headline claims is what was measured: energy, beside the share of the channels; near-ties are called that; how much the
// answer depends on a branch is found by leaving it out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TABLES } from '../../www/page/language.js';
import { openModule, predictions, ROOT, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ browser: { webgpu: false } });

for (const [language, load] of Object.entries(TABLES)) {
  test(`the branch with the most energy is told with its share of the channels, ties as ties: ${language}`, async () => {
    const { default: t } = await load();
    const { page, errors } = await visit(browser, `${site.url}?lang=${language}#engine=cpu&image=dandelion&view=list`);
    await page.getByRole('list', { name: t.predictions.title }).getByRole('listitem').first().waitFor();
    // The page's own words for values that are computed here, from the output itself.
    /** @type {{ id: string, all: number, parts: { label: string, share: number, channels: number }[] }[]} */
    const modules = (await page.evaluate(async () => {
      const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
      const scope = await open({ model: 'googlenet', weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu' });
      await scope.ready;
      await scope.run(await (await fetch('samples/dandelion.jpg')).blob());
      const found = [];
      for (const { id, output, lanes } of scope.graph.modules) {
        const node = scope.graph.nodes.find((/** @type {any} */ n) => n.id === output);
        if (!lanes.length || !(node.parts?.length > 1)) continue;
        const { data, shape: [, rows, columns] } = await scope.activation(output);
        const energy = (/** @type {number} */ from, /** @type {number} */ to) =>
          data.slice(from * rows * columns, to * rows * columns)
            .reduce((/** @type {number} */ sum, /** @type {number} */ v) => sum + v * v, 0);
        const all = energy(0, node.shape[0]);
        found.push({ id, all: node.shape[0], parts: node.parts.map((/** @type {any} */ { node: part, from, to }) => ({
          label: lanes[scope.graph.nodes.find((/** @type {any} */ n) => n.id === part).lane].label,
          share: energy(from, to) / all, channels: to - from,
        })) });
      }
      await scope.dispose();
      return found;
    }));
    assert.equal(modules.length, 9);
    let ties = 0;
    for (const { id, all, parts } of modules) {
      const sorted = parts.toSorted((a, b) => b.share - a.share);
      const first = sorted.filter(({ share }) => sorted[0].share - share < 0.02);
      ties += first.length > 1 ? 1 : 0;
      await page.locator('.module h3 button').filter({ has: page.getByText(id, { exact: true }) }).click();
      await page.getByRole('status').filter({ hasText: t.module.verdict(first, all) }).waitFor();
      assert.equal(/[Nn]early tied|거의 비슷/.test(t.module.verdict(first, all)), first.length > 1, id);
    }
    console.log(`${ties} near-ties of ${modules.length}`);
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test('the removal test is one click from there', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&view=list`);
  await predictions(page);
  await openModule(page, 'Inception (5b)');
  await page.locator('.likes-head').getByRole('button', { name: 'Which branch matters most?' }).click();
  await page.getByRole('status').filter({ hasText: /matters most: without it|A tie, within|does not lower/ }).waitFor();
  await page.waitForURL(/why=removal:/);
  await page.close();
});

test('of random weights no headline offers that', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&weights=synthetic:1&image=dandelion&node=inception4c`);
  await page.getByRole('status').filter({ hasText: 'The weights are random' }).waitFor();
  await page.locator('.likes-head').getByRole('button', { name: 'Which branch matters most?' }).waitFor({ state: 'hidden' });
  await page.close();
});

test('a kernel is “before batch norm” only where batch norm follows', async () => {
  for (const [variant, expected] of /** @type {const} */ ([['', true], ['published', false]])) {
    const { page } = await visit(browser,
      `${site.url}#engine=cpu&variant=${variant}&weights=synthetic:1&image=dandelion&node=inception4c.branch1&channel=3`);
    await page.getByRole('tab', { name: 'Kernel' }).click();
    const note = page.getByText(/^Weights of inception4c/);
    await note.waitFor();
    assert.equal(/before batch norm/.test(await note.textContent() ?? ''), expected, variant);
    await page.close();
  }
  // The hint of “Every op” is true of either.
  assert.doesNotMatch(readFileSync(join(ROOT, 'www/locales/en/network.js'), 'utf8'), /everyOpHint: .*batch norm/);
});
