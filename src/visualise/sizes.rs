//! Gradients of one network for pictures of several sizes: a transformed picture has another size with every step, and no
//! network sees it resized.

use super::{Objective, Picture, VisualiseError};
use crate::engine::KEPT;
use crate::explain::{GradientError, Gradients};
use crate::net::{NodeId, Normalize};
use crate::plan::{Pins, ReluRule};
use crate::run::{Activation, Network};

/// A network at several sizes.
#[derive(Debug)]
pub(super) struct Sizes {
    network: Network,
    objective: Objective,
    rule: ReluRule,
    normalize: Normalize,
    /// Pictures at a time.
    pictures: usize,
    /// The newest last; of those before it no more than [`KEPT`] bytes, in all.
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
        let given = match given {
            Some(given) => values(gradients, &nodes, &[given.normalized(normalize)]).await?,
            None => vec![Vec::new()],
        };
        let mut seen = Vec::new();
        for picture in pictures {
            seen.push(picture.normalized(normalize));
        }
        let (value, seeds) = objective.evaluate(&values(gradients, &nodes, &seen).await?, &given[0]);
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

/// What nodes make of pictures, picture by picture.
async fn values(
    gradients: &mut Gradients,
    nodes: &[NodeId],
    pictures: &[Vec<f32>],
) -> Result<Vec<Vec<Activation>>, GradientError> {
    gradients.evaluate(pictures).await?;
    let mut values = Vec::new();
    for picture in 0..pictures.len() {
        let mut own = Vec::new();
        for node in nodes {
            own.push(gradients.value(*node, picture).await?);
        }
        values.push(own);
    }
    Ok(values)
}
