//! The few channels of a photo: transparency, resampling in whole numbers, as PIL does it, and short pieces put side by
//! side.

/// Channels of a photo.
pub const RGB: usize = 3;

/// Puts the pieces of three channels that start there side by side; zeros for a start past the end.
#[inline(never)]
pub fn gather(values: &[f32], starts: &[u32], out: &mut Vec<f32>) {
    out.clear();
    for start in starts {
        let piece = values.get(*start as usize..).and_then(|from| from.first_chunk::<RGB>());
        out.extend_from_slice(piece.unwrap_or(&[0.0; RGB]));
    }
}

/// RGBA pixels, not premultiplied, on white.
#[inline(never)]
pub fn on_white(rgba: &[u8], rgb: &mut [u8]) {
    let laid = |v: u8, a: u8| {
        let (v, a) = (u32::from(v), u32::from(a));
        ((v * a + 255 * (255 - a) + 127) / 255) as u8
    };
    for (out, [r, g, b, a]) in rgb.as_chunks_mut::<RGB>().0.iter_mut().zip(rgba.as_chunks::<4>().0) {
        *out = if *a == 255 { [*r, *g, *b] } else { [*r, *g, *b].map(|v| laid(v, *a)) };
    }
}

/// A row of a photo, resampled: to each pixel of `out` the sum of `taps` pixels from its own `first` on, by its own
/// weights. Weights are multiples of 2^−`bits`.
#[inline(never)]
pub fn resample_row(row: &[u8], first: &[usize], weights: &[i32], taps: usize, bits: u32, out: &mut [u8]) {
    let pixels = out.as_chunks_mut::<RGB>().0.iter_mut().zip(first).zip(weights.chunks_exact(taps));
    for ((out, first), weights) in pixels {
        let mut sums = [half(bits); RGB];
        for (pixel, weight) in row[first * RGB..].as_chunks::<RGB>().0.iter().zip(weights) {
            (0..RGB).for_each(|c| sums[c] += i32::from(pixel[c]) * weight);
        }
        *out = sums.map(|sum| round(sum, bits));
    }
}

/// A row of the resampled photo: the sum of rows by their weights, which are multiples of 2^−`bits`. `sums` is
/// overwritten.
#[inline(never)]
pub fn resample_column(rows: &[u8], weights: &[i32], bits: u32, sums: &mut [i32], out: &mut [u8]) {
    sums.fill(half(bits));
    for (row, weight) in rows.chunks_exact(out.len()).zip(weights) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += i32::from(*value) * weight);
    }
    out.iter_mut().zip(sums).for_each(|(out, sum)| *out = round(*sum, bits));
}

/// Added so that cutting off the fraction rounds.
const fn half(bits: u32) -> i32 {
    1 << (bits - 1)
}

fn round(sum: i32, bits: u32) -> u8 {
    (sum >> bits).clamp(0, 255) as u8
}
