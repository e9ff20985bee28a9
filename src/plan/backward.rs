//! Which steps compute a gradient? From a plan, the nodes whose gradient is given and those whose
//! gradient is wished, to the steps in between, which run after the plan's own. Only what lies between is computed.
//!
//! A step's value is `gain · relu(scale · acc + shift + other · residual)`, where `acc` is what its kernel
//! yields. On the way back a step first takes the gradient through gain, ReLU and scale, then through its kernel. A value
//! that several steps read gets one contribution of each: a step adds what was there as its residual. A concat costs
//! nothing here either: the gradient of a branch is a range of channels of its concat's.
//!
//! The adjoint of a dense convolution with stride 1 is one with mirrored kernels whose input and output channels
//! are swapped. With stride `s`, the rows that leave the remainder `a` when their position in the padded
//! input is divided by `s` see every `s`-th tap from `a` on and no others: a convolution with stride 1 again, for each pair of
//! remainders. So no product with a zero is computed.

use super::pack::Layout;
use super::{
    Adjoint, BufferId, BufferSpec, Epilogue, EpilogueValues, Kernel, Plan, ReluRule, Residual, Step, Summand,
    View, padded,
};
use crate::net::op::{Padding, Window};
use crate::net::{Graph, NodeId};
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

/// A part of a convolution's weights for its adjoint.
#[derive(Clone, Copy, Debug)]
pub struct Mirrored {
    /// By which number engines know it: one after those of the graph's nodes.
    pub number: NodeId,
    /// Whose weights they are.
    pub node: NodeId,
    /// The first tap, and from one to the next.
    first: [usize; 2],
    stride: [usize; 2],
    /// Taps of the convolution, of the part, and of the adjoint.
    kernel: [usize; 2],
    part: [usize; 2],
    taps: [usize; 2],
}

impl Mirrored {
    /// From a convolution's packed weights to the adjoint's: taps in reverse, channels swapped.
    pub fn pack(&self, weights: &[f32], of: Layout, to: Layout, [outputs, inputs]: [usize; 2]) -> Vec<f32> {
        let mut packed = to.zeros();
        let [rows, columns] = self.taps;
        for row in 0..self.part[0] {
            for column in 0..self.part[1] {
                let ky = self.first[0] + self.stride[0] * row;
                let kx = self.first[1] + self.stride[1] * column;
                let (from, tap) =
                    (ky * self.kernel[1] + kx, (rows - 1 - row) * columns + columns - 1 - column);
                for out in 0..outputs {
                    for input in 0..inputs {
                        packed[to.index(input, out, tap)] = weights[of.index(out, input, from)];
                    }
                }
            }
        }
        packed
    }
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

struct Maker<'a> {
    graph: &'a Graph,
    forward: &'a Plan,
    plan: Plan,
    factors: Vec<Factor>,
    mirrored: Vec<Mirrored>,
    /// By buffer of the plan: where gradients of its channels are, the newest last.
    pieces: HashMap<BufferId, Vec<(View, View)>>,
    /// Buffers for what is read by the next steps only, by what it is and its rows, columns and channels.
    scratch: HashMap<(&'static str, usize, usize, usize), BufferId>,
    useful: Vec<bool>,
    wished: Vec<View>,
    rule: ReluRule,
}

impl Maker<'_> {
    /// A buffer of its own for something of a view's shape.
    fn buffer(&mut self, what: &str, of: View) -> View {
        let name = format!("{what} of {}", self.forward.buffers[of.buffer.0].name);
        let (h, w, channels) = (of.shape.h(), of.shape.w(), padded(of.shape.c()));
        self.plan.buffers.push(BufferSpec { name, h, w, channels });
        View { buffer: BufferId(self.plan.buffers.len() - 1), shape: of.shape, offset: 0 }
    }

    /// The same, that only the next steps read.
    fn scratch(&mut self, what: &'static str, of: View) -> View {
        let key = (what, of.shape.h(), of.shape.w(), padded(of.shape.c()));
        let buffer = match self.scratch.get(&key) {
            Some(buffer) => *buffer,
            None => {
                let buffer = self.buffer(what, of).buffer;
                self.scratch.insert(key, buffer);
                buffer
            }
        };
        View { buffer, shape: of.shape, offset: 0 }
    }

