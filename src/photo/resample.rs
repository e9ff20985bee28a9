//! Resizing as PIL does it: separable filters, widened when shrinking (antialias), horizontal pass
//! first, rounded to 8 bits after each pass. Engines do the passes; the coefficients are made here.

use super::PhotoError;
use crate::net::{Filter, Profile, Resize};
use std::ops::Range;

/// Which square of a resized photo the network sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// Columns and rows of the whole photo after resizing. It is never made as a whole, and a photo of 13,000,000
    /// pixels in one row would have more than 2^32.
    pub resized: [u64; 2],
    /// First column and row of the crop within it.
    pub origin: [u64; 2],
    /// Columns and rows of the crop.
    pub size: [usize; 2],
    /// Mirrored left to right, after cropping.
    pub mirror: bool,
    /// How to resample.
    pub filter: Filter,
}

impl Crop {
    /// What the profile does with a photo of this size for a network with this input size, also if they are
    /// the same.
    pub fn of_profile(profile: &Profile, width: usize, height: usize, input: usize) -> Self {
        let resized = match profile.resize {
            Resize::Squash => [input as u64; 2],
            Resize::ShorterSide(side) => shorter_side(side, width, height),
        };
        let origin = resized.map(|n| round_half_even(n - input as u64));
        Self { resized, origin, size: [input, input], mirror: false, filter: profile.filter }
    }

    /// All of a photo that has the network's input size already, pixel by pixel.
    ///
    /// # Errors
    /// If it has another size.
    pub fn whole(profile: &Profile, width: usize, height: usize, input: usize) -> Result<Self, PhotoError> {
        if (width, height) != (input, input) {
            return Err(PhotoError::InputSize { width, height, input });
        }
        let (resized, size) = ([input as u64; 2], [input, input]);
        Ok(Self { resized, origin: [0, 0], size, mirror: false, filter: profile.filter })
    }

    /// Whether it lies within the resized photo.
    pub fn is_inside(&self) -> bool {
        (0..2).all(|axis| self.origin[axis] + self.size[axis] as u64 <= self.resized[axis])
    }

    /// A square of the photo that the user chose: `side` pixels wide, its upper left corner at `corner`
    /// (column, row). It is moved and shrunk until it lies within the photo. The whole photo is resized
    /// to whole pixels, so that the square may differ by a fraction of one.
    pub fn of_square(
        profile: &Profile,
        [width, height]: [usize; 2],
        input: usize,
        corner: [f64; 2],
        side: f64,
    ) -> Self {
        let shorter = width.min(height) as f64;
        // `max` and `min` also replace NaN.
        let side = side.max(1.0).min(shorter);
        let resized =
            [width, height].map(|n| ((n as f64 * input as f64 / side).round() as u64).max(input as u64));
        let mut origin = [0, 0];
        for axis in 0..2 {
            let first = (corner[axis] * input as f64 / side).round().max(0.0) as u64;
            origin[axis] = first.min(resized[axis] - input as u64);
        }
        Self { resized, origin, size: [input, input], mirror: false, filter: profile.filter }
    }

    /// What it is of a photo of this size: first column and row, columns and rows, in the photo's pixels.
    pub fn region(&self, width: usize, height: usize) -> [f64; 4] {
        let [x, y] = [width as f64 / self.resized[0] as f64, height as f64 / self.resized[1] as f64];
        let [left, top] = self.origin.map(|n| n as f64);
        let [columns, rows] = self.size.map(|n| n as f64);
        [left * x, top * y, columns * x, rows * y]
    }

    /// The crops of an evaluation with `count` crops, whose probabilities are averaged: 1 is
    /// [`Crop::of_profile`]; 10 are the four corners and the centre, each also mirrored; 12 the four
    /// corners, the centre and the whole square resized, of the centre square, each also mirrored;
    /// 144 (arXiv 1409.4842, section 7) take four scales, three squares, these six, and mirrors.
    /// The Inception-v4 paper does not define its 12; this is our reading.
    pub fn many(profile: &Profile, width: usize, height: usize, input: usize, count: usize) -> Vec<Self> {
        let one = Self::of_profile(profile, width, height, input);
        let mut crops = Vec::new();
        match count {
            10 => crops.extend(one.five([0, 0], one.resized)),
            12 => crops.extend(one.six(width, height, one.resized[0].min(one.resized[1]), 1)),
            144 => {
                // 256, 288, 320 and 352 pixels for an input of 224.
                for scale in [256, 288, 320, 352] {
                    let side = (scale * input as u64 + 112) / 224;
                    for square in 0..3 {
                        crops.extend(one.six(width, height, side, square));
                    }
                }
            }
            _ => return vec![one],
        }
        let mirrored: Vec<Self> = crops.iter().map(|c| Self { mirror: true, ..*c }).collect();
        crops.extend(mirrored);
        crops
    }

