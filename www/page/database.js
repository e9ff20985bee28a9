/** What the page keeps in this browser, apart from weights of a site (`runtime/store.js`): databases of one store each. */

import { inTime } from '../runtime/patience.js';

/** A database that does not answer for so long, in milliseconds, is none. */
const PATIENCE = 10_000;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
export const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * @template T
 * @param {string} name
 * @param {(store: IDBObjectStore) => Promise<T>} act
 * @param {string[]} [indexes] properties by which records are found, besides `id`
 * @returns {Promise<T | null>} null where nothing is kept
 */
export async function withStore(name, act, indexes = []) {
  try {
    return await inTime(open(name, act, indexes), PATIENCE);
  } catch {
    return null;
  }
}

/** @template T @param {string} name @param {(store: IDBObjectStore) => Promise<T>} act @param {string[]} indexes */
async function open(name, act, indexes) {
  const opening = indexedDB.open(name);
  opening.onupgradeneeded = () => {
    const store = opening.result.createObjectStore(name, { keyPath: 'id' });
    for (const index of indexes) store.createIndex(index, index);
  };
  const database = await done(opening);
  try {
    const transaction = database.transaction(name, 'readwrite');
    // What is not written when the page goes away is lost.
    const written = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [answer] = await Promise.all([act(transaction.objectStore(name)), written]);
    return answer;
  } finally {
    database.close();
  }
}

/** A name for bytes: it tells them apart, and proves nothing. @param {Uint8Array} bytes @param {number} seed */
export function hashOf(bytes, seed) {
  let [a, b] = [0xdeadbeef ^ seed, 0x41c6ce57 ^ seed];
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x9e3779b1);
    b = Math.imul(b ^ byte, 0x5f356495);
  }
  return [a ^ (a >>> 15), b ^ (b >>> 13)].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
