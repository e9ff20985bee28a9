//! Photos to inputs: PIL's resize, to the bit, then crop, mirror and normalise.

use super::Photo;
use super::memory::Target;
use crate::net::Normalize;
use crate::photo::resample::{Crop, FRACTION_BITS};
use inceptionscope_kernels::{RGB, resample_column, resample_row};

/// RGB of the crop, mirrored if asked for.
pub(super) fn resize(photo: &Photo<'_>, crop: &Crop) -> Vec<u8> {
    let [width, height] = crop.size;
    let (columns, rows) = (crop.axis(0, photo.width), crop.axis(1, photo.height));

    // Across first, for those rows only that the second pass reads.
    let read = rows.reads(photo.height);
    let first = read.start;
    let fixed = columns.fixed_point();
    let mut across = vec![0; read.len() * width * RGB];
    for (out, y) in across.chunks_exact_mut(width * RGB).zip(first..) {
        let row = &photo.rgb[y * photo.width * RGB..][..photo.width * RGB];
        resample_row(row, &columns.first, &fixed, columns.taps, FRACTION_BITS, out);
    }

    let fixed = rows.fixed_point();
    let mut out = vec![0; width * height * RGB];
    let mut sums = vec![0; width * RGB];
    for (y, out) in out.chunks_exact_mut(width * RGB).enumerate() {
        let weights = &fixed[y * rows.taps..][..rows.taps];
        let seen = &across[(rows.first[y] - first) * width * RGB..];
        resample_column(seen, weights, FRACTION_BITS, &mut sums, out);
        if crop.mirror {
            out.as_chunks_mut::<RGB>().0.reverse();
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
            *out = table[usize::from(pixels[pixel * RGB + normalize.source[c]])];
        }
    });
}
