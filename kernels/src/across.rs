//! Normalisation across the channels of a pixel.

use crate::simd::{Quad, Vector};

/// The channels that are summed up for each channel: itself, so many before it, and so many behind it. Outside are zeros.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// Before it.
    pub before: usize,
    /// Behind it.
    pub after: usize,
}

impl Around {
    /// The channels whose sum has a channel.
    pub(crate) const fn turned(self) -> Self {
        Self { before: self.after, after: self.before }
    }

    /// Values with the zeros outside.
    pub(crate) fn pad(self, values: &[f32], padded: &mut Vec<f32>) {
        padded.clear();
        padded.resize(self.before, 0.0);
        padded.extend_from_slice(values);
        padded.resize(padded.len() + self.after, 0.0);
    }

    /// What [`local_response_norm`] raises to a power and divides by.
    #[inline(never)]
    pub(crate) fn divisors(self, x: &[f32], [scale, k, _]: [f32; 3], padded: &mut Vec<f32>, out: &mut [f32]) {
        self.pad(x, padded);
        for x in padded.iter_mut() {
            *x *= *x;
        }
        let (scale, k) = (Quad::splat(scale), Quad::splat(k));
        self.sums(padded, |sum, channel| sum.mul_add(scale, k).store(&mut out[channel..]));
    }

    /// Calls `f` with the sums of four channels of padded values, and the number of the first.
    #[inline(always)]
    pub(crate) fn sums(self, padded: &[f32], mut f: impl FnMut(Quad, usize)) {
        let others = self.before + self.after;
        for channel in (0..padded.len() - others).step_by(4) {
            let summands = (channel..=channel + others).map(|from| Quad::load(&padded[from..]));
            f(summands.fold(Quad::splat(0.0), Quad::add), channel);
        }
    }
}

/// `x / (k + scale · Σ x²)^beta`, where the sum for each channel is over those `around`. `padded` is kept between pixels.
#[inline(never)]
pub fn local_response_norm(
    x: &[f32],
    around: Around,
    factors: [f32; 3],
    padded: &mut Vec<f32>,
    out: &mut [f32],
) {
    around.divisors(x, factors, padded, out);
    roots(out, factors[2]);
    for (out, x) in out.as_chunks_mut::<4>().0.iter_mut().zip(x.as_chunks::<4>().0) {
        Quad::load(x).div(Quad::load(out)).store(out);
    }
}

/// All values to the power `beta`: of the papers' exponent by square roots, which are instructions, where powf is a slow
/// call.
#[inline(never)]
pub(crate) fn roots(values: &mut [f32], beta: f32) {
    if beta == 0.75 {
        for values in values.as_chunks_mut::<4>().0 {
            let half = Quad::load(values).sqrt();
            half.mul(half.sqrt()).store(values);
        }
    } else {
        values.iter_mut().for_each(|x| *x = x.powf(beta));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_sums_the_channels_whose_sum_has_one() {
        for (before, after, channels) in [(0, 0, 4), (1, 0, 8), (1, 1, 8), (2, 2, 4), (3, 2, 12)] {
            let around = Around { before, after };
            // The sums of a single one: a row of the matrix.
            let sums = |around: Around, one: usize| {
                let values: Vec<f32> = (0..channels).map(|c| f32::from(u8::from(c == one))).collect();
                let (mut padded, mut out) = (Vec::new(), vec![0.0; channels]);
                around.pad(&values, &mut padded);
                around.sums(&padded, |sum, channel| sum.store(&mut out[channel..]));
                out
            };
            for (one, other) in (0..channels).flat_map(|a| (0..channels).map(move |b| (a, b))) {
                let found = sums(around, one)[other];
                let reads = (other.saturating_sub(before)..=other + after).contains(&one);
                assert_eq!(found, f32::from(u8::from(reads)), "{around:?}: {one} in the sum of {other}");
                assert_eq!(sums(around.turned(), other)[one], found, "{around:?} turned: {other} to {one}");
            }
        }
    }
}
