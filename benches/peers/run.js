// Our engines beside what people would use instead, in one Chromium, on the same weights and picture:
// `cargo xtask bench` builds the site and the command line, then runs this. Options: OPTIONS below.
//
// For each network every engine loads in a page of its own and runs once; then rounds of one run each,
// A B C, C B A, ..., so that whatever else the machine does meets all of them. A round's logits are read
// back each time and compared. After that each engine starts in a fresh Chromium without caches, and in some whose
// caches are those of a visitor who comes again: from navigation to the first prediction, and the most memory on the way.
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { chromium } from '../../tests/browser/harness/browsers.js';
import { BYTES, SUMS, writeProcessor } from './processor.js';
import { writeTfjsModel } from './tfjs_model.js';

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');

/** All that the processor has: the page is isolated, so that every wasm engine has its threads. */
const THREADS = cpus().length;
/** In the order of the table. `ours` and what is compared with it run on the same kind of device, with as many threads. */
const ENGINES = {
  'gpu': { title: 'Inceptionscope, WebGPU', adapter: 'ours', device: 'gpu', ours: 'gpu' },
  'ort-webgpu': { title: 'onnxruntime-web, WebGPU', adapter: 'ort', device: 'webgpu', ours: 'gpu' },
  'tfjs-webgpu': { title: 'TensorFlow.js, WebGPU', adapter: 'tfjs', device: 'webgpu', ours: 'gpu' },
  'cpu': { title: `Inceptionscope, CPU, ${THREADS} threads`, adapter: 'ours', device: 'cpu', ours: 'cpu', threads: THREADS },
  'ort-wasm': { title: `onnxruntime-web, wasm, ${THREADS} threads`, adapter: 'ort', device: 'wasm', ours: 'cpu', threads: THREADS },
  'tfjs-wasm': { title: `TensorFlow.js, wasm, ${THREADS} threads`, adapter: 'tfjs', device: 'wasm', ours: 'cpu', threads: THREADS },
  'cpu-1': { title: 'Inceptionscope, CPU, 1 thread', adapter: 'ours', device: 'cpu', ours: 'cpu-1', threads: 1 },
  'ort-wasm-1': { title: 'onnxruntime-web, wasm, 1 thread', adapter: 'ort', device: 'wasm', ours: 'cpu-1', threads: 1 },
  'tfjs-wasm-1': { title: 'TensorFlow.js, wasm, 1 thread', adapter: 'tfjs', device: 'wasm', ours: 'cpu-1', threads: 1 },
};
const MODELS = ['googlenet', 'inception_v3', 'inception_v4', 'inception_resnet_v2', 'xception', 'resnet50'];

const OPTIONS = /** @type {const} */ ({
  models: { type: 'string', default: MODELS.join() },
  engines: { type: 'string', default: Object.keys(ENGINES).join() },
  runs: { type: 'string', default: '7' }, // rounds of warm runs
  quick: { type: 'boolean', default: false }, // GoogLeNet only
  gradients: { type: 'boolean', default: false }, // of a logit at the input, beside the run: nothing else
  json: { type: 'string' }, // where to write every number
  out: { type: 'string' }, // where to write the table; docs/benchmarks.md if all of it was measured
  adapter: { type: 'string', default: 'swiftshader' }, // or `hardware`
  cli: { type: 'string', default: join(ROOT, 'target/debug/inceptionscope') },
  folder: { type: 'string', default: join(ROOT, 'target/bench') }, // models and the browser's profile
});
/** A slow engine is not asked for more warm runs than take this long together, in seconds. */
const PATIENCE = 40;
/** How often a start is measured; once where it takes long. */
const STARTS = 3;
/** No single step of an engine takes longer, in minutes. */
const LIMIT = 10;
/** Logits further apart than this are marked: max |difference| / max |value|. */
const TOLERANCE = 1e-3;

