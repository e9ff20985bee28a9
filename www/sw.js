/**
 * Keeps the page's own files, so that it opens without a network, and so that a page never mixes the files of two
 * versions: which version the page is of is decided when it is opened, and all its files are of that one. With a
 * network the page is asked for there: whoever rebuilds and reloads never sees an older one. Weights are kept
 * elsewhere (`runtime/store.js`).
 *
 * And it isolates the page (`page/isolation.js`), which static hosts do not, so that it may have threads.
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
/** @param {string} file */
const addressOf = (file) => new URL(file, worker.location.href).href;
const addresses = new Set(FILES.map(addressOf));
/** Of these a browser runs one, and a page says which. */
const compiled = FILES.filter((file) => file.startsWith('pkg/')).map(addressOf);
/** What is isolated, unless it is in a frame. */
const pages = new Set(['./', 'index.html'].map(addressOf));
/** How long a network may take that is there, but hardly; and a browser's storage. */
const PATIENCE = 4000;
/** The versions of clients, as far as it remembers them itself: storage may be full. @type {Map<string, string>} */
const versions = new Map();

worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener('message', (/** @type {any} */ event) => event.waitUntil(heard(event.data, event.source)));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request, clientId, resultingClientId } = event;
  const { origin, pathname } = new URL(request.url);
  const address = origin + pathname;
  if (request.method !== 'GET' || !addresses.has(address)) return;
  const response = request.mode === 'navigate' ? page(request, address, resultingClientId)
    : file(request, address, clientId, resultingClientId);
  const alone = request.destination === 'document' && pages.has(address);
  event.respondWith(alone || request.destination === 'worker' ? response.then(isolated) : response);
});

/** A first visitor waits for it (`page/isolation.js`); a later version is whole before it takes over. */
async function install() {
  if (worker.registration.active) {
    const before = (await Promise.all(compiled.map((address) => caches.match(address)))).map((kept, i) => kept && compiled[i]);
    await keep(before.filter((address) => address !== undefined));
  }
  await worker.skipWaiting();
}

/** A page has begun. @param {{ keep?: string[] }} message what it runs of what is compiled @param {any} client */
async function heard({ keep: files }, client) {
  if (files && (await versionOf(client.id)) === VERSION) await keep(files.map(addressOf)).catch(() => {}); // the network has them, or none
}

/** All that the page is made of, if it is not there yet. @param {string[]} own of what is compiled */
async function keep(own) {
  const cache = await caches.open(OWN + VERSION);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = [...addresses].filter((address) => !kept.has(address) && (!compiled.includes(address) || own.includes(address)));
  if (missing.length === 0) return;
  const files = await Promise.all(missing.map(async (address) => ({ address, response: await whole(address) })));
  // What came while the site changed may be of another version.
  const found = versionIn(await (await whole(addressOf('./'))).text());
  if (found !== VERSION) throw new Error(`the site is of version ${found} by now`);
  // The page comes last: where it is, everything is.
  const first = addressOf('./');
  await Promise.all(files.map(({ address, response }) => address !== first && cache.put(address, response)));
  await Promise.all(files.map(({ address, response }) => address === first && cache.put(address, response)));
}

/** A file of the site, once all of it has come. @param {string} address */
async function whole(address) {
  const response = await fetch(address, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`);
  return new Response(await response.blob(), response);
}

/** Which version a page is of, if it is one of ours. @param {string} text */
const versionIn = (text) => /<meta name="version" content="(\w+)">/.exec(text)?.[1];

/** With the headers that isolate a page, and that its workers need. @param {Response} response */
function isolated(response) {
  if (response.status === 0) return response; // of another kind, or an error
  const { body, status, statusText, headers: given } = response;
  const headers = new Headers(given);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(body, { status, statusText, headers });
}

async function activate() {
  await attempt(tidy);
  await worker.clients.claim();
}

/** Versions that an open page is of stay. */
async function tidy() {
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
}

/** Whether storage has not answered: it is not asked again. */
let silent = false;

/**
 * What storage answers; nothing where it refuses, or does not answer.
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T | undefined>}
 */
async function attempt(ask) {
  if (silent) return undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => {
      silent = true;
      resolve(undefined);
    }, PATIENCE);
  });
  return Promise.race([ask(), late]).catch(() => undefined).finally(() => clearTimeout(timer));
}

/** Where the version of a client is kept: an address that nobody fetches. @param {string} client */
const key = (client) => new URL(`client/${client}`, worker.location.href).href;

/** @param {string} client @returns {Promise<string>} */
async function versionOf(client) {
  const kept = await attempt(async () => (await caches.match(key(client), { cacheName: CLIENTS }))?.text());
  return kept ?? versions.get(client) ?? VERSION;
}

/** @param {string} client @param {string} version */
async function remember(client, version) {
  if (!client) return;
  versions.set(client, version);
  await attempt(async () => (await caches.open(CLIENTS)).put(key(client), new Response(version)));
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
  const version = versionIn(text);
  const kept = await attempt(() => caches.match(address, { cacheName: OWN + VERSION }));
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
  const kept = await attempt(() => caches.match(address, { cacheName: OWN + version }));
  // A version that is not kept is newer than this service worker: the network has it.
  return kept ?? fetch(request, { cache: 'no-cache' });
}
