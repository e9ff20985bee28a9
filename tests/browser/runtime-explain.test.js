// Why this answer, asked of the module: against the command line, against PyTorch, and against what must add up.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, deviation, inceptionscope, safetensors, sample } from './harness/page.js';
import { BLANK, blank, prepare } from './harness/prepare.js';
import { image, positions } from './harness/recipe.js';

/** @typedef {typeof import('../../www/inceptionscope.js')} Module */

const { site, browser } = await prepare({ site: { pages: BLANK } });

const FLOWERS = 'weights/googlenet_flowers.safetensors';

test('a class map is the command line’s, and its shares add up to the logit without its bias', async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'explain-')), 'cam.safetensors');
  inceptionscope('explain', '--engine', 'cpu', '--weights', FLOWERS, '--image', sample('dandelion'), '--method', 'cam', '--out', out);
  const expected = safetensors(readFileSync(out));
  const { page, errors } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = /** @type {import('../../www/inceptionscope.js').Scope} */ (await module.open({ weights, engine: 'cpu' }));
    const { logits, top } = await scope.run(await photo('dandelion'));
    const why = await scope.explain({ method: 'cam' });
    const pair = await scope.explain({ method: 'cam', target: top[0].name, rather: top[1].class });
    const after = await scope.run(await photo('dandelion'));
    await scope.dispose();
    const plain = (/** @type {any} */ w) => ({ ...w, map: [...w.map], mapInput: [...w.mapInput] });
    return { why: plain(why), pair: plain(pair), top, logits: [...logits], after: [...after.logits] };
  }, FLOWERS);
  const { why, pair, top, logits, after } = found;
  for (const [name, map] of /** @type {const} */ ([['map', why.map], ['map_input', why.mapInput]])) {
    const reference = expected.get(name);
    assert.ok(reference && deviation(map, reference.data) < 1e-4, `${name} is off by ${deviation(map, reference?.data ?? [])}`);
  }
  assert.deepEqual(why.shape, expected.get('map')?.shape);
  assert.equal(why.target, top[0].class);
  assert.equal(why.value, logits[why.target]);
  const adding = why.shares.reduce((/** @type {number} */ sum, /** @type {any} */ { share }) => sum + share, 0);
  assert.ok(Math.abs(adding - (why.value - why.bias)) < 1e-4, `${adding} and ${why.value - why.bias}`);
  assert.ok(Math.abs(why.error) < 1e-4 && why.difference === why.error && Math.abs(why.sum - adding) < 1e-4);
  assert.deepEqual(why.shares.map((/** @type {any} */ { label }) => label), ['1×1', '3×3', '5×5', 'pool']);
  assert.deepEqual([pair.target, pair.rather], [top[0].class, top[1].class]);
  assert.ok(Math.abs(pair.value - (logits[pair.target] - logits[pair.rather])) < 1e-5);
  assert.deepEqual(after, logits, 'an explanation changed the run');
  assert.deepEqual(errors, []);
  await page.close();
});

