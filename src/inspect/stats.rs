//! Statistics and small pictures of feature maps.

use crate::engine::ChannelSummary;
use crate::net::Shape;
use crate::plan::View;
use crate::run::{Run, RunError, check_channels};
use serde::Serialize;

/// One channel in numbers. NaN and infinite values are counted apart and left out of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChannelStats {
    /// Smallest value.
    pub min: f32,
    /// Mean value.
    pub mean: f32,
    /// Largest value.
    pub max: f32,
    /// Share of values that are exactly 0, from 0 to 1.
    pub zeros: f32,
    /// Mean of the squares.
    pub energy: f32,
    /// Number of values that are NaN or infinite.
    pub not_finite: usize,
    /// Row and column of the largest value.
    pub peak: [usize; 2],
}

impl ChannelStats {
    fn of(summary: &ChannelSummary, shape: Shape) -> Self {
        let finite = shape.area() - summary.not_finite;
        let share = |n: f64| (n / finite.max(1) as f64) as f32;
        Self {
            min: if finite > 0 { summary.least } else { 0.0 },
            mean: share(summary.sum),
            max: if finite > 0 { summary.greatest } else { 0.0 },
            zeros: share(summary.zeros as f64),
            energy: share(summary.squares),
            not_finite: summary.not_finite,
            peak: [summary.peak / shape.w(), summary.peak % shape.w()],
        }
    }
}

/// A node in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct NodeStats {
    /// C,H,W, or the length of a vector.
    pub shape: Shape,
    /// One entry a channel; the values of a vector count as channels.
    pub channels: Vec<ChannelStats>,
}

/// Channels as small pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// Which channels, in order.
    pub channels: Vec<usize>,
    /// Rows of each picture.
    pub height: usize,
    /// Columns of each picture.
    pub width: usize,
    /// All pictures, one after the other, row by row.
    pub data: Vec<f32>,
}

/// How often values occur.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Histogram {
    /// Where the first bin begins: the least finite value.
    pub from: f32,
    /// Where the last bin ends: the greatest finite value, which it contains.
    pub to: f32,
    /// Number of values in each of the bins, which are equally wide.
    pub counts: Vec<u32>,
}

impl Histogram {
    /// Of finite values; what is not finite is left out.
    fn of(values: &[f32], bins: usize) -> Self {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let from = finite().fold(f32::INFINITY, f32::min);
        let to = finite().fold(f32::NEG_INFINITY, f32::max);
        let mut counts = vec![0; bins.max(1)];
        // In double precision the width of the widest range is finite.
        let width = f64::from(to) - f64::from(from);
        for v in finite() {
            let share = if width > 0.0 { (f64::from(v) - f64::from(from)) / width } else { 0.0 };
            let last = counts.len() - 1;
            counts[((share * bins as f64) as usize).min(last)] += 1;
        }
        if from > to { Self { from: 0.0, to: 0.0, counts } } else { Self { from, to, counts } }
    }
}

/// Rows and columns of a small picture: the longer side at most `size`, never enlarged.
fn small(shape: Shape, size: usize) -> [usize; 2] {
    let (h, w) = (shape.h(), shape.w());
    let shrink = (size.max(1) as f64 / h.max(w) as f64).min(1.0);
    [h, w].map(|n| ((n as f64 * shrink).round() as usize).max(1))
}

impl Run {
    /// Where the value of a node lies.
    async fn located(&mut self, id: &str) -> Result<View, RunError> {
        let node = self.graph().find(id)?;
        self.view(node).await
    }

    /// Statistics of every channel of a node; the values of a vector count as channels.
    ///
    /// # Errors
    /// Those of [`Run::activation`].
    pub async fn stats(&mut self, id: &str) -> Result<NodeStats, RunError> {
        let (view, picture) = (self.located(id).await?, self.selected());
        let channels = self.engine_mut().statistics(&view, picture).await?;
        let channels = channels.iter().map(|summary| ChannelStats::of(summary, view.shape)).collect();
        Ok(NodeStats { shape: view.shape, channels })
    }

    /// Channels of a node (all if none are named) as small pictures: at most `size` on their longer side,
    /// never enlarged. A small pixel is the mean of the pixels that it covers. The values of a vector count
    /// as channels of one pixel.
    ///
    /// # Errors
    /// Those of [`Run::activation`]; [`RunError::Channel`] if there is no such channel.
    pub async fn maps(&mut self, id: &str, channels: &[usize], size: usize) -> Result<Maps, RunError> {
        let (view, picture) = (self.located(id).await?, self.selected());
        check_channels(id, view.shape, channels)?;
        let channels = if channels.is_empty() { (0..view.shape.c()).collect() } else { channels.to_vec() };
        let [height, width] = small(view.shape, size);
        let data = self.engine_mut().small_maps(&view, picture, &channels, [height, width]).await?;
        Ok(Maps { channels, height, width, data })
    }

    /// The mean of all channels of a node as one small picture.
    ///
    /// # Errors
    /// Those of [`Run::activation`].
    pub async fn mean(&mut self, id: &str, size: usize) -> Result<Maps, RunError> {
        let (view, picture) = (self.located(id).await?, self.selected());
        let [height, width] = small(view.shape, size);
        let data = self.engine_mut().mean_map(&view, picture, [height, width]).await?;
        Ok(Maps { channels: vec![0], height, width, data })
    }

    /// A histogram of a channel's values, in `bins` bins.
    ///
    /// # Errors
    /// Those of [`Run::activation`]; [`RunError::Channel`] if there is no such channel.
    pub async fn histogram(&mut self, id: &str, channel: usize, bins: usize) -> Result<Histogram, RunError> {
        let map = self.maps(id, &[channel], usize::MAX).await?;
        Ok(Histogram::of(&map.data, bins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_never_enlarged() {
        assert_eq!(small(Shape::map(1, 147, 147), 40), [40, 40]);
        assert_eq!(small(Shape::map(1, 8, 17), 40), [8, 17]);
        assert_eq!(small(Shape::map(1, 1, 300), 30), [1, 30]);
        assert_eq!(small(Shape::Vector(9), 40), [1, 1]);
    }

    #[test]
    fn every_finite_value_is_in_a_bin() {
        let histogram = Histogram::of(&[0.0, 0.0, 1.0, 1.9, 2.0, -2.0, f32::NAN, f32::INFINITY], 4);
        assert_eq!((histogram.from, histogram.to), (-2.0, 2.0));
        assert_eq!(histogram.counts, [1, 0, 2, 3]);
        assert_eq!(Histogram::of(&[3.0, 3.0], 2), Histogram { from: 3.0, to: 3.0, counts: vec![2, 0] });
        assert_eq!(Histogram::of(&[f32::NAN], 2), Histogram { from: 0.0, to: 0.0, counts: vec![0, 0] });
        let extremes = Histogram::of(&[f32::MIN, 0.0, f32::MAX], 2);
        assert_eq!(extremes.counts, [1, 2]);
    }
}
