/** What is changed in the network, by how much, and how to take it back. */

import { h, setText, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { t } from '../words.js';

/**
 * @typedef {import('../../inceptionscope.js').Intervention} Intervention
 *
 * @typedef {object} Callbacks
 * @property {(node?: string) => void} onUndo all, if no node is named
 * @property {(node: string, factor: number) => void} onScale
 * @property {() => void} onCompare with the network without them
 */

/** What a change is of. @param {Intervention} change */
const nodeOf = (change) => (change.kind === 'residual_scale' ? change.block : change.node);

export class ChangesView {
  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.list = h('ul', { class: 'plain', 'aria-labelledby': 'changes-title' });
    const undoAll = h('button', {
      type: 'button',
      class: 'quiet',
      text: t.changes.undoAll,
      onclick: () => callbacks.onUndo(),
    });
    this.element = h(
      'section',
      { class: 'changes', hidden: true },
      h('header', {}, h('h3', { id: 'changes-title', text: t.changes.title }), undoAll),
      this.list,
      h('button', { type: 'button', class: 'quiet', text: t.compare.beforeAndAfter, onclick: () => callbacks.onCompare() }),
    );
    /** What is listed, in order. @type {{ key: string, set: (change: Intervention) => void }[]} */
    this.items = [];
  }

  /** @param {Intervention[]} changes */
  show(changes) {
    this.element.hidden = changes.length === 0;
    const keys = changes.map((change) => [change.kind, nodeOf(change), isWhole(change)].join());
    // An item stays where its change does: its slider may be under a hand.
    if (keys.join(';') !== this.items.map(({ key }) => key).join(';')) {
      const items = changes.map((change, i) => ({ key: keys[i], ...this.#item(change) }));
      this.items = items;
      this.list.replaceChildren(...items.map(({ element }) => element));
    }
    changes.forEach((change, i) => this.items[i].set(change));
  }

  /** @param {Intervention} first */
  #item(first) {
    const node = nodeOf(first);
    const text = h('span', {});
    const undo = h('button', { type: 'button', class: 'icon', text: '×', onclick: () => this.callbacks.onUndo(node) });
    const slider = h('input', {
      type: 'range',
      id: uniqueId('factor'),
      min: 0,
      max: first.kind === 'residual_scale' ? 1 : 2,
      step: 0.01,
      oninput: () => this.callbacks.onScale(node, Number(slider.value)),
    });
    const element = h('li', {}, text, isWhole(first) ? slider : null, undo);
    const set = (/** @type {Intervention} */ change) => {
      const said = t.changes.of(change);
      setText(text, said);
      for (const [name, label] of [['aria-label', t.changes.undo(said)], ['title', t.changes.undo(said)]])
        undo.setAttribute(name, label);
      slider.setAttribute('aria-label', t.changes.factorOf(node));
      if ('factor' in change && document.activeElement !== slider) slider.value = String(change.factor);
      if ('factor' in change) slider.setAttribute('aria-valuetext', format.fixed(change.factor, 2));
    };
    return { element, set };
  }
}

/** Whether a change has one factor, for all channels. @param {Intervention} change */
const isWhole = (change) => change.kind === 'residual_scale' || (change.kind === 'gain' && change.channels.length === 0);
