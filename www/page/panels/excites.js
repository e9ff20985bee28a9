/** What excites a channel: a picture that grows before one's eyes, with the channel's mean as a curve. */

import { t } from '../words.js';
import { h, labelled, setText } from '../dom.js';
import { drawMade, seedOf } from '../growth.js';
import { picture } from '../picture.js';
import { pngOf, save, table } from '../save.js';
import { Growing, choice, number, quiet } from './growing.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../../inceptionscope.js').Visualised} Visualised
 */

const STEPS = 512;
const SIZES = [96, 128, 192, 256];
/** So many seeds are grown one after the other, or at the same time. */
const FOUR = 4;
/** How much it counts, beside the channel's mean, that pictures differ; as in Lucid's tutorial. */
const DIVERSITY = 100;
/** The picture on the page, and the curve, in CSS pixels. */
const [WIDTH, CURVE] = [256, 64];

export class Excites {
  /** @param {{ untrained: () => boolean, about: () => Record<string, string> }} callbacks */
  constructor({ untrained, about }) {
    this.untrained = untrained;
    this.about = about;
    /** What is asked about. @type {{ scope: Scope, node: string, channel: number } | null} */
    this.of = null;
    /** What the pictures are of. */
    this.name = '';
    /** Whether the pictures are to differ. */
    this.differing = false;
    /** Of each seed, what is there of it. @type {{ seed: number, canvas: HTMLCanvasElement, made: Visualised | null }[]} */
    this.all = [];

    this.growing = new Growing({ start: t.excites.start, again: t.excites.again }, () => this.grow());
    this.seed = number(0, {});
    this.negative = h('input', { type: 'checkbox' });
    this.size = choice(SIZES, 128, t.excites.pixels);
    this.note = h('p', { class: 'untrained', text: t.growing.untrained });
    this.pictures = h('div', { class: 'visions' });
    this.curve = h('canvas', { class: 'plate', width: 2 * WIDTH, height: 2 * CURVE, role: 'img', hidden: true });
    this.curve.style.width = `min(100%, ${WIDTH}px)`;
    this.another = quiet(t.excites.another, () => {
      this.seed.value = String(seedOf(this.seed.value) + Math.max(1, this.all.length));
      this.grow(this.all.length, this.differing);
    });
    this.four = quiet(t.excites.four, () => this.grow(FOUR));
    this.differ = quiet(t.excites.differ, () => this.grow(FOUR, true));
    this.png = quiet(t.channel.savePng, () => this.#savePng());
    this.csv = quiet(t.channel.saveCsv, () => this.#saveCsv());
    this.element = h(
      'div',
      { class: 'excites' },
      this.note,
      h(
        'div',
        { class: 'actions' },
        labelled(this.size, t.excites.size),
        labelled(this.seed, t.excites.seed),
        labelled(this.negative, t.excites.negative),
      ),
      h('div', { class: 'actions' }, this.growing.buttons, this.another, this.four, this.differ, this.png, this.csv),
      this.growing.said,
      this.pictures,
      h('div', {}, this.curve),
      h('p', { class: 'muted', text: t.excites.note }),
    );
    this.#enable();
  }

  /** Another channel: what grows for the last one ends. @param {Scope} scope @param {string} node @param {number} channel */
  show(scope, node, channel) {
    this.note.hidden = !this.untrained();
    if (this.of?.scope === scope && this.of.node === node && this.of.channel === channel) return;
    this.growing.clear();
    this.of = { scope, node, channel };
    this.#place([]);
  }

  stop() {
    this.growing.stop();
  }

  /**
   * Begins anew, with what is set.
   * @param {number} [count] of seeds
   * @param {boolean} [differing] whether they grow at the same time, and are to differ
   */
  async grow(count = 1, differing = false) {
    if (!this.of) return;
    const { scope, node, channel } = this.of;
    const [size, first] = [Number(this.size.value), seedOf(this.seed.value)];
    this.name = `${this.negative.checked ? '-' : ''}${node}:${channel}`;
    const objective = this.name;
    this.differing = differing;
    this.#place(Array.from({ length: Math.max(1, count) }, (_, i) => first + i));
    const { all } = this;
    await this.growing.run(this.element, async (growth) => {
      if (differing) {
        const terms = [objective, `${DIVERSITY}*diversity:${node}`];
        const wanted = { objective: terms, size, steps: STEPS, seed: first, pictures: count };
        await growth.grow(scope, 'visualise', wanted, (step) => {
          all.forEach((one, i) => this.#draw(one, partOf(step, i)));
          this.#tell(step);
        });
        return;
      }
      for (const one of all) {
        const { seed } = one;
        const made = await growth.grow(scope, 'visualise', { objective, size, steps: STEPS, seed }, (step) => {
          this.#draw(one, step);
          this.#tell(step);
        });
        if (!made) return;
      }
    });
  }

  /** Room for a picture of each seed. @param {number[]} seeds */
  #place(seeds) {
    this.all = seeds.map((seed) => {
      const canvas = h('canvas', { class: 'vision plate', width: 1, height: 1, role: 'img', hidden: true });
      return { seed, canvas, made: null };
    });
    this.curve.hidden = true;
    this.pictures.style.setProperty('--vision', `${seeds.length > 1 ? WIDTH / 2 : WIDTH}px`);
    this.pictures.replaceChildren(
      ...this.all.map(({ seed, canvas }) =>
        h('figure', {}, canvas, seeds.length > 1 ? h('figcaption', { class: 'muted small', text: t.excites.ofSeed(seed) }) : null),
      ),
    );
    this.#enable();
  }

  #enable() {
    const none = !this.all.some(({ made }) => made);
    this.png.disabled = this.csv.disabled = none;
  }

  /** @param {Excites['all'][number]} one @param {Visualised} made */
  #draw(one, made) {
    const first = one.made === null;
    one.made = made;
    const { canvas, seed } = one;
    drawMade(canvas, made);
    canvas.hidden = false;
    const name = t.excites.picture(this.name);
    canvas.setAttribute('aria-label', this.all.length > 1 ? `${name}, ${t.excites.ofSeed(seed)}` : name);
    if (first) this.#enable();
  }

