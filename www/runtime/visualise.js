/**
 * Visualisations and dreams: how each begins, and what is known of one.
 *
 * @module
 */

import { rust } from './wasm.js';

/**
 * @typedef {import('../pkg/inceptionscope.js').Session} Session
 * @typedef {import('../pkg/inceptionscope.js').Vision} Vision
 * @typedef {Omit<import('./api.js').VisualiseOptions, 'onStep' | 'signal'>} Growing
 * @typedef {Omit<import('./api.js').DreamOptions, 'onStep' | 'signal'>} Dream
 */

/** The objective as a list. @param {string | string[]} objective */
const listed = (objective) => [objective].flat();

/**
 * @template {{ set(name: string, value: number): void }} Options
 * @param {Options} options
 * @param {Record<string, number | undefined>} numbers
 */
function withNumbers(options, numbers) {
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) options.set(name, value);
  return options;
}

/** @param {Session} session @param {Growing} args @returns {Promise<Vision>} */
export async function grow(session, { objective, parametrisation, transform, ...numbers }) {
  const growth = withNumbers(new rust.Growth(), numbers);
  if (parametrisation === 'pixels') growth.of_pixels();
  if (transform === 'none') growth.as_it_is();
  return session.visualise(listed(objective), growth).finally(() => growth.free());
}

/** @param {Session} session @param {Dream} args @returns {Promise<Vision>} */
export async function dream(session, { objective, picture, ...numbers }) {
  const dreaming = withNumbers(new rust.Dreaming(), numbers);
  const { width, data } = picture ?? { width: 0, data: [] };
  return session.dream(listed(objective), dreaming, width, new Uint8Array(data)).finally(() => dreaming.free());
}

/** What is there so far. @param {Vision} vision @param {Growing | Dream} args @param {number} done @param {number} of */
export function made(vision, args, done, of) {
  const [size, bytes, values] = [vision.size(), vision.rgba(), vision.values()];
  const rgba = new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.length);
  const height = rgba.length / 4 / size;
  return { objective: listed(args.objective), done, of, width: size, height, rgba, value: values.at(-1) ?? null, values };
}
