//! Do two lists put things in the same order?

use crate::run::largest_first;

/// Spearman's rank correlation: 1 where both lists rise together, −1 where one falls as the other rises. Equal
/// values share the mean of their ranks. None for lists of different lengths, fewer than two values, values that are
/// not numbers, or a list whose values are all equal.
pub fn rank_correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let numbers = one.iter().chain(other).all(|v| !v.is_nan());
    if one.len() != other.len() || !numbers {
        return None;
    }
    let [one, other] = [ranks(one), ranks(other)];
    let mean = (one.len() as f64 - 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let size = (sum(&one, &one) * sum(&other, &other)).sqrt();
    (size > 0.0).then(|| sum(&one, &other) / size)
}

/// The place of each value among all, the largest at 0; equal ones share the mean of their places.
fn ranks(values: &[f64]) -> Vec<f64> {
    let order = largest_first(values.iter().copied());
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let mean = first as f64 + (equal.len() - 1) as f64 / 2.0;
        equal.iter().for_each(|index| ranks[*index] = mean);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_compared() {
        assert_eq!(ranks(&[2.0, 9.0, 2.0, -1.0]), [1.5, 0.0, 1.5, 3.0]);
        let near = |a: &[f64], b: &[f64], expected: f64| {
            let found = rank_correlation(a, b).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found}");
        };
        near(&[1.0, 2.0, 3.0], &[10.0, 100.0, 1000.0], 1.0);
        near(&[1.0, 2.0, 3.0], &[0.0, -1.0, -5.0], -1.0);
        // By hand: ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 / √(4.5 · 5).
        near(&[1.0, 2.0, 2.0, 7.0], &[0.1, 0.3, 0.2, 0.4], 4.5 / 22.5_f64.sqrt());
        // Ranks 3, 1.5, 4, 1.5, 5 and 2.5, 4, 1, 5, 2.5: −7.5 / √(9.5 · 9.5).
        near(&[3.0, 1.0, 4.0, 1.0, 5.0], &[2.0, 7.0, 1.0, 8.0, 2.0], -7.5 / 9.5);
        // 0 and −0 are equal.
        near(&[0.0, -0.0, 1.0], &[1.0, 1.0, 2.0], 1.0);
        assert_eq!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(rank_correlation(&[1.0], &[1.0]), None);
        assert_eq!(rank_correlation(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        assert_eq!(rank_correlation(&[1.0, 2.0], &[1.0]), None);
    }
}
