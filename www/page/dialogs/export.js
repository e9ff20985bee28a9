/** What the visitor saves: a link, a figure, values of any node. */

import { t } from '../words.js';
import { dialog } from './dialog.js';
import { h, setText } from '../dom.js';
import { sentence } from '../faults.js';
import { csvOf, npy, safetensors, saved } from '../save.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 *
 * @typedef {object} Callbacks
 * @property {() => { link: string, own: boolean }} link of exactly what is shown; own: the photo is not part of it
 * @property {() => void} onFigure a figure is to be made
 * @property {() => Record<string, string>} about model, weights and so on, for a file's head
 */

/**
 * @type {Record<string, (node: string, shape: number[], data: Float32Array, about: Record<string, string>) => Blob>}
 */
const FORMATS = { npy: (_, shape, data) => npy(shape, data), csv: (_, shape, data) => csvOf(shape, data), safetensors };

export class ExportDialog {
  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {Scope | null} */
    this.scope = null;
    this.said = h('p', { class: 'said', role: 'status' });
    this.saidOfLink = h('p', { class: 'said', role: 'status' });
    this.link = h('input', { type: 'text', id: 'export-link', readonly: true, onfocus: () => this.link.select() });
    this.own = h('p', { class: 'muted small', text: t.export.ownPhoto });
    this.figure = h('button', {
      type: 'button',
      text: t.publish.button,
      onclick: () => {
        this.element.close();
        callbacks.onFigure();
      },
    });
    this.node = h('select', { id: 'export-node', onchange: () => this.#describe() });
    this.size = h('p', { class: 'muted small' });
    this.values = h(
      'section',
      {},
      h('h3', { text: t.export.values }),
      h('span', { class: 'field' }, h('label', { for: 'export-node', text: t.export.node }), this.node),
      this.size,
      h(
        'div',
        { class: 'buttons' },
        Object.keys(FORMATS).map((kind) =>
          h('button', {
            type: 'button',
            text: t.export.formats[/** @type {'npy'} */ (kind)],
            onclick: () => this.#save(kind),
          }),
        ),
      ),
    );
    this.element = dialog(
      'export',
      t.export.title,
      h(
        'section',
        {},
        h('h3', { text: t.export.link }),
        h('label', { for: 'export-link', class: 'hidden', text: t.export.link }),
        h(
          'span',
          { class: 'address-row' },
          this.link,
          h('button', { type: 'button', text: t.export.copyLink, onclick: () => this.#copy() }),
        ),
        this.saidOfLink,
        this.own,
      ),
      h('section', {}, h('h3', { text: t.export.pictures }), this.figure),
      this.values,
      this.said,
    );
  }

  /** @param {Scope | null} scope @param {boolean} hasRun @param {string} node the one that is looked at */
  open(scope, hasRun, node) {
    this.scope = scope;
    const { link, own } = this.callbacks.link();
    this.link.value = link;
    this.own.hidden = !own;
    setText(this.said, '');
    setText(this.saidOfLink, '');
    this.figure.disabled = !hasRun;
    const graph = scope?.graph;
    this.values.hidden = !graph || !hasRun;
    if (graph) {
      this.node.replaceChildren(
        ...graph.modules.map((module, i) =>
          h(
            'optgroup',
            { label: module.label },
            graph.nodes.filter((n) => n.module === i).map((n) => h('option', { value: n.id, text: n.id })),
          ),
        ),
      );
      this.node.value = node || graph.modules.at(-1)?.output || '';
      this.#describe();
    }
    this.element.showModal();
  }

  #describe() {
    const node = this.scope?.graph.nodes.find((n) => n.id === this.node.value);
    if (node)
      setText(
        this.size,
        t.export.size(node.ops.map(t.ops.of).join(t.ops.plus), node.shape, 4 * node.shape.reduce((a, b) => a * b, 1)),
      );
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.link.value);
      setText(this.saidOfLink, t.export.linkCopied);
    } catch {
      this.selectLink();
    }
  }

  /** For copying the link by hand. */
  selectLink() {
    this.link.focus();
    setText(this.saidOfLink, t.export.copyByHand);
  }

  /** @param {string} kind */
  async #save(kind) {
    const id = this.node.value;
    try {
      const value = await this.scope?.activation(id);
      if (!value) return;
      const file = FORMATS[kind](id, value.shape, value.data, this.callbacks.about());
      setText(this.said, saved(file, `${id}.${kind}`));
    } catch (error) {
      setText(this.said, sentence(error));
    }
  }
}
