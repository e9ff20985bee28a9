/**
 * The worker behind `inceptionscope.js`: holds one network and answers one call after the other.
 * All of the runtime happens here.
 *
 * Messages in: `{ id, method, args }`, `{ cancel: id }`; out: `{ id, value }`, `{ id, error }`, `{ id, event }`.
 */

import init, { catalogue, factorisations, models, Session } from './pkg/inceptionscope.js';

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
/** What is still to be read of the weights. @type {ReadableStreamDefaultReader<Uint8Array> | null} */
let reader = null;
let [loaded, announced] = [0, /** @type {number | null} */ (null)];
/** Nodes whose values a run records, in order of execution. @type {string[]} */
let recorded = [];

/** Ids of calls that nobody waits for any more. @type {Set<number>} */
const cancelled = new Set();
/** Calls queue: each begins when the one before has ended. @type {Promise<void>} */
let queue = Promise.resolve();

onmessage = ({ data }) => {
  if ('cancel' in data) {
    cancelled.add(data.cancel);
    return;
  }
  queue = queue.then(() => answer(data));
};

/** @param {{ id: number, method: keyof typeof methods, args: any }} call */
async function answer({ id, method, args }) {
  if (cancelled.delete(id)) return;
  try {
    await runtime;
    const value = await methods[method](args, (/** @type {any} */ event) => postMessage({ id, event }));
    postMessage({ id, value }, { transfer: transferable(value) });
  } catch (error) {
    postMessage({ id, error: sentence(error) });
  }
}

const methods = {
  async models() {
    return JSON.parse(models());
  },

  async catalogue() {
    return sources();
  },

  /** @param {{ text: string }} args */
  async name({ text }) {
    opened().name_classes(text);
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
      const { stream, name, length } = await source(weights);
      [reader, loaded, announced] = [stream.getReader(), 0, length];
      session = new Session(...choice, name, listed?.profile ?? '');
      // The network is known as soon as the file's header is there.
      while (session.describe() === undefined && (await more(session)));
      if (session.describe() === undefined) await session.finish(); // says what is wrong with so short a file
      if (session.wants_imagenet()) {
        // Without them classes have numbers.
        const names = await beside('classes/imagenet.txt');
        if (names) session.name_classes(await names.text());
      }
    }
    const description = JSON.parse(session.describe() ?? 'null');
    recorded = description.graph.nodes.filter((/** @type {any} */ n) => n.recorded).map((/** @type {any} */ n) => n.id);
    return description;
  },

  /** The rest of the weights. @param {{}} _ @param {(progress: any) => void} progress */
  async load(_, progress) {
    const open = opened();
    if (reader) {
      const total = open.total_bytes() ?? announced;
      progress({ stage: 'download', loaded, total });
      let told = performance.now();
      while (await more(open)) {
        if (performance.now() - told > 50) {
          told = performance.now();
          progress({ stage: 'download', loaded, total });
        }
      }
      reader = null;
      progress({ stage: 'prepare', loaded, total });
      await open.finish();
    }
    progress({ stage: 'ready', loaded, total: loaded });
  },

  /** @param {{ input: Blob | ImageBitmap | ImageData | Float32Array, crop?: { x: number, y: number, size: number } }} args @param {(node: string) => void} onNode */
  async run({ input, crop }, onNode) {
    const start = performance.now();
    const picture = await decode(input);
    const decoded = performance.now();
    const open = opened();
    const square = new Float64Array(crop ? [crop.x, crop.y, crop.size] : []);
    const outcome = picture instanceof Float32Array ? await open.run_tensor(picture)
      : picture instanceof Uint8Array ? await open.run_file(picture, square)
        : await open.run_pixels(picture.width, picture.height, new Uint8Array(picture.data.buffer), square);
    const timings = { decode: decoded - start, run: performance.now() - decoded };
    for (const node of recorded) onNode(node);
    const { logits, probabilities, top, seen: [photoWidth, photoHeight, x, y, width, height] } = outcome;
    outcome.free();
    const seen = photoWidth ? { photoWidth, photoHeight, x, y, width, height } : null;
    return { logits, probabilities, top: JSON.parse(top), seen, timings };
  },

  async classes() {
    return opened().class_names();
  },

  /** @param {{ node: string }} args */
  async activation({ node }) {
    return values(await opened().activation(node));
  },

  /** @param {{ node: string }} args */
  async stats({ node }) {
    const statistics = await opened().stats(node);
    const { min, mean, max, zeros, energy, nonfinite, peak } = statistics;
    const shape = [...statistics.shape];
    statistics.free();
    return { shape, min, mean, max, zeros, energy, nonfinite, peak };
  },

  /** @param {{ node: string, channels?: number[], size?: number }} args */
  async maps({ node, channels = [], size = Infinity }) {
    return values(await opened().maps(node, new Uint32Array(channels), Math.min(size, 2 ** 31)));
  },

  /** @param {{ node: string, size?: number }} args */
  async mean({ node, size = Infinity }) {
    return values(await opened().mean(node, Math.min(size, 2 ** 31)));
  },

  /** @param {{ node: string, channel: number, bins: number }} args */
  async histogram({ node, channel, bins }) {
    return JSON.parse(await opened().histogram(node, channel, bins));
  },

  /** @param {{ node: string, channel?: number }} args */
  async receptive({ node, channel }) {
    return JSON.parse(opened().receptive(node, channel));
  },

  /** @param {{ node: string, channel: number, row: number, column: number }} args */
  async explain({ node, channel, row, column }) {
    return JSON.parse(await opened().explain(node, channel, row, column));
  },

  /** @param {{ node: string, channel: number }} args */
  async kernel({ node, channel }) {
    const kernel = await opened().kernel(node, channel);
    if (!kernel) return null;
    const result = { node: kernel.node, first: kernel.first, shape: [...kernel.shape], data: kernel.data };
    kernel.free();
    return result;
  },

  async times() {
    return JSON.parse(await opened().times());
  },

  /** @param {{ node: string, channels?: number[] }} args */
  async mute({ node, channels = [] }) {
    await opened().mute(node, new Uint32Array(channels));
  },

  /** @param {{ node: string, factor: number }} args */
  async scale({ node, factor }) {
    await opened().scale(node, factor);
  },

  async restore() {
    await opened().restore();
  },

  /** Which kernels were found fastest on this GPU; null where the CPU computes. */
  async tuning() {
    return JSON.parse(opened().tuning() ?? 'null');
  },

  /** Measures that, and keeps it for the next time. */
  async tune() {
    const tuning = (await opened().tune()) ?? 'null';
    await keepTuning(tuning);
    return JSON.parse(tuning);
  },

  /** Uses what was measured before on this GPU, if anything was. */
  async useTuning() {
    const tuning = await keptTuning();
    if (tuning) opened().set_tuning(tuning);
    return JSON.parse(opened().tuning() ?? 'null');
  },

  async dispose() {
    await reader?.cancel().catch(() => {});
    session?.dispose();
    session = null;
  },
};

