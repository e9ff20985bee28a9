//! Statistics and small pictures of a view, straight from its buffer.

use super::CpuEngine;
use crate::engine::{ChannelSummary, EngineError};
use crate::plan::View;
use inceptionscope_kernels::{Source, summaries};

impl CpuEngine {
    /// See [`crate::engine::Engine::statistics`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::statistics`].
    pub fn statistics(&self, view: &View, picture: usize) -> Result<Vec<ChannelSummary>, EngineError> {
        let source = self.source(view, picture)?;
        Ok(summaries(&source, view.shape.c()))
    }

    /// See [`crate::engine::Engine::small_maps`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::small_maps`].
    pub fn small_maps(
        &self,
        view: &View,
        picture: usize,
        channels: &[usize],
        size: [usize; 2],
    ) -> Result<Vec<f32>, EngineError> {
        let source = self.source(view, picture)?;
        let area = size[0] * size[1];
        let mut maps = vec![0.0; channels.len() * area];
        each_region(&source, size, |small, pixels, share| {
            for pixel in pixels {
                let values = source.pixel(pixel);
                for (map, channel) in channels.iter().enumerate() {
                    maps[map * area + small] += values[*channel] * share;
                }
            }
        });
        Ok(maps)
    }

    /// See [`crate::engine::Engine::mean_map`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::mean_map`].
    pub fn mean_map(&self, view: &View, picture: usize, size: [usize; 2]) -> Result<Vec<f32>, EngineError> {
        let source = self.source(view, picture)?;
        let channels = view.shape.c();
        let mut map = vec![0.0; size[0] * size[1]];
        each_region(&source, size, |small, pixels, share| {
            let sum: f32 = pixels.map(|pixel| source.pixel(pixel)[..channels].iter().sum::<f32>()).sum();
            map[small] = sum * share / channels as f32;
        });
        Ok(map)
    }
}

/// Calls `f` for each pixel of a small picture with its number, the pixels that it covers, and the share
/// of each. Regions are those of [`crate::net::op::AdaptiveAvgPool`].
fn each_region(
    source: &Source<'_>,
    [rows, columns]: [usize; 2],
    mut f: impl FnMut(usize, &mut dyn Iterator<Item = usize>, f32),
) {
    let region = |i: usize, size: usize, of: usize| i * size / of..((i + 1) * size).div_ceil(of);
    for row in 0..rows {
        let ys = region(row, source.h, rows);
        for column in 0..columns {
            let xs = region(column, source.w, columns);
            let share = 1.0 / (ys.len() * xs.len()) as f32;
            let mut pixels = ys.clone().flat_map(|y| xs.clone().map(move |x| y * source.w + x));
            f(row * columns + column, &mut pixels, share);
        }
    }
}
