/** The tour. */

import { count, fixed, list, percent, shape, value } from '../../page/format.js';

export default {
  start: 'Take the tour',
  end: 'End the tour',
  back: 'Back',
  next: 'Next',
  done: 'Done',
  opening: 'Opening…',
  /** @param {number} step @param {number} all */
  count: (step, all) => `Tour, step ${step} of ${all}`,
  lost: 'This step needs another network, which could not be opened. Go back and try again.',
  module: {
    title: 'One input, several branches',
    /** @param {string[]} lanes @param {number[]} input */
    text: (lanes, input) =>
      `This is an Inception module. Each column is one branch: ${list(lanes)}. All of them read the same ` +
      `${shape(input)} values, each with a different kernel size. Read each column from top to bottom.`,
  },
  concat: {
    title: 'Concatenated, not added',
    /** @param {{ label: string, from: number, to: number }[]} parts */
    text(parts) {
      const ranges = list(parts.map((p) => `${p.label} is channels ${p.from} to ${p.to - 1}`));
      return (
        `The output of the module is the outputs of its branches, one after the other: ${ranges}. So every ` +
        'channel belongs to exactly one branch.'
      );
    },
  },
  energy: {
    title: 'Which branch responds to your photo?',
    /** @param {string} label @param {number} share @param {number} channels */
    text: (label, share, channels) =>
      `On this photo, the ${label} branch has ${percent(share)} of the output’s energy, with ` +
      `${percent(channels)} of its channels. Choose another photo to see this change.`,
  },
  reduce: {
    title: 'Why a 1×1 convolution first?',
    /** @param {number} from @param {number} to */
    text: (from, to) =>
      `Large kernels are expensive. So the “5×5” branch first reduces its ${from} input channels to ${to} with a ` +
      '1×1 convolution, and only then applies the larger kernel.',
    /** @param {number} both @param {number} alone */
    costs: (both, alone) =>
      `Together, the two take ${count(both)} multiply-adds. The larger kernel on all input channels would take ` +
      `${count(alone)}: ${fixed(alone / both, 1)} times as many.`,
  },
  channel: {
    title: 'One channel, one value',
    /** @param {number} channel @param {number} max */
    text: (channel, max) => `Channel ${channel} of the 3×3 branch has the highest value of that branch, ${value(max)}.`,
    /** @param {number} max @param {string} node */
    most: (max, node) => `The highest value in this module, ${value(max)}, is in ${node}.`,
    how: 'Point at the map, or use the arrow keys on it, to read any value and see its receptive field on the photo.',
  },
  offer: {
    title: 'What does a residual add?',
    text:
      'In Inception-ResNet, each module only corrects its input: the output of its branches is scaled down and ' +
      'added to the input.',
    cost: 'The next step opens Inception-ResNet-v1 with random, untrained weights. Nothing is downloaded.',
    next: 'Open Inception-ResNet-v1',
  },
  residual: {
    title: 'A small correction',
    text:
      'The shortcut carries the input past the branches. Their concatenated output goes through a linear 1×1 ' +
      'convolution, is multiplied by 0.17, and is added to the input.',
    /** @param {number} share */
    change: (share) =>
      `On this photo, the residual contributes ${percent(share)} of the energy of the sum, and the shortcut the ` +
      'rest. Even untrained, a deep stack of such blocks passes its input on.',
    /** @param {string} title */
    back: (title) => `“Done” takes you back to ${title}, as it was before the tour.`,
  },
};
