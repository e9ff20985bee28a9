/**
 * The weights of a network, from where they are into the runtime, and how far they are.
 *
 * @module
 */

import { convert } from '../formats.js';
import { download } from './download.js';
import { coded, failure, InceptionscopeError } from './errors.js';
import { oneFile } from './parts.js';
import { Bell, exclusive } from './queue.js';
import { rust } from './wasm.js';
import { isIndex, ofAddress, plain } from './shards.js';
import { beside, fileAt, nameOf } from './site.js';
import { find, forget } from './store.js';

/** @typedef {import('../pkg/inceptionscope.js').Session} Session */
/** @typedef {import('./api.js').Progress} Progress */

/** Bytes that are handed on at once: what comes from a disk comes in larger pieces. */
const PIECE = 1 << 20;
/** As the runtime has it (`src/weights/file.rs`): a file that has to be there as a whole has at most so many bytes. */
const MAX_WHOLE = 1 << 30;

/**
 * What the site has copies of (`cargo xtask weights`); null where there is no site: in the npm package.
 * @type {Promise<string[] | null>}
 */
let copies = Promise.resolve(null);

/** Asks for it, while the runtime loads. */
export function look() {
  copies = beside('weights/index.json').then((list) => list?.json() ?? []).catch(() => []);
}

/** The catalogue; of what the site has a copy of, with that address. @returns {Promise<import('./rust.d.ts').Source[]>} */
export async function sources() {
  const all = JSON.parse(rust.catalogue());
  const here = await copies;
  if (!here) return all.filter((/** @type {{ url: string }} */ { url }) => URL.canParse(url));
  for (const source of all) {
    if (here.includes(source.id)) Object.assign(source, { url: `weights/${source.id}.safetensors`, cors: 'yes' });
  }
  return all;
}

/**
 * The same file as safetensors, which the runtime reads as it comes: another module makes it of a file that has
 * to be there as a whole (PyTorch's). `null` says that all bytes have come.
 * @param {AsyncIterable<Uint8Array | null>} bytes
 * @param {string} name
 * @returns {AsyncGenerator<Uint8Array | null, void>}
 */
async function* asSafetensors(bytes, name) {
  /** @type {Uint8Array[]} */
  let start = [];
  let length = 0;
  /** @type {boolean | null} */
  let whole = null;
  for await (const piece of bytes) {
    if (piece && whole === false) {
      yield piece;
      continue;
    }
    if (piece) {
      start.push(piece);
      length += piece.length;
      if (length > MAX_WHOLE) {
        const [format, limit] = ['PyTorch and Keras files', MAX_WHOLE];
        const message = `The file is larger than ${limit} bytes, the limit for ${format}.`;
        throw new InceptionscopeError('weights.too_large', { format, limit }, message);
      }
      if (length < rust.start_length()) continue;
    }
    whole ??= rust.is_whole(new Uint8Array(await new Blob(start.map(plain)).slice(0, rust.start_length()).arrayBuffer()));
    if (whole && piece) continue;
    if (whole) {
      start = await safetensors(new File(start.map(plain), name));
      whole = false;
    }
    yield* start;
    start = [];
    if (!piece) yield piece;
  }
}

/** @param {File} file */
async function safetensors(file) {
  /** @type {Uint8Array[]} */
  const all = [];
  for await (const piece of pieces(await convert(file), file.name)) if (piece) all.push(piece);
  return all;
}

export class Weights {
  /** Rings when weights have come, or will come no more. */
  arrival = new Bell();
  /** Why no more weights will come. @type {unknown} */
  failure = null;
  /** What messages call them. */
  name = '';
  /** How far they are: what `onProgress` is told. @type {Progress} */
  progress = { stage: 'download', loaded: 0, total: null, from: 0, unkept: null, modules: [] };

