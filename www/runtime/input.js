/**
 * A picture as it is handed to the worker: what the caller may change or close afterwards is copied or taken
 * over at the moment of the call.
 *
 * @module
 */

import { isShown } from './arguments.js';
import { failure, InceptionscopeError } from './errors.js';
import { platform } from './platform.js';

/** @typedef {Blob | ImageBitmap | ImageData | Float32Array} Picture */

/** As they are in the file: the network wants neither the screen's colours nor premultiplied ones. */
export const AS_IT_IS = /** @type {const} */ ({ colorSpaceConversion: 'none', premultiplyAlpha: 'none', imageOrientation: 'from-image' });

/**
 * @param {import('./api.js').Input} input
 * @returns {Picture | Promise<Picture>}
 */
export function taken(input) {
  if (input instanceof Blob) return input;
  if (input instanceof Float32Array) return input.slice();
  if (typeof input === 'string' || input instanceof URL) return fetched(new URL(input, platform.base()).href);
  if (input instanceof Response) return body(input, input.url);
  try {
    // An ImageBitmap is handed over, ImageData is copied.
    if (input instanceof ImageBitmap) return structuredClone(input, { transfer: [input] });
    if (input instanceof ImageData) return structuredClone(input);
  } catch (error) {
    throw unreadable(error);
  }
  if (isShown(input)) return createImageBitmap(input, AS_IT_IS).catch((error) => Promise.reject(unreadable(error)));
  throw unreadable(new Error(typeof input));
}

/** @param {string} address */
async function fetched(address) {
  const answer = await platform.fetch(address).catch((error) => {
    throw failure('photo.unreachable', { address, reason: error.message });
  });
  return body(answer, address);
}

/** @param {Response} answer @param {string} address */
async function body(answer, address) {
  if (!answer.ok) throw failure('photo.unreachable', { address, reason: `the server answered ${answer.status}` });
  return answer.blob().catch((error) => Promise.reject(failure('photo.unreachable', { address, reason: error.message })));
}

/** @param {unknown} error */
export const unreadable = (error) => failure('photo.unreadable', { reason: error instanceof Error ? error.message : String(error) });

/**
 * Asks for pictures one after the other. All are sent at once, so that no other call comes in between; after an error those that
 * are left are not wanted.
 * @template Input, Answer
 * @template {{ signal?: AbortSignal }} Options
 * @param {readonly Input[]} inputs
 * @param {(input: Input, options: Options) => Promise<Answer>} ask
 * @param {Options} [options]
 */
export function inTurn(inputs, ask, options) {
  const left = new AbortController();
  const { signal } = left;
  const given = options?.signal;
  const stop = () => left.abort(given?.reason);
  if (given?.aborted) stop();
  given?.addEventListener('abort', stop, { once: true });
  return Promise.all(inputs.map(async (input, index) => {
    try {
      return await ask(input, /** @type {Options} */ ({ ...options, signal }));
    } catch (error) {
      left.abort();
      if (!(error instanceof InceptionscopeError) || error.code === 'call.aborted') throw error;
      throw new InceptionscopeError(error.code, { ...error.data, index }, `input[${index}]: ${error.message}`, { cause: error });
    }
  }));
}

/**
 * Where integrated gradients begin: what the network sees of a picture.
 * @param {import('./scope.js').Scope} scope
 * @param {Exclude<NonNullable<import('./api.js').ExplainOptions['baseline']>, string>} baseline
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ baseline: string, other: Float32Array }>}
 */
export async function begins(scope, baseline, signal) {
  const other = await scope.fork();
  try {
    await other.run(baseline, { signal });
    const input = scope.graph.nodes.find(({ op }) => op === 'input');
    return { baseline: 'photo', other: (await other.activation(input?.id ?? '')).data };
  } finally {
    await other.dispose();
  }
}
