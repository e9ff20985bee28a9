/** With what the network and the photo that are shown can be compared, and what both sides are called. */

import { textOf } from '../against.js';
import { FLOWERS, IMAGENET, OWN, SYNTHETIC, flowersFit, isUntrained, weightsOf } from '../choice.js';
import { summands } from '../graph.js';
import { t } from '../words.js';
import { SAMPLES } from './photo.js';

/**
 * @typedef {import('../against.js').Against} Against
 * @typedef {import('../comparison.js').Shown} Shown
 * @typedef {{ value: string, text: string }} Option value: as the address keeps it
 */

/** Options that ask for a file. */
export const FILES = { photo: `photo:${OWN}`, weights: `weights:${OWN}` };

/**
 * @param {Shown} shown
 * @param {string[]} variants of its network
 * @returns {{ label: string, options: Option[] }[]}
 */
export function choicesOf({ scope: { graph }, choice, photo, changes }, variants) {
  const option = (/** @type {Against['kind']} */ kind, /** @type {string} */ value, /** @type {string} */ text) => ({
    value: textOf({ kind, value }),
    text,
  });
  const others = ['', ...variants].filter((variant) => variant !== choice.variant);
  const scaled = graph.nodes.some((node) => node.op === 'add' && summands(node).scale !== 1);
  const weights = [
    ...(flowersFit(choice) ? [FLOWERS.url] : []),
    ...(choice.model === IMAGENET.model && choice.variant === IMAGENET.variant ? [IMAGENET.weights] : []),
    SYNTHETIC,
    'synthetic:2',
  ].filter((each) => each !== weightsOf(choice));
  const groups = [
    {
      label: t.compare.groups.whatIf,
      options: [
        ...(changes.length ? [option('unchanged', '', t.compare.choices.unchanged)] : []),
        ...(scaled ? [option('scale', '1', t.compare.choices.scale)] : []),
        ...others.map((variant) => option('variant', variant, variantName(variant))),
      ],
    },
    {
      label: t.compare.groups.photo,
      options: [
        ...SAMPLES.filter((name) => name !== photo.name).map((name) => option('photo', name, t.photo.names[name])),
        { value: FILES.photo, text: t.compare.choices.ownPhoto },
      ],
    },
    {
      label: t.compare.groups.weights,
      options: [
        ...weights.map((each) => option('weights', each, weightsName(each))),
        { value: FILES.weights, text: t.compare.choices.ownWeights },
      ],
    },
  ];
  return groups.filter(({ options }) => options.length > 0);
}

/**
 * What the sides are called: the page's own and the other.
 * @param {Against} against @param {Shown} shown @param {string} file the name of the other one's, if it is the visitor's own
 */
export function titlesOf({ kind, value }, { photo, choice, scope }, file) {
  switch (kind) {
    case 'photo':
      return { own: photoName(photo.name, photo.file), other: photoName(value, file) };
    case 'variant':
      return { own: variantName(choice.variant), other: variantName(value) };
    case 'weights':
      return { own: weightsName(weightsOf(choice)), other: file ? t.controls.file(file) : weightsName(value) };
    case 'scale':
      return { own: t.compare.titles.scaled, other: t.compare.titles.scale(Number(value)) };
    case 'unchanged':
      return { own: t.compare.titles.changed, other: t.compare.titles.unchanged(scope.graph.title) };
  }
}

/** What has to be said of it: the weights were not trained for that. @param {Against} against @param {Shown} shown */
export function caveatOf({ kind }, { choice }) {
  if (kind !== 'variant' && kind !== 'scale') return '';
  if (isUntrained(choice)) return t.compare.caveats.random;
  return t.compare.caveats[kind];
}

/** @param {string} variant */
const variantName = (variant) =>
  Object.hasOwn(t.compare.variants, variant) ? t.compare.variants[/** @type {'published'} */ (variant)] : variant;

/** @param {string} name a sample's, an address, or `own` @param {string} file its name */
function photoName(name, file) {
  if (name === OWN) return file || t.compare.titles.ownPhoto;
  if (Object.hasOwn(t.photo.names, name)) return t.photo.names[/** @type {'cat'} */ (name)];
  return URL.canParse(name) ? (name.split('/').at(-1) ?? name) : name;
}

/** @param {string | File} weights */
function weightsName(weights) {
  if (typeof weights !== 'string') return t.controls.file(weights.name);
  if (weights === FLOWERS.url) return t.controls.flowers;
  if (weights === IMAGENET.weights) return t.controls.imagenet;
  if (weights === SYNTHETIC) return t.controls.untrained;
  if (weights === OWN) return t.compare.titles.ownWeights;
  if (weights.startsWith('synthetic:')) return t.controls.untrainedSeed(weights.slice(10));
  return t.controls.address(weights.split('/').at(-1) ?? '');
}
