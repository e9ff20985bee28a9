/** A picture as the runtime takes it. */

import { decodePng, load } from '../formats.js';
import { AS_IT_IS, unreadable } from './input.js';

/**
 * A JPEG file, which the runtime decodes; pixels of anything else; or a tensor. PNG is decoded by the module of
 * rare formats. So the page and the command line agree to the bit.
 * @param {import('./input.js').Picture} input
 * @returns {Promise<Uint8Array | ImageData | Float32Array>}
 */
export async function decode(input) {
  if (input instanceof Float32Array || input instanceof ImageData) return input;
  if (input instanceof ImageBitmap) return pixels(input);
  let file;
  try {
    file = new Uint8Array(await input.arrayBuffer());
  } catch (error) {
    throw unreadable(error); // it was moved or changed since it was chosen
  }
  const starts = (/** @type {number[]} */ ...magic) => magic.every((byte, i) => file[i] === byte);
  if (starts(0xff, 0xd8, 0xff)) return file;
  if (starts(0x89, 0x50, 0x4e, 0x47)) {
    const formats = await load().catch(() => null); // without a network to load it from the browser's own decoder is good enough
    if (formats) return decodePng(formats, file);
  }
  const bitmap = await createImageBitmap(input, AS_IT_IS).catch(() => null);
  return bitmap ? pixels(bitmap) : file; // of what it cannot read, the runtime says what it is
}

/** @param {ImageBitmap} bitmap */
function pixels(bitmap) {
  const { width, height } = bitmap;
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('the browser has no memory left for it');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw unreadable(error);
  } finally {
    bitmap.close();
  }
}
