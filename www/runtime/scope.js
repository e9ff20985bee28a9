/**
 * What callers hold of an opened network.
 *
 * @module
 */

import { check } from './arguments.js';
import { failure } from './errors.js';
import { evaluate } from './evaluate.js';
import { begins, inTurn, taken } from './input.js';

/**
 * @typedef {import('./client.js').Client} Client
 * @typedef {import('./api.js').Branches} Branches
 * @typedef {import('./api.js').BranchesOptions} BranchesOptions
 * @typedef {import('./api.js').DreamOptions} DreamOptions
 * @typedef {import('./api.js').EvaluateOptions} EvaluateOptions
 * @typedef {import('./api.js').Evaluation} Evaluation
 * @typedef {import('./api.js').ExplainOptions} ExplainOptions
 * @typedef {import('./rust.d.ts').Explanation} Explanation
 * @typedef {import('./rust.d.ts').Histogram} Histogram
 * @typedef {import('./rust.d.ts').Links} Links
 * @typedef {import('./api.js').Input} Input
 * @typedef {import('./rust.d.ts').Intervention} Intervention
 * @typedef {import('./api.js').InterventionOptions} InterventionOptions
 * @typedef {import('./api.js').Kernel} Kernel
 * @typedef {import('./api.js').Maps} Maps
 * @typedef {import('./api.js').Prediction} Prediction
 * @typedef {import('./rust.d.ts').ReceptiveFields} ReceptiveFields
 * @typedef {import('./api.js').Removal} Removal
 * @typedef {import('./api.js').RemovalOptions} RemovalOptions
 * @typedef {import('./api.js').Result} Result
 * @typedef {import('./api.js').RunOptions} RunOptions
 * @typedef {import('./api.js').Stats} Stats
 * @typedef {import('./api.js').Strongest} Strongest
 * @typedef {import('./rust.d.ts').StepTime} StepTime
 * @typedef {import('./api.js').Tensor} Tensor
 * @typedef {import('./api.js').Trust} Trust
 * @typedef {import('./api.js').TrustOptions} TrustOptions
 * @typedef {import('./rust.d.ts').Tuning} Tuning
 * @typedef {import('./api.js').Visualised} Visualised
 * @typedef {import('./api.js').VisualiseOptions} VisualiseOptions
 * @typedef {import('./rust.d.ts').Warning} Warning
 * @typedef {import('./api.js').Why} Why
 */

/** Options of explanations that are left out; the others depend on the network. */
const DEFAULTS = { fill: 'grey', baseline: 'zero', steps: 32, samples: 16, sigma: 0.15, seed: 0 };

/** The options that are there. @param {object} options */
const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));

/**
 * One picture on an opened network. Calls are answered in order, each in the state in which it was made; questions
 * about a node that is computed are answered at once, even while a run goes on or weights arrive.
 */
export class Scope {
  #client;
  #id;

  /**
   * @param {Client} client
   * @param {number} id
   * @param {Promise<void>} ready
   */
  constructor(client, id, ready) {
    this.#client = client;
    this.#id = id;
    /** Resolves when all weights are on the device; rejects when they could not be loaded. */
    this.ready = ready;
  }

  /** The network. */
  get graph() {
    return this.#opened.graph;
  }

  /** What computes, and why that. After a loss (`onRecover`) it may be another. */
  get engine() {
    return this.#opened.engine;
  }

  get #opened() {
    if (!this.#client.opened) throw failure('scope.closed');
    return this.#client.opened;
  }

  /** All nodes in order of execution. */
  nodes() {
    return this.graph.nodes;
  }

  /**
   * Classifies a picture; every node's value is open to the calls below as soon as it is computed. Need not
   * wait for `ready`: what the weights allow is computed as they arrive. When it is done, auxiliary heads may still
   * wait for weights.
   * @overload
   * @param {Input} input an ImageBitmap is handed over and cannot be used afterwards
   * @param {RunOptions} [options]
   * @returns {Promise<Result>}
   */
  /**
   * Classifies several, one after the other, with no other call in between; the scope then holds the last. Rejects with the
   * first error, whose `data.index` is the place of the picture that it is about, and runs none of those that are left. `evaluate`
   * computes many at a time, and goes on after an error.
   * @overload
   * @param {readonly Input[]} inputs each as of one picture
   * @param {RunOptions} [options] for each of them
   * @returns {Promise<Result[]>} in the same order
   */
  /**
   * @param {Input | readonly Input[]} input
   * @param {RunOptions} [options]
   * @returns {Promise<Result | Result[]>}
   */
  async run(input, options) {
    check(Array.isArray(input) ? 'batch' : 'run', { input }, options);
    const one = (/** @type {any} */ each, /** @type {RunOptions | undefined} */ { crop, resize, signal, onNode } = {}) => {
      const picture = taken(each);
      if (picture instanceof Promise) picture.catch(() => {}); // the call is told
      return this.#client.call('run', { input: picture, crop, resize }, { scope: this.#id, signal, onEvent: onNode });
    };
    return Array.isArray(input) ? inTurn(input, one, options) : one(input, options ?? {});
  }

