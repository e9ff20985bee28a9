// Threads: where the page is isolated, by the host's headers or by our service worker, the CPU engine has several, and says the
// same; everywhere else it has one. A visitor downloads one module.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BLANK, blank } from './harness/prepare.js';
import { DIST, serve } from './harness/server.js';
import { BROWSERS, Tab } from './harness/tab.js';

/** @typedef {keyof typeof BROWSERS} Name */
const NAMES = /** @type {Name[]} */ (Object.keys(BROWSERS));
/** @type {Record<Name, any>} */
const browsers = /** @type {any} */ ({});
before(async () => {
  await Promise.all(NAMES.map(async (name) => { browsers[name] = await BROWSERS[name](); }));
});
after(() => Promise.all(Object.values(browsers).map((browser) => browser.close())));

const OPEN = '#engine=cpu&image=dandelion&threads=3';
const THREADED = ['pkg/inceptionscope_threads.js', 'pkg/inceptionscope_threads_bg.wasm'];
const SINGLE = ['pkg/inceptionscope.js', 'pkg/inceptionscope_relaxed_bg.wasm'];
const file = (/** @type {string} */ path) => readFileSync(join(DIST, path), 'utf8');

/** What of the compiled modules was asked for. @param {{ requests: string[] }} site */
const compiled = ({ requests }) =>
  [...new Set(requests.filter((path) => path.startsWith('/pkg/')).map((path) => path.slice(1)))].toSorted();
/** How often the page was loaded. @param {{ requests: string[] }} site */
const loads = ({ requests }) => requests.filter((path) => path === '/').length;

/** All answers as they are shown. @param {Tab} tab @returns {Promise<string[]>} */
async function answers(tab) {
  await tab.answer();
  return tab.value('[...document.querySelectorAll(".predictions li[aria-label]")].map((item) => item.ariaLabel)');
}

/** @type {Partial<Record<Name, Promise<string[]>>>} */
const alone = {};
/** What one thread says. @param {Name} name */
const expected = (name) => (alone[name] ??= askedOfOne(name));

/** @param {Name} name */
async function askedOfOne(name) {
  const site = await serve();
  try {
    const tab = await Tab.open(browsers[name], site.url + OPEN.replace('threads=3', 'threads=1'));
    const said = await answers(tab);
    await tab.named('#setup-line', /· CPU$/);
    await tab.close();
    return said;
  } finally {
    await site.close();
  }
}

