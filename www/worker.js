/**
 * The worker behind `inceptionscope.js`: holds one network and answers calls about it. All of the
 * runtime happens here.
 *
 * Messages in: `{ id, method, args }`, `{ cancel: id }`; out: `{ id, value }`, `{ id, error }`, `{ id, event }`.
 *
 * What changes something (`changing`) happens in the order of the calls. Questions (`asking`) are answered
 * as soon as the changes before them have begun and the node that they are about is computed, so that
 * neither the download nor a run that waits for weights holds them up.
 */

import { download } from './download.js';
import init, { catalogue, Digest, factorisations, models, Session } from './pkg/inceptionscope.js';
import { forget } from './store.js';

/** Whether the browser has relaxed SIMD: a module of one function with `f32x4.relaxed_madd`. */
const relaxed = WebAssembly.validate(new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0xfd, 0x85, 2, 0x0b,
]));
/** The browser's store of what was measured. Another name once kernels change. */
const TUNING = 'inceptionscope-tuning-1';

/** Resolves when the runtime can be used. */
const runtime = init({ module_or_path: new URL(`./pkg/inceptionscope${relaxed ? '_relaxed' : ''}_bg.wasm`, import.meta.url) });
/** @type {Session | null} */
let session = null;
/** The rest of the weights. @type {AsyncIterator<Uint8Array> | null} */
let rest = null;
/** How far the weights are: what `onProgress` is told. */
const progress = {
  stage: 'download', loaded: 0, total: /** @type {number | null} */ (null), from: 0, unkept: /** @type {string | null} */ (null),
  modules: /** @type {import('./inceptionscope.js').Arrival[]} */ ([]),
};
/** Tells it, with what is new. @type {(part: Partial<typeof progress>) => void} */
let report = (part) => void Object.assign(progress, part);
/** Whether they were checked before. */
let trusted = false;
/** ImageNet's class names, if the weights have no others. @type {Promise<string | null | undefined>} */
let naming = Promise.resolve(null);
/** Why no more weights will come. @type {unknown} */
let failure = null;

/** Wakes those who wait for something to happen. */
class Bell {
  ring = () => {};
  next = this.#cast();
  #cast() {
    return new Promise((/** @type {(value?: unknown) => void} */ wake) => {
      this.ring = () => {
        this.next = this.#cast();
        wake();
      };
    });
  }
}

/** Rings when weights have come. */
const arrival = new Bell();
/** The run under way: `bell` rings when nodes are computed. @type {{ bell: Bell, waiting: boolean, ended: Promise<unknown> } | null} */
let running = null;

/**
 * A call that has not been answered.
 * @typedef {object} Call
 * @property {boolean} cancelled nobody waits for it any more
 * @property {() => void} begun lets the calls after it begin
 * @property {(event: any) => void} tell
 */
/** @type {Map<number, Call>} */
const calls = new Map();
/** Resolves when every change that was asked for has begun. @type {Promise<unknown>} */
let changes = Promise.resolve();
/** The runtime does one thing at a time. @type {Promise<unknown>} */
let lock = Promise.resolve();

onmessage = ({ data }) => {
  if ('method' in data) return void answer(data);
  const call = calls.get(data.cancel);
  if (call) call.cancelled = true;
  arrival.ring(); // a run that waits for weights looks whether it is wanted
};

/** @param {{ id: number, method: string, args: any }} message */
async function answer({ id, method, args }) {
  const before = changes;
  /** @type {Call} */
  const call = { cancelled: false, begun: () => {}, tell: (event) => postMessage({ id, event }) };
  calls.set(id, call);
  const begun = new Promise((resolve) => { call.begun = () => resolve(undefined); });
  if (method in changing) changes = begun;
  try {
    await Promise.all([runtime, before]);
    if (call.cancelled) return;
    const value = method in changing ? await changing[/** @type {'run'} */ (method)](args, call)
      : await question(asking[/** @type {'stats'} */ (method)], args);
    postMessage({ id, value }, { transfer: transferable(value) });
  } catch (error) {
    postMessage({ id, error: sentence(error) });
  } finally {
    calls.delete(id);
    call.begun();
  }
}

