// Which kernels are fastest on a GPU: measured, kept, used again, switched off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { visit } from './harness/page.js';
import { serve } from './harness/server.js';

test('what was measured on a GPU is kept and used again; a software GPU is not measured unasked', async () => {
  const site = await serve({ pages: { '/': '<!doctype html><title>tuning</title>', '/favicon.ico': '' } });
  const browser = await chromium();
  try {
    const { page, errors } = await visit(browser, site.url);
    page.setDefaultTimeout(120_000);
    const [fresh, measured, kept, off, cpu] = await page.evaluate(async () => {
      /** @type {typeof import('../../www/inceptionscope.js')} */
      const { open } = await import(`${location.origin}/inceptionscope.js`);
      const photo = await (await fetch('samples/dandelion.jpg')).blob();
      /** @param {object} options @param {boolean} [measure] */
      const tuned = async (options, measure) => {
        const scope = await open({ weights: 'weights/googlenet_flowers.safetensors', engine: 'gpu', ...options });
        await scope.ready;
        const { top } = await scope.run(photo);
        const tuning = measure ? await scope.tune({ limit: 500 }) : await scope.tuning();
        const again = measure ? await scope.run(photo) : { top };
        await scope.dispose();
        return { tuning, top: again.top[0].name };
      };
      return [await tuned({}), await tuned({}, true), await tuned({}), await tuned({ tune: 'off' }), await tuned({ engine: 'cpu' })];
    });
    assert.deepEqual(fresh.tuning?.tiles, {});
    assert.ok(Object.keys(measured.tuning?.tiles ?? {}).length > 0, JSON.stringify(measured));
    assert.deepEqual(kept.tuning, measured.tuning);
    assert.deepEqual(off.tuning?.tiles, {});
    assert.equal(cpu.tuning, null);
    for (const { top } of [fresh, measured, kept, off, cpu]) assert.equal(top, 'dandelion');
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await site.close();
  }
});
