/** What excites a channel. */

import { value } from '../../page/format.js';

export default {
  excites: {
    tab: 'What excites it',
    note:
      'A picture, grown from noise, that makes the channel’s mean as large as possible. It shows what the channel likes best, not what ' +
      'it usually sees.',
    start: 'Grow a picture',
    again: 'Start over',
    pause: 'Pause',
    goOn: 'Continue',
    another: 'Another seed',
    four: 'Four seeds',
    differ: 'Four that differ',
    /** @param {number} seed */
    ofSeed: (seed) => `seed ${seed}`,
    size: 'Size',
    /** @param {number} n */
    pixels: (n) => `${n} × ${n}`,
    seed: 'Seed',
    negative: 'What it dislikes',
    /** @param {number} done @param {number} of @param {number} now */
    progress: (done, of, now) => `Step ${done} of ${of}, mean ${value(now)}`,
    /** @param {number} done @param {number} of @param {number} now */
    progressOfAll: (done, of, now) => `Step ${done} of ${of}, mean of the four less 100 × how alike they are: ${value(now)}`,
    /** @param {string} name */
    picture: (name) => `What excites ${name}`,
    /** @param {number} from @param {number} to */
    curve: (from, to) => `The mean, step by step: from ${value(from)} to ${value(to)}`,
    /** @param {number} from @param {number} to */
    curveOfAll: (from, to) => `The mean less 100 × how alike the four are, step by step: from ${value(from)} to ${value(to)}`,
  },
};
