//! Winograd's convolution of windows of 3×3 with stride 1 (Lavin and Gray, arXiv 1509.09308). Tiles of the input and
//! kernels are polynomials, and their product is computed at points: a matrix product over channels at each. A tile of
//! 4×4 outputs takes 36 multiplications for each pair of channels, where its windows take 144.
//!
//! In each dimension the points are 0, ±√½, ±√2 and ∞. Errors are two to three times those of the plain sum; with ±1
//! and ±2, which are usual, they are twice as large again, and the largest four times.

use crate::epilogue::{Epilogue, LANES, filled};
use crate::product::{Out, Product, Rows, product};
use crate::simd::{Quad, Vector};
use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

/// Rows of outputs of a tile, as many as columns.
pub const TILE: usize = 4;
/// Rows of the input that a tile sees, as many as columns; also points in one dimension.
pub const POINTS: usize = TILE + 2;
/// Rows of a window.
const KERNEL: usize = 3;
/// Points.
const PLANES: usize = POINTS * POINTS;
/// Values between what belongs to one point and to the next, so that they do not compete for lines of the cache.
const APART: usize = 16;
/// Room for values at the points grows by so many: a thread that makes it once has it for nearly any convolution.
const ROOM: usize = 100 * 1024;

/// Tiles of a convolution.
#[derive(Debug)]
pub struct Tiles<'a> {
    /// The input.
    pub values: &'a [f32],
    /// Its channels, not padded.
    pub channels: usize,
    /// Where each pixel that a tile sees starts, row by row, tile by tile; `u32::MAX` for one of the padding.
    pub starts: &'a [u32],
    /// Which pixel each of a tile's outputs is, counted from the first one that is written; `u32::MAX` for none.
    pub pixels: &'a [u32],
}

/// What a thread keeps between convolutions.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Point by point, tile by tile: the values of all input channels, then likewise the sums of all output channels.
    values: Vec<f32>,
    /// [`Rows::starts`], the same at each point.
    starts: Vec<u32>,
    /// [`Rows::zeros`].
    zeros: Vec<f32>,
    /// See [`Scratch::spoilt`].
    spoilt: Vec<usize>,
}

impl Scratch {
    /// Of the tiles that were convolved last, those that saw what is no finite number. At the points it is in all that
    /// a tile sees, and so also in outputs that do not depend on it.
    pub fn spoilt(&self) -> &[usize] {
        &self.spoilt
    }
}

/// Convolves tiles, with weights that are [`transformed`].
#[inline(never)]
pub fn winograd(
    tiles: &Tiles<'_>,
    weights: &[f32],
    epilogue: &Epilogue<'_>,
    scratch: &mut Scratch,
    out: &mut Out<'_>,
) {
    convolve(product(), tiles, weights, epilogue, scratch, out);
}

fn convolve(
    product: &Product,
    tiles: &Tiles<'_>,
    weights: &[f32],
    epilogue: &Epilogue<'_>,
    scratch: &mut Scratch,
    out: &mut Out<'_>,
) {
    let count = tiles.starts.len() / PLANES;
    let Scratch { values, starts, zeros, spoilt } = scratch;
    // Whole vectors of values, whole panels of sums.
    let to = Planes::new(count, tiles.channels.next_multiple_of(LANES));
    let from = Planes::new(count, out.channels.next_multiple_of(product.width));
    make_room(values, (PLANES * (to.plane + from.plane)).next_multiple_of(ROOM));
    let (values, sums) = values.split_at_mut(PLANES * to.plane);
    starts.clear();
    starts.extend((0..count).map(|tile| (tile * to.row) as u32));
    make_room(zeros, tiles.channels);
    let zeros = &zeros[..tiles.channels];

    let (enter, leave) = product.winograd;
    spoilt.clear();
    enter(tiles, to, values, spoilt);
    for (point, weights) in weights.chunks_exact(weights.len() / PLANES).enumerate() {
        let rows = Rows { values: &values[point * to.plane..], starts, pieces: 1, zeros };
        let values = &mut sums[point * from.plane..];
        let mut sums = Out { values, pixel: 0, stride: from.row, channels: from.row };
        product.multiply(&rows, weights, None, &mut sums);
    }
    leave(tiles, from, sums, epilogue, out);
}

