//! From graph to steps.

use crate::net::NodeId;
use std::collections::{BTreeMap, BTreeSet};

/// What a plan must not fuse away, and what it must change.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    /// Record every node.
    pub every_op: bool,
    /// Record these nodes.
    pub nodes: BTreeSet<NodeId>,
    /// One factor a channel for the recorded value of these nodes, which are recorded.
    pub gains: BTreeMap<NodeId, Vec<f32>>,
}
