/** Much work in pieces, between which the browser draws and listens: on a slow phone it would stand still otherwise. */

import { pause } from './dom.js';

/** Milliseconds after which the browser gets its turn. */
const PIECE = 8;

/**
 * Does work that yields where it can be interrupted.
 * @template T
 * @param {Generator<void, T>} work
 * @returns {Promise<T>}
 */
export async function inPieces(work) {
  for (let since = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - since < PIECE) continue;
    await pause();
    since = performance.now();
  }
}

/**
 * Of work that something newer may replace.
 * @template T
 * @param {Generator<void, T>} work
 * @param {() => boolean} isWanted asked after each turn of the browser
 * @returns {Promise<T | null>} null, if it was not wanted any more
 */
export const whileWanted = (work, isWanted) => inPieces(stopped(work, isWanted));

/** @template T @param {Generator<void, T>} work @param {() => boolean} isWanted @returns {Generator<void, T | null>} */
function* stopped(work, isWanted) {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    yield;
    if (!isWanted()) return null;
  }
}

/** The same without a break. @template T @param {Generator<void, T>} work @returns {T} */
export function atOnce(work) {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
