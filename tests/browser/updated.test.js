// A page that stays open while its site gets a new version: what it loads later is of its own version, or it says so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { predictions, ROOT, untilKept, visit } from './harness/page.js';
import { BLANK, blank } from './harness/prepare.js';
import { file, newer, NEWER, serveChanging, VERSION, versionOf } from './harness/versions.js';

/** @typedef {import('./harness/server.js').Site} Site */
/** @typedef {import('playwright-core').Page} Page */

const browsers = {
  'with a service worker': await chromium({ webgpu: false }),
  'without one': await chromium({ webgpu: false, context: { serviceWorkers: 'block' } }),
};
after(() => Promise.all(Object.values(browsers).map((browser) => browser.close())));
const [kept, plain] = Object.values(browsers);

const NEW = 'answered by the new version';
const OPEN = '#image=dandelion&engine=cpu&weights=synthetic:1';

/** The site gets a new version: its files change, and its worker answers something else. @param {Site} site */
function deploy(site) {
  Object.assign(site.trouble, newer());
  const worker = file('runtime/worker.js').replaceAll(VERSION, NEWER);
  const changed = worker.replace('JSON.parse(rust.factorisations())', `['${NEW}']`);
  assert.notEqual(changed, worker);
  site.trouble['/runtime/worker.js'] = { body: Buffer.from(changed) };
}

/** The files that only some pages load are elsewhere in the new version. @param {Site} site */
function move(site) {
  for (const path of ['pkg-formats/formats.js', 'runtime/worker.js', 'runtime/thread.js']) site.trouble[`/${path}`] = { status: 404 };
}

/** What comes of a call of the module: its answer, or the code of the error. @param {Page} page @param {string} call */
const answer = (page, call) => page.evaluate(`(async () => {
  const { open, models, factorisations } = await import(new URL('inceptionscope.js', document.baseURI).href);
  try {
    return await (${call});
  } catch (error) {
    return error.code ?? String(error);
  }
})()`);

/**
 * A page of the site, kept by its service worker if it has one.
 * @param {(typeof browsers)['without one']} browser
 * @param {Site} site
 * @param {string} [query]
 */
async function opened(browser, site, query = '') {
  const { page, errors } = await visit(browser, `${site.url}${query}${OPEN}`);
  await predictions(page);
  if (browser === kept) {
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await untilKept(page);
  }
  return { page, errors };
}

const ANOTHER = `open({ model: 'googlenet', weights: 'synthetic:2', engine: 'cpu' }).then(async (scope) => {
  await scope.dispose();
  return scope.graph.model;
})`;
const TOY = `import(new URL('formats.js', document.baseURI).href).then(async ({ convert }) => convert(await (await fetch('/toy')).blob()))`;
const toy = { '/toy': readFileSync(join(ROOT, 'tests/fixtures/weights/toy.h5')) };

for (const [how, browser] of Object.entries(browsers)) {
  for (const change of [deploy, move]) {
    const what = change === deploy ? 'change' : 'move, too';
    test(`a new version whose files ${what}, ${how}: another network, and a file of a rare format`, async () => {
      const site = await serveChanging({ pages: toy });
      try {
        const { page } = await opened(browser, site);
        deploy(site);
        change(site);
        assert.equal(await answer(page, ANOTHER), browser === kept ? 'googlenet' : 'runtime.updated');
        assert.equal(await answer(page, TOY), 'runtime.updated');
        await page.close();
      } finally {
        await site.close();
      }
    });
  }

  test(`the version is the same, ${how}: a rare format's reader that is missing is not called an update`, async () => {
    const site = await serveChanging({ pages: toy });
    try {
      const { page } = await opened(browser, site);
      assert.equal(await answer(page, TOY), 'weights.format');
      await page.reload();
      site.trouble['/pkg-formats/formats.js'] = { status: 404 };
      assert.equal(await answer(page, TOY), 'runtime.unavailable');
      await page.close();
    } finally {
      await site.close();
    }
  });
}

