/**
 * Inceptionscope as a module: networks of the Inception family, run in a worker of their own, with
 * every intermediate value open to inspection. Any page may import it, from its own origin or
 * another (see docs/embedding.md for the Content-Security-Policy that this needs).
 *
 *     import { open, models } from './inceptionscope.js';
 *     const scope = await open({ model: 'googlenet', weights: 'synthetic:1' });
 *     await scope.ready;
 *     const { top } = await scope.run(file);
 *     const { shape, data } = await scope.activation('inception3a.branch2.1');
 *     await scope.dispose();
 *
 * No call computes, decodes or copies anything large on the caller's thread.
 *
 * @module
 */

import { check } from './runtime/arguments.js';
import { Client } from './runtime/client.js';
import { aborted, failure } from './runtime/errors.js';
import { Scope } from './runtime/scope.js';
import { platform } from './runtime/platform.js';
import { fileAt, nameOf, places } from './runtime/site.js';
import * as store from './runtime/store.js';

export { InceptionscopeError } from './runtime/errors.js';
export { Scope } from './runtime/scope.js';

/**
 * @typedef {import('./runtime/api.js').Addresses} Addresses
 * @typedef {import('./runtime/api.js').Arrival} Arrival
 * @typedef {import('./runtime/api.js').BranchShare} BranchShare
 * @typedef {import('./runtime/api.js').Crop} Crop
 * @typedef {import('./runtime/api.js').DreamOptions} DreamOptions
 * @typedef {import('./runtime/api.js').Engine} Engine
 * @typedef {import('./runtime/api.js').CropAnswer} CropAnswer
 * @typedef {import('./runtime/api.js').EvaluateOptions} EvaluateOptions
 * @typedef {import('./runtime/api.js').Evaluation} Evaluation
 * @typedef {import('./runtime/api.js').ExplainOptions} ExplainOptions
 * @typedef {import('./runtime/rust.d.ts').Explanation} Explanation
 * @typedef {import('./runtime/rust.d.ts').Factorisation} Factorisation
 * @typedef {import('./runtime/rust.d.ts').Graph} Graph
 * @typedef {import('./runtime/rust.d.ts').Guess} Guess
 * @typedef {import('./runtime/rust.d.ts').Histogram} Histogram
 * @typedef {import('./runtime/rust.d.ts').Links} Links
 * @typedef {import('./runtime/api.js').Input} Input
 * @typedef {import('./runtime/rust.d.ts').Intervention} Intervention
 * @typedef {import('./runtime/api.js').InterventionOptions} InterventionOptions
 * @typedef {import('./runtime/api.js').Kernel} Kernel
 * @typedef {import('./runtime/rust.d.ts').Lane} Lane
 * @typedef {import('./runtime/api.js').Maps} Maps
 * @typedef {import('./runtime/api.js').Method} Method
 * @typedef {import('./runtime/rust.d.ts').ModelInfo} ModelInfo
 * @typedef {import('./runtime/rust.d.ts').Module} Module
 * @typedef {import('./runtime/rust.d.ts').Node} Node
 * @typedef {import('./runtime/api.js').OpenOptions} OpenOptions
 * @typedef {import('./runtime/rust.d.ts').PaperTable} PaperTable
 * @typedef {import('./runtime/api.js').PhotoAnswer} PhotoAnswer
 * @typedef {import('./runtime/rust.d.ts').Part} Part
 * @typedef {import('./runtime/api.js').Prediction} Prediction
 * @typedef {import('./runtime/rust.d.ts').Profile} Profile
 * @typedef {import('./runtime/api.js').Progress} Progress
 * @typedef {import('./runtime/rust.d.ts').ReceptiveFields} ReceptiveFields
 * @typedef {import('./runtime/api.js').Recovery} Recovery
 * @typedef {import('./runtime/api.js').Branches} Branches
 * @typedef {import('./runtime/api.js').BranchesOptions} BranchesOptions
 * @typedef {import('./runtime/api.js').ModuleShare} ModuleShare
 * @typedef {import('./runtime/api.js').Trust} Trust
 * @typedef {import('./runtime/api.js').TrustOptions} TrustOptions
 * @typedef {import('./runtime/api.js').Removal} Removal
 * @typedef {import('./runtime/api.js').RemovalOptions} RemovalOptions
 * @typedef {import('./runtime/api.js').Removed} Removed
 * @typedef {import('./runtime/api.js').Result} Result
 * @typedef {import('./runtime/api.js').RunOptions} RunOptions
 * @typedef {import('./runtime/rust.d.ts').Score} Score
 * @typedef {import('./runtime/api.js').Seen} Seen
 * @typedef {import('./runtime/rust.d.ts').Source} Source
 * @typedef {import('./runtime/api.js').Span} Span
 * @typedef {import('./runtime/rust.d.ts').Stage} Stage
 * @typedef {import('./runtime/api.js').Stats} Stats
 * @typedef {import('./runtime/api.js').Strongest} Strongest
 * @typedef {import('./runtime/rust.d.ts').StepTime} StepTime
 * @typedef {import('./runtime/api.js').Stored} Stored
 * @typedef {import('./runtime/api.js').Tensor} Tensor
 * @typedef {import('./runtime/rust.d.ts').Term} Term
 * @typedef {import('./runtime/rust.d.ts').Tuning} Tuning
 * @typedef {import('./runtime/api.js').Visualised} Visualised
 * @typedef {import('./runtime/api.js').VisualiseOptions} VisualiseOptions
 * @typedef {import('./runtime/rust.d.ts').Warning} Warning
 * @typedef {import('./runtime/api.js').Why} Why
 */

