/** How good networks are on a folder of photos: shares that are right, what is confused, and photos to look at. */

import { h, setText, uniqueId } from '../dom.js';
import { sentence } from '../faults.js';
import * as format from '../format.js';
import { table } from '../dialogs/costs.js';
import { t } from '../words.js';

/**
 * @typedef {import('../../inceptionscope.js').Evaluation} Evaluation
 * @typedef {import('../../inceptionscope.js').Score} Score
 * @typedef {Score['worst'][number]} Judged
 */

/** Classes whose whole confusion is a table that can be read. */
const MATRIX = 16;
/** Confusions that are listed else. */
const LISTED = 15;
/** Columns and rows of a small photo. */
const SMALL = 112;

export class ScoreView {
  /**
   * @param {object} callbacks
   * @param {(image: string) => File | undefined} callbacks.fileOf
   * @param {(image: string) => void} callbacks.onPhoto a photo is to be looked at
   * @param {() => string[]} callbacks.names of the classes
   */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.scores = h('div');
    this.of = h('select', { id: uniqueId('score-of'), onchange: () => this.#details() });
    this.ofField = h(
      'span',
      { class: 'field actions', hidden: true },
      h('label', { for: this.of.id, text: t.evaluate.detailsOf }),
      this.of,
    );
    this.confusion = h('div');
    this.worst = h('div');
    this.certain = h('div');
    this.failed = h('div');
    this.element = h(
      'section',
      { class: 'score' },
      this.scores,
      this.ofField,
      this.confusion,
      this.worst,
      this.certain,
      this.failed,
    );
    /** Of the networks. @type {string[]} */
    this.names = [];
    /** @type {Evaluation | null} */
    this.evaluation = null;
    /** Small photos that were drawn; one may be in both lists. @type {Map<string, Promise<ImageBitmap | null>>} */
    this.drawn = new Map();
  }

  /** @param {string[]} names of the networks */
  begin(names) {
    this.names = names;
    this.evaluation = null;
    this.drawn.clear();
    for (const part of [this.scores, this.confusion, this.worst, this.certain, this.failed]) part.replaceChildren();
    const all = names.length > 1 ? [...names, t.evaluate.ensemble] : names;
    this.of.replaceChildren(...all.map((text, value) => h('option', { value, text })));
    this.of.value = String(all.length - 1);
    this.ofField.hidden = all.length < 2;
  }

  /** @param {Evaluation} evaluation so far @param {boolean} whole photos are drawn at the end, and now and then */
  show(evaluation, whole) {
    this.evaluation = evaluation;
    const { networks, ensemble, failed } = evaluation;
    const rows = networks.map((score, i) => row(this.names[i], score));
    if (networks.length > 1) rows.push(row(t.evaluate.ensemble, ensemble));
    const c = t.evaluate.columns;
    this.scores.replaceChildren(
      h('h3', { text: t.evaluate.measured }),
      table(t.evaluate.measured, [c.network, c.photos, c.top1, c.top5, c.top1Error, c.top5Error], rows),
    );
    this.failed.replaceChildren(
      ...(failed.length
        ? [
            h('h3', { text: t.evaluate.failed(failed.length) }),
            h(
              'ul',
              { class: 'failed' },
              failed.map(({ name, error }) => h('li', { text: `${name}: ${sentence(error)}` })),
            ),
          ]
        : []),
    );
    if (whole) this.#details();
  }

  #details() {
    const { evaluation } = this;
    if (!evaluation) return;
    const score = evaluation.networks[Number(this.of.value)] ?? evaluation.ensemble;
    this.confusion.replaceChildren(...this.#confusion(score));
    const known = score.top1 !== null;
    this.worst.replaceChildren(...this.#photos(known ? t.evaluate.worst : t.evaluate.leastCertain, score.worst));
    this.certain.replaceChildren(...this.#photos(t.evaluate.certain, score.certain));
  }

  /** @param {Score} score */
  #confusion({ confusion }) {
    if (confusion.length === 0) return [];
    const names = this.callbacks.names();
    const name = (/** @type {number} */ c) => names[c] ?? String(c);
    const classes = [...new Set(confusion.flatMap(([own, taken]) => [own, taken]))].sort((a, b) => a - b);
    if (classes.length > MATRIX) {
      const mixed = confusion.filter(([own, taken]) => own !== taken).sort((a, b) => b[2] - a[2]);
      const c = t.evaluate.columns;
      return [
        h('h3', { text: t.evaluate.confusions(Math.min(LISTED, mixed.length), mixed.length) }),
        table(
          t.evaluate.confusion,
          [c.own, c.takenFor, c.photos],
          mixed.slice(0, LISTED).map(([own, taken, photos]) => [name(own), name(taken), String(photos)]),
        ),
      ];
    }
    const counts = new Map(confusion.map(([own, taken, photos]) => [`${own} ${taken}`, photos]));
    const owns = classes.filter((own) => confusion.some(([other]) => other === own));
    const rows = owns.map((own) => {
      const all = classes.map((taken) => counts.get(`${own} ${taken}`) ?? 0);
      const most = all.reduce((a, b) => a + b, 0);
      return [
        name(own),
        ...all.map((photos, i) =>
          h('span', {
            class: `cell-count ${classes[i] === own ? 'right' : ''}`,
            style: `--p:${photos / most}`,
            text: photos ? String(photos) : '·',
          }),
        ),
      ];
    });
    const box = table(t.evaluate.confusion, [t.evaluate.ownTaken, ...classes.map(name)], rows);
    box.classList.add('confusion');
    return [h('h3', { text: t.evaluate.confusion }), box];
  }

  /** @param {string} title @param {Judged[]} list */
  #photos(title, list) {
    const names = this.callbacks.names();
    const name = (/** @type {number} */ c) => names[c] ?? String(c);
    return list.length === 0
      ? []
      : [
          h('h3', { text: title }),
          h(
            'ul',
            { class: 'photos', 'aria-label': title },
            list.map((judged) => {
              const wrong = judged.class !== null && judged.class !== judged.predicted;
              const says = t.evaluate.guess(name(judged.predicted), judged.probability);
              const own = wrong ? t.evaluate.isOwn(name(judged.class ?? 0), judged.own ?? 0) : '';
              return h(
                'li',
                {},
                h(
                  'button',
                  {
                    type: 'button',
                    class: 'quiet',
                    title: judged.image,
                    'aria-label': [t.evaluate.look(judged.image), says, own].filter(Boolean).join('. '),
                    onclick: () => this.callbacks.onPhoto(judged.image),
                  },
                  this.#small(judged.image),
                  h('span', { text: says }),
                  own ? h('span', { class: 'wrong', text: own }) : null,
                ),
              );
            }),
          ),
        ];
  }

  /** @param {string} image */
  #small(image) {
    const canvas = h('canvas', { class: 'small-photo', width: SMALL, height: SMALL, 'aria-hidden': 'true' });
    const file = this.callbacks.fileOf(image);
    const drawn = this.drawn.get(image) ?? (file ? square(file).catch(() => null) : Promise.resolve(null));
    this.drawn.set(image, drawn);
    drawn.then((bitmap) => bitmap && canvas.getContext('2d')?.drawImage(bitmap, 0, 0));
    return canvas;
  }
}

/** The centre square of a photo, small. @param {Blob} file */
async function square(file) {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2].map(Math.floor);
  const small = await createImageBitmap(bitmap, x, y, side, side, {
    resizeWidth: SMALL,
    resizeHeight: SMALL,
    resizeQuality: 'medium',
  });
  bitmap.close();
  return small;
}

/** @param {string} name @param {Score} score */
function row(name, { images, top1, top5, confusion }) {
  const known = confusion.reduce((sum, [, , photos]) => sum + photos, 0);
  const share = (/** @type {number | null} */ x) => (x === null ? t.costs.blank : format.percent(x));
  const error = (/** @type {number | null} */ x) => (x === null ? t.costs.blank : format.percent(1 - x));
  return [name, t.evaluate.counted(images, known), share(top1), share(top5), error(top1), error(top5)];
}
