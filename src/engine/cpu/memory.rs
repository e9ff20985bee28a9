//! Views of buffers to read and to write.

use crate::plan::{BufferSpec, View, padded};
use inceptionscope_kernels::Source;

/// A view to read.
pub(super) fn source<'a>(buffer: &'a [f32], spec: &BufferSpec, view: &View) -> Source<'a> {
    Source {
        values: &buffer[view.offset..],
        h: spec.h,
        w: spec.w,
        channels: padded(view.shape.c()),
        stride: spec.channels,
    }
}

/// What is done with a pixel's number and channels, and with values that are kept from one pixel to the next.
pub(super) type Using<'f> = dyn Fn(usize, &mut [f32], &mut Vec<f32>) + Send + Sync + 'f;

/// A view to write.
pub(super) struct Target<'a> {
    values: &'a mut [f32],
    /// Number of the first pixel.
    first: usize,
    stride: usize,
    offset: usize,
    channels: usize,
}

impl<'a> Target<'a> {
    pub(super) fn new(buffer: &'a mut [f32], spec: &BufferSpec, view: &View) -> Self {
        let (stride, offset, channels) = (spec.channels, view.offset, padded(view.shape.c()));
        Self { values: buffer, first: 0, stride, offset, channels }
    }

    /// Channels, padded.
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Number of pixels.
    pub(super) fn area(&self) -> usize {
        self.values.len() / self.stride
    }

    /// Calls `f` for blocks of `pixels` pixels (fewer in the last), on several threads where there are some.
    pub(super) fn each_block(self, pixels: usize, f: impl Fn(Block<'_>) + Send + Sync) {
        self.blocks(pixels, &f);
    }

    /// The same, one function for all `f`: what divides work among threads is half a kilobyte each time.
    fn blocks(self, pixels: usize, f: &(dyn Fn(Block<'_>) + Send + Sync)) {
        let Self { first, stride, offset, channels, .. } = self;
        let call = |(index, values): (usize, &mut [f32])| {
            f(Block { values, first: first + index * pixels, stride, offset, channels });
        };
        let len = pixels * stride;
        if self.values.len() <= len {
            return call((0, self.values));
        }
        #[cfg(feature = "threads")]
        {
            use rayon::prelude::*;
            self.values.par_chunks_mut(len).enumerate().for_each(call);
        }
        #[cfg(not(feature = "threads"))]
        self.values.chunks_mut(len).enumerate().for_each(call);
    }

    /// Calls `f` with each pixel's number and channels.
    pub(super) fn each_pixel(self, f: impl Fn(usize, &mut [f32]) + Send + Sync) {
        self.each_pixel_using(&|pixel, out, _| f(pixel, out));
    }

    /// And with values that are kept from one pixel to the next: one function for all `f`.
    pub(super) fn each_pixel_using(self, f: &Using<'_>) {
        let pixels = self.block();
        self.each_block(pixels, |mut block| {
            let (first, mut kept) = (block.first, Vec::new());
            block.pixels().enumerate().for_each(|(i, pixel)| f(first + i, pixel, &mut kept));
        });
    }

    /// Calls `f` with each pixel's number, its channels, and those of the same pixel of another view.
    pub(super) fn each_pixel_with(
        self,
        other: Target<'_>,
        f: impl Fn(usize, &mut [f32], &mut [f32]) + Send + Sync,
    ) {
        let pixels = self.block();
        let [one, two] = [&self, &other].map(|view| (view.stride, view.offset, view.channels));
        fn block(values: &mut [f32], (stride, offset, channels): (usize, usize, usize)) -> Block<'_> {
            Block { values, first: 0, stride, offset, channels }
        }
        let call = |(index, (a, b)): (usize, (&mut [f32], &mut [f32]))| {
            let (mut a, mut b) = (block(a, one), block(b, two));
            let both = a.pixels().zip(b.pixels()).enumerate();
            both.for_each(|(i, (a, b))| f(index * pixels + i, a, b));
        };
        let [len, other_len] = [one, two].map(|(stride, ..)| pixels * stride);
        #[cfg(feature = "threads")]
        {
            use rayon::prelude::*;
            let blocks = self.values.par_chunks_mut(len).zip(other.values.par_chunks_mut(other_len));
            blocks.enumerate().for_each(call);
        }
        #[cfg(not(feature = "threads"))]
        self.values.chunks_mut(len).zip(other.values.chunks_mut(other_len)).enumerate().for_each(call);
    }

    /// Pixels of a block that is worth a thread's while.
    fn block(&self) -> usize {
        (16 * 1024 / self.channels).max(1)
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

impl<'a> Block<'a> {
    /// All of it, to be divided further.
    pub(super) fn all(self) -> Target<'a> {
        let Self { values, first, stride, offset, channels } = self;
        Target { values, first, stride, offset, channels }
    }

    /// Number of pixels.
    pub(super) fn len(&self) -> usize {
        self.values.len() / self.stride
    }

    /// Some of its pixels: so many from the one with that number on.
    pub(super) fn part(&mut self, first: usize, pixels: usize) -> Block<'_> {
        let Self { stride, offset, channels, .. } = *self;
        let values = &mut self.values[(first - self.first) * stride..][..pixels * stride];
        Block { values, first, stride, offset, channels }
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

/// Threads that [`Target::each_block`] has.
pub(super) fn threads() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    return 1;
}
