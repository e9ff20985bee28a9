//! Where do numbers come from? Readers of weight files, name maps between published layouts and
//! ours, the synthetic recipe, and the catalogue of public sources. Knows nothing about devices.

pub mod recipe;

/// A tensor of a weight file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// PyTorch's order: convolutions O,I,kh,kw; linear layers out,in.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Vec<f32>,
}
