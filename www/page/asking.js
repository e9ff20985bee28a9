/** Why this answer? Asks the network, draws what is known, and asks again when the answer has changed. */

import { isAbort } from './faults.js';
import { isLong } from './question.js';

/**
 * @typedef {import('../inceptionscope.js').Branches} Branches
 * @typedef {import('../inceptionscope.js').Removal} Removal
 * @typedef {import('../inceptionscope.js').Why} Why
 * @typedef {import('./graph.js').Scope} Scope
 * @typedef {import('./question.js').Question} Question
 *
 * @typedef {object} Page
 * @property {() => Scope | null} scope
 * @property {(question: Question | null, trust: string) => void} onAsked it is the one in the address from now on, with these checks
 * @property {import('./panels/why.js').WhyView} view
 * @property {import('./baselines.js').Baselines} baselines
 * @property {(error: unknown) => void} onError
 */

/** How long after a change the question is asked again, in milliseconds. */
const SETTLE = 250;

export class Asking {
  /** @type {Question | null} */
  question = null;
  /** What is under way. @type {AbortController | null} */
  #asking = null;
  #settling = 0;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Asks; what was asked before is given up.
   * @param {Question | null} question none closes the panel
   * @param {string} [trust] of an address: checks of the answer that it asks for, too
   */
  async ask(question, trust) {
    const { page } = this;
    this.stop();
    this.question = question;
    page.onAsked(question, trust ?? '');
    page.view.callbacks.trust.want(trust ?? '');
    const scope = page.scope();
    page.view.open(question, scope?.graph ?? null);
    if (!question || !scope) return;
    const asking = new AbortController();
    this.#asking = asking;
    const { method, target, rather, options } = question;
    const onStep = (/** @type {Why | Removal | Branches} */ step) => {
      // A photo is called as the visitor chose it.
      if ('options' in step && step.options.baseline === 'photo') step.options.baseline = options.baseline;
      if (this.#asking === asking) page.view.show(step, scope.graph);
    };
    const asked = { target, rather, onStep, signal: asking.signal };
    try {
      const module = options.layer === undefined ? null : String(options.layer);
      if (method === 'branches') onStep(await scope.branches({ target, rather, signal: asking.signal }));
      else if (method === 'removal') onStep(await scope.removal({ ...asked, module }));
      else onStep(await scope.explain({ method, ...(await page.baselines.of(options, trust === undefined)), ...asked }));
    } catch (error) {
      if (!isAbort(error) && this.#asking === asking) page.onError(error);
    }
    if (this.#asking !== asking) return;
    this.#asking = null;
    page.view.end();
  }

  /** Another view of what is known: only the address changes. @param {Question} question */
  keep(question) {
    this.question = question;
    this.page.view.question = question;
    this.page.onAsked(question, '');
  }

  /** Gives up what is under way; what is known so far stays. */
  stop() {
    clearTimeout(this.#settling);
    this.#asking?.abort();
    this.#asking = null;
    this.page.view.end();
  }

  /** The answer has changed: what was found of the one before is not shown any more. @param {boolean} live of a camera */
  changed(live) {
    const { question } = this;
    if (!question) return;
    this.stop();
    this.page.view.clear();
    const again = isLong(question.method) || (live && question.method !== 'cam');
    if (!again) this.#settling = setTimeout(() => this.ask(question), live ? 0 : SETTLE);
  }
}
