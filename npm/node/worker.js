/** The module's worker in a thread of Node's: first what it has in a browser and lacks here. */

import { parentPort } from 'node:worker_threads';
import { fetchFile } from './files.js';

/** @type {any} */
const worker = globalThis;

worker.self = worker;
worker.onmessage = null;
// The runtime looks for a GPU where it finds these.
worker.WorkerGlobalScope = class {};
worker.navigator ??= {};
worker.fetch = fetchFile;
worker.postMessage = (/** @type {any} */ message, /** @type {{ transfer?: any[] }} */ { transfer = [] } = {}) => (
  parentPort?.postMessage(message, transfer));
worker.addEventListener = (/** @type {string} */ name, /** @type {(event: any) => void} */ listener) => {
  if (name === 'unhandledrejection') process.on('unhandledRejection', (reason) => listener({ reason }));
};
/** Pixels, as decoders make them. There are no others: no elements, and no decoder of the browser's. */
worker.ImageData = class {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
  }
};
worker.ImageBitmap = class {};
worker.createImageBitmap = async () => { throw new Error('Node decodes no pictures'); };

await import('../runtime/worker.js');
// What came meanwhile waits: reading begins with the listener.
parentPort?.on('message', (data) => worker.onmessage({ data }));
