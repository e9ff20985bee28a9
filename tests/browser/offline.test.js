// The page without a network, with a bad one, and while the site gets a new version.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepare } from './harness/prepare.js';
import { untilKept, visit } from './harness/page.js';
import { file, newer, NEWER, serveChanging, VERSION, versionOf } from './harness/versions.js';

const { browser } = await prepare();

/** A page of a new site, once its service worker keeps it. */
async function kept() {
  const site = await serveChanging();
  const { page } = await visit(browser, `${site.url}#image=none&engine=cpu&weights=synthetic:1`);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await untilKept(page);
  return { site, page };
}

/** Starts a worker, which is a file of the page. @param {import('playwright-core').Page} page */
const models = (page) => page.evaluate(async () => {
  /** @type {typeof import('../../www/inceptionscope.js')} */
  const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
  const scope = await open({ model: 'googlenet', engine: 'cpu' });
  await scope.dispose();
  return scope.graph.model;
});

const PORTAL = { body: Buffer.from('<!doctype html><title>Log in to this network</title>') };
/** The page's own files, as its service worker lists them. @type {string[]} */
const FILES = JSON.parse(/const FILES = (\[.*\]);/.exec(file('sw.js'))?.[1] ?? '[]').filter((/** @type {string} */ name) => name !== './');
/** The page's script, whose name changes with what is in it. */
const MAIN = FILES.find((name) => /^page\/main\b/.test(name)) ?? assert.fail('the service worker lists no page/main');
/** How a server answers for some paths. @type {Record<string, Record<string, import('./harness/server.js').Trouble>>} */
const TROUBLES = {
  'is out of service': { '/': { status: 503 } },
  'has lost the page': { '/': { status: 404 } },
  'has a page of others in its place': { '/': PORTAL },
  'is gone': { '/': { gone: true } },
  'is out of service for the worker alone': { '/runtime/worker.js': { status: 503 } },
  'lacks a module': { [`/${MAIN}`]: { status: 404 } },
  'has a page of others in place of each file': Object.fromEntries(FILES.map((name) => [`/${name}`, PORTAL])),
  'sends no more than the page':
    Object.fromEntries(FILES.filter((name) => name !== 'index.html').map((name) => [`/${name}`, { gone: true }])),
};
for (const [what, trouble] of Object.entries(TROUBLES)) {
  test(`a server that ${what}: the page and all its files are those that were kept`, async () => {
    const { site, page } = await kept();
    try {
      Object.assign(site.trouble, trouble);
      await page.reload();
      assert.equal(await versionOf(page), VERSION);
      assert.equal(await models(page), 'googlenet');
    } finally {
      await page.close();
      await site.close();
    }
  });
}

/** Files that a new version changes; the rest is the same in both. */
const CHANGED = ['runtime/worker.js', 'inceptionscope.js', MAIN];
for (const late of [...CHANGED, 'pkg/inceptionscope_threads_bg.wasm']) {
  test(`a new version whose ${late} is late: no page has files of both`, async () => {
    const { site, page } = await kept();
    try {
      Object.assign(site.trouble, newer());
      for (const path of CHANGED) {
        site.trouble[`/${path}`] = { body: Buffer.from(`${file(path).replaceAll(VERSION, NEWER)}\n// ${NEWER}\n`) };
      }
      site.trouble[`/${late}`] = { ...site.trouble[`/${late}`], hold: 0 };
      const next = await browser.newPage();
      await next.goto(`${site.url}#image=none&engine=cpu&weights=synthetic:1`, { waitUntil: 'commit' });
      // It is asked for, and has not come.
      for (const end = Date.now() + 60_000; !site.requests.includes(`/${late}`) && Date.now() < end;) await next.waitForTimeout(20);
      await next.waitForTimeout(500);
      delete site.trouble[`/${late}`].hold;
      const texts = (/** @type {import('playwright-core').Page} */ of) => of.evaluate((paths) => (
        Promise.all(paths.map(async (path) => (await fetch(path)).text()))), CHANGED);
      const news = async (/** @type {import('playwright-core').Page} */ of) =>
        [await versionOf(of), ...(await texts(of)).map((text) => text.includes(NEWER))];
      assert.deepEqual(await news(next), [NEWER, true, true, true]);
      assert.equal(await models(next), 'googlenet');
      assert.deepEqual(await news(page), [VERSION, false, false, false]);
      assert.equal(await models(page), 'googlenet');
      await next.close();
    } finally {
      await page.close();
      await site.close();
    }
  });
}

test('a new version of the site: an open page goes on with the files of its own, and the next one is new', async () => {
  const { site, page } = await kept();
  try {
    Object.assign(site.trouble, newer(), {
      '/runtime/worker.js': { body: Buffer.from('throw new Error("a worker of the new version");') },
    });
    await page.evaluate(async () => {
      // The browser may have looked for a newer one by itself already.
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      while (registration.installing || registration.waiting || registration.active?.state !== 'activated') {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    assert.equal(await versionOf(page), VERSION);
    assert.equal(await models(page), 'googlenet');

    const next = await browser.newPage();
    await next.goto(`${site.url}#image=none`);
    assert.equal(await versionOf(next), NEWER);
    await assert.rejects(models(next), /a worker of the new version/);
    assert.equal(await models(page), 'googlenet');
    await next.close();
  } finally {
    await page.close();
    await site.close();
  }
});
