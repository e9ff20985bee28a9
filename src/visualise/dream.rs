//! DeepDream: a layer makes more of what it finds in a photo, from coarse to fine.

use super::sizes::Sizes;
use super::{Objective, Picture, VisualiseError};
use crate::explain::Done;
use crate::net::zoo::SIZES;
use crate::plan::ReluRule;
use crate::run::Network;
use crate::weights::recipe;

/// How much of a dream. The default is that of DeepDream's notebook.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DreamOptions {
    /// Steps at each size.
    pub iterations: usize,
    /// Sizes; fewer where the network cannot run at the smallest ones.
    pub octaves: usize,
    /// From one size to the next.
    pub scale: f64,
    /// How far a step goes: the mean change of a value, of 255.
    pub strength: f64,
    /// By how many pixels at most the picture is rolled before a step, in each direction.
    pub jitter: usize,
    /// The same seed yields the same rolls.
    pub seed: u64,
}

impl Default for DreamOptions {
    fn default() -> Self {
        Self { iterations: 10, octaves: 4, scale: 1.4, strength: 1.5, jitter: 32, seed: 0 }
    }
}

/// A dream, step by step. Call [`Dream::advance`] until all are done.
#[derive(Debug)]
pub struct Dream {
    options: DreamOptions,
    sizes: Sizes,
    /// The photo at each size, the smallest first.
    octaves: Vec<Picture>,
    picture: Picture,
    values: Vec<f64>,
}

impl Dream {
    /// Of a photo, with the weights that a network has by now.
    ///
    /// # Errors
    /// [`VisualiseError::NoPhoto`] or [`VisualiseError::Alone`] if the objective compares with other pictures.
    pub fn new(
        network: Network,
        objective: Objective,
        options: DreamOptions,
        photo: Picture,
    ) -> Result<Self, VisualiseError> {
        if objective.compares() {
            return Err(VisualiseError::NoPhoto);
        }
        if objective.differs() {
            return Err(VisualiseError::Alone);
        }
        let mut octaves = vec![photo];
        while octaves.len() < options.octaves {
            let Some(last) = octaves.last() else { break };
            let size = (last.size as f64 / options.scale).round() as usize;
            if size < *SIZES.start() || size >= last.size {
                break;
            }
            octaves.push(last.zoomed(size));
        }
        octaves.reverse();
        let picture = octaves[0].clone();
        let sizes = Sizes::new(network, objective, ReluRule::Plain, 1);
        Ok(Self { options, sizes, octaves, picture, values: Vec::new() })
    }

    /// Takes a step.
    ///
    /// # Errors
    /// As of [`super::Visualisation::advance`].
    pub async fn advance(&mut self) -> Result<Done, VisualiseError> {
        let step = self.values.len();
        let DreamOptions { iterations, jitter, seed, strength, .. } = self.options;
        if step == iterations * self.octaves.len() {
            return Ok(self.done());
        }
        let octave = step / iterations;
        let base = &self.octaves[octave];
        let mut picture = self.picture.clone();
        if picture.size != base.size {
            let before = &self.octaves[octave - 1].data;
            picture.data.iter_mut().zip(before).for_each(|(value, base)| *value -= base);
            picture = picture.zoomed(base.size);
            picture.data.iter_mut().zip(&base.data).for_each(|(value, base)| *value += base);
        }
        let by = rolls(step, jitter, seed);
        let mut seen = picture.rolled(by);
        let (value, gradients) = self.sizes.compute(std::slice::from_ref(&seen), None).await?;
        let gradient = &gradients[0];
        let mean = gradient.data.iter().map(|g| f64::from(g.abs())).sum::<f64>() / gradient.data.len() as f64;
        if !mean.is_finite() {
            return Err(VisualiseError::NotFinite { steps: step });
        }
        if mean > 0.0 {
            let rate = (strength / 255.0 / mean) as f32;
            let all = seen.data.iter_mut().zip(&gradient.data);
            all.for_each(|(value, g)| *value = (*value + rate * g).clamp(0.0, 1.0));
        }
        self.picture = seen.rolled(by.map(|by| -by));
        self.values.push(value);
        Ok(self.done())
    }

    /// How many steps are done.
    pub fn done(&self) -> Done {
        Done { done: self.values.len(), of: self.options.iterations * self.octaves.len() }
    }

    /// As it is now: smaller than the photo until the last octave.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The objective's value before each step; sizes have values of their own.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// Down and right.
fn rolls(step: usize, jitter: usize, seed: u64) -> [i64; 2] {
    let mut random = recipe::stream(&format!("dream.{step}"), seed);
    let mut roll = || (random.next().unwrap_or_default() % (2 * jitter as u64 + 1)) as i64 - jitter as i64;
    [roll(), roll()]
}
