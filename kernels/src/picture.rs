//! A picture that grows, as three maps one after the other: how it is resampled, its colours, and the steps of the
//! numbers that it is made of.

use crate::photo::RGB;

/// Where each pixel of a resampled picture lies in the one that it is made of: at its own place, turned around a middle
/// and multiplied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Rows and columns of the picture.
    pub from: usize,
    /// Rows and columns of the one that is made of it.
    pub to: usize,
    /// Times the distance from the middle, along an axis.
    pub along: f32,
    /// Times that along the other axis.
    pub across: f32,
    /// What does not move, in pixels from the first row and column.
    pub middle: f32,
    /// Places are no further than this.
    pub last: f32,
}

/// A pixel near a place, and what it counts.
type Tap = (usize, f32);

impl View {
    /// Bilinear. What is outside counts nothing.
    #[inline(always)]
    fn taps(&self, row: usize, column: usize) -> [Tap; 4] {
        let [y, x] = [row, column].map(|at| at as f32 - self.middle);
        let near = |at: f32| {
            let at = at + self.middle;
            let at = if at > self.last { self.last } else { at };
            let share = at - at.floor();
            let before = at.floor() as i32 as usize;
            // As a number without a sign, one before the first is as far outside as can be.
            [(before, 1.0 - share), (before.wrapping_add(1), share)]
                .map(|(at, share)| if at < self.from { (at, share) } else { (0, 0.0) })
        };
        let rows = near(self.across * x + self.along * y);
        let columns = near(self.along * x - self.across * y);
        let tap = |row: Tap, column: Tap| (row.0 * self.from + column.0, row.1 * column.1);
        [
            tap(rows[0], columns[0]),
            tap(rows[0], columns[1]),
            tap(rows[1], columns[0]),
            tap(rows[1], columns[1]),
        ]
    }
}

/// A picture, resampled.
#[inline(never)]
pub fn resample(picture: &[f32], view: &View, out: &mut [f32]) {
    let (from, to) = (view.from * view.from, view.to * view.to);
    for row in 0..view.to {
        for column in 0..view.to {
            let taps = view.taps(row, column);
            for colour in 0..RGB {
                let map = &picture[colour * from..][..from];
                let out = &mut out[colour * to + row * view.to + column];
                *out = taps.iter().map(|(place, share)| share * map[*place]).sum();
            }
        }
    }
}

/// Adds the gradient of a picture from that of what it is resampled to.
#[inline(never)]
pub fn resample_adjoint(gradient: &[f32], view: &View, out: &mut [f32]) {
    let (from, to) = (view.from * view.from, view.to * view.to);
    for row in 0..view.to {
        for column in 0..view.to {
            let taps = view.taps(row, column);
            for colour in 0..RGB {
                let g = gradient[colour * to + row * view.to + column];
                let map = &mut out[colour * from..][..from];
                taps.iter().for_each(|(place, share)| map[*place] += share * g);
            }
        }
    }
}

