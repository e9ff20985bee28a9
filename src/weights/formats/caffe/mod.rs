//! Caffe's `.caffemodel`: the trained network with its layers, of either generation of layer messages.

mod proto;

use super::structure::{BatchStatistics, Kind, Norm, Pool, Product, Structure};
use crate::weights::{About, File, Tensor, WeightsError};
use prost::Message;
use proto::{BlobProto, ConvolutionParameter, LayerParameter, NetParameter, PoolingParameter};
use std::collections::HashMap;

/// What messages call it.
const WHAT: &str = "Caffe model";
/// `BatchNormParameter.eps` by default.
const EPS: f32 = 1e-5;

/// Reads a file. Its profile is `caffe`.
pub(in crate::weights) fn read(file: &[u8]) -> Result<File, WeightsError> {
    let net = NetParameter::decode(file).map_err(|_| WeightsError::Format("an unknown kind of file"))?;
    let structure = structure(net)?;
    structure.identify(WHAT, About { profile: Some("caffe".to_owned()), ..About::default() })
}

fn structure(net: NetParameter) -> Result<Structure, WeightsError> {
    let layers: Vec<LayerParameter> =
        net.layers.into_iter().map(LayerParameter::from).chain(net.layer).collect();
    if !layers.iter().any(|layer| !layer.blobs.is_empty()) {
        return Err(WeightsError::Format("a protocol buffer without Caffe layers that hold weights"));
    }
    let mut structure = Structure::default();
    // Which layer wrote each blob last: many layers write over what they read.
    let mut values: HashMap<String, usize> = HashMap::new();
    for name in net.input {
        let source = structure.add(&name, Kind::Source, Vec::new());
        values.insert(name, source);
    }
    for layer in layers {
        let inputs: Vec<usize> = layer.bottom.iter().filter_map(|name| values.get(name).copied()).collect();
        let kind = kind(&layer)?;
        let value = match (kind, inputs.as_slice()) {
            // What reads nothing is where photos come from.
            (_, []) => structure.add(&layer.name, Kind::Source, Vec::new()),
            (kinds, [first, ..]) if kinds.is_empty() => *first,
            (kinds, _) => {
                let mut inputs = inputs;
                for kind in kinds {
                    inputs = vec![structure.add(&layer.name, kind, inputs)];
                }
                inputs[0]
            }
        };
        for top in layer.top {
            values.insert(top, value);
        }
    }
    Ok(structure)
}

