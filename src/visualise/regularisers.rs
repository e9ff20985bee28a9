//! What pictures are punished for.

use super::Picture;

/// Factors of what is subtracted from an objective; Lucid's tutorial uses 0.05, 0.25 and 1. All zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regularisers {
    /// Of the sum of the distances from grey.
    pub l1: f32,
    /// Of the sum of the differences of neighbours (total variation).
    pub variation: f32,
    /// Of half the squared distance from the blurred picture, which counts as given.
    pub blur: f32,
}

impl Regularisers {
    /// What is to be added to the gradient of a picture.
    pub(super) fn gradient(&self, picture: &Picture) -> Option<Picture> {
        if *self == Self::default() {
            return None;
        }
        let (size, mut data) = (picture.size, Vec::with_capacity(picture.data.len()));
        for map in picture.data.chunks_exact(size * size) {
            for row in 0..size {
                for column in 0..size {
                    let value = map[row * size + column];
                    let near = |distance: usize| {
                        let rows = row.saturating_sub(distance)..(row + distance + 1).min(size);
                        rows.flat_map(move |y| {
                            let columns = column.saturating_sub(distance)..(column + distance + 1).min(size);
                            columns.map(move |x| (y, x))
                        })
                    };
                    let neighbours = near(1).filter(|(y, x)| (*y == row) != (*x == column));
                    let variation: f32 = neighbours.map(|(y, x)| sign(value - map[y * size + x])).sum();
                    let (sum, count) = near(1)
                        .fold((0.0, 0.0), |(sum, count), (y, x)| (sum + map[y * size + x], count + 1.0));
                    let blurred = value - sum / count;
                    data.push(
                        -self.l1 * sign(value - 0.5) - self.variation * variation - self.blur * blurred,
                    );
                }
            }
        }
        Some(Picture { size, data })
    }
}

/// 0 of 0, as derivatives of distances have it.
fn sign(value: f32) -> f32 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_become_grey_and_smooth() {
        let spot = |value: f32| {
            let mut data = vec![0.5; 27];
            data[4] = value;
            Picture { size: 3, data }
        };
        let at = |regularisers: Regularisers| regularisers.gradient(&spot(0.8)).unwrap().data;
        let none = Regularisers::default();
        assert_eq!(none.gradient(&spot(0.8)), None);
        let l1 = at(Regularisers { l1: 0.05, ..none });
        assert_eq!((l1[4], l1[1], l1[0]), (-0.05, 0.0, 0.0));
        // Four neighbours of the spot; each of them has one that is brighter.
        let variation = at(Regularisers { variation: 0.25, ..none });
        assert_eq!((variation[4], variation[1], variation[0]), (-1.0, 0.25, 0.0));
        let blur = at(Regularisers { blur: 1.0, ..none });
        assert!((blur[4] + (0.3 - 0.3 / 9.0)).abs() < 1e-6 && (blur[0] - 0.3 / 4.0).abs() < 1e-6, "{blur:?}");
    }
}
