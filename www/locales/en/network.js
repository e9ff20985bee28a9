/** The network, its modules and their ops. */

import { count, fixed, kernel, list, percent, plural, shape, time, value, window } from '../../page/format.js';

/**
 * @typedef {import('../../page/graph.js').Note} Note
 * @typedef {import('../../page/graph.js').Op} Op
 */

export default {
  network: {
    title: 'The network',
    /** @param {string} paper @param {number} params @param {number} macs @param {number} modules */
    totals(paper, params, macs, modules) {
      const n = plural(modules, { one: 'module', other: 'modules' });
      return `${paper}. ${n}, ${count(params)} parameters, ${count(macs)} multiply-adds.`;
    },
    columns: { module: 'Module', output: 'Output', params: 'Parameters', macs: 'Multiply-adds', time: 'Time' },
    /** What waits for its weights, or has none. */
    blank: '–',
    minimap: 'Minimap',
    /** @param {string} label */
    goTo: (label) => `Go to ${label}`,
    kinds: {
      stem: 'stem',
      inception: 'Inception',
      reduction: 'reduction',
      residual: 'residual',
      chain: 'chain',
      head: 'head',
      auxiliary: 'training only',
    },
    /** @param {string} label */
    thumbnail: (label) => `Mean activation of ${label}`,
    search: 'Find a module or op',
    searchHint: 'name, shape or op',
    nothing: 'No module or op matches. Try “5×5”, “28×28” or “pool”.',
    /** @param {number} n */
    found: (n) => plural(n, { one: 'module matches', other: 'modules match' }),
  },
  times: {
    measure: 'Time the modules',
    about: 'Runs the photo again, op by op, and shows how long each module and each op takes on this device',
    measuring: 'Measuring…',
    /** @param {number} ms @param {number} share */
    of: (ms, share) => `${time(ms, ms < 10 ? 1 : 0)}, ${percent(share)}`,
    /** @param {number} ms */
    sum: (ms) => `${time(ms)} in total`,
  },

  module: {
    /** What a module of a network is called, by its name there. @param {string} name */
    label: (name) => name,
    /** @param {string} label */
    branches: (label) => `Branches of ${label}`,
    roles: { branch: 'Branch', shortcut: 'Shortcut', residual: 'Residual branch' },
    chain: 'Ops in order',
    joined: 'After the branches',
    concat: 'Concatenated output',
    /** @param {number[]} size */
    concatOf: (size) => `Concatenated output: ${shape(size)}`,
    /** @param {number} channels */
    concatChannels: (channels) => `Concatenated output, ${channels}`,
    /** @param {string} lane @param {number} from @param {number} to @param {number} all */
    part: (lane, from, to, all) => `${lane}: channels ${from} to ${to - 1}, ${to - from} of ${all}`,
    /** @param {number} from @param {number} to */
    range: (from, to) => `${from}–${to - 1}`,
    energy: 'Share of the output’s energy',
    /** @param {string} lane @param {number} share */
    energyOf: (lane, share) => `${lane}: ${percent(share)} of the output’s energy`,
    energyNote: 'Energy is the sum of the squares of all values.',
    /** @param {{ label: string, share: number, channels: number }[]} first those with the most @param {number} all */
    verdict(first, all) {
      const shares = first.map(
        ({ label, share, channels }) =>
          `${label} with ${percent(share)} of the output’s energy and ${percent(channels / all)} of its channels`,
      );
      return shares.length > 1
        ? `Nearly tied for the most energy on this photo: ${list(shares)}.`
        : `The most energy on this photo is in branch ${shares[0]}.`;
    },
    verdictNote:
      'Energy is the sum of the squares of all values: it tells how large values are, not how much the answer depends ' +
      'on them. To see that, remove branches one at a time:',
    untrained:
      'The weights are random, so this means nothing: other random weights give another result.',
    dead: 'No branch responds to this photo: every value is zero.',
  },

  residual: {
    name: 'Residual',
    /** @param {number} scale */
    scaled: (scale) => `Residual × ${fixed(scale, 2)}`,
    energy: 'Energy of the two terms',
    /** @param {string} label @param {number} share */
    share: (label, share) => `${label} ${percent(share)}`,
    /** @param {number} share @param {number} scale */
    verdict(share, scale) {
      const residual = scale === 1 ? 'The residual' : `The residual, scaled by ${fixed(scale, 2)},`;
      return `${residual} contributes ${percent(share)} of the energy of the sum, the shortcut ${percent(1 - share)}.`;
    },
    /** @param {string} label */
    summandsOf: (label) => `Residual sum of ${label}`,
    linear: 'Linear 1×1',
    sum: 'Sum',
    scaleAndSum: 'Scale and sum',
    unchanged: 'unchanged',
    identity: 'The input of the block, unchanged.',
    slider: 'Residual scale',
    papers: '0.1–0.3: Inception-v4 paper',
    all: 'All blocks',
    reset: 'Reset',
    /** @param {number} scale */
    resetTo: (scale) => `Reset the residual scale to ${fixed(scale, 2)}`,
  },

  ops: {
    /** @param {Op} op */
    of(op) {
      /** @type {Record<string, () => string>} */
      const names = {
        input: () => 'input',
        transform_input: () => 'transform input',
        conv2d: () => `conv ${kernel(op)}`,
        depthwise_conv2d: () => `depthwise ${kernel(op)}`,
        max_pool2d: () => `max pool ${kernel(op)}`,
        avg_pool2d: () => `average pool ${kernel(op)}`,
        adaptive_avg_pool2d: () => `average pool to ${window(op.out ?? [])}`,
        global_avg_pool2d: () => 'global average pool',
        batch_norm: () => 'BN',
        relu: () => 'ReLU',
        add: () => ((op.scale ?? 1) === 1 ? 'sum' : `sum, scale ${op.scale}`),
        local_response_norm: () => 'local response norm',
        l2_normalize: () => 'L2 norm',
        concat: () => 'concat',
        linear: () => 'linear',
        softmax: () => 'softmax',
      };
      return names[op.kind]?.() ?? op.kind;
    },
    plus: ' + ',
    validMark: 'V',
    valid: 'V: valid, without padding',
    separable: 'Separable convolution: depthwise, then pointwise',
    everyOp: 'Every op',
    everyOpHint: 'Also show values inside a fused step, before its ReLU',
    /** @param {number} n */
    params: (n) => `${count(n)} params`,
    /** @param {number} n */
    macs: (n) => `${count(n)} mult-adds`,
    /** @param {number} ms */
    time: (ms) => time(ms, ms >= 10 ? 0 : ms >= 1 ? 1 : 2),
    separator: ' · ',
    free: 'no parameters',
    /** What the papers and the published weights say of a node or a module. */
    notes: /** @type {{ [Code in Note['code']]: (value?: number) => string }} */ ({
      dropout: (share = 0) => `In training, dropout of ${percent(share / 100)} comes before this.`,
      auxiliary_loss: (weight = 0) => `Used in training only, where its loss is added with weight ${fixed(weight, 1)}.`,
      kernel_3x3_for_5x5: () => '5×5 in the paper, but 3×3 in the torchvision weights.',
      stride_on_3x3: () => 'In the published weights the stride is here; in the paper it is on the 1×1 before.',
      stem_differs: () => 'Table 1 of the paper has three 3×3 from here to the first module, the second with stride 2.',
      linear_projection: () => 'Linear: neither batch norm nor ReLU follows.',
    }),
  },

  view: {
    filter: 'Show',
    filters: { '': 'all channels', mean: 'mean at least', max: 'maximum at least', zeros: 'percent zero at most' },
    limit: 'Limit',
    /** @param {number} n @param {number} all */
    shown: (n, all) => `${n} of ${all}`,
    noneShown: 'No channel passes the filter.',
    colours: 'Colours',
    scales: { module: 'One scale per module', op: 'One scale per op', map: 'One scale per map' },
    scaleNotes: {
      module: 'All maps in this module share one scale.',
      op: 'Each op has its own scale: do not compare colours between ops.',
      map: 'Each map has its own scale: do not compare colours between maps.',
    },
    order: 'Order',
    orders: { channel: 'by channel', mean: 'by mean', max: 'by maximum', zeros: 'by share of zeros' },
    legend: 'Colour scale',
    /** @param {number} top @param {number} max */
    clipped: (top, max) => `Values above ${value(top)} look like ${value(top)}; the maximum is ${value(max)}.`,
    nonfinite: 'NaN or infinite',
    ownMaximum: 'its maximum',
    ownMinimum: '− its maximum',
    /** @param {string} top */
    atLeast: (top) => `≥ ${top}`,
  },

  maps: {
    /** @param {string} node */
    of: (node) => `Feature maps of ${node}`,
    /** @param {number} channel @param {number | null} mean */
    tile: (channel, mean) => (mean === null ? `Channel ${channel}` : `Channel ${channel}, mean ${value(mean)}`),
    /** @param {number} n */
    showAll: (n) => `Show all ${n}`,
    /** @param {number} n @param {string} node */
    showAllOf: (n, node) => `Show all ${n}: ${node}`,
    showFewer: 'Show fewer',
    /** @param {string} node */
    showFewerOf: (node) => `Show fewer maps of ${node}`,
    /** @param {number} max @param {number} mean @param {number} zeros */
    stats: (max, mean, zeros) => `max ${value(max)} · mean ${value(mean)} · ${percent(zeros)} zero`,
    /** @param {number} n */
    nonfinite: (n) => ` · ${plural(n, { one: 'value is', other: 'values are' })} NaN or infinite`,
  },
};
