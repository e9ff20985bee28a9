//! A small builder with which the networks in `zoo` are written.
//!
//! It keeps the current module and lane, and the first error, so that a network's file reads like
//! the paper's figure; [`Builder::finish`] reports the error.

use super::graph::{Graph, GraphError, Lane, LaneRole, Module, ModuleKind, Node, NodeId};
use super::op::{
    AdaptiveAvgPool, Add, AvgPool, BatchNorm, ChannelAffine, Conv2d, Linear, MaxPool, Padding, Window,
};
use super::{Note, Op, Profile, Shape};
use std::collections::HashMap;

/// Kernel, stride and padding of a convolution, in the order in which the papers write them.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    kernel: [usize; 2],
    stride: usize,
    padding: [usize; 2],
}

impl Conv {
    /// A `k`×`k` kernel, stride 1, no padding ("V").
    pub const fn valid(k: usize) -> Self {
        Self { kernel: [k, k], stride: 1, padding: [0, 0] }
    }

    /// A `k`×`k` kernel, stride 1, padded to keep the size.
    pub const fn same(k: usize) -> Self {
        Self::same_hw(k, k)
    }

    /// A `kh`×`kw` kernel, stride 1, padded to keep the size.
    pub const fn same_hw(kh: usize, kw: usize) -> Self {
        Self { kernel: [kh, kw], stride: 1, padding: [kh / 2, kw / 2] }
    }

    /// The same with a stride.
    pub const fn stride(mut self, stride: usize) -> Self {
        self.stride = stride;
        self
    }
}

/// Builds a [`Graph`]; see the module's documentation.
pub struct Builder {
    network: &'static str,
    variant: Option<&'static str>,
    profile: Profile,
    nodes: Vec<Node>,
    modules: Vec<Module>,
    by_id: HashMap<String, NodeId>,
    lane: Option<usize>,
    batch_norm: bool,
    /// Rows and columns of the input, and those that the weights were made for.
    size: usize,
    own_size: usize,
    error: Option<GraphError>,
}

impl Builder {
    /// Starts a network with its input node and, where the profile asks for it, `transform_input`.
    /// Returns the builder and the node that the first layer reads.
    pub fn new(
        network: &'static str,
        variant: Option<&'static str>,
        profile: Profile,
        size: usize,
    ) -> (Self, NodeId) {
        Self::with_input(network, variant, profile, Shape::map(3, size, size))
    }

    /// The same for an input of any shape (with `transform_input` it has three channels).
    pub fn with_input(
        network: &'static str,
        variant: Option<&'static str>,
        profile: Profile,
        input: Shape,
    ) -> (Self, NodeId) {
        let mut builder = Self {
            network,
            variant,
            profile,
            nodes: Vec::new(),
            modules: Vec::new(),
            by_id: HashMap::new(),
            lane: None,
            batch_norm: true,
            size: input.h(),
            own_size: input.h(),
            error: None,
        };
        builder.module("input", "Input", ModuleKind::Chain);
        let mut x = builder.add("input", Op::Input(input), &[]);
        if profile.transform_input {
            let scale = profile.std.map(|s| (s / 0.5) as f32).to_vec();
            let shift = profile.mean.map(|m| ((m - 0.5) / 0.5) as f32).to_vec();
            x = builder.add("transform_input", Op::ChannelAffine(ChannelAffine { scale, shift }), &[x]);
        }
        (builder, x)
    }

    /// From here on [`Builder::conv`] uses biases instead of batch norms.
    pub fn without_batch_norm(&mut self) {
        self.batch_norm = false;
    }

    /// The input size that the weights were made for, if it is another than the network is built at.
    pub fn own_size(&mut self, size: usize) {
        self.own_size = size;
    }

