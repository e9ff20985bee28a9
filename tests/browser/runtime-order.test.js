// Calls without waiting: each is answered in the state in which it was made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, blank, prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ site: { pages: BLANK } });

/** How many random sequences are tried. */
const SEQUENCES = 8;

test('run and an intervention, without waiting: the run answers with the state before it', async () => {
  const { page, errors } = await blank(browser, site);
  const [first, muted, restored, between] = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ model: 'googlenet', engine: 'cpu' });
    const cat = await photo('cat');
    const node = 'inception3a.branch2.1';
    const none = await scope.mute(node, [0]);
    await scope.restore();
    const answers = await Promise.all([scope.run(cat), scope.stats(node), scope.mute(node), scope.stats(node), scope.restore(),
      scope.run(cat)]);
    await scope.dispose();
    const [run, before, mute, after, restore, again] = answers;
    const zero = (/** @type {any} */ stats) => stats.max.every((/** @type {number} */ v) => v === 0);
    return [[none, String(run.logits), String(again.logits)], String(mute.logits), String(restore.logits), [zero(before), zero(after)]];
  });
  assert.equal(first[0], null, 'there was no picture yet');
  assert.equal(first[1], first[2]);
  assert.equal(restored, first[1]);
  assert.notEqual(muted, first[1]);
  assert.deepEqual(between, [false, true]);
  assert.deepEqual(errors, []);
  await page.close();
});

test('an intervention tells which nodes are computed again: its own listener, or that of the run', async () => {
  const { page } = await blank(browser, site);
  const told = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ model: 'googlenet', engine: 'cpu' });
    /** @type {string[]} */
    let run = [];
    /** @type {string[]} */
    const own = [];
    await scope.run(await photo('cat'), { onNode: (/** @type {string} */ node) => run.push(node) });
    const whole = run;
    run = [];
    await scope.mute('inception5b.branch2.1');
    await scope.restore(null, { onNode: (/** @type {string} */ node) => own.push(node) });
    await scope.dispose();
    return { whole, run, own };
  });
  assert.ok(told.whole.includes('conv1') && told.whole.includes('inception5b'));
  assert.ok(told.run.includes('inception5b') && told.run.includes('probabilities'), `${told.run}`);
  assert.ok(told.own.includes('inception5b'), `${told.own}`);
  await page.close();
});

test('a second scope on the same weights has a picture and interventions of its own', async () => {
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const first = await module.open({ model: 'googlenet', engine: 'cpu' });
    const [cat, dandelion] = [await photo('cat'), await photo('dandelion')];
    const alone = String((await first.run(cat)).logits);
    const one = await first.memory();
    const second = await first.fork();
    const [a, b] = await Promise.all([first.run(cat), second.run(dandelion)]);
    const muted = await second.mute('inception3a.branch2.1');
    const [still, there] = [await first.run(cat), await second.run(dandelion)];
    const two = await first.memory();
    await first.dispose();
    const closed = await first.stats('conv1').then(() => '', (/** @type {any} */ error) => error.code);
    const outlives = await second.run(dandelion);
    await second.dispose();
    return {
      same: [String(a.logits), String(still.logits)].every((logits) => logits === alone), other: String(b.logits) !== alone,
      muted: [String(muted.logits), String(outlives.logits)].every((logits) => logits === String(there.logits)),
      changed: String(muted.logits) !== String(b.logits), weights: two.weights / one.weights, closed,
    };
  });
  assert.deepEqual(found, { same: true, other: true, muted: true, changed: true, weights: 1, closed: 'scope.closed' });
  assert.deepEqual(errors, []);
  await page.close();
});

test('random sequences of calls, none waited for, are answered as by a fresh scope that waits for each', async () => {
  const { page } = await blank(browser, site);
  page.setDefaultTimeout(180_000);
  const wrong = await page.evaluate(async (sequences) => {
    const { module, photo } = /** @type {any} */ (window);
    const photos = await Promise.all(['cat', 'dandelion', 'coffee'].map(photo));
    const nodes = ['conv2', 'inception3a', 'inception4a.branch2.1', 'inception5b'];
    let state = 1;
    const random = (/** @type {number} */ n) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes
      return Math.floor((state / 2 ** 32) * n);
    };
    const pick = (/** @type {any[]} */ list) => list[random(list.length)];
    /** @type {(() => (scope: any) => Promise<any>)[]} */
    const kinds = [
      () => { const image = pick(photos); return (scope) => scope.run(image); },
      () => { const image = pick(photos); return (scope) => scope.run(image); },
      () => { const node = pick(nodes); return (scope) => scope.stats(node); },
      () => { const [node, channel] = [pick(nodes), random(16)]; return (scope) => scope.maps(node, { channels: [channel], size: 4 }); },
      () => { const node = pick(nodes); return (scope) => scope.mute(node, [0, 1, 2]); },
      () => { const [node, factor] = [pick(nodes), random(4) / 2]; return (scope) => scope.scale(node, factor); },
      () => (scope) => scope.restore(),
      () => (scope) => scope.stats('nowhere'),
    ];
    /** What a call answered, but for its times. @param {any} answer */
    const told = (answer) =>
      JSON.stringify(answer, (key, value) => (key === 'timings' ? undefined : ArrayBuffer.isView(value) ? String(value) : value));
    const settled = (/** @type {Promise<any>} */ answer) => answer.then(told, (error) => error.code);
    const scope = await module.open({ model: 'googlenet', engine: 'cpu' });
    const wrong = [];
    for (let n = 0; n < sequences; n++) {
      const calls = Array.from({ length: 7 }, () => pick(kinds)());
      const fresh = await module.open({ model: 'googlenet', engine: 'cpu' });
      await fresh.run(photos[0]);
      const waited = [];
      for (const call of calls) waited.push(await settled(call(fresh)));
      await fresh.dispose();
      await scope.restore();
      await scope.run(photos[0]);
      const atOnce = await Promise.all(calls.map((call) => settled(call(scope))));
      for (const [i, answer] of atOnce.entries()) {
        if (answer !== waited[i]) wrong.push([n, i, String(calls[i]), answer.slice(0, 80), waited[i].slice(0, 80)]);
      }
    }
    await scope.dispose();
    return wrong;
  }, SEQUENCES);
  assert.deepEqual(wrong, []);
  await page.close();
});
