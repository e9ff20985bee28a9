use super::OpError;
use crate::net::Shape;

/// Residual sum: `scale · residual + shortcut`. The Inception-ResNets scale the residual down
/// before adding it (arXiv 1602.07261, section 3.3); everywhere else the scale is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Add {
    /// Factor of the first input.
    pub scale: f32,
}

impl Add {
    pub(super) fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        match inputs {
            [a, b] if a == b => Ok(*a),
            [a, b] => Err(OpError::Mismatch(*a, *b)),
            _ => Err(OpError::InputCount { expected: 2, found: inputs.len() }),
        }
    }
}
