/** What the page shows, as the part of its address after `#`. */

/**
 * @typedef {object} State
 * @property {string} model
 * @property {string} variant
 * @property {string} profile
 * @property {string} weights
 * @property {string} engine
 * @property {string} image a sample's name, or `own` for a photo that is not in the address
 * @property {string} node
 * @property {string} channel
 * @property {string} scale
 * @property {string} sort
 */

/** @type {State} */
export const DEFAULTS = { model: 'googlenet', variant: '', profile: '', weights: '', engine: 'auto', image: '', node: '', channel: '', scale: 'module', sort: 'channel' };

/** @returns {State} */
export function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  const state = { ...DEFAULTS };
  for (const key of /** @type {(keyof State)[]} */ (Object.keys(state))) state[key] = given.get(key) ?? state[key];
  return state;
}

/** @param {State} state */
export function write(state) {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (value !== DEFAULTS[/** @type {keyof State} */ (key)] || key === 'model') given.set(key, value);
  }
  // Slashes and colons may stand in a fragment: they keep the address readable.
  const hash = `#${given.toString().replaceAll('%2F', '/').replaceAll('%3A', ':')}`;
  if (hash !== location.hash) history.replaceState(null, '', hash);
}
