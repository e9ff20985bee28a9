//! Depthwise convolution: one kernel for each channel.

use super::Task;
use super::memory::Target;
use super::pool::{Taps, fold};
use super::simd::{Quad, Vector};
use crate::net::op::Window;
use crate::plan::DepthwiseConv2d;

pub(super) fn run(task: &Task<'_>, conv: &DepthwiseConv2d, out: Target<'_>) {
    if conv.relu_input {
        convolve(task, &conv.window, out, |x| x.max(Quad::splat(0.0)));
    } else {
        convolve(task, &conv.window, out, |x| x);
    }
}

fn convolve(task: &Task<'_>, window: &Window, out: Target<'_>, read: impl Fn(Quad) -> Quad + Send + Sync) {
    out.each_pixel(|pixel, out| {
        let channels = out.len();
        let (input, at) = task.locate(pixel);
        let taps = Taps::new(&input, window, at);
        fold(&input, &taps, 0.0, out, |sum, x, tap, channel| {
            read(x).mul_add(Quad::load(&task.weights[tap * channels + channel..]), sum)
        });
        task.epilogue.apply(pixel, out);
    });
}
