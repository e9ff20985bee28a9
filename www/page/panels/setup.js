/** What is open, on one line; the choice of network, weights and engine unfolds from it. */

import { h, isEscape, setText } from '../dom.js';
import { t } from '../words.js';

export class Setup {
  /** @param {HTMLElement} line the button @param {HTMLElement} panel what it unfolds */
  constructor(line, panel) {
    this.line = line;
    this.panel = panel;
    this.text = h('span');
    line.title = t.controls.title;
    panel.setAttribute('aria-label', t.controls.title);
    line.addEventListener('click', () => this.unfold(panel.hidden === true));
    panel.addEventListener('keydown', (event) => {
      if (!isEscape(event)) return;
      event.preventDefault(); // the channel stays
      this.unfold(false);
      line.focus();
    });
  }

  /** @param {string} text what is open */
  show(text) {
    // Empty, it has no room of its own yet.
    if (!this.line.firstChild) this.line.append(this.text, h('span', { class: 'chevron', 'aria-hidden': 'true' }));
    setText(this.text, text);
  }

  /** @param {boolean} [open] */
  unfold(open = true) {
    this.panel.hidden = !open;
    this.line.setAttribute('aria-expanded', String(open));
  }
}
