/** A worker that only computes, with the worker that has asked for it (`threads.js`): they share the module and its memory. */

import { coded } from './errors.js';

onmessage = async ({ data: { glue, module, memory, thread } }) => {
  const { default: init, run_thread } = await import(/* webpackIgnore: true */ /* @vite-ignore */ glue);
  await init({ module_or_path: module, memory });
  postMessage({}); // it is there
  try {
    run_thread(thread);
  } catch (error) {
    // The others would wait for its part for ever.
    const { code, data, message } = coded(error);
    postMessage({ crashed: { code, data, message } });
  }
};
