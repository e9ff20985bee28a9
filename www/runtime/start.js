/**
 * Starts a worker, from whatever origin its script comes.
 *
 * @param {URL} script
 * @returns {Worker}
 */
export function startWorker(script) {
  /** @type {WorkerOptions} */
  const options = { type: 'module', name: 'inceptionscope' };
  if (script.origin === location.origin) return new Worker(script, options);
  // A worker's script has to be of the page's origin: a blob is, and it may import from any that allows it.
  const blob = new Blob([`import ${JSON.stringify(script.href)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(blob);
  const worker = new Worker(url, options);
  // Once it says something, it has its script.
  worker.addEventListener('message', () => URL.revokeObjectURL(url), { once: true });
  return worker;
}
