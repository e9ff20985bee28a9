// GoogLeNet as published, from its public address: a server stands in for the host. The weights are not part of the
// project: INCEPTIONSCOPE_REAL_WEIGHTS names a folder with googlenet_bvlc.safetensors.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { predictions, ROOT, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';
import { tensorsOf } from './harness/weights.js';

const { site, browser } = await prepare();
const folder = process.env.INCEPTIONSCOPE_REAL_WEIGHTS;
const skip = folder ? false : 'INCEPTIONSCOPE_REAL_WEIGHTS does not name a folder with the published weights';
const published = () => readFileSync(join(folder ?? '', 'googlenet_bvlc.safetensors'));

/** Kernels are published with their channels last. @param {import('./harness/weights.js').Tensor} tensor */
function asPublished({ info: { shape }, bytes }) {
  if (shape.length !== 4) return bytes;
  const [filters, channels, pixels] = [shape[0], shape[1], shape[2] * shape[3]];
  const body = Buffer.alloc(bytes.length);
  for (let f = 0, to = 0; f < filters; f++) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++, to += 4) {
        const from = ((f * channels + c) * pixels + p) * 4;
        bytes.copy(body, to, from, from + 4);
      }
    }
  }
  return body;
}

/** The folder on the public host, and what lies in it. */
const HOME = '/chaosmail/caffejs/dedfd566d0268352c3becdc808ea3d24908a7a0c/examples/models/bvlc_googlenet/weights/';
function parts() {
  const tensors = new Map(tensorsOf(published()).map((tensor) => [tensor.name, asPublished(tensor)]));
  /** @type {{ url: string, name: string }[]} */
  const list = JSON.parse(readFileSync(join(ROOT, 'www/catalogue/googlenet-bvlc.json'), 'utf8'));
  return new Map(list.map(({ url, name }) => [HOME + url, /** @type {Buffer} */ (tensors.get(name))]));
}

/**
 * What `cargo xtask demo` and `cargo xtask dist` do first, with another server in place of the public hosts; returns what is
 * printed.
 * @param {string} mirror @param {string} folder
 */
async function fetchStart(mirror, folder) {
  const env = { ...process.env, INCEPTIONSCOPE_MIRROR: mirror, XDG_CACHE_HOME: join(folder, 'cache') };
  const { stdout } = await promisify(execFile)('cargo', ['xtask', 'weights', '--folder', folder], { cwd: ROOT, env });
  return stdout;
}

const temporary = () => mkdtempSync(join(tmpdir(), 'inceptionscope-'));

test('one click opens GoogLeNet from the public host, which knows the Egyptian cat', { skip }, async () => {
  const home = parts();
  let asked = 0;
  await browser.route('https://raw.githubusercontent.com/**', (route) => {
    asked += 1;
    const body = home.get(new URL(route.request().url()).pathname);
    const headers = { 'access-control-allow-origin': '*' };
    return body ? route.fulfill({ body, headers }) : route.fulfill({ status: 404, headers });
  });
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat`);
  await predictions(page);
  await page.getByRole('button', { name: 'Open GoogLeNet trained on ImageNet (28 MB)' }).click();
  await page.getByRole('listitem', { name: /^Egyptian cat/ }).waitFor();
  assert.match((await predictions(page))[0], /^Egyptian cat/);
  await page.getByText('trained on ImageNet: it knows 1,000 classes').waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, 'egyptian-cat.png') });
  assert.deepEqual(errors, []);
  assert.equal(asked, home.size);
  const link = page.url();
  // It is read back once all of it has come.
  await page.waitForFunction(async () => {
    const stored = await (await import(new URL('inceptionscope.js', document.baseURI).href)).stored();
    return stored.some((/** @type {{ url: string, sha256: string | null }} */ { url, sha256 }) => sha256 && url.includes('caffejs'));
  });
  await page.close();

  // Kept as one file: the second time nothing is asked for.
  const again = await visit(browser, link);
  await again.page.getByRole('listitem', { name: /^Egyptian cat/ }).waitFor();
  assert.equal(asked, home.size);
  assert.deepEqual(again.errors, []);
  await again.page.close();
});

test('the site’s builder fetches the weights once, at 8 bits, and the page starts with them', { skip }, async () => {
  const pages = Object.fromEntries([...parts()].map(([path, bytes]) => [`/raw.githubusercontent.com${path}`, bytes]));
  const host = await serve({ pages });
  const folder = temporary();
  const printed = await fetchStart(host.url, folder);
  assert.match(printed, /fetching GoogLeNet's ImageNet weights once/);
  assert.deepEqual(host.requests.toSorted(), Object.keys(pages).toSorted());
  await fetchStart(host.url, folder);
  assert.equal(host.requests.length, 116);
  await host.close();

  const file = readFileSync(join(folder, 'googlenet-bvlc.safetensors'));
  assert.ok(file.length < 7.2e6, `${file.length} bytes`);
  const own = await serve({ pages: { '/weights/index.json': '["googlenet-bvlc"]', '/weights/googlenet-bvlc.safetensors': file } });
  try {
    const { page, errors } = await visit(browser, `${own.url}#engine=cpu&image=cat`);
    await page.getByRole('listitem', { name: /^Egyptian cat/ }).waitFor();
    await page.getByText('trained on ImageNet: it knows 1,000 classes').waitFor();
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await own.close();
  }
});

test('without a network the site’s builder goes on with the flowers within seconds', async () => {
  // Compiled before: that is not what is timed.
  await promisify(execFile)('cargo', ['build', '--quiet'], { cwd: ROOT });
  await promisify(execFile)('cargo', ['xtask', 'help'], { cwd: ROOT });
  // Takes connections and says nothing.
  const silent = createServer();
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (silent.address());
  try {
    for (const host of ['127.0.0.1:9', 'weights.invalid:443', '192.0.2.1:443', `127.0.0.1:${port}`]) {
      const folder = temporary();
      const started = Date.now();
      assert.match(await fetchStart(`http://${host}`, folder), /note: the page starts with five flowers/, host);
      const seconds = (Date.now() - started) / 1000;
      assert.ok(seconds < 8, `${host}: ${seconds} s`);
      assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith('.safetensors')), []);
    }
  } finally {
    silent.close();
  }
});
