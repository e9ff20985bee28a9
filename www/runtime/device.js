/** How long an error of a GPU may come before the news that it is lost, in milliseconds. */
const SOON = 200;

/** Resolves when the last device that the worker has opened is lost, with the reason. @type {Promise<string>} */
let lost = new Promise(() => {});

/**
 * Watches the devices that the runtime opens. It hears of a loss itself, but only after the errors that follow from
 * it, and where it waits for a lost device it may wait for ever.
 * @param {(reason: string) => void} told of each loss
 */
export function watch(told) {
  const adapter = globalThis.GPUAdapter?.prototype;
  if (!adapter) return;
  const { requestDevice } = adapter;
  adapter.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    if (!device.lost) return device; // some browsers do not tell
    lost = device.lost.then(({ message, reason }) => message || reason);
    lost.then(told);
    return device;
  };
}

/** Gives a loss that explains an error the time to be told first. */
export async function lostSoon() {
  await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, SOON))]);
}
