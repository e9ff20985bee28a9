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

import * as store from './store.js';

/**
 * @typedef {object} ModelInfo What `models()` tells of a network.
 * @property {string} id
 * @property {string} title
 * @property {string} paper
 * @property {number[]} input C, H, W
 * @property {number} params learned values, auxiliary heads left out
 * @property {number} macs multiply-adds, auxiliary heads left out
 * @property {string[]} variants other graphs of the same paper
 * @property {string[]} profiles what published weights imply; the first is the default
 * @property {number} modules
 * @property {number} nodes
 *
 * @typedef {object} Source A public weight file.
 * @property {string} id what `open` takes as weights
 * @property {string} model
 * @property {string} title
 * @property {string} url relative to this module for what comes with it; `npm:` and a package for what is part of one
 * @property {string | null} page where people can read about it
 * @property {number} bytes
 * @property {string} licence
 * @property {number} classes
 * @property {string} profile
 * @property {number | null} top1 share of right first answers in per cent, as published
 * @property {string | null} top1_source who published that
 * @property {'yes' | 'no' | 'unknown'} cors whether a page may fetch it
 *
 * @typedef {object} Factorisation A job, and the ways to do it that a paper compares.
 * @property {string} job
 * @property {string} source paper, section and figures
 * @property {number[]} input C, H, W
 * @property {{ how: string, output: number[], params: number, macs: number }[]} ways the first is what the others are compared with
 *
 * @typedef {object} PaperTable A table as a paper prints it; papers round, and count differently.
 * @property {string} id
 * @property {string} source paper and table
 * @property {string[]} networks ids of the networks that it is about
 * @property {string[]} columns
 * @property {(string | number | null)[][]} rows
 *
 * @typedef {object} Lane
 * @property {string} label as the papers name it: "3×3"
 * @property {'branch' | 'shortcut' | 'residual'} role
 *
 * @typedef {object} Module A named part of a network: what the papers draw as one box.
 * @property {string} id
 * @property {string} label as the papers name it
 * @property {'stem' | 'inception' | 'reduction' | 'residual' | 'chain' | 'head' | 'auxiliary'} kind
 * @property {string | null} note
 * @property {Lane[]} lanes
 * @property {string} output the node that is its output
 * @property {number[]} shape of the output: C, H, W or N
 * @property {number} params
 * @property {number} macs
 *
 * @typedef {object} Part A channel range of a concatenation.
 * @property {string} node
 * @property {number} from first channel
 * @property {number} to one past the last channel
 *
 * @typedef {object} Node One op.
 * @property {string} id the reference implementation's module path; the contract of weights and traces
 * @property {string} op
 * @property {string} label
 * @property {string[]} inputs
 * @property {number[]} shape C, H, W or N
 * @property {number} module index into the graph's modules
 * @property {number | null} lane index into the module's lanes; null where the lanes have joined
 * @property {string | null} note
 * @property {number} params
 * @property {number} macs
 * @property {boolean} recorded whether the value is kept after a run (any other is recomputed when asked for)
 * @property {string} unit the recorded node that this one is computed together with
 * @property {Part[]} [parts] of a concatenation
 *
 * @typedef {object} Profile What weights imply but do not contain.
 * @property {string} id
 * @property {number[]} mean subtracted from each channel, of values 0 to 1
 * @property {number[]} std then divided by
 *
 * @typedef {object} Graph
 * @property {string} model
 * @property {string} title
 * @property {string} paper
 * @property {string | null} variant
 * @property {string[]} variants
 * @property {Profile} profile
 * @property {string[]} profiles
 * @property {number[]} input C, H, W
 * @property {number} classes
 * @property {number} params
 * @property {number} macs
 * @property {Module[]} modules
 * @property {Node[]} nodes in order of execution
 *
 * @typedef {object} Engine What computes, and why that.
 * @property {'gpu' | 'cpu'} engine
 * @property {string} why one sentence
 * @property {string | null} adapter the GPU, as far as the browser tells
 * @property {boolean} software whether that GPU is the CPU
 *
 * @typedef {object} Tuning Which kernels were found fastest on this GPU.
 * @property {string} adapter
 * @property {Record<string, 'large' | 'medium' | 'small'>} tiles by class of convolutions; empty before anything was measured
 * @property {number} before milliseconds of the convolutions measured, by the choice made without measuring
 * @property {number} after milliseconds that they take now
 * @property {number} took milliseconds of measuring
 *
 * @typedef {object} Progress
 * @property {'download' | 'reconnect' | 'prepare' | 'ready'} stage `reconnect`: the connection broke; trying again
 * @property {number} loaded bytes
 * @property {number | null} total bytes, if known
 * @property {number} from bytes that were kept of an earlier visit
 * @property {string | null} unkept why the browser can not keep the file for the next visit, if so
 * @property {Arrival[]} modules how far each module's weights are; none of files that are read as wholes
 *
 * @typedef {object} Arrival
 * @property {number} module which one of the graph's
 * @property {number} loaded bytes of its weights that have come
 * @property {number} total bytes of its weights
 * @property {number} left bytes of the file that are still to come, up to the last of its weights
 *
 * @typedef {object} Stored Weights that the browser keeps, or what came of them before the connection broke.
 * @property {string} name
 * @property {string} url
 * @property {number} bytes that are kept
 * @property {number | null} total that the file has, if known
 * @property {string | null} sha256 of a complete file
 *
 * @typedef {object} OpenOptions
 * @property {string | null} [model] `inception_v3`, or with a variant `googlenet:published`; by default what the weight file says it is
 * @property {string | Blob} [weights] URL, file, catalogue id or `synthetic:SEED` (the default: `synthetic:1`)
 * @property {string | null} [variant]
 * @property {string | null} [profile]
 * @property {'auto' | 'gpu' | 'cpu'} [engine] `auto`, the default, takes WebGPU on a hardware adapter
 * @property {'auto' | 'off'} [tune] `auto`, the default, measures once which kernels are fastest on a real GPU, a second or two after
 *   the first picture, and keeps it in the browser; `off` neither measures nor uses that
 * @property {(tuning: Tuning) => void} [onTune] told when that was measured
 * @property {(progress: Progress) => void} [onProgress]
 * @property {AbortSignal} [signal] ends the loading
 *
 * @typedef {object} Guess
 * @property {number} class
 * @property {string} name
 * @property {number} probability
 *
 * @typedef {object} Crop A square of a photo, in its pixels; within the photo.
 * @property {number} x first column
 * @property {number} y first row
 * @property {number} size columns and rows
 *
 * @typedef {object} Seen What the network saw of a photo, in its pixels.
 * @property {number} photoWidth
 * @property {number} photoHeight
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Result
 * @property {Float32Array} logits
 * @property {Float32Array} probabilities
 * @property {Guess[]} top the most probable classes, best first
 * @property {Seen | null} seen what the network saw of the photo; nothing for a tensor
 * @property {Record<string, number>} timings milliseconds: `decode` the picture, `run` it, `wait` for weights
 *
 * @typedef {object} Stats Statistics of a node's value, one entry a channel.
 * @property {number[]} shape
 * @property {Float32Array} min of the finite values
 * @property {Float32Array} mean of the finite values
 * @property {Float32Array} max of the finite values
 * @property {Float32Array} zeros share of exact zeros, 0 to 1
 * @property {Float32Array} energy mean of the squares of the finite values
 * @property {Uint32Array} nonfinite how many values are NaN or infinite
 * @property {Uint32Array} peak row and column of the largest value, one after the other
 *
 * @typedef {object} Maps Some channels of a node's value.
 * @property {number[]} shape channels, rows, columns
 * @property {Float32Array} data row by row, map after map
 *
 * @typedef {object} Histogram
 * @property {number} from the least finite value, where the first bin begins
 * @property {number} to the greatest finite value, where the last bin ends
 * @property {number[]} counts number of values in each of the bins, which are equally wide
 *
 * @typedef {[number, number]} Span First row or column, and one past the last.
 *
 * @typedef {object} ReceptiveFields Which part of the network's input each position of a node's maps
 *   depends on: its row's span by its column's span.
 * @property {(Span | null)[]} rows one entry a row; null where nothing but padding is read
 * @property {(Span | null)[]} columns one entry a column
 *
 * @typedef {object} Term
 * @property {number} channel of the input
 * @property {number} row
 * @property {number} column
 * @property {number} input
 * @property {number} weight its factor
 * @property {number} product of both
 *
 * @typedef {object} Stage What happens to a sum: `x · factor + summand`, or max(x, 0).
 * @property {'bias' | 'batch_norm' | 'constant' | 'sum' | 'relu' | 'gain'} kind
 * @property {string} node of a sum, the one that is added
 * @property {number} factor
 * @property {number} summand
 * @property {number} value the result
 *
 * @typedef {object} Explanation One value and what made it. Numbers that are not finite are null.
 * @property {string} node whose step computed it: for a channel of a concatenation the branch's last
 * @property {number} channel of that node
 * @property {number} row
 * @property {number} column
 * @property {number} value as the engine stored it
 * @property {'products' | 'products_after_relu' | 'max' | 'mean' | 'copy' | 'normalized' | 'softmax' | 'picture'} kernel
 *   what the terms are: inputs and learned weights, inputs of which the largest counts, …
 * @property {string} input the node that is read
 * @property {Span} rows of it that the window covers, padding left out
 * @property {Span} columns
 * @property {Span} channels
 * @property {Term[]} terms the largest by size, largest first
 * @property {number} others number of the other terms
 * @property {number} rest their sum
 * @property {number[]} positions the terms' sum at each position of the window, row by row
 * @property {[number, number][]} strongest input channels whose terms add up to most by size, with that sum
 * @property {number} sum all terms added up, or the largest of them
 * @property {Stage[]} stages what happens to that, in order; the last result is the value, up to rounding
 *
 * @typedef {object} Kernel The weights that a channel is made with.
 * @property {string} node the convolution or linear layer
 * @property {number} first the first input channel that they read
 * @property {number[]} shape input channels, rows, columns
 * @property {Float32Array} data row by row, as in the weight file
 *
 * @typedef {object} StepTime
 * @property {string} node the recorded node
 * @property {number} ms how long it took, with what is computed together with it
 *
 * @typedef {object} Tensor
 * @property {number[]} shape C, H, W or N
 * @property {Float32Array} data
 */

