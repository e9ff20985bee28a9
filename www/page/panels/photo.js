/** The photo: samples, choosing, dropping, pasting, an address, the camera, and what the network sees of it. */

import { t } from '../words.js';
import { agree } from '../consent.js';
import { CropFrame } from './crop.js';
import { IS_TOUCH, h, setText } from '../dom.js';
import { isWeights } from '../files.js';
import { dropped } from '../folder.js';

/** Sample photos in `samples/`, in order. Sources and licences: samples/ATTRIBUTION.md. */
export const SAMPLES = /** @type {const} */ (['dandelion', 'dahlia', 'cat', 'coffee', 'pagoda']);
/** @param {string} name of one of them */
export const sampleAddress = (name) => `samples/${name}.jpg`;

/** A sample. @param {string} name @returns {Promise<Blob>} */
export async function sample(name) {
  const response = await fetch(sampleAddress(name));
  if (!response.ok) throw new Error(t.photo.sampleFailed);
  return response.blob();
}

/** How long a photo from an address may take, in milliseconds: it is a few megabytes. */
const PATIENCE = 60_000;
/** What weights call that which a sample shows, if they have a class for it. @type {Record<typeof SAMPLES[number], RegExp>} */
const CLASSES = {
  dandelion: /^dandelion$/i,
  dahlia: /^dahlia$/i,
  cat: /\bcat$/i,
  coffee: /^(coffee|espresso)$/i,
  pagoda: /^pagoda$/i,
};

/** The samples that show something which one of the classes is; all of them, where classes have no names. @param {string[]} names */
export function knownOf(names) {
  const known = SAMPLES.filter((sample) => names.some((name) => CLASSES[sample].test(name)));
  return known.length ? known : SAMPLES;
}

/**
 * @typedef {object} Callbacks
 * @property {(photo: Blob, name: string) => void} onPhoto name: a sample's, an address, or `own`
 * @property {(files: File[]) => void} onWeights
 * @property {(photos: Promise<import('../folder.js').FolderPhoto[]>) => void} onFolder a folder or several photos
 * @property {(crop: import('../../inceptionscope.js').Crop | null) => void} onCrop
 * @property {() => void} onCamera the camera is to begin, or to end
 * @property {(message: string) => void} onError
 */

export class PhotoView {
  /**
   * @param {HTMLElement} host
   * @param {Callbacks} callbacks
   */
  constructor(host, callbacks) {
    this.callbacks = callbacks;
    /** Counts what was asked for: what comes after another was asked for comes too late. */
    this.turn = 0;
    /** The samples as they are shown: those that the network knows first. @type {typeof SAMPLES[number][]} */
    this.order = [...SAMPLES];
    this.frame = new CropFrame((crop) => callbacks.onCrop(crop));
    this.caption = h('figcaption', { class: 'muted', text: t.photo.none });
    /** Asks for the photo that a link was made with. */
    this.asked = h('div', { class: 'asked', role: 'status', hidden: true });
    this.credit = h('p', { class: 'muted' });
    /** Says what is marked among the samples. Its room is there before. */
    this.marked = h('p', { class: 'samples-note' });
    this.buttons = new Map(SAMPLES.map((name) => [name, this.#sample(name)]));
    const file = h('input', {
      type: 'file',
      id: 'photo-file',
      class: 'hidden',
      accept: 'image/*',
      onchange: () => {
        if (file.files?.[0]) this.#choose(file.files[0]);
        file.value = '';
      },
    });
    this.camera = h('button', {
      type: 'button',
      'aria-pressed': 'false',
      text: t.camera.start,
      onclick: () => callbacks.onCamera(),
    });
    this.address = h('input', {
      type: 'url',
      id: 'photo-url',
      placeholder: 'https://',
      'aria-describedby': 'photo-url-hint',
      required: true,
    });
    const form = h(
      'form',
      {
        class: 'address',
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          this.useAddress(this.address.value.trim());
        },
      },
      h('label', { for: 'photo-url', text: t.photoUrl.label }),
      h('span', { class: 'address-row' }, this.address, h('button', { type: 'submit', text: t.photoUrl.load })),
      h('p', { class: 'muted small', id: 'photo-url-hint', text: t.photoUrl.hint }),
    );
    const drop = h(
      'div',
      { class: 'drop', hidden: true, 'aria-hidden': 'true' },
      h('span', { text: t.photo.dropHere }),
    );
    document.body.append(drop);
    host.append(
      h('h2', { id: 'photo-title', text: t.photo.title }),
      this.asked,
      h('figure', { class: 'seen-frame' }, this.frame.element, this.caption),
      (this.samples = h(
        'div',
        { class: 'samples', role: 'group', 'aria-label': t.photo.samples },
        ...this.buttons.values(),
      )),
      this.marked,
      h(
        'p',
        { class: 'choose' },
        file,
        h('label', { for: 'photo-file', class: 'button', text: t.photo.choose }),
        this.camera,
      ),
    );
    /** What can wait until the predictions were read. */
    this.more = h(
      'div',
      { class: 'photo-more' },
      IS_TOUCH ? null : h('p', { class: 'muted', text: t.photo.dropHint }),
      h('details', {}, h('summary', { text: t.photoUrl.summary }), form),
      this.credit,
    );
    this.#listen(drop);
  }

  /** What the network sees, at its own size. */
  get seen() {
    return this.frame.seen;
  }

  /** @param {typeof SAMPLES[number]} name */
  #sample(name) {
    return h(
      'button',
      {
        type: 'button',
        class: 'sample',
        'aria-pressed': 'false',
        title: t.photo.names[name],
        onclick: () => this.useSample(name),
      },
      h('img', { src: sampleAddress(name), alt: t.photo.names[name], width: 48, height: 48, decoding: 'async' }),
    );
  }

  /** @param {string} name @returns {Promise<void>} */
  async useSample(name) {
    const turn = ++this.turn;
    try {
      const photo = await sample(name);
      if (turn === this.turn) this.callbacks.onPhoto(photo, name);
    } catch {
      if (turn === this.turn) this.callbacks.onError(t.photo.sampleFailed);
    }
  }

  /**
   * A photo from another host, if that host lets other sites read it.
   * @param {string} address
   * @returns {Promise<void>}
   */
  async useAddress(address) {
    if (!URL.canParse(address) || !/^(https?|data|blob):/.test(address)) {
      this.callbacks.onError(t.photoUrl.bad(address));
      return;
    }
    agree(address);
    const turn = ++this.turn;
    const { host } = new URL(address);
    let [status, photo] = [0, new Blob()];
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer', signal });
      if (response.ok) photo = await response.blob();
      else status = response.status;
    } catch {
      if (turn === this.turn) this.callbacks.onError(t.photoUrl.unreachable(host));
      return;
    }
    if (turn !== this.turn) return;
    if (status) this.callbacks.onError(t.photoUrl.refused(host, status));
    else this.callbacks.onPhoto(photo, address);
  }