    /// The profile that the network is built for.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The variant that is being built.
    pub fn variant(&self) -> Option<&'static str> {
        self.variant
    }

    /// Starts a module; following nodes belong to it.
    pub fn module(&mut self, id: &str, label: &str, kind: ModuleKind) {
        self.modules.push(Module {
            id: id.to_owned(),
            label: label.to_owned(),
            kind,
            lanes: Vec::new(),
            note: None,
        });
        self.lane = None;
    }

    /// Adds what a reader should know about the current module.
    pub fn module_note(&mut self, note: Note) {
        if let Some(module) = self.modules.last_mut() {
            module.note = Some(note);
        }
    }

    /// Starts a branch of the current module.
    pub fn branch(&mut self, label: &str) {
        self.lane(label, LaneRole::Branch);
    }

    /// Starts a lane of the current module.
    pub fn lane(&mut self, label: &str, role: LaneRole) {
        if let Some(module) = self.modules.last_mut() {
            module.lanes.push(Lane { label: label.to_owned(), role });
            self.lane = Some(module.lanes.len() - 1);
        }
    }

    /// The lanes have joined: following nodes belong to the module as a whole.
    pub fn join(&mut self) {
        self.lane = None;
    }

    /// Adds what a reader should know about a node.
    pub fn note(&mut self, node: NodeId, note: Note) {
        self.nodes[node.0].note = Some(note);
    }

    /// The shape of a node.
    pub fn shape(&self, node: NodeId) -> Shape {
        self.nodes[node.0].shape
    }

    /// Adds any op.
    pub fn add(&mut self, id: &str, op: Op, inputs: &[NodeId]) -> NodeId {
        let shapes: Vec<Shape> = inputs.iter().map(|i| self.shape(*i)).collect();
        let shape = op.output_shape(&shapes).unwrap_or_else(|source| {
            let node = id.to_owned();
            let error = match self.size == self.own_size {
                true => GraphError::Op { node, source },
                false => GraphError::Unfit { size: self.size, own: self.own_size, node, source },
            };
            self.error.get_or_insert(error);
            // Any shape: the error is what the caller gets.
            shapes.first().copied().unwrap_or(Shape::Vector(0))
        });
        let node = NodeId(self.nodes.len());
        if self.by_id.insert(id.to_owned(), node).is_some() {
            self.error.get_or_insert(GraphError::Duplicate(id.to_owned()));
        }
        self.nodes.push(Node {
            id: id.to_owned(),
            op,
            inputs: inputs.to_vec(),
            shape,
            module: self.modules.len().saturating_sub(1),
            lane: self.lane,
            note: None,
        });
        node
    }

    /// A convolution alone.
    pub fn conv2d(&mut self, id: &str, x: NodeId, out_channels: usize, conv: Conv, bias: bool) -> NodeId {
        self.grouped_conv2d(id, x, out_channels, conv, bias, 1)
    }

    /// A depthwise convolution: one kernel for each channel.
    pub fn depthwise(&mut self, id: &str, x: NodeId, conv: Conv) -> NodeId {
        let channels = self.shape(x).c();
        self.grouped_conv2d(id, x, channels, conv, false, channels)
    }

    fn grouped_conv2d(
        &mut self,
        id: &str,
        x: NodeId,
        out_channels: usize,
        conv: Conv,
        bias: bool,
        groups: usize,
    ) -> NodeId {
        let op = Conv2d {
            in_channels: self.shape(x).c(),
            out_channels,
            kernel: conv.kernel,
            stride: [conv.stride; 2],
            padding: Padding::symmetric(conv.padding[0], conv.padding[1]),
            groups,
            bias,
        };
        self.add(id, Op::Conv2d(op), &[x])
    }

    /// A batch norm with the profile's eps.
    pub fn batch_norm(&mut self, id: &str, x: NodeId) -> NodeId {
        let op = BatchNorm { channels: self.shape(x).c(), eps: self.profile.bn_eps };
        self.add(id, Op::BatchNorm(op), &[x])
    }

    /// Convolution, batch norm and ReLU as `{id}.conv`, `{id}.bn` and `{id}`; in a network without
    /// batch norm, convolution with bias and ReLU as `{id}.conv` and `{id}`.
    pub fn conv(&mut self, id: &str, x: NodeId, out_channels: usize, conv: Conv) -> NodeId {
        let mut y = self.conv2d(&format!("{id}.conv"), x, out_channels, conv, !self.batch_norm);
        if self.batch_norm {
            y = self.batch_norm(&format!("{id}.bn"), y);
        }
        self.relu(id, y)
    }

    /// max(x, 0).
    pub fn relu(&mut self, id: &str, x: NodeId) -> NodeId {
        self.add(id, Op::Relu, &[x])
    }

    /// Max pooling.
    pub fn max_pool(&mut self, id: &str, x: NodeId, window: Window) -> NodeId {
        self.add(id, Op::MaxPool(MaxPool { window }), &[x])
    }

    /// Average pooling; whether padding counts is up to the profile.
    pub fn avg_pool(&mut self, id: &str, x: NodeId, window: Window) -> NodeId {
        let count_include_pad = self.profile.count_include_pad;
        self.add(id, Op::AvgPool(AvgPool { window, count_include_pad }), &[x])
    }

    /// Average of regions that tile the input.
    pub fn adaptive_avg_pool(&mut self, id: &str, x: NodeId, out: usize) -> NodeId {
        self.add(id, Op::AdaptiveAvgPool(AdaptiveAvgPool { out: [out; 2] }), &[x])
    }

    /// Mean of each map.
    pub fn global_avg_pool(&mut self, id: &str, x: NodeId) -> NodeId {
        self.add(id, Op::GlobalAvgPool, &[x])
    }

    /// A fully connected layer.
    pub fn linear(&mut self, id: &str, x: NodeId, out_features: usize, bias: bool) -> NodeId {
        let from = self.shape(x);
        if from.area() > 1 && self.size != self.own_size && !self.of_any_size(x) {
            let (expected, found) = (self.own_size, self.size);
            self.error.get_or_insert(GraphError::FixedSize { node: id.to_owned(), expected, found });
        }
        let in_features = from.values();
        self.add(id, Op::Linear(Linear { in_features, out_features, bias }), &[x])
    }

    /// Whether a value has the same shape at any input size: it comes from an adaptive pool.
    fn of_any_size(&self, mut x: NodeId) -> bool {
        loop {
            let node = &self.nodes[x.0];
            match (&node.op, node.inputs.first()) {
                (Op::AdaptiveAvgPool(_) | Op::GlobalAvgPool, _) => return true,
                (_, Some(input)) => x = *input,
                (_, None) => return false,
            }
        }
    }

    /// Concatenates channels.
    pub fn concat(&mut self, id: &str, parts: &[NodeId]) -> NodeId {
        self.add(id, Op::Concat, parts)
    }

    /// `scale · residual + shortcut`.
    pub fn residual(&mut self, id: &str, residual: NodeId, shortcut: NodeId, scale: f32) -> NodeId {
        self.add(id, Op::Add(Add { scale }), &[residual, shortcut])
    }

    /// The head that these networks end in: global average pool and a linear layer with biases, by
    /// their ids. Returns the logits.
    pub fn classifier(&mut self, x: NodeId, pool: &str, linear: &str, classes: usize) -> NodeId {
        self.module("head", "Classifier", ModuleKind::Head);
        let x = self.global_avg_pool(pool, x);
        self.linear(linear, x, classes, true)
    }

    /// Ends the network: softmax of `logits` as its output, then the checked graph.
    ///
    /// # Errors
    ///
    /// The first [`GraphError`] that came up since [`Builder::new`].
    pub fn finish(mut self, logits: NodeId) -> Result<Graph, GraphError> {
        self.module("output", "Output", ModuleKind::Head);
        let probabilities = self.add("probabilities", Op::Softmax, &[logits]);
        match self.error {
            Some(error) => Err(error),
            None => Ok(Graph {
                network: self.network,
                variant: self.variant,
                profile: self.profile,
                nodes: self.nodes,
                modules: self.modules,
                input: NodeId(0),
                logits,
                probabilities,
                by_id: self.by_id,
            }),
        }
    }
}
