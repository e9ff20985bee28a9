/** The page without a network, and without https. */

import { flavour } from '../runtime/module.js';
import { trusted } from '../runtime/platform.js';
import { t } from './words.js';
import { h } from './dom.js';

/** Keeps the page for when there is no network. @param {HTMLElement} status where to say what is missing */
export function prepare(status) {
  if (!isSecureContext) {
    status.append(h('p', { class: 'muted', text: t.status.insecure }));
    return;
  }
  // What the page is made of comes first; it may all be there by now.
  if (document.readyState === 'complete') keep();
  else addEventListener('load', keep);
}

/** Private windows may refuse; the page works all the same. */
async function keep() {
  try {
    await navigator.serviceWorker?.register(trusted('sw.js'));
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ keep: Object.values(flavour({ wasm: null })) });
  } catch {} // nothing is kept
}
