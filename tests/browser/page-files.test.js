// Weight files of the visitor's: of rare formats, in several parts, and such as open with a warning.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { choosePhoto, complaint, openModule, openSetup, predictions, ROOT, tiles, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';
import { flowers, safetensorsFile } from './harness/weights.js';

const { site, browser } = await prepare();

/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} File */

/** @param {import('playwright-core').Page} page @param {string | File | File[]} files */
async function chooseWeights(page, files) {
  await openSetup(page);
  await page.getByRole('button', { name: 'ImageNet weights' }).click();
  await page.getByLabel('Choose a weight file').setInputFiles(files);
}

/** The page with another network open. @param {string} [more] of the address */
const elsewhere = (more = '') => visit(browser, `${site.url}#model=resnet34&engine=cpu&image=dandelion${more}`);

/** The flowers' weights in two files, and the index that lists them. */
function sharded() {
  const tensors = flowers();
  const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const parts = [tensors.slice(0, 200), tensors.slice(200)];
  const shards = parts.map((part, i) => safetensorsFile(names[i], part));
  const map = Object.fromEntries(parts.flatMap((part, i) => part.map(({ name }) => [name, names[i]])));
  const buffer = Buffer.from(JSON.stringify({ metadata: {}, weight_map: map }));
  return { tensors, shards, index: { name: 'model.safetensors.index.json', mimeType: 'application/json', buffer } };
}

test('shards open together with their index, and one that is missing or cut off is named', async () => {
  const { page, errors } = await elsewhere();
  await predictions(page);
  const { tensors, shards, index } = sharded();
  await chooseWeights(page, [index, shards[0]]);
  assert.match(await complaint(page), /The file model-00002-of-00002\.safetensors is missing/);
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await chooseWeights(page, [index, { ...shards[0], buffer: shards[0].buffer.subarray(0, -8) }, shards[1]]);
  assert.match(await complaint(page), /cut off or damaged \(model-00001-of-00002\.safetensors\)/);
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await chooseWeights(page, safetensorsFile('whole.safetensors', tensors));
  await page.getByRole('listitem', { name: /^class 1: / }).waitFor();
  const whole = await predictions(page);
  await openSetup(page);
  await page.getByLabel('Network', { exact: true }).selectOption('resnet34');
  await page.getByRole('listitem', { name: /^class 1: / }).waitFor({ state: 'detached' });
  await chooseWeights(page, [shards[1], index, shards[0]]);
  await page.getByRole('listitem', { name: whole[0], exact: true }).waitFor();
  assert.deepEqual(await predictions(page), whole);
  assert.deepEqual(errors, []);
  await page.close();
});