    /// Where the gradient of a view is, as far as contributions have come.
    fn gradient(&self, view: View) -> Option<View> {
        let pieces = self.pieces.get(&view.buffer)?;
        let (of, at) = pieces.iter().rev().find(|(of, _)| covers(of, &view))?;
        Some(View { offset: at.offset + view.offset - of.offset, shape: view.shape, ..*at })
    }

    fn add_piece(&mut self, of: View, at: View) {
        let pieces = self.pieces.entry(of.buffer).or_default();
        // Parts that had contributions of their own get those of the whole.
        let parts: Vec<(View, View)> =
            pieces.iter().filter(|(part, _)| covers(&of, part) && !covers(part, &of)).copied().collect();
        pieces.push((of, at));
        for (part, before) in parts {
            let whole = View { offset: at.offset + part.offset - of.offset, shape: part.shape, ..at };
            let sum = self.buffer("gradient", part);
            self.push(Kernel::Pointwise, None, vec![whole], Some(before), sum, Factor::One);
            self.pieces.entry(of.buffer).or_default().push((part, sum));
        }
    }

    fn push(
        &mut self,
        kernel: Kernel,
        weights: Option<NodeId>,
        mut operands: Vec<View>,
        before: Option<View>,
        output: View,
        factor: Factor,
    ) {
        let residual = before.map(|before| {
            operands.push(before);
            Residual { operand: operands.len() - 1, sum: self.graph.input, scaled: Summand::Own }
        });
        let macs = match kernel {
            Kernel::Conv2d(Window { kernel: [h, w], .. }) => {
                output.shape.values() * operands[0].shape.c() * h * w
            }
            _ => 0,
        };
        self.plan.steps.push(Step {
            nodes: Vec::new(),
            kernel,
            weights,
            operands,
            outputs: vec![output],
            epilogue: Epilogue { residual, ..Epilogue::default() },
            macs: macs as u64,
        });
        self.factors.push(factor);
    }

    /// Adds a contribution to the gradient of a view.
    fn contribute(
        &mut self,
        of: View,
        kernel: Kernel,
        weights: Option<NodeId>,
        operands: Vec<View>,
        factor: Factor,
    ) {
        let before = self.gradient(of);
        let sum = self.buffer("gradient", of);
        self.push(kernel, weights, operands, before, sum, factor);
        self.add_piece(of, sum);
    }

    /// Whether somebody wishes what the gradient of a view, which a step reads, leads to.
    fn leads(&self, view: &View, step: usize) -> bool {
        self.wished.iter().any(|wished| wished.overlaps(view))
            || self.forward.writers(*view, step).any(|writer| self.useful[writer])
    }

