//! The matrix product behind dense convolution, one tile at a time: a few rows (output pixels) times
//! a panel of columns (output channels, two vectors wide), with the epilogue while the sums are
//! still in registers.

use super::memory::Epilogue;
use super::simd::Vector;

/// Vectors in a row of a tile.
const VECTORS: usize = 2;
/// Most rows of a tile ([`Vector::ROWS`]).
const MOST_ROWS: usize = 6;

/// The left matrix: each row is a chain of pieces that lie anywhere in the input.
pub(super) struct Rows<'a> {
    /// What the pieces are pieces of.
    pub(super) values: &'a [f32],
    /// Where each piece starts, row by row; past the end for a piece of zeros.
    pub(super) starts: &'a [u32],
    /// Pieces of a row.
    pub(super) pieces: usize,
    /// As many zeros as a piece is long.
    pub(super) zeros: &'a [f32],
}

/// Rows times a panel.
pub(super) struct Tile<'a, 'b> {
    /// From the first row on.
    pub(super) rows: Rows<'a>,
    /// For each value of a row the weights of all columns.
    pub(super) panel: &'a [f32],
    pub(super) epilogue: &'a Epilogue<'b>,
    /// Number of the first row's pixel.
    pub(super) pixel: usize,
    /// The panel's first channel.
    pub(super) channel: usize,
    /// Channels of the panel that are there to be written.
    pub(super) channels: usize,
    /// From that channel of the first pixel on.
    pub(super) out: &'a mut [f32],
    /// From one pixel to the next.
    pub(super) stride: usize,
}

/// The product as this processor does it best.
pub(super) struct Product {
    /// Columns of a panel.
    pub(super) width: usize,
    /// Most rows of a tile.
    rows: usize,
    /// By number of rows, from one on.
    tiles: [fn(Tile<'_, '_>); MOST_ROWS],
}

/// Chosen once; always the same.
pub(super) fn product() -> &'static Product {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        return &AVX2;
    }
    &PLAIN
}

static PLAIN: Product = plain::<super::simd::Quad>();

const fn plain<V: Vector>() -> Product {
    Product {
        width: VECTORS * V::LANES,
        rows: V::ROWS,
        tiles: [tile::<V, 1>, tile::<V, 2>, tile::<V, 3>, tile::<V, 4>, tile::<V, 5>, tile::<V, 6>],
    }
}

#[cfg(target_arch = "x86_64")]
static AVX2: Product = {
    use super::simd::x86::F32x8;

    #[target_feature(enable = "avx2,fma")]
    fn with_features<const R: usize>(t: Tile<'_, '_>) {
        tile::<F32x8, R>(t);
    }
    fn checked<const R: usize>(tile: Tile<'_, '_>) {
        // SAFETY: product() gives this out only where the processor has both features.
        unsafe { with_features::<R>(tile) }
    }
    Product {
        width: VECTORS * F32x8::LANES,
        rows: F32x8::ROWS,
        tiles: [checked::<1>, checked::<2>, checked::<3>, checked::<4>, checked::<5>, checked::<6>],
    }
};

impl Product {
    /// Cuts rows into tiles of nearly the same size, and calls `f` with each tile's range and with what computes it.
    pub(super) fn tiles(&self, rows: usize, mut f: impl FnMut(std::ops::Range<usize>, fn(Tile<'_, '_>))) {
        let tiles = rows.div_ceil(self.rows);
        let mut first = 0;
        for rest in (1..=tiles).rev() {
            let end = first + (rows - first).div_ceil(rest);
            f(first..end, self.tiles[end - first - 1]);
            first = end;
        }
    }
}

#[inline(always)]
fn tile<V: Vector, const R: usize>(tile: Tile<'_, '_>) {
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
    for v in 0..VECTORS {
        let first = v * V::LANES;
        if first >= tile.channels {
            break;
        }
        let store = tile.epilogue.at::<V>(tile.channel + first);
        for (row, sums) in sums.iter().enumerate() {
            let out = &mut tile.out[row * tile.stride..][first..tile.channels];
            store(sums[v], tile.pixel + row, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cpu::memory::Source;
    use crate::plan::pack::Layout;

    fn products() -> Vec<&'static Product> {
        // Where there is AVX2, the other one as well.
        vec![&PLAIN, product()]
    }

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

        let stride = columns + 4;
        let mut out = vec![f32::NAN; rows * stride];
        let panels = Layout::dense(columns, len, [pieces, 1], Some(product.width)).pack(&weights);
        for (index, panel) in panels.chunks_exact(pieces * len * product.width).enumerate() {
            let channel = index * product.width;
            product.tiles(rows, |range, tile| {
                let zeros = vec![0.0; len];
                tile(Tile {
                    rows: Rows {
                        values: &values,
                        starts: &starts[range.start * pieces..],
                        pieces,
                        zeros: &zeros,
                    },
                    panel,
                    epilogue: &epilogue,
                    pixel: range.start,
                    channel,
                    channels: product.width.min(columns - channel),
                    out: &mut out[range.start * stride + channel..],
                    stride,
                });
            });
        }
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
