//! Which part of the picture can a value depend on?

use crate::net::{Graph, NodeId};
use crate::run::{Run, RunError, check_channels};
use serde::Serialize;

/// First row (or column) and one past the last.
pub type Span = [usize; 2];

/// Of every position of a node's maps: the rows and columns of the network's input that its value
/// depends on, and no others. A position's receptive field is its row's span by its column's span: the
/// smallest rectangle around all that some path through the graph reaches. Padding is no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReceptiveFields {
    /// One entry a row; none where nothing but padding is read.
    pub rows: Vec<Option<Span>>,
    /// One entry a column, likewise.
    pub columns: Vec<Option<Span>>,
}

impl ReceptiveFields {
    /// Of a node; of one channel of a concatenation that is the branch which the channel comes from, and
    /// without a channel all branches.
    pub fn of(graph: &Graph, node: NodeId, channel: Option<usize>) -> Self {
        let node = channel.map_or(node, |channel| graph.source(node, channel).0);
        let shape = graph.node(node).shape;
        let axis = |axis, length| (0..length).map(|at| span(graph, node, axis, at)).collect();
        Self { rows: axis(0, shape.h()), columns: axis(1, shape.w()) }
    }
}

/// What one position needs of the input, along one axis (0: rows, 1: columns).
fn span(graph: &Graph, node: NodeId, axis: usize, at: usize) -> Option<Span> {
    let mut needed: Vec<Option<Span>> = vec![None; node.0 + 1];
    needed[node.0] = Some([at, at + 1]);
    for id in (0..=node.0).rev().map(NodeId) {
        let Some([from, to]) = needed[id.0] else { continue };
        let of = graph.node(id);
        for &input in &of.inputs {
            let shape = graph.node(input).shape;
            let read = of.op.reads(axis, from..to, [shape.h(), shape.w()][axis]);
            if !read.is_empty() {
                let [first, end] = needed[input.0].unwrap_or([read.start, read.end]);
                needed[input.0] = Some([first.min(read.start), end.max(read.end)]);
            }
        }
    }
    needed[graph.input.0]
}

impl Run {
    /// The receptive fields of a node's positions on the network's input; see [`ReceptiveFields::of`].
    ///
    /// # Errors
    /// [`RunError::Graph`] if there is no such node, [`RunError::Channel`] if it has no such channel.
    pub fn receptive(&self, id: &str, channel: Option<usize>) -> Result<ReceptiveFields, RunError> {
        let node = self.graph().find(id)?;
        check_channels(id, self.graph().node(node).shape, channel.as_slice())?;
        Ok(ReceptiveFields::of(self.graph(), node, channel))
    }
}
