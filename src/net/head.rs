//! Dense layers between a network and its classifier, as transfer learning adds them.

use super::op::Linear;
use super::{Graph, GraphError, Node, NodeId, Op, Shape};
use std::collections::HashMap;

/// A dense layer before the classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dense {
    /// Number of its outputs.
    pub width: usize,
    /// Whether ReLU follows.
    pub relu: bool,
}

impl Dense {
    /// The id of such a layer at a position, counted from the pool. It tells whether ReLU follows, so that a file
    /// with such names does.
    pub fn id(&self, position: usize) -> String {
        if self.relu { format!("head.{position}") } else { format!("head.{position}.linear") }
    }
}

impl Graph {
    /// The dense layers before the classifier that it was built with.
    pub fn head(&self) -> Vec<Dense> {
        let layer = |position| {
            [true, false].into_iter().find_map(|relu| {
                let node = self.find(&Dense { width: 0, relu }.id(position)).ok()?;
                Some(Dense { width: self.node(node).shape.values(), relu })
            })
        };
        (0..).map_while(layer).collect()
    }

    /// The same network with dense layers before its classifier: `head.0`, `head.0.relu`, `head.1.linear`, …
    pub(super) fn with_head(mut self, layers: &[Dense]) -> Result<Self, GraphError> {
        if layers.is_empty() {
            return Ok(self);
        }
        let classifier = self.nodes[self.logits.0].clone();
        let (Op::Linear(linear), [before]) = (&classifier.op, classifier.inputs.as_slice()) else {
            return Ok(self);
        };
        let mut x = *before;
        let mut added = Vec::new();
        let mut in_features = linear.in_features;
        for (position, layer) in layers.iter().enumerate() {
            let id = layer.id(position);
            let dense = Op::Linear(Linear { in_features, out_features: layer.width, bias: true });
            let relu = layer.relu.then(|| (format!("{id}.relu"), Op::Relu));
            for (id, op) in [(id, dense)].into_iter().chain(relu) {
                added.push(Node {
                    id,
                    op,
                    inputs: vec![x],
                    shape: Shape::Vector(layer.width),
                    ..classifier.clone()
                });
                x = NodeId(self.logits.0 + added.len() - 1);
            }
            in_features = layer.width;
        }
        // Nodes stay in execution order: the classifier and those behind it move back.
        let (at, count) = (self.logits.0, added.len());
        let moved = |id: NodeId| if id.0 < at { id } else { NodeId(id.0 + count) };
        for node in &mut self.nodes {
            node.inputs.iter_mut().for_each(|input| *input = moved(*input));
        }
        self.nodes[at].inputs = vec![x];
        self.nodes[at].op = Op::Linear(Linear { in_features, ..*linear });
        self.nodes.splice(at..at, added);
        (self.logits, self.probabilities) = (moved(self.logits), moved(self.probabilities));
        self.by_id = HashMap::new();
        for (position, node) in self.nodes.iter().enumerate() {
            if self.by_id.insert(node.id.clone(), NodeId(position)).is_some() {
                return Err(GraphError::Duplicate(node.id.clone()));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo::{self, NETWORKS, Options};

    #[test]
    fn dense_layers_stand_between_pool_and_classifier() {
        let head = vec![Dense { width: 7, relu: true }, Dense { width: 5, relu: false }];
        for network in NETWORKS {
            let plain = zoo::build(network.id, &Options::default()).unwrap();
            let options = Options { classes: Some(3), head: head.clone(), ..Options::default() };
            let graph = zoo::build(network.id, &options).unwrap();
            assert_eq!((plain.head(), graph.head()), (vec![], head.clone()));
            assert_eq!(graph.nodes.len(), plain.nodes.len() + 3, "{}", network.id);
            let mut ids = vec![graph.probabilities];
            while ids.len() < 6 {
                ids.push(graph.node(ids[ids.len() - 1]).inputs[0]);
            }
            let classifier = &plain.node(plain.logits).id;
            let pool = &plain.node(plain.node(plain.logits).inputs[0]).id;
            let names: Vec<&str> = ids.iter().map(|id| graph.node(*id).id.as_str()).collect();
            assert_eq!(names, ["probabilities", classifier, "head.1.linear", "head.0.relu", "head.0", pool]);
            assert_eq!((graph.classes(), ids[1]), (3, graph.logits));
            for (position, node) in graph.nodes.iter().enumerate() {
                assert!(node.inputs.iter().all(|input| input.0 < position), "{} {}", network.id, node.id);
                assert_eq!(graph.find(&node.id), Ok(NodeId(position)));
                let inputs: Vec<Shape> = node.inputs.iter().map(|input| graph.node(*input).shape).collect();
                assert_eq!(node.op.output_shape(&inputs), Ok(node.shape), "{} {}", network.id, node.id);
            }
        }
    }
}
