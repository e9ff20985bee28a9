//! Questions about single channels, values and ops.

use super::{Session, json};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// The weights that a channel is made with.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Kernel {
    /// The convolution or linear layer.
    pub node: String,
    /// The first input channel that they read.
    pub first: usize,
    /// Input channels, rows, columns.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Vec<f32>,
}

#[wasm_bindgen]
impl Session {
    /// JSON: [`crate::inspect::ReceptiveFields`] of a node, or of one of its channels.
    pub fn receptive(&mut self, node: &str, channel: Option<usize>) -> Result<String, JsError> {
        json(&self.scope()?.receptive(node, channel)?)
    }

    /// JSON: the [`crate::inspect::Explanation`] of one value.
    pub async fn explain(
        &mut self,
        node: &str,
        channel: usize,
        row: usize,
        column: usize,
    ) -> Result<String, JsError> {
        json(&self.scope()?.explain(node, channel, [row, column]).await?)
    }

    /// The weights that a channel is made with; nothing if it has none.
    pub async fn kernel(&mut self, node: &str, channel: usize) -> Result<Option<Kernel>, JsError> {
        let kernel = self.scope()?.kernel(node, channel).await?;
        Ok(kernel.map(|kernel| Kernel {
            node: kernel.node,
            first: kernel.first,
            shape: kernel.shape.to_vec(),
            data: kernel.data,
        }))
    }

    /// JSON: the [`crate::inspect::Histogram`] of a channel.
    pub async fn histogram(&mut self, node: &str, channel: usize, bins: usize) -> Result<String, JsError> {
        json(&self.scope()?.histogram(node, channel, bins).await?)
    }

    /// JSON: a [`crate::inspect::StepTime`] for each step.
    pub async fn times(&mut self) -> Result<String, JsError> {
        json(&self.scope()?.times(now).await?)
    }
}
