//! Pooling, and the walk over a window's positions that other kernels share.

use super::Task;
use super::memory::{Source, Target};
use super::simd::{Quad, Vector};
use crate::net::Shape;
use crate::net::op::Window;
use std::ops::Range;

/// The part of a window that lies within the input: for each tap its number and the pixel that it sees.
pub(super) fn taps(
    input: &Source<'_>,
    window: &Window,
    [y, x]: [usize; 2],
) -> impl Iterator<Item = (usize, usize)> + Clone + use<> {
    let ([kh, kw], [sy, sx]) = (window.kernel, window.stride);
    let rows = clip(y * sy, kh, window.padding.top, input.h);
    let columns = clip(x * sx, kw, window.padding.left, input.w);
    // Positions are counted from the padding's corner.
    let (top, left, w) = (window.padding.top, window.padding.left, input.w);
    rows.flat_map(move |r| {
        columns.clone().map(move |c| ((r - y * sy) * kw + (c - x * sx), (r - top) * w + (c - left)))
    })
}

/// Cuts a window that starts at `start` of the padded axis to the input, which starts at `before`.
fn clip(start: usize, kernel: usize, before: usize, size: usize) -> Range<usize> {
    start.max(before)..(start + kernel).min(before + size)
}

/// Folds what the taps see into each channel of a pixel, from `first` on. `f` gets what it has so
/// far, four values, the tap's number and the channel.
pub(super) fn fold(
    input: &Source<'_>,
    taps: impl Iterator<Item = (usize, usize)> + Clone,
    first: f32,
    out: &mut [f32],
    f: impl Fn(Quad, Quad, usize, usize) -> Quad,
) {
    // Quads whose sums stay in registers, while taps go by.
    const QUADS: usize = 8;
    let (blocks, rest) = out.as_chunks_mut::<{ QUADS * 4 }>();
    let rest_from = blocks.len() * QUADS * 4;
    for (index, block) in blocks.iter_mut().enumerate() {
        fold_some::<QUADS>(input, taps.clone(), first, index * QUADS * 4, block, &f);
    }
    for (index, quad) in rest.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        fold_some::<1>(input, taps.clone(), first, rest_from + index * 4, quad, &f);
    }
}

/// [`fold`] for so many quads from a channel on.
#[inline(always)]
fn fold_some<const QUADS: usize>(
    input: &Source<'_>,
    taps: impl Iterator<Item = (usize, usize)>,
    first: f32,
    channel: usize,
    out: &mut [f32],
    f: &impl Fn(Quad, Quad, usize, usize) -> Quad,
) {
    let mut folded = [Quad::splat(first); QUADS];
    for (tap, position) in taps {
        let seen = &input.pixel(position)[channel..][..QUADS * 4];
        for (quad, folded) in folded.iter_mut().enumerate() {
            *folded = f(*folded, Quad::load(&seen[quad * 4..]), tap, channel + quad * 4);
        }
    }
    for (folded, out) in folded.iter().zip(out.as_chunks_mut::<4>().0) {
        folded.store(out);
    }
}

pub(super) fn max(task: &Task<'_>, window: &Window, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let taps = taps(&task.input, window, [pixel / task.width, pixel % task.width]);
        fold(&task.input, taps, f32::NEG_INFINITY, out, |most, x, _, _| most.max(x));
        task.epilogue.apply(pixel, out);
    });
}

pub(super) fn average(task: &Task<'_>, window: &Window, count_include_pad: bool, out: Target<'_>) {
    let (input, padding) = (&task.input, window.padding);
    out.each_pixel(|pixel, out| {
        let [y, x] = [pixel / task.width, pixel % task.width];
        let count = if count_include_pad {
            // A window of a rounded-up output may hang over the padding as well: that part never counts.
            let axis = |start: usize, kernel: usize, size: usize| (start + kernel).min(size) - start;
            axis(y * window.stride[0], window.kernel[0], input.h + padding.top + padding.bottom)
                * axis(x * window.stride[1], window.kernel[1], input.w + padding.left + padding.right)
        } else {
            taps(input, window, [y, x]).count()
        };
        mean(input, taps(input, window, [y, x]), count, out);
        task.epilogue.apply(pixel, out);
    });
}

pub(super) fn adaptive_average(task: &Task<'_>, output: Shape, out: Target<'_>) {
    let input = &task.input;
    let region = |i: usize, size: usize, out: usize| i * size / out..((i + 1) * size).div_ceil(out);
    out.each_pixel(|pixel, out| {
        let rows = region(pixel / task.width, input.h, output.h());
        let columns = region(pixel % task.width, input.w, output.w());
        let count = rows.len() * columns.len();
        let positions = rows.flat_map(|r| columns.clone().map(move |c| (0, r * input.w + c)));
        mean(input, positions, count, out);
        task.epilogue.apply(pixel, out);
    });
}

fn mean(
    input: &Source<'_>,
    taps: impl Iterator<Item = (usize, usize)> + Clone,
    count: usize,
    out: &mut [f32],
) {
    fold(input, taps, 0.0, out, |sum, x, _, _| sum.add(x));
    let count = count as f32;
    out.iter_mut().for_each(|o| *o /= count);
}
