/**
 * The worker behind `inceptionscope.js`: holds one network and the scopes on it, and answers calls about them.
 * All of the runtime happens here.
 *
 * Messages in: `{ places }`, once and first; `{ id, scope, method, args }`, `{ cancel: id }`, `{ heeded: id }`; out: `{ id, value }`,
 * `{ id, error }`, `{ id, event }`, `{ started }`, its version, `{ crashed }` when the device is lost, or something failed that no call
 * is told of, and `{ team }`: threads that compute with it.
 */

import { lostSoon, watch } from './device.js';
import { coded, failure } from './errors.js';
import { OpenScope } from './session.js';
import { beside, fileAt, places } from './site.js';
import { sweep } from './store.js';
import { startThreads } from './threads.js';
import { VERSION } from './version.js';
import { load, runtime, rust } from './wasm.js';
import { look, sources, Weights } from './weights.js';

/** @typedef {import('./rust.d.ts').Asked} Asked */

/** A network opens before what is kept is looked through, in milliseconds; as long as that is in somebody's way, it waits again. */
const LATER = 10_000;

/** The network's first scope has the number 0. @type {Map<number, OpenScope>} */
const scopes = new Map();
/** The network's weights, if they come from somewhere. @type {Weights | null} */
let weights = null;
/** Whether a GPU computes. */
let onGpu = false;
/** ImageNet's class names, if the weights have no others. @type {Promise<string | null>} */
let naming = Promise.resolve(null);
/** Of an evaluation, in a worker that has no network. @type {import('../pkg/inceptionscope.js').Scores | null} */
let scores = null;
/** @type {Map<number, import('./session.js').Call>} */
const calls = new Map();
/** What goes on once the caller of a call has seen to what it was told of last. @type {Map<number, () => void>} */
const heeded = new Map();

onmessage = ({ data }) => {
  if ('places' in data) return void begin(data.places);
  if ('method' in data) return void answer(data);
  if ('heeded' in data) return void heeded.get(data.heeded)?.();
  const call = calls.get(data.cancel);
  if (call) call.cancelled = true;
  heeded.get(data.cancel)?.();
  weights?.arrival.ring(); // a run that waits for weights looks whether it is wanted
};

// What the runtime calls may throw where nobody waits for an answer: then none would come.
addEventListener('unhandledrejection', ({ reason }) => postMessage({ crashed: wire(reason) }));
watch((reason) => onGpu && postMessage({ crashed: wire(failure('device.lost', { reason })) }));

/** @param {import('./site.js').Places} given */
function begin(given) {
  postMessage({ started: VERSION });
  Object.assign(places, given);
  load();
  look();
  setTimeout(tidy, LATER);
}

async function tidy() {
  if (!(await sweep())) setTimeout(tidy, LATER);
}

/** @param {{ id: number, scope: number, method: string, args: any }} message */
async function answer({ id, scope, method, args }) {
  /** @type {import('./session.js').Call} */
  const call = {
    cancelled: false,
    tell: (event) => postMessage({ id, event }),
    heed: (event) => new Promise((resolve) => {
      heeded.set(id, resolve);
      postMessage({ id, event, heed: true }, { transfer: transferable(event) });
    }),
  };
  calls.set(id, call);
  try {
    await runtime;
    const value = await (method in network ? network[/** @type {'load'} */ (method)](args, call, scope)
      : opened(scope).call(method, args, call));
    postMessage({ id, value }, { transfer: transferable(value) });
  } catch (error) {
    const told = wire(error);
    if (onGpu && ofTheEngine(told.code)) await lostSoon();
    postMessage({ id, error: told });
  } finally {
    calls.delete(id);
    heeded.delete(id);
  }
}

/** Calls that are not about a picture. */
const network = {
  models: async () => JSON.parse(rust.models()),

  catalogue: sources,

  factorisations: async () => JSON.parse(rust.factorisations()),

  /** @param {Asked & { weights: string | Blob, threads?: number | null }} options */
  async open({ weights: from, threads, ...choice }) {
    const listed = (await sources()).find((entry) => entry.id === from);
    const seed = typeof from === 'string' ? /^synthetic:(\d+)$/.exec(from)?.[1] : undefined;
    if (seed === undefined) weights = new Weights(listed ? fileAt(listed.url).href : from);
    const session = await create(choice, listed?.profile ?? null, weights ? weights.name : BigInt(seed ?? 0));
    await weights?.open(session);
    if (weights && session.wants_imagenet()) naming = beside('classes/imagenet.txt').then((file) => file?.text() ?? null).catch(() => null);
    scopes.set(0, new OpenScope(session, weights));
    const description = JSON.parse(session.describe() ?? 'null');
    onGpu = description?.engine.engine === 'gpu';
    if (description?.engine.why === 'none' && !navigator.gpu) description.engine.why = 'unsupported';
    if (description) description.engine.threads = onGpu ? 0 : startThreads(threads ?? null);
    return description;
  },

  /** Begins an evaluation of networks with these numbers of classes. @param {{ classes: number[] }} args */
  async scores({ classes }) {
    scores = new rust.Scores(Uint32Array.from(classes));
  },

  /**
   * Takes what each network says of a photo, one after the other.
   * @param {{ name: string, own: number | null, answers: Float32Array }} args of each its logits and probabilities
   */
  async judge({ name, own, answers }) {
    scores?.add(name, own ?? undefined, answers);
    return JSON.parse(scores?.told() ?? 'null');
  },

  /** The rest of the weights. @param {{}} _ @param {import('./session.js').Call} call @param {number} scope */
  load: (_, call, scope) => opened(scope).load(naming, call),

  /** A scope on the same weights, with a number of its own. @param {{ to: number }} args @param {unknown} _ @param {number} scope */
  async fork({ to }, _, scope) {
    scopes.set(to, await opened(scope).fork());
  },

  /** @param {{}} _ @param {unknown} __ @param {number} scope */
  async dispose(_, __, scope) {
    const open = scopes.get(scope);
    scopes.delete(scope);
    onGpu &&= scopes.size > 0;
    await open?.dispose();
  },

  /** What the network takes. @param {{}} _ @param {import('./session.js').Call} call @param {number} scope */
  async memory(_, call, scope) {
    const memory = /** @type {object} */ (await opened(scope).call('memory', {}, call));
    return { ...memory, wasm: (await runtime).memory.buffer.byteLength };
  },
};

/**
 * The runtime's session: of weights that come, by the name of their file; or of untrained ones, by their seed.
 * @param {Asked} choice
 * @param {string | null} listedProfile what the catalogue says
 * @param {string | bigint} from
 */
async function create(choice, listedProfile, from) {
  /** @type {Asked} */
  const asked = { ...choice, listedProfile };
  return typeof from === 'bigint' ? rust.Session.synthetic(JSON.stringify(asked), from) : new rust.Session(JSON.stringify(asked), from);
}

/** @param {number} scope */
function opened(scope) {
  const open = scopes.get(scope);
  if (!open) throw failure('scope.closed');
  return open;
}

/** Whether what failed may be the GPU. @param {string} code */
const ofTheEngine = (code) => /^(device|runtime)\./.test(code);

/** An error as a message. @param {unknown} error */
function wire(error) {
  const { code, data, message } = coded(error);
  return { code, data, message };
}

/** The buffers of a reply: handed over, not copied. @param {any} value @returns {Transferable[]} */
function transferable(value) {
  if (!value || typeof value !== 'object') return [];
  return Object.values(value).flatMap((v) => (ArrayBuffer.isView(v) ? [/** @type {ArrayBuffer} */ (v.buffer)] : []));
}
