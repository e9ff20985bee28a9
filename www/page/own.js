/**
 * Photos and weight files that are the visitor's own, kept in this browser so that a reload or a link made here shows them
 * again. A link has only their names and fingerprints. Where the browser keeps nothing, they are here until the page closes.
 */

/**
 * @typedef {'photo' | 'weights'} Kind
 *
 * @typedef {object} Own
 * @property {string} id kind and fingerprint
 * @property {Kind} kind
 * @property {string} name of the file; empty for a picture of the camera
 * @property {Blob} file
 * @property {number} time when it was used last, in milliseconds since 1970
 */

const NAME = 'inceptionscope-own';
/** How many of each are kept: the last ones that were used. */
const MOST = { photo: 5, weights: 2 };
/** How much of a file's beginning and of its end its fingerprint is made of. */
const SAMPLE = 65_536;

/** Those of this page, by id. @type {Map<string, Own>} */
const here = new Map();
/** @type {WeakMap<Blob, Promise<string>>} */
const prints = new WeakMap();

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @template T @param {(store: IDBObjectStore) => Promise<T>} act @returns {Promise<T | null>} null where nothing is kept */
async function withStore(act) {
  try {
    const opening = indexedDB.open(NAME);
    opening.onupgradeneeded = () => opening.result.createObjectStore(NAME, { keyPath: 'id' });
    const database = await done(opening);
    try {
      const transaction = database.transaction(NAME, 'readwrite');
      // What is not written when the page goes away is lost.
      const written = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      const [answer] = await Promise.all([act(transaction.objectStore(NAME)), written]);
      return answer;
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

/** A name for what is in a file: it tells files apart, and proves nothing. @param {Blob} file @returns {Promise<string>} */
async function fingerprint(file) {
  const ends = new Blob([file.slice(0, SAMPLE), file.slice(-SAMPLE)]);
  const bytes = new Uint8Array(await ends.arrayBuffer());
  let [a, b] = [0xdeadbeef ^ file.size, 0x41c6ce57 ^ file.size];
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x9e3779b1);
    b = Math.imul(b ^ byte, 0x5f356495);
  }
  return [a ^ (a >>> 15), b ^ (b >>> 13)].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Keeps a file. @param {Kind} kind @param {Blob} file @returns {Promise<string>} its fingerprint, for the address */
export async function keep(kind, file) {
  const known = prints.get(file);
  if (known) return known;
  const print = fingerprint(file);
  prints.set(file, print);
  const id = `${kind}:${await print}`;
  const own = { id, kind, name: file instanceof File ? file.name : '', file, time: Date.now() };
  here.set(id, own);
  await withStore(async (store) => {
    await done(store.put(own));
    const all = /** @type {Own[]} */ (await done(store.getAll())).filter((other) => other.kind === kind);
    for (const old of all.sort((x, y) => y.time - x.time).slice(MOST[kind])) await done(store.delete(old.id));
  });
  return print;
}

/** The file of this fingerprint, if it is here. @param {Kind} kind @param {string} print @returns {Promise<Blob | null>} */
export async function find(kind, print) {
  if (!print) return null;
  const id = `${kind}:${print}`;
  const own = here.get(id) ?? (await withStore((store) => done(store.get(id))));
  if (!own) return null;
  prints.set(own.file, Promise.resolve(print));
  here.set(id, own);
  return own.file;
}

/** What the browser keeps, the latest first. @returns {Promise<Own[]>} */
export async function list() {
  const all = /** @type {Own[]} */ ((await withStore((store) => done(store.getAll()))) ?? []);
  return all.sort((a, b) => b.time - a.time);
}

/** Deletes one; what is shown of it stays until the page is loaded again. @param {string} id */
export async function forget(id) {
  here.delete(id);
  await withStore((store) => done(store.delete(id)));
}