  /** Tells it. @type {(progress: Progress) => void} */
  #tell = () => {};
  /** The rest of them: null says that all bytes have come. @type {AsyncIterator<Uint8Array | null> | null} */
  #rest = null;
  /** Until what has come as a whole is kept for good. @type {Promise<unknown> | undefined} */
  #kept;
  /** Their addresses, if they have any: shards have one each. @type {Set<string>} */
  #addresses = new Set();
  /** Whether they were checked before. */
  #trusted = false;
  /** Their length, once their header has told. @type {number | null} */
  #length = null;
  /** Which module each part is for (−1: none), and where the part ends, one after the other. */
  #extents = /** @type {Float64Array} */ (new Float64Array());
  /** @type {Session | null} */
  #session = null;

  /** @param {string | Blob} weights */
  constructor(weights) {
    if (weights instanceof Blob) {
      this.progress.total = weights.size;
      this.name = weights instanceof File ? weights.name : 'the weights';
      this.#rest = asSafetensors(pieces(weights, this.name), this.name);
      return;
    }
    if (!URL.canParse(weights)) throw failure('weights.address', { found: weights });
    this.name = nameOf(weights);
    /** @type {import('./rust.d.ts').Source | undefined} */
    const listed = JSON.parse(rust.catalogue()).find((/** @type {{ url: string }} */ { url }) => fileAt(url).href === weights);
    if (listed?.parts) {
      this.#rest = this.#assembled(listed);
    } else if (isIndex(new URL(weights).pathname)) {
      this.#rest = ofAddress(weights, (address, size) => this.#download(address, { total: () => size }));
    } else {
      // Of what the name of a listed file ends in, the catalogue says whether it is digits of its SHA-256.
      const digits = listed?.contents === 'name' ? /-([0-9a-f]+)\.\w+$/.exec(weights)?.[1] : null;
      const whole = { total: () => this.#length, expected: listed?.sha256 ?? digits ?? null, alone: true };
      this.#rest = asSafetensors(this.#download(weights, whole), this.name);
    }
  }

  /** A source of many files, as the one that they make. @param {import('./rust.d.ts').Source} source */
  async* #assembled({ id, url, parts: path }) {
    const list = await beside(path ?? '').then((response) => response?.text());
    if (!list) throw failure('weights.unreachable', { address: String(path) });
    const digest = new rust.Digest();
    digest.update(new TextEncoder().encode(list));
    const version = digest.hex();
    digest.free();
    // Another list makes another file.
    const kept = await find(url);
    if (kept && kept.version !== version) await forget(url);
    const sizes = JSON.parse(list).map((/** @type {{ bytes: number }} */ { bytes }) => bytes);
    const parts = new rust.Parts(id, list);
    try {
      yield* this.#download(url, { total: () => this.#length, alone: true, server: oneFile({ parts, sizes, version }) });
    } catch (error) {
      // Which of them it was helps nobody, and none of them alone can be opened.
      const { code } = coded(error);
      if (!['weights.unreachable', 'weights.silent', 'weights.refused'].includes(code)) throw error;
      throw failure('weights.parts', { host: new URL(url).host, parts: sizes.length }, { cause: error });
    } finally {
      parts.free();
    }
  }

