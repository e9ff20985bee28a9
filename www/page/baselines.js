/** Photos as baselines of integrated gradients: a sample, or one that the visitor chooses. */

import { h } from './dom.js';
import { SAMPLES, sample } from './panels/photo.js';
import { t } from './words.js';

/** The baseline that is the visitor's own photo, which no link contains. */
export const OWN_BASELINE = 'own';

/** @type {readonly string[]} */
const samples = SAMPLES;

/** What a visitor can choose: value and text. @returns {[string, string][]} */
export const baselineChoices = () => [
  ...Object.entries(t.why.choices.baseline),
  ...SAMPLES.map((name) => /** @type {[string, string]} */ ([name, t.why.photoOf(t.photo.names[name])])),
  [OWN_BASELINE, t.why.ownPhoto],
];

export class Baselines {
  /** The photo that was chosen. @type {File | null} */
  #own = null;
  #input = h('input', { type: 'file', accept: 'image/*' });

  /**
   * Options of a method as the runtime takes them.
   * @template {Record<string, unknown>} T
   * @param {T} options
   * @param {boolean} [byHand] whether the visitor can be asked for a photo: without their doing, browsers open no chooser, and say nothing
   * @returns {Promise<T>}
   */
  async of(options, byHand = true) {
    const baseline = String(options.baseline ?? '');
    if (baseline !== OWN_BASELINE) this.#own = null; // who comes back to it chooses anew
    if (baseline === OWN_BASELINE && !this.#own && !byHand) throw new Error(t.why.noBaseline);
    if (baseline === OWN_BASELINE) return { ...options, baseline: (this.#own ??= await this.#choose()) };
    if (!samples.includes(baseline)) return options;
    return { ...options, baseline: await sample(baseline) };
  }

  /** @returns {Promise<File>} */
  #choose() {
    return new Promise((resolve, reject) => {
      this.#input.value = '';
      this.#input.onchange = () => resolve(/** @type {File} */ (this.#input.files?.[0]));
      this.#input.oncancel = () => reject(new DOMException('', 'AbortError'));
      this.#input.click();
    });
  }
}
