/**
 * The bytes of a weight file from its address: out of the store if it is there, else by a plain GET, which
 * goes on where it broke off. What a server changed meanwhile is never mixed with what came before.
 *
 * @module
 */

import { failure, InceptionscopeError } from './errors.js';
import { inTime } from './patience.js';
import * as store from './store.js';

/**
 * @typedef {object} Needs
 * @property {() => number | null} total the file's length, as soon as its header has told
 * @property {string | null} expected the file's SHA-256, or its first digits, if known
 * @property {() => { update(bytes: Uint8Array): void, hex(): string, free(): void }} digest
 * @property {(news: News) => void} tell
 * @property {Server} [server] who is asked; by default the address itself
 * @property {boolean} [anew] whatever is kept
 *
 * @typedef {object} Server
 * @property {typeof ask} ask
 * @property {number | null} stall how long it may send nothing, in milliseconds
 * @property {number} overlap what it is asked for again where it goes on, in bytes: none, if all that it sends is checked
 *
 * @typedef {{ announced?: number | null, from?: number, reconnecting?: boolean, unkept?: string, trusted?: boolean }} News
 *   `trusted`: what follows was checked as a whole when it was kept, and again now
 */

/** A server that sends nothing for so long, in milliseconds, is given up. */
const STALL = 10_000;
/** How long it may take to begin: some fetch the file from elsewhere first. */
const SILENCE = 30_000;
/** What comes again where a download goes on, in bytes: it shows whether the file is still the same, whatever the server calls it. */
const OVERLAP = 16 << 10;
/** How long to wait before asking again, in milliseconds. */
const PAUSES = [300, 1000, 3000, 6000];

/**
 * The bytes, then null at their end: the file is kept for good once whoever reads it has taken that well and
 * asks for more.
 * @param {string} url
 * @param {Needs} needs
 * @returns {AsyncGenerator<Uint8Array | null, void>}
 */
export async function* download(url, needs) {
  const { total, expected, digest, tell, server = { ask, stall: STALL, overlap: OVERLAP }, anew = false } = needs;
  let kept = anew ? null : await store.find(url);
  // What comes with the page may be newer than what was kept of it.
  if (kept?.sha256 && expected && !kept.sha256.startsWith(expected)) kept = await store.forget(url).then(() => null);
  let loaded = 0;
  if (kept?.sha256) {
    tell({ announced: kept.bytes, trusted: true });
    loaded = yield* whole(kept);
    if (loaded === kept.bytes) {
      yield null;
      return;
    }
    tell({ trusted: false });
  }

  const hash = digest();
  let tail = new Uint8Array();
  const hex = (/** @type {Uint8Array} */ bytes) => {
    const own = digest();
    own.update(bytes);
    const found = own.hex();
    own.free();
    return found;
  };
  /** What has come. @param {Uint8Array} bytes */
  const take = (bytes) => {
    hash.update(bytes);
    if (server.overlap === 0) return;
    const both = new Uint8Array(tail.length + Math.min(bytes.length, server.overlap));
    both.set(tail);
    both.set(bytes.subarray(-server.overlap), tail.length);
    tail = both.slice(-server.overlap);
  };
  /** @type {store.Keeper | null} */
  let keeper = null;
  /** @type {Awaited<ReturnType<typeof ask>> | null} */
  let answer = null;
  try {
    let version = kept?.version ?? null;
    if (kept?.sha256) {
      // Some of it is gone or damaged: the rest comes anew.
      const known = kept.sha256;
      kept = await store.cut(kept, loaded);
      try {
        for await (const bytes of store.read(kept)) take(bytes);
      } catch {
        // What was good a moment ago, and is used by now, is gone too. The file has to be the same as it was.
        await store.forget(url);
        yield* behind(loaded, download(url, { ...needs, expected: known, anew: true }));
        return;
      }
      tell({ from: loaded });
    } else {
      if (!kept || kept.bytes !== kept.total) {
        answer = await server.ask(url, Math.max(0, (kept?.bytes ?? 0) - server.overlap), version);
        version = answer.version;
      }
      if (kept && (!answer || answer.at > 0)) {
        tell({ from: kept.bytes, announced: kept.total });
        for await (const bytes of whole(kept)) {
          take(bytes);
          loaded += bytes.length;
          yield bytes;
        }
        if (loaded < kept.bytes) {
          await answer?.body.cancel().catch(() => {});
          answer = null;
          kept = await store.cut(kept, loaded);
        }
      } else {
        kept = null;
        tell({ announced: answer?.length });
      }
    }
    if (!answer && kept && kept.bytes !== kept.total) answer = await server.ask(url, loaded - tail.length, version);
    keeper = await store.Keeper.start(url, version, kept);

    for (let failures = 0; answer; ) {
      const skipped = loaded - answer.at;
      const again = skipped > 0 ? digest() : null;
      let left = skipped;
      try {
        for await (let bytes of pieces(answer.body, server.stall)) {
          if (left > 0) {
            // The same bytes again, the last ones or all of them; or another file.
            const known = bytes.subarray(0, left);
            again?.update(known);
            left -= known.length;
            bytes = bytes.subarray(known.length);
            if (left === 0 && again?.hex() !== (answer.at ? hex(tail) : hash.hex())) throw failure('weights.changed', { address: url });
            if (bytes.length === 0) continue;
          }
          if (failures) tell({ reconnecting: false });
          failures = 0;
          take(bytes);
          loaded += bytes.length;
          yield bytes;
          const before = keeper?.refused;
          await keeper?.add(bytes, total());
          if (!before && keeper?.refused) tell({ unkept: keeper.refused });
          if (loaded === total()) break;
        }
        const wanted = total();
        if (left === 0 && (wanted === null || loaded >= wanted)) break;
        throw new Error(`the connection was closed after ${loaded}${wanted ? ` of ${wanted}` : ''} bytes`);
      } catch (error) {
        await keeper?.flush();
        if (isFinal(error)) {
          await store.forget(url);
          throw error;
        }
        // A file whose length is not known may have ended, or not: asking again would not tell.
        answer = null;
        while (!answer) {
          if (failures >= PAUSES.length) {
            const reason = error instanceof Error ? error.message : String(error);
            const kept = keeper !== null && !keeper.refused;
            throw failure('weights.interrupted', { address: url, loaded, total: total(), reason, kept });
          }
          tell({ reconnecting: true });
          await new Promise((resolve) => setTimeout(resolve, PAUSES[failures]));
          failures += 1;
          answer = await server.ask(url, loaded - tail.length, version).catch((again) => (isFinal(again) ? Promise.reject(again) : null));
        }
      } finally {
        again?.free();
      }
    }
    const found = hash.hex();
    if (expected && !found.startsWith(expected)) {
      // What is still to be written would be kept behind it.
      await keeper?.flush();
      await store.forget(url);
      throw failure('weights.digest', { address: url, expected, found });
    }
    yield null;
    await keeper?.complete(found);
    if (keeper?.refused) tell({ unkept: keeper.refused });
  } catch (error) {
    await keeper?.flush();
    throw error;
  } finally {
    // Whoever reads only a beginning that was kept leaves it unread.
    await answer?.body.cancel().catch(() => {});
    await keeper?.close();
    hash.free();
  }
}

