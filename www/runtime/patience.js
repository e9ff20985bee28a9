/**
 * Waits for what a browser may never answer.
 *
 * @module
 */

/**
 * What comes, or an error once it is too late.
 * @template T
 * @param {Promise<T>} coming
 * @param {number} patience in milliseconds
 * @param {(seconds: number) => unknown} [late] makes the error, where it is told to somebody
 * @returns {Promise<T>}
 */
export async function inTime(coming, patience, late = () => new DOMException('', 'TimeoutError')) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(late(patience / 1000)), patience);
  });
  try {
    return await Promise.race([coming, /** @type {Promise<never>} */ (tooLate)]);
  } finally {
    clearTimeout(timer);
  }
}
