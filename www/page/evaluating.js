/** Evaluates the network that is shown, alone or with others, which are opened for it and freed afterwards. */

import { open } from '../inceptionscope.js';

/**
 * @typedef {import('../inceptionscope.js').EvaluateOptions} EvaluateOptions
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {object} Other Another network of the ensemble.
 * @property {string} title
 * @property {string | File} weights
 * @property {string | null} model what the weights say, if null
 */

/**
 * @param {Scope} scope
 * @param {Other[]} others
 * @param {EvaluateOptions & { signal: AbortSignal }} options
 * @param {(other: Other) => void} onOpen told of each that is opened now
 */
export async function evaluate(scope, others, options, onOpen) {
  /** @type {Scope[]} */
  const ensemble = [];
  try {
    for (const other of others) {
      onOpen(other);
      const { weights, model } = other;
      const { engine, threads } = scope.engine;
      const opened = await open({ weights, model, engine, threads: threads || null, tune: 'off', signal: options.signal });
      ensemble.push(opened);
      await opened.ready;
    }
    return await scope.evaluate({ ...options, ensemble });
  } finally {
    for (const opened of ensemble) opened.dispose().catch(() => {});
  }
}

/** What an evaluation is, as the address keeps it: crops, and the other networks' weights. @param {number} crops @param {Other[]} others */
export const textOf = (crops, others) =>
  [crops, ...others.map(({ weights }) => (typeof weights === 'string' ? weights : 'own'))].join(';');

export const CROPS = /** @type {const} */ ([1, 10, 12, 144]);

/** @param {string} text @returns {{ crops: typeof CROPS[number], weights: string[] } | null} nothing if it is no evaluation */
export function evaluationIn(text) {
  const [count, ...weights] = text.split(';');
  const crops = CROPS.find((known) => String(known) === count);
  return crops ? { crops, weights: weights.filter((one) => one && one !== 'own') } : null;
}
