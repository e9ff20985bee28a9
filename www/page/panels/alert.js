/** What went wrong and what to do, over the page until it is closed or a photo runs. */

import { h } from '../dom.js';
import { hasCode, isAbort, sentence } from '../faults.js';
import { t } from '../words.js';

export class Alert {
  /** @param {() => Promise<unknown>} before is done before the page is loaded anew */
  constructor(before) {
    this.before = before;
    this.message = h('div', { class: 'message' });
    const close = h('button', {
      type: 'button',
      class: 'icon',
      'aria-label': t.page.close,
      onclick: () => this.close(),
      text: '×',
    });
    this.element = h('div', { class: 'alert quiet-alert', role: 'alert' }, this.message, close);
    /** Whether it stays until it is closed. */
    this.stays = false;
    document.body.append(this.element);
  }

  /**
   * @param {unknown} error an error, or a sentence
   * @param {boolean} [unchanged] what was shown before is still there
   */
  complain(error, unchanged = false) {
    if (isAbort(error)) return;
    this.stays = false;
    const [first, ...rest] = (typeof error === 'string' ? error : sentence(error)).split('\n');
    const line = /[.!?)”]$/.test(first) ? first : `${first}.`;
    this.message.replaceChildren(unchanged ? `${line} ${t.alert.unchanged}` : line);
    // What follows the first line is a list: every missing tensor of a weight file, for one.
    if (rest.length) {
      const list = rest.map((text) => text.trim()).join('\n');
      this.message.append(
        h('details', {}, h('summary', { text: t.alert.details(rest.length) }), h('pre', { text: list })),
      );
    }
    if (hasCode(error, 'runtime.updated')) {
      this.message.append(h('button', { type: 'button', text: t.alert.reload, onclick: () => this.#reload() }));
    }
    this.element.classList.remove('quiet-alert');
  }

  async #reload() {
    await this.before().catch(() => {}); // what cannot be kept is no reason to stay
    location.reload();
  }

  /** Says what has happened, or what of an address cannot be shown; a photo that runs does not take it back. @param {string} text */
  tell(text) {
    this.complain(text);
    this.stays = true;
  }

  /** A photo runs: what was wrong before is no more. */
  clear() {
    if (!this.stays) this.close();
  }

  close() {
    this.stays = false;
    this.message.replaceChildren();
    this.element.classList.add('quiet-alert');
  }
}
