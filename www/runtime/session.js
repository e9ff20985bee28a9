/**
 * The calls on a network: one picture and its interventions (the runtime's `Session`), the order of what is
 * asked about them, and how their answers are made.
 *
 * @module
 */

import { answerEach, predictionOf } from './crops.js';
import { coded, failure } from './errors.js';
import { decode } from './picture.js';
import { Bell, exclusive, Queue, turn } from './queue.js';
import * as tuning from './tuning.js';
import * as visions from './visualise.js';
import * as why from './why.js';

/**
 * @typedef {import('../pkg/inceptionscope.js').Session} Session
 * @typedef {import('../pkg/inceptionscope.js').Values} Values
 * @typedef {import('./weights.js').Weights} Weights
 *
 * @typedef {object} Call A call that has not been answered.
 * @property {boolean} cancelled nobody waits for it any more
 * @property {(event: any) => void} tell
 * @property {(event: any) => Promise<void>} heed tells, and waits until the caller has seen to it
 *
 * @typedef {{ code: import('./errors.js').Code, data: import('./errors.js').Data, message: string }} WireError An error as a message.
 */

/** No limit on the size of maps, as a number that the runtime takes. */
const UNLIMITED = 2 ** 31 - 1;

/** Bins of a histogram. */
const BINS = 48;

/** How long kernels are measured, in milliseconds. */
const TUNING = 10_000;

/** Of weights without a classifier. */
const NO_PREDICTION = { logits: new Float32Array(), probabilities: new Float32Array(), top: [] };

/** Questions about the network, or about a node's value. */
const QUESTIONS = {
  /** @param {Session} session @param {{ node: string }} args */
  activation: async (session, { node }) => plain(await session.activation(node)),

  async stats(/** @type {Session} */ session, /** @type {{ node: string }} */ { node }) {
    const statistics = await session.stats(node);
    const { min, mean, max, zeros, energy, nonfinite, peak } = statistics;
    const shape = [...statistics.shape];
    statistics.free();
    return { shape, min, mean, max, zeros, energy, nonfinite, peak };
  },

  /** @param {Session} session @param {{ node: string, channels?: number[], size?: number }} args */
  maps: async (session, { node, channels, size }) => (
    plain(await session.maps(node, Uint32Array.from(channels ?? []), size ?? UNLIMITED))),

  /** @param {Session} session @param {{ node: string, size?: number }} args */
  mean: async (session, { node, size }) => plain(await session.mean(node, size ?? UNLIMITED)),

  /** @param {Session} session @param {{ node: string, channel: number, bins?: number }} args */
  histogram: async (session, { node, channel, bins }) => JSON.parse(await session.histogram(node, channel, bins ?? BINS)),

  /** @param {Session} session @param {{ node: string, channel?: number | null }} args */
  receptive: (session, { node, channel }) => JSON.parse(session.receptive(node, channel ?? undefined)),

  /** @param {Session} session @param {{ node: string, channel: number, row: number, column: number }} args */
  explain: async (session, { node, channel, row, column }) => JSON.parse(await session.explain(node, channel, row, column)),

  async kernel(/** @type {Session} */ session, /** @type {{ node: string, channel: number }} */ { node, channel }) {
    const kernel = await session.kernel(node, channel);
    if (!kernel) return null;
    const result = { node: kernel.node, first: kernel.first, shape: [...kernel.shape], data: kernel.data };
    kernel.free();
    return result;
  },

  /** @param {Session} session @param {{ node: string, channel: number, most: number }} args */
  circuit: async (session, { node, channel, most }) => JSON.parse(await session.circuit(node, channel, most)),

  interventions: (/** @type {Session} */ session) => JSON.parse(session.interventions()),

  classes: (/** @type {Session} */ session) => session.class_names(),

  classOf: (/** @type {Session} */ session, /** @type {{ folder: string }} */ { folder }) => session.class_of(folder),

  /** @param {Session} session @param {{ answers: Float32Array }} args of each its logits and probabilities */
  average: (session, { answers }) => predictionOf(session.average(answers)),

  /** Which kernels were found fastest on this GPU; null where the CPU computes. */
  tuning: (/** @type {Session} */ session) => JSON.parse(session.tuning() ?? 'null'),

  memory: (/** @type {Session} */ session) => JSON.parse(session.memory()),

  warnings: (/** @type {Session} */ session) => JSON.parse(session.warnings()),
};

/** What changes a picture's values: the runtime takes note, and computes afterwards. */
const INTERVENTIONS = {
  /** @param {Session} session @param {{ node: string | string[], channels?: number[] }} args */
  mute: (session, { node, channels }) => each(node, (one) => session.mute(one, Uint32Array.from(channels ?? []))),

  /** @param {Session} session @param {{ node: string | string[], factor: number }} args */
  scale: (session, { node, factor }) => each(node, (one) => session.scale(one, factor)),

  /** @param {Session} session @param {{ node: string, values: Float32Array }} args */
  replace: (session, { node, values }) => session.replace(node, values),

  restore: (/** @type {Session} */ session, /** @type {{ node?: string | null }} */ { node }) => session.restore(node ?? undefined),
};