/** A file that comes with this module, if it is there. @param {string} path */
async function beside(path) {
  const response = await fetch(new URL(path, import.meta.url)).catch(() => null);
  return response?.ok ? response : null;
}

/** The catalogue; of what the site has a copy of (`cargo xtask weights`), with that address. */
async function sources() {
  const all = JSON.parse(catalogue());
  const copies = await (await beside('weights/index.json'))?.json() ?? [];
  for (const source of all) if (copies.includes(source.id)) Object.assign(source, { url: `weights/${source.id}.safetensors`, cors: 'yes' });
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
  await caches.open(TUNING).then(async (cache) => cache.put(await tuningKey(), new Response(tuning))).catch(() => {});
}

/** @returns {Promise<string | undefined>} */
async function keptTuning() {
  return caches.open(TUNING).then(async (cache) => (await cache.match(await tuningKey()))?.text()).catch(() => undefined);
}

/** Reads and hands on a piece of the weights; false at their end. @param {Session} open */
async function more(open) {
  let piece;
  try {
    piece = await reader?.read();
  } catch (error) {
    throw new Error(`The connection broke after ${loaded} bytes of the weights (${sentence(error)}). Check it and open the network again.`);
  }
  if (!piece || piece.done) return false;
  loaded += piece.value.length;
  await open.push(piece.value);
  return true;
}

/**
 * Where weights come from.
 * @param {string | Blob} weights
 * @returns {Promise<{ stream: ReadableStream<Uint8Array>, name: string, length: number | null }>}
 */
async function source(weights) {
  if (weights instanceof Blob) return { stream: weights.stream(), name: weights instanceof File ? weights.name : 'the weights', length: weights.size };
  if (!URL.canParse(weights)) throw new Error(`There are no weights '${weights}'. Give an address, a file, an id of the catalogue, or synthetic:1.`);
  const name = decodeURIComponent(new URL(weights).pathname.split('/').at(-1) || weights);
  let response;
  try {
    // No headers of our own: any host that allows reading at all allows this.
    response = await fetch(weights);
  } catch {
    throw new Error(`${weights} can not be reached: the connection failed, or that host does not let other sites read its files. Download the file and choose it here instead.`);
  }
  if (!response.ok || !response.body) {
    throw new Error(`${weights} can not be had: the server says ${response.status} ${response.statusText}. Check the address, or choose a file.`.replace(' .', '.'));
  }
  return { stream: response.body, name, length: Number(response.headers.get('content-length')) || null };
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
