//! Depthwise convolution: one kernel for each channel.

use super::Task;
use super::memory::{Target, relu};
use super::pool::taps;
use crate::net::op::Window;

pub(super) fn run(task: &Task<'_>, window: &Window, relu_input: bool, out: Target<'_>) {
    if relu_input {
        convolve(task, window, out, relu);
    } else {
        convolve(task, window, out, |x| x);
    }
}

fn convolve(task: &Task<'_>, window: &Window, out: Target<'_>, read: impl Fn(f32) -> f32 + Send + Sync) {
    out.each_pixel(|pixel, out| {
        out.fill(0.0);
        for (tap, position) in taps(&task.input, window, [pixel / task.width, pixel % task.width]) {
            let weights = &task.weights[tap * out.len()..];
            for ((o, w), x) in out.iter_mut().zip(weights).zip(task.input.pixel(position)) {
                *o += w * read(*x);
            }
        }
        task.epilogue.apply(pixel, out);
    });
}
