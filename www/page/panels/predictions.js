/** What the network makes of the photo, its auxiliary heads beside it, and one class followed from run to run. */

import { t } from '../words.js';
import { h, setText } from '../dom.js';
import * as format from '../format.js';
import { sparkline } from './sparkline.js';

/**
 * @typedef {object} Head An auxiliary classifier.
 * @property {string} label
 * @property {Float32Array} probabilities
 */

const TOP = 5;
/** Classes that are listed of two answers. */
const BOTH = 6;
/** Runs that the line of a followed class goes back. */
const RUNS = 40;

export class PredictionsView {
  /**
   * @param {HTMLElement} host
   * @param {(followed: number | null) => void} onFollow
   * @param {(target: number) => void} onWhy
   */
  constructor(host, onFollow, onWhy) {
    this.onFollow = onFollow;
    this.onWhy = onWhy;
    /** @type {string[]} */
    this.names = [];
    /** @type {number | null} */
    this.followed = null;
    /** The class that was told last. @type {number | null} */
    this.toldClass = null;
    /** Probabilities of every class, run by run. @type {Float32Array[]} */
    this.runs = [];

    this.list = h('ol', { class: 'predictions', 'aria-labelledby': 'predictions-title' });
    /** What was said of the last run, and of it without changes. @type {import('../../inceptionscope.js').Prediction | null} */
    this.result = null;
    /** Answers beside each other, instead of those before and after changes. @type {import('../comparison.js').Pair | null} */
    this.pair = null;
    this.compared = h('div', { class: 'compared-heads muted small', 'aria-hidden': 'true', hidden: true });
    this.note = h('p', { class: 'muted small', text: t.predictions.none });
    /** The answer, told aloud: the page says nothing else of a run. */
    this.told = h('p', { class: 'hidden', role: 'status' });
    this.heads = h('div', { class: 'heads-box' });
    this.options = h('datalist', { id: 'classes' });
    this.choice = h('input', {
      type: 'text',
      id: 'follow',
      list: 'classes',
      autocomplete: 'off',
      placeholder: t.follow.hint,
      onchange: () => this.#choose(),
    });
    this.pinned = h('div', { class: 'pinned', hidden: true });
    this.picker = h(
      'div',
      { class: 'follow', hidden: true },
      h('label', { for: 'follow', text: t.follow.label }),
      this.choice,
      this.options,
    );
    this.wait();
    host.append(
      h('h2', { id: 'predictions-title', text: t.predictions.title }),
      this.compared,
      h('div', { class: 'predictions-box' }, this.list, this.note),
      this.told,
      this.pinned,
      this.picker,
      this.heads,
    );
  }

  /** Another network: what was followed is followed on if the classes are the same. @param {string[]} names */
  setClasses(names) {
    if (names.join('\n') === this.names.join('\n')) return;
    this.names = names;
    this.runs = [];
    if (this.followed !== null && this.followed >= names.length) this.followed = null;
    this.options.replaceChildren(...names.map((name) => h('option', { value: name })));
    this.picker.hidden = this.list.hidden || names.length === 0;
    this.#drawPinned();
  }

  /** Weights are still to come: nothing is predicted yet. */
  wait() {
    setText(this.note, t.predictions.none);
    this.note.hidden = false;
    this.note.classList.add('waiting');
    this.list.hidden = false;
    this.list.replaceChildren(...Array.from({ length: TOP }, () => h('li', { class: 'empty', 'aria-hidden': 'true' })));
    this.heads.replaceChildren();
    this.compared.hidden = true;
  }

  /** @param {Head[]} heads */
  showHeads(heads) {
    if (this.result?.top.length && !this.list.hidden) this.#drawHeads(this.result.top, this.result.probabilities, heads);
  }

  /**
   * @param {import('../../inceptionscope.js').Prediction} result
   * @param {Head[]} heads
   * @param {boolean} untrained
   * @param {import('../../inceptionscope.js').Prediction | null} [before] without changes, if there are any
   * @param {boolean} [live] the camera runs
   */
  show(result, heads, untrained, before = null, live = false) {
    const { top, probabilities } = result;
    this.result = result;
    this.note.classList.remove('waiting');
    // Random weights rank nothing; what was asked about an answer before is gone with it.
    this.list.hidden = untrained || top.length === 0;
    this.picker.hidden = this.list.hidden || this.names.length === 0;
    if (this.list.hidden) {
      setText(this.note, untrained ? '' : t.predictions.headless);
      this.note.hidden = untrained;
      this.list.replaceChildren();
      this.heads.replaceChildren();
      this.compared.hidden = true;
      this.pinned.hidden = true;
      setText(this.told, '');
      return;
    }
    const unnamed = /^class \d+$/.test(top[0]?.name ?? '');
    setText(this.note, unnamed ? t.predictions.unnamed : '');
    this.note.hidden = !unnamed;
    this.runs = [...this.runs.slice(1 - RUNS), probabilities];
    this.before = before;
    this.#drawList();
    this.#drawHeads(top, probabilities, heads);
    this.#drawPinned();
    this.#tell(top[0], live);
  }

