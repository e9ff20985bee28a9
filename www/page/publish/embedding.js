/** The HTML that shows a figure in another page. */

import { OWN } from '../choice.js';
import * as hash from '../hash.js';
import { language } from '../language.js';
import { SAMPLES } from '../panels/photo.js';

/** @param {string} text */
const quoted = (text) => `"${text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')}"`;

/** What others can load, of what is shown. @param {import('../hash.js').State} state */
const shared = (state) => ({
  ...state,
  image: state.image === 'own' ? SAMPLES[0] : state.image,
  crop: state.image === 'own' ? '' : state.crop,
  photo: '',
  weights: state.weights === OWN ? '' : state.weights,
});

/**
 * @param {import('../hash.js').State} state its `publish` is the figure
 * @param {number} height in pixels, until the frame tells
 * @param {string} title
 */
export function frameCode(state, height, title) {
  const address = new URL(`embed.html?lang=${language}${hash.fragment(shared(state))}`, document.baseURI).href;
  return `<iframe src=${quoted(address)} title=${quoted(title)} width="100%" height="${height}" loading="lazy" style="border:0"></iframe>`;
}

/** @param {import('../hash.js').State} state its `publish` is the figure @param {string} title */
export function elementCode(state, title) {
  const { model, variant, profile, weights, image, crop, changes, publish } = shared(state);
  const address =
    weights && URL.canParse(weights, document.baseURI) && /[/.]/.test(weights)
      ? new URL(weights, document.baseURI).href
      : weights;
  const attributes = {
    model,
    variant,
    profile,
    weights: address,
    photo: image,
    crop,
    changes,
    figure: publish,
    language,
    title,
  };
  const given = Object.entries(attributes)
    .filter(([, value]) => value)
    .map(([name, value]) => ` ${name}=${quoted(value)}`);
  const script = new URL('embed.js', document.baseURI).href;
  return `<script type="module" src=${quoted(script)}></script>\n<inception-scope${given.join('')}></inception-scope>`;
}
