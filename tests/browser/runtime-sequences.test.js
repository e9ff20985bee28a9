// Random sequences of the module's calls, none waited for, on two scopes of one network: each is answered as by a fresh network
// whose calls are waited for one by one. So they are where a GPU is lost in the middle.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { BLANK, blank, prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

/** How many, from which number on; more of them: SEQUENCES=10000 node tests/browser/run.js runtime-sequences */
const [SEQUENCES, SEED] = [Number(process.env.SEQUENCES ?? 100), Number(process.env.SEED ?? 1)];
/** How many in which a GPU is lost; it is emulated, and takes its time. */
const LOST = Number(process.env.LOST ?? 2);
/** Calls in each. */
const CALLS = 7;
/** So many until both networks are opened anew. */
const LIFE = 50;

const { site, browser } = await prepare({ site: { pages: BLANK }, browser: { webgpu: false } });

/**
 * @param {import('playwright-core').Page} page
 * @param {number} from
 * @param {number} count
 * @param {boolean} [lost] whether a GPU computes, and is lost once in each
 */
const tried = (page, from, count, lost = false) => page.evaluate(async ([from, count, length, lost]) => {
  const { module, photo } = /** @type {any} */ (window);
  const photos = await Promise.all(['cat', 'dandelion', 'coffee'].map(photo));
  const nodes = ['input', 'conv2', 'inception3a', 'inception4a.branch2.1', 'inception5b', 'probabilities'];
  let state = 0;
  const random = (/** @type {number} */ n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    return Math.floor((state / 2 ** 32) * n);
  };
  const pick = (/** @type {any[]} */ list) => list[random(list.length)];
  /** What may be called; each says what, and does it. @type {[number, () => [string, (scope: any) => Promise<any>]][]} */
  const kinds = [
    [4, () => { const i = random(3); return [`run ${i}`, (scope) => scope.run(photos[i])]; }],
    [1, () => {
      const crop = { x: random(50), y: random(50), size: 60 + random(50) };
      return ['run a part', (scope) => scope.run(photos[0], { crop })];
    }],
    [2, () => { const node = pick(nodes); return [`stats ${node}`, (scope) => scope.stats(node)]; }],
    [1, () => {
      const node = pick(nodes.slice(0, 5));
      return [`maps ${node}`, (scope) => scope.maps(node, { channels: [random(3)], size: 4 })];
    }],
    [1, () => { const node = pick(nodes.slice(0, 5)); return [`histogram ${node}`, (scope) => scope.histogram(node, 1)]; }],
    [1, () => ['explain a value', (scope) => scope.explain('inception3a.branch1', 3, 1, 1)]],
    [1, () => ['interventions', (scope) => scope.interventions()]],
    [2, () => { const node = pick(nodes.slice(1, 5)); return [`mute ${node}`, (scope) => scope.mute(node, [0, 1, 2])]; }],
    [2, () => {
      const [node, factor] = [pick(nodes.slice(1, 5)), random(4) / 2];
      return [`scale ${node} ${factor}`, (scope) => scope.scale(node, factor)];
    }],
    [1, () => ['restore', (scope) => scope.restore()]],
    [1, () => { const node = pick(nodes.slice(1, 5)); return [`restore ${node}`, (scope) => scope.restore(node)]; }],
    [1, () => ['gradient', (scope) => scope.explain({ method: 'gradient', target: 1 })]],
    [1, () => ['grow', (scope) => scope.visualise({ objective: 'inception3a:1', size: 75, steps: 1 })]],
    [1, () => ['unknown node', (scope) => scope.stats('nowhere')]],
    // Whoever gives a run up goes on with another picture: whether the run had begun is chance.
    [1, () => ['run, given up', async (scope) => {
      const stop = new AbortController();
      const given = scope.run(photos[1], { signal: stop.signal }).then(() => 'ran', (/** @type {any} */ error) => error.name);
      const next = scope.run(photos[2]);
      stop.abort();
      return [await given, await next];
    }]],
  ];
  const devices = new BroadcastChannel('devices');
  /** Of all networks, those that nobody asks anything just now, too. */
  const lose = () => ['the GPU is lost', async () => devices.postMessage('destroy')];
  const weighted = kinds.flatMap(([weight, make]) => Array(weight).fill(make));
  /** What a call answered, but for its times. @param {any} answer */
  const told = (answer) =>
    JSON.stringify(answer, (key, value) => (key === 'timings' ? undefined : ArrayBuffer.isView(value) ? String(value) : value));
  const settled = (/** @type {Promise<any>} */ answer) => answer.then(told, (error) => error.code ?? error.message);
  const open = () => module.open({
    model: 'googlenet', engine: lost ? 'gpu' : 'cpu', size: 75, threads: 1, tune: 'off', onRecover: () => { recoveries += 1; },
  });
  let recoveries = 0;
  const two = async () => {
    const first = await open();
    return [first, await first.fork()];
  };
  /** @param {any[]} scopes */
  const afresh = (scopes) => Promise.all(scopes.map(async (scope, i) => {
    await scope.restore();
    await scope.run(photos[i]);
  }));
  const [scopes, fresh] = [await two(), await two()];
  await afresh(scopes);
  await afresh(fresh);
  const wrong = [];
  for (let n = from; n < from + count; n += 1) {
    state = Math.imul(n + 1, 2654435761) >>> 0; // each goes on from what the one before has left
    const moment = lost ? random(length) : -1;
    const calls = Array.from({ length }, (_, i) => ({ which: random(2), made: i === moment ? lose() : pick(weighted)() }));
    const waited = [];
    const start = state; // calls draw numbers too
    for (const { which, made: [, call] } of calls) waited.push(await settled(call(fresh[which])));
    state = start;
    const atOnce = await Promise.all(calls.map(({ which, made: [, call] }) => settled(call(scopes[which]))));
    for (const [i, answer] of atOnce.entries()) {
      if (answer === waited[i]) continue;
      const made = calls.map(({ which, made: [name] }) => `${which}: ${name}`);
      wrong.push([n, i, made, answer?.slice(0, 200), waited[i]?.slice(0, 200)]);
    }
  }
  // What is closed answers nothing, and its worker ends.
  const late = scopes[0].run(photos[0]).then(() => 'ran', (/** @type {any} */ error) => error.code);
  await Promise.all([...scopes, ...fresh].map((scope) => scope.dispose()));
  devices.close();
  return { wrong, late: await late, recoveries };
}, /** @type {const} */ ([from, count, CALLS, lost]));

