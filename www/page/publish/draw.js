/** A composed figure as an image: on a canvas, and as SVG with its texts as texts. Both draw the same list of items. */

import { pngOf } from '../save.js';
import { xml } from '../xml.js';

/**
 * All lengths are points, of 1/72 inch.
 * @typedef {{ kind: 'text', x: number, y: number, text: string, size: number, fill: string, bold?: boolean,
 *   anchor?: 'start' | 'middle' | 'end' }} TextItem
 * @typedef {{ kind: 'rect', x: number, y: number, width: number, height: number, fill: string }} RectItem
 * @typedef {{ kind: 'image', x: number, y: number, width: number, height: number, canvas: HTMLCanvasElement,
 *   smooth: boolean, name?: string, at?: { node: string, channel: number } }} ImageItem
 * @typedef {TextItem | RectItem | ImageItem} Item
 *
 * @typedef {object} Scene
 * @property {number} width
 * @property {number} height
 * @property {string} paper
 * @property {string} title
 * @property {string} caption
 * @property {Item[]} items
 */

export const FONT = `system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans KR', sans-serif`;
const BOLD = 650;
/** Canvases larger than this fail in some browsers. */
const MOST = 16_000;
/** Small maps are enlarged for programs that would blur them. */
const SHARP = 96;

const ruler = globalThis.document?.createElement('canvas').getContext('2d');

/** How wide a text is. @param {string} text @param {number} size @param {boolean} [bold] */
export function measure(text, size, bold = false) {
  if (!ruler) return 0;
  ruler.font = fontOf({ size: 100, bold });
  return (ruler.measureText(text).width * size) / 100;
}

/** @param {{ size: number, bold?: boolean }} text */
const fontOf = ({ size, bold }) => `${bold ? BOLD : 400} ${size}px ${FONT}`;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {number} width in pixels
 * @returns {boolean} whether the browser can
 */
export function paintScene(canvas, scene, width) {
  const scale = width / scene.width;
  const height = Math.round(scene.height * scale);
  if (Math.max(width, height) > MOST) return false;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (!context) return false;
  context.scale(scale, scale);
  context.fillStyle = scene.paper;
  context.fillRect(0, 0, scene.width, scene.height + 1);
  for (const item of scene.items) {
    if (item.kind === 'text') {
      context.font = fontOf(item);
      context.fillStyle = item.fill;
      context.textAlign = item.anchor === 'middle' ? 'center' : (item.anchor ?? 'start');
      context.fillText(item.text, item.x, item.y);
    } else if (item.kind === 'rect') {
      context.fillStyle = item.fill;
      context.fillRect(item.x, item.y, item.width, item.height);
    } else {
      context.imageSmoothingEnabled = item.smooth;
      context.imageSmoothingQuality = 'high';
      context.drawImage(item.canvas, item.x, item.y, item.width, item.height);
    }
  }
  return true;
}

/** @param {number} x */
const short = (x) => String(Number(x.toFixed(3)));

/**
 * @param {Scene} scene
 * @param {object} [options]
 * @param {number} [options.centimetres] its width; as wide as its place, if left out
 * @param {string} [options.source] where it can be made again
 * @param {(at: { node: string, channel: number }) => string} [options.link] where a map can be looked at
 */
export function svgOf(scene, { centimetres, source = '', link } = {}) {
  const box = (/** @type {{ x: number, y: number, width: number, height: number }} */ { x, y, width, height }) =>
    `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
  const items = scene.items.map((item) => {
    if (item.kind === 'rect') return `<rect ${box(item)} fill="${item.fill}"/>`;
    if (item.kind === 'text') {
      const anchor = item.anchor ? ` text-anchor="${item.anchor}"` : '';
      const weight = item.bold ? ` font-weight="${BOLD}"` : '';
      const place = `x="${short(item.x)}" y="${short(item.y)}" font-size="${short(item.size)}"`;
      return `<text ${place} fill="${item.fill}"${weight}${anchor}>${xml(item.text)}</text>`;
    }
    const crisp = item.smooth ? '' : ' image-rendering="pixelated"';
    const name = item.name ? `<title>${xml(item.name)}</title>` : '';
    const image = `<image ${box(item)} preserveAspectRatio="none"${crisp} href="${sharp(item)}">${name}</image>`;
    return link && item.at ? `<a href="${xml(link(item.at))}" target="_blank" tabindex="-1">${image}</a>` : image;
  });
  const size = centimetres
    ? ` width="${short(10 * centimetres)}mm" height="${short((10 * centimetres * scene.height) / scene.width)}mm"`
    : '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg"${size} viewBox="0 0 ${short(scene.width)} ${short(scene.height)}" font-family="${FONT}">`,
    `<title>${xml(scene.title)}</title><desc>${xml([scene.caption, source].filter(Boolean).join('\n'))}</desc>`,
    `<rect width="100%" height="100%" fill="${scene.paper}"/>`,
    ...items,
    '</svg>',
  ].join('\n');
}

/** @param {ImageItem} item */
function sharp({ canvas, smooth }) {
  const factor = smooth ? 1 : Math.ceil(SHARP / Math.max(canvas.width, canvas.height));
  if (factor === 1) return canvas.toDataURL('image/png');
  const large = document.createElement('canvas');
  Object.assign(large, { width: canvas.width * factor, height: canvas.height * factor });
  const context = large.getContext('2d');
  if (context) {
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, 0, 0, large.width, large.height);
  }
  return large.toDataURL('image/png');
}

/**
 * A canvas as PNG that says how many of its pixels make an inch, so that a text program gives it its size in print.
 * @param {HTMLCanvasElement} canvas
 * @param {number} dpi
 * @returns {Promise<Blob | null>}
 */
export async function printedPng(canvas, dpi) {
  const blob = await pngOf(canvas);
  if (!blob) return null;
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const chunk = new Uint8Array(21); // PNG specification, 11.3.4.3: pixels a metre, after the header of 33 bytes
  const view = new DataView(chunk.buffer);
  view.setUint32(0, 9);
  chunk.set(new TextEncoder().encode('pHYs'), 4);
  view.setUint32(8, Math.round(dpi / 0.0254));
  view.setUint32(12, Math.round(dpi / 0.0254));
  chunk[16] = 1;
  view.setUint32(17, crc(chunk.subarray(4, 17)));
  return new Blob([bytes.subarray(0, 33), chunk, bytes.subarray(33)], { type: 'image/png' });
}

/** PNG specification, annex D. @param {Uint8Array} bytes */
function crc(bytes) {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}
