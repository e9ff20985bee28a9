//! The ops that networks are made of: parameters, checks, output shapes and costs. One file an op.

mod add;
mod batch_norm;
mod channel_affine;
mod concat;
mod conv2d;
mod description;
mod linear;
mod lrn;
mod pool;
pub mod window;

pub use add::Add;
pub use batch_norm::BatchNorm;
pub use channel_affine::ChannelAffine;
pub use concat::concat_shape;
pub use conv2d::Conv2d;
pub use description::OpDescription;
pub use linear::Linear;
pub use lrn::LocalResponseNorm;
pub use pool::{AdaptiveAvgPool, AvgPool, MaxPool};
pub use window::{Padding, Window};

use super::Shape;
use crate::error::{Coded, Facts};
use serde::Serialize;
use std::ops::Range;

/// Why an op cannot take its inputs. The graph builder adds the node's id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OpError {
    /// Wrong number of inputs.
    #[error("takes {expected} inputs, got {found}")]
    InputCount {
        /// What the op takes.
        expected: usize,
        /// What it was given.
        found: usize,
    },
    /// Wrong number of input channels (or values).
    #[error("expects {expected} input channels, got {found}")]
    Channels {
        /// What the op's parameters say.
        expected: usize,
        /// What the input has.
        found: usize,
    },
    /// Input shapes that do not go together.
    #[error("inputs {0} and {1} do not match")]
    Mismatch(Shape, Shape),
    /// The window is larger than the padded input.
    #[error("a {kh}×{kw} window does not fit into the input {input}")]
    Window {
        /// Window rows.
        kh: usize,
        /// Window columns.
        kw: usize,
        /// The input's shape.
        input: Shape,
    },
    /// Parameters that make no sense.
    #[error("{0}")]
    Parameters(&'static str),
}

impl Coded for OpError {
    fn code(&self) -> &'static str {
        match self {
            Self::InputCount { .. } => "op.inputs",
            Self::Channels { .. } => "op.channels",
            Self::Mismatch(..) => "op.mismatch",
            Self::Window { .. } => "op.window",
            Self::Parameters(_) => "op.parameters",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::InputCount { expected, found } | Self::Channels { expected, found } => {
                vec![("expected", (*expected).into()), ("found", (*found).into())]
            }
            Self::Mismatch(a, b) => vec![("expected", a.to_string().into()), ("found", b.to_string().into())],
            Self::Window { kh, kw, input } => {
                vec![("window", format!("{kh}×{kw}").into()), ("input", input.to_string().into())]
            }
            Self::Parameters(problem) => vec![("problem", (*problem).into())],
        }
    }
}

/// What an op costs: learned parameters (batch norm statistics are not learned) and multiply-adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Learned values: weights, biases, batch norm gamma and beta.
    pub params: u64,
    /// Multiply-adds of convolutions and linear layers, the papers' (and timm's) "operations".
    pub macs: u64,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.params += other.params;
        self.macs += other.macs;
    }
}

/// One tensor that an op reads from a weight file, under the node's id: `{id}.{suffix}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamSpec {
    /// `weight`, `bias`, `running_mean`, `running_var`.
    pub suffix: &'static str,
    /// PyTorch's order: convolutions O,I,kh,kw; linear layers out,in.
    pub shape: Vec<usize>,
}

impl ParamSpec {
    fn new(suffix: &'static str, shape: impl Into<Vec<usize>>) -> Self {
        Self { suffix, shape: shape.into() }
    }
}

/// One op. Its inputs are nodes of the graph.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The normalised picture, C,H,W.
    Input(Shape),
    /// Fixed scale and shift of each channel (torchvision's `transform_input`).
    ChannelAffine(ChannelAffine),
    /// 2-D convolution, with groups (depthwise included).
    Conv2d(Conv2d),
    /// Batch normalisation with stored statistics.
    BatchNorm(BatchNorm),
    /// max(x, 0).
    Relu,
    /// Largest value of each window; padding never wins.
    MaxPool(MaxPool),
    /// Mean of each window.
    AvgPool(AvgPool),
    /// Mean of input regions that tile the input into a given number of rows and columns.
    AdaptiveAvgPool(AdaptiveAvgPool),
    /// Mean of each whole map; yields a vector.
    GlobalAvgPool,
    /// Fully connected layer over all values of its input, in C,H,W order.
    Linear(Linear),
    /// Residual sum, `scale · residual + shortcut`; inputs in that order.
    Add(Add),
    /// Channel concatenation.
    Concat,
    /// Local response normalisation across channels.
    LocalResponseNorm(LocalResponseNorm),
    /// Probabilities of a vector of logits.
    Softmax,
    /// A vector divided by its Euclidean length.
    L2Normalize,
}

