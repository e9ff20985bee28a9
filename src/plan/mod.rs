//! Which steps compute a network? Pure functions from a graph to a list of steps over named
//! buffers, tested without a device.
//!
//! Activations are NHWC: a buffer holds a row-major H,W,C array of f32 for each picture of a batch, one
//! after the other, channels padded with zeros to a multiple of four (`vec4<f32>` in shaders). A branch
//! writes straight into its channel range of its module's buffer, so that a concat costs nothing and a
//! branch is a [`View`]. Plans are made for one picture: the batch size is up to the engine.
//!
//! Batch norm, bias, residual sum, ReLU and muting happen in the [`Epilogue`] of the step that
//! produces the values: `gain · relu(scale · acc + shift + other · residual)` for each channel.
//! Weights stay as they are in the file, so that a convolution's raw output can be read as well.

pub mod backward;
mod lower;
pub mod pack;

pub use lower::Pins;

use crate::error::{Coded, Facts};
use crate::net::op::{LocalResponseNorm, Window};
use crate::net::{NodeId, Shape};

/// Channels rounded up to the multiple of four that buffers have.
pub const fn padded(channels: usize) -> usize {
    channels.next_multiple_of(4)
}

/// A buffer's position in [`Plan::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(pub usize);

/// One device buffer: an H,W,C array of f32 for each picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BufferSpec {
    /// The node that it was made for; used in messages and GPU debuggers.
    pub name: String,
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
    /// Channels, a multiple of four: the distance between neighbouring pixels.
    pub channels: usize,
}

impl BufferSpec {
    /// Number of f32 of one picture.
    pub fn len(&self) -> usize {
        self.h * self.w * self.channels
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a view lies in it, on groups of four channels.
    pub fn holds(&self, view: &View) -> bool {
        self.channels.is_multiple_of(4)
            && view.offset.is_multiple_of(4)
            && view.shape.values() > 0
            && view.offset + padded(view.shape.c()) <= self.channels
            && (view.shape.h(), view.shape.w()) == (self.h, self.w)
    }
}

/// A range of channels of a buffer: where a node's value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The buffer.
    pub buffer: BufferId,
    /// The value's shape (channels not padded).
    pub shape: Shape,
    /// First channel in the buffer, a multiple of four.
    pub offset: usize,
}

impl View {
    /// Number of [`EpilogueValues::channels`] for a step that writes this view.
    pub const fn epilogue_len(&self) -> usize {
        padded(self.shape.c()) * 3
    }

    /// Whether the two share a channel.
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.buffer.0 == other.buffer.0
            && self.offset < other.offset + padded(other.shape.c())
            && other.offset < self.offset + padded(self.shape.c())
    }
}

/// What a step computes before its epilogue.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    /// Dense convolution. A linear layer is one whose kernel covers its whole input.
    Conv2d(Window),
    /// Convolution in groups, neither dense nor depthwise.
    GroupedConv2d {
        /// Kernel, stride, padding.
        window: Window,
        /// Independent groups of channels.
        groups: usize,
    },
    /// One kernel for each channel.
    DepthwiseConv2d {
        /// Kernel, stride, padding.
        window: Window,
        /// Apply ReLU to what is read (Xception's blocks start with one).
        relu_input: bool,
    },
    /// Largest value; padding never wins.
    MaxPool(Window),
    /// Mean. The divisor counts the window clipped to the padded input (`count_include_pad`) or to the input.
    AvgPool {
        /// Kernel, stride, padding.
        window: Window,
        /// Whether padding counts.
        count_include_pad: bool,
    },
    /// Mean over the regions of [`crate::net::op::AdaptiveAvgPool`]; global pooling has a 1×1 output.
    AdaptiveAvgPool,
    /// The input itself: batch norm, ReLU, sums, gains as steps of their own.
    Pointwise,
    /// Across channels.
    LocalResponseNorm(LocalResponseNorm),
    /// Of a vector.
    Softmax,
    /// Of a vector.
    L2Normalize,
    /// The gradient of what another kernel read, from that of what it yielded; see [`Adjoint`].
    Backward(Adjoint),
}

impl Kernel {
    /// How many of a step's operands the kernel reads; the others are the epilogue's.
    pub const fn operands(&self) -> usize {
        match self {
            Self::Backward(adjoint) => adjoint.operands(),
            _ => 1,
        }
    }
}

/// Adjoints of kernels, in gather form: each value of a gradient is summed up by itself. The first operand is
/// the gradient of what the kernel yielded. A dense convolution's adjoint is a convolution: see
/// [`backward`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adjoint {
    /// Through a ReLU, whose result is the second operand.
    Relu(ReluRule),
    /// Of [`Kernel::GroupedConv2d`].
    GroupedConv2d {
        /// Kernel, stride, padding.
        window: Window,
        /// Independent groups of channels.
        groups: usize,
    },
    /// Of [`Kernel::DepthwiseConv2d`]; the second operand is what that read.
    DepthwiseConv2d {
        /// Kernel, stride, padding.
        window: Window,
        /// Whether it applied ReLU to what it read.
        relu_input: bool,
    },
    /// Of [`Kernel::MaxPool`]: to the first of a window's largest values. The second operand is what that read,
    /// the third what it yielded.
    MaxPool(Window),
    /// Of [`Kernel::AvgPool`].
    AvgPool {
        /// Kernel, stride, padding.
        window: Window,
        /// Whether padding counts.
        count_include_pad: bool,
    },
    /// Of [`Kernel::AdaptiveAvgPool`].
    AdaptiveAvgPool,
    /// Of [`Kernel::LocalResponseNorm`]; the second operand is what that read.
    LocalResponseNorm(LocalResponseNorm),
    /// Of [`Kernel::Softmax`]; the second operand is what that yielded.
    Softmax,
    /// Of [`Kernel::L2Normalize`]; the second operand is what that read.
    L2Normalize,
    /// Puts what it reads at every `stride`-th row and column from `first` on, and zeros elsewhere.
    Spread {
        /// Vertical and horizontal step.
        stride: [usize; 2],
        /// First row and column.
        first: [usize; 2],
    },
}

