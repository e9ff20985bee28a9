/** What an open module's values tell, in a sentence; what that does not mean; and how to find out more. */

import { h, setText } from '../dom.js';
import { t } from '../words.js';

export class Verdict {
  /** @param {boolean} untrained @param {() => void} onRemoval how much each branch matters is to be found out */
  constructor(untrained, onRemoval) {
    this.untrained = untrained;
    this.text = h('p', { class: untrained ? 'untrained' : '', role: 'status' });
    this.note = h('p', { class: 'note' });
    /** For the row of questions about the module. */
    this.removal = h('button', { type: 'button', class: 'quiet', hidden: true, text: t.why.askBranches, onclick: onRemoval });
    this.element = h('div', { class: 'verdict' }, this.text, this.note);
  }

  /** @param {(string | undefined)[]} sentences @param {string} note */
  say(sentences, note) {
    // Random weights have no answer to ask about.
    const asks = note === t.module.verdictNote && !this.untrained;
    setText(this.text, sentences.filter(Boolean).join(' '));
    setText(this.note, note && !asks ? t.module.energyNote : note);
    this.removal.hidden = !asks;
  }
}
