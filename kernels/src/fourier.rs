//! What a Fourier transform does with rows of complex numbers.

use crate::pair::Pair;

/// A complex number: its real and its imaginary part.
pub type Complex = [f64; 2];
/// What the real part of a complex number becomes, then what the imaginary one does: multiplication by a complex
/// number, conjugation, and others.
pub type Matrix = [Complex; 2];

/// The matrix that multiplies by a complex number.
#[inline(always)]
pub const fn times([re, im]: Complex) -> Matrix {
    [[re, -im], [im, re]]
}

/// How much of its own part goes into each, and how much of the other one.
#[inline(always)]
fn pairs([[a, b], [c, d]]: Matrix) -> [Pair; 2] {
    [[a, d], [b, c]].map(|pair| Pair::load(&pair))
}

#[inline(always)]
fn multiply([own, other]: [Pair; 2], x: Pair) -> Pair {
    own.mul(x).add(other.mul(x.swapped()))
}

/// Adds a row, each number of it multiplied by a matrix.
#[inline(never)]
pub fn add_multiplied(row: &[Complex], matrix: Matrix, out: &mut [Complex]) {
    let matrix = pairs(matrix);
    for (out, x) in out.iter_mut().zip(row) {
        Pair::load(out).add(multiply(matrix, Pair::load(x))).store(out);
    }
}

/// Two rows, one after the other: the sums of two rows, and their differences times a root of one.
#[inline(never)]
pub fn butterfly(a: &[Complex], b: &[Complex], root: Complex, out: &mut [Complex]) {
    let root = pairs(times(root));
    let (sums, differences) = out.split_at_mut(a.len());
    for (((a, b), sum), difference) in a.iter().zip(b).zip(sums).zip(differences) {
        let [a, b] = [a, b].map(Pair::load);
        a.add(b).store(sum);
        multiply(root, a.sub(b)).store(difference);
    }
}

/// Numbers, each multiplied by its own real one.
#[inline(never)]
pub fn scaled(numbers: &[Complex], scales: &[f64]) -> Vec<Complex> {
    numbers.iter().zip(scales).map(|(x, scale)| x.map(|part| part * scale)).collect()
}

/// Rows of `lanes` numbers as columns.
#[inline(never)]
pub fn transpose(rows: &[Complex], lanes: usize, out: &mut [Complex]) {
    /// Rows at a time: what is written side by side is a line of the cache.
    const BLOCK: usize = 4;
    let count = rows.len() / lanes;
    for (block, rows) in rows.chunks(BLOCK * lanes).enumerate() {
        for lane in 0..lanes {
            let column = rows[lane..].iter().step_by(lanes);
            out[lane * count + block * BLOCK..].iter_mut().zip(column).for_each(|(out, x)| *out = *x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that are exact, and so are their sums and products.
    fn numbers(count: usize, seed: usize) -> Vec<Complex> {
        (0..count).map(|at| [(at * 7 + seed) % 11, (at * 5 + seed) % 13].map(|n| n as f64 - 6.0)).collect()
    }

    #[test]
    fn rows_are_added_and_multiplied() {
        let ([a, b], root) = ([numbers(5, 1), numbers(5, 2)], [0.5, -2.0]);
        let product = |[x, y]: Complex| [x * 0.5 + y * 2.0, y * 0.5 - x * 2.0];
        let mut out = vec![[f64::NAN; 2]; 10];
        butterfly(&a, &b, root, &mut out);
        for (at, (a, b)) in a.iter().zip(&b).enumerate() {
            assert_eq!(out[at], [a[0] + b[0], a[1] + b[1]]);
            assert_eq!(out[5 + at], product([a[0] - b[0], a[1] - b[1]]));
        }
        let mut sum = b.clone();
        add_multiplied(&a, times(root), &mut sum);
        let mut mixed = b.clone();
        add_multiplied(&a, [[1.0, 2.0], [3.0, 4.0]], &mut mixed);
        for (at, (a, b)) in a.iter().zip(&b).enumerate() {
            let [re, im] = product(*a);
            assert_eq!(sum[at], [b[0] + re, b[1] + im]);
            assert_eq!(mixed[at], [b[0] + a[0] + 2.0 * a[1], b[1] + 3.0 * a[0] + 4.0 * a[1]]);
        }
        assert_eq!(scaled(&a[..2], &[2.0, -1.0]), [a[0].map(|part| 2.0 * part), a[1].map(|part| -part)]);
    }

    #[test]
    fn rows_become_columns() {
        for (rows, lanes) in [(1, 1), (3, 7), (4, 4), (9, 2), (8, 5)] {
            let (all, mut out) = (numbers(rows * lanes, 3), vec![[f64::NAN; 2]; rows * lanes]);
            transpose(&all, lanes, &mut out);
            for (row, lane) in (0..rows).flat_map(|row| (0..lanes).map(move |lane| (row, lane))) {
                assert_eq!(out[lane * rows + row], all[row * lanes + lane], "{rows}×{lanes}: {row}, {lane}");
            }
        }
    }
}
