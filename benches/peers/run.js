// Our engines beside what people would use instead, in one Chromium, on the same weights and picture:
// `cargo xtask bench` builds the site and the command line, then runs this. Options: OPTIONS below.
//
// For each network every engine loads in a page of its own and runs once; then rounds of one run each,
// A B C, C B A, ..., so that whatever else the machine does meets all of them. A round's logits are read
// back each time and compared. Then each engine gets several pictures at a time. After that each engine starts in a
// fresh Chromium without caches, and in some whose caches are those of a visitor who comes again: from navigation to the
// first prediction, and the most memory on the way. At the end the page itself with a camera, and for some networks
// gradients and steps of visualisations.
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { chromium } from '../../tests/browser/harness/browsers.js';
import { framesOf } from './camera.js';
import { BYTES, SUMS, writeProcessor } from './processor.js';
import { GRADIENT_NOTES, cameraTable, document, familyTable, gradientTable, median, number, row, summarise, table } from './report.js';
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
/** Of these, gradients are measured; and steps of a visualisation of the first channel of this node, at so many pixels. */
const GRADIENTS = { googlenet: 'inception4a', inception_v3: 'Mixed_6b' };
const [VISUALISED, STEPS] = [128, 6];

const OPTIONS = /** @type {const} */ ({
  models: { type: 'string', default: MODELS.join() },
  engines: { type: 'string', default: Object.keys(ENGINES).join() },
  runs: { type: 'string', default: '7' }, // rounds of warm runs
  quick: { type: 'boolean', default: false }, // GoogLeNet only
  gradients: { type: 'boolean', default: false }, // gradients and steps of visualisations: nothing else
  json: { type: 'string' }, // where to write every number
  out: { type: 'string' }, // where to write the table; docs/benchmarks.md if all of it was measured
  adapter: { type: 'string', default: 'swiftshader' }, // or `hardware`
  cli: { type: 'string', default: join(ROOT, 'target/debug/inceptionscope') },
  folder: { type: 'string', default: join(ROOT, 'target/bench') }, // models and the browser's profile
});
/** A slow engine is not asked for more warm runs than take this long together, in seconds. */
const PATIENCE = 40;
/** Pictures of a batch, which is asked of engines that should answer it in that time. */
const BATCH = 8;
/** How often a start is measured; once where it takes long. */
const STARTS = 3;
/** How long a visitor stays who will come again, in milliseconds: what has come is kept meanwhile. */
const STAY = 4_000;
/** No single step of an engine takes longer, in minutes. */
const LIMIT = 10;

