/** Compares what is shown with something else: another photo, another network, or the same without its changes. */

import { open } from '../inceptionscope.js';
import { againstIn, textOf } from './against.js';
import { changesIn, textOf as changesText } from './changes.js';
import { OWN, optionsOf } from './choice.js';
import { isAbort, recovered, sentence } from './faults.js';
import { summands } from './graph.js';
import { redo } from './interventions.js';
import { latest } from './latest.js';
import { titlesOf } from './panels/compare-choices.js';
import { SAMPLES, sampleAddress } from './panels/photo.js';
import { choice as tuningChoice } from './panels/tuning.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').Prediction} Prediction
 * @typedef {import('../inceptionscope.js').Progress} Progress
 * @typedef {import('./against.js').Against} Against
 * @typedef {import('./choice.js').Choice} Choice
 * @typedef {import('./graph.js').Scope} Scope
 *
 * @typedef {import('./lens.js').Side & { result: Prediction, names: string[] }} Side names: of its classes
 *
 * @typedef {object} Pair
 * @property {Against} against
 * @property {Side} a
 * @property {Side} b
 * @property {boolean} alike whether their classes are the same
 *
 * @typedef {object} Shown What the page shows, with which something is compared.
 * @property {Scope} scope
 * @property {Choice} choice
 * @property {import('./runner.js').Photo} photo
 * @property {import('../inceptionscope.js').Crop | undefined} crop
 * @property {import('../inceptionscope.js').Intervention[]} changes
 *
 * @typedef {object} Page
 * @property {() => Shown | null} shown
 * @property {() => string} wanted what the address asks for
 * @property {() => Promise<void>} still a camera ends: what is compared stands still
 * @property {(against: Against | null) => void} onAgainst it is in the address from now on
 * @property {(pair: Pair | null) => void} onPair both sides are there, or the second one has gone
 * @property {(progress: Progress | null) => void} onProgress of the second network's weights
 * @property {(text: string) => void} onTell
 * @property {(error: unknown) => void} onError
 *
 * @typedef {object} Second
 * @property {Scope} scope
 * @property {string} file the name of the visitor's own
 * @property {Prediction} result
 * @property {string} changes of a photo in the same network
 * @property {Shown['photo'] | null} photo that was run, if it is the page's
 * @property {string} crop
 */

/** @type {Prediction} */
const NOTHING = { logits: new Float32Array(), probabilities: new Float32Array(), top: [] };

