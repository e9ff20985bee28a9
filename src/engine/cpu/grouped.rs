//! Convolution in groups, neither dense nor depthwise.

use super::Task;
use super::memory::Target;
use super::pool::Taps;
use crate::plan::GroupedConv2d;

/// `shape.c()` of input and output, not padded: groups need not be multiples of four.
pub(super) fn run(
    task: &Task<'_>,
    GroupedConv2d { window, groups }: &GroupedConv2d,
    [inputs, outputs]: [usize; 2],
    out: Target<'_>,
) {
    let (inputs, outputs) = (inputs / groups, outputs / groups);
    out.each_pixel(|pixel, out| {
        out.fill(0.0);
        let (input, at) = task.locate(pixel);
        let taps = Taps::new(&input, window, at);
        taps.each(|tap, position| {
            let x = input.pixel(position);
            for i in 0..inputs {
                let weights = &task.weights[(tap * inputs + i) * out.len()..];
                for (group, (out, weights)) in
                    out.chunks_mut(outputs).zip(weights.chunks(outputs)).take(*groups).enumerate()
                {
                    let x = x[group * inputs + i];
                    out.iter_mut().zip(weights).for_each(|(o, w)| *o += x * w);
                }
            }
        });
        task.epilogue.apply(pixel, out);
    });
}
