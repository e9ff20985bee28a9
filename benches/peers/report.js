// What the benchmark found, as tables.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Logits further apart than this are marked: max |difference| / max |value|. */
const TOLERANCE = 1e-3;

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three digits, as far as they mean something. */
export function number(value, unit = '') {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit}`;
}

/** Medians, ratios and errors of one network. */
export function summarise({ id: model, macs }, results, rate) {
  const reference = results.find(({ engine, error }) => engine.id === 'ort-wasm' && !error) ?? results.find(({ error }) => !error);
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

const HEAD = ['engine', 'warm run ms', '× ours', 'of a batch ms', 'first run ms', 'load ms', 'first visit ms', 'later ms', 'GFLOP/s',
  'of matrix rate', 'memory MB', 'logits differ by'];
export function row(entry) {
  if (entry.error) return [entry.engine.title, 'failed', '', '', '', '', '', '', '', '', '', entry.error.replaceAll('|', '/')];
  const percent = entry.share === undefined ? '–' : `${(100 * entry.share).toFixed(0)} %`;
  const off = entry.difference === undefined ? 'reference'
    : `${entry.difference.toExponential(0)}${entry.difference <= TOLERANCE ? '' : ' !'}`;
  const { warm, ratio, each, first, load, visit, start, gflops, memory } = entry;
  const held = memory === undefined ? '–' : (memory / 1e6).toFixed(0);
  return [entry.engine.title, ...[warm, ratio, each, first, load, visit, start, gflops].map((value) => number(value)), percent, held, off];
}

const GRADIENT_HEAD = ['engine', 'run ms', 'gradient ms', '× its run', '× ours', 'differ by', 'step ms', 'steps a second',
  '× forward', '× our step'];
/** Gradients beside runs: medians over rounds. */
function gradientRow(result, results) {
  const { engine, error, noGradient, runs, gradients, samples } = result;
  if (error) return [engine.title, 'failed', '', '', '', error.replaceAll('|', '/'), '', '', '', ''];
  const mine = results.find((other) => other.engine.id === engine.ours && other !== result);
  const pairs = gradients.flatMap(({ round, ms }) => mine?.gradients.filter((own) => own.round === round).map((own) => ms / own.ms) ?? []);
  const reference = results.find((other) => other.engine.id === 'cpu' && other !== result)?.samples;
  const size = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  const off = reference && samples && size(samples.map((v, i) => v - reference[i])) / size(reference);
  return [engine.title, number(median(runs.map(({ ms }) => ms))), number(median(gradients.map(({ ms }) => ms))),
    number(median(gradients.map(({ ratio }) => ratio))), pairs.length ? number(median(pairs)) : '–',
    off === undefined ? noGradient?.replaceAll('|', '/') ?? '–' : off.toExponential(0), number(result.step), number(1000 / result.step),
    number(result.step / result.forward), mine ? number(result.step / mine.step) : '–'];
}

/** Of one network. */
export const gradientTable = (results) => table(results.map((result) => gradientRow(result, results)), GRADIENT_HEAD);

export function table(rows, head = HEAD) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const FAMILY_HEAD = ['kernel, CPU, 1 thread', 'share of the time', 'GFLOP/s', 'of the peak', 'GB/s', 'of the bandwidth'];
/** Where the time of our CPU engine goes with one thread, beside what one core can do. */
export function familyTable(entries, machine) {
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
function gain(entries, models) {
  const ratios = models.flatMap(({ id: model }) => {
    const [all, one] = ['cpu', 'cpu-1'].map((id) =>
      entries.find((entry) => entry.model === model && entry.engine.id === id && !entry.error));
    if (!all || !one) return [];
    return [median(one.runs.flatMap(({ round, ms }) => all.runs.filter((run) => run.round === round).map((run) => ms / run.ms)))];
  });
  return ratios.length ? `${number(Math.min(...ratios))} to ${number(Math.max(...ratios))} times` : 'an unknown number of times';
}

/** What the numbers of gradients are of. */
export const GRADIENT_NOTES = ({ size, nodes }) => `\
- *gradient*: of a class's logit at the input. *× its run*: beside the run of the same round. *differ by*: distance from that of our
  CPU engine, as a share of its size.
- *step*: of a picture of ${size} pixels that grows towards a channel of ${nodes}. Ours is a visitor's, with transformations, optimiser
  and the picture itself; TensorFlow.js's the gradient alone. *× forward*: beside our own forward pass to that layer at that size.
- onnxruntime-web has no gradients.`;

const CAMERA_HEAD = ['engine', 'frames per second', "the page's frames per second"];
export const cameraTable = (camera) => table(camera.map(({ title, ran, drawn }) => [title, number(ran), number(drawn)]), CAMERA_HEAD);

/** The whole page. */
export function document({ models, entries, gradients, notes, camera, machine, runs, batch, packages }) {
  const version = (name) => JSON.parse(readFileSync(join(packages(name), 'package.json'), 'utf8')).version;
  const sections = models.filter(({ id }) => entries.some((entry) => entry.model === id)).map(({ id, title, macs, params }) => {
    const own = entries.filter((entry) => entry.model === id);
    const size = `${(params / 1e6).toFixed(1)} M parameters, ${(macs / 1e9).toFixed(2)} G multiply-adds`;
    return `## ${title}\n\n${size}\n\n${table(own.map(row))}\n${familyTable(own, machine)}`;
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

- *warm run*: median of up to ${runs} interleaved runs (fewer where one takes long), from the input array to the logits read back.
- *× ours*: how many times as long as our engine on the same kind of device; the median over rounds.
- *of a batch*: for each of ${batch} pictures that are given at a time, the better of two; not where it would take long. Ours takes
  them one after the other; what evaluates folders takes many at a time.
- *first run*: the one after loading, shader compilation included. *load*: the engine's scripts, the weights, the session.
- *first visit*: from navigation to the first prediction, in a browser that has kept nothing. *later*: in a fresh one that was here before,
  and stayed four seconds after the prediction.
- *of matrix rate*: share of what this adapter reaches in a plain product of 1024×512 and 512×1024 matrices, the best of six tile shapes.
- *memory*: the most that the tab and the GPU process had resident until the first prediction, above an empty tab. A software
  adapter's buffers are in it, a real GPU's own memory is not.
- *share of the time*: of all steps of a run, timed one by one. Multiply-adds are those that the network is defined by: Winograd's
  algorithm does with fewer, and may be above the *peak*, which is that of products whose operands stay in registers. *GB/s*: maps
  and weights, each read or written once, beside what one core reads from memory; what a cache still holds is above that *bandwidth*.
- *logits differ by*: the largest difference from the reference, as a share of the largest logit; \`!\` marks more than ${TOLERANCE}.
- With one thread our CPU engine takes ${gain(entries, models)} as long as with ${machine.cores}, each the median over rounds.

${sections.join('\n')}
## Gradients and visualisations

${notes}

${gradients.map(({ title, results }) => `### ${title}\n\n${gradientTable(results)}\n`).join('\n')}
## Camera

GoogLeNet on the page itself, for ten seconds, with the camera that Chromium feigns: taken, made small, run and drawn.

${cameraTable(camera)}
`;
}

