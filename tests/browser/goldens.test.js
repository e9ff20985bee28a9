// The GPU engine in two browsers against what the reference implementations computed: every recorded
// point, those that the plan fuses away included. Natively, tests/goldens.rs does so for all networks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium, firefox } from './harness/browsers.js';
import { ROOT } from './harness/page.js';
import { fnv1a64, image, positions } from './harness/recipe.js';
import { BLANK } from './harness/prepare.js';
import { serve } from './harness/server.js';

/** Of |found − golden| / (|golden| + std of the point), as in tests/common/golden.rs. */
const TOLERANCE = 1e-4;

/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
before(async () => {
  site = await serve({ pages: BLANK });
});
after(() => site.close());

/** What the browser needs of a golden file. @param {string} model */
function golden(model) {
  const { input, points, seed, top5 } = JSON.parse(readFileSync(join(ROOT, `tests/goldens/${model}.seed1.json`), 'utf8'));
  const rgb = image(input.size, seed);
  assert.equal(fnv1a64(rgb).toString(16).padStart(16, '0'), input.image_fnv1a64);
  return {
    model,
    seed,
    // Strings: a browser's remote protocol wraps every number of an array.
    rgb: Buffer.from(rgb).toString('base64'),
    points: JSON.stringify(points.map((/** @type {any} */ { node, id, shape, std, values }) => {
      const length = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b);
      return { node, shape, std, values, at: positions(id, length, values.length) };
    })),
    tolerance: TOLERANCE,
    top5: top5.map((/** @type {[number, number]} */ [id]) => id),
  };
}

/**
 * Runs in the browser.
 * @param {{ model: string, seed: number, rgb: string, points: string, tolerance: number }} golden
 */
async function compare({ model, seed, rgb, points, tolerance }) {
  const started = performance.now();
  /** @type {typeof import('../../www/inceptionscope.js')} */
  const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
  const scope = await open({ model, weights: `synthetic:${seed}`, engine: 'gpu' });
  await scope.ready;
  // What the first op reads: in all three networks v/127.5 − 1, in GoogLeNet after transform_input.
  const pixels = Uint8Array.from(atob(rgb), (c) => c.charCodeAt(0));
  const area = pixels.length / 3;
  const tensor = Float32Array.from(pixels, (_, i) => pixels[(i % area) * 3 + Math.floor(i / area)] / 127.5 - 1);
  const { top } = await scope.run(tensor);
  let worst = 0;
  /** @type {string[]} */
  const off = [];
  for (const { node, shape, std, values, at } of JSON.parse(points)) {
    const found = await scope.activation(node);
    if (String(found.shape) !== String(shape)) off.push(`${node} is ${found.shape}, not ${shape}`);
    if (!found.data.every(Number.isFinite)) off.push(`${node} is not finite`);
    const errors = values.map((/** @type {number} */ v, /** @type {number} */ i) => Math.abs(found.data[at[i]] - v) / (Math.abs(v) + std));
    const largest = Math.max(...errors);
    if (!(largest <= tolerance)) off.push(`${node} is off by ${largest}`);
    worst = Math.max(worst, largest);
  }
  await scope.dispose();
  return { off, worst, top: top.map((guess) => guess.class), seconds: (performance.now() - started) / 1000, adapter: scope.engine.adapter };
}

// What Firefox runs is what tests/goldens.rs runs, wgpu on lavapipe: two networks have all of its kernels.
const BROWSERS = /** @type {const} */ ([
  ['Chromium', chromium, ['googlenet', 'inception_resnet_v2', 'xception']],
  ['Firefox', firefox, ['googlenet', 'xception']],
]);

for (const [name, launch, models] of BROWSERS) {
  for (const model of models) {
    test(`${model} in ${name} is the reference's`, async (t) => {
      const browser = await launch();
      try {
        // Playwright's and Puppeteer's pages are alike, but not in the eyes of the type checker.
        const page = /** @type {import('puppeteer-core').Page} */ (await browser.newPage());
        await page.goto(`${site.url}blank.html`);
        const expected = golden(model);
        const { off, worst, top, seconds, adapter } = await page.evaluate(compare, expected);
        const points = `${JSON.parse(expected.points).length} points on ${adapter}`;
        t.diagnostic(`${points}, worst ${worst.toExponential(1)}, ${seconds.toFixed(1)} s`);
        assert.deepEqual(off, []);
        assert.deepEqual(top, expected.top5);
      } finally {
        await browser.close();
      }
    });
  }
}