for (const name of NAMES) {
  const cases = /** @type {[string, Parameters<typeof serve>[0], { threads: boolean, loads: number, kept: boolean }][]} */ ([
    ['a host whose headers isolate', {}, { threads: true, loads: 1, kept: true }],
    ['any other host, through the service worker', { isolated: false }, { threads: true, loads: 2, kept: true }],
    ['a host without the service worker', {
      isolated: false, trouble: { '/sw.js': { status: 404 } },
    }, { threads: false, loads: 1, kept: false }],
    ['a browser that refuses to isolate', {
      isolated: false, trouble: { '/sw.js': { body: Buffer.from(file('sw.js').replaceAll('Cross-Origin-', 'X-')) } },
    }, { threads: false, loads: 2, kept: true }],
  ]);
  for (const [what, options, told] of cases) {
    test(`${name}: ${what}`, async () => {
      const site = await serve(options);
      try {
        const tab = await Tab.open(browsers[name], site.url + OPEN);
        assert.deepEqual(await answers(tab), await expected(name));
        assert.equal(await tab.value('crossOriginIsolated'), told.threads);
        await tab.named('#setup-line', told.threads ? /· CPU, 3 threads$/ : /· CPU$/);
        // The service worker keeps what the page runs, and nothing else.
        if (told.kept) await tab.until('caches.match("./")');
        assert.deepEqual(compiled(site), told.threads ? THREADED : SINGLE);
        assert.equal(loads(site), told.loads + 2 * Number(told.kept)); // to be kept, and to see its version
        await tab.reload();
        assert.deepEqual(await answers(tab), await expected(name));
        assert.equal(await tab.value('crossOriginIsolated'), told.threads);
        assert.deepEqual(compiled(site), told.threads ? THREADED : SINGLE);
        await tab.close();
      } finally {
        await site.close();
      }
    });
  }

  test(`${name}: an isolated page takes weights of other hosts`, async () => {
    const [site, host] = [await serve(), await serve({ isolated: false, headers: { 'access-control-allow-origin': '*' } })];
    try {
      const tab = await Tab.open(browsers[name], `${site.url}${OPEN}&weights=${host.url}weights/googlenet_flowers.safetensors`);
      const agree = `document.querySelector('dialog[open] .choose button')`;
      await tab.until(agree);
      await tab.value(`${agree}.click()`);
      assert.deepEqual(await answers(tab), await expected(name));
      assert.equal(await tab.value('crossOriginIsolated'), true);
      assert.ok(host.requests.includes('/weights/googlenet_flowers.safetensors'));
      await tab.close();
    } finally {
      await Promise.all([site.close(), host.close()]);
    }
  });

  test(`${name}: a view in a frame has one thread, and registers nothing`, async () => {
    const site = await serve({ isolated: false });
    const view = `${site.url}embed.html${OPEN}&view=module&node=inception4a`;
    const blog = `<!doctype html><title>a blog</title><iframe src="${view}"></iframe>`;
    const host = await serve({ isolated: false, pages: { '/': blog, '/favicon.ico': '' } });
    try {
      const tab = await Tab.open(browsers[name], host.url);
      for (const end = Date.now() + 60_000; Date.now() < end && compiled(site).length < 2; ) await new Promise((go) => setTimeout(go, 50));
      assert.deepEqual(compiled(site), SINGLE);
      assert.ok(!site.requests.includes('/sw.js'));
      await tab.close();
    } finally {
      await Promise.all([site.close(), host.close()]);
    }
  });

  test(`${name}: several threads compute what one computes, to the bit, while weights come; they end with the network`, async () => {
    // Each worker that computes holds a lock as long as it lives.
    const held = 'navigator.locks.request(`thread ${crypto.randomUUID()}`, () => new Promise(() => {}));';
    const thread = { body: Buffer.from(`${held}\n${file('runtime/thread.js')}`) };
    const site = await serve({ pages: BLANK, trouble: { '/runtime/thread.js': thread, '/sw.js': { status: 404 } } });
    try {
      const { page } = await blank(browsers[name], site);
      const found = JSON.parse(await page.evaluate(async () => {
        const { module, photo } = /** @type {any} */ (window);
        const locks = async () => (await navigator.locks.query()).held?.length ?? 0;
        const until = async (/** @type {number} */ count) => {
          while ((await locks()) !== count) await new Promise((go) => setTimeout(go, 20));
        };
        const image = await photo('dandelion');
        /** @type {string[]} */
        const values = [];
        for (const threads of [1, 2, 5]) {
          const scope = await module.open({ weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu', threads });
          const early = await scope.run(image);
          await until(threads - 1);
          const late = await scope.run(image);
          const { data } = await scope.activation('inception4a');
          const same = String(early.logits) === String(late.logits);
          values.push([scope.engine.threads, same, await digest(late.logits), await digest(data)].join());
          await scope.dispose();
          await until(0);
        }
        return JSON.stringify(values);

        /** @param {Float32Array<ArrayBuffer>} numbers */
        async function digest(numbers) {
          return String(new Uint32Array(await crypto.subtle.digest('SHA-256', numbers)).slice(0, 2));
        }
      }));
      const values = found[0].replace(/^1,/, '');
      assert.deepEqual(found, [1, 2, 5].map((threads) => `${threads},${values}`));
      assert.match(values, /^true/);
      await page.close();
    } finally {
      await site.close();
    }
  });
}

test('a thread that fails is one of a runtime that fails: all of it is started anew', async () => {
  // The first one fails.
  const crash = `const sound = onmessage;
    onmessage = async (event) => {
      if (await caches.has('failed')) return sound(event);
      await caches.open('failed');
      postMessage({ crashed: { code: 'runtime.failed', data: { reason: 'injected' }, message: 'injected' } });
    };`;
  const thread = { body: Buffer.from(`${file('runtime/thread.js')}\n${crash}`) };
  const site = await serve({ pages: BLANK, trouble: { '/runtime/thread.js': thread } });
  try {
    const { page } = await blank(browsers.Chromium, site);
    const found = await page.evaluate(async () => {
      const { module, photo } = /** @type {any} */ (window);
      const options = { weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu', threads: 2 };
      const recovered = new Promise((resolve) => Object.assign(options, { onRecover: resolve }));
      const scope = await module.open(options);
      await recovered;
      const { top } = await scope.run(await photo('dandelion'));
      await scope.dispose();
      return [top[0].name, scope.engine.threads];
    });
    assert.deepEqual(found, ['dandelion', 2]);
    await page.close();
  } finally {
    await site.close();
  }
});
