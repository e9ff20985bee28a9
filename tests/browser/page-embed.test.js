// The runtime as a module that any page may import, from its own origin or another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { predictions, visit } from './harness/page.js';
import { serve } from './harness/server.js';

/** @type {Awaited<ReturnType<typeof chromium>>} */
let browser;
before(async () => {
  browser = await chromium();
});
after(() => browser?.close());

test('a page of another origin, with a strict Content-Security-Policy, can import the module', async () => {
  // Under a path, as on a project's page of a static host; such hosts let every origin read.
  const site = await serve({ path: '/some/path/', headers: { 'access-control-allow-origin': '*' } });
  const origin = new URL(site.url).origin;
  const other = await serve({
    isolated: false,
    pages: { '/': '<!doctype html><title>a page of another origin</title>', '/favicon.ico': '' },
    headers: {
      'content-security-policy':
        `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; worker-src blob: ${origin}; connect-src ${origin}`,
    },
  });
  try {
    const { page, errors } = await visit(browser, other.url);
    const result = await page.evaluate(async (site) => {
      /** @type {typeof import('../../www/inceptionscope.js')} */
      const { factorisations, models, open, papers } = await import(`${site}inceptionscope.js`);
      const known = await models();
      const [naive, reduced] = (await factorisations())[0].ways;
      const printed = (await papers()).filter(({ networks }) => networks.includes('googlenet'));
      const scope = await open({ model: 'googlenet', weights: `${site}weights/googlenet_flowers.safetensors` });
      const photo = await (await fetch(`${site}samples/dandelion.jpg`)).blob();
      /** @type {string[]} */
      const nodes = [];
      const { top, logits } = await scope.run(photo, { onNode: (node) => nodes.push(node) });
      const stats = await scope.stats('inception4a');
      const maps = await scope.maps('inception4a', { channels: [3, 1], size: 7 });
      const one = await scope.maps('inception4a', { channels: [1] });
      const [strongest, vector] = await scope.strongest(['inception4a', 'probabilities'], { size: 7 });
      const channel = stats.energy.indexOf(stats.energy.reduce((a, b) => Math.max(a, b)));
      const alone = await scope.maps('inception4a', { channels: [channel], size: 7 });
      const whole = await scope.maps('inception4a', { channels: [channel] });
      await scope.mute('inception3a.branch2.1');
      const muted = await scope.activation('inception3a.branch2.1');
      const late = scope.stats('nowhere').then(() => '', (error) => error.message);
      const said = await late;
      await scope.dispose();
      const after = await scope.stats('inception4a').then(() => '', (error) => error.code);
      return { models: known.length, saved: reduced.macs < naive.macs, printed: printed.map(({ rows }) => rows[0].length), top: top[0],
        logits: logits.length, nodes: nodes.length, stats: [stats.shape, stats.mean.length], maps: [maps.shape, maps.data.length],
        strongest: [strongest, { node: 'inception4a', channel, min: Math.min(...whole.data), max: Math.max(...whole.data), ...alone }]
          .map((map) => ({ ...map, data: String(map?.data) })),
        vector: [vector?.channel, vector?.max], first: [top[0].class, top[0].probability],
        one: one.shape, muted: muted.data.every((v) => v === 0), said, after };
    }, site.url);
    assert.ok(result.models >= 2);
    assert.ok(result.saved);
    assert.deepEqual(result.printed, [4, 9, 4]);
    assert.equal(result.top.name, 'dandelion');
    assert.equal(result.logits, 5);
    assert.ok(result.nodes > 50);
    assert.deepEqual(result.stats, [[512, 14, 14], 512]);
    assert.deepEqual(result.maps, [[2, 7, 7], 98]);
    assert.deepEqual(result.one, [1, 14, 14]);
    assert.deepEqual(result.strongest[0], result.strongest[1]);
    assert.deepEqual(result.vector, result.first);
    assert.equal(result.muted, true);
    assert.match(result.said, /googlenet has no node 'nowhere'/);
    assert.equal(result.after, 'scope.closed');
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await other.close();
    await site.close();
  }
});

test('loading can be given up, and an aborted run rejects', async () => {
  const site = await serve();
  try {
    const { page } = await visit(browser, `${site.url}#image=none&engine=cpu`);
    const said = await page.evaluate(async () => {
      /** @type {typeof import('../../www/inceptionscope.js')} */
      const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
      const giveUp = new AbortController();
      const opening = open({ model: 'googlenet', weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu', signal: giveUp.signal,
        onProgress: () => giveUp.abort() });
      const ended = await opening.then((scope) => scope.ready).then(() => 'ready', (error) => error.name);
      const scope = await open({ model: 'googlenet', weights: 'synthetic:1', engine: 'cpu' });
      const stop = new AbortController();
      const photo = await (await fetch('samples/cat.jpg')).blob();
      const runs = [scope.run(photo), scope.run(photo, { signal: stop.signal })];
      stop.abort();
      const first = new AbortController();
      let told = 0;
      runs.push(scope.run(photo, {
        signal: first.signal,
        onNode() {
          told += 1;
          first.abort();
        },
      }));
      const outcomes = await Promise.allSettled(runs);
      await scope.dispose();
      return [ended, ...outcomes.map((o) => (o.status === 'rejected' ? o.reason.name : o.status)), told];
    });
    // Of a run that is given up at its first node, no other is told.
    assert.deepEqual(said, ['AbortError', 'fulfilled', 'AbortError', 'AbortError', 1]);
    await page.close();
  } finally {
    await site.close();
  }
});

test('the page asks no other host for anything', async () => {
  const site = await serve({ path: '/deep/er/' });
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const elsewhere = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(site.url) && !/^(blob|data):/.test(request.url())) elsewhere.push(request.url());
    });
    await page.goto(`${site.url}#engine=cpu`);
    await predictions(page);
    assert.deepEqual(elsewhere, []);
    await page.close();
  } finally {
    await site.close();
  }
});
