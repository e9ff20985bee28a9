/** DeepDream of the photo: a module or a branch makes more of what it finds in it; before and after, as it grows. */

import { h, labelled, setText } from '../dom.js';
import { branchesOf } from '../graph.js';
import { drawMade } from '../growth.js';
import { surface } from '../plates.js';
import { t } from '../words.js';
import { Growing, choice, number } from './growing.js';

/**
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../../inceptionscope.js').Visualised} Visualised
 */

/** What DeepDream's notebook takes, and how far one may go. */
const NUMBERS = /** @type {const} */ ({
  iterations: { value: 10, min: 1, max: 100, step: 1 },
  octaves: { value: 4, min: 1, max: 10, step: 1 },
  strength: { value: 1.5, min: 0.1, max: 10, step: 0.1 },
  seed: { value: 0, min: 0, max: 2 ** 32 - 1, step: 1 },
});
const NAMES = /** @type {(keyof typeof NUMBERS)[]} */ (Object.keys(NUMBERS));

/** How many times as many pixels a side as the network's input a dream may have, and how many in all. */
const LARGER = [1, 2, 3];
const MOST = 1024;

/** The module as a whole; its branches have the numbers of their lanes. */
const WHOLE = 'all';

export class DreamView {
  /** Whether the address asks for a dream that is not begun. */
  #asked = false;

