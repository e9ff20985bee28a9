//! Which nodes does one step compute?
//!
//! A step absorbs what follows (bias, batch norm, residual sum, ReLU) as long as nothing else reads the
//! value in between and it is not pinned.

use super::{Affine, DepthwiseConv2d, GroupedConv2d, Kernel, Pins, Summand};
use crate::net::op::Window;
use crate::net::{Graph, NodeId, Op};
use std::collections::{BTreeSet, HashMap};

/// A step before its views are known: node ids instead.
pub(super) struct Draft {
    pub(super) nodes: Vec<NodeId>,
    pub(super) kernel: Kernel,
    pub(super) weights: Option<NodeId>,
    pub(super) input: NodeId,
    pub(super) affine: Vec<Affine>,
    /// The other summand, the sum, and what its scale multiplies.
    pub(super) residual: Option<(NodeId, NodeId, Summand)>,
    pub(super) relu: bool,
}

impl Draft {
    /// The node whose value is stored.
    pub(super) fn stored(&self) -> NodeId {
        self.nodes[self.nodes.len() - 1]
    }
}

/// One node as a step of its own.
pub(super) fn draft(graph: &Graph, id: NodeId) -> Draft {
    let node = graph.node(id);
    let input = node.inputs.first().copied().unwrap_or(id);
    let mut draft = Draft {
        nodes: vec![id],
        kernel: Kernel::Pointwise,
        weights: None,
        input,
        affine: Vec::new(),
        residual: None,
        relu: false,
    };
    match &node.op {
        Op::Conv2d(conv) => {
            let window = conv.window();
            draft.kernel = if conv.is_depthwise() {
                Kernel::DepthwiseConv2d(DepthwiseConv2d { window, relu_input: false })
            } else if conv.groups > 1 {
                Kernel::GroupedConv2d(GroupedConv2d { window, groups: conv.groups })
            } else {
                Kernel::Conv2d(window)
            };
            draft.weights = Some(id);
            if conv.bias {
                draft.affine.push(Affine::Bias(id));
            }
        }
        Op::Linear(linear) => {
            let from = graph.node(input).shape;
            let whole = Window { kernel: [from.h(), from.w()], ..Window::square(1, 1) };
            draft.kernel = Kernel::Conv2d(whole);
            draft.weights = Some(id);
            if linear.bias {
                draft.affine.push(Affine::Bias(id));
            }
        }
        Op::MaxPool(pool) => draft.kernel = Kernel::MaxPool { window: pool.window, taps: false },
        Op::AvgPool(pool) => draft.kernel = Kernel::AvgPool(*pool),
        Op::AdaptiveAvgPool(_) | Op::GlobalAvgPool => draft.kernel = Kernel::AdaptiveAvgPool,
        Op::LocalResponseNorm(op) => draft.kernel = Kernel::LocalResponseNorm(*op),
        Op::Softmax => draft.kernel = Kernel::Softmax,
        Op::L2Normalize => draft.kernel = Kernel::L2Normalize,
        Op::ChannelAffine(_) => draft.affine.push(Affine::Constant(id)),
        Op::BatchNorm(_) => draft.affine.push(Affine::BatchNorm(id)),
        Op::Relu => draft.relu = true,
        Op::Add(_) => draft.residual = Some((node.inputs[1], id, Summand::Own)),
        // Only where pinned: the value itself.
        Op::Input(_) | Op::Concat => draft.input = id,
    }
    draft
}

/// Cuts the graph into drafts, in execution order of the nodes that they store.
pub(super) fn fuse(graph: &Graph, pins: &Pins) -> Vec<Draft> {
    let consumers = graph.consumers();
    let outputs: BTreeSet<NodeId> = (0..graph.modules.len()).filter_map(|m| graph.module_output(m)).collect();
    let pinned = |id: NodeId| {
        pins.every_op
            || pins.nodes.contains(&id)
            || pins.steps.contains(&id)
            || outputs.contains(&id)
            || id == graph.logits
            || matches!(graph.node(id).op, Op::Linear(_))
    };
    // The draft that an open chain of absorbed nodes ends at, by its last node.
    let mut open: HashMap<NodeId, usize> = HashMap::new();
    let mut drafts: Vec<Draft> = Vec::new();
    // A ReLU that only depthwise convolutions read is applied as they read (Xception's blocks).
    let mut on_read: HashMap<NodeId, NodeId> = HashMap::new();

    for id in graph.ids() {
        let node = graph.node(id);
        if matches!(node.op, Op::Input(_) | Op::Concat) && !pins.steps.contains(&id) {
            continue;
        }
        let absorber = match &node.op {
            Op::BatchNorm(_) | Op::Relu => open.get(&node.inputs[0]).copied(),
            // The summand that is computed last takes the sum: the other one is there by then.
            Op::Add(_) => node.inputs.iter().max().and_then(|last| open.get(last).copied()),
            _ => None,
        };
        let index = match absorber {
            Some(index) => {
                let draft = &mut drafts[index];
                open.remove(&draft.stored());
                match &node.op {
                    Op::BatchNorm(_) => draft.affine.push(Affine::BatchNorm(id)),
                    Op::Relu => draft.relu = true,
                    Op::Add(_) => {
                        let (residual, shortcut) = (node.inputs[0], node.inputs[1]);
                        draft.residual = Some(if draft.stored() == residual {
                            (shortcut, id, Summand::Own)
                        } else {
                            (residual, id, Summand::Other)
                        });
                    }
                    _ => {}
                }
                draft.nodes.push(id);
                index
            }
            None => {
                let mut draft = draft(graph, id);
                if let Kernel::DepthwiseConv2d(DepthwiseConv2d { relu_input, .. }) = &mut draft.kernel
                    && let Some(before) = on_read.get(&draft.input)
                {
                    *relu_input = true;
                    draft.input = *before;
                }
                let all_depthwise = || {
                    let readers = &consumers[id.0];
                    !readers.is_empty()
                        && readers
                            .iter()
                            .all(|r| matches!(&graph.node(*r).op, Op::Conv2d(c) if c.is_depthwise()))
                };
                if matches!(node.op, Op::Relu) && !pinned(id) && all_depthwise() {
                    on_read.insert(id, draft.input);
                    continue;
                }
                drafts.push(draft);
                drafts.len() - 1
            }
        };
        let draft = &drafts[index];
        let absorbs = matches!(
            draft.kernel,
            Kernel::Conv2d(_) | Kernel::GroupedConv2d(_) | Kernel::DepthwiseConv2d(_) | Kernel::Pointwise
        );
        let next = match consumers[id.0].as_slice() {
            [next] if absorbs && !pinned(id) && !draft.relu => &graph.node(*next).op,
            _ => continue,
        };
        let fits = match next {
            Op::BatchNorm(_) | Op::Add(_) => draft.residual.is_none(),
            Op::Relu => true,
            _ => false,
        };
        if fits {
            open.insert(id, index);
        }
    }
    let mut ordered = Vec::with_capacity(drafts.len());
    drafts.into_iter().for_each(|draft| insert(&mut ordered, draft, Draft::stored));
    ordered
}

/// Puts an item behind those whose node is not later than its own. Items come nearly in order.
pub(super) fn insert<T>(items: &mut Vec<T>, item: T, node: impl Fn(&T) -> NodeId) {
    let at = items.iter().rposition(|other| node(other) <= node(&item)).map_or(0, |before| before + 1);
    items.insert(at, item);
}