    /// From the gradient of what a step stores to that of what it reads.
    fn undo(&mut self, index: usize) {
        let step = &self.forward.steps[index];
        let Some(gradient) = self.gradient(*step.output()).filter(|_| self.useful[index]) else { return };
        let (input, output) = (*step.input(), *step.output());
        let through = |maker: &mut Self, factor: Factor, to: Option<View>| {
            let (kernel, operands) = match step.epilogue.relu {
                true => (Kernel::Backward(Adjoint::Relu(maker.rule)), vec![gradient, output]),
                false => (Kernel::Pointwise, vec![gradient]),
            };
            match to {
                Some(of) => {
                    maker.contribute(of, kernel, None, operands, factor);
                    gradient
                }
                None => {
                    let scratch = maker.scratch("gradient before the epilogue", output);
                    maker.push(kernel, None, operands, None, scratch, factor);
                    scratch
                }
            }
        };
        if let Some((_, residual)) = step.residual()
            && self.leads(residual, index)
        {
            through(self, Factor::Other(index), Some(*residual));
        }
        if !self.leads(&input, index) {
            return;
        }
        if step.kernel == Kernel::Pointwise {
            through(self, Factor::Own(index), Some(input));
            return;
        }
        let raw = through(self, Factor::Own(index), None);
        let weights = step.weights;
        let mut add = |adjoint: Adjoint, operands: Vec<View>| {
            let weights = weights.filter(|_| {
                matches!(adjoint, Adjoint::GroupedConv2d { .. } | Adjoint::DepthwiseConv2d { .. })
            });
            self.contribute(input, Kernel::Backward(adjoint), weights, operands, Factor::One);
        };
        match step.kernel {
            Kernel::Conv2d(window) => self.undo_convolution(window, weights, raw, input),
            Kernel::GroupedConv2d { window, groups } => {
                add(Adjoint::GroupedConv2d { window, groups }, vec![raw]);
            }
            Kernel::DepthwiseConv2d { window, relu_input } => {
                add(Adjoint::DepthwiseConv2d { window, relu_input }, vec![raw, input]);
            }
            Kernel::MaxPool(window) => add(Adjoint::MaxPool(window), vec![raw, input, output]),
            Kernel::AvgPool { window, count_include_pad } => {
                add(Adjoint::AvgPool { window, count_include_pad }, vec![raw]);
            }
            Kernel::AdaptiveAvgPool => add(Adjoint::AdaptiveAvgPool, vec![raw]),
            Kernel::LocalResponseNorm(norm) => add(Adjoint::LocalResponseNorm(norm), vec![raw, input]),
            Kernel::Softmax => add(Adjoint::Softmax, vec![raw, output]),
            Kernel::L2Normalize => add(Adjoint::L2Normalize, vec![raw, input]),
            Kernel::Pointwise | Kernel::Backward(_) => {}
        }
    }

    fn undo_convolution(&mut self, window: Window, weights: Option<NodeId>, raw: View, input: View) {
        let Some(node) = weights else { return };
        let Window { kernel, stride, padding, .. } = window;
        let size = [input.shape.h(), input.shape.w()];
        for a in 0..stride[0] {
            for b in 0..stride[1] {
                let phase = [a, b];
                let before = [padding.top, padding.left];
                // The first row and column that leave these remainders, and how many do.
                let first = [0, 1].map(|i| (phase[i] + stride[i] - before[i] % stride[i]) % stride[i]);
                let count = [0, 1].map(|i| size[i].saturating_sub(first[i]).div_ceil(stride[i]));
                let part = [0, 1].map(|i| kernel[i].saturating_sub(phase[i]).div_ceil(stride[i]));
                if part.contains(&0) || count.contains(&0) {
                    continue;
                }
                // Where the first of them meets tap `phase`.
                let at = [0, 1].map(|i| (first[i] + before[i] - phase[i]) / stride[i]);
                // Where padding reaches further than the taps, which it does in no network, taps of zero follow.
                let taps = [0, 1].map(|i| part[i].max(at[i] + 1));
                let pad = [0, 1].map(|i| taps[i] - 1 - at[i]);
                let padding = Padding { top: pad[0], left: pad[1], ..Padding::default() };
                let number = NodeId(self.graph.nodes.len() * (1 + a * stride[1] + b) + node.0);
                self.mirrored.push(Mirrored { number, node, first: phase, stride, kernel, part, taps });
                let adjoint = Kernel::Conv2d(Window { kernel: taps, stride: [1, 1], padding, ceil: false });
                if stride == [1, 1] {
                    self.contribute(input, adjoint, Some(number), vec![raw], Factor::One);
                    continue;
                }
                let shape = crate::net::Shape::map(input.shape.c(), count[0], count[1]);
                let rows = self.scratch("every other row", View { shape, ..input });
                self.push(adjoint, Some(number), vec![raw], None, rows, Factor::One);
                let spread = Kernel::Backward(Adjoint::Spread { stride, first });
                self.contribute(input, spread, None, vec![rows], Factor::One);
            }
        }
    }
}

/// Whether a view has all channels of another one.
const fn covers(whole: &View, part: &View) -> bool {
    whole.buffer.0 == part.buffer.0
        && whole.offset <= part.offset
        && part.offset + padded(part.shape.c()) <= whole.offset + padded(whole.shape.c())
}
