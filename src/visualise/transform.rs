//! What is done to a picture before the network sees it, at random and each step anew, so that what excites a channel does so
//! wherever it lies. Each is linear but for what it fills in, and has an adjoint. As in Lucid (`lucid/optvis/transform.py`).

use super::Picture;
use inceptionscope_kernels::{View, resample, resample_adjoint};

/// What may be done to a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Transformation {
    /// So many pixels of grey around it.
    Pad(usize),
    /// So many rows and columns less, cut off anywhere.
    Jitter(usize),
    /// Resampled by one of these factors, the size rounded down.
    Scale(Vec<f64>),
    /// Turned by one of these angles, in degrees; black comes in at the corners.
    Rotate(Vec<f64>),
}

/// What was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Transform {
    Pad(usize),
    Crop { top: usize, left: usize, size: usize },
    Resize(usize),
    Rotate(f64),
}

/// Of what is filled in around a picture.
const GREY: f32 = 0.5;
/// As Lucid writes π.
#[allow(clippy::approx_constant, reason = "Lucid's number")]
const PI: f64 = 3.14;

impl Transformation {
    /// Those of Lucid.
    pub fn standard() -> Vec<Self> {
        vec![
            Self::Pad(12),
            Self::Jitter(8),
            Self::Scale((0..=10).map(|i| 1.0 + (f64::from(i) - 5.0) / 50.0).collect()),
            Self::Rotate((-10..=10).map(f64::from).chain([0.0; 5]).collect()),
            Self::Jitter(4),
        ]
    }

    /// Draws one for a picture of that size.
    pub(super) fn draw(&self, size: usize, random: &mut impl Iterator<Item = u64>) -> Transform {
        let mut below = |count: usize| (random.next().unwrap_or_default() % count.max(1) as u64) as usize;
        match self {
            Self::Pad(by) => Transform::Pad(*by),
            Self::Jitter(by) => {
                let by = (*by).min(size - 1);
                Transform::Crop { top: below(by + 1), left: below(by + 1), size: size - by }
            }
            Self::Scale(factors) => {
                let factor = factors.get(below(factors.len())).copied().unwrap_or(1.0);
                Transform::Resize(((size as f64 * factor) as usize).max(1))
            }
            Self::Rotate(angles) => {
                Transform::Rotate(angles.get(below(angles.len())).copied().unwrap_or_default())
            }
        }
    }
}

impl Transform {
    /// Rows and columns of what it makes of a picture of that size.
    pub(super) const fn size(&self, size: usize) -> usize {
        match self {
            Self::Pad(by) => size + 2 * *by,
            Self::Crop { size, .. } | Self::Resize(size) => *size,
            Self::Rotate(_) => size,
        }
    }

    pub(super) fn apply(&self, picture: &Picture) -> Picture {
        let (from, to) = (picture.size, self.size(picture.size));
        match *self {
            Self::Pad(by) => cut(picture, to, [-(by as isize); 2], GREY),
            Self::Crop { top, left, size } => cut(picture, size, [top as isize, left as isize], 0.0),
            Self::Resize(_) | Self::Rotate(_) => {
                let mut data = vec![0.0; 3 * to * to];
                resample(&picture.data, &self.view(from), &mut data);
                Picture { size: to, data }
            }
        }
    }

    /// The gradient of a picture of that size from that of what is made of it.
    pub(super) fn adjoint(&self, gradient: &Picture, from: usize) -> Picture {
        match *self {
            Self::Pad(by) => cut(gradient, from, [by as isize; 2], 0.0),
            Self::Crop { top, left, .. } => cut(gradient, from, [-(top as isize), -(left as isize)], 0.0),
            Self::Resize(_) | Self::Rotate(_) => {
                let mut data = vec![0.0; 3 * from * from];
                resample_adjoint(&gradient.data, &self.view(from), &mut data);
                Picture { size: from, data }
            }
        }
    }

    /// Where what it makes of a picture of that size lies in the picture.
    fn view(&self, from: usize) -> View {
        let (to, last) = (self.size(from), (from - 1) as f32);
        match *self {
            Self::Rotate(angle) => {
                let (sin, cos) = (PI * angle / 180.0).sin_cos();
                View {
                    from,
                    to,
                    along: cos as f32,
                    across: sin as f32,
                    middle: last / 2.0,
                    last: f32::INFINITY,
                }
            }
            // Corner to corner of pixels, as TensorFlow 1 does; the last row and column go on.
            _ => View { from, to, along: from as f32 / to as f32, across: 0.0, middle: 0.0, last },
        }
    }
}

/// The square of that size whose first row and column are these of the picture's; what is outside is filled.
fn cut(picture: &Picture, size: usize, first: [isize; 2], fill: f32) -> Picture {
    let from = picture.size;
    let mut data = vec![fill; 3 * size * size];
    // Before the picture begins in the square and the square in the picture, and how much they share.
    let [(row, top, rows), (column, left, columns)] = first.map(|first| {
        let (out, own) = ((-first).max(0) as usize, first.max(0) as usize);
        (out, own, (size.saturating_sub(out)).min(from.saturating_sub(own)))
    });
    for (colour, at) in (0..3).flat_map(|colour| (0..rows).map(move |at| (colour, at))) {
        let line = &picture.data[(colour * from + top + at) * from + left..][..columns];
        data[(colour * size + row + at) * size + column..][..columns].copy_from_slice(line);
    }
    Picture { size, data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::recipe;

    fn noise(name: &str, size: usize) -> Picture {
        let data = recipe::normals(name, 3).take(3 * size * size).map(|n| n as f32).collect();
        Picture { size, data }
    }

    #[test]
    fn adjoints_are_ones() {
        let all = [
            Transform::Pad(3),
            Transform::Crop { top: 2, left: 5, size: 12 },
            Transform::Resize(13),
            Transform::Resize(23),
            Transform::Rotate(7.0),
            Transform::Rotate(-10.0),
        ];
        for transform in all {
            let x = noise("x", 17);
            let y = noise("y", transform.size(17));
            // What is filled in is the same whatever the picture is.
            let zero = transform.apply(&Picture { size: 17, data: vec![0.0; 3 * 17 * 17] });
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            let there = dot(&transform.apply(&x).data, &y.data) - dot(&zero.data, &y.data);
            let back = dot(&x.data, &transform.adjoint(&y, 17).data);
            assert!((there - back).abs() < 1e-4, "{transform:?}: {there} {back}");
        }
    }

    #[test]
    fn sizes_are_lucids() {
        let mut random = recipe::stream("draws", 1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1000 {
            let draw = |size, t: &Transformation| t.draw(size, &mut random).size(size);
            seen.insert(Transformation::standard().iter().fold(128, draw));
        }
        assert_eq!((seen.first(), seen.last(), seen.len()), (Some(&125), Some(&154), 11));
    }

    #[test]
    fn what_they_do() {
        let ramp = Picture { size: 2, data: [0.0, 1.0, 2.0, 3.0].repeat(3) };
        assert_eq!(Transform::Pad(1).apply(&ramp).data[..6], [0.5, 0.5, 0.5, 0.5, 0.5, 0.0]);
        assert_eq!(Transform::Crop { top: 1, left: 1, size: 1 }.apply(&ramp).data, [3.0; 3]);
        assert_eq!(Transform::Resize(4).apply(&ramp).data[..4], [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(Transform::Rotate(0.0).apply(&ramp), ramp);
    }
}
