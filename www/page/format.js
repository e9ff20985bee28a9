/** Numbers, units and lists as the reader's language writes them. A number and its unit stay on one line. */

import { language } from './language.js';

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {number} x @param {Intl.NumberFormatOptions} options */
function number(x, options) {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, format);
  return format.format(x).replaceAll(' ', '\u00a0');
}

/** A number with a fixed number of decimals. @param {number} x @param {number} decimals */
export const fixed = (x, decimals) => number(x, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** Three digits without an exponent. @param {number} x @param {Intl.NumberFormatOptions} [options] */
function significant(x, options = {}) {
  const decimals = x >= 100 ? 0 : x >= 10 ? 1 : 2;
  return number(x, { ...options, minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false });
}

/** A shape: 192 × 28 × 28. @param {readonly number[]} shape */
export const shape = (shape) => shape.join(' × ');

/** The size of a window: 3×3. @param {readonly number[]} size */
export const window = (size) => size.join('×');

/** A count: 6.62 M. @param {number} n */
export function count(n) {
  if (n >= 1e9) return `${significant(n / 1e9)}\u00a0G`;
  if (n >= 1e6) return `${significant(n / 1e6)}\u00a0M`;
  if (n >= 1e4) return `${significant(n / 1e3)}\u00a0k`;
  return number(n, { useGrouping: false });
}

/** Bytes: 39.9 MB. @param {number} n */
export function bytes(n) {
  if (n >= 1e6) return significant(n / 1e6, { style: 'unit', unit: 'megabyte' });
  if (n >= 1e3) return number(Math.round(n / 1e3), { style: 'unit', unit: 'kilobyte' });
  return number(n, { style: 'unit', unit: 'byte', unitDisplay: 'long' });
}

/** Milliseconds: 312 ms, 1.84 s. @param {number} ms @param {number} [decimals] of milliseconds */
export function time(ms, decimals = 0) {
  const [x, unit, digits] = ms < 1000 ? [ms, 'millisecond', decimals] : [ms / 1000, 'second', 2];
  return number(x, { style: 'unit', unit, minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share: 61%. @param {number} x 0 to 1 */
export function percent(x) {
  const share = (/** @type {number} */ y, /** @type {number} */ decimals) =>
    number(y, { style: 'percent', minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  if (x > 0 && x < 0.001) return `<${share(0.001, 1)}`;
  if (x > 0.999 && x < 1) return `>${share(0.999, 1)}`;
  const decimals = x === 0 || Number.isInteger(100 * x) ? 0 : x < 0.0995 || x >= 0.99 ? 1 : 0;
  return share(x, decimals);
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

/** Names one after the other: “a, b, and c”. @param {readonly string[]} names */
export const list = (names) => new Intl.ListFormat(language, { type: 'conjunction' }).format(names);

/** Names of which one is to be chosen: “a, b, or c”. @param {readonly string[]} names */
export const either = (names) => new Intl.ListFormat(language, { type: 'disjunction' }).format(names);

const rules = new Intl.PluralRules(language);

/**
 * A number with its noun: “1 module”, “3 modules”.
 * @param {number} n
 * @param {Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }} forms
 */
export const plural = (n, forms) => `${number(n, {})} ${forms[rules.select(n)] ?? forms.other}`;
