/** One channel, and one value of it. */

import { plural, shape, value } from '../../page/format.js';

/** A receptive field, or what a window reads. @param {[number, number]} span */
const span = ([from, to]) => (to - from === 1 ? String(from) : `${from}–${to - 1}`);

export default {
  channel: {
    /** @param {number} channel */
    heading: (channel) => `Channel ${channel} `,
    /** @param {string} node @param {number} channel */
    of: (node, channel) => `Channel ${channel} of ${node}`,
    fold: 'Collapse',
    unfold: 'Expand',
    /** @param {number} last */
    number: (last) => `Channel number, 0 to ${last}`,
    previous: 'Previous channel',
    next: 'Next channel',
    overlay: 'Map over the photo',
    /** @param {string} label @param {number} channel */
    inOutput: (label, channel) => `channel ${channel} of the output of ${label}`,
    /** @param {string} node @param {number} channel */
    map: (node, channel) => `Map: channel ${channel} of ${node}`,
    /** @param {number} rows @param {number} columns */
    mapSize: (rows, columns) => `${rows} × ${columns} values, counted from 0`,
    /** @param {number} row @param {number} column @param {number} v */
    reading: (row, column, v) => `row ${row}, column ${column}: ${value(v)}`,
    /** @param {[number, number]} rows @param {[number, number]} columns */
    receptiveField: (rows, columns) =>
      ` · receptive field ${rows[1] - rows[0]} × ${columns[1] - columns[0]} px: rows ${span(rows)}, columns ` +
      `${span(columns)}`,
    readingHint:
      'Point at the map to read its values; click to keep a position. Or focus the map and use the arrow keys.',
    views: { values: 'Values', kernel: 'Kernel', explain: 'One value' },
    viewsOf: 'What to show of the channel',
    stats: { min: 'Minimum', mean: 'Mean', max: 'Maximum', zeros: 'Zeros', peak: 'Peak at', nonfinite: 'Not finite' },
    /** @param {number} row @param {number} column */
    at: (row, column) => `row ${row}, column ${column}`,
    goThere: 'Read this value',
    histogram: 'Height: square root of the count',
    /** @param {number} n @param {number} from @param {number} to */
    histogramOf: (n, from, to) => `Histogram of ${n} values from ${value(from)} to ${value(to)}`,
    savePng: 'Save PNG',
    saveNpy: 'Save NPY',
    saveCsv: 'Save CSV',
  },
  zoom: { title: 'Zoom', in: 'Zoom in', out: 'Zoom out' },

  kernel: {
    /** @param {string} node @param {number[]} size @param {number} top @param {boolean} normed batch norm follows */
    of: (node, size, top, normed) =>
      `Weights of ${node}, ${shape(size)}${normed ? ', before batch norm' : ''}. Largest: ±${value(top)}.`,
    picture: 'As an image: grey is zero',
    rgb: ['red', 'green', 'blue'],
    /** @param {string} name */
    plane: (name) => `Weights for ${name}`,
    none: 'This op has no weights.',
    /** @param {number} n @param {number} all @param {string} input */
    strongest(n, all, input) {
      const which = n === all ? `The ${all} input channels` : `The ${n} strongest of ${all} input channels`;
      return `${which}, from ${input}: channel number and norm, negative where the weights sum to less than zero.`;
    },
    strongestLabel: 'Strongest input channels',
    /** @param {number} channel @param {string} input @param {number} norm */
    input: (channel, input, norm) => `Channel ${channel} of ${input}, norm ${value(norm)}`,
    /** @param {number} sum */
    sum: (sum) => `Its weights sum to ${value(sum)}`,
  },

  explain: {
    hint: 'Click a position on the map, or use the arrow keys, to see how its value was computed.',
    picture: 'This is the input image: nothing was computed.',
    /** @param {string} node @param {number} channel @param {number} row @param {number} column */
    title: (node, channel, row, column) =>
      `How channel ${channel} of ${node} was computed at row ${row}, column ${column}`,
    /**
     * @param {import('../../inceptionscope.js').Explanation['kernel']} kind
     * @param {number} n
     * @param {string} input
     * @param {[number, number]} rows
     * @param {[number, number]} columns
     */
    how(kind, n, input, rows, columns) {
      const products = plural(n, { one: 'product', other: 'products' });
      const values = plural(n, { one: 'value', other: 'values' });
      const whole = {
        products: `Sum of ${products} over`,
        products_after_relu: `Sum of ${products}, after a ReLU, over`,
        max: `Maximum of ${values} of`,
        mean: `Mean of ${values} of`,
        copy: 'The value of',
        normalized: 'Divided by the norm of its neighbours:',
        softmax: 'Its share of the sum of exponentials:',
        picture: 'The input image:',
      }[kind];
      return `${whole} ${input}, rows ${span(rows)}, columns ${span(columns)}.`;
    },
    columns: ['Channel at row, column', 'Input × weight', 'Result'],
    /** @param {number} channel @param {number} row @param {number} column */
    place: (channel, row, column) => `${channel} at ${row}, ${column}`,
    /** @param {number} channel @param {number} row @param {number} column */
    placeOf: (channel, row, column) => `Channel ${channel} at row ${row}, column ${column}`,
    /** @param {number} n */
    others: (n) => plural(n, { one: 'other', other: 'others' }),
    sum: 'Sum',
    largest: 'Maximum',
    shown: 'Value shown',
    relu: 'max(x, 0)',
    stages: {
      bias: 'Bias',
      batch_norm: 'Batch norm',
      constant: 'Fixed scale',
      sum: 'Residual sum',
      relu: 'ReLU',
      gain: 'Muting or scaling',
    },
    where: 'Contribution of each position in the window: warm adds, blue subtracts',
  },
};
