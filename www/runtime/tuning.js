/** What was measured on this GPU, kept in the browser. */

import { places } from './site.js';

/** The browser's store of it. Another name once kernels change. */
const CACHE = 'inceptionscope-tuning-1';

/** Where it lies: an address that nobody fetches. */
async function key() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  const { vendor, architecture, device, description } = adapter?.info ?? {};
  const gpu = [vendor, architecture, device, description].map((part) => encodeURIComponent(part ?? '')).join('/');
  return new URL(`tuning/${gpu}.json`, places.root).href;
}

/** @param {string} tuning */
export async function keep(tuning) {
  try {
    const cache = await caches.open(CACHE);
    await cache.put(await key(), new Response(tuning));
  } catch {
    // Where nothing may be stored, it is measured again the next time.
  }
}

/** @returns {Promise<string | null>} */
export async function kept() {
  try {
    const cache = await caches.open(CACHE);
    return (await (await cache.match(await key()))?.text()) ?? null;
  } catch {
    return null;
  }
}
