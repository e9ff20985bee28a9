/**
 * The threads of the CPU engine: the worker that holds the network, and workers of its own (`thread.js`), which end
 * with it.
 *
 * @module
 */

import { rust } from './wasm.js';
import { startWorker } from './start.js';

/** More than these have too little to do each. */
const MOST = 8;

/**
 * Starts them, if this page may have threads.
 * @param {number | null} wanted by default as many as the processor has
 * @returns {number} how many compute, this one included
 */
export function startThreads(wanted) {
  const threads = wanted ?? Math.min(navigator.hardwareConcurrency, MOST);
  const team = threads > 1 && rust.team?.(threads);
  if (!team) return 1;
  const { others, module, memory } = team;
  team.free();
  for (const thread of others) startWorker(new URL('./thread.js', import.meta.url)).postMessage({ module, memory, thread });
  return threads;
}
