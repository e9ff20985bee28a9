/** What the taps of a layer's kernels read: how alike neighbours are, and the few combinations of input channels that tell most. */

/**
 * A kernel's weights, tap by tap: of each tap those of all input channels.
 * @param {{ shape: number[], data: Float32Array }} kernel input channels, rows, columns; its weights in this order
 */
export function tapsOf({ shape: [channels, rows, columns], data }) {
  const taps = rows * columns;
  return Array.from({ length: taps }, (_, tap) => Float32Array.from({ length: channels }, (_, c) => data[c * taps + tap]));
}

/** @param {Float32Array} a @param {Float32Array} b */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * How alike neighbouring taps of kernels are: the mean of the cosine of their weights, of neighbours in a row and of neighbours
 * in a column; NaN where there are none. Taps without weights are passed over.
 * @param {Float32Array[][]} kernels as {@link tapsOf} has them
 * @param {number} columns of each
 */
export function alike(kernels, columns) {
  const sums = { row: [0, 0], column: [0, 0] };
  const add = (/** @type {number[]} */ sum, /** @type {Float32Array} */ a, /** @type {Float32Array} */ b) => {
    const lengths = Math.sqrt(dot(a, a) * dot(b, b));
    if (lengths === 0) return;
    sum[0] += dot(a, b) / lengths;
    sum[1] += 1;
  };
  for (const taps of kernels) {
    taps.forEach((tap, i) => {
      if ((i + 1) % columns) add(sums.row, tap, taps[i + 1]);
      if (i + columns < taps.length) add(sums.column, tap, taps[i + columns]);
    });
  }
  const mean = (/** @type {number[]} */ [sum, count]) => (count ? sum / count : NaN);
  return { row: mean(sums.row), column: mean(sums.column) };
}

/** Most vectors that components are found of: more take longer and change little. */
const MOST = 2000;
/** Steps of the power method for each component. */
const STEPS = 20;

/**
 * The first principal components of vectors, not centred, so that zero stays zero: by the power method, one after the other.
 * @param {Float32Array[]} vectors
 * @param {number} count how many, as far as there are so many
 * @returns {Float32Array[]} of length 1 and orthogonal; the largest weight of each is positive
 */
export function principal(vectors, count) {
  const step = Math.ceil(vectors.length / MOST);
  const some = vectors.filter((_, i) => i % step === 0);
  const length = vectors[0]?.length ?? 0;
  /** @type {Float32Array[]} */
  const found = [];
  while (found.length < Math.min(count, length)) {
    // As good as any, the same each time, and orthogonal to nothing.
    let axis = Float32Array.from({ length }, (_, i) => Math.sin(i + 1));
    for (let i = 0; i < STEPS; i++) {
      const next = new Float32Array(length);
      for (const vector of some) {
        const along = dot(vector, axis);
        for (let c = 0; c < length; c++) next[c] += along * vector[c];
      }
      for (const other of found) {
        const along = dot(next, other);
        for (let c = 0; c < length; c++) next[c] -= along * other[c];
      }
      const norm = Math.sqrt(dot(next, next));
      if (!(norm > 0)) return found;
      axis = next.map((value) => value / norm);
    }
    const top = axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    found.push(top < 0 ? axis.map((value) => -value) : axis);
  }
  return found;
}

/**
 * How much of each component is in each vector.
 * @param {Float32Array[]} vectors @param {Float32Array[]} components
 */
export const along = (vectors, components) => vectors.map((vector) => components.map((component) => dot(vector, component)));
