//! How does a file become the input? Decoding, orientation, crop and resampling.

mod decode;
pub mod resample;

pub use decode::*;