  /**
   * A camera's answers follow each other faster than they can be told: only another class is.
   * @param {import('../../inceptionscope.js').Guess} first @param {boolean} live
   */
  #tell({ class: index, name, probability }, live) {
    if (!live || index !== this.toldClass) setText(this.told, t.predictions.first(name, probability));
    this.toldClass = index;
  }

  /**
   * Both sides of a comparison beside each other, if both answer, with the same classes.
   * @param {import('../comparison.js').Pair | null} pair
   */
  compare(pair) {
    this.pair = pair?.alike && pair.a.result.top.length && pair.b.result.top.length ? pair : null;
    if (this.result?.top.length && !this.list.hidden) this.#drawList();
  }

  #drawList() {
    const { pair } = this;
    const now = pair?.b.result ?? this.result;
    const before = pair?.a.result ?? this.before ?? null;
    if (!now) return;
    this.list.classList.toggle('compared', before !== null);
    this.compared.hidden = before === null;
    const heads = pair ? t.compare.letters : [t.predictions.before, t.predictions.now];
    this.compared.replaceChildren(...heads.map((text) => h('span', { text })));
    const best = now.top.slice(0, TOP);
    const shown = pair ? bestOfBoth(pair.a.result, now) : withFirst(best, now, before);
    this.list.replaceChildren(...shown.map((guess) => this.#guess(guess, before)));
  }

  /**
   * @param {import('../../inceptionscope.js').Guess} guess
   * @param {import('../../inceptionscope.js').Prediction | null} before
   */
  #guess({ name, probability, class: index }, before) {
    const earlier = before?.probabilities[index];
    const known = earlier !== undefined;
    const said = this.pair ? t.compare.of : t.predictions.compared;
    return h(
      'li',
      {
        'aria-label': known
          ? said(name, probability, earlier)
          : t.predictions.of(name, probability),
      },
      this.#pin(index, name),
      h('button', {
        type: 'button',
        class: 'quiet why',
        text: t.why.ask,
        'aria-label': t.why.askOf(name),
        onclick: () => this.onWhy(index),
      }),
      known ? h('span', { class: 'number muted', text: format.percent(earlier) }) : null,
      h('span', { class: 'number', text: format.percent(probability) }),
      gauge(probability, earlier),
      known
        ? h('span', {
            class: 'number change',
            title: t.predictions.changedBy(probability - earlier),
            text: t.predictions.change(probability - earlier),
          })
        : null,
    );
  }

  /** The name, which is pinned when pressed. @param {number} index @param {string} name */
  #pin(index, name) {
    const on = index === this.followed;
    return h(
      'button',
      {
        type: 'button',
        class: 'class',
        'aria-pressed': String(on),
        'data-class': index,
        title: t.follow.of(name),
        'aria-label': t.follow.of(name),
        onclick: () => this.follow(this.followed === index ? null : index),
      },
      h('span', { class: 'pin', 'aria-hidden': 'true' }),
      name,
    );
  }

  /** @param {number | null} index @param {boolean} [byHand] */
  follow(index, byHand = true) {
    this.followed = index;
    for (const button of this.list.querySelectorAll('button'))
      button.setAttribute('aria-pressed', String(button.dataset.class === String(index)));
    this.#drawPinned();
    if (byHand) this.onFollow(index);
  }

  /** Where a question about the answer is asked. */
  focusWhy() {
    /** @type {HTMLElement | null} */ (this.list.querySelector('.why'))?.focus();
  }

  /** The class of a name, or of a part of one. @param {string} name */
  classOf(name) {
    const wanted = name.trim().toLowerCase();
    const lower = this.names.map((name) => name.toLowerCase());
    return [
      lower.indexOf(wanted),
      lower.findIndex((name) => name.startsWith(wanted)),
      lower.findIndex((name) => name.includes(wanted)),
    ].find((i) => i >= 0);
  }

  #choose() {
    if (!this.choice.value.trim()) return;
    const found = this.classOf(this.choice.value);
    this.choice.setCustomValidity(found === undefined ? t.follow.none(this.choice.value) : '');
    if (found === undefined) {
      this.choice.reportValidity();
      return;
    }
    this.choice.value = '';
    this.follow(found);
  }

  #drawPinned() {
    const { followed, runs } = this;
    this.pinned.hidden = followed === null || runs.length === 0;
    if (followed === null || runs.length === 0) return;
    const name = this.names[followed] ?? String(followed);
    const values = runs.map((run) => run[followed]);
    const now = values[values.length - 1];
    const change = values.length > 1 ? now - values[values.length - 2] : null;
    this.pinned.replaceChildren(
      h(
        'p',
        { class: 'pinned-head' },
        h('span', { class: 'class', text: name }),
        h('span', { class: 'number', text: format.percent(now) }),
      ),
      sparkline(values, t.follow.history(name, values)),
      h(
        'p',
        { class: 'muted small' },
        h('span', { role: 'status', text: change === null ? t.follow.first : t.follow.change(change) }),
        ' ',
        h('button', {
          type: 'button',
          class: 'quiet',
          text: t.follow.stop,
          'aria-label': t.follow.stopOf(name),
          onclick: () => {
            this.follow(null);
            this.choice.focus({ preventScroll: true });
          },
        }),
      ),
    );
  }

  /** @param {import('../../inceptionscope.js').Guess[]} top @param {Float32Array} main @param {Head[]} heads */
  #drawHeads(top, main, heads) {
    this.heads.hidden = heads.length === 0;
    if (heads.length === 0) return;
    // The classes that the network thinks of, and the first of each head.
    const firsts = heads.map(({ probabilities }) =>
      probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b), 0)),
    );
    const classes = [...new Set([...top.slice(0, 3).map((guess) => guess.class), ...firsts])];
    const columns = [{ label: t.predictions.main, probabilities: main }, ...heads];
    this.heads.replaceChildren(
      h(
        'table',
        { class: 'heads' },
        h('caption', { text: t.predictions.heads }),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('td'),
            columns.map(({ label }) => h('th', { scope: 'col', text: label })),
          ),
        ),
        h(
          'tbody',
          {},
          classes.map((index) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row', text: this.names[index] ?? String(index) }),
              columns.map(({ probabilities }) =>
                h('td', {
                  class: 'number',
                  style: `--p:${probabilities[index]}`,
                  text: format.percent(probabilities[index]),
                }),
              ),
            ),
          ),
        ),
      ),
    );
  }
}

