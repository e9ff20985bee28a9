// A GPU that computes wrong numbers without a word: it is found out before anything is shown.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { BLANK, blank, SMALL } from './harness/prepare.js';
import { serve } from './harness/server.js';

const browser = await chromium();
after(() => browser.close());

/**
 * In a worker: a compiler that makes something else of shaders whose names begin so.
 * @param {string} name a regular expression @param {string} right @param {string} wrong
 */
const miscompiled = (name, right, wrong) => `{
  const create = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const hit = /^${name}/.test(descriptor.label ?? '');
    if (hit && !descriptor.code.includes(${JSON.stringify(right)})) throw new Error('the shader has changed: mend this test');
    const code = hit ? descriptor.code.replaceAll(${JSON.stringify(right)}, ${JSON.stringify(wrong)}) : descriptor.code;
    return create.call(this, { ...descriptor, code });
  };
}`;
/** A software GPU that says it is a real one, which is chosen automatically. */
const REAL = 'Object.defineProperty(GPUAdapterInfo.prototype, \'isFallbackAdapter\', { get: () => false });';
const ZEROS = `{
  const range = GPUBuffer.prototype.getMappedRange;
  GPUBuffer.prototype.getMappedRange = function (...args) {
    const bytes = range.apply(this, args);
    new Uint8Array(bytes).fill(0);
    return bytes;
  };
}`;
const DROPPED = `{
  let count = 0;
  const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...args) {
    if (++count % 3 > 0) dispatch.apply(this, args);
  };
}`;

/**
 * What a worker with this in front of it answers.
 * @param {string} script
 * @param {'auto' | 'gpu'} engine
 * @returns {Promise<{ engine?: string, why?: string, top?: string, probability?: number, tiles?: string[], code?: string, data?: any }>}
 */
async function asked(script, engine) {
  const site = await serve({ pages: BLANK, inject: [script] });
  try {
    const { page } = await blank(browser, site);
    page.setDefaultTimeout(120_000);
    return await page.evaluate(async ([engine, size]) => {
      const { module, photo } = /** @type {any} */ (window);
      try {
        const scope = await module.open({ weights: 'weights/googlenet_flowers.safetensors', engine, size, tune: 'off' });
        await scope.run(await photo('dandelion'));
        const tuning = await scope.tune({ limit: 2000 });
        const { top } = await scope.run(await photo('dandelion'));
        const { engine: used, why } = scope.engine;
        await scope.dispose();
        const tiles = Object.values(tuning?.tiles ?? {});
        return { engine: used, why, top: top[0].name, probability: top[0].probability, tiles };
      } catch (error) {
        const { code, data } = /** @type {any} */ (error);
        return { code, data };
      }
    }, /** @type {const} */ ([engine, SMALL]));
  } finally {
    await site.close();
  }
}

const RIGHT = await asked('', 'gpu');

for (const [what, script] of /** @type {[string, string][]} */ ([
  ['a pool that takes the smaller value', miscompiled('pool_3x3_max', 'largest(a, b)', 'min(a, b)')],
  ['a ReLU that lets everything through', miscompiled('conv2d', 'y = relu(y)', 'y = y')],
  ['read-backs that are all zero', ZEROS],
  ['dispatches that are left out', DROPPED],
])) {
  test(`${what}: the CPU computes if nobody chose the GPU, else it is an error`, async () => {
    const automatic = await asked(REAL + script, 'auto');
    assert.deepEqual([automatic.engine, automatic.why, automatic.top], ['cpu', 'wrong', 'dandelion']);
    const chosen = await asked(script, 'gpu');
    assert.equal(chosen.code, 'device.wrong');
    assert.ok(chosen.data.shader && chosen.data.found !== chosen.data.expected, JSON.stringify(chosen.data));
  });
}

test('a tile that computes wrong numbers is not used, however fast it is: others are', async () => {
  for (const [tile, script] of [
    ['large', miscompiled('conv2d_(pointwise_)?large', '(*sums).q0 += w.q0 * x;', '(*sums).q0 += x;')],
    ['small', miscompiled('conv2d_small', '(*sums).q0 += w.q0 * x;', '(*sums).q0 = x;')],
  ]) {
    const found = await asked(script, 'gpu');
    assert.deepEqual([found.engine, found.top], ['gpu', 'dandelion'], JSON.stringify(found));
    assert.ok(Math.abs((found.probability ?? 0) - (RIGHT.probability ?? 1)) < 1e-4, `${found.probability} ${RIGHT.probability}`);
    assert.ok(found.tiles?.length && !found.tiles.includes(tile), `${tile}: ${found.tiles}`);
    // Its products have that tile here.
    assert.equal(found.tiles.includes('winograd'), tile !== 'large', `${tile}: ${found.tiles}`);
  }
});
