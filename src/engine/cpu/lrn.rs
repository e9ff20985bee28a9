//! Local response normalisation across channels.

use super::Task;
use super::memory::Target;
use crate::net::op::LocalResponseNorm;
use inceptionscope_kernels::local_response_norm;
use std::ops::Range;

pub(super) fn run(task: &Task<'_>, norm: &LocalResponseNorm, out: Target<'_>) {
    let incoming = incoming(norm, task.input.channels);
    out.each_pixel(|pixel, out| {
        local_response_norm(task.input.pixel(pixel), &incoming, factors(norm), out);
        task.epilogue.apply(pixel, out);
    });
}

/// What each channel sums up. Padding channels are zeros and add nothing.
pub(super) fn incoming(norm: &LocalResponseNorm, channels: usize) -> Vec<Range<usize>> {
    (0..channels).map(|channel| norm.incoming(channel, channels)).collect()
}

/// Scale of the sum, what is added to it, exponent.
pub(super) fn factors(norm: &LocalResponseNorm) -> [f32; 3] {
    [norm.alpha / norm.size as f32, norm.k, norm.beta]
}
