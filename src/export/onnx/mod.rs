//! How does another runtime compute the same steps? A network with its weights as an ONNX model:
//! batch norm folded into convolutions, values named by our node ids, any number of pictures a batch.
//!
//! It is written from the [`Plan`], so it is the running network: what the engines do in an epilogue
//! is folded into the weights where ONNX has no epilogue, and follows as an op of its own elsewhere.

use crate::net::op::{Padding, Window};
use crate::net::{ChannelOrder, Graph, NodeId, Op, Shape, zoo};
use crate::plan::{Change, Pins, Plan, PlanError, Step};
use crate::weights::formats::onnx::proto::{
    AttributeProto, Dimension, FLOAT, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};
use crate::weights::{About, Place, Tensor};
use prost::Message;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The ops used here have not changed since; every runtime of the last years reads it.
const OPSET: i64 = 17;
/// The file format's version that belongs to it.
const IR_VERSION: i64 = 8;

/// Why a network cannot be written as ONNX.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// No plan can be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The logits need weights that are not there.
    #[error("{node} needs the tensor {node}.{suffix}, which is missing")]
    Missing {
        /// The node.
        node: String,
        /// Its tensor.
        suffix: &'static str,
    },
    /// ONNX has no such op.
    #[error("{node}: ONNX has no op for {op} of {shape}")]
    Unsupported {
        /// The node.
        node: String,
        /// Its op.
        op: &'static str,
        /// Its output.
        shape: Shape,
    },
}

/// A network as an ONNX model, from `input` (N,3,H,W: exactly what the first layer reads, normalised
/// and after `transform_input`) to `logits`, a row a picture. The model's metadata says what the file is, and with
/// which `mean` and `std` (of values 0 to 1) a picture becomes `input`; `order` is there if blue comes first.
///
/// # Errors
/// [`OnnxError`] if there is no plan, the logits need a tensor that is missing, or ONNX lacks an op.
pub fn export(graph: &Graph, weights: &BTreeMap<Place, Tensor>, about: &About) -> Result<Vec<u8>, OnnxError> {
    let plan = Plan::new(graph, &Pins::default())?;
    let mut writer = Writer { graph, plan: &plan, weights, nodes: Vec::new(), initializers: Vec::new() };
    let steps: HashMap<NodeId, usize> =
        (plan.steps.iter().enumerate()).filter_map(|(i, step)| Some((*step.nodes.last()?, i))).collect();
    for node in needed(graph) {
        let fused = || plan.steps.iter().any(|step| step.nodes.contains(&node));
        match (&graph.node(node).op, steps.get(&node)) {
            (Op::Input(_) | Op::ChannelAffine(_), _) => {}
            (Op::Concat, _) => {
                let parts = graph.node(node).inputs.iter().map(|part| writer.name(*part)).collect();
                writer.op("Concat", parts, writer.name(node), vec![int("axis", 1)]);
            }
            (_, Some(step)) => writer.step(*step)?,
            // A ReLU that our depthwise kernels apply to what they read.
            (Op::Relu, None) if !fused() => {
                let input = writer.name(graph.node(node).inputs[0]);
                writer.op("Relu", vec![input], writer.name(node), Vec::new());
            }
            _ => {}
        }
    }
    let Writer { nodes, initializers, .. } = writer;
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(GraphProto {
            node: nodes,
            name: graph.network.to_owned(),
            initializer: initializers,
            input: vec![value("input", graph.node(graph.input).shape)],
            output: vec![value("logits", graph.node(graph.logits).shape)],
        }),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: metadata(graph, about),
    };
    Ok(model.encode_to_vec())
}

/// The nodes that the logits depend on, in order of execution.
fn needed(graph: &Graph) -> Vec<NodeId> {
    let mut found = HashSet::new();
    let mut open = vec![graph.logits];
    while let Some(node) = open.pop() {
        if found.insert(node) {
            open.extend(&graph.node(node).inputs);
        }
    }
    graph.ids().filter(|id| found.contains(id)).collect()
}

struct Writer<'a> {
    graph: &'a Graph,
    plan: &'a Plan,
    weights: &'a BTreeMap<Place, Tensor>,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
}

