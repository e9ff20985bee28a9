//! Views of buffers to read and to write, and what happens to a value before it is stored.

use crate::plan::{BufferSpec, View, padded};

/// A view to read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// From the first value of the first pixel on.
    pub(super) values: &'a [f32],
    /// Rows.
    pub(super) h: usize,
    /// Columns.
    pub(super) w: usize,
    /// Channels, padded.
    pub(super) channels: usize,
    /// From one pixel to the next.
    pub(super) stride: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(buffer: &'a [f32], spec: &BufferSpec, view: &View) -> Self {
        Self {
            values: &buffer[view.offset..],
            h: spec.h,
            w: spec.w,
            channels: padded(view.shape.c()),
            stride: spec.channels,
        }
    }

    /// The channels of the pixel with this number, row by row.
    pub(super) fn pixel(&self, index: usize) -> &'a [f32] {
        &self.values[index * self.stride..][..self.channels]
    }
}

/// A view to write.
pub(super) struct Target<'a> {
    values: &'a mut [f32],
    stride: usize,
    offset: usize,
    channels: usize,
}

impl<'a> Target<'a> {
    pub(super) fn new(buffer: &'a mut [f32], spec: &BufferSpec, view: &View) -> Self {
        Self { values: buffer, stride: spec.channels, offset: view.offset, channels: padded(view.shape.c()) }
    }

    /// Number of pixels.
    pub(super) fn area(&self) -> usize {
        self.values.len() / self.stride
    }

    /// Calls `f` for blocks of `pixels` pixels (fewer in the last), on several threads where there are some.
    pub(super) fn each_block(self, pixels: usize, f: impl Fn(Block<'_>) + Send + Sync) {
        let (stride, offset, channels) = (self.stride, self.offset, self.channels);
        let call = |(index, values): (usize, &mut [f32])| {
            f(Block { values, first: index * pixels, stride, offset, channels });
        };
        let len = pixels * stride;
        if self.values.len() <= len {
            return call((0, self.values));
        }
        #[cfg(feature = "cli")]
        {
            use rayon::prelude::*;
            self.values.par_chunks_mut(len).enumerate().for_each(call);
        }
        #[cfg(not(feature = "cli"))]
        self.values.chunks_mut(len).enumerate().for_each(call);
    }

    /// Calls `f` with each pixel's number and channels.
    pub(super) fn each_pixel(self, f: impl Fn(usize, &mut [f32]) + Send + Sync) {
        // Blocks that are worth a thread's while.
        let pixels = (16 * 1024 / self.channels).max(1);
        self.each_block(pixels, |mut block| {
            let first = block.first;
            block.pixels().enumerate().for_each(|(i, pixel)| f(first + i, pixel));
        });
    }
}

/// Consecutive pixels of a [`Target`].
pub(super) struct Block<'a> {
    values: &'a mut [f32],
    /// Number of the first pixel.
    pub(super) first: usize,
    /// From one pixel to the next.
    pub(super) stride: usize,
    offset: usize,
    /// Channels, padded.
    pub(super) channels: usize,
}

impl Block<'_> {
    /// Number of pixels.
    pub(super) fn len(&self) -> usize {
        self.values.len() / self.stride
    }

    /// From the first value of the first pixel on.
    pub(super) fn values(&mut self) -> &mut [f32] {
        &mut self.values[self.offset..]
    }

    /// The channels of each pixel.
    pub(super) fn pixels(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let channels = self.offset..self.offset + self.channels;
        self.values.chunks_exact_mut(self.stride).map(move |pixel| &mut pixel[channels.clone()])
    }
}

/// `gain · relu(scale · acc + shift + other · residual)`.
pub(super) struct Epilogue<'a> {
    /// For every four channels: scale, shift, gain.
    pub(super) values: &'a [f32],
    pub(super) relu: bool,
    /// The other summand and its factor.
    pub(super) residual: Option<(Source<'a>, f32)>,
}

impl Epilogue<'_> {
    /// Turns the raw values of a pixel into what is stored.
    pub(super) fn apply(&self, pixel: usize, out: &mut [f32]) {
        let residual = self.residual.as_ref().map(|(source, other)| (source.pixel(pixel), *other));
        // One loop for each case, so that each vectorises.
        match (residual, self.relu) {
            (None, false) => self.each(out, |x, _| x),
            (None, true) => self.each(out, |x, _| relu(x)),
            (Some((r, other)), false) => self.each(out, |x, i| x + other * r[i]),
            (Some((r, other)), true) => self.each(out, |x, i| relu(x + other * r[i])),
        }
    }

    #[inline(always)]
    fn each(&self, out: &mut [f32], f: impl Fn(f32, usize) -> f32) {
        for (group, (out, values)) in
            out.as_chunks_mut::<4>().0.iter_mut().zip(self.values.as_chunks::<12>().0).enumerate()
        {
            for i in 0..4 {
                out[i] = values[8 + i] * f(values[i] * out[i] + values[4 + i], group * 4 + i);
            }
        }
    }
}

/// max(x, 0) that lets NaN through and needs no call of `fmaxf` in wasm.
pub(super) fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

/// Threads that [`Target::each_block`] has.
pub(super) fn threads() -> usize {
    #[cfg(feature = "cli")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "cli"))]
    return 1;
}
