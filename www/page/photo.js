/** The photo: samples, choosing, dropping, pasting, and what the network sees of it. */

import { t } from '../strings.js';
import { h, setText } from './dom.js';

/** Sample photos in `samples/`, in order. Sources and licences: samples/ATTRIBUTION.md. */
export const SAMPLES = /** @type {const} */ (['dandelion', 'dahlia', 'cat', 'coffee', 'pagoda']);

/** Endings of weight files: what can be read, and what is told apart from a photo to say what to do instead. */
export const WEIGHT_FILES = ['.safetensors', '.pth', '.pt', '.h5', '.keras', '.bin', '.json'];

/**
 * @typedef {object} Callbacks
 * @property {(photo: Blob, name: string) => void} onPhoto
 * @property {(file: File) => void} onWeights
 * @property {(message: string) => void} onError
 */

export class PhotoView {
  /**
   * @param {HTMLElement} host
   * @param {Callbacks} callbacks
   */
  constructor(host, callbacks) {
    this.callbacks = callbacks;
    /** What the network sees, at its own size. */
    this.seen = h('canvas', { class: 'seen plate', width: 1, height: 1, role: 'img', 'aria-label': t.seenNothing });
    this.caption = h('figcaption', { class: 'muted', text: t.seenNothing });
    this.buttons = new Map(SAMPLES.map((name) => [name, this.#sample(name)]));
    const file = h('input', { type: 'file', id: 'photo-file', class: 'hidden', accept: 'image/*', onchange: () => {
      if (file.files?.[0]) this.take(file.files[0]);
      file.value = '';
    } });
    const drop = h('div', { class: 'drop', hidden: true, 'aria-hidden': 'true' }, h('span', { text: t.dropHere }));
    document.body.append(drop);
    host.append(
      h('h2', { id: 'photo-title', text: t.photo }),
      h('figure', { class: 'seen-frame' }, h('div', { class: 'seen-box' }, this.seen), this.caption),
      h('div', { class: 'samples', role: 'group', 'aria-label': t.samples }, ...this.buttons.values()),
      h('p', { class: 'choose' }, file, h('label', { for: 'photo-file', class: 'button', text: t.choosePhoto }), ' ', h('span', { class: 'muted', text: t.dropHint })),
      h('p', { class: 'muted small' }, h('a', { href: 'samples/ATTRIBUTION.md', text: t.samplesFrom })),
    );
    this.#listen(drop);
  }

  /** @param {typeof SAMPLES[number]} name */
  #sample(name) {
    return h('button', { type: 'button', class: 'sample', 'aria-pressed': 'false', title: t.sampleNames[name], onclick: () => this.useSample(name) },
      h('img', { src: `samples/${name}.jpg`, alt: t.sampleNames[name], width: 56, height: 56, decoding: 'async' }));
  }

  /** @param {string} name @returns {Promise<void>} */
  async useSample(name) {
    try {
      const response = await fetch(`samples/${name}.jpg`);
      if (!response.ok) throw new Error(response.statusText);
      this.callbacks.onPhoto(await response.blob(), name);
    } catch {
      this.callbacks.onError(t.sampleFailed);
    }
  }

  /** A file that a person gave: a photo, or weights. @param {File} file */
  take(file) {
    if (WEIGHT_FILES.some((ending) => file.name.toLowerCase().endsWith(ending))) this.callbacks.onWeights(file);
    else this.callbacks.onPhoto(file, 'own');
  }

  /** @param {HTMLElement} drop */
  #listen(drop) {
    let depth = 0;
    const end = () => {
      depth = 0;
      drop.hidden = true;
    };
    addEventListener('dragenter', (event) => {
      event.preventDefault();
      depth += 1;
      drop.hidden = false;
    });
    addEventListener('dragleave', () => {
      depth -= 1;
      if (depth <= 0) end();
    });
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => {
      event.preventDefault();
      end();
      this.#takeFrom(event.dataTransfer);
    });
    addEventListener('paste', (event) => {
      // Text pasted into a field is no photo.
      if (event.target instanceof HTMLInputElement && !event.clipboardData?.files.length) return;
      this.#takeFrom(event.clipboardData);
    });
  }

  /** @param {DataTransfer | null} transfer */
  #takeFrom(transfer) {
    const file = transfer?.files[0];
    if (file) this.take(file);
    else this.callbacks.onError(t.noFile);
  }

  /** Marks the sample in use. @param {string} name */
  mark(name) {
    for (const [sample, button] of this.buttons) button.setAttribute('aria-pressed', String(sample === name));
  }

  /**
   * Draws what the network sees: its input tensor, with the normalisation undone.
   * @param {import('../inceptionscope.js').Tensor} input
   * @param {import('../inceptionscope.js').Profile} profile
   */
  draw({ shape: [, rows, columns], data }, { mean, std }) {
    this.seen.width = columns;
    this.seen.height = rows;
    const image = new ImageData(columns, rows);
    const area = rows * columns;
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * (data[c * area + i] * std[c] + mean[c]);
      image.data[4 * i + 3] = 255;
    }
    this.seen.getContext('2d')?.putImageData(image, 0, 0);
    setText(this.caption, t.seen(rows, columns));
    this.seen.setAttribute('aria-label', t.seen(rows, columns));
  }
}