test(`${SEQUENCES} random sequences of calls`, async (t) => {
  const { page, errors } = await blank(browser, site);
  const start = Date.now();
  for (let from = SEED; from < SEED + SEQUENCES; from += LIFE) {
    const { wrong, late } = await tried(page, from, Math.min(LIFE, SEED + SEQUENCES - from));
    assert.deepEqual(wrong, []);
    assert.equal(late, 'scope.closed');
    // Nothing of it is left.
    for (const end = Date.now() + 30_000; page.workers().length > 0;) {
      assert.ok(Date.now() < end, `${page.workers().length} workers are left`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    t.diagnostic(`${from + LIFE - SEED} sequences, ${Math.round((Date.now() - start) / 1000)} s`);
  }
  assert.deepEqual(errors, []);
  await page.close();
});

/** In a worker: its device can be destroyed by whoever says so. */
const DESTROYED = `{
  let device;
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) { return (device = await requestDevice.apply(this, args)); };
  new BroadcastChannel('devices').onmessage = () => device?.destroy();
}`;
/** Minutes pass: a GPU that is lost twice in one would be given up, and the CPU's answers are others to the last bit. */
const SLOW = `{
  const now = performance.now.bind(performance);
  performance.now = () => 1000 * now();
}`;

test(`${LOST} random sequences in which the GPU is lost`, { skip: LOST === 0 }, async () => {
  const [gpu, lossy] = [await chromium(), await serve({ pages: BLANK, inject: Array(10 * LOST + 10).fill(DESTROYED) })];
  try {
    const { page, errors } = await blank(gpu, lossy, SLOW);
    const { wrong, late, recoveries } = await tried(page, SEED, LOST, true);
    assert.deepEqual(wrong, []);
    assert.equal(late, 'scope.closed');
    assert.ok(recoveries >= 2 * LOST, `${recoveries} recoveries`);
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await gpu.close();
    await lossy.close();
  }
});
