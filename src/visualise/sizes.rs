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
    /// The newest last.
    made: Vec<(usize, Gradients)>,
}

impl Sizes {
    pub(super) fn new(network: Network, objective: Objective, rule: ReluRule) -> Self {
        let normalize = network.graph().profile.normalize();
        Self { network, objective, rule, normalize, made: Vec::new() }
    }

    /// From now on with another rule.
    pub(super) fn set_rule(&mut self, rule: ReluRule) {
        if self.rule != rule {
            self.rule = rule;
            self.made.clear();
        }
    }

    /// The objective's value for a picture, and the gradient of the picture. `given` is what an objective compares with.
    pub(super) async fn compute(
        &mut self,
        picture: &Picture,
        given: Option<&Picture>,
    ) -> Result<(f64, Picture), VisualiseError> {
        self.make(picture.size).await?;
        let Some((_, gradients)) = self.made.last_mut() else { return Err(VisualiseError::NoPhoto) };
        let (objective, normalize) = (&self.objective, &self.normalize);
        let nodes = objective.nodes();
        let mut values: [Vec<Activation>; 2] = [Vec::new(), Vec::new()];
        for (picture, values) in [given, Some(picture)].into_iter().zip(&mut values) {
            let Some(picture) = picture else { continue };
            gradients.evaluate(&picture.normalized(normalize)).await?;
            for node in &nodes {
                values.push(gradients.value(*node, 0).await?);
            }
        }
        let [given, values] = values;
        let (value, seeds) = objective.evaluate(&values, &given);
        let seeds: Vec<_> = nodes.into_iter().zip(seeds).collect();
        gradients.pull(&seeds).await?;
        let input = self.network.graph().input;
        let gradient = gradients.gradient(input, 0).await?;
        Ok((value, Picture::gradient(&gradient.data, picture.size, normalize)))
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
        let made = Gradients::unchanged(network, &nodes, &[input], self.rule).await?;
        self.made.push((size, made));
        let bytes = |made: &[(usize, Gradients)]| made.iter().map(|(_, made)| made.bytes()).sum::<usize>();
        while self.made.len() > 1 && bytes(&self.made) > KEPT {
            self.made.remove(0);
        }
        Ok(())
    }
}
