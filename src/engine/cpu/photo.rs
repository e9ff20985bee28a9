//! Photos to inputs: PIL's resize, to the bit, then crop, mirror and normalise.

use super::Photo;
use super::memory::Target;
use crate::net::Normalize;
use crate::photo::resample::{Crop, FRACTION_BITS};

/// RGB of the crop, mirrored if asked for.
pub(super) fn resize(photo: &Photo<'_>, crop: &Crop) -> Vec<u8> {
    let [width, height] = crop.size;
    let (columns, rows) = (crop.axis(0, photo.width), crop.axis(1, photo.height));

    // Across first, for those rows only that the second pass reads.
    let read = rows.reads(photo.height);
    let first = read.start;
    let fixed = columns.fixed_point();
    let mut across = vec![0; read.len() * width * 3];
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

    let fixed = rows.fixed_point();
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

/// `(v / 255 − mean) / std` of the channels in the network's order, rounded once.
pub(super) fn normalize(pixels: &[u8], normalize: &Normalize, out: Target<'_>) {
    let tables: [Vec<f32>; 3] = std::array::from_fn(|c| {
        let value = |v: u8| ((f64::from(v) / 255.0 - normalize.mean[c]) / normalize.std[c]) as f32;
        (0..=255).map(value).collect()
    });
    out.each_pixel(|pixel, out| {
        out.fill(0.0);
        for (c, (out, table)) in out.iter_mut().zip(&tables).enumerate() {
            *out = table[usize::from(pixels[pixel * 3 + normalize.source[c]])];
        }
    });
}

/// Added so that cutting off the fraction rounds.
const HALF: i32 = 1 << (FRACTION_BITS - 1);

fn round(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}
