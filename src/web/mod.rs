//! What the worker calls (`www/runtime/`): networks and runs behind wasm-bindgen, one file a room. Small
//! answers are JSON, values are typed arrays, errors have a code and data and no sentence for visitors.

#![allow(clippy::missing_errors_doc, reason = "every call throws a Failure; Rust's functions say which")]

mod evaluate;
mod explain;
mod failure;
mod interventions;
mod look;
mod parts;
mod session;
#[cfg(feature = "threads")]
mod threads;
mod visualise;

pub use evaluate::{Crops, Scores};
pub use explain::Why;
pub use failure::Failure;
pub use parts::Parts;
pub use session::Session;
#[cfg(feature = "threads")]
pub use threads::{Team, run_thread, team};
pub use visualise::{Dreaming, Growth, Vision};

use crate::report;
use crate::weights::safetensors::hex;
use crate::weights::{self, catalogue};
use failure::json;
use sha2::Sha256;
use wasm_bindgen::prelude::*;

/// Runs once when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    // A panic is a defect; its place is worth more in the console than "unreachable executed".
    console_error_panic_hook::set_once();
}

/// All networks, as JSON: a list of [`crate::report::ModelSummary`].
#[wasm_bindgen]
pub fn models() -> Result<String, Failure> {
    json(&report::models()?)
}

/// Public weight files, as JSON: a list of [`catalogue::Source`].
#[wasm_bindgen]
pub fn catalogue() -> String {
    catalogue::JSON.to_owned()
}

/// What factorising saves, as JSON: a list of [`crate::net::Factorisation`].
#[wasm_bindgen]
pub fn factorisations() -> Result<String, Failure> {
    json(&crate::net::factorisations()?)
}

/// Whether a weight file that starts so is of a format that `www/formats.js` makes safetensors of.
#[wasm_bindgen]
pub fn is_whole(start: &[u8]) -> bool {
    matches!(weights::kind(start), weights::Kind::Whole(_))
}

/// Bytes that tell the format of a weight file.
#[wasm_bindgen]
pub fn start_length() -> usize {
    weights::START
}

/// The SHA-256 of bytes that come in pieces; the browser's own wants them all at once.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Digest(Sha256);

#[wasm_bindgen]
impl Digest {
    /// Of nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        sha2::Digest::update(&mut self.0, bytes);
    }

    /// Of all bytes so far, in hexadecimal digits.
    pub fn hex(&self) -> String {
        hex(&sha2::Digest::finalize(self.0.clone()))
    }
}
