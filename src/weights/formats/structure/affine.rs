//! Batch norms, biases, scales and shifts that follow each other, as the one that a network here has.

use super::{BatchStatistics, Norm};

/// A scale and a shift of each channel, in the order in which they are done.
pub(super) struct Affine {
    pub(super) scale: Vec<f64>,
    pub(super) shift: Vec<f64>,
}

impl Affine {
    pub(super) fn new(bias: Option<&[f32]>, channels: usize) -> Self {
        let shift = bias.map_or(vec![0.0; channels], |bias| bias.iter().map(|b| f64::from(*b)).collect());
        Self { scale: vec![1.0; channels], shift }
    }

    pub(super) fn follow(&mut self, norm: &Norm) {
        let at = |values: &[f32], channel: usize| {
            f64::from(values.get(channel).or_else(|| values.first()).copied().unwrap_or(1.0))
        };
        for (channel, (scale, shift)) in self.scale.iter_mut().zip(&mut self.shift).enumerate() {
            let (factor, term) = match norm {
                Norm::Scale(values) => (at(values, channel), 0.0),
                Norm::Shift(values) => (1.0, at(values, channel)),
                Norm::Batch(batch) => {
                    let factor =
                        at(&batch.gamma, channel) / (at(&batch.variance, channel) + batch.eps).sqrt();
                    (factor, at(&batch.beta, channel) - at(&batch.mean, channel) * factor)
                }
            };
            *scale *= factor;
            *shift = *shift * factor + term;
        }
    }
}

/// The statistics of a batch norm with `eps` that does what a bias and `norms` do: the file's own, if it has them;
/// else those that change nothing, with scale and bias as gamma and beta.
pub(super) fn statistics(
    norms: &[&Norm],
    bias: Option<&[f32]>,
    channels: usize,
    eps: f64,
) -> BatchStatistics {
    let identity = |eps: f64| (vec![0.0; channels], vec![(1.0 - eps) as f32; channels]);
    let (own, after) = match norms {
        [Norm::Batch(own), after @ ..] => (Some(own), after),
        all => (None, all),
    };
    let mut affine = Affine::new(if own.is_some() { None } else { bias }, channels);
    let (mut mean, variance) =
        own.map_or_else(|| identity(eps), |own| (own.mean.clone(), own.variance.clone()));
    if let Some(own) = own {
        // The bias before it only moves the mean.
        mean.iter_mut().zip(bias.unwrap_or_default()).for_each(|(mean, bias)| *mean -= bias);
        let corrected = own.gamma.iter().zip(&own.variance).map(|(gamma, variance)| {
            let variance = f64::from(*variance);
            match own.eps == eps {
                true => *gamma,
                false => (f64::from(*gamma) * ((variance + eps) / (variance + own.eps)).sqrt()) as f32,
            }
        });
        affine.follow(&Norm::Scale(corrected.collect()));
        affine.follow(&Norm::Shift(own.beta.clone()));
    }
    after.iter().for_each(|norm| affine.follow(norm));
    let f32s = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    BatchStatistics { gamma: f32s(affine.scale), beta: f32s(affine.shift), mean, variance, eps }
}
