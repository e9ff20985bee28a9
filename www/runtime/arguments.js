/**
 * What calls take: each argument is checked before it leaves the caller's thread, so that no wrong one ends
 * the worker or is quietly taken for something else.
 *
 * @module
 */

import { failure } from './errors.js';
import { platform } from './platform.js';

/**
 * A check: throws where the value is none of its kind.
 * @typedef {(name: string, value: unknown) => void} Check
 */

/** What a value is, in a few words. @param {unknown} value */
function shown(value) {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `an object (${value.constructor?.name ?? 'Object'})`;
}

/** @param {string} expected @param {(value: any) => boolean} is @param {(value: any) => boolean} [fits] @returns {Check} */
function kind(expected, is, fits = () => true) {
  return (name, value) => {
    const code = !is(value) ? 'argument.type' : !fits(value) ? 'argument.range' : null;
    if (code) throw failure(code, { name, expected, found: shown(value) });
  };
}

const isNumber = (/** @type {unknown} */ value) => typeof value === 'number';
const isObject = (/** @type {unknown} */ value) => typeof value === 'object' && value !== null;

/** @param {number} from @param {number} [to] */
const integer = (from, to = 2 ** 31 - 1) => kind(
  to < 2 ** 31 - 1 ? `an integer from ${from} to ${to}` : `an integer, ${from} or more`,
  isNumber,
  (value) => Number.isInteger(value) && value >= from && value <= to,
);
const finite = kind('a finite number', isNumber, (value) => Number.isFinite(Math.fround(value)));
const positive = kind('a number above 0', isNumber, (value) => value > 0);
const text = kind('a string', (value) => typeof value === 'string');
const name = kind('a name', (value) => typeof value === 'string', (value) => value !== '');
const names = kind('a name or an array of names', (value) => typeof value === 'string' || Array.isArray(value),
  (value) => [value].flat().every((/** @type {unknown} */ name) => typeof name === 'string' && name !== ''));
const flag = kind('true or false', (value) => typeof value === 'boolean');
const callback = kind('a function', (value) => typeof value === 'function');
const signal = kind('an AbortSignal', (value) => value instanceof AbortSignal);
const object = kind('an object', isObject);
/** @param {string[]} values */
const oneOf = (...values) => kind(values.map((value) => `'${value}'`).join(' or '), (value) => typeof value === 'string',
  (value) => values.includes(value));

/** @param {Check} check @returns {Check} */
const optional = (check) => (name, value) => {
  if (value !== undefined && value !== null) check(name, value);
};

/** @param {Check} check @returns {Check} */
const list = (check) => (name, value) => {
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    throw failure('argument.type', { name, expected: 'an array', found: shown(value) });
  }
  for (let i = 0; i < /** @type {any} */ (value).length; i++) check(`${name}[${i}]`, /** @type {any} */ (value)[i]);
};

/** @param {Record<string, Check>} fields @returns {Check} */
const fields = (fields) => (name, value) => {
  object(name, value);
  for (const [field, check] of Object.entries(fields)) {
    check(name === '' ? field : `${name}.${field}`, /** @type {Record<string, unknown>} */ (value)[field]);
  }
};

/** What elements show counts as pictures; a worker, which may use this module too, has none of them. */
const SHOWN = ['HTMLImageElement', 'HTMLVideoElement', 'HTMLCanvasElement', 'OffscreenCanvas', 'VideoFrame'];
const PICTURES = ['Blob', 'ImageBitmap', 'ImageData', 'Float32Array', 'Response', 'URL', ...SHOWN];
/** @param {string[]} names @param {unknown} value */
const isOneOf = (names, value) => names.some((name) => {
  const type = /** @type {any} */ (globalThis)[name];
  return type !== undefined && value instanceof type;
});
/** Whether a picture is what an element shows. @param {unknown} value @returns {value is CanvasImageSource} */
export const isShown = (value) => isOneOf(SHOWN, value);

const input = kind('a Blob, ImageBitmap, ImageData, Float32Array, Response, address or element with a picture',
  (value) => typeof value === 'string' || isOneOf(PICTURES, value));
const square = kind('ImageData, square, of 75 to 1024 pixels a side', (value) => value instanceof ImageData,
  ({ width, height }) => width === height && width >= 75 && width <= 1024);
const picture = kind('a Blob, ImageBitmap, ImageData, Response, address or element with a picture',
  (value) => typeof value === 'string' || (isOneOf(PICTURES, value) && !(value instanceof Float32Array)));
const weights = kind('an address, a Blob, an id of the catalogue, or synthetic:SEED',
  (value) => typeof value === 'string' || value instanceof URL || value instanceof Blob,
  (value) => typeof value !== 'string' || (value !== '' && !/^synthetic:(?!\d{1,19}$)/.test(value)));
const address = kind('an address', (value) => typeof value === 'string' || value instanceof URL,
  (value) => value !== '' && URL.canParse(value, platform.base()));
const addresses = { assetsUrl: optional(address), workerUrl: optional(address), wasmUrl: optional(address) };
const crop = fields({ x: finite, y: finite, size: kind('a number, 1 or more', isNumber, (value) => value >= 1 && Number.isFinite(value)) });
const values = kind('a Float32Array', (value) => value instanceof Float32Array);

const someChannels = list(integer(0));
/** None at all would be taken for all. @type {Check} */
const channels = optional((name, value) => {
  someChannels(name, value);
  if (/** @type {ArrayLike<number>} */ (value).length === 0) {
    throw failure('argument.range', { name, expected: 'at least one channel; leave it out for all', found: shown(value) });
  }
});
const target = optional(kind('a class\'s number or name, or a node as NODE:CHANNEL or NODE:CHANNEL:ROW,COLUMN',
  (value) => typeof value === 'string' || isNumber(value),
  (value) => (typeof value === 'string' ? value !== '' : Number.isInteger(value) && value >= 0)));