/** @param {number} probability @param {number} [before] a mark on it */
const gauge = (probability, before) =>
  h(
    'span',
    { class: 'gauge', style: `--p:${probability};--before:${before ?? 0}`, 'aria-hidden': 'true' },
    before === undefined ? null : h('i'),
  );

/**
 * The best classes, and what was the best one without changes.
 * @param {import('../../inceptionscope.js').Guess[]} best
 * @param {import('../../inceptionscope.js').Prediction} now
 * @param {import('../../inceptionscope.js').Prediction | null} before
 */
function withFirst(best, now, before) {
  const first = before?.top[0];
  if (!first || best.some((guess) => guess.class === first.class)) return best;
  return [...best, { ...first, probability: now.probabilities[first.class] }];
}

/**
 * The best classes of side A and of side B, with their probabilities on side B.
 * @param {import('../../inceptionscope.js').Prediction} a
 * @param {import('../../inceptionscope.js').Prediction} b
 */
function bestOfBoth(a, b) {
  const most = (/** @type {import('../../inceptionscope.js').Guess} */ { class: index }) =>
    Math.max(a.probabilities[index], b.probabilities[index]);
  const best = new Map([...a.top.slice(0, TOP), ...b.top.slice(0, TOP)].map((guess) => [guess.class, guess]));
  return [...best.values()]
    .sort((one, other) => most(other) - most(one))
    .slice(0, BOTH)
    .map((guess) => ({ ...guess, probability: b.probabilities[guess.class] }));
}

/**
 * What the auxiliary heads say, where the weights have them.
 * @param {import('../graph.js').Scope} scope
 * @returns {Promise<Head[]>}
 */
export async function headsOf(scope) {
  const heads = [];
  for (const { label, kind, output } of scope.graph.modules) {
    if (kind !== 'auxiliary') continue;
    const logits = await scope.activation(output).catch(() => null);
    if (logits) heads.push({ label, probabilities: softmax(logits.data) });
  }
  return heads;
}

/** Their probabilities. @param {Float32Array} logits */
function softmax(logits) {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((v) => Math.exp(v - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / sum);
}
