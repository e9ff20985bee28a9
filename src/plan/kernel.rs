//! What can a step compute before its epilogue?

use crate::net::op::{AvgPool, LocalResponseNorm, Window};

/// Convolution in groups, neither dense nor depthwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupedConv2d {
    /// Kernel, stride, padding.
    pub window: Window,
    /// Independent groups of channels.
    pub groups: usize,
}

/// Convolution with one kernel for each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthwiseConv2d {
    /// Kernel, stride, padding.
    pub window: Window,
    /// Whether ReLU is applied to what is read (Xception's blocks start with one).
    pub relu_input: bool,
}

/// What a step computes before its epilogue.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    /// Dense convolution. A linear layer is one whose kernel covers its whole input.
    Conv2d(Window),
    /// See [`GroupedConv2d`].
    GroupedConv2d(GroupedConv2d),
    /// See [`DepthwiseConv2d`].
    DepthwiseConv2d(DepthwiseConv2d),
    /// Largest value; padding never wins.
    MaxPool {
        /// Kernel, stride, padding.
        window: Window,
        /// Whether there is a second output: by value, the number of the first tap of the window that saw
        /// the largest. [`Adjoint::MaxPool`] reads it.
        taps: bool,
    },
    /// Mean.
    AvgPool(AvgPool),
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

    /// How many views it writes.
    pub const fn outputs(&self) -> usize {
        match self {
            Self::MaxPool { taps: true, .. } => 2,
            _ => 1,
        }
    }
}

/// Adjoints of kernels, in gather form: each value of a gradient is summed up by itself. The first operand is
/// the gradient of what the kernel yielded. A dense convolution's adjoint is a convolution: see
/// [`super::backward`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adjoint {
    /// Through a ReLU, whose result is the second operand; of [`ReluRule::Redirected`] the third is what
    /// [`Adjoint::Passes`] found.
    Relu(ReluRule),
    /// One value a picture: 1 if any of the gradient comes through the ReLU whose result is the second operand, else 0.
    Passes,
    /// Of [`Kernel::GroupedConv2d`].
    GroupedConv2d(GroupedConv2d),
    /// Of [`Kernel::DepthwiseConv2d`]; the second operand is what that read.
    DepthwiseConv2d(DepthwiseConv2d),
    /// Of [`Kernel::MaxPool`], whose taps are the second operand.
    MaxPool(Window),
    /// Of [`Kernel::AvgPool`].
    AvgPool(AvgPool),
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
            Self::Relu(ReluRule::Redirected) => 3,
            Self::Relu(_)
            | Self::Passes
            | Self::DepthwiseConv2d(_)
            | Self::MaxPool(_)
            | Self::LocalResponseNorm(_)
            | Self::Softmax
            | Self::L2Normalize => 2,
            Self::GroupedConv2d(_) | Self::AvgPool(_) | Self::AdaptiveAvgPool | Self::Spread { .. } => 1,
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
    /// Plain, unless nothing comes through a whole ReLU that way: then it stays where it is positive, so that a
    /// ReLU that is closed everywhere is opened (Lucid's `redirected_relu_grad`).
    Redirected,
}
