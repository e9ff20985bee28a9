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
  adds: (sum, biases, whole) =>
    `It contributes ${value(sum)}. With ${value(biases)} from the biases after it, that makes ${value(whole)}.`,
  /** @param {string} label */
  branchesOf: (label) => `Branches of ${label}`,
  /** @param {string} label */
  channelsOf: (label) => `Channels of ${label}`,
  /** @param {number} channel */
  channel: (channel) => `Channel ${channel}`,
  /** @param {number} count @param {number} plus @param {number} minus @param {number} listed */
  channels: (count, plus, minus, listed) =>
    `${count} channels: ${value(plus)} for it, ${value(minus)} against it. The ${listed} that matter most:`,
  muteEach: 'Compare: mute each channel',
  /** @param {string} label */
  removedOf: (label) => `Drop of the logit without each channel of ${label}`,
  /** @param {number} done @param {number} listed */
  removedNote: (done, listed) => `${done} were muted, one at a time. The ${listed} with the largest drop:`,
  mark: 'Bar: drop. Line: gradient × activation.',
  /** @param {number} correlation */
  ranks: (correlation) =>
    `The rank correlation of the drops with gradient × activation is ${fixed(correlation, 2)} (1: the same order, 0: unrelated).`,
  trust: {
    title: 'Can this map be trusted?',
    points: 'Points of the curve',
    blank: 'Removed pixels become',
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
      title: 'Does it depend on what was learned?',
      begin: 'Randomise the weights',
      head: ['Also randomised', 'Rank correlation'],
      note:
        'In a copy of the network, the weights are randomised module by module, starting at the head. A map that hardly changes does ' +
        'not show what was learned. A map that changes is not necessarily right.',
      /** @param {{ correlations: (number | null)[] }} found */
      result({ correlations }) {
        const last = correlations.at(-1) ?? NaN;
        return Number.isFinite(last)
          ? `With all weights randomised, the map still has a rank correlation of ${fixed(last, 2)} with this one.`
          : 'With all weights randomised, the map has the same value everywhere.';
      },
    },
    deletion: {
      title: 'Does the answer depend on these pixels?',
      begin: 'Remove pixels',
      head: ['Removed', 'By the map', 'At random'],
      note:
        'Pixels are removed, starting with those that matter most according to the map. The sooner the probability drops, the better ' +
        'the map. But the network has never seen such photos, so the holes may be the cause rather than what is missing. Holes ' +
        'scattered at random disturb it more than one large hole: compare maps with each other first.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `Area under the curve: ${fixed(Number(area), 3)}; in a random order ${fixed(Number(randomArea), 3)}. Less is better.`,
    },
    insertion: {
      title: 'Are these pixels enough for the answer?',
      begin: 'Insert pixels',
      head: ['Inserted', 'By the map', 'At random'],
      note:
        'Pixels are inserted, starting with those that matter most according to the map. The sooner the probability rises, the better ' +
        'the map. This tells little if the answer is the same without any of them.',
      /** @param {{ area?: number | null, randomArea?: number | null }} found */
      result: ({ area, randomArea }) =>
        `Area under the curve: ${fixed(Number(area), 3)}; in a random order ${fixed(Number(randomArea), 3)}. More is better.`,
    },
  },
};
