/**
 * Weight files that the browser keeps: whole ones, and the beginnings of those whose download broke off.
 *
 * A file lies in the Cache API as pieces, each with its SHA-256, beside a record of what they are of.
 * Where a browser keeps nothing (private windows, pages without https), everything works without; so it does where its storage
 * refuses, throws, or does not answer.
 *
 * @module
 */

import { failure } from './errors.js';
import { inTime } from './patience.js';
import { places } from './site.js';

/**
 * @typedef {object} Piece
 * @property {number} at its first byte's position in the file
 * @property {number} bytes
 * @property {string} sha256
 *
 * @typedef {object} Kept A file, or its beginning.
 * @property {string} url where it came from
 * @property {string} id of its pieces
 * @property {number} bytes that are here
 * @property {number | null} total that the file has, if known
 * @property {string | null} version what the server called these contents: ETag or date
 * @property {string | null} sha256 of the whole file, once it is here and was read back
 * @property {number} time of the last piece, in milliseconds since 1970
 * @property {Piece[]} pieces
 */

const CACHE = 'inceptionscope-weights';
const PIECE = 2 << 20;
/** How many are read at the same time: each takes its time, and comes while those before it are used. */
const AHEAD = 4;
/** How many may wait to be written, 64 MB: a disk that is slower than the network does not hold up what is downloaded. */
const BEHIND = 32;

/** Cache entries have addresses; nothing is ever asked for at these. @param {string[]} parts */
const address = (...parts) => new URL(`stored/${parts.map(encodeURIComponent).join('/')}`, places.root).href;

/** Storage that does not answer for so long, in milliseconds, is not asked again. */
const PATIENCE = 10_000;
/** Why it is not. @type {unknown} */
let given = null;

/**
 * What the browser's storage answers. Rejects where it does not.
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T>}
 */
async function answer(ask) {
  if (given) throw given;
  return inTime(ask(), PATIENCE, (seconds) => {
    given = new DOMException(`the storage has not answered for ${seconds} seconds`, 'TimeoutError');
    return given;
  });
}

/** The same, where it may be without. @template T @param {() => Promise<T>} ask @returns {Promise<T | null>} */
const attempt = (ask) => answer(ask).catch(() => null);

const open = () => answer(() => caches.open(CACHE));

/** @param {string} key */
const get = async (key) => (await open()).match(key);

/** @param {string} key @param {BodyInit} body */
const put = (key, body) => answer(async () => (await open()).put(key, new Response(body)));

/** @param {string} key */
const remove = (key) => attempt(async () => (await open()).delete(key));

/**
 * All files, the latest first; none where a browser keeps nothing.
 * @returns {Promise<Kept[]>}
 */