const options = parseArgs({ options: OPTIONS }).values;
const models = options.quick ? ['googlenet'] : options.models.split(',');
const engines = options.engines.split(',').map((id) => {
  if (!(id in ENGINES)) throw new Error(`there is no engine '${id}'; there are ${Object.keys(ENGINES).join(', ')}`);
  return { id, ...ENGINES[id] };
}).filter(({ adapter }) => !options.gradients || adapter !== 'ort'); // which has none
const profile = join(options.folder, 'profile');
const say = (/** @type {string} */ text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

// ---- What the browser is given

/** Where packages lie, by name: this folder's own, or the repository's. */
const folderOf = (name) => [HERE, ROOT].map((root) => join(root, 'node_modules', name)).find(existsSync) ?? '';
const MOUNTS = {
  '/npm/onnxruntime-web/': folderOf('onnxruntime-web'),
  '/npm/@tensorflow/': folderOf('@tensorflow'),
  '/models/': options.folder,
  '/dist/': join(ROOT, 'dist'),
  '/': HERE,
};
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json',
  '.wasm': 'application/wasm' };

/** Everything may be cached for an hour, as a static host would say; pages are isolated, for exact clocks. */
async function serve() {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const prefix = Object.keys(MOUNTS).find((prefix) => path.startsWith(prefix)) ?? '/';
    const file = join(MOUNTS[prefix], path.slice(prefix.length));
    const size = file.startsWith(MOUNTS[prefix] + sep) && existsSync(file) && statSync(file).isFile() ? statSync(file).size : undefined;
    if (size === undefined) {
      response.writeHead(404).end(`not found: ${path}`);
      return;
    }
    response.writeHead(200, {
      'cache-control': 'max-age=3600',
      'content-length': size,
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-opener-policy': 'same-origin',
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** The network's weights for each engine, and the picture. Kept for the next time. */
async function prepare(model) {
  const file = (extension) => join(options.folder, `${model}.${extension}`);
  const cli = (...command) => execFileSync(options.cli, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  cli('convert', '--model', model, '--from', 'synthetic:1', '--out', file('safetensors'));
  cli('export', '--onnx', '--model', model, '--weights', file('safetensors'), '--out', file('onnx'));
  await writeTfjsModel(file('onnx'), file('tfjs'));
  const [channels, height, width] = description(model).input;
  let state = 1;
  const noise = () => { // a plain generator, so that every run has the same picture
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * 2;
  };
  writeFileSync(file('input.f32'), Float32Array.from({ length: channels * height * width }, noise));
}

const DESCRIPTIONS = JSON.parse(execFileSync(options.cli, ['models', '--json'], { encoding: 'utf8' }));
const description = (model) => {
  const found = DESCRIPTIONS.find(({ id }) => id === model);
  if (!found) throw new Error(`there is no network '${model}'`);
  return found;
};

// ---- Measuring

/** TensorFlow.js's gradients, which the package leaves to bundlers: a module that registers them. */
function bundleGradients() {
  const entry = join(folderOf('@tensorflow'), 'tfjs-core/dist/register_all_gradients.js');
  buildSync({ entryPoints: [entry], bundle: true, format: 'esm', outfile: join(options.folder, 'tfjs-gradients.js') });
}

/** A Chromium with the caches of the one before. */
const open = () => chromium({
  profile,
  webgpu: options.adapter === 'hardware' ? 'hardware' : true,
  flags: [
    '--disable-gpu-watchdog', // slow shaders on a software adapter are no hang
    '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
  ],
});

/** Fails what takes too long, so that the rest goes on. */
async function limited(work, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${LIMIT} minutes`)), LIMIT * 60_000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const address = (base, engine, model, more = '') =>
  `${base}/page.html?engine=${engine.adapter}&device=${engine.device}&threads=${engine.threads ?? 1}&model=${model}${more}`;

/** Loads, first run, and interleaved warm runs of all engines, on one network. */
async function measureRuns(base, model) {
  const browser = await open();
  const results = engines.map((engine) => ({ engine, runs: [], logits: [], gradients: [] }));
  try {
    for (const result of results) {
      const { engine } = result;
      try {
        result.page = await browser.newPage();
        result.page.setDefaultTimeout(0);
        await result.page.goto(address(base, engine, model));
        await result.page.waitForFunction('window.bench');
        result.load = await limited(result.page.evaluate('bench.load()'), 'loading');
        const { ms, logits } = await limited(result.page.evaluate('bench.run()'), 'the first run');
        result.first = ms;
        result.logits.push(logits);
        say(`${model}, ${engine.title}: loaded in ${number(result.load)} ms, first run ${number(ms)} ms`);
      } catch (error) {
        await failed(result, error, model);
      }
    }
    for (let round = 0; round < Number(options.runs); round++) {
      for (const result of round % 2 ? results.toReversed() : results) {
        const spent = result.runs.reduce((sum, { ms }) => sum + ms, 0);
        if (result.error || (round > 0 && spent + Math.min(...result.runs.map(({ ms }) => ms)) > PATIENCE * 1000)) continue;
        try {
          const { ms, logits } = await limited(result.page.evaluate('bench.run()'), 'a run');
          result.runs.push({ round, ms });
          result.logits.push(logits);
          if (options.gradients) await measureGradient(result, round, model);
        } catch (error) {
          await failed(result, error, model);
        }
      }
    }
    const alone = results.find(({ engine, error }) => engine.id === 'cpu-1' && !error);
    if (alone && !options.gradients) alone.families = await limited(alone.page.evaluate('bench.families()'), 'timing each step');
    say(`${model}: warm runs done`);
  } finally {
    await browser.close().catch(() => {});
  }
  return results;
}

/** One beside the run of this round, so that both meet the same machine; the first, which makes buffers and shaders, does not count. */
async function measureGradient(result, round, model) {
  if (result.noGradient) return;
  try {
    if (round === 0) await limited(result.page.evaluate('bench.gradient()'), 'the first gradient');
    const { ms, samples } = await limited(result.page.evaluate('bench.gradient()'), 'a gradient');
    result.gradients.push({ round, ms, ratio: ms / result.runs.at(-1).ms });
    result.samples = samples;
  } catch (error) {
    result.noGradient = String(error?.message ?? error).split('\n')[0].slice(0, 200);
    say(`${model}, ${result.engine.title}: no gradient: ${result.noGradient}`);
  }
}

async function failed(result, error, model) {
  result.error = String(error?.message ?? error).split('\n')[0].slice(0, 200);
  say(`${model}, ${result.engine.title}: FAILED: ${result.error}`);
  await result.page?.close().catch(() => {});
}

/** From navigation to the first prediction in a fresh Chromium; and the memory that it took. */
async function measureStart(url) {
  const browser = await open();
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(0);
    await page.goto(url);
    if (!url.includes('start')) return { memory: memory() };
    await limited(page.waitForFunction('window.predicted'), 'the start');
    return { ms: await page.evaluate('predicted'), memory: memory() };
  } finally {
    await browser.close().catch(() => {});
  }
}

/** The most memory that Chromium's tabs and its GPU process ever had resident, in bytes; Linux only. */
function memory() {
  if (!existsSync('/proc/self/status')) return undefined;
  const processes = new Map();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').join(' ');
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      const field = (name) => Number(RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      processes.set(id, { command, parent: String(field('PPid')), peak: field('VmHWM') * 1024 });
    } catch {} // it has ended
  }
  const ours = (id) => {
    const process = processes.get(id);
    return process !== undefined && (process.command.includes(`--user-data-dir=${profile}`) || ours(process.parent));
  };
  return [...processes].filter(([id, { command }]) => /--type=(renderer|gpu-process)/.test(command) && ours(id))
    .reduce((sum, [, { peak }]) => sum + peak, 0);
}

async function measureStarts(base, model, results, empty) {
  for (const result of results.filter(({ error }) => !error)) {
    const all = [];
    try {
      rmSync(profile, { recursive: true, force: true });
      result.visit = (await measureStart(address(base, result.engine, model, '&start=1'))).ms;
      do all.push(await measureStart(address(base, result.engine, model, '&start=1')));
      while (all.length < STARTS && all[0].ms < 10_000);
      result.start = median(all.map(({ ms }) => ms));
      const peaks = all.map(({ memory }) => memory).filter((bytes) => bytes !== undefined);
      if (peaks.length && empty !== undefined) result.memory = median(peaks) - empty;
      const starts = `${number(result.visit)} ms after navigation, ${number(result.start)} ms on later visits`;
      say(`${model}, ${result.engine.title}: first prediction ${starts}`);
    } catch (error) {
      say(`${model}, ${result.engine.title}: no start: ${error?.message}`);
    }
  }
}

/** What the machine can do at most: products on the adapter; multiply-adds and bytes on one core. */
async function measureLimits(base) {
  const browser = await open();
  const limits = { matrixRate: undefined, adapter: 'none', processorRates: undefined };
  try {
    const page = await browser.newPage();
    await page.goto(`${base}/page.html?engine=limits`);
    await page.waitForFunction('window.bench');
    limits.processorRates = await limited(page.evaluate(`bench.processor(${SUMS}, ${BYTES})`), 'the rates of the processor');
    const { gflops, adapter } = await limited(page.evaluate('bench.matrixRate()'), 'the matrix products');
    return { ...limits, matrixRate: gflops, adapter };
  } catch (error) {
    say(`limits of the machine: FAILED: ${error?.message}`);
    return limits;
  } finally {
    await browser.close().catch(() => {});
  }
}

// ---- Telling

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three digits, as far as they mean something. */
function number(value, unit = '') {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit}`;
}

/** Medians, ratios and errors of one network. */
function summarise(model, results, rate) {
  const reference = results.find(({ engine, error }) => engine.id === 'ort-wasm' && !error) ?? results.find(({ error }) => !error);
  const { macs } = description(model);
  return results.map(({ page, logits, ...result }) => {
    if (result.error) return { ...result, model };
    const mine = results.find(({ engine }) => engine.id === result.engine.ours && engine.id !== result.engine.id);
    const warm = median(result.runs.map(({ ms }) => ms));
    const pairs = result.runs.flatMap(({ round, ms }) => {
      const own = mine?.runs.find((run) => run.round === round);
      return own ? [ms / own.ms] : [];
    });
    const [expected] = reference.logits;
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...logits.flatMap((run) => run.map((value, i) => Math.abs(value - expected[i]))));
    const gflops = (2 * macs) / warm / 1e6;
    return {
      ...result, model, warm, gflops,
      ratio: pairs.length ? median(pairs) : undefined,
      share: result.engine.ours === 'gpu' && rate ? gflops / rate : undefined,
      difference: result.engine === reference.engine ? undefined : difference / largest,
    };
  });
}

const HEAD = ['engine', 'warm run ms', '× ours', 'first run ms', 'load ms', 'first visit ms', 'later ms', 'GFLOP/s',
  'of matrix rate', 'memory MB', 'logits differ by'];
function row(entry) {
  if (entry.error) return [entry.engine.title, 'failed', '', '', '', '', '', '', '', '', entry.error.replaceAll('|', '/')];
  const percent = entry.share === undefined ? '–' : `${(100 * entry.share).toFixed(0)} %`;
  const off = entry.difference === undefined ? 'reference'
    : `${entry.difference.toExponential(0)}${entry.difference <= TOLERANCE ? '' : ' !'}`;
  const { warm, ratio, first, load, visit, start, gflops, memory } = entry;
  const held = memory === undefined ? '–' : (memory / 1e6).toFixed(0);
  return [entry.engine.title, ...[warm, ratio, first, load, visit, start, gflops].map((value) => number(value)), percent, held, off];
}

/** Gradients beside runs: medians over rounds. `differ`: distance from our CPU engine's, as a share of their size. */
const GRADIENT_HEAD = ['engine', 'run ms', 'gradient ms', '× its run', '× ours', 'differ by'];
function gradientRow(result, results) {
  const { engine, error, noGradient, runs, gradients, samples } = result;
  if (error ?? noGradient) {
    return [engine.title, error ? '–' : number(median(runs.map(({ ms }) => ms))), 'none', '', '', error ?? noGradient];
  }
  const mine = results.find((other) => other.engine.id === engine.ours && other !== result);
  const pairs = gradients.flatMap(({ round, ms }) => mine?.gradients.filter((own) => own.round === round).map((own) => ms / own.ms) ?? []);
  const reference = results.find((other) => other.engine.id === 'cpu' && other !== result)?.samples;
  const size = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  const off = reference && samples && size(samples.map((v, i) => v - reference[i])) / size(reference);
  return [engine.title, number(median(runs.map(({ ms }) => ms))), number(median(gradients.map(({ ms }) => ms))),
    number(median(gradients.map(({ ratio }) => ratio))), pairs.length ? number(median(pairs)) : '–',
    off === undefined ? '–' : off.toExponential(0)];
}

function table(rows, head = HEAD) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const FAMILY_HEAD = ['kernel, CPU, 1 thread', 'share of the time', 'GFLOP/s', 'of the peak', 'GB/s', 'of the bandwidth'];
/** Where the time of our CPU engine goes with one thread, beside what one core can do. */
function familyTable(entries) {
  const { families } = entries.find(({ families }) => families) ?? {};
  if (!families) return '';
  const all = families.reduce((sum, { ms }) => sum + ms, 0);
  const percent = (part, whole) => (whole ? `${number((100 * part) / whole)} %` : '–');
  const rows = families.map(({ name, ms, macs, bytes }) => {
    const [gflops, gbs] = [(2 * macs) / ms / 1e6, bytes / ms / 1e6];
    const { processorRates: limits } = machine;
    return [name, percent(ms, all), macs ? number(gflops) : '–', macs ? percent(gflops, limits?.gflops) : '–', number(gbs),
      percent(gbs, limits?.gbs)];
  });
  return `\n${table(rows, FAMILY_HEAD)}\n`;
}

/** How many times as long our CPU engine takes with one thread, from the network that gains least to the one that gains most. */
function gain(entries) {
  const ratios = models.flatMap((model) => {
    const [all, one] = ['cpu', 'cpu-1'].map((id) =>
      entries.find((entry) => entry.model === model && entry.engine.id === id && !entry.error));
    if (!all || !one) return [];
    return [median(one.runs.flatMap(({ round, ms }) => all.runs.filter((run) => run.round === round).map((run) => ms / run.ms)))];
  });
  return ratios.length ? `${number(Math.min(...ratios))} to ${number(Math.max(...ratios))} times` : 'an unknown number of times';
}

function document(entries, machine) {
  const version = (name) => JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')).version;
  const sections = models.filter((model) => entries.some((entry) => entry.model === model)).map((model) => {
    const { title, macs, params } = description(model);
    const own = entries.filter((entry) => entry.model === model);
    const size = `${(params / 1e6).toFixed(1)} M parameters, ${(macs / 1e9).toFixed(2)} G multiply-adds`;
    return `## ${title}\n\n${size}\n\n${table(own.map(row))}\n${familyTable(own)}`;
  });
  const { processorRates: core } = machine;
  const load = machine.load.map((l) => l.toFixed(1)).join(' → ');
  return `# Benchmarks

<!-- \`cargo xtask bench\` writes this page. -->

Our engines beside what people would use instead, in one Chromium, on the same untrained weights (\`synthetic:1\`) and the same
picture, measured by \`cargo xtask bench\`. Absolute times are this machine's; what carries over is the ratio.

| | |
| --- | --- |
| date | ${machine.date.slice(0, 10)} |
| processor | ${machine.processor}, ${machine.cores} cores, ${machine.memory} GB; load ${load} |
| browser | Chromium ${machine.chromium} |
| one core, for a wasm module | ${number(core?.gflops)} GFLOP/s of fused multiply-adds, reads ${number(core?.gbs)} GB/s |
| WebGPU adapter | ${machine.adapter}; matrix products at ${number(machine.matrixRate)} GFLOP/s |
| peers | onnxruntime-web ${version('onnxruntime-web')}, TensorFlow.js ${version('@tensorflow/tfjs-core')} |

- *warm run*: median of up to ${options.runs} interleaved runs (fewer where one takes long), from the input array to the logits read back.
- *× ours*: how many times as long as our engine on the same kind of device; the median over rounds.
- *first run*: the one after loading, shader compilation included. *load*: the engine's scripts, the weights, the session.
- *first visit*: from navigation to the first prediction, in a browser that has kept nothing. *later*: in a fresh one that was here before.
- *of matrix rate*: share of what this adapter reaches in a plain product of 1024×512 and 512×1024 matrices, the best of six tile shapes.
- *memory*: the most that the tab and the GPU process had resident until the first prediction, above an empty tab. A software
  adapter's buffers are in it, a real GPU's own memory is not.
- *share of the time*: of all steps of a run, timed one by one. Multiply-adds are those that the network is defined by: Winograd's
  algorithm does with fewer, and may be above the *peak*, which is that of products whose operands stay in registers. *GB/s*: maps
  and weights, each read or written once, beside what one core reads from memory; what a cache still holds is above that *bandwidth*.
- *logits differ by*: the largest difference from the reference, as a share of the largest logit; \`!\` marks more than ${TOLERANCE}.
- With one thread our CPU engine takes ${gain(entries)} as long as with ${THREADS}, each the median over rounds.

${sections.join('\n')}`;
}

// ---- The whole

rmSync(profile, { recursive: true, force: true });
mkdirSync(options.folder, { recursive: true });
writeProcessor(join(options.folder, 'processor.wasm'));
if (options.gradients) bundleGradients();
const server = await serve();
const machine = {
  date: new Date().toISOString(),
  processor: cpus()[0].model,
  cores: cpus().length,
  memory: Math.round(totalmem() / 1e9),
  load: [loadavg()[0]],
};
const entries = [];
try {
  for (const model of models) {
    say(`${model}: preparing`);
    await prepare(model);
  }
  const browser = await open();
  machine.chromium = browser.browser()?.version() ?? (await (await browser.newPage()).evaluate(() => navigator.userAgent))
    .replace(/.*Chrome\/(\S+).*/, '$1');
  await browser.close();
  Object.assign(machine, options.gradients ? { adapter: options.adapter } : await measureLimits(server.url));
  const { adapter, matrixRate, processorRates } = machine;
  say(`${adapter}: matrix products at ${number(matrixRate)} GFLOP/s; one core: ${number(processorRates?.gflops)} GFLOP/s`);
  const { memory: empty } = await measureStart(`${server.url}/page.html?engine=limits`);
  for (const model of models) {
    const results = await measureRuns(server.url, model);
    if (options.gradients) {
      const rows = results.map((result) => gradientRow(result, results));
      console.log(`\n${description(model).title}\n\n${table(rows, GRADIENT_HEAD)}\n`);
      continue;
    }
    await measureStarts(server.url, model, results, empty);
    const summary = summarise(model, results, matrixRate);
    entries.push(...summary);
    console.log(`\n${description(model).title}\n\n${table(summary.map(row))}\n${familyTable(summary)}`);
    if (options.json) writeFileSync(options.json, JSON.stringify({ machine, entries }, null, 1));
  }
} finally {
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
machine.load.push(loadavg()[0]);
const whole = !options.gradients && models.length === MODELS.length && engines.length === Object.keys(ENGINES).length;
const out = options.out ?? (whole ? join(ROOT, 'docs/benchmarks.md') : undefined);
if (out) {
  mkdirSync(dirname(resolve(out)), { recursive: true });
  writeFileSync(out, document(entries, machine));
  say(`written: ${out}`);
}
if (options.json) writeFileSync(options.json, JSON.stringify({ machine, entries }, null, 1));
