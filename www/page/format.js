/** Numbers, units and lists as the reader's language writes them. A number and its unit stay on one line. */

import { language } from './language.js';

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {number} x @param {Intl.NumberFormatOptions} options */
function number(x, options) {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, format);
  return format.format(x);
}

/** @param {number} n digits after the point */
const decimals = (n) => ({ minimumFractionDigits: n, maximumFractionDigits: n });

/** A number with so many digits after the point. @param {number} x @param {number} digits */
export const fixed = (x, digits) => number(x, decimals(digits));

/** Three digits without an exponent. @param {number} x */
const significant = (x) => number(x, { ...decimals(x >= 100 ? 0 : x >= 10 ? 1 : 2), useGrouping: false });

/** A shape: 192 × 28 × 28. @param {readonly number[]} shape */
export const shape = (shape) => shape.join(' × ');

/** The size of a window: 3×3. @param {readonly number[]} size */
export const window = (size) => size.join('×');

/** A window and its stride: “3×3 /2”. @param {import('./graph.js').Op} op */
export function kernel({ kernel: size = [1, 1], stride = [1, 1] }) {
  const [rows, columns] = stride;
  if (rows === 1 && columns === 1) return window(size);
  return `${window(size)} /${rows === columns ? rows : window(stride)}`;
}

/** A number and the symbol of its unit, which all languages share. @param {string} x @param {string} unit */
const measure = (x, unit) => `${x}\u00a0${unit}`;

/** A count: 6.62 M. @param {number} n */
export function count(n) {
  if (n >= 1e9) return measure(significant(n / 1e9), 'G');
  if (n >= 1e6) return measure(significant(n / 1e6), 'M');
  if (n >= 1e4) return measure(significant(n / 1e3), 'k');
  return number(n, { useGrouping: false });
}

/** Bytes: 39.9 MB. @param {number} n */
export function bytes(n) {
  if (n >= 1e6) return measure(significant(n / 1e6), 'MB');
  if (n >= 1e3) return measure(fixed(n / 1e3, 0), 'kB');
  return measure(fixed(n, 0), 'B');
}

/** Milliseconds: 312 ms, 1.84 s. @param {number} ms @param {number} [digits] after the point, of milliseconds */
export const time = (ms, digits = 0) => (ms < 1000 ? measure(fixed(ms, digits), 'ms') : seconds(ms / 1000, 2));

/** Seconds: 5 s. @param {number} s @param {number} [digits] after the point */
export const seconds = (s, digits = 0) => measure(fixed(s, digits), 's');

/** A share: 61%. @param {number} x 0 to 1 */
export function percent(x) {
  const share = (/** @type {number} */ y, /** @type {number} */ digits) =>
    number(y, { style: 'percent', ...decimals(digits) });
  if (x > 0 && x < 0.001) return `<${share(0.001, 1)}`;
  if (x > 0.999 && x < 1) return `>${share(0.999, 1)}`;
  const whole = Number.isInteger(100 * x) || (x >= 0.0995 && x < 0.99);
  return share(x, whole ? 0 : 1);
}

/** A value of a feature map. @param {number} x */
export function value(x) {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? '+∞' : '−∞';
  if (x === 0) return '0';
  const size = Math.abs(x);
  const [small, long] = [size >= 1e5 || size < 1e-3, size >= 1000];
  const text = small ? size.toExponential(2) : long ? size.toFixed(0) : size.toPrecision(3);
  return x < 0 ? `−${text}` : text;
}

/** Made once, as each takes longer than all that is written with it. */
const conjunction = new Intl.ListFormat(language, { type: 'conjunction' });
const disjunction = new Intl.ListFormat(language, { type: 'disjunction' });

/** Names one after the other: “a, b, and c”. @param {readonly string[]} names */
export const list = (names) => conjunction.format(names);

/** Names of which one is to be chosen: “a, b, or c”. @param {readonly string[]} names */
export const either = (names) => disjunction.format(names);

const rules = new Intl.PluralRules(language);

/** @typedef {Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }} Forms of a noun, or of a sentence about a number */

/** The form that goes with a number. @param {number} n @param {Forms} forms */
export const form = (n, forms) => forms[rules.select(n)] ?? forms.other;

/** A number with its noun: “1 module”, “3 modules”. @param {number} n @param {Forms} forms */
export const plural = (n, forms) => `${number(n, {})} ${form(n, forms)}`;
