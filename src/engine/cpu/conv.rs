//! Dense convolution as a matrix product: (output pixels) × (taps · input channels) times
//! (taps · input channels) × (output channels), where a tap is a position of the kernel. The left
//! matrix is not made (no im2col): its rows are pieces of the input, one a tap, read where they lie.

use super::Task;
use super::memory::{Block, Target, threads};
use crate::net::op::Window;
use inceptionscope_kernels::{Out, RGB, Rows, Source, gather, multiply};
use std::cell::RefCell;

/// Most values of a block's input: they stay in the cache while one panel of weights after the
/// other goes over them.
const VALUES: usize = 64 * 1024;

/// What a thread keeps between runs.
#[derive(Default)]
struct Scratch {
    /// [`Rows::starts`].
    starts: Vec<u32>,
    /// [`Rows::zeros`].
    zeros: Vec<f32>,
    /// Gathered rows.
    gathered: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// `channels` of the input, not padded.
pub(super) fn run(task: &Task<'_>, window: &Window, channels: usize, out: Target<'_>) {
    let most = (VALUES / (channels * window.stride[0] * window.stride[1])).clamp(48, 1024);
    let pixels = out.area().div_ceil(threads()).clamp(12, most);
    out.each_block(pixels, |mut block| {
        SCRATCH.with_borrow_mut(|scratch| convolve(task, window, channels, scratch, &mut block));
    });
}

fn convolve(task: &Task<'_>, window: &Window, channels: usize, scratch: &mut Scratch, block: &mut Block<'_>) {
    let Scratch { starts, zeros, gathered } = scratch;
    let taps = window.kernel[0] * window.kernel[1];
    starts.clear();
    for pixel in block.first..block.first + block.len() {
        let (picture, at) = task.position(pixel);
        find(&task.input, picture, window, at, starts);
    }
    let (values, pieces) = if channels == RGB && taps > 1 {
        // Pieces so short do not pay: rows are gathered into one piece each.
        gather(task.input.values, starts, gathered);
        starts.clear();
        starts.extend((0..block.len()).map(|row| (row * taps * RGB) as u32));
        (gathered.as_slice(), 1)
    } else {
        (task.input.values, taps)
    };
    let len = taps * channels / pieces;
    if zeros.len() < len {
        zeros.resize(len, 0.0);
    }

    let rows = Rows { values, starts, pieces, zeros: &zeros[..len] };
    let (pixel, stride, channels) = (block.first, block.stride, block.channels);
    let mut out = Out { values: block.values(), pixel, stride, channels };
    multiply(&rows, task.weights, &task.epilogue, &mut out);
}

/// Adds where in the input each tap of the window at output position `y`, `x` of a picture is; past its end
/// for padding.
fn find(input: &Source<'_>, picture: usize, window: &Window, [y, x]: [usize; 2], starts: &mut Vec<u32>) {
    let [vertical, horizontal] = [window.axis(0), window.axis(1)];
    for row in 0..window.kernel[0] {
        let row = vertical.sees(y, row, input.h);
        for column in 0..window.kernel[1] {
            let column = horizontal.sees(x, column, input.w);
            starts.push(match (row, column) {
                (Some(row), Some(column)) => {
                    (((picture * input.h + row) * input.w + column) * input.stride) as u32
                }
                _ => u32::MAX,
            });
        }
    }
}
