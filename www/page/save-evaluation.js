/** An evaluation as a file: its picture with caption, or its numbers. */

import { picture } from './picture.js';
import { json, saved, table } from './save.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').Evaluation} Evaluation
 * @typedef {import('../inceptionscope.js').PhotoAnswer} PhotoAnswer
 *
 * @typedef {object} Found
 * @property {PhotoAnswer[]} answers
 * @property {Evaluation | null} evaluation of a folder; null of one photo
 * @property {string[]} networks what they are called
 * @property {string[]} classes their names
 */

/**
 * @param {'png' | 'csv' | 'json'} kind
 * @param {Found} found
 * @param {HTMLElement} element that shows it
 * @param {Record<string, string>} about where it comes from
 * @returns {Promise<string>} what is to be said of it
 */
export async function saveEvaluation(kind, found, element, about) {
  const file = `${about.model}-evaluation.${kind}`;
  const blob =
    kind === 'png'
      ? await picture(element, t.export.caption(about))
      : kind === 'csv'
        ? table(found.evaluation ? photosOf(found) : cropsOf(found))
        : json(plain(found, about));
  return saved(blob, file);
}

/** One line a crop and network, then their averages. @param {Found} found */
function cropsOf({ answers, networks }) {
  const [answer] = answers;
  const rows = answer.crops.flatMap((crops, network) =>
    crops.map(({ x, y, width, height, mirror, top }, i) => [
      networks[network],
      i + 1,
      x,
      y,
      width,
      height,
      mirror,
      top?.[0].class ?? null,
      top?.[0].name ?? null,
      top?.[0].probability ?? null,
    ]),
  );
  const average = (/** @type {string} */ name, /** @type {import('../inceptionscope.js').Prediction | null} */ of) => [
    name,
    'average',
    null,
    null,
    null,
    null,
    null,
    of?.top[0].class ?? null,
    of?.top[0].name ?? null,
    of?.top[0].probability ?? null,
  ];
  return [
    ['network', 'crop', 'x', 'y', 'width', 'height', 'mirrored', 'class', 'name', 'probability'],
    ...rows,
    ...answer.networks.map((of, network) => average(networks[network], of)),
    ...(answer.networks.length > 1 ? [average('ensemble', answer.ensemble)] : []),
  ];
}

/** One line a photo and network. @param {Found} found */
function photosOf({ answers, networks, classes }) {
  const of = (/** @type {number | null} */ c) => (c === null ? null : (classes[c] ?? c));
  return [
    ['photo', 'class', 'network', 'predicted', 'probability', 'error'],
    ...answers.flatMap(({ name, class: own, error, networks: each, ensemble }) => {
      if (error) return [[name, of(own), null, null, null, error.code]];
      const all = [
        ...each.map((one, i) => ({ network: networks[i], one })),
        ...(each.length > 1 ? [{ network: 'ensemble', one: ensemble }] : []),
      ];
      return all.map(({ network, one }) => [
        name,
        of(own),
        network,
        one?.top[0].name ?? null,
        one?.top[0].probability ?? null,
        null,
      ]);
    }),
  ];
}

/** @param {Found} found @param {Record<string, string>} about */
function plain({ answers, evaluation, networks }, about) {
  const prediction = (/** @type {import('../inceptionscope.js').Prediction | null} */ one) =>
    one && { top: one.top, probabilities: [...one.probabilities] };
  const photos = answers.map(({ error, networks: each, ensemble, ...rest }) => ({
    ...rest,
    error: error && { code: error.code, message: error.message },
    networks: each.map(prediction),
    ensemble: prediction(ensemble),
  }));
  const scores = evaluation && { networks: evaluation.networks, ensemble: evaluation.ensemble };
  return { about, networks, ...(scores ? { scores } : {}), photos };
}
