/** The crops of one photo: where they are, what the network says of each, and the average. */

import { h, setText, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { surface } from '../plates.js';
import { t } from '../words.js';

/**
 * @typedef {import('../../inceptionscope.js').CropAnswer} CropAnswer
 * @typedef {import('../../inceptionscope.js').PhotoAnswer} PhotoAnswer
 * @typedef {import('../../inceptionscope.js').Prediction} Prediction
 */

/** The photo is drawn with so many pixels at most. */
const SIDE = 960;

export class CropsView {
  constructor() {
    this.photo = h('canvas', { class: 'crops-photo', width: 1, height: 1, role: 'img' });
    this.one = h('canvas', { class: 'crops-one', width: 1, height: 1, 'aria-hidden': 'true' });
    this.said = h('p', { class: 'strong', role: 'status' });
    this.legend = h('p', { class: 'note' });
    this.answers = h('div', { class: 'crops-answers' });
    this.choice = h('p', { class: 'crops-choice', 'aria-live': 'polite' });
    const label = uniqueId('crops');
    this.list = h('ol', {
      class: 'crops-list',
      role: 'listbox',
      tabindex: 0,
      'aria-labelledby': label,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.network = h('select', { id: uniqueId('crops-network'), onchange: () => this.#draw() });
    this.networks = h(
      'span',
      { class: 'field actions', hidden: true },
      h('label', { for: this.network.id, text: t.evaluate.cropsOf }),
      this.network,
    );
    this.element = h(
      'section',
      { class: 'crops' },
      this.said,
      h(
        'div',
        { class: 'crops-body' },
        h('figure', {}, this.photo, h('figcaption', {}, this.legend)),
        h(
          'div',
          { class: 'crops-side' },
          this.answers,
          this.networks,
          h('h3', { id: label, text: t.evaluate.eachCrop }),
          h('div', { class: 'crops-chosen' }, this.one, this.choice),
          this.list,
        ),
      ),
    );
    /** @type {ImageBitmap | null} */
    this.bitmap = null;
    /** Of the networks. @type {string[]} */
    this.names = [];
    /** By network. @type {CropAnswer[][]} */
    this.crops = [];
    /** @type {PhotoAnswer | null} */
    this.answer = null;
    /** The crop that is looked at. */
    this.chosen = -1;
  }

  /** Nothing is known yet. @param {ImageBitmap} bitmap @param {string[]} names of the networks */
  begin(bitmap, names) {
    this.bitmap?.close();
    Object.assign(this, { bitmap, names, crops: [], answer: null, chosen: -1 });
    this.network.replaceChildren(...names.map((text, value) => h('option', { value, text })));
    this.networks.hidden = names.length < 2;
    this.answers.replaceChildren();
    setText(this.said, '');
    setText(this.choice, t.evaluate.chooseCrop);
    this.list.replaceChildren();
    this.#draw();
  }

  /** What is known of the crops. @param {number} network @param {CropAnswer[]} crops */
  show(network, crops) {
    this.crops[network] = crops;
    if (network === Number(this.network.value)) this.#draw();
  }

  /** All have answered. @param {PhotoAnswer} answer */
  end(answer) {
    this.answer = answer;
    this.crops = answer.crops;
    const { networks, ensemble } = answer;
    const { names } = this;
    const all = networks.map((prediction, i) => ({ name: names[i], prediction }));
    if (ensemble && networks.length > 1) all.push({ name: t.evaluate.ensemble, prediction: ensemble });
    this.answers.replaceChildren(
      ...all.map(({ name, prediction }) =>
        h(
          'section',
          {},
          h('h3', { text: all.length > 1 ? name : t.evaluate.average(answer.crops[0].length) }),
          guesses(prediction, all.length > 1 ? name : t.evaluate.average(answer.crops[0].length)),
        ),
      ),
    );
    this.#draw();
  }

  /** The class that most of the answer rests on. */
  get #best() {
    const network = Number(this.network.value);
    return this.answer?.networks[network]?.top[0] ?? null;
  }

  #draw() {
    const crops = this.crops[Number(this.network.value)] ?? [];
    const best = this.#best;
    this.#photo(crops, best?.class ?? null);
    if (this.list.childElementCount !== crops.length)
      this.list.replaceChildren(...crops.map((crop, i) => this.#item(crop, i)));
    crops.forEach((crop, i) => {
      const item = this.list.children[i];
      const [name, share] = item.querySelectorAll('.answer, .number');
      const guess = crop.top?.[0];
      setText(name, guess?.name ?? '');
      setText(share, guess ? format.percent(guess.probability) : '');
      item.classList.toggle('other', best !== null && guess !== undefined && guess.class !== best.class);
      item.setAttribute('aria-selected', String(i === this.chosen));
    });
    if (best) {
      const agree = crops.filter((crop) => crop.top?.[0].class === best.class).length;
      setText(this.said, t.evaluate.agree(best.name, best.probability, agree, crops.length));
    }
    setText(this.legend, best ? t.evaluate.cropLegend(best.name) : t.evaluate.cropsAsTheyCome);
    this.photo.setAttribute('aria-label', t.evaluate.cropsOnPhoto(crops.length));
    this.#chosen(crops[this.chosen]);
  }

  /** @param {CropAnswer[]} crops @param {number | null} best */
  #photo(crops, best) {
    const { bitmap } = this;
    if (!bitmap) return;
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const context = surface(this.photo, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    if (!context) return;
    context.drawImage(bitmap, 0, 0, this.photo.width, this.photo.height);
    const colour = (/** @type {string} */ name) => getComputedStyle(this.element).getPropertyValue(name);
    const line = Math.max(1, this.photo.width / 480);
    /** @param {CropAnswer} crop @param {string} style @param {number} wide @param {number[]} [dash] */
    const outline = ({ x, y, width, height }, style, wide, dash = []) => {
      context.strokeStyle = style;
      context.lineWidth = wide;
      context.setLineDash(dash);
      const inset = wide / 2;
      context.strokeRect(x * scale + inset, y * scale + inset, width * scale - wide, height * scale - wide);
    };
    for (const crop of crops) {
      const agrees = best === null || crop.top?.[0].class === best;
      context.globalAlpha = crop.top ? 0.75 : 0.3;
      outline(
        crop,
        colour(agrees ? '--crop' : '--crop-other'),
        agrees ? line : 1.6 * line,
        agrees ? [] : [5 * line, 3 * line],
      );
    }
    context.globalAlpha = 1;
    const chosen = crops[this.chosen];
    if (!chosen) return;
    // What the chosen one leaves out is darkened.
    const around = new Path2D();
    around.rect(0, 0, this.photo.width, this.photo.height);
    around.rect(chosen.x * scale, chosen.y * scale, chosen.width * scale, chosen.height * scale);
    context.fillStyle = 'rgb(0 0 0 / 45%)';
    context.fill(around, 'evenodd');
    outline(chosen, '#fff', 2.5 * line);
  }

  /** @param {CropAnswer} crop @param {number} i */
  #item({ x, y, width, mirror }, i) {
    return h(
      'li',
      { role: 'option', id: uniqueId('crop'), 'aria-selected': 'false', onclick: () => this.#choose(i) },
      h('span', {
        class: 'place',
        text: t.evaluate.crop(i + 1, Math.round(width), Math.round(x), Math.round(y), mirror),
      }),
      h('span', { class: 'answer' }),
      h('span', { class: 'number' }),
    );
  }

  /** @param {number} i */
  #choose(i) {
    const crops = this.crops[Number(this.network.value)] ?? [];
    if (crops.length === 0) return;
    this.chosen = Math.max(0, Math.min(crops.length - 1, i));
    const item = this.list.children[this.chosen];
    this.list.setAttribute('aria-activedescendant', item.id);
    item.scrollIntoView({ block: 'nearest' });
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    const by = steps[event.key];
    if (!by) return;
    event.preventDefault();
    const most = this.list.childElementCount - 1;
    this.#choose(Number.isFinite(by) ? this.chosen + by : by < 0 ? 0 : most);
  }

  /** The chosen crop alone, as the network saw it but for its resolution. @param {CropAnswer | undefined} crop */
  #chosen(crop) {
    this.one.hidden = !crop;
    if (!crop || !this.bitmap) return;
    const context = surface(this.one, 160, 160);
    context?.save();
    if (crop.mirror) context?.setTransform(-1, 0, 0, 1, 160, 0);
    context?.drawImage(this.bitmap, crop.x, crop.y, crop.width, crop.height, 0, 0, 160, 160);
    context?.restore();
    const says = crop.top?.slice(0, 3).map(({ name, probability }) => t.evaluate.guess(name, probability)) ?? [];
    setText(this.choice, [t.evaluate.cropNumber(this.chosen + 1), ...says].join('\n'));
  }
}

/** The most probable classes. @param {Prediction} prediction @param {string} label */
function guesses({ top }, label) {
  return h(
    'ol',
    { class: 'predictions plain', 'aria-label': label },
    top.map(({ name, probability }) =>
      h(
        'li',
        {},
        h('span', { class: 'class', text: name }),
        h('span', { class: 'number', text: format.percent(probability) }),
        h('span', { class: 'meter' }, h('i', { style: `width:${100 * probability}%` })),
      ),
    ),
  );
}
