/**
 * One line of the status area: whether kernels were measured on this GPU, and buttons to do it (again) or not at all.
 */

import { t } from '../words.js';
import { h } from '../dom.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../../inceptionscope.js').Tuning} Tuning
 */

const OFF = 'inceptionscope-tune-off';

/** Whether tuning was turned off in this browser. @returns {'auto' | 'off'} */
export function choice() {
  try {
    return localStorage.getItem(OFF) ? 'off' : 'auto';
  } catch {
    return 'auto'; // storage is blocked
  }
}

export class TuningLine {
  constructor() {
    /** @type {Scope | null} */
    this.scope = null;
    this.text = h('span');
    this.tune = h('button', { type: 'button', class: 'quiet', onclick: () => this.#measure() });
    this.off = h('button', { type: 'button', class: 'quiet', onclick: () => this.#toggle() });
    this.box = h('p', { class: 'muted small', hidden: true }, this.text, ' ', this.tune, ' ', this.off);
  }

  /** After a run. @param {Scope} scope */
  async show(scope) {
    this.scope = scope;
    const tuning = await scope.tuning().catch(() => null);
    if (this.scope === scope) this.told(tuning);
  }

  /** @param {Tuning | null} tuning null where the CPU computes: there is nothing to tune */
  told(tuning) {
    this.box.hidden = !tuning;
    if (!tuning) return;
    const classes = Object.keys(tuning.tiles).length;
    this.text.textContent = classes ? t.tuning.tuned(classes, tuning.before, tuning.after) : t.tuning.untuned;
    this.tune.textContent = classes ? t.tuning.again : t.tuning.start;
    this.tune.disabled = false;
    this.off.textContent = choice() === 'off' ? t.tuning.on : t.tuning.off;
  }

  async #measure() {
    const { scope } = this;
    if (!scope) return;
    this.tune.disabled = true;
    this.text.textContent = t.tuning.running;
    const tuning = await scope
      .tune()
      .catch(() => scope.tuning())
      .catch(() => null);
    if (this.scope === scope) this.told(tuning);
  }

  #toggle() {
    try {
      if (choice() === 'off') localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, '1');
    } catch {
      return; // storage is blocked: nothing is kept
    }
    this.off.textContent = choice() === 'off' ? t.tuning.on : t.tuning.off;
  }
}
