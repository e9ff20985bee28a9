//! Where do numbers come from? Readers of weight files, name maps between published layouts and
//! ours, the synthetic recipe, and the catalogue of public sources. Knows nothing about devices.
//!
//! A file becomes named [`Tensor`]s (its reader's work), and those find their nodes by [`Loader`].

mod about;
pub mod catalogue;
mod convert;
#[cfg(feature = "cli")]
pub mod download;
mod error;
mod file;
pub mod formats;
mod load;
mod numbers;
pub mod recipe;

#[cfg(not(target_arch = "wasm32"))]
pub use about::IMAGENET;
pub use about::{About, class_names};
#[cfg(feature = "keras")]
pub use convert::gather;
pub use convert::{convert, place};
pub use error::{Warning, WeightsError};
pub use file::{File, read};
pub use formats::safetensors;
#[cfg(feature = "keras")]
pub use formats::tfjs;
pub use load::{Loader, Place, classes, identify, nearest};
pub use numbers::Watch;

use std::fmt;

/// A tensor of a weight file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// PyTorch's order: convolutions O,I,kh,kw; linear layers out,in. Empty for a single number.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Vec<f32>,
}

/// What is known of a tensor before its values are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// A tensor whose shape is not what the network needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshaped {
    /// Its name.
    pub name: String,
    /// What the network needs.
    pub expected: Vec<usize>,
    /// What the file has.
    pub found: Vec<usize>,
}

impl fmt::Display for Misshaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected shape {:?}, found {:?}", self.name, self.expected, self.found)
    }
}

/// What a file that is no safetensors file is, by its first bytes; for messages.
fn recognise(start: &[u8]) -> &'static str {
    let kinds: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "a zip archive (PyTorch's .pth or Keras's .keras)"),
        (b"\x89HDF", "an HDF5 file (Keras's .h5)"),
        (b"\x80\x02", "a PyTorch file of the time before 1.6"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"version ", "a Git LFS pointer: download the file itself"),
        (b"<", "a web page: the address does not lead to a weight file"),
        (b"{", "JSON text"),
        (b"\x08", "a protocol buffer (ONNX or TensorFlow)"),
    ];
    kinds.iter().find(|(magic, _)| start.starts_with(magic)).map_or("an unknown kind of file", |kind| kind.1)
}