impl Writer<'_> {
    /// What a node's value is called.
    fn name(&self, node: NodeId) -> String {
        match &self.graph.node(node).op {
            Op::Input(_) | Op::ChannelAffine(_) => "input".to_owned(),
            _ if node == self.graph.logits => "logits".to_owned(),
            _ => self.graph.node(node).id.clone(),
        }
    }

    fn op(&mut self, op_type: &str, input: Vec<String>, output: String, attribute: Vec<AttributeProto>) {
        self.nodes.push(NodeProto {
            input,
            name: output.clone(),
            output: vec![output],
            op_type: op_type.to_owned(),
            attribute,
        });
    }

    /// Adds constants and returns their name.
    fn constant(&mut self, name: String, dims: &[usize], values: &[f32]) -> String {
        self.initializers.push(TensorProto {
            dims: dims.iter().map(|d| *d as i64).collect(),
            data_type: FLOAT,
            name: name.clone(),
            raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..TensorProto::default()
        });
        name
    }

    fn tensor(&self, node: NodeId, suffix: &'static str) -> Result<&Tensor, OnnxError> {
        self.weights
            .get(&Place { node, suffix })
            .ok_or_else(|| OnnxError::Missing { node: self.graph.node(node).id.clone(), suffix })
    }

    /// Scale and shift of each channel of a step's output.
    fn affine(&self, index: usize) -> (Vec<f32>, Vec<f32>) {
        let get = |node, suffix| self.weights.get(&Place { node, suffix }).map(|t| t.data.as_slice());
        let values = self.plan.epilogue(index, self.graph, get, Change::default()).channels;
        let channels = self.plan.steps[index].output().shape.c();
        let at = |first: usize| (0..channels).map(|c| values[c / 4 * 12 + first + c % 4]).collect();
        (at(0), at(4))
    }

    /// A step: its kernel, then what its epilogue leaves to be done.
    fn step(&mut self, index: usize) -> Result<(), OnnxError> {
        let Step { nodes, epilogue, .. } = &self.plan.steps[index];
        let (first, stored) = (nodes[0], nodes[nodes.len() - 1]);
        let input = self.name(self.graph.node(first).inputs[0]);
        let output = self.name(stored);
        // The ops of the step, each of which names its output after the next one to come.
        let mut rest = usize::from(epilogue.residual.is_some()) + usize::from(epilogue.relu);
        let mut after = |last: &str| {
            let name = if rest == 0 { output.clone() } else { format!("{output}/{last}") };
            rest = rest.saturating_sub(1);
            name
        };
        let mut value = self.kernel(index, first, input, after("kernel"))?;
        if let Some(residual) = &epilogue.residual {
            let inputs = nodes.iter().find_map(|node| match self.graph.node(*node).op {
                Op::Add(_) => Some(&self.graph.node(*node).inputs),
                _ => None,
            });
            // The summand that the step does not compute itself; of a sum alone, the second.
            let other = inputs.into_iter().flatten().rfind(|summand| !nodes.contains(summand));
            let mut other = other.map_or_else(String::new, |node| self.name(*node));
            let [_, factor] = residual.factors(self.graph.residual_scale(residual.sum));
            if factor != 1.0 {
                let factor = self.constant(format!("{output}.scale"), &[], &[factor]);
                self.op("Mul", vec![other, factor], format!("{output}/scaled"), Vec::new());
                other = format!("{output}/scaled");
            }
            let sum = after("sum");
            self.op("Add", vec![value, other], sum.clone(), Vec::new());
            value = sum;
        }
        if epilogue.relu {
            self.op("Relu", vec![value], output, Vec::new());
        }
        Ok(())
    }

    /// A kernel with the step's scale and shift; returns its output's name.
    fn kernel(
        &mut self,
        index: usize,
        node: NodeId,
        input: String,
        output: String,
    ) -> Result<String, OnnxError> {
        let graph = self.graph;
        let from = self.plan.steps[index].input().shape;
        let id = &graph.node(node).id;
        let unsupported = || OnnxError::Unsupported {
            node: id.clone(),
            op: graph.node(node).op.name(),
            shape: graph.node(node).shape,
        };
        match &graph.node(node).op {
            Op::Conv2d(conv) => {
                let mut inputs = self.folded(index, node, input)?;
                if self.plan.steps[index].epilogue.affine.is_empty() {
                    inputs.truncate(2);
                }
                let attributes =
                    sliding(&conv.window(), from).into_iter().chain([int("group", conv.groups as i64)]);
                self.op("Conv", inputs, output.clone(), attributes.collect());
            }
            Op::Linear(_) => {
                let mut row = input;
                if matches!(from, Shape::Map { .. }) {
                    let flat = format!("{output}/flat");
                    self.op("Flatten", vec![row], flat.clone(), vec![int("axis", 1)]);
                    row = flat;
                }
                let inputs = self.folded(index, node, row)?;
                self.op("Gemm", inputs, output.clone(), vec![int("transB", 1)]);
            }
            Op::MaxPool(pool) => {
                self.op("MaxPool", vec![input], output.clone(), sliding(&pool.window, from));
            }
            Op::AvgPool(pool) => {
                let mut attributes = sliding(&pool.window, from);
                attributes.push(int("count_include_pad", i64::from(pool.count_include_pad)));
                self.op("AveragePool", vec![input], output.clone(), attributes);
            }
            Op::GlobalAvgPool => {
                let pooled = format!("{output}/map");
                self.op("GlobalAveragePool", vec![input], pooled.clone(), Vec::new());
                self.op("Flatten", vec![pooled], output.clone(), vec![int("axis", 1)]);
            }
            Op::LocalResponseNorm(op) => {
                let attributes = vec![
                    int("size", op.size as i64),
                    float("alpha", op.alpha),
                    float("beta", op.beta),
                    float("bias", op.k),
                ];
                self.op("LRN", vec![input], output.clone(), attributes);
            }
            Op::BatchNorm(_) | Op::Relu | Op::Add(_) => return Ok(self.pointwise(index, input, output)),
            Op::Input(_)
            | Op::ChannelAffine(_)
            | Op::Concat
            | Op::AdaptiveAvgPool(_)
            | Op::Softmax
            | Op::L2Normalize => return Err(unsupported()),
        }
        Ok(output)
    }

    /// The inputs of a convolution or linear layer: what it reads, its weights times the step's scale,
    /// the step's shift.
    fn folded(&mut self, index: usize, node: NodeId, input: String) -> Result<Vec<String>, OnnxError> {
        let (scale, shift) = self.affine(index);
        let Tensor { shape, data } = self.tensor(node, "weight")?;
        let row = data.len() / scale.len();
        let scaled: Vec<f32> = data.iter().enumerate().map(|(i, w)| w * scale[i / row]).collect();
        let (id, shape) = (self.graph.node(node).id.clone(), shape.clone());
        let weight = self.constant(format!("{id}.weight"), &shape, &scaled);
        let bias = self.constant(format!("{id}.bias"), &[shift.len()], &shift);
        Ok(vec![input, weight, bias])
    }

    /// A step of scale and shift alone: nothing where they change nothing.
    fn pointwise(&mut self, index: usize, input: String, output: String) -> String {
        let (scale, shift) = self.affine(index);
        let dims = match self.plan.steps[index].output().shape {
            Shape::Map { c, .. } => vec![1, c, 1, 1],
            Shape::Vector(n) => vec![1, n],
        };
        let mut parts = vec![("Mul", "scale", scale, 1.0_f32), ("Add", "shift", shift, 0.0)];
        parts.retain(|(_, _, values, neutral)| values.iter().any(|v| v != neutral));
        let last = parts.len().saturating_sub(1);
        let mut value = input;
        for (i, (op, what, values, _)) in parts.into_iter().enumerate() {
            let constant = self.constant(format!("{output}.{what}"), &dims, &values);
            let result = if i == last { output.clone() } else { format!("{output}/{what}") };
            self.op(op, vec![value, constant], result.clone(), Vec::new());
            value = result;
        }
        value
    }
}

