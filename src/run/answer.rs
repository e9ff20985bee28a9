//! What a run answers: predictions, and the value of any node.

use super::{Run, RunError};
use crate::engine::is_number;
use crate::net::{NodeId, Shape};
use crate::plan::View;

/// Values read back from the engine are kept until something changes, up to this many f32 (64 MB): a node's
/// statistics and then its maps, screen by screen, are asked for one after the other.
const CACHE: usize = 16 << 20;

/// What a picture's run yields.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// One value a class.
    pub logits: Vec<f32>,
    /// Their softmax.
    pub probabilities: Vec<f32>,
}

impl Prediction {
    /// The `k` most probable classes, most probable first; equal ones by class number.
    pub fn top(&self, k: usize) -> Vec<(usize, f32)> {
        let order = largest_first(self.probabilities.iter().map(|p| f64::from(*p)));
        order.into_iter().take(k).map(|class| (class, self.probabilities[class])).collect()
    }

    /// Itself, if it can be an answer.
    ///
    /// # Errors
    /// [`RunError::NotFinite`] if a probability is not a number.
    pub fn checked(self) -> Result<Self, RunError> {
        match self.probabilities.iter().filter(|p| !is_number(**p)).count() {
            0 => Ok(self),
            count => Err(RunError::NotFinite { count, classes: self.probabilities.len() }),
        }
    }
}

/// The indices of `keys`, that of the largest first; equal ones stay in order. Not a sort of the items
/// themselves: one is compiled for every kind of item, 8 KB of wasm each.
pub(crate) fn largest_first(keys: impl Iterator<Item = f64>) -> Vec<usize> {
    let mut order: Vec<(usize, f64)> = keys.enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    order.into_iter().map(|(index, _)| index).collect()
}

/// A node's value.
#[derive(Clone, Debug)]
pub struct Activation {
    /// C,H,W, or the length of a vector.
    pub shape: Shape,
    /// Row-major, batch dropped.
    pub data: Vec<f32>,
}

impl Run {
    /// Whether the prediction is there.
    pub fn has_prediction(&self) -> bool {
        let graph = self.graph();
        self.has_pictures() && [graph.logits, graph.probabilities].into_iter().all(|n| self.available(n))
    }

    /// What the network says of the selected picture.
    ///
    /// # Errors
    /// [`RunError::NoClassifier`] if the weights lack it, and those of [`Run::activation`].
    pub async fn prediction(&mut self) -> Result<Prediction, RunError> {
        let (logits, probabilities) = (self.graph().logits, self.graph().probabilities);
        let logits = self.value(logits).await?.data.clone();
        let probabilities = self.value(probabilities).await?.data.clone();
        Ok(Prediction { logits, probabilities })
    }

    /// What the network says of every picture.
    ///
    /// # Errors
    /// Those of [`Run::prediction`].
    pub async fn predictions(&mut self) -> Result<Vec<Prediction>, RunError> {
        let (logits, probabilities) = (self.graph().logits, self.graph().probabilities);
        let views = [self.view(logits).await?, self.view(probabilities).await?];
        let mut predictions = Vec::with_capacity(self.batch());
        for picture in 0..self.batch() {
            let logits = self.engine.read(&views[0], picture).await?;
            let probabilities = self.engine.read(&views[1], picture).await?;
            predictions.push(Prediction { logits, probabilities });
        }
        Ok(predictions)
    }

    /// The value of any node. A node that was fused away is computed now, and from then on in every run.
    ///
    /// # Errors
    /// [`RunError::NotRun`], [`RunError::NotYet`], [`RunError::NotComputed`] or [`RunError::NoClassifier`] if it
    /// is not there, [`RunError::Graph`] if there is no such node, [`RunError::Engine`].
    pub async fn activation(&mut self, id: &str) -> Result<&Activation, RunError> {
        let node = self.graph().find(id)?;
        self.value(node).await
    }

    pub(crate) async fn value(&mut self, node: NodeId) -> Result<&Activation, RunError> {
        if !self.cache.contains_key(&node) {
            let view = self.view(node).await?;
            let value = Activation { shape: view.shape, data: self.engine.read(&view, self.selected).await? };
            let kept: usize = self.cache.values().map(|value| value.data.len()).sum();
            if kept + value.data.len() > CACHE {
                self.cache.clear();
            }
            self.cache.insert(node, value);
        }
        Ok(&self.cache[&node])
    }

    /// Where the value of a node lies; a node that was fused away is computed now.
    pub(crate) async fn view(&mut self, node: NodeId) -> Result<View, RunError> {
        if !self.has_pictures() {
            return Err(RunError::NotRun);
        }
        if self.plan.view(node).is_none() && self.available(node) {
            let mut plan = self.plan.clone();
            plan.record(self.network.graph(), node);
            self.engine.extend(&plan).await?;
            self.plan = plan;
            self.schedule.extend(&self.plan);
            self.made.resize(self.plan.steps.len(), 0);
            self.seen = None;
        }
        match self.plan.view(node) {
            Some(view) if self.schedule.has(&self.plan, view) => Ok(view),
            Some(view) => {
                self.catch_up(view).await?;
                match self.schedule.has(&self.plan, view) {
                    true => Ok(view),
                    false => Err(self.missing(node)),
                }
            }
            None => Err(self.missing(node)),
        }
    }

    /// Computes steps that were added at the plan's end for a view, if what they read is there.
    async fn catch_up(&mut self, view: View) -> Result<(), RunError> {
        self.prepare()?;
        let behind = self.schedule.behind(&self.plan, view, self.planned);
        for run in behind.chunk_by(|a, b| a + 1 == *b) {
            self.compute(run)?;
        }
        self.engine.finish().await?;
        self.schedule.computed(&behind);
        Ok(())
    }

    pub(crate) fn missing(&self, node: NodeId) -> RunError {
        let (graph, name) = (self.graph(), self.name(node));
        match self.network.params().is_complete() {
            false => RunError::NotYet { node: name },
            true if [graph.logits, graph.probabilities].contains(&node) => RunError::NoClassifier,
            true => RunError::NotComputed { node: name },
        }
    }
}

/// Whether a node has these channels.
pub(crate) fn check_channels(node: &str, shape: Shape, channels: &[usize]) -> Result<(), RunError> {
    match channels.iter().find(|c| **c >= shape.c()) {
        None => Ok(()),
        Some(found) => Err(RunError::Channel { node: node.to_owned(), channels: shape.c(), found: *found }),
    }
}
