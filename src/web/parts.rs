//! A source of the catalogue that is many files, on its way to being one.

use super::Failure;
use crate::weights::{WeightsError, catalogue, parts};
use wasm_bindgen::prelude::*;

/// The parts of a source.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Parts(parts::Parts);

#[wasm_bindgen]
impl Parts {
    /// Of the source with that id, from its list.
    #[wasm_bindgen(constructor)]
    pub fn new(id: &str, list: &str) -> Result<Parts, Failure> {
        let source = catalogue::find(id).ok_or(WeightsError::CutOff("catalogue"))?;
        Ok(Self(parts::Parts::new(source, list)?))
    }

    /// Where they are, from the source's address on, in the order in which they are needed.
    pub fn paths(&self) -> Vec<String> {
        self.0.parts().iter().map(|part| part.url.clone()).collect()
    }

    /// What comes before the values in the safetensors file that they make.
    pub fn header(&self) -> Vec<u8> {
        self.0.header()
    }

    /// A part's bytes as they stand in that file, once they are known to be undamaged.
    pub fn values(&self, index: usize, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.0.values(index, bytes)?)
    }
}
