// What is published: every clone makes the same bytes of it, and all that say which version it is agree. No browser.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './harness/page.js';
import { DIST } from './harness/server.js';

const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

test('nothing that is published says where, when or by whom it was built', () => {
  // Short names are words, too.
  const who = [userInfo().username, hostname()].filter((name) => name.length > 5);
  const places = [ROOT, homedir(), '/.cargo/', '.rustup', '/target/wasm', '/home/', '/Users/', 'C:\\Users']
    .filter((place) => place.length > 1);
  // A home that is no more than /root is part of other paths.
  const here = [...places.filter((place) => place !== '/root'), '/root/', ...who];
  const year = new Date().getFullYear();
  const days = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
  const times = new RegExp(`${year}-\\d\\d-\\d\\dT\\d\\d:|\\b(${days}) [A-Z][a-z]{2} +\\d+ \\d\\d:\\d\\d:\\d\\d ${year}`);
  const found = files.flatMap((path) => {
    const text = readFileSync(path, 'latin1');
    const told = [...here.filter((place) => text.includes(place)), ...(times.exec(text)?.slice(0, 1) ?? [])];
    return told.map((what) => `${path.slice(DIST.length + 1)}: ${what}`);
  });
  assert.deepEqual(found, []);
  assert.ok(files.length > 65, `${files.length} files`);
});

test('the version is the same wherever it is written', () => {
  const text = (/** @type {string} */ name) => readFileSync(join(ROOT, name), 'utf8');
  const version = /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(text('Cargo.toml'))?.[1] ?? '';
  assert.match(version, /^\d+\.\d+\.\d+$/);
  // The first that has a number: changes since then stand above it.
  assert.equal(/^## (\d\S*)/m.exec(text('CHANGELOG.md'))?.[1], version);
  assert.equal(/^version: "?([^"\n]+)/m.exec(text('CITATION.cff'))?.[1], version);
  // The package gets it when it is made.
  assert.equal(JSON.parse(text('npm/package.json')).version, '0.0.0');
  const locked = [...text('Cargo.lock').matchAll(/name = "(inceptionscope[\w-]*|xtask)"\nversion = "([^"]+)"/g)];
  assert.ok(locked.length > 0);
  for (const [, name, has] of locked) assert.equal(has, version, name);
});

test('the page, its service worker, its modules and what is compiled say the same version; the worker lists every file of the page', () => {
  const text = (/** @type {string} */ name) => readFileSync(join(DIST, name), 'utf8');
  const version = /const VERSION = '(\w{16})';/.exec(text('sw.js'))?.[1];
  assert.equal(/<meta name="version" content="(\w+)">/.exec(text('index.html'))?.[1], version);
  const compiled = files.map((path) => path.slice(DIST.length + 1)).filter((name) => /^pkg(-formats)?\/[^/]*\.js$/.test(name));
  assert.ok(compiled.length >= 3, `${compiled}`);
  for (const name of ['runtime/version.js', ...compiled]) {
    assert.equal(/^export const VERSION = '(\w+)';$/m.exec(text(name))?.[1], version, name);
  }
  for (const name of ['runtime/worker.js', 'runtime/thread.js']) {
    assert.deepEqual([/\bVERSION="(\w+)"/.exec(text(name))?.[1], /^import\b/m.test(text(name))], [version, false], name);
  }
  const listed = new Set(JSON.parse(/const FILES = (\[.*\]);/.exec(text('sw.js'))?.[1] ?? '[]'));
  const rare = (/** @type {string} */ name) => ['sw.js', 'licences.txt'].includes(name) || name.startsWith('pkg-formats/')
    || (name.startsWith('weights/') && !name.endsWith('.json'));
  const missing = files.map((path) => path.slice(DIST.length + 1)).filter((name) => !rare(name) && !listed.has(name));
  assert.deepEqual(missing, []);
});
