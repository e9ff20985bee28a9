/** Pictures that grow step by step, as they are drawn: with a pause, and an end. */

import { isAbort } from './faults.js';

/**
 * @typedef {import('./graph.js').Scope} Scope
 * @typedef {import('../inceptionscope.js').Visualised} Visualised
 *
 * @typedef {Parameters<Scope['visualise']>[0] | Parameters<Scope['dream']>[0]} Wanted
 */

/** Resolves when something can be drawn; at once in a tab that is not seen. */
const frame = () =>
  new Promise((resolve) => {
    if (document.hidden) resolve(undefined);
    else requestAnimationFrame(resolve);
  });

export class Growth {
  #stop = new AbortController();
  /** Resolves when a pause ends. @type {Promise<void> | null} */
  #pause = null;
  /** Ends a pause. */
  #goOn = () => {};

  /** @param {HTMLElement} host where it is drawn: when that has left the page, it ends */
  constructor(host) {
    this.host = host;
  }

  get stopped() {
    return this.#stop.signal.aborted;
  }

  get paused() {
    return this.#pause !== null;
  }

  stop() {
    this.#stop.abort();
    this.#goOn();
  }

  pause() {
    this.#pause ??= new Promise((resolve) => {
      this.#goOn = () => {
        this.#pause = null;
        resolve();
      };
    });
  }

  goOn() {
    this.#goOn();
  }

  /**
   * Grows a picture, with all of the network's weights.
   * @param {Scope} scope
   * @param {'visualise' | 'dream'} method
   * @param {Wanted} wanted
   * @param {(made: Visualised) => void} draw told after each step
   * @returns {Promise<Visualised | null>} nothing if it was stopped
   */
  async grow(scope, method, wanted, draw) {
    const onStep = async (/** @type {Visualised} */ made) => {
      if (this.stopped) return;
      draw(made);
      await frame();
      if (!this.host.isConnected) this.stop();
      await this.#pause;
    };
    try {
      await scope.ready;
      if (this.stopped) return null;
      const made = await scope[method]({ ...wanted, onStep, signal: this.#stop.signal });
      if (this.stopped) return null;
      draw(made);
      return made;
    } catch (error) {
      if (this.stopped || isAbort(error)) return null;
      throw error;
    }
  }
}

/** @param {HTMLCanvasElement} canvas @param {Visualised} made */
export function drawMade(canvas, { width, height, rgba }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext('2d')?.putImageData(new ImageData(/** @type {any} */ (rgba), width, height), 0, 0);
}

/** A seed as it was typed. @param {string} text */
export const seedOf = (text) => Math.min(2 ** 32 - 1, Math.max(0, Math.trunc(Number(text) || 0)));
