/** Buttons that start, pause and stop what grows, and what is said of it. */

import { h, setText } from '../dom.js';
import { sentence } from '../faults.js';
import { Growth } from '../growth.js';
import { t } from '../words.js';

/** A button of a panel. @param {string} text @param {() => unknown} onclick */
export const quiet = (text, onclick) => h('button', { type: 'button', class: 'quiet', text, onclick });

/** @param {number[]} values @param {number} chosen @param {(value: number) => string} text */
export const choice = (values, chosen, text) =>
  h('select', {}, values.map((value) => h('option', { value, selected: value === chosen, text: text(value) })));

/** @param {number} value @param {Record<string, number>} limits */
export const number = (value, limits) => h('input', { type: 'number', inputmode: 'numeric', value, min: 0, step: 1, ...limits });

export class Growing {
  /** What grows. @type {Growth | null} */
  growth = null;

  /**
   * @param {{ start: string, again: string }} texts of the button that starts
   * @param {() => unknown} onStart
   */
  constructor(texts, onStart) {
    this.texts = texts;
    /** Whether something is there to begin again. */
    this.begun = false;
    this.start = quiet(texts.start, onStart);
    this.pause = quiet(t.excites.pause, () => this.#togglePause());
    this.end = quiet(t.growing.stop, () => this.stop());
    this.said = h('p', { class: 'muted small', role: 'status' });
    this.buttons = [this.start, this.pause, this.end];
    this.#show();
  }

  /** Forgets what was there: something else is to grow. */
  clear() {
    this.stop();
    this.begun = false;
    setText(this.said, '');
    this.#show();
  }

  stop() {
    this.growth?.stop();
    this.growth = null;
    this.#show();
  }

  /** @param {string} text */
  say(text) {
    setText(this.said, text);
  }

  /**
   * Works, in place of what was under way. What goes wrong is said.
   * @param {HTMLElement} host where it is drawn
   * @param {(growth: Growth) => Promise<unknown>} work
   */
  async run(host, work) {
    this.stop();
    const growth = new Growth(host);
    this.growth = growth;
    this.begun = true;
    this.#show();
    try {
      await work(growth);
    } catch (error) {
      if (!growth.stopped) setText(this.said, sentence(error));
    }
    if (this.growth === growth) this.stop();
  }

  #togglePause() {
    const { growth } = this;
    if (growth?.paused) growth.goOn();
    else growth?.pause();
    this.#show();
  }

  #show() {
    const { growth, start, pause, end } = this;
    const focused = document.activeElement;
    setText(start, this.begun ? this.texts.again : this.texts.start);
    setText(pause, growth?.paused ? t.excites.goOn : t.excites.pause);
    pause.hidden = end.hidden = growth === null;
    // A button that is hidden loses the focus: the one that starts takes it.
    if ((focused === pause || focused === end) && growth === null) start.focus({ preventScroll: true });
  }
}
