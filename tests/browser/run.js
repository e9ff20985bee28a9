// Runs the tests in this folder, two files at a time, or those that are named: node tests/browser/run.js pipelines
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** So many files at a time: tests wait most of the time. With one they take nearly twice as long. */
const JOBS = Number(process.env.JOBS ?? 2);
/** Who asks for more than usual waits for as long as that takes, in milliseconds. */
const LIMIT = ['SOAK_MINUTES', 'SEQUENCES', 'ADDRESSES'].some((name) => name in process.env) ? Infinity : 15 * 60_000;

const named = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => named.length === 0 || named.some((name) => file.startsWith(name)))
  .map((file) => join(import.meta.dirname, file));

/** @param {{ details: { type?: string }, skip?: string | boolean, file?: string, name: string }} test */
const isTest = (test) => test.details.type !== 'suite' && test.name !== test.file;

/**
 * Runs files, and prints what comes of them.
 * @param {string[]} files
 * @returns {Promise<{ passed: number, failed: { name: string, file: string }[], took: { file: string, seconds: number }[] }>}
 */
async function runAll(files) {
  let passed = 0;
  /** @type {{ name: string, file: string }[]} */
  const failed = [];
  /** Of whole files. @type {{ file: string, seconds: number }[]} */
  const took = [];
  // A test that fails may leave a browser open, for which its file would wait.
  const stream = run({ files, concurrency: JOBS, timeout: LIMIT, forceExit: true });
  stream.on('test:complete', ({ name, details }) => {
    if (files.includes(name)) took.push({ file: basename(name), seconds: details.duration_ms / 1000 });
  });
  stream.on('test:pass', (test) => (passed += isTest(test) && !test.skip ? 1 : 0));
  stream.on('test:fail', (test) => {
    // A file that ends early fails as a whole.
    if (test.details.type !== 'suite') failed.push({ name: test.name, file: test.file ?? test.name });
  });
  const report = stream.compose(new spec());
  report.pipe(process.stdout);
  await once(report, 'end');
  return { passed, failed, took };
}

// Two cores are shared with whatever else the machine does. What failed in a few files runs once more, and what passes
// then is named: it is a fault of the test, or a race of the page, that somebody should look for.
const AGAIN = 5;
/** So many files are listed with the time that they took. */
const SLOWEST = 12;
const { passed, failed, took } = await runAll(files);
const suspects = [...new Set(failed.map(({ file }) => file))];
const again = suspects.length > 0 && suspects.length <= AGAIN ? await runAll(suspects) : { failed };
const unsteady = failed.filter(({ name }) => !again.failed.some((test) => test.name === name));
took.sort((a, b) => b.seconds - a.seconds);
console.log('\nthe slowest files:');
for (const { file, seconds } of took.slice(0, SLOWEST)) console.log(`${seconds.toFixed(0).padStart(5)} s  ${file}`);
console.log(`\n${passed} passed, ${again.failed.length} failed`);
for (const { name, file } of unsteady) console.log(`UNSTEADY, failed once and then passed: ${name} (${basename(file)})`);
process.exitCode = passed > 0 && again.failed.length === 0 ? 0 : 1;
