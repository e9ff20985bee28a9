//! Attributions: how much each value of the input speaks for a target, by its gradient.

use super::branches::products;
use super::target::mean;
use super::{Done, ExplainError, GradientError, Gradients, Heatmap, Target};
use crate::engine::Engine;
use crate::net::{Graph, NodeId, Op, Shape};
use crate::plan::ReluRule;
use crate::run::{Activation, Run, RunError};
use crate::weights::recipe;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Pictures of one batch on a GPU. A CPU gains nothing by several, and they take memory.
const BATCH: usize = 4;

/// Which attribution.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// The gradient itself: how the target changes with each value.
    Gradient,
    /// Input times gradient.
    InputTimesGradient,
    /// The mean gradient of noisy copies of the input (arXiv 1706.03825).
    SmoothGrad {
        /// How many copies.
        samples: usize,
        /// Standard deviation of the noise, as a share of the input's range (largest minus least value).
        sigma: f32,
        /// The same seed yields the same noise.
        seed: u64,
    },
    /// The gradient's mean on the straight way from a baseline to the input, times their difference
    /// (arXiv 1703.01365), by the midpoint rule. Its values add up to the target's difference.
    Integrated {
        /// Points on the way.
        steps: usize,
        /// Where the way begins.
        baseline: Baseline,
    },
    /// Guided backpropagation (arXiv 1412.6806): negative gradients are dropped at each ReLU. It shows edges of
    /// what is there rather than what the target rests on.
    Guided,
}

/// Where the way begins: an input that shows nothing, or something else.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Baseline {
    /// Zeros: the colour that the profile subtracts.
    #[default]
    Zero,
    /// Black.
    Black,
    /// The mean colour of the picture.
    Mean,
    /// The picture itself, blurred: each value is the mean of its surroundings, an eighth of the picture's width
    /// in each direction.
    Blurred,
    /// Another picture, C,H,W: what differs from it counts.
    Picture(Arc<[f32]>),
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "zero",
            Self::Black => "black",
            Self::Mean => "mean",
            Self::Blurred => "blurred",
            Self::Picture(_) => "photo",
        })
    }
}

impl FromStr for Baseline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "zero" => Ok(Self::Zero),
            "black" => Ok(Self::Black),
            "mean" => Ok(Self::Mean),
            "blurred" => Ok(Self::Blurred),
            _ => Err(format!("no baseline '{text}'; there is zero, black, mean, blurred")),
        }
    }
}

impl Baseline {
    /// The baseline of a picture, C,H,W.
    pub fn of(&self, graph: &Graph, picture: &[f32]) -> Vec<f32> {
        let shape = graph.node(graph.input).shape;
        let area = shape.area();
        match self {
            Self::Zero => vec![0.0; picture.len()],
            Self::Black => {
                let normalize = graph.profile.normalize();
                let black = |c: usize| (-normalize.mean[c % 3] / normalize.std[c % 3]) as f32;
                (0..picture.len()).map(|i| black(i / area)).collect()
            }
            Self::Mean => picture.chunks(area).flat_map(|map| vec![mean(map) as f32; area]).collect(),
            Self::Blurred => picture.chunks(area).flat_map(|map| blurred(map, shape)).collect(),
            Self::Picture(other) => other.to_vec(),
        }
    }
}

/// Means of squares around each value, cut at the edges; by sums of everything above and left.
fn blurred(map: &[f32], shape: Shape) -> Vec<f32> {
    let (h, w, radius) = (shape.h(), shape.w(), (shape.w() / 8).max(1));
    let mut sums = vec![0.0_f64; (h + 1) * (w + 1)];
    for y in 0..h {
        for x in 0..w {
            let at = (y + 1) * (w + 1) + x + 1;
            sums[at] = f64::from(map[y * w + x]) + sums[at - 1] + sums[at - w - 1] - sums[at - w - 2];
        }
    }
    let mut out = Vec::with_capacity(map.len());
    for y in 0..h {
        for x in 0..w {
            let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(h));
            let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(w));
            let sum = |y: usize, x: usize| sums[y * (w + 1) + x];
            let all = sum(bottom, right) - sum(top, right) - sum(bottom, left) + sum(top, left);
            out.push((all / ((bottom - top) * (right - left)) as f64) as f32);
        }
    }
    out
}

/// A number that a network makes of a picture: the sum of a node's values, each times a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The node.
    pub node: NodeId,
    /// One factor a value, C,H,W: also the gradient of the number with respect to the node.
    pub factors: Vec<f32>,
}

/// How much each value of the input speaks for a target.
#[derive(Clone, Debug)]
pub struct Attribution {
    /// As the input, C,H,W.
    pub values: Activation,
    /// Of methods that are complete: by how much the target is above its value at the baseline. The values add
    /// up to it, but for what the steps miss.
    pub difference: Option<f64>,
}

impl Attribution {
    /// What the values add up to.
    pub fn sum(&self) -> f64 {
        self.values.data.iter().map(|v| f64::from(*v)).sum()
    }

