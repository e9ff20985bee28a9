/** One channel, large, beside the photo: its values, statistics and histogram. */

import { t } from '../strings.js';
import { drawMap, paint } from './colour.js';
import { h, setText, uniqueId } from './dom.js';
import * as format from './format.js';
import { csv, npy, save } from './save.js';

/**
 * @typedef {import('../inceptionscope.js').Scope} Scope
 * @typedef {import('../inceptionscope.js').Node} Node
 * @typedef {import('./colour.js').Scale} Scale
 *
 * @typedef {object} Callbacks
 * @property {(node: string, channel: number) => void} onChannel
 * @property {() => void} onClose
 * @property {(node: string, channel: number) => Scale | null} scaleOf the scale of the tile that was chosen
 * @property {() => HTMLCanvasElement} seen what the network sees
 * @property {() => void} onLink
 */

const BINS = 48;

export class ChannelView {
  /**
   * @param {HTMLElement} host
   * @param {Callbacks} callbacks
   */
  constructor(host, callbacks) {
    this.callbacks = callbacks;
    this.host = host;
    /** @type {{ node: Node, channel: number, data: Float32Array, rows: number, columns: number, scale: Scale } | null} */
    this.shown = null;
    /** What was asked for last; late answers about something else are dropped. */
    this.wanted = '';
    /** @type {{ row: number, column: number } | null} */
    this.cursor = null;

    const title = uniqueId('channel');
    this.title = h('h2', { id: title });
    this.place = h('p', { class: 'muted' });
    this.number = h('input', { type: 'number', min: 0, step: 1, inputmode: 'numeric', onchange: () => this.#goto(Number(this.number.value)) });
    this.photo = h('canvas', { class: 'plate', width: 1, height: 1, role: 'img', 'aria-label': t.photo });
    this.map = h('canvas', { class: 'plate', width: 1, height: 1 });
    this.reading = h('output', { class: 'reading', 'aria-live': 'polite', text: t.readingHint });
    this.box = h('div', { class: 'map-box', role: 'application', tabindex: 0, 'aria-describedby': this.reading.id = uniqueId('reading'),
      onpointermove: (/** @type {PointerEvent} */ e) => this.#point(e), onpointerdown: (/** @type {PointerEvent} */ e) => this.#point(e),
      onpointerleave: () => this.#read(null), onkeydown: (/** @type {KeyboardEvent} */ e) => this.#key(e) }, this.map, this.cross = h('span', { class: 'cross', hidden: true }));
    this.opacity = h('input', { type: 'range', min: 0, max: 100, value: 70, id: uniqueId('opacity'), oninput: () => this.#drawPhoto() });
    this.figures = h('dl', { class: 'figures' });
    this.histogram = h('canvas', { class: 'histogram', width: 480, height: 120, role: 'img', 'aria-label': t.histogram });
    this.ends = h('div', { class: 'ends muted number', 'aria-hidden': 'true' });
    this.mapCaption = h('figcaption', { class: 'muted' });
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) => h('button', { type: 'button', class: 'quiet', onclick, text });
    host.setAttribute('aria-labelledby', title);
    host.append(
      h('header', {},
        h('div', { class: 'titles' }, this.title, this.place),
        h('div', { class: 'stepper' },
          h('button', { type: 'button', class: 'icon', 'aria-label': t.previous, title: t.previous, onclick: () => this.#step(-1), text: '‹' }),
          this.number,
          h('button', { type: 'button', class: 'icon', 'aria-label': t.next, title: t.next, onclick: () => this.#step(1), text: '›' })),
        h('button', { type: 'button', class: 'icon', 'aria-label': t.close, title: t.close, onclick: () => this.close(true), text: '×' })),
      h('div', { class: 'dock-body' },
        h('figure', {}, h('div', { class: 'map-box' }, this.photo, this.photoCross = h('span', { class: 'cross area', hidden: true })),
          h('figcaption', {}, h('label', { for: this.opacity.id, class: 'muted', text: t.overlay }), this.opacity)),
        h('figure', {}, this.box, this.mapCaption),
        h('div', { class: 'readout' }, this.reading, this.figures, h('div', { class: 'histogram-box' }, this.histogram, this.ends),
          h('div', { class: 'actions' }, button(t.savePng, () => this.#savePng()), button(t.saveNpy, () => this.#saveNpy()), button(t.saveCsv, () => this.#saveCsv()), button(t.copyLink, () => callbacks.onLink())))),
    );
    host.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close(true);
    });
  }

  get isOpen() {
    return !this.host.hidden;
  }

  /**
   * Shows a channel of a node; the last one stays until the new one is there.
   * @param {Scope} scope
   * @param {Node} node
   * @param {number} channel
   * @param {string} place where it is in its module's output, or empty
   */
  async show(scope, node, channel, place) {
    const wanted = `${node.id} ${channel}`;
    this.wanted = wanted;
    this.scope = scope;
    const { shape, data } = await scope.maps(node.id, { channels: [channel] });
    if (this.wanted !== wanted) return;
    const [, rows, columns] = shape;
    let [low, high] = [0, 0];
    for (const v of data) {
      if (v < low && Number.isFinite(v)) low = v;
      if (v > high && Number.isFinite(v)) high = v;
    }
    const scale = this.callbacks.scaleOf(node.id, channel) ?? { kind: low < 0 ? 'diverging' : 'sequential', top: Math.max(high, -low) || 1 };
    const moved = this.shown?.node !== node || this.shown.channel !== channel;
    this.shown = { node, channel, data, rows, columns, scale };
    const name = t.channelOf(node.id, channel);
    this.title.replaceChildren(`${t.channel} ${channel} `, h('code', { text: node.id }));
    setText(this.place, place || '\u00a0');
    this.number.max = String(node.shape[0] - 1);
    this.number.value = String(channel);
    this.number.setAttribute('aria-label', t.channelNumber(node.shape[0] - 1));
    this.box.setAttribute('aria-label', `${t.map}: ${name}`);
    this.box.style.aspectRatio = rows === 1 && columns === 1 ? '1' : `${columns} / ${rows}`;
    setText(this.mapCaption, t.mapSize(rows, columns));
    drawMap(this.map, data, rows, columns, scale);
    this.#drawPhoto();
    this.#drawFigures();
    this.#read(moved ? null : this.cursor);
    if (!this.isOpen) {
      this.host.hidden = false;
      document.documentElement.classList.add('docked');
    }
  }

  /** @param {boolean} [byHand] */
  close(byHand = false) {
    this.wanted = '';
    this.shown = null;
    this.host.hidden = true;
    document.documentElement.classList.remove('docked');
    if (byHand) this.callbacks.onClose();
  }

  /** @param {number} by */
  #step(by) {
    if (this.shown) this.#goto(this.shown.channel + by);
  }

  /** @param {number} channel */
  #goto(channel) {
    if (!this.shown) return;
    const { node } = this.shown;
    const channels = node.shape[0];
    if (Number.isInteger(channel)) this.callbacks.onChannel(node.id, (channel + channels) % channels);
  }

  #drawPhoto() {
    if (!this.shown) return;
    const { data, rows, columns, scale } = this.shown;
    const seen = this.callbacks.seen();
    const { canvas, context } = surface(this.photo, seen.width, seen.height);
    if (!context) return;
    context.drawImage(seen, 0, 0);
    // The brighter the value, the more it covers: where the map is dark the photo shows.
    const image = new ImageData(columns, rows);
    paint(data, scale, image.data);
    const strength = (255 * Number(this.opacity.value)) / 100;
    data.forEach((v, i) => {
      image.data[4 * i + 3] = Number.isFinite(v) ? strength * Math.min(1, Math.abs(v) / scale.top) ** 0.6 : strength;
    });
    const layer = h('canvas', { width: columns, height: rows });
    layer.getContext('2d')?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(layer, 0, 0, canvas.width, canvas.height);
  }

  #drawFigures() {
    if (!this.shown) return;
    const { data, columns } = this.shown;
    let [min, max, sum, zeros, finite, peak] = [Infinity, -Infinity, 0, 0, 0, 0];
    data.forEach((v, i) => {
      if (!Number.isFinite(v)) return;
      finite += 1;
      sum += v;
      if (v === 0) zeros += 1;
      if (v < min) min = v;
      if (v > max) [max, peak] = [v, i];
    });
    if (finite === 0) [min, max] = [NaN, NaN];
    const entries = [
      [t.stats.min, format.value(min)], [t.stats.mean, format.value(sum / finite)], [t.stats.max, format.value(max)],
      [t.stats.zeros, format.percent(zeros / data.length)], [t.stats.peak, data.length > 1 && finite ? t.at(Math.floor(peak / columns), peak % columns) : '–'],
    ];
    if (finite < data.length) entries.push([t.stats.nonfinite, String(data.length - finite)]);
    this.figures.replaceChildren(...entries.map(([term, figure]) => h('div', {}, h('dt', { text: term }), h('dd', { class: 'number', text: figure }))));
    this.#drawHistogram(min, max);
  }

  /** @param {number} min @param {number} max */
  #drawHistogram(min, max) {
    const { data = new Float32Array() } = this.shown ?? {};
    const bins = new Uint32Array(BINS);
    const width = max - min || 1;
    for (const v of data) {
      if (Number.isFinite(v)) bins[Math.min(BINS - 1, Math.floor(((v - min) / width) * BINS))] += 1;
    }
    const { canvas, context } = surface(this.histogram, 480, 120);
    if (!context) return;
    const style = getComputedStyle(this.host);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = style.getPropertyValue('--accent');
    // The square root lets rare values be seen beside the many zeros.
    const most = Math.sqrt(Math.max(1, ...bins));
    const pitch = canvas.width / BINS;
    bins.forEach((n, i) => {
      const height = Math.round((Math.sqrt(n) / most) * canvas.height);
      context.fillRect(i * pitch, canvas.height - height, pitch - 1, height);
    });
    this.histogram.setAttribute('aria-label', t.histogramOf(data.length, min, max));
    this.ends.replaceChildren(h('span', { text: format.value(min) }), h('span', { text: t.histogram }), h('span', { text: format.value(max) }));
  }

  /** @param {PointerEvent} event */
  #point(event) {
    if (!this.shown) return;
    const box = this.box.getBoundingClientRect();
    const { rows, columns } = this.shown;
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    this.#read(row >= 0 && row < rows && column >= 0 && column < columns ? { row, column } : null);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.shown) return;
    /** @type {Record<string, [number, number]>} */
    const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const { rows, columns } = this.shown;
    const { row, column } = this.cursor ?? { row: Math.floor(rows / 2) - step[0], column: Math.floor(columns / 2) - step[1] };
    this.#read({ row: Math.min(rows - 1, Math.max(0, row + step[0])), column: Math.min(columns - 1, Math.max(0, column + step[1])) });
  }

  /** Shows the value at a position on the map, and the position on the photo. @param {{ row: number, column: number } | null} at */
  #read(at) {
    const { shown } = this;
    this.cursor = at;
    this.cross.hidden = this.photoCross.hidden = !at;
    if (!shown || !at) {
      setText(this.reading, t.readingHint);
      return;
    }
    const { data, rows, columns } = shown;
    setText(this.reading, t.reading(at.row, at.column, data[at.row * columns + at.column]));
    for (const cross of [this.cross, this.photoCross]) {
      cross.style.left = `${(100 * at.column) / columns}%`;
      cross.style.top = `${(100 * at.row) / rows}%`;
      cross.style.width = `${100 / columns}%`;
      cross.style.height = `${100 / rows}%`;
    }
  }

  get #name() {
    return this.shown ? `${this.shown.node.id}.${this.shown.channel}` : '';
  }

  /** Photo and map side by side, with the scale's numbers. */
  #savePng() {
    if (!this.shown) return;
    const { scale } = this.shown;
    const side = 448;
    const canvas = h('canvas', { width: 2 * side + 48, height: side + 96 });
    const context = canvas.getContext('2d');
    if (!context) return;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.photo, 16, 16, side, side);
    context.drawImage(this.map, side + 32, 16, side, side);
    context.fillStyle = '#16181d';
    context.font = '15px system-ui, sans-serif';
    context.fillText(t.channelOf(this.shown.node.id, this.shown.channel), 16, side + 42);
    const ramp = new Float32Array(256).map((_, i) => (scale.kind === 'sequential' ? i / 255 : i / 127.5 - 1) * scale.top);
    const legend = h('canvas', {});
    drawMap(legend, ramp, 1, 256, scale);
    context.drawImage(legend, side + 32, side + 32, 256, 12);
    context.fillText(scale.kind === 'sequential' ? '0' : format.value(-scale.top), side + 32, side + 64);
    context.textAlign = 'right';
    context.fillText(format.value(scale.top), side + 32 + 256, side + 64);
    canvas.toBlob((blob) => blob && save(blob, `${this.#name}.png`), 'image/png');
  }

  /** The whole node, as NumPy reads it. */
  async #saveNpy() {
    if (!this.shown || !this.scope) return;
    const { node } = this.shown;
    const { shape, data } = await this.scope.activation(node.id);
    save(npy(shape, data), `${node.id}.npy`);
  }

  #saveCsv() {
    if (!this.shown) return;
    const { data, rows, columns } = this.shown;
    save(csv(data, rows, columns), `${this.#name}.csv`);
  }
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function surface(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return { canvas, context: canvas.getContext('2d') };
}