/// How values at points lie.
#[derive(Clone, Copy)]
pub(crate) struct Planes {
    /// From a tile to the next.
    row: usize,
    /// From a point to the next.
    plane: usize,
}

impl Planes {
    const fn new(tiles: usize, row: usize) -> Self {
        Self { row, plane: tiles * row + APART }
    }
}

/// For as many values.
#[inline(never)]
fn make_room(values: &mut Vec<f32>, len: usize) {
    if values.len() < len {
        values.resize(len, 0.0);
    }
}

/// From the input to the points, and from the points through the epilogue to the outputs.
pub(crate) type Ways = (
    fn(&Tiles<'_>, Planes, &mut [f32], &mut Vec<usize>),
    fn(&Tiles<'_>, Planes, &[f32], &Epilogue<'_>, &mut Out<'_>),
);

#[cfg_attr(target_arch = "x86_64", inline(always))]
#[cfg_attr(not(target_arch = "x86_64"), inline(never))]
pub(crate) fn enter<V: Vector>(
    tiles: &Tiles<'_>,
    Planes { row, plane }: Planes,
    out: &mut [f32],
    spoilt: &mut Vec<usize>,
) {
    for (tile, starts) in tiles.starts.chunks_exact(PLANES).enumerate() {
        // Nothing times what is not finite is not a number.
        let (nothing, mut sum) = (V::splat(0.0), V::splat(0.0));
        for c in (0..tiles.channels).step_by(V::LANES) {
            // Channels come in fours; what follows the last is another view's.
            let part = V::LANES > 4 && c + 4 >= tiles.channels;
            let mut columns = [[V::splat(0.0); POINTS]; POINTS];
            for (x, column) in columns.iter_mut().enumerate() {
                let mut pixels = [V::splat(0.0); POINTS];
                for (y, pixel) in pixels.iter_mut().enumerate() {
                    let Some(from) = tiles.values.get(starts[y * POINTS + x] as usize..) else { continue };
                    *pixel = if part { V::load(&filled(&from[c..c + 4])) } else { V::load(&from[c..]) };
                    sum = pixel.mul_add(nothing, sum);
                }
                *column = at_points(pixels);
            }
            for y in 0..POINTS {
                let mut values = [V::splat(0.0); POINTS];
                values.iter_mut().zip(&columns).for_each(|(value, column)| *value = column[y]);
                for (x, value) in at_points(values).into_iter().enumerate() {
                    value.store(&mut out[(y * POINTS + x) * plane + tile * row + c..]);
                }
            }
        }
        let mut lanes = [0.0; LANES];
        sum.store(&mut lanes);
        if lanes.iter().any(|lane| *lane != 0.0) {
            spoilt.push(tile);
        }
    }
}

#[cfg_attr(target_arch = "x86_64", inline(always))]
#[cfg_attr(not(target_arch = "x86_64"), inline(never))]
pub(crate) fn leave<V: Vector>(
    tiles: &Tiles<'_>,
    Planes { row, plane }: Planes,
    sums: &[f32],
    epilogue: &Epilogue<'_>,
    out: &mut Out<'_>,
) {
    for c in (0..out.channels).step_by(V::LANES) {
        let store = epilogue.at::<V>(c);
        let lanes = V::LANES.min(out.channels - c);
        for (tile, pixels) in tiles.pixels.chunks_exact(TILE * TILE).enumerate() {
            let mut rows = [[V::splat(0.0); TILE]; POINTS];
            for (y, to) in rows.iter_mut().enumerate() {
                let mut points = [V::splat(0.0); POINTS];
                for (x, point) in points.iter_mut().enumerate() {
                    *point = V::load(&sums[(y * POINTS + x) * plane + tile * row + c..]);
                }
                *to = from_points(points);
            }
            for x in 0..TILE {
                let mut points = [V::splat(0.0); POINTS];
                points.iter_mut().zip(&rows).for_each(|(point, row)| *point = row[x]);
                for (y, value) in from_points(points).into_iter().enumerate() {
                    let pixel = pixels[y * TILE + x];
                    if pixel != u32::MAX {
                        let at = pixel as usize * out.stride + c;
                        store.store(value, out.pixel + pixel as usize, &mut out.values[at..][..lanes]);
                    }
                }
            }
        }
    }
}

/// Weights at the points, from panels of weights of so many input channels: panels for one point after the other.
#[inline(never)]
pub fn transformed(weights: &[f32], channels: usize) -> Vec<f32> {
    at_planes(weights, channels * product().width)
}

/// `tap` is the number of weights of a panel for each tap.
fn at_planes(weights: &[f32], tap: usize) -> Vec<f32> {
    let panel = KERNEL * KERNEL * tap;
    let plane = weights.len() / (KERNEL * KERNEL);
    let mut out = vec![0.0; PLANES * plane];
    for (index, weights) in weights.chunks_exact(panel).enumerate() {
        for at in (0..tap).step_by(Quad::LANES) {
            let mut rows = [[Quad::splat(0.0); POINTS]; KERNEL];
            for (y, row) in rows.iter_mut().enumerate() {
                let mut taps = [Quad::splat(0.0); KERNEL];
                for (x, value) in taps.iter_mut().enumerate() {
                    *value = Quad::load(&weights[(y * KERNEL + x) * tap + at..]);
                }
                *row = kernel_at_points(&taps);
            }
            for x in 0..POINTS {
                let column = kernel_at_points(&rows.map(|row| row[x]));
                for (y, value) in column.into_iter().enumerate() {
                    value.store(&mut out[(y * POINTS + x) * plane + index * tap + at..]);
                }
            }
        }
    }
    out
}

/// The input at 0, ±√½, ±√2, ∞.
#[inline(always)]
fn at_points<V: Vector>([d0, d1, d2, d3, d4, d5]: [V; POINTS]) -> [V; POINTS] {
    let [minus_half, minus_two, minus_both] = [-0.5, -2.0, -2.5].map(V::splat);
    let (even, odd) = (d2.mul_add(minus_two, d4), d1.mul_add(minus_two, d3).mul(V::splat(FRAC_1_SQRT_2)));
    let (even_2, odd_2) = (d2.mul_add(minus_half, d4), d1.mul_add(minus_half, d3).mul(V::splat(SQRT_2)));
    [
        d2.mul_add(minus_both, d0.add(d4)),
        even.add(odd),
        even.sub(odd),
        even_2.add(odd_2),
        even_2.sub(odd_2),
        d3.mul_add(minus_both, d1.add(d5)),
    ]
}

/// A kernel there, divided by the product of each point's distances from the others: 1, −1.5 and 6.
#[inline(never)]
fn kernel_at_points(&[g0, g1, g2]: &[Quad; KERNEL]) -> [Quad; POINTS] {
    let at = |square: f32, factor: f32| {
        let (even, odd) = (g2.mul_add(Quad::splat(square), g0), g1.mul(Quad::splat(square.sqrt())));
        [even.add(odd).mul(Quad::splat(factor)), even.sub(odd).mul(Quad::splat(factor))]
    };
    let ([plus, minus], [plus_2, minus_2]) = (at(0.5, -1.0 / 1.5), at(2.0, 1.0 / 6.0));
    [g0, plus, minus, plus_2, minus_2, g2]
}

/// The outputs, from products there.
#[inline(always)]
fn from_points<V: Vector>([zero, plus, minus, plus_2, minus_2, infinite]: [V; POINTS]) -> [V; TILE] {
    let [half, two] = [0.5, 2.0].map(V::splat);
    let (even, odd) = (plus.add(minus), plus.sub(minus).mul(V::splat(FRAC_1_SQRT_2)));
    let (even_2, odd_2) = (plus_2.add(minus_2), plus_2.sub(minus_2).mul(V::splat(SQRT_2)));
    [
        zero.add(even).add(even_2),
        odd.add(odd_2),
        even_2.mul_add(two, even.mul(half)),
        odd_2.mul_add(two, odd.mul_add(half, infinite)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::products;

    /// In −1 to 1.
    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919 + seed * 104_729) % 201) as f32 / 100.0 - 1.0).collect()
    }

    #[test]
    fn tiles_are_the_convolution_and_write_nothing_else() {
        for product in products() {
            for (channels, outputs) in [(1, 4), (3, 8), (8, 12), (13, 20), (24, 36)] {
                check(product, channels, outputs);
            }
        }
    }

    /// Three tiles side by side, without padding but for the last column of what they see.
    fn check(product: &Product, channels: usize, outputs: usize) {
        let (width, columns, row) = (3 * TILE + 1, 3 * TILE, channels.next_multiple_of(4));
        let (values, weights) = (numbers(POINTS * width * row, 1), numbers(outputs * channels * 9, 2));
        let start = |tile: usize, y: usize, x: usize| match tile * TILE + x {
            column if column < width => ((y * width + column) * row) as u32,
            _ => u32::MAX,
        };
        let positions = |n: usize| (0..3).flat_map(move |t| (0..n * n).map(move |at| (t, at / n, at % n)));
        let starts: Vec<u32> = positions(POINTS).map(|(tile, y, x)| start(tile, y, x)).collect();
        // The last row is not written.
        let pixels: Vec<u32> = positions(TILE)
            .map(|(tile, y, x)| if y + 1 < TILE { (y * columns + tile * TILE + x) as u32 } else { u32::MAX })
            .collect();
        let mut panels = Vec::new();
        for first in (0..outputs).step_by(product.width) {
            for (tap, c) in (0..9).flat_map(|tap| (0..channels).map(move |c| (tap, c))) {
                let weight = |out: usize| weights.get((out * channels + c) * 9 + tap).copied();
                panels.extend((first..first + product.width).map(|out| weight(out).unwrap_or(0.0)));
            }
        }
        let transformed = at_planes(&panels, channels * product.width);
        let mut arranged = Vec::new();
        Epilogue::arrange(&vec![1.0; 3 * outputs], &mut arranged);
        let epilogue = Epilogue::new(&arranged, false, None);
        let (stride, mut scratch) = (outputs + 4, Scratch::default());
        let mut out = vec![f32::NAN; TILE * columns * stride];
        let tiles = Tiles { values: &values, channels, starts: &starts, pixels: &pixels };
        let mut to = Out { values: &mut out, pixel: 0, stride, channels: outputs };
        convolve(product, &tiles, &transformed, &epilogue, &mut scratch, &mut to);

        for (pixel, found) in out.chunks_exact(stride).enumerate() {
            let (y, x) = (pixel / columns, pixel % columns);
            let written = if y + 1 < TILE { outputs } else { 0 };
            assert!(found[written..].iter().all(|v| v.is_nan()), "{channels}→{outputs}: row {y}, column {x}");
            for (o, found) in found[..written].iter().enumerate() {
                let mut sum = 1.0;
                for (tap, c) in (0..9).flat_map(|tap| (0..channels).map(move |c| (tap, c))) {
                    let (row_of, column) = (y + tap / 3, x + tap % 3);
                    let seen = if column < width { values[(row_of * width + column) * row + c] } else { 0.0 };
                    sum += f64::from(seen) * f64::from(weights[(o * channels + c) * 9 + tap]);
                }
                let error = (f64::from(*found) - sum).abs();
                let most = 1e-5 * (sum.abs() + ((9 * channels) as f64).sqrt() / 3.0);
                assert!(error < most, "{channels}→{outputs}: row {y}, column {x}: {sum}, found {found}");
            }
        }
    }
}
