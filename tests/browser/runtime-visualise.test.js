// What excites it, asked of the module: against PyTorch, beside other calls, paused and stopped.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './harness/page.js';
import { BLANK, blank, prepare } from './harness/prepare.js';

/** @typedef {typeof import('../../www/inceptionscope.js')} Module */

const { site, browser } = await prepare({ site: { pages: BLANK } });

for (const engine of /** @type {const} */ (['cpu', 'gpu'])) {
  test(`steps on the ${engine} are PyTorch’s`, async () => {
    const golden = JSON.parse(readFileSync(join(ROOT, 'tests/goldens/visualisation.json'), 'utf8')).first;
    const { page, errors } = await blank(browser, site);
    // Of the recipe's nearly grey first picture; see tests/oracle/make_visualisation.py.
    const steps = golden.values.length;
    const found = await page.evaluate(async ({ golden, engine, steps }) => {
      const { open } = /** @type {Module} */ (/** @type {any} */ (window).module);
      const scope = await open({ model: 'googlenet', weights: 'synthetic:1', engine, tune: 'off' });
      const { objective, size, seed } = golden;
      const made = await scope.visualise({ objective, size, seed, steps, transform: 'none' });
      await scope.dispose();
      return { ...made, rgba: made.rgba.length, alpha: made.rgba[3], values: [...made.values] };
    }, { golden, engine, steps });
    const { done, of, width, height, rgba, alpha } = found;
    assert.deepEqual([done, of, width, height, rgba, alpha], [steps, steps, 128, 128, 4 * 128 * 128, 255]);
    assert.deepEqual(found.objective, [golden.objective]);
    found.values.forEach((value, at) => {
      const expected = golden.values[at];
      assert.ok(Math.abs(value - expected) < 1e-3 * Math.max(Math.abs(expected), 1e-2), `step ${at}: ${value}, ${expected}`);
    });
    assert.equal(found.value, found.values[steps - 1]);
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test('a picture grows step by step, waits for who is told, and stops', async () => {
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const { open } = /** @type {Module} */ (module);
    const scope = await open({ model: 'googlenet', weights: 'synthetic:1', engine: 'cpu' });
    const objective = 'inception3a:1';
    const [told, seen] = [/** @type {number[]} */ ([]), /** @type {string[]} */ ([])];
    const failed = (/** @type {Promise<any>} */ call) => call.then(() => 'nothing', (error) => error.code ?? error.name);

    // While one waits, another and a run go on.
    let go = () => {};
    const gate = new Promise((resolve) => { go = () => resolve(undefined); });
    const waiting = scope.visualise({ objective, size: 75, steps: 3, onStep: ({ done }) => { told.push(done); return gate; } });
    const other = await scope.visualise({ objective, size: 75, steps: 3, seed: 1 });
    const like = await failed(scope.visualise({ objective: 'like:inception3a', size: 75, steps: 1 }));
    const before = await failed(scope.dream({ objective: 'inception3a', iterations: 1 }));
    const { logits } = await scope.run(await photo('dandelion'));
    seen.push(...told.map(String));
    go();
    const one = await waiting;

    const stop = new AbortController();
    const stopped = await failed(scope.visualise({ objective, size: 75, steps: 1000, signal: stop.signal,
      onStep: ({ done }) => {
        if (done < 2) return undefined;
        stop.abort();
        return new Promise(() => {}); // it is stopped while it waits
      } }));
    const sizes = /** @type {number[]} */ ([]);
    const dream = await scope.dream({ objective: 'inception3a', iterations: 1, octaves: 2, onStep: ({ width }) => { sizes.push(width); } });
    const again = await scope.dream({ objective: 'inception3a', iterations: 1, octaves: 2 });
    const noise = Uint8ClampedArray.from({ length: 4 * 160 ** 2 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 251));
    const pixels = new ImageData(noise, 160, 160);
    const given = await scope.dream({ objective: 'inception3a', iterations: 1, octaves: 2, picture: pixels });
    const oblong = await failed(scope.dream({ objective: 'inception3a', picture: new ImageData(160, 100) }));
    const after = await scope.run(await photo('dandelion'));
    const unknown = await failed(scope.visualise({ objective: 'inception3a:1000' }));
    const wrong = await failed(scope.visualise(/** @type {any} */ ({ objective, size: 32 })));
    await scope.dispose();
    const same = (/** @type {ArrayLike<number>} */ a, /** @type {ArrayLike<number>} */ b) => String(a) === String(b);
    // A step changes a value by 1.5 of 255 in the mean, of what it was.
    const changed = given.rgba.reduce((sum, v, i) => sum + Math.abs(v - pixels.data[i]), 0) / (3 * 160 ** 2);
    return { seen, told, like, before, stopped, unknown, wrong, sizes, width: dream.width, done: one.done, oblong,
      given: [given.width, changed > 0.5 && changed < 5],
      differ: !same(one.rgba, other.rgba), repeat: same(dream.rgba, again.rgba), unchanged: same(logits, after.logits) };
  });
  assert.deepEqual(found, {
    seen: ['1'], told: [1, 2], like: 'run.none', before: 'run.none', stopped: 'call.aborted', unknown: 'node.channel',
    wrong: 'argument.range',
    sizes: [160], given: [160, true], oblong: 'argument.range', width: 224, done: 3, differ: true, repeat: true, unchanged: true,
  });
  assert.deepEqual(errors, []);
  await page.close();
});
