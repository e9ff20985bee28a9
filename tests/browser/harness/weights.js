// Weight files for tests, made from the flowers' weights.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ROOT } from './page.js';

/**
 * @typedef {{ dtype: string, shape: number[], data_offsets: [number, number] }} Info
 * @typedef {{ name: string, info: Info, bytes: Buffer }} Tensor
 */

/** The tensors of a safetensors file. @param {Buffer} file @returns {Tensor[]} */
export function tensorsOf(file) {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__: _, ...header } = JSON.parse(file.toString('utf8', 8, 8 + length));
  return Object.entries(header).map(([name, info]) => {
    const [from, to] = info.data_offsets;
    return { name, info, bytes: Buffer.from(file.subarray(8 + length + from, 8 + length + to)) };
  });
}

/** The tensors of the flowers' weights. */
export const flowers = () => tensorsOf(readFileSync(resolve(ROOT, 'weights/googlenet_flowers.safetensors')));

/** A safetensors file, as Playwright gives files to a page. @param {string} name @param {Tensor[]} tensors */
export function safetensorsFile(name, tensors) {
  let at = 0;
  const header = Object.fromEntries(tensors.map(({ name, info, bytes }) => {
    const from = at;
    at += bytes.length;
    return [name, { ...info, data_offsets: [from, at] }];
  }));
  const text = JSON.stringify(header);
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.concat([length, head, ...tensors.map((t) => t.bytes)]) };
}