  /** How far it is. @param {Visualised} made */
  #tell({ done, of, value, values }) {
    const [progress, curve] = this.differing ? [t.excites.progressOfAll, t.excites.curveOfAll] : [t.excites.progress, t.excites.curve];
    this.growing.say(progress(done, of, value ?? 0));
    this.curve.hidden = false;
    this.curve.setAttribute('aria-label', curve(values[0], value ?? 0));
    drawCurve(this.curve, values, of);
  }

  /** One picture as it is; several beside each other, with a caption. */
  async #savePng() {
    const caption = t.export.caption({ ...this.about(), image: t.excites.picture(this.name) });
    const blob = await (this.all.length > 1 ? picture(this.pictures, caption) : pngOf(this.all[0].canvas));
    if (blob) save(blob, `${this.#file()}.png`);
  }

  /** One column a seed; one for all where they are to differ. */
  #saveCsv() {
    const made = this.all.filter(({ made }) => made);
    const all = this.differing ? made.slice(0, 1) : made;
    const rows = Array.from({ length: STEPS }, (_, step) => all.map(({ made }) => made?.values[step] ?? null))
      .filter((values) => values.some((value) => value !== null))
      .map((values, step) => [step, ...values]);
    const names = all.length > 1 ? all.map(({ seed }) => `seed ${seed}`) : ['value'];
    save(table([['step', ...names], ...rows]), `${this.#file()}.csv`);
  }

  #file() {
    return `excites.${this.name.replace(':', '.')}.${this.all[0].seed}`;
  }
}

/** One of pictures that were made at the same time. @param {Visualised} made @param {number} at @returns {Visualised} */
function partOf({ width, rgba, ...made }, at) {
  const bytes = 4 * width * width;
  return { ...made, width, height: width, rgba: rgba.subarray(at * bytes, (at + 1) * bytes) };
}

/** @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} values @param {number} steps */
function drawCurve(canvas, values, steps) {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  const all = Array.from(values);
  const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)];
  const y = (/** @type {number} */ value) => height - 2 - ((value - least) / (most - least || 1)) * (height - 4);
  const { color } = getComputedStyle(canvas);
  context.clearRect(0, 0, width, height);
  context.strokeStyle = color;
  context.globalAlpha = 0.3;
  context.strokeRect(0, y(0), width, 0);
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.beginPath();
  all.forEach((value, step) => context.lineTo((step / Math.max(1, steps - 1)) * width, y(value)));
  context.stroke();
}
