//! safetensors, read while the bytes arrive and written in execution order.
//!
//! Besides f32, f64, f16 and bf16 there is an 8-bit form of our own: a `U8` tensor `name` with one
//! row for each output channel (its first axis), and two `F32` vectors before it in the file,
//! `name.q8_scale` and `name.q8_min`, with one number a row: `value = min + scale · byte`.
//! Tensors of other dtypes (counters of batch norms) are passed over.
//!
//! Files written here state the SHA-256 of each tensor in their metadata (`sha256`): a damaged tensor
//! is refused by name, before anything is computed with it.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Header, Piece, Stream, read};
pub(in crate::weights) use write::header;
pub use write::{Storage, header_of, write};

use sha2::{Digest, Sha256};

/// Bytes of the header's length.
pub(in crate::weights) const PREFIX: usize = 8;
/// The metadata's entry with the SHA-256 of each tensor's bytes, in file order, in hexadecimal digits
/// with spaces between.
const DIGESTS: &str = "sha256";
const Q8_SCALE: &str = ".q8_scale";
const Q8_MIN: &str = ".q8_min";

/// The SHA-256 of bytes in hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
