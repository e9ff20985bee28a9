/** Pictures: what the network sees, and a map over it. */

import { paint } from './colour.js';
import { h } from './dom.js';

/**
 * @typedef {object} Map
 * @property {Float32Array} data row by row
 * @property {number} rows
 * @property {number} columns
 * @property {import('./colour.js').Scale} scale
 */

/**
 * A canvas of this size, and what draws on it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function surface(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return canvas.getContext('2d');
}

/**
 * Lays a map over the photo: the larger a value, the more it covers.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLCanvasElement} photo
 * @param {Map} map
 * @param {number} opacity 0 to 1
 */
export function drawOverlay(canvas, photo, { data, rows, columns, scale }, opacity) {
  const context = surface(canvas, photo.width, photo.height);
  if (!context) return;
  context.drawImage(photo, 0, 0);
  const image = new ImageData(columns, rows);
  paint(data, scale, image.data);
  data.forEach((v, i) => {
    image.data[4 * i + 3] = 255 * opacity * (Number.isFinite(v) ? Math.min(1, Math.abs(v) / scale.top) ** 0.6 : 1);
  });
  const layer = h('canvas', { width: columns, height: rows });
  layer.getContext('2d')?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(layer, 0, 0, canvas.width, canvas.height);
}

/**
 * Draws what a network reads as the photo that it was.
 * @param {HTMLCanvasElement} canvas
 * @param {import('../inceptionscope.js').Tensor} input
 * @param {import('../inceptionscope.js').Profile} profile
 */
export function drawInput(canvas, { shape: [, rows, columns], data }, { mean, std, order }) {
  const image = new ImageData(columns, rows);
  const area = rows * columns;
  const plane = order === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  for (let i = 0; i < area; i++) {
    plane.forEach((p, c) => {
      image.data[4 * i + c] = 255 * (data[p * area + i] * std[p] + mean[p]);
    });
    image.data[4 * i + 3] = 255;
  }
  surface(canvas, columns, rows)?.putImageData(image, 0, 0);
}
