/** What was measured on this GPU, kept in the browser. */

import { inTime } from './patience.js';
import { places } from './site.js';

/** The browser's store of it. Another name once kernels change. */
const CACHE = 'inceptionscope-tuning-3';

/** How long the browser may take, in milliseconds: measuring again takes no longer. */
const PATIENCE = 2000;

/** Where it lies: an address that nobody fetches. */
async function key() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  const { vendor, architecture, device, description } = adapter?.info ?? {};
  const gpu = [vendor, architecture, device, description].map((part) => encodeURIComponent(part ?? '')).join('/');
  return new URL(`tuning/${gpu}.json`, places.root).href;
}

/** @param {string} tuning */
export async function keep(tuning) {
  // Where nothing may be stored, it is measured again the next time.
  await attempt(async () => (await caches.open(CACHE)).put(await key(), new Response(tuning)));
}

/** @returns {Promise<string | null>} */
export async function kept() {
  const found = await attempt(async () => (await (await caches.open(CACHE)).match(await key()))?.text());
  return found ?? null;
}

/** @template T @param {() => Promise<T>} ask @returns {Promise<T | null>} */
const attempt = async (ask) => inTime(ask(), PATIENCE).catch(() => null);
