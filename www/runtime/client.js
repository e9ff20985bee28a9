/**
 * The caller's side of a worker: sends calls in the order in which they are made, and brings everything back
 * when the GPU or the worker is lost, so that callers see nothing of it but a longer wait.
 *
 * @module
 */

import { aborted, failure, InceptionscopeError } from './errors.js';
import { platform } from './platform.js';
import { fileAt } from './site.js';
import { VERSION, whyNot } from './version.js';

/**
 * @typedef {object} Call
 * @property {number} id
 * @property {number} scope
 * @property {string} method
 * @property {any} args `input` may still be on its way
 * @property {(value: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {(event: any) => void} [onEvent]
 * @property {boolean} cancelled nobody waits for it any more
 * @property {boolean} replayed what it does was done before
 * @property {number} losses how often something was lost during it
 */

/** A GPU that is lost twice in this time, in milliseconds, is given up. */
const GIVE_UP = 60_000;
/** Errors after which a worker is of no use any more. */
const LOST = new Set(['device.lost', 'runtime.failed']);
/** What a GPU says that works, but not for this: too little memory, as a rule. */
const REFUSED = 'device.refused';
/** What an answer says that a GPU may have left out a part of. */
const DOUBTED = 'answer.not_finite';
/** Changes that last: done again in a new worker. */
const LASTING = new Set(['mute', 'scale', 'replace', 'restore', 'name', 'useTuning', 'fork', 'dispose']);
/** Of those, what `restore` undoes. */
const INTERVENTIONS = new Set(['mute', 'scale', 'replace', 'restore']);

