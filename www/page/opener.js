/** Opens networks: does what the state machine says, and tells it what came of that. */

import { open } from '../inceptionscope.js';
import { optionsOf } from './choice.js';
import { nameModules } from './graph.js';
import { idle, isBusy, step } from './opening.js';
import { choice as tuningChoice } from './panels/tuning.js';

/**
 * @typedef {import('../inceptionscope.js').Progress} Progress
 * @typedef {import('../inceptionscope.js').Tuning} Tuning
 * @typedef {import('./choice.js').Choice} Choice
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {object} Page
 * @property {() => void} onBegin a network is on its way
 * @property {(choice: Choice) => void} onSelect this is chosen now
 * @property {(scope: Scope, choice: Choice) => Promise<unknown>} onShow a network is there, maybe before its weights;
 *   resolves when the photo has run, if it is one that was there before
 * @property {() => Promise<unknown>} run runs the photo
 * @property {(scope: Scope) => Promise<void>} onLate weights that the prediction did not wait for have come
 * @property {() => void} onSettle the weights are there, or will not come
 * @property {(progress: Progress) => void} onProgress
 * @property {(tuning: Tuning) => void} onTune
 * @property {(recovery: { reason: string, engine: import('./graph.js').Engine }) => void} onRecover
 * @property {(error: unknown, unchanged: boolean) => void} onError
 */

export class Opener {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {import('./opening.js').Opening<Choice, Scope>} */
    this.state = idle();
    /** What gives up the attempt that goes on. */
    this.attempt = new AbortController();
  }

  /** The network that is shown. */
  get scope() {
    return this.state.shown?.network ?? null;
  }

  /** Whether a network is on its way. */
  get isBusy() {
    return isBusy(this.state);
  }

  /** @param {Choice} choice @returns {Promise<boolean>} whether it was not refused */
  choose(choice) {
    return this.#dispatch({ type: 'choose', choice });
  }

  cancel() {
    this.#dispatch({ type: 'cancel' });
  }

  /** @param {import('./opening.js').Event<Choice, Scope>} event */
  #dispatch(event) {
    const { page } = this;
    const { state, effects } = step(this.state, event);
    this.state = state;
    let opened = Promise.resolve(true);
    /** @type {Promise<unknown>} */
    let shown = Promise.resolve();
    for (const effect of effects) {
      switch (effect.do) {
        case 'abandon':
          this.attempt.abort(new DOMException('superseded', 'AbortError'));
          break;
        case 'dispose':
          effect.network.dispose().catch(() => {});
          break;
        case 'select':
          page.onSelect(effect.choice);
          break;
        case 'open':
          opened = this.#open(effect.attempt, effect.choice);
          break;
        case 'show':
          shown = page.onShow(effect.network, effect.choice);
          break;
        case 'settle':
          page.onSettle();
          break;
        // A photo that runs takes back what was said before.
        case 'complain':
          shown.then(() => page.onError(effect.error, effect.kept));
          break;
      }
    }
    return opened;
  }

  /** @param {number} attempt @param {Choice} choice */
  async #open(attempt, choice) {
    const { page } = this;
    const isCurrent = () => this.state.attempt === attempt && this.isBusy;
    this.attempt = new AbortController();
    page.onBegin();
    let [predicted, late] = [false, false];
    try {
      const scope = await this.#fetch(choice, isCurrent);
      nameModules(scope.graph);
      const { model, variant } = scope.graph;
      const found = { ...choice, model, variant: variant ?? '' };
      this.#dispatch({ type: 'graph', attempt, network: scope, choice: found });
      if (!isCurrent()) return true;
      // The network is there before its weights: its modules fill in as they come.
      const first = page.run().then(() => {
        predicted = true;
      });
      await scope.ready;
      late = predicted;
      await first;
      this.#dispatch({ type: 'loaded', attempt });
      if (this.scope === scope && late) await page.onLate(scope);
      return true;
    } catch (error) {
      if (!isCurrent()) return true;
      await this.#dispatch({ type: 'failed', attempt, error });
      return false;
    }
  }

  /** @param {Choice} choice @param {() => boolean} isCurrent @returns {Promise<Scope>} */
  async #fetch(choice, isCurrent) {
    const options = {
      ...optionsOf(choice),
      signal: this.attempt.signal,
      tune: tuningChoice(),
      onTune: this.page.onTune,
      onRecover: (/** @type {import('../inceptionscope.js').Recovery} */ recovery) => {
        if (this.scope) nameModules(this.scope.graph); // it was made again
        this.page.onRecover(recovery);
      },
      onProgress: (/** @type {Progress} */ progress) => {
        if (isCurrent()) this.page.onProgress(progress);
      },
    };
    // The visitor's file decides which network it is; one that fits none is held against the network chosen.
    if (typeof options.weights === 'string') return open(options);
    return open({ ...options, model: null, variant: null }).catch(() => open(options));
  }
}
