/** Which channels a channel is linked with. */

import { percent, plural, shape as sized, value } from '../../page/format.js';

export default {
  circuit: {
    title: 'Circuit',
    button: 'Circuit',
    note:
      'Which channels feed this one, and which it feeds, by the weights alone: those of all layers in between are multiplied ' +
      'together, including the scale of batch norm (expanded weights). ReLUs are ignored, and a max pool counts as an average pool. ' +
      'So this shows which links can have an effect; whether they do depends on the photo. The number below a link is the sum of ' +
      'its absolute weights, with a minus where the weights sum to less than zero. Select a channel to see its own circuit.',
    computing: 'Multiplying weights…',
    back: 'Back',
    maps: 'Show its maps',
    grow: 'Grow the missing pictures',
    /** @param {string} name @param {number} number @param {number} of */
    growing: (name, number, of) => `Growing ${name}, picture ${number} of ${of}.`,
    /** @param {string} label */
    inputs: (label) => `Input from ${label}`,
    /** @param {string} label */
    outputs: (label) => `Output to ${label}`,
    excitatory: 'Excitatory',
    inhibitory: 'Inhibitory',
    /** @param {number} channels @param {number[]} shape @param {number[]} stride @param {number} listed @param {number} share */
    how: (channels, shape, [down, across], listed, share) =>
      `Kernels of ${sized(shape)}${down * across > 1 ? `, stride ${down === across ? down : sized([down, across])}` : ''}. ` +
      `The ${plural(listed, { one: 'link', other: 'links' })} listed, of ${channels}, carry ${percent(share)} of the total weight.`,
    colours: 'Weights:',
    /** @param {string} own @param {string} branch @param {number} sum @param {number} size */
    link: (own, branch, sum, size) =>
      `Channel ${own}${branch ? `, branch ${branch}` : ''}: its weights sum to ${value(sum)}, their absolute values to ${value(size)}`,
    none: 'No weights connect this channel to another.',
    noneOfKind: 'None.',
    /** @param {string} name */
    of: (name) => `Circuit of ${name}`,
  },

  kernels: {
    title: 'Kernels of a layer',
    button: 'All kernels of this layer',
    note:
      'Each square is the kernel of one channel, and each of its pixels is one position in the kernel: the weights there for all ' +
      'input channels. The colours are the first three principal components of these weights over the whole layer, and grey is ' +
      'zero. Positions of the same colour read the same combination of input channels. In networks that end in global average ' +
      'pooling, the last layers often form horizontal bands (weight banding): positions in one row are alike, and rows differ. ' +
      'Select a kernel to see the maps of its channel.',
    untrained: 'These weights are random: neighbouring positions have nothing in common.',
    /** @param {number} n @param {number} of */
    reading: (n, of) => `Reading kernel ${n} of ${of}…`,
    /** @param {string} node @param {number} count @param {number[]} size */
    of: (node, count, [channels, ...size]) =>
      `${node}: ${count} kernels of ${sized(size)}, ${plural(channels, { one: 'input channel', other: 'input channels' })}`,
    /** @param {number} row @param {number} column */
    alike: (row, column) => {
      const parts = [['row', row], ['column', column]].filter(([, found]) => Number.isFinite(found));
      const said = parts.map(([name, found]) => `${value(Number(found))} within a ${name}`);
      return `Mean cosine similarity of neighbouring positions: ${said.join(', ')}.`;
    },
    /** @param {number} share */
    share: (share) => `The three colours carry ${percent(share)} of the weights’ sum of squares.`,
    /** @param {number} channel */
    channel: (channel) => `Kernel of channel ${channel}`,
  },
};