export async function list() {
  const cache = await attempt(open);
  if (!cache && !given) return [];
  try {
    const all = (await answer(async () => cache?.keys())) ?? [];
    const keys = all.map(({ url }) => url).filter(isRecord);
    const records = await Promise.all(keys.map(async (key) => {
      const found = await answer(() => get(key));
      return record(named(key), await attempt(async () => found?.text()));
    }));
    return records.filter((kept) => kept !== null).sort((a, b) => b.time - a.time);
  } catch (error) {
    throw failure('storage.unavailable', { reason: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
}

/** @param {string} key */
const isRecord = (key) => key.startsWith(address('file', ''));

/** The address of a file, from that of its record. @param {string} key */
const named = (key) => decodeURIComponent(key.slice(address('file', '').length));

/**
 * What a record says, as far as it can be true: of pieces, those up to the first that does not follow the one before it.
 * @param {string} url that it is kept under
 * @param {string | null | undefined} text
 * @returns {Kept | null} null if it is no record
 */
function record(url, text) {
  const kept = parsed(text);
  if (typeof kept?.id !== 'string' || !Array.isArray(kept.pieces)) return null;
  let bytes = 0;
  /** @type {Piece[]} */
  const pieces = [];
  for (const piece of kept.pieces) {
    if (piece?.at !== bytes || !(piece.bytes > 0) || typeof piece.sha256 !== 'string') break;
    pieces.push(piece);
    bytes += piece.bytes;
  }
  const sound = pieces.length === kept.pieces.length && bytes === kept.bytes;
  const string = (/** @type {unknown} */ value) => (typeof value === 'string' ? value : null);
  return {
    url,
    id: kept.id,
    bytes,
    total: sound && kept.total >= bytes ? kept.total : null,
    version: string(kept.version),
    sha256: sound ? string(kept.sha256) : null,
    time: Number(kept.time) || 0,
    pieces,
  };
}

/** @param {string | null | undefined} text @returns {any} null if it is no JSON */
function parsed(text) {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** What is here of the file at an address. @param {string} url @returns {Promise<Kept | null>} */
export const find = async (url) => record(url, await attempt(async () => (await get(address('file', url)))?.text()));

/** Deletes what is here of the file at an address. @param {string} url */
export async function forget(url) {
  const kept = await find(url);
  await remove(address('file', url));
  for (const { at } of kept?.pieces ?? []) await remove(address('piece', kept?.id ?? '', String(at)));
}

/** What the pieces of a file hold, in order; an error at the first that is damaged or gone. @param {Kept} kept */
export async function* read({ id, pieces }) {
  /** @param {Piece} piece @returns {Promise<Uint8Array | null>} */
  const good = (piece) => attempt(async () => {
    const response = await get(address('piece', id, String(piece.at)));
    const bytes = new Uint8Array((await response?.arrayBuffer()) ?? []);
    return bytes.length === piece.bytes && (await sha256(bytes)) === piece.sha256 ? bytes : null;
  });
  const coming = pieces.slice(0, AHEAD).map(good);
  for (const index of pieces.keys()) {
    const bytes = await coming.shift();
    if (!bytes) throw new Damaged();
    if (index + AHEAD < pieces.length) coming.push(good(pieces[index + AHEAD]));
    yield bytes;
  }
}

/** Lets go of what a file has from a position on, where a piece begins. @param {Kept} kept @param {number} at @returns {Promise<Kept>} */
export async function cut(kept, at) {
  const gone = kept.pieces.filter((piece) => piece.at >= at);
  const left = { ...kept, bytes: at, total: kept.total, sha256: null, pieces: kept.pieces.filter((piece) => piece.at < at) };
  await attempt(() => put(address('file', kept.url), JSON.stringify(left)));
  for (const piece of gone) await remove(address('piece', kept.id, String(piece.at)));
  return left;
}

/**
 * Deletes what no record lists: pieces that a tab has left that was closed, or whose record was damaged or removed; and
 * records that are none. Nothing goes while somebody keeps a file, in this tab or another, or storage fails.
 * @returns {Promise<boolean>} false while somebody does: it is to be tried again
 */
export async function sweep() {
  try {
    const release = await lock(CACHE, { ifAvailable: true });
    if (!release) return false;
    try {
      await sweepAlone();
    } finally {
      release();
    }
  } catch {
    // What cannot be looked through stays.
  }
  return true;
}

async function sweepAlone() {
  const cache = await open();
  const all = (await answer(() => cache.keys())).map(({ url }) => url).filter((key) => key.startsWith(address('')));
  const listed = new Set();
  for (const key of all.filter(isRecord)) {
    const text = await answer(async () => (await cache.match(key))?.text());
    if (text === undefined) throw new Damaged(); // it is there: what is said of the others may be as untrue
    const kept = record(named(key), text);
    if (!kept) continue;
    listed.add(key);
    for (const { at } of kept.pieces) listed.add(address('piece', kept.id, String(at)));
  }
  for (const key of all) if (!listed.has(key)) await remove(key);
}

/** What was kept is not what was read back. */
export class Damaged extends Error {
  name = 'Damaged';
}

/** Keeps a file while it arrives. What cannot be kept is let go: the download goes on. */
export class Keeper {
  #kept;
  #release;
  /** What waits for enough to make a piece. @type {Uint8Array[]} */
  #waiting = [];
  #size = 0;
  /** The pieces that are still to be written, one after the other: each a promise of it. @type {Promise<void>[]} */
  #writing = [];
  /** Why the file is not kept. @type {string | null} */
  refused = null;

  /** @param {Kept} kept @param {() => void} release */
  constructor(kept, release) {
    this.#kept = kept;
    this.#release = release;
  }

  /** Nothing more comes: another tab may keep this file, and look for what is left. */
  async close() {
    await Promise.all(this.#writing);
    this.#release();
  }

  /**
   * @param {string} url
   * @param {string | null} version
   * @param {Kept | null} before pieces that go on
   */
  static async start(url, version, before) {
    if (!(await attempt(open))) return null;
    const seen = await find(url);
    // Where another tab loads the same file, that one keeps it.
    const alone = await sole(url);
    if (!alone) return null;
    // A piece is there before the record that lists it.
    const unswept = await lock(CACHE, { mode: 'shared' }).catch(() => null);
    const release = () => {
      alone();
      unswept?.();
    };
    const now = await find(url);
    if (now?.sha256 && now.sha256 !== seen?.sha256) {
      release(); // it did so while this one waited for its turn
      return null;
    }
    if (before) return new Keeper(before, release);
    await forget(url);
    const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
    return new Keeper({ url, id, bytes: 0, total: null, version, sha256: null, time: Date.now(), pieces: [] }, release);
  }

  /** @param {Uint8Array} bytes @param {number | null} total */
  async add(bytes, total) {
    if (this.refused) return;
    this.#kept.total = total;
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    if (this.#size < PIECE) return;
    this.#write();
    if (this.#writing.length > BEHIND) await this.#writing[0];
  }

  /** Writes what waits. */
  async flush() {
    if (this.#size > 0) this.#write();
    await Promise.all(this.#writing);
  }

  /** Has what waits written as a piece, behind those before it. */
  #write() {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const waiting of this.#waiting) {
      bytes.set(waiting, at);
      at += waiting.length;
    }
    [this.#waiting, this.#size] = [[], 0];
    const turn = this.#writing.at(-1) ?? Promise.resolve();
    this.#writing.push(turn.then(() => this.#put(bytes)).finally(() => void this.#writing.shift()));
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  async #put(bytes) {
    if (this.refused) return;
    await this.#attempt(async () => {
      const kept = this.#kept;
      const piece = { at: kept.bytes, bytes: bytes.length, sha256: await answer(() => sha256(bytes)) };
      await put(address('piece', kept.id, String(piece.at)), bytes);
      kept.pieces.push(piece);
      kept.bytes += piece.bytes;
      kept.time = Date.now();
      await this.#record();
    });
  }

  /** The file is here as a whole: reads it back, and only then says so. @param {string} digest its SHA-256 */
  async complete(digest) {
    await this.flush();
    if (this.refused) return;
    await this.#attempt(async () => {
      // One after the other; that they are what they were is all that is wanted.
      for await (const bytes of read(this.#kept)) void bytes;
      Object.assign(this.#kept, { sha256: digest, total: this.#kept.bytes });
      await this.#record();
    });
  }

  #record() {
    return put(address('file', this.#kept.url), JSON.stringify(this.#kept));
  }

  /** What fails, for want of room as a rule, ends the keeping: half a file is of no use to anybody. @param {() => Promise<void>} keep */
  async #attempt(keep) {
    try {
      await keep();
    } catch (error) {
      this.refused = error instanceof Error ? error.name : 'unknown';
      await forget(this.#kept.url);
    }
  }
}

/**
 * Nobody else keeps this file until what this returns is called.
 * @param {string} url
 * @returns {Promise<(() => void) | null>} nothing if another tab keeps it
 */
async function sole(url) {
  const request = () => lock(`${CACHE} ${url}`, { ifAvailable: true });
  try {
    // A worker that was ended a moment ago may not have let go yet.
    return (await request()) ?? (await new Promise((resolve) => setTimeout(resolve, 500)).then(request));
  } catch {
    return () => {}; // a browser without locks
  }
}

/**
 * A lock, held until what this returns is called. Rejects in a browser without locks.
 * @param {string} name
 * @param {LockOptions} options
 * @returns {Promise<(() => void) | null>} nothing if it is not available
 */
const lock = (name, options) => answer(() => new Promise((resolve, reject) => {
  navigator.locks.request(name, options, (lock) => {
    if (lock) return new Promise((release) => resolve(() => release(undefined)));
    resolve(null);
  }).catch(reject);
}));

/** @param {Uint8Array} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
