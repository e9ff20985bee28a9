//! From graph to steps.
//!
//! Every node that is not absorbed by the epilogue of the node before it is *recorded*: a step
//! stores its value. A step absorbs what follows (bias, batch norm, residual sum, ReLU) as long as
//! nothing else reads the value in between and it is not pinned.

use super::{
    Affine, BufferId, BufferSpec, Change, Epilogue, EpilogueValues, Kernel, Plan, PlanError, Residual, Step,
    Summand, View, padded,
};
use crate::net::op::Window;
use crate::net::{Graph, NodeId, Op};
use std::collections::{BTreeSet, HashMap};

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

/// A step before its views are known: node ids instead.
struct Draft {
    nodes: Vec<NodeId>,
    kernel: Kernel,
    weights: Option<NodeId>,
    input: NodeId,
    affine: Vec<Affine>,
    /// The other summand, the sum, and what its scale multiplies.
    residual: Option<(NodeId, NodeId, Summand)>,
    relu: bool,
}

impl Draft {
    /// The node whose value is stored.
    fn stored(&self) -> NodeId {
        self.nodes[self.nodes.len() - 1]
    }
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

    /// The numbers of a step's epilogue.
    ///
    /// `param` yields a node's tensor by suffix (`bias`, `weight`, `running_mean`, `running_var`);
    /// a missing one leaves its part out (a batch norm without gamma has gamma 1).
    pub fn epilogue<'a>(
        &self,
        step: usize,
        graph: &Graph,
        param: impl Fn(NodeId, &'static str) -> Option<&'a [f32]>,
        change: Change<'_>,
    ) -> EpilogueValues {
        let step = &self.steps[step];
        let channels = step.output().shape.c();
        let [own, other] = step.epilogue.residual.map_or([1.0; 2], |residual| {
            residual.factors(change.residual_scale.unwrap_or_else(|| graph.residual_scale(residual.sum)))
        });
        let own = f64::from(own);
        let mut packed = vec![0.0; step.output().epilogue_len()];
        for c in 0..channels {
            let (mut scale, mut shift) = (1.0_f64, 0.0_f64);
            for affine in &step.epilogue.affine {
                let (a, b) = affine.at(graph, c, &param);
                (scale, shift) = (scale * a, shift * a + b);
            }
            let gain = change.gain.map_or(1.0, |g| g[c]);
            let group = &mut packed[c / 4 * 12..][..12];
            group[c % 4] = (scale * own) as f32;
            group[4 + c % 4] = (shift * own) as f32;
            group[8 + c % 4] = gain;
        }
        EpilogueValues { channels: packed, other }
    }

