/**
 * Threads share memory, which browsers allow only a page that is cross-origin isolated: by headers, which few static hosts
 * send. Our service worker adds them, so that a first visit loads the page a second time, before it has begun; never
 * more than once.
 */

import { wantsThreads } from '../runtime/module.js';
import { inTime } from '../runtime/patience.js';
import { trusted } from '../runtime/platform.js';

/** Kept as long as the tab. */
const TRIED = 'inceptionscope-isolation';
/** How long a visitor waits for the service worker, in milliseconds: one that is refused is refused at once. */
const PATIENCE = 10_000;

/** Resolves when the page may begin, isolated or not; never when it is loaded anew. */
export const settled = settle();

async function settle() {
  try {
    // A page that came by the service worker and is not isolated is one whose browser refuses.
    if (!wantsThreads || crossOriginIsolated || top !== window || !navigator.serviceWorker || navigator.serviceWorker.controller) return;
    if (sessionStorage.getItem(TRIED)) return;
    sessionStorage.setItem(TRIED, 'tried');
    const claimed = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    await inTime(Promise.all([navigator.serviceWorker.register(trusted('sw.js')), claimed]), PATIENCE);
  } catch {
    return; // private windows may refuse, and a server may have no such file
  }
  location.reload();
  await new Promise(() => {});
}
