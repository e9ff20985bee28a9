//! Normalisation across the channels of a pixel.

use std::ops::Range;

/// `x / (k + scale · Σ x²)^beta`, where the sum for each channel is over its range of `incoming`.
#[inline(never)]
pub fn local_response_norm(
    x: &[f32],
    incoming: &[Range<usize>],
    [scale, k, beta]: [f32; 3],
    out: &mut [f32],
) {
    for (o, range) in out.iter_mut().zip(incoming) {
        *o = divisor(x, range, scale, k);
    }
    out.iter_mut().zip(x).for_each(|(o, x)| *o = x / root(*o, beta));
}

/// `x^beta`: of the papers' exponent by square roots, which are instructions, where powf is a slow call.
#[inline(always)]
pub(crate) fn root(x: f32, beta: f32) -> f32 {
    if beta == 0.75 { x.sqrt() * x.sqrt().sqrt() } else { x.powf(beta) }
}

/// What [`local_response_norm`] raises to a power and divides by.
pub(crate) fn divisor(x: &[f32], range: &Range<usize>, scale: f32, k: f32) -> f32 {
    k + scale * x[range.clone()].iter().map(|x| x * x).sum::<f32>()
}

/// Of the first `len` channels; the others are padding.
#[inline(never)]
pub fn softmax(x: &[f32], len: usize, out: &mut [f32]) {
    let x = &x[..len];
    let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    out.fill(0.0);
    out.iter_mut().zip(x).for_each(|(o, x)| *o = (x - max).exp());
    let sum: f32 = out.iter().sum();
    out.iter_mut().for_each(|o| *o /= sum);
}

/// x / max(‖x‖, 1e-12), as PyTorch's `normalize`; padding channels are zeros and add nothing.
#[inline(never)]
pub fn l2_normalize(x: &[f32], out: &mut [f32]) {
    let norm = norm(x);
    out.iter_mut().zip(x).for_each(|(o, x)| *o = x / norm);
}

/// max(‖x‖, 1e-12).
pub(crate) fn norm(x: &[f32]) -> f32 {
    x.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12)
}
