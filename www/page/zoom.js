/** Zooming and panning of pictures that show the same place. */

import { t } from './words.js';
import { h } from './dom.js';

const MOST = 16;
/** Pixels that a pointer may move before a press becomes a drag. */
const SLOP = 4;

export class Zoom {
  constructor() {
    /** @type {HTMLElement[]} */
    this.layers = [];
    this.scale = 1;
    /** What is in the middle, as a share of width and height. */
    this.centre = { x: 0.5, y: 0.5 };
    const button = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h('button', { type: 'button', class: 'icon small', 'aria-label': name, title: name, onclick, text });
    this.out = button(t.zoom.out, '−', () => this.by(0.5));
    this.in = button(t.zoom.in, '+', () => this.by(2));
    this.controls = h('span', { class: 'zoom', role: 'group', 'aria-label': t.zoom.title }, this.out, this.in);
    this.#apply();
  }

  /** A picture that follows. @param {HTMLElement} layer fills its box, which clips it */
  add(layer) {
    this.layers.push(layer);
    return layer;
  }

  /**
   * @param {number} factor
   * @param {{ x: number, y: number }} [about] what stays where it is, as a share of the picture
   */
  by(factor, about = this.centre) {
    const scale = Math.min(MOST, Math.max(1, this.scale * factor));
    const { x, y } = this.centre;
    const keep = this.scale / scale;
    this.scale = scale;
    this.centre = { x: about.x + (x - about.x) * keep, y: about.y + (y - about.y) * keep };
    this.#apply();
  }

  reset() {
    this.scale = 1;
    this.#apply();
  }

  /** @param {number} dx @param {number} dy shares of the picture */
  pan(dx, dy) {
    this.centre = { x: this.centre.x + dx, y: this.centre.y + dy };
    this.#apply();
  }

  /** Moves as far as is needed to see a place. @param {number} x @param {number} y shares of the picture */
  reveal(x, y) {
    const reach = 0.45 / this.scale;
    const { centre } = this;
    this.centre = {
      x: Math.min(x + reach, Math.max(x - reach, centre.x)),
      y: Math.min(y + reach, Math.max(y - reach, centre.y)),
    };
    this.#apply();
  }

  #apply() {
    const { scale } = this;
    const clamp = (/** @type {number} */ v) => Math.min(1 - 0.5 / scale, Math.max(0.5 / scale, v));
    this.centre = { x: clamp(this.centre.x), y: clamp(this.centre.y) };
    const place = (/** @type {number} */ v) => 50 - 100 * scale * v;
    for (const layer of this.layers)
      layer.style.transform =
        scale === 1 ? '' : `translate(${place(this.centre.x)}%, ${place(this.centre.y)}%) scale(${scale})`;
    this.out.disabled = scale <= 1;
    this.in.disabled = scale >= MOST;
  }

  /**
   * Lets a pointer zoom with its wheel, pan by dragging, hover and choose.
   * @param {HTMLElement} box
   * @param {{ hover: (at: { x: number, y: number } | null) => void, choose: (at: { x: number, y: number }) => void }}
   *   on places as shares of the picture
   */
  follow(box, { hover, choose }) {
    const place = (/** @type {MouseEvent} */ event) => {
      const { left, top, width, height } = box.getBoundingClientRect();
      const share = (/** @type {number} */ v, /** @type {number} */ centre) => centre + (v - 0.5) / this.scale;
      return {
        x: share((event.clientX - left) / width, this.centre.x),
        y: share((event.clientY - top) / height, this.centre.y),
      };
    };
    /** @type {{ x: number, y: number, moved: boolean } | null} */
    let press = null;
    box.addEventListener('pointerdown', (event) => {
      press = { x: event.clientX, y: event.clientY, moved: false };
      box.setPointerCapture(event.pointerId);
      hover(place(event));
    });
    box.addEventListener('pointermove', (event) => {
      if (press && this.scale > 1) {
        const [dx, dy] = [event.clientX - press.x, event.clientY - press.y];
        if (!press.moved && Math.hypot(dx, dy) < SLOP) return;
        const { width, height } = box.getBoundingClientRect();
        this.pan(-dx / width / this.scale, -dy / height / this.scale);
        press = { x: event.clientX, y: event.clientY, moved: true };
      }
      hover(place(event));
    });
    box.addEventListener('pointerup', (event) => {
      if (press && !press.moved) choose(place(event));
      press = null;
    });
    box.addEventListener('pointercancel', () => {
      press = null;
    });
    box.addEventListener('pointerleave', () => hover(null));
    box.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.by(event.deltaY < 0 ? 1.25 : 0.8, place(event));
      },
      { passive: false },
    );
  }
}