/** A worker, the calls that wait for it, and what it takes to replace it. */
export class Client {
  /** Why no call is answered any more. @type {Error | null} */
  ended = null;
  /** What `open` answered last. @type {import('./api.js').Opened | null} */
  opened = null;
  /** @type {(recovery: import('./api.js').Recovery) => void} */
  onRecover = () => {};
  #hasRun = () => {};
  /** Resolves when a picture has run. @type {Promise<unknown>} */
  firstRun = new Promise((resolve) => { this.#hasRun = () => resolve(undefined); });

  /** @type {import('./platform.js').Runner} */
  #worker;
  #started = false;
  /** What computes with it. @type {import('./platform.js').Runner[]} */
  #threads = [];
  /** Calls without an answer, in order. @type {Map<number, Call>} */
  #calls = new Map();
  #lastCall = 0;
  /** Each message is sent after those before it, which may wait for a picture. @type {Promise<unknown>} */
  #sending = Promise.resolve();
  #scopes = new Set([0]);
  #lastScope = 0;

  /** How the network was opened. @type {any} */
  #choice = null;
  #loaded = false;
  /** Lasting changes that are done. @type {{ scope: number, method: string, args: any }[]} */
  #done = [];
  /** The last run of each scope: its picture, and who is told of nodes that are computed again. @type {Map<number, Call>} */
  #runs = new Map();
  /** When the GPU was lost. @type {number[]} */
  #losses = [];
  /** Why the GPU is given up: the CPU computes from now on. @type {'' | 'lost' | 'doubted'} */
  #givenUp = '';

  /** @param {import('./site.js').Places} places where the worker finds its files */
  constructor(places) {
    this.places = places;
    this.#worker = this.#start();
  }

  /** Whether the engine was left to us. */
  get #automatic() {
    return this.#choice !== null && (this.#choice.engine ?? 'auto') === 'auto';
  }

  /** Whether any call waits for its answer. */
  get busy() {
    return this.#calls.size > 0;
  }

  /**
   * @param {string} method
   * @param {object} [args]
   * @param {{ scope?: number, signal?: AbortSignal, onEvent?: (event: any) => void }} [options]
   * @returns {Promise<any>}
   */
  call(method, args = {}, { scope = 0, signal, onEvent } = {}) {
    if (this.ended) return Promise.reject(this.ended);
    if (!this.#scopes.has(scope)) return Promise.reject(failure('scope.closed'));
    if (signal?.aborted) return Promise.reject(aborted(signal));
    if (method === 'open') this.#choice = args;
    return new Promise((resolve, reject) => {
      const call = this.#register({ scope, method, args, resolve, reject, onEvent });
      signal?.addEventListener('abort', () => this.#cancel(call, signal), { once: true });
      this.#sending = this.#sending.then(() => this.#send(call));
    });
  }

  /** Who hears of a scope's nodes: whoever asked for its last run. @param {number} scope */
  heard(scope) {
    return this.#runs.get(scope)?.onEvent;
  }

  /** A second scope on the same weights: its number. @param {number} scope */
  async fork(scope) {
    const to = ++this.#lastScope;
    this.#scopes.add(to);
    await this.call('fork', { to }, { scope });
    return to;
  }

  /** Closes a scope; with the last one the worker ends. @param {number} scope */
  async dispose(scope) {
    if (!this.#scopes.has(scope)) return;
    const disposed = this.call('dispose', {}, { scope });
    this.#scopes.delete(scope);
    for (const call of this.#calls.values()) {
      if (call.scope === scope && call.method !== 'dispose') this.#drop(call, failure('scope.closed'));
    }
    if (this.#scopes.size > 0) return disposed;
    await disposed.catch(() => {}).finally(() => this.end(failure('scope.closed')));
  }

  /** @param {Error} reason what unanswered and later calls get */
  end(reason) {
    this.#terminate();
    this.ended ??= reason;
    for (const call of this.#calls.values()) this.#drop(call, reason);
  }

  /** @param {Pick<Call, 'scope' | 'method' | 'args' | 'resolve' | 'reject' | 'onEvent'> & { replayed?: boolean }} call */
  #register(call) {
    const registered = { replayed: false, ...call, id: ++this.#lastCall, cancelled: false, losses: 0 };
    this.#calls.set(registered.id, registered);
    return registered;
  }

  /** @param {Call} call @param {Error} reason */
  #drop(call, reason) {
    this.#calls.delete(call.id);
    call.reject(reason);
  }

  /** What has not begun is skipped, a run is stopped, any other result is dropped. @param {Call} call @param {AbortSignal} signal */
  #cancel(call, signal) {
    if (!this.#calls.has(call.id)) return;
    call.cancelled = true;
    call.reject(aborted(signal));
    this.#worker.postMessage({ cancel: call.id });
  }

  /** @param {Call} call */
  async #send(call) {
    const worker = this.#worker;
    try {
      if (call.args.input instanceof Promise) call.args = { ...call.args, input: await call.args.input };
      const { id, scope, method, args } = call;
      if (!this.#calls.has(id) || worker !== this.#worker) return;
      if (call.cancelled) this.#calls.delete(id);
      else worker.postMessage({ id, scope, method, args });
    } catch (error) {
      // A picture that cannot be fetched or handed over: the calls after it go on.
      this.#drop(call, error instanceof InceptionscopeError ? error : failure('photo.unreadable', { reason: String(error) }));
    }
  }

  /** A worker, if the page may start one. @param {(reason: string) => Error} unavailable */
  #attempt(unavailable) {
    try {
      return platform.startWorker(this.places);
    } catch (error) {
      throw unavailable(error instanceof Error ? error.message : String(error));
    }
  }

  #start() {
    const unavailable = (/** @type {string} */ reason) => (
      failure('runtime.unavailable', { address: this.places.worker ?? fileAt('runtime/worker.js', this.places).href, reason }));
    const worker = this.#attempt(unavailable);
    this.#started = false;
    worker.onmessage = ({ data }) => {
      if (worker !== this.#worker) return;
      this.#started = true;
      if ('started' in data) {
        // It says so before anything else: nothing that another version answers is heard.
        if (data.started !== VERSION) this.end(failure('runtime.updated'));
        return;
      }
      if ('crashed' in data) this.#lost(wired(data.crashed), null);
      else if ('team' in data) this.#startThreads(data.team);
      else this.#answer(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      const reason = event.message || 'the file is missing, or the page\'s security policy does not allow it';
      if (this.#started) this.#lost(failure('runtime.failed', { reason }), null);
      else void whyNot(unavailable(reason)).then((error) => worker === this.#worker && this.end(error));
    };
    worker.postMessage({ places: this.places });
    return worker;
  }

  /** @param {object[]} team what each is given (`threads.js`) */
  #startThreads(team) {
    this.#threads = team.map((part) => {
      const thread = platform.startThread(this.places);
      thread.onmessage = ({ data }) => 'crashed' in data && this.#threads.includes(thread) && this.#lost(wired(data.crashed), null);
      thread.onerror = (event) => event.preventDefault(); // one that does not come costs time, nothing else
      thread.postMessage(part);
      return thread;
    });
  }

  #terminate() {
    for (const worker of [this.#worker, ...this.#threads]) worker.terminate();
    this.#threads = [];
  }

  /**
   * @param {object} data
   * @param {number} data.id
   * @param {any} [data.value]
   * @param {{ code: import('./errors.js').Code, data: any, message: string }} [data.error]
   * @param {any} [data.event]
   * @param {boolean} [data.heed]
   */
  #answer(data) {
    const call = this.#calls.get(data.id);
    if ('event' in data) {
      const told = call ?? [...this.#runs.values()].find(({ id }) => id === data.id);
      const tell = (/** @type {any} */ event) => (told?.cancelled ? undefined : told?.onEvent?.(event));
      // Of a run: nodes that were computed since the last message, as one for each would take as long as some of them. Each is told
      // by itself: what one does, as give the run up or throw, ends or leaves the others as it would if they came alone.
      if (Array.isArray(data.event)) for (const node of data.event) queueMicrotask(() => tell(node));
      else if (data.heed) this.#heed(data.id, tell(data.event));
      else tell(data.event);
    } else if (call && data.error) {
      const error = wired(data.error);
      if (this.#choice && (LOST.has(error.code) || this.#blamesGpu(error))) this.#lost(error, call);
      else this.#drop(call, error);
    } else if (call) {
      this.#calls.delete(data.id);
      if (!call.replayed) this.#remember(call, data.value);
      call.resolve(data.value);
    }
  }

  /**
   * Whether another engine might have answered, and we may choose one. What was asked for can be too large for any.
   * @param {InceptionscopeError} error
   */
  #blamesGpu({ code }) {
    if (!this.#automatic) return false;
    const changed = this.#done.some(({ method }) => INTERVENTIONS.has(method));
    return code === REFUSED || (code === DOUBTED && this.opened?.engine.engine === 'gpu' && !changed);
  }

  /** The worker goes on once whoever was told has seen to it. @param {number} id @param {unknown} heed */
  async #heed(id, heed) {
    const worker = this.#worker;
    await Promise.resolve(heed).catch(() => {});
    worker.postMessage({ heeded: id });
  }

  /** @param {Call} call @param {any} value */
  #remember({ scope, method, args, ...call }, value) {
    const ofOthers = (/** @type {Set<string>} */ methods) => (
      this.#done.filter((done) => done.scope !== scope || !methods.has(done.method)));
    if (method === 'open') {
      this.opened = value;
      if (this.#givenUp) value.engine.why = this.#givenUp;
    }
    if (method === 'load') this.#loaded = true;
    const all = method === 'restore' && !args.node;
    if (all) this.#done = ofOthers(INTERVENTIONS);
    if (method === 'run' && !call.cancelled) {
      this.#runs.set(scope, { ...call, scope, method, args });
      this.#hasRun();
    }
    // A run that was stopped has taken the picture with it, unless it had not begun.
    if (method === 'run' && call.cancelled && value === null) this.#runs.delete(scope);
    if (method === 'dispose') {
      this.#runs.delete(scope);
      this.#done = ofOthers(new Set([...LASTING].filter((lasting) => lasting !== 'fork')));
    }
    if (LASTING.has(method) && !all) this.#done.push({ scope, method, args });
  }

  /**
   * The GPU or the worker is lost: goes on with a new worker, in which everything is done again.
   * @param {InceptionscopeError} reason
   * @param {Call | null} call during which it was noticed, if it was during one
   */
  #lost(reason, call) {
    this.#terminate();
    const now = performance.now();
    if (reason.code === 'device.lost') this.#losses = [...this.#losses.filter((at) => at > now - GIVE_UP), now];
    const blamed = call ? [call] : [...this.#calls.values()];
    for (const each of blamed) each.losses += 1;
    // A call that fails again and again is not repeated for ever; without the network there is nothing to repeat.
    const limit = reason.code === 'device.lost' ? 3 : 1;
    const hopeless = blamed.filter(({ losses }) => losses > limit);
    const needed = hopeless.some(({ method, replayed }) => replayed || method === 'open' || method === 'load');
    if (this.#blamesGpu(reason) || (this.#automatic && needed)) {
      // Whoever left the choice to us gets the CPU: a GPU may be to blame.
      this.#givenUp = reason.code === DOUBTED ? 'doubted' : 'lost';
      for (const each of blamed) each.losses = 0;
    } else {
      if (!this.#choice || needed) return this.end(reason);
      for (const each of hopeless) this.#drop(each, reason);
    }
    const pending = [...this.#calls.values()].filter(({ replayed }) => !replayed);
    this.#calls = new Map(pending.map((waiting) => [waiting.id, waiting]));
    this.#worker = this.#start();
    const worker = this.#worker;
    this.#sending = this.#recover(reason, pending).catch((error) => {
      if (worker === this.#worker) this.end(error);
    });
  }

  /** @param {InceptionscopeError} reason @param {Call[]} pending */
  async #recover(reason, pending) {
    if (this.#losses.length > 1) this.#givenUp ||= 'lost';
    if (this.#givenUp) this.#choice.engine = 'cpu';
    const [opening, loading] = ['open', 'load'].map((method) => pending.find((call) => call.method === method));
    if (!opening) {
      const opened = await this.#replay({ scope: 0, method: 'open', args: this.#choice }).catch((error) => {
        // A browser that has lost its GPU may give no other.
        if (this.#choice.engine === 'cpu') throw error;
        this.#choice.engine = 'cpu';
        return this.#replay({ scope: 0, method: 'open', args: this.#choice });
      });
      this.opened = opened;
      if (this.#givenUp) opened.engine.why = this.#givenUp;
      if (loading) await this.#send(loading);
      else if (this.#loaded) await this.#replay({ scope: 0, method: 'load', args: {} });
      for (const done of this.#done) await this.#replay(done);
      for (const run of this.#runs.values()) await this.#replay(run);
      this.onRecover({ reason: reason.code, engine: opened.engine });
    }
    for (const call of pending) if (call !== loading || opening) await this.#send(call);
  }

  /**
   * Does again, in the new worker, what was done before.
   * @param {Pick<Call, 'scope' | 'method' | 'args'>} done
   * @returns {Promise<any>}
   */
  #replay({ scope, method, args }) {
    return new Promise((resolve, reject) => {
      this.#send(this.#register({ scope, method, args, resolve, reject, replayed: true }));
    });
  }
}

/** @param {{ code: import('./errors.js').Code, data: any, message: string }} error */
const wired = ({ code, data, message }) => new InceptionscopeError(code, data, message);