for (const engine of /** @type {const} */ (['cpu', 'gpu'])) {
  test(`gradients on the ${engine} are PyTorch’s`, async (t) => {
    const golden = JSON.parse(readFileSync(join(ROOT, 'tests/goldens/gradients/googlenet.seed1.json'), 'utf8'));
    const { page } = await blank(browser, site);
    const rgb = Buffer.from(image(224, golden.seed)).toString('base64');
    // Nine passes more: enough on one engine.
    const whole = engine === 'cpu';
    const found = await page.evaluate(async ({ rgb, engine, seed, target, steps, layer, places, whole }) => {
      const { open } = /** @type {Module} */ (/** @type {any} */ (window).module);
      const scope = await open({ model: 'googlenet', weights: `synthetic:${seed}`, engine });
      const pixels = Uint8Array.from(atob(rgb), (c) => c.charCodeAt(0));
      const area = pixels.length / 3;
      await scope.run(Float32Array.from(pixels, (_, i) => pixels[(i % area) * 3 + Math.floor(i / area)] / 127.5 - 1));
      const at = (/** @type {Float32Array | null} */ values, /** @type {number[]} */ places) => places.map((i) => values?.[i] ?? NaN);
      /** @type {number[]} */
      const told = [];
      const gradient = await scope.explain({ method: 'gradient', target });
      const onStep = (/** @type {{ done: number }} */ { done }) => told.push(done);
      const integrated = whole ? await scope.explain({ method: 'integrated', target, steps, onStep }) : null;
      const cam = await scope.explain({ method: 'grad-cam', target, layer });
      const exact = await scope.explain({ method: 'cam', target });
      await scope.dispose();
      return {
        gradient: at(gradient.attribution, places.gradient), shape: gradient.shape, cam: [...cam.map], exact: [...exact.map], told,
        integrated: integrated && { ...integrated, map: null, mapInput: null, attribution: at(integrated.attribution, places.integrated) },
      };
    }, {
      rgb, engine, whole, seed: golden.seed, target: golden.target, steps: golden.integrated.steps, layer: golden.grad_cam.node,
      places: {
        gradient: positions(golden.points[0].id, 3 * 224 * 224, golden.points[0].values.length),
        integrated: positions('integrated', 3 * 224 * 224, golden.integrated.values.length),
      },
    });
    assert.equal(golden.points[0].node, 'input');
    // As tests/gradients.rs: where f32 decides a ReLU or a maximum otherwise than f64, PyTorch's own is as far off.
    const off = (/** @type {number[]} */ values, /** @type {number[]} */ expected) =>
      Math.sqrt(values.reduce((sum, v, i) => sum + (v - expected[i]) ** 2, 0) / expected.reduce((sum, v) => sum + v ** 2, 0));
    const plain = off(found.gradient, golden.points[0].values);
    t.diagnostic(`gradient ${plain.toExponential(1)} off`);
    assert.ok(plain < 2e-2, `the gradient is ${plain} off`);
    if (found.integrated) {
      const { attribution, sum, difference, error, options } = found.integrated;
      const { values, steps, ...expected } = golden.integrated;
      const way = off(attribution, values);
      t.diagnostic(`integrated gradients ${way.toExponential(1)} off`);
      assert.ok(way < 2e-2, `integrated gradients are ${way} off`);
      assert.ok(Math.abs(Number(difference) - expected.difference) < 5e-3 * expected.difference, `${difference}`);
      assert.ok(Math.abs(Number(sum) - expected.sum) < 5e-3 * expected.sum, `${sum}`);
      assert.equal(error, Number(difference) - Number(sum));
      assert.deepEqual(options, { steps, baseline: 'zero' });
      const rising = found.told.every((done, i) => done < steps && (i === 0 || done > found.told[i - 1]));
      assert.ok(found.told.length > 0 && rising, String(found.told));
    }
    const cam = deviation(found.cam, golden.grad_cam.map.flat());
    assert.ok(cam < 1e-4, `Grad-CAM is off by ${cam}`);
    // Before the global average pool it is the class map without what speaks against the class.
    const area = found.exact.length;
    assert.ok(deviation(found.cam.map((v) => v * area), found.exact.map((v) => Math.max(0, v))) < 1e-4);
    assert.deepEqual(found.shape, [224, 224]);
    await page.close();
  });
}

