/** Everything that the page says, in Korean: the same keys as in `en.js`. */

import channel from './ko/channel.js';
import circuit from './ko/circuit.js';
import compare from './ko/compare.js';
import consent from './ko/consent.js';
import dream from './ko/dream.js';
import errors from './ko/errors.js';
import evaluate from './ko/evaluate.js';
import excites from './ko/excites.js';
import explain from './ko/explain.js';
import exporting from './ko/export.js';
import front from './ko/front.js';
import figure from './ko/figure.js';
import network from './ko/network.js';
import page from './ko/page.js';
import photo from './ko/photo.js';
import publish from './ko/publish.js';
import tour from './ko/tour.js';

export default {
  ...page, ...photo, ...network, ...figure, ...channel, ...circuit, ...compare, ...consent, ...evaluate, ...excites, ...dream,
  ...explain, ...exporting, ...front, ...publish,
  tour, errors,
};
