//! From graph to steps.
//!
//! Every node that is not absorbed by the epilogue of the node before it is *recorded*: a step
//! stores its value.

use super::fuse::{draft, fuse};
use super::place::place;
use super::{BufferId, BufferSpec, Epilogue, Plan, PlanError, Residual, Step, View, padded};
use crate::net::{Graph, NodeId};
use std::collections::BTreeSet;

/// What a plan must not fuse away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// Record every node.
    pub every_op: bool,
    /// Record these nodes.
    pub nodes: BTreeSet<NodeId>,
    /// Record these nodes, each by a step that stores it and nothing else, so that it can be changed
    /// ([`Change`]): inputs and concats, which need no step otherwise, get one that copies.
    pub steps: BTreeSet<NodeId>,
}

impl Plan {
    /// Plans a network. Module outputs, pools, linear layers and the ends of convolution blocks are
    /// always recorded; `pins` asks for more.
    ///
    /// # Errors
    /// [`PlanError::Alignment`] if a part of a concat starts at a channel that is not a multiple of four.
    pub fn new(graph: &Graph, pins: &Pins) -> Result<Self, PlanError> {
        let drafts = fuse(graph, pins);
        place(graph, pins, drafts)
    }

    /// Where the picture is written.
    pub fn input(&self, graph: &Graph) -> View {
        View { buffer: BufferId(0), shape: graph.node(graph.input).shape, offset: 0 }
    }

    /// Where a node's value is after a run, if it is recorded.
    pub fn view(&self, node: NodeId) -> Option<View> {
        self.views[node.0]
    }

    /// Adds steps at the end that compute a node which was fused away from what is recorded.
    /// Returns its view; adds nothing if it is recorded already.
    pub fn record(&mut self, graph: &Graph, node: NodeId) -> View {
        if let Some(view) = self.views[node.0] {
            return view;
        }
        // Only sums have two inputs here: a concat is always recorded.
        let operands: Vec<View> = graph.node(node).inputs.iter().map(|i| self.record(graph, *i)).collect();
        let draft = draft(graph, node);
        let output = self.new_buffer(graph, node);
        let residual = draft.residual.map(|(_, sum, scaled)| Residual { operand: 1, sum, scaled });
        self.steps.push(Step {
            macs: graph.cost(node).macs,
            nodes: draft.nodes,
            kernel: draft.kernel,
            weights: draft.weights,
            operands,
            outputs: vec![output],
            epilogue: Epilogue { affine: draft.affine, residual, relu: draft.relu },
        });
        self.views[node.0] = Some(output);
        output
    }

    /// The steps among the first `end` ones that write some of a view.
    pub fn writers(&self, view: View, end: usize) -> impl Iterator<Item = usize> + '_ {
        let steps = self.steps[..end].iter().enumerate();
        steps.filter(move |(_, step)| step.outputs.iter().any(|o| o.overlaps(&view))).map(|(i, _)| i)
    }

    /// The step that stores a node, if one stores it alone.
    pub fn step_of(&self, node: NodeId) -> Option<usize> {
        let view = self.view(node)?;
        self.steps.iter().position(|step| *step.output() == view && step.stored() == Some(node))
    }

    pub(super) fn new_buffer(&mut self, graph: &Graph, node: NodeId) -> View {
        let node = graph.node(node);
        let spec = BufferSpec {
            name: node.id.clone(),
            h: node.shape.h(),
            w: node.shape.w(),
            channels: padded(node.shape.c()),
        };
        self.buffers.push(spec);
        View { buffer: BufferId(self.buffers.len() - 1), shape: node.shape, offset: 0 }
    }
}
