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
