//! Views to read, and what happens to a value before it is stored.

use crate::simd::{Quad, Vector};

/// A view of a buffer of pixels: a range of each pixel's channels.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// From the first value of the first pixel on.
    pub values: &'a [f32],
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
    /// Channels, padded to a multiple of four.
    pub channels: usize,
    /// From one pixel to the next.
    pub stride: usize,
}

impl<'a> Source<'a> {
    /// That of one picture alone.
    pub fn picture(&self, picture: usize) -> Self {
        Self { values: &self.values[picture * self.h * self.w * self.stride..], ..*self }
    }

    /// The channels of the pixel with this number, row by row, picture by picture.
    #[inline]
    pub fn pixel(&self, index: usize) -> &'a [f32] {
        &self.values[index * self.stride..][..self.channels]
    }
}

/// `gain · relu(scale · acc + shift + other · residual)`.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a> {
    scale: &'a [f32],
    shift: &'a [f32],
    gain: &'a [f32],
    relu: bool,
    /// The other summand and its factor.
    residual: Option<(Source<'a>, f32)>,
    /// Whether raw values are what is stored, as after most pools and of most gradients.
    pub(crate) keeps: bool,
}

/// Most lanes of a [`Vector`].
pub(crate) const LANES: usize = 8;

impl<'a> Epilogue<'a> {
    /// Number of [`Epilogue::arrange`]d values for `channels` channels.
    pub fn len(channels: usize) -> usize {
        channels.next_multiple_of(LANES) * 3
    }

    /// From scale, shift and gain for every four channels to all scales, all shifts, all gains, each
    /// filled up to whole vectors.
    pub fn arrange(values: &[f32], out: &mut Vec<f32>) {
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
    pub fn new(values: &'a [f32], relu: bool, residual: Option<(Source<'a>, f32)>) -> Self {
        let (scale, rest) = values.split_at(values.len() / 3);
        let (shift, gain) = rest.split_at(scale.len());
        let all = |values: &[f32], same: f32| values.iter().all(|value| *value == same);
        let keeps = !relu && residual.is_none() && all(scale, 1.0) && all(shift, 0.0) && all(gain, 1.0);
        Self { scale, shift, gain, relu, residual, keeps }
    }

    /// For the channels from a given one on.
    #[inline(always)]
    pub(crate) fn at<V: Vector>(&self, channel: usize) -> Store<'_, V> {
        let load = |values: &[f32]| V::load(&values[channel..]);
        let (scale, shift, gain) = (load(self.scale), load(self.shift), load(self.gain));
        Store { scale, shift, gain, channel, epilogue: self }
    }

    /// Turns the raw values of a pixel into what is stored.
    #[inline(never)]
    pub fn apply(&self, pixel: usize, out: &mut [f32]) {
        if self.keeps {
            return;
        }
        for (quad, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            self.at(quad * 4).store(Quad::load(out), pixel, out);
        }
    }
}

/// An epilogue for a vector of channels.
pub(crate) struct Store<'a, V> {
    scale: V,
    shift: V,
    gain: V,
    /// The first of them.
    channel: usize,
    epilogue: &'a Epilogue<'a>,
}

impl<V: Vector> Store<'_, V> {
    /// Stores raw values of a pixel, as many as `out` takes or the whole vector. Inlined where vectors need it: a
    /// function without the features that its caller has calls a function for each of their instructions.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn store(&self, raw: V, pixel: usize, out: &mut [f32]) {
        let mut y = raw.mul_add(self.scale, self.shift);
        let part = V::LANES > 4 && out.len() < V::LANES;
        if let Some((source, other)) = &self.epilogue.residual {
            let residual = &source.pixel(pixel)[self.channel..];
            let residual = if part { V::load(&filled(residual)) } else { V::load(residual) };
            y = residual.mul_add(V::splat(*other), y);
        }
        if self.epilogue.relu {
            y = y.max(V::splat(0.0));
        }
        let y = y.mul(self.gain);
        if part {
            let mut whole = [0.0; LANES];
            y.store(&mut whole);
            out.copy_from_slice(&whole[..out.len()]);
        } else {
            y.store(out);
        }
    }
}

/// A vector's worth of the last few values.
pub(crate) fn filled(values: &[f32]) -> [f32; LANES] {
    std::array::from_fn(|i| values.get(i).copied().unwrap_or(0.0))
}
