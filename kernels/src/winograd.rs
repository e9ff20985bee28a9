//! Winograd's convolution with stride 1 (Lavin and Gray, arXiv 1509.09308). Tiles of the input and kernels are
//! polynomials, and their product is computed at points: a matrix product over channels at each. A tile of 4×4 outputs
//! of 3×3 windows takes 36 multiplications for each pair of channels instead of 144, and one of three outputs of 1×7
//! windows takes 9 instead of 21.

use crate::epilogue::{Epilogue, LANES, filled};
use crate::points::{MOST_OUTPUTS, MOST_POINTS, at_points, from_points, kernel_at_points, outputs, points};
use crate::product::{Out, Product, Rows, product};
use crate::simd::{Quad, Vector};

/// Values between what belongs to one point and to the next, so that they do not compete for lines of the cache.
const APART: usize = 16;
/// Room for values at the points grows by so many: a thread that makes it once has it for nearly any convolution.
const ROOM: usize = 100 * 1024;

/// Windows that are convolved so. A window of one row is like one of one column: its taps lie one after the other. Those
/// of three pixels in a row would keep half of their multiplications, and take twice the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// 3×3.
    Square,
    /// 1×7 and 7×1.
    Line,
}

impl Windows {
    /// None of others.
    pub fn of(kernel: [usize; 2]) -> Option<Self> {
        match kernel {
            [3, 3] => Some(Self::Square),
            [1, 7] | [7, 1] => Some(Self::Line),
            _ => None,
        }
    }

    /// In both dimensions.
    const fn taps(self) -> [usize; 2] {
        match self {
            Self::Square => [3, 3],
            Self::Line => [7, 1],
        }
    }

    /// Points in both dimensions together: as many as pixels that a tile sees.
    pub const fn points(self) -> usize {
        let [y, x] = self.taps();
        points(y) * points(x)
    }
}