impl Adjoint {
    /// How many operands it reads.
    pub const fn operands(&self) -> usize {
        match self {
            Self::MaxPool(_) => 3,
            Self::Relu(_)
            | Self::DepthwiseConv2d { .. }
            | Self::LocalResponseNorm(_)
            | Self::Softmax
            | Self::L2Normalize => 2,
            Self::GroupedConv2d { .. }
            | Self::AvgPool { .. }
            | Self::AdaptiveAvgPool
            | Self::Spread { .. } => 1,
        }
    }
}

/// What a gradient becomes on its way back through a ReLU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReluRule {
    /// It stays where the ReLU's result is positive.
    #[default]
    Plain,
    /// It stays where it is positive too: guided backpropagation (arXiv 1412.6806).
    Guided,
}

/// A per-channel `scale · x + shift`, in the order of application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affine {
    /// `bias` of this convolution or linear layer.
    Bias(NodeId),
    /// This batch norm.
    BatchNorm(NodeId),
    /// This [`crate::net::op::ChannelAffine`].
    Constant(NodeId),
}

impl Affine {
    /// The node that it is.
    pub const fn node(&self) -> NodeId {
        match *self {
            Self::Bias(node) | Self::BatchNorm(node) | Self::Constant(node) => node,
        }
    }
}

impl Coded for PlanError {
    fn code(&self) -> &'static str {
        match self {
            Self::Alignment { .. } => "plan.alignment",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Alignment { node, part, offset } => {
                vec![("node", node.into()), ("part", part.into()), ("offset", (*offset).into())]
            }
        }
    }
}

/// The other summand of a residual sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residual {
    /// Which of the step's operands it is. Same shape as the step's output.
    pub operand: usize,
    /// The [`crate::net::op::Add`] that is computed.
    pub sum: NodeId,
    /// Which summand the residual scale multiplies.
    pub scaled: Summand,
}

impl Residual {
    /// The factors of the step's own value and of the other summand, for a residual scale.
    pub const fn factors(&self, scale: f32) -> [f32; 2] {
        match self.scaled {
            Summand::Own => [scale, 1.0],
            Summand::Other => [1.0, scale],
        }
    }
}

/// One of the two summands of a step with a residual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summand {
    /// What the step computes.
    Own,
    /// What it reads.
    Other,
}

/// What happens to a value before it is stored: `gain · relu(scale · acc + shift + other · residual)`.
/// The gain is 1 unless an intervention changes it: see [`Change`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epilogue {
    /// Composed into one scale and shift a channel.
    pub affine: Vec<Affine>,
    /// Residual sum.
    pub residual: Option<Residual>,
    /// max(x, 0).
    pub relu: bool,
}

/// What an intervention changes in a step's epilogue. No other plan is needed for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// One factor a channel of the stored value: 0 mutes. All 1 if none.
    pub gain: Option<&'a [f32]>,
    /// Instead of the network's own residual scale.
    pub residual_scale: Option<f32>,
}

/// The numbers of a step's epilogue.
#[derive(Clone, Debug, PartialEq)]
pub struct EpilogueValues {
    /// For each group of four channels four scales, four shifts, four gains. Channels that only pad the
    /// buffer have zeros.
    pub channels: Vec<f32>,
    /// Factor of the other summand.
    pub other: f32,
}

/// One dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The graph nodes that it computes, in order; the last is the one stored at `output`.
    pub nodes: Vec<NodeId>,
    /// What is computed.
    pub kernel: Kernel,
    /// The node whose `weight` tensor the kernel reads.
    pub weights: Option<NodeId>,
    /// What is read. The first is what the kernel works on; the epilogue may name others.
    pub operands: Vec<View>,
    /// What is written: every value of these views, padding channels (as zeros) included. The first is
    /// what the epilogue belongs to.
    pub outputs: Vec<View>,
    /// What happens to the values before they are stored.
    pub epilogue: Epilogue,
    /// Multiply-adds.
    pub macs: u64,
}

impl Step {
    /// What the kernel works on.
    pub fn input(&self) -> &View {
        &self.operands[0]
    }

    /// What the epilogue belongs to.
    pub fn output(&self) -> &View {
        &self.outputs[0]
    }

    /// The other summand, if the step has a residual.
    pub fn residual(&self) -> Option<(&Residual, &View)> {
        let residual = self.epilogue.residual.as_ref()?;
        Some((residual, &self.operands[residual.operand]))
    }

    /// The node whose value is stored.
    pub fn stored(&self) -> Option<NodeId> {
        self.nodes.last().copied()
    }
}

/// Steps over buffers.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What the steps read and write. The first is the input's.
    pub buffers: Vec<BufferSpec>,
    /// In order of execution.
    pub steps: Vec<Step>,
    /// Where each node's value is after a run; `None` if it was fused away. By [`NodeId`].
    pub views: Vec<Option<View>>,
}

/// Why a graph cannot be planned.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// A branch starts in the middle of a group of four channels.
    #[error("{node}: part {part} of the concat starts at channel {offset}, which is not a multiple of four")]
    Alignment {
        /// The concat.
        node: String,
        /// The part.
        part: String,
        /// Its first channel.
        offset: usize,
    },
}
