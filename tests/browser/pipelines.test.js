// naga, which checks the shaders at build time, accepts some WGSL that browsers refuse. So every
// permutation becomes a pipeline in two independent implementations: Tint (Chromium), naga on another
// backend (Firefox).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { chromium, firefox } from './harness/browsers.js';
import { BLANK } from './harness/prepare.js';
import { serve } from './harness/server.js';

/**
 * @typedef {object} Shader
 * @property {string} name
 * @property {string} wgsl
 * @property {{ index: number, name: string, type: GPUBufferBindingType }[]} bindings
 */

/** @type {Shader[]} */
const SHADERS = JSON.parse(
  execFileSync('cargo', ['run', '--quiet', '--example', 'shaders'], { encoding: 'utf8', maxBuffer: 2 ** 26 }),
);

/** A shader that no browser may accept: shows that the test can fail. */
const BROKEN = { name: 'broken', wgsl: '@compute @workgroup_size(1) fn main() { let x: u32 = 1.5; }', bindings: [] };

/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
before(async () => {
  site = await serve({ pages: BLANK });
});
after(() => site.close());

/**
 * Runs in the browser: creates a pipeline of every shader, with the layout that the engine gives it.
 *
 * @param {Shader[]} shaders
 * @returns {Promise<string[]>} what went wrong
 */
async function createPipelines(shaders) {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return ['there is no WebGPU adapter'];
  const device = await adapter.requestDevice();
  /** @type {string[]} */
  const errors = [];
  for (const { name, wgsl, bindings } of shaders) {
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: name, code: wgsl });
    const group = device.createBindGroupLayout({
      entries: bindings.map(({ index, type }) => ({
        binding: index,
        visibility: 4, // GPUShaderStage.COMPUTE, which TypeScript's library lacks
        buffer: { type },
      })),
    });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [group] });
    await device
      .createComputePipelineAsync({ label: name, layout, compute: { module, entryPoint: 'main' } })
      .catch((error) => errors.push(`${name}: ${error.message}`));
    for (const { type, lineNum, message } of (await module.getCompilationInfo()).messages) {
      if (type === 'error') errors.push(`${name}: line ${lineNum}: ${message}`);
    }
    const error = await device.popErrorScope();
    if (error) errors.push(`${name}: ${error.message}`);
  }
  device.destroy();
  return errors;
}

test('the table of shaders is not empty', () => {
  assert.ok(SHADERS.length > 0);
});

test('Chromium creates a pipeline of every shader', async () => {
  const browser = await chromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}blank.html`);
    assert.deepEqual(await page.evaluate(createPipelines, SHADERS), []);
    assert.notDeepEqual(await page.evaluate(createPipelines, [BROKEN]), []);
  } finally {
    await browser.close();
  }
});

test('Firefox creates a pipeline of every shader', async () => {
  const browser = await firefox();
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}blank.html`);
    assert.deepEqual(await page.evaluate(createPipelines, SHADERS), []);
    assert.notDeepEqual(await page.evaluate(createPipelines, [BROKEN]), []);
  } finally {
    await browser.close();
  }
});
