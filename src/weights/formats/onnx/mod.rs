//! ONNX models: the initialisers, found by what the graph's nodes do with them. Names are the exporter's own.

pub(crate) mod proto;

use super::structure::{BatchStatistics, Kind, Norm, Pool, Product, Structure};
use crate::weights::{About, File, Tensor, WeightsError};
use half::{bf16, f16};
use prost::Message;
use proto::{FLOAT, GraphProto, ModelProto, NodeProto, TensorProto};
use std::collections::{BTreeMap, HashMap};

/// What messages call it.
const WHAT: &str = "ONNX model";
/// `epsilon` of BatchNormalization by default.
const EPS: f32 = 1e-5;

/// Reads a file. Models that were exported here say what they are.
pub(in crate::weights) fn read(file: &[u8]) -> Result<File, WeightsError> {
    let model = ModelProto::decode(file).map_err(|_| WeightsError::CutOff("protocol buffer"))?;
    let graph = model.graph.ok_or(WeightsError::Format("a protocol buffer that is no ONNX model"))?;
    let metadata: BTreeMap<String, String> =
        model.metadata_props.into_iter().map(|entry| (entry.key, entry.value)).collect();
    let own = model.producer_name == env!("CARGO_PKG_NAME");
    let about = if own { About::from_metadata(&metadata).0 } else { About::default() };
    let mut reader = Reader::default();
    reader.graph(&graph)?;
    reader.structure.identify(WHAT, about)
}

/// What a name stands for.
#[derive(Clone)]
enum Value<'a> {
    /// What a layer yields; `padded` by a node of its own.
    Layer {
        index: usize,
        padded: bool,
    },
    Constant(Constant<'a>),
}

/// Values of the file; two axes may have changed places.
#[derive(Clone, Copy)]
struct Constant<'a> {
    tensor: &'a TensorProto,
    transposed: bool,
}

#[derive(Default)]
struct Reader<'a> {
    structure: Structure,
    values: HashMap<&'a str, Value<'a>>,
}

impl<'a> Reader<'a> {
    fn graph(&mut self, graph: &'a GraphProto) -> Result<(), WeightsError> {
        for tensor in &graph.initializer {
            self.values.insert(&tensor.name, Value::Constant(Constant { tensor, transposed: false }));
        }
        for input in &graph.input {
            // Old models list their initialisers as inputs, too.
            if !self.values.contains_key(input.name.as_str()) {
                let index = self.structure.add(&input.name, Kind::Source, Vec::new());
                self.values.insert(&input.name, Value::Layer { index, padded: false });
            }
        }
        for node in &graph.node {
            if let (Some(value), Some(output)) = (self.node(node)?, node.output.first()) {
                self.values.insert(output, value);
            }
        }
        Ok(())
    }

