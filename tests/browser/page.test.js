// The page as a visitor uses it: a photo in, predictions and every branch's maps out.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  choosePhoto, deviation, inceptionscope, openModule, openSetup, predictions, ROOT, safetensors, sample, tiles, visit,
} from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare();

for (const engine of ['auto', 'gpu']) {
  test(`a photo is named and every branch shows its maps (engine ${engine})`, async () => {
    const { page, errors } = await visit(browser, `${site.url}#engine=${engine}&image=cat`);
    const cat = await predictions(page);
    assert.match(await page.locator('#status').textContent() ?? '',
      engine === 'auto' ? /CPU.*software/ : /WebGPU/);
    assert.match(await page.getByRole('region', { name: 'Predictions' }).textContent() ?? '',
      /knows only five flowers: daisy, dandelion, rose, sunflower, tulip/);

    await openModule(page, 'Inception (3a)');
    for (const branch of ['1×1', '3×3', '5×5', 'pool']) {
      await page.getByRole('region', { name: new RegExp(`^Branch ${branch}`) }).waitFor();
    }
    const node = 'inception3a.branch2.1';
    const before = await tiles(page, node);
    assert.ok(new Set(Object.values(before)).size > 3, 'the maps of different channels look alike');

    await choosePhoto(page, sample('dandelion'));
    await page.getByRole('listitem', { name: /^dandelion/ }).first().waitFor();
    await page.waitForFunction((old) =>
      document.querySelector('[aria-label="Predictions"] li, .predictions li')?.getAttribute('aria-label') !== old, cat[0]);
    assert.match((await predictions(page))[0], /^dandelion/);
    await page.waitForFunction(([id, first]) => {
      const canvas = document.querySelector(`[aria-label="Feature maps of ${id}"] canvas`);
      return canvas instanceof HTMLCanvasElement && canvas.toDataURL() !== first;
    }, [node, before['Channel 0']]);
    const now = await tiles(page, node);
    const changed = Object.keys(now).filter((channel) => now[channel] !== before[channel]);
    assert.ok(changed.length > Object.keys(now).length / 2, `only ${changed.length} maps differ between photos`);
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test('the numbers behind the page are the command line’s', async () => {
  const trace = join(mkdtempSync(join(tmpdir(), 'inceptionscope-')), 'trace.safetensors');
  const weights = join(ROOT, 'weights/googlenet_flowers.safetensors');
  inceptionscope('trace', '--model', 'googlenet', '--weights', weights, '--image', sample('dahlia'), '--engine', 'cpu', '--out', trace);
  const expected = safetensors(readFileSync(trace));
  const nodes = ['input', 'conv1', 'inception3a', 'inception4a.branch3.1', 'inception5b', 'avgpool'];
  for (const engine of ['cpu', 'gpu']) {
    const { page } = await visit(browser, `${site.url}#image=none`);
    const found = await page.evaluate(async ({ engine, nodes }) => {
      /** @type {typeof import('../../www/inceptionscope.js')} */
      const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
      const scope = await open({ model: 'googlenet', weights: 'weights/googlenet_flowers.safetensors',
        engine: /** @type {'cpu'} */ (engine) });
      await scope.ready;
      const { logits, probabilities } = await scope.run(await (await fetch('samples/dahlia.jpg')).blob());
      /** @type {[string, number[], number[]][]} */
      const values = [['logits', [logits.length], [...logits]], ['probabilities', [probabilities.length], [...probabilities]]];
      for (const node of nodes) {
        const { shape, data } = await scope.activation(node);
        values.push([node, shape, [...data]]);
      }
      await scope.dispose();
      return values;
    }, { engine, nodes });
    for (const [name, shape, data] of found) {
      const tensor = expected.get(name);
      assert.ok(tensor, `the trace has no ${name}`);
      assert.deepEqual(shape, tensor.shape, name);
      const off = deviation(data, tensor.data);
      assert.ok(off <= 1e-4, `${engine}: ${name} is off by ${off}`);
    }
    await page.close();
  }
});

test('an address restores what is shown', async () => {
  const network = 'model=googlenet&weights=synthetic:1&engine=cpu&image=pagoda';
  const address = `#${network}&node=inception4b.branch2.1&channel=7&at=2,3&scale=op&sort=mean`;
  const { page, errors } = await visit(browser, `${site.url}${address}`);
  await page.getByRole('heading', { name: 'Channel 7 inception4b.branch2.1' }).waitFor();
  assert.equal(await page.getByLabel('Colours').inputValue(), 'op');
  assert.equal(await page.getByLabel('Order').inputValue(), 'mean');
  assert.equal(await page.getByRole('button', { name: 'Pagoda' }).getAttribute('aria-pressed'), 'true');
  const order = await page.getByRole('listbox', { name: 'Feature maps of inception4b.branch2.1' }).getByRole('option')
    .evaluateAll((options) => options.map((o) => Number(/mean (\S+)/.exec(o.getAttribute('aria-label') ?? '')?.[1])));
  assert.deepEqual(order, order.toSorted((a, b) => b - a));
  const params = (/** @type {string} */ hash) => Object.fromEntries(new URLSearchParams(hash.slice(1)));
  assert.deepEqual(params(new URL(page.url()).hash), params(address));

  await page.getByRole('button', { name: 'Next channel' }).click();
  await page.getByRole('heading', { name: 'Channel 8 inception4b.branch2.1' }).waitFor();
  assert.equal(params(new URL(page.url()).hash).channel, '8');
  // What was looked at in one network says nothing of another.
  await openSetup(page);
  await page.getByLabel('Network', { exact: true }).selectOption('resnet34');
  await page.waitForURL((url) => /model=resnet34/.test(url.hash) && !/node=|channel=|at=/.test(url.hash));
  assert.deepEqual(errors, []);
  await page.close();
});

test('the keyboard alone opens a module and a channel and reads a value', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&weights=synthetic:1&image=coffee`);
  await predictions(page);
  await page.getByRole('button', { name: 'List', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Inception \(3b\) / }).focus();
  await page.keyboard.press('Enter');
  const grid = page.getByRole('listbox', { name: 'Feature maps of inception3b.branch1', exact: true });
  await grid.waitFor();
  for (let i = 0; i < 12 && !(await grid.evaluate((element) => element === document.activeElement)); i++) await page.keyboard.press('Tab');
  // What has the focus is scrolled into view, and drawn there.
  await grid.getByRole('option', { name: /mean/ }).first().waitFor();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Channel 2 inception3b.branch1' }).waitFor();
  const map = page.getByRole('application', { name: 'Map: channel 2 of inception3b.branch1' });
  await map.focus();
  await page.keyboard.press('ArrowRight');
  const reading = await page.getByRole('status').filter({ hasText: /^row / }).textContent();
  assert.match(reading ?? '', /^row 14, column 14: [−\d]/);
  await page.keyboard.press('Escape');
  assert.ok(await grid.evaluate((element) => element === document.activeElement), 'the focus did not come back to the maps');
  await page.close();
});

test('two thousand maps are few elements', async () => {
  const { page } = await visit(browser, `${site.url}#model=inception_v3&engine=cpu&node=Mixed_7c`);
  await predictions(page);
  const grid = page.getByRole('listbox', { name: 'Feature maps of Mixed_7c', exact: true });
  await page.getByRole('button', { name: 'Show all 2048: Mixed_7c', exact: true }).click();
  const height = (await grid.boundingBox())?.height ?? 0;
  for (const part of [0, 0.4, 0.9]) {
    await grid.evaluate((element, y) => scrollTo(0, scrollY + element.getBoundingClientRect().top + y), part * height);
    await page.waitForFunction((element) => {
      const canvases = [...(element?.querySelectorAll('canvas') ?? [])];
      return canvases.length > 0 && canvases.every((c) => c.style.visibility === 'visible');
    }, await grid.elementHandle());
    const shown = await grid.getByRole('option').count();
    assert.ok(shown > 40 && shown < 800, `${shown} tiles exist`);
  }
  assert.equal(await grid.getByRole('option').first().getAttribute('aria-setsize'), '2048');
  await page.close();
});
