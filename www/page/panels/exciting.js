/** Which photos excite this channel? The nine with the highest peak, each cut to what the peak depends on. */

import { h, setText } from '../dom.js';
import { isAbort, sentence } from '../faults.js';
import * as format from '../format.js';
import { Peaks, regionOf, search } from '../peaks.js';
import { picture } from '../picture.js';
import { saved, table } from '../save.js';
import { t } from '../words.js';

/**
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../peaks.js').Peak} Peak
 * @typedef {import('../photos.js').Photos} Photos
 */

/** Columns and rows of a cut. */
const SIDE = 96;

export class ExcitingView {
  /** By module, of the scope and the photos that are there. @type {Map<number, Peaks>} */
  #found = new Map();
  /** @type {Scope | null} */
  #scope = null;
  /** @type {{ module: number, stop: AbortController } | null} */
  #searching = null;
  /** @type {{ node: Node, channel: number } | null} */
  #shown = null;
  /** What was drawn last. */
  #drawn = '';

  /**
   * @param {Photos} photos
   * @param {{ onPhoto: (file: File) => void, about: () => Record<string, string> }} callbacks
   */
  constructor(photos, callbacks) {
    this.photos = photos;
    this.callbacks = callbacks;
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h('button', { type: 'button', class: 'quiet', text, onclick });
    this.searchButton = button('', () => this.#search());
    this.stop = button(t.evaluate.stop, () => this.#searching?.stop.abort());
    this.progress = h('progress', { max: 1, class: 'on', 'aria-label': t.exciting.progress });
    this.said = h('p', { class: 'note', role: 'status' });
    this.list = h('ul', { class: 'photos exciting', 'aria-label': t.exciting.list });
    this.figure = h('figure', { hidden: true }, this.list, h('figcaption', { class: 'note', text: t.exciting.note }));
    this.saves = h(
      'p',
      { class: 'actions' },
      button(t.exciting.savePng, () => this.#savePng()),
      button(t.exciting.saveCsv, () => this.#saveCsv()),
    );
    this.element = h(
      'div',
      {},
      h('div', { class: 'exciting-tools' }, this.searchButton, this.stop, photos.choosers(), this.said),
      this.progress,
      this.figure,
      this.saves,
    );
    photos.onChange(() => {
      this.#forget();
      this.#draw();
    });
  }

  /** @param {Scope} scope @param {Node} node @param {number} channel */
  show(scope, node, channel) {
    if (scope !== this.#scope) this.#forget();
    this.#scope = scope;
    this.#shown = { node, channel };
    this.#draw();
  }

  #forget() {
    this.#searching?.stop.abort();
    this.#found.clear();
    this.#drawn = '';
  }

  /** @returns {Peaks | null} */
  get #peaks() {
    const found = this.#shown && this.#found.get(this.#shown.node.module);
    return found?.has(this.#shown?.node.id ?? '') ? found : null;
  }

  async #search() {
    const [scope, shown] = [this.#scope, this.#shown];
    if (!scope || !shown || this.#searching) return;
    const { node } = shown;
    // All that are recorded are there at once.
    const nodes = scope.graph.nodes.filter(
      ({ module, recorded, id }) => module === node.module && (recorded || id === node.id),
    );
    const peaks = new Peaks(this.photos.list);
    const searching = { module: node.module, stop: new AbortController() };
    this.#searching = searching;
    this.#found.set(node.module, peaks);
    let error = '';
    try {
      await search(
        scope,
        nodes.map(({ id }) => id),
        peaks,
        { signal: searching.stop.signal, onStep: () => this.#draw() },
      );
    } catch (cause) {
      error = isAbort(cause) ? '' : sentence(cause);
    }
    this.#searching = null;
    this.#drawn = '';
    this.#draw();
    if (error) setText(this.said, error);
  }

  #draw() {
    const [shown, scope, peaks, { list }] = [this.#shown, this.#scope, this.#peaks, this.photos];
    if (!shown || !scope) return;
    const searching = this.#searching?.module === shown.node.module;
    const label = scope.graph.modules[shown.node.module].label;
    setText(this.searchButton, t.exciting.search(list.length, label));
    this.searchButton.hidden = list.length === 0 || this.#searching !== null || peaks?.done === list.length;
    this.stop.hidden = this.progress.hidden = !searching;
    this.progress.value = peaks ? peaks.done / list.length : 0;
    this.figure.hidden = this.saves.hidden = !peaks;
    const said = peaks
      ? [t.exciting.searched(peaks.done, list.length), ...peaks.failed].join('\n')
      : list.length
        ? ''
        : t.exciting.hint;
    setText(this.said, said);
    if (peaks) this.#cuts(scope, shown, peaks);
  }

  /** @param {Scope} scope @param {{ node: Node, channel: number }} shown @param {Peaks} peaks */
  async #cuts(scope, { node, channel }, peaks) {
    const best = peaks.of(node.id, channel);
    const drawn = JSON.stringify([node.id, channel, best]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    if (best.length === 0) return this.list.replaceChildren(h('li', { class: 'muted', text: t.exciting.none }));
    const cuts = best.map((peak) => ({
      peak,
      canvas: h('canvas', { class: 'small-photo', width: SIDE, height: SIDE, 'aria-hidden': 'true' }),
    }));
    this.list.replaceChildren(
      ...cuts.map(({ peak, canvas }) => {
        const { name, file } = peaks.photos[peak.photo];
        return h(
          'li',
          {},
          h(
            'button',
            {
              type: 'button',
              class: 'quiet',
              title: t.exciting.of(name, peak.row, peak.column),
              'aria-label': t.exciting.peak(name, peak.value),
              onclick: () => this.callbacks.onPhoto(file),
            },
            canvas,
            h('span', { class: 'number', text: format.value(peak.value) }),
          ),
        );
      }),
    );
    const fields = await scope.receptive(node.id, { channel }).catch(() => null);
    for (const { peak, canvas } of cuts) {
      const seen = peaks.seen.get(peak.photo);
      if (!fields || !seen || this.#drawn !== drawn) return;
      const bitmap = await createImageBitmap(peaks.photos[peak.photo].file).catch(() => null);
      if (!bitmap) continue;
      const { x, y, width, height } = regionOf(peak, fields, seen, scope.graph.input);
      const scale = SIDE / Math.max(width, height);
      const [w, h] = [width * scale, height * scale];
      canvas.getContext('2d')?.drawImage(bitmap, x, y, width, height, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
      bitmap.close();
    }
  }

  get #name() {
    return `${this.#shown?.node.id}.${this.#shown?.channel}-photos`;
  }

  async #savePng() {
    const about = {
      ...this.callbacks.about(),
      image: t.exciting.searched(this.#peaks?.done ?? 0, this.photos.list.length),
    };
    const blob = await picture(this.figure, t.export.caption(about));
    setText(this.said, saved(blob, `${this.#name}.png`));
  }

  /** All channels of the node, one line a photo. */
  #saveCsv() {
    const [peaks, shown] = [this.#peaks, this.#shown];
    if (!peaks || !shown) return;
    const { node } = shown;
    const rows = Array.from({ length: node.shape[0] }, (_, channel) =>
      peaks
        .of(node.id, channel)
        .map(({ photo, value, row, column }) => [channel, peaks.photos[photo].name, value, row, column]),
    ).flat();
    const file = table([['channel', 'photo', 'peak', 'row', 'column'], ...rows]);
    setText(this.said, saved(file, `${node.id}-photos.csv`));
  }
}
