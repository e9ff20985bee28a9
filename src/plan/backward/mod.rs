//! Which steps compute a gradient? From a plan, the nodes whose gradient is given and those whose
//! gradient is wished, to the steps in between, which run after the plan's own. Only what lies between is computed.
//!
//! A step's value is `gain · relu(scale · acc + shift + other · residual)`, where `acc` is what its kernel
//! yields. On the way back a step first takes the gradient through gain, ReLU and scale, then through its kernel. A value
//! that several steps read gets one contribution of each: a step adds what was there as its residual. A concat costs
//! nothing here either: the gradient of a branch is a range of channels of its concat's. Of the plan's own
//! steps only max pools change: they write the taps that their adjoints read as well.
//!
//! The adjoint of a dense convolution with stride 1 is one with mirrored kernels whose input and output channels
//! are swapped. With stride `s`, the rows that leave the remainder `a` when their position in the padded
//! input is divided by `s` see every `s`-th tap from `a` on and no others: a convolution with stride 1 again, for each pair of
//! remainders. So no product with a zero is computed.

mod maker;
mod mirrored;

pub use mirrored::Mirrored;

use super::{EpilogueValues, Plan, ReluRule, View};
use crate::net::{Graph, NodeId};
use maker::Maker;
use std::collections::HashMap;

/// A plan that goes on with the steps of a gradient.
#[derive(Clone, Debug)]
pub struct Backward {
    /// The plan, then the gradient's steps.
    pub plan: Plan,
    /// The gradient's first step.
    pub first: usize,
    /// Weights that its steps read in an order of their own.
    pub mirrored: Vec<Mirrored>,
    /// By step of the gradient: what its epilogue multiplies by.
    factors: Vec<Factor>,
    seeds: HashMap<NodeId, View>,
    gradients: HashMap<NodeId, View>,
}

/// What a step of the gradient multiplies by, channel by channel.
#[derive(Clone, Copy, Debug)]
enum Factor {
    One,
    /// A step's gain times the scale of what its kernel yields.
    Own(usize),
    /// A step's gain times the factor of its residual.
    Other(usize),
}

/// Why there is no gradient.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BackwardError {
    /// The value is not kept, so that its gradient has no place.
    #[error("{node} is fused with the ops after it; record it to get its gradient")]
    Fused {
        /// The node.
        node: String,
    },
    /// Nothing that is given depends on it.
    #[error("the target does not depend on {node}: no gradient reaches it")]
    Unreached {
        /// The node.
        node: String,
    },
}

impl crate::error::Coded for BackwardError {
    fn code(&self) -> &'static str {
        match self {
            Self::Fused { .. } => "gradient.fused",
            Self::Unreached { .. } => "gradient.unreached",
        }
    }

    fn facts(&self) -> crate::error::Facts {
        match self {
            Self::Fused { node } | Self::Unreached { node } => vec![("node", node.into())],
        }
    }
}

impl Backward {
    /// The gradient of the wished nodes, from that of the targets.
    ///
    /// # Errors
    /// [`BackwardError::Fused`] for a node that the plan does not record, [`BackwardError::Unreached`] for a
    /// wished one that no target depends on.
    pub fn new(
        graph: &Graph,
        plan: &Plan,
        targets: &[NodeId],
        wished: &[NodeId],
        rule: ReluRule,
    ) -> Result<Self, BackwardError> {
        let name = |node: NodeId| graph.node(node).id.clone();
        let view = |node: NodeId| plan.view(node).ok_or_else(|| BackwardError::Fused { node: name(node) });
        let wished_views = wished.iter().map(|node| view(*node)).collect::<Result<Vec<_>, _>>()?;
        let mut maker = Maker {
            graph,
            forward: plan,
            plan: plan.clone(),
            factors: Vec::new(),
            mirrored: Vec::new(),
            pieces: HashMap::new(),
            scratch: HashMap::new(),
            useful: useful(plan, &wished_views),
            wished: wished_views.clone(),
            rule,
        };
        let mut seeds = HashMap::new();
        for target in targets {
            let of = view(*target)?;
            let seed = maker.buffer("seed", of);
            maker.add_piece(of, seed);
            seeds.insert(*target, seed);
        }
        for step in (0..plan.steps.len()).rev() {
            maker.undo(step);
        }
        let mut gradients = HashMap::new();
        for (node, view) in wished.iter().zip(wished_views) {
            let found = maker.gradient(view).ok_or_else(|| BackwardError::Unreached { node: name(*node) })?;
            gradients.insert(*node, found);
        }
        let Maker { plan: all, factors, mirrored, .. } = maker;
        Ok(Self { first: plan.steps.len(), plan: all, mirrored, factors, seeds, gradients })
    }

    /// Where the gradient of a target is to be written.
    pub fn seed(&self, target: NodeId) -> Option<View> {
        self.seeds.get(&target).copied()
    }

    /// Where the gradient of a wished node is.
    pub fn gradient(&self, node: NodeId) -> Option<View> {
        self.gradients.get(&node).copied()
    }

    /// The numbers of a step's epilogue. `forward` yields those of a step of the plan.
    pub fn epilogue(&self, step: usize, forward: impl Fn(usize) -> EpilogueValues) -> EpilogueValues {
        let output = self.plan.steps[step].output();
        let mut channels = vec![0.0; output.epilogue_len()];
        let of = match self.factors[step - self.first] {
            Factor::One => None,
            Factor::Own(of) | Factor::Other(of) => Some(forward(of)),
        };
        for c in 0..output.shape.c() {
            let at = c / 4 * 12 + c % 4;
            channels[at] = match (self.factors[step - self.first], &of) {
                (Factor::Own(_), Some(of)) => of.channels[at] * of.channels[at + 8],
                (Factor::Other(_), Some(of)) => of.other * of.channels[at + 8],
                _ => 1.0,
            };
            channels[at + 8] = 1.0;
        }
        EpilogueValues { channels, other: 1.0 }
    }
}

/// By step: whether its value depends on a wished one, or is one.
fn useful(plan: &Plan, wished: &[View]) -> Vec<bool> {
    let mut useful: Vec<bool> = Vec::with_capacity(plan.steps.len());
    for (index, step) in plan.steps.iter().enumerate() {
        let reads = step.operands.iter().any(|operand| {
            wished.iter().any(|view| view.overlaps(operand))
                || plan.writers(*operand, index).any(|writer| useful[writer])
        });
        useful.push(reads);
    }
    useful
}