/** What else has its place in the order of calls. */
const CHANGES = {
  times: async (/** @type {Session} */ session) => JSON.parse(await session.times()),

  name: (/** @type {Session} */ session, /** @type {{ text: string }} */ { text }) => session.name_classes(text),

  /** Measures which kernels are fastest on this GPU, for some `limit` milliseconds, and keeps it for the next time. */
  async tune(/** @type {Session} */ session, /** @type {{ limit?: number }} */ { limit }) {
    const measured = (await session.tune(limit ?? TUNING)) ?? 'null';
    await tuning.keep(measured);
    return JSON.parse(measured);
  },

  /** Uses what was measured before on this GPU, if anything was. */
  async useTuning(/** @type {Session} */ session) {
    const kept = await tuning.kept();
    if (kept) await session.set_tuning(kept);
    return JSON.parse(session.tuning() ?? 'null');
  },
};

export class OpenScope {
  #queue = new Queue();
  /** @type {Session | null} */
  #session;
  #weights;
  /** Whether there is a picture. */
  #hasPicture = false;
  /** Told of nodes: the last run's. @type {(nodes: string[]) => void} */
  #tell = () => {};
  /** What is under way: `bell` rings when nodes are computed. @type {{ bell: Bell, waiting: boolean } | null} */
  #running = null;

  /** @param {Session} session @param {Weights | null} weights that are still to come */
  constructor(session, weights) {
    this.#session = session;
    this.#weights = weights;
  }

