/** Why this answer? The question, its map over the photo, and the numbers that go with it. */

import { LUT, scaleOf } from '../colour.js';
import { h, setText, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { drawOverlay } from '../plates.js';
import { METHODS, methodOf } from '../question.js';
import { t } from '../words.js';
import { BranchChart } from './branches.js';
import { optionFields, withMaps } from './options.js';
import { ShareChart } from './shares.js';

/**
 * @typedef {import('../../inceptionscope.js').Branches} Branches
 * @typedef {import('../../inceptionscope.js').Removal} Removal
 * @typedef {import('../../inceptionscope.js').Why} Why
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../question.js').Method} Method
 * @typedef {import('../question.js').Question} Question
 * @typedef {import('./trust.js').TrustView} TrustView
 *
 * @typedef {object} Callbacks
 * @property {(question: Question | null) => void} onAsk none closes the panel
 * @property {() => void} onStop
 * @property {(question: Question) => void} onKept it is shown otherwise, not asked again
 * @property {(module: string) => void} onModule is to be opened
 * @property {(node: string, channel: number) => void} onChannel likewise
 * @property {TrustView} trust
 * @property {() => HTMLCanvasElement} seen what the network sees
 * @property {() => string[]} names of the classes
 * @property {(name: string) => number | undefined} classOf the class that is called so, or begins so
 * @property {() => string} layer the output of the open module, if one is open
 * @property {(kind: 'png' | 'csv' | 'json', step: Why | Removal | Branches) => string | Promise<string>} onSave what is to be
 *   said of it
 */


export class WhyView {
  /**
   * @param {HTMLElement} host
   * @param {Callbacks} callbacks
   */
  constructor(host, callbacks) {
    this.host = host;
    this.callbacks = callbacks;
    /** @type {Question | null} */
    this.question = null;
    /** What is known. @type {Why | Removal | Branches | null} */
    this.step = null;
    /** @type {Graph | null} */
    this.graph = null;
    /** Whether it has come into the window since it was opened. */
    this.revealed = true;
    /** Of the method's options. @type {ReturnType<typeof optionFields> | null} */
    this.fields = null;

    this.title = h('h2', { id: 'why-title', tabindex: -1 });
    this.method = h('select', { id: 'why-method', onchange: () => this.#change({ options: this.#open() }) });
    this.method.append(...METHODS.map((method) => h('option', { value: method, text: t.why.methods[method] })));
    this.rather = h('input', {
      type: 'text',
      id: 'why-rather',
      list: 'classes',
      autocomplete: 'off',
      placeholder: t.why.noOther,
      onchange: () => this.#chooseOther(),
    });
    this.options = h('div', { class: 'why-options' });
    this.note = h('p', { class: 'note' });
    this.progress = h('progress', { 'aria-label': t.why.progress });
    this.done = h('span', { class: 'small', role: 'status' });
    this.button = h('button', { type: 'button', class: 'quiet', onclick: () => this.#press() });

    this.map = h('canvas', { class: 'plate why-map', width: 1, height: 1, role: 'img' });
    this.legend = h('p', { class: 'legend' });
    this.opacity = h('input', {
      type: 'range',
      id: uniqueId('opacity'),
      min: 0,
      max: 100,
      value: 75,
      oninput: () => this.#drawMap(),
    });
    this.squares = h('input', { type: 'checkbox', id: uniqueId('squares'), onchange: () => this.#drawMap() });
    this.squaresField = h(
      'span',
      { class: 'field check' },
      this.squares,
      h('label', { for: this.squares.id, text: t.why.squares }),
    );
    this.figure = h(
      'div',
      { class: 'why-figure' },
      this.map,
      this.legend,
      h(
        'div',
        { class: 'actions' },
        h('span', { class: 'field' }, h('label', { for: this.opacity.id, text: t.why.opacity }), this.opacity),
        this.squaresField,
      ),
    );
    this.numbers = h('dl', { class: 'figures' });
    const { onModule, onChannel } = callbacks;
    this.chart = new BranchChart(onModule, onChannel);
    this.shares = new ShareChart({
      onModule,
      onChannel,
      onChosen: (layer) => this.question && callbacks.onKept({ ...this.question, options: { layer } }),
      onRemove: (layer) => this.#change({ method: 'removal', options: { layer } }),
    });
    this.said = h('p', { class: 'said small', role: 'status' });
    this.next = h('button', {
      type: 'button',
      class: 'quiet',
      text: t.why.askBranches,
      onclick: () => this.#change({ method: 'removal', options: {} }),
    });
    this.saves = /** @type {const} */ (['png', 'csv', 'json']).map((kind) =>
      h('button', {
        type: 'button',
        class: 'quiet',
        text: t.why.saves[kind],
        'aria-label': t.why.saveAs[kind],
        onclick: () => this.#save(kind),
      }),
    );
    this.about = h('p', { class: 'small' });
    /** What a saved picture shows. */
    this.answer = h('div', { class: 'why-answer' }, this.about, this.figure, this.numbers, this.chart.element, this.shares.element);
    host.append(
      h(
        'header',
        {},
        this.title,
        h('button', {
          type: 'button',
          class: 'icon',
          'aria-label': t.why.close,
          text: '×',
          onclick: () => callbacks.onAsk(null),
        }),
      ),
      h(
        'div',
        { class: 'why-options' },
        h('span', { class: 'field' }, h('label', { for: this.method.id, text: t.why.method }), this.method),
        h('span', { class: 'field' }, h('label', { for: this.rather.id, text: t.why.rather }), this.rather),
      ),
      this.options,
      (this.working = h('div', { class: 'why-progress' }, this.done, this.button, this.progress)),
      this.answer,
      this.note,
      h('div', { class: 'actions' }, this.next, ...this.saves),
      this.said,
      callbacks.trust.element,
    );
  }

  /** A question is asked, or the panel is closed. @param {Question | null} question @param {Graph | null} graph */
  open(question, graph) {
    const opened = this.question === null && question !== null;
    const known = this.graph === graph && this.fields?.method === question?.method;
    Object.assign(this, { question, graph });
    this.clear();
    this.host.hidden = question === null;
    if (!question || !graph) return;
    const { method, target, rather } = question;
    const names = this.callbacks.names();
    setText(this.title, t.why.title(names[target] ?? String(target)));
    this.method.value = method;
    this.rather.value = rather === null ? '' : (names[rather] ?? String(rather));
    if (known) {
      this.fields?.set(question.options); // one of them may have the focus
    } else {
      this.fields = optionFields(question, graph, this.callbacks.layer(), (options) => this.#change({ options }));
      this.options.replaceChildren(...this.fields.elements);
    }
    setText(this.note, t.why.notes[method]);
    this.next.hidden = method === 'removal' && question.options.layer === undefined;
    this.busy = true;
    this.working.hidden = false;
    setText(this.done, t.why.computing);
    setText(this.button, t.why.stop);
    this.progress.classList.add('on');
    this.progress.removeAttribute('value');
    if (opened) {
      this.revealed = false;
      this.#reveal();
      this.title.focus({ preventScroll: true });
    }
  }

  /** Nothing is known any more. */
  clear() {
    this.step = null;
    this.callbacks.trust.show(null);
    this.answer.hidden = true;
    for (const button of this.saves) button.disabled = true;
    setText(this.said, '');
    setText(this.done, this.question ? t.why.stale : '');
    this.working.hidden = false;
  }

  /** What is known so far. @param {Why | Removal | Branches} step @param {Graph} graph */
  show(step, graph) {
    this.step = step;
    const { done, of } = step;
    this.answer.hidden = false;
    if (!this.revealed) requestAnimationFrame(() => this.#reveal()); // it is as long as it gets now
    this.revealed = true;
    this.progress.max = of;
    this.progress.value = done;
    setText(this.done, done === of ? '' : t.why.steps(done, of));
    const names = this.callbacks.names();
    const of_ = (/** @type {number | null} */ index) => (index === null ? '' : (names[index] ?? String(index)));
    setText(this.about, t.why.about(this.#methodOf(step), of_(Number(step.target)), of_(step.rather), step));
    const map = 'map' in step;
    this.figure.hidden = !map;
    this.chart.element.hidden = this.shares.element.hidden = true;
    if ('modules' in step) {
      this.shares.element.hidden = false;
      this.shares.show(step, graph, String(this.question?.options.layer ?? ''));
    } else if (!map) {
      this.chart.showRemoved(step, graph);
    } else {
      this.callbacks.trust.show(done === of ? step : null);
      this.fields?.fill({ ...step.options, layer: step.layer });
      this.chart.showShares(step, graph);
      this.#drawMap();
    }
    this.#drawNumbers(step);
    for (const button of this.saves) button.disabled = false;
  }

  /** Brings it to the top of what it is scrolled in: the column beside the network or, on a phone, the page. */
  #reveal() {
    const column = /** @type {HTMLElement} */ (this.host.parentElement);
    if (column.scrollHeight <= column.clientHeight) return this.host.scrollIntoView({ block: 'start' });
    column.scrollTop += this.host.getBoundingClientRect().top - column.getBoundingClientRect().top;
  }

  /** Nothing is under way any more. */
  end() {
    const { step } = this;
    this.busy = false;
    this.progress.classList.remove('on');
    if (!this.question) return;
    setText(this.button, t.why.again);
    this.working.hidden = step !== null && step.done === step.of;
    if (step && step.done < step.of) setText(this.done, t.why.stopped(step.done, step.of));
    else if (this.done.textContent === t.why.computing) setText(this.done, t.why.nothing);
  }

  /** @param {Why | Removal | Branches} step */
  #methodOf(step) {
    return t.why.methods[methodOf(step)];
  }

  #press() {
    if (this.busy) this.callbacks.onStop();
    else this.#change({});
  }

  /** Of Grad-CAM, the open module. @returns {Question['options']} */
  #open() {
    const layer = this.callbacks.layer();
    const { value } = this.method;
    const fits = ['grad-cam', 'branches'].includes(value) && this.graph && withMaps(this.graph).some(({ output }) => output === layer);
    if (!fits) return {};
    const module = this.graph?.modules.find(({ output }) => output === layer)?.id ?? '';
    return { layer: this.method.value === 'branches' ? module : layer };
  }

  /** @param {Partial<Question>} part */
  #change(part) {
    if (!this.question) return;
    const method = part.method ?? /** @type {Method} */ (this.method.value);
    this.callbacks.onAsk({ ...this.question, ...part, method });
  }

  #chooseOther() {
    const wanted = this.rather.value.trim();
    const found = wanted ? this.callbacks.classOf(wanted) : undefined;
    this.rather.setCustomValidity(wanted && found === undefined ? t.follow.none(wanted) : '');
    if (this.rather.reportValidity()) this.#change({ rather: found ?? null });
  }

  #drawMap() {
    const { step, graph } = this;
    if (!step || !('map' in step) || !graph) return;
    const [, rows, columns] = graph.input;
    const own = step.method === 'cam' || step.method === 'grad-cam';
    this.squaresField.hidden = !own;
    const squares = own && this.squares.checked;
    const [height, width] = squares ? step.shape : [rows, columns];
    const known = squares ? step.map : step.mapInput;
    const { kind, top, most } = scaleOf(step.mapInput, step.attribution !== null);
    // What is not known yet covers nothing.
    const data = step.done < step.of ? known.map((v) => (Number.isFinite(v) ? v : 0)) : known;
    const map = { data, rows: height, columns: width, scale: { kind, top } };
    drawOverlay(this.map, this.callbacks.seen(), map, Number(this.opacity.value) / 100);
    this.map.setAttribute('aria-label', t.why.mapOf(this.#methodOf(step), [height, width]));
    const ramp = h('canvas', { width: 128, height: 1, 'aria-hidden': 'true' });
    const image = new ImageData(128, 1);
    for (let i = 0; i < 128; i++) image.data.set([...LUT[kind].subarray(i * 6, i * 6 + 3), 255], i * 4);
    ramp.getContext('2d')?.putImageData(image, 0, 0);
    const [from, to] = [kind === 'sequential' ? 0 : -top, top].map(format.value);
    this.legend.replaceChildren(
      h('span', { class: 'number', text: from }),
      ramp,
      h('span', { class: 'number', text: to }),
      h('span', { class: 'muted wide', text: t.why.legends[step.attribution ? 'size' : kind] }),
      most > top ? h('span', { class: 'muted wide', text: t.view.clipped(top, most) }) : '',
    );
  }

  /** @param {Why | Removal | Branches} step */
  #drawNumbers(step) {
    const names = t.why.numbers;
    /** @type {[string, number | null][]} */
    const entries = [[step.rather === null ? names.value : names.lead, step.value]];
    if ('map' in step) {
      const whole = step.method === 'integrated';
      entries.push(
        [names.bias, step.bias],
        [whole ? names.sumOfValues : names.sumOfMap, step.sum],
        [names.difference, whole ? step.difference : null],
        [names.error, step.error],
      );
    }
    const known = entries.filter(([, value]) => value !== null);
    this.numbers.replaceChildren(
      ...known.map(([term, value]) =>
        h('div', {}, h('dt', { text: term }), h('dd', { class: 'number', text: format.value(Number(value)) })),
      ),
    );
  }

  /** @param {'png' | 'csv' | 'json'} kind */
  async #save(kind) {
    if (this.step) setText(this.said, await this.callbacks.onSave(kind, this.step));
  }
}
