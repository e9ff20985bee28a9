/** The figure maker: what a figure shows, how large it is, a live preview, and its files. */

import { h, setText, uniqueId } from '../dom.js';
import { sentence } from '../faults.js';
import { latest } from '../latest.js';
import { branchesOf, chosen } from '../publish/branches.js';
import { elementCode, frameCode } from '../publish/embedding.js';
import { Figure } from '../publish/figure.js';
import { channelNode, moduleOf } from '../publish/gather.js';
import { DEFAULTS, LIMITS, OF_CHANNEL, OF_MODULE, channelsIn, specIn, textOf } from '../publish/spec.js';
import { t } from '../words.js';
import { dialog } from './dialog.js';

/**
 * @typedef {import('../publish/gather.js').Source} Source
 * @typedef {import('../publish/spec.js').Spec} Spec
 * @typedef {import('../hash.js').State} State
 *
 * @typedef {object} Callbacks
 * @property {() => Source | null} source
 * @property {() => State} state
 * @property {(publish: string) => void} onSpec what the address says of the figure from now on; empty: none is made
 * @property {() => { link: string, own: boolean }} link of exactly what is shown; own: the photo is not part of it
 */

/** A preview is not wider than this, in pixels; saved figures are as wide as they are. */
const PREVIEW = 2000;
/** How wide a reader's column is, for the height of a frame that nobody tells its height. */
const COLUMN = 680;

