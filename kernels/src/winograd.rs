//! Winograd's convolution with stride 1 (Lavin and Gray, arXiv 1509.09308). Tiles of the input and kernels are
//! polynomials, and their product is computed at points: a matrix product over channels at each. A tile of 4×4 outputs
//! of 3×3 windows takes 36 multiplications for each pair of channels instead of 144, and one of three outputs of 1×7
//! windows takes 9 instead of 21.
//!
//! In each dimension the points are 0 and pairs ±a, for three taps with ∞. For three taps a is √½ and √2, with errors of
//! two to three times those of the plain sum; with 1 and 2, which are usual, they are twice as large again, and the
//! largest four times. For seven taps a is ½, ⅞, 1½ and 4, found by a search, with the same errors as 3×3
//! windows; a tile of four outputs, with ten points, would save little more, and be off by half as much again.

use crate::epilogue::{Epilogue, LANES, filled};
use crate::product::{Out, Product, Rows, product};
use crate::simd::{Quad, Vector};

/// Most outputs of a tile in a dimension.
const MOST_OUTPUTS: usize = 4;
/// Most points in a dimension.
const MOST_POINTS: usize = 9;
/// Most pairs of points.
const MOST_PAIRS: usize = (MOST_POINTS - 1) / 2;
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

/// Outputs of a tile in a dimension in which windows have so many taps.
pub const fn tile(taps: usize) -> usize {
    match taps {
        1 => 1,
        7 => 3,
        _ => MOST_OUTPUTS,
    }
}

/// Points in a dimension with so many taps.
const fn points(taps: usize) -> usize {
    tile(taps) + taps - 1
}

