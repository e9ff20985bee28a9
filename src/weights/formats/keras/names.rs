//! Which of our nodes each layer of a Keras Applications network is.

use super::{Config, Values, Variable};
use crate::net::zoo::{self, Options};
use crate::net::{Dense, Graph, ModuleKind, Op};
use crate::weights::{Warning, WeightsError};
use std::collections::HashMap;

/// A network's layers.
pub(super) struct Layers {
    pub(super) network: &'static str,
    pub(super) variant: Option<&'static str>,
    /// The node of each layer.
    pub(super) nodes: HashMap<String, String>,
    /// How many values each parameter of the network has, by its name: the classifier, of ImageNet's classes.
    pub(super) sizes: HashMap<String, usize>,
    pub(super) warnings: Vec<Warning>,
}

/// Recognises the network by its layers and finds the node of each.
pub(super) fn layers<V: Values>(variables: &[Variable<V>], config: &Config) -> Result<Layers, WeightsError> {
    let has = |layer: &str| variables.iter().any(|variable| variable.layer == layer);
    let counted = |kind: &str| {
        let mut layers: Vec<(usize, &str)> =
            (variables.iter()).filter_map(|v| Some((counter(&v.layer, kind)?, v.layer.as_str()))).collect();
        layers.sort_unstable();
        layers.dedup();
        layers.into_iter().map(|(_, layer)| layer.to_owned()).collect::<Vec<_>>()
    };
    let (convs, norms) = (counted("conv2d"), counted("batch_normalization"));
    let network = match () {
        () if has("block1_conv1") => "xception",
        () if has("conv_7b") => "inception_resnet_v2",
        () if convs.len() == 94 => "inception_v3",
        () => {
            return Err(WeightsError::Format(
                "a Keras file of a network other than InceptionV3, InceptionResNetV2 and Xception",
            ));
        }
    };
    let dense = dense_layers(variables, config);
    // The classifier of nsfwjs, the one layers model that people have: three dense layers of its own.
    let variant = (network == "inception_v3" && dense.len() == 3).then_some("nsfwjs");
    let options = Options { variant: variant.map(str::to_owned), ..Options::default() };
    let graph = zoo::build(network, &options).map_err(|error| WeightsError::Header(error.to_string()))?;
    let mut nodes: HashMap<String, String> = (variables.iter())
        .filter_map(|variable| Some((variable.layer.clone(), fixed_name(&variable.layer)?)))
        .collect();
    if network == "xception" {
        let skips = ["block1", "block2", "block3", "block12"];
        nodes.extend(convs.into_iter().zip(skips.map(|block| format!("{block}.skip"))));
        nodes.extend(norms.into_iter().zip(skips.map(|block| format!("{block}.skipbn"))));
    } else {
        nodes.extend(convs.into_iter().zip(counted_nodes(&graph, |op| matches!(op, Op::Conv2d(_)))));
        nodes.extend(norms.into_iter().zip(counted_nodes(&graph, |op| matches!(op, Op::BatchNorm(_)))));
    }
    let (ids, warnings) = match variant {
        Some(_) => (["dense_1", "dense_2", "dense_3"].map(str::to_owned).to_vec(), Vec::new()),
        None => head(&graph, &dense, config)?,
    };
    nodes.extend(dense.into_iter().map(str::to_owned).zip(ids));
    // Left out, such a layer would change every answer.
    let weights = |variable: &&Variable<V>| matches!(variable.name.as_str(), "kernel" | "gamma");
    if let Some(other) = variables.iter().filter(weights).find(|v| !nodes.contains_key(&v.layer)) {
        return Err(WeightsError::Tensor {
            tensor: other.layer.clone(),
            message: format!("{network} has no such layer, and a head here has nothing but dense layers"),
        });
    }
    let sizes = (graph.nodes.iter())
        .flat_map(|node| {
            (node.op.params().into_iter())
                .map(|param| (format!("{}.{}", node.id, param.suffix), param.shape.iter().product()))
        })
        .collect();
    Ok(Layers { network, variant, nodes, sizes, warnings })
}

