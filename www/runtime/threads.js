/** The threads of the CPU engine, on the side of the worker that holds the network. */

import { flavour } from './module.js';
import { fileAt, places } from './site.js';
import { VERSION, versioned } from './version.js';
import { rust } from './wasm.js';

/** More than these have too little to do each. */
const MOST = 8;

/**
 * Asks for them, if this page may have threads. The caller of the worker starts them (`client.js`): Firefox may wait for
 * ever where a worker makes workers while others of its own wait for work.
 * @param {number | null} wanted by default as many as the processor has
 * @returns {number} how many compute, this one included
 */
export function startThreads(wanted) {
  const threads = wanted ?? Math.min(navigator.hardwareConcurrency, MOST);
  const team = threads > 1 && rust.team?.(threads);
  if (!team) return 1;
  const { others, module, memory } = team;
  team.free();
  const glue = versioned(fileAt(flavour(places).glue)).href;
  postMessage({ team: Array.from(others, (thread) => ({ VERSION, glue, module, memory, thread })) });
  return threads;
}
