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
mod epilogue;
mod fuse;
mod kernel;
mod lower;
pub mod pack;
mod place;

pub use epilogue::{Affine, Change, Epilogue, EpilogueValues, Residual, Summand};
pub use kernel::{Adjoint, DepthwiseConv2d, GroupedConv2d, Kernel, ReluRule};
pub use lower::Pins;

use crate::error::{Coded, Facts};
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

/// What is computed at a time.
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
