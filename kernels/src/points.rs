//! Polynomials at points, for `winograd.rs`.
//!
//! In each dimension the points are 0 and pairs ±a, for three taps with ∞. For three taps a is √½ and √2, with errors of
//! two to three times those of the plain sum; with 1 and 2, which are usual, they are twice as large again, and the
//! largest four times. For seven taps a is ½, ⅞, 1½ and 4, found by a search, with the same errors as 3×3
//! windows; a tile of four outputs, with ten points, would save little more, and be off by half as much again.

use crate::simd::{Quad, Vector};

/// Most outputs of a tile in a dimension.
pub(crate) const MOST_OUTPUTS: usize = 4;
/// Most points in a dimension.
pub(crate) const MOST_POINTS: usize = 9;
/// Most pairs of points.
const MOST_PAIRS: usize = (MOST_POINTS - 1) / 2;

/// Outputs of a tile in a dimension in which windows have so many taps.
pub const fn tile(taps: usize) -> usize {
    match taps {
        1 => 1,
        7 => 3,
        _ => MOST_OUTPUTS,
    }
}

/// Points in a dimension with so many taps.
pub(crate) const fn points(taps: usize) -> usize {
    tile(taps) + taps - 1
}

/// Outputs of a tile in a dimension with so many points.
pub(crate) const fn outputs(points: usize) -> usize {
    match points {
        1 => 1,
        9 => 3,
        _ => MOST_OUTPUTS,
    }
}

/// Pairs of points, and what follows from them. With s for the square of each a:
struct Pairs {
    /// a.
    roots: [f32; MOST_PAIRS],
    /// s.
    squares: [f32; MOST_PAIRS],
    /// ∏ (x − s) over all pairs as a polynomial, constant first.
    all: [f32; MOST_PAIRS + 1],
    /// The same over all others, for each pair.
    others: [[f32; MOST_PAIRS]; MOST_PAIRS],
}

impl Pairs {
    /// For so many points.
    const fn of(points: usize) -> Self {
        use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};
        let roots: [f64; MOST_PAIRS] = match points {
            9 => [0.5, 0.875, 1.5, 4.0],
            _ => [FRAC_1_SQRT_2, SQRT_2, 0.0, 0.0],
        };
        let count = (points - 1) / 2;
        let mut pairs = Self {
            roots: [0.0; MOST_PAIRS],
            squares: [0.0; MOST_PAIRS],
            all: [0.0; MOST_PAIRS + 1],
            others: [[0.0; MOST_PAIRS]; MOST_PAIRS],
        };
        let (mut pair, mut k) = (0, 0);
        let all = product_without(&roots, count, MOST_PAIRS);
        while k <= count {
            pairs.all[k] = all[k] as f32;
            k += 1;
        }
        while pair < count {
            pairs.roots[pair] = roots[pair] as f32;
            pairs.squares[pair] = (roots[pair] * roots[pair]) as f32;
            let others = product_without(&roots, count, pair);
            k = 0;
            while k < count {
                pairs.others[pair][k] = others[k] as f32;
                k += 1;
            }
            pair += 1;
        }
        pairs
    }
}

/// ∏ (x − a²) over so many, but for one.
const fn product_without(roots: &[f64; MOST_PAIRS], count: usize, without: usize) -> [f64; MOST_PAIRS + 1] {
    let mut product = [0.0; MOST_PAIRS + 1];
    product[0] = 1.0;
    let mut pair = 0;
    while pair < count {
        if pair != without {
            let mut k = MOST_PAIRS;
            while k > 0 {
                product[k] = product[k - 1] - product[k] * roots[pair] * roots[pair];
                k -= 1;
            }
            product[0] *= -roots[pair] * roots[pair];
        }
        pair += 1;
    }
    product
}

/// The input at 0, at each pair, and at ∞ where the number of points is even.
#[inline(always)]
pub(crate) fn at_points<V: Vector, const N: usize>(input: [V; N]) -> [V; N] {
    if N == 1 {
        return input;
    }
    let pairs = const { &Pairs::of(N) };
    let count = const { (N - 1) / 2 };
    // Of every other value from the first on, the last one's factor is 1.
    let sum = |factors: &[f32], first: usize| {
        let last = factors.len() - 1;
        let mut sum = input[first + 2 * last];
        for k in 0..last {
            sum = input[first + 2 * k].mul_add(V::splat(factors[k]), sum);
        }
        sum
    };
    let mut out = input;
    out[0] = sum(&pairs.all[..=count], 0);
    if N.is_multiple_of(2) {
        out[N - 1] = sum(&pairs.all[..=count], 1);
    }
    for (pair, (root, others)) in pairs.roots.iter().zip(&pairs.others).take(count).enumerate() {
        let (even, odd) = (sum(&others[..count], 2), sum(&others[..count], 1).mul(V::splat(*root)));
        out[2 * pair + 1] = even.add(odd);
        out[2 * pair + 2] = even.sub(odd);
    }
    out
}

/// A kernel of so many taps there, divided by the product of each point's distances from the others.
#[inline(never)]
pub(crate) fn kernel_at_points(taps: usize, tap: impl Fn(usize) -> Quad) -> [Quad; MOST_POINTS] {
    let mut out = [tap(0); MOST_POINTS];
    if taps == 1 {
        return out;
    }
    let pairs = Pairs::of(points(taps));
    let count = (points(taps) - 1) / 2;
    let over = |divisor: f32| Quad::splat(1.0 / divisor);
    for pair in 0..count {
        let (root, square) = (pairs.roots[pair], pairs.squares[pair]);
        let (mut even, mut odd, mut power) = (Quad::splat(0.0), Quad::splat(0.0), Quad::splat(1.0));
        for k in (0..taps).step_by(2) {
            even = tap(k).mul_add(power, even);
            if k + 1 < taps {
                odd = tap(k + 1).mul_add(power, odd);
            }
            power = power.mul(Quad::splat(square));
        }
        odd = odd.mul(Quad::splat(root));
        let others: f32 = (0..count).filter(|k| *k != pair).map(|k| square - pairs.squares[k]).product();
        let divisor = 2.0 * square * others;
        out[2 * pair + 1] = even.add(odd).mul(over(divisor));
        out[2 * pair + 2] = even.sub(odd).mul(over(divisor));
    }
    out[0] = tap(0).mul(over(pairs.all[0]));
    if points(taps).is_multiple_of(2) {
        out[2 * count + 1] = tap(taps - 1);
    }
    out
}

/// The outputs, from products there.
#[inline(always)]
pub(crate) fn from_points<V: Vector, const N: usize>(products: [V; N]) -> [V; MOST_OUTPUTS] {
    let mut out = [V::splat(0.0); MOST_OUTPUTS];
    out[0] = products[0];
    if N == 1 {
        return out;
    }
    let pairs = const { &Pairs::of(N) };
    if N.is_multiple_of(2) {
        out[MOST_OUTPUTS - 1] = products[N - 1];
    }
    for pair in 0..const { (N - 1) / 2 } {
        let (plus, minus) = (products[2 * pair + 1], products[2 * pair + 2]);
        let (even, odd) = (plus.add(minus), plus.sub(minus).mul(V::splat(pairs.roots[pair])));
        let square = V::splat(pairs.squares[pair]);
        out[0] = out[0].add(even);
        out[1] = out[1].add(odd);
        out[2] = even.mul_add(square, out[2]);
        out[3] = odd.mul_add(square, out[3]);
    }
    out
}
