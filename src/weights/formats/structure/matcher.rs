//! Two graphs side by side: every node of ours must be met by a layer of the file that does the same.

use super::affine::{Affine, statistics};
use super::{BatchStatistics, Kind, Layer, Norm, Pool, Structure};
use crate::net::op::Window;
use crate::net::{Graph, ModuleKind, NodeId, Op};
use crate::weights::Tensor;
use std::collections::HashSet;

/// How far a network went along with the file.
pub(super) struct Mismatch {
    pub(super) network: String,
    pub(super) matched: usize,
    pub(super) node: String,
    pub(super) expected: String,
    pub(super) found: String,
}

/// The graphs differ.
pub(super) struct Differs;

/// A layer that was met by one of our nodes.
struct Pair {
    node: NodeId,
    /// The batch norm that follows our node.
    norm: Option<NodeId>,
    layer: usize,
    /// What follows the file's layer, in order.
    norms: Vec<usize>,
    /// The factor of a residual sum, by which the layer's output is multiplied in the file.
    factor: f32,
}

pub(super) struct Matcher<'a> {
    graph: &'a Graph,
    file: &'a Structure,
    pairs: Vec<Pair>,
    /// Pairs of a node and a layer that are alike, with all that they read; and in which order they were found.
    alike: HashSet<(NodeId, usize)>,
    order: Vec<(NodeId, usize)>,
    differing: HashSet<(NodeId, usize)>,
    pub(super) mismatch: Option<Mismatch>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(graph: &'a Graph, file: &'a Structure) -> Self {
        let (alike, differing) = (HashSet::new(), HashSet::new());
        Self { graph, file, pairs: Vec::new(), alike, order: Vec::new(), differing, mismatch: None }
    }

    /// Does what may fail; then nothing of what was found on the way is kept.
    fn attempt(&mut self, attempt: impl FnOnce(&mut Self) -> Result<(), Differs>) -> Result<(), Differs> {
        let (pairs, found) = (self.pairs.len(), self.order.len());
        let result = attempt(self);
        if result.is_err() {
            self.pairs.truncate(pairs);
            for pair in self.order.drain(found..) {
                self.alike.remove(&pair);
            }
        }
        result
    }

    fn layer(&self, layer: usize) -> &'a Layer {
        &self.file.layers[layer]
    }

    /// Matches what a node and a layer yield, with all that they read. The layer's value is ours times `factor`;
    /// `to_linear`: a linear layer reads it, before which any average pool is the whole map's.
    pub(super) fn value(
        &mut self,
        node: NodeId,
        layer: usize,
        factor: f32,
        to_linear: bool,
    ) -> Result<(), Differs> {
        let (node, ours) = self.our_pools(node, to_linear);
        let (layer, theirs) = self.file_pools(layer, to_linear);
        if self.alike.contains(&(node, layer)) {
            return Ok(());
        }
        if self.differing.contains(&(node, layer)) {
            return Err(Differs);
        }
        // Photos are made what the first layer reads by many ops.
        let input = matches!(self.graph.node(node).op, Op::Input(_) | Op::ChannelAffine(_));
        if !input && !same_pools(&ours, &theirs) {
            return self.differ(node, layer, &format!("the pools {ours:?} after it"), &format!("{theirs:?}"));
        }
        let inputs = &self.graph.node(node).inputs;
        let result = match (&self.graph.node(node).op, &self.layer(layer).kind) {
            (Op::Input(_) | Op::ChannelAffine(_), _) => Ok(()),
            (Op::Concat, Kind::Concat) => self.concat(node, layer),
            (Op::Add(add), Kind::Sum) => self.sum([inputs[0], inputs[1]], layer, add.scale),
            (Op::Conv2d(_) | Op::Linear(_), _) => self.product(node, None, layer, factor),
            (Op::BatchNorm(_), _) => self.product(inputs[0], Some(node), layer, factor),
            (op, kind) => self.differ(node, layer, op.name(), kind.name()),
        };
        if result.is_ok() {
            self.alike.insert((node, layer));
            self.order.push((node, layer));
        } else {
            self.differing.insert((node, layer));
        }
        result
    }

    fn concat(&mut self, node: NodeId, layer: usize) -> Result<(), Differs> {
        let (ours, theirs) = (self.our_parts(node), self.file_parts(layer));
        if ours.len() != theirs.len() {
            let branches = |count: usize| format!("{count} branches");
            return self.differ(node, layer, &branches(ours.len()), &branches(theirs.len()));
        }
        ours.into_iter().zip(theirs).try_for_each(|(node, layer)| self.value(node, layer, 1.0, false))
    }

    /// The parts of a concat, and of the concats among them.
    fn our_parts(&self, node: NodeId) -> Vec<NodeId> {
        match self.graph.node(node).op {
            Op::Concat => {
                self.graph.node(node).inputs.iter().flat_map(|part| self.our_parts(*part)).collect()
            }
            _ => vec![node],
        }
    }

    fn file_parts(&self, layer: usize) -> Vec<usize> {
        match self.layer(layer).kind {
            Kind::Concat => self.layer(layer).inputs.iter().flat_map(|part| self.file_parts(*part)).collect(),
            _ => vec![layer],
        }
    }

    /// A sum's two parts, in either order.
    fn sum(&mut self, [residual, shortcut]: [NodeId; 2], layer: usize, scale: f32) -> Result<(), Differs> {
        let &[first, second] = self.layer(layer).inputs.as_slice() else {
            return self.differ(residual, layer, "a sum of two values", "a sum of another number of values");
        };
        let mut both = |a, b| {
            self.attempt(|this| {
                this.value(residual, a, scale, false)?;
                this.value(shortcut, b, 1.0, false)
            })
        };
        both(first, second).or_else(|_| both(second, first))
    }

    fn product(
        &mut self,
        node: NodeId,
        norm: Option<NodeId>,
        end: usize,
        factor: f32,
    ) -> Result<(), Differs> {
        let (mut norms, mut layer) = (Vec::new(), end);
        while let Layer { kind: Kind::Norm(_), inputs, .. } = self.layer(layer) {
            norms.push(layer);
            layer = inputs[0];
        }
        norms.reverse();
        let (ours, Kind::Product(theirs)) = (&self.graph.node(node).op, &self.layer(layer).kind) else {
            return self.differ(node, layer, self.graph.node(node).op.name(), self.layer(layer).kind.name());
        };
        let shape = ours.params().into_iter().find(|param| param.suffix == "weight").map(|param| param.shape);
        let shape = shape.unwrap_or_default();
        let ones = |shape: &[usize]| shape.iter().rposition(|n| *n != 1).map_or(0, |last| last + 1);
        let found = &theirs.weight.shape;
        // A 1×1 convolution may stand for a linear layer.
        if shape[..ones(&shape)] != found[..ones(found)] {
            return self.differ(
                node,
                layer,
                &format!("a weight of shape {shape:?}"),
                &format!("one of {found:?}"),
            );
        }
        if let Op::Conv2d(conv) = ours {
            let padding = [conv.padding.top + conv.padding.bottom, conv.padding.left + conv.padding.right];
            let expected = (conv.stride, padding, conv.groups);
            let found = (theirs.stride, theirs.padding.unwrap_or(padding), theirs.groups);
            if expected != found {
                let text = |(stride, padding, groups): ([usize; 2], [usize; 2], usize)| {
                    format!("stride {stride:?}, {padding:?} rows and columns of padding and {groups} groups")
                };
                return self.differ(node, layer, &text(expected), &text(found));
            }
        }
        // Without a place for it, a shift would be lost.
        let shifts = theirs.bias.iter().any(|bias| bias.iter().any(|b| *b != 0.0)) || !norms.is_empty();
        if norm.is_none() && shifts && !has_bias(ours) {
            return self.differ(node, layer, "neither bias nor batch norm", "one of them");
        }
        if self.pairs.iter().any(|pair| pair.node == node || pair.layer == layer) {
            return self.differ(node, layer, "a weight of its own", "one that is used twice");
        }
        self.pairs.push(Pair { node, norm, layer, norms, factor });
        let (input, below) = (self.graph.node(node).inputs[0], self.layer(layer).inputs[0]);
        self.value(input, below, 1.0, matches!(ours, Op::Linear(_)))
    }

    /// Keeps what differs if no other attempt came as far.
    fn differ(&mut self, node: NodeId, layer: usize, expected: &str, found: &str) -> Result<(), Differs> {
        let matched = self.pairs.len();
        if self.mismatch.as_ref().is_none_or(|known| matched > known.matched) {
            let variant = self.graph.variant.map_or(String::new(), |variant| format!(":{variant}"));
            self.mismatch = Some(Mismatch {
                network: format!("{}{variant}", self.graph.network),
                matched,
                node: self.graph.node(node).id.clone(),
                expected: expected.to_owned(),
                found: format!("{found} ({})", self.layer(layer).name),
            });
        }
        Err(Differs)
    }

    /// The node behind pools and what holds no parameters, and the pools.
    fn our_pools(&self, mut node: NodeId, to_linear: bool) -> (NodeId, Vec<Pool>) {
        let mut pools = Vec::new();
        let size = |window: &Window| (window.kernel, window.stride);
        loop {
            match &self.graph.node(node).op {
                Op::MaxPool(pool) => {
                    let (kernel, stride) = size(&pool.window);
                    pools.push(Pool::Max { kernel, stride });
                }
                Op::AvgPool(pool) => {
                    let (kernel, stride) = size(&pool.window);
                    pools.push(Pool::Average { kernel, stride });
                }
                // Who knows its input's size may write it as any window.
                Op::AdaptiveAvgPool(_) => pools.push(Pool::Average { kernel: [0; 2], stride: [0; 2] }),
                Op::LocalResponseNorm(_) => pools.push(Pool::LocalResponseNorm),
                Op::Relu | Op::GlobalAvgPool | Op::Softmax | Op::L2Normalize => {}
                _ => return (node, without_average(pools, to_linear)),
            }
            node = self.graph.node(node).inputs[0];
        }
    }

    fn file_pools(&self, mut layer: usize, to_linear: bool) -> (usize, Vec<Pool>) {
        let mut pools = Vec::new();
        while let Layer { kind: Kind::Pool(pool), inputs, .. } = self.layer(layer) {
            pools.push(*pool);
            layer = inputs[0];
        }
        (layer, without_average(pools, to_linear))
    }

    /// Auxiliary heads that the file has, too: their classifiers are among those that are left.
    pub(super) fn auxiliary_heads(&mut self, logits: usize) {
        let mut left = self.file.classifiers();
        left.retain(|layer| *layer != logits);
        for (index, module) in self.graph.modules.iter().enumerate() {
            let Some(end) = self.graph.module_output(index) else { continue };
            if module.kind != ModuleKind::Auxiliary {
                continue;
            }
            left.retain(|layer| self.attempt(|this| this.value(end, *layer, 1.0, false)).is_err());
        }
    }

    /// The tensors of all pairs, under our names.
    pub(super) fn tensors(&self) -> Vec<(String, Tensor)> {
        self.pairs.iter().flat_map(|pair| self.tensors_of(pair)).collect()
    }

    fn tensors_of(&self, pair: &Pair) -> Vec<(String, Tensor)> {
        let Kind::Product(product) = &self.layer(pair.layer).kind else { return Vec::new() };
        let norms: Vec<&Norm> = (pair.norms.iter())
            .filter_map(|layer| match &self.layer(*layer).kind {
                Kind::Norm(norm) => Some(norm),
                _ => None,
            })
            .collect();
        let channels = product.outputs();
        let node = self.graph.node(pair.node);
        let biased = has_bias(&node.op);
        let mut weight = product.weight.clone();
        if let Some(spec) = node.op.params().into_iter().find(|param| param.suffix == "weight") {
            weight.shape = spec.shape;
        }
        let mut named: Vec<(String, Tensor)> = Vec::new();
        let mut push = |id: &str, suffix: &str, data: Vec<f32>| {
            named.push((format!("{id}.{suffix}"), Tensor { shape: vec![data.len()], data }));
        };
        if let Some(norm) = pair.norm {
            let norm = self.graph.node(norm);
            let eps = match &norm.op {
                Op::BatchNorm(norm) => norm.eps,
                _ => 0.0,
            };
            let BatchStatistics { gamma, beta, mean, variance, .. } =
                statistics(&norms, product.bias.as_deref().filter(|_| !biased), channels, eps);
            if biased {
                push(&node.id, "bias", product.bias.clone().unwrap_or_else(|| vec![0.0; channels]));
            }
            push(&norm.id, "weight", gamma);
            push(&norm.id, "bias", beta);
            push(&norm.id, "running_mean", mean);
            push(&norm.id, "running_var", variance);
        } else {
            let mut affine = Affine::new(product.bias.as_deref(), channels);
            // In the file the sum's factor may be an op of its own.
            let own = |norm: &&Norm| matches!(norm, Norm::Scale(all) if all[..] == [pair.factor]);
            let last_is_factor = norms.last().is_some_and(own);
            norms[..norms.len() - usize::from(last_is_factor)].iter().for_each(|norm| affine.follow(norm));
            if !last_is_factor && pair.factor != 1.0 {
                affine.follow(&Norm::Scale(vec![1.0 / pair.factor]));
            }
            let row = weight.data.len() / channels.max(1);
            for (values, scale) in weight.data.chunks_mut(row.max(1)).zip(&affine.scale) {
                values.iter_mut().for_each(|value| *value = (f64::from(*value) * scale) as f32);
            }
            if biased {
                push(&node.id, "bias", affine.shift.iter().map(|value| *value as f32).collect());
            }
        }
        named.push((format!("{}.weight", node.id), weight));
        named
    }
}

fn has_bias(op: &Op) -> bool {
    op.params().iter().any(|param| param.suffix == "bias")
}

/// Without average pools if a linear layer reads the result: there they are the whole map's.
fn without_average(mut pools: Vec<Pool>, to_linear: bool) -> Vec<Pool> {
    pools.retain(|pool| !(to_linear && matches!(pool, Pool::Average { .. })));
    pools
}

fn same_pools(ours: &[Pool], theirs: &[Pool]) -> bool {
    let any = |pool: &Pool| matches!(pool, Pool::Average { kernel: [0, 0], .. });
    let average = |pool: &Pool| matches!(pool, Pool::Average { .. });
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(a, b)| a == b || (average(a) && average(b) && (any(a) || any(b))))
}