export class PublishDialog {
  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {Spec} */
    this.spec = { ...DEFAULTS };
    /** @type {Figure | null} */
    this.figure = null;
    this.draw = latest(() => this.#draw());
    this.form = h('form', {
      class: 'publish-form',
      'aria-label': t.publish.settings,
      onsubmit: (/** @type {Event} */ e) => e.preventDefault(),
    });
    this.canvas = h('canvas', { role: 'img', 'aria-label': t.publish.preview, width: 1, height: 1 });
    this.size = h('p', { class: 'number small' });
    this.said = h('p', { class: 'said', role: 'status' });
    this.code = h('textarea', {
      readonly: true,
      rows: 3,
      'aria-label': t.embed.code,
      spellcheck: 'false',
      hidden: true,
    });
    this.own = h('p', { class: 'muted small', hidden: true });
    const button = (/** @type {string} */ text, /** @type {() => unknown} */ onclick, look = '') =>
      h('button', { type: 'button', class: look, text, onclick });
    const saves = /** @type {import('../publish/figure.js').Kind[]} */ (['png', 'svg', 'csv']);
    this.actions = h(
      'div',
      { class: 'buttons' },
      (this.main = button(t.publish.copy, () => this.#copyImage(), 'main')),
      ...saves.map((kind) => button(t.publish.save[kind], () => this.#save(kind))),
      button(t.publish.link, () => this.#copyLink()),
    );
    this.element = dialog(
      'publish',
      t.publish.title,
      h(
        'div',
        { class: 'publish-body' },
        h(
          'figure',
          { class: 'publish-preview', 'aria-label': t.publish.preview },
          h('div', { class: 'sheet', tabindex: 0, role: 'group', 'aria-label': t.publish.preview }, this.canvas),
          this.size,
        ),
        h('div', { class: 'publish-side' }, this.actions, this.said, this.code, this.form, this.#embed(button)),
      ),
    );
    this.element.addEventListener('close', () => this.callbacks.onSpec(''));
  }

  /** @param {(text: string, onclick: () => unknown) => HTMLElement} button */
  #embed(button) {
    return h(
      'details',
      { class: 'publish-embed' },
      h('summary', { text: t.embed.title }),
      h('p', { class: 'muted small', text: t.embed.about }),
      this.own,
      h(
        'div',
        { class: 'buttons' },
        button(t.embed.frame, () => this.#embedAs('frame')),
        button(t.embed.element, () => this.#embedAs('element')),
      ),
    );
  }

  get isOpen() {
    return this.element.open;
  }

  /** Shows the figure that the address asks for, or one of what is looked at. @param {Partial<Spec> | string} asked */
  open(asked) {
    this.spec =
      typeof asked === 'string' ? specIn(asked) : { ...this.spec, ...asked, branches: [], title: null, caption: null };
    setText(this.said, '');
    this.code.hidden = true;
    const { image, weights } = this.callbacks.state();
    setText(this.own, image === 'own' ? t.embed.ownPhoto : weights === 'own' ? t.embed.ownWeights : '');
    this.own.hidden = !this.own.textContent;
    this.#fields();
    this.draw();
    if (!this.isOpen) this.element.showModal();
    this.main.focus();
  }

  /** What is shown has changed: the figure follows. */
  refresh() {
    if (this.isOpen) this.draw();
  }

  /** @param {Partial<Spec>} part @param {boolean} [fields] whether other choices depend on it */
  #set(part, fields = false) {
    Object.assign(this.spec, part);
    this.callbacks.onSpec(textOf(this.spec));
    if (fields) this.#fields();
    this.draw();
  }

  async #draw() {
    const source = this.callbacks.source();
    for (const button of this.actions.querySelectorAll('button')) button.disabled = !source;
    if (!source) {
      this.figure = null;
      setText(this.size, t.publish.needsRun);
      return;
    }
    try {
      const figure = await Figure.make(source, this.spec);
      this.figure = figure;
      if (this.graph !== source.scope.graph) this.#fields();
      if (!figure.paint(this.canvas, Math.min(PREVIEW, figure.size.columns)))
        return setText(this.size, t.publish.tooLarge);
      const { width, height, columns, rows } = figure.size;
      this.canvas.setAttribute(
        'aria-label',
        [figure.scene.title, figure.scene.caption, figure.counted].filter(Boolean).join(' · '),
      );
      setText(this.size, [figure.counted, t.publish.size(width, height, columns, rows)].filter(Boolean).join(' · '));
      const { title, caption } = figure.scene;
      if (this.title && document.activeElement !== this.title) this.title.value = title;
      if (this.caption && document.activeElement !== this.caption) this.caption.value = caption;
      for (const [node, input] of this.hands ?? []) {
        const panel = figure.content.blocks.flatMap(({ panels }) => panels).find((one) => one.node === node);
        if (panel && !(node in this.spec.hand)) input.value = panel.maps.map(({ channel }) => channel).join(', ');
      }
      this.callbacks.onSpec(textOf(this.spec));
    } catch (error) {
      setText(this.said, sentence(error));
    }
  }

  // Its fields

  #fields() {
    const { spec } = this;
    const source = this.callbacks.source();
    if (!source) return this.form.replaceChildren();
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.field;
    const { graph } = source.scope;
    this.graph = graph;
    const layouts = Object.entries(t.publish.layouts).filter(([key]) => key !== 'why' || source.why);
    const parts = [
      this.#select('layout', t.publish.layout, layouts, spec.layout, (layout) =>
        this.#set({ layout: /** @type {Spec['layout']} */ (layout) }, true),
      ),
    ];
    this.hands = new Map();
    if (OF_MODULE.includes(spec.layout)) parts.push(...this.#moduleFields(graph));
    if (OF_CHANNEL.includes(spec.layout)) parts.push(...this.#channelFields(graph));
    if (OF_MODULE.includes(spec.layout) || OF_CHANNEL.includes(spec.layout))
      parts.push(
        this.#select('colours', t.publish.colours, Object.entries(t.view.scales), spec.colours, (colours) =>
          this.#set({ colours }),
        ),
      );
    if (spec.layout !== 'prediction') parts.push(this.#check('bar', t.publish.bar));
    if (OF_MODULE.includes(spec.layout) || spec.layout === 'network') parts.push(this.#check('photo', t.publish.photo));
    this.title = h('input', { type: 'text', oninput: () => this.#set({ title: this.title?.value ?? '' }) });
    this.caption = h('textarea', { rows: 3, oninput: () => this.#set({ caption: this.caption?.value ?? '' }) });
    const again = h('button', {
      type: 'button',
      class: 'quiet',
      text: t.publish.automatic,
      onclick: () => this.#set({ title: null, caption: null }),
    });
    parts.push(
      this.#field('title', t.publish.heading, this.title, 'wide'),
      this.#field('caption', t.publish.caption, this.caption, 'wide'),
      again,
    );
    parts.push(
      this.#select('theme', t.publish.theme, Object.entries(t.publish.themes), spec.theme, (theme) =>
        this.#set({ theme: /** @type {Spec['theme']} */ (theme) }),
      ),
    );
    parts.push(this.#number('width', t.publish.width, 0.1), this.#number('dpi', t.publish.dpi, 1));
    this.form.replaceChildren(...parts);
    if (focused) /** @type {HTMLElement | null} */ (this.form.querySelector(`[data-field="${focused}"]`))?.focus();
  }

  /** @param {import('../graph.js').Graph} graph */
  #moduleFields(graph) {
    const { spec } = this;
    const index = moduleOf(graph, spec.node);
    const all = branchesOf(graph, index);
    const on = chosen(all, spec.branches);
    const modules = graph.modules.map(({ output, label }) => /** @type {[string, string]} */ ([output, label]));
    const boxes = all.map(({ key, label }) =>
      this.#box(
        `branch-${key}`,
        label,
        on.some((one) => one.key === key),
        (checked) => {
          const keys = all
            .map((one) => one.key)
            .filter((other) => (other === key ? checked : on.some((one) => one.key === other)));
          this.#set({ branches: keys }, true);
        },
      ),
    );
    const nodes = on.flatMap((branch) => (spec.steps ? branch.nodes : branch.nodes.slice(-1)));
    return [
      this.#select('node', t.publish.module, modules, graph.modules[index].output, (node) =>
        this.#set({ node, branches: [] }, true),
      ),
      h('fieldset', { class: 'wide' }, h('legend', { text: t.publish.branches }), boxes),
      this.#check('steps', t.publish.steps, true),
      this.#select('order', t.publish.order, Object.entries(t.publish.orders), spec.order, (order) =>
        this.#set({ order }, true),
      ),
      spec.order === 'hand' ? null : this.#number('maps', t.publish.most, 1),
      ...(spec.order === 'hand' ? nodes : []).map((node) => {
        const input = h('input', { type: 'text', inputmode: 'numeric', value: spec.hand[node.id]?.join(', ') ?? '' });
        input.addEventListener('input', () =>
          this.#set({
            hand: { ...spec.hand, [node.id]: channelsIn(input.value).filter((channel) => channel < node.shape[0]) },
          }),
        );
        this.hands?.set(node.id, input);
        return this.#field(`hand-${node.id}`, t.publish.handOf(node.id, node.shape[0]), input, 'wide');
      }),
    ].filter((part) => part !== null);
  }

  /** @param {import('../graph.js').Graph} graph */
  #channelFields(graph) {
    const { spec } = this;
    const node = channelNode(graph, spec.node);
    const select = h('select', { onchange: () => this.#set({ node: select.value, channel: 0 }, true) });
    select.append(
      ...graph.modules.map(({ label }, i) =>
        h(
          'optgroup',
          { label },
          graph.nodes
            .filter((n) => n.module === i && (n.unit === n.id || n.id === node.id))
            .map(({ id }) => h('option', { value: id, text: id })),
        ),
      ),
    );
    select.value = node.id;
    const channel = this.#number('channel', t.publish.channel, 1);
    channel.querySelector('input')?.setAttribute('max', String(node.shape[0] - 1));
    return [this.#field('node', t.publish.node, select, 'wide'), channel];
  }

  /** @param {string} name @param {string} label @param {HTMLElement} control @param {string} [look] */
  #field(name, label, control, look = '') {
    control.id = uniqueId('publish');
    control.dataset.field = name;
    return h('span', { class: `field ${look}` }, h('label', { for: control.id, text: label }), control);
  }

  /**
   * @param {string} name @param {string} label @param {[string, string][]} options @param {string} value
   * @param {(value: string) => void} set
   */
  #select(name, label, options, value, set) {
    const select = h(
      'select',
      { onchange: () => set(select.value) },
      options.map(([key, text]) => h('option', { value: key, text, selected: key === value })),
    );
    return this.#field(name, label, select, 'wide');
  }

  /** @param {'maps' | 'channel' | 'width' | 'dpi'} key @param {string} label @param {number} step */
  #number(key, label, step) {
    const [min, max] = LIMITS[key];
    const input = h('input', { type: 'number', min, max, step, inputmode: 'decimal', value: this.spec[key] });
    input.addEventListener('input', () => {
      if (input.value && input.checkValidity()) this.#set({ [key]: Number(input.value) });
    });
    return this.#field(key, label, input);
  }

  /** @param {'bar' | 'photo' | 'steps'} key @param {string} label @param {boolean} [fields] */
  #check(key, label, fields = false) {
    return this.#box(key, label, this.spec[key], (checked) => this.#set({ [key]: checked }, fields));
  }

  /** @param {string} name @param {string} label @param {boolean} checked @param {(checked: boolean) => void} set */
  #box(name, label, checked, set) {
    const box = h('input', {
      type: 'checkbox',
      id: uniqueId('publish'),
      'data-field': name,
      checked,
      onchange: () => set(box.checked),
    });
    return h('span', { class: 'field check' }, box, h('label', { for: box.id, text: label }));
  }

  // What is taken away

  /** @param {import('../publish/figure.js').Kind} kind */
  async #save(kind) {
    await this.draw();
    if (this.figure) setText(this.said, await this.figure.save(kind, this.callbacks.link().link));
  }

