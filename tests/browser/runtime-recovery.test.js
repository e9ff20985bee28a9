// The GPU or the worker is lost, at any moment: the right answer all the same, and whoever asked is told.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { BLANK, blank, SMALL } from './harness/prepare.js';
import { serve } from './harness/server.js';
import { BROWSERS } from './harness/tab.js';
import { VERSION } from './harness/versions.js';

/** @typedef {keyof typeof BROWSERS} Name */
/** @type {Partial<Record<Name, Promise<any>>>} */
const browsers = {};
after(() => Promise.all(Object.values(browsers).map(async (browser) => (await browser).close())));

/**
 * In a worker: does something at the `n`th call of a method, once a message of a kind has come.
 * @param {string} message the method that the worker was asked for
 * @param {string} type
 * @param {string} method
 * @param {number} n
 * @param {string} effect
 */
const at = (message, type, method, n, effect) => `{
  let armed = false, calls = 0, device;
  addEventListener('message', ({ data }) => { armed ||= data.method === '${message}'; });
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) { return (device = await requestDevice.apply(this, args)); };
  const plain = ${type}.prototype.${method};
  ${type}.prototype.${method} = function (...args) {
    if (armed && ++calls === ${n}) { ${effect} }
    return plain.apply(this, args);
  };
}`;
const DESTROY = 'device.destroy();';
/** The moments at which a device may be destroyed. */
const MOMENTS = {
  'while weights are loaded': at('load', 'GPUQueue', 'writeBuffer', 30, DESTROY),
  'in the middle of a run': at('run', 'GPUQueue', 'submit', 3, DESTROY),
  'in the re-run of an intervention': at('mute', 'GPUQueue', 'submit', 1, DESTROY),
  'in a read-back': at('activation', 'GPUBuffer', 'mapAsync', 1, DESTROY),
};
/** What else ends a worker. @type {Record<string, string>} */
const ENDS = {
  // Whichever of them the worker has.
  'the module panics': `for (const glue of ['inceptionscope', 'inceptionscope_threads']) {
    import(new URL('../pkg/' + glue + '.js?${VERSION}', import.meta.url)).then(({ Session }) => {
      Session.prototype.activation = async () => { throw new WebAssembly.RuntimeError('unreachable'); };
    });
  }`,
  'the browser throws where nobody catches': at('run', 'GPUQueue', 'submit', 2, 'throw new TypeError(\'injected\');'),
  'the worker itself fails': `addEventListener('message', ({ data }) => {
    if (data.method === 'mute') setTimeout(() => { throw new Error('injected'); });
  });`,
};

/**
 * All that a page asks, of workers with these scripts in front: the first one, then those that replace it.
 * @param {Name} name
 * @param {'gpu' | 'cpu'} engine
 * @param {string[]} inject
 * @returns {Promise<{ answers: string[], top: string, kind: string, recoveries: import('../../www/inceptionscope.js').Recovery[] }>}
 */
async function asked(name, engine, inject = []) {
  browsers[name] ??= BROWSERS[name]();
  const site = await serve({ pages: BLANK, inject });
  try {
    const { page } = await blank(await browsers[name], site);
    return JSON.parse(await page.evaluate(async ([engine, size]) => {
      const { module, photo } = /** @type {any} */ (window);
      const file = new File([await (await fetch('weights/googlenet_flowers.safetensors')).arrayBuffer()], 'flowers.safetensors');
      /** @type {any[]} */
      const recoveries = [];
      const onRecover = (/** @type {any} */ told) => recoveries.push(told);
      const scope = await module.open({ weights: file, engine, size, tune: 'off', onRecover });
      await scope.mute('inception3a.branch2.1', [1]);
      const run = await scope.run(await createImageBitmap(await photo('dandelion')), { crop: { x: 10, y: 20, size: 200 } });
      const muted = await scope.mute('inception4a.branch1', [0, 1]);
      const value = await scope.activation('inception5b.branch2.1');
      const kind = scope.engine.engine;
      await scope.dispose();
      return JSON.stringify({ answers: [run.logits, muted.logits, value.data].map(String), top: run.top[0].name, kind, recoveries });
    }, /** @type {const} */ ([engine, SMALL])));
  } finally {
    await site.close();
  }
}

/** What is answered where nothing is lost. @type {Partial<Record<string, ReturnType<typeof asked>>>} */
const undisturbed = {};
const expected = (/** @type {Name} */ name, /** @type {'gpu' | 'cpu'} */ engine) =>
  (undisturbed[`${name} ${engine}`] ??= asked(name, engine));

for (const name of /** @type {Name[]} */ (Object.keys(BROWSERS))) {
  for (const [moment, script] of Object.entries(MOMENTS)) {
    test(`${name}: the device is destroyed ${moment}`, async () => {
      const { answers, top, recoveries } = await expected(name, 'gpu');
      assert.deepEqual([top, recoveries], ['dandelion', []]);
      const found = await asked(name, 'gpu', [script]);
      assert.deepEqual(found.answers, answers);
      assert.deepEqual([found.kind, found.recoveries.map((told) => told.reason)], ['gpu', ['device.lost']]);
    });
  }
}

for (const [what, script] of Object.entries(ENDS)) {
  test(`Chromium: ${what}`, async () => {
    const engine = script.includes('GPU') ? 'gpu' : 'cpu';
    const found = await asked('Chromium', engine, [script]);
    assert.deepEqual(found.answers, (await expected('Chromium', engine)).answers);
    assert.deepEqual(found.recoveries.map((told) => told.reason), ['runtime.failed']);
  });
}

test('a device that is lost twice in a minute is given up: the CPU goes on, and says why', async () => {
  const lost = MOMENTS['in the middle of a run'];
  const { top, kind, recoveries } = await asked('Chromium', 'gpu', [lost, lost]);
  assert.deepEqual([top, kind], ['dandelion', 'cpu']);
  assert.equal(recoveries.at(-1)?.engine.why, 'lost');
});

test('a call that makes the module panic again and again is given up, and the network lives on', async () => {
  const script = ENDS['the module panics'];
  browsers.Chromium ??= BROWSERS.Chromium();
  const site = await serve({ pages: BLANK, inject: [script, script] });
  try {
    const { page } = await blank(await browsers.Chromium, site);
    const said = await page.evaluate(async () => {
      const { module, photo } = /** @type {any} */ (window);
      const scope = await module.open({ model: 'googlenet', engine: 'cpu' });
      const { logits } = await scope.run(await photo('cat'));
      const code = await scope.activation('conv1').then(() => '', (/** @type {any} */ error) => error.code);
      const again = await scope.run(await photo('cat'));
      await scope.dispose();
      return { code, same: String(logits) === String(again.logits) };
    });
    assert.deepEqual(said, { code: 'runtime.failed', same: true });
    await page.close();
  } finally {
    await site.close();
  }
});