/// The nodes of the dense layers at the end, as far as the configuration says what follows each of them.
fn head(graph: &Graph, dense: &[&str], config: &Config) -> Result<(Vec<String>, Vec<Warning>), WeightsError> {
    let Some((last, hidden)) = dense.split_last() else { return Ok(Default::default()) };
    let activation =
        |layer: &str| config.dense.iter().find(|(name, _)| name == layer).map(|(_, a)| a.as_str());
    let mut ids = Vec::new();
    for (position, layer) in hidden.iter().enumerate() {
        let relu = match activation(layer) {
            Some("relu") => true,
            Some("linear") => false,
            Some(other) => {
                return Err(WeightsError::Tensor {
                    tensor: (*layer).to_owned(),
                    message: format!(
                        "{other} follows it; between the dense layers of a head only ReLU is run here"
                    ),
                });
            }
            // As torch would number them with an activation in between, for whoever assumes one.
            None => return Ok(((0..dense.len()).map(|i| format!("dense.{}", 2 * i)).collect(), Vec::new())),
        };
        ids.push(Dense { width: 0, relu }.id(position));
    }
    ids.push(graph.node(graph.logits).id.clone());
    let other = activation(last).filter(|activation| !matches!(*activation, "linear" | "softmax"));
    let warning =
        |function: &str| Warning::NotSoftmax { layer: (*last).to_owned(), function: function.to_owned() };
    Ok((ids, other.map(warning).into_iter().collect()))
}

/// The number of an automatic name: `conv2d` is 0, `conv2d_12` is 12. Sorted as numbers, since the
/// counter goes on over all models that a process builds, and Keras 2 starts at 1.
fn counter(layer: &str, kind: &str) -> Option<usize> {
    match layer.strip_prefix(kind)? {
        "" => Some(0),
        rest => rest.strip_prefix('_')?.parse().ok(),
    }
}

/// Nodes whose layers have automatic names, in order of creation.
fn counted_nodes(graph: &Graph, kind: impl Fn(&Op) -> bool) -> Vec<String> {
    let named = |id: &str| id.ends_with(".conv2d") || id.starts_with("conv2d_7b.");
    (graph.nodes.iter())
        .filter(|node| kind(&node.op) && !named(&node.id))
        .filter(|node| graph.modules[node.module].kind != ModuleKind::Auxiliary)
        .map(|node| node.id.clone())
        .collect()
}

/// The dense layers in the order in which they read each other: the configuration's; without one that of their
/// numbers or in the file.
fn dense_layers<'v, V: Values>(variables: &'v [Variable<V>], config: &Config) -> Vec<&'v str> {
    let kernels = variables.iter().filter(|v| v.name == "kernel" && v.values.shape().len() == 2);
    let mut layers: Vec<(&str, &[usize])> = kernels.map(|v| (v.layer.as_str(), v.values.shape())).collect();
    let stated = |layer: &str| config.dense.iter().position(|(name, _)| name == layer);
    layers.sort_by_key(|(layer, _)| (stated(layer), counter(layer, "dense")));
    let chained = |layers: &[(&str, &[usize])]| layers.windows(2).all(|pair| pair[0].1[1] == pair[1].1[0]);
    if !chained(&layers) {
        layers.reverse();
    }
    layers.into_iter().map(|(layer, _)| layer).collect()
}

fn fixed_name(layer: &str) -> Option<String> {
    if let Some(rest) = layer.strip_prefix("conv_7b") {
        return Some(format!("conv2d_7b.{}", if rest == "_bn" { "bn" } else { "conv" }));
    }
    // Inception-ResNet-v2: block17_3_conv is the linear 1×1 of the third block17.
    if let Some((block, number)) = layer.strip_suffix("_conv").and_then(|block| block.split_once('_')) {
        let number: usize = number.parse().ok()?;
        return match (block, number) {
            ("block35", 1..) => Some(format!("repeat.{}.conv2d", number - 1)),
            ("block17", 1..) => Some(format!("repeat_1.{}.conv2d", number - 1)),
            ("block8", 10) => Some("block8.conv2d".to_owned()),
            ("block8", 1..) => Some(format!("repeat_2.{}.conv2d", number - 1)),
            _ => None,
        };
    }
    // Xception: block3_sepconv2_bn is the second batch norm of timm's block2.
    let (layer, norm) = layer.strip_suffix("_bn").map_or((layer, false), |layer| (layer, true));
    let (block, conv) = layer.strip_prefix("block")?.split_once('_')?;
    let block: usize = block.parse().ok()?;
    let node = |conv: &str, bn: &str| Some(if norm { bn } else { conv }.to_owned());
    match (block, conv) {
        (1, "conv1") => node("conv1", "bn1"),
        (1, "conv2") => node("conv2", "bn2"),
        (14, "sepconv1") => node("conv3", "bn3"),
        (14, "sepconv2") => node("conv4", "bn4"),
        (2..14, conv) => {
            let number: usize = conv.strip_prefix("sepconv")?.parse().ok()?;
            // ReLU, convolution, batch norm, …; the first block starts without a ReLU.
            let index = number.checked_sub(1)? * 3 + usize::from(block > 2) + usize::from(norm);
            Some(format!("block{}.rep.{index}", block - 1))
        }
        _ => None,
    }
}
