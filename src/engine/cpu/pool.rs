//! Pooling, and the walk over a window's positions that other kernels share.

use super::Task;
use super::memory::{Source, Target};
use crate::net::Shape;
use crate::net::op::Window;
use std::ops::Range;

/// The part of a window that lies within the input: for each tap its number and the pixel that it sees.
pub(super) fn taps(
    input: &Source<'_>,
    window: &Window,
    [y, x]: [usize; 2],
) -> impl Iterator<Item = (usize, usize)> + use<> {
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

pub(super) fn max(task: &Task<'_>, window: &Window, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        out.fill(f32::NEG_INFINITY);
        for (_, position) in taps(&task.input, window, [pixel / task.width, pixel % task.width]) {
            for (o, x) in out.iter_mut().zip(task.input.pixel(position)) {
                // Not f32::max, which is a call in wasm.
                *o = if *x > *o { *x } else { *o };
            }
        }
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
        mean(input, taps(input, window, [y, x]).map(|(_, position)| position), count, out);
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
        let positions = rows.flat_map(|r| columns.clone().map(move |c| r * input.w + c));
        mean(input, positions, count, out);
        task.epilogue.apply(pixel, out);
    });
}

fn mean(input: &Source<'_>, positions: impl Iterator<Item = usize>, count: usize, out: &mut [f32]) {
    out.fill(0.0);
    for position in positions {
        out.iter_mut().zip(input.pixel(position)).for_each(|(o, x)| *o += x);
    }
    let count = count as f32;
    out.iter_mut().for_each(|o| *o /= count);
}
