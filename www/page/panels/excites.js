/** What excites a channel: a picture that grows before one's eyes, with the channel's mean as a curve. */

import { t } from '../words.js';
import { h, setText, uniqueId } from '../dom.js';
import { sentence } from '../faults.js';
import { pngOf, save, table } from '../save.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../../inceptionscope.js').Visualised} Visualised
 */

const STEPS = 512;
const SIZES = [96, 128, 192];
/** The picture on the page, and the curve, in CSS pixels. */
const [WIDTH, CURVE] = [256, 64];

/** Resolves when something can be drawn; at once in a tab that is not seen. */
const frame = () =>
  new Promise((resolve) => {
    if (document.hidden) resolve(undefined);
    else requestAnimationFrame(resolve);
  });

export class Excites {
  constructor() {
    /** What is asked about. @type {{ scope: Scope, node: string, channel: number } | null} */
    this.of = null;
    /** What is growing. @type {AbortController | null} */
    this.growing = null;
    /** What is paused. @type {AbortController | null} */
    this.paused = null;
    /** What the picture is of. */
    this.name = '';
    /** Ends a pause. @type {(() => void) | null} */
    this.goOn = null;
    /** @type {Visualised | null} */
    this.made = null;

    const number = (/** @type {number} */ value) => h('input', { type: 'number', min: 0, step: 1, value, id: uniqueId('seed') });
    this.seed = number(0);
    this.negative = h('input', { type: 'checkbox', id: uniqueId('negative') });
    this.size = h(
      'select',
      { id: uniqueId('size') },
      SIZES.map((size) => h('option', { value: size, selected: size === 128, text: t.excites.pixels(size) })),
    );
    this.picture = h('canvas', { class: 'plate', width: 1, height: 1, role: 'img', hidden: true });
    this.picture.style.width = `min(100%, ${WIDTH}px)`;
    this.curve = h('canvas', { class: 'plate', width: 2 * WIDTH, height: 2 * CURVE, role: 'img', hidden: true });
    this.curve.style.width = `min(100%, ${WIDTH}px)`;
    this.said = h('p', { class: 'muted', role: 'status' });
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h('button', { type: 'button', class: 'quiet', onclick, text });
    this.start = button(t.excites.start, () => this.grow());
    this.pause = button(t.excites.pause, () => this.#pause());
    this.another = button(t.excites.another, () => {
      this.seed.value = String(Number(this.seed.value) + 1);
      this.grow();
    });
    this.png = button(t.channel.savePng, () => this.#savePng());
    this.csv = button(t.channel.saveCsv, () => this.#saveCsv());
    const labelled = (/** @type {HTMLElement} */ input, /** @type {string} */ text) =>
      h('span', {}, h('label', { for: input.id, text: `${text} ` }), input);
    this.element = h(
      'div',
      { class: 'excites' },
      h('p', { class: 'muted', text: t.excites.note }),
      h(
        'div',
        { class: 'actions' },
        labelled(this.size, t.excites.size),
        labelled(this.seed, t.excites.seed),
        labelled(this.negative, t.excites.negative),
      ),
      h('div', { class: 'actions' }, this.start, this.pause, this.another, this.png, this.csv),
      this.said,
      h('div', {}, this.picture),
      h('div', {}, this.curve),
    );
    this.#enable();
  }

  /** Another channel: what grows for the last one ends. @param {Scope} scope @param {string} node @param {number} channel */
  show(scope, node, channel) {
    if (this.of?.scope === scope && this.of.node === node && this.of.channel === channel) return;
    this.stop();
    this.of = { scope, node, channel };
    this.made = null;
    this.picture.hidden = true;
    this.curve.hidden = true;
    setText(this.said, '');
    this.#enable();
  }

  stop() {
    this.growing?.abort();
    this.growing = null;
    this.goOn = null;
    this.#enable();
  }

  /** Begins anew, with what is set. */
  async grow() {
    if (!this.of) return;
    this.stop();
    const { scope, node, channel } = this.of;
    const growing = new AbortController();
    this.growing = growing;
    this.#enable();
    const negative = this.negative.checked;
    const seed = Math.max(0, Math.trunc(Number(this.seed.value) || 0));
    const name = `${negative ? '-' : ''}${node}:${channel}`;
    const draw = async (/** @type {Visualised} */ made) => {
      if (growing.signal.aborted) return;
      this.#draw(made, name);
      await frame();
      if (this.paused === growing) await new Promise((resolve) => { this.goOn = () => resolve(undefined); });
    };
    try {
      const options = { objective: name, size: Number(this.size.value), steps: STEPS, seed, onStep: draw, signal: growing.signal };
      const made = await scope.visualise(options);
      if (!growing.signal.aborted) this.#draw(made, name);
    } catch (error) {
      if (!growing.signal.aborted) setText(this.said, sentence(error));
    }
    if (this.growing === growing) {
      this.growing = null;
      this.#enable();
    }
  }

  #pause() {
    if (this.paused === this.growing) {
      this.paused = null;
      this.goOn?.();
      this.goOn = null;
    } else {
      this.paused = this.growing;
    }
    this.#enable();
  }

  #enable() {
    const paused = this.growing !== null && this.paused === this.growing;
    this.pause.disabled = this.growing === null;
    setText(this.pause, paused ? t.excites.goOn : t.excites.pause);
    setText(this.start, this.growing || this.made ? t.excites.again : t.excites.start);
    this.png.disabled = this.made === null;
    this.csv.disabled = this.made === null;
  }

  /** @param {Visualised} made @param {string} name */
  #draw(made, name) {
    const first = this.made === null;
    this.made = made;
    this.name = name;
    const { width, height, rgba, done, of, value, values } = made;
    Object.assign(this.picture, { width, height, hidden: false });
    this.picture.getContext('2d')?.putImageData(new ImageData(/** @type {any} */ (rgba), width, height), 0, 0);
    this.picture.setAttribute('aria-label', t.excites.picture(name));
    setText(this.said, t.excites.progress(done, of, value ?? 0));
    this.curve.hidden = false;
    this.curve.setAttribute('aria-label', t.excites.curve(values[0], value ?? 0));
    drawCurve(this.curve, values, of);
    if (first) this.#enable();
  }

  async #savePng() {
    const [blob, file] = [await pngOf(this.picture), `${this.#file()}.png`];
    if (blob) save(blob, file);
  }

  #saveCsv() {
    const rows = [...(this.made?.values ?? [])].map((value, step) => [step, value]);
    save(table([['step', 'value'], ...rows]), `${this.#file()}.csv`);
  }

  #file() {
    return `excites.${this.name.replace(':', '.')}.${this.seed.value}`;
  }
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
