/** What a figure calls weights and photos. */

import { FLOWERS, IMAGENET, isUntrained, weightsOf } from '../choice.js';
import { t } from '../words.js';

/** @param {import('../choice.js').Choice} choice */
export function weightsName(choice) {
  const weights = weightsOf(choice);
  if (typeof weights !== 'string') return t.controls.file(weights.name);
  if (isUntrained(choice)) return t.controls.untrained;
  if (weights === FLOWERS.url || weights.endsWith(`/${FLOWERS.url}`)) return t.controls.flowers;
  return weights === IMAGENET.weights ? t.controls.imagenet : (weights.split('/').at(-1) ?? weights);
}

/** @param {string} image as the address has it @returns {{ photo: string, credit: string }} */
export function photoName(image) {
  const sample = /** @type {keyof typeof t.photo.credits} */ (image);
  if (Object.hasOwn(t.photo.credits, sample))
    return { photo: t.publish.sample(t.photo.names[sample]), credit: t.publish.credit(t.photo.credits[sample]) };
  return { photo: URL.canParse(image) ? t.publish.photoFrom(new URL(image).host) : t.publish.ownPhoto, credit: '' };
}
