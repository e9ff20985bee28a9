/** What the dialogs have in common. */

import { h, uniqueId } from '../dom.js';
import { t } from '../words.js';

/**
 * A dialog with a title and a button that closes it, part of the page and not shown yet.
 * @param {string} look its class
 * @param {string} title
 * @param {...(Node | Node[])} content
 */
export function dialog(look, title, ...content) {
  const id = uniqueId('dialog');
  const element = h('dialog', { class: look, 'aria-labelledby': id });
  const close = { type: 'button', class: 'icon', 'aria-label': t.page.close, onclick: () => element.close(), text: '×' };
  element.append(h('header', {}, h('h2', { id, text: title }), h('button', close)), ...content.flat());
  document.body.append(element);
  return element;
}
