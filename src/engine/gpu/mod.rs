//! How does a GPU run the steps?

use super::{EngineError, Normalize, Photo};
use crate::net::NodeId;
use crate::plan::resample::Crop;
use crate::plan::{Plan, View};
use std::ops::Range;

/// No value of it exists until the GPU engine is written; it only lets [`super::Engine`] compile.
#[derive(Debug)]
pub enum GpuEngine {}

#[rustfmt::skip]
#[allow(missing_docs, clippy::unused_async, reason = "replaced by the GPU engine")]
impl GpuEngine {
    pub fn reset(&mut self) { match *self {} }
    pub async fn extend(&mut self, _: &Plan) -> Result<(), EngineError> { match *self {} }
    pub fn set_weights(&mut self, _: NodeId, _: &[f32]) -> Result<(), EngineError> { match *self {} }
    pub fn set_epilogue(&mut self, _: usize, _: &[f32]) -> Result<(), EngineError> { match *self {} }
    pub fn write_input(&mut self, _: &View, _: &[f32]) -> Result<(), EngineError> { match *self {} }
    pub fn write_photo(&mut self, _: &View, _: Photo<'_>, _: &Crop, _: &Normalize) -> Result<(), EngineError> { match *self {} }
    pub fn run(&mut self, _: Range<usize>) -> Result<(), EngineError> { match *self {} }
    pub async fn finish(&mut self) -> Result<(), EngineError> { match *self {} }
    pub async fn read(&mut self, _: &View) -> Result<Vec<f32>, EngineError> { match *self {} }
    pub fn poison(&mut self) -> Result<(), EngineError> { match *self {} }
    pub fn dispose(&mut self) { match *self {} }
}