const stepped = { onStep: optional(callback), signal: optional(signal) };
const asked = { target, rather: target, ...stepped };
const BLANKS = ['zero', 'black', 'mean', 'blurred'];
const blank = optional(oneOf(...BLANKS));
const baseline = optional(kind(`${BLANKS.map((value) => `'${value}'`).join(', ')}, or a picture that is no address`,
  (value) => typeof value === 'string' || isOneOf(PICTURES, value), (value) => typeof value !== 'string' || BLANKS.includes(value)));
const BY_GRADIENT = ['gradient', 'input-x-gradient', 'smoothgrad', 'integrated', 'guided', 'grad-cam'];
const gradient = {
  layer: optional(name), steps: optional(integer(1, 4096)), samples: optional(integer(1, 4096)),
  sigma: optional(kind('a number from 0 to 10', isNumber, (value) => value >= 0 && value <= 10)), seed: optional(integer(0)),
  baseline, ...asked,
};
const photos = list(fields({ name: text, input: picture, class: optional(integer(0)) }));
const heard = { onNode: optional(callback) };
const running = { crop: optional(crop), resize: optional(flag), signal: optional(signal), ...heard };
const size = optional(integer(1));

/**
 * What calls take, by name: arguments, and options.
 * @type {Record<string, [Record<string, Check>, Record<string, Check>?]>}
 */
const CALLS = {
  open: [{}, {
    model: optional(name), variant: optional(name), profile: optional(name), weights: optional(weights), size: optional(integer(75, 4096)),
    engine: optional(oneOf('auto', 'gpu', 'cpu')), threads: optional(integer(1, 64)), tune: optional(oneOf('auto', 'off')),
    direct: optional(flag), signal: optional(signal),
    onTune: optional(callback), onProgress: optional(callback), onRecover: optional(callback), ...addresses,
  }],
  models: [{}, addresses],
  catalogue: [{}, addresses],
  factorisations: [{}, addresses],
  papers: [{}, addresses],
  forget: [{ url: name }],
  run: [{ input }, running],
  batch: [{ input: list(input) }, running],
  activation: [{ node: name }],
  stats: [{ node: name }],
  maps: [{ node: name }, { channels, size }],
  mean: [{ node: name }, { size }],
  strongest: [{ nodes: list(name) }, { size }],
  histogram: [{ node: name, channel: integer(0) }, { bins: optional(integer(1, 4096)) }],
  receptive: [{ node: name }, { channel: optional(integer(0)) }],
  explain: [{ node: name, channel: integer(0), row: integer(0), column: integer(0) }],
  evaluate: [{ photos }, {
    photos, crops: optional(kind('1, 10, 12 or 144', isNumber, (value) => [1, 10, 12, 144].includes(value))),
    ensemble: optional(list(object)), onCrops: optional(callback), onPhoto: optional(callback), onStep: optional(callback),
    signal: optional(signal),
  }],
  classOf: [{ folder: text }],
  kernel: [{ node: name, channel: integer(0) }],
  why: [{ method: oneOf('cam', 'occlusion', ...BY_GRADIENT) }, {
    method: optional(name), patch: optional(integer(1)), stride: optional(integer(1)), fill: optional(oneOf('grey', 'mean', 'blur')),
    ...gradient,
  }],
  removal: [{}, { module: optional(name), ...asked }],
  branches: [{}, { target, rather: target, signal: optional(signal) }],
  trust: [{ check: oneOf('randomisation', 'deletion', 'insertion') }, {
    check: optional(name), method: optional(oneOf(...BY_GRADIENT)), map: optional(values), points: optional(integer(1, 4096)), blank,
    ...gradient,
  }],
  visualise: [{ objective: names }, {
    objective: optional(names), size: optional(integer(75, 512)), steps: optional(integer(1, 65536)), seed: optional(integer(0)),
    pictures: optional(integer(1, 16)),
    rate: optional(positive), parametrisation: optional(oneOf('fourier', 'pixels')), transform: optional(oneOf('standard', 'none')),
    l1: optional(finite), variation: optional(finite), blur: optional(finite), ...stepped,
  }],
  dream: [{ objective: names }, {
    objective: optional(names), picture: optional(square), iterations: optional(integer(1, 1024)), octaves: optional(integer(1, 16)),
    scale: optional(kind('a number from 1.1 to 4', isNumber, (value) => value >= 1.1 && value <= 4)), strength: optional(positive),
    jitter: optional(integer(0, 512)), seed: optional(integer(0)), ...stepped,
  }],
  mute: [{ node: names, channels }, heard],
  scale: [{ node: names, factor: finite }, heard],
  replace: [{ node: name, values }, heard],
  restore: [{ node: optional(name) }, heard],
  name: [{ text }],
  tune: [{}, { limit: optional(positive) }],
};

/**
 * Checks what a call was given; throws an `InceptionscopeError` about the first thing that is wrong.
 * @param {string} method
 * @param {object} args
 * @param {unknown} [options]
 */
export function check(method, args, options) {
  const [known, taken = {}] = CALLS[method] ?? [{}];
  fields(known)('', args);
  if (options === undefined || options === null) return;
  kind('an object', (value) => Object.prototype.toString.call(value) === '[object Object]')('options', options);
  for (const option of Object.keys(options)) {
    if (!Object.hasOwn(taken, option)) throw failure('argument.unknown', { name: option, known: Object.keys(taken) });
  }
  fields(taken)('', options);
}
