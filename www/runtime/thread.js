/** A worker that only computes, with the worker that has asked for it (`threads.js`): they share the module and its memory. */

import { GLUE } from './module.js';
import { ROOT } from './site.js';

onmessage = async ({ data: { module, memory, thread } }) => {
  const { default: init, run_thread } = await import(new URL(GLUE, ROOT).href);
  await init({ module_or_path: module, memory });
  run_thread(thread);
};
