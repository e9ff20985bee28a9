/** A grid of feature maps in which only the tiles near the window exist. A tile has one map, or one of each side of a comparison. */

import { t } from '../words.js';
import { drawMap } from '../colour.js';
import { h, setText, uniqueId } from '../dom.js';
import { letterOf } from '../lens.js';

const GAP = 3;
/** Between the maps of a tile. */
const SEAM = 2;
/** Tiles of maps and of single values: least and greatest width, and rows shown at first. */
const MAP = { least: 44, greatest: 72, preview: 3 };
const VALUE = { least: 16, greatest: 22, preview: 6 };
/** So many times as many rows at first where a tile has several maps: fewer of them fit into a row. */
const MORE = 2;
/** Rows kept beyond the window's edges. */
const OVERSCAN = 2;

/** Grids that follow scrolling. @type {Set<MapGrid>} */
const live = new Set();
let scheduled = false;
function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    for (const grid of live) grid.update();
  });
}
addEventListener('scroll', schedule, { passive: true, capture: true });
addEventListener('resize', schedule, { passive: true });

/**
 * @typedef {object} Source Where a grid's pixels come from.
 * @property {(channels: number[], size: number) => Promise<import('../../inceptionscope.js').Maps[]>} maps of each plane
 * @property {(channel: number) => void} onSelect
 *
 * @typedef {import('../lens.js').Plane} Plane
 *
 * @typedef {object} Tile
 * @property {HTMLElement} element
 * @property {HTMLCanvasElement[]} canvases of each plane
 * @property {number} channel
 */

export class MapGrid {
  /**
   * @param {string} node
   * @param {number[]} shape C, H, W or N
   * @param {Source} source
   * @param {Plane[]} planes the maps of a tile
   */
  constructor(node, shape, source, planes = ['own']) {
    this.node = node;
    this.planes = planes;
    this.channels = shape[0];
    this.rows = shape[1] ?? 1;
    this.columns = shape[2] ?? 1;
    this.kind = this.rows * this.columns > 1 ? MAP : VALUE;
    /** Tiles in a row, the width of a map and of a tile, their height, and how many are shown, expanded or not. */
    this.perRow = 0;
    this.size = 0;
    this.width = 0;
    this.height = 0;
    this.shown = 0;
    this.source = source;
    /** The channel shown at each place. @type {number[]} */
    this.order = Array.from({ length: this.channels }, (_, c) => c);
    /** @type {((channel: number, plane: Plane) => import('../colour.js').Scale) | null} */
    this.scale = null;
    /** Of both sides, if there are two. @type {import('../../inceptionscope.js').Stats[]} */
    this.stats = [];
    /** @type {((channel: number) => string) | null} A colour that says which branch a channel is of. */
    this.mark = null;
    /** Small maps by channel, one of each plane. @type {Map<number, { data: Float32Array, rows: number, columns: number }[]>} */
    this.pixels = new Map();
    /** Counts runs, so that answers about an older photo are dropped. */
    this.generation = 0;
    this.fetching = false;
    this.expanded = false;
    this.selected = -1;
    this.cursor = 0;
    /** @type {Map<number, Tile>} by place */
    this.tiles = new Map();
    /** @type {Tile[]} */
    this.pool = [];

    this.id = uniqueId('maps');
    this.box = h('div', {
      class: 'grid waiting',
      role: 'listbox',
      'aria-label': t.maps.of(node),
      tabindex: 0,
      onkeydown: (/** @type {KeyboardEvent} */ e) => this.#key(e),
      onclick: (/** @type {MouseEvent} */ e) => this.#click(e),
      onfocus: () => this.#focus(),
    });
    this.more = h('button', {
      class: 'quiet',
      type: 'button',
      'aria-controls': this.id,
      onclick: () => this.expand(!this.expanded),
    });
    this.box.id = this.id;
    this.none = h('p', { class: 'muted small', text: t.view.noneShown, hidden: true });
    /** Over several maps: of which side each is. */
    this.heads = h('div', { class: 'maps-heads', 'aria-hidden': 'true', hidden: planes.length < 2 });
    this.element = h('div', { class: 'maps' }, this.none, this.heads, this.box, this.more);
    this.resize = new ResizeObserver(() => this.layout());
  }

  /** Starts following the window. Call it when the grid is in the document. */
  connect() {
    live.add(this);
    this.resize.observe(this.element);
    this.layout();
  }

  disconnect() {
    live.delete(this);
    this.resize.disconnect();
    this.generation += 1;
  }

  /** Forgets the maps of the last photo. The old pixels stay until the new ones are there. */
  refresh() {
    this.generation += 1;
    this.fetching = false;
    this.pixels.clear();
    this.update();
  }

