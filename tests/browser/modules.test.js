// The runtime is built three times, with relaxed SIMD (whose multiply-add rounds once), with that and threads, and without, and the
// worker chooses. All give what the command line gives, whose every value is held against the goldens.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { deviation, inceptionscope, safetensors, sample, visit } from './harness/page.js';
import { BLANK } from './harness/prepare.js';
import { DIST, serve } from './harness/server.js';

/** As in tests/common/golden.rs. */
const TOLERANCE = 1e-4;

const folder = mkdtempSync(join(tmpdir(), 'inceptionscope-modules-'));
/** @type {Awaited<ReturnType<typeof chromium>>} */
let browser;
/** @type {Map<string, { shape: number[], data: Float32Array }>} */
let expected;
before(async () => {
  const trace = join(folder, 'trace.safetensors');
  inceptionscope('trace', '--model', 'googlenet', '--weights', 'synthetic:1', '--image', sample('cat'), '--engine', 'cpu', '--out', trace);
  expected = safetensors(readFileSync(trace));
  browser = await chromium();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const { module, lacksRelaxedSimd = false, isolated = true } of [
  { module: 'inceptionscope_threads_bg.wasm' },
  { module: 'inceptionscope_relaxed_bg.wasm', isolated: false },
  { module: 'inceptionscope_bg.wasm', lacksRelaxedSimd: true },
]) {
  test(`${module} computes what the command line computes`, async (t) => {
    const root = join(folder, module);
    cpSync(DIST, root, { recursive: true });
    for (const chooser of lacksRelaxedSimd ? ['runtime/module.js', 'runtime/worker.js'].map((name) => join(root, name)) : []) {
      writeFileSync(chooser, `WebAssembly.validate = () => false;\n${readFileSync(chooser, 'utf8')}`);
    }
    const site = await serve({ root, pages: BLANK, isolated });
    try {
      const { page, errors } = await visit(browser, `${site.url}blank.html`);
      const found = await page.evaluate(async (nodes) => {
        /** @type {typeof import('../../www/inceptionscope.js')} */
        const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
        const scope = await open({ model: 'googlenet', weights: 'synthetic:1', engine: 'cpu', threads: 2 });
        await scope.ready;
        const { logits } = await scope.run(await (await fetch('samples/cat.jpg')).blob());
        /** @type {[string, number[]][]} */
        const values = [['logits', [...logits]]];
        for (const node of nodes) values.push([node, [...(await scope.activation(node)).data]]);
        await scope.dispose();
        return values;
      }, ['inception3a', 'inception4d', 'inception5b', 'avgpool']);
      assert.deepEqual(errors, []);
      assert.deepEqual(site.requests.filter((path) => path.endsWith('.wasm')), [`/pkg/${module}`]);
      const off = found.map(([name, data]) => /** @type {const} */ ([name, deviation(data, expected.get(name)?.data ?? [])]));
      t.diagnostic(`${found.length} values, worst ${Math.max(...off.map(([, by]) => by)).toExponential(1)}`);
      assert.deepEqual(off.filter(([, by]) => !(by <= TOLERANCE)), []);
    } finally {
      await site.close();
    }
  });
}
