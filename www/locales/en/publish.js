/** Figures to publish, and views to embed. */

import { fixed, plural, shape } from '../../page/format.js';

/** @typedef {{ network: string, weights: string, photo: string }} Of */

/** @param {Of} of */
const network = ({ network, weights }) => `${network} with the weights “${weights}”`;

export default {
  publish: {
    button: 'Make a figure',
    title: 'Figure to publish',
    preview: 'Preview',
    settings: 'What the figure shows',
    layout: 'Figure',
    layouts: {
      lanes: 'Branches side by side',
      grid: 'Branches one below the other',
      overlay: 'One channel over the photo',
      together: 'Photo, map and prediction',
      prediction: 'Photo and prediction',
      network: 'Every module of the network',
      why: 'The explanation that is open',
    },
    module: 'Module',
    branches: 'Branches',
    output: 'output',
    steps: 'Every step of a branch',
    most: 'Maps per branch',
    order: 'Chosen by',
    orders: {
      mean: 'highest mean',
      max: 'highest maximum',
      zeros: 'most zeros',
      channel: 'channel number',
      hand: 'hand',
    },
    /** @param {string} node @param {number} channels */
    handOf: (node, channels) => `Channels of ${node}, 0 to ${channels - 1}`,
    node: 'Node',
    channel: 'Channel',
    colours: 'Colour scale',
    bar: 'Show the colour scale',
    photo: 'Show photo and prediction',
    heading: 'Title',
    caption: 'Caption',
    automatic: 'Reset title and caption',
    theme: 'Background',
    themes: { light: 'Light', dark: 'Dark' },
    width: 'Width in cm',
    dpi: 'Dots per inch',
    /** @param {number} width @param {number} height centimetres @param {number} columns @param {number} rows pixels */
    size: (width, height, columns, rows) => `${fixed(width, 1)} × ${fixed(height, 1)} cm, ${shape([columns, rows])} px`,
    /** @param {number} shown @param {number} all */
    counted: (shown, all) => `${shown} of ${plural(all, { one: 'map', other: 'maps' })}`,
    needsRun: 'Run a photo first to make a figure.',
    tooLarge: 'This is too large for the browser. Choose a smaller width, fewer dots per inch, or fewer maps.',
    save: { png: 'Save PNG', svg: 'Save SVG', csv: 'Save values (CSV)' },
    copy: 'Copy image',
    copied: 'Copied. Paste it into your draft.',
    notCopied: 'This browser did not allow copying. Save the PNG instead.',
    link: 'Copy link to this figure',
    untrained: 'Predictions (random weights)',
    /** The widest share that there is. */
    widest: '>99.9%',
    ownScales: {
      op: 'Each branch has its own scale; its largest values are clipped.',
      map: 'Each map has its own scale.',
    },
    ownPhoto: 'a photo of my own',
    /** @param {string} name */
    sample: (name) => `the photo “${name}”`,
    /** @param {string} host */
    photoFrom: (host) => `a photo from ${host}`,
    /** @param {string} credit */
    credit: (credit) => `Photo ${credit.replace(/^By/, 'by')}.`,
    /** @param {string} network @param {string} part */
    titleOf: (network, part) => `${network}: ${part}`,
    captions: {
      /** @param {Of} of @param {string} module @param {string} order */
      module: (of, module, order) => `Feature maps of ${module} in ${network(of)} for ${of.photo}${order}.`,
      orders: {
        /** @param {number} n */
        mean: (n) => `: the ${plural(n, { one: 'channel', other: 'channels' })} per branch with the highest mean`,
        /** @param {number} n */
        max: (n) => `: the ${plural(n, { one: 'channel', other: 'channels' })} per branch with the highest maximum`,
        /** @param {number} n */
        zeros: (n) => `: the ${plural(n, { one: 'channel', other: 'channels' })} per branch with the most zeros`,
        /** @param {number} n */
        channel: (n) => `: the first ${plural(n, { one: 'channel', other: 'channels' })} of each branch`,
        /** @param {number} n */
        hand: (n) => `: up to ${plural(n, { one: 'channel', other: 'channels' })} per branch, chosen by hand`,
      },
      /** @param {Of} of @param {string} channel @param {number[]} size */
      channel: (of, channel, size) => `${channel} (${shape(size.slice(1))} values) in ${network(of)} for ${of.photo}.`,
      /** @param {Of} of */
      network: (of) => `The mean map of every module of ${network(of)} for ${of.photo}, each on its own colour scale.`,
      /** @param {Of} of */
      prediction: (of) => `What ${network(of)} predicts for ${of.photo}.`,
      /** @param {Of} of @param {string} method @param {string} name */
      why: (of, method, name) => `${method} of “${name}” in ${network(of)} for ${of.photo}.`,
      /** @param {string} changes */
      changed: (changes) => `The network was changed: ${changes}.`,
      untrained: 'The weights are random, so the maps and the prediction mean nothing.',
    },
  },
  embed: {
    title: 'Embed',
    about:
      'Copy this into a blog or a page of your own. The figure is computed in the reader’s browser, once it is scrolled into view.',
    ownPhoto:
      'Your own photo is not included. For others to see it, load the photo from its URL; here the sample photo is used.',
    ownWeights: 'Your own weights are not included. For others to see the same, open them from their URL.',
    frame: 'Copy as iframe',
    element: 'Copy as element',
    code: 'HTML',
    copied: 'HTML copied.',
    byHand: 'The browser did not allow copying. The HTML is selected: press Ctrl+C or ⌘C.',
    waiting: 'Loads when it is scrolled into view.',
    loading: 'Loading the network…',
    /** @param {string} size */
    progress: (size) => `Loading the network: ${size}`,
    running: 'Running the photo…',
    open: 'Open in Inceptionscope',
    noPhoto: 'This embedded view has no photo that everyone can load.',
    /** @param {string} photo */
    photoFailed: (photo) => `The photo could not be loaded: ${photo}`,
  },
};