    fn new_buffer(&mut self, graph: &Graph, node: NodeId) -> View {
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

impl Affine {
    /// Scale and shift of a channel, in double precision; `param` as in [`Plan::epilogue`].
    pub fn at<'a>(
        &self,
        graph: &Graph,
        channel: usize,
        param: &impl Fn(NodeId, &'static str) -> Option<&'a [f32]>,
    ) -> (f64, f64) {
        let get = |node, suffix, default| {
            param(node, suffix).and_then(|t| t.get(channel)).map_or(default, |v| f64::from(*v))
        };
        match *self {
            Self::Bias(node) => (1.0, get(node, "bias", 0.0)),
            Self::BatchNorm(node) => {
                let Op::BatchNorm(op) = &graph.node(node).op else { return (1.0, 0.0) };
                let a = get(node, "weight", 1.0) / (get(node, "running_var", 1.0) + op.eps).sqrt();
                (a, get(node, "bias", 0.0) - get(node, "running_mean", 0.0) * a)
            }
            Self::Constant(node) => {
                let Op::ChannelAffine(op) = &graph.node(node).op else { return (1.0, 0.0) };
                (f64::from(op.scale[channel]), f64::from(op.shift[channel]))
            }
        }
    }
}

/// One node as a step of its own.
fn draft(graph: &Graph, id: NodeId) -> Draft {
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
                Kernel::DepthwiseConv2d { window, relu_input: false }
            } else if conv.groups > 1 {
                Kernel::GroupedConv2d { window, groups: conv.groups }
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
        Op::MaxPool(pool) => draft.kernel = Kernel::MaxPool(pool.window),
        Op::AvgPool(pool) => {
            draft.kernel = Kernel::AvgPool { window: pool.window, count_include_pad: pool.count_include_pad };
        }
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
fn fuse(graph: &Graph, pins: &Pins) -> Vec<Draft> {
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
                if let Kernel::DepthwiseConv2d { relu_input, .. } = &mut draft.kernel
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
            Kernel::Conv2d(_)
                | Kernel::GroupedConv2d { .. }
                | Kernel::DepthwiseConv2d { .. }
                | Kernel::Pointwise
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
fn insert<T>(items: &mut Vec<T>, item: T, node: impl Fn(&T) -> NodeId) {
    let at = items.iter().rposition(|other| node(other) <= node(&item)).map_or(0, |before| before + 1);
    items.insert(at, item);
}

/// Gives every stored node a buffer, or a channel range of its concat's buffer.
fn place(graph: &Graph, pins: &Pins, drafts: Vec<Draft>) -> Result<Plan, PlanError> {
    let n = graph.nodes.len();
    // A value is known by its node's position. Inputs and concats with a step of their own
    // exist twice: as they come (position + n), and as that step stores them.
    let plain = |id: NodeId| {
        let twice = pins.steps.contains(&id) && matches!(graph.node(id).op, Op::Input(_) | Op::Concat);
        if twice { id.0 + n } else { id.0 }
    };
    let own_input = |draft: &Draft| {
        if draft.input == draft.nodes[0] { plain(draft.input) } else { draft.input.0 }
    };

    // Part → (concat, first channel). The first concat that wants a value gets it; others copy it.
    let mut home: HashMap<usize, (usize, usize)> = HashMap::new();
    let mut copies: Vec<(NodeId, NodeId, usize)> = Vec::new();
    for concat in graph.ids().filter(|id| matches!(graph.node(*id).op, Op::Concat)) {
        let mut offset = 0_usize;
        for &part in &graph.node(concat).inputs {
            if !offset.is_multiple_of(4) {
                return Err(PlanError::Alignment {
                    node: graph.node(concat).id.clone(),
                    part: graph.node(part).id.clone(),
                    offset,
                });
            }
            if part == graph.input || home.contains_key(&part.0) {
                copies.push((concat, part, offset));
            } else {
                home.insert(part.0, (plain(concat), offset));
            }
            offset += graph.node(part).shape.c();
        }
    }
    let outermost = |home: &HashMap<usize, (usize, usize)>, mut value: usize| {
        let mut offset = 0;
        while let Some((concat, at)) = home.get(&value) {
            (value, offset) = (*concat, offset + at);
        }
        (value, offset)
    };
    // A step may not read and write one buffer: what another part of its concat reads moves out.
    for draft in &drafts {
        let written = outermost(&home, draft.stored().0).0;
        for read in [Some(draft.input), draft.residual.map(|r| r.0)].into_iter().flatten() {
            if outermost(&home, read.0).0 == written
                && let Some((concat, offset)) = home.remove(&read.0)
            {
                copies.push((NodeId(concat % n), read, offset));
            }
        }
    }

    let mut plan = Plan { buffers: Vec::new(), steps: Vec::new(), views: vec![None; n] };
    let input = plan.new_buffer(graph, graph.input);
    let mut buffers = HashMap::from([(plain(graph.input), input)]);
    let mut view = |plan: &mut Plan, value: usize| {
        let (root, offset) = outermost(&home, value);
        let base = *buffers.entry(root).or_insert_with(|| plan.new_buffer(graph, NodeId(root % n)));
        View { shape: graph.node(NodeId(value % n)).shape, offset, ..base }
    };
    let mut steps: Vec<(NodeId, Step)> = Vec::new();
    for (concat, part, offset) in copies {
        let whole = view(&mut plan, plain(concat));
        let input = view(&mut plan, part.0);
        let output = View { shape: graph.node(part).shape, offset: whole.offset + offset, ..whole };
        let (kernel, epilogue) = (Kernel::Pointwise, Epilogue::default());
        let (operands, outputs) = (vec![input], vec![output]);
        let step = Step { nodes: vec![concat], kernel, weights: None, operands, outputs, epilogue, macs: 0 };
        insert(&mut steps, (concat, step), |(node, _)| *node);
    }
    for draft in drafts {
        let stored = draft.stored();
        let output = view(&mut plan, stored.0);
        let mut operands = vec![view(&mut plan, own_input(&draft))];
        let residual = draft.residual.map(|(other, sum, scaled)| {
            operands.push(view(&mut plan, other.0));
            Residual { operand: operands.len() - 1, sum, scaled }
        });
        let step = Step {
            operands,
            outputs: vec![output],
            macs: draft.nodes.iter().map(|id| graph.cost(*id).macs).sum(),
            kernel: draft.kernel,
            weights: draft.weights,
            epilogue: Epilogue { affine: draft.affine, residual, relu: draft.relu },
            nodes: draft.nodes,
        };
        plan.views[stored.0] = Some(output);
        // A copy comes before the step that its concat has.
        insert(&mut steps, (stored, step), |(node, _)| *node);
    }
    plan.steps = steps.into_iter().map(|(_, step)| step).collect();
    for id in graph.ids() {
        if matches!(graph.node(id).op, Op::Input(_) | Op::Concat) {
            plan.views[id.0] = Some(view(&mut plan, id.0));
        }
    }
    Ok(plan)
}
