/** What is changed in the network, and how to take it back. */

import { h } from '../dom.js';
import { t } from '../words.js';

/** @typedef {import('../../inceptionscope.js').Intervention} Intervention */

export class ChangesView {
  /** @param {(node?: string) => void} onUndo all, if no node is named */
  constructor(onUndo) {
    this.onUndo = onUndo;
    this.list = h('ul', { class: 'plain', 'aria-labelledby': 'changes-title' });
    const undoAll = h('button', { type: 'button', class: 'quiet', text: t.changes.undoAll, onclick: () => onUndo() });
    this.element = h(
      'section',
      { class: 'changes', hidden: true },
      h('header', {}, h('h3', { id: 'changes-title', text: t.changes.title }), undoAll),
      this.list,
    );
  }

  /** @param {Intervention[]} changes */
  show(changes) {
    this.element.hidden = changes.length === 0;
    this.list.replaceChildren(
      ...changes.map((change) => {
        const text = t.changes.of(change);
        const node = change.kind === 'residual_scale' ? change.block : change.node;
        const undo = h('button', {
          type: 'button',
          class: 'icon',
          'aria-label': t.changes.undo(text),
          title: t.changes.undo(text),
          text: '×',
          onclick: () => this.onUndo(node),
        });
        return h('li', {}, h('span', { text }), undo);
      }),
    );
  }
}
