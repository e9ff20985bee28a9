use super::OpError;
use crate::net::Shape;

/// `x · scale[c] + shift[c]` with fixed numbers: torchvision's `transform_input`, which maps an
/// ImageNet-normalised picture to x/127.5 − 1.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelAffine {
    /// One factor a channel.
    pub scale: Vec<f32>,
    /// One summand a channel.
    pub shift: Vec<f32>,
}

impl ChannelAffine {
    pub(super) fn output_shape(&self, input: Shape) -> Result<Shape, OpError> {
        if input.c() != self.scale.len() {
            return Err(OpError::Channels { expected: self.scale.len(), found: input.c() });
        }
        Ok(input)
    }
}