  /**
   * The names of all classes, in order.
   * @returns {Promise<string[]>}
   */
  async classes() {
    return this.#call('classes');
  }

  /**
   * A node's whole value, C,H,W.
   * @param {string} node
   * @returns {Promise<Tensor>}
   */
  async activation(node) {
    return this.#call('activation', { node });
  }

  /**
   * Statistics of a node's value, for each channel.
   * @param {string} node
   * @returns {Promise<Stats>}
   */
  async stats(node) {
    return this.#call('stats', { node });
  }

  /**
   * Some channels of a node's value, shrunk by averaging to at most `size` rows and columns.
   * @param {string} node
   * @param {{ channels?: number[], size?: number }} [options] all channels, whole, if left out
   * @returns {Promise<Maps>}
   */
  async maps(node, options) {
    return this.#call('maps', { node }, options);
  }

  /**
   * The mean of all channels of a node's value, shrunk as `maps` does.
   * @param {string} node
   * @param {{ size?: number }} [options]
   * @returns {Promise<Maps>} one map
   */
  async mean(node, options) {
    return this.#call('mean', { node }, options);
  }

  /**
   * Of each of several nodes the channel with the most energy, shrunk as `maps` does: all in one answer, which is quicker than
   * asking for each.
   * @param {string[]} nodes
   * @param {{ size?: number }} [options]
   * @returns {Promise<(Strongest | null)[]>} in the same order; null of a node without a value
   */
  async strongest(nodes, options) {
    return this.#call('strongest', { nodes }, options);
  }

  /**
   * How often the values of a channel occur.
   * @param {string} node
   * @param {number} channel
   * @param {{ bins?: number }} [options] 48 bins, if left out
   * @returns {Promise<Histogram>}
   */
  async histogram(node, channel, options) {
    return this.#call('histogram', { node, channel }, options);
  }

  /**
   * Which part of the network's input the values of a node depend on. Needs no run.
   * @param {string} node
   * @param {{ channel?: number }} [options] of a concatenation: only the branch that this channel is of
   * @returns {Promise<ReceptiveFields>}
   */
  async receptive(node, options) {
    return this.#call('receptive', { node }, options);
  }

  /**
   * Why this answer? Computed in a run of its own: the scope's values and changes stay as they are, and calls that come
   * after it need not wait for it. Rejects if no picture has run.
   * @overload
   * @param {ExplainOptions} options
   * @returns {Promise<Why>}
   */
  /**
   * Takes one value apart into what made it.
   * @overload
   * @param {string} node
   * @param {number} channel
   * @param {number} row
   * @param {number} column
   * @returns {Promise<Explanation>}
   */
  /**
   * @param {string | ExplainOptions} what
   * @param {number} [channel]
   * @param {number} [row]
   * @param {number} [column]
   * @returns {Promise<Why | Explanation>}
   */
  async explain(what, channel, row, column) {
    if (typeof what !== 'object' || what === null) return this.#call('explain', { node: what, channel, row, column });
    check('why', { method: what.method }, what);
    const { method, target, rather, layer, patch, stride, onStep, signal } = what;
    const { fill, baseline, steps, samples, sigma, seed } = { ...DEFAULTS, ...given(what) };
    const args = { method, target, rather, layer, patch, stride, fill, steps, samples, sigma, seed, baseline };
    return this.#ask('why', args, { onStep, signal });
  }