  async #copyImage() {
    try {
      // Before anything is waited for: a browser allows it only right after a press.
      const image = this.draw().then(async () => {
        const blob = await this.figure?.file('png');
        if (!blob) throw new Error(t.publish.tooLarge);
        return blob;
      });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': image })]);
      setText(this.said, t.publish.copied);
    } catch {
      setText(this.said, t.publish.notCopied);
    }
  }

  /** @param {'frame' | 'element'} kind */
  async #embedAs(kind) {
    const { figure } = this;
    if (!figure) return;
    const state = { ...this.callbacks.state(), publish: textOf(this.spec) };
    const { title, width, height } = figure.scene;
    this.code.value =
      kind === 'frame' ? frameCode(state, Math.round((COLUMN * height) / width), title) : elementCode(state, title);
    await this.#copy(this.code.value, t.embed.copied, t.embed.byHand);
  }

  #copyLink() {
    const { link, own } = this.callbacks.link();
    this.code.value = link;
    return this.#copy(link, own ? t.export.linkCopiedOwnPhoto : t.export.linkCopied, t.export.copyByHand);
  }

  /** @param {string} text that is in the field, too @param {string} done @param {string} failed */
  async #copy(text, done, failed) {
    this.code.hidden = false;
    try {
      await navigator.clipboard.writeText(text);
      setText(this.said, done);
    } catch {
      this.code.select();
      setText(this.said, failed);
    }
  }
}