    /// Coefficients for the crop's columns (axis 0) or rows (axis 1) of a photo with `length` of them.
    pub fn axis(&self, axis: usize, length: usize) -> Coefficients {
        let range = self.origin[axis]..self.origin[axis] + self.size[axis] as u64;
        coefficients(length, self.resized[axis], range, self.filter)
    }

    /// Four corners and the centre of an area of the resized photo.
    fn five(&self, origin: [u64; 2], area: [u64; 2]) -> [Self; 5] {
        let [right, bottom] = [area[0] - self.size[0] as u64, area[1] - self.size[1] as u64];
        let centre = [round_half_even(right), round_half_even(bottom)];
        [[0, 0], [right, 0], [0, bottom], [right, bottom], centre]
            .map(|at| Self { origin: [origin[0] + at[0], origin[1] + at[1]], ..*self })
    }

    /// Four corners, the centre, and all of a square of the photo whose shorter side becomes `side`:
    /// the left or upper square (0), the centre one (1), the right or lower one (2).
    fn six(&self, width: usize, height: usize, side: u64, square: usize) -> Vec<Self> {
        let place = |resized: [u64; 2], side: u64| {
            resized.map(|n| match square {
                0 => 0,
                1 => round_half_even(n - side),
                _ => n - side,
            })
        };
        let resized = shorter_side(side as usize, width, height);
        let mut crops = Self { resized, ..*self }.five(place(resized, side), [side, side]).to_vec();
        let input = self.size[0];
        let whole = shorter_side(input, width, height);
        crops.push(Self { resized: whole, origin: place(whole, input as u64), ..*self });
        crops
    }
}

/// Columns and rows of a photo whose shorter side becomes `side`. As torchvision and timm: the longer one is
/// rounded down.
fn shorter_side(side: usize, width: usize, height: usize) -> [u64; 2] {
    let [side, width, height] = [side, width, height].map(|n| n as u64);
    if width <= height { [side, side * height / width] } else { [side * width / height, side] }
}