/**
 * The addresses that a call was given.
 * @param {Addresses} options
 * @returns {import('./runtime/site.js').Places}
 */
function placesOf({ assetsUrl, workerUrl, wasmUrl }) {
  const whole = (/** @type {string | URL | null | undefined} */ url) => (url ? new URL(url, platform.base()).href : null);
  // A folder, with or without the slash at its end.
  return { ...places, assets: whole(assetsUrl)?.replace(/\/?$/, '/') ?? null, worker: whole(workerUrl), wasm: whole(wasmUrl) };
}

/** Workers that have loaded the runtime and hold no network yet, by their places. @type {Map<string, Client>} */
const idle = new Map();

/** @param {import('./runtime/site.js').Places} where */
function takeClient(where) {
  const key = JSON.stringify(where);
  const client = idle.get(key);
  idle.delete(key);
  return client && !client.ended ? client : new Client(where);
}

/**
 * Asks a worker that has no network.
 * @param {string} method
 * @param {Addresses} [options]
 */
async function ask(method, options) {
  check(method, {}, options);
  const where = placesOf(options ?? {});
  const client = takeClient(where);
  idle.set(JSON.stringify(where), client);
  return client.call(method);
}

/**
 * The networks that there are.
 * @param {Addresses} [options]
 * @returns {Promise<ModelInfo[]>}
 */
export async function models(options) {
  return ask('models', options);
}

/**
 * Weights of which something is known: where they are, their size and licence.
 * @param {Addresses} [options]
 * @returns {Promise<Source[]>}
 */
export async function catalogue(options) {
  return ask('catalogue', options);
}

/**
 * What factorising saves: the same job done in several ways, costed side by side.
 * @param {Addresses} [options]
 * @returns {Promise<Factorisation[]>}
 */
export async function factorisations(options) {
  return ask('factorisations', options);
}

/**
 * The papers' own tables: layers, sizes and errors.
 * @param {Addresses} [options]
 * @returns {Promise<PaperTable[]>}
 */
export async function papers(options) {
  check('papers', {}, options);
  const response = await platform.fetch(fileAt('papers.json', placesOf(options ?? {})).href);
  if (!response.ok) throw failure('papers.unavailable', { status: response.status });
  return response.json();
}

/**
 * Weights that the browser keeps for this page's origin, the latest first.
 * @returns {Promise<Stored[]>}
 */
export async function stored() {
  const files = await store.list();
  return files.map(({ url, bytes, total, sha256 }) => ({ name: nameOf(url), url, bytes, total, sha256 }));
}

/**
 * Deletes kept weights.
 * @param {string} url
 */
export async function forget(url) {
  check('forget', { url });
  await store.forget(url);
}

/**
 * Opens a network. Resolves when its graph is known; the weights may still be on their way (`scope.ready`).
 * @param {OpenOptions} [options]
 * @returns {Promise<Scope>}
 */
export async function open(options) {
  check('open', {}, options);
  const { model = null, variant = null, profile = null, size = null, threads = null, direct = false, ...more } = options ?? {};
  const { signal, onProgress, onTune, onRecover, ...rest } = more;
  const [weights, engine, tune] = [rest.weights ?? 'synthetic:1', rest.engine ?? 'auto', rest.tune ?? 'auto'];
  const client = takeClient(placesOf(options ?? {}));
  if (onRecover) client.onRecover = onRecover;
  const giveUp = () => client.end(aborted(signal));
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await client.call('open', { model, variant, profile, size, engine, threads, direct, weights: resolved(weights) }, { signal });
  } catch (error) {
    client.end(failure('scope.closed'));
    throw error;
  }
  const ready = client.call('load', {}, { onEvent: onProgress })
    .then(() => (tune === 'auto' && client.opened?.engine.engine === 'gpu' ? client.call('useTuning') : null))
    .finally(() => signal?.removeEventListener('abort', giveUp));
  ready.catch(() => {}); // whoever does not await it is not bothered
  const scope = new Scope(client, 0, ready);
  if (tune === 'auto') autoTune(scope, client, onTune ?? (() => {}));
  return scope;
}

/**
 * If nothing was measured on this GPU yet, measures after the first run, when a second has gone
 * without a call.
 * @param {Scope} scope
 * @param {Client} client
 * @param {(tuning: Tuning) => void} onTune
 */
async function autoTune(scope, client, onTune) {
  if (scope.engine.engine !== 'gpu') return;
  try {
    await scope.ready;
    const tuning = await scope.tuning();
    if (!tuning || Object.keys(tuning.tiles).length > 0 || scope.engine.software) return;
    await client.firstRun;
    do await new Promise((done) => { setTimeout(done, 1000); }); while (client.busy);
    const measured = await scope.tune({ limit: 1500 });
    if (measured) onTune(measured);
  } catch {
    // The scope is closed: whoever uses it is told.
  }
}

/**
 * A path is relative to the page that gives it, not to the worker. Catalogue ids stay as they are.
 * @param {string | URL | Blob} weights
 */
function resolved(weights) {
  if (weights instanceof Blob) return weights;
  const address = weights instanceof URL || (/[/.]/.test(weights) && URL.canParse(weights, platform.base()));
  return address ? new URL(weights, platform.base()).href : weights;
}