/// Kernel, strides and padding. A window that hangs over the edge (`ceil`) becomes padding, as not every
/// runtime knows `ceil_mode`; only max pools have such windows here, and padding never wins there.
fn sliding(window: &Window, from: Shape) -> Vec<AttributeProto> {
    let Padding { top, left, mut bottom, mut right } = window.padding;
    if window.ceil {
        (bottom, right) = (window.axis(0).overhang(from.h()), window.axis(1).overhang(from.w()));
    }
    vec![
        ints("kernel_shape", &window.kernel),
        ints("strides", &window.stride),
        ints("pads", &[top, left, bottom, right]),
    ]
}

fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i: Some(i), r#type: 2, ..AttributeProto::default() }
}

fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: Some(f), r#type: 1, ..AttributeProto::default() }
}

fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|v| *v as i64).collect();
    AttributeProto { name: name.to_owned(), ints, r#type: 7, ..AttributeProto::default() }
}

/// An input or output of the model, of any number of pictures.
fn value(name: &str, shape: Shape) -> ValueInfoProto {
    let batch = Dimension { dim_param: "batch".to_owned(), ..Dimension::default() };
    let own = shape.dims().into_iter().map(|d| Dimension { dim_value: d as i64, ..Dimension::default() });
    let dim = [batch].into_iter().chain(own).collect();
    let tensor = TypeProtoTensor { elem_type: FLOAT, shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type: Some(tensor) }) }
}

/// What the file is, and how a picture becomes its input.
fn metadata(graph: &Graph, about: &About) -> Vec<StringStringEntryProto> {
    let (mut mean, mut std) = (graph.profile.mean, graph.profile.std);
    let transform = graph.nodes.iter().find_map(|node| match &node.op {
        Op::ChannelAffine(op) => Some(op),
        _ => None,
    });
    if let Some(op) = transform {
        // ((x − mean) / std) · scale + shift, as one mean and std.
        for c in 0..3 {
            let (scale, shift) = (f64::from(op.scale[c]), f64::from(op.shift[c]));
            (mean[c], std[c]) = (mean[c] - shift * std[c] / scale, std[c] / scale);
        }
    }
    let list = |values: [f64; 3]| format!("{:.6},{:.6},{:.6}", values[0], values[1], values[2]);
    let mut entries = about.to_metadata();
    entries.insert("model".to_owned(), graph.network.to_owned());
    entries.insert("profile".to_owned(), zoo::spelled_profile(graph));
    if graph.profile.order == ChannelOrder::Bgr {
        entries.insert("order".to_owned(), "bgr".to_owned());
    }
    if let Some(variant) = graph.variant {
        entries.insert("variant".to_owned(), variant.to_owned());
    }
    entries.insert("mean".to_owned(), list(mean));
    entries.insert("std".to_owned(), list(std));
    entries.into_iter().map(|(key, value)| StringStringEntryProto { key, value }).collect()
}
