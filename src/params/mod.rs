//! Which numbers does a network hold? Biases and batch norms by node, which weights have come, and a
//! version of each node's numbers, so that a run can tell when it used an older one. Knows neither file
//! formats nor devices.

use crate::net::{Graph, NodeId};
use std::collections::HashMap;

/// Whose tensor it is: a node, and `weight`, `bias`, `running_mean` or `running_var`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The node.
    pub node: NodeId,
    /// Which of its tensors.
    pub suffix: &'static str,
}

/// The numbers of a network, as far as they have come.
#[derive(Clone, Debug)]
pub struct Params {
    /// Biases and batch norm tensors. Convolutions' weights live on a device only.
    small: HashMap<Place, Vec<f32>>,
    /// By node: how many bytes of its `weight` are on the device.
    loaded: Vec<usize>,
    /// By node: the revision in which a tensor of it changed last.
    versions: Vec<u64>,
    revision: u64,
    complete: bool,
}

impl Params {
    /// No parameters yet, for a network of `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            small: HashMap::new(),
            loaded: vec![0; nodes],
            versions: vec![0; nodes],
            revision: 0,
            complete: false,
        }
    }

    /// Takes a bias or a batch norm's tensor.
    pub fn set(&mut self, place: Place, values: Vec<f32>) {
        self.small.insert(place, values);
        self.changed(place.node);
    }

    /// A node's `weight` is on the device now, and takes `bytes` bytes there.
    pub fn set_loaded(&mut self, node: NodeId, bytes: usize) {
        self.loaded[node.0] = bytes;
        self.changed(node);
    }

    fn changed(&mut self, node: NodeId) {
        self.revision += 1;
        self.versions[node.0] = self.revision;
    }

    /// No more tensors will come.
    pub fn set_complete(&mut self) {
        self.complete = true;
    }

    /// Whether no more tensors will come.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// A bias or a batch norm's tensor.
    pub fn get(&self, node: NodeId, suffix: &'static str) -> Option<&[f32]> {
        self.small.get(&Place { node, suffix }).map(Vec::as_slice)
    }

    /// Whether a node's `weight` is on the device.
    pub fn is_loaded(&self, node: NodeId) -> bool {
        self.loaded[node.0] > 0
    }

    /// Whether all of a node's tensors have come.
    pub fn has(&self, graph: &Graph, node: NodeId) -> bool {
        let weight = |suffix: &str| suffix == "weight" && self.is_loaded(node);
        let params = graph.node(node).op.params();
        params.iter().all(|param| weight(param.suffix) || self.get(node, param.suffix).is_some())
    }

    /// Grows with every change; 0 before the first.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The revision in which a tensor of a node changed last.
    pub fn version(&self, node: NodeId) -> u64 {
        self.versions[node.0]
    }

    /// Bytes on the device and here.
    pub fn bytes(&self) -> usize {
        let small: usize = self.small.values().map(|values| size_of_val(values.as_slice())).sum();
        self.loaded.iter().sum::<usize>() + small
    }
}
