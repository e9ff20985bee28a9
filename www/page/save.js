/** Files that a person takes away. */

import { h } from './dom.js';

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h('a', { href: url, download: name });
  link.click();
  // The browser has to have begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * NumPy's format, version 1.0 (numpy.lib.format): magic, header padded to 64 bytes, little-endian f32.
 * @param {number[]} shape
 * @param {Float32Array} data
 */
export function npy(shape, data) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = header.padEnd(Math.ceil((10 + header.length + 1) / 64) * 64 - 10 - 1) + '\n';
  const start = new Uint8Array(10);
  start.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  return new Blob([start, padded, /** @type {Float32Array<ArrayBuffer>} */ (data)], { type: 'application/octet-stream' });
}

/** One line a row. @param {Float32Array} data @param {number} rows @param {number} columns */
export function csv(data, rows, columns) {
  const lines = Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns).join(','));
  return new Blob([lines.join('\n'), '\n'], { type: 'text/csv' });
}
