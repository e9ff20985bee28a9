/** One channel, large, beside the photo: its values, what it is made with, and one value taken apart. */

import { t } from '../words.js';
import { drawMap } from '../colour.js';
import { IS_TOUCH, h, isEscape, setText, uniqueId } from '../dom.js';
import { sentence } from '../faults.js';
import { saveCsv, saveNpy } from './channel-files.js';
import { Excites } from './excites.js';
import { ExcitingView } from './exciting.js';
import { showExplanation, showKernel } from './explain.js';
import { drawOverlay } from '../plates.js';
import { tabs } from '../tabs.js';
import { channelScale } from '../view.js';
import { Zoom } from '../zoom.js';
import { ChannelPair } from './channel-pair.js';
import { Reading } from './reading.js';
import { Statistics } from './statistics.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../colour.js').Scale} Scale
 *
 * @typedef {{ node: Node, channel: number, data: Float32Array, rows: number, columns: number, scale: Scale }} Shown
 *
 * @typedef {{ row: number, column: number }} Place
 *
 * @typedef {object} Callbacks
 * @property {(node: string, channel: number) => void} onChannel
 * @property {(at: Place | null) => void} onPlace a value was chosen, or none
 * @property {() => void} onClose
 * @property {(node: string, channel: number, plane?: import('../lens.js').Plane) => Scale | null} scaleOf the scale of the tile that was
 *   chosen
 * @property {(node: Node, channel: number) => Promise<import('../../inceptionscope.js').Maps[] | null>} pairOf of a comparison: both
 *   sides, and how they differ
 * @property {() => HTMLCanvasElement} seen what the network sees
 * @property {(node: string, channel: number) => boolean} isMuted
 * @property {(node: string, channel: number) => void} onMute is to be muted, or not any more
 * @property {(node: string, channel: number) => void} onKeep all others of the node are to be muted
 * @property {import('../photos.js').Photos} photos of the visitor's folder
 * @property {(file: File) => void} onPhoto one of them is to be looked at
 * @property {() => boolean} untrained whether its weights are random
 * @property {() => Record<string, string>} about
 * @property {(node: string, channel: number) => Promise<string>} onPng saves it as an image; what is to be said of that
 * @property {(node: string, channel: number) => void} onCircuit what it is linked with is to be shown
 * @property {(node: string) => void} onKernels all kernels of a convolution are to be shown
 * @property {() => Promise<string>} onLink copies a link; what is to be said of that
 */

const BINS = 48;
/** @typedef {keyof typeof t.channel.views | 'excites' | 'photos'} ViewName */