const WORKER = new URL('./worker.js', import.meta.url);

/** Why a call failed: `message` says what to do about it, in one sentence. */
export class ScopeError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ScopeError';
  }
}

/** A worker and the calls that wait for it. */
class Client {
  constructor() {
    /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void, onEvent?: (event: any) => void }>} */
    this.calls = new Map();
    this.last = 0;
    /** @type {Error | null} */
    this.ended = null;
    /** @type {() => void} */
    this.hasRun = () => {};
    /** Resolves when a picture has run. @type {Promise<void>} */
    this.firstRun = new Promise((resolve) => { this.hasRun = resolve; });
    const { worker, started } = startWorker();
    this.worker = worker;
    worker.onmessage = ({ data }) => {
      started();
      const call = this.calls.get(data.id);
      if (!call) return;
      if ('event' in data) {
        call.onEvent?.(data.event);
      } else {
        this.calls.delete(data.id);
        if ('error' in data) call.reject(new ScopeError(data.error));
        else call.resolve(data.value);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(new ScopeError(`The worker stopped: ${event.message || `${WORKER.href} could not be loaded`}. Reload the page.`));
    };
  }

  /**
   * @param {string} method
   * @param {object} [args]
   * @param {{ transfer?: Transferable[], signal?: AbortSignal, onEvent?: (event: any) => void }} [options]
   * @returns {Promise<any>}
   */
  call(method, args = {}, { transfer = [], signal, onEvent } = {}) {
    if (this.ended) return Promise.reject(this.ended);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.calls.set(id, { resolve, reject, onEvent });
      signal?.addEventListener('abort', () => {
        // What has not begun is skipped, a run is stopped, any other result is dropped.
        if (this.calls.delete(id)) {
          this.worker.postMessage({ cancel: id });
          reject(signal.reason);
        }
      }, { once: true });
      this.worker.postMessage({ id, method, args }, transfer);
    });
  }

  /** @param {Error} reason what unanswered and later calls get */
  end(reason) {
    this.worker.terminate();
    this.ended = reason;
    for (const { reject } of this.calls.values()) reject(reason);
    this.calls.clear();
  }
}

