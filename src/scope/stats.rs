//! Statistics and small pictures of feature maps.

use super::Activation;
use crate::net::Shape;
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
    /// Of one map, row by row, `width` columns.
    pub fn of(map: &[f32], width: usize) -> Self {
        let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
        let (mut sum, mut squares) = (0.0_f64, 0.0_f64);
        let (mut zeros, mut finite, mut peak) = (0_usize, 0_usize, 0);
        for (i, v) in map.iter().copied().enumerate() {
            if !v.is_finite() {
                continue;
            }
            finite += 1;
            sum += f64::from(v);
            squares += f64::from(v).powi(2);
            zeros += usize::from(v == 0.0);
            min = min.min(v);
            if v > max {
                (max, peak) = (v, i);
            }
        }
        let share = |n: f64| (n / finite.max(1) as f64) as f32;
        Self {
            min: if finite > 0 { min } else { 0.0 },
            mean: share(sum),
            max: if finite > 0 { max } else { 0.0 },
            zeros: share(zeros as f64),
            energy: share(squares),
            not_finite: map.len() - finite,
            peak: [peak / width.max(1), peak % width.max(1)],
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

impl NodeStats {
    /// Of a value.
    pub(super) fn of(value: &Activation) -> Self {
        let shape = value.shape;
        let channels = value.data.chunks_exact(shape.area().max(1));
        Self { shape, channels: channels.map(|map| ChannelStats::of(map, shape.w())).collect() }
    }
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

impl Maps {
    /// Channels (all if none are named) shrunk so that the longer side is at most `size`. A small
    /// pixel is the mean of the pixels that it covers; maps are never enlarged. The values of a
    /// vector count as channels of one pixel.
    pub(super) fn of(value: &Activation, channels: &[usize], size: usize) -> Self {
        let (h, w) = (value.shape.h(), value.shape.w());
        let channels = if channels.is_empty() { (0..value.shape.c()).collect() } else { channels.to_vec() };
        let shrink = (size.max(1) as f64 / h.max(w) as f64).min(1.0);
        let fit = |n: usize| ((n as f64 * shrink).round() as usize).max(1);
        let (height, width) = (fit(h), fit(w));
        let mut data = Vec::with_capacity(channels.len() * height * width);
        for &channel in &channels {
            let map = &value.data[channel * h * w..][..h * w];
            if (height, width) == (h, w) {
                data.extend_from_slice(map);
                continue;
            }
            for y in 0..height {
                let rows = y * h / height..((y + 1) * h).div_ceil(height);
                for x in 0..width {
                    let columns = x * w / width..((x + 1) * w).div_ceil(width);
                    let count = (rows.len() * columns.len()) as f32;
                    let sum: f32 =
                        rows.clone().map(|r| map[r * w..][columns.clone()].iter().sum::<f32>()).sum();
                    data.push(sum / count);
                }
            }
        }
        Self { channels, height, width, data }
    }

    /// The mean of all channels, shrunk likewise: one picture.
    pub(super) fn mean(value: &Activation, size: usize) -> Self {
        let shape = value.shape;
        let mut mean = vec![0.0; shape.area()];
        for map in value.data.chunks_exact(shape.area().max(1)) {
            for (sum, v) in mean.iter_mut().zip(map) {
                *sum += v / shape.c() as f32;
            }
        }
        Self::of(&Activation { shape: Shape::map(1, shape.h(), shape.w()), data: mean }, &[], size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_leave_out_what_is_not_finite() {
        let stats = ChannelStats::of(&[0.0, -2.0, f32::NAN, 6.0, f32::INFINITY, 0.0], 3);
        assert_eq!((stats.min, stats.mean, stats.max), (-2.0, 1.0, 6.0));
        assert_eq!((stats.zeros, stats.not_finite, stats.peak), (0.5, 2, [1, 0]));
        assert_eq!(stats.energy, 10.0);
    }

    #[test]
    fn small_maps_are_means() {
        let value = Activation { shape: Shape::map(2, 4, 4), data: (0..32).map(|v| v as f32).collect() };
        let maps = Maps::of(&value, &[1], 2);
        assert_eq!((maps.height, maps.width), (2, 2));
        assert_eq!(maps.data, [18.5, 20.5, 26.5, 28.5]);
        assert_eq!(Maps::of(&value, &[], 9).data, value.data);
        assert_eq!(Maps::mean(&value, 2).data, [10.5, 12.5, 18.5, 20.5]);
    }

    #[test]
    fn values_of_a_vector_count_as_channels() {
        let value = Activation { shape: Shape::Vector(3), data: vec![1.0, 0.0, -2.0] };
        let maps = Maps::of(&value, &[2, 0], 8);
        assert_eq!((maps.height, maps.width, maps.data), (1, 1, vec![-2.0, 1.0]));
        let stats = NodeStats::of(&value);
        assert_eq!(stats.channels.iter().map(|c| c.max).collect::<Vec<_>>(), [1.0, 0.0, -2.0]);
    }
}
