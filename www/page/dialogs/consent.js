/** Asks before anything that a link names is loaded from another site. */

import { h } from '../dom.js';
import * as format from '../format.js';
import { t } from '../words.js';
import { dialog } from './dialog.js';

/** @typedef {import('../consent.js').Wanted} Wanted */

export class ConsentDialog {
  constructor() {
    this.list = h('ul');
    const answer = (/** @type {string} */ value, /** @type {string} */ text) =>
      h('button', { type: 'button', text, onclick: () => this.element.close(value) });
    this.element = dialog(
      'weights',
      t.consent.title,
      h('p', { text: t.consent.about }),
      this.list,
      h('p', { class: 'choose' }, answer('yes', t.consent.load), answer('', t.consent.without)),
    );
  }

  /** Takes a question back, which counts as no. */
  async withdraw() {
    if (this.element.open) await closed(this.element, () => this.element.close(''));
  }

  /** Whether the visitor agrees. @param {Wanted[]} wanted @returns {Promise<boolean>} */
  async ask(wanted) {
    const { element } = this;
    this.list.replaceChildren(...wanted.map((each) => h('li', { text: line(each) })));
    await closed(element, () => {
      element.returnValue = '';
      element.showModal();
    });
    return element.returnValue === 'yes';
  }
}

/** @param {HTMLDialogElement} element @param {() => void} act after which it closes */
const closed = (element, act) =>
  new Promise((resolve) => {
    element.addEventListener('close', resolve, { once: true });
    act();
  });

/** @param {Wanted} wanted */
const line = ({ kind, address, host, size }) =>
  kind === 'photo'
    ? t.consent.photo(host)
    : t.consent.weights(nameIn(address), host, size === null ? t.consent.unknown : format.bytes(size));

/** The name of a file. @param {string} address */
const nameIn = (address) => new URL(address).pathname.split('/').at(-1) || address;
