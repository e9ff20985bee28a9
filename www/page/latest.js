/**
 * Work that follows a hand: one call at a time, and of what is asked for meanwhile only the last.
 * @template {unknown[]} Args
 * @param {(isLast: () => boolean, ...args: Args) => Promise<unknown>} work `isLast`: nothing newer waits
 * @returns {(...args: Args) => Promise<void>} resolves when nothing waits any more
 */
export function latest(work) {
  /** @type {Args | null} */
  let waiting = null;
  /** @type {Promise<void> | null} */
  let working = null;
  const isLast = () => waiting === null;
  async function turn() {
    try {
      while (waiting) {
        const args = waiting;
        waiting = null;
        await work(isLast, ...args);
      }
    } finally {
      working = null;
    }
  }
  return (...args) => {
    waiting = args;
    working ??= turn();
    return working;
  };
}
