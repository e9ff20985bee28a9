//! Pooling, and the walk over a window's positions that other kernels share.

use super::Task;
use super::memory::{Source, Target};
use super::simd::{Quad, Vector};
use crate::net::Shape;
use crate::net::op::window::region;
use crate::net::op::{AvgPool, Window};
use std::ops::Range;

/// The part of a window that lies within the input.
#[derive(Clone)]
pub(super) struct Taps {
    /// Rows and columns of the input.
    rows: Range<usize>,
    columns: Range<usize>,
    /// The tap that sees the first of them.
    first: [usize; 2],
    /// Columns of the window.
    width: usize,
    /// Columns of the input.
    input: usize,
}

impl Taps {
    /// Of the window at output position `y`, `x`.
    pub(super) fn new(input: &Source<'_>, window: &Window, [y, x]: [usize; 2]) -> Self {
        let [vertical, horizontal] = [window.axis(0), window.axis(1)];
        let (rows, columns) = (vertical.reads(y, input.h), horizontal.reads(x, input.w));
        // A window over padding alone sees nothing, and has no first tap.
        let first = match rows.is_empty() || columns.is_empty() {
            true => [0, 0],
            false => [vertical.tap(y, rows.start), horizontal.tap(x, columns.start)],
        };
        Self { rows, columns, first, width: window.kernel[1], input: input.w }
    }

    /// Everything in these rows and columns.
    fn region(input: &Source<'_>, rows: Range<usize>, columns: Range<usize>) -> Self {
        let width = columns.len();
        Self { rows, columns, first: [0, 0], width, input: input.w }
    }

    fn count(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// Calls `f` with each tap's number and the pixel that it sees.
    // Plain loops: they are the innermost but one, and iterators of iterators are not always inlined.
    #[inline(always)]
    pub(super) fn each(&self, mut f: impl FnMut(usize, usize)) {
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
pub(super) fn fold(
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

pub(super) fn max(task: &Task<'_>, window: &Window, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let (input, at) = task.locate(pixel);
        let taps = Taps::new(&input, window, at);
        fold(&input, &taps, f32::NEG_INFINITY, out, |most, x, _, _| most.largest(x));
        task.epilogue.apply(pixel, out);
    });
}

/// And, into a second view, the number of the first tap of each window that saw the largest of its `channels`
/// values.
pub(super) fn max_and_taps(
    task: &Task<'_>,
    window: &Window,
    channels: usize,
    out: Target<'_>,
    taps_out: Target<'_>,
) {
    out.each_pixel_with(taps_out, |pixel, most, first| {
        let (input, at) = task.locate(pixel);
        most.fill(f32::NEG_INFINITY);
        first.fill(0.0);
        let mut begun = false;
        Taps::new(&input, window, at).each(|tap, position| {
            for ((most, first), x) in most.iter_mut().zip(&mut *first).zip(input.pixel(position)) {
                // NaN is the largest, as in `max`.
                let is_larger = !most.is_nan() && (x.is_nan() || *x > *most);
                if is_larger || !begun {
                    (*most, *first) = (*x, tap as f32);
                }
            }
            begun = true;
        });
        first[channels..].fill(0.0);
        task.epilogue.apply(pixel, most);
    });
}

pub(super) fn average(task: &Task<'_>, pool: &AvgPool, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let (input, at) = task.locate(pixel);
        let taps = Taps::new(&input, &pool.window, at);
        let count = pool.window.divisor(Shape::map(1, input.h, input.w), at, pool.count_include_pad);
        mean(&input, &taps, count, out);
        task.epilogue.apply(pixel, out);
    });
}

pub(super) fn adaptive_average(task: &Task<'_>, out: Target<'_>) {
    let [height, width] = task.size;
    out.each_pixel(|pixel, out| {
        let (input, [y, x]) = task.locate(pixel);
        let taps = Taps::region(&input, region(y, input.h, height), region(x, input.w, width));
        mean(&input, &taps, taps.count(), out);
        task.epilogue.apply(pixel, out);
    });
}

fn mean(input: &Source<'_>, taps: &Taps, count: usize, out: &mut [f32]) {
    fold(input, taps, 0.0, out, |sum, x, _, _| sum.add(x));
    let count = count as f32;
    out.iter_mut().for_each(|o| *o /= count);
}
