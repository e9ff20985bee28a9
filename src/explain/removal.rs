//! What is each branch worth? Removed one after the other, the target's fall says how much rests on it.

use super::target::Target;
use super::{Done, ExplainError};
use crate::net::{Graph, LaneRole, ModuleKind, NodeId, Op};
use crate::run::{Interventions, Progress, Run, largest_first};
use serde::Serialize;

/// What a branch is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Removed {
    /// The module.
    pub module: String,
    /// Which of its lanes.
    pub lane: usize,
    /// The branch, as the paper names it.
    pub label: String,
    /// The target without the branch.
    pub value: f64,
    /// How much the target falls: above 0 where the branch speaks for it.
    pub drop: f64,
}

/// A branch, and what is set to 0 to remove it.
#[derive(Clone, Debug, PartialEq)]
struct Branch {
    module: usize,
    lane: usize,
    /// Nodes whose values are muted; of a residual branch, the block.
    nodes: Vec<String>,
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
    /// The target with all branches, once it is known.
    whole: Option<f64>,
    removed: Vec<Removed>,
}

impl Removal {
    /// Of the selected picture of a run, with the changes that are in force there.
    ///
    /// # Errors
    /// As of [`Target::check`] and [`Run::begin`].
    pub async fn new(run: &mut Run, target: Target) -> Result<Self, ExplainError> {
        target.check(run.graph())?;
        let branches = branches(run.graph());
        let (run, _) = run.twin().await?;
        let changes = run.changes().clone();
        Ok(Self { run, target, changes, branches, whole: None, removed: Vec::new() })
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
            let Branch { module, lane, .. } = self.branches[self.removed.len()];
            let of = &self.run.graph().modules[module];
            let (module, label) = (of.id.clone(), of.lanes[lane].label.clone());
            self.removed.push(Removed { module, lane, label, value, drop: whole - value });
        } else {
            self.whole = Some(value);
        }
        self.run.set_interventions(&self.changes);
        if let Some(next) = self.branches.get(self.removed.len()) {
            for node in &next.nodes {
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

    /// Those that are done, in the network's order.
    pub fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// Those that are done, the one that the target rests on most first.
    pub fn ranking(&self) -> Vec<&Removed> {
        let order = largest_first(self.removed.iter().map(|removed| removed.drop));
        order.into_iter().map(|index| &self.removed[index]).collect()
    }
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
            let own = |id: NodeId| graph.node(id).module == module && graph.node(id).lane == Some(lane);
            let is_end = |id: &NodeId| own(*id) && consumers[id.0].iter().any(|reader| !own(*reader));
            let mut nodes: Vec<String> = match about.role {
                // As its residual scale: no other plan is needed for that.
                LaneRole::Residual => vec![of.id.clone()],
                _ => graph.ids().filter(is_end).flat_map(|end| stored(graph, end)).collect(),
            };
            nodes.dedup();
            if !nodes.is_empty() {
                branches.push(Branch { module, lane, nodes });
            }
        }
    }
    branches
}

/// The nodes that hold a value: a concatenation's parts, as it has no step of its own.
fn stored(graph: &Graph, node: NodeId) -> Vec<String> {
    let of = graph.node(node);
    match of.op {
        Op::Concat => of.inputs.iter().flat_map(|input| stored(graph, *input)).collect(),
        _ => vec![of.id.clone()],
    }
}
