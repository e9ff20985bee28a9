/** The photo and what the network makes of it. */

import { fixed, form, percent } from '../../page/format.js';

/** A change of a share, with its sign. @param {number} x */
function change(x) {
  if (Math.abs(x) < 0.0005) return 'No change';
  return `${x > 0 ? '+' : '−'}${fixed(100 * Math.abs(x), 1)} percentage points`;
}

export default {
  photo: {
    title: 'Photo',
    samples: 'Sample photos',
    names: { dandelion: 'Dandelion', dahlia: 'Dahlia', cat: 'Cat', coffee: 'Coffee', pagoda: 'Pagoda' },
    unknown: 'Pale samples: this network has no class for them.',
    /** @param {string} name */
    unknownOf: (name) => `${name}: this network has no class for it`,
    credits: {
      dandelion: 'By Clemens Engelhardt, CC0',
      dahlia: 'By vultilion, CC BY 2.0',
      cat: 'By Stefan van der Walt, CC0',
      coffee: 'By Rachel Michetti, CC0',
      pagoda: 'By danielbuechele, CC BY 2.0',
    },
    sources: 'Sources and licences',
    own: 'Your own photo. It stays in this browser: delete it under “Saved files”.',
    choose: 'Choose a photo',
    dropHint: 'You can also drop or paste a photo.',
    dropHere: 'Drop a photo, a weight file (.safetensors, .pth), or class names (.txt, .json)',
    /**
     * @param {number[]} size rows and columns of the input
     * @param {number[]} [from] rows and columns of the photo, if it is enlarged
     */
    seen([rows, columns], from) {
      const seen = `What the network sees: ${columns} × ${rows} pixels`;
      return from ? `${seen}, enlarged from ${Math.round(from[1])} × ${Math.round(from[0])}` : seen;
    },
    none: 'No photo yet',
    /** @param {string} type */
    notAPhoto: (type) => `This is ${type || 'a file of unknown type'}, not a photo. Choose a JPEG, PNG or WebP image.`,
    /** @param {string} name */
    notHere: (name) =>
      `${name} is not a photo. Choose a JPEG, PNG or WebP image here. For weights and class names, use “Your own ` +
      'file or class names…” under Weights, or drop the file anywhere on the page.',
    noFile: 'What you dropped or pasted contains no file. Use “Choose a photo” instead.',
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
      `The photo could not be read from ${host}: either there is no connection, or the host does not let other ` +
      'sites read its files (CORS). Save the photo and choose the file instead.',
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
    told: (x, y, size) =>
      `${Math.round(size)} × ${Math.round(size)} pixels from column ${Math.round(x)}, row ${Math.round(y)}`,
  },

  asked: {
    /** @param {string} name */
    title: (name) => `This link was made with a photo that it does not contain${name ? ` (${name})` : ''}.`,
    same: 'Choose that photo to see the same view.',
    /** @param {string} label */
    module: (label) => `Choose that photo to open ${label} on it.`,
    /** @param {string} node @param {string} channel @param {number[] | null} at row and column */
    channel: (node, channel, at) =>
      `Choose that photo to open channel ${channel} of ${node} on it${at ? `, at row ${at[0]}, column ${at[1]}` : ''}.`,
    waiting: 'Feature maps appear once you choose the photo.',
  },

  predictions: {
    title: 'Predictions',
    none: 'Predictions appear here once a photo has run.',
    /** @param {string} name @param {number} p */
    first: (name, p) => `Most likely: ${name}, ${percent(p)}`,
    unnamed:
      'These weights come without class names, so “class 12” is output 12, counted from 0. To name the classes, ' +
      'use “Your own file or class names…” under Weights.',
    /** @param {string} name @param {number} p */
    of: (name, p) => `${name}: ${percent(p)}`,
    heads: 'Auxiliary heads (training only)',
    main: 'Main',
    headless: 'The weights have no classifier, so there are no predictions. Everything else can be explored.',
    /** @param {string} name @param {number} p @param {number} before without the changes */
    compared: (name, p, before) => `${name}: ${percent(p)}, ${percent(before)} without the changes`,
    /** By so much, in percentage points. @param {number} x */
    change: (x) => `${x < 0 ? '−' : '+'}${fixed(100 * Math.abs(x), 1)} pp`,
    changedBy: change,
    before: 'Before',
    now: 'Now',
  },

  changes: {
    title: 'Changes',
    mute: 'Mute',
    /** @param {string} branch */
    muteOf: (branch) => `Mute branch ${branch}`,
    muteChannel: 'Mute channel',
    unmuteChannel: 'Unmute channel',
    keep: 'Keep only',
    /** @param {string} branch */
    keepOf: (branch) => `Keep only branch ${branch}`,
    keepChannel: 'Keep only this channel',
    /** @param {string} change */
    factorOf: (change) => `Factor: ${change}`,
    undoAll: 'Undo all',
    /** @param {string} change */
    undo: (change) => `Undo: ${change}`,
    /** What is changed. @param {import('../../inceptionscope.js').Intervention} change */
    of(change) {
      if (change.kind === 'residual_scale') return `${change.block}: residual scale ${fixed(change.factor, 2)}`;
      if (change.kind === 'replaced') return `${change.node}: replaced`;
      const what = change.factor === 0 ? 'muted' : `× ${fixed(change.factor, 2)}`;
      const { channels } = change;
      if (channels.length === 0) return `${change.node}: ${what}`;
      if (channels.length > 6) return `${change.node}: ${channels.length} channels ${what}`;
      const noun = form(channels.length, { one: 'channel', other: 'channels' });
      return `${change.node}: ${noun} ${channels.join(', ')} ${what}`;
    },
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
      const runs = form(values.length, { one: 'last run', other: `last ${values.length} runs` });
      return `${name} in the ${runs}: ${values.slice(-8).map(percent).join(', ')}`;
    },
    stop: 'Stop',
    /** @param {string} name */
    stopOf: (name) => `Stop tracking ${name}`,
  },
};
