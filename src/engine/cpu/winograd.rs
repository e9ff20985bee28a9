//! Dense convolution with fewer multiplications: `kernels/src/winograd.rs`. Tile by tile, a block of tiles at a time; its
//! values at the points, and its sums, stay in the cache.

use super::conv::{run_block, seen};
use super::memory::{Block, Target, threads};
use super::{Task, Winograd};
use crate::net::op::Window;
use crate::plan::{Kernel, Step, padded};
use inceptionscope_kernels::{Out, Scratch, Seen, Tiles, Windows, panel, tile, winograd};
use std::cell::RefCell;

/// Most values of a block at the points, inputs and sums together.
const VALUES: usize = 96 * 1024;

/// Least tiles of a picture. With fewer, reading more weights takes longer than multiplying less saves.
const LEAST_TILES: usize = 9;
/// Least channels read, and written: with fewer, it takes longer to get to the points and back.
const LEAST_CHANNELS: usize = 16;
/// Most weights at the points, 8 MB: more do not stay in the cache from one picture to the next, and little is gained
/// for four times the memory.
const MOST_WEIGHTS: usize = 2 << 20;

/// What a thread keeps between runs.
#[derive(Default)]
struct Own {
    scratch: Scratch,
    /// [`Tiles::starts`].
    starts: Vec<u32>,
    /// [`Tiles::pixels`].
    pixels: Vec<u32>,
}

thread_local! {
    static OWN: RefCell<Own> = RefCell::default();
}

/// The tiles of a step that is computed so: by its shape alone, so that a picture's values are the same in any batch.
pub(super) fn pays(winograd: Winograd, step: &Step) -> Option<Grid> {
    let Kernel::Conv2d(window) = &step.kernel else { return None };
    let windows = Windows::of(window.kernel).filter(|_| window.stride == [1, 1])?;
    let (input, output) = (step.input().shape, step.output().shape);
    let tile = window.kernel.map(tile);
    let [rows, columns] = [output.h().div_ceil(tile[0]), output.w().div_ceil(tile[1])];
    let grid = Grid { windows, tile, rows, columns };
    let (tiles, channels) = (grid.rows * grid.columns, [input.c(), output.c()]);
    let pays = match winograd {
        Winograd::Off => false,
        // A product of its own.
        _ if panel(output.c(), input.c()) == 1 => false,
        Winograd::Always => true,
        Winograd::Auto => {
            tiles >= LEAST_TILES
                // At least half of what tiles compute is there.
                && 2 * output.area() >= tiles * grid.tile[0] * grid.tile[1]
                && channels.iter().all(|channels| *channels >= LEAST_CHANNELS)
                && channels[0] * padded(channels[1]) * windows.points() <= MOST_WEIGHTS
        }
    };
    pays.then_some(grid)
}

/// The tiles of an output.
pub(super) struct Grid {
    /// What they are tiles of.
    pub(super) windows: Windows,
    /// Rows and columns of a tile.
    tile: [usize; 2],
    /// Rows of tiles.
    rows: usize,
    /// Columns of tiles.
    columns: usize,
}

/// As [`super::conv::run`], with weights at the points.
pub(super) fn run(
    task: &Task<'_>,
    grid: &Grid,
    weights: &[f32],
    window: &Window,
    channels: usize,
    out: Target<'_>,
) {
    let [height, width] = task.size;
    let Grid { windows, tile, rows, columns } = *grid;
    // What a tile sees is a window too.
    let kernel = [0, 1].map(|axis| tile[axis] + window.kernel[axis] - 1);
    let wide = seen(task, &Window { kernel, stride: tile, ..*window }, [rows, columns]);
    let convolve = |mut block: Block<'_>| {
        OWN.with_borrow_mut(|own| {
            let first = convolve(task, grid, weights, channels, &wide, own, &mut block);
            let spoilt = own.scratch.spoilt().iter().map(|tile| first + tile);
            mend(task, grid, window, channels, spoilt, &mut block);
        });
    };
    // Whole pictures, or whole rows of tiles of a picture.
    let most = VALUES / (windows.points() * (channels + out.channels()));
    let pictures = (most / (rows * columns)).max(1);
    let bands = rows.div_ceil((most / columns).max(1)).max(threads()).min(rows);
    out.each_block(pictures * height * width, |block| {
        if pictures > 1 {
            convolve(block);
        } else {
            block.all().each_block(rows.div_ceil(bands) * tile[0] * width, convolve);
        }
    });
}

/// Returns the number of the block's first tile.
fn convolve(
    task: &Task<'_>,
    grid: &Grid,
    weights: &[f32],
    channels: usize,
    seen: &Seen,
    Own { scratch, starts, pixels }: &mut Own,
    block: &mut Block<'_>,
) -> usize {
    let [height, width] = task.size;
    let Grid { windows, tile: [tall, wide], rows, columns } = *grid;
    // The number of the tile that begins with a pixel which begins a row of tiles.
    let tile = |pixel: usize| {
        let (picture, [y, _]) = task.position(pixel);
        (picture * rows + y / tall) * columns
    };
    let first = tile(block.first);
    let tiles = first..tile(block.first + block.len());
    seen.starts(tiles.clone(), starts);
    pixels.clear();
    for tile in tiles {
        let (picture, row, column) = (tile / columns / rows, tile / columns % rows, tile % columns);
        for (y, x) in (0..tall * wide).map(|at| (row * tall + at / wide, column * wide + at % wide)) {
            let pixel = (picture * height + y) * width + x;
            pixels.push(if y < height && x < width { (pixel - block.first) as u32 } else { u32::MAX });
        }
    }
    let tiles = Tiles { windows, values: task.input.values, channels, starts, pixels };
    let (pixel, stride, channels) = (block.first, block.stride, block.channels);
    let mut out = Out { values: block.values(), pixel, stride, channels };
    winograd(&tiles, weights, &task.epilogue, scratch, &mut out);
    first
}

/// Computes tiles of a block as they are defined.
fn mend(
    task: &Task<'_>,
    &Grid { tile: [tall, wide], rows, columns, .. }: &Grid,
    window: &Window,
    channels: usize,
    spoilt: impl Iterator<Item = usize>,
    block: &mut Block<'_>,
) {
    let [height, width] = task.size;
    let mut own = None;
    for tile in spoilt {
        let own = own.get_or_insert_with(|| seen(task, window, task.size));
        let (picture, row, column) =
            (tile / columns / rows, tile / columns % rows * tall, tile % columns * wide);
        for y in row..height.min(row + tall) {
            let first = (picture * height + y) * width + column;
            let mut part = block.part(first, wide.min(width - column));
            run_block(task, window, channels, own, &mut part);
        }
    }
}
