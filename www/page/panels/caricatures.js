/** What does each depth of the network keep of the photo? A caricature by each module, from the first to the last, as a strip. */

import { h, labelled, setText } from '../dom.js';
import { hasMaps } from '../graph.js';
import { drawMade } from '../growth.js';
import { surface } from '../plates.js';
import { t } from '../words.js';
import { Growing, choice } from './growing.js';

/**
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Scope} Scope
 *
 * @typedef {{ module: Module, button: HTMLButtonElement, canvas: HTMLCanvasElement, steps: HTMLElement, done: boolean }} One
 */

const SIZES = [96, 128, 192];
const STEPS = [16, 64, 128, 256, 512];

export class Caricatures {
  /** What they are of: the photo, and how they are made. */
  #of = '';

  /** @param {import('./likes.js').Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {Scope | null} */
    this.scope = null;
    /** @type {One[]} */
    this.all = [];
    this.growing = new Growing({ start: t.caricatures.start, again: t.caricatures.more }, () => this.#grow());
    this.size = choice(SIZES, 128, t.excites.pixels);
    this.steps = choice(STEPS, 64, String);
    this.photo = h('canvas', { class: 'vision plate', width: 1, height: 1, role: 'img', 'aria-label': t.dream.before });
    this.pictures = h('div', { class: 'visions strip' });
    this.png = callbacks.saver(() => ({ shown: this.pictures, name: 'caricatures', about: t.caricatures.about }));
    this.element = h(
      'div',
      { class: 'like', onchange: () => callbacks.onState() },
      h('p', { class: 'note', text: t.caricatures.note }),
      h(
        'div',
        { class: 'actions' },
        labelled(this.size, t.excites.size),
        labelled(this.steps, t.growing.steps),
        this.growing.buttons,
        this.png,
      ),
      this.growing.said,
      this.pictures,
    );
  }

  /** The whole network's, whichever module is open. @param {Scope} scope @param {Module} module @param {number} index */
  show(scope, module, index) {
    if (this.scope !== scope) this.#place(scope);
    this.all.forEach((one) => one.button.toggleAttribute('aria-current', one.module === scope.graph.modules[index]));
  }

  /** @param {Scope} scope */
  #place(scope) {
    this.scope = scope;
    this.#of = '';
    this.growing.clear();
    this.png.disabled = true;
    this.all = scope.graph.modules.filter(hasMaps).map((module) => {
      const canvas = h('canvas', { class: 'vision plate', width: 1, height: 1, 'aria-hidden': 'true' });
      const steps = h('span', { class: 'muted small number', text: '\u00a0' });
      const button = h(
        'button',
        {
          type: 'button',
          class: 'tile-vision',
          'aria-label': t.caricatures.empty(module.label),
          onclick: () => this.callbacks.onModule(module.id),
        },
        canvas,
        h('span', { class: 'small', text: module.label }),
      );
      return { module, button, canvas, steps, done: false };
    });
    this.pictures.replaceChildren(
      h('figure', {}, this.photo, h('figcaption', { class: 'small', text: t.dream.before })),
      ...this.all.map(({ button, steps }) => h('figure', {}, button, steps)),
    );
    this.pictures.hidden = true;
  }

  get state() {
    return [this.steps.value, this.size.value];
  }

  /** @param {string[]} state */
  restore([steps, size]) {
    if (STEPS.includes(Number(steps))) this.steps.value = steps;
    if (SIZES.includes(Number(size))) this.size.value = size;
  }

  stop() {
    this.growing.stop();
  }

  /** Begins, or goes on with those that are missing. */
  async #grow() {
    const { scope, all, callbacks } = this;
    if (!scope) return;
    if (!callbacks.hasRun()) return this.growing.say(t.dream.noPhoto);
    const [size, steps] = [Number(this.size.value), Number(this.steps.value)];
    const seen = callbacks.seen();
    const of = `${size} ${steps} ${seen.toDataURL()}`;
    if (of !== this.#of || all.every(({ done }) => done)) for (const one of all) this.#empty(one);
    this.#of = of;
    surface(this.photo, seen.width, seen.height)?.drawImage(seen, 0, 0);
    this.pictures.hidden = false;
    await this.growing.run(this.element, async (growth) => {
      for (const one of all.filter(({ done }) => !done)) {
        const { module, canvas, button } = one;
        this.growing.say(t.caricatures.under(module.label));
        const made = await growth.grow(scope, 'visualise', { objective: `like:${module.output}`, size, steps }, (step) => {
          drawMade(canvas, step);
          button.setAttribute('aria-label', t.caricatures.picture(module.label));
          setText(one.steps, t.growing.taken(step.done, step.of));
          this.png.disabled = false;
        });
        if (!made) return this.growing.say(t.growing.stopped);
        one.done = true;
      }
      this.growing.say(t.growing.done);
    });
  }

  /** @param {One} one */
  #empty(one) {
    one.done = false;
    Object.assign(one.canvas, { width: 1, height: 1 });
    one.button.setAttribute('aria-label', t.caricatures.empty(one.module.label));
    setText(one.steps, '\u00a0');
  }
}
