//! Files that hold a network beside its weights, under names of their own making: ONNX models and Caffe's. Which
//! tensor belongs to which of our nodes follows from what it is used for: both graphs are walked from the
//! logits to the picture, side by side, and every convolution must be met by one of the same shape.

use crate::net::op::Window;
use crate::net::zoo::{self, NETWORKS, Options};
use crate::net::{Graph, ModuleKind, NodeId, Op};
use crate::weights::{About, File, Tensor, WeightsError};
use std::collections::HashSet;

/// The layers of a file that hold parameters, join branches or shrink maps, each after its inputs. All others
/// (ReLU, dropout, reshaping) are left out: who reads them reads what they read.
#[derive(Debug, Default)]
pub(super) struct Structure {
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    name: String,
    kind: Kind,
    inputs: Vec<usize>,
}

/// What a layer does.
#[derive(Debug)]
pub(super) enum Kind {
    /// Where the photo comes in.
    Source,
    /// A convolution or a linear layer.
    Product(Product),
    /// Scale and shift of each channel.
    Norm(Norm),
    /// Channels stay as they are.
    Pool(Pool),
    /// The sum of two values.
    Sum,
    /// Channels one after the other.
    Concat,
}

/// A convolution (weight O,I,kh,kw) or a linear layer (out,in).
#[derive(Debug)]
pub(super) struct Product {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) stride: [usize; 2],
    /// Rows and columns in all; `None`: not known.
    pub(super) padding: Option<[usize; 2]>,
    pub(super) groups: usize,
}

impl Product {
    pub(super) fn linear(weight: Tensor, bias: Option<Vec<f32>>) -> Self {
        Self { weight, bias, stride: [1; 2], padding: None, groups: 1 }
    }

    fn outputs(&self) -> usize {
        self.weight.shape.first().copied().unwrap_or(0)
    }
}

/// One value a channel, or one for all.
#[derive(Clone, Debug)]
pub(super) enum Norm {
    Batch(BatchStatistics),
    Scale(Vec<f32>),
    Shift(Vec<f32>),
}

/// `gamma · (x − mean) / √(variance + eps) + beta`.
#[derive(Clone, Debug)]
pub(super) struct BatchStatistics {
    pub(super) gamma: Vec<f32>,
    pub(super) beta: Vec<f32>,
    pub(super) mean: Vec<f32>,
    pub(super) variance: Vec<f32>,
    pub(super) eps: f64,
}

/// What networks that are alike but for their pools are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    Max { kernel: [usize; 2], stride: [usize; 2] },
    Average { kernel: [usize; 2], stride: [usize; 2] },
    LocalResponseNorm,
}

impl Structure {
    /// Adds a layer and returns its number, for those who read it. `inputs` are layers that were added before.
    pub(super) fn add(&mut self, name: &str, kind: Kind, inputs: Vec<usize>) -> usize {
        self.layers.push(Layer { name: name.to_owned(), kind, inputs });
        self.layers.len() - 1
    }

    /// Finds the network that this is (the one that `about` names, if it does), and its tensors under our names.
    /// `what` is what messages call the file.
    pub(super) fn identify(&self, what: &'static str, about: About) -> Result<File, WeightsError> {
        let mut nearest: Option<Mismatch> = None;
        for (network, variant) in candidates(&about) {
            for sink in self.classifiers() {
                let Kind::Product(product) = &self.layers[sink].kind else { continue };
                let options = Options {
                    variant: variant.map(str::to_owned),
                    classes: Some(product.outputs()),
                    ..Options::default()
                };
                let Ok(graph) = zoo::build(network, &options) else { continue };
                let mut matcher = Matcher::new(&graph, self);
                if matcher.value(graph.logits, sink, 1.0, false).is_ok() {
                    matcher.auxiliary_heads(sink);
                    let tensors = matcher.tensors();
                    return Ok(File { about: known(&graph, about), tensors, ..File::default() });
                }
                if let Some(mismatch) = matcher.mismatch
                    && nearest.as_ref().is_none_or(|nearest| mismatch.matched > nearest.matched)
                {
                    nearest = Some(mismatch);
                }
            }
        }
        let Some(Mismatch { network, matched, node, expected, found }) = nearest else {
            return Err(WeightsError::Structure { what, difference: "it has no classifier".to_owned() });
        };
        let difference = format!(
            "the nearest is {network}, with {matched} layers alike from its end on; then {node} has {expected}, and the file {found}"
        );
        Err(WeightsError::Structure { what, difference })
    }

    /// Layers with weights that no other such layer reads: the classifier and those of auxiliary heads; the last first.
    fn classifiers(&self) -> Vec<usize> {
        let product = |layer: usize| matches!(self.layers[layer].kind, Kind::Product(_));
        let mut below = HashSet::new();
        let mut seen = vec![false; self.layers.len()];
        for layer in (0..self.layers.len()).rev().filter(|layer| product(*layer)) {
            let mut open = self.layers[layer].inputs.clone();
            while let Some(input) = open.pop() {
                if !std::mem::replace(&mut seen[input], true) {
                    open.extend(&self.layers[input].inputs);
                    below.extend(product(input).then_some(input));
                }
            }
        }
        (0..self.layers.len()).rev().filter(|layer| product(*layer) && !below.contains(layer)).collect()
    }
}

