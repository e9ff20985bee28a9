//! Views of buffers to read and to write, and what happens to a value before it is stored.

use super::simd::{Quad, Vector};
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

    /// That of one picture alone.
    pub(super) fn picture(&self, picture: usize) -> Self {
        Self { values: &self.values[picture * self.h * self.w * self.stride..], ..*self }
    }

    /// The channels of the pixel with this number, row by row, picture by picture.
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
        let pixels = self.block();
        self.each_block(pixels, |mut block| {
            let first = block.first;
            block.pixels().enumerate().for_each(|(i, pixel)| f(first + i, pixel));
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
        #[cfg(feature = "cli")]
        {
            use rayon::prelude::*;
            let blocks = self.values.par_chunks_mut(len).zip(other.values.par_chunks_mut(other_len));
            blocks.enumerate().for_each(call);
        }
        #[cfg(not(feature = "cli"))]
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
    scale: &'a [f32],
    shift: &'a [f32],
    gain: &'a [f32],
    pub(super) relu: bool,
    /// The other summand and its factor.
    pub(super) residual: Option<(Source<'a>, f32)>,
}

/// Most lanes of a [`Vector`].
const LANES: usize = 8;

impl<'a> Epilogue<'a> {
    /// Number of [`Epilogue::arrange`]d values for `channels` channels.
    pub(super) fn len(channels: usize) -> usize {
        channels.next_multiple_of(LANES) * 3
    }

    /// From scale, shift and gain for every four channels to all scales, all shifts, all gains, each
    /// filled up to whole vectors.
    pub(super) fn arrange(values: &[f32], out: &mut Vec<f32>) {
        let channels = values.len() / 3;
        out.clear();
        out.resize(Self::len(channels), 0.0);
        for (part, out) in out.chunks_exact_mut(channels.next_multiple_of(LANES)).enumerate() {
            for (out, group) in out.chunks_exact_mut(4).zip(values.chunks_exact(12)) {
                out.copy_from_slice(&group[part * 4..][..4]);
            }
        }
    }

    /// Over arranged values.
    pub(super) fn new(values: &'a [f32], relu: bool, residual: Option<(Source<'a>, f32)>) -> Self {
        let (scale, rest) = values.split_at(values.len() / 3);
        let (shift, gain) = rest.split_at(scale.len());
        Self { scale, shift, gain, relu, residual }
    }

    /// For the channels from a given one on: what stores raw values of a pixel, as many as `out`
    /// takes or the whole vector.
    #[inline(always)]
    pub(super) fn at<V: Vector>(&self, channel: usize) -> impl Fn(V, usize, &mut [f32]) {
        let [scale, shift, gain] = [self.scale, self.shift, self.gain].map(|v| V::load(&v[channel..]));
        move |raw, pixel, out| {
            let mut y = raw.mul_add(scale, shift);
            let part = V::LANES > 4 && out.len() < V::LANES;
            if let Some((source, other)) = &self.residual {
                let residual = &source.pixel(pixel)[channel..];
                let residual = if part { V::load(&filled(residual)) } else { V::load(residual) };
                y = residual.mul_add(V::splat(*other), y);
            }
            if self.relu {
                y = y.max(V::splat(0.0));
            }
            let y = y.mul(gain);
            if part {
                let mut whole = [0.0; LANES];
                y.store(&mut whole);
                out.copy_from_slice(&whole[..out.len()]);
            } else {
                y.store(out);
            }
        }
    }

    /// Turns the raw values of a pixel into what is stored.
    pub(super) fn apply(&self, pixel: usize, out: &mut [f32]) {
        for (quad, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            self.at(quad * 4)(Quad::load(out), pixel, out);
        }
    }
}

/// A vector's worth of the last few values.
fn filled(values: &[f32]) -> [f32; LANES] {
    std::array::from_fn(|i| values.get(i).copied().unwrap_or(0.0))
}

/// Threads that [`Target::each_block`] has.
pub(super) fn threads() -> usize {
    #[cfg(feature = "cli")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "cli"))]
    return 1;
}
