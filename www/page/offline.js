/** The page without a network, and without https. */

import { t } from './words.js';
import { h } from './dom.js';

/** Keeps the page for when there is no network. @param {HTMLElement} status where to say what is missing */
export function prepare(status) {
  if (!isSecureContext) {
    status.append(h('p', { class: 'muted', text: t.status.insecure }));
    return;
  }
  // Private windows may refuse; the page works all the same.
  const register = () => void navigator.serviceWorker?.register('sw.js').catch(() => {});
  // What the page is made of comes first; it may all be there by now.
  if (document.readyState === 'complete') register();
  else addEventListener('load', register);
}