impl Op {
    /// The field's name for the op, as in `models --json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Input(_) => "input",
            Self::ChannelAffine(_) => "transform_input",
            Self::Conv2d(c) if c.is_depthwise() => "depthwise_conv2d",
            Self::Conv2d(_) => "conv2d",
            Self::BatchNorm(_) => "batch_norm",
            Self::Relu => "relu",
            Self::MaxPool(_) => "max_pool2d",
            Self::AvgPool(_) => "avg_pool2d",
            Self::AdaptiveAvgPool(_) => "adaptive_avg_pool2d",
            Self::GlobalAvgPool => "global_avg_pool2d",
            Self::Linear(_) => "linear",
            Self::Add(_) => "add",
            Self::Concat => "concat",
            Self::LocalResponseNorm(_) => "local_response_norm",
            Self::Softmax => "softmax",
            Self::L2Normalize => "l2_normalize",
        }
    }

    /// The output's shape.
    ///
    /// # Errors
    ///
    /// [`OpError`] if the inputs are not those that the op takes.
    pub fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let one = || match inputs {
            [x] => Ok(*x),
            _ => Err(OpError::InputCount { expected: 1, found: inputs.len() }),
        };
        match self {
            Self::Input(shape) => match inputs {
                [] => Ok(*shape),
                _ => Err(OpError::InputCount { expected: 0, found: inputs.len() }),
            },
            Self::ChannelAffine(op) => op.output_shape(one()?),
            Self::Conv2d(op) => op.output_shape(one()?),
            Self::BatchNorm(op) => op.output_shape(one()?),
            Self::Relu | Self::LocalResponseNorm(_) | Self::Softmax | Self::L2Normalize => one(),
            Self::MaxPool(op) => op.window.output_shape(one()?),
            Self::AvgPool(op) => op.window.output_shape(one()?),
            Self::AdaptiveAvgPool(op) => Ok(Shape::map(one()?.c(), op.out[0], op.out[1])),
            Self::GlobalAvgPool => Ok(Shape::Vector(one()?.c())),
            Self::Linear(op) => op.output_shape(one()?),
            Self::Add(op) => op.output_shape(inputs),
            Self::Concat => concat_shape(inputs),
        }
    }

    /// The window that slides over its input, if there is one.
    pub fn window(&self) -> Option<Window> {
        match self {
            Self::Conv2d(op) => Some(op.window()),
            Self::MaxPool(op) => Some(op.window),
            Self::AvgPool(op) => Some(op.window),
            _ => None,
        }
    }

    /// Along one axis (0: rows, 1: columns), which of `size` inputs a span of outputs reads: from the first
    /// to the last. Empty if it reads nothing but padding.
    pub fn reads(&self, axis: usize, outputs: Range<usize>, size: usize) -> Range<usize> {
        let ends = |of: &dyn Fn(usize) -> Range<usize>| of(outputs.start).start..of(outputs.end - 1).end;
        match self {
            _ if outputs.is_empty() => 0..0,
            Self::AdaptiveAvgPool(op) => ends(&|at| window::region(at, size, op.out[axis])),
            Self::GlobalAvgPool | Self::Linear(_) => 0..size,
            _ => match self.window().map(|window| window.axis(axis)) {
                Some(slide) => ends(&|at| slide.reads(at, size)),
                None => outputs,
            },
        }
    }

    /// Which of its (first) input's channels an output channel reads. A concatenation's channel is known by
    /// [`Graph::source`](super::Graph::source).
    pub fn incoming(&self, channel: usize, channels: usize) -> Range<usize> {
        match self {
            Self::Conv2d(op) => op.incoming(channel),
            Self::LocalResponseNorm(op) => op.incoming(channel, channels),
            Self::Linear(_) | Self::Softmax | Self::L2Normalize => 0..channels,
            _ => channel..channel + 1,
        }
    }

    /// Channels, rows and columns of the learned kernel that one output channel is made with; none for an
    /// op that has no such kernel.
    pub fn kernel(&self, input: Shape) -> Option<[usize; 3]> {
        match self {
            Self::Conv2d(op) => Some([op.in_channels / op.groups, op.kernel[0], op.kernel[1]]),
            Self::Linear(_) => Some([input.c(), input.h(), input.w()]),
            _ => None,
        }
    }

    /// Whether each value is that of the first input at its place, changed by numbers of its channel, by its
    /// sign or by a sum: what follows a convolution in a block.
    pub fn is_pointwise(&self) -> bool {
        matches!(self, Self::BatchNorm(_) | Self::Relu | Self::Add(_))
    }

    /// Parameters and multiply-adds for these shapes.
    pub fn cost(&self, output: Shape) -> Cost {
        match self {
            Self::Conv2d(op) => op.cost(output),
            Self::BatchNorm(op) => Cost { params: 2 * op.channels as u64, macs: 0 },
            Self::Linear(op) => op.cost(),
            _ => Cost::default(),
        }
    }

    /// The tensors that the op reads from a weight file.
    pub fn params(&self) -> Vec<ParamSpec> {
        match self {
            Self::Conv2d(op) => op.params(),
            Self::BatchNorm(op) => op.params(),
            Self::Linear(op) => op.params(),
            _ => Vec::new(),
        }
    }
}