test('every method answers; noise is the same for the same seed', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = /** @type {import('../../www/inceptionscope.js').Scope} */ (await module.open({ weights, engine: 'cpu' }));
    await scope.run(await photo('dandelion'));
    /** @param {import('../../www/inceptionscope.js').Method} method @param {object} [options] */
    const of = async (method, options = {}) => {
      const why = await scope.explain({ method, ...options });
      const finite = [why.map, why.mapInput, why.attribution ?? []].every((values) => Array.from(values).every(Number.isFinite));
      return { method: why.method, done: why.done === why.of, finite, digest: Array.from(why.map.slice(0, 500)).join(), sum: why.sum };
    };
    const all = [
      await of('gradient'), await of('input-x-gradient'), await of('guided'), await of('integrated', { steps: 2, baseline: 'blurred' }),
      await of('smoothgrad', { samples: 2, seed: 1 }), await of('smoothgrad', { samples: 2, seed: 1 }),
      await of('smoothgrad', { samples: 2, seed: 2 }),
      await of('occlusion', { patch: 112, stride: 112, fill: 'blur' }), await of('grad-cam', { layer: 'inception4c' }),
      await of('gradient', { target: 'inception4c:7' }), await of('occlusion', { target: 'inception4c:7:3,4', patch: 112, stride: 112 }),
    ];
    await scope.dispose();
    return all;
  }, FLOWERS);
  for (const { method, done, finite } of found) assert.ok(done && finite, method);
  const [gradient, , guided, integrated, one, same, other] = found;
  assert.equal(one.digest, same.digest);
  assert.notEqual(one.digest, other.digest);
  assert.notEqual(gradient.digest, guided.digest);
  assert.equal(gradient.sum, null);
  assert.equal(typeof integrated.sum, 'number');
  await page.close();
});

test('integrated gradients begin where they are told: at a colour, or at another picture', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = /** @type {import('../../www/inceptionscope.js').Scope} */ (await module.open({ weights, engine: 'cpu' }));
    await scope.run(await photo('dandelion'));
    const { data: mean } = await scope.activation('input');
    for (const map of [0, 1, 2].map((c) => mean.subarray(c * 224 * 224, (c + 1) * 224 * 224))) {
      map.fill(map.reduce((sum, v) => sum + v, 0) / map.length);
    }
    /** @param {any} baseline */
    const of = async (baseline) => {
      const { options, difference, error, attribution } = await scope.explain({ method: 'integrated', target: 1, steps: 8, baseline });
      const some = Array.from(attribution?.slice(0, 500) ?? []);
      return { baseline: options.baseline, difference: Number(difference), error: Number(error), some };
    };
    const all = [
      await of('zero'), await of(new Float32Array(3 * 224 * 224)), await of('mean'), await of(mean), await of(await photo('cat')),
    ];
    const checked = await scope.trust({ check: 'randomisation', method: 'integrated', steps: 1, baseline: await photo('cat') });
    await scope.dispose();
    return { all, first: checked.correlations?.[0] };
  }, FLOWERS);
  const [zero, zeros, mean, colour, cat] = found.all;
  assert.deepEqual(found.all.map(({ baseline }) => baseline), ['zero', 'photo', 'mean', 'photo', 'photo']);
  assert.deepEqual([zeros.some, zeros.difference], [zero.some, zero.difference], 'zeros are the baseline zero');
  assert.ok(Math.abs(colour.difference - mean.difference) < 1e-3 * Math.abs(mean.difference), `${colour.difference}, ${mean.difference}`);
  assert.ok(Math.max(...colour.some.map((v, i) => Math.abs(v - mean.some[i]))) < 1e-3 * Math.max(...mean.some.map(Math.abs)));
  assert.notEqual(cat.difference, mean.difference);
  // Eight steps leave a part of it. Were it another baseline, the error would be as large as the differences are.
  const most = Math.max(...found.all.map(({ difference }) => Math.abs(difference))) / 3;
  for (const { difference, error } of found.all) assert.ok(Math.abs(error) < most, `${error} of ${difference}`);
  assert.equal(found.first, 1);
  await page.close();
});

