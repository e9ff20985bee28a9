/**
 * What a figure to publish shows, and how the address keeps it: `layout:lanes;node:inception4a;maps:6;width:8`. What is
 * left out is as in `DEFAULTS`; title and caption that are left out are written by the page.
 */

/**
 * @typedef {'lanes' | 'grid' | 'overlay' | 'together' | 'prediction' | 'network' | 'why'} Layout
 *
 * @typedef {object} Spec
 * @property {Layout} layout
 * @property {string} node whose module, or whose channel, is shown
 * @property {number} channel
 * @property {string[]} branches those that are shown, by their keys in `branches.js`; all lanes, if none is named
 * @property {boolean} steps whether every step of a branch is shown, not only what leaves it
 * @property {number} maps at most so many of each
 * @property {string} order `mean`, `max`, `zeros`, `channel`, or `hand`
 * @property {Record<string, number[]>} hand the channels that were chosen by hand, by node
 * @property {string} colours `module`, `op` or `map`: what shares a colour scale
 * @property {boolean} bar whether the colour scale is drawn
 * @property {boolean} photo whether photo and prediction stand above the maps
 * @property {string | null} title null: written by the page; empty: none
 * @property {string | null} caption likewise
 * @property {'light' | 'dark'} theme
 * @property {number} width in centimetres
 * @property {number} dpi
 */

/** @type {Spec} */
export const DEFAULTS = {
  layout: 'lanes',
  node: '',
  channel: 0,
  branches: [],
  steps: false,
  maps: 12,
  order: 'mean',
  hand: {},
  colours: 'module',
  bar: true,
  photo: true,
  title: null,
  caption: null,
  theme: 'light',
  width: 16,
  dpi: 300,
};

/** @type {Layout[]} */
export const LAYOUTS = ['lanes', 'grid', 'overlay', 'together', 'prediction', 'network', 'why'];
/** Layouts that show a module, and those that show a channel. */
export const OF_MODULE = ['lanes', 'grid'];
export const OF_CHANNEL = ['overlay', 'together'];

/** What numbers may be, from and to. */
export const LIMITS = { maps: [1, 2048], channel: [0, 1e5], width: [4, 60], dpi: [72, 1200] };

/** The size of the figure in pixels. @param {number} centimetres @param {number} dpi */
export const pixels = (centimetres, dpi) => Math.round((centimetres / 2.54) * dpi);

/** @param {string} text as `1,4,7-9` @returns {number[]} each channel once, in the order given */
export function channelsIn(text) {
  const found = text.split(/[\s,]+/).flatMap((part) => {
    const [, from, to = from] = /^(\d{1,5})(?:[-–](\d{1,5}))?$/.exec(part) ?? [];
    return from === undefined
      ? []
      : Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, i) => Number(from) + i);
  });
  return [...new Set(found)];
}

/** A semicolon ends a part; one in a text stands after a backslash. @param {string} text */
const escaped = (text) => text.replace(/[\\;]/g, '\\$&');

/** @param {Spec} spec */
export function textOf(spec) {
  const parts = Object.entries(spec).flatMap(([key, value]) => {
    if (JSON.stringify(value) === JSON.stringify(DEFAULTS[/** @type {keyof Spec} */ (key)])) return [];
    if (key === 'hand')
      return Object.entries(spec.hand).map(([node, channels]) => `hand:${node}=${channels.join(',')}`);
    return [
      `${key}:${escaped(Array.isArray(value) ? value.join(',') : String(value === false ? 0 : value === true ? 1 : value))}`,
    ];
  });
  return parts.join(';') || 'layout:lanes';
}

/** What an address asks for; what it does not say sensibly is as in `DEFAULTS`. @param {string} text @returns {Spec} */
export function specIn(text) {
  /** @type {Record<string, any>} */
  const spec = { ...DEFAULTS, hand: {} };
  for (const [, part] of text.matchAll(/((?:\\.|[^;\\])+)/g)) {
    const at = part.indexOf(':');
    const [key, value] = [part.slice(0, at), part.slice(at + 1).replace(/\\(.)/g, '$1')];
    if (key === 'hand') {
      const [node, channels = ''] = value.split('=');
      spec.hand[node] = channelsIn(channels);
    } else if (Object.hasOwn(LIMITS, key)) {
      const [least, most] = LIMITS[/** @type {'maps'} */ (key)];
      const number = Number(value);
      if (value && Number.isFinite(number)) spec[key] = Math.min(most, Math.max(least, number));
    } else if (key === 'branches') spec.branches = value.split(',').filter(Boolean);
    else if (key === 'steps' || key === 'bar' || key === 'photo') spec[key] = value === '1';
    else if (Object.hasOwn(ALLOWED, key)) {
      if (ALLOWED[key].includes(value)) spec[key] = value;
    } else if (['node', 'title', 'caption'].includes(key)) spec[key] = value;
  }
  return /** @type {Spec} */ (spec);
}

/** @type {Record<string, string[]>} */
const ALLOWED = {
  layout: LAYOUTS,
  order: ['mean', 'max', 'zeros', 'channel', 'hand'],
  colours: ['module', 'op', 'map'],
  theme: ['light', 'dark'],
};
