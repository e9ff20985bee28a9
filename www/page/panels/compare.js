/** What is compared with what is shown: how it is chosen, both sides, how to take it away, and how to end it. */

import { againstIn, textOf } from '../against.js';
import { h, setText } from '../dom.js';
import * as format from '../format.js';
import { drawInput } from '../plates.js';
import { t } from '../words.js';
import { FILES, caveatOf, choicesOf } from './compare-choices.js';

/**
 * @typedef {import('../against.js').Against} Against
 * @typedef {import('../comparison.js').Pair} Pair
 * @typedef {import('../comparison.js').Shown} Shown
 *
 * @typedef {object} Callbacks
 * @property {(against: Against | null, given?: File) => void} onCompare nothing ends it
 * @property {(kind: 'png' | 'csv' | 'json') => Promise<string>} onSave what is to be said of it
 */

/** Classes of the other side that are listed where they are others. */
const LISTED = 3;

export class CompareView {
  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {Pair | null} */
    this.pair = null;
    /** What can be chosen now. */
    this.offered = '';
    // There from the start, so that nothing moves when a network is.
    this.select = h(
      'select',
      { id: 'compare-with', disabled: true, onchange: () => this.#choose() },
      h('option', { value: '', text: t.compare.nothing }),
    );
    this.photo = this.#file('compare-photo', t.compare.choices.ownPhoto, 'image/*', FILES.photo);
    this.weights = this.#file('compare-weights', t.compare.choices.ownWeights, '', FILES.weights);
    this.caveat = h('p', { class: 'small', hidden: true });
    this.status = h('p', { class: 'muted small', role: 'status' });
    this.sides = ['a', 'b'].map(() => {
      const canvas = h('canvas', { width: 1, height: 1, role: 'img' });
      const caption = h('figcaption', { class: 'small' });
      const list = h('ol', { class: 'small', hidden: true });
      return { canvas, caption, list, element: h('figure', {}, canvas, caption, list) };
    });
    this.stop = h('button', { type: 'button', class: 'quiet', text: t.compare.stop, onclick: () => this.#stop() });
    this.said = h('p', { class: 'said', role: 'status' });
    const kinds = /** @type {const} */ (['png', 'csv', 'json']);
    const saves = kinds.map((kind) =>
      h('button', {
        type: 'button',
        class: 'quiet',
        text: t.why.saves[kind],
        'aria-label': t.compare.saveAs[kind],
        onclick: async () => setText(this.said, await callbacks.onSave(kind)),
      }),
    );
    this.figures = h('div', { class: 'compare-sides' }, this.sides.map(({ element }) => element));
    this.box = h(
      'div',
      { class: 'compare-box', hidden: true },
      this.figures,
      this.caveat,
      h('div', { class: 'actions' }, saves),
      this.said,
    );
    this.element = h(
      'section',
      { id: 'compare', 'aria-labelledby': 'compare-title' },
      h('header', {}, h('h2', { id: 'compare-title', text: t.compare.title }), this.stop),
      h('span', { class: 'field' }, h('label', { for: this.select.id, text: t.compare.with }), this.select),
      this.photo,
      this.weights,
      this.status,
      this.box,
    );
    this.stop.hidden = true;
  }

  /** @param {string} id @param {string} label @param {string} accept @param {string} option that asks for it */
  #file(id, label, accept, option) {
    const input = h('input', {
      type: 'file',
      id,
      class: 'hidden',
      tabindex: -1,
      'aria-label': label,
      accept: accept || null,
      onchange: () => {
        const [file] = input.files ?? [];
        input.value = '';
        if (file) this.callbacks.onCompare(againstIn(option), file);
      },
    });
    return input;
  }

  /** What can be chosen. @param {Shown | null} shown @param {string[]} variants @param {Against | null} against */
  offer(shown, variants, against) {
    this.select.disabled = shown === null;
    if (!shown) return;
    const groups = choicesOf(shown, variants);
    const chosen = textOf(against);
    const known = groups.some(({ options }) => options.some(({ value }) => value === chosen));
    const none = against ? t.compare.stop : t.compare.nothing;
    const option = (/** @type {string} */ value, /** @type {string} */ text) => h('option', { value, text });
    // A list that is open closes when it is made anew.
    const key = JSON.stringify([none, groups, known]);
    if (key !== this.offered)
      this.select.replaceChildren(
      option('', none),
      ...(known || !against ? [] : [option(chosen, against.value)]),
      ...groups.map(({ label, options }) =>
        h('optgroup', { label }, options.map(({ value, text }) => option(value, text))),
      ),
    );
    this.offered = key;
    this.select.value = chosen;
    this.stop.hidden = against === null;
    setText(this.caveat, against ? caveatOf(against, shown) : '');
    this.caveat.hidden = !this.caveat.textContent;
    if (against && !this.pair) setText(this.status, t.compare.computing);
    else if (!against) setText(this.status, '');
  }

  /** Of the second network's weights. @param {import('../../inceptionscope.js').Progress | null} progress */
  progress(progress) {
    if (!progress || this.pair) return setText(this.status, ''); // its auxiliary heads may still be on their way
    const { stage, loaded, total } = progress;
    const amount = stage === 'download' && loaded ? ` ${t.loading.loaded(loaded, total, null)}` : '';
    setText(this.status, t.compare.second(`${t.loading.stages[stage]}${amount}`));
  }

  /** @param {Pair | null} pair */
  async show(pair) {
    this.pair = pair;
    this.box.hidden = pair === null;
    setText(this.said, '');
    if (!pair) return;
    for (const [i, side] of [pair.a, pair.b].entries()) {
      const { canvas, caption, list } = this.sides[i];
      caption.replaceChildren(h('b', { text: `${t.compare.letters[i]} ` }), side.title);
      canvas.setAttribute('aria-label', t.compare.seen(t.compare.letters[i], side.title));
      list.hidden = pair.alike;
      list.replaceChildren(
        ...side.result.top.slice(0, LISTED).map(({ name, probability }) => h('li', { text: `${name} ${format.percent(probability)}` })),
      );
    }
    const seen = await Promise.all([pair.a, pair.b].map(({ scope }) => {
      const input = scope.graph.nodes.find((node) => node.op === 'input');
      return input ? scope.activation(input.id).catch(() => null) : null;
    }));
    if (this.pair !== pair) return;
    seen.forEach((tensor, i) => tensor && drawInput(this.sides[i].canvas, tensor, [pair.a, pair.b][i].scope.graph.profile));
  }

  #choose() {
    const { value } = this.select;
    this.select.value = textOf(this.pair?.against ?? null);
    if (value === FILES.photo) this.photo.click();
    else if (value === FILES.weights) this.weights.click();
    else this.callbacks.onCompare(againstIn(value));
  }

  #stop() {
    this.callbacks.onCompare(null);
    this.select.focus({ preventScroll: true });
  }
}