test('shards open by the address of their index, and are kept', async () => {
  const { tensors, shards, index } = sharded();
  /** @param {string} name */
  const path = (name) => `/org/model/resolve/main/${name}`;
  const whole = safetensorsFile('whole.safetensors', tensors);
  const trouble = Object.fromEntries([whole, index, ...shards].map(({ name, buffer }) => [path(name), { body: buffer }]));
  const hub = await serve({ headers: { 'access-control-allow-origin': '*' }, trouble: { ...trouble } });
  /** @param {string} name */
  const open = async (name) => {
    const address = new URL(path(name), hub.url).href;
    const wanted = `${address}?download=true`;
    const agreed = `sessionStorage.setItem('inceptionscope-agreed', ${JSON.stringify(JSON.stringify([wanted]))})`;
    const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&weights=${encodeURIComponent(wanted)}`, agreed);
    return page;
  };
  try {
    const reference = await open(whole.name);
    const expected = await predictions(reference);
    await reference.close();

    // What a portal or a repository says in place of a file is not kept as one.
    for (const [name, body, says] of /** @type {const} */ ([
      [index.name, '<!doctype html><title>Sign in</title>', /it is no index of shards/],
      [shards[1].name, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n', /model-00002-of-00002\.safetensors/],
      [shards[0].name, null, /404/],
    ])) {
      hub.trouble[path(name)] = body === null ? { status: 404 } : { body: Buffer.from(body) };
      const page = await open(index.name);
      assert.match(await complaint(page), says);
      await page.close();
      hub.trouble[path(name)] = trouble[path(name)];
    }

    for (const online of [true, false]) {
      if (!online) for (const name of Object.keys(hub.trouble)) hub.trouble[name] = { gone: true };
      const page = await open(index.name);
      await page.getByRole('listitem', { name: expected[0], exact: true }).waitFor();
      assert.deepEqual(await predictions(page), expected);
      // Nobody waits for what is kept.
      const kept = () => page.evaluate(async () => {
        const { stored } = await import(new URL('inceptionscope.js', document.baseURI).href);
        return (await stored()).filter((/** @type {any} */ { url, sha256 }) => sha256 && url.includes('/org/model/')).length;
      });
      for (const end = Date.now() + 60_000; (await kept()) < 4 && Date.now() < end;) await page.waitForTimeout(50);
      await page.close();
    }
  } finally {
    await hub.close();
  }
});

test('a Keras file is converted by a module that is loaded only then', async () => {
  const { page } = await elsewhere();
  await predictions(page);
  const formats = () => site.requests.filter((path) => path.includes('pkg-formats')).length;
  assert.equal(formats(), 0);
  // It is read, and is of no network known here.
  await chooseWeights(page, resolve(ROOT, 'tests/fixtures/weights/toy.h5'));
  assert.match(await complaint(page), /toy\.h5: This is a Keras file of a network other than InceptionV3/);
  assert.ok(formats() > 0);
  await page.close();
});

test('checkpoints of training scripts are weights by their names, too', async () => {
  const { page } = await elsewhere();
  await predictions(page);
  const buffer = readFileSync(resolve(ROOT, 'tests/fixtures/weights/cases/ema.pth'));
  for (const name of ['model_best.pth.tar', 'last.ckpt']) {
    // Where a photo is asked for, it is known not to be one.
    await choosePhoto(page, { name, mimeType: 'application/octet-stream', buffer });
    assert.match(await complaint(page), /is not a photo.*For weights/);
    await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  }
  await page.close();
});

test('the files of a TF.js model are given together, and one that is missing is named', async () => {
  const { page } = await elsewhere();
  await predictions(page);
  const weights = [{ name: 'a', shape: [1], dtype: 'float32' }];
  const model = { format: 'layers-model', modelTopology: {}, weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights }] };
  await chooseWeights(page, [{ name: 'model.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(model)) }]);
  assert.match(await complaint(page), /The file group1-shard1of1\.bin is missing/);
  await page.close();
});

test('weights without a classifier: everything but predictions', async () => {
  const { page, errors } = await elsewhere('&node=layer1.0');
  await predictions(page);
  await chooseWeights(page, safetensorsFile('trunk.safetensors', flowers().filter(({ name }) => !name.startsWith('fc.'))));
  await page.getByText('The weights have no classifier, so there are no predictions.').waitFor();
  const warnings = page.getByRole('list', { name: 'About these weights' });
  await warnings.getByText('The file has no classifier').waitFor();
  await openModule(page, 'Inception (3a)');
  assert.ok(Object.keys(await tiles(page, 'inception3a.branch1')).length > 0);
  assert.deepEqual(errors, []);
  await page.close();
});

test('values that are NaN are told with their tensor and place', async () => {
  const { page } = await elsewhere();
  await predictions(page);
  const tensors = flowers();
  const bias = tensors.find(({ name }) => name === 'conv1.bn.bias');
  assert.ok(bias);
  bias.bytes.writeFloatLE(NaN, 4 * 7);
  await chooseWeights(page, safetensorsFile('broken.safetensors', tensors));
  const warnings = page.getByRole('list', { name: 'About these weights' });
  await warnings.getByText('Tensor conv1.bn.bias has 1 value that is NaN or infinite, the first at [7].').waitFor();
  await page.close();
});
