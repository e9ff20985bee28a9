use super::{Cost, OpError, ParamSpec};
use crate::net::Shape;

/// Fully connected layer. A map is read in C,H,W order, as PyTorch's `flatten` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Values read.
    pub in_features: usize,
    /// Values written.
    pub out_features: usize,
    /// Whether each output has a bias.
    pub bias: bool,
}

impl Linear {
    pub(super) fn output_shape(&self, input: Shape) -> Result<Shape, OpError> {
        if input.values() != self.in_features {
            return Err(OpError::Channels { expected: self.in_features, found: input.values() });
        }
        Ok(Shape::Vector(self.out_features))
    }

    pub(super) fn cost(&self) -> Cost {
        let weights = (self.in_features * self.out_features) as u64;
        let bias = if self.bias { self.out_features as u64 } else { 0 };
        Cost { params: weights + bias, macs: weights }
    }

    pub(super) fn params(&self) -> Vec<ParamSpec> {
        let mut params = vec![ParamSpec::new("weight", [self.out_features, self.in_features])];
        if self.bias {
            params.push(ParamSpec::new("bias", [self.out_features]));
        }
        params
    }
}