export class Comparison {
  /** @type {Against | null} */
  against = null;
  /** @type {Pair | null} */
  pair = null;
  /** What the page's network says. @type {Prediction} */
  #result = NOTHING;
  /** @type {Second | null} */
  #second = null;
  #attempt = new AbortController();

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.#follow = latest(() => this.#update());
  }

  /** Frees the second network or photo. */
  leave() {
    const second = this.#second;
    this.#attempt.abort(new DOMException('superseded', 'AbortError'));
    this.#second = null;
    this.against = null;
    if (this.pair) {
      this.pair = null;
      this.page.onPair(null);
    }
    second?.scope.dispose().catch(() => {});
    this.page.onProgress(null);
  }

  /** @param {Against | null} against nothing ends comparing @param {File | null} [given] the visitor's own photo or weights */
  async start(against, given = null) {
    const { page } = this;
    this.leave();
    this.against = against;
    page.onAgainst(against);
    if (!against) return;
    if (against.value === OWN && !given) return this.#fail(t.compare.ownMissing);
    const attempt = new AbortController();
    this.#attempt = attempt;
    try {
      await page.still();
      const shown = page.shown();
      if (attempt.signal.aborted) return;
      if (!shown) {
        this.against = null; // until a photo has run
        return;
      }
      const scope = await this.#open(against, shown, given, attempt.signal);
      if (attempt.signal.aborted) {
        await scope.dispose();
        return;
      }
      const second = { scope, file: given?.name ?? '', result: NOTHING, changes: '', photo: null, crop: '' };
      this.#second = second;
      if (against.kind === 'photo') {
        second.changes = changesText(shown.changes);
        await redo(scope, changesIn(second.changes), () => {});
        await this.#run(second, given ?? addressOf(against.value));
      }
      if (against.kind === 'scale') await scope.scale(scaledBlocks(scope.graph), Number(against.value));
      await this.#follow();
    } catch (error) {
      if (!attempt.signal.aborted && !isAbort(error)) this.#fail(error);
    }
  }

  /** The page's network has an answer, of another photo or with other changes. @param {Prediction} result */
  async ran(result) {
    const { page } = this;
    this.#result = result;
    const wanted = page.wanted();
    if (wanted !== textOf(this.against)) this.want(wanted); // the first one does not wait for it
    else if (this.#second) await this.#follow();
  }

  /** Compares with what an address asks for. @param {string} text */
  async want(text) {
    const against = againstIn(text);
    if (text && !against) this.#fail(t.compare.unknown(text));
    else await this.start(against);
  }

  /** @param {Against} against @param {Shown} shown @param {File | null} given @param {AbortSignal} signal */
  async #open({ kind, value }, { scope, choice }, given, signal) {
    if (kind !== 'variant' && kind !== 'weights') return scope.fork();
    const { onProgress } = this.page;
    const second = await open({
      ...optionsOf(choice),
      ...(kind === 'variant' ? { variant: value || null } : { weights: given ?? value }),
      tune: tuningChoice(),
      signal,
      onProgress: (progress) => !signal.aborted && onProgress(progress),
      onRecover: (recovery) => this.page.onTell(t.compare.second(recovered(recovery))),
    });
    // A run says so too; whoever does not come to it has to know.
    second.ready.catch((error) => !signal.aborted && !isAbort(error) && this.#fail(error));
    return second;
  }

  /** @param {Second} second @param {import('../inceptionscope.js').Input} input @param {Shown['crop']} [crop] */
  async #run(second, input, crop) {
    try {
      second.result = await second.scope.run(input, { crop, signal: this.#attempt.signal });
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'answer.not_finite') throw error;
      second.result = NOTHING; // where it comes from can be looked at
      this.page.onError(t.compare.second(sentence(error)));
    }
  }

  /** Brings the second side up to what the page shows, and shows both. */
  async #update() {
    const { page, against } = this;
    const [second, { signal }, shown] = [this.#second, this.#attempt, page.shown()];
    if (!second || !shown || !against) return;
    try {
      const crop = Object.values(shown.crop ?? {}).join();
      const changes = changesText(shown.changes);
      if (against.kind === 'photo' && second.changes !== changes) {
        second.changes = changes;
        const bare = await second.scope.restore();
        second.result = (await redo(second.scope, changesIn(changes), () => {})) ?? bare ?? NOTHING;
      } else if (against.kind !== 'photo' && (second.photo !== shown.photo || second.crop !== crop)) {
        Object.assign(second, { photo: shown.photo, crop });
        await this.#run(second, await shown.photo.input(), shown.crop);
      }
      const [own, names, list] = await Promise.all([shown.scope.classes(), second.scope.classes(), second.scope.interventions()]);
      if (signal.aborted || page.shown()?.scope !== shown.scope) return;
      const titles = titlesOf(against, shown, second.file);
      const first = { scope: shown.scope, changes: shown.changes, result: this.#result, names: own, title: titles.own };
      const other = { scope: second.scope, changes: list, result: second.result, names, title: titles.other };
      const [a, b] = against.kind === 'unchanged' ? [other, first] : [first, other];
      this.pair = { against, a, b, alike: own.join('\n') === names.join('\n') };
      page.onProgress(null);
      page.onPair(this.pair);
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#fail(error);
    }
  }

  #follow;

  /** The second side cannot be had; the first one stays as it is. @param {unknown} error */
  #fail(error) {
    this.leave();
    this.page.onAgainst(null);
    this.page.onError(typeof error === 'string' ? error : t.compare.second(sentence(error)));
  }
}

/** Where a photo is. @param {string} name a sample's, or an address */
const addressOf = (name) => (SAMPLES.some((sample) => sample === name) ? sampleAddress(name) : name);

/** Residual blocks whose residual is scaled. @param {import('./graph.js').Graph} graph */
export const scaledBlocks = ({ nodes, modules }) =>
  nodes.filter((node) => node.op === 'add' && summands(node).scale !== 1).map((node) => modules[node.module].id);
