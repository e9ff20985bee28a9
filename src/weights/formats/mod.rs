//! Readers of weight files, one a format.

#![cfg_attr(
    all(target_arch = "wasm32", not(feature = "formats")),
    allow(dead_code, reason = "the page's first module recognises these files; another reads them")
)]

pub(super) mod archive;
#[cfg(feature = "formats")]
pub(super) mod caffe;
#[cfg(feature = "formats")]
pub(super) mod hdf5;
#[cfg(feature = "formats")]
pub(super) mod keras;
#[cfg(feature = "formats")]
pub(crate) mod onnx;
pub(super) mod pickle;
pub(super) mod pytorch;
pub(super) mod pytorch_tar;
pub mod safetensors;
mod state_dict;
#[cfg(feature = "formats")]
mod structure;
#[cfg(feature = "formats")]
pub mod tfjs;
