//! Why? Class maps at once; occlusion and removal of branches step by step, each in a run of its own, so that the
//! session goes on meanwhile. Targets are written as on the command line, with class numbers for names.

use super::Session;
use super::failure::{Failure, Misuse, json};
use super::session::Values;
use crate::explain::{Done, Heatmap, Occlusion, OcclusionOptions, Removal, Share, Target};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A class activation map.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Cam {
    /// Rows and columns of the last map.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Vec<f32>,
    /// JSON: `node`, `bias`, `sum`, `logit`, `shares` ([`crate::explain::Share`]).
    pub told: String,
}

/// See [`Cam::told`].
#[derive(Serialize)]
struct Told<'a> {
    node: &'a str,
    bias: f64,
    sum: f64,
    logit: f64,
    shares: &'a [Share],
}

#[wasm_bindgen]
impl Session {
    /// Where the logit of a class comes from, or its lead over `rather_than`.
    pub async fn class_map(&mut self, class: usize, rather_than: Option<usize>) -> Result<Cam, Failure> {
        let target = rather_than.map_or(Target::Class(class), |other| Target::Pair(class, other));
        let found = self.run()?.class_map(&target).await?;
        let (node, shares) = (&found.node, &found.shares);
        let told = json(&Told { node, bias: found.bias, sum: found.sum, logit: found.logit, shares })?;
        Ok(Cam { shape: vec![found.map.height, found.map.width], data: found.map.data, told })
    }

    /// Covers the picture patch by patch. What is left out is chosen by the input's size; `fill` is `grey`, `mean`
    /// or `blur`.
    pub async fn occlusion(
        &mut self,
        target: &str,
        patch: Option<usize>,
        stride: Option<usize>,
        fill: &str,
    ) -> Result<OcclusionSteps, Failure> {
        let run = self.run()?;
        let target = Target::parse(target, run.graph(), &[])?;
        let mut options = OcclusionOptions::of(run.graph());
        options.fill = fill.parse().map_err(|message| Misuse::Text { what: "fill", message })?;
        options.patch = patch.unwrap_or(options.patch);
        options.stride = stride.unwrap_or(options.patch.div_ceil(2));
        Ok(OcclusionSteps(Occlusion::new(run, target, options).await?))
    }

    /// Removes every branch of every module in turn.
    pub async fn removal(&mut self, target: &str) -> Result<RemovalSteps, Failure> {
        let run = self.run()?;
        let target = Target::parse(target, run.graph(), &[])?;
        Ok(RemovalSteps(Removal::new(run, target).await?))
    }
}

/// An [`Occlusion`]. To cancel, free it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct OcclusionSteps(Occlusion);

#[wasm_bindgen]
impl OcclusionSteps {
    /// Computes a little more: rows of patches that are done, and how many there are.
    pub async fn advance(&mut self) -> Result<Vec<usize>, Failure> {
        Ok(counts(self.0.advance().await?))
    }

    /// The target of the picture as it is.
    pub fn whole(&self) -> f64 {
        self.0.whole()
    }

    /// One channel of the input's size: how much the target falls; NaN where that is not known yet.
    pub fn map(&self) -> Values {
        self.0.map().into()
    }
}

/// A [`Removal`]. To cancel, free it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RemovalSteps(Removal);

#[wasm_bindgen]
impl RemovalSteps {
    /// Computes a little more: branches that are done, and how many there are.
    pub async fn advance(&mut self) -> Result<Vec<usize>, Failure> {
        Ok(counts(self.0.advance().await?))
    }

    /// The target with all branches, once it is known.
    pub fn whole(&self) -> Option<f64> {
        self.0.whole()
    }

    /// JSON: a [`crate::explain::Removed`] for each branch that is done, in the network's order.
    pub fn removed(&self) -> Result<String, Failure> {
        json(&self.0.removed())
    }
}

fn counts(done: Done) -> Vec<usize> {
    vec![done.done, done.of]
}

impl From<Heatmap> for Values {
    fn from(map: Heatmap) -> Self {
        Self { shape: vec![1, map.height, map.width], data: map.data }
    }
}
