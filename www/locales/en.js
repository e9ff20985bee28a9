/**
 * Everything that the page says, in English, by panel. What depends on data is a function. For another language: a file
 * beside this one with the same keys, and a line in `page/language.js`.
 */

import channel from './en/channel.js';
import circuit from './en/circuit.js';
import compare from './en/compare.js';
import consent from './en/consent.js';
import dream from './en/dream.js';
import errors from './en/errors.js';
import evaluate from './en/evaluate.js';
import excites from './en/excites.js';
import explain from './en/explain.js';
import exporting from './en/export.js';
import front from './en/front.js';
import figure from './en/figure.js';
import network from './en/network.js';
import page from './en/page.js';
import photo from './en/photo.js';
import publish from './en/publish.js';
import tour from './en/tour.js';

export default {
  ...page, ...photo, ...network, ...figure, ...channel, ...circuit, ...compare, ...consent, ...evaluate, ...excites, ...dream,
  ...explain, ...exporting, ...front, ...publish,
  tour, errors,
};
