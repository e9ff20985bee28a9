//! The second module, which the page loads when a file of a rare format comes: it makes one safetensors file of
//! it, which goes on as any other. The first module need not carry those readers.

use crate::error::{Coded, Fact};
use crate::weights::{self, WeightsError, tfjs};
use js_sys::{Error, JSON, Reflect, Uint8Array};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;

/// Makes a safetensors file of weights of any format: Keras's `.h5` and `.keras`, ONNX and Caffe models, or the
/// files of a TF.js model. `names` are those of `files`.
///
/// # Errors
///
/// An `Error` with the properties `code` and `data`, as [`Coded`] has them.
#[wasm_bindgen]
pub fn convert(names: Vec<String>, files: Vec<Uint8Array>) -> Result<Vec<u8>, JsValue> {
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
    file.and_then(weights::gather).map_err(|error| thrown(&error))
}

fn thrown(error: &WeightsError) -> JsValue {
    let thrown = Error::new(&error.to_string());
    let facts: BTreeMap<&str, Fact> = error.facts().into_iter().collect();
    let data = serde_json::to_string(&facts).ok().and_then(|facts| JSON::parse(&facts).ok());
    for (name, value) in [("code", error.code().into()), ("data", data.unwrap_or_default())] {
        // An Error takes any property.
        Reflect::set(&thrown, &name.into(), &value).ok();
    }
    thrown.into()
}
