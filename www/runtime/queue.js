/**
 * The order of calls. Changes happen one after another, in the order in which they were asked for, and
 * each question is answered in the state in which it was asked: after the changes before it have begun, and
 * before the changes after it begin.
 *
 * @module
 */

/** The calls of one scope. */
export class Queue {
  /** Resolves when every change so far has begun. @type {Promise<unknown>} */
  #begun = Promise.resolve();
  /** Resolves when every call so far is answered. @type {Promise<unknown>} */
  #answered = Promise.resolve();

  /**
   * Changes something once everything before it is answered.
   * @template T
   * @param {(begun: () => void) => Promise<T>} work calls `begun` when questions that come after it can be
   *   answered in the new state; its end counts as well
   * @returns {Promise<T>}
   */
  change(work) {
    let begun = () => {};
    const hasBegun = new Promise((resolve) => { begun = () => resolve(undefined); });
    const result = this.#answered.then(() => work(begun)).finally(begun);
    this.#begun = hasBegun;
    this.#answered = result.catch(() => {});
    return result;
  }

  /**
   * Answers a question once the changes before it have begun.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  ask(work) {
    const result = this.#begun.then(work);
    this.#answered = Promise.allSettled([this.#answered, result]);
    return result;
  }
}

/** @type {Promise<unknown>} */
let lock = Promise.resolve();

/**
 * Uses the runtime, which does one thing at a time: scopes share a network's weights and its device.
 * @template T
 * @param {() => T} use
 * @returns {Promise<Awaited<T>>}
 */
export function exclusive(use) {
  const result = lock.then(use);
  lock = result.catch(() => {});
  return /** @type {Promise<Awaited<T>>} */ (result);
}

/** Wakes those who wait for something to happen. */
export class Bell {
  #wake = () => {};
  /** Resolves at the next ring. @type {Promise<unknown>} */
  next = this.#cast();

  ring() {
    const wake = this.#wake;
    this.next = this.#cast();
    wake();
  }

  #cast() {
    return new Promise((resolve) => { this.#wake = () => resolve(undefined); });
  }
}

/** Lets messages that have come in be read. */
export function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(null);
  });
}
