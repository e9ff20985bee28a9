//! Square pictures of red, green and blue.

use crate::net::Normalize;
use crate::run::{Run, RunError};

/// Three maps, row by row, of values from 0 to 1; or the gradient of such.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Rows and columns.
    pub size: usize,
    /// Red, green, blue.
    pub data: Vec<f32>,
}

impl Picture {
    /// As a network reads it, C,H,W.
    pub fn normalized(&self, normalize: &Normalize) -> Vec<f32> {
        self.mapped(normalize, |value, mean, std| (value - mean) / std)
    }

    fn mapped(&self, normalize: &Normalize, to: impl Fn(f32, f32, f32) -> f32) -> Vec<f32> {
        let area = self.size * self.size;
        let mut out = Vec::with_capacity(3 * area);
        for (c, colour) in normalize.source.into_iter().enumerate() {
            let (mean, std) = (normalize.mean[c] as f32, normalize.std[c] as f32);
            out.extend(self.data[colour * area..][..area].iter().map(|value| to(*value, mean, std)));
        }
        out
    }

    /// What the network sees of a run's selected picture.
    ///
    /// # Errors
    /// As of [`Run::input`].
    pub async fn seen(run: &mut Run) -> Result<Self, RunError> {
        let seen = run.input().await?;
        let graph = run.graph();
        let size = graph.node(graph.input).shape.w();
        let to = |value, mean, std| value * std + mean;
        Ok(Self::unmapped(&seen, size, &graph.profile.normalize(), to))
    }

    /// From four bytes a pixel, as a canvas yields them. What is missing is black.
    pub fn of_rgba(size: usize, rgba: &[u8]) -> Self {
        let area = size * size;
        let mut data = vec![0.0; 3 * area];
        for (at, pixel) in rgba.chunks_exact(4).take(area).enumerate() {
            for (colour, byte) in pixel[..3].iter().enumerate() {
                data[colour * area + at] = f32::from(*byte) / 255.0;
            }
        }
        Self { size, data }
    }

    /// From the gradient of what a network reads.
    pub(super) fn gradient(chw: &[f32], size: usize, normalize: &Normalize) -> Self {
        Self::unmapped(chw, size, normalize, |value, _, std| value / std)
    }

    fn unmapped(chw: &[f32], size: usize, normalize: &Normalize, to: fn(f32, f32, f32) -> f32) -> Self {
        let area = size * size;
        let mut data = vec![0.0; 3 * area];
        for ((c, colour), map) in normalize.source.into_iter().enumerate().zip(chw.chunks_exact(area)) {
            let (mean, std) = (normalize.mean[c] as f32, normalize.std[c] as f32);
            let out = data[colour * area..][..area].iter_mut();
            out.zip(map).for_each(|(out, value)| *out = to(*value, mean, std));
        }
        Self { size, data }
    }

    /// Four bytes a pixel, as a canvas takes them.
    pub fn rgba(&self) -> Vec<u8> {
        (0..self.size * self.size)
            .flat_map(|at| [self.byte(0, at), self.byte(1, at), self.byte(2, at), 255])
            .collect()
    }

    /// Three bytes a pixel.
    pub fn rgb(&self) -> Vec<u8> {
        (0..self.size * self.size).flat_map(|at| [0, 1, 2].map(|colour| self.byte(colour, at))).collect()
    }

    fn byte(&self, colour: usize, at: usize) -> u8 {
        (self.data[colour * self.size * self.size + at].clamp(0.0, 1.0) * 255.0).round() as u8
    }

    /// Resampled bilinearly, corners on corners, as `scipy.ndimage.zoom` of order 1 does.
    pub fn zoomed(&self, size: usize) -> Self {
        let step = (self.size - 1) as f64 / (size - 1).max(1) as f64;
        let place = |at: usize| {
            let at = at as f64 * step;
            let before = (at as usize).min(self.size - 1);
            (before, (before + 1).min(self.size - 1), (at - before as f64) as f32)
        };
        let mut data = Vec::with_capacity(3 * size * size);
        for map in self.data.chunks_exact(self.size * self.size) {
            for row in 0..size {
                let (top, bottom, down) = place(row);
                for column in 0..size {
                    let (left, right, across) = place(column);
                    let along = |row: usize| {
                        map[row * self.size + left] * (1.0 - across) + map[row * self.size + right] * across
                    };
                    data.push(along(top) * (1.0 - down) + along(bottom) * down);
                }
            }
        }
        Self { size, data }
    }

    /// Rolled down and to the right; what leaves on one side comes in on the other.
    pub(super) fn rolled(&self, [down, right]: [i64; 2]) -> Self {
        let size = self.size as i64;
        let from = |at: usize, by: i64| (at as i64 - by).rem_euclid(size) as usize;
        let mut data = Vec::with_capacity(self.data.len());
        for map in self.data.chunks_exact(self.size * self.size) {
            for row in 0..self.size {
                let line = &map[from(row, down) * self.size..][..self.size];
                data.extend((0..self.size).map(|column| line[from(column, right)]));
            }
        }
        Self { size: self.size, data }
    }
}
