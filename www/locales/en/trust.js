/** What each branch adds to an answer, and whether a map can be trusted. */

import { fixed, value } from '../../page/format.js';

/** Texts that `explain.js` has under `why`. */
export default {
  /** Heads of the columns. */
  shareHead: ['Module', 'Against · for', 'Sum', 'Biases'],
  /** @param {string} label @param {number} share */
  part: (label, share) => `${label} ${value(share)}`,
  /** @param {string} label */
  showChannels: (label) => `Show the channels of ${label}`,
  /** @param {number} sum @param {number} biases @param {number} whole */
  adds: (sum, biases, whole) => `It adds ${value(sum)}. With ${value(biases)} from biases after it, that is ${value(whole)}.`,
  /** @param {string} label */
  branchesOf: (label) => `Branches of ${label}`,
  /** @param {string} label */
  channelsOf: (label) => `Channels of ${label}`,
  /** @param {number} channel */
  channel: (channel) => `Channel ${channel}`,
  /** @param {number} count @param {number} plus @param {number} minus @param {number} listed */
  channels: (count, plus, minus, listed) =>
    `${count} channels: ${value(plus)} for it, ${value(minus)} against it. The ${listed} that count most:`,
  muteEach: 'Compare: mute each channel',
  /** @param {string} label */
  removedOf: (label) => `Fall of the logit without each channel of ${label}`,
  /** @param {number} done @param {number} listed */
  removedNote: (done, listed) => `${done} were muted, one after the other. The ${listed} with the largest fall:`,
  mark: 'Bar: fall. Line: gradient × activation.',
  /** @param {number} correlation */
  ranks: (correlation) =>
    `Falls and gradient × activation agree with a rank correlation of ${fixed(correlation, 2)} (1: the same order, 0: none in common).`,
  trust: {
    title: 'Can this map be trusted?',
    points: 'Points of the curve',
    blank: 'A missing pixel is',
    read: 'Point at the curve, or use the arrow keys.',
    unknown: 'Not known yet',
    /** @param {string[]} cells */
    at: (cells) => cells.join(' · '),
    numbers: 'Numbers',
    /** @param {string} title @param {string} kind */
    saveAs: (title, kind) => `${title}: save as ${kind}`,
    whole: 'Nothing',
    byMap: 'In the order of the map',
    atRandom: 'In a random order',
    randomisation: {
      title: 'Does it need what was learned?',
      begin: 'Randomise the weights',
      head: ['Untrained, in addition', 'Rank correlation'],
      note:
        'A copy of the network loses its weights module by module, from the head on. A map that hardly changes does not show what ' +
        'was learned. A map that changes need not be right.',
      /** @param {{ correlations: (number | null)[] }} found */
      result({ correlations }) {
        const last = correlations.at(-1) ?? NaN;
        return Number.isFinite(last)
          ? `With all weights untrained, the map still has a rank correlation of ${fixed(last, 2)} with this one.`
          : 'With all weights untrained, the map is the same everywhere.';
      },
    },
    deletion: {
      title: 'Does the answer go without these pixels?',
      begin: 'Take pixels out',
      head: ['Taken out', 'By the map', 'At random'],
      note:
        'Pixels are taken out, those first that the map shows most. The sooner the probability falls, the better. The network never ' +
        'saw such photos: it may fall for the holes rather than for what is gone. Holes spread at random disturb more than one large ' +
        'hole: compare maps with each other first.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `Area under the curve: ${fixed(Number(area), 3)}; in a random order ${fixed(Number(randomArea), 3)}. Less is better.`,
    },
    insertion: {
      title: 'Do these pixels make the answer?',
      begin: 'Put pixels in',
      head: ['Put in', 'By the map', 'At random'],
      note:
        'Pixels are put in, those first that the map shows most. The sooner the probability rises, the better. It tells little where ' +
        'the answer is the same without any of them.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `Area under the curve: ${fixed(Number(area), 3)}; in a random order ${fixed(Number(randomArea), 3)}. More is better.`,
    },
  },
};
