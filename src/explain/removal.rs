//! What is each branch worth, or each channel of a module? Removed one after the other, the target's fall says how
//! much rests on it. Beside it stands what it adds by its gradient.

use super::target::Target;
use super::{Branches, Done, ExplainError, GradientError, ModuleShare, rank_correlation};
use crate::net::{Graph, GraphError, LaneRole, ModuleKind, NodeId, Op};
use crate::run::{Interventions, Progress, Run, RunError, largest_first};
use serde::Serialize;

/// What a branch is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Removed {
    /// The module.
    pub module: String,
    /// Which of its lanes; none of a channel of none.
    pub lane: Option<usize>,
    /// The branch, as the paper names it.
    pub label: String,
    /// The channel of the module's output, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<usize>,
    /// What it adds by gradient times activation ([`Branches`]); none where no gradient goes through.
    pub share: Option<f64>,
    /// The target without the branch.
    pub value: f64,
    /// How much the target falls: above 0 where the branch speaks for it.
    pub drop: f64,
}

/// A branch, and what is set to 0 to remove it.
#[derive(Clone, Debug, PartialEq)]
struct Branch {
    module: usize,
    lane: Option<usize>,
    /// Nodes whose values are muted; of a residual branch, the block.
    nodes: Vec<String>,
    /// One channel only: of the module's output, and of the node.
    channel: Option<[usize; 2]>,
}

/// All branches of all modules are removed in turn, in a run of its own. Of each run only what depends on the
/// branch is computed again.
///
/// Call [`Removal::advance`] until all are done. To cancel, drop it.
#[derive(Debug)]
pub struct Removal {
    run: Run,
    target: Target,
    /// What is changed all the while.
    changes: Interventions,
    branches: Vec<Branch>,
    shares: Option<Branches>,
    /// The target with all branches, once it is known.
    whole: Option<f64>,
    removed: Vec<Removed>,
}

impl Removal {
    /// Of the selected picture of a run, with the changes that are in force there: of all branches or, if a module is
    /// named, of its channels.
    ///
    /// # Errors
    /// [`ExplainError::Run`] if there is none of that name; as of [`Target::branches`] and [`Run::begin`].
    pub async fn new(run: &mut Run, target: Target, module: Option<&str>) -> Result<Self, ExplainError> {
        target.check(run.graph())?;
        let module = module.map(|id| find_module(run.graph(), id)).transpose()?;
        let shares = match target.branches(run).await {
            Ok(shares) => Some(shares),
            Err(ExplainError::Gradient(GradientError::Replaced { .. })) => None,
            Err(error) => return Err(error),
        };
        let graph = run.graph();
        let branches = match module {
            Some(module) => {
                let shares = shares.as_ref().and_then(|shares| shares.of(&graph.modules[module].id));
                channels(graph, module, shares)
            }
            None => branches(graph),
        };
        let (run, _) = run.twin().await?;
        let changes = run.changes().clone();
        Ok(Self { run, target, changes, branches, shares, whole: None, removed: Vec::new() })
    }

    /// Computes a little more: no longer than [`Run::advance`] takes. Tells how many branches are done.
    ///
    /// # Errors
    /// As of [`Run::advance`] and [`Target::values`].
    pub async fn advance(&mut self) -> Result<Done, ExplainError> {
        if self.done().is_all() || self.run.advance().await?.progress == Progress::More {
            return Ok(self.done());
        }
        let value = self.target.values(&mut self.run).await?[0];
        if let Some(whole) = self.whole {
            let Branch { module, lane, channel, .. } = self.branches[self.removed.len()];
            let of = &self.run.graph().modules[module];
            let label = lane.map_or_else(String::new, |lane| of.lanes[lane].label.clone());
            let channel = channel.map(|[channel, _]| channel);
            let shares = self.shares.as_ref().and_then(|shares| shares.of(&of.id));
            let share = shares.and_then(|shares| match channel {
                Some(channel) => shares.channels.get(channel).copied(),
                None => shares.lanes.iter().find(|of| Some(of.lane) == lane).map(|of| of.share),
            });
            let (module, drop) = (of.id.clone(), whole - value);
            self.removed.push(Removed { module, lane, label, channel, share, value, drop });
        } else {
            self.whole = Some(value);
        }
        self.run.set_interventions(&self.changes);
        if let Some(next) = self.branches.get(self.removed.len()) {
            for node in &next.nodes {
                if let Some([_, channel]) = next.channel {
                    self.run.multiply(node, &[channel], 0.0).await?;
                    continue;
                }
                self.run.restore(node)?;
                self.run.scale(node, 0.0).await?;
            }
        }
        Ok(self.done())
    }

