/** Changes of the network that is shown: the prediction and the maps follow at once. */

import { latest } from './latest.js';

/**
 * @typedef {import('../inceptionscope.js').Prediction} Prediction
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {object} Page
 * @property {() => Scope | null} scope
 * @property {(scope: Scope, result: Prediction) => Promise<void>} onResult
 * @property {(node: string, factor: number) => void} onScaled
 * @property {(isLast: () => boolean) => Promise<void>} onShown
 * @property {(error: unknown) => void} onError
 */

export class Interventions {
  /** @param {Page} page */
  constructor(page) {
    /** Sets the residual scale of a residual sum, or multiplies another value. */
    this.scale = latest(async (isLast, /** @type {string} */ node, /** @type {number} */ factor) => {
      const scope = page.scope();
      if (!scope) return;
      try {
        const result = await scope.scale(node, factor);
        if (page.scope() !== scope) return;
        page.onScaled(node, factor);
        if (result) await page.onResult(scope, result);
        await page.onShown(isLast);
      } catch (error) {
        if (page.scope() === scope) page.onError(error);
      }
    });
  }
}