/** Whether it is useless to ask again. @param {unknown} error */
function isFinal(error) {
  if (!(error instanceof InceptionscopeError)) return false;
  const { code, data: { status } } = error;
  const busy = code === 'weights.refused' && (status === 429 || Number(status) >= 500);
  return !busy && code !== 'weights.unreachable' && code !== 'weights.silent';
}

/**
 * What is kept of a file, up to what is damaged or gone; returns how much that was.
 * @param {store.Kept} kept
 * @returns {AsyncGenerator<Uint8Array, number>}
 */
async function* whole(kept) {
  let good = 0;
  try {
    for await (const bytes of store.read(kept)) {
      yield bytes;
      good += bytes.length;
    }
  } catch (error) {
    if (!(error instanceof store.Damaged)) throw error;
  }
  return good;
}

/** What comes behind a position. @param {number} from @param {AsyncGenerator<Uint8Array | null, void>} all */
async function* behind(from, all) {
  let left = from;
  for await (const bytes of all) {
    const rest = bytes?.subarray(left) ?? null;
    left = Math.max(0, left - (bytes?.length ?? 0));
    if (rest?.length !== 0) yield rest;
  }
}

/**
 * Asks for a file from a position on. A server that does not give parts, or that has other contents by
 * now, sends all of it: `at` says which.
 * @param {string} url
 * @param {number} from
 * @param {string | null} version what the server called the contents before
 * @returns {Promise<{ body: ReadableStream<Uint8Array>, at: number, length: number | null, version: string | null }>}
 */
async function ask(url, from, version) {
  // Without a name for the contents nobody can tell whether a part fits.
  if (from > 0 && version) {
    // A range alone is a header that any host that allows reading allows as well; `If-Range` is not.
    const part = await get(url, { headers: { range: `bytes=${from}-` } }).catch(() => null);
    const starts = /^bytes (\d+)-/.exec(part?.headers.get('content-range') ?? `bytes ${from}-`)?.[1];
    const same = part && versionOf(part) === version && Number(starts) === from && !part.headers.has('content-encoding');
    if (same && part.status === 206 && part.body) return { body: part.body, at: from, length: null, version };
    if (part?.status === 200 && part.body) return { body: part.body, at: 0, length: length(part), version: versionOf(part) };
    await part?.body?.cancel().catch(() => {});
  }
  const response = await get(url, {});
  if (!response.ok || response.status === 204 || !response.body) {
    throw failure('weights.refused', { address: url, status: response.status });
  }
  return { body: response.body, at: 0, length: length(response), version: versionOf(response) };
}

/** @param {string} url @param {RequestInit} options */
export async function get(url, { signal, ...options }) {
  const stop = new AbortController();
  signal?.addEventListener('abort', () => stop.abort());
  try {
    // Kept by the store, once: not by the browser's own cache, too.
    return await inTime(fetch(url, { cache: 'no-store', signal: stop.signal, ...options }), SILENCE, (seconds) => (
      failure('weights.silent', { address: url, seconds })));
  } catch (error) {
    stop.abort();
    throw error instanceof InceptionscopeError ? error : failure('weights.unreachable', { address: url });
  }
}

/** What a server says, of a body as it is: of a compressed one it says how long that is. @param {Response} response */
const length = ({ headers }) => (headers.has('content-encoding') ? null : Number(headers.get('content-length')) || null);

/** A name for the contents, if the server gives one: weak ETags may stay when bytes change. @param {Response} response */
function versionOf({ headers }) {
  const etag = headers.get('etag');
  return etag && !etag.startsWith('W/') ? etag : headers.get('last-modified');
}

/**
 * A body's pieces; an error where it breaks or nothing comes any more.
 * @param {ReadableStream<Uint8Array>} body
 * @param {number | null} [patience] in milliseconds
 */
export async function* pieces(body, patience = STALL) {
  const reader = body.getReader();
  let timer;
  try {
    for (;;) {
      const stall = new Promise((_, reject) => {
        if (patience === null) return;
        timer = setTimeout(() => reject(new Error(`nothing came for ${patience / 1000} seconds`)), patience);
      });
      const piece = await Promise.race([reader.read(), stall]);
      clearTimeout(timer);
      if (piece.done) return;
      yield piece.value;
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => {});
  }
}
