//! A network as data: what the page draws, `models --json` prints and notebooks read.

use crate::net::op::OpDescription;
use crate::net::zoo::{NETWORKS, Network, Options, build};
use crate::net::{Graph, GraphError, LaneRole, ModuleKind, NodeId, Note, Op, Profile, Shape};
use crate::plan::{Pins, Plan};
use serde::Serialize;

/// One line about a network.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ModelInfo"))]
pub struct ModelSummary {
    /// `googlenet`.
    pub id: &'static str,
    /// "GoogLeNet".
    pub title: &'static str,
    /// Authors, year, title, arXiv number.
    pub paper: &'static str,
    /// Input shape, C,H,W.
    pub input: Shape,
    /// Classes of the published weights.
    pub classes: usize,
    /// Parameters without auxiliary heads.
    pub params: u64,
    /// Multiply-adds without auxiliary heads.
    pub macs: u64,
    /// Number of modules.
    pub modules: usize,
    /// Number of lanes of all modules.
    pub branches: usize,
    /// Number of nodes.
    pub nodes: usize,
    /// Other graphs of the same paper.
    pub variants: Vec<&'static str>,
    /// What published weights imply; the first is the default.
    pub profiles: Vec<&'static str>,
}

/// One line about each network.
///
/// # Errors
/// Those of [`summary`].
pub fn models() -> Result<Vec<ModelSummary>, GraphError> {
    NETWORKS.iter().map(|network| summary(network, &Options::default())).collect()
}

/// One line about a network with these options.
///
/// # Errors
/// [`GraphError`] if the network, variant or profile does not exist.
pub fn summary(network: &'static Network, options: &Options) -> Result<ModelSummary, GraphError> {
    let graph = build(network.id, options)?;
    let cost = graph.total_cost();
    Ok(ModelSummary {
        id: network.id,
        title: network.title,
        paper: network.paper,
        input: graph.node(graph.input).shape,
        classes: graph.classes(),
        params: cost.params,
        macs: cost.macs,
        modules: graph.modules.len(),
        branches: graph.modules.iter().map(|m| m.lanes.len()).sum(),
        nodes: graph.nodes.len(),
        variants: network.variants.iter().map(|v| v.id).collect(),
        profiles: network.profiles.iter().map(|p| p.id).collect(),
    })
}

/// A whole network.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Graph"))]
pub struct Description {
    /// `googlenet`.
    pub model: &'static str,
    /// "GoogLeNet".
    pub title: &'static str,
    /// Authors, year, title, arXiv number.
    pub paper: &'static str,
    /// Variant, if it is one.
    pub variant: Option<&'static str>,
    /// All variants.
    pub variants: Vec<&'static str>,
    /// What the weights imply.
    pub profile: Profile,
    /// Ids of all profiles.
    pub profiles: Vec<&'static str>,
    /// Input shape, C,H,W.
    pub input: Shape,
    /// Number of classes.
    pub classes: usize,
    /// Parameters without auxiliary heads.
    pub params: u64,
    /// Multiply-adds without auxiliary heads.
    pub macs: u64,
    /// The classifier's output.
    pub logits: String,
    /// In order.
    pub modules: Vec<ModuleDescription>,
    /// In execution order.
    pub nodes: Vec<NodeDescription>,
}

/// A module.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Module"))]
pub struct ModuleDescription {
    /// The reference implementation's path.
    pub id: String,
    /// As the papers name it.
    pub label: String,
    /// What it is.
    pub kind: ModuleKind,
    /// What a reader should know.
    pub note: Option<Note>,
    /// Its parallel columns.
    pub lanes: Vec<LaneDescription>,
    /// The node that leaves it.
    pub output: String,
    /// The output's shape.
    pub shape: Shape,
    /// Parameters.
    pub params: u64,
    /// Multiply-adds.
    pub macs: u64,
}

/// A column of a module.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Lane"))]
pub struct LaneDescription {
    /// "1×1", "pool".
    pub label: String,
    /// What it is for.
    pub role: LaneRole,
    /// Parameters.
    pub params: u64,
    /// Multiply-adds.
    pub macs: u64,
}

