/**
 * One network in several safetensors files, which an index lists (`model.safetensors.index.json`). They are read as one
 * file: a header of all tensors, then the values of one shard after the other. The command line does the same
 * (`src/weights/shards.rs`).
 *
 * @module
 */

import { failure } from './errors.js';

/** The length of a safetensors file's header comes before it, in so many bytes. */
const PREFIX = 8;
/** As the runtime has it: real headers stay below 200 kB. */
const MAX_HEADER = 16 << 20;
/** As much as most headers. */
const PIECE = 256 << 10;

/** Whether a file of that name, or at an address with that path, lists shards. @param {string} name */
export const isIndex = (name) => name.endsWith('.index.json');

/**
 * From addresses: what comes after another, until null says that all bytes have come. Each file is kept as one of its own.
 * @param {string} index its address
 * @param {(address: string, size: number | null) => AsyncGenerator<Uint8Array | null, void>} download
 * @returns {AsyncGenerator<Uint8Array | null, void>}
 */
export async function* ofAddress(index, download) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const text = [];
  /** @type {string[]} */
  let names = [];
  for await (const bytes of download(index, null)) {
    // Asked for more, it is kept: only once it is known to be an index.
    if (bytes) text.push(plain(bytes));
    else names = listed(await new Blob(text).text());
  }
  const { search } = new URL(index);
  const shards = [];
  for (const name of names) {
    const address = Object.assign(new URL(encodeURIComponent(name), index), { search }).href;
    shards.push({ name, address, head: await head(download(address, null), name) });
  }
  const { header, lengths } = join(shards);
  yield header;
  for (const [i, { name, address, head }] of shards.entries()) {
    const size = head.length + lengths[i];
    let at = 0;
    for await (const bytes of download(address, size)) {
      if (!bytes) continue;
      const left = Math.max(0, head.length - at);
      const known = head.subarray(at, at + bytes.length);
      if (known.some((byte, j) => byte !== bytes[j])) throw failure('weights.changed', { address });
      at += bytes.length;
      if (at > size) throw failure('weights.cut_off', { part: name });
      if (left < bytes.length) yield bytes.subarray(left);
    }
    if (at < size) throw failure('weights.cut_off', { part: name });
  }
  yield null;
}

/**
 * Of files that were given. Nothing but headers is read.
 * @param {File} index
 * @param {File[]} files
 */
export async function ofFiles(index, files) {
  const shards = listed(await index.text()).map((name) => {
    const shard = files.find((file) => file.name === name);
    if (!shard) throw failure('weights.shard', { file: index.name, name });
    return shard;
  });
  const heads = await Promise.all(shards.map(async (shard) => ({ name: shard.name, head: await head(pieces(shard), shard.name) })));
  const { header, lengths } = join(heads);
  const values = shards.map((shard, i) => shard.slice(heads[i].head.length));
  const wrong = values.findIndex(({ size }, i) => size !== lengths[i]);
  if (wrong >= 0) throw failure('weights.cut_off', { part: shards[wrong].name });
  return new File([header, ...values], index.name);
}

/** @param {File} file */
async function* pieces(file) {
  for (let at = 0; at < file.size; at += PIECE) yield new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
}

/** The names of the shards that an index lists. They lie beside it. @param {string} text @returns {string[]} */
function listed(text) {
  /** @type {unknown} */
  let map;
  try {
    map = JSON.parse(text).weight_map;
  } catch {
    map = null;
  }
  const names = [...new Set(Object.values(Object(map)))].sort();
  if (names.length === 0) throw failure('weights.header', { problem: 'it is no index of shards' });
  for (const name of names) {
    if (typeof name !== 'string' || !/^[^./\\:][^/\\:]*$/.test(name)) {
      throw failure('weights.header', { problem: `index: ${JSON.stringify(name)} is no file beside it` });
    }
    if (!name.endsWith('.safetensors')) {
      const advice = 'Take the safetensors files, which publishers put beside it';
      throw failure('weights.unsupported', { what: 'the index of a sharded PyTorch file', advice });
    }
  }
  return names;
}

/**
 * A shard's header with its length before it, from the first bytes of the shard.
 * @param {AsyncIterable<Uint8Array | null>} bytes
 * @param {string} name
 */
async function head(bytes, name) {
  let start = new Uint8Array();
  for await (const piece of bytes) {
    if (piece) start = new Uint8Array(await new Blob([start, plain(piece)]).arrayBuffer());
    if (start.length < PREFIX) continue;
    const length = PREFIX + Number(new DataView(start.buffer).getBigUint64(0, true));
    if (length > PREFIX + MAX_HEADER) break;
    if (start.length >= length) return start.subarray(0, length);
  }
  throw failure('weights.cut_off', { part: name });
}

/**
 * The header of all tensors, and how many bytes of values each shard has.
 * @param {{ name: string, head: Uint8Array }[]} shards
 */
function join(shards) {
  /** @type {Record<string, unknown>} */
  const tensors = {};
  /** @type {number[]} */
  const lengths = [];
  let start = 0;
  for (const { name, head } of shards) {
    let length = 0;
    for (const [tensor, info] of entries(head, name)) {
      if (Object.hasOwn(tensors, tensor)) throw failure('weights.header', { problem: `tensor ${tensor} is in two shards` });
      const [from, to] = info.data_offsets;
      tensors[tensor] = { ...info, data_offsets: [start + from, start + to] };
      length = Math.max(length, to);
    }
    lengths.push(length);
    start += length;
  }
  const text = new TextEncoder().encode(JSON.stringify(tensors));
  // Padded, as the format has it, so that the values start at a multiple of eight.
  const header = new Uint8Array(PREFIX + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - PREFIX), true);
  header.set(text, PREFIX);
  return { header, lengths };
}

/**
 * The tensors that a shard's header lists.
 * @param {Uint8Array} head
 * @param {string} name
 * @returns {[string, { data_offsets: [number, number] }][]}
 */
function entries(head, name) {
  try {
    const { __metadata__: _, ...tensors } = JSON.parse(new TextDecoder().decode(head.subarray(PREFIX)));
    const all = Object.entries(tensors);
    if (all.every(([, { data_offsets: offsets }]) => offsets.length === 2 && offsets.every(Number.isSafeInteger))) return all;
  } catch {
    // told below
  }
  throw failure('weights.cut_off', { part: name });
}

/** What `Blob` takes. @param {Uint8Array} bytes */
export const plain = (bytes) => /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
