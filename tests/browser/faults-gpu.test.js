// A GPU that fails in every way: the answer is right, or an error says what is wrong; nothing waits for ever.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { at, HANG, is, reject, SOON } from './harness/faults.js';
import { BLANK, blank, SMALL } from './harness/prepare.js';
import { serve } from './harness/server.js';

const browser = await chromium();
after(() => browser.close());

/** Shaders of which the compiler makes something else. @param {RegExp} right @param {string} wrong */
const miscompiled = (right, wrong) =>
  at('GPUDevice.createShaderModule', `args[0] = { ...args[0], code: args[0].code.replaceAll(${right}g, '${wrong}') }`);
/** The k-th scope of errors tells of one that there was not. @param {number} k @param {string} error */
const mistold = (k, error) =>
  at('GPUDevice.popErrorScope', `if (k === ${k}) { method.apply(this, args); return Promise.resolve(new ${error}); }`);
/** A software GPU that says it is a real one, which is chosen automatically. */
const REAL = is('GPUAdapterInfo.isFallbackAdapter', 'false');
/** The device, for faults that come from elsewhere. */
const DEVICE = at('GPUDevice.createBuffer', 'self.device = this');

/** What happens, and how: each line in front of the runtime's worker. @type {Record<string, string>} */
const FAULTS = {
  'no GPU': is('WorkerNavigator.gpu', 'undefined'),
  'no adapter': 'GPU.prototype.requestAdapter = async () => null;',
  'an adapter that is nothing': 'GPU.prototype.requestAdapter = async () => undefined;',
  'an adapter that is refused': at('GPU.requestAdapter', reject('OperationError')),
  'an adapter that throws': at('GPU.requestAdapter', `throw new TypeError('no')`),
  'an adapter that never comes': SOON + at('GPU.requestAdapter', HANG),
  'a device that is refused': at('GPUAdapter.requestDevice', reject('OperationError')),
  'a device that is refused once': at('GPUAdapter.requestDevice', `if (k === 1) ${reject('OperationError')}`),
  'a device that never comes': SOON + at('GPUAdapter.requestDevice', HANG),
  'no info': is('GPUAdapter.info', 'undefined'),
  'empty info': is('GPUAdapter.info', '({})'),
  'no limits': is('GPUAdapter.limits', '({})'),
  'no features': is('GPUAdapter.features', 'undefined'),
  'no promise of a loss': is('GPUDevice.lost', 'undefined'),
  'the first buffer throws': at('GPUDevice.createBuffer', `if (k === 1) throw new RangeError('too large')`),
  'the 60th buffer throws': at('GPUDevice.createBuffer', `if (k === 60) throw new RangeError('too large')`),
  'the 400th buffer throws': at('GPUDevice.createBuffer', `if (k === 400) throw new RangeError('too large')`),
  'the 20th buffer is invalid': at('GPUDevice.createBuffer', 'if (k === 20) args[0] = { ...args[0], size: 2 ** 40 }'),
  'the 250th buffer is invalid': at('GPUDevice.createBuffer', 'if (k === 250) args[0] = { ...args[0], size: 2 ** 40 }'),
  'out of memory, early': mistold(5, `GPUOutOfMemoryError('no')`),
  'out of memory, later': mistold(40, `GPUOutOfMemoryError('no')`),
  'out of memory, always': at('GPUDevice.popErrorScope', `method.apply(this, args); return Promise.resolve(new GPUOutOfMemoryError('no'))`),
  'a scope that is refused': at('GPUDevice.popErrorScope', `if (k === 30) { method.apply(this, args); ${reject('OperationError')}; }`),
  'a validation error': mistold(40, `GPUValidationError('<b>no</b>')`),
  'an internal error': mistold(40, `GPUInternalError('no')`),
  'an error that nobody waits for': DEVICE + at('GPUQueue.submit', `if (k === 3) setTimeout(() => self.device.dispatchEvent(
    new GPUUncapturedErrorEvent('uncapturederror', { error: new GPUOutOfMemoryError('late') })))`),
  'a shader that throws': at('GPUDevice.createShaderModule', `if (k === 3) throw new TypeError('no')`),
  'a pipeline that throws': at('GPUDevice.createComputePipeline', `if (k === 3) throw new TypeError('no')`),
  'a bind group that throws': at('GPUDevice.createBindGroup', `if (k === 30) throw new TypeError('no')`),
  'a submit that throws': at('GPUQueue.submit', `if (k === 4) throw new TypeError('no')`),
  'a write that throws': at('GPUQueue.writeBuffer', `if (k === 40) throw new DOMException('no', 'OperationError')`),
  'a map that is refused': at('GPUBuffer.mapAsync', `if (k === 1) ${reject('OperationError')}`),
  'a map that never comes': SOON + at('GPUBuffer.mapAsync', `if (k === 1) ${HANG}`),
  'a range that throws': at('GPUBuffer.getMappedRange', `if (k === 1) throw new RangeError('no')`),
  'read-backs that are all zero': at('GPUBuffer.getMappedRange', 'return new ArrayBuffer(method.apply(this, args).byteLength)'),
  'an end of work that is refused': at('GPUQueue.onSubmittedWorkDone', `if (k === 2) ${reject('OperationError')}`),
  'all dispatches left out': at('GPUComputePassEncoder.dispatchWorkgroups', 'return'),
  'one dispatch left out, early': at('GPUComputePassEncoder.dispatchWorkgroups', 'if (k === 120) return'),
  'one dispatch left out, later': at('GPUComputePassEncoder.dispatchWorkgroups', 'if (k === 160) return'),
  'one dispatch left out, in the last photo': at('GPUComputePassEncoder.dispatchWorkgroups', 'if (k === 220) return'),
  'products that are halved': miscompiled(/\+= (w\.q0|w) \*/, '+= 0.5 * $1 *'),
  'a device lost while weights load': DEVICE + at('GPUQueue.writeBuffer', 'if (k === 30) self.device?.destroy()'),
  'a device lost in a run': DEVICE + at('GPUQueue.submit', 'if (k === 4) self.device?.destroy()'),
};

