// How good is it, asked of the module: against the command line, and against averages made by hand.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inceptionscope, sample } from './harness/page.js';
import { BLANK, blank, prepare } from './harness/prepare.js';

/** @typedef {typeof import('../../www/inceptionscope.js')} Module */

const { site, browser } = await prepare({ site: { pages: BLANK } });

const FLOWERS = 'weights/googlenet_flowers.safetensors';

/** @param {number[]} found @param {ArrayLike<number>} expected */
const worst = (found, expected) => Math.max(...found.map((v, i) => Math.abs(v - expected[i])));

test('ten crops: each has an answer, their average is by hand and the command line’s, and the run stays', async () => {
  const [told] = JSON.parse(
    inceptionscope('classify', '--engine', 'cpu', '--weights', FLOWERS, '--image', sample('dandelion'), '--crops', '10', '--json'),
  );
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = /** @type {import('../../www/inceptionscope.js').Scope} */ (await module.open({ weights, engine: 'cpu' }));
    const input = await photo('dandelion');
    const before = await scope.run(input);
    /** @type {number[]} */
    const done = [];
    /** @type {any} */
    let answer = null;
    const evaluation = await scope.evaluate({
      photos: [{ name: 'dandelion', input, class: await scope.classOf('dandelion') }],
      crops: 10,
      onCrops: ({ crops }) => done.push(crops.filter(({ top }) => top).length),
      onPhoto: (one) => {
        answer = one;
      },
    });
    const after = await scope.run(input);
    await scope.dispose();
    const { crops, networks } = answer;
    return {
      evaluation,
      done,
      crops: crops[0],
      probabilities: [...networks[0].probabilities],
      seen: before.seen,
      before: [...before.logits],
      after: [...after.logits],
    };
  }, FLOWERS);
  const { crops, probabilities } = found;
  assert.equal(crops.length, 10);
  // There are five classes: each crop tells all of them.
  const mean = probabilities.map(
    (_, c) =>
      crops.reduce(
        (/** @type {number} */ sum, /** @type {any} */ { top }) =>
          sum + top.find((/** @type {any} */ guess) => guess.class === c).probability,
        0,
      ) / 10,
  );
  assert.ok(worst(probabilities, mean) < 1e-6, `${probabilities} and ${mean}`);
  for (const { class: c, probability } of told.top)
    assert.ok(Math.abs(probabilities[c] - probability) < 1e-5, `class ${c}: ${probabilities[c]} and ${probability}`);
  assert.deepEqual(
    crops.map((/** @type {any} */ { mirror }) => mirror),
    [...Array(5).fill(false), ...Array(5).fill(true)],
  );
  // The fifth is the one that a run takes.
  const { x, y, width } = crops[4];
  assert.deepEqual([x, y, width], [found.seen?.x, found.seen?.y, found.seen?.width]);
  assert.deepEqual([found.evaluation.done, found.evaluation.ensemble.top1, found.evaluation.networks.length], [1, 1, 1]);
  assert.equal(found.done.at(-1), 10);
  assert.deepEqual(found.after, found.before, 'an evaluation changed the run');
  assert.deepEqual(errors, []);
  await page.close();
});

test('a folder: hits, confusion and lists as the command line has them, and an error for one photo alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
  for (const [name, photo] of [
    ['dandelion', 'dandelion'],
    ['tulip', 'dahlia'],
    ['rose', 'dandelion'],
  ]) {
    mkdirSync(join(folder, name));
    copyFileSync(sample(photo), join(folder, name, `${photo}.jpg`));
  }
  const expected = JSON.parse(inceptionscope('evaluate', '--engine', 'cpu', '--weights', FLOWERS, FLOWERS, '--data', folder, '--json'));
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const [scope, second] = await Promise.all([1, 2].map(() => module.open({ weights, engine: 'cpu' })));
    const [dandelion, dahlia] = [await photo('dandelion'), await photo('dahlia')];
    const classOf = (/** @type {string} */ name) => scope.classOf(name);
    /** @type {number[]} */
    const steps = [];
    const evaluation = await scope.evaluate({
      photos: [
        { name: 'dandelion/dandelion.jpg', input: dandelion, class: await classOf('dandelion') },
        { name: 'broken.jpg', input: new Blob([new Uint8Array([255, 216, 255, 0])]), class: 0 },
        { name: 'rose/dandelion.jpg', input: dandelion, class: await classOf('rose') },
        { name: 'tulip/dahlia.jpg', input: dahlia, class: await classOf('tulip') },
        { name: 'gone.jpg', input: new URL('gone.jpg', location.href) },
      ],
      ensemble: [second],
      onStep: (/** @type {any} */ { done }) => steps.push(done),
    });
    const unknown = await classOf('weeds').catch((/** @type {any} */ error) => [error.code, error.data.found]);
    await Promise.all([scope.dispose(), second.dispose()]);
    return { ...evaluation, steps, unknown, failed: evaluation.failed.map((/** @type {any} */ { name, error }) => [name, error.code]) };
  }, FLOWERS);
  assert.deepEqual(found.steps, [1, 2, 3, 4, 5]);
  assert.deepEqual(found.failed.sort(), [
    ['broken.jpg', 'photo.truncated'],
    ['gone.jpg', 'photo.unreachable'],
  ]);
  for (const [score, other] of [
    [found.networks[0], expected.networks[0]],
    [found.networks[1], expected.networks[1]],
    [found.ensemble, expected.ensemble],
  ]) {
    assert.deepEqual([score.images, score.top1, score.top5], [other.images, other.top1, other.top5]);
    const matrix = other.confusion.map((/** @type {number[]} */ row) => row.map(() => 0));
    for (const [own, taken, photos] of score.confusion) matrix[own][taken] = photos;
    assert.deepEqual(matrix, other.confusion);
    for (const list of ['worst', 'certain']) {
      assert.deepEqual(
        score[list].map((/** @type {any} */ one) => one.image),
        other[list].map((/** @type {any} */ one) => one.image.slice(folder.length + 1)),
      );
      assert.ok(
        worst(
          score[list].map((/** @type {any} */ one) => one.own),
          other[list].map((/** @type {any} */ one) => one.own),
        ) < 1e-5,
      );
    }
  }
  assert.deepEqual(found.unknown, ['evaluate.folder', 'weeds']);
  assert.deepEqual(
    errors.filter((error) => !error.includes('404')),
    [],
  );
  await page.close();
});