    /// One value a pixel: the largest of its channels by size.
    pub fn map(&self) -> Heatmap {
        let shape = self.values.shape;
        let area = shape.area();
        let channels = || self.values.data.chunks(area);
        let data = (0..area).map(|i| channels().map(|map| map[i].abs()).fold(0.0, f32::max)).collect();
        Heatmap { height: shape.h(), width: shape.w(), data }
    }
}

impl Method {
    /// Attributes an objective to a picture, C,H,W as the network's first node is.
    ///
    /// # Errors
    /// As of [`Attributing::new`] and [`Attributing::advance`].
    pub async fn attribute(
        self,
        run: &Run,
        objective: &Objective,
        picture: &[f32],
    ) -> Result<Attribution, GradientError> {
        let mut attributing = Attributing::new(run, self, objective.clone(), picture.to_vec()).await?;
        while !attributing.advance().await?.is_all() {}
        Ok(attributing.attribution())
    }

    /// How many inputs' gradients are added up.
    fn inputs(&self) -> usize {
        match self {
            Self::SmoothGrad { samples: n, .. } | Self::Integrated { steps: n, .. } => *n.max(&1),
            Self::Gradient | Self::InputTimesGradient | Self::Guided => 1,
        }
    }
}

/// An attribution that is made input by input, in buffers of its own.
///
/// Call [`Attributing::advance`] until all are done; [`Attributing::attribution`] can be drawn in between. To
/// cancel, drop it.
#[derive(Debug)]
pub struct Attributing {
    gradients: Gradients,
    method: Method,
    objective: Objective,
    /// The node of the picture, which is C,H,W.
    input: NodeId,
    shape: Shape,
    picture: Vec<f32>,
    /// Of [`Method::Integrated`], where the way begins; else empty.
    baseline: Vec<f32>,
    /// Inputs that are computed at once.
    batch: usize,
    /// Of the gradients of the inputs that are done.
    sum: Vec<f64>,
    done: usize,
    difference: Option<f64>,
}

impl Attributing {
    /// Of a picture, C,H,W as the network's first node is, with the changes that are in force in a run.
    ///
    /// # Errors
    /// As of [`Gradients::new`].
    pub async fn new(
        run: &Run,
        method: Method,
        objective: Objective,
        picture: Vec<f32>,
    ) -> Result<Self, GradientError> {
        let rule = if method == Method::Guided { ReluRule::Guided } else { ReluRule::Plain };
        let batch = if matches!(run.engine(), Engine::Cpu(_)) { 1 } else { method.inputs().min(BATCH) };
        let graph = run.graph();
        let (input, shape) = (graph.input, graph.node(graph.input).shape);
        let gradients = Gradients::new(run, &[objective.node], &[input], rule, batch).await?;
        let baseline = match &method {
            Method::Integrated { baseline, .. } => baseline.of(graph, &picture),
            _ => Vec::new(),
        };
        let sum = vec![0.0; picture.len()];
        let (done, difference) = (0, None);
        Ok(Self {
            gradients,
            method,
            objective,
            input,
            shape,
            picture,
            baseline,
            batch,
            sum,
            done,
            difference,
        })
    }

    /// Computes a few more inputs. Tells how many are done.
    ///
    /// # Errors
    /// As of [`Gradients::compute`].
    pub async fn advance(&mut self) -> Result<Done, GradientError> {
        let next = self.done..self.method.inputs().min(self.done + self.batch);
        if next.is_empty() {
            return Ok(self.done());
        }
        let inputs: Vec<Vec<f32>> = next.clone().map(|index| self.input(index)).collect();
        let pictures: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let Objective { node, factors } = &self.objective;
        self.gradients.compute(&pictures, &[*node], |_, _| factors.clone()).await?;
        for picture in 0..inputs.len() {
            let gradient = self.gradients.gradient(self.input, picture).await?.data;
            self.sum.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += f64::from(*g));
        }
        if next.end == self.method.inputs() && !self.baseline.is_empty() {
            let Self { gradients, objective, picture, baseline, .. } = self;
            let end = value(gradients, objective, picture).await?;
            let start = value(gradients, objective, baseline).await?;
            self.difference = Some(end - start);
        }
        self.done = next.end;
        Ok(self.done())
    }

    /// What it makes.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// How many inputs are done.
    pub fn done(&self) -> Done {
        Done { done: self.done, of: self.method.inputs() }
    }

    /// Of the inputs that are done; zeros before the first.
    pub fn attribution(&self) -> Attribution {
        let count = self.done.max(1) as f64;
        let mean = self.sum.iter().map(|sum| (sum / count) as f32);
        let data = match self.method {
            Method::InputTimesGradient => mean.zip(&self.picture).map(|(g, x)| g * x).collect(),
            Method::Integrated { .. } => {
                let way = self.picture.iter().zip(&self.baseline);
                mean.zip(way).map(|(g, (end, start))| g * (end - start)).collect()
            }
            Method::Gradient | Method::Guided | Method::SmoothGrad { .. } => mean.collect(),
        };
        Attribution { values: Activation { shape: self.shape, data }, difference: self.difference }
    }

    /// One of the inputs whose gradients are added up.
    fn input(&self, index: usize) -> Vec<f32> {
        let picture = &self.picture;
        match self.method {
            Method::Gradient | Method::InputTimesGradient | Method::Guided => picture.clone(),
            Method::SmoothGrad { sigma, seed, .. } => {
                let least = picture.iter().copied().fold(f32::INFINITY, f32::min);
                let most = picture.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let name = format!("smoothgrad.{index}");
                let noise = recipe::normals(&name, seed);
                picture.iter().zip(noise).map(|(x, n)| x + n as f32 * sigma * (most - least)).collect()
            }
            Method::Integrated { steps, .. } => {
                let share = (index as f32 + 0.5) / steps.max(1) as f32;
                self.baseline.iter().zip(picture).map(|(a, b)| a + share * (b - a)).collect()
            }
        }
    }
}

