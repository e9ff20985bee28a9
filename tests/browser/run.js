// Runs the tests in this folder one after another (they share two cores and a GPU), or those that are
// named: node tests/browser/run.js pipelines
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const named = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => named.length === 0 || named.some((name) => file.startsWith(name)))
  .map((file) => join(import.meta.dirname, file));

let passed = 0;
let failed = 0;
/** @param {{ details: { type?: string }, skip?: string | boolean, file?: string, name: string }} test */
const isTest = (test) => test.details.type !== 'suite' && test.name !== test.file;

const stream = run({ files, concurrency: 1, timeout: 15 * 60_000 });
stream.on('test:pass', (test) => (passed += isTest(test) && !test.skip ? 1 : 0));
stream.on('test:fail', (test) => (failed += isTest(test) ? 1 : 0));
const report = stream.compose(new spec());
report.pipe(process.stdout);
report.on('end', () => {
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
});
