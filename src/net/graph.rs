//! The graph: nodes in execution order, grouped into modules and lanes.

use super::op::{Cost, OpError};
use super::{Note, Op, Profile, Shape};
use crate::error::{Coded, Facts};
use std::collections::HashMap;

/// A node's position in [`Graph::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// One op with its place in the network.
#[derive(Clone, Debug)]
pub struct Node {
    /// The module path of the reference implementation (a contract: see docs/networks.md).
    /// Tensors in weight files are named `{id}.weight` and so on.
    pub id: String,
    /// What is computed.
    pub op: Op,
    /// What it reads.
    pub inputs: Vec<NodeId>,
    /// What it yields, batch dropped.
    pub shape: Shape,
    /// Index into [`Graph::modules`].
    pub module: usize,
    /// Index into the module's lanes; `None` after the lanes have joined.
    pub lane: Option<usize>,
    /// What a reader should know.
    pub note: Option<Note>,
}

/// What a lane is in its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum LaneRole {
    /// One of several parallel branches, or the only chain.
    Branch,
    /// The way around a residual branch.
    Shortcut,
    /// The residual branch.
    Residual,
}

/// A chain of ops drawn as one column.
#[derive(Clone, Debug)]
pub struct Lane {
    /// As the papers name it: "1×1", "3×3", "5×5", "pool".
    pub label: String,
    /// What it is for.
    pub role: LaneRole,
}

/// What a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ModuleKind {
    /// From the picture to the first module.
    Stem,
    /// Parallel branches, concatenated.
    Inception,
    /// A grid reduction.
    Reduction,
    /// Shortcut plus residual.
    Residual,
    /// A plain chain between modules.
    Chain,
    /// Pooling and classifier.
    Head,
    /// Auxiliary classifier: used in training only.
    Auxiliary,
}

/// A named part of a network: what the papers draw as one box.
#[derive(Clone, Debug)]
pub struct Module {
    /// The reference implementation's module path, or `stem`, `head`.
    pub id: String,
    /// As the papers name it: "Inception (3a)", "Inception-A 1", "block17 4".
    pub label: String,
    /// What it is.
    pub kind: ModuleKind,
    /// Its parallel columns.
    pub lanes: Vec<Lane>,
    /// What a reader should know.
    pub note: Option<Note>,
}

/// Why a graph cannot be built.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GraphError {
    /// An op does not fit its inputs.
    #[error("node {node}: {source}")]
    Op {
        /// The node's id.
        node: String,
        /// What is wrong.
        source: OpError,
    },
    /// Two nodes of one id.
    #[error("node {0} is defined twice")]
    Duplicate(String),
    /// No network, variant or profile of that name.
    #[error("no {kind} '{found}'; choose from {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    Unknown {
        /// "network", "variant of …", "profile of …".
        kind: String,
        /// What was asked for.
        found: String,
        /// What exists.
        known: Vec<String>,
    },
    /// A profile's field.
    #[error(transparent)]
    Profile(#[from] super::ProfileError),
    /// An input size that no network is built for.
    #[error("an input of {found} pixels is not supported; choose {least} to {most}")]
    Size {
        /// The smallest.
        least: usize,
        /// The largest.
        most: usize,
        /// What was asked for.
        found: usize,
    },
    /// An input size at which a dense layer would get another number of values than it has weights for.
    #[error(
        "{node} is a dense layer over a whole map, so this network runs at {expected} pixels only, not at {found}"
    )]
    FixedSize {
        /// The dense layer.
        node: String,
        /// The input size that it is made for.
        expected: usize,
        /// What was asked for.
        found: usize,
    },
    /// An input size at which an op does not fit its inputs.
    #[error(
        "this network does not run at {size} pixels ({node}: {source}); try another size, such as its own, {own}"
    )]
    Unfit {
        /// What was asked for.
        size: usize,
        /// The input size that it is made for.
        own: usize,
        /// The node.
        node: String,
        /// What is wrong there.
        source: OpError,
    },
    /// A node id that the network lacks.
    #[error(
        "{network} has no node '{found}'{}",
        near.as_ref().map(|near| format!("; did you mean '{near}'?")).unwrap_or_default()
    )]
    NoNode {
        /// The network.
        network: String,
        /// What was asked for.
        found: String,
        /// A node of a similar id.
        near: Option<String>,
    },
}

impl Coded for GraphError {
    fn code(&self) -> &'static str {
        match self {
            Self::Op { source, .. } => source.code(),
            Self::Duplicate(_) => "node.duplicate",
            Self::Unknown { kind, .. } if kind == "network" => "model.unknown",
            Self::Unknown { kind, .. } if kind.starts_with("variant") => "variant.unknown",
            Self::Unknown { .. } => "profile.unknown",
            Self::Profile(error) => error.code(),
            Self::Size { .. } => "size.range",
            Self::FixedSize { .. } => "size.fixed",
            Self::Unfit { .. } => "size.unfit",
            Self::NoNode { .. } => "node.unknown",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Op { node, source } => [("node", node.into())].into_iter().chain(source.facts()).collect(),
            Self::Duplicate(node) => vec![("node", node.into())],
            Self::Unknown { found, known, .. } => {
                vec![("found", found.into()), ("known", known.as_slice().into())]
            }
            Self::Profile(error) => error.facts(),
            Self::Size { least, most, found } => {
                vec![("found", (*found).into()), ("least", (*least).into()), ("most", (*most).into())]
            }
            Self::FixedSize { node, expected, found } => {
                vec![("node", node.into()), ("expected", (*expected).into()), ("found", (*found).into())]
            }
            Self::Unfit { size, own, node, .. } => {
                vec![("found", (*size).into()), ("expected", (*own).into()), ("node", node.into())]
            }
            Self::NoNode { network, found, near } => {
                let near = near.as_ref().map(|near| ("near", near.into()));
                [("found", found.into()), ("network", network.into())].into_iter().chain(near).collect()
            }
        }
    }
}

