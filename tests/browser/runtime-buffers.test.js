// What a question takes on the GPU is given back, also when its answer cannot be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, blank, prepare } from './harness/prepare.js';

/** In a worker: tells of buffers that are made and not destroyed, and lets the next read-backs fail that it is told to. */
const COUNT = `{
  let fail = 0;
  const alive = new Set();
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (...args) {
    const buffer = createBuffer.apply(this, args);
    alive.add(buffer);
    return buffer;
  };
  const { destroy, mapAsync } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () { alive.delete(this); return destroy.call(this); };
  GPUBuffer.prototype.mapAsync = function (...args) {
    return fail-- > 0 ? Promise.reject(new DOMException('injected', 'OperationError')) : mapAsync.apply(this, args);
  };
  const channel = new BroadcastChannel('buffers');
  channel.onmessage = ({ data }) => {
    if (data.fail !== undefined) fail = data.fail;
    channel.postMessage({ alive: alive.size });
  };
}`;

const { site, browser } = await prepare({ site: { pages: BLANK, inject: [COUNT] } });

test('a read-back that fails leaves no buffer behind, and the next one is answered', async () => {
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ model: 'googlenet', engine: 'gpu', tune: 'off' });
    await scope.run(await photo('cat'));
    const channel = new BroadcastChannel('buffers');
    /** @param {number} [fail] @returns {Promise<number>} */
    const alive = (fail) => new Promise((resolve) => {
      channel.onmessage = ({ data }) => resolve(data.alive);
      channel.postMessage({ fail });
    });
    const questions = {
      stats: () => scope.stats('conv2'),
      maps: () => scope.maps('conv2', { channels: [0, 1], size: 8 }),
      activation: () => scope.activation('conv2'),
    };
    // Pipelines are made once.
    for (const ask of [questions.stats, questions.maps]) await ask();
    /** @type {Record<string, any>} */
    const found = {};
    for (const [name, ask] of Object.entries(questions)) {
      const before = await alive(1);
      const code = await ask().then(() => 'answered', (/** @type {any} */ error) => error.code);
      const left = (await alive(0)) - before;
      found[name] = [code, left, await ask().then(() => 'answered', (/** @type {any} */ error) => error.code)];
    }
    await scope.dispose();
    return found;
  });
  const expected = ['device.refused', 0, 'answered'];
  assert.deepEqual(found, { stats: expected, maps: expected, activation: expected });
  assert.deepEqual(errors, []);
  await page.close();
});
