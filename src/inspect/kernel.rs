//! By which learned weights is a channel made?

use crate::net::NodeId;
use crate::plan::pack::Layout;
use crate::run::{Run, RunError, check_channels};

/// The learned weights that one channel is made with.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingKernel {
    /// The convolution or linear layer.
    pub node: String,
    /// The first input channel that they read.
    pub first: usize,
    /// Input channels, rows, columns.
    pub shape: [usize; 3],
    /// Row-major, as in the weight file: batch norm's factor is no part of it.
    pub data: Vec<f32>,
}

impl Run {
    /// The weights that a channel is made with; none for what has none (pools, the picture). A value that
    /// is normalised, rectified or summed afterwards has those of its convolution, a residual sum those of
    /// its residual branch.
    ///
    /// # Errors
    /// [`RunError::Graph`] and [`RunError::Channel`] if there is no such thing, [`RunError::Engine`].
    pub async fn kernel(&mut self, id: &str, channel: usize) -> Result<Option<IncomingKernel>, RunError> {
        let asked = self.graph().find(id)?;
        check_channels(id, self.graph().node(asked).shape, &[channel])?;
        let (mut node, channel) = self.graph().source(asked, channel);
        while self.graph().node(node).op.is_pointwise() {
            node = self.graph().node(node).inputs[0];
        }
        let of = self.graph().node(node);
        let read = of.inputs.first().map(|input| self.graph().node(*input).shape);
        let Some((from, shape)) = read.and_then(|from| Some((from, of.op.kernel(from)?))) else {
            return Ok(None);
        };
        let first = of.op.incoming(channel, from.c()).start;
        let name = of.id.clone();
        let (layout, weights) = self.weights(node).await?;
        let taps = shape[1] * shape[2];
        let data = (0..shape[0] * taps).map(|n| weights[layout.index(channel, n / taps, n % taps)]).collect();
        Ok(Some(IncomingKernel { node: name, first, shape, data }))
    }

    /// The weights of a convolution or linear layer as the engine reads them, and where each of them lies.
    pub(super) async fn weights(&mut self, node: NodeId) -> Result<(Layout, Vec<f32>), RunError> {
        let layout = self.network().layout(node).filter(|_| self.network().params().is_loaded(node));
        let Some(layout) = layout else {
            return Err(RunError::NotComputed { node: self.graph().node(node).id.clone() });
        };
        Ok((layout, self.engine_mut().read_weights(node).await?))
    }
}
