// Other input sizes than the paper's, and pictures that are taken as they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, blank, prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ site: { pages: BLANK } });

test('size is what the network reads, and what its maps follow from', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu', size: 128 });
    const { seen, top } = await scope.run(await photo('dandelion'));
    const input = await scope.activation('input');
    const { shape } = await scope.activation('inception3a');
    // The photo is resized to whole pixels: its two sides may differ by a pixel of the resized photo.
    const square = Math.abs(seen.width / seen.height - 1) < 1 / 128;
    return { reads: scope.graph.input, input: input.shape, shape, name: top[0].name, square };
  });
  assert.deepEqual(found, { reads: [3, 128, 128], input: [3, 128, 128], shape: [256, 16, 16], name: 'dandelion', square: true });
  await page.close();
});

test('resize: false takes a picture of the input size as it is, and refuses any other', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async () => {
    const { module } = /** @type {any} */ (window);
    const scope = await module.open({ model: 'googlenet', weights: 'synthetic:1', engine: 'cpu', size: 96 });
    /** @param {number} side */
    const picture = (side) => {
      const data = new Uint8ClampedArray(side * side * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256));
      return new ImageData(data, side, side);
    };
    const { seen } = await scope.run(picture(96), { resize: false });
    const { data } = await scope.activation('input');
    // Channel 0 of the first pixels: normalising keeps their order and differences.
    const [a, b, c] = data;
    const steps = [(37 * 4) % 256, (37 * 8) % 256];
    const refused = await scope.run(picture(97), { resize: false })
      .catch((/** @type {any} */ error) => ({ code: error.code, ...error.data }));
    return { seen, ratio: (b - a) / (c - a), expected: steps[0] / steps[1], refused };
  });
  assert.deepEqual(found.seen, { photoWidth: 96, photoHeight: 96, x: 0, y: 0, width: 96, height: 96 });
  assert.ok(Math.abs(found.ratio - found.expected) < 1e-4, `${found.ratio} is not ${found.expected}`);
  assert.deepEqual(found.refused, { code: 'photo.input_size', width: 97, height: 97, input: 96 });
  await page.close();
});
