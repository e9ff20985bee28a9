/**
 * Everything that the page says, in English, by panel. What depends on data is a function. Another language is a file
 * beside this one with the same keys, named in `page/language.js`.
 */

import { bytes, count, either, fixed, list, percent, plural, shape, time, value, window } from '../page/format.js';
import { errors } from './en-errors.js';

/**
 * @typedef {import('../page/graph.js').Op} Op
 * @typedef {import('../page/graph.js').Engine} Engine
 */

/** A change of a share, with its sign. @param {number} x */
function change(x) {
  if (Math.abs(x) < 0.0005) return 'No change';
  return `${x > 0 ? '+' : '−'}${fixed(100 * Math.abs(x), 1)} percentage points`;
}

/** A window and its stride: “3×3 /2”. @param {Op} op */
function kernel({ kernel = [], stride = [1, 1] }) {
  const [rows, columns] = stride;
  if (rows === 1 && columns === 1) return window(kernel);
  return `${window(kernel)} /${rows === columns ? rows : window(stride)}`;
}

/** A receptive field, or what a window reads. @param {[number, number]} span */
const span = ([from, to]) => (to - from === 1 ? String(from) : `${from}–${to - 1}`);

export default {
  errors,

  page: {
    title: 'Inceptionscope',
    tagline: 'Look inside every branch of every Inception module, on your own photo.',
    skip: 'Skip to the network',
    close: 'Close',
    noRuntime:
      'The page could not start. Reload it. If that does not help, use a current version of Chrome, Edge, Firefox or Safari.',
    /** @param {string} model @param {string[]} known */
    unknownModel: (model, known) => `There is no network “${model}”. Choose ${either(known)}.`,
    /** @param {string} node */
    unknownNode: (node) => `This network has no node “${node}”, so only the network is shown.`,
    ownWeightsMissing: 'This link was made with a weight file that it does not contain. Choose or drop the file to see the same.',
  },

  alert: {
    /** @param {number} n */
    details: (n) => plural(n, { one: 'detail', other: 'details' }),
    unchanged: 'What was shown before is still here.',
  },

  controls: {
    title: 'Network, weights and engine',
    network: 'Network',
    variant: 'Variant',
    standard: 'Standard',
    profile: 'Profile',
    automaticProfile: 'Set by the weights',
    /** @param {string} id */
    automaticProfileIs: (id) => `${id} (auto)`,
    /** @param {import('../inceptionscope.js').Profile} profile */
    profileAbout({ id, mean, std }) {
      const numbers = (/** @type {number[]} */ all) => all.map((v) => fixed(v, 3)).join(', ');
      return `${id}: mean ${numbers(mean)}; standard deviation ${numbers(std)}`;
    },
    weights: 'Weights',
    flowers: 'Five flowers (trained)',
    untrained: 'Random, untrained',
    /** @param {string} seed */
    untrainedSeed: (seed) => `Random, untrained (seed ${seed})`,
    ownFile: 'Your own file or class names …',
    /** @param {string} name */
    file: (name) => `File: ${name}`,
    /** @param {string} name */
    address: (name) => `URL: ${name}`,
    engine: 'Engine',
    engines: { auto: 'Automatic', gpu: 'WebGPU', cpu: 'CPU' },
  },

  help: {
    /** @param {string} what */
    about: (what) => `What is this: ${what}?`,
    variant: 'Another version of the same network: as first published, for example, or with one part left out to show what that part does.',
    profile:
      'What the weights assume but do not say: how the photo is resized, cropped and normalised, and details such as padding. Each set of trained weights has its own; “auto” uses what the file or its source says.',
    stored: 'Weights you load are kept in this browser, so they open at once next time, even offline. See how much space they take, or delete them.',
  },

  status: {
    title: 'Weights and engine',
    flowers: 'This network knows only five flowers: daisy, dandelion, rose, sunflower, tulip.',
    untrained: 'Random, untrained weights. The arithmetic is real, but the predictions mean nothing.',
    own: 'Your own weights. They stay in this tab.',
    /** @param {string} name */
    file: (name) => `Weights: ${name}.`,
    insecure: 'This page is not served over HTTPS, so there is no WebGPU and no storage: it runs on the CPU and keeps nothing.',
    /** What computes, and why. @param {Engine} engine */
    engine({ engine, why, adapter, detail }) {
      const gpu = adapter || 'a GPU the browser does not name';
      if (why === 'chosen') return engine === 'gpu' ? `Runs on WebGPU (${gpu}), as you chose.` : 'Runs on the CPU, as you chose.';
      if (why === 'hardware') return `Runs on WebGPU: ${gpu}.`;
      if (why === 'software') return `Runs on the CPU: the only GPU here (${gpu}) is emulated in software, which is slower.`;
      if (why === 'lost') return 'Runs on the CPU: the GPU stopped working twice within a minute.';
      return detail ? `Runs on the CPU: ${detail}.` : 'Runs on the CPU: this browser has no WebGPU.';
    },
    /** The device was lost and is back. @param {'gpu' | 'cpu'} engine */
    recovered: (engine) =>
      engine === 'gpu'
        ? 'The GPU was reset. The network was loaded again and shows the same as before.'
        : 'The GPU stopped working. The network now runs on the CPU and shows the same as before.',
  },

  loading: {
    title: 'Loading',
    starting: 'Starting',
    stages: {
      download: 'Loading weights',
      reconnect: 'Connection lost; retrying',
      prepare: 'Preparing the engine',
      ready: 'Ready',
    },
    /** @param {number} loaded @param {number | null} total @param {number | null} left seconds */
    loaded(loaded, total, left) {
      const size = total ? `${bytes(loaded)} of ${bytes(total)}` : bytes(loaded);
      return left === null ? size : `${size}, about ${Math.ceil(left)} s left`;
    },
    /** @param {number} loaded @param {number} total */
    arrived: (loaded, total) => `${loaded ? bytes(loaded) : 0} of ${bytes(total)}`,
    /** @param {number} seconds */
    inSeconds: (seconds) => `in ${Math.ceil(seconds)} s`,
    notKept: '(not kept: the browser has no space left)',
    cancel: 'Cancel',
    cancelled: 'Cancelled. Choose a network or weights.',
    ready: 'Ready. Choose or drop a photo.',
  },

  run: {
    running: 'Running …',
    /** @param {number} ms */
    took: (ms) => `Ran in ${time(ms)}`,
  },

  tuning: {
    untuned: 'Kernels are chosen by the type of GPU; they have not been tuned on this one.',
    running: 'Tuning kernels …',
    /** @param {number} classes @param {number} before @param {number} after milliseconds */
    tuned(classes, before, after) {
      const n = plural(classes, { one: 'class', other: 'classes' });
      return `Kernels are tuned for this GPU: ${n} of convolutions, ${time(after)} instead of ${time(before)}.`;
    },
    start: 'Tune now',
    again: 'Tune again',
    off: 'Turn off auto-tuning',
    on: 'Turn on auto-tuning',
  },

  weights: {
    button: 'ImageNet weights',
    title: 'ImageNet weights',
    about:
      'ImageNet weights are too large to ship with this page. Download a file from its source and choose or drop it here, or open it from its URL where the host allows that. The page checks that the file is complete, that its tensors have the network’s names and shapes, and the SHA-256 of each tensor where the file states one. It cannot check that the file is the one its source published.',
    columns: { network: 'Network', file: 'File', size: 'Size', accuracy: 'Top-1', licence: 'Licence' },
    none: 'The list of weights could not be loaded. Check the connection and try again.',
    download: 'Download',
    /** @param {string} title */
    downloadOf: (title) => `Download ${title}`,
    thenDrop: 'The host does not let other sites read this file. Download it, then drop it here.',
    byCommand: 'Part of an npm package: this command puts it beside the page.',
    tfjs: 'A TF.js model is split into many files. `inceptionscope convert` turns them into one file that you can drop here.',
    open: 'Open',
    /** @param {string} title */
    openOf: (title) => `Open ${title} from its URL`,
    choose: 'Choose a weight file or class names',
  },

  storage: {
    button: 'Saved weights',
    title: 'Weights saved in this browser',
    about: 'Weights you load are saved here, so they open at once next time, even offline. Nothing leaves this device.',
    columns: { file: 'File', size: 'Size', state: 'State' },
    none: 'Nothing is saved. Private windows and pages without HTTPS save nothing.',
    complete: 'complete',
    /** @param {number | null} share */
    partial: (share) => (share === null ? 'interrupted' : `interrupted at ${percent(share)}`),
    /** @param {number} sum @param {number | null} quota */
    total: (sum, quota) => `${bytes(sum)} in total${quota ? `; the browser allows ${bytes(quota)}` : ''}.`,
    delete: 'Delete',
    /** @param {string} name */
    deleteOf: (name) => `Delete ${name}`,
  },

  photo: {
    title: 'Photo',
    samples: 'Sample photos',
    names: { dandelion: 'Dandelion', dahlia: 'Dahlia', cat: 'Cat', coffee: 'Coffee', pagoda: 'Pagoda' },
    /** @param {string} name */
    unknownToFlowers: (name) => `${name} (not one of the five flowers)`,
    credits: {
      dandelion: 'By Clemens Engelhardt, CC0',
      dahlia: 'By vultilion, CC BY 2.0',
      cat: 'By Stefan van der Walt, CC0',
      coffee: 'By Rachel Michetti, CC0',
      pagoda: 'By danielbuechele, CC BY 2.0',
    },
    sources: 'Sources and licences',
    own: 'Your own photo. It stays in this tab.',
    choose: 'Choose a photo',
    dropHint: 'or drop or paste one',
    dropHere: 'Drop a photo, a weight file (.safetensors, .pth), or class names (.txt, .json)',
    /** @param {number[]} size rows and columns of the input @param {number[]} [from] rows and columns of the photo, if enlarged */
    seen([rows, columns], from) {
      const seen = `What the network sees: ${columns} × ${rows} pixels`;
      return from ? `${seen}, enlarged from ${Math.round(from[1])} × ${Math.round(from[0])}` : seen;
    },
    none: 'No photo yet',
    /** @param {string} type */
    notAPhoto: (type) => `This is ${type || 'a file of unknown type'}, not a photo. Choose a JPEG, PNG or WebP image.`,
    /** @param {string} name */
    notHere: (name) =>
      `${name} is not a photo. Choose a JPEG, PNG or WebP image here. For weights and class names, use “Your own file or class names …” under Weights, or drop the file anywhere on the page.`,
    noFile: 'There was no file in what you dropped or pasted. Use “Choose a photo” instead.',
    sampleFailed: 'The sample photo could not be loaded. Check the connection and try again.',
  },

  photoUrl: {
    summary: 'Photo from a URL',
    label: 'URL of a photo',
    hint: 'The host must allow other sites to read the file.',
    load: 'Load',
    /** @param {string} host */
    from: (host) => `Photo from ${host}`,
    /** @param {string} text */
    bad: (text) => `“${text}” is not the URL of a photo. Enter one that starts with https://.`,
    /** @param {string} host */
    unreachable: (host) =>
      `The photo could not be read from ${host}: either there is no connection, or the host does not let other sites read its files (CORS). Save the photo and choose the file instead.`,
    /** @param {string} host @param {number} status */
    refused: (host, status) => `${host} answered ${status} instead of a photo. Check the URL.`,
  },

  camera: {
    start: 'Camera',
    stop: 'Stop camera',
    /** @param {number} ms */
    live: (ms) => `Camera: ${fixed(1000 / ms, ms > 500 ? 1 : 0)} frames per second`,
    refused: 'The camera is blocked. Allow it for this page in the browser’s address bar, then try again.',
    none: 'No camera was found. Connect one, or choose a photo instead.',
    busy: 'Another program is using the camera. Close it and try again.',
    insecure: 'The camera needs HTTPS. Open this page over HTTPS, or choose a photo instead.',
    /** @param {string} why */
    failed: (why) => `The camera could not be started (${why}). Choose a photo instead.`,
  },

  crop: {
    frame: 'Part of the photo that the network sees',
    hint: 'Drag to move. Pinch, or Ctrl and scroll, to zoom. Arrow keys, + and − also work; 0 resets.',
    tools: 'Crop',
    closer: 'Zoom in',
    wider: 'Zoom out',
    reset: 'Reset the crop',
    /** @param {number} x @param {number} y @param {number} size */
    told: (x, y, size) => `${Math.round(size)} × ${Math.round(size)} pixels from column ${Math.round(x)}, row ${Math.round(y)}`,
  },

  asked: {
    /** @param {string} name */
    title: (name) => `This link was made with a photo that it does not contain${name ? ` (${name})` : ''}.`,
    same: 'Choose that photo to see the same.',
    /** @param {string} label */
    module: (label) => `Choose that photo to open ${label} on it.`,
    /** @param {string} node @param {string} channel @param {number[] | null} at row and column */
    channel: (node, channel, at) =>
      `Choose that photo to open channel ${channel} of ${node} on it${at ? `, at row ${at[0]}, column ${at[1]}` : ''}.`,
    waiting: 'The feature maps are waiting for the photo.',
  },

  predictions: {
    title: 'Predictions',
    none: 'Predictions appear here once a photo has run.',
    untrained: 'Untrained weights: these predictions mean nothing.',
    unnamed:
      'These weights come without class names, so “class 12” is output 12, counted from 0. To name the classes, use “Your own file or class names …” under Weights.',
    /** @param {string} name @param {number} p */
    of: (name, p) => `${name}: ${percent(p)}`,
    heads: 'Auxiliary heads (training only)',
    main: 'Main',
  },

  follow: {
    label: 'Track a class from run to run',
    hint: 'class name',
    /** @param {string} name */
    of: (name) => `Track ${name}`,
    /** @param {string} name */
    none: (name) => `There is no class “${name}”.`,
    first: 'The next run shows how it changes.',
    /** @param {number} x */
    change: (x) => `${change(x)} since the last run`,
    /** @param {string} name @param {number[]} values */
    history(name, values) {
      const runs = values.length === 1 ? 'last run' : `last ${values.length} runs`;
      return `${name} in the ${runs}: ${values.slice(-8).map(percent).join(', ')}`;
    },
    stop: 'Stop',
    /** @param {string} name */
    stopOf: (name) => `Stop tracking ${name}`,
  },

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
    measuring: 'Measuring …',
    /** @param {number} ms @param {number} share */
    of: (ms, share) => `${time(ms, ms < 10 ? 1 : 0)}, ${percent(share)}`,
    /** @param {number} ms */
    sum: (ms) => `${time(ms)} in total`,
  },

  module: {
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
    /** @param {string} lane @param {number} share @param {number} channels @param {number} all */
    verdict: (lane, share, channels, all) =>
      `The ${lane} branch has the largest activations on this photo: ${percent(share)} of the output’s energy, from ${channels} of ${all} channels.`,
    /** @param {string} dense the branch whose channels have the most energy each, if another */
    verdictNote(dense) {
      const energy = 'Energy is the sum of the squares of all values, so large values and many channels count for more. It does not measure importance.';
      return dense ? `${energy} Per channel, the ${dense} branch has the most.` : energy;
    },
    untrained: 'The weights are random, so this says nothing about the photo: other random weights give another result.',
    dead: 'No branch responds to this photo: every value is zero.',
  },

  residual: {
    name: 'Residual',
    /** @param {number} scale */
    scaled: (scale) => `Residual × ${fixed(scale, 2)}`,
    energy: 'Energy of the summands',
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
    /** @param {number} scale */
    scaleAndSum: (scale) => (scale === 1 ? 'Sum' : `Scale × ${fixed(scale, 2)} and sum`),
    unchanged: 'unchanged',
    identity: 'The input of the block, unchanged.',
    slider: 'Residual scale',
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
    everyOpHint: 'Also show values inside a fused step: convolution and batch norm before their ReLU',
    /** @param {number} n */
    params: (n) => `${count(n)} params`,
    /** @param {number} n */
    macs: (n) => `${count(n)} mult-adds`,
    /** @param {number} ms */
    time: (ms) => time(ms, ms >= 10 ? 0 : ms >= 1 ? 1 : 2),
    separator: ' · ',
    free: 'no parameters',
    /** What the papers and the published weights say of a node or a module. */
    notes: /** @type {Record<string, (value?: number) => string>} */ ({
      dropout: (p) => `In training, dropout${p ? ` of ${percent(p)}` : ''} comes before this.`,
      aux_loss: (weight) => `Used in training only: its loss is added with weight ${weight ?? 0.3}.`,
      five_by_five: () => 'A 5×5 convolution in the paper; a 3×3 in the torchvision weights, kept on purpose.',
      linear: () => 'Linear: no ReLU follows.',
      stride: () => 'The stride is here in the published weights; in the paper it is on the 1×1 before.',
      stem: () => 'In table 1 of the paper, three 3×3 convolutions come before the first module, the second with stride 2.',
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
      ` · receptive field ${rows[1] - rows[0]} × ${columns[1] - columns[0]} px: rows ${span(rows)}, columns ${span(columns)}`,
    readingHint: 'Point at the map to read its values; click to keep a position. Or focus the map and use the arrow keys.',
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
    /** @param {string} node @param {number[]} size @param {number} top */
    of: (node, size, top) => `Weights of ${node}, ${shape(size)}, before batch norm. Largest: ±${value(top)}.`,
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
    title: (node, channel, row, column) => `How channel ${channel} of ${node} was computed at row ${row}, column ${column}`,
    /**
     * @param {import('../inceptionscope.js').Explanation['kernel']} kind
     * @param {number} n
     * @param {string} input
     * @param {[number, number]} rows
     * @param {[number, number]} columns
     */
    how(kind, n, input, rows, columns) {
      const products = plural(n, { one: 'product', other: 'products' });
      const values = plural(n, { one: 'value', other: 'values' });
      const whole = {
        products: `Sum of ${products} with`,
        products_after_relu: `Sum of ${products}, after a ReLU, with`,
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

  export: {
    title: 'Export',
    link: 'Link to this view',
    copyLink: 'Copy link',
    linkCopied: 'Link copied.',
    linkCopiedOwnPhoto: 'Link copied. It contains the name of your photo, not the photo: whoever opens it is asked for the file.',
    ownPhoto: 'The link contains the name of your photo, not the photo: whoever opens it is asked for the file.',
    copyByHand: 'The browser did not allow copying. The link is selected: press Ctrl+C or ⌘C.',
    pictures: 'Image (PNG), with its legend',
    /** @param {string} title */
    pictureOf: (title) => `Save an image of ${title}`,
    /** @param {Record<string, string>} about */
    caption: ({ model, weights, image, engine }) =>
      `Inceptionscope · ${model} · ${weights.split('/').at(-1)} · ${image} · ${engine}`,
    values: 'Values',
    node: 'Node',
    /** @param {string} op @param {number[]} size @param {number} length */
    size: (op, size, length) => `${op}: ${shape(size)} values, ${bytes(length)} as NPY or safetensors`,
    formats: { npy: 'Save as NPY', csv: 'Save as CSV', safetensors: 'Save as safetensors' },
    /** @param {string} name */
    saved: (name) => `Saved as ${name}.`,
    noPicture: 'The image is too large for the browser. Show fewer maps and try again.',
  },

  costs: {
    title: 'Costs and papers',
    about:
      'The cost of each network, counted on the graphs that run here, beside what its paper states. Papers round and count differently; both are shown as they are. Multiply-adds are those of convolutions and linear layers for one photo, without auxiliary heads.',
    networks: 'Parameters and multiply-adds of every network',
    factorisations: 'One task, several ways',
    tables: 'Tables from the papers',
    /** @param {string} job @param {number[]} input */
    job: (job, input) => `${job}, on ${shape(input)}`,
    blank: '–',
    columns: {
      network: 'Network',
      params: 'Parameters',
      paramsPrinted: 'in the paper',
      macs: 'Multiply-adds',
      macsPrinted: 'in the paper',
      where: 'Paper',
      how: 'How',
      output: 'Output',
      weights: 'Weights',
      share: 'Relative to the first',
    },
  },

  tour: {
    start: 'Take the tour',
    end: 'End the tour',
    back: 'Back',
    next: 'Next',
    done: 'Done',
    opening: 'Opening …',
    /** @param {number} step @param {number} all */
    count: (step, all) => `Tour, step ${step} of ${all}`,
    lost: 'This step needs another network, which could not be opened. Go back and try again.',
    module: {
      title: 'One input, several branches',
      /** @param {string[]} lanes @param {number[]} input */
      text: (lanes, input) =>
        `This is an Inception module. Each column is one branch: ${list(lanes)}. All of them read the same ${shape(input)} values, each with a different kernel size. Read each column from top to bottom.`,
    },
    concat: {
      title: 'Concatenated, not added',
      /** @param {{ label: string, from: number, to: number }[]} parts */
      text(parts) {
        const ranges = list(parts.map((p) => `${p.label} is channels ${p.from} to ${p.to - 1}`));
        return `The output of the module is the outputs of its branches, one after the other: ${ranges}. So every channel belongs to exactly one branch.`;
      },
    },
    energy: {
      title: 'Which branch responds to your photo?',
      /** @param {string} label @param {number} share @param {number} channels */
      text: (label, share, channels) =>
        `On this photo, the ${label} branch has ${percent(share)} of the output’s energy, with ${percent(channels)} of its channels. Choose another photo to see this change.`,
    },
    reduce: {
      title: 'Why a 1×1 convolution first?',
      /** @param {number} from @param {number} to */
      text: (from, to) =>
        `Large kernels are expensive. So the “5×5” branch first reduces its ${from} input channels to ${to} with a 1×1 convolution, and only then applies the larger kernel.`,
      /** @param {number} both @param {number} alone */
      costs: (both, alone) =>
        `Together, the two take ${count(both)} multiply-adds. The larger kernel on all input channels would take ${count(alone)}: ${fixed(alone / both, 1)} times as many.`,
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
      text: 'In Inception-ResNet, each module only corrects its input: the output of its branches is scaled down and added to the input.',
      cost: 'The next step opens Inception-ResNet-v1 with random weights. Nothing is downloaded.',
      next: 'Open Inception-ResNet-v1',
    },
    residual: {
      title: 'A small correction',
      text: 'The shortcut carries the input past the branches. Their concatenated output goes through a linear 1×1 convolution, is multiplied by 0.17, and is added.',
      /** @param {number} share */
      change: (share) =>
        `On this photo, the residual contributes ${percent(share)} of the energy of the sum, and the shortcut the rest. Even untrained, a deep stack of such blocks passes its input on.`,
      /** @param {string} title */
      back: (title) => `“Done” takes you back to ${title}, as it was before the tour.`,
    },
  },
};
