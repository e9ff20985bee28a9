//! How long does each op take?

use crate::engine::Engine;
use crate::run::{Run, RunError};
use serde::Serialize;

/// Steps that take longer alone (in milliseconds) are not repeated.
const LONG: f64 = 20.0;
const REPEATS: u32 = 4;

/// How long one step took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StepTime {
    /// The recorded node that the step stores, with which others may be fused.
    pub node: String,
    /// Milliseconds.
    pub ms: f64,
}

impl Run {
    /// Runs the steps of the last picture again, one by one, and measures each: `now` yields milliseconds.
    /// On a GPU, short steps are repeated, since the round trip takes as long as many of them.
    ///
    /// # Errors
    /// [`RunError::NotRun`] before a picture was run, [`RunError::Engine`].
    pub async fn times(&mut self, now: impl Fn() -> f64) -> Result<Vec<StepTime>, RunError> {
        let steps = self.computed();
        if steps.is_empty() {
            return Err(RunError::NotRun);
        }
        let mut times = Vec::with_capacity(steps.len());
        for index in steps {
            let mut ms = self.time(index, 1, &now).await?;
            if matches!(self.engine(), Engine::Gpu(_)) && ms < LONG {
                let more = self.time(index, 1 + REPEATS, &now).await?;
                ms = (more - ms).max(0.0) / f64::from(REPEATS);
            }
            let stored = self.plan().steps[index].stored();
            let node = stored.map(|node| self.graph().node(node).id.clone()).unwrap_or_default();
            times.push(StepTime { node, ms });
        }
        Ok(times)
    }

    /// One step, several times in a row.
    async fn time(&mut self, step: usize, repeats: u32, now: &impl Fn() -> f64) -> Result<f64, RunError> {
        let start = now();
        self.repeat(step, repeats).await?;
        Ok(now() - start)
    }
}
