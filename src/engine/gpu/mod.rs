//! How does a GPU run the steps?

use super::{EngineError, Normalize, Photo};
use crate::net::NodeId;
use crate::plan::resample::Crop;
use crate::plan::{Plan, View};
use std::ops::Range;

/// What is known about the GPU.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// As the driver or browser names it.
    pub name: String,
    /// Whether it computes on the CPU (SwiftShader, lavapipe).
    pub software: bool,
}

/// No value of it exists until the GPU engine is written; it only lets [`super::Engine`] compile.
#[derive(Debug)]
pub enum GpuEngine {}

#[expect(missing_docs, reason = "replaced by the engine itself")]
impl GpuEngine {
    pub async fn new() -> Result<Self, EngineError> {
        Err(EngineError::NoGpu("the GPU engine is not written yet".to_owned()))
    }
    pub fn adapter(&self) -> &Adapter {
        match *self {}
    }
    pub fn reset(&mut self) {
        match *self {}
    }
    pub async fn extend(&mut self, _: &Plan) -> Result<(), EngineError> {
        match *self {}
    }
    pub fn set_weights(&mut self, _: NodeId, _: &[f32]) -> Result<(), EngineError> {
        match *self {}
    }
    pub fn set_epilogue(&mut self, _: usize, _: &[f32]) -> Result<(), EngineError> {
        match *self {}
    }
    pub fn write_input(&mut self, _: &View, _: &[f32]) -> Result<(), EngineError> {
        match *self {}
    }
    pub fn write_photo(
        &mut self,
        _: &View,
        _: Photo<'_>,
        _: &Crop,
        _: &Normalize,
    ) -> Result<(), EngineError> {
        match *self {}
    }
    pub fn run(&mut self, _: Range<usize>) -> Result<(), EngineError> {
        match *self {}
    }
    pub async fn finish(&mut self) -> Result<(), EngineError> {
        match *self {}
    }
    pub async fn read(&mut self, _: &View) -> Result<Vec<f32>, EngineError> {
        match *self {}
    }
    pub fn poison(&mut self) -> Result<(), EngineError> {
        match *self {}
    }
    pub fn dispose(&mut self) {
        match *self {}
    }
}
