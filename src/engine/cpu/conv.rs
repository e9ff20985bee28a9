//! Dense convolution as a matrix product: (output pixels) × (taps · input channels) times
//! (taps · input channels) × (output channels), where a tap is a position of the kernel. The left
//! matrix (im2col) is made tile by tile, so that it never leaves the cache.

use super::Task;
use super::memory::{Block, Source, Target, threads};
use crate::net::op::Window;
use std::cell::RefCell;
use std::ops::Range;

/// Most pixels of a block: enough to pay for the packing of weights in each product.
const PIXELS: usize = 512;
/// Most columns of a tile, unless the input has more channels: with 512 pixels a tile has 1 MiB.
const COLUMNS: usize = 512;

thread_local! {
    /// The tile of a thread, kept between runs.
    static TILE: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn run(task: &Task<'_>, window: &Window, out: Target<'_>) {
    let area = out.area();
    let pixels = area.div_ceil(threads()).next_multiple_of(4).clamp(16, PIXELS);
    out.each_block(pixels, |mut block| {
        if area == 1 {
            TILE.with_borrow_mut(|tile| vector(task, window, tile, &mut block));
        } else if *window == Window::square(1, 1) {
            let pixels = &task.input.values[block.first * task.input.stride..];
            let lhs = Matrix { values: pixels, columns: task.input.channels, stride: task.input.stride };
            multiply(lhs, task.weights, &mut block, false);
        } else {
            TILE.with_borrow_mut(|tile| tiles(task, window, tile, &mut block));
        }
        let first = block.first;
        block.pixels().enumerate().for_each(|(i, pixel)| task.epilogue.apply(first + i, pixel));
    });
}

/// Sums up the products of tiles of a few taps each.
fn tiles(task: &Task<'_>, window: &Window, tile: &mut Vec<f32>, block: &mut Block<'_>) {
    let (input, outputs) = (&task.input, block.channels);
    let taps = window.kernel[0] * window.kernel[1];
    let per_tile = (COLUMNS / input.channels).clamp(1, taps);
    for first in (0..taps).step_by(per_tile) {
        let taps = first..taps.min(first + per_tile);
        let columns = taps.len() * input.channels;
        let tile = grown(tile, block.len() * columns);
        for (row, pixel) in tile.chunks_exact_mut(columns).zip(block.first..) {
            gather(input, window, [pixel / task.width, pixel % task.width], taps.clone(), row);
        }
        let weights = &task.weights[taps.start * input.channels * outputs..][..columns * outputs];
        multiply(Matrix { values: tile, columns, stride: columns }, weights, block, first > 0);
    }
}

/// The first `len` values of a tile, which never shrinks: what is in it does not matter.
fn grown(tile: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if tile.len() < len {
        tile.resize(len, 0.0);
    }
    &mut tile[..len]
}

/// Copies what the given taps of the window at output position `y`, `x` see; zeros outside the input.
fn gather(input: &Source<'_>, window: &Window, [y, x]: [usize; 2], taps: Range<usize>, row: &mut [f32]) {
    let ([top, left], kw) = ([window.padding.top, window.padding.left], window.kernel[1]);
    let (y, x) = (y * window.stride[0], x * window.stride[1]);
    let (mut rest, mut tap) = (row, taps.start);
    // One run of taps a row of the kernel; positions are counted from the padding's corner.
    while tap < taps.end {
        let len = (kw - tap % kw).min(taps.end - tap);
        let (start, iy) = (x + tap % kw, y + tap / kw);
        let from = left.clamp(start, start + len);
        let inside = (top..top + input.h).contains(&iy);
        let to = if inside { (left + input.w).clamp(from, start + len) } else { from };

        let (run, after) = rest.split_at_mut(len * input.channels);
        let (before, run) = run.split_at_mut((from - start) * input.channels);
        let (seen, behind) = run.split_at_mut((to - from) * input.channels);
        before.fill(0.0);
        behind.fill(0.0);
        if from < to {
            copy(input, (iy - top) * input.w + from - left, seen);
        }
        (rest, tap) = (after, tap + len);
    }
}

/// Copies neighbouring pixels.
fn copy(input: &Source<'_>, position: usize, out: &mut [f32]) {
    if input.stride == input.channels {
        out.copy_from_slice(&input.values[position * input.stride..][..out.len()]);
    } else {
        for (out, position) in out.chunks_exact_mut(input.channels).zip(position..) {
            out.copy_from_slice(input.pixel(position));
        }
    }
}

/// The product for one output pixel, as a linear layer has it: each row of weights is read once.
fn vector(task: &Task<'_>, window: &Window, tile: &mut Vec<f32>, block: &mut Block<'_>) {
    let taps = window.kernel[0] * window.kernel[1];
    let tile = grown(tile, taps * task.input.channels);
    gather(&task.input, window, [0, 0], 0..taps, tile);
    for out in block.pixels() {
        out.fill(0.0);
        // Channels come in fours, and so do the rows.
        for (x, rows) in tile.as_chunks::<4>().0.iter().zip(task.weights.chunks_exact(4 * out.len())) {
            let (a, rows) = rows.split_at(out.len());
            let (b, rows) = rows.split_at(out.len());
            let (c, d) = rows.split_at(out.len());
            for ((((o, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *o += (x[0] * a + x[1] * b) + (x[2] * c + x[3] * d);
            }
        }
    }
}

/// Rows of `columns` values, `stride` values apart.
struct Matrix<'a> {
    values: &'a [f32],
    columns: usize,
    stride: usize,
}

/// `block = lhs · rhs`, or `block += lhs · rhs`; `rhs` has a row for each column of `lhs`.
fn multiply(lhs: Matrix<'_>, rhs: &[f32], block: &mut Block<'_>, add: bool) {
    let (rows, outputs, stride) = (block.len(), block.channels, block.stride);
    let out = block.values();
    assert!((rows - 1) * lhs.stride + lhs.columns <= lhs.values.len(), "left matrix is too short");
    assert!((rows - 1) * stride + outputs <= out.len(), "product is too short");
    assert_eq!(lhs.columns * outputs, rhs.len(), "right matrix");
    // SAFETY: `gemm` reads `rows` × `columns` values of `lhs` and `columns` × `outputs` of `rhs`,
    // and reads (if `add`) and writes `rows` × `outputs` of `out`: inside the slices, as asserted.
    // Matrices that are read do not overlap `out`, which is borrowed mutably.
    unsafe {
        gemm::gemm(
            rows,
            outputs,
            lhs.columns,
            out.as_mut_ptr(),
            1,
            stride as isize,
            add,
            lhs.values.as_ptr(),
            1,
            lhs.stride as isize,
            rhs.as_ptr(),
            1,
            outputs as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