for (const [language, sentence, button] of [
  ['en', 'This page was updated while it was open. Reload it to go on.', 'Reload'],
  ['ko', '이 페이지를 열어 둔 사이에 새 버전이 나왔습니다. 새로 고친 뒤 계속하세요.', '새로 고침'],
]) {
  test(`the page says so, and one button later it is the new one (${language})`, async () => {
    const site = await serveChanging();
    try {
      const { page } = await opened(plain, site, `?lang=${language}`);
      deploy(site);
      await page.evaluate(() => { location.hash = '#image=dandelion&engine=cpu&weights=synthetic:2'; });
      await page.getByRole('alert').getByText(sentence).waitFor();
      await Promise.all([page.waitForEvent('load'), page.getByRole('alert').getByRole('button', { name: button, exact: true }).click()]);
      await predictions(page);
      assert.equal(await versionOf(page), NEWER);
      assert.match(page.url(), /weights=synthetic:2/);
      assert.equal(await answer(page, ANOTHER), 'googlenet');
      assert.deepEqual(await answer(page, 'factorisations()'), [NEW]);
      await page.close();
    } finally {
      await site.close();
    }
  });
}

test('a worker that fails is not replaced by one of another version', async () => {
  const crash = `addEventListener('message', ({ data }) => {
    if (data.method === 'mute') setTimeout(() => { throw new Error('injected'); });
  });`;
  const site = await serveChanging({ pages: BLANK, inject: [crash] });
  try {
    const { page } = await blank(plain, site);
    const found = await page.evaluate(() => {
      const { module } = /** @type {any} */ (window);
      return module.open({ model: 'googlenet', weights: 'synthetic:1', engine: 'cpu' }).then(async (/** @type {any} */ scope) => {
        await scope.ready;
        Object.assign(window, { scope });
        return scope.graph.model;
      });
    });
    assert.equal(found, 'googlenet');
    deploy(site);
    const codes = await page.evaluate(async () => {
      const { scope } = /** @type {any} */ (window);
      const code = (/** @type {Promise<any>} */ call) => call.then(() => 'answered', (error) => error.code);
      await code(scope.mute('inception3a.branch1'));
      // The worker fails a moment later, and is started again.
      for (let i = 0; i < 100 && (await code(scope.interventions())) === 'answered'; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return [await code(scope.interventions()), await code(scope.run(new Float32Array(3 * 224 * 224)))];
    });
    assert.deepEqual(codes, ['runtime.updated', 'runtime.updated']);
    await page.close();
  } finally {
    await site.close();
  }
});

test('threads of another version do not compute for a worker of this one', async () => {
  const site = await serveChanging({ pages: BLANK });
  try {
    const { page } = await blank(plain, site);
    // The worker is there, and has its module; threads come when a network is opened.
    assert.ok((await answer(page, 'models().then((all) => all.length)')) > 0);
    deploy(site);
    const run = `open({ model: 'googlenet', weights: 'synthetic:1', engine: 'cpu', threads: 2 }).then(async (scope) => {
      await scope.ready;
      return (await scope.run(new Float32Array(3 * 224 * 224))).timings.run;
    })`;
    assert.equal(await answer(page, run), 'runtime.updated');
    await page.close();
  } finally {
    await site.close();
  }
});

test('a service worker that comes while the site changes keeps no files of the other version', async () => {
  const site = await serveChanging();
  try {
    site.trouble['/sw.js'] = { hold: 0 };
    const { page } = await visit(kept, `${site.url}${OPEN}`);
    await predictions(page);
    deploy(site);
    site.trouble['/sw.js'] = { body: Buffer.from(file('sw.js')) };
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    // What the page is made of comes afterwards, or is given up.
    const any = () => page.evaluate(() => caches.match('./').then(Boolean));
    for (const end = Date.now() + 10_000; !(await any()) && Date.now() < end;) await page.waitForTimeout(100);
    const versions = await page.evaluate(async () => {
      const all = await Promise.all(['./', 'index.html', 'runtime/version.js'].map((path) => caches.match(path)));
      const texts = all.map((file) => file?.text());
      return (await Promise.all(texts)).map((text) => /[0-9a-f]{16}/.exec(text ?? '')?.[0]);
    });
    assert.ok(versions.every((version) => version === undefined || version === VERSION), `${versions}`);
    await page.close();
  } finally {
    await site.close();
  }
});