/** @template T @param {(open: Session) => T} use @returns {Promise<Awaited<T>>} */
function exclusive(use) {
  const result = lock.then(() => use(opened()));
  lock = result.catch(() => {});
  return /** @type {Promise<Awaited<T>>} */ (result);
}

/**
 * Answers when the run under way has come to the node that is asked about. If it waits for weights, that
 * may take long: then the runtime says so.
 * @template A @template T
 * @param {(open: Session, args: A) => T} ask
 * @param {A & { node?: string }} args
 */
async function question(ask, args) {
  const { node } = args;
  while (running && !running.waiting && node !== undefined) {
    const { next } = running.bell;
    if (await exclusive((open) => open.has(node))) break;
    await next;
  }
  return exclusive((open) => ask(open, args));
}

/** Questions about the network, or about a node's value. */
const asking = {
  activation: async (/** @type {Session} */ open, /** @type {{ node: string }} */ { node }) => values(await open.activation(node)),

  async stats(/** @type {Session} */ open, /** @type {{ node: string }} */ { node }) {
    const statistics = await open.stats(node);
    const { min, mean, max, zeros, energy, nonfinite, peak } = statistics;
    const shape = [...statistics.shape];
    statistics.free();
    return { shape, min, mean, max, zeros, energy, nonfinite, peak };
  },

  maps: async (/** @type {Session} */ open, /** @type {{ node: string, channels?: number[], size?: number }} */ { node, channels = [], size = Infinity }) => values(await open.maps(node, new Uint32Array(channels), Math.min(size, 2 ** 31))),

  mean: async (/** @type {Session} */ open, /** @type {{ node: string, size?: number }} */ { node, size = Infinity }) => values(await open.mean(node, Math.min(size, 2 ** 31))),

  histogram: async (/** @type {Session} */ open, /** @type {{ node: string, channel: number, bins: number }} */ { node, channel, bins }) => JSON.parse(await open.histogram(node, channel, bins)),

  receptive: (/** @type {Session} */ open, /** @type {{ node: string, channel?: number }} */ { node, channel }) => JSON.parse(open.receptive(node, channel)),

  explain: async (/** @type {Session} */ open, /** @type {{ node: string, channel: number, row: number, column: number }} */ { node, channel, row, column }) => JSON.parse(await open.explain(node, channel, row, column)),

  async kernel(/** @type {Session} */ open, /** @type {{ node: string, channel: number }} */ { node, channel }) {
    const kernel = await open.kernel(node, channel);
    if (!kernel) return null;
    const result = { node: kernel.node, first: kernel.first, shape: [...kernel.shape], data: kernel.data };
    kernel.free();
    return result;
  },

  times: async (/** @type {Session} */ open) => JSON.parse(await open.times()),

  classes: (/** @type {Session} */ open) => open.class_names(),

  /** Which kernels were found fastest on this GPU; null where the CPU computes. */
  tuning: (/** @type {Session} */ open) => JSON.parse(open.tuning() ?? 'null'),

  memory: async (/** @type {Session} */ open) => ({ ...JSON.parse(open.memory()), wasm: (await runtime).memory.buffer.byteLength }),
};