/// Tiles of a convolution.
#[derive(Debug)]
pub struct Tiles<'a> {
    /// What they are tiles of.
    pub windows: Windows,
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
    let planes = tiles.windows.points();
    let count = tiles.starts.len() / planes;
    let Scratch { values, starts, zeros, spoilt } = scratch;
    // Whole vectors of values, whole panels of sums.
    let to = Planes::new(count, tiles.channels.next_multiple_of(LANES));
    let from = Planes::new(count, out.channels.next_multiple_of(product.width));
    make_room(values, (planes * (to.plane + from.plane)).next_multiple_of(ROOM));
    let (values, sums) = values.split_at_mut(planes * to.plane);
    starts.clear();
    starts.extend((0..count).map(|tile| (tile * to.row) as u32));
    make_room(zeros, tiles.channels);
    let zeros = &zeros[..tiles.channels];

    let (enter, leave) = product.winograd[tiles.windows as usize];
    spoilt.clear();
    enter(tiles, to, values, spoilt);
    for (point, weights) in weights.chunks_exact(weights.len() / planes).enumerate() {
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
pub(crate) type Way = (
    fn(&Tiles<'_>, Planes, &mut [f32], &mut Vec<usize>),
    fn(&Tiles<'_>, Planes, &[f32], &Epilogue<'_>, &mut Out<'_>),
);

/// With so many points in the first dimension, and in the second.
#[cfg_attr(target_arch = "x86_64", inline(always))]
#[cfg_attr(not(target_arch = "x86_64"), inline(never))]
pub(crate) fn enter<V: Vector, const Y: usize, const X: usize>(
    tiles: &Tiles<'_>,
    Planes { row, plane }: Planes,
    out: &mut [f32],
    spoilt: &mut Vec<usize>,
) {
    for (tile, starts) in tiles.starts.chunks_exact(Y * X).enumerate() {
        // Nothing times what is not finite is not a number.
        let (nothing, mut sum) = (V::splat(0.0), V::splat(0.0));
        for c in (0..tiles.channels).step_by(V::LANES) {
            // Channels come in fours; what follows the last is another view's.
            let part = V::LANES > 4 && c + 4 >= tiles.channels;
            let mut columns = [[V::splat(0.0); Y]; X];
            for (x, column) in columns.iter_mut().enumerate() {
                let mut pixels = [V::splat(0.0); Y];
                for (y, pixel) in pixels.iter_mut().enumerate() {
                    let Some(from) = tiles.values.get(starts[y * X + x] as usize..) else { continue };
                    *pixel = if part { V::load(&filled(&from[c..c + 4])) } else { V::load(&from[c..]) };
                    sum = pixel.mul_add(nothing, sum);
                }
                *column = at_points(pixels);
            }
            for y in 0..Y {
                let mut values = [V::splat(0.0); X];
                values.iter_mut().zip(&columns).for_each(|(value, column)| *value = column[y]);
                for (x, value) in at_points(values).into_iter().enumerate() {
                    value.store(&mut out[(y * X + x) * plane + tile * row + c..]);
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
pub(crate) fn leave<V: Vector, const Y: usize, const X: usize>(
    tiles: &Tiles<'_>,
    Planes { row, plane }: Planes,
    sums: &[f32],
    epilogue: &Epilogue<'_>,
    out: &mut Out<'_>,
) {
    let (height, width) = (const { outputs(Y) }, const { outputs(X) });
    for c in (0..out.channels).step_by(V::LANES) {
        let store = epilogue.at::<V>(c);
        let lanes = V::LANES.min(out.channels - c);
        for (tile, pixels) in tiles.pixels.chunks_exact(height * width).enumerate() {
            let mut rows = [[V::splat(0.0); MOST_OUTPUTS]; Y];
            for (y, to) in rows.iter_mut().enumerate() {
                let mut points = [V::splat(0.0); X];
                for (x, point) in points.iter_mut().enumerate() {
                    *point = V::load(&sums[(y * X + x) * plane + tile * row + c..]);
                }
                *to = from_points(points);
            }
            for x in 0..width {
                let mut points = [V::splat(0.0); Y];
                points.iter_mut().zip(&rows).for_each(|(point, row)| *point = row[x]);
                for (y, value) in from_points(points).into_iter().take(height).enumerate() {
                    let pixel = pixels[y * width + x];
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
pub fn transformed(windows: Windows, weights: &[f32], channels: usize) -> Vec<f32> {
    at_planes(windows, weights, channels * product().width)
}

/// `len` is the number of weights of a panel for each tap.
fn at_planes(windows: Windows, weights: &[f32], len: usize) -> Vec<f32> {
    let [height, width] = windows.taps();
    let plane = weights.len() / (height * width);
    let mut out = vec![0.0; windows.points() * plane];
    for (index, weights) in weights.chunks_exact(height * width * len).enumerate() {
        for at in (0..len).step_by(Quad::LANES) {
            let tap = |tap: usize| Quad::load(&weights[tap * len + at..]);
            let mut columns = [[Quad::splat(0.0); MOST_POINTS]; MOST_POINTS];
            for (x, column) in columns[..width].iter_mut().enumerate() {
                *column = kernel_at_points(height, |y| tap(y * width + x));
            }
            for y in 0..points(height) {
                let row = kernel_at_points(width, |x| columns[x][y]);
                for (x, value) in row[..points(width)].iter().enumerate() {
                    value.store(&mut out[(y * points(width) + x) * plane + index * len + at..]);
                }
            }
        }
    }
    out
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
                for kernel in [[3, 3], [1, 7], [7, 1]] {
                    check(product, kernel, channels, outputs);
                }
            }
        }
    }

    /// Three tiles side by side, without padding but for the last column of what they see.
    fn check(product: &Product, kernel: [usize; 2], channels: usize, outputs: usize) {
        let windows = Windows::of(kernel).unwrap();
        let taps = kernel[0] * kernel[1];
        let tile = kernel.map(crate::points::tile);
        let seen = [0, 1].map(|axis| tile[axis] + kernel[axis] - 1);
        let (columns, row) = (3 * tile[1], channels.next_multiple_of(4));
        let width = columns + kernel[1] - 2;
        let (values, weights) = (numbers(seen[0] * width * row, 1), numbers(outputs * channels * taps, 2));
        let start = |index: usize, y: usize, x: usize| match index * tile[1] + x {
            column if column < width => ((y * width + column) * row) as u32,
            _ => u32::MAX,
        };
        let positions = |[height, width]: [usize; 2]| {
            (0..3).flat_map(move |t| (0..height * width).map(move |at| (t, at / width, at % width)))
        };
        let starts: Vec<u32> = positions(seen).map(|(tile, y, x)| start(tile, y, x)).collect();
        // Of several rows the last is not written.
        let rows = tile[0].max(2) - 1;
        let pixels: Vec<u32> = positions(tile)
            .map(|(t, y, x)| if y < rows { (y * columns + t * tile[1] + x) as u32 } else { u32::MAX })
            .collect();
        let mut panels = Vec::new();
        for first in (0..outputs).step_by(product.width) {
            for (tap, c) in (0..taps).flat_map(|tap| (0..channels).map(move |c| (tap, c))) {
                let weight = |out: usize| weights.get((out * channels + c) * taps + tap).copied();
                panels.extend((first..first + product.width).map(|out| weight(out).unwrap_or(0.0)));
            }
        }
        let transformed = at_planes(windows, &panels, channels * product.width);
        let mut arranged = Vec::new();
        Epilogue::arrange(&vec![1.0; 3 * outputs], &mut arranged);
        let epilogue = Epilogue::new(&arranged, false, None);
        let (stride, mut scratch) = (outputs + 4, Scratch::default());
        let mut out = vec![f32::NAN; tile[0] * columns * stride];
        let tiles = Tiles { windows, values: &values, channels, starts: &starts, pixels: &pixels };
        let mut to = Out { values: &mut out, pixel: 0, stride, channels: outputs };
        convolve(product, &tiles, &transformed, &epilogue, &mut scratch, &mut to);

        let name = format!("{kernel:?}, {channels}→{outputs}");
        for (pixel, found) in out.chunks_exact(stride).enumerate() {
            let (y, x) = (pixel / columns, pixel % columns);
            let written = if y < rows { outputs } else { 0 };
            assert!(found[written..].iter().all(|v| v.is_nan()), "{name}: row {y}, column {x}");
            for (o, found) in found[..written].iter().enumerate() {
                let mut sum = 1.0;
                for (tap, c) in (0..taps).flat_map(|tap| (0..channels).map(move |c| (tap, c))) {
                    let (row_of, column) = (y + tap / kernel[1], x + tap % kernel[1]);
                    let seen = if column < width { values[(row_of * width + column) * row + c] } else { 0.0 };
                    sum += f64::from(seen) * f64::from(weights[(o * channels + c) * taps + tap]);
                }
                let error = (f64::from(*found) - sum).abs();
                let most = 1e-5 * (sum.abs() + ((taps * channels) as f64).sqrt() / 3.0);
                assert!(error < most, "{name}: row {y}, column {x}: {sum}, found {found}");
            }
        }
    }
}
