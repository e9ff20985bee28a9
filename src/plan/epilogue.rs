//! What happens to a step's values before they are stored, and by which numbers?

use super::Plan;
use crate::net::{Graph, NodeId, Op};

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

impl Affine {
    /// Scale and shift of a channel, in double precision; `param` as in [`Plan::epilogue`].
    pub fn at<'a>(
        &self,
        graph: &Graph,
        channel: usize,
        param: &dyn Fn(NodeId, &'static str) -> Option<&'a [f32]>,
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

impl Plan {
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
}
