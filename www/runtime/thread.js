/** A worker that only computes, with the worker that has asked for it (`threads.js`): they share the module and its memory. */

import { coded } from './errors.js';
import { ofThis } from './version.js';

onmessage = async ({ data: { VERSION, glue, module, memory, thread } }) => {
  const loaded = await import(/* webpackIgnore: true */ /* @vite-ignore */ glue);
  try {
    [{ VERSION }, loaded].forEach(ofThis);
  } catch (error) {
    return crash(error);
  }
  const { default: init, run_thread } = loaded;
  await init({ module_or_path: module, memory });
  postMessage({}); // it is there
  try {
    run_thread(thread);
  } catch (error) {
    crash(error); // the others would wait for its part for ever
  }
};

/** @param {unknown} error */
function crash(error) {
  const { code, data, message } = coded(error);
  postMessage({ crashed: { code, data, message } });
}
