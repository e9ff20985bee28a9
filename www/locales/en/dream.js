/** What an open module would like to see: its branches, all its channels, dreams and caricatures of the photo. */

import { list, value } from '../../page/format.js';

export default {
  growing: {
    stop: 'Stop',
    steps: 'Steps',
    /** @param {number} done @param {number} of */
    taken: (done, of) => (done === of ? `${of} steps` : `step ${done} of ${of}`),
    done: 'Done.',
    stopped: 'Stopped.',
    untrained: 'These weights are random, not trained: what grows here is noise and means nothing.',
  },
  likes: {
    title: 'What it would like to see',
    views: {
      branches: 'What its branches like',
      wall: 'What its channels like',
      dream: 'Dream of the photo',
      caricatures: 'Caricatures',
    },
    button: 'Dream',
  },
  branchLikes: {
    note:
      'For each branch, a picture that makes the values of all its channels as large as possible (the mean of their squares), grown ' +
      'from the same noise. The channels of a branch like different things; the picture shows what the strongest of them like.',
    start: 'Grow the pictures',
    /** @param {string} branch */
    empty: (branch) => `${branch}: no picture yet`,
    /** @param {number} count */
    channels: (count) => `${count} channels`,
    /** @param {string} branch @param {string} module */
    picture: (branch, module) => `What the ${branch} branch of ${module} likes`,
    /** @param {string} branch @param {number} number @param {number} of */
    under: (branch, number, of) => `Growing ${branch}, picture ${number} of ${of}.`,
    /** @param {string} module @param {number} seed */
    about: (module, seed) => `What the branches of ${module} like · seed ${seed}`,
  },
  wall: {
    note:
      'A small picture of what each channel likes best (96 × 96 pixels, seed 0), starting with the channels that are most active on ' +
      'this photo. A few steps give rough shapes; more steps refine them. The pictures are kept in this browser. Select one to open ' +
      'its channel.',
    start: 'Grow the pictures',
    more: 'Grow more',
    /** @param {number} steps @param {number} full */
    steps: (steps, full) => (steps < full ? `${steps} of ${full}` : `${full}, all`),
    /** @param {string} module */
    of: (module) => `What the channels of ${module} like`,
    /** @param {string} module @param {string} network empty for the module alone */
    title: (module, network) => `What the channels of ${module} like${network ? `, ${network}` : ''}`,
    growing: 'Growing pictures. This continues while you look at channels and maps of this module.',
    /** @param {number} channel @param {number} done @param {number} of */
    now: (channel, done, of) => `Channel ${channel}: step ${done} of ${of}`,
    stopped: 'Stopped. What is finished is kept.',
    /** @param {number} channel */
    picture: (channel) => `Channel ${channel}, growing`,
    /** @param {number} channel @param {number} steps */
    pictureOf: (channel, steps) => `Channel ${channel}, ${steps} steps`,
    /**
     * @param {number} count @param {number} of
     * @param {number[][]} bySteps steps, and how many pictures have so many
     * @param {number} full
     */
    count(count, of, bySteps, full) {
      const after = bySteps.map(([steps, n]) => (bySteps.length > 1 ? `${n} after ${steps}` : `after ${steps}`));
      return `${count} of ${of} channels: ${list(after)} of ${full} steps.`;
    },
    /** @param {number} count */
    kept: (count) => `${count} pictures`,
  },
  dream: {
    note:
      'DeepDream: a module or a branch amplifies whatever it finds in the photo, from coarse to fine. Early modules add lines and ' +
      'textures, late ones parts of objects.',
    target: 'Target',
    /** @param {string} branch @param {string} module */
    branch: (branch, module) => `${branch} of ${module}`,
    numbers: { iterations: 'Steps at each size', octaves: 'Sizes', strength: 'Strength', seed: 'Seed' },
    larger: 'Picture size',
    /** @param {number} n */
    times: (n) => (n === 1 ? 'network input' : `${n} × network input`),
    start: 'Dream',
    noPhoto: 'Choose a photo first.',
    progress: 'Progress of the dream',
    before: 'The photo',
    /** @param {string} name */
    after: (name) => `Dream of ${name}`,
    /** @param {string} name */
    dreaming: (name) => `Dreaming with ${name}.`,
    /**
     * @param {number} octave @param {number} octaves @param {number} width @param {number} height @param {number} step
     * @param {number} steps
     */
    step: (octave, octaves, width, height, step, steps) =>
      `Size ${octave} of ${octaves} (${width} × ${height}), step ${step} of ${steps}`,
    /** @param {string} name @param {number[]} numbers @param {number} size in pixels a side */
    about: (name, [iterations, octaves, strength, seed], size) =>
      `Dream of ${name} · ${size} × ${size}, ${octaves} sizes, ${iterations} steps each, strength ${value(strength)}, seed ${seed}`,
  },
  caricatures: {
    note:
      'For each module, a picture grown from noise whose values in that module point the same way as the photo’s and are as large as ' +
      'possible. What the picture shows is still there in the module; what it lacks, the network has discarded by then. Select one ' +
      'to open its module.',
    start: 'Draw caricatures',
    more: 'Continue or start over',
    about: 'Caricatures of the photo · seed 0',
    /** @param {string} module */
    empty: (module) => `${module}: no caricature yet`,
    /** @param {string} module */
    picture: (module) => `${module}: caricature. Open the module`,
    /** @param {string} module */
    under: (module) => `Drawing ${module}.`,
  },
};