test('occlusion tells how far it is, can be cancelled, and does not hold up other calls', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = /** @type {import('../../www/inceptionscope.js').Scope} */ (await module.open({ weights, engine: 'cpu' }));
    const before = await scope.run(await photo('dandelion'));
    const cancel = new AbortController();
    /** @type {{ done: number, of: number, known: number }[]} */
    const told = [];
    const onStep = (/** @type {import('../../www/inceptionscope.js').Why} */ { done, of, map }) => {
      told.push({ done, of, known: map.filter(Number.isFinite).length });
      if (done === 2) cancel.abort();
    };
    const occlusion = scope.explain({ method: 'occlusion', patch: 32, stride: 32, onStep, signal: cancel.signal })
      .then(() => 'finished', (/** @type {any} */ error) => `${error.name} ${error.code}`);
    const stats = scope.stats('inception3a').then(() => told.length); // answered while it goes on
    const outcome = await occlusion;
    const at = told.length;
    // A new photo, and a change: neither waits for it, and none is there afterwards.
    const after = await scope.run(await photo('dandelion'));
    const later = told.length;
    const waited = await stats;
    await scope.dispose();
    return { outcome, told, at, later, waited, same: String(before.logits) === String(after.logits) };
  }, FLOWERS);
  assert.equal(found.outcome, 'AbortError call.aborted');
  assert.deepEqual(found.told.map(({ done, of }) => [done, of]), [[1, 7], [2, 7]]);
  assert.ok(found.told[0].known >= 7 && found.told[0].known < 49);
  assert.equal(found.later, found.at, 'it went on after it was cancelled');
  assert.ok(found.waited < 2, 'a question waited for it');
  assert.ok(found.same);
  await page.close();
});

test('a removed branch is a muted one, and those of the last module fall by their shares', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = /** @type {import('../../www/inceptionscope.js').Scope} */ (await module.open({ weights, engine: 'cpu' }));
    const { top, logits } = await scope.run(await photo('dandelion'));
    const target = top[0].class;
    /** @type {number[]} */
    const told = [];
    const { branches, value, done, of } = await scope.removal({ target, onStep: ({ branches }) => told.push(branches.length) });
    const { shares } = await scope.explain({ method: 'cam', target });
    const muted = await scope.mute('inception3a.branch1');
    await scope.dispose();
    return { branches, value, done, of, told, shares, logit: logits[target], muted: muted?.logits[target] };
  }, FLOWERS);
  const { branches, shares } = found;
  assert.equal(branches.length, 36);
  assert.deepEqual([found.done, found.of], [36, 36]);
  assert.deepEqual(found.told, Array.from({ length: 35 }, (_, i) => i + 1));
  assert.ok(Math.abs(Number(found.value) - found.logit) < 1e-5);
  const [first] = branches;
  assert.deepEqual([first.module, first.label], ['inception3a', '1×1']);
  assert.ok(Math.abs(first.value - Number(found.muted)) < 1e-4, `${first.value}, muted ${found.muted}`);
  shares.forEach(({ label, share }, i) => {
    const of = branches[32 + i];
    assert.equal(of.label, label);
    assert.ok(Math.abs(of.drop - share) < 1e-4, `${label}: ${of.drop}, share ${share}`);
  });
  await page.close();
});

test('branches add up, and checks leave the network as it is', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async (weights) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = /** @type {import('../../www/inceptionscope.js').Scope} */ (await module.open({ weights, engine: 'cpu' }));
    const before = await scope.run(await photo('dandelion'));
    const { modules, value, target } = await scope.branches();
    const { map, bias, sum } = await scope.explain({ method: 'cam' });
    const cancel = new AbortController();
    /** @type {number[]} */
    const told = [];
    const onStep = (/** @type {import('../../www/inceptionscope.js').Trust} */ { done }) => {
      told.push(done);
      if (done === 3) cancel.abort();
    };
    const outcome = await scope.trust({ check: 'randomisation', method: 'gradient', onStep, signal: cancel.signal })
      .then(() => 'finished', (/** @type {any} */ error) => error.code);
    const curve = await scope.trust({ check: 'deletion', map: new Float32Array(224 * 224), points: 3, blank: 'black' });
    const after = await scope.run(await photo('dandelion'));
    await scope.dispose();
    return { modules, value, target, map: [...map], bias, sum, told, outcome, curve, same: String(before.logits) === String(after.logits),
      probability: before.top[0].probability };
  }, FLOWERS);
  for (const { module, sum, biases, lanes, channels } of found.modules) {
    assert.ok(Math.abs(sum + biases - Number(found.value)) < 1e-9, module);
    const add = (/** @type {number[]} */ shares) => shares.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(add(channels) - sum) < 1e-6, module);
    if (lanes.length) assert.ok(Math.abs(add(lanes.map(({ share }) => share)) - sum) < 1e-6, module);
  }
  const last = found.modules[found.modules.length - 1];
  assert.equal(last.module, 'inception5b');
  assert.ok(Math.abs(last.biases - Number(found.bias)) < 1e-5 && Math.abs(last.sum - Number(found.sum)) < 1e-4);
  assert.deepEqual([found.outcome, found.told], ['call.aborted', [1, 2, 3]]);
  assert.ok(found.same, 'a check changed the network');
  assert.deepEqual([found.curve.values?.length, found.curve.done, found.curve.of], [4, 6, 6]);
  assert.ok(Math.abs((found.curve.values?.[0] ?? 0) - found.probability) < 1e-6);
  await page.close();
});

