/** What a person takes away: a link, pictures of what is shown, values of any node. */

import { t } from '../strings.js';
import { h, setText, uniqueId } from './dom.js';
import * as format from './format.js';
import { picture } from './picture.js';
import { csvOf, npy, safetensors, save } from './save.js';

/**
 * @typedef {import('../inceptionscope.js').Scope} Scope
 *
 * @typedef {object} View
 * @property {string} id
 * @property {string} title
 * @property {HTMLElement} element
 * @property {() => Promise<unknown>} [whole] draws what is not drawn far from the window
 *
 * @typedef {object} Callbacks
 * @property {() => { link: string, own: boolean }} link of exactly what is shown; own: the photo is not part of it
 * @property {() => View[]} views what is shown now
 * @property {() => Record<string, string>} about model, weights and so on, for a file's head
 */

/** @type {Record<string, (node: string, shape: number[], data: Float32Array, about: Record<string, string>) => Blob>} */
const FORMATS = {
  npy: (_, shape, data) => npy(shape, data),
  csv: (_, shape, data) => csvOf(shape, data),
  safetensors,
};

export class TakeAway {
  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {Scope | null} */
    this.scope = null;
    const title = uniqueId('take');
    this.said = h('p', { class: 'said', role: 'status' });
    this.saidOfLink = h('p', { class: 'said', role: 'status' });
    this.link = h('input', { type: 'text', id: 'take-link', readonly: true, onfocus: () => this.link.select() });
    this.own = h('p', { class: 'muted small', text: t.take.ownPhoto });
    this.views = h('div', { class: 'buttons' });
    this.node = h('select', { id: 'take-node', onchange: () => this.#describe() });
    this.size = h('p', { class: 'muted small' });
    this.values = h('section', {}, h('h3', { text: t.take.values }),
      h('span', { class: 'field' }, h('label', { for: 'take-node', text: t.take.node }), this.node), this.size,
      h('div', { class: 'buttons' }, Object.keys(FORMATS).map((kind) => h('button', { type: 'button', text: t.take.formats[/** @type {'npy'} */ (kind)], onclick: () => this.#save(kind) }))));
    this.element = h('dialog', { class: 'take', 'aria-labelledby': title },
      h('header', {}, h('h2', { id: title, text: t.take.title }),
        h('button', { type: 'button', class: 'icon', 'aria-label': t.close, onclick: () => this.element.close(), text: '×' })),
      h('section', {}, h('h3', { text: t.take.link }), h('label', { for: 'take-link', class: 'hidden', text: t.take.link }),
        h('span', { class: 'address-row' }, this.link, h('button', { type: 'button', text: t.copyLink, onclick: () => this.#copy() })), this.saidOfLink, this.own),
      h('section', {}, h('h3', { text: t.take.pictures }), this.views),
      this.values, this.said);
    document.body.append(this.element);
  }

  /** @param {Scope | null} scope @param {boolean} hasRun @param {string} node the one that is looked at */
  open(scope, hasRun, node) {
    this.scope = scope;
    const { link, own } = this.callbacks.link();
    this.link.value = link;
    this.own.hidden = !own;
    setText(this.said, '');
    setText(this.saidOfLink, '');
    this.views.replaceChildren(...this.callbacks.views().map((view) => h('button', { type: 'button', text: view.title, 'aria-label': t.take.pictureOf(view.title), onclick: () => this.#picture(view) })));
    const graph = scope?.graph;
    this.values.hidden = !graph || !hasRun;
    if (graph) {
      this.node.replaceChildren(...graph.modules.map((module, i) => h('optgroup', { label: module.label },
        graph.nodes.filter((n) => n.module === i).map((n) => h('option', { value: n.id, text: n.id })))));
      this.node.value = node || graph.modules.at(-1)?.output || '';
      this.#describe();
    }
    this.element.showModal();
  }

  #describe() {
    const node = this.scope?.graph.nodes.find((n) => n.id === this.node.value);
    if (node) setText(this.size, t.take.size(node.label, format.shape(node.shape), 4 * node.shape.reduce((a, b) => a * b, 1)));
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.link.value);
      setText(this.saidOfLink, t.linkCopied);
    } catch {
      this.selectLink();
    }
  }

  /** For a person to copy the link by hand. */
  selectLink() {
    this.link.focus();
    setText(this.saidOfLink, t.take.copyByHand);
  }

  /** @param {View} view */
  async #picture({ id, element, whole }) {
    await whole?.();
    const about = this.callbacks.about();
    const blob = await picture(element, t.take.caption(about));
    if (whole) dispatchEvent(new Event('scroll')); // what is far away may go again
    if (blob) save(blob, `${about.model}-${id}.png`);
    setText(this.said, blob ? t.take.saved(`${about.model}-${id}.png`) : t.take.noPicture);
  }

  /** @param {string} kind */
  async #save(kind) {
    const id = this.node.value;
    try {
      const value = await this.scope?.activation(id);
      if (!value) return;
      save(FORMATS[kind](id, value.shape, value.data, this.callbacks.about()), `${id}.${kind}`);
      setText(this.said, t.take.saved(`${id}.${kind}`));
    } catch (error) {
      setText(this.said, error instanceof Error ? error.message : String(error));
    }
  }
}
