//! From the last step to the first: which steps undo a step?

use super::mirrored::MOST_NODES;
use super::{Factor, Mirrored};
use crate::net::op::window::Phase;
use crate::net::op::{Padding, Window};
use crate::net::{Graph, NodeId, Shape};
use crate::plan::{
    Adjoint, BufferId, BufferSpec, Epilogue, Kernel, Plan, ReluRule, Residual, Step, Summand, View, padded,
};
use std::collections::HashMap;

pub(super) struct Maker<'a> {
    pub(super) graph: &'a Graph,
    pub(super) forward: &'a Plan,
    pub(super) plan: Plan,
    pub(super) factors: Vec<Factor>,
    pub(super) mirrored: Vec<Mirrored>,
    /// By buffer of the plan: where gradients of its channels are, the newest last.
    pub(super) pieces: HashMap<BufferId, Vec<(View, View)>>,
    /// Buffers for what is read by the next steps only, by what it is and its rows, columns and channels.
    pub(super) scratch: HashMap<(&'static str, usize, usize, usize), BufferId>,
    pub(super) useful: Vec<bool>,
    pub(super) wished: Vec<View>,
    pub(super) rule: ReluRule,
}

impl Maker<'_> {
    /// A buffer of its own for something of a view's shape.
    pub(super) fn buffer(&mut self, what: &str, of: View) -> View {
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
    pub(super) fn gradient(&self, view: View) -> Option<View> {
        let pieces = self.pieces.get(&view.buffer)?;
        let (of, at) = pieces.iter().rev().find(|(of, _)| covers(of, &view))?;
        Some(View { offset: at.offset + view.offset - of.offset, shape: view.shape, ..*at })
    }

    pub(super) fn add_piece(&mut self, of: View, at: View) {
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
    pub(super) fn undo(&mut self, index: usize) {
        let step = &self.forward.steps[index];
        let Some(gradient) = self.gradient(*step.output()).filter(|_| self.useful[index]) else { return };
        let (input, output) = (*step.input(), *step.output());
        let through = |maker: &mut Self, factor: Factor, to: Option<View>| {
            let (kernel, operands) = match step.epilogue.relu {
                true if maker.rule == ReluRule::Redirected => {
                    let passes = maker.scratch("passage", View { shape: Shape::map(1, 1, 1), ..output });
                    let kernel = Kernel::Backward(Adjoint::Passes);
                    maker.push(kernel, None, vec![gradient, output], None, passes, Factor::One);
                    let kernel = Kernel::Backward(Adjoint::Relu(maker.rule));
                    (kernel, vec![gradient, output, passes])
                }
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
        let (adjoint, operands) = match step.kernel {
            Kernel::Conv2d(window) => return self.undo_convolution(window, step.weights, raw, input),
            Kernel::GroupedConv2d(conv) => (Adjoint::GroupedConv2d(conv), vec![raw]),
            Kernel::DepthwiseConv2d(conv) => (Adjoint::DepthwiseConv2d(conv), vec![raw, input]),
            Kernel::MaxPool { window, .. } => (Adjoint::MaxPool(window), vec![raw, self.taps(index, window)]),
            Kernel::AvgPool(pool) => (Adjoint::AvgPool(pool), vec![raw]),
            Kernel::AdaptiveAvgPool => (Adjoint::AdaptiveAvgPool, vec![raw]),
            Kernel::LocalResponseNorm(norm) => (Adjoint::LocalResponseNorm(norm), vec![raw, input]),
            Kernel::Softmax => (Adjoint::Softmax, vec![raw, output]),
            Kernel::L2Normalize => (Adjoint::L2Normalize, vec![raw, input]),
            Kernel::Pointwise | Kernel::Backward(_) => return,
        };
        self.contribute(input, Kernel::Backward(adjoint), step.weights, operands, Factor::One);
    }

    /// Where a max pool tells which taps saw its values: from now on it does.
    fn taps(&mut self, index: usize, window: Window) -> View {
        let taps = self.buffer("taps", *self.forward.steps[index].output());
        let step = &mut self.plan.steps[index];
        step.kernel = Kernel::MaxPool { window, taps: true };
        step.outputs.truncate(1);
        step.outputs.push(taps);
        taps
    }

    fn undo_convolution(&mut self, window: Window, weights: Option<NodeId>, raw: View, input: View) {
        let Some(node) = weights else { return };
        let [vertical, horizontal] =
            [(0, input.shape.h()), (1, input.shape.w())].map(|(axis, size)| window.axis(axis).phases(size));
        let horizontal: Vec<Phase> = horizontal.collect();
        for rows in vertical {
            for &columns in &horizontal {
                let number = 1 + rows.tap * columns.stride + columns.tap;
                let number = NodeId(MOST_NODES * number + node.0);
                self.mirrored.push(Mirrored { number, node, window, phases: [rows, columns] });
                let adjoint = Kernel::Conv2d(Window {
                    kernel: [rows.taps, columns.taps],
                    stride: [1, 1],
                    padding: Padding { top: rows.before, left: columns.before, ..Padding::default() },
                    ceil: false,
                });
                if window.stride == [1, 1] {
                    self.contribute(input, adjoint, Some(number), vec![raw], Factor::One);
                    continue;
                }
                let shape = Shape::map(input.shape.c(), rows.count, columns.count);
                let part = self.scratch("every other row", View { shape, ..input });
                self.push(adjoint, Some(number), vec![raw], None, part, Factor::One);
                let spread = Adjoint::Spread { stride: window.stride, first: [rows.first, columns.first] };
                self.contribute(input, Kernel::Backward(spread), None, vec![part], Factor::One);
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