  /**
   * Which branch does the answer rest on? Sets each branch of each module to 0 in turn, or each channel of one module, in a
   * run of its own, as `explain` does.
   * @param {RemovalOptions} [options]
   * @returns {Promise<Removal>}
   */
  async removal(options) {
    check('removal', {}, options);
    const { target, rather, module: layer, onStep, signal } = options ?? {};
    return this.#client.call('removal', { target, rather, layer }, { scope: this.#id, onEvent: onStep, signal });
  }

  /**
   * What does each branch and each channel of every module add to the answer, by gradient times activation? One pass for all.
   * @param {BranchesOptions} [options]
   * @returns {Promise<Branches>}
   */
  async branches(options) {
    check('branches', {}, options);
    const { target, rather, signal } = options ?? {};
    return this.#client.call('branches', { target, rather }, { scope: this.#id, signal });
  }

  /**
   * Can a map be trusted? On a network or in a run of its own: the scope's weights, values and changes stay as they are.
   * @param {TrustOptions} options
   * @returns {Promise<Trust>}
   */
  async trust(options) {
    check('trust', { check: options?.check }, options);
    const { onStep, signal, ...asked } = options;
    const args = { ...DEFAULTS, points: 16, blank: 'zero', method: 'gradient', ...given(asked) };
    return this.#ask('trust', args, { onStep, signal });
  }

  /**
   * Makes a picture that excites something, in buffers of its own: the scope's picture and values stay as they are, and calls that
   * come after it need not wait for it. Several take turns.
   * @param {VisualiseOptions} options
   * @returns {Promise<Visualised>}
   */
  async visualise(options) {
    return this.#stepwise('visualise', options);
  }

  /**
   * Lets a layer make more of what it finds in a picture (DeepDream), likewise. Rejects if there is none, and none has run.
   * @param {DreamOptions} options
   * @returns {Promise<Visualised>}
   */
  async dream(options) {
    return this.#stepwise('dream', options);
  }