test('an ensemble averages probabilities; networks of other classes are refused; changes count', async () => {
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async (flowers) => {
    const { module, photo } = /** @type {any} */ (window);
    const open = (/** @type {string} */ weights) => module.open({ model: 'googlenet', weights, engine: 'cpu' });
    const [first, second, other] = await Promise.all([open('synthetic:1'), open('synthetic:2'), open(flowers)]);
    const input = await photo('cat');
    const alone = await Promise.all([first, second].map((scope) => scope.run(input)));
    /** @type {any[]} */
    const answers = [];
    const ask = (/** @type {object} */ options) =>
      first.evaluate({ photos: [{ name: 'cat', input }], onPhoto: (/** @type {any} */ a) => answers.push(a), ...options });
    await ask({ ensemble: [second] });
    const refused = await ask({ ensemble: [other] }).catch((/** @type {any} */ error) => error.code);
    const changed = await first.mute('inception5b.branch2.1');
    await ask({});
    await Promise.all([first, second, other].map((scope) => scope.dispose()));
    const plain = (/** @type {any} */ p) => [...p.probabilities];
    return {
      alone: alone.map(plain),
      networks: answers[0].networks.map(plain),
      ensemble: plain(answers[0].ensemble),
      refused,
      changed: plain(changed),
      muted: plain(answers[1].ensemble),
      count: answers.length,
    };
  }, FLOWERS);
  const mean = found.alone[0].map((/** @type {number} */ p, /** @type {number} */ c) => (p + found.alone[1][c]) / 2);
  found.networks.forEach((/** @type {number[]} */ own, /** @type {number} */ i) => assert.ok(worst(own, found.alone[i]) < 1e-7));
  assert.ok(worst(found.ensemble, mean) < 1e-7, `${worst(found.ensemble, mean)}`);
  assert.ok(worst(found.alone[0], found.alone[1]) > 1e-5);
  assert.equal(found.refused, 'evaluate.classes');
  assert.equal(found.count, 2);
  assert.ok(worst(found.muted, found.changed) < 1e-7);
  assert.ok(worst(found.muted, found.alone[0]) > 1e-6, 'what is muted makes no difference');
  assert.deepEqual(errors, []);
  await page.close();
});

test('it is stopped half way, and the scope goes on; wrong arguments are refused', async () => {
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ weights, engine: 'cpu' });
    const input = await photo('dandelion');
    const stop = new AbortController();
    let photos = 0;
    const name = await scope
      .evaluate({
        photos: Array.from({ length: 40 }, (_, i) => ({ name: String(i), input })),
        crops: 10,
        signal: stop.signal,
        onPhoto: () => {
          photos += 1;
          stop.abort();
        },
      })
      .catch((/** @type {any} */ error) => error.name);
    const { top } = await scope.run(input);
    const wrong = async (/** @type {any} */ options) =>
      scope.evaluate(options).catch((/** @type {any} */ error) => `${error.code} ${error.data.name}`);
    const refused = [
      await wrong({}),
      await wrong({ photos: [{ name: 'a', input: 3 }] }),
      await wrong({ photos: [], crops: 7 }),
      await wrong({ photos: [], size: 1 }),
    ];
    await scope.dispose();
    return { name, photos, top: top[0].name, refused };
  }, FLOWERS);
  assert.deepEqual(found, {
    name: 'AbortError',
    photos: 1,
    top: 'dandelion',
    refused: ['argument.type photos', 'argument.type photos[0].input', 'argument.range crops', 'argument.unknown size'],
  });
  assert.deepEqual(errors, []);
  await page.close();
});