/// `round(n / 2)` as Python does it: halves go to the even neighbour.
fn round_half_even(n: u64) -> u64 {
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

impl Coefficients {
    /// The weights in units of 2^-[`FRACTION_BITS`], exactly.
    pub fn fixed_point(&self) -> Vec<i32> {
        self.weights.iter().map(|w| (w * (1 << FRACTION_BITS) as f32) as i32).collect()
    }

    /// The input positions that any output position reads, of an axis of `length`.
    pub fn reads(&self, length: usize) -> Range<usize> {
        let first = self.first.iter().min().copied().unwrap_or(0);
        let end = self.first.iter().max().map_or(0, |last| last + self.taps);
        first..end.min(length)
    }
}

/// PIL's `precompute_coeffs` and `normalize_coeffs_8bpc`, for output positions `range` of an axis
/// resized from `input` to `output`.
pub fn coefficients(input: usize, output: u64, range: Range<u64>, filter: Filter) -> Coefficients {
    if filter == Filter::Corners {
        return between_corners(input, output, range);
    }
    let scale = input as f64 / output as f64;
    let widen = scale.max(1.0);
    let radius = widen
        * match filter {
            Filter::Bilinear | Filter::Corners => 1.0,
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
        out.weights.extend(weights.into_iter().map(fixed));
    }
    out
}

/// The same as TF.js does it with `alignCorners`: the first pixel on the first, the last on the last.
fn between_corners(input: usize, output: u64, range: Range<u64>) -> Coefficients {
    let mut out = Coefficients { first: Vec::new(), weights: Vec::new(), taps: 2 };
    let scale = (input - 1) as f64 / (output - 1).max(1) as f64;
    for position in range {
        let at = position as f64 * scale;
        let first = at as usize;
        let share = fixed(at - first as f64);
        out.first.push(first);
        out.weights.extend([1.0 - share, share]);
    }
    out
}

/// Rounded away from zero at halves, like PIL's truncation after adding ±0.5.
fn fixed(weight: f64) -> f32 {
    let unit = f64::from(1 << FRACTION_BITS);
    ((weight * unit).round() / unit) as f32
}

fn kernel(filter: Filter, x: f64) -> f64 {
    let x = x.abs();
    match filter {
        Filter::Bilinear | Filter::Corners => (1.0 - x).max(0.0),
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

#[cfg(test)]
mod tests {
    use super::*;

    const PHOTO: [usize; 2] = [640, 427];

    fn many(input: usize, count: usize) -> Vec<Crop> {
        let profile = Profile::torchvision(1e-3, 256 * input / 224);
        Crop::many(&profile, PHOTO[0], PHOTO[1], input, count)
    }

    fn origins(crops: &[Crop]) -> Vec<[u64; 2]> {
        crops.iter().map(|crop| crop.origin).collect()
    }

    #[test]
    fn ten_crops_are_corners_and_centre_of_the_whole_photo() {
        let crops = many(224, 10);
        assert!(crops.iter().all(|crop| crop.resized == [383, 256]));
        let expected = [[0, 0], [159, 0], [0, 32], [159, 32], [80, 16]];
        assert_eq!(origins(&crops[..5]), expected);
        assert_eq!(origins(&crops[5..]), expected);
    }

    /// Where `usize` has 32 bits, as in wasm, these sizes overflow it.
    #[test]
    fn a_long_picture_has_more_columns_than_32_bits_count() {
        let (long, profile) = (13_000_000, Profile::torchvision(1e-3, 342));
        let crop = Crop::of_profile(&profile, long, 1, 299);
        assert_eq!(crop.resized, [4_446_000_000, 342]);
        assert_eq!(crop.origin, [2_222_999_850, 22]);
        assert_eq!(crop.axis(0, long).reads(long), 6_499_999..6_500_002);
        for crop in Crop::many(&profile, long, 1, 299, 144) {
            let reads = crop.axis(0, long).reads(long);
            assert!(crop.is_inside() && reads.start < reads.end && reads.end <= long, "{crop:?}");
        }
    }

    #[test]
    fn a_photo_of_the_input_size_is_resized_unless_it_is_taken_whole() {
        let profile = Profile::torchvision(1e-3, 256);
        let crop = Crop::of_profile(&profile, 224, 224, 224);
        assert_eq!((crop.resized, crop.origin), ([256, 256], [16, 16]));
        let whole = Crop::whole(&profile, 224, 224, 224).unwrap();
        assert_eq!((whole.resized, whole.origin, whole.size), ([224, 224], [0, 0], [224, 224]));
        for (width, height) in [(224, 225), (225, 224), (448, 448)] {
            let error = Crop::whole(&profile, width, height, 224).unwrap_err();
            assert!(error.to_string().contains(&format!("{width} × {height}")), "{error}");
        }
    }

    #[test]
    fn twelve_crops_are_of_the_centre_square() {
        let crops = many(224, 12);
        assert_eq!(origins(&crops[..5]), [[64, 0], [96, 0], [64, 32], [96, 32], [80, 16]]);
        assert!(crops[..5].iter().all(|crop| crop.resized == [383, 256]));
        // The whole square.
        assert_eq!((crops[5].resized, crops[5].origin), ([335, 224], [56, 0]));
    }

    #[test]
    fn a_hundred_and_forty_four_crops_are_of_four_scales_and_three_squares() {
        for (input, sides) in [(224, [256, 288, 320, 352]), (299, [342, 384, 427, 470])] {
            let crops = many(input, 144);
            for (scale, side) in sides.into_iter().enumerate() {
                let of_scale = &crops[scale * 18..(scale + 1) * 18];
                let width = side * PHOTO[0] as u64 / PHOTO[1] as u64;
                let lefts = [0, round_half_even(width - side), width - side];
                for (square, left) in of_scale.chunks(6).zip(lefts) {
                    assert_eq!(square[0].resized, [width, side], "{input}");
                    assert_eq!(
                        (square[0].origin, square[3].origin[0]),
                        ([left, 0], left + side - input as u64)
                    );
                }
            }
        }
    }

    #[test]
    fn half_of_the_crops_are_mirrored_and_all_lie_in_the_photo() {
        for (width, height) in [(640, 427), (427, 640), (299, 299), (3, 5000), (1, 1)] {
            for profile in [Profile::torchvision(1e-3, 342), Profile::keras()] {
                for count in [1, 10, 12, 144] {
                    let crops = Crop::many(&profile, width, height, 299, count);
                    assert_eq!(crops.len(), count);
                    let (plain, mirrored) = crops.split_at(count / 2);
                    for (plain, mirrored) in plain.iter().zip(mirrored) {
                        assert_eq!(Crop { mirror: true, ..*plain }, *mirrored);
                    }
                    for crop in crops {
                        assert!(crop.is_inside(), "{width}×{height}: {crop:?}");
                    }
                }
            }
        }
    }
}
