/**
 * Evaluation, on the caller's side: each network answers in its own worker; what they say of a photo is put together
 * here, and scored in a worker that has no network, so that a GPU that is lost takes no score with it.
 *
 * @module
 */

import { Client } from './client.js';
import { coded, failure, InceptionscopeError } from './errors.js';
import { taken } from './input.js';

/**
 * @typedef {import('./api.js').EvaluateOptions} EvaluateOptions
 * @typedef {import('./api.js').Evaluation} Evaluation
 * @typedef {import('./api.js').Prediction} Prediction
 * @typedef {import('./crops.js').Told} Told
 *
 * @typedef {object} Network
 * @property {number} classes
 * @property {(method: string, args: object, options?: { signal?: AbortSignal, onEvent?: (event: any) => void }) => Promise<any>} call
 */

/**
 * @param {Network[]} networks
 * @param {EvaluateOptions} options
 * @param {import('./site.js').Places} files where the worker finds its own
 * @returns {Promise<Evaluation>}
 */
export async function evaluate(networks, { photos, crops = 1, onCrops, onPhoto, onStep, signal }, files) {
  const scorer = new Client(files);
  const ending = new AbortController();
  const end = () => ending.abort(signal?.reason);
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  /** @type {Evaluation} */
  let found = { networks: [], ensemble: NOTHING, failed: [], done: 0, of: photos.length };
  /** Of photos that not every network has answered: what is told of them by network. @type {Map<number, Told[]>} */
  const waiting = new Map();
  /** Photos that are done: a worker that is replaced answers again. @type {Set<number>} */
  const done = new Set();
  let judged = Promise.resolve();
  /** Why no photo is judged any more. @type {unknown} */
  let broken = null;

  /** @param {number} photo @param {Told[]} told by network */
  async function judge(photo, told) {
    const { name, class: own = null } = photos[photo];
    const failed = told.find(({ error }) => error)?.error;
    if (failed) {
      const error = new InceptionscopeError(failed.code, failed.data, failed.message);
      found = { ...found, failed: [...found.failed, { photo, name, error }] };
      onPhoto?.({ photo, name, class: own, error, networks: [], ensemble: null, crops: [] });
    } else {
      const answers = told.map(({ answer }) => /** @type {Prediction} */ (answer));
      const all = joined(answers.flatMap(({ logits, probabilities }) => [logits, probabilities]));
      const scores = await scorer.call('judge', { name, own, answers: all }, { signal: ending.signal });
      const ensemble = answers.length > 1 ? await networks[0].call('average', { answers: all }, { signal: ending.signal }) : answers[0];
      found = { ...found, ...scores };
      onPhoto?.({ photo, name, class: own, error: null, networks: answers, ensemble, crops: told.map((each) => each.crops ?? []) });
    }
    found.done += 1;
    onStep?.(found);
  }

  /** @param {number} network @param {Told} told */
  function hear(network, told) {
    const { photo, error, crops: some, answer } = told;
    if (done.has(photo) || ending.signal.aborted) return;
    if (some) onCrops?.({ photo, network, crops: some });
    if (!error && !answer) return;
    const all = waiting.get(photo) ?? [];
    all[network] = told;
    waiting.set(photo, all);
    if (networks.some((_, i) => !all[i])) return;
    waiting.delete(photo);
    done.add(photo);
    judged = judged.then(() => judge(photo, all));
    judged.catch((error) => {
      broken ??= error;
      end();
    });
  }

  try {
    await scorer.call('scores', { classes: networks.map(({ classes }) => classes) }, { signal: ending.signal });
    const inputs = await Promise.all(photos.map(async ({ input }) => taken(input)).map((input) => input.catch(coded)));
    const places = inputs.flatMap((input, photo) => (input instanceof InceptionscopeError ? [] : [photo]));
    inputs.forEach((error, photo) => {
      if (error instanceof InceptionscopeError) networks.forEach((_, network) => hear(network, { photo, error }));
    });
    const args = { inputs: places.map((photo) => inputs[photo]), count: crops };
    await Promise.all(networks.map(({ call }, network) => call('crops', args, {
      signal: ending.signal,
      onEvent: (told) => hear(network, { ...told, photo: places[told.photo] }),
    })));
    await judged;
    return found;
  } catch (error) {
    throw broken ?? error;
  } finally {
    end(); // what other networks still do is of no use
    signal?.removeEventListener('abort', end);
    scorer.end(failure('scope.closed'));
  }
}

/** No photo was judged yet. @type {import('./rust.d.ts').Score} */
const NOTHING = { images: 0, top1: null, top5: null, confusion: [], worst: [], certain: [] };

/** One after the other. @param {Float32Array[]} parts */
function joined(parts) {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}
