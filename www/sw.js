/**
 * Keeps the page's own files, so that it opens without a network, and so that a page never mixes the files of two
 * versions: which version the page is of is decided when it is opened, and all its files are of that one. With a
 * network the page is asked for there: whoever rebuilds and reloads never sees an older one. Weights are kept
 * elsewhere (`runtime/store.js`).
 */

// `cargo xtask dist` puts in the list of files, and a name for what is in them, which is in the page as well.
const VERSION = 'none';
const FILES = ['./'];

/** A ServiceWorkerGlobalScope, whose types do not go with those of pages. */
const worker = /** @type {any} */ (globalThis);
/** Other sites of the same origin have caches of their own. */
const OWN = `inceptionscope-page ${worker.registration.scope} `;
/** Which version each open page, and each of its workers, is of: a service worker forgets when it rests. */
const CLIENTS = `${OWN}clients`;
worker.importScripts('runtime/module.js');
/** Of the compiled modules only the one that this browser runs. */
const wanted = FILES.filter((file) => !/^pkg\/.*\.wasm$/.test(file) || file === worker.inceptionscopeModule);
const addresses = new Set(wanted.map((file) => new URL(file, worker.location.href).href));
/** How long a network may take that is there, but hardly. */
const PATIENCE = 4000;

worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request, clientId, resultingClientId } = event;
  const { origin, pathname } = new URL(request.url);
  const address = origin + pathname;
  if (request.method !== 'GET' || !addresses.has(address)) return;
  event.respondWith(request.mode === 'navigate' ? page(request, address, resultingClientId)
    : file(request, address, clientId, resultingClientId));
});

async function install() {
  const cache = await caches.open(OWN + VERSION);
  await cache.addAll([...addresses].map((address) => new Request(address, { cache: 'no-cache' })));
  await worker.skipWaiting();
}

/** Versions that an open page is of stay. */
async function activate() {
  const clients = await worker.clients.matchAll({ includeUncontrolled: true, type: 'all' });
  const used = await Promise.all(clients.map((/** @type {any} */ client) => versionOf(client.id)));
  const kept = new Set([CLIENTS, ...[VERSION, ...used].map((version) => OWN + version)]);
  const old = (await caches.keys()).filter((name) => name.startsWith(OWN) && !kept.has(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  const entries = await caches.open(CLIENTS);
  const open = new Set(clients.map((/** @type {any} */ client) => key(client.id)));
  for (const { url } of await entries.keys()) if (!open.has(url)) await entries.delete(url);
  // What was open before there was a service worker came just now.
  for (const [i, { id }] of clients.entries()) await remember(id, used[i]);
  await worker.clients.claim();
}

/** Where the version of a client is kept: an address that nobody fetches. @param {string} client */
const key = (client) => new URL(`client/${client}`, worker.location.href).href;

/** @param {string} client @returns {Promise<string>} */
async function versionOf(client) {
  return (await (await caches.match(key(client), { cacheName: CLIENTS }))?.text()) ?? VERSION;
}

/** @param {string} client @param {string} version */
async function remember(client, version) {
  if (client) await (await caches.open(CLIENTS)).put(key(client), new Response(version));
}

/**
 * The page: from the network if that has a good one in time, else the one that is kept.
 * @param {Request} request
 * @param {string} address
 * @param {string} client that the page will be
 */
async function page(request, address, client) {
  const network = fetch(request, { cache: 'no-cache' }).catch(() => null);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const response = await Promise.race([network, late]);
  const text = response instanceof Response && response.ok ? await response.clone().text().catch(() => '') : '';
  const version = /<meta name="version" content="(\w+)">/.exec(text)?.[1];
  const kept = await caches.match(address, { cacheName: OWN + VERSION });
  // Without a version it is no page of ours, but what a network or a server puts in its place.
  if (version && response instanceof Response) {
    await remember(client, version);
    return response;
  }
  await remember(client, VERSION);
  return kept ?? response ?? (await network) ?? Response.error();
}

/**
 * A file of a page: of the page's version.
 * @param {Request} request
 * @param {string} address
 * @param {string} client that asks
 * @param {string} resulting the worker that the file will be, if it will be one
 */
async function file(request, address, client, resulting) {
  const version = await versionOf(client);
  await remember(resulting, version);
  const kept = await caches.match(address, { cacheName: OWN + version });
  // A version that is not kept is newer than this service worker: the network has it.
  return kept ?? fetch(request, { cache: 'no-cache' });
}