  /**
   * @param {string} address
   * @param {object} file
   * @param {() => number | null} file.total
   * @param {string | null} [file.expected]
   * @param {boolean} [file.alone] no other file is part of the weights, so that what is told of its length holds for them
   * @param {import('./download.js').Server} [file.server]
   */
  #download(address, { total, expected = null, alone = false, server }) {
    this.#addresses.add(address);
    this.#trusted = false;
    return download(address, {
      total,
      expected,
      digest: () => new rust.Digest(),
      server,
      tell: ({ announced, from, reconnecting, unkept, trusted }) => {
        if (trusted !== undefined) this.#trusted = trusted;
        this.#report({
          ...(alone && announced !== undefined && { total: announced }),
          ...(alone && from !== undefined && { from }),
          ...(reconnecting !== undefined && { stage: reconnecting ? 'reconnect' : 'download' }),
          ...(unkept !== undefined && { unkept }),
        });
      },
    });
  }

  /** Reads until the network is known, which the beginning of the file tells. @param {Session} session */
  async open(session) {
    this.#session = session;
    while (session.describe() === undefined && (await this.#more()));
    this.#extents = session.extents();
  }

  /** Reads the rest. @param {(progress: Progress) => void} tell */
  async load(tell) {
    this.#tell = tell;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let due;
    // Told at most 20 times a second, and always of the last bytes: a pause that begins with them leaves nothing untold.
    const tellSoon = () => {
      due ??= setTimeout(() => {
        due = undefined;
        this.#report({ modules: this.#arrivals() });
      }, 50);
    };
    try {
      this.#report({});
      while (await this.#more()) tellSoon();
      this.#report({ stage: 'prepare', modules: this.#arrivals() });
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      clearTimeout(due);
      this.arrival.ring();
    }
  }

  /** All is there. */
  ready() {
    this.#report({ stage: 'ready', total: this.progress.loaded });
  }

  /** No more is wanted. What has come as a whole is kept before this resolves. */
  async close() {
    this.failure = failure('scope.closed');
    this.arrival.ring();
    this.#rest?.return?.().catch(() => {});
    await this.#kept;
  }

  /** @param {Partial<Progress>} part */
  #report(part) {
    this.#tell(Object.assign(this.progress, part));
  }

  /** Reads and hands on a piece; false at the end. */
  async #more() {
    const piece = await this.#rest?.next();
    if (!piece || piece.done) {
      this.#rest = null;
      return false;
    }
    try {
      if (piece.value) {
        await this.#push(piece.value);
        return true;
      }
      await exclusive(() => this.#session?.finish());
    } catch (error) {
      await this.#rest?.return?.();
      await this.#drop(error);
      throw error;
    }
    // That the file is kept for good takes a while, and nobody who looks at a picture has to wait for it.
    this.#kept = this.#rest?.next().catch(() => {});
    return false;
  }

  /** @param {Uint8Array} bytes */
  async #push(bytes) {
    for (let from = 0; from < bytes.length; from += PIECE) {
      const part = bytes.subarray(from, from + PIECE);
      this.progress.loaded += part.length;
      await exclusive(async () => {
        await this.#session?.push(part, this.#trusted);
        this.#length = this.#session?.total_bytes() ?? null;
      });
      this.progress.total = this.#length ?? this.progress.total;
      this.arrival.ring();
    }
  }

  /** What is kept of a file that is damaged, or is no weight file, is of no use. @param {unknown} error */
  async #drop(error) {
    const { code, data, name } = /** @type {{ code?: string, data?: { damaged?: boolean }, name?: string }} */ (Object(error));
    if (error instanceof WebAssembly.RuntimeError) return;
    const unfit = !this.#trusted && (code?.startsWith('weights.') ?? true);
    if (!unfit && !data?.damaged && name !== 'Damaged') return;
    for (const address of this.#addresses) await forget(address);
  }

  /** How far each module's weights are. */
  #arrivals() {
    const { loaded } = this.progress;
    /** @type {Map<number, import('./api.js').Arrival>} */
    const modules = new Map();
    for (let i = 0, from = 0; i < this.#extents.length; i += 2) {
      const [module, end] = this.#extents.subarray(i, i + 2);
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
}

/** @param {Blob} file @param {string} name @returns {AsyncGenerator<Uint8Array | null>} */
async function* pieces(file, name) {
  for (let from = 0; from < file.size; from += PIECE) {
    const piece = await file.slice(from, from + PIECE).arrayBuffer().catch((cause) => {
      throw failure('weights.unreadable', { file: name }, { cause });
    });
    yield new Uint8Array(piece);
  }
  yield null;
}
