//! From a spectrum to maps, and back with a gradient: the inverse real Fourier transform of two dimensions.
//!
//! Sizes are those of pictures, so a transform of our own does: by the prime factors of a length. Rows of a matrix are
//! transformed all at once, so that what is inside a loop is a row.

use inceptionscope_kernels::{Complex, Matrix, add_multiplied, butterfly, times, transpose};
use std::f64::consts::TAU;

/// Complex numbers, `lanes` in a row.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) values: Vec<Complex>,
    pub(super) lanes: usize,
}

impl Rows {
    fn zeros(rows: usize, lanes: usize) -> Self {
        Self { values: vec![[0.0; 2]; rows * lanes], lanes }
    }

    fn count(&self) -> usize {
        self.values.len() / self.lanes
    }

    fn row(&self, row: usize) -> &[Complex] {
        &self.values[row * self.lanes..][..self.lanes]
    }

    /// Adds a row, multiplied by a matrix.
    fn add(&mut self, row: usize, from: &[Complex], matrix: Matrix) {
        add_multiplied(from, matrix, &mut self.values[row * self.lanes..][..self.lanes]);
    }

    fn transposed(&self) -> Self {
        let mut out = Self::zeros(self.lanes, self.count());
        transpose(&self.values, self.lanes, &mut out.values);
        out
    }

    /// The sum, for each row `n`, of all rows `k` times exp(± 2πi · k · n / rows): not normalised.
    ///
    /// By Stockham's algorithm: for each prime factor, a transform becomes as many of fewer rows, side by side.
    fn transformed(self, sign: f64) -> Self {
        let (rows, lanes, mut from) = (self.count(), self.lanes, self);
        let roots: Vec<Complex> = (0..rows).map(|k| root(sign * k as f64 / rows as f64)).collect();
        let mut to = Self::zeros(rows, lanes);
        let mut near = 1;
        while near < rows {
            let left = rows / near;
            let factor = (2..left).find(|factor| left.is_multiple_of(*factor)).unwrap_or(left);
            let part = left / factor;
            [from.lanes, to.lanes] = [near * lanes; 2];
            for at in 0..part {
                let out = &mut to.values[factor * at * from.lanes..][..factor * from.lanes];
                if factor == 2 {
                    butterfly(from.row(at), from.row(at + part), roots[at * near], out);
                    continue;
                }
                out.fill([0.0; 2]);
                for (k, out) in out.chunks_exact_mut(from.lanes).enumerate() {
                    for row in (at..left).step_by(part) {
                        add_multiplied(from.row(row), times(roots[k * row * near % rows]), out);
                    }
                }
            }
            std::mem::swap(&mut from, &mut to);
            near *= factor;
        }
        from.lanes = lanes;
        from
    }
}

/// exp(2πi · turns).
fn root(turns: f64) -> Complex {
    let (sin, cos) = (turns * TAU).sin_cos();
    [cos, sin]
}

/// Columns of the spectrum of maps that are `size` columns wide. Of an odd width one more is kept, and the last column of
/// the map cut off.
pub(super) const fn spectrum_width(size: usize) -> usize {
    size.div_ceil(2) + 1
}

/// A transform to `2 · pairs` real numbers is one to half as many complex ones, whose parts are the real numbers in
/// turn. It is of other numbers than the spectrum's: the one at `k` is the sum of the spectrum's at `k` and at `pairs −
/// k`, each multiplied by its matrix. `scale` multiplies all.
fn parts(k: usize, pairs: usize, scale: f64) -> [Matrix; 2] {
    if k == 0 {
        // Both are conjugates of themselves, so their imaginary parts count for nothing.
        return [[[scale, 0.0], [scale, 0.0]], [[scale, 0.0], [-scale, 0.0]]];
    }
    let [cos, sin] = root(k as f64 / (2 * pairs) as f64).map(|part| part * scale);
    // 1 + i · root, and 1 − i · root of the other one's conjugate.
    [[[scale - sin, -cos], [cos, scale - sin]], [[scale + sin, -cos], [-cos, -scale - sin]]]
}

/// The map of a spectrum of `size` rows: `size` × `size` values.
pub(super) fn inverse(spectrum: Rows, size: usize) -> Vec<f64> {
    let columns = spectrum.transformed(1.0).transposed();
    let pairs = columns.count() - 1;
    let scale = 1.0 / (2 * pairs * size) as f64;
    let mut half = Rows::zeros(pairs, size);
    for k in 0..pairs {
        let [own, other] = parts(k, pairs, scale);
        half.add(k, columns.row(k), own);
        half.add(k, columns.row(pairs - k), other);
    }
    let map = half.transformed(1.0).transposed();
    let mut values = Vec::with_capacity(size * size);
    for row in map.values.chunks_exact(pairs) {
        values.extend_from_slice(&row.as_flattened()[..size]);
    }
    values
}

/// The gradient of a spectrum from that of its map.
pub(super) fn inverse_adjoint(map: &[f64], size: usize) -> Rows {
    let pairs = spectrum_width(size) - 1;
    let scale = 1.0 / (2 * pairs * size) as f64;
    let mut half = Rows::zeros(size, pairs);
    for (to, from) in half.values.chunks_exact_mut(pairs).zip(map.chunks_exact(size)) {
        to.as_flattened_mut()[..size].copy_from_slice(from);
    }
    let half = half.transposed().transformed(-1.0);
    let mut columns = Rows::zeros(pairs + 1, size);
    let turned = |[[a, b], [c, d]]: Matrix| [[a, c], [b, d]];
    for k in 0..pairs {
        let [own, other] = parts(k, pairs, scale).map(turned);
        columns.add(k, half.row(k), own);
        columns.add(pairs - k, half.row(k), other);
    }
    columns.transposed().transformed(-1.0)
}

/// Cycles a pixel at a place of the spectrum.
pub(super) fn frequency(row: usize, column: usize, size: usize) -> f64 {
    let [y, x] = [row, column].map(|k| k.min(size - k) as f64 / size as f64);
    y.hypot(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::recipe;

    #[test]
    fn the_adjoint_is_one() {
        for size in [1, 2, 6, 9, 12, 15, 16] {
            let width = spectrum_width(size);
            let mut noise = recipe::normals("fourier", size as u64);
            let mut take = |count: usize| -> Vec<f64> { noise.by_ref().take(count).collect() };
            let mut spectrum = Rows::zeros(size, width);
            spectrum.values.as_flattened_mut().copy_from_slice(&take(2 * size * width));
            let map = take(size * size);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let back = dot(inverse_adjoint(&map, size).values.as_flattened(), spectrum.values.as_flattened());
            let there = dot(&inverse(spectrum, size), &map);
            assert!((there - back).abs() < 1e-5, "{size}: {there} {back}");
        }
    }

    #[test]
    fn one_frequency_is_one_wave() {
        let mut spectrum = Rows::zeros(4, 3);
        spectrum.values[1] = [1.0, 0.0];
        let wave: Vec<f64> = inverse(spectrum, 4).iter().map(|v| (v * 8.0).round()).collect();
        assert_eq!(wave, [1.0, 0.0, -1.0, 0.0].repeat(4));
        assert_eq!([frequency(0, 0, 4), frequency(3, 0, 4), frequency(0, 2, 4)], [0.0, 0.25, 0.5]);
    }
}
