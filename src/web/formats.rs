//! The second module, which the page loads when a file of a rare format comes: it makes one safetensors file of
//! weights, and pixels of a photo, which go on as any other. The first module need not carry those readers.

#[allow(dead_code, reason = "some of it is for the first module alone")]
mod failure;

use crate::photo::Photo;
use crate::weights::{self, WeightsError, tfjs};
use failure::Failure;
use js_sys::Uint8Array;
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;

/// Makes a safetensors file of weights of any format: Keras's `.h5` and `.keras`, ONNX and Caffe models, or the
/// files of a TF.js model. `names` are those of `files`.
///
/// # Errors
///
/// [`WeightsError`] says what is wrong with the file, or what else it is.
#[wasm_bindgen]
pub fn convert(names: Vec<String>, files: Vec<Uint8Array>) -> Result<Vec<u8>, Failure> {
    let files: BTreeMap<String, Uint8Array> = names.into_iter().zip(files).collect();
    let file = match files.keys().find(|name| tfjs::is_model_file(name)) {
        Some(model) => tfjs::read_files(model, |name| {
            files
                .get(name)
                .map(Uint8Array::to_vec)
                .ok_or_else(|| WeightsError::Shard { name: name.to_owned() })
        }),
        None => match files.first_key_value() {
            Some((_, file)) => weights::read(&file.to_vec()),
            None => Err(WeightsError::CutOff("no file")),
        },
    };
    Ok(file.and_then(weights::gather)?)
}

/// The pixels of a photo.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Pixels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// RGB, 8 bits a channel, row by row.
    pub rgb: Vec<u8>,
}

/// Decodes a PNG photo.
///
/// # Errors
///
/// [`crate::photo::PhotoError`] says what is wrong with the file.
#[wasm_bindgen]
pub fn decode_png(file: &[u8]) -> Result<Pixels, Failure> {
    let Photo { width, height, rgb } = Photo::decode_png(file)?;
    Ok(Pixels { width, height, rgb })
}