/** @returns {{ worker: Worker, started: () => void }} */
function startWorker() {
  /** @type {WorkerOptions} */
  const options = { type: 'module', name: 'inceptionscope' };
  if (WORKER.origin === location.origin) return { worker: new Worker(WORKER, options), started() {} };
  // A worker's script has to be of the page's origin: a blob is, and it may import from any that allows it.
  const blob = new Blob([`import ${JSON.stringify(WORKER.href)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(blob);
  return { worker: new Worker(url, options), started: () => URL.revokeObjectURL(url) };
}

/** A worker that has loaded the runtime and holds no network yet. @type {Client | null} */
let idle = null;

function takeClient() {
  const client = idle?.ended ? null : idle;
  idle = null;
  return client ?? new Client();
}

/**
 * The networks that there are.
 * @returns {Promise<ModelInfo[]>}
 */
export async function models() {
  idle = takeClient();
  return idle.call('models');
}

/**
 * Weights of which something is known: where they are, their size and licence.
 * @returns {Promise<Source[]>}
 */
export async function catalogue() {
  idle = takeClient();
  return idle.call('catalogue');
}

/**
 * What factorising saves: the same job done in several ways, costed side by side.
 * @returns {Promise<Factorisation[]>}
 */
export async function factorisations() {
  idle = takeClient();
  return idle.call('factorisations');
}

/**
 * The papers' own tables: layers, sizes and errors.
 * @returns {Promise<PaperTable[]>}
 */
export async function papers() {
  const response = await fetch(new URL('./papers.json', import.meta.url));
  if (!response.ok) throw new ScopeError(`The papers' tables can not be had: the server says ${response.status} ${response.statusText}.`);
  return response.json();
}

/**
 * Weights that the browser keeps for this page's origin, the latest first.
 * @returns {Promise<Stored[]>}
 */
export async function stored() {
  const files = await store.list();
  return files.map(({ url, bytes, total, sha256 }) => ({ name: decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url), url, bytes, total, sha256 }));
}

/**
 * Deletes kept weights.
 * @param {string} url
 */
export async function forget(url) {
  await store.forget(url);
}

/**
 * Opens a network. Resolves when its graph is known; the weights may still be on their way (`scope.ready`).
 * @param {OpenOptions} options
 * @returns {Promise<Scope>}
 */
export async function open({ model = null, weights = 'synthetic:1', variant = null, profile = null, engine = 'auto', tune = 'auto', onTune, onProgress, signal }) {
  const client = takeClient();
  const source = typeof weights === 'string' && !/^synthetic:/.test(weights) ? resolve(weights) : weights;
  /** @type {(value?: any) => void} */
  let loaded = () => {};
  /** @type {(error: Error) => void} */
  let failed = () => {};
  const ready = new Promise((resolve, reject) => { loaded = resolve; failed = reject; });
  ready.catch(() => {}); // whoever does not await it is not bothered
  const aborted = () => client.end(signal?.reason);
  signal?.addEventListener('abort', aborted, { once: true });
  try {
    const opened = await client.call('open', { model, weights: source, variant, profile, engine }, { signal });
    client.call('load', {}, { onEvent: onProgress })
      .then(() => (tune === 'auto' ? client.call('useTuning') : null))
      .then(loaded, failed)
      .finally(() => signal?.removeEventListener('abort', aborted));
    const scope = new Scope(client, opened, ready);
    if (tune === 'auto') autoTune(scope, client, onTune);
    return scope;
  } catch (error) {
    client.end(new ScopeError('This network could not be opened.'));
    throw error;
  }
}

/**
 * If nothing was measured on this GPU yet, measures after the first run, when a second has gone
 * without a call.
 * @param {Scope} scope
 * @param {Client} client
 * @param {(tuning: Tuning) => void} [onTune]
 */
async function autoTune(scope, client, onTune) {
  if (scope.engine.engine !== 'gpu') return;
  try {
    await scope.ready;
    const { tiles } = /** @type {Tuning} */ (await scope.tuning());
    if (Object.keys(tiles).length > 0 || scope.engine.software) return;
    await client.firstRun;
    do await new Promise((done) => { setTimeout(done, 1000); }); while (client.calls.size > 0);
    onTune?.(/** @type {Tuning} */ (await scope.tune({ limit: 1500 })));
  } catch {
    // The scope is closed, or its device is lost: whoever uses it is told.
  }
}

/**
 * A path is relative to the page that gives it, not to the worker. Catalogue ids stay as they are.
 * @param {string} weights
 */
function resolve(weights) {
  return /[/.]/.test(weights) ? new URL(weights, document.baseURI).href : weights;
}

/**
 * One opened network. Calls queue in order, but questions about a node that is computed are answered at
 * once, even while a run goes on or weights arrive.
 */
export class Scope {
  #client;

  /**
   * @param {Client} client
   * @param {{ graph: Graph, engine: Engine }} opened
   * @param {Promise<void>} ready
   */
  constructor(client, { graph, engine }, ready) {
    this.#client = client;
    /** The network. */
    this.graph = graph;
    /** What computes, and why that. */
    this.engine = engine;
    /** Resolves when all weights are on the device; rejects when they can not be had. */
    this.ready = ready;
  }

  /** All nodes in order of execution. */
  nodes() {
    return this.graph.nodes;
  }

  /**
   * Classifies a picture; every node's value is open to the calls below as soon as it is computed. Need not
   * wait for `ready`: what the weights allow is computed as they arrive.
   * @param {Blob | ImageBitmap | ImageData | Float32Array} input a picture, or C·H·W values: exactly
   *   the tensor that the first op reads. An ImageBitmap is handed over and can not be used afterwards.
   * @param {{ crop?: Crop, signal?: AbortSignal, onNode?: (node: string) => void }} [options] `crop`: which
   *   part of a picture to look at; what the profile does, if left out. `signal` stops the run, and what it
   *   has computed is forgotten. `onNode` is told each recorded node when its value is there
   * @returns {Promise<Result>} when the prediction is there; auxiliary heads may still wait for weights
   */
  async run(input, { crop, signal, onNode } = {}) {
    const transfer = input instanceof ImageBitmap ? [input] : [];
    const result = await this.#client.call('run', { input, crop }, { transfer, signal, onEvent: onNode });
    this.#client.hasRun();
    return result;
  }

  /**
   * The names of all classes, in order.
   * @returns {Promise<string[]>}
   */
  classes() {
    return this.#client.call('classes');
  }

  /**
   * A node's whole value, C,H,W.
   * @param {string} node
   * @returns {Promise<Tensor>}
   */
  activation(node) {
    return this.#client.call('activation', { node });
  }

  /**
   * Statistics of a node's value, for each channel.
   * @param {string} node
   * @returns {Promise<Stats>}
   */
  stats(node) {
    return this.#client.call('stats', { node });
  }

  /**
   * Some channels of a node's value, shrunk by averaging to at most `size` rows and columns.
   * @param {string} node
   * @param {{ channels?: number[], size?: number }} [options] all channels, whole, if left out
   * @returns {Promise<Maps>}
   */
  maps(node, { channels, size } = {}) {
    return this.#client.call('maps', { node, channels, size });
  }

  /**
   * The mean of all channels of a node's value, shrunk as `maps` does.
   * @param {string} node
   * @param {{ size?: number }} [options]
   * @returns {Promise<Maps>} one map
   */
  mean(node, { size } = {}) {
    return this.#client.call('mean', { node, size });
  }

  /**
   * How often the values of a channel occur.
   * @param {string} node
   * @param {number} channel
   * @param {{ bins?: number }} [options]
   * @returns {Promise<Histogram>}
   */
  histogram(node, channel, { bins = 48 } = {}) {
    return this.#client.call('histogram', { node, channel, bins });
  }

  /**
   * Which part of the network's input the values of a node depend on. Needs no run.
   * @param {string} node
   * @param {{ channel?: number }} [options] of a concatenation: only the branch that this channel is of
   * @returns {Promise<ReceptiveFields>}
   */
  receptive(node, { channel } = {}) {
    return this.#client.call('receptive', { node, channel });
  }

  /**
   * Takes one value apart into what made it.
   * @param {string} node
   * @param {number} channel
   * @param {number} row
   * @param {number} column
   * @returns {Promise<Explanation>}
   */
  explain(node, channel, row, column) {
    return this.#client.call('explain', { node, channel, row, column });
  }

  /**
   * The learned weights that a channel is made with, without batch norm; null for what has none.
   * @param {string} node
   * @param {number} channel
   * @returns {Promise<Kernel | null>}
   */
  kernel(node, channel) {
    return this.#client.call('kernel', { node, channel });
  }

  /**
   * Runs the last picture again, step by step, and measures each: takes one to six times as long as a run.
   * @returns {Promise<StepTime[]>} in order of execution
   */
  times() {
    return this.#client.call('times');
  }

  /**
   * From now on the node's value, or some channels of it, is 0; the last picture is run again.
   * @param {string} node
   * @param {number[]} [channels]
   * @returns {Promise<void>}
   */
  mute(node, channels) {
    return this.#client.call('mute', { node, channels });
  }

  /**
   * From now on: sets the residual scale of a residual block, multiplies the value of any other node;
   * the last picture is run again.
   * @param {string} node
   * @param {number} factor
   * @returns {Promise<void>}
   */
  scale(node, factor) {
    return this.#client.call('scale', { node, factor });
  }

  /**
   * Takes back all `mute` and `scale`.
   * @returns {Promise<void>}
   */
  restore() {
    return this.#client.call('restore');
  }

  /**
   * Names the classes, for the results of later runs.
   * @param {string} text one name a line, or a JSON list, as many as there are classes
   * @returns {Promise<void>}
   */
  nameClasses(text) {
    return this.#client.call('name', { text });
  }

  /**
   * Which kernels were found fastest on this GPU; null where the CPU computes.
   * @returns {Promise<Tuning | null>}
   */
  tuning() {
    return this.#client.call('tuning');
  }

  /**
   * Measures that (again), after a run, and keeps it in the browser: the costliest classes of
   * convolutions first, no more of them after `limit` milliseconds.
   * @param {{ limit?: number }} [options]
   * @returns {Promise<Tuning | null>}
   */
  tune({ limit = 10_000 } = {}) {
    return this.#client.call('tune', { limit });
  }

  /**
   * What the network takes, in bytes: packed weights, values, and the whole memory of the runtime, in which
   * both lie if the CPU computes.
   * @returns {Promise<{ weights: number, activations: number, wasm: number }>}
   */
  memory() {
    return this.#client.call('memory');
  }

  /** Frees everything, the worker included. */
  async dispose() {
    try {
      await this.#client.call('dispose');
    } finally {
      this.#client.end(new ScopeError('This scope was disposed of. Open another.'));
    }
  }
}
