//! Class activation maps (Zhou et al. 2016, arXiv 1512.04150): where in the last map a class's logit comes from.
//! Exact where nothing but linear layers follow the global average pool, as the logit is then a sum over the
//! places of the last map.

use super::target::mean;
use super::{ExplainError, Heatmap, Target};
use crate::net::{NodeId, Op};
use crate::plan::Affine;
use crate::run::{Run, RunError};
use serde::Serialize;

/// Where a logit comes from. The mean of the map plus the bias is the logit.
#[derive(Clone, Debug)]
pub struct ClassMap {
    /// The last node before the pool.
    pub node: String,
    /// At the resolution of that node. Units of the logit: each place's value is what the logit would be,
    /// without the bias, if all places were like it.
    pub map: Heatmap,
    /// The part of the logit that comes from biases: the same for every picture.
    pub bias: f64,
    /// The mean of the map.
    pub sum: f64,
    /// The target as the engine computed it.
    pub logit: f64,
    /// What each branch of the last module adds. With the bias, they add up to the logit.
    pub shares: Vec<Share>,
}

impl ClassMap {
    /// The logit less bias and sum: rounding, unless something behind the last map is changed in the run.
    pub fn difference(&self) -> f64 {
        self.logit - self.bias - self.sum
    }
}

/// What a branch adds to a logit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The branch's last node.
    pub node: String,
    /// The branch, as the paper names it; none where the map has no branches.
    pub label: Option<String>,
    /// Its channels in the last map: first, and one past the last.
    pub channels: [usize; 2],
    /// What it adds to the logit.
    pub share: f64,
}

/// A target as a linear function of the means of the last map's channels.
struct Linear {
    /// The last map.
    map: NodeId,
    /// One factor a channel.
    row: Vec<f64>,
    bias: f64,
}

impl Run {
    /// The class activation map of a class, or of one class rather than another, for the selected picture.
    ///
    /// # Errors
    /// [`ExplainError::NotAClass`] for another target, [`ExplainError::Head`] if the network's head is not
    /// linear; as of [`Run::activation`].
    pub async fn class_map(&mut self, target: &Target) -> Result<ClassMap, ExplainError> {
        target.check(self.graph())?;
        let Linear { map, row, bias } = self.head_of(target).await?;
        let logit = target.value(self).await?;
        let value = self.value(map).await?.clone();
        let (height, width) = (value.shape.h(), value.shape.w());
        let area = height * width;
        let mut sums = vec![0.0; area];
        for (factor, channel) in row.iter().zip(value.data.chunks(area)) {
            sums.iter_mut().zip(channel).for_each(|(sum, v)| *sum += factor * f64::from(*v));
        }
        let sum = sums.iter().sum::<f64>() / area as f64;
        let means: Vec<f64> = value.data.chunks(area).map(mean).collect();
        let shares = self.shares(map, &row, &means).await?;
        let data = sums.into_iter().map(|v| v as f32).collect();
        let node = self.name(map);
        Ok(ClassMap { node, map: Heatmap { height, width, data }, bias, sum, logit, shares })
    }

    /// What the last map's branches add: those of a concatenation or, where no ReLU follows it, of a sum.
    async fn shares(&mut self, map: NodeId, row: &[f64], means: &[f64]) -> Result<Vec<Share>, ExplainError> {
        let node = self.graph().node(map).clone();
        let add = |means: &[f64], from: usize| -> f64 {
            row[from..].iter().zip(means).map(|(factor, mean)| factor * mean).sum()
        };
        let mut shares = Vec::new();
        let mut first = 0;
        match &node.op {
            Op::Concat => {
                for input in node.inputs {
                    let end = first + self.graph().node(input).shape.c();
                    shares.push(self.share(input, [first, end], add(&means[first..end], first)));
                    first = end;
                }
            }
            Op::Add(_) => {
                let scale = f64::from(self.residual_scale(map));
                for (input, scale) in node.inputs.iter().zip([scale, 1.0]) {
                    let value = self.value(*input).await?;
                    let means: Vec<f64> = value.data.chunks(value.shape.area()).map(mean).collect();
                    shares.push(self.share(*input, [0, row.len()], scale * add(&means, 0)));
                }
            }
            _ => shares.push(self.share(map, [0, row.len()], add(means, 0))),
        }
        Ok(shares)
    }

    fn share(&self, node: NodeId, channels: [usize; 2], share: f64) -> Share {
        let of = self.graph().node(node);
        let label = of.lane.map(|lane| self.graph().modules[of.module].lanes[lane].label.clone());
        Share { node: of.id.clone(), label, channels, share }
    }

    /// From the logits back to the last map.
    async fn head_of(&mut self, target: &Target) -> Result<Linear, ExplainError> {
        let network = self.network().clone();
        let graph = network.graph();
        let classes = target.classes();
        if classes.is_empty() {
            return Err(ExplainError::NotAClass);
        }
        let (mut node, mut bias) = (graph.logits, 0.0);
        let mut row = vec![0.0; graph.classes()];
        classes.iter().for_each(|(class, factor)| row[*class] += factor);
        loop {
            let of = graph.node(node);
            let affine = match &of.op {
                Op::GlobalAvgPool => return Ok(Linear { map: of.inputs[0], row, bias }),
                Op::Linear(_) => Affine::Bias(node),
                Op::BatchNorm(_) => Affine::BatchNorm(node),
                op => return Err(ExplainError::Head { node: of.id.clone(), op: op.name() }),
            };
            if !network.params().has(graph, node) {
                return Err(self.missing(node).into());
            }
            {
                let params = network.params();
                for (channel, factor) in row.iter_mut().enumerate() {
                    let (scale, shift) = affine.at(graph, channel, &|node, suffix| params.get(node, suffix));
                    bias += *factor * shift;
                    *factor *= scale;
                }
            }
            if let (Op::Linear(linear), Some(layout)) = (&of.op, network.layout(node)) {
                let weights = self.engine_mut().read_weights(node).await.map_err(RunError::from)?;
                let mut inputs = vec![0.0; linear.in_features];
                for (output, factor) in row.iter().enumerate().filter(|(_, factor)| **factor != 0.0) {
                    for (input, sum) in inputs.iter_mut().enumerate() {
                        *sum += factor * f64::from(weights[layout.index(output, input, 0)]);
                    }
                }
                row = inputs;
            }
            node = of.inputs[0];
        }
    }
}
