//! Readers of weight files, one a format.

pub(super) mod archive;
#[cfg(feature = "keras")]
pub(super) mod hdf5;
#[cfg(feature = "keras")]
pub(super) mod keras;
pub(super) mod pickle;
pub(super) mod pytorch;
pub(super) mod pytorch_tar;
pub mod safetensors;
mod state_dict;
#[cfg(feature = "keras")]
pub mod tfjs;
