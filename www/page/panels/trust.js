/** Can this map be trusted? Checks that are computed when they are asked for. */

import { h, labelled, setText } from '../dom.js';
import { isAbort } from '../faults.js';
import * as format from '../format.js';
import { picture } from '../picture.js';
import { json, save, table } from '../save.js';
import { t } from '../words.js';
import { Plot } from './plot.js';

/**
 * @typedef {import('../../inceptionscope.js').Trust} Trust
 * @typedef {import('../../inceptionscope.js').TrustOptions} TrustOptions
 * @typedef {import('../../inceptionscope.js').Why} Why
 *
 * @typedef {object} Callbacks
 * @property {(options: TrustOptions) => Promise<Trust>} onCheck
 * @property {(error: unknown) => void} onError
 * @property {() => Record<string, string>} about where it comes from
 * @property {(module: string) => string} label of a module
 * @property {(text: string) => void} onState what is open has changed, as the address keeps it
 */

const CHECKS = /** @type {const} */ (['randomisation', 'deletion', 'insertion']);
const BY_MAP = ['cam', 'occlusion'];
/** What the address says where no check was asked for yet. */
const OPEN = 'open';
/** What is chosen at first. */
const POINTS = '16';
const BLANK = 'zero';

export class TrustView {
  /** The map that is checked. @type {Why | null} */
  #why = null;
  /** What the address asks for, until there is a map. */
  #asked = '';

  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.checks = CHECKS.map((check) => new Check(check, this));
    const choose = (/** @type {string} */ name, /** @type {[string, string][]} */ choices) => {
      const control = h('select', {
        onchange: () => {
          this.#reset(true);
          this.tell();
        },
      });
      control.append(...choices.map(([value, text]) => h('option', { value, text })));
      return { control, field: labelled(control, name, 'field') };
    };
    const points = choose(t.why.trust.points, [8, 16, 32].map((n) => [String(n), String(n)]));
    const blank = choose(t.why.trust.blank, Object.entries(t.why.choices.baseline));
    this.points = points.control;
    this.blank = blank.control;
    this.points.value = POINTS;
    const [randomisation, ...curves] = this.checks.map(({ element }) => element);
    this.element = h(
      'details',
      { class: 'trust', hidden: true, ontoggle: () => this.tell() },
      h('summary', { text: t.why.trust.title }),
      randomisation,
      h('div', { class: 'why-options' }, points.field, blank.field),
      curves,
    );
  }

  /** Another map: what was found of the one before is gone. @param {Why | null} why none, or one that is not done, has no checks */
  show(why) {
    if (why === this.#why) return;
    this.#why = why;
    this.element.hidden = why === null;
    this.#reset(false);
    if (!why) return;
    this.checks[0].element.hidden = BY_MAP.includes(why.method);
    this.#begin();
    this.tell();
  }

  /**
   * Asks this of the next map, too: what the address says, such as `deletion,insertion;points,8;blank,mean`.
   * @param {string} text
   */
  want(text) {
    this.#asked = text;
  }

  /** Asks what the address asks. */
  #begin() {
    const [checks, ...options] = this.#asked.split(';');
    this.#asked = '';
    if (!checks) return;
    for (const [name, value] of options.map((option) => option.split(',', 2))) {
      const control = name === 'points' ? this.points : this.blank;
      if ([...control.options].some((choice) => choice.value === value)) control.value = value;
    }
    this.element.open = true;
    const names = checks.split(',');
    for (const { check, element, begin } of this.checks) if (names.includes(check) && !element.hidden) begin();
  }

  /** Says what is open. */
  tell() {
    if (!this.#why) return;
    const asked = this.checks.filter(({ isAsked }) => isAsked).map(({ check }) => check);
    const set = [
      ...(this.points.value === POINTS ? [] : [`points,${this.points.value}`]),
      ...(this.blank.value === BLANK ? [] : [`blank,${this.blank.value}`]),
    ];
    this.callbacks.onState(this.element.open ? [asked.join() || OPEN, ...set].join(';') : '');
  }

  /** @param {boolean} curves only those */
  #reset(curves) {
    for (const check of this.checks) if (!curves || check.check !== 'randomisation') check.clear();
  }

  /** @param {Trust['check']} check @param {(step: Trust) => void} onStep @param {AbortSignal} signal */
  ask(check, onStep, signal) {
    const why = /** @type {Why} */ (this.#why);
    const asked = { check, target: why.target, rather: why.rather, onStep, signal };
    if (check !== 'randomisation') {
      const blank = /** @type {'zero'} */ (this.blank.value);
      return this.callbacks.onCheck({ ...asked, map: why.mapInput, points: Number(this.points.value), blank });
    }
    const method = /** @type {'gradient'} */ (why.method);
    return this.callbacks.onCheck({ ...asked, ...why.options, method, layer: why.layer });
  }

  /** What it is of, for files. */
  get about() {
    const { method, target, options } = /** @type {Why} */ (this.#why);
    const curve = { points: Number(this.points.value), blank: this.blank.value };
    return { about: this.callbacks.about(), method, target, options, curve };
  }
}

class Check {
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {Trust | null} */
  #step = null;

  /** @param {Trust['check']} check @param {TrustView} view */
  constructor(check, view) {
    this.check = check;
    this.view = view;
    const words = t.why.trust[check];
    this.button = h('button', { type: 'button', class: 'quiet', onclick: () => this.#press() });
    this.said = h('p', { class: 'small', role: 'status' });
    this.plot = new Plot(words.title);
    this.legend = h('p', { class: 'trust-legend small' });
    this.numbers = h('tbody', {});
    const head = words.head.map((text) => h('th', { scope: 'col', text }));
    this.figure = h(
      'div',
      { class: 'trust-figure' },
      h('h3', { text: words.title }),
      this.plot.canvas,
      this.legend,
      this.said,
    );
    this.result = h(
      'div',
      { class: 'trust-result' },
      this.plot.reading,
      h(
        'details',
        {},
        h('summary', { text: t.why.trust.numbers }),
        h('table', {}, h('thead', {}, h('tr', {}, head)), this.numbers),
      ),
      h(
        'div',
        { class: 'actions' },
        /** @type {const} */ (['png', 'csv', 'json']).map((kind) =>
          h('button', {
            type: 'button',
            class: 'quiet',
            text: t.why.saves[kind],
            'aria-label': t.why.trust.saveAs(words.title, t.why.saves[kind]),
            onclick: () => this.#save(kind),
          }),
        ),
      ),
    );
    this.element = h(
      'section',
      { class: 'trust-check' },
      this.figure,
      this.result,
      h('p', { class: 'note', text: words.note }),
      this.button,
    );
    this.clear();
  }

  /** Whether it was asked for. */
  get isAsked() {
    return this.#asking !== null || this.#step !== null;
  }

  begin = () => {
    if (!this.#asking) this.#press();
  };

  /** Nothing is known, and nothing under way. */
  clear() {
    this.#asking?.abort();
    this.#asking = null;
    this.#step = null;
    setText(this.said, '');
    this.#settle();
  }

  #settle() {
    const words = t.why.trust[this.check];
    const known = this.#step !== null;
    this.plot.canvas.hidden = this.legend.hidden = this.result.hidden = !known;
    setText(this.button, this.#asking ? t.why.stop : known ? t.why.again : words.begin);
  }

  async #press() {
    if (this.#asking) return this.#asking.abort();
    this.clear();
    const asking = new AbortController();
    this.#asking = asking;
    this.#settle();
    this.view.tell();
    setText(this.said, t.why.computing);
    const onStep = (/** @type {Trust} */ step) => this.#asking === asking && this.#show(step);
    try {
      onStep(await this.view.ask(this.check, onStep, asking.signal));
    } catch (error) {
      if (this.#asking !== asking) return;
      if (!isAbort(error)) this.view.callbacks.onError(error);
      const step = /** @type {Trust | null} */ (this.#step);
      setText(this.said, step ? t.why.stopped(step.done, step.of) : t.why.nothing);
    }
    if (this.#asking !== asking) return;
    this.#asking = null;
    this.#settle();
  }

  /** @param {Trust} step */
  #show(step) {
    this.#step = step;
    this.#settle();
    const { lines, rows, legend, count } = this.#read(step);
    const say = (/** @type {number} */ index) =>
      rows[index] ? t.why.trust.at(rows[index].map((cell) => (cell === null ? '–' : String(cell)))) : t.why.trust.unknown;
    this.plot.show(lines, count, say);
    this.legend.replaceChildren(
      ...legend.map(({ text, dashed }, i) =>
        h('span', { class: dashed ? 'dashed' : '', style: `--lane:var(${lines[i].colour})`, text }),
      ),
    );
    this.numbers.replaceChildren(
      ...rows.map(([name, ...cells]) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row', text: String(name) }),
          cells.map((cell) => h('td', { class: 'number', text: cell === null ? '–' : String(cell) })),
        ),
      ),
    );
    const done = step.done === step.of;
    const words = t.why.trust[this.check];
    setText(this.said, done ? words.result(/** @type {any} */ (step)) : t.why.steps(step.done, step.of));
  }

  /** @param {Trust} step */
  #read({ lost = [], correlations, values = [], random = [], of }) {
    const { label } = this.view.callbacks;
    const written = (/** @type {number | null | undefined} */ v) => (typeof v === 'number' ? format.fixed(v, 3) : null);
    if (correlations) {
      const rows = correlations.map((v, i) => [i === 0 ? t.why.trust.whole : label(lost[i - 1]), written(v)]);
      return { rows, count: of, legend: [], lines: [{ values: correlations, colour: '--accent', dashed: false }] };
    }
    const count = of / 2 + 1;
    const share = (/** @type {number} */ i) => format.percent(i / (count - 1));
    return {
      count,
      rows: values.map((v, i) => [share(i), written(v), written(random[i])]),
      lines: [
        { values, colour: '--accent', dashed: false },
        { values: random, colour: '--line-strong', dashed: true },
      ],
      legend: [
        { text: t.why.trust.byMap, dashed: false },
        { text: t.why.trust.atRandom, dashed: true },
      ],
    };
  }

  /** @param {'png' | 'csv' | 'json'} kind */
  async #save(kind) {
    const step = this.#step;
    if (!step) return;
    const { about, method, target, ...rest } = this.view.about;
    const name = `${about.model}-${method}-${target}-${this.check}.${kind}`;
    if (kind === 'json') return save(json({ about, method, target, ...rest, ...step }), name);
    if (kind === 'png') {
      const drawn = await picture(this.figure, [about.model, t.why.methods[method], target].join(' · '));
      return drawn && save(drawn, name);
    }
    const { lost = [], correlations, values = [], random = [] } = step;
    const rows = correlations
      ? correlations.map((v, i) => [i === 0 ? '' : lost[i - 1], v])
      : values.map((v, i) => [i / (values.length - 1), v, random[i] ?? null]);
    save(table([correlations ? ['lost', 'correlation'] : ['share', 'map', 'random'], ...rows]), name);
  }
}