const options = parseArgs({ options: OPTIONS }).values;
const models = (options.quick ? ['googlenet'] : options.models.split(',')).filter((model) => !options.gradients || model in GRADIENTS);
if (!models.length) throw new Error(`gradients are measured of ${Object.keys(GRADIENTS).join(' and ')}`);
const engines = options.engines.split(',').map((id) => {
  if (!(id in ENGINES)) throw new Error(`there is no engine '${id}'; there are ${Object.keys(ENGINES).join(', ')}`);
  return { id, ...ENGINES[id] };
});
/** Those that have gradients. */
const differentiable = engines.filter(({ adapter }) => adapter !== 'ort');
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
const open = (/** @type {string[]} */ flags = []) => chromium({
  profile,
  webgpu: options.adapter === 'hardware' ? 'hardware' : true,
  flags: [
    '--disable-gpu-watchdog', // slow shaders on a software adapter are no hang
    '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
    ...flags,
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

/** Loads, first run, and interleaved warm runs of engines, on one network; with `gradients`, a gradient beside each run, too. */
async function measureRuns(base, model, engines, gradients = false) {
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
          if (gradients) await measureGradient(result, round, model);
        } catch (error) {
          await failed(result, error, model);
        }
      }
    }
    const alone = results.find(({ engine, error }) => engine.id === 'cpu-1' && !error);
    if (alone && !gradients) alone.families = await limited(alone.page.evaluate('bench.families()'), 'timing each step');
    for (const result of results.filter(({ error }) => !error)) {
      if (gradients) await measureSteps(result, model);
      else await measureBatch(result, model);
    }
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

/** Several pictures at a time, twice: the first may make buffers and shaders. */
async function measureBatch(result, model) {
  if (BATCH * median(result.runs.map(({ ms }) => ms)) > PATIENCE * 1000) return;
  try {
    for (let round = 0; round < 2; round++) {
      const { ms, logits } = await limited(result.page.evaluate(`bench.batch(${BATCH})`), 'a batch');
      result.each = Math.min(ms, result.each ?? Infinity);
      for (const size = logits.length / BATCH; logits.length > 0; ) result.logits.push(logits.splice(0, size));
    }
  } catch (error) {
    delete result.each;
    say(`${model}, ${result.engine.title}: no batch: ${error?.message}`);
    await result.page.close().catch(() => {}); // it may still compute
  }
}

async function measureSteps(result, model) {
  try {
    const steps = `bench.steps(${JSON.stringify(GRADIENTS[model])}, ${VISUALISED}, ${STEPS})`;
    const { ms, forward } = await limited(result.page.evaluate(steps), 'steps of a visualisation');
    Object.assign(result, { step: median(ms), forward });
  } catch (error) {
    say(`${model}, ${result.engine.title}: no steps of a visualisation: ${error?.message}`);
    await result.page.close().catch(() => {}); // it may still compute
  }
}

async function failed(result, error, model) {
  result.error = String(error?.message ?? error).split('\n')[0].slice(0, 200);
  say(`${model}, ${result.engine.title}: FAILED: ${result.error}`);
  await result.page?.close().catch(() => {});
}

/** From navigation to the first prediction in a fresh Chromium; and the memory that it took. Then the visitor stays for so many ms. */
async function measureStart(url, stay = 0) {
  const browser = await open();
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(0);
    await page.goto(url);
    if (!url.includes('start')) return { memory: memory() };
    await limited(page.waitForFunction('window.predicted'), 'the start');
    const measured = { ms: await page.evaluate('predicted'), memory: memory() };
    await page.waitForTimeout(stay);
    return measured;
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
      result.visit = (await measureStart(address(base, result.engine, model, '&start=1'), STAY)).ms;
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

// ---- The whole

rmSync(profile, { recursive: true, force: true });
mkdirSync(options.folder, { recursive: true });
writeProcessor(join(options.folder, 'processor.wasm'));
bundleGradients();
const server = await serve();
const machine = {
  date: new Date().toISOString(),
  processor: cpus()[0].model,
  cores: cpus().length,
  memory: Math.round(totalmem() / 1e9),
  load: [loadavg()[0]],
};
const [entries, gradients, camera] = [[], [], []];
const notes = GRADIENT_NOTES({ size: VISUALISED, nodes: Object.values(GRADIENTS).join(' or ') });
const write = () => options.json && writeFileSync(options.json, JSON.stringify({ machine, entries, gradients, camera }, null, 1));
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
  const { memory: empty } = options.gradients ? {} : await measureStart(`${server.url}/page.html?engine=limits`);
  for (const model of options.gradients ? [] : models) {
    const results = await measureRuns(server.url, model, engines);
    await measureStarts(server.url, model, results, empty);
    const summary = summarise(description(model), results, matrixRate);
    entries.push(...summary);
    console.log(`\n${description(model).title}\n\n${table(summary.map(row))}\n${familyTable(summary, machine)}`);
    write();
  }
  if (models.includes('googlenet') && !options.gradients) {
    for (const engine of engines.filter(({ adapter }) => adapter === 'ours')) {
      const rates = await limited(framesOf(open, engine), 'the camera').catch((error) => {
        say(`${engine.title}: no camera: ${error?.message}`);
        return {};
      });
      camera.push({ title: engine.title, ...rates });
    }
    console.log(`\n${cameraTable(camera)}\n`);
  }
  console.log(`\n${notes}`);
  for (const model of models.filter((model) => model in GRADIENTS)) {
    const results = (await measureRuns(server.url, model, differentiable, true)).map(({ page, logits, ...result }) => result);
    const { title } = description(model);
    gradients.push({ title, results });
    console.log(`\n${title}\n\n${gradientTable(results)}\n`);
    write();
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
  const found = { models: models.map(description), entries, gradients, notes, camera, machine, runs: options.runs, batch: BATCH };
  writeFileSync(out, document({ ...found, packages: folderOf }));
  say(`written: ${out}`);
}
write();
