// One engine in one page: page.html?engine=ort&device=webgpu&model=googlenet. `run.js` calls `bench`; with
// `start` in the address the page predicts on its own, as a visitor's would.

const { engine, device, threads, model, start } = Object.fromEntries(new URLSearchParams(location.search));

/**
 * An adapter of `engines/` makes: `{ layout: 'NCHW' | 'NHWC', load(model), run(Float32Array), batch(Float32Array, count) }`, both to
 * logits, a batch's of one picture after the other; of an engine that has gradients, too, `gradient(Float32Array, class)`, of the
 * class's logit at the input, and `steps(node, size, count)`, to `{ ms, forward }`: milliseconds of
 * so many steps of gradient ascent, and of the forward pass in one, where it is known.
 */
async function make() {
  if (engine === 'limits') return undefined;
  const { default: adapter } = await import(`./engines/${engine}.js`);
  return adapter(device, Number(threads));
}

/** The picture that every engine gets, in its own layout. */
async function picture(layout) {
  const chw = new Float32Array(await (await fetch(`/models/${model}.input.f32`)).arrayBuffer());
  if (layout === 'NCHW') return chw;
  const area = chw.length / 3;
  return Float32Array.from(chw, (_, i) => chw[(i % 3) * area + Math.floor(i / 3)]);
}

/** Whose logit gradients are of, and how many of their values are compared. */
const CLASS = 7;
const SAMPLES = 4096;

async function timed(work) {
  const begun = performance.now();
  const value = await work();
  return { ms: performance.now() - begun, value };
}

let adapter;
let input;
const bench = {
  /** Milliseconds until the engine can be asked to run: its scripts, the weights, the session. */
  async load() {
    const { ms } = await timed(async () => {
      adapter = await make();
      await adapter.load(model);
    });
    input = await picture(adapter.layout);
    return ms;
  },

  /** One run with its logits read back. */
  async run() {
    const { ms, value } = await timed(() => adapter.run(input));
    return { ms, logits: [...value] };
  },

  /** The gradient of a logit at the input of the last run, read back: some of its values. */
  async gradient() {
    const { ms, value } = await timed(() => adapter.gradient(input, CLASS));
    const area = value.length / 3;
    const at = (i) => (adapter.layout === 'NCHW' ? i : (i % area) * 3 + Math.floor(i / area));
    return { ms, samples: Array.from({ length: SAMPLES }, (_, i) => value[at(Math.floor((i * value.length) / SAMPLES))]) };
  },

  /** The picture so many times at a call: milliseconds for each, and the logits of all. */
  async batch(count) {
    const pictures = new Float32Array(count * input.length);
    for (let i = 0; i < count; i++) pictures.set(input, i * input.length);
    const { ms, value } = await timed(() => adapter.batch(pictures, count));
    return { ms: ms / count, logits: [...value] };
  },

  /** Steps of gradient ascent towards the first channel of a node. */
  steps: (node, size, count) => adapter.steps(node, size, count),

  /** Where the time of a run goes, by kernel. */
  families: () => adapter.families(),

  /** What one core can do at most, for a wasm module. */
  async processor(sums, bytes) {
    const { processor } = await import('./families.js');
    return processor(sums, bytes);
  },

  /** GFLOP/s of the best of several matrix products. */
  async matrixRate() {
    const { matrixRate } = await import('./limits.js');
    return matrixRate();
  },
};
Object.assign(window, { bench });

if (start) {
  await bench.load();
  const { logits } = await bench.run();
  document.querySelector('output').textContent = `class ${logits.indexOf(Math.max(...logits))}`;
  Object.assign(window, { predicted: performance.now() });
}