/// Outputs of a tile in a dimension with so many points.
const fn outputs(points: usize) -> usize {
    match points {
        1 => 1,
        9 => 3,
        _ => MOST_OUTPUTS,
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

/// Pairs of points, and what follows from them. With s for the square of each a:
struct Pairs {
    /// a.
    roots: [f32; MOST_PAIRS],
    /// s.
    squares: [f32; MOST_PAIRS],
    /// ∏ (x − s) over all pairs as a polynomial, constant first.
    all: [f32; MOST_PAIRS + 1],
    /// The same over all others, for each pair.
    others: [[f32; MOST_PAIRS]; MOST_PAIRS],
}

impl Pairs {
    /// For so many points.
    const fn of(points: usize) -> Self {
        use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};
        let roots: [f64; MOST_PAIRS] = match points {
            9 => [0.5, 0.875, 1.5, 4.0],
            _ => [FRAC_1_SQRT_2, SQRT_2, 0.0, 0.0],
        };
        let count = (points - 1) / 2;
        let mut pairs = Self {
            roots: [0.0; MOST_PAIRS],
            squares: [0.0; MOST_PAIRS],
            all: [0.0; MOST_PAIRS + 1],
            others: [[0.0; MOST_PAIRS]; MOST_PAIRS],
        };
        let (mut pair, mut k) = (0, 0);
        let all = product_without(&roots, count, MOST_PAIRS);
        while k <= count {
            pairs.all[k] = all[k] as f32;
            k += 1;
        }
        while pair < count {
            pairs.roots[pair] = roots[pair] as f32;
            pairs.squares[pair] = (roots[pair] * roots[pair]) as f32;
            let others = product_without(&roots, count, pair);
            k = 0;
            while k < count {
                pairs.others[pair][k] = others[k] as f32;
                k += 1;
            }
            pair += 1;
        }
        pairs
    }
}

/// ∏ (x − a²) over so many, but for one.
const fn product_without(roots: &[f64; MOST_PAIRS], count: usize, without: usize) -> [f64; MOST_PAIRS + 1] {
    let mut product = [0.0; MOST_PAIRS + 1];
    product[0] = 1.0;
    let mut pair = 0;
    while pair < count {
        if pair != without {
            let mut k = MOST_PAIRS;
            while k > 0 {
                product[k] = product[k - 1] - product[k] * roots[pair] * roots[pair];
                k -= 1;
            }
            product[0] *= -roots[pair] * roots[pair];
        }
        pair += 1;
    }
    product
}

/// The input at 0, at each pair, and at ∞ where the number of points is even.
#[inline(always)]
fn at_points<V: Vector, const N: usize>(input: [V; N]) -> [V; N] {
    if N == 1 {
        return input;
    }
    let pairs = const { &Pairs::of(N) };
    let count = const { (N - 1) / 2 };
    // Of every other value from the first on, the last one's factor is 1.
    let sum = |factors: &[f32], first: usize| {
        let last = factors.len() - 1;
        let mut sum = input[first + 2 * last];
        for k in 0..last {
            sum = input[first + 2 * k].mul_add(V::splat(factors[k]), sum);
        }
        sum
    };
    let mut out = input;
    out[0] = sum(&pairs.all[..=count], 0);
    if N.is_multiple_of(2) {
        out[N - 1] = sum(&pairs.all[..=count], 1);
    }
    for (pair, (root, others)) in pairs.roots.iter().zip(&pairs.others).take(count).enumerate() {
        let (even, odd) = (sum(&others[..count], 2), sum(&others[..count], 1).mul(V::splat(*root)));
        out[2 * pair + 1] = even.add(odd);
        out[2 * pair + 2] = even.sub(odd);
    }
    out
}

/// A kernel of so many taps there, divided by the product of each point's distances from the others.
#[inline(never)]
fn kernel_at_points(taps: usize, tap: impl Fn(usize) -> Quad) -> [Quad; MOST_POINTS] {
    let mut out = [tap(0); MOST_POINTS];
    if taps == 1 {
        return out;
    }
    let pairs = Pairs::of(points(taps));
    let count = (points(taps) - 1) / 2;
    let over = |divisor: f32| Quad::splat(1.0 / divisor);
    for pair in 0..count {
        let (root, square) = (pairs.roots[pair], pairs.squares[pair]);
        let (mut even, mut odd, mut power) = (Quad::splat(0.0), Quad::splat(0.0), Quad::splat(1.0));
        for k in (0..taps).step_by(2) {
            even = tap(k).mul_add(power, even);
            if k + 1 < taps {
                odd = tap(k + 1).mul_add(power, odd);
            }
            power = power.mul(Quad::splat(square));
        }
        odd = odd.mul(Quad::splat(root));
        let others: f32 = (0..count).filter(|k| *k != pair).map(|k| square - pairs.squares[k]).product();
        let divisor = 2.0 * square * others;
        out[2 * pair + 1] = even.add(odd).mul(over(divisor));
        out[2 * pair + 2] = even.sub(odd).mul(over(divisor));
    }
    out[0] = tap(0).mul(over(pairs.all[0]));
    if points(taps).is_multiple_of(2) {
        out[2 * count + 1] = tap(taps - 1);
    }
    out
}

/// The outputs, from products there.
#[inline(always)]
fn from_points<V: Vector, const N: usize>(products: [V; N]) -> [V; MOST_OUTPUTS] {
    let mut out = [V::splat(0.0); MOST_OUTPUTS];
    out[0] = products[0];
    if N == 1 {
        return out;
    }
    let pairs = const { &Pairs::of(N) };
    if N.is_multiple_of(2) {
        out[MOST_OUTPUTS - 1] = products[N - 1];
    }
    for pair in 0..const { (N - 1) / 2 } {
        let (plus, minus) = (products[2 * pair + 1], products[2 * pair + 2]);
        let (even, odd) = (plus.add(minus), plus.sub(minus).mul(V::splat(pairs.roots[pair])));
        let square = V::splat(pairs.squares[pair]);
        out[0] = out[0].add(even);
        out[1] = out[1].add(odd);
        out[2] = even.mul_add(square, out[2]);
        out[3] = odd.mul_add(square, out[3]);
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
        let tile = kernel.map(tile);
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
