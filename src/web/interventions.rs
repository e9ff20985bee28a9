//! Changes to a run. Each is written at once; what it changes is computed by [`Session::advance`].

use super::Session;
use super::failure::{Failure, json};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Session {
    /// Sets a node's value, or some of its channels (all if none are named), to 0 from now on.
    pub async fn mute(&mut self, node: &str, channels: Vec<usize>) -> Result<(), Failure> {
        Ok(self.run()?.mute(node, &channels).await?)
    }

    /// Sets the factor of a node's value, or of some of its channels (all if none are named): 1 undoes that.
    pub async fn multiply(&mut self, node: &str, channels: Vec<usize>, factor: f32) -> Result<(), Failure> {
        Ok(self.run()?.multiply(node, &channels, factor).await?)
    }

    /// Sets the residual scale of a block; the factor of any other node's value.
    pub async fn scale(&mut self, node: &str, factor: f32) -> Result<(), Failure> {
        Ok(self.run()?.scale(node, factor).await?)
    }

    /// Gives a node a value, C,H,W, whatever it reads.
    pub async fn replace(&mut self, node: &str, value: Vec<f32>) -> Result<(), Failure> {
        Ok(self.run()?.replace(node, value).await?)
    }

    /// Undoes the changes to a node or a residual block; all changes if none is named.
    pub fn restore(&mut self, node: Option<String>) -> Result<(), Failure> {
        match node {
            Some(node) => self.run()?.restore(&node)?,
            None => self.run()?.restore_all(),
        }
        Ok(())
    }

    /// JSON: what is changed, a list of [`crate::run::Intervention`].
    pub fn interventions(&mut self) -> Result<String, Failure> {
        json(&self.run()?.interventions())
    }
}
