use super::{OpError, ParamSpec};
use crate::net::Shape;

/// Batch normalisation with stored statistics (arXiv 1502.03167):
/// `(x − mean) / sqrt(var + eps) · gamma + beta` for each channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Channels.
    pub channels: usize,
    /// Added to the variance. Not stored in weight files: it is part of a profile.
    pub eps: f64,
}

impl BatchNorm {
    pub(super) fn output_shape(&self, input: Shape) -> Result<Shape, OpError> {
        if input.c() != self.channels {
            return Err(OpError::Channels { expected: self.channels, found: input.c() });
        }
        Ok(input)
    }

    pub(super) fn params(&self) -> Vec<ParamSpec> {
        ["weight", "bias", "running_mean", "running_var"]
            .map(|suffix| ParamSpec::new(suffix, [self.channels]))
            .to_vec()
    }
}
