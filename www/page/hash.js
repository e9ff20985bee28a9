/** What the page shows, as the part of its address after `#`. */

/**
 * @typedef {object} State
 * @property {string} model
 * @property {string} variant
 * @property {string} profile
 * @property {string} weights
 * @property {string} engine
 * @property {string} threads of the CPU engine; empty for as many as the processor has
 * @property {string} image a sample's name, an address, or `own` for a photo that is not in the link
 * @property {string} photo the name of an own photo's file
 * @property {string} photoId its fingerprint: see `own.js`
 * @property {string} file the name of the file of own weights
 * @property {string} fileId its fingerprint
 * @property {string} crop the part of the photo: first column, first row, side
 * @property {string} node
 * @property {string} channel
 * @property {string} at the position that is read on the channel's map: row, column
 * @property {string} changes of the network: see `changes.js`
 * @property {string} class the class that is followed
 * @property {string} why what is asked about the answer: see `question.js`
 * @property {string} trust which checks of that answer are open: see `panels/trust.js`
 * @property {string} evaluate crops, and other networks' weights: see `evaluating.js`
 * @property {string} view of the network: `figure` or `list`
 * @property {string} maps of the figure: `strongest` or `mean`
 * @property {string} scale
 * @property {string} sort
 * @property {string} filter which channels are shown, as `mean>0.5`
 * @property {string} compare with what this is compared: see `against.js`
 * @property {string} side of a comparison: `a`, `b`, `difference`, or empty for all three
 * @property {string} likes what the open module would like to see, as it is set: see `panels/likes.js`
 * @property {string} circuit the channel whose circuit is shown, as `NODE:CHANNEL`
 * @property {string} kernels the convolution whose kernels are shown
 * @property {string} publish the figure that is made: see `publish/spec.js`
 */

/** @type {State} */
export const DEFAULTS = {
  model: 'googlenet',
  variant: '',
  profile: '',
  weights: '',
  engine: 'auto',
  threads: '',
  image: '',
  photo: '',
  photoId: '',
  file: '',
  fileId: '',
  crop: '',
  node: '',
  channel: '',
  at: '',
  changes: '',
  class: '',
  why: '',
  trust: '',
  evaluate: '',
  view: 'figure',
  maps: 'strongest',
  scale: 'module',
  sort: 'channel',
  filter: '',
  compare: '',
  side: '',
  likes: '',
  circuit: '',
  kernels: '',
  publish: '',
};

/** No module is open. */
export const NOWHERE = { node: '', channel: '', at: '' };

/** The address that the page shows. Another one is on its way to it, and must not be written over. */
let known = '';

/** What is in the address is what the page shows, from now on. */
export function reached() {
  known = location.hash;
}

/** @returns {State} */
export function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  const state = { ...DEFAULTS };
  for (const key of /** @type {(keyof State)[]} */ (Object.keys(state))) state[key] = given.get(key) ?? state[key];
  return state;
}

/**
 * Numbers with commas between them; nothing if they are not so many numbers.
 * @param {string} text
 * @param {number} count
 */
export function numbers(text, count) {
  const found = text.split(',').map(Number);
  return found.length === count && text && found.every(Number.isFinite) ? found : null;
}

/** @param {State} state @param {boolean} [step] whether the browser's Back undoes it */
export function write(state, step = false) {
  const hash = fragment(state);
  if (hash === location.hash || known !== location.hash) return;
  history[step ? 'pushState' : 'replaceState'](null, '', hash);
  known = location.hash;
}

/** The part of an address after `#`, with it. @param {State} state */
export function fragment(state) {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (value !== DEFAULTS[/** @type {keyof State} */ (key)] || key === 'model') given.set(key, value);
  }
  // Slashes, colons, commas and semicolons may stand in a fragment: they keep the address readable.
  return `#${given.toString().replace(/%(2F|3A|2C|3B)/g, decodeURIComponent)}`;
}
