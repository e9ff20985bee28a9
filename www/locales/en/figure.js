/** The network as a figure. */

import { list, shape } from '../../page/format.js';

export default {
  figure: {
    views: { label: 'View', figure: 'Figure', list: 'List' },
    kinds: { label: 'Maps', strongest: 'Strongest map', mean: 'Mean map' },
    /** What the maps of a figure are: of each kind. */
    about: {
      strongest: 'For each op, the map with the most energy, on its own scale',
      mean: 'For each op, the mean of its maps, on its own scale',
    },
    /** @param {string} network */
    of: (network) => `${network} as a figure`,
    keys: 'Arrow keys move through modules and ops, Enter opens, plus and minus zoom, 0 shows the whole network.',
    touch: 'Two fingers zoom and move the figure.',
    whole: 'Whole network',
    /** @param {string} module @param {number[]} size */
    module: (module, size) => `${module}, ${shape(size)}`,
    /** @param {string[]} ops @param {number[]} size @param {string} branch */
    op: (ops, size, branch) => `${list(ops)}, ${shape(size)}${branch ? `, branch ${branch}` : ''}`,
    /** @param {string} op @param {number} channel */
    channel: (op, channel) => `${op}: channel ${channel}`,
    /** @param {string} label */
    close: (label) => `Close ${label}`,
    save: { png: 'Save as PNG', svg: 'Save as SVG (A1)' },
    /** While all maps of the network are being computed. */
    saving: 'Drawing the whole figure…',
  },
};
