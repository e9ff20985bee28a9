/** The kernels of all channels of a layer side by side: which taps read alike, and whether they form bands. */

import { along, alike, dot, principal, tapsOf } from '../components.js';
import { h, pause, setText } from '../dom.js';
import { sentence } from '../faults.js';
import { nodeOf } from '../graph.js';
import { quiet } from '../panels/growing.js';
import { picture } from '../picture.js';
import { roving } from '../roving.js';
import { saved, table } from '../save.js';
import { t } from '../words.js';
import { dialog } from './dialog.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 *
 * @typedef {object} Callbacks
 * @property {() => Scope | null} scope the network that is shown
 * @property {() => boolean} untrained whether its weights are random
 * @property {() => Record<string, string>} about
 * @property {(node: string, channel: number) => void} onChannel its maps are to be shown
 * @property {(node: string) => void} onState what is shown, for the address
 */

/** Red, green and blue. */
const COLOURS = 3;
/** So many values in 1000 may be beyond the end of a colour: else few decide how bright all others are. */
const BEYOND = 5;

export class KernelsDialog {
  /** The convolution whose kernels are shown. */
  #node = '';
  /** Of which network. @type {Scope | null} */
  #scope = null;
  /** By channel, the taps of its kernel. @type {Float32Array[][]} */
  #kernels = [];
  /** Of each kernel. */
  #columns = 1;

  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.untrained = h('p', { class: 'untrained', text: t.kernels.untrained });
    this.of = h('h3');
    this.found = h('p');
    this.grid = h('div', { class: 'wall', role: 'group' });
    roving(this.grid);
    this.png = quiet(t.channel.savePng, () => this.#savePng());
    this.csv = quiet(t.channel.saveCsv, () => this.#saveCsv());
    this.said = h('p', { class: 'said', role: 'status' });
    this.element = dialog(
      'weights',
      t.kernels.title,
      h('p', { class: 'note', text: t.kernels.note }),
      this.untrained,
      this.of,
      this.found,
      h('div', { class: 'actions' }, this.png, this.csv),
      this.said,
      this.grid,
    );
    this.element.classList.add('circuit');
    this.element.addEventListener('close', () => {
      this.#node = '';
      callbacks.onState('');
    });
  }

  /** As the address has it. @param {string} node */
  restore(node) {
    if (!node) return this.element.close();
    // A link may ask before the network is there.
    if (node !== this.#node || this.#scope !== this.callbacks.scope()) this.open(node);
  }

  /** @param {string} node a convolution */
  async open(node) {
    if (!this.element.open) this.element.showModal();
    const scope = this.callbacks.scope();
    this.#node = node;
    this.#scope = scope;
    this.#kernels = [];
    this.callbacks.onState(node);
    this.untrained.hidden = !this.callbacks.untrained();
    this.png.disabled = this.csv.disabled = true;
    this.grid.replaceChildren();
    setText(this.of, '');
    setText(this.found, '');
    const isShown = () => this.#node === node && this.#scope === scope;
    if (!scope) return;
    try {
      await scope.ready;
      const kernels = [];
      const count = nodeOf(scope.graph, node)?.shape[0] ?? 0;
      for (let channel = 0; channel < count; channel++) {
        const kernel = await scope.kernel(node, channel);
        if (!isShown()) return;
        // An output that several convolutions make has no kernels of one size.
        if (kernel?.node !== node) break;
        kernels.push(kernel);
        setText(this.said, t.kernels.reading(channel + 1, count));
      }
      setText(this.said, kernels.length ? '' : t.kernel.none);
      if (kernels.length) await this.#show(kernels);
    } catch (error) {
      if (isShown()) setText(this.said, sentence(error));
    }
  }

  /** @param {import('../../inceptionscope.js').Kernel[]} kernels */
  async #show(kernels) {
    const [{ node, shape }] = kernels;
    const [channels, rows, columns] = shape;
    this.#kernels = kernels.map(tapsOf);
    this.#columns = columns;
    setText(this.of, t.kernels.of(node, kernels.length, shape));
    const { row, column } = alike(this.#kernels, columns);
    setText(this.found, t.kernels.alike(row, column));
    await pause();
    const all = this.#kernels.flat();
    const amounts = along(all, principal(all, COLOURS));
    const sizes = Float32Array.from(amounts.flat(), Math.abs).sort();
    const top = sizes[Math.floor((sizes.length - 1) * (1 - BEYOND / 1000))] || 1;
    const share = dot(sizes, sizes) / (all.reduce((sum, tap) => sum + dot(tap, tap), 0) || 1);
    this.grid.setAttribute('aria-label', this.of.textContent ?? '');
    this.grid.append(...this.#kernels.map((taps, channel) => {
      const image = new ImageData(columns, rows);
      taps.forEach((_, tap) => image.data.set(colour(amounts[channel * taps.length + tap], top), 4 * tap));
      const canvas = h('canvas', { class: 'plate kernel', width: columns, height: rows, 'aria-hidden': 'true' });
      canvas.getContext('2d')?.putImageData(image, 0, 0);
      return h(
        'button',
        {
          type: 'button',
          class: 'tile-vision',
          'aria-label': t.kernels.channel(channel),
          onclick: () => {
            this.element.close();
            this.callbacks.onChannel(node, channel);
          },
        },
        canvas,
        h('span', { class: 'number', text: String(channel) }),
      );
    }));
    setText(this.said, channels > COLOURS ? t.kernels.share(share) : '');
    this.png.disabled = this.csv.disabled = false;
  }

  get #file() {
    return `kernels.${this.#node}`;
  }

  async #savePng() {
    const caption = t.export.caption({ ...this.callbacks.about(), image: this.found.textContent ?? '' });
    const blob = await picture([this.of, this.grid], caption);
    setText(this.said, saved(blob, `${this.#file}.png`));
  }

  /** A channel a line: how alike its neighbouring taps are. */
  #saveCsv() {
    const rows = this.#kernels.map((taps, channel) => {
      const { row, column } = alike([taps], this.#columns);
      return [channel, row, column];
    });
    setText(this.said, saved(table([['channel', 'within_rows', 'within_columns'], ...rows]), `${this.#file}.csv`));
  }
}

/** Grey is zero. @param {number[]} amounts of each component; of a single one in all colours @param {number} top */
function colour(amounts, top) {
  const of = (/** @type {number} */ i) => 127.5 + (127.5 * (amounts.length === 1 ? amounts[0] : (amounts[i] ?? 0))) / top;
  return [of(0), of(1), of(2), 255];
}
