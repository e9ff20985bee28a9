//! The matrix product behind dense convolution, one tile at a time: a few rows (output pixels) times
//! a panel of columns (output channels, two vectors wide), with the epilogue while the sums are
//! still in registers.

use crate::Epilogue;
use crate::epilogue::LANES;
use crate::simd::{Quad, Vector};
use crate::winograd::{self, Way};
use std::ops::Range;

/// At most so many columns are few: each is then a panel of its own, and vectors lie along rows, since panels would be
/// padding for the most part. The gradient of a photo has three.
const FEW: usize = 4;
/// Least values of a piece for that: with shorter ones, it takes longer to begin than multiplying less saves.
const FEW_VALUES: usize = 64;
/// Most rows of a tile of few columns.
const FEW_ROWS: usize = 2;
/// Vectors in a row of a tile.
pub(crate) const VECTORS: usize = 2;
/// Most rows of a tile ([`Vector::ROWS`]).
const MOST_ROWS: usize = 6;

/// The left matrix: each row is a chain of pieces that lie anywhere in the input.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// What the pieces are pieces of.
    pub values: &'a [f32],
    /// Where each piece starts, row by row; past the end for a piece of zeros.
    pub starts: &'a [u32],
    /// Pieces of a row.
    pub pieces: usize,
    /// As many zeros as a piece is long.
    pub zeros: &'a [f32],
}

/// Where the taps of windows are, in values: by row and by column.
#[derive(Clone, Debug)]
pub struct Seen {
    /// For each row of windows that of each of their rows of taps; `u32::MAX` in the padding.
    pub rows: Vec<u32>,
    /// The same for columns, to be added.
    pub columns: Vec<u32>,
    /// Rows and columns of taps.
    pub kernel: [usize; 2],
    /// From one picture to the next.
    pub picture: usize,
}

impl Seen {
    /// [`Rows::starts`] of the windows with these numbers, counted row by row, picture by picture: a piece a tap.
    #[inline(never)]
    pub fn starts(&self, windows: Range<usize>, starts: &mut Vec<u32>) {
        let width = self.columns.len() / self.kernel[1];
        let area = width * (self.rows.len() / self.kernel[0]);
        starts.clear();
        for window in windows {
            let (picture, y, x) = (window / area, window % area / width, window % width);
            let first = (picture * self.picture) as u32;
            for row in &self.rows[y * self.kernel[0]..][..self.kernel[0]] {
                for column in &self.columns[x * self.kernel[1]..][..self.kernel[1]] {
                    let outside = *row == u32::MAX || *column == u32::MAX;
                    starts.push(if outside { u32::MAX } else { first + row + column });
                }
            }
        }
    }
}

/// Where the product goes: a range of each pixel's channels, for consecutive pixels.
#[derive(Debug)]
pub struct Out<'a> {
    /// From the first value of the first pixel on.
    pub values: &'a mut [f32],
    /// Number of the first pixel.
    pub pixel: usize,
    /// From one pixel to the next.
    pub stride: usize,
    /// Channels, padded to a multiple of four.
    pub channels: usize,
}

/// Rows times all panels of weights. A panel has the weights of [`panel`] columns for each value of a row.
#[inline(never)]
pub fn multiply(rows: &Rows<'_>, weights: &[f32], epilogue: &Epilogue<'_>, out: &mut Out<'_>) {
    product().multiply(rows, weights, Some(epilogue), out);
}

/// Columns of a panel for so many columns in all, whose pieces have so many values, for this processor.
pub fn panel(columns: usize, values: usize) -> usize {
    let few = columns <= FEW && values >= FEW_VALUES && values.is_multiple_of(LANES);
    if few { 1 } else { product().width }
}

/// Rows times a panel.
struct Tile<'a> {
    /// From the first row on.
    rows: Rows<'a>,
    panel: &'a [f32],
    /// None for whole vectors of sums.
    epilogue: Option<&'a Epilogue<'a>>,
    /// Number of the first row's pixel.
    pixel: usize,
    /// The panel's first channel.
    channel: usize,
    /// Channels of the panel that are there to be written.
    channels: usize,
    /// From that channel of the first pixel on.
    out: &'a mut [f32],
    /// From one pixel to the next.
    stride: usize,
}

