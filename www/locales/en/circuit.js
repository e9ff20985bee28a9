/** Which channels a channel is linked with. */

import { percent, plural, shape as sized, value } from '../../page/format.js';

export default {
  circuit: {
    title: 'Circuit',
    button: 'Circuit',
    note:
      'Which channels this one reads, and which read it, by the weights alone: those of all layers in between are multiplied together, ' +
      'batch norm’s scale included (expanded weights). ReLUs are left out, and a max pool counts as a mean. So these links can act; ' +
      'whether they do depends on the photo. The number below a link is its size, the sum of its weights without their signs, ' +
      'negative where they sum to less than zero. Select a channel to see its own circuit.',
    computing: 'Multiplying weights.',
    back: 'Back',
    maps: 'Show its maps',
    grow: 'Grow missing pictures',
    /** @param {string} name @param {number} number @param {number} of */
    growing: (name, number, of) => `Growing ${name}, picture ${number} of ${of}.`,
    /** @param {string} label */
    inputs: (label) => `It reads ${label}`,
    /** @param {string} label */
    outputs: (label) => `${label} reads it`,
    excitatory: 'Excitatory',
    inhibitory: 'Inhibitory',
    /** @param {number} channels @param {number[]} shape @param {number[]} stride @param {number} listed @param {number} share */
    how: (channels, shape, [down, across], listed, share) =>
      `Kernels of ${sized(shape)}${down * across > 1 ? `, stride ${down === across ? down : sized([down, across])}` : ''}. ` +
      `The ${plural(listed, { one: 'link', other: 'links' })} listed, of ${channels}, have ${percent(share)} of the weight.`,
    colours: 'Weights:',
    /** @param {string} own @param {string} branch @param {number} sum @param {number} size */
    link: (own, branch, sum, size) =>
      `Channel ${own}${branch ? `, branch ${branch}` : ''}: its weights sum to ${value(sum)}, without signs to ${value(size)}`,
    none: 'No weights lead to it or from it.',
    noneOfKind: 'None.',
    /** @param {string} name */
    of: (name) => `Circuit of ${name}`,
  },
};
