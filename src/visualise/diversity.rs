//! How much pictures differ in a layer: whether the same channels speak together in them, wherever in the picture they do.

use crate::run::Activation;
use inceptionscope_kernels::add_scaled;

/// Minus how alike pictures are: the cosines of their Gram matrices with those of all others, as a mean over pictures. Adds
/// the gradient of the sum over pictures, times a factor, to the seed of each. (Lucid's `diversity` is the same with the
/// other sign.)
pub(super) fn diversity(values: &[&Activation], factor: f32, seeds: &mut [&mut Vec<f32>]) -> f64 {
    let grams: Vec<Vec<f32>> = values.iter().map(|value| gram(value)).collect();
    let lengths: Vec<f64> = grams.iter().map(|gram| dot(gram, gram).sqrt().max(1e-12)).collect();
    let mut alike = 0.0;
    for (i, own) in grams.iter().enumerate() {
        let mut of_gram = vec![0.0; own.len()];
        for (j, other) in grams.iter().enumerate().filter(|(j, _)| *j != i) {
            let cosine = dot(own, other) / lengths[i] / lengths[j];
            alike += cosine;
            add_scaled(other, (1.0 / lengths[i] / lengths[j]) as f32, &mut of_gram);
            add_scaled(own, (-cosine / lengths[i] / lengths[i]) as f32, &mut of_gram);
        }
        // A pair counts twice, and so does each value of a Gram matrix, which is symmetric.
        let (area, channels) = (values[i].shape.area(), values[i].shape.c());
        for (row, seed) in of_gram.chunks_exact(channels).zip(seeds[i].chunks_exact_mut(area)) {
            for (share, map) in row.iter().zip(values[i].data.chunks_exact(area)) {
                add_scaled(map, -4.0 * factor * share, seed);
            }
        }
    }
    -alike / values.len() as f64
}

/// For each two channels the sum of their products over all places.
fn gram(value: &Activation) -> Vec<f32> {
    let (area, channels) = (value.shape.area(), value.shape.c());
    let mut gram = vec![0.0; channels * channels];
    let mut pixel = vec![0.0; channels];
    for place in 0..area {
        pixel.iter_mut().zip(value.data[place..].iter().step_by(area)).for_each(|(out, v)| *out = *v);
        for (row, own) in gram.chunks_exact_mut(channels).zip(&pixel) {
            if *own != 0.0 {
                add_scaled(&pixel, *own, row);
            }
        }
    }
    gram
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