export class ChannelView {
  /**
   * @param {HTMLElement} host
   * @param {Callbacks} callbacks
   */
  constructor(host, callbacks) {
    this.callbacks = callbacks;
    this.host = host;
    /** @type {Shown | null} */
    this.shown = null;
    /** What was asked for last; late answers about something else are dropped. */
    this.wanted = '';
    /** The value that was chosen; where the pointer is comes before it. @type {Place | null} */
    this.cursor = null;
    /**
     * Which part of the picture each position sees.
     * @type {import('../../inceptionscope.js').ReceptiveFields | null}
     */
    this.fields = null;
    /** @type {ViewName} */
    this.view = 'values';
    /** What the kernel's and the value's tab show. */
    this.made = '';

    const title = uniqueId('channel');
    this.title = h('h2', { id: title, tabindex: -1 });
    this.place = h('p', { class: 'muted' });
    this.number = h('input', {
      type: 'number',
      min: 0,
      step: 1,
      inputmode: 'numeric',
      onchange: () => this.#goto(Number(this.number.value)),
    });
    this.zoom = new Zoom();
    this.photo = h('canvas', { class: 'plate', width: 1, height: 1, role: 'img', 'aria-label': t.photo.title });
    this.map = h('canvas', { class: 'plate', width: 1, height: 1 });
    this.said = h('span', { class: 'said', role: 'status' });
    this.reading = new Reading();
    this.pair = new ChannelPair();
    this.box = h(
      'div',
      {
        class: 'map-box',
        role: 'application',
        tabindex: 0,
        'aria-describedby': this.reading.output.id,
        onkeydown: (/** @type {KeyboardEvent} */ e) => this.#key(e),
      },
      this.zoom.add(h('div', { class: 'layer' }, this.map, this.reading.cross)),
    );
    this.zoom.follow(this.box, {
      hover: (at) => this.#read(this.#placeOf(at) ?? this.cursor),
      choose: (at) => this.#choose(this.#placeOf(at)),
    });
    this.opacity = h('input', {
      type: 'range',
      min: 0,
      max: 100,
      value: 70,
      id: uniqueId('opacity'),
      oninput: () => this.#drawPhoto(),
    });
    this.statistics = new Statistics((at) => this.#choose(at));
    this.kernel = h('div');
    this.explanation = h('div');
    this.excites = new Excites(callbacks);
    this.exciting = new ExcitingView(callbacks.photos, callbacks);
    this.mapCaption = h('span', { class: 'muted' });
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h('button', { type: 'button', class: 'quiet', onclick, text });
    host.setAttribute('aria-labelledby', title);
    host.append(
      h(
        'header',
        {},
        h('div', { class: 'titles' }, this.title, this.place),
        h(
          'div',
          { class: 'stepper' },
          h('button', {
            type: 'button',
            class: 'icon',
            'aria-label': t.channel.previous,
            title: t.channel.previous,
            onclick: () => this.#step(-1),
            text: '‹',
          }),
          this.number,
          h('button', {
            type: 'button',
            class: 'icon',
            'aria-label': t.channel.next,
            title: t.channel.next,
            onclick: () => this.#step(1),
            text: '›',
          }),
        ),
        (this.folding = h(
          'button',
          { type: 'button', class: 'icon', 'aria-expanded': 'true', onclick: () => this.#fold(!this.folded) },
          h('span', { class: 'chevron', 'aria-hidden': 'true' }),
        )),
        h('button', {
          type: 'button',
          class: 'icon',
          'aria-label': t.page.close,
          title: t.page.close,
          onclick: () => this.close(true),
          text: '×',
        }),
      ),
      (this.body = h(
        'div',
        { class: 'dock-body' },
        h(
          'figure',
          {},
          h('div', { class: 'map-box' }, this.zoom.add(h('div', { class: 'layer' }, this.photo, this.reading.field))),
          h(
            'figcaption',
            {},
            h('label', { for: this.opacity.id, class: 'muted', text: t.channel.overlay }),
            this.opacity,
          ),
        ),
        h('figure', {}, this.box, h('figcaption', {}, this.mapCaption, this.zoom.controls)),
        this.pair.element,
        h(
          'div',
          { class: 'readout' },
          this.reading.output,
          this.#tabs(),
          h(
            'div',
            { class: 'actions' },
            (this.mute = button(t.changes.muteChannel, () => {
              if (this.shown) callbacks.onMute(this.shown.node.id, this.shown.channel);
            })),
            button(t.changes.keepChannel, () => {
              if (this.shown) callbacks.onKeep(this.shown.node.id, this.shown.channel);
            }),
            button(t.circuit.button, () => this.shown && callbacks.onCircuit(this.shown.node.id, this.shown.channel)),
            button(
              t.channel.savePng,
              async () =>
                this.shown && setText(this.said, await callbacks.onPng(this.shown.node.id, this.shown.channel)),
            ),
            button(t.channel.saveNpy, () => this.scope && this.shown && saveNpy(this.scope, this.shown)),
            button(t.channel.saveCsv, () => this.shown && saveCsv(this.shown)),
            button(t.export.copyLink, async () => setText(this.said, await callbacks.onLink())),
            this.said,
          ),
        ),
      )),
    );
    // From wherever the focus is, unless Escape means something nearer.
    addEventListener('keydown', (event) => {
      const { target } = event;
      const searching = target instanceof HTMLInputElement && target.type === 'search' && target.value !== '';
      if (isEscape(event) && this.isOpen && !searching) this.close(true);
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

  /** Values, kernel, one value, what excites the channel, and photos, of which one is shown. */
  #tabs() {
    const { values, kernel, explain } = t.channel.views;
    return tabs(
      t.channel.viewsOf,
      {
        values: { title: values, content: this.statistics.element },
        kernel: { title: kernel, content: this.kernel },
        explain: { title: explain, content: this.explanation },
        excites: { title: t.excites.tab, content: this.excites.element },
        photos: { title: t.exciting.view, content: this.exciting.element },
      },
      (name) => {
        this.view = name;
        this.#fill();
      },
    );
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
    const [{ shape, data }, fields, stats, histogram, pair] = await Promise.all([
      scope.maps(node.id, { channels: [channel] }),
      scope.receptive(node.id, { channel }),
      scope.stats(node.id),
      scope.histogram(node.id, channel, { bins: BINS }),
      this.callbacks.pairOf(node, channel).catch(() => null),
    ]);
    if (this.wanted !== wanted) return;
    const [, rows, columns] = shape;
    const scale = this.callbacks.scaleOf(node.id, channel) ?? channelScale([stats], channel);
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
    this.pair.show(pair, (plane) => this.callbacks.scaleOf(node.id, channel, plane), t.channel.map(node.id, channel));
    if (moved) this.zoom.reset();
    this.#drawPhoto();
    this.statistics.showFigures(stats, channel, rows * columns);
    this.statistics.showHistogram(histogram);
    // Another channel of the same maps is read at the same place.
    setText(this.mute, this.callbacks.isMuted(node.id, channel) ? t.changes.unmuteChannel : t.changes.muteChannel);
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
    if (!shown || shown.node.id !== this.excites.of?.node || shown.channel !== this.excites.of.channel) this.excites.stop();
    if (!scope || !shown || view === 'values') return;
    const { node, channel } = shown;
    if (view === 'excites') return this.excites.show(scope, node.id, channel);
    if (view === 'photos') return this.exciting.show(scope, node, channel);
    const made = [view, node.id, channel, view === 'explain' && cursor ? `${cursor.row},${cursor.column}` : ''].join(
      ' ',
    );
    if (this.made === made) return;
    this.made = made;
    const goto = (/** @type {string} */ id, /** @type {number} */ c) => this.callbacks.onChannel(id, c);
    /** @type {(HTMLElement | string)[]} */
    let content;
    try {
      if (view === 'kernel') {
        const found = await scope.kernel(node.id, channel);
        content = found ? showKernel(scope.graph, found, goto, this.callbacks.onKernels) : [t.kernel.none];
      } else {
        content = cursor
          ? showExplanation(await scope.explain(node.id, channel, cursor.row, cursor.column), goto)
          : [IS_TOUCH ? t.touch.explain : t.explain.hint];
      }
    } catch (error) {
      content = [sentence(error)];
    }
    if (this.made === made) (view === 'kernel' ? kernel : explanation).replaceChildren(...content);
  }

  /** Takes the focus: it was opened by hand. */
  focus() {
    this.title.focus({ preventScroll: true });
  }

  /** @param {boolean} [byHand] */
  close(byHand = false) {
    this.wanted = '';
    this.shown = null;
    this.excites.stop();
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
    if (this.shown) drawOverlay(this.photo, this.callbacks.seen(), this.shown, Number(this.opacity.value) / 100);
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
      const { row, column } = this.cursor ?? {
        row: Math.floor(rows / 2) - step[0],
        column: Math.floor(columns / 2) - step[1],
      };
      const at = {
        row: Math.min(rows - 1, Math.max(0, row + step[0])),
        column: Math.min(columns - 1, Math.max(0, column + step[1])),
      };
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

  /** Says a value, marks it on the map, and on the photo its receptive field. @param {Place | null} at */
  #read(at) {
    const input = this.scope?.graph.input;
    if (this.shown && at && input) this.reading.show(this.shown, at, this.fields, input.slice(1));
    else this.reading.clear();
    this.pair.read(at);
  }
}