/// The product as this processor does it best.
pub(crate) struct Product {
    /// Columns of a panel.
    pub(crate) width: usize,
    /// Most rows of a tile.
    rows: usize,
    /// By number of rows, from one on.
    tiles: [fn(Tile<'_>); MOST_ROWS],
    /// Of few columns, for at most [`FEW_ROWS`] rows.
    few: fn(Tile<'_>),
    /// To and from points, of each of [`winograd::Windows`].
    pub(crate) winograd: [Way; 2],
}

/// Chosen once; always the same.
pub(crate) fn product() -> &'static Product {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        return &AVX2;
    }
    &PLAIN
}

static PLAIN: Product = plain::<Quad>();

const fn plain<V: Vector>() -> Product {
    Product {
        width: VECTORS * V::LANES,
        rows: V::ROWS,
        tiles: [tile::<V, 1>, tile::<V, 2>, tile::<V, 3>, tile::<V, 4>, tile::<V, 5>, tile::<V, 6>],
        few: few::<V>,
        winograd: [
            (winograd::enter::<V, 6, 6>, winograd::leave::<V, 6, 6>),
            (winograd::enter::<V, 9, 1>, winograd::leave::<V, 9, 1>),
        ],
    }
}

#[cfg(target_arch = "x86_64")]
static AVX2: Product = {
    use crate::simd::x86::F32x8;
    use crate::winograd::{Planes, Tiles};

    #[target_feature(enable = "avx2,fma")]
    fn with_features<const R: usize>(t: Tile<'_>) {
        tile::<F32x8, R>(t);
    }
    #[target_feature(enable = "avx2,fma")]
    fn enter<const Y: usize, const X: usize>(
        tiles: &Tiles<'_>,
        to: Planes,
        out: &mut [f32],
        spoilt: &mut Vec<usize>,
    ) {
        winograd::enter::<F32x8, Y, X>(tiles, to, out, spoilt);
    }
    #[target_feature(enable = "avx2,fma")]
    fn leave<const Y: usize, const X: usize>(
        tiles: &Tiles<'_>,
        from: Planes,
        sums: &[f32],
        epilogue: &Epilogue<'_>,
        out: &mut Out<'_>,
    ) {
        winograd::leave::<F32x8, Y, X>(tiles, from, sums, epilogue, out);
    }
    const fn ways<const Y: usize, const X: usize>() -> Way {
        (
            // SAFETY: as in `checked`.
            |tiles, to, out, spoilt| unsafe { enter::<Y, X>(tiles, to, out, spoilt) },
            // SAFETY: as in `checked`.
            |tiles, from, sums, epilogue, out| unsafe { leave::<Y, X>(tiles, from, sums, epilogue, out) },
        )
    }
    fn checked<const R: usize>(tile: Tile<'_>) {
        // SAFETY: product() gives this out only where the processor has both features.
        unsafe { with_features::<R>(tile) }
    }
    #[target_feature(enable = "avx2,fma")]
    fn few_with_features(tile: Tile<'_>) {
        few::<F32x8>(tile);
    }
    Product {
        width: VECTORS * F32x8::LANES,
        rows: F32x8::ROWS,
        tiles: [checked::<1>, checked::<2>, checked::<3>, checked::<4>, checked::<5>, checked::<6>],
        // SAFETY: as in `checked`.
        few: |tile| unsafe { few_with_features(tile) },
        winograd: [ways::<6, 6>(), ways::<9, 1>()],
    }
};

impl Product {
    /// Without an epilogue `out` has whole panels.
    pub(crate) fn multiply(
        &self,
        rows: &Rows<'_>,
        weights: &[f32],
        epilogue: Option<&Epilogue<'_>>,
        out: &mut Out<'_>,
    ) {
        let Rows { starts, pieces, zeros, .. } = *rows;
        let count = starts.len() / pieces;
        let few = weights.len() == pieces * zeros.len() * FEW;
        let (width, most) = if few { (FEW, FEW_ROWS) } else { (self.width, self.rows) };
        for (index, panel) in weights.chunks_exact(pieces * zeros.len() * width).enumerate() {
            let channel = index * width;
            // Tiles of nearly the same size.
            let mut first = 0;
            for rest in (1..=count.div_ceil(most)).rev() {
                let end = first + (count - first).div_ceil(rest);
                let tile = if few { self.few } else { self.tiles[end - first - 1] };
                tile(Tile {
                    rows: Rows { starts: &starts[first * pieces..end * pieces], ..*rows },
                    panel,
                    epilogue,
                    pixel: out.pixel + first,
                    channel,
                    channels: width.min(out.channels - channel),
                    out: &mut out.values[first * out.stride + channel..],
                    stride: out.stride,
                });
                first = end;
            }
        }
    }
}

#[inline(always)]
fn tile<V: Vector, const R: usize>(mut tile: Tile<'_>) {
    let Rows { values, starts, pieces, zeros } = tile.rows;
    let len = zeros.len();
    let mut sums = [[V::splat(0.0); VECTORS]; R];
    for (piece, weights) in tile.panel.chunks_exact(len * VECTORS * V::LANES).enumerate() {
        let rows: [&[f32]; R] = std::array::from_fn(|row| {
            values.get(starts[row * pieces + piece] as usize..).map_or(zeros, |from| &from[..len])
        });
        // One value of each row a turn: unrolled, sums would fall out of registers.
        for (k, weights) in weights.chunks_exact(VECTORS * V::LANES).enumerate() {
            let weights: [V; VECTORS] = std::array::from_fn(|v| V::load(&weights[v * V::LANES..]));
            for (sums, row) in sums.iter_mut().zip(&rows) {
                let x = V::splat(row[k]);
                for (sum, weights) in sums.iter_mut().zip(&weights) {
                    *sum = x.mul_add(*weights, *sum);
                }
            }
        }
    }
    finish(&sums, &mut tile);
}

/// All columns, [`FEW`], of at most [`FEW_ROWS`] rows: `panel` has the weights of one column after the other.
#[inline(always)]
fn few<V: Vector>(tile: Tile<'_>) {
    let Rows { values, starts, pieces, zeros } = tile.rows;
    let len = zeros.len();
    let mut sums = [[V::splat(0.0); FEW]; FEW_ROWS];
    for piece in 0..pieces {
        let rows: [&[f32]; FEW_ROWS] = std::array::from_fn(|row| {
            let start = starts.get(row * pieces + piece).map_or(usize::MAX, |start| *start as usize);
            values.get(start..).map_or(zeros, |from| &from[..len])
        });
        let columns: [&[f32]; FEW] =
            std::array::from_fn(|column| &tile.panel[(column * pieces + piece) * len..][..len]);
        // Zipped, so that no index is checked.
        let [x, y] = rows.map(|row| row.chunks_exact(V::LANES));
        let [a, b, c, d] = columns.map(|column| column.chunks_exact(V::LANES));
        for ((x, y), ((a, b), (c, d))) in x.zip(y).zip(a.zip(b).zip(c.zip(d))) {
            let weights = [V::load(a), V::load(b), V::load(c), V::load(d)];
            for (sums, x) in sums.iter_mut().zip([V::load(x), V::load(y)]) {
                for (sum, weights) in sums.iter_mut().zip(&weights) {
                    *sum = x.mul_add(*weights, *sum);
                }
            }
        }
    }
    for (row, sums) in sums[..starts.len() / pieces].iter().enumerate() {
        let mut totals = [0.0; FEW];
        for (total, sum) in totals.iter_mut().zip(sums) {
            let mut lanes = [0.0; LANES];
            sum.store(&mut lanes);
            *total = lanes.iter().sum();
        }
        let out = &mut tile.out[row * tile.stride..][..FEW];
        match tile.epilogue {
            Some(epilogue) => epilogue.at(tile.channel).store(Quad::load(&totals), tile.pixel + row, out),
            None => out.copy_from_slice(&totals),
        }
    }
}

/// From a tile's sums to what is stored. In wasm a function for tiles of any size: less to download.
#[cfg_attr(target_arch = "x86_64", inline(always))]
#[cfg_attr(not(target_arch = "x86_64"), inline(never))]
fn finish<V: Vector>(sums: &[[V; VECTORS]], tile: &mut Tile<'_>) {
    let whole = tile.channels.is_multiple_of(V::LANES);
    let epilogue = tile.epilogue.filter(|epilogue| !(whole && epilogue.keeps));
    for v in 0..VECTORS {
        let first = v * V::LANES;
        if first >= tile.channels {
            break;
        }
        let store = epilogue.map(|epilogue| epilogue.at::<V>(tile.channel + first));
        for (row, sums) in sums.iter().enumerate() {
            let out = &mut tile.out[row * tile.stride..][first..tile.channels];
            match &store {
                Some(store) => store.store(sums[v], tile.pixel + row, out),
                None => sums[v].store(out),
            }
        }
    }
}

/// Where there is AVX2, the other one as well.
#[cfg(test)]
pub(crate) fn products() -> [&'static Product; 2] {
    [&PLAIN, product()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// Small integers, whose sums are exact in whatever order.
    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919 + seed * 104_729) % 13) as f32 - 6.0).collect()
    }

    #[test]
    fn every_tile_is_the_product_and_writes_nothing_else() {
        for product in products() {
            let columns = [4, 8, 12, 16, 20, 28, 32, 36, 44];
            for (rows, columns) in (1..=2 * MOST_ROWS + 1).flat_map(|rows| columns.map(|c| (rows, c))) {
                check(product, rows, [1, 8], columns);
                check(product, rows, [3, 5], columns);
                check(product, rows, [3, 16], columns);
            }
        }
    }

    fn check(product: &Product, rows: usize, [pieces, len]: [usize; 2], columns: usize) {
        let values = numbers((rows + pieces) * len, 1);
        // The last piece of the first row is one of zeros.
        let mut starts: Vec<u32> =
            (0..rows * pieces).map(|i| ((i / pieces + i % pieces) * len) as u32).collect();
        starts[pieces - 1] = u32::MAX;
        let weights = numbers(columns * len * pieces, 2);
        let (residual, spec) = (numbers(rows * columns, 3), numbers(columns * 3, 4));
        let source = Source { values: &residual, h: rows, w: 1, channels: columns, stride: columns };
        let mut arranged = Vec::new();
        Epilogue::arrange(&spec, &mut arranged);
        let epilogue = Epilogue::new(&arranged, true, Some((source, 2.0)));

        // For one panel after the other, and each value of a row: the weights of the panel's columns.
        let mut panels = Vec::new();
        let width = if columns <= FEW && len.is_multiple_of(LANES) { 1 } else { product.width };
        for first in (0..columns).step_by(width) {
            for (piece, k) in (0..pieces).flat_map(|piece| (0..len).map(move |k| (piece, k))) {
                let weight = |column: usize| weights.get((column * len + k) * pieces + piece).copied();
                panels.extend((first..first + width).map(|column| weight(column).unwrap_or(0.0)));
            }
        }
        let stride = columns + 4;
        let mut out = vec![f32::NAN; rows * stride];
        let rows_of = Rows { values: &values, starts: &starts, pieces, zeros: &vec![0.0; len] };
        let mut to = Out { values: &mut out, pixel: 0, stride, channels: columns };
        product.multiply(&rows_of, &panels, Some(&epilogue), &mut to);
        for (row, out) in out.chunks_exact(stride).enumerate() {
            for column in 0..columns {
                let mut sum = 0.0;
                for (piece, start) in starts[row * pieces..][..pieces].iter().enumerate() {
                    for k in 0..len {
                        let value = values.get(*start as usize + k).copied().unwrap_or(0.0);
                        sum += value * weights[(column * len + k) * pieces + piece];
                    }
                }
                let [scale, shift, gain] = [0, 4, 8].map(|part| spec[column / 4 * 12 + part + column % 4]);
                let expected = gain * (scale * sum + shift + 2.0 * residual[row * columns + column]).max(0.0);
                assert_eq!(out[column], expected, "{rows}×{columns}, row {row}, column {column}");
            }
            assert!(out[columns..].iter().all(|v| v.is_nan()), "{rows}×{columns}: writes past row {row}");
        }
    }
}