  /**
   * @param {string} method
   * @param {any} args
   * @param {Call} call
   * @returns {Promise<unknown>}
   */
  call(method, args, call) {
    if (method === 'strongest') {
      const { nodes, size } = args;
      return this.#queue.ask(() => Promise.all(nodes.map((/** @type {string} */ node) => (
        this.#question(strongest, { node, size }).catch(missing)))));
    }
    if (method in QUESTIONS) {
      return this.#queue.ask(() => this.#question(QUESTIONS[/** @type {'stats'} */ (method)], args));
    }
    if (method === 'why') return this.#stepwise(why.begin, why.soFar, args, call);
    if (method === 'removal' || method === 'branches') return this.#stepwise(why.begin, why.soFar, { method, ...args }, call);
    if (method === 'trust') return this.#stepwise(why.check, why.checked, args, call);
    if (method === 'visualise') return this.#stepwise(visions.grow, visions.made, args, call);
    if (method === 'dream') return this.#stepwise(visions.dream, visions.made, args, call);
    if (method === 'crops') return this.#crops(args, call);
    return this.#queue.change(async (begun) => {
      if (call.cancelled) return undefined;
      if (method === 'run') return this.#run(args, call, begun);
      if (method in INTERVENTIONS) return this.#intervene(INTERVENTIONS[/** @type {'mute'} */ (method)], args, call, begun);
      return this.#use((session) => CHANGES[/** @type {'name'} */ (method)](session, args));
    });
  }

  /** A second scope on the same weights. */
  fork() {
    return this.#queue.ask(async () => new OpenScope(await this.#use((session) => session.fork()), null));
  }

  /**
   * Reads the weights.
   * @param {Promise<string | null>} naming ImageNet's class names, if the weights have no others
   * @param {Call} call
   */
  async load(naming, call) {
    const weights = this.#weights;
    // Without them classes have numbers.
    const named = this.#queue.change(async () => {
      const text = await naming;
      if (text) await this.#use((session) => session.name_classes(text));
    });
    await Promise.all([named, weights?.load(call.tell)]);
    // Auxiliary heads come last; a run does not wait for them.
    while (!this.#running && this.#hasPicture) {
      const { nodes, state } = await this.#advance();
      this.#tell(nodes);
      if (state !== 'more') break;
      await turn();
    }
    weights?.ready();
  }

  async dispose() {
    const session = this.#session;
    this.#session = null;
    const closed = this.#weights?.close();
    await exclusive(() => {
      session?.dispose();
      session?.free();
    });
    await closed;
  }

  /** @template T @param {(session: Session) => T} use */
  #use(use) {
    return exclusive(() => {
      if (!this.#session) throw failure('scope.closed');
      return use(this.#session);
    });
  }

  /**
   * Answers when what is under way has come to the node that is asked about. If it waits for weights, that may
   * take long: then the runtime says so.
   * @template A @template T
   * @param {(session: Session, args: A) => T} ask
   * @param {A & { node?: string }} args
   */
  async #question(ask, args) {
    const { node } = args;
    for (let run = this.#running; run && !run.waiting && node !== undefined; run = this.#running) {
      const { next } = run.bell;
      if (await this.#use((session) => session.has(node))) break;
      await next;
    }
    return this.#use((session) => ask(session, args));
  }

  /**
   * @param {{ input: import('./input.js').Picture, crop?: import('./api.js').Crop, resize?: boolean }} args
   * @param {Call} call
   * @param {() => void} begun
   */
  async #run({ input, crop, resize }, call, begun) {
    const start = performance.now();
    const picture = await decode(input);
    const decoded = performance.now();
    // A single number stands for the picture as it is.
    const square = new Float64Array(crop ? [crop.x, crop.y, crop.size] : resize === false ? [0] : []);
    const view = await this.#use((session) => (picture instanceof Float32Array ? session.begin_tensor(picture)
      : picture instanceof Uint8Array ? session.begin_file(picture, square)
        : session.begin_pixels(picture.width, picture.height, new Uint8Array(picture.data.buffer), square)));
    this.#hasPicture = true;
    this.#tell = call.tell;
    const { waited, predicted } = await this.#compute(call, begun);
    if (call.cancelled) {
      this.#hasPicture = false;
      await this.#use((session) => session.stop());
      return null;
    }
    const prediction = predicted ? await this.#prediction() : NO_PREDICTION;
    const timings = { decode: decoded - start, run: performance.now() - decoded - waited, wait: waited };
    const [photoWidth, photoHeight, x, y, width, height] = view ?? [];
    return { ...prediction, seen: view ? { photoWidth, photoHeight, x, y, width, height } : null, timings };
  }

  /**
   * @template A
   * @param {(session: Session, args: A) => void | Promise<void>} intervene
   * @param {A} args
   * @param {Call} call
   * @param {() => void} begun
   */
  async #intervene(intervene, args, call, begun) {
    await this.#use((session) => intervene(session, args));
    if (!this.#hasPicture) return null;
    const { predicted } = await this.#compute({ cancelled: false, tell: call.tell }, begun);
    return predicted ? this.#prediction() : null;
  }

  /**
   * What takes many steps: begins in the state that there is when the calls before it are answered; those after it do not wait.
   * @template {{ advance(): Promise<Uint32Array>, free(): void }} Steps
   * @param {(session: Session, args: any) => Promise<Steps>} begin
   * @param {(steps: Steps, args: any, done: number, of: number) => unknown} soFar
   * @param {any} args
   * @param {Call} call
   */
  async #stepwise(begin, soFar, args, call) {
    const steps = await this.#queue.change(async () => (
      call.cancelled ? null : this.#use((session) => begin(session, args))));
    try {
      for (let told = 0; steps && !call.cancelled; await turn()) {
        const [done, of] = await this.#use(() => steps.advance());
        if (done === of) return soFar(steps, args, done, of);
        if (done > told) await call.heed(soFar(steps, args, done, of));
        told = done;
      }
      return null;
    } finally {
      await exclusive(() => steps?.free());
    }
  }

  /**
   * Crops of photos, with the changes that are in force when the calls before it are answered.
   * @param {Parameters<typeof answerEach>[2]} args
   * @param {Call} call
   */
  async #crops(args, call) {
    const steps = await this.#queue.change(async () => (
      call.cancelled ? null : this.#use((session) => session.crops(args.count))));
    try {
      if (steps) await answerEach((use) => this.#use(use), steps, args, call);
    } finally {
      await exclusive(() => steps?.free());
    }
  }

  /**
   * Computes all that the weights allow, up to the prediction at least.
   * @param {Pick<Call, 'cancelled' | 'tell'>} call
   * @param {() => void} begun
   */
  async #compute(call, begun) {
    const run = { bell: new Bell(), waiting: false };
    this.#running = run;
    begun();
    let waited = 0;
    try {
      for (;;) {
        const next = this.#weights?.arrival.next;
        const { nodes, state, predicted } = await this.#advance();
        call.tell(nodes);
        if (call.cancelled || state === 'done' || (state === 'waiting' && predicted)) return { waited, predicted };
        run.waiting = state === 'waiting';
        run.bell.ring();
        if (run.waiting) {
          const from = performance.now();
          if (!this.#weights?.failure) await next;
          if (this.#weights?.failure) throw this.#weights.failure;
          waited += performance.now() - from;
        } else {
          await turn();
        }
        if (call.cancelled) return { waited, predicted };
      }
    } finally {
      this.#running = null;
      run.bell.ring();
    }
  }

  /**
   * Computes a little of what can be computed now.
   * @returns {Promise<import('./rust.d.ts').Advanced>}
   */
  async #advance() {
    return JSON.parse(await this.#use((session) => session.advance()));
  }

  async #prediction() {
    return predictionOf(await this.#use((session) => session.outcome()));
  }
}

/** @param {string | string[]} nodes one or several @param {(node: string) => Promise<void>} change */
async function each(nodes, change) {
  for (const node of [nodes].flat()) await change(node);
}

/** The channel of a node with the most energy. @param {Session} session @param {{ node: string, size?: number }} args */
async function strongest(session, { node, size }) {
  const { energy, min, max } = await QUESTIONS.stats(session, { node });
  const channel = energy.reduce((most, value, i) => (value > energy[most] ? i : most), 0);
  const map = await QUESTIONS.maps(session, { node, channels: [channel], size });
  return { node, channel, min: min[channel], max: max[channel], ...map };
}

/** Of a node whose value is not there. @param {unknown} error */
function missing(error) {
  if (['node.not_yet', 'node.no_weights'].includes(coded(error).code)) return null;
  throw error;
}

/** @param {Values} values */
function plain(values) {
  const result = { shape: [...values.shape], data: values.data };
  values.free();
  return result;
}
