/**
 * Weight files that the browser keeps: whole ones, and the beginnings of those whose download broke off.
 *
 * A file lies in the Cache API as pieces, each with its SHA-256, beside a record of what they are of.
 * Where a browser keeps nothing (private windows, pages without https), everything works without.
 *
 * @module
 */

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

/** Cache entries have addresses; nothing is ever asked for at these. @param {string[]} parts */
const address = (...parts) => new URL(`stored/${parts.map(encodeURIComponent).join('/')}`, places.root).href;

async function open() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null; // no secure page, or a private window
  }
}

/** All files, the latest first. @returns {Promise<Kept[]>} */
export async function list() {
  const cache = await open();
  const start = address('file', '');
  const keys = (await cache?.keys())?.filter((key) => key.url.startsWith(start)) ?? [];
  const records = await Promise.all(keys.map(async (key) => record(await cache?.match(key))));
  return records.filter((kept) => kept !== null).sort((a, b) => b.time - a.time);
}

/** A record, if that is what it is. @param {Response | undefined} response @returns {Promise<Kept | null>} */
async function record(response) {
  const kept = await response?.json().catch(() => null);
  const whole = kept && typeof kept.url === 'string' && typeof kept.id === 'string' && Array.isArray(kept.pieces);
  return whole ? kept : null;
}

/** What is here of the file at an address. @param {string} url @returns {Promise<Kept | null>} */
export async function find(url) {
  const cache = await open();
  return record(await cache?.match(address('file', url)).catch(() => undefined));
}

/** Deletes what is here of the file at an address. @param {string} url */
export async function forget(url) {
  const cache = await open();
  const kept = await find(url);
  await cache?.delete(address('file', url));
  for (const { at } of kept?.pieces ?? []) await cache?.delete(address('piece', kept?.id ?? '', String(at)));
}

/** What the pieces of a file hold, in order; an error at the first that is damaged or gone. @param {Kept} kept */
export async function* read({ id, pieces }) {
  const cache = await open();
  /** @param {Piece} piece @returns {Promise<Uint8Array | null>} */
  const get = async (piece) => {
    const response = await cache?.match(address('piece', id, String(piece.at))).catch(() => null);
    const bytes = new Uint8Array((await response?.arrayBuffer().catch(() => null)) ?? new ArrayBuffer(0));
    return bytes.length === piece.bytes && (await sha256(bytes)) === piece.sha256 ? bytes : null;
  };
  const coming = pieces.slice(0, AHEAD).map(get);
  for (const index of pieces.keys()) {
    const bytes = await coming.shift();
    if (!bytes) throw new Damaged();
    if (index + AHEAD < pieces.length) coming.push(get(pieces[index + AHEAD]));
    yield bytes;
  }
}

/** Lets go of what a file has from a position on, where a piece begins. @param {Kept} kept @param {number} at @returns {Promise<Kept>} */
export async function cut(kept, at) {
  const cache = await open();
  const gone = kept.pieces.filter((piece) => piece.at >= at);
  const left = { ...kept, bytes: at, total: kept.total, sha256: null, pieces: kept.pieces.filter((piece) => piece.at < at) };
  await cache?.put(address('file', kept.url), new Response(JSON.stringify(left)));
  for (const piece of gone) await cache?.delete(address('piece', kept.id, String(piece.at)));
  return left;
}

/** What was kept is not what was read back. */
export class Damaged extends Error {}

/** Keeps a file while it arrives. What cannot be kept is let go: the download goes on. */
export class Keeper {
  #cache;
  #kept;
  /** What waits for enough to make a piece. @type {Uint8Array[]} */
  #waiting = [];
  #size = 0;
  /** The piece that is being written, while the next one gathers. @type {Promise<void>} */
  #writing = Promise.resolve();
  /** Why the file is not kept. @type {string | null} */
  refused = null;

  #release;

  /** @param {Cache} cache @param {Kept} kept @param {() => void} release */
  constructor(cache, kept, release) {
    this.#cache = cache;
    this.#kept = kept;
    this.#release = release;
  }

  /** Nothing more comes: another tab may keep this file. */
  async close() {
    await this.#writing;
    this.#release();
  }

  /**
   * @param {string} url
   * @param {string | null} version
   * @param {Kept | null} before pieces that go on
   */
  static async start(url, version, before) {
    const cache = await open();
    const seen = await find(url);
    // Where another tab loads the same file, that one keeps it.
    const release = cache && (await sole(url));
    if (!release) return null;
    const now = await find(url);
    if (now?.sha256 && now.sha256 !== seen?.sha256) {
      release(); // it did so while this one waited for its turn
      return null;
    }
    if (before) return new Keeper(cache, before, release);
    await forget(url);
    const kept = { url, id: crypto.randomUUID(), bytes: 0, total: null, version, sha256: null, time: Date.now(), pieces: [] };
    return new Keeper(cache, kept, release);
  }

  /** @param {Uint8Array} bytes @param {number | null} total */
  async add(bytes, total) {
    if (this.refused) return;
    this.#kept.total = total;
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    if (this.#size < PIECE) return;
    await this.#writing;
    this.#writing = this.#write();
  }

  /** Writes what waits. */
  async flush() {
    await this.#writing;
    await this.#write();
  }

  async #write() {
    if (this.refused || this.#size === 0) return;
    const waiting = new Blob(/** @type {BlobPart[]} */ (this.#waiting));
    [this.#waiting, this.#size] = [[], 0];
    const bytes = new Uint8Array(await waiting.arrayBuffer());
    const kept = this.#kept;
    const piece = { at: kept.bytes, bytes: bytes.length, sha256: await sha256(bytes) };
    await this.#put(address('piece', kept.id, String(piece.at)), bytes);
    kept.pieces.push(piece);
    kept.bytes += piece.bytes;
    kept.time = Date.now();
    await this.#record();
  }

  /** The file is here as a whole: reads it back, and only then says so. @param {string} digest its SHA-256 */
  async complete(digest) {
    await this.flush();
    if (this.refused) return;
    try {
      // One after the other; that they are what they were is all that is wanted.
      for await (const bytes of read(this.#kept)) void bytes;
    } catch {
      await forget(this.#kept.url);
      this.refused = 'damaged';
      return;
    }
    Object.assign(this.#kept, { sha256: digest, total: this.#kept.bytes });
    await this.#record();
  }

  #record() {
    return this.#put(address('file', this.#kept.url), JSON.stringify(this.#kept));
  }

  /** @param {string} key @param {BodyInit | Uint8Array} body */
  async #put(key, body) {
    if (this.refused) return;
    try {
      await this.#cache.put(key, new Response(/** @type {BodyInit} */ (body)));
    } catch (error) {
      // No room, as a rule: half a file is of no use to anybody.
      this.refused = error instanceof Error ? error.name : 'unknown';
      await forget(this.#kept.url).catch(() => {});
    }
  }
}

/**
 * Nobody else keeps this file until what this returns is called.
 * @param {string} url
 * @returns {Promise<(() => void) | null>} nothing if another tab keeps it
 */
async function sole(url) {
  if (!navigator.locks) return () => {};
  const attempt = () => new Promise((/** @type {(release: (() => void) | null) => void} */ resolve) => {
    navigator.locks.request(`${CACHE} ${url}`, { ifAvailable: true }, (lock) => {
      if (lock) return new Promise((release) => resolve(() => release(undefined)));
      resolve(null);
    }).catch(() => resolve(() => {}));
  });
  // A worker that was ended a moment ago may not have let go yet.
  return (await attempt()) ?? new Promise((resolve) => setTimeout(() => resolve(attempt()), 500));
}

/** @param {Uint8Array} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