  /** Which channels are shown, and in which order. @param {number[]} order */
  setOrder(order) {
    this.order = order;
    this.none.hidden = order.length > 0;
    this.layout();
  }

  /** @param {boolean} expanded */
  expand(expanded) {
    this.expanded = expanded;
    this.layout();
  }

  /** @param {number} channel -1 for none */
  select(channel) {
    this.selected = channel;
    if (channel >= 0) this.cursor = Math.max(0, this.order.indexOf(channel));
    for (const tile of this.tiles.values())
      tile.element.setAttribute('aria-selected', String(tile.channel === channel));
  }

  /** Fits tiles into the width. */
  layout() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    const { least, greatest, preview } = this.kind;
    const maps = this.planes.length;
    const tileOf = (/** @type {number} */ size) => maps * (size + SEAM) - SEAM;
    this.perRow = Math.max(1, Math.floor((width + GAP) / (tileOf(least) + GAP)));
    this.size = Math.min(greatest, Math.floor((Math.floor((width + GAP) / this.perRow) - GAP + SEAM) / maps) - SEAM);
    this.width = tileOf(this.size);
    this.height = Math.max(10, Math.round((this.size * this.rows) / this.columns));
    const count = this.order.length;
    const all = Math.ceil(count / this.perRow);
    const first = maps > 1 ? MORE * preview : preview;
    const folds = all > first;
    const rows = this.expanded || !folds ? all : first;
    this.shown = Math.min(count, rows * this.perRow);
    this.box.style.height = `${Math.max(0, rows * (this.height + GAP) - GAP)}px`;
    this.more.hidden = !folds;
    setText(this.more, this.expanded ? t.maps.showFewer : t.maps.showAll(count));
    this.more.setAttribute(
      'aria-label',
      this.expanded ? t.maps.showFewerOf(this.node) : t.maps.showAllOf(count, this.node),
    );
    this.more.setAttribute('aria-expanded', String(this.expanded));
    if (maps > 1) this.#drawHeads();
    for (const tile of this.tiles.values()) this.#retire(tile);
    this.tiles.clear();
    this.update();
  }

  #drawHeads() {
    const tiles = Array.from({ length: Math.min(this.perRow, this.order.length) }, () => this.planes).flat();
    this.heads.style.columnGap = `${SEAM}px`;
    this.heads.replaceChildren(...tiles.map((plane, i) => {
      const end = (i + 1) % this.planes.length === 0;
      return h('span', { style: `width:${this.size}px;margin-right:${end ? GAP - SEAM : 0}px`, text: letterOf(plane) });
    }));
  }

  /** Makes the tiles that are near the window, drops the others and asks for missing pixels. */
  update() {
    if (this.shown === 0) return this.#keep(0, 0);
    const box = this.box.getBoundingClientRect();
    if (box.bottom < -innerHeight || box.top > 2 * innerHeight) return this.#keep(0, 0);
    const pitch = this.height + GAP;
    const first = Math.max(0, Math.floor(-box.top / pitch) - OVERSCAN);
    const last = Math.ceil((innerHeight - box.top) / pitch) + OVERSCAN;
    this.#keep(first * this.perRow, Math.max(0, Math.min(this.shown, last * this.perRow)));
    this.#fetch();
  }

  /** @param {number} from @param {number} to places */
  #keep(from, to) {
    for (const [place, tile] of this.tiles) {
      if (place < from || place >= to) {
        this.tiles.delete(place);
        this.#retire(tile);
      }
    }
    for (let place = from; place < to; place++) {
      if (!this.tiles.has(place)) this.#tile(place);
    }
    this.#active();
  }

  /** @param {number} place */
  #tile(place) {
    const channel = this.order[place];
    const tile = this.pool.pop() ?? this.#newTile();
    const { element } = tile;
    const { width, perRow, height } = this;
    tile.channel = channel;
    const [x, y] = [(place % perRow) * (width + GAP), Math.floor(place / perRow) * (height + GAP)];
    element.style.transform = `translate(${x}px, ${y}px)`;
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
    element.style.setProperty('--mark', this.mark ? this.mark(channel) : 'transparent');
    element.id = `${this.id}-${place}`;
    element.dataset.channel = String(channel);
    element.setAttribute('aria-setsize', String(this.order.length));
    element.setAttribute('aria-posinset', String(place + 1));
    element.setAttribute('aria-selected', String(channel === this.selected));
    for (const canvas of tile.canvases) canvas.style.visibility = 'hidden';
    this.tiles.set(place, tile);
    this.box.append(element);
    this.#draw(tile);
  }

  /** @returns {Tile} */
  #newTile() {
    const canvases = this.planes.map((plane) => h('canvas', { width: 1, height: 1, 'data-plane': plane }));
    return { element: h('div', { class: 'tile', role: 'option' }, canvases), canvases, channel: -1 };
  }

  /** @param {Tile} tile */
  #retire(tile) {
    tile.element.remove();
    if (this.pool.length < 64) this.pool.push(tile);
  }

  /** @param {Tile} tile */
  #draw({ element, canvases, channel }) {
    const [own, other] = this.stats.map(({ mean }) => mean[channel]);
    const name = other === undefined ? t.maps.tile(channel, own ?? null) : t.compare.tile(channel, own, other);
    element.setAttribute('aria-label', name);
    element.title = name;
    const maps = this.pixels.get(channel);
    if (!maps || !this.scale) return;
    for (const [i, { data, rows, columns }] of maps.entries()) {
      drawMap(canvases[i], data, rows, columns, this.scale(channel, this.planes[i]));
      canvases[i].style.visibility = 'visible';
    }
    this.box.classList.remove('waiting');
  }

  /** Paints all tiles anew, after the colour scale has changed. */
  redraw() {
    for (const tile of this.tiles.values()) this.#draw(tile);
  }

  /** Draws all that is shown, near the window or not, until the next scrolling: for a picture of the whole. */
  async whole() {
    this.#keep(0, this.shown);
    const missing = () => [...this.tiles.values()].some((tile) => !this.pixels.has(tile.channel));
    // A map that fails stays away: a hundred turns are enough for all others.
    for (let turn = 0; turn < 100 && this.scale && missing() && live.has(this); turn++) {
      await this.#fetch();
      await new Promise(requestAnimationFrame);
    }
  }

  async #fetch() {
    if (this.fetching || !this.scale) return;
    const missing = [...this.tiles.values()].map((tile) => tile.channel).filter((c) => !this.pixels.has(c));
    if (missing.length === 0) return;
    this.fetching = true;
    const { generation } = this;
    const pixels = Math.max(24, Math.round(this.size * Math.min(2, devicePixelRatio)));
    try {
      const maps = await this.source.maps(missing, Math.min(pixels, Math.max(this.rows, this.columns)));
      if (generation !== this.generation) return;
      const cut = (/** @type {import('../../inceptionscope.js').Maps} */ { shape: [, rows, columns], data }, /** @type {number} */ i) => (
        { data: data.slice(i * rows * columns, (i + 1) * rows * columns), rows, columns });
      missing.forEach((channel, i) => this.pixels.set(channel, maps.map((map) => cut(map, i))));
      this.redraw();
    } catch {
      // The run that these maps are of is over, or failed and said so; the next one asks again.
      return;
    } finally {
      if (generation === this.generation) this.fetching = false;
    }
    this.#fetch();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const tile = /** @type {HTMLElement} */ (event.target).closest('.tile');
    if (tile instanceof HTMLElement) this.source.onSelect(Number(tile.dataset.channel));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { perRow } = this;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: perRow,
      ArrowUp: -perRow,
      PageDown: 4 * perRow,
      PageUp: -4 * perRow,
      Home: -this.order.length,
      End: this.order.length,
    };
    if (event.key in steps) {
      const next = Math.min(this.order.length - 1, Math.max(0, this.cursor + steps[event.key]));
      if (next >= this.shown && !this.expanded) this.expand(true);
      this.cursor = next;
      this.#reveal();
    } else if ((event.key === 'Enter' || event.key === ' ') && this.cursor < this.order.length) {
      this.source.onSelect(this.order[this.cursor]);
    } else {
      return;
    }
    event.preventDefault();
  }

  #focus() {
    if (this.selected >= 0) this.cursor = Math.max(0, this.order.indexOf(this.selected));
    this.#active();
  }

  /** Scrolls the tile under the cursor into the window. */
  #reveal() {
    const pitch = this.height + GAP;
    const top = this.box.getBoundingClientRect().top + Math.floor(this.cursor / this.perRow) * pitch;
    const floor =
      innerHeight - (parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--dock')) || 0);
    if (top < 80) scrollBy(0, top - 80);
    else if (top + pitch > floor - 20) scrollBy(0, top + pitch - floor + 20);
    this.update();
  }

  #active() {
    for (const [place, { element }] of this.tiles) element.classList.toggle('cursor', place === this.cursor);
    if (this.tiles.has(this.cursor)) this.box.setAttribute('aria-activedescendant', `${this.id}-${this.cursor}`);
    else this.box.removeAttribute('aria-activedescendant');
  }
}
