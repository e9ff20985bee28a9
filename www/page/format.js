/** Numbers as people read them. A number and its unit stay on one line: between them is a no-break space. */

/** A shape: 192 × 28 × 28. @param {number[]} shape */
export const shape = (shape) => shape.join(' × ');

/** A count: 6.62 M. @param {number} n */
export function count(n) {
  if (n >= 1e9) return `${significant(n / 1e9)}\u00a0G`;
  if (n >= 1e6) return `${significant(n / 1e6)}\u00a0M`;
  if (n >= 1e4) return `${significant(n / 1e3)}\u00a0k`;
  return String(n);
}

/** Bytes: 39.9 MB. @param {number} n */
export function bytes(n) {
  if (n >= 1e6) return `${significant(n / 1e6)}\u00a0MB`;
  if (n >= 1e3) return `${Math.round(n / 1e3)}\u00a0kB`;
  return `${n}\u00a0bytes`;
}

/** Three significant digits without an exponent. @param {number} x */
function significant(x) {
  return x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2);
}

/** A value of a feature map. @param {number} x */
export function value(x) {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? '+∞' : '−∞';
  if (x === 0) return '0';
  const size = Math.abs(x);
  const text = size >= 1e5 || size < 1e-3 ? size.toExponential(2) : size >= 1000 ? size.toFixed(0) : size.toPrecision(3);
  return x < 0 ? `−${text}` : text;
}

/** A share: 61 %. @param {number} x 0 to 1 */
export function percent(x) {
  const p = 100 * x;
  if (p > 0 && p < 0.1) return '<\u00a00.1\u00a0%';
  if (p > 99.9 && p < 100) return '>\u00a099.9\u00a0%';
  return `${p >= 10 || p === 0 ? p.toFixed(p % 1 === 0 ? 0 : p >= 99 ? 1 : 0) : p.toFixed(1)}\u00a0%`;
}

/** Milliseconds: 312 ms, 1.84 s. @param {number} ms */
export const time = (ms) => (ms < 1000 ? `${Math.round(ms)}\u00a0ms` : `${(ms / 1000).toFixed(2)}\u00a0s`);
