//! Questions about single channels, values and ops.

use super::Session;
use super::failure::{Failure, json};
use wasm_bindgen::prelude::*;
use web_time::Instant;

/// The weights that a channel is made with.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Kernel {
    /// The convolution or linear layer.
    #[wasm_bindgen(readonly)]
    pub node: String,
    /// The first input channel that they read.
    #[wasm_bindgen(readonly)]
    pub first: usize,
    /// Input channels, rows, columns.
    #[wasm_bindgen(readonly)]
    pub shape: Vec<usize>,
    /// Row-major.
    #[wasm_bindgen(readonly)]
    pub data: Vec<f32>,
}

#[wasm_bindgen]
impl Session {
    /// JSON: [`crate::inspect::ReceptiveFields`] of a node, or of one of its channels.
    pub fn receptive(&mut self, node: &str, channel: Option<usize>) -> Result<String, Failure> {
        json(&self.run()?.receptive(node, channel)?)
    }

    /// JSON: the [`crate::inspect::Explanation`] of one value.
    pub async fn explain(
        &mut self,
        node: &str,
        channel: usize,
        row: usize,
        column: usize,
    ) -> Result<String, Failure> {
        json(&self.run()?.explain(node, channel, [row, column]).await?)
    }

    /// The weights that a channel is made with; nothing if it has none.
    pub async fn kernel(&mut self, node: &str, channel: usize) -> Result<Option<Kernel>, Failure> {
        let kernel = self.run()?.kernel(node, channel).await?;
        Ok(kernel.map(|kernel| Kernel {
            node: kernel.node,
            first: kernel.first,
            shape: kernel.shape.to_vec(),
            data: kernel.data,
        }))
    }

    /// JSON: [`crate::inspect::Links`] of a channel.
    pub async fn circuit(&mut self, node: &str, channel: usize, most: usize) -> Result<String, Failure> {
        json(&self.run()?.circuit(node, channel, most).await?)
    }

    /// JSON: the [`crate::inspect::Histogram`] of a channel.
    pub async fn histogram(&mut self, node: &str, channel: usize, bins: usize) -> Result<String, Failure> {
        json(&self.run()?.histogram(node, channel, bins).await?)
    }

    /// JSON: a [`crate::inspect::StepTime`] for each step.
    pub async fn times(&mut self) -> Result<String, Failure> {
        let start = Instant::now();
        let now = move || start.elapsed().as_secs_f64() * 1e3;
        json(&self.run()?.times(now).await?)
    }
}
