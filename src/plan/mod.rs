//! In which steps is a network computed? Pure functions from a graph to a list of steps over named
//! buffers, tested without a device.
//!
//! Activations are NHWC: one row-major H,W,C array of f32 a buffer, channels padded with zeros to a
//! multiple of four (`vec4<f32>` in shaders). A branch writes straight into its channel range of
//! its module's buffer, so that a concat costs nothing and a branch is a [`View`].
//!
//! Batch norm, bias, residual sum, ReLU and muting happen in the [`Epilogue`] of the step that
//! produces the values: `gain · relu(scale · acc + shift + other · residual)` for each channel.
//! Weights stay as they are in the file, so that a convolution's raw output can be had as well.

mod lower;
pub mod pack;

pub use lower::Pins;

use crate::net::op::{LocalResponseNorm, Window};
use crate::net::{NodeId, Shape};

/// Channels rounded up to the multiple of four that buffers have.
pub const fn padded(channels: usize) -> usize {
    channels.next_multiple_of(4)
}

/// A buffer's position in [`Plan::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(pub usize);

/// One device buffer: an H,W,C array of f32.
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
    /// Number of f32.
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
    /// Number of values of [`Plan::epilogue`] for a step that writes this view.
    pub const fn epilogue_len(&self) -> usize {
        padded(self.shape.c()) * 3
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

/// The other summand of a residual sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// Where it is. Same shape as the step's output.
    pub view: View,
    /// Factor of this step's own value; folded into [`Plan::epilogue`]'s scale and shift.
    pub own: f32,
    /// Factor of the value at `view`.
    pub other: f32,
}

/// What happens to a value before it is stored: `gain · relu(scale · acc + shift + other · residual)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Epilogue {
    /// Composed into one scale and shift a channel.
    pub affine: Vec<Affine>,
    /// Residual sum.
    pub residual: Option<Residual>,
    /// max(x, 0).
    pub relu: bool,
    /// One factor a channel, at the very end: muting (0) or scaling a node. 1 if none.
    pub gain: Option<Vec<f32>>,
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
    /// What is read.
    pub input: View,
    /// What is written: every value of this view, padding channels (as zeros) included.
    pub output: View,
    /// What happens on the way out.
    pub epilogue: Epilogue,
    /// Multiply-adds.
    pub macs: u64,
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

/// Why no plan can be made.
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
    /// A gain of the wrong length.
    #[error("{node} has {expected} channels, but {found} gains were given")]
    Gain {
        /// The node.
        node: String,
        /// Its channels.
        expected: usize,
        /// Gains given.
        found: usize,
    },
}
