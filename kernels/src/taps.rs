//! What a window sees, put together: pooling, depthwise and grouped convolution.

use crate::Source;
use crate::simd::{Quad, Vector};
use std::ops::Range;

/// The part of a window that lies within the input; or, for adjoints, the windows that see a pixel, in what the kernel
/// yielded.
#[derive(Clone, Debug)]
pub struct Taps {
    /// Rows of the input.
    pub rows: Range<usize>,
    /// Columns of the input.
    pub columns: Range<usize>,
    /// The tap that sees the first of them; or that by which the first window sees the pixel.
    pub first: [usize; 2],
    /// From one row, and column, of the input to the next: by how much the tap grows.
    pub step: [isize; 2],
    /// Columns of the window.
    pub width: usize,
    /// Columns of the input in all.
    pub input: usize,
}

/// What is folded: of a tap's number, the pixel that it sees (or the window that sees by it), the channel.
#[derive(Clone, Copy)]
struct At {
    tap: usize,
    pixel: usize,
    channel: usize,
}

impl Taps {
    /// Calls `f` with each tap's number and the pixel.
    // Plain loops: they are the innermost but one, and iterators of iterators are not always inlined.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        let [down, right] = self.step;
        let mut row_tap = self.first[0] * self.width + self.first[1];
        for row in self.rows.clone() {
            let mut tap = row_tap;
            for column in self.columns.clone() {
                f(tap, row * self.input + column);
                tap = tap.wrapping_add_signed(right);
            }
            row_tap = row_tap.wrapping_add_signed(down * self.width as isize);
        }
    }
}

/// Four channels each of what is folded, that stay in registers while taps go by.
const QUADS: usize = 4;

/// Folds what the taps see into each channel of a pixel, from `first` on. `f` gets what it has so
/// far and four values.
#[inline(always)]
fn fold<S: Copy>(
    input: &Source<'_>,
    taps: &Taps,
    first: S,
    f: impl Fn(S, Quad, At) -> S,
    mut store: impl FnMut(S, usize),
) {
    let rest = input.channels / (QUADS * 4) * (QUADS * 4);
    for channel in (0..rest).step_by(QUADS * 4) {
        fold_some::<QUADS, S>(input, taps, first, channel, &f, &mut store);
    }
    for channel in (rest..input.channels).step_by(4) {
        fold_some::<1, S>(input, taps, first, channel, &f, &mut store);
    }
}

/// [`fold`] for `QUADS` quads from a channel on.
#[inline(always)]
fn fold_some<const QUADS: usize, S: Copy>(
    input: &Source<'_>,
    taps: &Taps,
    first: S,
    channel: usize,
    f: &impl Fn(S, Quad, At) -> S,
    store: &mut impl FnMut(S, usize),
) {
    let mut folded = [first; QUADS];
    taps.each(|tap, pixel| {
        let seen = &input.pixel(pixel)[channel..][..QUADS * 4];
        for (quad, folded) in folded.iter_mut().enumerate() {
            let at = At { tap, pixel, channel: channel + quad * 4 };
            *folded = f(*folded, Quad::load(&seen[quad * 4..]), at);
        }
    });
    for (quad, folded) in folded.iter().enumerate() {
        store(*folded, channel + quad * 4);
    }
}

/// Stores four channels of a pixel.
#[inline(always)]
fn to(out: &mut [f32]) -> impl FnMut(Quad, usize) {
    |folded, channel| folded.store(&mut out[channel..])
}

/// The largest of each channel; NaN where there is one.
#[inline(never)]
pub fn largest(input: &Source<'_>, taps: &Taps, out: &mut [f32]) {
    fold(input, taps, Quad::splat(f32::NEG_INFINITY), |most, x, _| most.largest(x), to(out));
}

/// And, for each channel, the number of the first tap that saw it.
#[inline(never)]
pub fn largest_and_taps(input: &Source<'_>, taps: &Taps, most: &mut [f32], first: &mut [f32]) {
    let first_of_all = Quad::splat((taps.first[0] * taps.width + taps.first[1]) as f32);
    let begin = (Quad::splat(f32::NEG_INFINITY), first_of_all);
    let larger = |(most, first): (Quad, Quad), x: Quad, at: At| {
        (most.largest(x), most.overtaken(x, [Quad::splat(at.tap as f32), first]))
    };
    fold(input, taps, begin, larger, |(found, tap), channel| {
        found.store(&mut most[channel..]);
        tap.store(&mut first[channel..]);
    });
}

/// Of max pooling, backward: for each channel, the sum of what those windows pass on that saw their largest value by
/// the tap by which they see the pixel.
#[inline(never)]
pub fn sum_where_tapped(g: &Source<'_>, tapped: &Source<'_>, readers: &Taps, out: &mut [f32]) {
    let zero = Quad::splat(0.0);
    let passed = |sum: Quad, g: Quad, at: At| {
        let tap = Quad::load(&tapped.pixel(at.pixel)[at.channel..]);
        sum.add(tap.same(Quad::splat(at.tap as f32), [g, zero]))
    };
    fold(g, readers, zero, passed, to(out));
}

/// The sum of each channel, with a factor for each pixel if there are some.
#[inline(never)]
pub fn sum(input: &Source<'_>, taps: &Taps, factors: Option<&[f32]>, out: &mut [f32]) {
    let scaled = |sum, x: Quad, at: At| {
        let factor = factors.map_or(1.0, |factors| factors[at.pixel]);
        x.mul_add(Quad::splat(factor), sum)
    };
    fold(input, taps, Quad::splat(0.0), scaled, to(out));
}

/// The sum of each channel, divided by `count`.
#[inline(never)]
pub fn mean(input: &Source<'_>, taps: &Taps, count: usize, out: &mut [f32]) {
    sum(input, taps, None, out);
    let count = count as f32;
    out.iter_mut().for_each(|o| *o /= count);
}

/// Depthwise convolution, with `out.len()` weights for each tap; of the input's ReLU if asked for.
#[inline(never)]
pub fn weighted(input: &Source<'_>, taps: &Taps, weights: &[f32], relu: bool, out: &mut [f32]) {
    let channels = out.len();
    let least = Quad::splat(if relu { 0.0 } else { f32::NEG_INFINITY });
    let product = |sum, x: Quad, at: At| {
        x.max(least).mul_add(Quad::load(&weights[at.tap * channels + at.channel..]), sum)
    };
    fold(input, taps, Quad::splat(0.0), product, to(out));
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

/// Of [`grouped`], backward.
#[inline(never)]
pub fn grouped_adjoint(
    g: &Source<'_>,
    readers: &Taps,
    weights: &[f32],
    [inputs, outputs]: [usize; 2],
    out: &mut [f32],
) {
    // From one input of a group to the next.
    let pitch = g.channels;
    out.fill(0.0);
    readers.each(|tap, window| {
        let (g, weights) = (g.pixel(window), &weights[tap * inputs * pitch..]);
        for (input, out) in out.iter_mut().enumerate() {
            let first = input / inputs * outputs;
            let weights = &weights[input % inputs * pitch..][first..first + outputs];
            *out += weights.iter().zip(&g[first..]).map(|(w, g)| w * g).sum::<f32>();
        }
    });
}