/** Photos one after another, the first again at the end, as somebody would try them. */
const PHOTOS = ['dandelion', 'dahlia', 'dandelion'];

/** What three photos give. @param {string} script @param {number} [limit] seconds */
async function tried(script, limit = 150) {
  const site = await serve({ pages: BLANK, inject: [script, script, script] });
  try {
    const { page } = await blank(browser, site);
    page.setDefaultTimeout(1000 * limit);
    const answers = await page.evaluate(async ([photos, limit, size]) => {
      const { module, photo } = /** @type {any} */ (window);
      /** @type {{ name?: string, probability?: number, engine?: string, why?: string, code?: string, said?: string }[]} */
      const found = [];
      /** @type {<T>(what: Promise<T>) => Promise<T>} */
      const inTime = (what) => Promise.race([what, new Promise((_, no) => setTimeout(() => no({ code: 'NO ANSWER' }), 1000 * limit))]);
      const failed = (/** @type {any} */ { code, message }) => found.push({ code: code ?? 'NO CODE', said: message });
      const scope = await inTime(module.open({ weights: 'weights/googlenet_flowers.safetensors', tune: 'off', size })).catch(failed);
      if (!scope.run) return found;
      for (const name of photos) {
        await inTime(photo(name).then((/** @type {Blob} */ blob) => scope.run(blob))).then(({ top }) => {
          found.push({ name: top[0].name, probability: top[0].probability, engine: scope.engine.engine, why: scope.engine.why });
        }, failed);
      }
      await inTime(scope.dispose()).catch(failed);
      return found;
    }, /** @type {const} */ ([PHOTOS, limit - 10, SMALL]));
    return { answers };
  } finally {
    await site.close();
  }
}

const { answers: RIGHT } = await tried('');

for (const [what, fault] of Object.entries(FAULTS)) {
  test(what, async (t) => {
    const { answers } = await tried(REAL + fault);
    t.diagnostic(answers.map(({ name, engine, why, code }) => code ?? `${name} (${engine}${why ? `: ${why}` : ''})`).join(', '));
    for (const [i, { name, probability, code }] of answers.entries()) {
      if (code) assert.match(code, /^[a-z]+\.[a-z_]+$/, JSON.stringify(answers));
      else {
        const isRight = Math.abs((probability ?? 0) - (RIGHT[i].probability ?? 0)) < 1e-4;
        assert.deepEqual([name, isRight], [RIGHT[i].name, true], JSON.stringify(answers));
      }
    }
    // Whoever leaves the choice to us has an answer in the end.
    assert.equal(answers.at(-1)?.name, 'dandelion', JSON.stringify(answers));
  });
}
