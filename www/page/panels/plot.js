/** Lines between equally distant points, to be read by pointer and arrow keys. */

import { h, setText } from '../dom.js';
import { t } from '../words.js';

/**
 * @typedef {object} Line
 * @property {(number | null)[]} values null: a gap
 * @property {string} colour a custom property of the page
 * @property {boolean} dashed
 */

const HEIGHT = 132;
const [LEFT, TOP, BOTTOM] = [30, 6, 6];

export class Plot {
  /** @type {Line[]} */
  lines = [];
  count = 2;
  /** What a point is called, and its values. @type {(index: number) => string} */
  say = () => '';
  #at = -1;

  /** @param {string} name */
  constructor(name) {
    this.canvas = h('canvas', { class: 'plot', role: 'img', tabindex: 0, 'aria-label': name, width: 1, height: 1 });
    this.reading = h('p', { class: 'small muted', role: 'status', text: t.why.trust.read });
    this.canvas.addEventListener('pointermove', ({ offsetX }) => {
      const width = this.canvas.clientWidth - LEFT;
      this.#read(Math.round(((offsetX - LEFT) / width) * (this.count - 1)));
    });
    this.canvas.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.#read(this.#at + step);
    });
    new ResizeObserver(() => this.#draw()).observe(this.canvas);
  }

  /**
   * @param {Line[]} lines from 0 to 1, or from −1
   * @param {number} count points when all are known
   * @param {(index: number) => string} say
   */
  show(lines, count, say) {
    Object.assign(this, { lines, count, say });
    if (this.#at >= 0) setText(this.reading, say(this.#at));
    this.#draw();
  }

  /** @param {number} at */
  #read(at) {
    this.#at = Math.max(0, Math.min(this.count - 1, at));
    setText(this.reading, this.say(this.#at));
    this.#draw();
  }

  #draw() {
    const { canvas, lines, count } = this;
    const width = canvas.clientWidth;
    const context = canvas.getContext('2d');
    if (!width || !context) return;
    [canvas.width, canvas.height] = [2 * width, 2 * HEIGHT];
    context.scale(2, 2);
    const page = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => page.getPropertyValue(name);
    const known = lines.flatMap(({ values }) => values.filter((v) => v !== null));
    const [least, most] = [Math.min(0, ...known), Math.max(1, ...known)];
    const x = (/** @type {number} */ index) => LEFT + (index * (width - LEFT - 4)) / Math.max(1, count - 1);
    const y = (/** @type {number} */ value) => TOP + ((most - value) * (HEIGHT - TOP - BOTTOM)) / (most - least);
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.lineWidth = 1;
    for (const value of [0, 0.5, 1]) {
      context.fillStyle = colour('--muted');
      context.fillText(String(value), LEFT - 6, y(value));
      context.strokeStyle = colour('--line');
      context.strokeRect(LEFT, y(value), width - LEFT, 0);
    }
    if (this.#at >= 0) {
      context.strokeStyle = colour('--line-strong');
      context.strokeRect(x(this.#at), TOP, 0, HEIGHT - TOP - BOTTOM);
    }
    for (const { values, colour: name, dashed } of lines) {
      context.strokeStyle = colour(name);
      context.fillStyle = colour(name);
      context.lineWidth = 2;
      context.setLineDash(dashed ? [5, 4] : []);
      context.beginPath();
      let begins = true;
      values.forEach((value, index) => {
        if (value !== null) context[begins ? 'moveTo' : 'lineTo'](x(index), y(value));
        begins = value === null;
      });
      context.stroke();
      context.setLineDash([]);
      if (dashed) continue;
      values.forEach((value, index) => {
        if (value === null) return;
        context.beginPath();
        context.arc(x(index), y(value), 2.5, 0, 7);
        context.fill();
      });
    }
  }
}
