/** Two photos or two networks beside each other. */

import { fixed, percent, shape, value } from '../../page/format.js';

export default {
  compare: {
    title: 'Compare',
    with: 'Compare with',
    nothing: 'Choose…',
    stop: 'Stop comparing',
    beforeAndAfter: 'Compare before and after',
    groups: { whatIf: 'What if', photo: 'Another photo', weights: 'Other weights' },
    choices: {
      unchanged: 'Without the changes',
      scale: 'No residual scaling: scale 1 in every block',
      ownPhoto: 'Your own photo…',
      ownWeights: 'Your own weight file…',
    },
    /** Variants of networks, by id; the standard network has none. */
    variants: {
      '': 'Standard network',
      published: 'As published: true 5×5, no batch norm',
      naive: 'Without 1×1 reductions (naive)',
      '5h': 'The Lucid version (5h)',
      'no-bn': 'Without batch norm',
      nsfwjs: 'nsfwjs, three dense layers',
      imagenet: 'For ImageNet, as in the paper',
      'relu-between': 'ReLU between depthwise and pointwise',
      'no-skip': 'Without skip connections',
    },
    titles: {
      scaled: 'Original residual scale',
      /** @param {number} factor */
      scale: (factor) => `Residual scale ${fixed(factor, 2)}`,
      changed: 'With the changes',
      /** @param {string} network */
      unchanged: (network) => `${network} without the changes`,
      ownPhoto: 'Your photo',
      ownWeights: 'Your weights',
    },
    caveats: {
      random: 'The weights are random in both, so only the arithmetic is compared; the predictions mean nothing.',
      variant:
        'These weights were trained for the network shown, not for this version. You see what the change does to ' +
        'them, not how good the other network would be after training.',
      scale:
        'These weights were trained with the network’s own residual scale. You see what another scale does to them, ' +
        'not how good the network would be after training with it.',
    },
    computing: 'Preparing the comparison…',
    /** The two sides. */
    letters: ['A', 'B'],
    difference: 'B − A',
    values: 'A, B',
    scaleNote: 'A and B share a scale.',
    /** @param {string} name @param {number} top @param {number} max */
    clipped: (name, top, max) => `${name}: values above ${value(top)} look like ${value(top)}; the maximum is ${value(max)}.`,
    side: 'What each tile shows',
    sides: { '': 'A, B and B − A', a: 'A', b: 'B', difference: 'B − A' },
    order: 'by difference',
    /** @param {string} letter @param {string} title */
    seen: (letter, title) => `What the network sees, ${letter}: ${title}`,
    /** What concerns the second side. @param {string} text */
    second: (text) => `Comparison: ${text}`,
    /** @param {string} name @param {number} a @param {number} b */
    of: (name, a, b) => `${name}: A ${percent(a)}, B ${percent(b)}`,
    /** @param {number} channel @param {number} a @param {number} b */
    tile: (channel, a, b) => `Channel ${channel}, mean A ${value(a)}, B ${value(b)}`,
    /** @param {number} mean @param {number} largest */
    differs: (mean, largest) => `|B − A| mean ${value(mean)} · max ${value(largest)}`,
    onlyA: 'Only in A.',
    /** @param {number[]} size */
    otherShape: (size) => `${shape(size)} in B, so a difference cannot be shown.`,
    branches: 'Energy of the branches',
    columns: ['Branch', 'Energy A', 'Energy B', 'Share A', 'Share B', 'Change'],
    saveAs: {
      png: 'Save the comparison as PNG',
      csv: 'Save its numbers as CSV',
      json: 'Save its numbers as JSON',
    },
    ownMissing: 'This link compares with a file that it does not contain. Choose that file under Compare to see the same view.',
    /** @param {string} text */
    unknown: (text) => `The link asks for a comparison with “${text}”, which does not exist.`,
  },
};