/// An objective's value for an input.
async fn value(
    gradients: &mut Gradients,
    objective: &Objective,
    input: &[f32],
) -> Result<f64, GradientError> {
    gradients.evaluate(&[input.to_vec()]).await?;
    let value = gradients.value(objective.node, 0).await?.data;
    Ok(value.iter().zip(&objective.factors).map(|(v, f)| f64::from(*v) * f64::from(*f)).sum())
}

/// What each channel of some nodes speaks for or against an objective: gradient times activation, summed up over
/// its map. Over all channels of the last concat before a global average pool and a linear layer this is the
/// logit minus its bias; over a branch's channels it is the branch's share.
///
/// # Errors
/// As of [`Gradients::new`]: nodes must be recorded, and the objective must depend on them.
pub async fn channel_shares(
    run: &Run,
    objective: &Objective,
    nodes: &[NodeId],
    picture: &[f32],
) -> Result<Vec<Vec<f64>>, GradientError> {
    let both = both(run, objective, nodes, picture).await?;
    Ok(both.iter().map(|(value, gradient)| products(value, gradient)).collect())
}

/// Grad-CAM (arXiv 1610.02391) at a node: its channels, each times the mean of its gradient, summed up; without
/// what speaks against the objective. H,W, row by row.
///
/// # Errors
/// As of [`channel_shares`].
pub async fn grad_cam(
    run: &Run,
    objective: &Objective,
    node: NodeId,
    picture: &[f32],
) -> Result<Vec<f32>, GradientError> {
    let both = both(run, objective, &[node], picture).await?;
    let mut map = vec![0.0_f64; both.first().map_or(0, |(value, _)| value.shape.area())];
    for (value, gradient) in &both {
        let area = value.shape.area();
        for (values, gradients) in value.data.chunks(area).zip(gradient.data.chunks(area)) {
            let weight = gradients.iter().map(|g| f64::from(*g)).sum::<f64>() / area as f64;
            map.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
    }
    Ok(map.into_iter().map(|v| v.max(0.0) as f32).collect())
}

impl Target {
    /// Grad-CAM of the selected picture at a layer, and the layer's name; by default where it is the class activation
    /// map without its negative part.
    ///
    /// # Errors
    /// As of [`Target::objective`] and [`grad_cam`]; [`ExplainError::Run`] if there is no such layer.
    pub async fn grad_cam(
        &self,
        run: &mut Run,
        layer: Option<&str>,
    ) -> Result<(String, Heatmap), ExplainError> {
        let node = match layer {
            Some(layer) => run.graph().find(layer).map_err(RunError::from)?,
            None => last_map(run.graph()),
        };
        run.view(node).await?; // a node that was fused away has a gradient once it is recorded
        let (picture, objective) = (run.input().await?, self.objective(run).await?);
        let data = grad_cam(run, &objective, node, &picture).await?;
        let of = run.graph().node(node);
        Ok((of.id.clone(), Heatmap { height: of.shape.h(), width: of.shape.w(), data }))
    }
}

/// What the global average pool before the logits reads; without such a pool, the logits.
pub(super) fn last_map(graph: &Graph) -> NodeId {
    let mut node = graph.logits;
    loop {
        let of = graph.node(node);
        match (&of.op, of.inputs.first()) {
            (Op::GlobalAvgPool, Some(input)) => return *input,
            (_, Some(input)) => node = *input,
            (_, None) => return graph.logits,
        }
    }
}

/// Values of nodes and their gradients.
async fn both(
    run: &Run,
    objective: &Objective,
    nodes: &[NodeId],
    picture: &[f32],
) -> Result<Vec<(Activation, Activation)>, GradientError> {
    let mut gradients = Gradients::new(run, &[objective.node], nodes, ReluRule::Plain, 1).await?;
    gradients.compute(&[picture], &[objective.node], |_, _| objective.factors.clone()).await?;
    let mut both = Vec::with_capacity(nodes.len());
    for node in nodes {
        both.push((gradients.value(*node, 0).await?, gradients.gradient(*node, 0).await?));
    }
    Ok(both)
}
