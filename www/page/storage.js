/** What the browser keeps of weights: sizes, and how to be rid of them. */

import { forget, stored } from '../inceptionscope.js';
import { t } from '../strings.js';
import { h, setText } from './dom.js';
import * as format from './format.js';

export class StorageDialog {
  constructor() {
    this.sum = h('p', { role: 'status' });
    this.body = h('div', { class: 'table-box', tabindex: 0, role: 'region', 'aria-label': t.storedTitle });
    this.element = h('dialog', { class: 'weights', 'aria-labelledby': 'storage-title' },
      h('header', {}, h('h2', { id: 'storage-title', text: t.storedTitle }),
        h('button', { type: 'button', class: 'icon', 'aria-label': t.close, onclick: () => this.element.close(), text: '×' })),
      h('p', { text: t.storedAbout }), this.sum, this.body);
    document.body.append(this.element);
  }

  async open() {
    this.element.showModal();
    await this.#fill();
  }

  async #fill() {
    const files = await stored();
    const estimate = await navigator.storage?.estimate?.().catch(() => null);
    setText(this.sum, t.storedSum(files.reduce((sum, file) => sum + file.bytes, 0), estimate?.quota ?? null));
    const c = t.storedColumns;
    this.body.replaceChildren(files.length === 0 ? h('p', { class: 'muted', text: t.storedNone }) : h('table', {},
      h('thead', {}, h('tr', {}, [c.file, c.size, c.state, ''].map((text) => (text ? h('th', { scope: 'col', text }) : h('td'))))),
      h('tbody', {}, files.map((file) => h('tr', {},
        h('th', { scope: 'row', title: file.url, text: file.name }),
        h('td', { class: 'number', text: format.bytes(file.bytes) }),
        h('td', { title: file.sha256 ? `SHA-256 ${file.sha256}` : null, text: file.sha256 ? t.storedWhole : t.storedPart(file.total ? file.bytes / file.total : null) }),
        h('td', {}, h('button', { type: 'button', class: 'quiet', 'aria-label': t.deleteOf(file.name), text: t.delete, onclick: async () => {
          await forget(file.url);
          await this.#fill();
        } })))))));
  }
}
