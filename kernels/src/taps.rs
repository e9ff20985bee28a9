//! What a window sees, put together: pooling, depthwise and grouped convolution.

use crate::Source;
use crate::simd::{Quad, Vector};
use std::ops::Range;

/// The part of a window that lies within the input.
#[derive(Clone, Debug)]
pub struct Taps {
    /// Rows of the input.
    pub rows: Range<usize>,
    /// Columns of the input.
    pub columns: Range<usize>,
    /// The tap that sees the first of them.
    pub first: [usize; 2],
    /// Columns of the window.
    pub width: usize,
    /// Columns of the input in all.
    pub input: usize,
}

impl Taps {
    /// Calls `f` with each tap's number and the pixel that it sees.
    // Plain loops: they are the innermost but one, and iterators of iterators are not always inlined.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        for (row, r) in self.rows.clone().enumerate() {
            let tap = (self.first[0] + row) * self.width + self.first[1];
            let pixel = r * self.input;
            for (column, c) in self.columns.clone().enumerate() {
                f(tap + column, pixel + c);
            }
        }
    }
}

/// Folds what the taps see into each channel of a pixel, from `first` on. `f` gets what it has so
/// far, four values, the tap's number and the channel.
#[inline(always)]
fn fold(
    input: &Source<'_>,
    taps: &Taps,
    first: f32,
    out: &mut [f32],
    f: impl Fn(Quad, Quad, usize, usize) -> Quad,
) {
    // Quads whose sums stay in registers, while taps go by.
    const QUADS: usize = 8;
    let (blocks, rest) = out.as_chunks_mut::<{ QUADS * 4 }>();
    let rest_from = blocks.len() * QUADS * 4;
    for (index, block) in blocks.iter_mut().enumerate() {
        fold_some::<QUADS>(input, taps, first, index * QUADS * 4, block, &f);
    }
    for (index, quad) in rest.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        fold_some::<1>(input, taps, first, rest_from + index * 4, quad, &f);
    }
}

/// [`fold`] for `QUADS` quads from a channel on.
#[inline(always)]
fn fold_some<const QUADS: usize>(
    input: &Source<'_>,
    taps: &Taps,
    first: f32,
    channel: usize,
    out: &mut [f32],
    f: &impl Fn(Quad, Quad, usize, usize) -> Quad,
) {
    let mut folded = [Quad::splat(first); QUADS];
    taps.each(|tap, position| {
        let seen = &input.pixel(position)[channel..][..QUADS * 4];
        for (quad, folded) in folded.iter_mut().enumerate() {
            *folded = f(*folded, Quad::load(&seen[quad * 4..]), tap, channel + quad * 4);
        }
    });
    for (folded, out) in folded.iter().zip(out.as_chunks_mut::<4>().0) {
        folded.store(out);
    }
}

/// The largest of each channel; NaN where there is one.
#[inline(never)]
pub fn largest(input: &Source<'_>, taps: &Taps, out: &mut [f32]) {
    fold(input, taps, f32::NEG_INFINITY, out, |most, x, _, _| most.largest(x));
}

/// And, for each channel, the number of the first tap that saw it.
#[inline(never)]
pub fn largest_and_taps(input: &Source<'_>, taps: &Taps, most: &mut [f32], first: &mut [f32]) {
    most.fill(f32::NEG_INFINITY);
    first.fill(0.0);
    let mut begun = false;
    taps.each(|tap, position| {
        let (seen, tap) = (input.pixel(position), tap as f32);
        if !begun {
            most.copy_from_slice(seen);
            first.fill(tap);
            begun = true;
            return;
        }
        // Without branches, so that it becomes instructions on vectors.
        for ((most, first), x) in most.iter_mut().zip(&mut *first).zip(seen) {
            // NaN is the largest, as in `largest`.
            let is_larger = !most.is_nan() & ((*x > *most) | x.is_nan());
            *first = if is_larger { tap } else { *first };
            *most = if is_larger { *x } else { *most };
        }
    });
}

/// The sum of each channel, divided by `count`.
#[inline(never)]
pub fn mean(input: &Source<'_>, taps: &Taps, count: usize, out: &mut [f32]) {
    fold(input, taps, 0.0, out, |sum, x, _, _| sum.add(x));
    let count = count as f32;
    out.iter_mut().for_each(|o| *o /= count);
}

/// Depthwise convolution, with `out.len()` weights for each tap; of the input's ReLU if asked for.
#[inline(never)]
pub fn weighted(input: &Source<'_>, taps: &Taps, weights: &[f32], relu: bool, out: &mut [f32]) {
    let channels = out.len();
    let least = Quad::splat(if relu { 0.0 } else { f32::NEG_INFINITY });
    fold(input, taps, 0.0, out, |sum, x, tap, channel| {
        x.max(least).mul_add(Quad::load(&weights[tap * channels + channel..]), sum)
    });
}

/// Convolution in `groups` groups, with that many inputs and outputs each; weights are those of all outputs for
/// each input of a group, tap by tap.
#[inline(never)]
pub fn grouped(
    source: &Source<'_>,
    taps: &Taps,
    weights: &[f32],
    groups: usize,
    [inputs, outputs]: [usize; 2],
    out: &mut [f32],
) {
    out.fill(0.0);
    taps.each(|tap, position| {
        let x = source.pixel(position);
        for i in 0..inputs {
            let weights = &weights[(tap * inputs + i) * out.len()..];
            for (group, (out, weights)) in
                out.chunks_mut(outputs).zip(weights.chunks(outputs)).take(groups).enumerate()
            {
                let x = x[group * inputs + i];
                out.iter_mut().zip(weights).for_each(|(o, w)| *o += x * w);
            }
        }
    });
}
