/** Changes of the network that is shown: the prediction and the maps follow at once. */

import { changesIn, isMuted } from './changes.js';
import { latest } from './latest.js';

/**
 * @typedef {import('../inceptionscope.js').Intervention} Intervention
 * @typedef {import('../inceptionscope.js').Prediction} Prediction
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {object} Page
 * @property {() => Scope | null} scope
 * @property {() => string} wanted the changes that the address asks for
 * @property {() => boolean} live whether one picture follows the other, of a camera
 * @property {(list: Intervention[]) => void} onChanged
 * @property {(scope: Scope, result: Prediction, before: Prediction | null) => Promise<void>} onResult before: without
 *   changes, if there are any
 * @property {(isLast: () => boolean) => Promise<void>} onShown
 * @property {(error: unknown) => void} onError
 */

export class Interventions {
  /** What is changed. @type {Intervention[]} */
  list = [];
  /** The network in which it is. @type {Scope | null} */
  #scope = null;
  /** What the network says of the photo without changes. @type {Prediction | null} */
  #before = null;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** Sets the residual scale of a residual sum, or multiplies another value. */
    this.scale = latest((isLast, /** @type {string} */ node, /** @type {number} */ factor) =>
      this.#change((scope) => scope.scale(node, factor), isLast),
    );
    /** Sets the residual scale of all these blocks. */
    this.scaleAll = latest((isLast, /** @type {string[]} */ blocks, /** @type {number} */ factor) =>
      this.#change((scope) => scope.scale(blocks, factor), isLast),
    );
  }

  /** Mutes all of these nodes. @param {string[]} nodes */
  muteAll(nodes) {
    return this.#change((scope) => scope.mute(nodes));
  }

  /** Mutes these channels of a node, and no others. @param {string} node @param {number[]} channels */
  muteChannels(node, channels) {
    return this.#change(async (scope) => {
      await scope.restore(node);
      return scope.mute(node, channels);
    });
  }

  /** Mutes a node or one of its channels, or takes that back. @param {string} node @param {number | null} [channel] */
  mute(node, channel = null) {
    const muted = isMuted(this.list, node, channel);
    return this.#change(async (scope) => {
      if (!muted) return scope.mute(node, channel === null ? undefined : [channel]);
      const others = this.list.flatMap((change) =>
        change.kind === 'gain' && change.node === node && change.factor === 0 ? change.channels : [],
      );
      const rest = channel === null ? [] : others.filter((other) => other !== channel);
      const restored = await scope.restore(node);
      return rest.length ? scope.mute(node, rest) : restored;
    });
  }

  /** Undoes what is changed in a node or a residual block; all, if none is named. @param {string} [node] */
  undo(node) {
    return this.#change((scope) => scope.restore(node));
  }

  /**
   * A photo has run: what the address asks for is changed in it, too.
   * @param {Scope} scope
   * @param {Prediction} result
   */
  async ran(scope, result) {
    const { page } = this;
    const [wanted, changed] = [changesIn(page.wanted()), this.#scope === scope && this.list.length > 0];
    let after = result;
    this.#before = changed ? null : result;
    if (wanted.length || changed) {
      if (changed && !page.live()) this.#before = await scope.restore();
      if (this.#before) after = (await redo(scope, wanted, (error) => page.onError(error))) ?? this.#before;
    }
    await this.#tell(scope, after);
  }

  /** @param {(scope: Scope) => Promise<Prediction | null>} act @param {() => boolean} [isLast] */
  async #change(act, isLast = () => true) {
    const { page } = this;
    const scope = page.scope();
    if (!scope) return;
    try {
      await this.#tell(scope, await act(scope));
      if (page.scope() === scope) await page.onShown(isLast);
    } catch (error) {
      if (page.scope() === scope) page.onError(error);
    }
  }

  /** @param {Scope} scope @param {Prediction | null} result */
  async #tell(scope, result) {
    const { page } = this;
    const list = await scope.interventions();
    if (page.scope() !== scope) return;
    this.#scope = scope;
    this.list = list;
    page.onChanged(list);
    if (result) await page.onResult(scope, result, list.length ? this.#before : null);
  }
}

/**
 * Makes changes again.
 * @param {Scope} scope
 * @param {import('./changes.js').Change[]} changes
 * @param {(error: unknown) => void} onError a link may name a node of another network
 * @returns {Promise<Prediction | null>} the last one
 */
export async function redo(scope, changes, onError) {
  let after = null;
  for (const { node, residual, channels, factor } of changes) {
    try {
      const muted = factor === 0 && !residual;
      const some = channels.length > 0 ? channels : undefined;
      after = (await (muted ? scope.mute(node, some) : scope.scale(node, factor))) ?? after;
    } catch (error) {
      onError(error);
    }
  }
  return after;
}
