/**
 * Photos and weight files that are the visitor's own, kept in this browser so that a reload or a link made here shows them
 * again. A link has only their names and fingerprints. Where the browser keeps nothing, they are here until the page closes.
 */

import { done, hashOf, withStore } from './database.js';

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

/** A name for what is in a file: it tells files apart, and proves nothing. @param {Blob} file @returns {Promise<string>} */
async function fingerprint(file) {
  const ends = new Blob([file.slice(0, SAMPLE), file.slice(-SAMPLE)]);
  const bytes = new Uint8Array(await ends.arrayBuffer());
  return hashOf(bytes, file.size);
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
  await withStore(NAME, async (store) => {
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
  const own = here.get(id) ?? (await withStore(NAME, (store) => done(store.get(id))));
  if (!own) return null;
  prints.set(own.file, Promise.resolve(print));
  here.set(id, own);
  return own.file;
}

/** What the browser keeps, the latest first. @returns {Promise<Own[]>} */
export async function list() {
  const all = /** @type {Own[]} */ ((await withStore(NAME, (store) => done(store.getAll()))) ?? []);
  return all.sort((a, b) => b.time - a.time);
}

/** Deletes one; what is shown of it stays until the page is loaded again. @param {string} id */
export async function forget(id) {
  here.delete(id);
  await withStore(NAME, (store) => done(store.delete(id)));
}
