//! What does each branch of each module add to the answer? Gradient times activation, summed up by channel and by
//! branch: one run forward and one backward for the whole network.

use super::removal::{ends, stored};
use super::{ExplainError, Gradients, Objective, Target};
use crate::net::{Graph, LaneRole, ModuleKind, NodeId, Op};
use crate::plan::ReluRule;
use crate::run::{Activation, Run};
use serde::Serialize;

/// What the modules on the way to a target add to it, in the network's order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Branches {
    /// The target.
    pub value: f64,
    /// Those whose output the target depends on.
    pub modules: Vec<ModuleShare>,
}

/// What a module's output adds to a target: its values times their gradient, summed up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModuleShare {
    /// The module.
    pub module: String,
    /// Of its whole output.
    pub sum: f64,
    /// `value − sum`. Where nothing follows but convolutions, ReLUs, pools and batch norms, this is exactly what
    /// biases and batch norms' shifts after the module add; behind the last concatenation, the classifier's bias.
    pub biases: f64,
    /// By branch. Those of a concatenation add up to `sum`; so do those of a residual block, but for the bias of a
    /// layer that joins its branches.
    pub lanes: Vec<LaneShare>,
    /// By channel of the output; they add up to `sum`.
    pub channels: Vec<f64>,
}

/// What a branch adds to a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneShare {
    /// Which of the module's lanes.
    pub lane: usize,
    /// The branch, as the paper names it.
    pub label: String,
    /// What it adds.
    pub share: f64,
}

impl Branches {
    /// A module's shares.
    pub fn of(&self, module: &str) -> Option<&ModuleShare> {
        self.modules.iter().find(|of| of.module == module)
    }
}

impl Target {
    /// What each branch of each module adds to the target, for the selected picture of a run.
    ///
    /// # Errors
    /// As of [`Target::objective`] and [`Gradients::new`].
    pub async fn branches(&self, run: &mut Run) -> Result<Branches, ExplainError> {
        let (picture, objective) = (run.input().await?, self.objective(run).await?);
        let graph = run.graph();
        let consumers = graph.consumers();
        let mut modules = Vec::new();
        let mut wished = vec![false; graph.nodes.len()];
        for (module, output) in outputs(graph, objective.node) {
            let lanes = graph.modules[module].lanes.iter().enumerate();
            let ends: Vec<Vec<NodeId>> = lanes
                .map(|(lane, of)| match of.role {
                    LaneRole::Branch => ends(graph, &consumers, module, lane),
                    LaneRole::Residual | LaneRole::Shortcut => Vec::new(),
                })
                .collect();
            let parts = stored(graph, output);
            parts.iter().chain(ends.iter().flatten()).for_each(|node| wished[node.0] = true);
            modules.push((module, output, parts, ends));
        }
        let nodes: Vec<NodeId> = graph.ids().filter(|node| wished[node.0]).collect();
        let Objective { node: target, factors } = &objective;
        let mut gradients = Gradients::new(run, &[*target], &nodes, ReluRule::Plain, 1).await?;
        gradients.compute(&[&picture], &[*target], |_, _| factors.clone()).await?;
        let value = gradients.value(*target, 0).await?.data;
        let value = value.iter().zip(factors).map(|(v, f)| f64::from(*v) * f64::from(*f)).sum();
        // By node.
        let mut shares = vec![Vec::new(); graph.nodes.len()];
        for node in nodes {
            shares[node.0] = products(&gradients.value(node, 0).await?, &gradients.gradient(node, 0).await?);
        }
        let mut found = Vec::with_capacity(modules.len());
        for (module, output, parts, ends) in modules {
            let of = &graph.modules[module];
            let channels: Vec<f64> = parts.iter().flat_map(|part| &shares[part.0]).copied().collect();
            let sum: f64 = channels.iter().sum();
            let shortcut = match graph.residual_sum(&of.id) {
                Some(add) => shortcut(run, &mut gradients, output, add).await?,
                None => 0.0,
            };
            let share = |lane: usize| match of.lanes[lane].role {
                LaneRole::Branch => ends[lane].iter().flat_map(|end| &shares[end.0]).sum(),
                LaneRole::Residual => sum - shortcut,
                LaneRole::Shortcut => shortcut,
            };
            let lane = |lane| LaneShare { lane, label: of.lanes[lane].label.clone(), share: share(lane) };
            let lanes = (0..of.lanes.len()).map(lane).collect();
            found.push(ModuleShare { module: of.id.clone(), sum, biases: value - sum, lanes, channels });
        }
        Ok(Branches { value, modules: found })
    }
}

/// Modules with their outputs, as far as a target depends on them and is not one of them; without what only prepares
/// the picture.
fn outputs(graph: &Graph, target: NodeId) -> Vec<(usize, NodeId)> {
    let reaches = graph.reaches(target);
    let modules = graph.modules.iter().enumerate().filter(|(_, of)| of.kind != ModuleKind::Auxiliary);
    let outputs = modules.filter_map(|(module, _)| Some((module, graph.module_output(module)?)));
    let prepares = |node: NodeId| matches!(graph.node(node).op, Op::Input(_) | Op::ChannelAffine(_));
    outputs.filter(|(_, output)| reaches[output.0] && *output != target && !prepares(*output)).collect()
}

/// What the shortcut of a residual block adds: a ReLU after the sum lets both summands through, or neither.
/// The step that adds them reads one of the two; the other's share is the rest.
async fn shortcut(
    run: &Run,
    gradients: &mut Gradients,
    output: NodeId,
    add: NodeId,
) -> Result<f64, ExplainError> {
    let mut gradient = gradients.gradient(output, 0).await?;
    let value = gradients.value(output, 0).await?;
    let sum: f64 = products(&value, &gradient).iter().sum();
    if output != add {
        let through = gradient.data.iter_mut().zip(&value.data);
        through.filter(|(_, value)| **value == 0.0).for_each(|(gradient, _)| *gradient = 0.0);
    }
    let change = run.plan().step_of(output).map(|step| run.change(step)).unwrap_or_default();
    let inputs = &run.graph().node(add).inputs;
    let reads_shortcut = run.plan().view(inputs[1]).is_some();
    let read = products(&gradients.value(inputs[usize::from(reads_shortcut)], 0).await?, &gradient);
    let gain = |channel: usize| change.gain.map_or(1.0, |gain| f64::from(gain[channel]));
    let read: f64 = read.iter().enumerate().map(|(channel, share)| gain(channel) * share).sum();
    Ok(if reads_shortcut { read } else { sum - f64::from(run.residual_scale(add)) * read })
}

/// Values times their gradient, summed up over each channel's map.
pub(super) fn products(value: &Activation, gradient: &Activation) -> Vec<f64> {
    let area = value.shape.area();
    let maps = value.data.chunks(area).zip(gradient.data.chunks(area));
    maps.map(|(a, g)| a.iter().zip(g).map(|(a, g)| f64::from(*a) * f64::from(*g)).sum()).collect()
}
