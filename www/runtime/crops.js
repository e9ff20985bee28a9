/**
 * Crops of photos, in the worker: a few photos at a time, each crop with its own answer, and their average.
 *
 * @module
 */

import { coded } from './errors.js';
import { decode } from './picture.js';
import { turn } from './queue.js';

/**
 * @typedef {import('../pkg/inceptionscope.js').Session} Session
 * @typedef {import('../pkg/inceptionscope.js').Crops} Crops
 * @typedef {import('./api.js').CropAnswer} CropAnswer
 *
 * @typedef {object} Told What is told of one photo: why it cannot be used, or what is known so far.
 * @property {number} photo its place among the photos
 * @property {import('./session.js').WireError} [error]
 * @property {CropAnswer[]} [crops] all that there are; those that are not done have no answer yet
 * @property {import('./api.js').Prediction | null} [answer] the average, when all are done
 */

/** Crops that are run at a time. */
const BATCH = 12;
/** Photos are decoded until they have so many pixels: memory for one large one, or for some small ones. */
const PIXELS = 24e6;

/**
 * Answers photo by photo. What is wrong with one of them does not keep the others from it.
 * @param {<T>(use: (session: Session) => T) => Promise<Awaited<T>>} use
 * @param {Crops} steps
 * @param {{ inputs: import('./input.js').Picture[], count: number }} args
 * @param {{ cancelled: boolean, tell: (told: Told) => void }} call
 */
export async function answerEach(use, steps, { inputs, count }, call) {
  for (let next = 0; next < inputs.length && !call.cancelled;) {
    /** @type {number[]} */
    const photos = [];
    for (let pixels = 0; next < inputs.length && pixels < PIXELS && (!photos.length || (photos.length + 1) * count <= BATCH); next++) {
      try {
        pixels += await taken(use, steps, inputs[next]);
        photos.push(next);
      } catch (error) {
        const { code, data, message } = coded(error);
        if (/^(device|runtime|scope)\./.test(code)) throw error;
        call.tell({ photo: next, error: { code, data, message } });
      }
      await turn();
      if (call.cancelled) return;
    }
    if (photos.length) await answer(use, steps, photos, count, call);
    await use(() => steps.clear());
  }
}

/**
 * @param {Parameters<typeof answerEach>[0]} use @param {Crops} steps
 * @param {import('./input.js').Picture} input
 * @returns {Promise<number>} how many pixels it has
 */
async function taken(use, steps, input) {
  const picture = /** @type {Uint8Array | ImageData} */ (await decode(input));
  return use(() => (picture instanceof Uint8Array ? steps.file(picture)
    : steps.pixels(picture.width, picture.height, new Uint8Array(picture.data.buffer))));
}

/**
 * @param {Parameters<typeof answerEach>[0]} use @param {Crops} steps
 * @param {number[]} photos that were taken
 * @param {number} count crops of each
 * @param {Parameters<typeof answerEach>[3]} call
 */
async function answer(use, steps, photos, count, call) {
  const regions = await use(() => steps.regions());
  /** @type {CropAnswer[]} */
  const crops = Array.from({ length: photos.length * count }, (_, i) => {
    const [x, y, width, height, mirror] = regions.subarray(5 * i, 5 * i + 5);
    return { x, y, width, height, mirror: mirror === 1, top: null };
  });
  for (let told = 0; told < crops.length; await turn()) {
    const [done] = await use(() => steps.advance());
    if (call.cancelled) return;
    if (done === told) continue;
    const answers = await use(() => steps.answers());
    const length = answers.length / done;
    const mean = (/** @type {number} */ from, /** @type {number} */ to) => (
      use((session) => predictionOf(session.average(answers.subarray(from * length, to * length)))));
    const first = Math.floor(told / count);
    for (; told < done; told++) crops[told].top = (await mean(told, told + 1)).top;
    for (let i = first; i * count < done; i++) {
      const [from, to] = [i * count, (i + 1) * count];
      call.tell({ photo: photos[i], crops: crops.slice(from, to), answer: to <= done ? await mean(from, to) : null });
    }
  }
}

/** @param {import('../pkg/inceptionscope.js').Outcome} outcome @returns {import('./api.js').Prediction} */
export function predictionOf(outcome) {
  const { logits, probabilities, top } = outcome;
  outcome.free();
  return { logits, probabilities, top: JSON.parse(top) };
}
