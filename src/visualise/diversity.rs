//! How much pictures differ in a layer: whether the same channels speak together in them, wherever in the picture they do.

use crate::run::Activation;
use inceptionscope_kernels::add_scaled;

/// Minus how alike pictures are: for each picture the cosines of its Gram matrix with those of all others, summed up.
/// `values` and `seeds` are those of several nodes, picture by picture; `node` says which of them counts. Adds the gradient,
/// times a factor, to its seeds. (Lucid's `diversity` has the other sign.)
pub(super) fn diversity(
    values: &[Vec<Activation>],
    node: usize,
    factor: f32,
    seeds: &mut [Vec<Vec<f32>>],
) -> f64 {
    let mut grams = Vec::new();
    for own in values {
        grams.push(gram(&own[node]));
    }
    let mut alike = 0.0;
    for (i, own) in grams.iter().enumerate() {
        let length = dot(own, own);
        let mut of_gram = vec![0.0; own.len()];
        for (j, other) in grams.iter().enumerate() {
            if j != i {
                let lengths = (length * dot(other, other)).sqrt().max(1e-12);
                let cosine = dot(own, other) / lengths;
                alike += cosine;
                add_scaled(other, (1.0 / lengths) as f32, &mut of_gram);
                add_scaled(own, (-cosine / length.max(1e-12)) as f32, &mut of_gram);
            }
        }
        // A pair counts twice, and so does each value of a Gram matrix, which is symmetric.
        let Activation { shape, data } = &values[i][node];
        for (row, seed) in of_gram.chunks_exact(shape.c()).zip(seeds[i][node].chunks_exact_mut(shape.area()))
        {
            for (share, map) in row.iter().zip(data.chunks_exact(shape.area())) {
                add_scaled(map, -4.0 * factor * share, seed);
            }
        }
    }
    -alike
}

/// For each two channels the sum of their products over all places.
fn gram(Activation { shape, data }: &Activation) -> Vec<f32> {
    let (area, channels) = (shape.area(), shape.c());
    let mut gram = vec![0.0; channels * channels];
    let mut pixel = vec![0.0; channels];
    for place in 0..area {
        for (channel, value) in pixel.iter_mut().enumerate() {
            *value = data[channel * area + place];
        }
        for (row, own) in gram.chunks_exact_mut(channels).zip(&pixel) {
            add_scaled(&pixel, *own, row);
        }
    }
    gram
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum()
}
