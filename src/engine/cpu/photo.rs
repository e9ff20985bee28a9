//! Photos to inputs: PIL's resize, to the bit, then crop, mirror and normalise.

use super::memory::Target;
use super::{EngineError, Normalize, Photo, check_len};
use crate::plan::resample::{Coefficients, Crop, FRACTION_BITS, coefficients};

/// Checks what [`resize`] relies on.
pub(super) fn check(photo: &Photo<'_>, crop: &Crop) -> Result<(), EngineError> {
    check_len("photo", photo.width * photo.height * 3, photo.rgb.len())?;
    let inside = (0..2).all(|axis| crop.origin[axis] + crop.size[axis] <= crop.resized[axis]);
    if photo.rgb.is_empty() || !inside {
        return Err(EngineError::Misuse {
            what: format!("crop of a {}×{} photo", photo.width, photo.height),
            expected: "pixels within the resized photo".to_owned(),
            found: format!("{crop:?}"),
        });
    }
    Ok(())
}

/// RGB of the crop, mirrored if asked for.
pub(super) fn resize(photo: &Photo<'_>, crop: &Crop) -> Vec<u8> {
    let [width, height] = crop.size;
    let range = |axis: usize| crop.origin[axis]..crop.origin[axis] + crop.size[axis];
    let columns = coefficients(photo.width, crop.resized[0], range(0), crop.filter);
    let rows = coefficients(photo.height, crop.resized[1], range(1), crop.filter);

    // Across first, for those rows only that the second pass reads.
    let first = rows.first[0];
    let last = (rows.first[height - 1] + rows.taps).min(photo.height);
    let fixed = fixed_point(&columns);
    let mut across = vec![0; (last - first) * width * 3];
    for (out, y) in across.chunks_exact_mut(width * 3).zip(first..) {
        let row = &photo.rgb[y * photo.width * 3..][..photo.width * 3];
        for (x, out) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let weights = &fixed[x * columns.taps..][..columns.taps];
            let mut sums = [HALF; 3];
            for (pixel, weight) in row[columns.first[x] * 3..].as_chunks::<3>().0.iter().zip(weights) {
                (0..3).for_each(|c| sums[c] += i32::from(pixel[c]) * weight);
            }
            *out = sums.map(round);
        }
    }

    let fixed = fixed_point(&rows);
    let mut out = vec![0; width * height * 3];
    let mut sums = vec![HALF; width * 3];
    for (y, out) in out.chunks_exact_mut(width * 3).enumerate() {
        sums.fill(HALF);
        let weights = &fixed[y * rows.taps..][..rows.taps];
        for (row, weight) in
            across[(rows.first[y] - first) * width * 3..].chunks_exact(width * 3).zip(weights)
        {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += i32::from(*value) * weight);
        }
        out.iter_mut().zip(&sums).for_each(|(out, sum)| *out = round(*sum));
        if crop.mirror {
            out.as_chunks_mut::<3>().0.reverse();
        }
    }
    out
}

/// `(v / 255 − mean) / std`, rounded once.
pub(super) fn normalize(pixels: &[u8], normalize: &Normalize, out: Target<'_>) {
    let tables: [Vec<f32>; 3] = std::array::from_fn(|c| {
        let value = |v: u8| ((f64::from(v) / 255.0 - normalize.mean[c]) / normalize.std[c]) as f32;
        (0..=255).map(value).collect()
    });
    out.each_pixel(|pixel, out| {
        out.fill(0.0);
        for ((out, table), v) in out.iter_mut().zip(&tables).zip(&pixels[pixel * 3..]) {
            *out = table[usize::from(*v)];
        }
    });
}

/// Added so that cutting off the fraction rounds.
const HALF: i32 = 1 << (FRACTION_BITS - 1);

fn round(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}

/// Exact: the coefficients are multiples of 2^-FRACTION_BITS.
fn fixed_point(coefficients: &Coefficients) -> Vec<i32> {
    coefficients.weights.iter().map(|w| (w * (1 << FRACTION_BITS) as f32) as i32).collect()
}
