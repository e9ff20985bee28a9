// The npm package as others use it: installed from its packed file, bundled by four bundlers, and run.
// `cargo xtask test --only package` packs it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from '../browser/harness/browsers.js';
import { visit } from '../browser/harness/page.js';
import { serve } from '../browser/harness/server.js';
import { withImagenetClasses } from './weights.js';

const ROOT = resolve(import.meta.dirname, '../..');
const { INCEPTIONSCOPE_TARBALL: TARBALL } = process.env;
if (!TARBALL) throw new Error('cargo xtask test --only package packs the package and runs this');

/** The projects, with the package in their `node_modules`. The bundlers are found above. */
const WORK = join(import.meta.dirname, 'work');
const PACKAGE = join(WORK, 'node_modules/inceptionscope');
/** What the pages ask their site for. */
const PUBLIC = join(WORK, 'public');

/** What every project finds: the flowers' network answers with the number 1, which is a goldfish among ImageNet's classes. */
const PAPERS = JSON.parse(readFileSync(join(ROOT, 'www/papers.json'), 'utf8'));
const FOUND = { name: 'goldfish', class: 1, shape: [128, 28, 28], papers: PAPERS.length };

/** @type {Awaited<ReturnType<typeof chromium>>} */
let browser;
before(async () => {
  rmSync(WORK, { recursive: true, force: true });
  cpSync(join(import.meta.dirname, 'projects'), WORK, { recursive: true });
  writeFileSync(join(WORK, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--offline', TARBALL], { cwd: WORK, stdio: 'inherit' });
  mkdirSync(PUBLIC);
  const weights = readFileSync(join(ROOT, 'weights/googlenet_flowers.safetensors'));
  writeFileSync(join(PUBLIC, 'weights.safetensors'), withImagenetClasses(weights));
  cpSync(join(ROOT, 'www/samples/dandelion.jpg'), join(PUBLIC, 'dandelion.jpg'));
  cpSync(join(ROOT, 'www/icon-192.png'), join(PUBLIC, 'icon.png'));
  writeFileSync(join(PUBLIC, 'favicon.ico'), '');
  browser = await chromium();
});
after(async () => {
  await browser?.close();
  rmSync(WORK, { recursive: true, force: true });
});

/** @typedef {{ top: { name: string, class: number, probability: number }, shape: number[], papers: number, threads: number }} Checked */

/** Whether a project found what it should. @param {Checked} checked */
function right({ top: { name, class: number, probability }, shape, papers }) {
  assert.deepEqual({ name, class: number, shape, papers }, FOUND);
  assert.ok(probability > 0.6, `${probability}`);
}

/** Opens a project's page, and looks at what it found. @param {string} address */
async function run(address) {
  const { page, errors } = await visit(browser, address);
  try {
    /** @type {string[]} */
    const failed = [];
    page.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
    await page.waitForFunction(() => 'checked' in globalThis);
    /** @type {Checked} */
    const checked = await page.evaluate(() => /** @type {any} */ (globalThis).checked);
    right(checked);
    assert.deepEqual(errors, []);
    assert.deepEqual(failed, []);
    return checked.threads;
  } finally {
    await page.close();
  }
}

/**
 * Serves what a bundler has built, and runs it.
 * @param {string} project
 * @param {{ html?: boolean, headers?: Record<string, string>, page?: string }} [options]
 */
async function built(project, { html = false, headers = {}, page = '' } = {}) {
  const root = join(WORK, project, 'dist');
  cpSync(PUBLIC, root, { recursive: true });
  if (html) cpSync(join(WORK, 'page.html'), join(root, 'index.html'));
  const site = await serve({ root, headers });
  try {
    const threads = await run(`${site.url}${page}`);
    // Whatever it is called now. Without it the browser's own decoder would have read the PNG.
    const formats = readFileSync(join(PACKAGE, 'pkg-formats/formats_bg.wasm'));
    const modules = site.requests.filter((path) => path.endsWith('.wasm')).map((path) => readFileSync(join(root, path)));
    assert.ok(modules.some((module) => module.equals(formats)), 'the readers of rare formats were not loaded');
    return threads;
  } finally {
    await site.close();
  }
}

/** What a page may do with strict rules for scripts. */
const STRICT = { 'content-security-policy':
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' data:; " +
  "require-trusted-types-for 'script'; trusted-types inceptionscope" };

/** What lets a page have threads. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const THREADS = Math.min(availableParallelism(), 8);

test('the package holds what it should, and no more', () => {
  const { version, exports } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  assert.match(version, /^\d+\.\d+\.\d+/);
  for (const path of [exports['.'].types, exports['.'].node, exports['.'].default, exports['./worker']]) readFileSync(join(PACKAGE, path));
  assert.deepEqual(readdirSync(PACKAGE).sort(), ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'catalogue', 'classes', 'formats.d.ts',
    'formats.js', 'inceptionscope.d.ts', 'inceptionscope.js', 'licences.txt', 'node', 'package.json', 'papers.json', 'pkg',
    'pkg-formats', 'runtime', 'weights']);
});

for (const resolution of ['bundler', 'nodenext']) {
  test(`its types stand strict checks, resolved as ${resolution}`, () => {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['--project', `types/tsconfig.${resolution}.json`], { cwd: WORK, stdio: 'inherit' });
  });
}

test('Node runs it', () => {
  const said = execFileSync(process.execPath, [join(WORK, 'node/main.js')], { cwd: PUBLIC, encoding: 'utf8', timeout: 60_000 });
  const found = JSON.parse(said);
  right(found);
  assert.equal(found.values, 128 * 28 * 28);
  assert.equal(found.missing, 'photo.unreachable');
  assert.deepEqual([found.several, found.wrong], [[5, FOUND.name], ['photo.unreachable', 1]]);
  assert.equal(found.nowhere, 0);
  assert.equal(found.engine, 'cpu');
});

test('Vite serves it while one works on a page', async () => {
  const { createServer } = await import('vite');
  const server = await createServer({ root: join(WORK, 'vite'), logLevel: 'warn', server: { port: 0, host: '127.0.0.1' } });
  try {
    await server.listen();
    await run(server.resolvedUrls?.local[0] ?? '');
  } finally {
    await server.close();
  }
});

test('Vite builds it', async () => {
  const { build } = await import('vite');
  await build({ root: join(WORK, 'vite'), logLevel: 'warn' });
  await built('vite');
  await built('vite', { page: 'trusted.html', headers: STRICT });
  assert.equal(await built('vite', { headers: ISOLATED }), THREADS);
});

test('webpack builds it', async () => {
  const { default: webpack } = await import('webpack');
  const { default: config } = await import(join(WORK, 'webpack/webpack.config.js'));
  const stats = await new Promise((done, fail) => {
    webpack(config, (error, stats) => (error ? fail(error) : done(stats)));
  });
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }).errors, []);
  assert.equal(await built('webpack', { html: true, headers: ISOLATED }), THREADS);
});

test('esbuild builds it', async () => {
  await import(join(WORK, 'esbuild/build.js'));
  cpSync(PACKAGE, join(WORK, 'esbuild/dist/inceptionscope'), { recursive: true });
  assert.equal(await built('esbuild', { html: true, headers: { ...STRICT, ...ISOLATED } }), THREADS);
});

test('Rollup builds it', async () => {
  const { rollup } = await import('rollup');
  const { default: config } = await import(join(WORK, 'rollup/rollup.config.js'));
  const bundle = await rollup(config);
  await bundle.write(config.output);
  await bundle.close();
  cpSync(PACKAGE, join(WORK, 'rollup/dist/inceptionscope'), { recursive: true });
  await built('rollup', { html: true });
});
