//! One number a place.

use crate::net::Filter;
use crate::photo::resample::coefficients;

/// A map of one channel, row by row. What is not known, or is no number, is NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `height · width` values.
    pub data: Vec<f32>,
}

impl Heatmap {
    /// The least and the greatest finite value; none if there is no such value.
    pub fn range(&self) -> Option<[f32; 2]> {
        self.data.iter().copied().filter(|v| v.is_finite()).fold(None, |range, v| {
            let [least, greatest] = range.unwrap_or([v, v]);
            Some([least.min(v), greatest.max(v)])
        })
    }

    /// The size that so large a share of the finite values stays below; 0 if there is none.
    pub fn size_above(&self, share: f64) -> f32 {
        let mut sizes: Vec<f32> = self.data.iter().filter(|v| v.is_finite()).map(|v| v.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        let last = sizes.len().saturating_sub(1);
        sizes.get((last as f64 * share).round() as usize).copied().unwrap_or(0.0)
    }

    /// Resampled to another size, bilinearly: values are at the middle of their pixels, and the outermost ones
    /// reach to the edge. Values that are not finite count for nothing; where there is no other, it is NaN.
    pub fn resized(&self, height: usize, width: usize) -> Self {
        let [rows, columns] = [(self.height, height), (self.width, width)]
            .map(|(from, to)| coefficients(from, to as u64, 0..to as u64, Filter::Bilinear));
        let mut data = Vec::with_capacity(height * width);
        for (y, row_weights) in rows.weights.chunks(rows.taps).enumerate() {
            for (x, column_weights) in columns.weights.chunks(columns.taps).enumerate() {
                let (mut sum, mut weights) = (0.0, 0.0);
                for (row, by_row) in row_weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
                    for (column, weight) in column_weights.iter().enumerate() {
                        let at = (rows.first[y] + row) * self.width + columns.first[x] + column;
                        let weight = f64::from(by_row * weight);
                        if weight != 0.0 && self.data[at].is_finite() {
                            sum += weight * f64::from(self.data[at]);
                            weights += weight;
                        }
                    }
                }
                data.push(if weights > 0.0 { (sum / weights) as f32 } else { f32::NAN });
            }
        }
        Self { height, width, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resizing_is_bilinear_and_keeps_clear_of_nan() {
        let map = Heatmap { height: 1, width: 2, data: vec![0.0, 4.0] };
        // As torch.nn.functional.interpolate(…, mode='bilinear', align_corners=False).
        assert_eq!(map.resized(2, 4).data, [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
        let holed = Heatmap { height: 1, width: 3, data: vec![f32::NAN, 2.0, f32::INFINITY] };
        let resized = holed.resized(1, 6).data;
        assert!(resized[0].is_nan() && resized[5].is_nan(), "{resized:?}");
        assert_eq!(resized[1..5], [2.0; 4]);
        assert_eq!(holed.range(), Some([2.0, 2.0]));
        let sizes = Heatmap { height: 1, width: 5, data: vec![-4.0, 1.0, f32::NAN, 2.0, 3.0] };
        assert_eq!([0.0, 0.67, 1.0].map(|share| sizes.size_above(share)), [1.0, 3.0, 4.0]);
        assert_eq!(Heatmap { height: 1, width: 1, data: vec![f32::NAN] }.range(), None);
    }
}