    /// How many branches are done.
    pub fn done(&self) -> Done {
        Done { done: self.removed.len(), of: self.branches.len() }
    }

    /// The target with all branches, once it is known.
    pub fn whole(&self) -> Option<f64> {
        self.whole
    }

    /// Whether falls and shares of those that are done are in the same order; none where that cannot be said.
    pub fn correlation(&self) -> Option<f64> {
        let shares: Option<Vec<f64>> = self.removed.iter().map(|removed| removed.share).collect();
        let drops: Vec<f64> = self.removed.iter().map(|removed| removed.drop).collect();
        rank_correlation(&shares?, &drops)
    }

    /// Those that are done: branches in the network's order, channels by size of their shares.
    pub fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// Those that are done, the one that the target rests on most first.
    pub fn ranking(&self) -> Vec<&Removed> {
        let order = largest_first(self.removed.iter().map(|removed| removed.drop));
        order.into_iter().map(|index| &self.removed[index]).collect()
    }
}

/// The module of that name, if channels can be removed from it.
///
/// # Errors
/// [`ExplainError::Run`] if there is none.
fn find_module(graph: &Graph, id: &str) -> Result<usize, ExplainError> {
    let found = graph.modules.iter().position(|of| of.id == id && of.kind != ModuleKind::Auxiliary);
    let error = || GraphError::NoNode { network: graph.network.to_owned(), found: id.to_owned(), near: None };
    found.ok_or_else(|| RunError::from(error()).into())
}

/// The branches that can be removed. An identity shortcut is none: its value is also the residual branch's input.
fn branches(graph: &Graph) -> Vec<Branch> {
    let consumers = graph.consumers();
    let mut branches = Vec::new();
    for (module, of) in graph.modules.iter().enumerate() {
        if of.kind == ModuleKind::Auxiliary || of.lanes.len() < 2 {
            continue;
        }
        for (lane, about) in of.lanes.iter().enumerate() {
            let nodes: Vec<String> = match about.role {
                // As its residual scale: no other plan is needed for that.
                LaneRole::Residual => vec![of.id.clone()],
                _ => ends(graph, &consumers, module, lane)
                    .iter()
                    .map(|end| graph.node(*end).id.clone())
                    .collect(),
            };
            if !nodes.is_empty() {
                branches.push(Branch { module, lane: Some(lane), nodes, channel: None });
            }
        }
    }
    branches
}

/// The channels of a module's output, the one with the largest share first.
fn channels(graph: &Graph, module: usize, shares: Option<&ModuleShare>) -> Vec<Branch> {
    let Some(output) = graph.module_output(module) else { return Vec::new() };
    let shares = shares.map_or(&[][..], |shares| &shares.channels);
    let sizes = (0..graph.node(output).shape.c()).map(|c| shares.get(c).map_or(0.0, |share| share.abs()));
    let branch = |channel| {
        let (source, of_source) = graph.source(output, channel);
        let of = graph.node(source);
        let channel = Some([channel, of_source]);
        Branch { module, lane: of.lane, nodes: vec![of.id.clone()], channel }
    };
    largest_first(sizes).into_iter().map(branch).collect()
}

/// The nodes of a lane that others read, as far as they hold a value.
pub(super) fn ends(graph: &Graph, consumers: &[Vec<NodeId>], module: usize, lane: usize) -> Vec<NodeId> {
    let own = |id: NodeId| graph.node(id).module == module && graph.node(id).lane == Some(lane);
    let is_end = |id: &NodeId| own(*id) && consumers[id.0].iter().any(|reader| !own(*reader));
    let mut ends: Vec<NodeId> = graph.ids().filter(is_end).flat_map(|end| stored(graph, end)).collect();
    ends.dedup();
    ends
}

/// The nodes that hold a value: a concatenation's parts, as it has no step of its own.
pub(super) fn stored(graph: &Graph, node: NodeId) -> Vec<NodeId> {
    match graph.node(node).op {
        Op::Concat => graph.node(node).inputs.iter().flat_map(|input| stored(graph, *input)).collect(),
        _ => vec![node],
    }
}