/// The networks and variants that a file may hold, plain ones before their variants.
fn candidates(about: &About) -> Vec<(&'static str, Option<&'static str>)> {
    let all =
        NETWORKS.iter().filter(|network| about.model.as_deref().is_none_or(|model| model == network.id));
    let variants = |network: &&'static zoo::Network| {
        let id = network.id;
        [None]
            .into_iter()
            .chain(network.variants.iter().map(|variant| Some(variant.id)))
            .map(move |v| (id, v))
    };
    let named = |variant: Option<&str>| about.model.is_none() || about.variant.as_deref() == variant;
    all.flat_map(variants).filter(|(_, variant)| named(*variant)).collect()
}

/// What the file says about itself, with what was found; a profile that the network does not have is dropped.
fn known(graph: &Graph, about: About) -> About {
    let has = |profile: &String| {
        zoo::find(graph.network).is_ok_and(|network| network.profiles.iter().any(|own| own.id == profile))
    };
    About {
        model: Some(graph.network.to_owned()),
        variant: graph.variant.map(str::to_owned),
        profile: about.profile.filter(has),
        ..about
    }
}

/// How far a network went along with the file.
struct Mismatch {
    network: String,
    matched: usize,
    node: String,
    expected: String,
    found: String,
}

/// The graphs differ.
struct Differs;

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

struct Matcher<'a> {
    graph: &'a Graph,
    file: &'a Structure,
    pairs: Vec<Pair>,
    /// Pairs of a node and a layer that are alike, with all that they read; and in which order they were found.
    alike: HashSet<(NodeId, usize)>,
    order: Vec<(NodeId, usize)>,
    differing: HashSet<(NodeId, usize)>,
    mismatch: Option<Mismatch>,
}

impl<'a> Matcher<'a> {
    fn new(graph: &'a Graph, file: &'a Structure) -> Self {
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
    fn value(&mut self, node: NodeId, layer: usize, factor: f32, to_linear: bool) -> Result<(), Differs> {
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
    fn auxiliary_heads(&mut self, logits: usize) {
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
    fn tensors(&self) -> Vec<(String, Tensor)> {
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

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Source => "the photo",
            Self::Product(_) => "a convolution or linear layer",
            Self::Norm(_) => "a scale and shift of each channel",
            Self::Pool(_) => "a pool",
            Self::Sum => "a sum",
            Self::Concat => "a concat",
        }
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

/// A scale and a shift of each channel, in the order in which they are done.
struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

impl Affine {
    fn new(bias: Option<&[f32]>, channels: usize) -> Self {
        let shift = bias.map_or(vec![0.0; channels], |bias| bias.iter().map(|b| f64::from(*b)).collect());
        Self { scale: vec![1.0; channels], shift }
    }

    fn follow(&mut self, norm: &Norm) {
        let at = |values: &[f32], channel: usize| {
            f64::from(values.get(channel).or_else(|| values.first()).copied().unwrap_or(1.0))
        };
        for (channel, (scale, shift)) in self.scale.iter_mut().zip(&mut self.shift).enumerate() {
            let (factor, term) = match norm {
                Norm::Scale(values) => (at(values, channel), 0.0),
                Norm::Shift(values) => (1.0, at(values, channel)),
                Norm::Batch(batch) => {
                    let factor =
                        at(&batch.gamma, channel) / (at(&batch.variance, channel) + batch.eps).sqrt();
                    (factor, at(&batch.beta, channel) - at(&batch.mean, channel) * factor)
                }
            };
            *scale *= factor;
            *shift = *shift * factor + term;
        }
    }
}

/// The statistics of a batch norm with `eps` that does what a bias and `norms` do: the file's own, if it has them;
/// else those that change nothing, with scale and bias as gamma and beta.
fn statistics(norms: &[&Norm], bias: Option<&[f32]>, channels: usize, eps: f64) -> BatchStatistics {
    let identity = |eps: f64| (vec![0.0; channels], vec![(1.0 - eps) as f32; channels]);
    let (own, after) = match norms {
        [Norm::Batch(own), after @ ..] => (Some(own), after),
        all => (None, all),
    };
    let mut affine = Affine::new(if own.is_some() { None } else { bias }, channels);
    let (mut mean, variance) =
        own.map_or_else(|| identity(eps), |own| (own.mean.clone(), own.variance.clone()));
    if let Some(own) = own {
        // The bias before it only moves the mean.
        mean.iter_mut().zip(bias.unwrap_or_default()).for_each(|(mean, bias)| *mean -= bias);
        let corrected = own.gamma.iter().zip(&own.variance).map(|(gamma, variance)| {
            let variance = f64::from(*variance);
            match own.eps == eps {
                true => *gamma,
                false => (f64::from(*gamma) * ((variance + eps) / (variance + own.eps)).sqrt()) as f32,
            }
        });
        affine.follow(&Norm::Scale(corrected.collect()));
        affine.follow(&Norm::Shift(own.beta.clone()));
    }
    after.iter().for_each(|norm| affine.follow(norm));
    let f32s = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    BatchStatistics { gamma: f32s(affine.scale), beta: f32s(affine.shift), mean, variance, eps }
}
