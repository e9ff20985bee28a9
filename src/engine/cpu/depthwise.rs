//! Depthwise convolution: one kernel for each channel.

use super::Task;
use super::memory::Target;
use super::pool::taps;
use crate::plan::DepthwiseConv2d;
use inceptionscope_kernels::weighted;

pub(super) fn run(task: &Task<'_>, conv: &DepthwiseConv2d, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let (input, at) = task.locate(pixel);
        weighted(&input, &taps(&input, &conv.window, at), task.weights, conv.relu_input, out);
        task.epilogue.apply(pixel, out);
    });
}