/// What a layer does, one after the other; nothing where it leaves its channels alone.
fn kind(layer: &LayerParameter) -> Result<Vec<Kind>, WeightsError> {
    let blob = |index: usize| layer.blobs.get(index).map(|blob| tensor(blob, &layer.name)).transpose();
    let vector = |index: usize| Ok::<_, WeightsError>(blob(index)?.map(|tensor| tensor.data));
    let missing = || WeightsError::Tensor {
        tensor: layer.name.clone(),
        message: "it has no weights: the file describes a network and does not hold its values".to_owned(),
    };
    Ok(match layer.r#type.as_str() {
        "Convolution" => {
            let param = layer.convolution_param.clone().unwrap_or_default();
            let (weight, bias) = (blob(0)?.ok_or_else(missing)?, vector(1)?);
            let (stride, padding) = sliding(&param);
            let groups = param.group.unwrap_or(1) as usize;
            vec![Kind::Product(Product { weight, bias, stride, padding: Some(padding), groups })]
        }
        "InnerProduct" => {
            let mut weight = blob(0)?.ok_or_else(missing)?;
            // Of old files: 1,1,out,in.
            let ones = weight.shape.len().saturating_sub(2);
            if weight.shape[..ones].iter().all(|length| *length == 1) {
                weight.shape.drain(..ones);
            }
            vec![Kind::Product(Product::linear(weight, vector(1)?))]
        }
        "BatchNorm" => {
            let (mean, variance) = (vector(0)?.ok_or_else(missing)?, vector(1)?.ok_or_else(missing)?);
            // Caffe keeps sums, and by how much they are too large.
            let factor = vector(2)?.and_then(|factor| factor.first().copied()).unwrap_or(1.0);
            let scale = if factor == 0.0 { 0.0 } else { 1.0 / factor };
            let scaled = |values: Vec<f32>| values.iter().map(|value| value * scale).collect();
            let eps = layer.batch_norm_param.and_then(|param| param.eps).unwrap_or(EPS);
            let statistics = BatchStatistics {
                gamma: vec![1.0; mean.len()],
                beta: vec![0.0; mean.len()],
                mean: scaled(mean),
                variance: scaled(variance),
                eps: f64::from(eps),
            };
            vec![Kind::Norm(Norm::Batch(statistics))]
        }
        "Scale" => {
            let scale = Kind::Norm(Norm::Scale(vector(0)?.ok_or_else(missing)?));
            let shift = vector(1)?.map(|shift| Kind::Norm(Norm::Shift(shift)));
            [Some(scale), shift].into_iter().flatten().collect()
        }
        "Pooling" => pool(&layer.pooling_param.unwrap_or_default()).map(Kind::Pool).into_iter().collect(),
        "LRN" => vec![Kind::Pool(Pool::LocalResponseNorm)],
        "Concat" => vec![Kind::Concat],
        "Eltwise" => vec![Kind::Sum],
        _ => Vec::new(),
    })
}

/// Strides, and rows and columns of padding in all.
fn sliding(param: &ConvolutionParameter) -> ([usize; 2], [usize; 2]) {
    let both = |all: &[u32], rows: Option<u32>, columns: Option<u32>, default: u32| {
        let first = all.first().copied().unwrap_or(default);
        let second = all.get(1).copied().unwrap_or(first);
        [rows.unwrap_or(first) as usize, columns.unwrap_or(second) as usize]
    };
    let padding = both(&param.pad, param.pad_h, param.pad_w, 0);
    (both(&param.stride, param.stride_h, param.stride_w, 1), padding.map(|side| side.saturating_mul(2)))
}

fn pool(param: &PoolingParameter) -> Option<Pool> {
    let kernel = [param.kernel_size.unwrap_or(1) as usize; 2];
    let stride = [param.stride.unwrap_or(1) as usize; 2];
    match (param.global_pooling, param.pool) {
        (true, _) => None,
        (false, 0) => Some(Pool::Max { kernel, stride }),
        (false, _) => Some(Pool::Average { kernel, stride }),
    }
}

/// A blob's values, and its shape in either form.
fn tensor(blob: &BlobProto, layer: &str) -> Result<Tensor, WeightsError> {
    let data: Vec<f32> = match blob.data.is_empty() {
        true => blob.double_data.iter().map(|value| *value as f32).collect(),
        false => blob.data.clone(),
    };
    let shape: Vec<usize> = match &blob.shape {
        Some(shape) => shape.dim.iter().map(|length| usize::try_from(*length).unwrap_or(0)).collect(),
        None => [blob.num, blob.channels, blob.height, blob.width]
            .iter()
            .map(|length| length.map_or(1, |length| usize::try_from(length).unwrap_or(0)))
            .collect(),
    };
    let count = shape.iter().try_fold(1usize, |n, length| n.checked_mul(*length));
    if count != Some(data.len()) {
        let message = format!("its shape {shape:?} does not go with its {} values", data.len());
        return Err(WeightsError::Tensor { tensor: layer.to_owned(), message });
    }
    Ok(Tensor { shape, data })
}

#[cfg(test)]
mod tests {
    use super::proto::{BatchNormParameter, BlobShape, V1LayerParameter};
    use super::*;
    use crate::net::zoo::{self, Options};
    use crate::net::{Graph, ModuleKind, NodeId, Op};
    use crate::weights::{Loader, Place, recipe};
    use std::collections::BTreeMap;