/** What changes something. */
const changing = {
  async models() {
    return JSON.parse(models());
  },

  async catalogue() {
    return sources();
  },

  async factorisations() {
    return JSON.parse(factorisations());
  },

  /** @param {{ model: string | null, variant: string | null, profile: string | null, weights: string | Blob, engine: string }} options */
  async open({ model, variant, profile, weights, engine }) {
    /** @type {{ id: string, url: string, profile: string } | undefined} */
    const listed = (await sources()).find((/** @type {{ id: string }} */ entry) => entry.id === weights);
    if (listed) weights = new URL(listed.url, import.meta.url).href;
    const choice = /** @type {const} */ ([model ?? '', variant ?? '', profile ?? '', engine]);
    const seed = typeof weights === 'string' ? /^synthetic:(\d+)$/.exec(weights)?.[1] : undefined;
    if (seed !== undefined) {
      session = await Session.synthetic(...choice, BigInt(seed));
    } else {
      const { name, bytes } = source(weights);
      rest = bytes;
      session = new Session(...choice, name, listed?.profile ?? '');
      // The network is known as soon as the file's header is there.
      while (session.describe() === undefined && (await more()));
      extents = session.extents();
      if (session.wants_imagenet()) naming = beside('classes/imagenet.txt').then((file) => file?.text()).catch(() => null);
    }
    return JSON.parse(session.describe() ?? 'null');
  },

  /** The rest of the weights. @param {{}} _ @param {Call} call */
  async load(_, call) {
    // Without them classes have numbers.
    const named = naming.then((text) => (text ? exclusive((open) => open.name_classes(text)) : undefined)).finally(call.begun);
    report = (part) => call.tell(Object.assign(progress, part));
    /** @type {number | undefined} */
    let due;
    // Told at most 20 times a second, and always of the last bytes: a pause that begins with them leaves nothing untold.
    const tellSoon = () => {
      due ??= setTimeout(() => {
        due = undefined;
        report({ modules: arrivals() });
      }, 50);
    };
    try {
      if (rest) {
        report({});
        while (await more()) tellSoon();
        report({ stage: 'prepare', modules: arrivals() });
        // Auxiliary heads come last; a run does not wait for them.
        while (!running && (await advance()).state === 'more') await turn();
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      clearTimeout(due);
      arrival.ring();
    }
    await named;
    report({ stage: 'ready', total: progress.loaded });
  },

  /** @param {{ input: Blob | ImageBitmap | ImageData | Float32Array, crop?: { x: number, y: number, size: number } }} args @param {Call} call */
  async run({ input, crop }, call) {
    await running?.ended;
    const start = performance.now();
    const picture = await decode(input);
    const decoded = performance.now();
    const square = new Float64Array(crop ? [crop.x, crop.y, crop.size] : []);
    const view = await exclusive((open) => (picture instanceof Float32Array ? open.begin_tensor(picture)
      : picture instanceof Uint8Array ? open.begin_file(picture, square)
        : open.begin_pixels(picture.width, picture.height, new Uint8Array(picture.data.buffer), square)));
    let end = () => {};
    const run = { bell: new Bell(), waiting: false, ended: new Promise((resolve) => { end = () => resolve(undefined); }) };
    running = run;
    call.begun();
    let waited = 0;
    try {
      for (;;) {
        const { next } = arrival;
        const { nodes, state, predicted } = await advance();
        for (const node of nodes) call.tell(node);
        if (state === 'done' || (state === 'waiting' && predicted)) break;
        run.waiting = state === 'waiting';
        run.bell.ring();
        if (run.waiting) {
          const from = performance.now();
          if (!failure) await next;
          if (failure) throw failure;
          waited += performance.now() - from;
        } else {
          await turn();
        }
        if (call.cancelled) {
          await exclusive((open) => open.stop());
          return;
        }
      }
      const outcome = await exclusive((open) => open.outcome());
      const timings = { decode: decoded - start, run: performance.now() - decoded - waited, wait: waited };
      const { logits, probabilities, top } = outcome;
      outcome.free();
      const [photoWidth, photoHeight, x, y, width, height] = view ?? [];
      const seen = view ? { photoWidth, photoHeight, x, y, width, height } : null;
      return { logits, probabilities, top: JSON.parse(top), seen, timings };
    } finally {
      running = null;
      run.bell.ring();
      end();
    }
  },

  /** @param {{ node: string, channels?: number[] }} args */
  mute: ({ node, channels = [] }) => exclusive((open) => open.mute(node, new Uint32Array(channels))),

  /** @param {{ node: string, factor: number }} args */
  scale: ({ node, factor }) => exclusive((open) => open.scale(node, factor)),

  restore: () => exclusive((open) => open.restore()),

  /** @param {{ text: string }} args */
  name: ({ text }) => exclusive((open) => open.name_classes(text)),

  /**
   * Measures which kernels are fastest on this GPU, for some `limit` milliseconds, and keeps it for the next time.
   * @param {{ limit: number }} args
   */
  async tune({ limit }) {
    await running?.ended;
    const tuning = (await exclusive((open) => open.tune(limit))) ?? 'null';
    await keepTuning(tuning);
    return JSON.parse(tuning);
  },

  /** Uses what was measured before on this GPU, if anything was. */
  async useTuning() {
    const tuning = await keptTuning();
    return exclusive((open) => {
      if (tuning) open.set_tuning(tuning);
      return JSON.parse(open.tuning() ?? 'null');
    });
  },

  async dispose() {
    failure = new Error('The network was closed.');
    arrival.ring();
    rest?.return?.().catch(() => {});
    await exclusive((open) => open.dispose()).catch(() => {});
    session = null;
  },
};

/** A file that comes with this module, if it is there. @param {string} path */
async function beside(path) {
  const response = await fetch(new URL(path, import.meta.url)).catch(() => null);
  return response?.ok ? response : null;
}

/** What the site has copies of (`cargo xtask weights`): asked while the runtime loads. @type {Promise<string[]>} */
const copies = beside('weights/index.json').then((list) => list?.json() ?? []).catch(() => []);

/** The catalogue; of what the site has a copy of, with that address. */
async function sources() {
  const all = JSON.parse(catalogue());
  const here = await copies;
  for (const source of all) if (here.includes(source.id)) Object.assign(source, { url: `weights/${source.id}.safetensors`, cors: 'yes' });
  return all;
}

function opened() {
  if (!session) throw new Error('No network is open.');
  return session;
}

/** Where what was measured on this GPU is kept: an address that nobody fetches. */
async function tuningKey() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  const { vendor, architecture, device, description } = adapter?.info ?? {};
  const gpu = [vendor, architecture, device, description].map((part) => encodeURIComponent(part ?? '')).join('/');
  return new URL(`./tuning/${gpu}.json`, import.meta.url).href;
}

