/** Files that the visitor gives: which of them are weights, and how they become one file that a network opens from. */

import { InceptionscopeError } from '../inceptionscope.js';

/** Endings of files of weights and of class names; what else there is, is taken for a photo. */
export const WEIGHT_FILES = [
  ...['.safetensors', '.pth', '.pt', '.bin', '.h5', '.hdf5', '.keras', '.onnx', '.caffemodel'],
  ...['.json', '.txt'],
];

/** Whether a file is one of weights or of class names. @param {File} file */
export const isWeights = (file) => WEIGHT_FILES.some((ending) => file.name.toLowerCase().endsWith(ending));

/** Whether a file lists the shards of sharded safetensors. @param {File} file */
const isIndex = (file) => file.name.endsWith('.safetensors.index.json');

/** Whether files that were given are names of classes. @param {File[]} files */
export const areClassNames = (files) =>
  files.length === 1 && /\.(txt|json)$/i.test(files[0].name) && !isIndex(files[0]) && !isModel(files[0]);

/** Whether a file is that of a TF.js model which lists its weight files. @param {File} file */
const isModel = (file) => /^model(\.min)?\.json$/i.test(file.name);

/**
 * The weights as one file. Shards are joined; rare formats are converted by a module of their own, which is
 * loaded only now.
 * @param {File[]} files
 * @returns {Promise<File>}
 */
export async function weightsOfFiles(files) {
  const first = files.find((file) => isIndex(file) || isModel(file)) ?? files.find(isWeights) ?? files[0];
  if (isIndex(first)) return new File([await joined(first, files)], first.name);
  if (/\.(safetensors|pth|pt)$/i.test(first.name)) return first;
  const { convert, isRare } = await import('../formats.js').catch((cause) => {
    throw new InceptionscopeError('runtime.unavailable', {}, String(cause));
  });
  if (!(await isRare(first))) return first;
  return new File([await convert(first, files.filter((file) => file !== first))], first.name);
}

/**
 * The shards that an index lists, as one safetensors file: one header of all tensors, then the values of one shard
 * after the other. Nothing but the headers is read.
 * @param {File} index
 * @param {File[]} files
 */
async function joined(index, files) {
  /** @type {{ weight_map?: Record<string, string> }} */
  const { weight_map: shardOf = {} } = await index.text().then(JSON.parse).catch(() => ({}));
  /** @type {Record<string, unknown>} */
  const tensors = {};
  /** @type {Blob[]} */
  const values = [];
  let start = 0;
  for (const name of [...new Set(Object.values(shardOf))].sort()) {
    const shard = files.find((file) => file.name === name);
    if (!shard) throw new InceptionscopeError('weights.shard', { file: index.name, name }, name);
    const length = Number(new DataView(await shard.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
    const { __metadata__: _, ...own } = JSON.parse(await shard.slice(8, 8 + length).text());
    for (const [tensor, info] of Object.entries(own)) {
      const offsets = info.data_offsets.map((/** @type {number} */ at) => start + at);
      tensors[tensor] = { ...info, data_offsets: offsets };
    }
    values.push(shard.slice(8 + length));
    start += shard.size - 8 - length;
  }
  const text = JSON.stringify(tensors);
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  return new Blob([new BigUint64Array([BigInt(header.length)]), header, ...values]);
}
