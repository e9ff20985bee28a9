//! Adjoints of kernels that are no matrix products ([`crate::plan::Adjoint`]), in gather form: each value of a
//! gradient is summed up by whoever stores it.

use super::Task;
use super::lrn::{around, factors};
use super::memory::Target;
use super::pool::{all, readers};
use crate::net::Shape;
use crate::net::op::window::{region, region_readers};
use crate::net::op::{AvgPool, LocalResponseNorm, Window};
use crate::plan::{Adjoint, DepthwiseConv2d, GroupedConv2d, ReluRule};
use inceptionscope_kernels::{self as kernels, Source, Taps};

/// `shapes` are those of what the kernel read and yielded.
pub(super) fn run(task: &Task<'_>, adjoint: &Adjoint, [read, yielded]: [Shape; 2], out: Target<'_>) {
    match adjoint {
        Adjoint::Relu(rule) => relu(task, *rule, out),
        Adjoint::Passes => passes(task, out),
        Adjoint::GroupedConv2d(conv) => grouped(task, conv, [read, yielded], out),
        Adjoint::DepthwiseConv2d(conv) => depthwise(task, conv, out),
        Adjoint::MaxPool(window) => max_pool(task, window, out),
        Adjoint::AvgPool(pool) => avg_pool(task, pool, out),
        Adjoint::AdaptiveAvgPool => adaptive_avg_pool(task, out),
        Adjoint::LocalResponseNorm(norm) => local_response_norm(task, norm, out),
        Adjoint::Softmax => softmax(task, yielded.c(), out),
        Adjoint::L2Normalize => l2_normalize(task, out),
        Adjoint::Spread { stride, first } => spread(task, *stride, *first, out),
    }
}

/// Calls `f` with each pixel's channels and number, its row and column, the gradient of what was yielded for its picture,
/// and the windows of that which read the pixel.
fn each_read(
    task: &Task<'_>,
    window: &Window,
    out: Target<'_>,
    f: impl Fn(&mut [f32], usize, &Source<'_>, &Taps) + Send + Sync,
) {
    let gradient = task.operand(0);
    out.each_pixel(|pixel, out| {
        let (picture, at) = task.position(pixel);
        let gradient = gradient.picture(picture);
        f(out, pixel, &gradient, &readers(&gradient, window, at));
        task.epilogue.apply(pixel, out);
    });
}

/// What a window passes on, of a picture.
fn at<'a>(source: &Source<'a>, picture: usize, [row, column]: [usize; 2]) -> &'a [f32] {
    source.pixel((picture * source.h + row) * source.w + column)
}

fn passes(task: &Task<'_>, out: Target<'_>) {
    let (gradient, result) = (task.operand(0), task.operand(1));
    out.each_pixel(|picture, out| {
        let (gradient, result) = (gradient.picture(picture), result.picture(picture));
        let mut pixels = 0..gradient.h * gradient.w;
        let any = pixels.any(|pixel| kernels::passes_any(gradient.pixel(pixel), result.pixel(pixel)));
        out.fill(0.0);
        out[0] = f32::from(u8::from(any));
        task.epilogue.apply(picture, out);
    });
}

fn relu(task: &Task<'_>, rule: ReluRule, out: Target<'_>) {
    let (gradient, result) = (task.operand(0), task.operand(1));
    let passes = (rule == ReluRule::Redirected).then(|| task.operand(2));
    let least = if rule == ReluRule::Guided { 0.0 } else { f32::NEG_INFINITY };
    out.each_pixel(|pixel, out| {
        let is_shut = passes.is_some_and(|passes| passes.pixel(task.position(pixel).0)[0] == 0.0);
        let most = if is_shut { 0.0 } else { f32::INFINITY };
        kernels::relu_adjoint(gradient.pixel(pixel), result.pixel(pixel), [least, most], out);
        task.epilogue.apply(pixel, out);
    });
}

fn grouped(
    task: &Task<'_>,
    GroupedConv2d { window, groups }: &GroupedConv2d,
    [read, yielded]: [Shape; 2],
    out: Target<'_>,
) {
    let channels = [read.c() / groups, yielded.c() / groups];
    each_read(task, window, out, |out, _, gradient, readers| {
        let (out, padding) = out.split_at_mut(read.c());
        padding.fill(0.0);
        kernels::grouped_adjoint(gradient, readers, task.weights, channels, out);
    });
}

