use super::OpError;
use crate::net::Shape;

/// The shape of a channel concatenation: maps of one size, channels added up.
///
/// # Errors
/// [`OpError`] if the inputs are vectors, or maps of different sizes.
pub fn concat_shape(inputs: &[Shape]) -> Result<Shape, OpError> {
    let Some(&first) = inputs.first() else {
        return Err(OpError::InputCount { expected: 2, found: 0 });
    };
    let mut channels = 0;
    for &input in inputs {
        if input.with_channels(1) != first.with_channels(1) {
            return Err(OpError::Mismatch(first, input));
        }
        channels += input.c();
    }
    Ok(first.with_channels(channels))
}