/** @param {string} tuning */
async function keepTuning(tuning) {
  // Where nothing may be stored, it is measured again the next time.
  await globalThis.caches?.open(TUNING).then(async (cache) => cache.put(await tuningKey(), new Response(tuning))).catch(() => {});
}

/** @returns {Promise<string | undefined>} */
async function keptTuning() {
  return globalThis.caches?.open(TUNING).then(async (cache) => (await cache.match(await tuningKey()))?.text()).catch(() => undefined);
}

/**
 * Computes a little of what can be computed now.
 * @returns {Promise<{ nodes: string[], state: 'more' | 'waiting' | 'done', predicted: boolean }>}
 */
async function advance() {
  return JSON.parse(await exclusive((open) => open.advance()));
}

/** Lets messages that have come in be read. */
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(null);
  });
}

/** Bytes that are handed on at once: what comes from a disk comes in larger pieces. */
const PIECE = 1 << 20;

/** The address of the weights, if they have one. */
let address = '';
/** Their length, once their header has told. @type {number | null} */
let size = null;

/** Which module each part of the weights is for (−1: none), and where the part ends, one after the other. */
let extents = /** @type {Float64Array} */ (new Float64Array());

/** How far each module's weights are. */
function arrivals() {
  const { loaded } = progress;
  /** @type {Map<number, import('./inceptionscope.js').Arrival>} */
  const modules = new Map();
  for (let i = 0, from = 0; i < extents.length; i += 2) {
    const [module, end] = extents.subarray(i, i + 2);
    if (module >= 0) {
      const before = modules.get(module) ?? { module, loaded: 0, total: 0, left: 0 };
      modules.set(module, {
        module,
        loaded: before.loaded + Math.max(0, Math.min(loaded, end) - from),
        total: before.total + end - from,
        left: Math.max(0, end - loaded),
      });
    }
    from = end;
  }
  return [...modules.values()];
}

