/** The network as a figure: what is drawn of it, what is open, and how one moves in it. */

import { h, pause, setText, uniqueId } from '../dom.js';
import { Camera } from '../figure/camera.js';
import { Painter } from '../figure/draw.js';
import { entriesOf, entryAt, nameOf } from '../figure/entries.js';
import { gestures } from '../figure/gestures.js';
import { Images } from '../figure/images.js';
import { layouts } from '../figure/layout.js';
import { asPng, asSvg, legendOf, sheet } from '../figure/poster.js';
import { answerShapes, scenes } from '../figure/scene.js';
import { MAP } from '../figure/sizes.js';
import { Tree } from '../figure/tree.js';
import { whileWanted } from '../pieces.js';
import { saved } from '../save.js';
import { themeNow, themeOf } from '../theme.js';
import { t } from '../words.js';
import { laneColour } from './bars.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../figure/layout.js').Box} Box
 * @typedef {import('../figure/layout.js').Op} Op
 * @typedef {import('../thumbnail.js').Kind} Kind
 * @typedef {import('../figure/entries.js').Entry} Entry
 *
 * @typedef {object} Callbacks
 * @property {(module: number | null, node: string) => void} onOpen a module, or an op of it, is to be opened; null: closed
 * @property {(kind: Kind) => void} onKind which maps are to be shown
 * @property {() => HTMLCanvasElement} seen what the network sees
 * @property {() => import('../figure/scene.js').Answer[]} answers its prediction
 * @property {() => Record<string, string>} about where it comes from
 */

/** Sizes of maps that are asked for. */
const SIZES = [16, 32, 64, 128, 512];
/** On paper. */
const PRINTED = 128;
/** How large an op has to be to be looked at, in pixels. */
const LOOKED_AT = 44;
/** Smaller ops are not what a pointer means: their module is. */
const MEANT = 12;
/** Milliseconds without a move until maps are asked for. */
const STILL = 80;
/** Pixels of the screen from a module that is looked at to the edge of the figure. */
const AROUND = 12;

