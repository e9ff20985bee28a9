/**
 * Keeps the page's own files, so that it opens without a network. With one, every file comes from there:
 * whoever rebuilds and reloads never sees an older page. Weights are kept elsewhere (`store.js`).
 */

// `cargo xtask dist` puts in the list of files, and a hash of what is in them: a new version is fetched as a whole.
const VERSION = 'none';
const FILES = ['./'];

/** A ServiceWorkerGlobalScope, whose types do not go with those of pages. */
const worker = /** @type {any} */ (globalThis);
/** Other sites of the same origin have caches of their own. */
const OWN = `inceptionscope-page ${worker.registration.scope} `;
const CACHE = OWN + VERSION;
const addresses = new Set(FILES.map((file) => new URL(file, worker.location.href).href));
/** How long a network may take that is there, but hardly. */
const PATIENCE = 4000;

worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method === 'GET' && addresses.has(origin + pathname)) event.respondWith(answer(event.request, origin + pathname));
});

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...addresses].map((address) => new Request(address, { cache: 'no-cache' })));
  await worker.skipWaiting();
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(OWN) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** @param {Request} request @param {string} address */
async function answer(request, address) {
  const network = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const response = await Promise.race([network.catch(() => null), late]);
  if (response instanceof Response) return response;
  return (await caches.match(address, { cacheName: CACHE })) ?? network;
}
