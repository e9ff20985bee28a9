//! Pooling, and what a window sees.

use super::Task;
use super::memory::Target;
use crate::net::Shape;
use crate::net::op::window::region;
use crate::net::op::{AvgPool, Window};
use inceptionscope_kernels::{Source, Taps, largest, largest_and_taps, mean};
use std::ops::Range;

/// Of the window at output position `y`, `x`: the part that lies within the input.
pub(super) fn taps(input: &Source<'_>, window: &Window, [y, x]: [usize; 2]) -> Taps {
    let [vertical, horizontal] = [window.axis(0), window.axis(1)];
    let (rows, columns) = (vertical.reads(y, input.h), horizontal.reads(x, input.w));
    // A window over padding alone sees nothing, and has no first tap.
    let first = match rows.is_empty() || columns.is_empty() {
        true => [0, 0],
        false => [vertical.tap(y, rows.start), horizontal.tap(x, columns.start)],
    };
    Taps { rows, columns, first, step: [1, 1], width: window.kernel[1], input: input.w }
}

/// The windows that see the input's pixel `y`, `x`, of what they yielded.
pub(super) fn readers(yielded: &Source<'_>, window: &Window, [y, x]: [usize; 2]) -> Taps {
    let [vertical, horizontal] = [window.axis(0), window.axis(1)];
    let (rows, columns) = (vertical.readers(y, yielded.h), horizontal.readers(x, yielded.w));
    let first = match rows.is_empty() || columns.is_empty() {
        true => [0, 0],
        false => [vertical.tap(rows.start, y), horizontal.tap(columns.start, x)],
    };
    // The next window sees it so much earlier.
    let step = window.stride.map(|stride| -(stride as isize));
    Taps { rows, columns, first, step, width: window.kernel[1], input: yielded.w }
}

/// All of some rows and columns, of an input that has so many columns.
pub(super) fn all(rows: Range<usize>, columns: Range<usize>, input: usize) -> Taps {
    Taps { width: columns.len(), rows, columns, first: [0, 0], step: [1, 1], input }
}

pub(super) fn max(task: &Task<'_>, window: &Window, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let (input, at) = task.locate(pixel);
        largest(&input, &taps(&input, window, at), out);
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
        largest_and_taps(&input, &taps(&input, window, at), most, first);
        first[channels..].fill(0.0);
        task.epilogue.apply(pixel, most);
    });
}

pub(super) fn average(task: &Task<'_>, pool: &AvgPool, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let (input, at) = task.locate(pixel);
        let count = pool.window.divisor(Shape::map(1, input.h, input.w), at, pool.count_include_pad);
        mean(&input, &taps(&input, &pool.window, at), count, out);
        task.epilogue.apply(pixel, out);
    });
}

pub(super) fn adaptive_average(task: &Task<'_>, out: Target<'_>) {
    let [height, width] = task.size;
    out.each_pixel(|pixel, out| {
        let (input, [y, x]) = task.locate(pixel);
        let (rows, columns) = (region(y, input.h, height), region(x, input.w, width));
        let count = rows.len() * columns.len();
        mean(&input, &all(rows, columns, input.w), count, out);
        task.epilogue.apply(pixel, out);
    });
}
