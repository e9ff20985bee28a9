/** The maps of the figure: those that are asked for come in small groups, first asked first; a camera's all at once. */

import { paint } from '../colour.js';
import { thumbnails } from '../thumbnail.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../thumbnail.js').Kind} Kind
 * @typedef {import('../thumbnail.js').Wish} Wish
 *
 * @typedef {object} Picture
 * @property {ImageData} data
 * @property {ImageBitmap} bitmap
 * @property {number} size that was asked for
 * @property {number | null} channel the one that it is of
 * @property {string} key of the run and the kind that it is of
 */

/** Maps that are under way at a time: what is asked for meanwhile has not long to wait. */
const GROUP = 8;

export class Images {
  /** @param {() => void} onImage there are more */
  constructor(onImage) {
    this.onImage = onImage;
    /** @type {Scope | null} */
    this.scope = null;
    /** @type {Kind} */
    this.kind = 'strongest';
    /** Counts runs: answers about an older photo are old. */
    this.run = 0;
    /** Whether one run follows the other. */
    this.live = false;
    /** Nodes whose values are there; all after a run. @type {Set<string> | null} */
    this.there = new Set();
    /** By node: those of the last photo stay until the new ones are there. @type {Map<string, Picture>} */
    this.pictures = new Map();
    /** @type {Wish[]} */
    this.wishes = [];
    /** Nodes that have failed, as a head does that waits for weights: the next run asks again. @type {Set<string>} */
    this.failed = new Set();
    /** @type {Promise<void> | null} */
    this.working = null;
  }

  get key() {
    return `${this.run} ${this.kind}`;
  }

  /** @param {Scope} scope */
  setScope(scope) {
    this.scope = scope;
    this.pictures.clear();
    this.there = new Set();
    this.#forget();
  }

  /** A run has ended: its values are there. @param {boolean} live another follows at once, of a camera */
  refresh(live) {
    this.there = null;
    this.live = live;
    this.#forget();
  }

  /** A value is there, of a run that goes on. @param {string} node */
  arrived(node) {
    this.there?.add(node);
  }

  #forget() {
    this.run += 1;
    this.wishes = [];
    this.failed.clear();
  }

  /** @param {Kind} kind */
  show(kind) {
    this.kind = kind;
    this.failed.clear();
  }

  /** Whether a picture is as new and as large as is wished. @param {Wish} wish */
  #isMet({ node, size }) {
    const picture = this.pictures.get(node.id);
    return picture?.key === this.key && picture.size >= size;
  }

  /** Wishes for these now, and for no others any more. @param {Wish[]} wishes @returns {Promise<void>} when they are there */
  wish(wishes) {
    this.wishes = wishes;
    this.working ??= this.#work();
    return this.working;
  }

  async #work() {
    // Not before `working` is this: with nothing to do it would be over first, and stay for ever.
    await null;
    try {
      for (;;) {
        const left = this.wishes.filter(
          (wish) => !this.#isMet(wish) && !this.failed.has(wish.node.id) && (this.there?.has(wish.node.id) ?? true),
        );
        const group = this.live ? left : left.slice(0, GROUP);
        if (group.length === 0) return;
        const { scope, key } = this;
        if (!scope) return;
        const made = await this.#make(scope, group, key);
        if (scope !== this.scope) continue;
        made.forEach((picture, i) => {
          const { id } = group[i].node;
          if (picture) this.pictures.set(id, picture);
          else if (key === this.key) this.failed.add(id);
        });
        this.onImage();
      }
    } finally {
      this.working = null;
    }
  }

  /**
   * Of what is missing, or of a run that is over, none: its place stays empty.
   * @param {Scope} scope @param {Wish[]} wishes @param {string} key
   * @returns {Promise<(Picture | null)[]>}
   */
  async #make(scope, wishes, key) {
    const all = await thumbnails(scope, wishes, this.kind);
    return Promise.all(
      all.map(async (made, i) => {
        if (!made) return null;
        const image = new ImageData(made.columns, made.rows);
        paint(made.data, made.scale, image.data);
        const bitmap = await createImageBitmap(image);
        return { data: image, bitmap, size: wishes[i].size, channel: made.channel, key };
      }),
    );
  }
}
