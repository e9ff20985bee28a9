//! Convolution in groups, neither dense nor depthwise.

use super::Task;
use super::memory::Target;
use super::pool::taps;
use crate::plan::GroupedConv2d;
use inceptionscope_kernels::grouped;

/// `shape.c()` of input and output, not padded: groups need not be multiples of four.
pub(super) fn run(
    task: &Task<'_>,
    GroupedConv2d { window, groups }: &GroupedConv2d,
    [inputs, outputs]: [usize; 2],
    out: Target<'_>,
) {
    let of_a_group = [inputs / groups, outputs / groups];
    out.each_pixel(|pixel, out| {
        let (input, at) = task.locate(pixel);
        grouped(&input, &taps(&input, window, at), task.weights, *groups, of_a_group, out);
        task.epilogue.apply(pixel, out);
    });
}