fn depthwise(task: &Task<'_>, conv: &DepthwiseConv2d, out: Target<'_>) {
    let input = task.operand(1);
    each_read(task, &conv.window, out, |out, pixel, gradient, readers| {
        kernels::weighted(gradient, readers, task.weights, false, out);
        if conv.relu_input {
            kernels::shut(input.pixel(pixel), out);
        }
    });
}

fn max_pool(task: &Task<'_>, window: &Window, out: Target<'_>) {
    let taps = task.operand(1);
    each_read(task, window, out, |out, pixel, gradient, readers| {
        let (picture, _) = task.position(pixel);
        kernels::sum_where_tapped(gradient, &taps.picture(picture), readers, out);
    });
}

fn avg_pool(task: &Task<'_>, pool: &AvgPool, out: Target<'_>) {
    let gradient = task.operand(0);
    let read = Shape::map(1, task.size[0], task.size[1]);
    // What a window divides by, at its place in the gradient.
    let share = |window: usize| {
        let at = [window / gradient.w, window % gradient.w];
        1.0 / pool.window.divisor(read, at, pool.count_include_pad) as f32
    };
    let shares: Vec<_> = (0..gradient.h * gradient.w).map(share).collect();
    each_read(task, &pool.window, out, |out, _, gradient, readers| {
        kernels::sum(gradient, readers, Some(&shares), out);
    });
}

fn adaptive_avg_pool(task: &Task<'_>, out: Target<'_>) {
    let gradient = task.operand(0);
    let [height, width] = task.size;
    let share = |region_of: usize| {
        let (row, column) = (region_of / gradient.w, region_of % gradient.w);
        1.0 / (region(row, height, gradient.h).len() * region(column, width, gradient.w).len()) as f32
    };
    let shares: Vec<_> = (0..gradient.h * gradient.w).map(share).collect();
    out.each_pixel(|pixel, out| {
        let (picture, [y, x]) = task.position(pixel);
        let (rows, columns) = (region_readers(y, height, gradient.h), region_readers(x, width, gradient.w));
        let readers = all(rows, columns, gradient.w);
        kernels::sum(&gradient.picture(picture), &readers, Some(&shares), out);
        task.epilogue.apply(pixel, out);
    });
}

fn local_response_norm(task: &Task<'_>, norm: &LocalResponseNorm, out: Target<'_>) {
    let (gradient, input) = (task.operand(0), task.operand(1));
    out.each_pixel_using(&|pixel, out, padded| {
        let read = [gradient.pixel(pixel), input.pixel(pixel)];
        kernels::local_response_norm_adjoint(read, around(norm), factors(norm), padded, out);
        task.epilogue.apply(pixel, out);
    });
}

fn softmax(task: &Task<'_>, len: usize, out: Target<'_>) {
    let (gradient, result) = (task.operand(0), task.operand(1));
    out.each_pixel(|pixel, out| {
        kernels::softmax_adjoint(gradient.pixel(pixel), result.pixel(pixel), len, out);
        task.epilogue.apply(pixel, out);
    });
}

fn l2_normalize(task: &Task<'_>, out: Target<'_>) {
    let (gradient, input) = (task.operand(0), task.operand(1));
    out.each_pixel(|pixel, out| {
        kernels::l2_normalize_adjoint(gradient.pixel(pixel), input.pixel(pixel), out);
        task.epilogue.apply(pixel, out);
    });
}

fn spread(task: &Task<'_>, stride: [usize; 2], first: [usize; 2], out: Target<'_>) {
    let from = task.operand(0);
    let width = task.size[1];
    out.each_block(width, |mut block| {
        let (picture, [y, _]) = task.position(block.first);
        let behind = y.checked_sub(first[0]).filter(|behind| behind.is_multiple_of(stride[0]));
        let mut columns = 0..from.w;
        let (mut next, pixel) = (first[1], block.first);
        for (x, out) in block.pixels().enumerate() {
            out.fill(0.0);
            if let Some(behind) = behind
                && x == next
                && let Some(column) = columns.next()
            {
                out.copy_from_slice(at(&from, picture, [behind / stride[0], column]));
                next += stride[1];
            }
            task.epilogue.apply(pixel + x, out);
        }
    });
}