    fn blob(shape: &[usize], data: Vec<f32>) -> BlobProto {
        let dim = shape.iter().map(|length| *length as i64).collect();
        BlobProto { shape: Some(BlobShape { dim }), data, ..BlobProto::default() }
    }

    /// The network as Caffe's library writes it, with the recipe's weights, and those.
    fn net(graph: &Graph) -> (Vec<LayerParameter>, BTreeMap<Place, Tensor>) {
        let mut weights = BTreeMap::new();
        let mut layers = Vec::new();
        for id in graph.ids() {
            let node = graph.node(id);
            let top = |id: NodeId| graph.node(id).id.clone();
            let params: BTreeMap<&str, Tensor> = recipe::tensors(graph, id, 1).into_iter().collect();
            for (suffix, tensor) in recipe::tensors(graph, id, 1) {
                weights.insert(Place { node: id, suffix }, tensor);
            }
            let mut layer = LayerParameter {
                name: format!("layer {}", id.0),
                bottom: node.inputs.iter().map(|input| top(*input)).collect(),
                top: vec![top(id)],
                ..LayerParameter::default()
            };
            let blobs = ["weight", "bias"].iter().filter_map(|suffix| params.get(suffix));
            layer.blobs = blobs.map(|tensor| blob(&tensor.shape, tensor.data.clone())).collect();
            let windows = |pool: i32, size: [usize; 2], stride: [usize; 2]| PoolingParameter {
                pool,
                kernel_size: Some(size[0] as u32),
                stride: Some(stride[0] as u32),
                global_pooling: false,
            };
            let kind = match &node.op {
                Op::Input(_) => "Input",
                Op::Conv2d(conv) => {
                    layer.convolution_param = Some(ConvolutionParameter {
                        pad: vec![conv.padding.top as u32],
                        stride: vec![conv.stride[0] as u32],
                        ..ConvolutionParameter::default()
                    });
                    "Convolution"
                }
                Op::BatchNorm(norm) => {
                    let doubled = |suffix| {
                        let tensor: &Tensor = &params[suffix];
                        blob(&tensor.shape, tensor.data.iter().map(|value| 2.0 * value).collect())
                    };
                    let statistics = LayerParameter {
                        r#type: "BatchNorm".to_owned(),
                        blobs: vec![doubled("running_mean"), doubled("running_var"), blob(&[1], vec![2.0])],
                        batch_norm_param: Some(BatchNormParameter { eps: Some(norm.eps as f32) }),
                        ..layer.clone()
                    };
                    layers.push(statistics);
                    layer.bottom = layer.top.clone();
                    "Scale"
                }
                Op::MaxPool(pool) => {
                    layer.pooling_param = Some(windows(0, pool.window.kernel, pool.window.stride));
                    "Pooling"
                }
                Op::AvgPool(pool) => {
                    layer.pooling_param = Some(windows(1, pool.window.kernel, pool.window.stride));
                    "Pooling"
                }
                Op::GlobalAvgPool => {
                    layer.pooling_param = Some(windows(1, [7; 2], [1; 2]));
                    "Pooling"
                }
                Op::Linear(_) => "InnerProduct",
                Op::LocalResponseNorm(_) => "LRN",
                Op::Concat => "Concat",
                Op::Add(_) => "Eltwise",
                _ => "ReLU",
            };
            layer.r#type = kind.to_owned();
            layers.push(layer);
        }
        (layers, weights)
    }

