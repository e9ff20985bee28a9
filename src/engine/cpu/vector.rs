//! Softmax and L2 normalisation of a vector.

use super::Task;
use super::memory::Target;
use inceptionscope_kernels as kernels;

/// Of the first `len` channels; the others are padding.
pub(super) fn softmax(task: &Task<'_>, len: usize, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        kernels::softmax(task.input.pixel(pixel), len, out);
        task.epilogue.apply(pixel, out);
    });
}

pub(super) fn l2_normalize(task: &Task<'_>, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        kernels::l2_normalize(task.input.pixel(pixel), out);
        task.epilogue.apply(pixel, out);
    });
}
