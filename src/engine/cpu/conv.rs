//! Dense convolution as a matrix product: (output pixels) × (taps · input channels) times
//! (taps · input channels) × (output channels), where a tap is a position of the kernel. The left
//! matrix is not made (no im2col): its rows are pieces of the input, one a tap, read where they lie.
//! [`super::winograd`] is another way.

use super::Task;
use super::memory::{Block, Target, threads};
use crate::net::op::Window;
use inceptionscope_kernels::{Out, RGB, Rows, Seen, gather, multiply};
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
    let pixels = out.area().div_ceil(2 * threads()).clamp(12, most);
    let seen = seen(task, window, task.size);
    out.each_block(pixels, |mut block| run_block(task, window, channels, &seen, &mut block));
}

/// The same for some pixels.
pub(super) fn run_block(
    task: &Task<'_>,
    window: &Window,
    channels: usize,
    seen: &Seen,
    block: &mut Block<'_>,
) {
    SCRATCH.with_borrow_mut(|scratch| convolve(task, window, channels, seen, scratch, block));
}

/// Where in the input the taps of so many rows and columns of windows are.
pub(super) fn seen(task: &Task<'_>, window: &Window, size: [usize; 2]) -> Seen {
    let input = &task.input;
    let axis = |axis: usize, input: usize, step: usize| {
        let (slide, kernel) = (window.axis(axis), window.kernel[axis]);
        let place = |at, tap| slide.sees(at, tap, input).map_or(u32::MAX, |seen| (seen * step) as u32);
        (0..size[axis])
            .flat_map(|at| (0..kernel).map(move |tap| (at, tap)))
            .map(|(at, tap)| place(at, tap))
            .collect()
    };
    Seen {
        rows: axis(0, input.h, input.w * input.stride),
        columns: axis(1, input.w, input.stride),
        kernel: window.kernel,
        picture: input.h * input.w * input.stride,
    }
}

fn convolve(
    task: &Task<'_>,
    window: &Window,
    channels: usize,
    seen: &Seen,
    scratch: &mut Scratch,
    block: &mut Block<'_>,
) {
    let Scratch { starts, zeros, gathered } = scratch;
    let taps = window.kernel[0] * window.kernel[1];
    seen.starts(block.first..block.first + block.len(), starts);
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