  /** A file that was dropped or pasted: a photo, or weights. @param {File} file */
  take(file) {
    if (isWeights(file)) this.callbacks.onWeights([file]);
    else this.#own(file);
  }

  /** @param {File} file */
  #own(file) {
    this.turn += 1;
    this.callbacks.onPhoto(file, 'own');
  }

  /** A file given where a photo is asked for. @param {File} file */
  #choose(file) {
    if (isWeights(file)) this.callbacks.onError(t.photo.notHere(file.name));
    else this.#own(file);
  }

  /**
   * Asks for the photo that a link was made with.
   * @param {string} name its file's, if known
   * @param {string} what it is needed for
   */
  ask(name, what) {
    this.asked.replaceChildren(
      h('p', { class: 'strong', text: t.asked.title(name) }),
      h('p', { text: what }),
      h('label', { for: 'photo-file', class: 'button', text: t.photo.choose }),
    );
    this.asked.hidden = false;
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
    const folder = dropped(transfer);
    if (folder) return this.callbacks.onFolder(folder);
    const files = [...(transfer?.files ?? [])];
    const text = transfer?.getData('text/uri-list') || transfer?.getData('text/plain') || '';
    if (files.some(isWeights)) this.callbacks.onWeights(files);
    else if (files.length) this.take(files[0]);
    else if (/^https?:\/\/\S+$/.test(text.trim())) this.useAddress(text.trim());
    else this.callbacks.onError(t.photo.noFile);
  }

  /** Which samples show something that the network has a class for: those come first. @param {readonly string[]} known */
  setKnown(known) {
    for (const [sample, button] of this.buttons) {
      const name = t.photo.names[sample];
      button.classList.toggle('unknown', !known.includes(sample));
      button.title = known.includes(sample) ? name : t.photo.unknownOf(name);
      button.setAttribute('aria-label', button.title);
    }
    this.order = [...SAMPLES].sort((a, b) => Number(known.includes(b)) - Number(known.includes(a)));
    setText(this.marked, known.length < SAMPLES.length ? t.photo.unknown : '');
    const buttons = this.order.map((sample) => /** @type {Node} */ (this.buttons.get(sample)));
    // One that has the focus keeps it.
    if (buttons.some((button, i) => this.samples.children[i] !== button)) this.samples.append(...buttons);
  }

  /** Marks the photo in use. @param {string} name a sample's, an address, or `own` */
  mark(name) {
    this.asked.hidden = true;
    for (const [sample, button] of this.buttons) button.setAttribute('aria-pressed', String(sample === name));
    const credit = t.photo.credits[/** @type {keyof typeof t.photo.credits} */ (name)];
    if (this.credit.dataset.of === name) return;
    this.credit.dataset.of = name;
    this.credit.replaceChildren(
      ...(credit
        ? [credit, ' · ', h('a', { href: 'samples/ATTRIBUTION.md', text: t.photo.sources })]
        : [URL.canParse(name) ? t.photoUrl.from(new URL(name).host) : t.photo.own]),
    );
  }

  /** @param {boolean} on */
  showCamera(on) {
    this.camera.setAttribute('aria-pressed', String(on));
    setText(this.camera, on ? t.camera.stop : t.camera.start);
  }

  /**
   * Draws what the network sees.
   * @param {import('../../inceptionscope.js').Tensor} input
   * @param {import('../../inceptionscope.js').Profile} profile
   */
  draw(input, profile) {
    this.frame.draw(input, profile);
    setText(this.caption, t.photo.seen(input.shape.slice(1)));
  }

  /**
   * What the network saw of the photo.
   * @param {import('../../inceptionscope.js').Seen} seen
   * @param {boolean} chosen by hand
   * @param {number[]} input C, H, W
   */
  setSeen(seen, chosen, [, rows, columns]) {
    this.frame.setSeen(seen, chosen);
    const enlarged = seen.width < columns || seen.height < rows;
    setText(this.caption, t.photo.seen([rows, columns], enlarged ? [seen.height, seen.width] : undefined));
  }
}
