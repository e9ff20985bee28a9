/** Pictures that channels like, kept in this browser: by the network, its weights and the channel. */

import { done, hashOf, withStore } from './database.js';
import { pngOf } from './save.js';

/**
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {object} Kept
 * @property {string} id wall and channel
 * @property {string} wall all channels of a node: see `wallOf`
 * @property {string} title of the wall, for lists
 * @property {number} channel
 * @property {number} steps that were taken
 * @property {Blob} file PNG
 * @property {number} time when it was made, in milliseconds since 1970
 */

const NAME = 'inceptionscope-pictures';
/** How the pictures are made: those that were made otherwise are others. */
export const MADE = { size: 96, seed: 0 };
const INDEXES = ['wall', 'time'];
/** How many are kept: the last ones that were made. */
const MOST = 4000;

/** @type {WeakMap<Scope, Promise<string>>} */
const prints = new WeakMap();

/** @template T @param {(store: IDBObjectStore) => Promise<T>} act */
const withPictures = (act) => withStore(NAME, act, INDEXES);

/**
 * A name for a network's weights, wherever they came from: of what the first channel of each of its layers is made with.
 * @param {Scope} scope
 */
async function fingerprint(scope) {
  const layers = scope.graph.nodes.filter(({ op }) => /conv|linear/.test(op));
  const kernels = await Promise.all(layers.map(({ id }) => scope.kernel(id, 0).catch(() => null)));
  const parts = kernels.map((kernel) => {
    const { buffer = new ArrayBuffer(0), byteOffset = 0, byteLength = 0 } = kernel?.data ?? {};
    return hashOf(new Uint8Array(buffer, byteOffset, byteLength), byteLength);
  });
  return hashOf(new TextEncoder().encode(parts.join()), parts.length);
}

/**
 * What the pictures of a node's channels are known by: network, weights, node, and how they are made.
 * @param {Scope} scope whose weights are all there
 * @param {string} node
 */
export async function wallOf(scope, node) {
  const print = prints.get(scope) ?? fingerprint(scope);
  prints.set(scope, print);
  const { model, variant } = scope.graph;
  return [model, variant ?? '', await print, node, Object.values(MADE).join()].join(' ');
}

/** All of a wall. @param {string} wall @returns {Promise<Kept[]>} */
export const keptOf = async (wall) =>
  (await withPictures((store) => done(store.index('wall').getAll(wall)))) ?? [];

/** One to be drawn; null if the browser cannot read it any more. @param {Kept} kept */
export const bitmapOf = ({ file }) => createImageBitmap(file).catch(() => null);

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap */
export function draw(canvas, bitmap) {
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
}

/** Keeps what is drawn. @param {HTMLCanvasElement} canvas @param {Omit<Kept, 'id' | 'time' | 'file'>} picture */
export async function keepDrawn(canvas, picture) {
  const file = await pngOf(canvas);
  if (file) await keep({ ...picture, file });
}

/** Keeps one, in place of the same channel's. @param {Omit<Kept, 'id' | 'time'>} picture */
export async function keep(picture) {
  await withPictures(async (store) => {
    await done(store.put({ ...picture, id: `${picture.wall} ${picture.channel}`, time: Date.now() }));
    let over = (await done(store.count())) - MOST;
    const cursor = store.index('time').openCursor();
    while (over > 0 && (await done(cursor))) {
      over -= 1;
      cursor.result?.delete();
      cursor.result?.continue();
    }
  });
}

/** What is kept, by wall. @returns {Promise<{ wall: string, title: string, count: number, bytes: number }[]>} */
export async function walls() {
  /** @type {Map<string, { wall: string, title: string, count: number, bytes: number }>} */
  const found = new Map();
  for (const { wall, title, file } of (await withPictures((store) => /** @type {Promise<Kept[]>} */ (done(store.getAll())))) ?? []) {
    const one = found.get(wall) ?? { wall, title, count: 0, bytes: 0 };
    found.set(wall, Object.assign(one, { count: one.count + 1, bytes: one.bytes + file.size }));
  }
  return [...found.values()];
}

/** Deletes a wall; what is shown of it stays until it is opened again. @param {string} wall */
export const forgetWall = (wall) =>
  withPictures(async (store) => {
    for (const key of await done(store.index('wall').getAllKeys(wall))) store.delete(key);
  });
