//! Resizing as PIL does it: separable filters, widened when shrinking (antialias), horizontal pass
//! first, rounded to 8 bits after each pass. Engines do the passes; the coefficients are made here.

use crate::net::{Filter, Profile, Resize};

/// Which square of a resized photo the network sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// Columns and rows of the whole photo after resizing.
    pub resized: [usize; 2],
    /// First column and row of the crop within it.
    pub origin: [usize; 2],
    /// Columns and rows of the crop.
    pub size: [usize; 2],
    /// Mirrored left to right, after cropping.
    pub mirror: bool,
    /// How to resample.
    pub filter: Filter,
}

impl Crop {
    /// What the profile does with a photo of this size for a network with this input size.
    /// A photo that already has the input size is not resized.
    pub fn of_profile(profile: &Profile, width: usize, height: usize, input: usize) -> Self {
        let resized = match profile.resize {
            _ if (width, height) == (input, input) => [width, height],
            Resize::Squash => [input, input],
            // As torchvision and timm: the longer side is rounded down.
            Resize::ShorterSide(side) if width <= height => [side, side * height / width],
            Resize::ShorterSide(side) => [side * width / height, side],
        };
        let origin = resized.map(|n| round_half_even(n - input));
        Self { resized, origin, size: [input, input], mirror: false, filter: profile.filter }
    }
}

/// `round(n / 2)` as Python does it: halves go to the even neighbour.
fn round_half_even(n: usize) -> usize {
    if n % 4 == 3 { n / 2 + 1 } else { n / 2 }
}

/// PIL sums up in integers with this many bits of fraction.
pub const FRACTION_BITS: u32 = 22;

/// For each output position of one axis: the first input position and the weights that sum up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// First input position, one for each output position.
    pub first: Vec<usize>,
    /// Weights, `taps` for each output position, filled up with zeros: multiples of
    /// 2^-[`FRACTION_BITS`], which are exact in f32.
    pub weights: Vec<f32>,
    /// The most weights that an output position has.
    pub taps: usize,
}

/// PIL's `precompute_coeffs` and `normalize_coeffs_8bpc`, for output positions `range` of an axis
/// resized from `input` to `output`.
pub fn coefficients(
    input: usize,
    output: usize,
    range: std::ops::Range<usize>,
    filter: Filter,
) -> Coefficients {
    let scale = input as f64 / output as f64;
    let widen = scale.max(1.0);
    let radius = widen
        * match filter {
            Filter::Bilinear => 1.0,
            Filter::Bicubic => 2.0,
        };
    let taps = radius.ceil() as usize * 2 + 1;
    let mut out = Coefficients { first: Vec::new(), weights: Vec::new(), taps };
    for position in range {
        let center = (position as f64 + 0.5) * scale;
        // PIL truncates towards zero after adding a half, then clips to the axis.
        let first = (center - radius + 0.5).max(0.0) as usize;
        let end = ((center + radius + 0.5) as usize).min(input);
        let mut weights: Vec<f64> =
            (first..end).map(|i| kernel(filter, (i as f64 - center + 0.5) * (1.0 / widen))).collect();
        let sum: f64 = weights.iter().sum();
        if sum != 0.0 {
            weights.iter_mut().for_each(|w| *w /= sum);
        }
        weights.resize(taps, 0.0);
        out.first.push(first);
        // Rounded away from zero at halves, like PIL's truncation after adding ±0.5.
        let unit = f64::from(1 << FRACTION_BITS);
        out.weights.extend(weights.iter().map(|w| ((w * unit).round() / unit) as f32));
    }
    out
}

fn kernel(filter: Filter, x: f64) -> f64 {
    let x = x.abs();
    match filter {
        Filter::Bilinear => (1.0 - x).max(0.0),
        Filter::Bicubic => {
            const A: f64 = -0.5;
            if x < 1.0 {
                ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
            } else if x < 2.0 {
                (((x - 5.0) * x + 8.0) * x - 4.0) * A
            } else {
                0.0
            }
        }
    }
}
