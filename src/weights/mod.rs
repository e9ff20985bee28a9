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
mod file_name;
pub mod formats;
mod identify;
mod kind;
mod load;
mod names;
mod numbers;
pub mod parts;
pub mod recipe;
pub mod shards;
mod warning;

pub use crate::params::Place;
#[cfg(not(target_arch = "wasm32"))]
pub use about::IMAGENET;
pub use about::{About, class_names};
#[cfg(feature = "formats")]
pub use convert::gather;
pub use convert::{convert, place};
pub use error::WeightsError;
pub use file::{File, MAX_WHOLE, read, read_from, read_with};
pub use file_name::{check_file_name, file_name_digest};
pub use formats::safetensors;
#[cfg(feature = "formats")]
pub use formats::tfjs;
pub use identify::{fits, identify, nearest};
pub use kind::{Kind, START, kind};
pub use load::Loader;
pub use names::Head;
pub use numbers::Watch;
pub use warning::Warning;

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