    /// The messages of before 2014, with shapes of four axes.
    fn old(layer: LayerParameter) -> V1LayerParameter {
        let kinds = (0..40).find(|number| v1_name(*number) == layer.r#type);
        let blob = |blob: BlobProto| {
            let mut axes = [1; 4];
            let dim = blob.shape.map_or_else(Vec::new, |shape| shape.dim);
            axes[4 - dim.len()..].iter_mut().zip(dim).for_each(|(axis, length)| *axis = length as i32);
            let [num, channels, height, width] = axes.map(Some);
            BlobProto { shape: None, num, channels, height, width, data: blob.data, ..BlobProto::default() }
        };
        V1LayerParameter {
            bottom: layer.bottom,
            top: layer.top,
            name: layer.name,
            r#type: kinds.unwrap_or(18),
            blobs: layer.blobs.into_iter().map(blob).collect(),
            convolution_param: layer.convolution_param,
            pooling_param: layer.pooling_param,
        }
    }

    fn v1_name(number: i32) -> String {
        LayerParameter::from(V1LayerParameter { r#type: number, ..V1LayerParameter::default() }).r#type
    }

    fn holds(net: NetParameter, graph: &Graph, weights: &BTreeMap<Place, Tensor>) {
        let file = crate::weights::read(&net.encode_to_vec()).unwrap();
        assert_eq!(file.about.model.as_deref(), Some(graph.network));
        assert_eq!(file.about.variant.as_deref(), graph.variant);
        let infos = crate::run::infos(&file.tensors);
        let loader = Loader::new(graph, &infos).unwrap();
        assert!(loader.extra.is_empty() && loader.unavailable.is_empty(), "{:?}", loader.extra);
        let mut found = 0;
        for (name, tensor) in &file.tensors {
            let expected = &weights[&loader.place(name).unwrap()];
            assert_eq!(tensor.shape, expected.shape, "{name}");
            // eps is an f32 in Caffe: gamma makes up for that.
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * b.abs();
            assert!(tensor.data.iter().zip(&expected.data).all(near), "{name}");
            found += 1;
        }
        assert_eq!(found, weights.len());
    }

    #[test]
    fn both_generations_of_messages_hold_the_network() {
        let graph = zoo::build("googlenet:published", &Options::default()).unwrap();
        assert!(graph.modules.iter().any(|module| module.kind == ModuleKind::Auxiliary));
        let (layer, weights) = net(&graph);
        let layers = layer.iter().cloned().map(old).collect();
        let name = "GoogleNet".to_owned();
        holds(NetParameter { name: name.clone(), layers, ..NetParameter::default() }, &graph, &weights);
        holds(NetParameter { name, layer, ..NetParameter::default() }, &graph, &weights);
    }

    #[test]
    fn batch_norms_are_two_layers() {
        let graph = zoo::build("resnet34", &Options::default()).unwrap();
        let (mut layer, weights) = net(&graph);
        // Caffe's library computes the shortcut first; the order of a sum's parts is nobody's.
        layer.iter_mut().filter(|layer| layer.r#type == "Eltwise").for_each(|layer| layer.bottom.reverse());
        holds(NetParameter { name: "ResNet".into(), layer, ..NetParameter::default() }, &graph, &weights);
    }

    #[test]
    fn another_network_is_told_from_its_nearest() {
        let graph = zoo::build("resnet34", &Options::default()).unwrap();
        let (mut layer, _) = net(&graph);
        let second = layer.iter_mut().filter(|layer| layer.r#type == "Convolution").nth(3).unwrap();
        second.convolution_param =
            Some(ConvolutionParameter { stride: vec![2], pad: vec![1], ..Default::default() });
        let net = NetParameter { name: "ResNet".into(), layer: layer.clone(), ..NetParameter::default() };
        let error = crate::weights::read(&net.encode_to_vec()).unwrap_err().to_string();
        assert!(error.contains("the nearest is resnet34") && error.contains("layer1.1.conv1"), "{error}");
        layer.iter_mut().for_each(|layer| layer.blobs.clear());
        let empty = NetParameter { name: "ResNet".into(), layer, ..NetParameter::default() };
        let error = crate::weights::read(&empty.encode_to_vec()).unwrap_err().to_string();
        assert!(error.contains("without Caffe layers that hold weights"), "{error}");
    }
}