/// A node.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Node"))]
pub struct NodeDescription {
    /// The reference implementation's path.
    pub id: String,
    /// The field's name for the op.
    pub op: &'static str,
    /// Itself; of a recorded node all that its step computes, in order: convolution, batch norm, ReLU.
    pub ops: Vec<OpDescription>,
    /// What it reads.
    pub inputs: Vec<String>,
    /// C,H,W, or the length of a vector.
    pub shape: Shape,
    /// Index of its module.
    pub module: usize,
    /// Index of its lane; none after the lanes have joined.
    pub lane: Option<usize>,
    /// What a reader should know.
    pub note: Option<Note>,
    /// Parameters.
    pub params: u64,
    /// Multiply-adds.
    pub macs: u64,
    /// Whether the default plan records it.
    pub recorded: bool,
    /// The recorded node whose step computes it; itself if recorded.
    pub unit: String,
    /// Of a concat: which channels come from where.
    pub parts: Vec<Part>,
}

impl NodeDescription {
    /// [`NodeDescription::ops`] in words: "conv 3×3 /2 + BN + ReLU".
    pub fn label(&self) -> String {
        let ops: Vec<String> = self.ops.iter().map(OpDescription::to_string).collect();
        ops.join(" + ")
    }
}

/// A channel range of a concat.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Part {
    /// Where the channels come from.
    pub node: String,
    /// First channel.
    pub from: usize,
    /// One past the last channel.
    pub to: usize,
}

/// Describes a network, with what its default plan records.
///
/// # Errors
/// If the graph cannot be planned, or its network is not listed.
pub fn describe(graph: &Graph) -> Result<Description, crate::run::RunError> {
    let network = crate::net::zoo::find(graph.network)?;
    let plan = Plan::new(graph, &Pins::default())?;
    let cost = graph.total_cost();
    let name = |id: NodeId| graph.node(id).id.clone();

    // A node that is fused away belongs to the step that computes it; a ReLU that is applied on
    // reading belongs to its reader.
    let mut unit: Vec<NodeId> = graph.ids().collect();
    let mut ops: Vec<Vec<OpDescription>> = graph.nodes.iter().map(|n| vec![n.op.describe()]).collect();
    for step in &plan.steps {
        let Some(stored) = step.nodes.last() else { continue };
        for node in &step.nodes {
            unit[node.0] = *stored;
        }
        ops[stored.0] = step.nodes.iter().map(|n| graph.node(*n).op.describe()).collect();
    }
    let consumers = graph.consumers();
    for id in graph.ids() {
        if plan.view(id).is_none() && unit[id.0] == id {
            unit[id.0] = consumers[id.0].first().map_or(id, |reader| unit[reader.0]);
        }
    }

    let nodes = graph.ids().map(|id| {
        let node = graph.node(id);
        let cost = graph.cost(id);
        let mut channel = 0;
        let parts = node.inputs.iter().filter(|_| matches!(node.op, Op::Concat)).map(|part| {
            let from = channel;
            channel += graph.node(*part).shape.c();
            Part { node: name(*part), from, to: channel }
        });
        NodeDescription {
            id: node.id.clone(),
            op: node.op.name(),
            ops: std::mem::take(&mut ops[id.0]),
            inputs: node.inputs.iter().map(|i| name(*i)).collect(),
            shape: node.shape,
            module: node.module,
            lane: node.lane,
            note: node.note,
            params: cost.params,
            macs: cost.macs,
            recorded: plan.view(id).is_some(),
            unit: name(unit[id.0]),
            parts: parts.collect(),
        }
    });

    let modules = graph.modules.iter().enumerate().filter_map(|(index, module)| {
        let output = graph.module_output(index)?;
        let cost = graph.module_cost(index);
        let lanes = module.lanes.iter().enumerate().map(|(lane, l)| {
            let mut cost = crate::net::op::Cost::default();
            for id in
                graph.ids().filter(|id| graph.node(*id).module == index && graph.node(*id).lane == Some(lane))
            {
                cost += graph.cost(id);
            }
            LaneDescription { label: l.label.clone(), role: l.role, params: cost.params, macs: cost.macs }
        });
        Some(ModuleDescription {
            id: module.id.clone(),
            label: module.label.clone(),
            kind: module.kind,
            note: module.note,
            lanes: lanes.collect(),
            output: name(output),
            shape: graph.node(output).shape,
            params: cost.params,
            macs: cost.macs,
        })
    });

    Ok(Description {
        model: network.id,
        title: network.title,
        paper: network.paper,
        variant: graph.variant,
        variants: network.variants.iter().map(|v| v.id).collect(),
        profile: graph.profile,
        profiles: network.profiles.iter().map(|p| p.id).collect(),
        input: graph.node(graph.input).shape,
        classes: graph.classes(),
        params: cost.params,
        macs: cost.macs,
        logits: name(graph.logits),
        modules: modules.collect(),
        nodes: nodes.collect(),
    })
}
