//! Softmax and L2 normalisation of a vector.

use super::Task;
use super::memory::Target;

/// Of the first `len` channels; the others are padding.
pub(super) fn softmax(task: &Task<'_>, len: usize, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let x = &task.input.pixel(pixel)[..len];
        let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        out.fill(0.0);
        out.iter_mut().zip(x).for_each(|(o, x)| *o = (x - max).exp());
        let sum: f32 = out.iter().sum();
        out.iter_mut().for_each(|o| *o /= sum);
        task.epilogue.apply(pixel, out);
    });
}

/// x / max(‖x‖, 1e-12), as PyTorch's `normalize`; padding channels are zeros and add nothing.
pub(super) fn l2_normalize(task: &Task<'_>, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        let x = task.input.pixel(pixel);
        let norm = x.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
        out.iter_mut().zip(x).for_each(|(o, x)| *o = x / norm);
        task.epilogue.apply(pixel, out);
    });
}
