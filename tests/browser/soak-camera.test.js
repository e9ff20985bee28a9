// A page that is left with its camera running: what it holds does not grow. Only where SOAK_MINUTES says for how long:
// SOAK_MINUTES=60 node tests/browser/run.js soak-camera
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { chromium } from './harness/browsers.js';
import { predictions, visit } from './harness/page.js';
import { serve } from './harness/server.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 0);
const ENGINE = process.env.SOAK_ENGINE ?? 'cpu';
/** So often it is looked at, in milliseconds. */
const EVERY = 60_000;
/** What is held may differ by so much from quarter to quarter: a share, and megabytes. */
const [SHARE, MB] = [0.05, 4];

/** Megabytes of memory that a browser's processes hold, by their type. @param {string} profile its folder */
function resident(profile) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const [command, status] = ['cmdline', 'status'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
      const field = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      return [{ pid: Number(pid), parent: field('PPid'), kB: field('VmRSS'), command }];
    } catch {
      return []; // it has ended
    }
  });
  const ours = new Set(all.filter(({ command }) => command.includes(profile)).map(({ pid }) => pid));
  for (let before = -1; before < ours.size;) {
    before = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  const of = (/** @type {string} */ type) => all.filter(({ pid, command }) => ours.has(pid) && command.includes(`--type=${type}`))
    .reduce((sum, { kB }) => sum + kB / 1024, 0);
  return { renderer: of('renderer'), gpu: of('gpu-process') };
}

/**
 * Megabytes that the page and its worker hold after the garbage is collected, the runtime's memory as part of the worker's; and how many
 * frames have run.
 * @param {import('playwright-core').Page} page
 */
async function held(page) {
  const worker = page.workers().find((one) => one.url().endsWith('/runtime/worker.js'));
  await Promise.all([page.evaluate('gc()'), worker?.evaluate('gc()')]);
  const wasm = await worker?.evaluate(async () => {
    const { runtime } = await import(new URL('wasm.js', location.href).href);
    return (await runtime).memory.buffer.byteLength / 2 ** 20;
  });
  const found = await page.evaluate(async () => {
    const { breakdown } = await /** @type {any} */ (performance).measureUserAgentSpecificMemory();
    /** @type {{ bytes: number, attribution: { scope: string }[] }[]} */
    const parts = breakdown;
    const of = (/** @type {string} */ name) => parts
      .filter(({ attribution }) => attribution.some(({ scope }) => scope === name))
      .reduce((sum, { bytes }) => sum + bytes / 2 ** 20, 0);
    return { frames: /** @type {any} */ (window).framesRun, page: of('Window'), worker: of('DedicatedWorkerGlobalScope') };
  });
  return { ...found, wasm: wasm ?? NaN };
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

test('a page that is left with its camera running', { skip: MINUTES === 0 && 'SOAK_MINUTES says for how long' }, async (t) => {
  const profile = mkdtempSync(join(tmpdir(), 'inceptionscope-soak-'));
  const site = await serve();
  const browser = await chromium({ webgpu: ENGINE === 'gpu', profile,
    flags: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--js-flags=--expose-gc'] });
  try {
    // Of threads, which wait without listening, the browser cannot say what they hold.
    const { page, errors } = await visit(browser, `${site.url}#engine=${ENGINE}&threads=1&image=dandelion&node=inception4a`, `{
      const post = Worker.prototype.postMessage;
      window.framesRun = 0;
      Worker.prototype.postMessage = function (...args) { window.framesRun += args[0]?.method === 'run'; return post.apply(this, args); };
    }`);
    await predictions(page);
    await page.getByRole('button', { name: 'Camera', exact: true }).click();
    await page.locator('.took').filter({ hasText: /frames per second/ }).waitFor();
    const samples = [];
    for (const end = Date.now() + MINUTES * 60_000; Date.now() < end;) {
      await setTimeout(Math.min(EVERY, Math.max(0, end - Date.now())));
      const sample = { ...(await held(page)), ...resident(profile) };
      samples.push(sample);
      const told = Object.entries(sample).map(([what, value]) => `${what} ${value.toFixed(what === 'frames' ? 0 : 1)}`);
      console.log(`${samples.length} min: ${told.join(', ')}`);
    }
    const quarter = Math.floor(samples.length / 4);
    for (const what of /** @type {const} */ (['page', 'worker', 'wasm', 'renderer', 'gpu'])) {
      // The first quarter is for what is made once.
      const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)]
        .map((some) => median(some.map((sample) => sample[what])));
      t.diagnostic(`${what}: ${early.toFixed(1)} MB in the second quarter, ${late.toFixed(1)} MB in the last`);
      assert.ok(late <= early * (1 + SHARE) + MB, `${what} has grown from ${early.toFixed(1)} MB to ${late.toFixed(1)} MB`);
    }
    assert.equal(await page.getByRole('button', { name: 'Stop camera' }).getAttribute('aria-pressed'), 'true', 'it runs until the end');
    assert.ok((samples.at(-1)?.frames ?? 0) > (samples.at(-2)?.frames ?? 0), 'the last frames have run');
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await site.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
