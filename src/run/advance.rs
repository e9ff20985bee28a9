//! A run takes steps: what has come is computed, little by little.

use super::{Advance, Input, Prediction, Progress, Run, RunError};
use crate::engine::Engine;
use crate::net::NodeId;

/// Multiply-adds that are handed to the engine at once: some 25 ms on a CPU, a quarter of a second on a software GPU.
/// A real GPU gets more, since waiting for it takes time of its own.
pub(crate) const SLICE: u64 = 400_000_000;

impl Run {
    /// Runs a picture through the network.
    ///
    /// # Errors
    /// As of [`Run::begin`], [`Run::advance`] and [`Run::prediction`].
    pub async fn run(&mut self, input: Input<'_>) -> Result<Prediction, RunError> {
        self.begin(&[input]).await?;
        self.finish().await?;
        self.prediction().await
    }

    /// Computes all that the weights allow.
    ///
    /// # Errors
    /// As of [`Run::advance`].
    pub async fn finish(&mut self) -> Result<(), RunError> {
        while self.advance().await?.progress == Progress::More {}
        Ok(())
    }

    /// Computes some of what the pictures and the weights that have come allow, and waits until it is done:
    /// little enough that other calls can come in between.
    ///
    /// # Errors
    /// [`RunError::Engine`]; then what was to be computed is not, and may be tried again.
    pub async fn advance(&mut self) -> Result<Advance, RunError> {
        self.prepare()?;
        if !self.has_pictures() {
            return Ok(Advance { nodes: Vec::new(), progress: Progress::Idle });
        }
        let limit = match &self.engine {
            Engine::Gpu(engine) if !engine.adapter().software => SLICE * 16,
            Engine::Gpu(_) | Engine::Cpu(_) => SLICE,
        };
        let (steps, pictures) = (&self.plan.steps, self.batch() as u64);
        let batch = self.schedule.next(|step| steps[step].macs * pictures, limit);
        for run in batch.steps.chunk_by(|a, b| a + 1 == *b) {
            self.compute(run)?;
        }
        self.engine.finish().await?;
        self.schedule.computed(&batch.steps);
        let graph = self.network.graph();
        let nodes: Vec<NodeId> = (graph.ids())
            .filter(|id| !self.told[id.0] && self.plan.view(*id).is_some() && self.available(*id))
            .collect();
        nodes.iter().for_each(|node| self.told[node.0] = true);
        self.progress = if batch.more {
            Progress::More
        } else if self.network.params().is_complete() || self.schedule.is_done() {
            Progress::Done
        } else {
            Progress::Waiting
        };
        Ok(Advance { nodes, progress: self.progress })
    }

    /// Has consecutive steps computed; those whose value is replaced are given it.
    pub(super) fn compute(&mut self, steps: &[usize]) -> Result<(), RunError> {
        let (mut first, end) = (steps[0], steps[steps.len() - 1] + 1);
        for step in steps {
            let stored = self.plan.steps[*step].stored();
            let Some(value) = stored.and_then(|node| self.interventions.replacement(node)) else { continue };
            self.engine.run(first..*step)?;
            let view = *self.plan.steps[*step].output();
            for picture in 0..self.engine.batch() {
                self.engine.write_input(&view, picture, value)?;
            }
            first = step + 1;
        }
        Ok(self.engine.run(first..end)?)
    }

    /// Has computed steps computed again, to measure them.
    pub(crate) async fn repeat(&mut self, step: usize, times: u32) -> Result<(), RunError> {
        for _ in 0..times {
            self.engine.run(step..step + 1)?;
        }
        Ok(self.engine.finish().await?)
    }
}