/// The exponential function, to 13 digits: 2^n times a polynomial, without branches. Fewer digits would do for what is
/// rounded to single precision, but change it now and then, and after many steps the picture.
#[inline(always)]
fn exp(x: f64) -> f64 {
    use std::f64::consts::{LN_2, LOG2_E};
    /// Added to a number, it leaves no bits for a fraction.
    const WHOLE: f64 = 1.5 * (1_u64 << 52) as f64;
    /// One divided by the factorials of 11, 10, … 0.
    const TAYLOR: [f64; 12] = {
        let (mut terms, mut n) = ([1.0; 12], 1);
        while n < 12 {
            terms[11 - n] = terms[12 - n] / n as f64;
            n += 1;
        }
        terms
    };
    let x = x.clamp(-700.0, 700.0);
    let shifted = x * LOG2_E + WHOLE;
    let rest = x - (shifted - WHOLE) * LN_2;
    let power = TAYLOR.iter().fold(0.0, |sum, term| sum * rest + term);
    // The whole number is in the last bits, and becomes an exponent.
    power * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// A colour, from 0 to 1: the logistic function of the sum of three maps, each times a number.
#[inline(never)]
pub fn colour([a, b, c]: [&[f64]; RGB], shares: [f64; RGB], out: &mut [f32]) {
    for (((a, b), c), out) in a.iter().zip(b).zip(c).zip(out) {
        let value = shares[0] * a + shares[1] * b + shares[2] * c;
        *out = (1.0 / (1.0 + exp(-value))) as f32;
    }
}

/// Adds the gradient of a map that counts so much in each [`colour`] of a picture, from the picture's.
#[inline(never)]
pub fn colour_adjoint(gradient: &[f32], picture: &[f32], shares: [f64; RGB], out: &mut [f64]) {
    let area = out.len();
    for (at, share) in shares.iter().enumerate() {
        let pairs = gradient[at * area..].iter().zip(&picture[at * area..]);
        for (out, (g, p)) in out.iter_mut().zip(pairs) {
            let (g, p) = (f64::from(*g), f64::from(*p));
            *out += share * (g * p * (1.0 - p));
        }
    }
}

/// A step of Adam: the means of a gradient and of its square decay, the new one is counted in, and values go `rate`
/// times the one, divided by the root of the other, which is multiplied by `root` and made `least` larger.
#[inline(never)]
pub fn climb(
    gradient: &[f64],
    [decay, decay_square]: [f64; 2],
    [rate, root, least]: [f64; 3],
    means: &mut [f64],
    squares: &mut [f64],
    values: &mut [f64],
) {
    for (((g, mean), square), value) in gradient.iter().zip(means).zip(squares).zip(values) {
        *mean = decay * *mean + (1.0 - decay) * g;
        *square = decay_square * *square + (1.0 - decay_square) * g * g;
        *value += rate * *mean / (square.sqrt() * root + least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From −1 to 1.
    fn numbers(count: usize, seed: u32) -> Vec<f64> {
        let hash = |at: u32| (at.wrapping_mul(2_654_435_761) ^ seed).wrapping_mul(2_246_822_519) >> 8;
        (0..count as u32).map(|at| f64::from(hash(at + 1)) / f64::from(1 << 23) - 1.0).collect()
    }

    #[test]
    fn pixels_are_what_lies_around_their_places() {
        let turned = |angle: f64, size: usize| {
            let (sin, cos) = angle.sin_cos();
            let middle = (size - 1) as f32 / 2.0;
            View { from: size, to: size, along: cos as f32, across: sin as f32, middle, last: f32::INFINITY }
        };
        let zoomed = |from: usize, to: usize| {
            let last = (from - 1) as f32;
            View { from, to, along: from as f32 / to as f32, across: 0.0, middle: 0.0, last }
        };
        for view in
            [turned(0.0, 7), turned(0.3, 9), turned(-2.0, 6), zoomed(9, 13), zoomed(11, 8), zoomed(1, 3)]
        {
            let View { from, to, along, across, middle, last } = view;
            let numbers = |size: usize| -> Vec<f32> {
                numbers(RGB * size * size, size as u32).iter().map(|n| *n as f32).collect()
            };
            let (picture, gradient) = (numbers(from), numbers(to));
            let [mut seen, mut back] = [to, from].map(|size| vec![0.0; RGB * size * size]);
            resample(&picture, &view, &mut seen);
            resample_adjoint(&gradient, &view, &mut back);
            // Of all pixels, those count that are less than one away.
            let (mut expected, mut expected_back) = (vec![0.0; seen.len()], vec![0.0; back.len()]);
            for (at, other) in (0..to * to).flat_map(|at| (0..from * from).map(move |other| (at, other))) {
                let [y, x] = [at / to, at % to].map(|n| n as f32 - middle);
                let place = [across * x + along * y, along * x - across * y].map(|n| (n + middle).min(last));
                let shares = place.iter().zip([other / from, other % from]);
                let share: f32 = shares.map(|(place, n)| (1.0 - (place - n as f32).abs()).max(0.0)).product();
                for colour in 0..RGB {
                    let (at, other) = (colour * to * to + at, colour * from * from + other);
                    expected[at] += share * picture[other];
                    expected_back[other] += share * gradient[at];
                }
            }
            for (found, expected) in seen.iter().chain(&back).zip(expected.iter().chain(&expected_back)) {
                assert!((found - expected).abs() < 1e-5, "{view:?}: {found} {expected}");
            }
        }
    }

    #[test]
    fn colours_are_logistic() {
        let area = 50;
        let maps = [1, 2, 3].map(|seed| numbers(area, seed));
        let maps = maps.each_ref().map(Vec::as_slice);
        for largest in [1.0, 30.0, 1e4] {
            let shares = [0.5, -1.0, 0.25].map(|share| share * largest);
            let mut found = vec![0.0; area];
            colour(maps, shares, &mut found);
            for (at, found) in found.iter().enumerate() {
                let value: f64 = maps.iter().zip(shares).map(|(map, share)| map[at] * share).sum();
                let expected = 1.0 / (1.0 + (-value).exp());
                assert!(
                    (f64::from(*found) - expected).abs() <= 6e-8 * expected + 1e-44,
                    "{value}: {found} {expected}"
                );
            }
        }
        let mut found = [0.0];
        colour([&[f64::NAN], &[0.0], &[0.0]], [1.0; RGB], &mut found);
        assert!(found[0].is_nan());
        for x in numbers(1000, 5).iter().map(|n| n * 600.0) {
            assert!((exp(x) / x.exp() - 1.0).abs() < 2e-13, "{x}: {} {}", exp(x), x.exp());
        }
    }

    #[test]
    fn a_map_has_the_gradient_of_what_it_moves() {
        let (area, shares) = (20, [[0.5, 1.0, -2.0], [0.25, -1.0, 3.0], [-0.5, 0.125, 1.0]]);
        let mut maps = [1, 2, 3].map(|seed| numbers(area, seed));
        let gradient: Vec<f32> = numbers(RGB * area, 4).iter().map(|n| *n as f32).collect();
        let picture = |maps: &[Vec<f64>; RGB]| -> Vec<f32> {
            let maps = maps.each_ref().map(Vec::as_slice);
            let made = shares.map(|shares| {
                let mut out = vec![0.0; area];
                colour(maps, shares, &mut out);
                out
            });
            made.concat()
        };
        let before = picture(&maps);
        for map in 0..RGB {
            let mut found = vec![0.0; area];
            colour_adjoint(&gradient, &before, shares.map(|row| row[map]), &mut found);
            let mut moved = |by: f64| {
                maps[map].iter_mut().for_each(|value| *value += by);
                let picture = picture(&maps);
                maps[map].iter_mut().for_each(|value| *value -= by);
                picture
            };
            let (more, less) = (moved(1e-2), moved(-1e-2));
            for (at, found) in found.iter().enumerate() {
                let slope = |at: usize| f64::from(more[at] - less[at]) / 2e-2 * f64::from(gradient[at]);
                let expected: f64 = (0..RGB).map(|colour| slope(colour * area + at)).sum();
                assert!((found - expected).abs() < 1e-3, "{map}, {at}: {found} {expected}");
            }
        }
    }

    #[test]
    fn steps_are_adams() {
        let (count, [one, two], rate, least) = (9, [0.9, 0.99], 0.1, 1e-8);
        let [mut means, mut squares, mut values] = [0.0; 3].map(|zero| vec![zero; count]);
        let gradients: Vec<Vec<f64>> = (0..4).map(|step| numbers(count, step)).collect();
        let mut expected = vec![0.0; count];
        for (step, gradient) in gradients.iter().enumerate() {
            let [whole, whole_square] = [one, two].map(|decay: f64| 1.0 - decay.powi(step as i32 + 1));
            let sizes = [rate / whole, 1.0 / whole_square.sqrt(), least];
            climb(gradient, [one, two], sizes, &mut means, &mut squares, &mut values);
            // The means as weighted ones of all gradients until now.
            for (at, expected) in expected.iter_mut().enumerate() {
                let mean = |decay: f64, power: i32| {
                    let weights = (0..=step).map(|n| decay.powi((step - n) as i32));
                    let sum: f64 = weights.clone().zip(&gradients).map(|(w, g)| w * g[at].powi(power)).sum();
                    sum / weights.sum::<f64>()
                };
                *expected += rate * mean(one, 1) / (mean(two, 2).sqrt() + least);
                assert!((values[at] - *expected).abs() < 1e-12, "{step}, {at}: {} {expected}", values[at]);
            }
        }
    }
}