  /** @param {import('./likes.js').Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {{ scope: Scope, module: Module } | null} */
    this.of = null;
    this.growing = new Growing({ start: t.dream.start, again: t.excites.again }, () => this.grow());
    this.target = h('select', {});
    /** What can dream, by what is chosen. @type {Map<string, string>} */
    this.nodes = new Map();
    this.fields = NAMES.map((name) => number(NUMBERS[name].value, NUMBERS[name]));
    this.larger = choice(LARGER, 1, t.dream.times);
    const [before, after] = ['before', 'after'].map(() => h('canvas', { class: 'vision plate', width: 1, height: 1, role: 'img' }));
    this.before = before;
    this.after = after;
    before.setAttribute('aria-label', t.dream.before);
    this.title = h('figcaption', { class: 'small' });
    this.progress = h('progress', { max: 1, value: 0, class: 'on', 'aria-label': t.dream.progress });
    this.count = h('p', { class: 'small number' });
    this.pictures = h(
      'div',
      { class: 'visions pair', hidden: true },
      h('figure', {}, before, h('figcaption', { class: 'small', text: t.dream.before })),
      h('figure', {}, after, this.title),
    );
    /** What the picture was made with, for its caption and its file. */
    this.made = { about: '', name: '' };
    this.png = callbacks.saver(() => ({ shown: this.pictures, ...this.made }));
    this.element = h(
      'div',
      { class: 'like', onchange: () => callbacks.onState() },
      h('p', { class: 'note', text: t.dream.note }),
      h(
        'div',
        { class: 'actions' },
        labelled(this.target, t.dream.target),
        this.fields.map((field, i) => labelled(field, t.dream.numbers[NAMES[i]])),
        labelled(this.larger, t.dream.larger),
      ),
      h('div', { class: 'actions' }, this.growing.buttons, this.png),
      this.growing.said,
      this.progress,
      this.count,
      this.pictures,
    );
    this.#clear();
  }

  /** @param {Scope} scope @param {Module} module @param {number} index */
  show(scope, module, index) {
    if (this.of?.scope === scope && this.of.module === module) return;
    this.of = { scope, module };
    this.growing.clear();
    this.#clear();
    const chosen = this.target.value;
    const branches = branchesOf(scope.graph, index);
    this.nodes = new Map([[WHOLE, module.output], ...branches.map(({ node, lane }) => /** @type {const} */ ([String(lane), node]))]);
    this.target.replaceChildren(
      h('option', { value: WHOLE, text: module.label }),
      ...branches.map(({ lane, label }) => h('option', { value: lane, text: t.dream.branch(label, module.label) })),
    );
    if (this.nodes.has(chosen)) this.target.value = chosen;
    const [, , side] = scope.graph.input;
    for (const option of this.larger.options) option.disabled = Number(option.value) * side > MOST;
    if (this.larger.selectedOptions[0].disabled) this.larger.value = '1';
  }

  #clear() {
    this.pictures.hidden = this.progress.hidden = this.count.hidden = true;
    this.png.disabled = true;
  }

  get state() {
    const larger = Number(this.larger.value);
    return [this.target.value, ...this.#numbers, ...(larger > 1 ? [larger] : [])];
  }

  /** @param {string[]} state */
  restore([target, ...numbers]) {
    if (this.nodes.has(target)) this.target.value = target;
    this.fields.forEach((field, i) => {
      if (numbers[i] && Number.isFinite(Number(numbers[i]))) field.value = numbers[i];
    });
    const larger = Array.from(this.larger.options).find(({ value, disabled }) => value === numbers[NAMES.length] && !disabled);
    if (larger) larger.selected = true;
    this.#asked = numbers.length > 0;
    this.ran();
  }

  /** A photo has run: what the address asks for can be dreamt. */
  ran() {
    if (!this.#asked || !this.of || !this.callbacks.hasRun() || !this.element.isConnected) return;
    this.grow();
  }

  stop() {
    this.growing.stop();
  }

  /** As they are set, within their limits. */
  get #numbers() {
    return this.fields.map(({ value }, i) => {
      const { min, max, step, value: usual } = NUMBERS[NAMES[i]];
      const set = value === '' || !Number.isFinite(Number(value)) ? usual : Number(value);
      const within = Math.min(max, Math.max(min, set));
      return step === 1 ? Math.trunc(within) : within;
    });
  }

  async grow() {
    const { of, callbacks } = this;
    this.#asked = false;
    if (!of) return;
    if (!callbacks.hasRun()) return this.growing.say(t.dream.noPhoto);
    const [iterations, octaves, strength, seed] = this.#numbers;
    this.#numbers.forEach((value, i) => (this.fields[i].value = String(value)));
    const objective = this.nodes.get(this.target.value) ?? of.module.output;
    const name = this.target.selectedOptions[0].text;
    const larger = Number(this.larger.value);
    const seen = callbacks.seen();
    const picture = larger > 1 ? await callbacks.seenAt(larger * seen.width) : null;
    if (this.of !== of) return; // another module, meanwhile
    for (const canvas of [this.before, this.after]) {
      if (picture) surface(canvas, picture.width, picture.height)?.putImageData(picture, 0, 0);
      else surface(canvas, seen.width, seen.height)?.drawImage(seen, 0, 0);
    }
    this.after.setAttribute('aria-label', t.dream.after(name));
    setText(this.title, t.dream.after(name));
    this.pictures.hidden = this.progress.hidden = this.count.hidden = false;
    this.progress.value = 0;
    setText(this.count, '');
    this.png.disabled = true;
    this.made = { about: t.dream.about(name, this.#numbers, this.before.width), name: `dream.${objective}.${seed}` };
    await this.growing.run(this.element, async (growth) => {
      this.growing.say(t.dream.dreaming(name));
      const made = await growth.grow(of.scope, 'dream', { objective, picture, iterations, octaves, strength, seed }, (step) => {
        drawMade(this.after, step);
        this.png.disabled = false;
        this.progress.value = step.done / step.of;
        setText(this.count, stepOf(step, iterations));
      });
      this.growing.say(made ? t.growing.done : t.growing.stopped);
    });
  }
}

/** @param {Visualised} step @param {number} iterations at each size */
function stepOf({ done, of, width, height }, iterations) {
  const octave = Math.ceil(done / iterations);
  return t.dream.step(octave, Math.ceil(of / iterations), width, height, done - (octave - 1) * iterations, iterations);
}
