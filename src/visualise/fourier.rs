//! From a spectrum to maps, and back with a gradient: the inverse real Fourier transform of two dimensions.
//!
//! Sizes are those of pictures, so a transform of our own does: even lengths are halved, and odd ones that are left are
//! products with all waves. Rows of a matrix are transformed all at once, so that what is inside a loop is a row.

use std::f64::consts::TAU;

/// Complex numbers, `lanes` in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) re: Vec<f64>,
    pub(super) im: Vec<f64>,
    pub(super) lanes: usize,
}

impl Rows {
    pub(super) fn zeros(rows: usize, lanes: usize) -> Self {
        Self { re: vec![0.0; rows * lanes], im: vec![0.0; rows * lanes], lanes }
    }

    fn count(&self) -> usize {
        self.re.len() / self.lanes
    }

    fn transposed(&self) -> Self {
        let (rows, lanes) = (self.count(), self.lanes);
        let turn = |values: &[f64]| {
            let mut out = vec![0.0; values.len()];
            for (row, line) in values.chunks_exact(lanes).enumerate() {
                line.iter().enumerate().for_each(|(lane, value)| out[lane * rows + row] = *value);
            }
            out
        };
        Self { re: turn(&self.re), im: turn(&self.im), lanes: rows }
    }

    /// A row's real and imaginary parts.
    fn row(&self, row: usize) -> [&[f64]; 2] {
        let row = row * self.lanes..(row + 1) * self.lanes;
        [&self.re[row.clone()], &self.im[row]]
    }

    /// Adds a row times a number.
    fn add(&mut self, row: usize, [re, im]: [&[f64]; 2], [cos, sin]: [f64; 2]) {
        let row = row * self.lanes..(row + 1) * self.lanes;
        let out = self.re[row.clone()].iter_mut().zip(&mut self.im[row]);
        for ((out_re, out_im), (re, im)) in out.zip(re.iter().zip(im)) {
            *out_re += cos * re - sin * im;
            *out_im += cos * im + sin * re;
        }
    }

    /// The sum, for each row `n`, of all rows `k` times exp(± 2πi · k · n / rows): not normalised.
    fn transformed(&self, sign: f64) -> Self {
        let rows = self.count();
        let root = |k: usize| (sign * TAU * k as f64 / rows as f64).sin_cos();
        let roots: Vec<[f64; 2]> = (0..rows).map(root).map(|(sin, cos)| [cos, sin]).collect();
        self.part(&roots, 0, 1)
    }

    /// The same of every `step`th row from `first` on, with the roots of all rows.
    fn part(&self, roots: &[[f64; 2]], first: usize, step: usize) -> Self {
        let rows = self.count() / step;
        let root = |k: usize| roots[k % rows * step];
        if !rows.is_multiple_of(2) {
            let mut out = Self::zeros(rows, self.lanes);
            for row in 0..rows {
                (0..rows).for_each(|k| out.add(row, self.row(first + k * step), root(k * row)));
            }
            return out;
        }
        let [even, odd] = [first, first + step].map(|first| self.part(roots, first, 2 * step));
        let twice = |values: &[f64]| [values, values].concat();
        let mut out = Self { re: twice(&even.re), im: twice(&even.im), lanes: self.lanes };
        (0..rows).for_each(|row| out.add(row, odd.row(row % (rows / 2)), root(row)));
        out
    }
}

/// Columns of the spectrum of maps that are `size` columns wide. Of an odd width one more is kept, and the last column of
/// the map cut off.
pub(super) const fn spectrum_width(size: usize) -> usize {
    size.div_ceil(2) + 1
}

/// The map of a spectrum of `size` rows: `size` × `size` values.
pub(super) fn inverse(spectrum: &Rows, size: usize) -> Vec<f64> {
    let columns = spectrum.transformed(1.0).transposed();
    let (half, width) = (columns.count(), 2 * (columns.count() - 1));
    // The other half is the conjugate of this one.
    let mut whole = columns;
    for k in half..width {
        let from = (width - k) * size..(width - k + 1) * size;
        whole.re.extend_from_within(from.clone());
        let conjugate: Vec<f64> = whole.im[from].iter().map(|im| -im).collect();
        whole.im.extend(conjugate);
    }
    let map = whole.transformed(1.0).transposed();
    let scale = 1.0 / (width * size) as f64;
    map.re.chunks_exact(width).flat_map(|row| &row[..size]).map(|value| value * scale).collect()
}

/// The gradient of a spectrum from that of its map.
pub(super) fn inverse_adjoint(map: &[f64], size: usize) -> Rows {
    let half = spectrum_width(size);
    let width = 2 * (half - 1);
    let mut whole = Rows::zeros(size, width);
    whole.re.chunks_exact_mut(width).zip(map.chunks_exact(size)).for_each(|(to, from)| {
        to[..size].copy_from_slice(from);
    });
    let mut columns = whole.transposed().transformed(-1.0);
    columns.re.truncate(half * size);
    columns.im.truncate(half * size);
    let scale = 1.0 / (width * size) as f64;
    for k in 0..half {
        // The first and the last are their own conjugates, and their imaginary parts count for nothing.
        let alone = k == 0 || k == half - 1;
        let row = k * size..(k + 1) * size;
        columns.re[row.clone()].iter_mut().for_each(|re| *re *= if alone { scale } else { 2.0 * scale });
        columns.im[row].iter_mut().for_each(|im| *im *= if alone { 0.0 } else { 2.0 * scale });
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
            let spectrum = Rows { re: take(size * width), im: take(size * width), lanes: width };
            let map = take(size * size);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let there = dot(&inverse(&spectrum, size), &map);
            let back = inverse_adjoint(&map, size);
            let back = dot(&back.re, &spectrum.re) + dot(&back.im, &spectrum.im);
            assert!((there - back).abs() < 1e-5, "{size}: {there} {back}");
        }
    }

    #[test]
    fn one_frequency_is_one_wave() {
        let mut spectrum = Rows::zeros(4, 3);
        spectrum.re[1] = 1.0;
        let wave: Vec<f64> = inverse(&spectrum, 4).iter().map(|v| (v * 8.0).round()).collect();
        assert_eq!(wave, [1.0, 0.0, -1.0, 0.0].repeat(4));
        assert_eq!([frequency(0, 0, 4), frequency(3, 0, 4), frequency(0, 2, 4)], [0.0, 0.25, 0.5]);
    }
}
