/** One channel, large, beside the photo: its values, what it is made with, and one value taken apart. */

import { t } from '../words.js';
import { drawMap, paint } from '../colour.js';
import { h, setText, uniqueId } from '../dom.js';
import { sentence } from '../faults.js';
import { showExplanation, showKernel } from './explain.js';
import * as format from '../format.js';
import { csv, npy, save } from '../save.js';
import { Zoom } from '../zoom.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../colour.js').Scale} Scale
 *
 * @typedef {{ row: number, column: number }} Place
 *
 * @typedef {object} Callbacks
 * @property {(node: string, channel: number) => void} onChannel
 * @property {(at: Place | null) => void} onPlace a person chose a value, or none
 * @property {() => void} onClose
 * @property {(node: string, channel: number) => Scale | null} scaleOf the scale of the tile that was chosen
 * @property {() => HTMLCanvasElement} seen what the network sees
 * @property {() => Promise<string>} onLink copies a link; what is to be said of that
 */

const BINS = 48;
/** @typedef {keyof typeof t.channel.views} ViewName */

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
    /** The value that a person chose; where the pointer is comes before it. @type {Place | null} */
    this.cursor = null;
    /** Which part of the picture each position sees. @type {import('../../inceptionscope.js').ReceptiveFields | null} */
    this.fields = null;
    /** @type {ViewName} */
    this.view = 'values';
    /** What the kernel's and the value's tab show. */
    this.made = '';

    const title = uniqueId('channel');
    this.title = h('h2', { id: title });
    this.place = h('p', { class: 'muted' });
    this.number = h('input', { type: 'number', min: 0, step: 1, inputmode: 'numeric', onchange: () => this.#goto(Number(this.number.value)) });
    this.zoom = new Zoom();
    this.photo = h('canvas', { class: 'plate', width: 1, height: 1, role: 'img', 'aria-label': t.photo.title });
    this.map = h('canvas', { class: 'plate', width: 1, height: 1 });
    this.said = h('span', { class: 'said', role: 'status' });
    this.reading = h('output', { class: 'reading', id: uniqueId('reading'), 'aria-live': 'polite', text: t.channel.readingHint });
    this.cross = h('span', { class: 'cross', hidden: true });
    this.field = h('span', { class: 'cross sees', hidden: true });
    this.box = h('div', { class: 'map-box', role: 'application', tabindex: 0, 'aria-describedby': this.reading.id, onkeydown: (/** @type {KeyboardEvent} */ e) => this.#key(e) },
      this.zoom.add(h('div', { class: 'layer' }, this.map, this.cross)));
    this.zoom.follow(this.box, { hover: (at) => this.#read(this.#placeOf(at) ?? this.cursor), choose: (at) => this.#choose(this.#placeOf(at)) });
    this.opacity = h('input', { type: 'range', min: 0, max: 100, value: 70, id: uniqueId('opacity'), oninput: () => this.#drawPhoto() });
    this.figures = h('dl', { class: 'figures' });
    this.histogram = h('canvas', { class: 'histogram', width: 480, height: 120, role: 'img', 'aria-label': t.channel.histogram });
    this.ends = h('div', { class: 'ends muted number', 'aria-hidden': 'true' });
    this.mapCaption = h('span', { class: 'muted' });
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) => h('button', { type: 'button', class: 'quiet', onclick, text });
    host.setAttribute('aria-labelledby', title);
    host.append(
      h('header', {},
        h('div', { class: 'titles' }, this.title, this.place),
        h('div', { class: 'stepper' },
          h('button', { type: 'button', class: 'icon', 'aria-label': t.channel.previous, title: t.channel.previous, onclick: () => this.#step(-1), text: '‹' }),
          this.number,
          h('button', { type: 'button', class: 'icon', 'aria-label': t.channel.next, title: t.channel.next, onclick: () => this.#step(1), text: '›' })),
        this.folding = h('button', { type: 'button', class: 'icon', 'aria-expanded': 'true', onclick: () => this.#fold(!this.folded) }, h('span', { class: 'chevron', 'aria-hidden': 'true' })),
        h('button', { type: 'button', class: 'icon', 'aria-label': t.page.close, title: t.page.close, onclick: () => this.close(true), text: '×' })),
      this.body = h('div', { class: 'dock-body' },
        h('figure', {}, h('div', { class: 'map-box' }, this.zoom.add(h('div', { class: 'layer' }, this.photo, this.field))),
          h('figcaption', {}, h('label', { for: this.opacity.id, class: 'muted', text: t.channel.overlay }), this.opacity)),
        h('figure', {}, this.box, h('figcaption', {}, this.mapCaption, this.zoom.controls)),
        h('div', { class: 'readout' }, this.reading, this.#tabs(),
          h('div', { class: 'actions' }, button(t.channel.savePng, () => this.#savePng()), button(t.channel.saveNpy, () => this.#saveNpy()), button(t.channel.saveCsv, () => this.#saveCsv()), button(t.export.copyLink, async () => setText(this.said, await callbacks.onLink())), this.said))),
    );
    host.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close(true);
    });
    this.#fold(false);
  }

  /** Leaves only the head, so that the maps behind can be seen. @param {boolean} folded */
  #fold(folded) {
    this.folded = folded;
    if (this.body) this.body.hidden = folded;
    this.folding?.setAttribute('aria-expanded', String(!folded));
    this.folding?.setAttribute('aria-label', folded ? t.channel.unfold : t.channel.fold);
    this.folding?.setAttribute('title', folded ? t.channel.unfold : t.channel.fold);
    document.documentElement.classList.toggle('folded', folded);
  }

  /** Values, kernel and one value, of which one is shown (the ARIA practices' tabs). */
  #tabs() {
    this.values = h('div', {}, this.figures, h('div', { class: 'histogram-box' }, this.histogram, this.ends));
    this.kernel = h('div');
    this.explanation = h('div');
    const contents = { values: this.values, kernel: this.kernel, explain: this.explanation };
    const names = /** @type {ViewName[]} */ (Object.keys(contents));
    const panels = names.map((name) => h('div', { id: uniqueId('view'), role: 'tabpanel', tabindex: 0, class: 'view' }, contents[name]));
    const tabs = names.map((name, i) => {
      const tab = h('button', { type: 'button', role: 'tab', id: uniqueId('tab'), 'aria-controls': panels[i].id, onclick: () => choose(name), text: t.channel.views[name] });
      panels[i].setAttribute('aria-labelledby', tab.id);
      return tab;
    });
    const choose = (/** @type {ViewName} */ name) => {
      this.view = name;
      names.forEach((other, i) => {
        tabs[i].setAttribute('aria-selected', String(other === name));
        tabs[i].tabIndex = other === name ? 0 : -1;
        panels[i].hidden = other !== name;
      });
      this.#fill();
    };
    const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': t.channel.viewsOf, onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      choose(names[(names.indexOf(this.view) + step + names.length) % names.length]);
      tabs[names.indexOf(this.view)].focus();
    } }, tabs);
    choose('values');
    return h('div', { class: 'views' }, list, panels);
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
   * @param {Place | null} [at] the value that is read
   */
  async show(scope, node, channel, place, at = null) {
    const wanted = `${node.id} ${channel}`;
    this.wanted = wanted;
    this.scope = scope;
    setText(this.said, '');
    const [{ shape, data }, fields, stats, histogram] = await Promise.all([
      scope.maps(node.id, { channels: [channel] }), scope.receptive(node.id, { channel }), scope.stats(node.id), scope.histogram(node.id, channel, { bins: BINS }),
    ]);
    if (this.wanted !== wanted) return;
    const [, rows, columns] = shape;
    const [low, high] = [stats.min[channel], stats.max[channel]];
    const scale = this.callbacks.scaleOf(node.id, channel) ?? { kind: low < 0 ? 'diverging' : 'sequential', top: Math.max(high, -low) || 1 };
    const moved = this.shown?.node !== node;
    if (moved || this.shown?.channel !== channel) this.#fold(false);
    this.shown = { node, channel, data, rows, columns, scale };
    this.fields = fields;
    this.title.replaceChildren(t.channel.heading(channel), h('code', { text: node.id }));
    setText(this.place, place || '\u00a0');
    this.number.max = String(node.shape[0] - 1);
    this.number.value = String(channel);
    this.number.setAttribute('aria-label', t.channel.number(node.shape[0] - 1));
    this.box.setAttribute('aria-label', t.channel.map(node.id, channel));
    this.box.style.aspectRatio = rows === 1 && columns === 1 ? '1' : `${columns} / ${rows}`;
    setText(this.mapCaption, t.channel.mapSize(rows, columns));
    drawMap(this.map, data, rows, columns, scale);
    if (moved) this.zoom.reset();
    this.#drawPhoto();
    this.#drawFigures(stats, channel);
    this.#drawHistogram(histogram);
    // Another channel of the same maps is read at the same place.
    this.cursor = at && at.row < rows && at.column < columns ? at : null;
    this.#read(this.cursor);
    this.made = '';
    if (!this.isOpen) {
      this.host.hidden = false;
      document.documentElement.classList.add('docked');
    }
    await this.#fill();
  }

  /** Asks for what the chosen tab shows, if that is not there yet. */
  async #fill() {
    const { scope, shown, view, cursor, kernel, explanation } = this;
    if (!scope || !shown || !kernel || !explanation || view === 'values') return;
    const { node, channel } = shown;
    const made = [view, node.id, channel, view === 'explain' && cursor ? `${cursor.row},${cursor.column}` : ''].join(' ');
    if (this.made === made) return;
    this.made = made;
    const goto = (/** @type {string} */ id, /** @type {number} */ c) => this.callbacks.onChannel(id, c);
    /** @type {(HTMLElement | string)[]} */
    let content;
    try {
      if (view === 'kernel') {
        const found = await scope.kernel(node.id, channel);
        content = found ? showKernel(scope.graph, found, goto) : [t.kernel.none];
      } else {
        content = cursor ? showExplanation(await scope.explain(node.id, channel, cursor.row, cursor.column), goto) : [t.explain.hint];
      }
    } catch (error) {
      content = [sentence(error)];
    }
    if (this.made === made) (view === 'kernel' ? kernel : explanation).replaceChildren(...content);
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

  /** @param {import('../../inceptionscope.js').Stats} stats @param {number} channel */
  #drawFigures(stats, channel) {
    const { min, mean, max, zeros, nonfinite, peak } = stats;
    const { rows, columns } = /** @type {NonNullable<typeof this.shown>} */ (this.shown);
    const finite = rows * columns - nonfinite[channel];
    const [row, column] = peak.subarray(2 * channel);
    const entries = [
      [t.channel.stats.min, format.value(finite ? min[channel] : NaN)], [t.channel.stats.mean, format.value(finite ? mean[channel] : NaN)], [t.channel.stats.max, format.value(finite ? max[channel] : NaN)],
      [t.channel.stats.zeros, format.percent(zeros[channel])],
    ];
    if (nonfinite[channel]) entries.push([t.channel.stats.nonfinite, String(nonfinite[channel])]);
    const peakButton = rows * columns > 1 && finite ? h('button', { type: 'button', class: 'quiet', title: t.channel.goThere, onclick: () => this.#choose({ row, column }), text: t.channel.at(row, column) }) : '–';
    this.figures.replaceChildren(
      ...entries.map(([term, figure]) => h('div', {}, h('dt', { text: term }), h('dd', { class: 'number', text: figure }))),
      h('div', {}, h('dt', { text: t.channel.stats.peak }), h('dd', { class: 'number' }, peakButton)));
  }

  /** @param {import('../../inceptionscope.js').Histogram} histogram */
  #drawHistogram({ from, to, counts }) {
    const { canvas, context } = surface(this.histogram, 480, 120);
    if (!context) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = getComputedStyle(this.host).getPropertyValue('--accent');
    // The square root lets rare values be seen beside the many zeros.
    const most = Math.sqrt(Math.max(1, ...counts));
    const pitch = canvas.width / counts.length;
    counts.forEach((n, i) => {
      const height = Math.round((Math.sqrt(n) / most) * canvas.height);
      context.fillRect(i * pitch, canvas.height - height, pitch - 1, height);
    });
    const n = counts.reduce((a, b) => a + b, 0);
    this.histogram.setAttribute('aria-label', t.channel.histogramOf(n, from, to));
    this.ends.replaceChildren(h('span', { text: format.value(from) }), h('span', { text: t.channel.histogram }), h('span', { text: format.value(to) }));
  }

  /** The value under a place of the picture. @param {{ x: number, y: number } | null} at @returns {Place | null} */
  #placeOf(at) {
    if (!this.shown || !at) return null;
    const { rows, columns } = this.shown;
    const [row, column] = [Math.floor(at.y * rows), Math.floor(at.x * columns)];
    return row >= 0 && row < rows && column >= 0 && column < columns ? { row, column } : null;
  }

  /** A person chose a value. @param {Place | null} at */
  #choose(at) {
    if (!this.shown || !at) return;
    this.cursor = at;
    setText(this.said, '');
    this.#read(at);
    this.callbacks.onPlace(at);
    this.#fill();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.shown) return;
    const { rows, columns } = this.shown;
    const far = event.shiftKey ? 10 : 1;
    /** @type {Record<string, [number, number]>} */
    const steps = { ArrowRight: [0, far], ArrowLeft: [0, -far], ArrowDown: [far, 0], ArrowUp: [-far, 0] };
    const step = steps[event.key];
    if (step) {
      const { row, column } = this.cursor ?? { row: Math.floor(rows / 2) - step[0], column: Math.floor(columns / 2) - step[1] };
      const at = { row: Math.min(rows - 1, Math.max(0, row + step[0])), column: Math.min(columns - 1, Math.max(0, column + step[1])) };
      this.zoom.reveal((at.column + 0.5) / columns, (at.row + 0.5) / rows);
      this.#choose(at);
    } else if (event.key === '+' || event.key === '=') {
      this.zoom.by(2);
    } else if (event.key === '-') {
      this.zoom.by(0.5);
    } else if (event.key === '0') {
      this.zoom.reset();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Says a value, marks it on the map, and on the photo what it sees. @param {Place | null} at */
  #read(at) {
    const { shown, fields } = this;
    this.cross.hidden = this.field.hidden = true;
    if (!shown || !at) {
      setText(this.reading, t.channel.readingHint);
      return;
    }
    const { data, rows, columns } = shown;
    mark(this.cross, [at.row / rows, (at.row + 1) / rows], [at.column / columns, (at.column + 1) / columns]);
    const [seenRows, seenColumns] = [fields?.rows[at.row], fields?.columns[at.column]];
    const input = this.scope?.graph.input;
    let sees = '';
    if (seenRows && seenColumns && input) {
      const share = (/** @type {[number, number]} */ span, /** @type {number} */ length) => /** @type {[number, number]} */ ([span[0] / length, span[1] / length]);
      mark(this.field, share(seenRows, input[1]), share(seenColumns, input[2]));
      sees = t.channel.receptiveField(seenRows, seenColumns);
    }
    const text = t.channel.reading(at.row, at.column, data[at.row * columns + at.column]);
    if (this.reading.textContent !== text + sees) this.reading.replaceChildren(text, h('span', { class: 'muted small', text: sees }));
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
    context.fillText(t.channel.of(this.shown.node.id, this.shown.channel), 16, side + 42);
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

/** Lays a mark over a part of a picture. @param {HTMLElement} element @param {[number, number]} rows @param {[number, number]} columns shares of the picture */
function mark(element, rows, columns) {
  element.hidden = false;
  element.style.left = `${100 * columns[0]}%`;
  element.style.top = `${100 * rows[0]}%`;
  element.style.width = `${100 * (columns[1] - columns[0])}%`;
  element.style.height = `${100 * (rows[1] - rows[0])}%`;
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function surface(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return { canvas, context: canvas.getContext('2d') };
}
