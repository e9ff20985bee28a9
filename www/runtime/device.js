import { inTime } from './patience.js';

/** How long an error of a GPU may come before the news that it is lost, in milliseconds. */
const SOON = 200;
/** How long an adapter and a device are waited for, and how long work: no run that anybody waits for takes longer. */
const PATIENCE = { opening: 15_000, work: 60_000 };

/** Resolves when the last device that the worker has opened is lost, with the reason. @type {Promise<string>} */
let lost = new Promise(() => {});

/**
 * Watches the devices that the runtime opens. It hears of a loss itself, but only after the errors that follow from
 * it, and where it waits for a lost device it may wait for ever. It takes for granted that a GPU answers, and says
 * what it is: one that does not is none.
 * @param {(reason: string) => void} told of each loss
 */
export function watch(told) {
  if (!globalThis.GPU) return;
  replace(GPU.prototype, 'requestAdapter', (request) => async (options) => {
    const adapter = await inTime(request(options), PATIENCE.opening, silent).catch(() => null);
    return typeof adapter?.info?.vendor === 'string' ? adapter : null;
  });
  replace(GPUAdapter.prototype, 'requestDevice', (request) => async (descriptor) => {
    const device = await inTime(request(descriptor), PATIENCE.opening, silent);
    if (!device.lost) return device; // some browsers do not tell
    lost = device.lost.then((/** @type {GPUDeviceLostInfo} */ { message, reason }) => message || reason);
    lost.then(told);
    return device;
  });
  for (const [type, name] of /** @type {const} */ ([[GPUBuffer, 'mapAsync'], [GPUQueue, 'onSubmittedWorkDone']])) {
    replace(/** @type {any} */ (type.prototype), name, (wait) => (/** @type {any[]} */ ...args) =>
      inTime(wait(...args), PATIENCE.work, (seconds) => {
        const error = silent(seconds);
        told(error.message);
        return error;
      }));
  }
}

/** @param {number} seconds */
const silent = (seconds) => new DOMException(`the GPU has not answered for ${seconds} seconds`, 'OperationError');

/**
 * Puts another method in the place of one, which it is given.
 * @template {object} T
 * @template {keyof T} N
 * @param {T} prototype
 * @param {N} name
 * @param {(method: T[N] & ((...args: any[]) => any)) => (...args: any[]) => any} make
 */
function replace(prototype, name, make) {
  const method = /** @type {any} */ (prototype[name]);
  /** @type {any} */ (prototype)[name] = function (/** @type {any[]} */ ...args) {
    return make(method.bind(this))(...args);
  };
}

/** Gives a loss that explains an error the time to be told first. */
export async function lostSoon() {
  await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, SOON))]);
}
