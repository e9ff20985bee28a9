//! What is done to a picture before the network sees it, at random and each step anew, so that what excites a channel does so
//! wherever it lies. Each is linear but for what it fills in, and has an adjoint. As in Lucid (`lucid/optvis/transform.py`).

use super::{Picture, of_colours};

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

/// A place between pixels: those around it and what each counts, nothing where it is outside.
type Taps = [(usize, f32); 4];

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
                let taps = self.taps(from);
                let maps = of_colours(|colour| -> Vec<f32> {
                    let seen = &picture.data[colour * from * from..][..from * from];
                    let made = |taps: &Taps| taps.iter().map(|(place, share)| share * seen[*place]).sum();
                    taps.iter().map(made).collect()
                });
                Picture { size: to, data: maps.concat() }
            }
        }
    }

    /// The gradient of a picture of that size from that of what is made of it.
    pub(super) fn adjoint(&self, gradient: &Picture, from: usize) -> Picture {
        let to = gradient.size;
        match *self {
            Self::Pad(by) => cut(gradient, from, [by as isize; 2], 0.0),
            Self::Crop { top, left, .. } => cut(gradient, from, [-(top as isize), -(left as isize)], 0.0),
            Self::Resize(_) | Self::Rotate(_) => {
                let taps = self.taps(from);
                let maps = of_colours(|colour| {
                    let mut seen = vec![0.0; from * from];
                    for (made, taps) in gradient.data[colour * to * to..].iter().zip(&taps) {
                        taps.iter().for_each(|(place, share)| seen[*place] += share * made);
                    }
                    seen
                });
                Picture { size: from, data: maps.concat() }
            }
        }
    }

    /// What each pixel of the result is made of, where a picture of that size is resampled.
    fn taps(&self, from: usize) -> Vec<Taps> {
        let (to, last, middle) = (self.size(from), (from - 1) as f32, (from - 1) as f32 / 2.0);
        let [sin, cos] = match *self {
            Self::Rotate(angle) => <[f64; 2]>::from((PI * angle / 180.0).sin_cos()).map(|n| n as f32),
            _ => [0.0, 1.0],
        };
        let step = from as f32 / to as f32;
        let place = |at: usize| match *self {
            Self::Rotate(_) => {
                let (y, x) = ((at / to) as f32 - middle, (at % to) as f32 - middle);
                [sin * x + cos * y + middle, cos * x - sin * y + middle]
            }
            // Corner to corner of pixels, as TensorFlow 1 does; the last row and column go on.
            _ => [at / to, at % to].map(|n| (n as f32 * step).min(last)),
        };
        (0..to * to).map(|at| between(place(at), from)).collect()
    }
}

/// The square of that size whose first row and column are these of the picture's; what is outside is filled.
fn cut(picture: &Picture, size: usize, [top, left]: [isize; 2], fill: f32) -> Picture {
    let from = picture.size;
    let mut data = vec![fill; 3 * size * size];
    let inside = |at: usize, first: isize| at.checked_add_signed(first).filter(|at| *at < from);
    for (colour, row) in (0..3).flat_map(|colour| (0..size).map(move |row| (colour, row))) {
        let Some(y) = inside(row, top) else { continue };
        let line = &picture.data[(colour * from + y) * from..][..from];
        for (column, out) in data[(colour * size + row) * size..][..size].iter_mut().enumerate() {
            if let Some(x) = inside(column, left) {
                *out = line[x];
            }
        }
    }
    Picture { size, data }
}

/// Bilinear.
fn between([y, x]: [f32; 2], size: usize) -> Taps {
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let tap = |row: f32, column: f32, share: f32| {
        let inside = |at: f32| at >= 0.0 && at < size as f32;
        match inside(row) && inside(column) {
            true => (row as usize * size + column as usize, share),
            false => (0, 0.0),
        }
    };
    [
        tap(top, left, (1.0 - down) * (1.0 - right)),
        tap(top, left + 1.0, (1.0 - down) * right),
        tap(top + 1.0, left, down * (1.0 - right)),
        tap(top + 1.0, left + 1.0, down * right),
    ]
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
