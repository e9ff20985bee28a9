/** The frame around what the network sees: the photo moves and zooms within it. */

import { t } from '../words.js';
import { IS_TOUCH, h, setText } from '../dom.js';
import { drawInput } from '../plates.js';

/**
 * @typedef {import('../../inceptionscope.js').Crop} Crop
 * @typedef {import('../../inceptionscope.js').Seen} Seen
 */

/** The least side of a crop, in pixels of the photo. */
const LEAST = 16;
const ZOOM = 1.25;
/** Part of the crop that an arrow key moves it by. */
const STEP = 1 / 16;
/** How long after the last key or turn of the wheel the network runs. */
const SETTLE = 200;
const OVERVIEW = 52;

export class CropFrame {
  /** @param {(crop: Crop | null) => void} onCrop a part of the photo was chosen, or none */
  constructor(onCrop) {
    this.onCrop = onCrop;
    /** The whole photo. @type {ImageBitmap | HTMLVideoElement | null} */
    this.photo = null;
    /** What is shown of it. @type {{ x: number, y: number, width: number, height: number }} */
    this.region = { x: 0, y: 0, width: 0, height: 0 };
    /** Fingers and pens on the frame. @type {Map<number, { x: number, y: number }>} */
    this.pointers = new Map();
    this.settling = 0;
    /** Whether one finger moves the photo; otherwise it scrolls the page, and two move the photo. */
    this.adjusting = false;

    this.seen = h('canvas', { class: 'seen', width: 1, height: 1, role: 'img', 'aria-label': t.photo.none });
    this.overview = h('canvas', { class: 'overview', width: 1, height: 1, 'aria-hidden': 'true' });
    this.told = h('span', { class: 'hidden', role: 'status' });
    this.box = h(
      'div',
      {
        class: 'seen-box',
        role: 'application',
        tabindex: 0,
        'aria-label': t.crop.frame,
        'aria-describedby': 'crop-hint',
        onpointerdown: (/** @type {PointerEvent} */ e) => this.#down(e),
        onpointermove: (/** @type {PointerEvent} */ e) => this.#move(e),
        onpointerup: (/** @type {PointerEvent} */ e) => this.#up(e),
        onpointercancel: (/** @type {PointerEvent} */ e) => this.#up(e),
        onkeydown: (/** @type {KeyboardEvent} */ e) => this.#key(e),
      },
      this.seen,
    );
    this.box.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
        event.preventDefault();
        this.#zoom(Math.exp(event.deltaY / 200), this.#within(event.clientX, event.clientY));
      },
      { passive: false },
    );
    // Two fingers are the photo's: the page neither scrolls nor zooms under them.
    for (const type of /** @type {const} */ (['touchstart', 'touchmove'])) {
      const keep = (/** @type {TouchEvent} */ event) => event.touches.length > 1 && event.cancelable && event.preventDefault();
      this.box.addEventListener(type, keep, { passive: false });
    }
    const button = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h('button', { type: 'button', class: 'icon', 'aria-label': name, title: name, onclick, text });
    this.tools = h(
      'div',
      { class: 'crop-tools', role: 'group', 'aria-label': t.crop.tools },
      button(t.crop.closer, '+', () => this.#zoom(1 / ZOOM)),
      button(t.crop.wider, '−', () => this.#zoom(ZOOM)),
      (this.reset = button(t.crop.reset, '↺', () => this.#reset())),
      (this.adjust = h('button', {
        type: 'button',
        class: 'adjust',
        'aria-pressed': 'false',
        text: t.touch.adjust,
        onclick: () => this.#adjust(!this.adjusting),
      })),
      this.overview,
    );
    this.element = h(
      'div',
      { class: 'crop' },
      this.box,
      this.tools,
      this.told,
      h('span', { class: 'hidden', id: 'crop-hint', text: IS_TOUCH ? t.touch.crop : t.crop.hint }),
    );
    this.reset.disabled = true;
  }

  /** @param {boolean} on */
  #adjust(on) {
    this.adjusting = on;
    this.adjust.setAttribute('aria-pressed', String(on));
    this.box.classList.toggle('adjusting', on);
  }

  get #size() {
    const { photo } = this;
    return photo instanceof HTMLVideoElement
      ? [photo.videoWidth, photo.videoHeight]
      : [photo?.width ?? 0, photo?.height ?? 0];
  }

  /** @param {ImageBitmap | HTMLVideoElement | null} photo */
  setPhoto(photo) {
    if (this.photo instanceof ImageBitmap && this.photo !== photo) this.photo.close();
    this.photo = photo;
  }

  /** What the network saw. @param {Seen} seen @param {boolean} chosen by hand */
  setSeen(seen, chosen) {
    this.reset.disabled = !chosen;
    if (this.pointers.size || this.settling) return; // a hand is faster than the network
    this.region = { x: seen.x, y: seen.y, width: seen.width, height: seen.height };
    this.#drawOverview();
  }

  /**
   * Draws what the network sees.
   * @param {import('../../inceptionscope.js').Tensor} input
   * @param {import('../../inceptionscope.js').Profile} profile
   */
  draw(input, profile) {
    if (this.pointers.size || this.settling) return;
    drawInput(this.seen, input, profile);
    const [, rows, columns] = input.shape;
    this.seen.setAttribute('aria-label', t.photo.seen([rows, columns]));
  }

  /** The same part of the photo, with so many pixels a side. @param {number} size @returns {ImageData | null} */
  seenAt(size) {
    const context = new OffscreenCanvas(size, size).getContext('2d');
    if (!this.photo || !this.region.width || !context) return null;
    this.#drawRegion(context);
    return context.getImageData(0, 0, size, size);
  }

  /** @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} context */
  #drawRegion(context) {
    if (!this.photo || !context) return;
    const { x, y, width, height } = this.region;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.photo, x, y, width, height, 0, 0, context.canvas.width, context.canvas.height);
  }

  #drawOverview() {
    const [width, height] = this.#size;
    if (!this.photo || !width) return;
    const scale = OVERVIEW / Math.max(width, height);
    const ratio = Math.min(2, devicePixelRatio);
    const { overview: canvas, region } = this;
    canvas.width = Math.max(1, Math.round(width * scale * ratio));
    canvas.height = Math.max(1, Math.round(height * scale * ratio));
    canvas.style.width = `${canvas.width / ratio}px`;
    canvas.style.height = `${canvas.height / ratio}px`;
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(scale * ratio, scale * ratio);
    context.drawImage(this.photo, 0, 0, width, height);
    const cover = new Path2D();
    cover.rect(0, 0, width, height);
    cover.rect(region.x, region.y, region.width, region.height);
    context.fillStyle = 'rgb(0 0 0 / 55%)';
    context.fill(cover, 'evenodd');
    context.strokeStyle = '#fff';
    context.lineWidth = 1.5 / scale;
    context.strokeRect(region.x, region.y, region.width, region.height);
  }

  /** The square to begin with: of a photo that was squeezed, its middle. */
  #square() {
    const [width, height] = this.#size;
    const size = Math.min(this.region.width, this.region.height, width, height);
    return {
      x: this.region.x + (this.region.width - size) / 2,
      y: this.region.y + (this.region.height - size) / 2,
      size,
    };
  }

  /**
   * Shows another part at once, from the photo itself.
   * @param {Crop} crop
   * @param {boolean} [done] false while a hand moves it
   */
  #show(crop, done = true) {
    const [width, height] = this.#size;
    if (!this.photo || !width) return;
    const size = Math.min(Math.max(crop.size, Math.min(LEAST, width, height)), width, height);
    const x = Math.min(Math.max(0, crop.x), width - size);
    const y = Math.min(Math.max(0, crop.y), height - size);
    this.region = { x, y, width: size, height: size };
    this.#drawRegion(this.seen.getContext('2d'));
    this.#drawOverview();
    clearTimeout(this.settling);
    this.settling = done ? setTimeout(() => this.#settle(), SETTLE) : 0;
  }

  #settle() {
    this.settling = 0;
    const { x, y, width } = this.region;
    const round = (/** @type {number} */ n) => Math.round(10 * n) / 10;
    const crop = { x: round(x), y: round(y), size: round(width) };
    setText(this.told, t.crop.told(crop.x, crop.y, crop.size));
    this.onCrop(crop);
  }

  #reset() {
    clearTimeout(this.settling);
    this.settling = 0;
    this.box.focus({ preventScroll: true });
    this.onCrop(null);
  }

  /**
   * @param {number} factor of the side
   * @param {[number, number]} [at] the point that stays, 0 to 1
   * @param {boolean} [done]
   */
  #zoom(factor, at = [0.5, 0.5], done = true) {
    const { x, y, size } = this.#square();
    const [width, height] = this.#size;
    const next = Math.min(Math.max(size * factor, Math.min(LEAST, width, height)), width, height);
    this.#show({ x: x + at[0] * (size - next), y: y + at[1] * (size - next), size: next }, done);
  }

  /** @param {number} clientX @param {number} clientY @returns {[number, number]} */
  #within(clientX, clientY) {
    const box = this.box.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!this.photo || event.button !== 0) return;
    // A finger that scrolls is the page's.
    if (event.pointerType !== 'touch' || this.adjusting) this.box.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    const { width } = this.box.getBoundingClientRect();
    const { x, y, size } = this.#square();
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (/** @type {{ x: number, y: number }} */ p) => Math.hypot(p.x - other.x, p.y - other.y);
      this.#zoom(
        apart(last) / Math.max(1, apart(now)),
        this.#within((now.x + other.x) / 2, (now.y + other.y) / 2),
        false,
      );
    } else if (event.pointerType === 'touch' && !this.adjusting) {
      this.pointers.set(event.pointerId, now);
      return;
    } else {
      this.#show({ x: x - ((now.x - last.x) * size) / width, y: y - ((now.y - last.y) * size) / width, size }, false);
    }
    this.pointers.set(event.pointerId, now);
    this.moved = true;
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size || !this.moved) return;
    this.moved = false;
    this.#settle();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { x, y, size } = this.#square();
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.#show({ x: x - size * STEP, y, size }),
      ArrowRight: () => this.#show({ x: x + size * STEP, y, size }),
      ArrowUp: () => this.#show({ x, y: y - size * STEP, size }),
      ArrowDown: () => this.#show({ x, y: y + size * STEP, size }),
      '+': () => this.#zoom(1 / ZOOM),
      '=': () => this.#zoom(1 / ZOOM),
      '-': () => this.#zoom(ZOOM),
      0: () => this.#reset(),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !this.photo || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
}
