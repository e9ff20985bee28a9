//! Gradients of one network for pictures of several sizes: a transformed picture has another size with every step, and no
//! network sees it resized.

use super::{Objective, Picture, VisualiseError};
use crate::explain::Gradients;
use crate::net::Normalize;
use crate::plan::{Pins, ReluRule};
use crate::run::{Activation, Network};

/// Bytes that may be kept of sizes that were used before. More of them are made again when they come again.
#[cfg(feature = "cli")]
const KEPT: usize = 512 << 20;
#[cfg(not(feature = "cli"))]
const KEPT: usize = 96 << 20;

/// A network at several sizes.
#[derive(Debug)]
pub(super) struct Sizes {
    network: Network,
    objective: Objective,
    rule: ReluRule,
    normalize: Normalize,
    /// Pictures at a time.
    pictures: usize,
    /// The newest last.
    made: Vec<(usize, Gradients)>,
}

impl Sizes {
    pub(super) fn new(network: Network, objective: Objective, rule: ReluRule, pictures: usize) -> Self {
        let normalize = network.graph().profile.normalize();
        Self { network, objective, rule, normalize, pictures, made: Vec::new() }
    }

    /// From now on with another rule.
    pub(super) fn set_rule(&mut self, rule: ReluRule) {
        if self.rule != rule {
            self.rule = rule;
            self.made.clear();
        }
    }

    /// The objective's value for pictures of one size, and the gradient of each. `given` is what an objective compares with.
    pub(super) async fn compute(
        &mut self,
        pictures: &[Picture],
        given: Option<&Picture>,
    ) -> Result<(f64, Vec<Picture>), VisualiseError> {
        let size = pictures[0].size;
        self.make(size).await?;
        let Some((_, gradients)) = self.made.last_mut() else { return Err(VisualiseError::NoPhoto) };
        let (objective, normalize) = (&self.objective, &self.normalize);
        let nodes = objective.nodes();
        let mut values: [Vec<Vec<Activation>>; 2] = [Vec::new(), Vec::new()];
        for (pictures, values) in
            [given.as_slice(), &pictures.iter().collect::<Vec<_>>()].into_iter().zip(&mut values)
        {
            if pictures.is_empty() {
                continue;
            }
            let seen: Vec<Vec<f32>> = pictures.iter().map(|picture| picture.normalized(normalize)).collect();
            gradients.evaluate(&seen.iter().map(Vec::as_slice).collect::<Vec<_>>()).await?;
            for picture in 0..seen.len() {
                let mut own = Vec::new();
                for node in &nodes {
                    own.push(gradients.value(*node, picture).await?);
                }
                values.push(own);
            }
        }
        let [given, values] = values;
        let (value, seeds) = objective.evaluate(&values, given.first().map_or(&[], Vec::as_slice));
        gradients.pull(&nodes, &seeds).await?;
        let input = self.network.graph().input;
        let mut all = Vec::new();
        for picture in 0..pictures.len() {
            let gradient = gradients.gradient(input, picture).await?;
            all.push(Picture::gradient(&gradient.data, size, normalize));
        }
        Ok((value, all))
    }

    /// Puts a size last.
    async fn make(&mut self, size: usize) -> Result<(), VisualiseError> {
        if let Some(at) = self.made.iter().position(|(made, _)| *made == size) {
            let found = self.made.remove(at);
            self.made.push(found);
            return Ok(());
        }
        let nodes = self.objective.nodes();
        let pins = Pins { nodes: nodes.iter().copied().collect(), ..Pins::default() };
        let network = self.network.resized(size, pins)?;
        let input = network.graph().input;
        let made = Gradients::unchanged(network, &nodes, &[input], self.rule, self.pictures).await?;
        self.made.push((size, made));
        let bytes = |made: &[(usize, Gradients)]| made.iter().map(|(_, made)| made.bytes()).sum::<usize>();
        while self.made.len() > 1 && bytes(&self.made) > KEPT {
            self.made.remove(0);
        }
        Ok(())
    }
}
