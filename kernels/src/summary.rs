//! What a feature map holds, in numbers.

use crate::Source;
use crate::simd::{Quad, Vector};
use std::ops::Range;

/// A channel in numbers that can be added up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelSummary {
    /// The least finite value.
    pub least: f32,
    /// The greatest finite value.
    pub greatest: f32,
    /// Sum of the finite values.
    pub sum: f64,
    /// Sum of their squares.
    pub squares: f64,
    /// How many values are 0.
    pub zeros: usize,
    /// How many values are NaN or infinite.
    pub not_finite: usize,
    /// The first pixel, counted row by row, that has the greatest value.
    pub peak: usize,
}

/// Channels at a time.
const LANES: usize = 4;
/// Pixels at a time: their values stay in the cache while one channel after the other is gone through, and sums of so few
/// lose next to nothing in single precision.
const BLOCK: usize = 64;

impl ChannelSummary {
    const NONE: Self = Self {
        least: f32::INFINITY,
        greatest: f32::NEG_INFINITY,
        sum: 0.0,
        squares: 0.0,
        zeros: 0,
        not_finite: 0,
        peak: 0,
    };

    /// Counts a value in.
    fn add(&mut self, pixel: usize, value: f32) {
        if !value.is_finite() {
            self.not_finite += 1;
            return;
        }
        self.sum += f64::from(value);
        self.squares += f64::from(value).powi(2);
        self.zeros += usize::from(value == 0.0);
        self.least = self.least.min(value);
        if value > self.greatest {
            (self.greatest, self.peak) = (value, pixel);
        }
    }
}

/// Counts four channels of some pixels in.
#[inline(always)]
fn add_block(source: &Source<'_>, pixels: Range<usize>, channel: usize, summaries: &mut [ChannelSummary]) {
    let [zero, one] = [0.0, 1.0].map(Quad::splat);
    let [mut sum, mut squares, mut zeros] = [zero; 3];
    // The least as the greatest of opposites.
    let [mut lowest, mut greatest] = [Quad::splat(f32::NEG_INFINITY); 2];
    for pixel in pixels.clone() {
        let x = Quad::load(&source.pixel(pixel)[channel..]);
        sum = sum.add(x);
        squares = x.mul_add(x, squares);
        zeros = zeros.add(x.same(zero, [one, zero]));
        lowest = lowest.max(zero.sub(x));
        greatest = greatest.max(x);
    }
    let values = [sum, squares, zeros, lowest, greatest].map(|quad| {
        let mut values = [0.0; LANES];
        quad.store(&mut values);
        values
    });
    for (lane, summary) in summaries.iter_mut().enumerate() {
        let [sum, squares, zeros, lowest, greatest] = values.map(|lanes| lanes[lane]);
        let each = || pixels.clone().map(|pixel| (pixel, source.pixel(pixel)[channel + lane]));
        if !squares.is_finite() {
            // There are values that are not finite, or too large for single precision.
            each().for_each(|(pixel, value)| summary.add(pixel, value));
            continue;
        }
        summary.sum += f64::from(sum);
        summary.squares += f64::from(squares);
        summary.zeros += zeros as usize;
        // Not −0.
        summary.least = summary.least.min(0.0 - lowest);
        if greatest > summary.greatest {
            let peak = each().find(|(_, value)| *value == greatest).map(|(pixel, _)| pixel);
            (summary.greatest, summary.peak) = (greatest, peak.unwrap_or_default());
        }
    }
}

/// The first `channels` channels of a picture in numbers.
#[inline(never)]
pub fn summaries(source: &Source<'_>, channels: usize) -> Vec<ChannelSummary> {
    let area = source.h * source.w;
    let mut all = vec![ChannelSummary::NONE; channels];
    for start in (0..area).step_by(BLOCK) {
        for (quad, summaries) in all.chunks_mut(LANES).enumerate() {
            add_block(source, start..(start + BLOCK).min(area), quad * LANES, summaries);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_counted_value_by_value() {
        let (h, w, channels) = (9, 15, 8);
        let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 3e38, -3e38, 7.5];
        let mut state = 1_u32;
        let mut values: Vec<f32> = (0..h * w * channels)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (kind, value) = (state >> 24, (state >> 8) as f32 / 1e6 - 8.0);
                if kind < 40 { special[kind as usize % special.len()] } else { value }
            })
            .collect();
        // One that has no finite value, and one whose greatest is there twice.
        values.chunks_exact_mut(channels).for_each(|pixel| pixel[1] = f32::NAN);
        [70, 90].into_iter().for_each(|pixel| values[pixel * channels + 2] = f32::MAX);
        let source = Source { values: &values, h, w, channels, stride: channels };
        let found = summaries(&source, 7);
        assert_eq!(found.len(), 7);
        for (c, found) in found.iter().enumerate() {
            let all: Vec<f32> = values.iter().skip(c).step_by(channels).copied().collect();
            let finite: Vec<f32> = all.iter().copied().filter(|v| v.is_finite()).collect();
            let greatest = finite.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let squares: f64 = finite.iter().map(|v| f64::from(*v).powi(2)).sum();
            let sum: f64 = finite.iter().map(|v| f64::from(*v)).sum();
            assert_eq!(found.least, finite.iter().copied().fold(f32::INFINITY, f32::min), "{c}");
            assert_eq!(found.greatest, greatest, "{c}");
            assert_eq!(found.peak, all.iter().position(|v| *v == greatest).unwrap_or(0), "{c}");
            assert_eq!(found.zeros, all.iter().filter(|v| **v == 0.0).count(), "{c}");
            assert_eq!(found.not_finite, all.len() - finite.len(), "{c}");
            assert!((found.squares - squares).abs() <= 1e-6 * squares, "{c}: {} {squares}", found.squares);
            assert!((found.sum - sum).abs() <= 1e-6 * squares.sqrt(), "{c}: {} {sum}", found.sum);
        }
        assert_eq!((found[2].greatest, found[2].peak), (f32::MAX, 70));
    }
}
