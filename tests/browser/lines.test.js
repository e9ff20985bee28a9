// JavaScript is read beside its tests and its review: no line is longer than a window is wide. No browser.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './harness/page.js';

/** Characters, of which Korean has fewer than bytes. */
const MOST = 140;
const FOLDERS = ['benches', 'npm', 'tests', 'www'];
/** What tools have made. */
const MADE = /(^|\/)(node_modules|pkg|pkg-formats)\//;

test(`no line has more than ${MOST} characters`, () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`));
  const scripts = files.filter((name) => name.endsWith('.js') && !MADE.test(name));
  assert.ok(scripts.length > 200, `${scripts.length} files`);
  const long = scripts.flatMap((name) => readFileSync(join(ROOT, name), 'utf8').split('\n')
    .flatMap((line, i) => (line.length > MOST ? [`${name}:${i + 1}: ${line.length}`] : [])));
  assert.deepEqual(long, []);
});
