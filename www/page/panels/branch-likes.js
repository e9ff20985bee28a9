/** What do the branches of a module like, each as a whole? A picture of each, side by side, grown one after the other. */

import { h, labelled, setText } from '../dom.js';
import { branchesOf } from '../graph.js';
import { drawMade, seedOf } from '../growth.js';
import { laneColour } from './bars.js';
import { Growing, choice, number } from './growing.js';
import { t } from '../words.js';

/**
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {ReturnType<typeof branchesOf>[number]} Branch
 */

const SIZES = [96, 128, 192];
const STEPS = [64, 128, 256, 512];

export class BranchLikes {
  /** @param {import('./likes.js').Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {{ scope: Scope, module: Module } | null} */
    this.of = null;
    /** @type {{ branch: Branch, canvas: HTMLCanvasElement, steps: HTMLElement }[]} */
    this.all = [];
    const onchange = () => callbacks.onState();
    this.growing = new Growing({ start: t.branchLikes.start, again: t.excites.again }, () => this.#grow());
    this.size = choice(SIZES, 128, t.excites.pixels);
    this.steps = choice(STEPS, 128, String);
    this.seed = number(0, {});
    this.pictures = h('div', { class: 'visions' });
    this.png = callbacks.saver(() => {
      const about = t.branchLikes.about(this.of?.module.label ?? '', this.#seed);
      return { shown: this.pictures, name: this.#name, about };
    });
    this.element = h(
      'div',
      { class: 'like', onchange },
      h('p', { class: 'note', text: t.branchLikes.note }),
      h(
        'div',
        { class: 'actions' },
        labelled(this.size, t.excites.size),
        labelled(this.steps, t.growing.steps),
        labelled(this.seed, t.excites.seed),
        this.growing.buttons,
        this.png,
      ),
      this.growing.said,
      this.pictures,
    );
  }

  /** @param {Scope} scope @param {Module} module @param {number} index */
  show(scope, module, index) {
    if (this.of?.scope === scope && this.of.module === module) return;
    this.of = { scope, module };
    this.growing.clear();
    this.png.disabled = true;
    this.all = branchesOf(scope.graph, index).map((branch) => ({
      branch,
      canvas: h('canvas', { class: 'vision plate', width: 1, height: 1, role: 'img', 'aria-label': t.branchLikes.empty(branch.label) }),
      steps: h('span', { class: 'muted small number', text: t.branchLikes.channels(branch.channels) }),
    }));
    this.pictures.replaceChildren(
      ...this.all.map(({ branch, canvas, steps }) =>
        h(
          'figure',
          {},
          canvas,
          h('figcaption', {}, h('span', { class: 'branch', style: `--lane:${laneColour(branch.lane)}`, text: branch.label }), steps),
        ),
      ),
    );
  }

  get state() {
    return [this.steps.value, this.size.value, this.#seed];
  }

  /** @param {string[]} state */
  restore([steps, size, seed]) {
    if (STEPS.includes(Number(steps))) this.steps.value = steps;
    if (SIZES.includes(Number(size))) this.size.value = size;
    if (seed) this.seed.value = String(seedOf(seed));
  }

  stop() {
    this.growing.stop();
  }

  get #seed() {
    return seedOf(this.seed.value);
  }

  get #name() {
    return `${this.of?.module.id}-branches.${this.#seed}`;
  }

  async #grow() {
    const { of, all } = this;
    if (!of) return;
    const [size, steps, seed] = [Number(this.size.value), Number(this.steps.value), this.#seed];
    await this.growing.run(this.element, async (growth) => {
      for (const [i, one] of all.entries()) {
        const { branch, canvas } = one;
        this.growing.say(t.branchLikes.under(branch.label, i + 1, all.length));
        const made = await growth.grow(of.scope, 'visualise', { objective: branch.node, size, steps, seed }, (step) => {
          drawMade(canvas, step);
          canvas.setAttribute('aria-label', t.branchLikes.picture(branch.label, of.module.label));
          setText(one.steps, t.growing.taken(step.done, step.of));
          this.png.disabled = false;
        });
        if (!made) return this.growing.say(t.growing.stopped);
      }
      this.growing.say(t.growing.done);
    });
  }
}
