/** Everything that the page says. Messages of the runtime come from the runtime. */

import { bytes, count, percent, time, value } from './page/format.js';

/** @param {number} n @param {string} one @param {string} many */
const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

export const t = {
  title: 'Inceptionscope',
  tagline: 'Look inside every branch of every Inception module, on your own photo.',
  skip: 'Skip to the network',

  // Choosing
  controls: 'What to look at, and with what',
  status: 'Weights and engine',
  network: 'Network',
  variant: 'Variant',
  variantPlain: 'Standard',
  profile: 'Profile',
  profileDefault: 'default',
  weights: 'Weights',
  weightsFlowers: 'Five flowers (trained)',
  weightsSynthetic: 'Untrained (synthetic)',
  weightsFile: 'Own file …',
  /** @param {string} name */
  weightsOwn: (name) => `File: ${name}`,
  /** @param {string} name */
  weightsUrl: (name) => `Address: ${name}`,
  engine: 'Engine',
  engines: { auto: 'Automatic', gpu: 'WebGPU', cpu: 'CPU' },
  aboutFlowers: 'This network knows five flowers only: daisy, dandelion, rose, sunflower, tulip.',
  aboutSynthetic: 'Untrained weights: the maps are real, the predictions mean nothing.',
  aboutOwn: 'Your own weights, read in this tab only.',
  /** @param {string} name */
  aboutFile: (name) => `Weights: ${name}.`,
  imagenet: 'ImageNet weights',
  imagenetTitle: 'What is known of ImageNet weights',
  imagenetAbout: 'The weights of these networks for the 1000 classes of ImageNet are too large to come with this page. Download a file from its source and choose or drop it here, or open it from its address where the host allows that.',
  imagenetColumns: { network: 'Network', file: 'File', size: 'Size', accuracy: 'Top-1', licence: 'Licence' },
  imagenetNone: 'The catalogue could not be read.',
  download: 'Download',
  /** @param {string} title */
  downloadOf: (title) => `Download ${title}`,
  openThese: 'Open',
  /** @param {string} title */
  openTheseOf: (title) => `Open ${title} from its address`,
  chooseFile: 'Choose a weight file',
  close: 'Close',

  // Loading
  loading: 'Loading',
  /** @param {number} loaded @param {number | null} total */
  loaded: (loaded, total) => (total ? `${bytes(loaded)} of ${bytes(total)}` : bytes(loaded)),
  stages: { download: 'Loading weights', prepare: 'Preparing the engine', ready: 'Ready' },
  starting: 'Starting the runtime',
  running: 'Running …',
  cancel: 'Cancel',
  ready: 'Ready. Choose or drop a photo.',
  /** @param {number} ms */
  ran: (ms) => `Ran in ${time(ms)}`,

  // Photo
  photo: 'Photo',
  samples: 'Sample photos',
  sampleNames: { dandelion: 'Dandelion', dahlia: 'Dahlia', cat: 'Cat', coffee: 'Coffee', pagoda: 'Pagoda' },
  samplesFrom: 'Sources and licences of the samples',
  choosePhoto: 'Choose a photo',
  dropHint: 'or drop or paste one',
  dropHere: 'Drop a photo, or a weight file (.safetensors)',
  /** @param {number} h @param {number} w */
  seen: (h, w) => `What the network sees: ${w} × ${h} pixels`,
  seenNothing: 'No photo yet',
  ownWeightsGone: 'This link was made with a weight file that is not part of it. Choose or drop the file again to see the same.',
  ownPhotoGone: 'This link was made with a photo that is not part of it. Choose or drop the photo again to see the same.',
  /** @param {string} type */
  notAPhoto: (type) => `This is ${type || 'a file of unknown type'}, not a photo. Choose a JPEG, PNG or WebP picture.`,
  noFile: 'There was no file in what was dropped or pasted. Choose a photo with the button instead.',
  sampleFailed: 'The sample photo could not be loaded. Check the connection, then choose it again.',

  // Predictions
  predictions: 'Predictions',
  predictionsNone: 'Predictions appear here after a photo has run.',
  predictionsUntrained: 'untrained weights: these mean nothing',
  /** @param {string} name @param {number} p */
  prediction: (name, p) => `${name}: ${percent(p)}`,

  // Network
  theNetwork: 'The network',
  /** @param {number} params @param {number} macs @param {number} modules */
  totals: (params, macs, modules) => `${plural(modules, 'module', 'modules')}, ${count(params)} parameters, ${count(macs)} multiply-adds`,
  columns: { module: 'Module', output: 'Output', params: 'Parameters', macs: 'Multiply-adds' },
  kinds: { stem: 'stem', inception: 'Inception', reduction: 'reduction', residual: 'residual', chain: 'chain', head: 'head', auxiliary: 'training only' },
  /** @param {string} label */
  thumbnail: (label) => `Mean activation of ${label}`,
  search: 'Find a module or op',
  searchHint: 'name, shape or op',
  /** @param {number} n */
  found: (n) => plural(n, 'module matches', 'modules match'),
  /** @param {string} label */
  lanes: (label) => `Branches of ${label}`,
  roles: { branch: 'Branch', shortcut: 'Shortcut', residual: 'Residual branch' },
  chain: 'Ops in order',
  joined: 'After the branches',
  concat: 'Concatenated output',
  /** @param {string} lane @param {number} from @param {number} to @param {number} all */
  part: (lane, from, to, all) => `${lane}: channels ${from} to ${to - 1}, ${to - from} of ${all}`,
  /** @param {number} from @param {number} to */
  range: (from, to) => `${from}–${to - 1}`,
  energy: 'Share of the output’s energy',
  /** @param {string} lane @param {number} share */
  energyOf: (lane, share) => `${lane}: ${percent(share)} of the output’s energy`,
  energyNote: 'Energy: the sum of the squares of all values.',
  everyOp: 'Every op',
  everyOpHint: 'Also show what is computed together with the next op: convolution and batch norm before their ReLU',

  // Maps
  /** @param {string} node */
  mapsOf: (node) => `Feature maps of ${node}`,
  /** @param {number} channel @param {number | null} mean */
  tile: (channel, mean) => (mean === null ? `Channel ${channel}` : `Channel ${channel}, mean ${value(mean)}`),
  /** @param {number} n */
  showAll: (n) => `Show all ${n}`,
  showFewer: 'Show fewer',
  /** @param {string} node */
  showAllOf: (node) => `Show all maps of ${node}`,
  /** @param {string} node */
  showFewerOf: (node) => `Show fewer maps of ${node}`,
  mapsNone: 'Run a photo to see its maps.',
  /** @param {number} max @param {number} mean @param {number} zeros */
  opStats: (max, mean, zeros) => `max ${value(max)} · mean ${value(mean)} · ${percent(zeros)} zero`,
  /** @param {number} n */
  nonfinite: (n) => `${plural(n, 'value is', 'values are')} NaN or infinite`,
  colours: 'Colours',
  scales: { module: 'One scale for the module', op: 'One scale for each op', map: 'One scale for each map' },
  scaleNotes: {
    module: 'All maps shown here share this scale.',
    op: 'Each op has its own scale: colours of different ops can not be compared.',
    map: 'Each map has its own scale: colours of different maps can not be compared.',
  },
  order: 'Order',
  orders: { channel: 'by channel', mean: 'by mean', max: 'by maximum', zeros: 'by share of zeros' },
  legend: 'Colour scale',
  /** @param {number} top @param {number} max */
  legendClipped: (top, max) => `Values above ${value(top)} look like ${value(top)}; the largest is ${value(max)}.`,
  legendAlarm: 'NaN or infinite',
  each: 'its own maximum',

  // Channel
  /** @param {string} node @param {number} channel */
  channelOf: (node, channel) => `Channel ${channel} of ${node}`,
  channel: 'Channel',
  /** @param {number} last */
  channelNumber: (last) => `Channel number, 0 to ${last}`,
  previous: 'Previous channel',
  next: 'Next channel',
  overlay: 'Map over the photo',
  /** @param {string} label @param {number} channel */
  inOutput: (label, channel) => `channel ${channel} of ${label}’s output`,
  map: 'Map',
  /** @param {number} h @param {number} w */
  mapSize: (h, w) => `${h} × ${w} values`,
  /** @param {number} row @param {number} column @param {number} v */
  reading: (row, column, v) => `row ${row}, column ${column}: ${value(v)}`,
  readingHint: 'Point at the map, or focus it and use the arrow keys, to read its values.',
  stats: { min: 'Minimum', mean: 'Mean', max: 'Maximum', zeros: 'Zeros', peak: 'Peaks at', nonfinite: 'Not finite' },
  /** @param {number} row @param {number} column */
  at: (row, column) => `row ${row}, column ${column}`,
  histogram: 'Height: square root of the count',
  /** @param {number} n @param {number} from @param {number} to */
  histogramOf: (n, from, to) => `Histogram of ${n} values from ${value(from)} to ${value(to)}`,
  savePng: 'Save PNG',
  saveNpy: 'Save NPY',
  saveCsv: 'Save CSV',
  copyLink: 'Copy link',
  linkCopied: 'Link copied.',
  linkCopiedOwnPhoto: 'Link copied. Your photo is not part of it: whoever opens it is asked for the photo.',

  // When something is wrong
  noRuntime: 'The page could not start its runtime. Reload it; if that does not help, use a current Chrome, Edge, Firefox or Safari.',
  noScript: 'Inceptionscope runs networks in your browser and needs JavaScript. Allow it for this page and reload.',
  /** @param {string} model @param {string} known */
  unknownModel: (model, known) => `There is no network '${model}'. Choose one of: ${known}.`,
  /** @param {string} node */
  unknownNode: (node) => `This network has no node '${node}', so the link shows the network only.`,
  /** @param {number} n */
  details: (n) => plural(n, 'detail', 'details'),
  kept: 'What was shown before is still here.',
};