    /// What a node yields; `None` for what is neither photo nor weights, such as shapes.
    fn node(&mut self, node: &'a NodeProto) -> Result<Option<Value<'a>>, WeightsError> {
        let kinds = match node.op_type.as_str() {
            "Constant" => {
                let tensor = attribute(node, "value").and_then(|value| value.t.as_ref());
                return Ok(tensor.map(|tensor| Value::Constant(Constant { tensor, transposed: false })));
            }
            "Shape" | "Size" | "ConstantOfShape" | "Range" => return Ok(None),
            "Conv" => vec![self.conv(node)?],
            "Gemm" => vec![Kind::Product(Product::linear(
                self.matrix(node, int(node, "transB", 0) == 0)?,
                self.optional(node, 2)?.map(|bias| bias.data),
            ))],
            "MatMul" => vec![Kind::Product(Product::linear(self.matrix(node, true)?, None))],
            "BatchNormalization" => {
                let vector = |index| Ok::<_, WeightsError>(self.tensor(node, index)?.data);
                let (gamma, beta, mean, variance) = (vector(1)?, vector(2)?, vector(3)?, vector(4)?);
                let eps = attribute(node, "epsilon").and_then(|eps| eps.f).unwrap_or(EPS);
                let statistics = BatchStatistics { gamma, beta, mean, variance, eps: f64::from(eps) };
                vec![Kind::Norm(Norm::Batch(statistics))]
            }
            "MaxPool" => pair(node, "kernel_shape")
                .map(|kernel| {
                    Kind::Pool(Pool::Max { kernel, stride: pair(node, "strides").unwrap_or([1; 2]) })
                })
                .into_iter()
                .collect(),
            "AveragePool" => pair(node, "kernel_shape")
                .map(|kernel| {
                    Kind::Pool(Pool::Average { kernel, stride: pair(node, "strides").unwrap_or([1; 2]) })
                })
                .into_iter()
                .collect(),
            "LRN" => vec![Kind::Pool(Pool::LocalResponseNorm)],
            "Concat" => vec![Kind::Concat],
            "Add" | "Sum" | "Sub" | "Mul" | "Div" => self.arithmetic(node)?,
            "QuantizeLinear"
            | "DequantizeLinear"
            | "QLinearConv"
            | "ConvInteger"
            | "MatMulInteger"
            | "DynamicQuantizeLinear" => {
                return Err(WeightsError::Unsupported {
                    what: "a quantised ONNX model",
                    advice: "its weights are integers; export the network from before quantisation, in floats",
                });
            }
            _ => Vec::new(),
        };
        let mut inputs = self.layers(node);
        if let Some(first) = node.input.first().and_then(|name| self.values.get(name.as_str()))
            && let Value::Constant(constant) = first
            && kinds.is_empty()
        {
            let turned = node.op_type == "Transpose" && constant.tensor.dims.len() == 2;
            return Ok(Some(Value::Constant(Constant {
                transposed: constant.transposed != turned,
                ..*constant
            })));
        }
        let Some(first) = inputs.first().copied() else { return Ok(None) };
        let padded = node.op_type == "Pad";
        for kind in kinds {
            inputs = vec![self.structure.add(&node.name, kind, inputs)];
        }
        let index = if inputs.len() == 1 { inputs[0] } else { first };
        Ok(Some(Value::Layer { index, padded }))
    }

    /// The layers that a node reads.
    fn layers(&self, node: &NodeProto) -> Vec<usize> {
        let layer = |name: &String| match self.values.get(name.as_str()) {
            Some(Value::Layer { index, .. }) => Some(*index),
            _ => None,
        };
        node.input.iter().filter_map(layer).collect()
    }

    fn conv(&self, node: &NodeProto) -> Result<Kind, WeightsError> {
        let padded = node.input.first().and_then(|name| self.values.get(name.as_str()));
        let padded = matches!(padded, Some(Value::Layer { padded: true, .. }));
        let automatic = attribute(node, "auto_pad").is_some();
        let pads: Vec<usize> = (attribute(node, "pads").map(|pads| pads.ints.as_slice()).unwrap_or_default())
            .iter()
            .map(|side| usize::try_from(*side).unwrap_or(0))
            .collect();
        let padding = match pads.as_slice() {
            &[top, left, bottom, right] => [top.saturating_add(bottom), left.saturating_add(right)],
            _ => [0; 2],
        };
        Ok(Kind::Product(Product {
            weight: self.tensor(node, 1)?,
            bias: self.optional(node, 2)?.map(|bias| bias.data),
            stride: pair(node, "strides").unwrap_or([1; 2]),
            padding: (!padded && !automatic).then_some(padding),
            groups: usize::try_from(int(node, "group", 1)).unwrap_or(1),
        }))
    }

    /// The second operand of a matrix product, as out,in.
    fn matrix(&self, node: &NodeProto, transpose: bool) -> Result<Tensor, WeightsError> {
        let tensor = self.tensor(node, 1)?;
        Ok(if transpose { transposed(tensor) } else { tensor })
    }

    /// What one of two layers, or a layer and a constant, is made by +, −, × and ÷.
    fn arithmetic(&self, node: &NodeProto) -> Result<Vec<Kind>, WeightsError> {
        let constant = (0..node.input.len())
            .find(|index| matches!(self.values.get(node.input[*index].as_str()), Some(Value::Constant(_))));
        let op = node.op_type.as_str();
        let Some(index) = constant else {
            return Ok(match op {
                "Add" | "Sum" if self.layers(node).len() == 2 => vec![Kind::Sum],
                // x ÷ (k + α · mean of x²)^β is how exporters without that op write it.
                "Div" if !self.layers(node).is_empty() => vec![Kind::Pool(Pool::LocalResponseNorm)],
                _ => Vec::new(),
            });
        };
        if self.layers(node).is_empty() {
            return Ok(Vec::new());
        }
        let values = self.tensor(node, index)?.data;
        let each = |change: fn(f32) -> f32| values.iter().map(|value| change(*value)).collect();
        Ok(match (op, index) {
            ("Add" | "Sum", _) => vec![Kind::Norm(Norm::Shift(values))],
            ("Mul", _) => vec![Kind::Norm(Norm::Scale(values))],
            ("Sub", 1) => vec![Kind::Norm(Norm::Shift(each(|value| -value)))],
            ("Div", 1) => vec![Kind::Norm(Norm::Scale(each(|value| 1.0 / value)))],
            _ => Vec::new(),
        })
    }

    fn optional(&self, node: &NodeProto, index: usize) -> Result<Option<Tensor>, WeightsError> {
        match node.input.get(index) {
            Some(name) if !name.is_empty() => self.tensor(node, index).map(Some),
            _ => Ok(None),
        }
    }

    /// The constant that a node reads.
    fn tensor(&self, node: &NodeProto, index: usize) -> Result<Tensor, WeightsError> {
        let name = node.input.get(index).map_or("", String::as_str);
        let Some(Value::Constant(constant)) = self.values.get(name) else {
            return Err(WeightsError::Tensor {
                tensor: name.to_owned(),
                message: format!(
                    "{} {} computes with it, but the file does not hold it",
                    node.op_type, node.name
                ),
            });
        };
        let tensor = decode(constant.tensor)?;
        Ok(if constant.transposed { transposed(tensor) } else { tensor })
    }
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a proto::AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

fn int(node: &NodeProto, name: &str, default: i64) -> i64 {
    attribute(node, name).and_then(|attribute| attribute.i).unwrap_or(default)
}

/// Rows and columns.
fn pair(node: &NodeProto, name: &str) -> Option<[usize; 2]> {
    let ints = &attribute(node, name)?.ints;
    let [rows, columns] = ints[..] else { return None };
    Some([usize::try_from(rows).ok()?, usize::try_from(columns).ok()?])
}

fn decode(proto: &TensorProto) -> Result<Tensor, WeightsError> {
    let fail = |message: String| Err(WeightsError::Tensor { tensor: proto.name.clone(), message });
    if proto.data_location == 1 || !proto.external_data.is_empty() {
        let file = proto.external_data.iter().find(|entry| entry.key == "location");
        let file = file.map_or("another file", |entry| entry.value.as_str());
        return fail(format!(
            "its values are in {file}, not in the model; save both as one file: \
             torch.onnx.export(…, external_data=False), or onnx.save(onnx.load(model), path)"
        ));
    }
    let raw = proto.raw_data.as_slice();
    let bits = || proto.int32_data.iter().map(|bits| *bits as u16);
    let data: Vec<f32> = match (proto.data_type, raw.is_empty()) {
        (FLOAT, true) => proto.float_data.clone(),
        (FLOAT, false) => raw.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        (10, true) => bits().map(|bits| f16::from_bits(bits).to_f32()).collect(),
        (10, false) => raw.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        (11, true) => proto.double_data.iter().map(|value| *value as f32).collect(),
        (11, false) => raw.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        (16, true) => bits().map(|bits| bf16::from_bits(bits).to_f32()).collect(),
        (16, false) => raw.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
        (other, _) => return fail(format!("ONNX's data type {other} is no float")),
    };
    let shape: Vec<usize> = proto.dims.iter().map(|length| usize::try_from(*length).unwrap_or(0)).collect();
    let count = shape.iter().try_fold(1usize, |n, length| n.checked_mul(*length));
    if count != Some(data.len()) {
        return fail(format!("its shape {shape:?} does not go with its {} values", data.len()));
    }
    Ok(Tensor { shape, data })
}

/// A matrix with its axes exchanged; anything else as it is.
fn transposed(tensor: Tensor) -> Tensor {
    let &[rows, columns] = tensor.shape.as_slice() else { return tensor };
    let data = (0..columns).flat_map(|c| tensor.data.iter().skip(c).step_by(columns).copied()).collect();
    Tensor { shape: vec![columns, rows], data }
}

#[cfg(test)]
mod tests;
