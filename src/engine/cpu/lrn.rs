//! Local response normalisation across channels.

use super::Task;
use super::memory::Target;
use crate::net::op::LocalResponseNorm;
use inceptionscope_kernels::{Around, local_response_norm};

pub(super) fn run(task: &Task<'_>, norm: &LocalResponseNorm, out: Target<'_>) {
    out.each_pixel_using(&|pixel, out, padded| {
        local_response_norm(task.input.pixel(pixel), around(norm), factors(norm), padded, out);
        task.epilogue.apply(pixel, out);
    });
}

/// What each channel sums up. Padding channels are zeros and add nothing.
pub(super) fn around(norm: &LocalResponseNorm) -> Around {
    let [before, after] = norm.around();
    Around { before, after }
}

/// Scale of the sum, what is added to it, exponent.
pub(super) fn factors(norm: &LocalResponseNorm) -> [f32; 3] {
    [norm.alpha / norm.size as f32, norm.k, norm.beta]
}