/** A call in the page of `scope`, which has run nothing or a photo, and the code of its error. @type {[boolean, string, string][]} */
const WRONG = [
  [false, 'explain({ method: "cam" })', 'run.none'],
  [false, 'explain({ method: "gradient", target: 0 })', 'run.none'],
  [false, 'removal({ target: 0 })', 'run.none'],
  [true, 'explain({})', 'argument.type'],
  [true, 'explain({ method: "magic" })', 'argument.range'],
  [true, 'explain({ method: "cam", target: -1 })', 'argument.range'],
  [true, 'explain({ method: "cam", target: {} })', 'argument.type'],
  [true, 'explain({ method: "cam", onStep: 1 })', 'argument.type'],
  [true, 'explain({ method: "smoothgrad", sigma: NaN })', 'argument.range'],
  [true, 'explain({ method: "smoothgrad", samples: 0 })', 'argument.range'],
  [true, 'explain({ method: "integrated", baseline: "photo" })', 'argument.range'],
  [true, 'explain({ method: "integrated", baseline: {} })', 'argument.type'],
  [true, 'explain({ method: "integrated", baseline: new Float32Array(3) })', 'input.size'],
  [true, 'explain({ method: "cam", target: 5 })', 'target.class'],
  [true, 'explain({ method: "cam", target: "lynx" })', 'target.unknown'],
  [true, 'explain({ method: "cam", target: "inception4c:7" })', 'cam.target'],
  [true, 'explain({ method: "occlusion", target: "inception4c:7", rather: 1 })', 'argument.text'],
  [true, 'explain({ method: "cam", rather: 7 })', 'target.class'],
  [true, 'explain({ method: "occlusion", patch: 225 })', 'occlusion.range'],
  [true, 'explain({ method: "gradient", target: "inception4c:512" })', 'node.channel'],
  [true, 'explain({ method: "grad-cam", layer: "inception9" })', 'node.unknown'],
  [true, 'explain({ method: "grad-cam", target: "inception4c:7", layer: "inception5b" })', 'gradient.unreached'],
  [true, 'removal({ target: 9 })', 'target.class'],
  [true, 'removal({ module: "inception9" })', 'node.unknown'],
  [true, 'trust({ check: "magic" })', 'argument.range'],
  [true, 'trust({ check: "deletion" })', 'argument.text'],
  [true, 'trust({ check: "randomisation", method: "cam" })', 'argument.range'],
  [true, 'replace("inception3a", new Float32Array(256 * 28 * 28)).then(() => scope.explain({ method: "gradient" }))', 'gradient.replaced'],
];

test('a question that is none is an error with a code, and the scope lives on', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async ({ calls, weights }) => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ weights, engine: 'cpu' });
    await scope.ready;
    const said = [];
    let ran = false;
    for (const [run, call] of calls) {
      if (run && !ran) ran = Boolean(await scope.run(await photo('dandelion')));
      const error = await new Function('scope', `return scope.${call}`)(scope).then(() => null, (/** @type {unknown} */ reason) => reason);
      said.push([run, call, error instanceof module.InceptionscopeError ? error.code : String(error)]);
    }
    await scope.restore();
    const { difference } = await scope.explain({ method: 'cam' });
    await scope.dispose();
    return { said, difference };
  }, { calls: WRONG, weights: FLOWERS });
  assert.deepEqual(found.said, WRONG);
  assert.ok(Math.abs(found.difference) < 1e-4);
  await page.close();
});
