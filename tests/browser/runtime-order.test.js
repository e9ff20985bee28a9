// Calls without waiting: each is answered in the state in which it was made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, blank, prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ site: { pages: BLANK } });

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