export class FigureView {
  /** @param {Kind} kind @param {Callbacks} callbacks */
  constructor(kind, callbacks) {
    this.callbacks = callbacks;
    /** @type {Graph | null} */
    this.graph = null;
    /** @type {import('../figure/layout.js').Layout | null} */
    this.layout = null;
    /** @type {Painter | null} */
    this.painter = null;
    /** @type {Entry[]} */
    this.entries = [];
    this.opened = -1;
    this.isShown = false;
    this.hasRun = false;
    /** Modules that are not among what was searched for. @type {Set<number>} */
    this.out = new Set();
    /** What the pointer or the keyboard is at. @type {Entry | null} */
    this.at = null;
    /** Width of the room by its height, that the layout is for, or will be. */
    this.aspect = 0;
    /** Counts layouts: of several that are under way, the last one counts. */
    this.turn = 0;
    this.scheduled = false;
    this.still = 0;
    /** Whether all maps are asked for, not only those on the screen. */
    this.saving = false;
    this.images = new Images(() => this.#draw());
    this.images.kind = kind;
    this.camera = new Camera(() => this.#draw());

    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.tip = h('p', { class: 'figure-tip', hidden: true, 'aria-hidden': 'true' });
    this.tree = new Tree(t.figure.keys, {
      onMove: (item) => this.#look(/** @type {Entry} */ (item)),
      onOpen: (item) => this.#open(/** @type {Entry} */ (item)),
      onKey: (key) => this.#key(key),
    });
    const icon = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h('button', { type: 'button', class: 'icon small', 'aria-label': name, title: name, onclick, text });
    this.box = h('div', { class: 'figure-box' }, this.canvas, this.tree.element, this.tree.help, this.tip);
    gestures(this.box, this.camera, {
      hover: (at) => this.#hover(at),
      choose: (at) => {
        const entry = this.#entryAt(at);
        if (!entry) return;
        this.tree.mark(entry);
        this.#open(entry);
      },
    });
    this.legend = h('ul', { class: 'figure-legend' });
    this.kinds = /** @type {Kind[]} */ (['strongest', 'mean']).map((name) =>
      h('button', {
        type: 'button',
        'aria-pressed': String(name === kind),
        title: t.figure.about[name],
        onclick: () => this.setKind(name, true),
        text: t.figure.kinds[name],
      }),
    );
    this.said = h('span', { class: 'muted small', role: 'status' });
    this.savers = /** @type {const} */ (['png', 'svg']).map((type) =>
      h('button', {
        type: 'button',
        class: 'quiet',
        disabled: true,
        onclick: () => this.#save(type),
        text: t.figure.save[type],
      }),
    );
    this.foot = h(
      'div',
      { class: 'figure-foot' },
      h(
        'div',
        { class: 'figure-zoom', role: 'group', 'aria-label': t.zoom.title },
        icon(t.zoom.in, '+', () => this.camera.zoom(1.6)),
        icon(t.zoom.out, '−', () => this.camera.zoom(1 / 1.6)),
        icon(t.figure.whole, '⤢', () => this.camera.fit()),
      ),
      this.legend,
      h('span', { class: 'segmented', role: 'group', 'aria-label': t.figure.kinds.label }, this.kinds),
      h('span', { class: 'buttons' }, this.savers),
      this.said,
      h('p', { class: 'figure-touch muted small', text: t.figure.touch }),
    );
    /** Where the open module is shown. */
    this.panel = h('div', { class: 'panel' });
    this.heading = h('h3', { id: uniqueId('figure') });
    this.close = h('button', {
      type: 'button',
      class: 'icon',
      text: '×',
      onclick: () => this.callbacks.onOpen(null, ''),
    });
    this.module = h(
      'section',
      { class: 'figure-module', 'aria-labelledby': this.heading.id, hidden: true },
      h('header', {}, this.heading, this.close),
      this.panel,
    );
    this.element = h('div', { class: 'figure', hidden: true }, this.box, this.foot, this.module);
    new ResizeObserver(() => this.#resize()).observe(this.box);
    for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
      matchMedia(query).addEventListener('change', () => this.#paint());
  }

  /** @param {boolean} shown */
  show(shown) {
    this.isShown = shown;
    this.element.hidden = !shown;
    if (shown) this.#resize();
  }

  /** @param {Scope} scope */
  setScope(scope) {
    this.graph = scope.graph;
    this.turn += 1;
    this.layout = null;
    this.painter = null;
    this.aspect = 0;
    this.entries = [];
    this.tree.set('', []);
    this.hasRun = false;
    for (const button of this.savers) button.disabled = true;
    this.opened = -1;
    this.camera.whole = true;
    this.images.setScope(scope);
    this.photo = scope.graph.nodes.find((node) => node.op === 'input')?.id ?? '';
    this.legend.replaceChildren(
      ...legendOf(scope.graph).map(({ lane, text }) => h('li', { style: `--lane:${laneColour(lane)}` }, text)),
    );
    pause().then(() => this.#resize()); // which asks where everything is: the list of modules has just come
  }

  /** A run has ended. @param {boolean} live another follows @returns {Promise<void>} when what is on the screen is of it */
  async refresh(live) {
    this.hasRun = true;
    for (const button of this.savers) button.disabled = false;
    this.images.refresh(live);
    this.#answer();
    if (this.isShown) await this.#wish();
  }

  /** A value is there, of a run that goes on while weights arrive. @param {string} node */
  arrived(node) {
    this.hasRun = true;
    this.images.arrived(node);
    if (this.isShown) this.#draw();
  }

  /** @param {Kind} kind @param {boolean} [byHand] */
  setKind(kind, byHand = false) {
    this.images.show(kind);
    this.kinds.forEach((button, i) => button.setAttribute('aria-pressed', String(['strongest', 'mean'][i] === kind)));
    if (byHand) this.callbacks.onKind(kind);
    this.#draw();
  }

  /** A module was opened, or the open one closed. @param {number | null} index */
  mark(index) {
    const before = this.opened;
    this.opened = index ?? -1;
    const module = this.graph?.modules[this.opened];
    this.module.hidden = !module;
    this.element.classList.toggle('opened', module !== undefined);
    if (module) {
      setText(this.heading, module.label);
      this.close.setAttribute('aria-label', t.figure.close(module.label));
    }
    if (before !== this.opened) this.#resize();
    const card = this.layout?.cards[this.opened];
    if (card && this.isShown) this.camera.show(grown(card.box, AROUND), Math.max(1, this.camera.least));
    else if (before >= 0 && this.isShown) this.camera.fit();
  }

  /** Sums are called by the scale in force. */
  rename() {
    const { graph } = this;
    if (!graph) return;
    const sums = this.entries.flatMap(({ children = [] }) => children.filter(({ op }) => op?.node.op === 'add'));
    for (const entry of sums) {
      entry.name = nameOf(graph, /** @type {Op} */ (entry.op));
      entry.element?.setAttribute('aria-label', entry.name);
    }
    if (sums.length > 0) this.#paint();
  }

  /** Modules that are not among what was searched for. @param {Set<number>} out */
  setOut(out) {
    this.out = out;
    this.#draw();
  }

  // What is drawn

  #resize() {
    const { graph, canvas } = this;
    if (!graph || !this.isShown) return;
    const { clientWidth: width, clientHeight: height } = this.box;
    if (!width || !height) return;
    // With a module open the figure is lower, but stays as it is.
    const room = parseFloat(getComputedStyle(this.box).maxHeight);
    const aspect = Math.round((20 * width) / room) / 20;
    if (aspect !== this.aspect) {
      this.aspect = aspect;
      this.#lay(graph, aspect);
    }
    if (!this.layout) return;
    const [across, down] = [width, height].map((v) => Math.round(v * devicePixelRatio));
    const isOther = canvas.width !== across || canvas.height !== down;
    if (isOther) Object.assign(canvas, { width: across, height: down });
    // No higher than the whole is where it is as wide as the room.
    this.box.style.setProperty('--needed', `${Math.ceil((width * this.layout.height) / this.layout.width)}px`);
    this.camera.resize(this.layout, { width, height });
    // A canvas of another size is black until something is drawn.
    if (isOther) this.#frame();
  }

  /** Lays the network out for another room. What was shown stays until that is done. @param {Graph} graph @param {number} aspect */
  async #lay(graph, aspect) {
    const turn = ++this.turn;
    const isWanted = () => turn === this.turn;
    const placed = await whileWanted(layouts(graph, aspect), isWanted);
    const entries = placed && (await whileWanted(entriesOf(graph, placed), isWanted));
    const painter = entries && (await this.#painterOf(graph, placed, isWanted));
    if (!painter) return;
    const first = this.layout === null;
    [this.layout, this.entries, this.painter, this.at] = [placed, entries, painter, null];
    this.tree.set(t.figure.of(graph.title), entries);
    this.#answer();
    this.#resize();
    if (first && this.opened >= 0) this.mark(this.opened);
    this.#draw();
  }

  /** Shapes and colours. @param {Graph} graph @param {import('../figure/layout.js').Layout} placed @param {() => boolean} isWanted */
  async #painterOf(graph, placed, isWanted) {
    this.theme = themeNow(this.box);
    this.font = getComputedStyle(document.body).fontFamily;
    const shapes = await whileWanted(scenes(graph, placed, this.theme), isWanted);
    return shapes && new Painter(shapes, this.font);
  }

  /** Colours have changed. */
  async #paint() {
    const { graph, layout: placed } = this;
    if (!graph || !placed) return;
    const painter = await this.#painterOf(graph, placed, () => placed === this.layout);
    if (!painter) return;
    this.painter = painter;
    this.#answer();
    this.#draw();
  }

  #answer() {
    if (!this.layout || !this.theme) return;
    const answers = this.hasRun ? this.callbacks.answers() : [];
    this.told = new Painter([answerShapes(this.layout, this.theme, answers)], this.font ?? '');
  }

  #draw() {
    if (this.scheduled || !this.isShown) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.#frame();
    });
    clearTimeout(this.still);
    this.still = setTimeout(() => this.#wish(), STILL);
  }

  #frame() {
    const { painter, layout: placed, theme, camera, at } = this;
    if (!painter || !placed || !theme) return;
    // From here on the canvas is black where nothing is drawn.
    const context = this.canvas.getContext('2d', { alpha: false });
    if (!context) return;
    const ratio = this.canvas.width / camera.room.width;
    const scale = camera.scale * ratio;
    const corner = camera.under({ x: 0, y: 0 });
    const view = { scale, ...corner, ratio };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = theme.bg;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    painter.paint(context, view, (node) => this.#image(node));
    this.told?.paint(context, view, () => null);
    context.globalAlpha = 0.78;
    context.fillStyle = theme.bg;
    for (const index of this.out) {
      const { x, y, width, height } = placed.cards[index].box;
      context.fillRect(x - 1, y - 1, width + 2, height + 2);
    }
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    for (const box of [placed.cards[this.opened]?.box, at?.box]) {
      if (!box) continue;
      const out = (2 * ratio) / scale;
      context.lineWidth = out;
      context.strokeRect(box.x - out, box.y - out, box.width + 2 * out, box.height + 2 * out);
    }
  }

  /** @param {string} node @returns {CanvasImageSource | null} */
  #image(node) {
    if (node !== this.photo) return this.images.pictures.get(node)?.bitmap ?? null;
    const seen = this.callbacks.seen();
    return this.hasRun && seen.width > 1 ? seen : null;
  }

  /** Asks for the maps that are on the screen. */
  #wish() {
    clearTimeout(this.still);
    const { layout: placed, camera } = this;
    if (!placed || !this.hasRun || this.saving) return Promise.resolve();
    const [a, b] = [camera.under({ x: 0, y: 0 }), camera.under({ x: camera.room.width, y: camera.room.height })];
    const seen = placed.ops.filter(
      ({ box }) => box.x < b.x && box.y < b.y && box.x + box.width > a.x && box.y + box.height > a.y,
    );
    return this.images.wish(this.#wishes(seen, camera.scale * devicePixelRatio));
  }

  /** @param {Op[]} ops @param {number} scale pixels a unit */
  #wishes(ops, scale) {
    const wishes = ops.flatMap(({ node, map }) => {
      if (!map || node.id === this.photo) return [];
      const most = Math.max(node.shape[1] ?? 1, node.shape[2] ?? 1);
      return [{ node, size: Math.min(most, SIZES.find((size) => size >= map.width * scale) ?? most) }];
    });
    // Values inside a fused step have to be computed: last.
    return wishes.sort((a, b) => Number(a.node.unit !== a.node.id) - Number(b.node.unit !== b.node.id));
  }

  // How one moves in it

  /** @param {import('../figure/camera.js').Place} at on the screen */
  #entryAt(at) {
    return entryAt(this.entries, this.camera.under(at), this.camera.scale * MAP >= MEANT);
  }

  /** @param {{ x: number, y: number } | null} at on the screen */
  #hover(at) {
    const entry = at && this.#entryAt(at);
    this.box.classList.toggle('over', Boolean(entry));
    this.tip.hidden = !entry;
    if (entry && at) {
      setText(this.tip, this.#told(entry));
      const { width } = this.camera.room;
      const left = Math.max(6, Math.min(at.x + 14, width - this.tip.offsetWidth - 6));
      const above = at.y + 24 + this.tip.offsetHeight > this.camera.room.height;
      this.tip.style.transform = `translate(${left}px, ${above ? at.y - this.tip.offsetHeight - 10 : at.y + 20}px)`;
    }
    if (entry === this.at) return;
    this.at = entry;
    this.#draw();
  }

  /** @param {Entry} entry */
  #told({ name, op }) {
    const channel = op && this.images.pictures.get(op.node.id)?.channel;
    return channel === null || channel === undefined ? name : t.figure.channel(name, channel);
  }

  /** The keyboard is at this. @param {Entry} entry */
  #look(entry) {
    this.at = entry;
    this.tip.hidden = true;
    this.camera.reveal(grown(entry.box, AROUND), entry.op ? LOOKED_AT / MAP : 0);
    this.#draw();
  }

  /** @param {Entry} entry */
  #open({ module, op }) {
    this.callbacks.onOpen(module, op?.node.id ?? '');
  }

  /** @param {string} key */
  #key(key) {
    if (key === '+' || key === '=') this.#closer();
    else if (key === '-' || key === '−') this.camera.zoom(1 / 1.6);
    else if (key === '0') this.camera.fit();
    else return false;
    return true;
  }

  /** Towards what the keyboard is at. */
  #closer() {
    if (this.at) this.camera.show(this.at.box, 1.6 * this.camera.scale);
    else this.camera.zoom(1.6);
  }

  // What one takes away

  /** @param {'png' | 'svg'} type */
  async #save(type) {
    const { graph, images, layout: placed } = this;
    if (!graph || !placed) return;
    setText(this.said, t.figure.saving);
    const font = this.font ?? '';
    const about = this.callbacks.about();
    const answers = this.hasRun ? this.callbacks.answers() : [];
    this.saving = true;
    if (this.hasRun) await images.wish(this.#wishes(placed.ops, PRINTED / MAP));
    this.saving = false;
    const page = sheet(
      graph,
      { caption: t.export.caption(about), maps: t.figure.about[images.kind], answers },
      themeOf('light'),
    );
    const image = (/** @type {string} */ node) => this.#image(node);
    const blob = type === 'png' ? await asPng(page, image, font) : asSvg(page, image, font);
    setText(this.said, saved(blob, `${about.model}-figure.${type}`));
  }
}

/** @param {Box} box @param {number} by @returns {Box} */
const grown = ({ x, y, width, height }, by) => ({
  x: x - by,
  y: y - by,
  width: width + 2 * by,
  height: height + 2 * by,
});