/// A network: nodes in execution order, modules in order of their first node.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The network's id: `googlenet`.
    pub network: &'static str,
    /// Variant id, if it is one: `published`.
    pub variant: Option<&'static str>,
    /// What the weights imply.
    pub profile: Profile,
    /// All nodes, each after its inputs.
    pub nodes: Vec<Node>,
    /// All modules.
    pub modules: Vec<Module>,
    /// The picture.
    pub input: NodeId,
    /// The classifier's output before softmax.
    pub logits: NodeId,
    /// softmax of the logits.
    pub probabilities: NodeId,
    pub(super) by_id: HashMap<String, NodeId>,
}

impl Graph {
    /// The node at a position.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The node of that id.
    ///
    /// # Errors
    ///
    /// [`GraphError::NoNode`], which suggests a near one, if there is none.
    pub fn find(&self, id: &str) -> Result<NodeId, GraphError> {
        self.by_id.get(id).copied().ok_or_else(|| {
            let near = self.nodes.iter().map(|n| n.id.as_str()).find(|n| {
                n.eq_ignore_ascii_case(id) || n.ends_with(id) || (!id.is_empty() && n.starts_with(id))
            });
            GraphError::NoNode {
                network: self.network.to_owned(),
                found: id.to_owned(),
                near: near.map(str::to_owned),
            }
        })
    }

    /// All node positions, in execution order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// For each node, the nodes that read it.
    pub fn consumers(&self) -> Vec<Vec<NodeId>> {
        let mut consumers = vec![Vec::new(); self.nodes.len()];
        for id in self.ids() {
            for input in &self.node(id).inputs {
                consumers[input.0].push(id);
            }
        }
        consumers
    }

    /// For each node, in execution order, whether the value of `end` depends on it; so does `end` itself.
    pub fn reaches(&self, end: NodeId) -> Vec<bool> {
        let mut reaches = vec![false; self.nodes.len()];
        reaches[end.0] = true;
        for id in (0..=end.0).rev() {
            if reaches[id] {
                self.nodes[id].inputs.iter().for_each(|input| reaches[input.0] = true);
            }
        }
        reaches
    }

    /// Where a channel of a concatenation comes from: the node, and which of its channels it is. Any other
    /// node's channel is its own.
    pub fn source(&self, mut node: NodeId, mut channel: usize) -> (NodeId, usize) {
        while let Node { op: Op::Concat, inputs, .. } = self.node(node) {
            let part = inputs.iter().find(|part| {
                let channels = self.node(**part).shape.c();
                let here = channel < channels;
                channel -= if here { 0 } else { channels };
                here
            });
            match part {
                Some(part) => node = *part,
                None => break,
            }
        }
        (node, channel)
    }

    /// Parameters and multiply-adds of one node.
    pub fn cost(&self, id: NodeId) -> Cost {
        let node = self.node(id);
        node.op.cost(node.shape)
    }

    /// Parameters and multiply-adds of one module.
    pub fn module_cost(&self, module: usize) -> Cost {
        self.sum(|node| node.module == module)
    }

    /// Parameters and multiply-adds of the network as it classifies: without auxiliary heads,
    /// as the published totals are counted.
    pub fn total_cost(&self) -> Cost {
        self.sum(|node| self.modules[node.module].kind != ModuleKind::Auxiliary)
    }

    fn sum(&self, keep: impl Fn(&Node) -> bool) -> Cost {
        let mut total = Cost::default();
        for id in self.ids().filter(|id| keep(self.node(*id))) {
            total += self.cost(id);
        }
        total
    }

    /// The scale of a residual sum as the network has it; 1 for any other node.
    pub fn residual_scale(&self, sum: NodeId) -> f32 {
        match &self.node(sum).op {
            Op::Add(add) => add.scale,
            _ => 1.0,
        }
    }

    /// The sum of the residual block of that id, if it is one.
    pub fn residual_sum(&self, block: &str) -> Option<NodeId> {
        let module = self.modules.iter().position(|m| m.kind == ModuleKind::Residual && m.id == block)?;
        self.ids().find(|id| self.node(*id).module == module && matches!(self.node(*id).op, Op::Add(_)))
    }

    /// The last node of a module: its output.
    pub fn module_output(&self, module: usize) -> Option<NodeId> {
        self.nodes.iter().rposition(|node| node.module == module).map(NodeId)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.node(self.logits).shape.c()
    }
}
