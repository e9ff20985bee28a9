//! Adjoints of kernels that are no matrix products ([`crate::plan::Adjoint`]), in gather form: each value of a
//! gradient is summed up by whoever stores it.

use super::Task;
use super::lrn::{factors, incoming};
use super::memory::Target;
use crate::net::Shape;
use crate::net::op::window::{region, region_readers};
use crate::net::op::{AvgPool, LocalResponseNorm, Window};
use crate::plan::{Adjoint, DepthwiseConv2d, GroupedConv2d, ReluRule};
use inceptionscope_kernels::{self as kernels, Source};

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

/// Sums up, for each pixel, what the windows that read it pass on. `f` gets the pixel's channels, the number
/// of the picture, row and column of the pixel, and row and column of the window.
fn each_reader(
    task: &Task<'_>,
    window: &Window,
    out: Target<'_>,
    f: impl Fn(&mut [f32], usize, [usize; 2], [usize; 2]) + Send + Sync,
) {
    let gradient = task.operand(0);
    let [vertical, horizontal] = [window.axis(0), window.axis(1)];
    out.each_pixel(|pixel, out| {
        let (picture, [y, x]) = task.position(pixel);
        out.fill(0.0);
        for row in vertical.readers(y, gradient.h) {
            for column in horizontal.readers(x, gradient.w) {
                f(out, picture, [y, x], [row, column]);
            }
        }
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
    let gradient = task.operand(0);
    let [inputs, outputs] = [read.c() / groups, yielded.c() / groups];
    let pitch = gradient.channels;
    each_reader(task, window, out, |out, picture, position, reader| {
        let (g, tap) = (at(&gradient, picture, reader), window.tap(reader, position));
        let weights = &task.weights[tap * inputs * pitch..];
        kernels::add_grouped(g, weights, pitch, [inputs, outputs], &mut out[..read.c()]);
    });
}

fn depthwise(task: &Task<'_>, conv: &DepthwiseConv2d, out: Target<'_>) {
    let (gradient, input) = (task.operand(0), task.operand(1));
    each_reader(task, &conv.window, out, |out, picture, position, reader| {
        let weights = &task.weights[conv.window.tap(reader, position) * out.len()..];
        let seen = conv.relu_input.then(|| at(&input, picture, position));
        kernels::add_products(at(&gradient, picture, reader), weights, seen, out);
    });
}

fn max_pool(task: &Task<'_>, window: &Window, out: Target<'_>) {
    let (gradient, taps) = (task.operand(0), task.operand(1));
    each_reader(task, window, out, |out, picture, position, reader| {
        let own = window.tap(reader, position) as f32;
        kernels::add_where_tapped(at(&gradient, picture, reader), at(&taps, picture, reader), own, out);
    });
}

fn avg_pool(task: &Task<'_>, pool: &AvgPool, out: Target<'_>) {
    let gradient = task.operand(0);
    let read = Shape::map(1, task.size[0], task.size[1]);
    each_reader(task, &pool.window, out, |out, picture, _, reader| {
        let count = pool.window.divisor(read, reader, pool.count_include_pad);
        kernels::add_scaled(at(&gradient, picture, reader), 1.0 / count as f32, out);
    });
}

fn adaptive_avg_pool(task: &Task<'_>, out: Target<'_>) {
    let gradient = task.operand(0);
    let [height, width] = task.size;
    out.each_pixel(|pixel, out| {
        let (picture, [y, x]) = task.position(pixel);
        out.fill(0.0);
        for row in region_readers(y, height, gradient.h) {
            for column in region_readers(x, width, gradient.w) {
                let count = region(row, height, gradient.h).len() * region(column, width, gradient.w).len();
                kernels::add_scaled(at(&gradient, picture, [row, column]), 1.0 / count as f32, out);
            }
        }
        task.epilogue.apply(pixel, out);
    });
}

fn local_response_norm(task: &Task<'_>, norm: &LocalResponseNorm, out: Target<'_>) {
    let (gradient, input) = (task.operand(0), task.operand(1));
    let incoming = incoming(norm, input.channels);
    let readers: Vec<_> = (0..incoming.len()).map(|c| norm.readers(c, incoming.len())).collect();
    out.each_pixel(|pixel, out| {
        let read = [gradient.pixel(pixel), input.pixel(pixel)];
        kernels::local_response_norm_adjoint(read, &incoming, &readers, factors(norm), out);
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
    let place = |at: usize, axis: usize| {
        let behind = at.checked_sub(first[axis])?;
        behind.is_multiple_of(stride[axis]).then_some(behind / stride[axis])
    };
    out.each_pixel(|pixel, out| {
        let (picture, [y, x]) = task.position(pixel);
        match (place(y, 0), place(x, 1)) {
            (Some(row), Some(column)) => out.copy_from_slice(at(&from, picture, [row, column])),
            _ => out.fill(0.0),
        }
        task.epilogue.apply(pixel, out);
    });
}