/** Reads and hands on a piece of the weights; false at their end. */
async function more() {
  const piece = await rest?.next();
  try {
    if (!piece || piece.done) {
      rest = null;
      await exclusive((open) => open.finish());
      return false;
    }
    for (let from = 0; from < piece.value.length; from += PIECE) {
      const part = piece.value.subarray(from, from + PIECE);
      progress.loaded += part.length;
      await exclusive(async (open) => {
        await open.push(part, trusted);
        size = open.total_bytes() ?? null;
      });
      progress.total = size ?? progress.total;
      arrival.ring();
    }
  } catch (error) {
    await rest?.return?.();
    if (address && error instanceof Error && error.name === 'Damaged') await forget(address);
    throw error;
  }
  return true;
}

/**
 * Where weights come from.
 * @param {string | Blob} weights
 * @returns {{ name: string, bytes: AsyncGenerator<Uint8Array> }}
 */
function source(weights) {
  if (weights instanceof Blob) {
    progress.total = weights.size;
    return { name: weights instanceof File ? weights.name : 'the weights', bytes: pieces(weights) };
  }
  if (!URL.canParse(weights)) throw new Error(`There are no weights '${weights}'. Give an address, a file, an id of the catalogue, or synthetic:1.`);
  address = weights;
  const listed = JSON.parse(catalogue()).find((/** @type {{ url: string }} */ entry) => new URL(entry.url, import.meta.url).href === weights);
  const bytes = download(weights, {
    total: () => size,
    expected: listed?.sha256 ?? null,
    digest: () => new Digest(),
    tell({ announced, from, reconnecting, unkept, trusted: known }) {
      if (known !== undefined) trusted = known;
      if (announced !== undefined) progress.total = announced;
      if (from !== undefined) progress.from = from;
      if (reconnecting !== undefined) progress.stage = reconnecting ? 'reconnect' : 'download';
      if (unkept !== undefined) progress.unkept = unkept;
      report({});
    },
  });
  return { name: decodeURIComponent(new URL(weights).pathname.split('/').at(-1) || weights), bytes };
}

/** @param {Blob} file */
async function* pieces(file) {
  for (let from = 0; from < file.size; from += PIECE) yield new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer());
}

/**
 * What the runtime takes: a JPEG or PNG file, which it decodes itself so that the page and the
 * command line agree to the bit; pixels of anything else; or a tensor.
 * @param {Blob | ImageBitmap | ImageData | Float32Array} input
 * @returns {Promise<Uint8Array | ImageData | Float32Array>}
 */
async function decode(input) {
  if (input instanceof Float32Array || input instanceof ImageData) return input;
  if (input instanceof ImageBitmap) return pixels(input);
  const file = new Uint8Array(await input.arrayBuffer());
  const starts = (/** @type {number[]} */ ...magic) => magic.every((byte, i) => file[i] === byte);
  if (starts(0xff, 0xd8, 0xff) || starts(0x89, 0x50, 0x4e, 0x47)) return file;
  try {
    return pixels(await createImageBitmap(input, { colorSpaceConversion: 'none', premultiplyAlpha: 'none', imageOrientation: 'from-image' }));
  } catch {
    return file; // the runtime says what it is instead
  }
}

/** @param {ImageBitmap} bitmap */
function pixels(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('The browser has no memory left for this picture. Make it smaller and try again.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/** @param {import('./pkg/inceptionscope.js').Values} values */
function values(values) {
  const result = { shape: [...values.shape], data: values.data };
  values.free();
  return result;
}

/** The buffers of a reply: handed over, not copied. @param {any} value @returns {Transferable[]} */
function transferable(value) {
  if (!value || typeof value !== 'object') return [];
  return Object.values(value).flatMap((v) => (ArrayBuffer.isView(v) ? [/** @type {ArrayBuffer} */ (v.buffer)] : []));
}

/** An error as a sentence. @param {unknown} error */
function sentence(error) {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof WebAssembly.RuntimeError) {
    return `The runtime failed (${text}); this is a defect, please report it. Reload the page to go on.`;
  }
  return text;
}
