/** Files to save. */

import { h } from './dom.js';
import { t } from './words.js';

/** What no file may be called by on Windows, such as the colon of `googlenet:published`. */
const FORBIDDEN = /[<>:"/\\|?*\u0000-\u001f]/g;

/** @param {Blob} blob @param {string} name @returns {string} what the file is called */
export function save(blob, name) {
  const file = name.replace(FORBIDDEN, '-');
  const url = URL.createObjectURL(blob);
  const link = h('a', { href: url, download: file });
  link.click();
  // The browser has to have begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return file;
}

/** The same, if there is something. @param {Blob | null} blob @param {string} name @returns {string} what is to be said of that */
export const saved = (blob, name) => (blob ? t.export.saved(save(blob, name)) : t.export.noPicture);

/**
 * NumPy's format, version 1.0 (numpy.lib.format): magic, header padded to 64 bytes, little-endian f32.
 * @param {number[]} shape
 * @param {Float32Array} data
 */
export function npy(shape, data) {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = header.padEnd(Math.ceil((10 + header.length + 1) / 64) * 64 - 10 - 1) + '\n';
  const start = new Uint8Array(10);
  start.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  return new Blob([start, padded, /** @type {Float32Array<ArrayBuffer>} */ (data)], {
    type: 'application/octet-stream',
  });
}

/** A canvas as an image. @param {HTMLCanvasElement} canvas @returns {Promise<Blob | null>} null if the browser cannot */
export const pngOf = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));

/** @param {unknown} value */
export const json = (value) => new Blob([JSON.stringify(value, null, 1), '\n'], { type: 'application/json' });

/** Lines of CSV as a file. @param {string[]} lines */
export const csvLines = (lines) => new Blob([lines.join('\n'), '\n'], { type: 'text/csv' });

/** A table as CSV (RFC 4180), one line a row; null is an empty cell. @param {(string | number | boolean | null)[][]} rows */
export const table = (rows) => csvLines(rows.map((row) => row.map(cell).join(',')));

/** @param {string | number | boolean | null} value */
const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : (value ?? ''));

/** One line a row. @param {Float32Array} data @param {number} rows @param {number} columns */
export function csv(data, rows, columns) {
  const lines = Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns).join(','));
  return csvLines(lines);
}

/**
 * A whole activation: one line a row of a channel, which begins with their numbers.
 * @param {number[]} shape C, H, W or N
 * @param {Float32Array} data
 */
export function csvOf([channels, rows = 1, columns = 1], data) {
  const lines = [['channel', 'row', ...Array.from({ length: columns }, (_, column) => column)].join(',')];
  for (let line = 0; line < channels * rows; line++) {
    lines.push(
      `${Math.floor(line / rows)},${line % rows},${data.subarray(line * columns, (line + 1) * columns).join(',')}`,
    );
  }
  return csvLines(lines);
}

/**
 * A safetensors file of one f32 tensor: the header's length, the header as JSON, the values.
 * @param {string} name
 * @param {number[]} shape
 * @param {Float32Array} data
 * @param {Record<string, string>} about what it is of
 */
export function safetensors(name, shape, data, about) {
  const text = JSON.stringify({
    __metadata__: about,
    [name]: { dtype: 'F32', shape, data_offsets: [0, data.byteLength] },
  });
  const header = new TextEncoder().encode(text);
  // Values begin at a multiple of 8; JSON may end in spaces.
  const padded = new Uint8Array(Math.ceil(header.length / 8) * 8).fill(32);
  padded.set(header);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return new Blob([length, padded, /** @type {Float32Array<ArrayBuffer>} */ (data)], {
    type: 'application/octet-stream',
  });
}
