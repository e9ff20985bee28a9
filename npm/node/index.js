/**
 * The module in Node: the same, with Node's files and worker threads in place of a page's. The CPU computes.
 *
 * @module
 */

import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { platform } from '../runtime/platform.js';
import { fetchFile } from './files.js';

/** Node's thread as the worker of a page. It keeps the process alive only while a call waits for its answer. */
class Thread {
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onerror = null;
  #thread = new Worker(new URL('./worker.js', import.meta.url), { name: 'inceptionscope' });
  /** Calls without an answer. @type {Set<number>} */
  #waiting = new Set();

  constructor() {
    this.#thread.on('message', (data) => {
      if ('value' in data || 'error' in data) this.#waiting.delete(data.id);
      if (this.#waiting.size === 0) this.#thread.unref();
      this.onmessage?.({ data });
    });
    this.#thread.on('error', (/** @type {Error} */ error) => this.onerror?.({ message: error.message, preventDefault() {} }));
    this.#thread.unref();
  }

  /** @param {any} message */
  postMessage(message) {
    this.#thread.postMessage(message);
    if (!('method' in message)) return;
    this.#waiting.add(message.id);
    this.#thread.ref();
  }

  terminate() {
    this.#thread.terminate();
  }
}

Object.assign(platform, {
  base: () => pathToFileURL(`${process.cwd()}/`).href,
  fetch: fetchFile,
  startWorker: () => new Thread(),
});

export * from '../inceptionscope.js';