  /**
   * How good are the answers? Several crops of each photo and several networks, whose probabilities are averaged; with the
   * changes that are in force. Computed in runs of their own, as `explain` does. A photo that cannot be used is told, and
   * does not keep the others from it. Waits for `ready`.
   * @param {EvaluateOptions} options
   * @returns {Promise<Evaluation>}
   */
  async evaluate(options) {
    check('evaluate', { photos: options?.photos }, options);
    const scopes = [this, ...(options.ensemble ?? [])];
    await Promise.all(scopes.map(({ ready }) => ready));
    const networks = scopes.map((scope) => ({
      classes: scope.graph.classes,
      call: (/** @type {string} */ method, /** @type {object} */ args, /** @type {object | undefined} */ told) => (
        scope.#client.call(method, args, { scope: scope.#id, ...told })),
    }));
    return evaluate(networks, options, this.#client.places);
  }

  /**
   * The number of the class that a folder is named after: by name, by name with `_` for spaces, or by number. Rejects
   * if there is none, or there are several.
   * @param {string} folder
   * @returns {Promise<number>}
   */
  async classOf(folder) {
    return this.#call('classOf', { folder });
  }

  /**
   * The learned weights that a channel is made with, without batch norm; null for what has none.
   * @param {string} node
   * @param {number} channel
   * @returns {Promise<Kernel | null>}
   */
  async kernel(node, channel) {
    return this.#call('kernel', { node, channel });
  }

  /**
   * Which channels a channel is made of, and which are made of it, by weights alone: those of the layers in between, multiplied
   * through. Waits for no picture.
   * @param {string} node
   * @param {number} channel
   * @param {{ most?: number }} [options] how many excitatory and how many inhibitory links are listed with each node; 12 if it is left out
   * @returns {Promise<Links[]>} as a rule with one node that it reads, and one that reads it
   */
  async circuit(node, channel, { most = 12 } = {}) {
    return this.#call('circuit', { node, channel, most });
  }

  /**
   * Runs the last picture again, step by step, and measures each: takes one to six times as long as a run.
   * @returns {Promise<StepTime[]>} in order of execution
   */
  async times() {
    return this.#call('times');
  }

  /**
   * Sets a node's value, or some channels of it, to 0 from now on; what depends on it is computed again.
   * @param {string | string[]} node several are changed at once, before anything is computed
   * @param {number[]} [channels]
   * @param {InterventionOptions} [options]
   * @returns {Promise<Prediction | null>} the new one; null if there is no picture yet
   */
  async mute(node, channels, options) {
    return this.#intervene('mute', { node, channels }, options);
  }

  /**
   * From now on: sets the residual scale of a residual block, or the factor of any other node's value; what
   * depends on it is computed again.
   * @param {string | string[]} node as of `mute`
   * @param {number} factor
   * @param {InterventionOptions} [options]
   * @returns {Promise<Prediction | null>} as `mute`
   */
  async scale(node, factor, options) {
    return this.#intervene('scale', { node, factor }, options);
  }

  /**
   * Gives a node a value from now on, whatever it reads; what depends on it is computed again.
   * @param {string} node
   * @param {Float32Array} values C,H,W, row by row
   * @param {InterventionOptions} [options]
   * @returns {Promise<Prediction | null>} as `mute`
   */
  async replace(node, values, options) {
    return this.#intervene('replace', { node, values: values instanceof Float32Array ? values.slice() : values }, options);
  }

  /**
   * Undoes the interventions on a node or a residual block; all of them, if none is named.
   * @param {string | null} [node]
   * @param {InterventionOptions} [options]
   * @returns {Promise<Prediction | null>} as `mute`
   */
  async restore(node, options) {
    return this.#intervene('restore', { node }, options);
  }

  /**
   * What is changed.
   * @returns {Promise<Intervention[]>}
   */
  async interventions() {
    return this.#call('interventions');
  }

  /**
   * What is worth knowing about the weights, as far as they have come: values that are NaN, a classifier that is missing.
   * @returns {Promise<Warning[]>}
   */
  async warnings() {
    return this.#call('warnings');
  }

  /**
   * Names the classes, for the results of later runs.
   * @param {string} text one name a line, or a JSON list, as many as there are classes
   * @returns {Promise<void>}
   */
  async nameClasses(text) {
    return this.#call('name', { text });
  }

  /**
   * Which kernels were found fastest on this GPU; null where the CPU computes.
   * @returns {Promise<Tuning | null>}
   */
  async tuning() {
    return this.#call('tuning');
  }

  /**
   * Measures that (again), after a run, and keeps it in the browser: the costliest classes of
   * convolutions first, no more of them after `limit` milliseconds.
   * @param {{ limit?: number }} [options] ten seconds, if left out
   * @returns {Promise<Tuning | null>}
   */
  async tune(options) {
    return this.#call('tune', {}, options);
  }

  /**
   * What the network takes, in bytes: packed weights, values, and the whole memory of the runtime, in which
   * both lie if the CPU computes.
   * @returns {Promise<import('./api.js').Memory>}
   */
  async memory() {
    return this.#call('memory');
  }

  /**
   * A second scope on the same weights, with a picture and interventions of its own. Waits for `ready`.
   * @returns {Promise<Scope>}
   */
  async fork() {
    await this.ready;
    return new Scope(this.#client, await this.#client.fork(this.#id), this.ready);
  }

  /** Frees everything that is this scope's; with the last scope on a network the worker ends. */
  async dispose() {
    await this.#client.dispose(this.#id);
  }

  /** @param {string} method @param {object} [args] @param {object} [options] */
  #call(method, args = {}, options = undefined) {
    check(method, args, options);
    return this.#client.call(method, { ...args, ...options }, { scope: this.#id });
  }

  /**
   * Asks about a baseline. One with a name is asked about at once: it belongs to the state before the calls that follow.
   * @param {string} method @param {{ [name: string]: any }} args @param {{ onStep?: (step: any) => void, signal?: AbortSignal }} heard
   */
  async #ask(method, { baseline, ...args }, { onStep, signal }) {
    const begin = typeof baseline === 'string' ? { baseline, other: new Float32Array() } : await begins(this, baseline, signal);
    return this.#client.call(method, { ...args, ...begin }, { scope: this.#id, onEvent: onStep, signal });
  }

  /** @param {string} method @param {VisualiseOptions | DreamOptions} options */
  async #stepwise(method, options) {
    check(method, { objective: options?.objective }, options);
    const { onStep, signal, ...args } = options;
    return this.#client.call(method, given(args), { scope: this.#id, onEvent: onStep, signal });
  }

  /** @param {string} method @param {object} args @param {InterventionOptions} [options] */
  #intervene(method, args, options) {
    check(method, args, options);
    const onEvent = options?.onNode ?? ((/** @type {string} */ node) => this.#client.heard(this.#id)?.(node));
    return this.#client.call(method, args, { scope: this.#id, onEvent });
  }
}
