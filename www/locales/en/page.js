/** The frame of the page: what is open, its weights, and what goes on. */

import { bytes, either, fixed, percent, plural, seconds, time } from '../../page/format.js';

/** @typedef {import('../../page/graph.js').Engine} Engine */

export default {
  page: {
    title: 'Inceptionscope',
    tagline: 'Look inside every branch of every Inception module, on your own photo.',
    skip: 'Skip to the network',
    close: 'Close',
    language: 'Language',
    noRuntime:
      'The page could not start. Reload it. If that does not help, use a current version of Chrome, Edge, Firefox ' +
      'or Safari.',
    /** @param {string} model @param {string[]} known */
    unknownModel: (model, known) => `There is no network “${model}”. Choose ${either(known)}.`,
    /** @param {string} text */
    unknownQuestion: (text) => `This network cannot answer “${text}”: it has no such class.`,
    /** @param {string} node */
    unknownNode: (node) => `This network has no node “${node}”, so only the network is shown.`,
    /** @param {string} name of the file, if known */
    ownWeightsMissing: (name) =>
      `This link was made with a weight file that it does not contain${name ? ` (${name})` : ''}. Choose or drop the file ` +
      'to see the same view.',
  },
  alert: {
    /** @param {number} n */
    details: (n) => plural(n, { one: 'detail', other: 'details' }),
    reload: 'Reload',
    unchanged: 'The view is as it was before.',
  },

  controls: {
    title: 'Network, weights and engine',
    /** What is open, on one line. @param {string[]} parts */
    line: (parts) => parts.join(' · '),
    /** @param {string} network @param {string} variant */
    variantOf: (network, variant) => `${network} (${variant})`,
    short: { flowers: 'five flowers', imagenet: 'ImageNet', untrained: 'untrained' },
    network: 'Network',
    variant: 'Variant',
    standard: 'Standard',
    profile: 'Profile',
    automaticProfile: 'Set by the weights',
    /** @param {string} id */
    automaticProfileIs: (id) => `${id} (auto)`,
    /** @param {import('../../inceptionscope.js').Profile} profile */
    profileAbout({ id, mean, std }) {
      const numbers = (/** @type {number[]} */ all) => all.map((v) => fixed(v, 3)).join(', ');
      return `${id}: mean ${numbers(mean)}; standard deviation ${numbers(std)}`;
    },
    weights: 'Weights',
    flowers: 'Five flowers (trained)',
    imagenet: 'ImageNet (trained)',
    untrained: 'Random, untrained',
    /** @param {string} seed */
    untrainedSeed: (seed) => `Random, untrained (seed ${seed})`,
    ownFile: 'Your own file or class names…',
    /** @param {string} name */
    file: (name) => `File: ${name}`,
    /** @param {string} name */
    address: (name) => `URL: ${name}`,
    engine: 'Engine',
    engines: { auto: 'Automatic', gpu: 'WebGPU', cpu: 'CPU' },
    /** @param {Engine} engine */
    computes: ({ engine, threads }) => (threads > 1 ? `CPU, ${threads} threads` : engine === 'gpu' ? 'WebGPU' : 'CPU'),
  },

  help: {
    /** @param {string} what */
    about: (what) => `What is this: ${what}?`,
    variant:
      'Another version of the same network: as first published, for example, or with one part left out to show ' +
      'what that part does.',
    profile:
      'What the weights assume but do not say: how the photo is resized, cropped and normalised, and details such ' +
      'as padding. Each set of trained weights has its own; “auto” uses what the file or its source says.',
    stored:
      'Weights you load, and your own photos and weight files, are saved in this browser, so they open at once next time, ' +
      'even offline. Here you can see how much space they take, and delete them.',
  },

  status: {
    flowers: 'This network knows only five flowers: daisy, dandelion, rose, sunflower, tulip.',
    imagenet: 'GoogLeNet as published, trained on ImageNet: it knows 1,000 classes.',
    openImagenet: 'Open GoogLeNet trained on ImageNet (28 MB)',
    untrained:
      'This network is untrained: its weights are random, so it does not rank classes. Every value shown is actually computed.',
    openTrained: 'Open trained weights…',
    own: 'Your own weights. They stay in this browser: delete them under “Saved files”.',
    /** @param {string} name */
    file: (name) => `Weights: ${name}.`,
    warnings: 'About these weights',
    insecure:
      'This page is not served over HTTPS, so there is no WebGPU and no storage: it runs on the CPU and saves ' +
      'nothing.',
    /** What computes, and why. @param {Engine} engine */
    engine({ engine, why, adapter, threads }) {
      const cpu = threads > 1 ? `the CPU with ${threads} threads` : 'the CPU';
      const gpu = adapter || 'a GPU the browser does not name';
      if (why === 'chosen')
        return engine === 'gpu' ? `Runs on WebGPU (${gpu}), as you chose.` : `Runs on ${cpu}, as you chose.`;
      if (why === 'hardware') return `Runs on WebGPU: ${gpu}.`;
      if (why === 'software')
        return `Runs on ${cpu}: the only GPU here (${gpu}) is emulated in software, which is slower.`;
      if (why === 'wrong') return `Runs on ${cpu}: the GPU (${gpu}) gives wrong results. A newer browser or driver may help.`;
      if (why === 'lost') return `Runs on ${cpu}: the GPU stopped working.`;
      if (why === 'doubted') return `Runs on ${cpu}: the GPU’s prediction was NaN.`;
      if (why === 'unsupported') return `Runs on ${cpu}: this browser has no WebGPU.`;
      return `Runs on ${cpu}: WebGPU finds no GPU here that it can use.`;
    },
    /** The GPU gave NaN; the CPU goes on. */
    doubted: 'The GPU’s prediction was NaN. The network now runs on the CPU.',
    /** The runtime had failed and is back. */
    restarted: 'The runtime was restarted and the network reloaded. The view is as it was before.',
    /** The device was lost and is back. @param {'gpu' | 'cpu'} engine */
    recovered: (engine) =>
      engine === 'gpu'
        ? 'The GPU was reset and the network reloaded. The view is as it was before.'
        : 'The GPU stopped working. The network now runs on the CPU. The view is as it was before.',
  },

  loading: {
    title: 'Loading',
    starting: 'Starting…',
    stages: {
      download: 'Loading weights',
      reconnect: 'Connection lost; retrying',
      prepare: 'Preparing the engine',
      ready: 'Ready',
    },
    /** @param {number} loaded @param {number | null} total @param {number | null} left seconds */
    loaded(loaded, total, left) {
      const size = total ? `${bytes(loaded)} of ${bytes(total)}` : bytes(loaded);
      return left === null ? size : `${size}, about ${seconds(Math.ceil(left))} left`;
    },
    /** @param {number} loaded @param {number} total */
    arrived: (loaded, total) => `${bytes(loaded)} of ${bytes(total)}`,
    /** @param {number} left seconds */
    inSeconds: (left) => `in ${seconds(Math.ceil(left))}`,
    notKept: '(not saved: no space left in the browser)',
    cancel: 'Cancel',
    cancelled: 'Cancelled. Choose a network or weights.',
    instead: 'Cancelled: random weights instead',
    ready: 'Ready. Choose or drop a photo.',
  },

  run: {
    running: 'Running…',
    /** @param {number} ms */
    took: (ms) => `Ran in ${time(ms)}`,
  },

  tuning: {
    untuned: 'Kernels are chosen by the type of GPU; they have not been tuned on this one.',
    running: 'Tuning kernels…',
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
      'ImageNet weights are too large to ship with this page. Download a file from its source and choose or drop ' +
      'it here, or open it from its URL where the host allows that. The page checks that every file is complete, ' +
      'that its tensors have the network’s names and shapes, and the SHA-256 of each tensor where the file states ' +
      'one. “Verified” says how the page recognises the right file, and what the project’s tests cover.',
    columns: {
      network: 'Network',
      file: 'File',
      size: 'Size',
      accuracy: 'Top-1',
      licence: 'Licence',
      verified: 'Verified',
    },
    contents: {
      sha256: 'SHA-256',
      parts: 'SHA-256 of each part',
      name: 'first digits of the SHA-256',
      package: 'SHA-512 of the package',
      unverified: 'contents not verified',
    },
    tested: {
      file: 'this file is tested',
      library: 'tested with the library, not with this file',
      description: 'tested from the source code, not with this file',
    },
    none: 'The list of weights could not be loaded. Check the connection and try again.',
    download: 'Download',
    /** @param {string} title */
    downloadOf: (title) => `Download ${title}`,
    thenDrop: 'The host does not let other sites read this file. Download it, then drop it here.',
    byCommand: 'Part of an npm package: this command downloads it to where the page finds it.',
    open: 'Open',
    /** @param {string} title */
    openOf: (title) => `Open ${title} from its URL`,
    choose: 'Choose a weight file or class names',
  },

  storage: {
    button: 'Saved files',
    title: 'Files saved in this browser',
    about:
      'Weights you load are saved here, so they open at once next time, even offline. So are the photos and weight files of ' +
      'your own that you used last. Nothing leaves this device.',
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
};
