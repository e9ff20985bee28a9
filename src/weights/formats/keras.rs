//! Keras's names and layouts to ours, for the networks that Keras Applications has: InceptionV3,
//! InceptionResNetV2 and Xception.
//!
//! Keras keeps convolutions as H,W,I,O, depthwise ones as H,W,C,1 and dense layers as in,out; it
//! names most layers by a counter, in order of creation, which is the order of our graphs.

use super::hdf5;
use crate::net::zoo::{self, Options};
use crate::net::{Graph, ModuleKind, Op};
use crate::weights::{About, File, Tensor, WeightsError};
use std::collections::{HashMap, HashSet};

/// A layer's variable.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::weights) struct Variable {
    /// `conv2d_12`, `block2_sepconv1_bn`.
    pub(in crate::weights) layer: String,
    /// `kernel`, `depthwise_kernel`, `gamma`.
    pub(in crate::weights) name: String,
    /// In Keras's layout.
    pub(in crate::weights) tensor: Tensor,
}

/// Reads an `.h5` file (a whole model or its weights), or Keras 3's `.weights.h5`.
pub(in crate::weights) fn read_h5(file: &[u8]) -> Result<File, WeightsError> {
    rename(variables(hdf5::read(file)?, &HashMap::new()))
}

/// Whether the entries of a zip archive are Keras 3's `.keras`.
pub(in crate::weights) fn is_archive(entries: &HashMap<String, &[u8]>) -> bool {
    entries.contains_key("model.weights.h5")
}

/// Reads Keras 3's `.keras`, given its entries.
pub(in crate::weights) fn read_archive(entries: &HashMap<String, &[u8]>) -> Result<File, WeightsError> {
    rename(archive_variables(entries)?)
}

fn archive_variables(entries: &HashMap<String, &[u8]>) -> Result<Vec<Variable>, WeightsError> {
    let entry = |name| entries.get(name).copied().ok_or(WeightsError::CutOff("Keras archive"));
    let config: serde_json::Value = serde_json::from_slice(entry("config.json")?)
        .map_err(|error| WeightsError::Header(format!("config.json: {error}")))?;
    let mut names = HashMap::new();
    layer_names(&config["config"], "", &mut names, 0);
    Ok(variables(hdf5::read(entry("model.weights.h5")?)?, &names))
}

/// The layer at each path of a Keras 3 file: there, the 18th SeparableConv2D of the configuration is
/// `layers/separable_conv2d_17`, whatever its name.
fn layer_names(config: &serde_json::Value, path: &str, names: &mut HashMap<String, String>, depth: usize) {
    let mut counters: HashMap<&str, usize> = HashMap::new();
    for layer in config["layers"].as_array().into_iter().flatten() {
        let kind = match layer["class_name"].as_str() {
            Some("Conv2D") => "conv2d",
            Some("SeparableConv2D") => "separable_conv2d",
            Some("BatchNormalization") => "batch_normalization",
            Some("Dense") => "dense",
            Some("Functional") => "functional",
            Some("Sequential") => "sequential",
            _ => continue,
        };
        let counter = counters.entry(kind).or_default();
        let suffix = if *counter == 0 { String::new() } else { format!("_{counter}") };
        let below = format!("{path}layers/{kind}{suffix}");
        *counter += 1;
        if let Some(name) = layer["config"]["name"].as_str() {
            names.insert(below.clone(), name.to_owned());
        }
        if depth < 4 {
            layer_names(&layer["config"], &format!("{below}/"), names, depth + 1);
        }
    }
}

/// The variables of an HDF5 file of either generation; `names` are those of [`layer_names`].
fn variables(contents: hdf5::Contents, names: &HashMap<String, String>) -> Vec<Variable> {
    let counts = contents.datasets.iter().filter_map(|(path, _)| path.rsplit_once('/'));
    let mut count: HashMap<String, usize> = HashMap::new();
    counts.for_each(|(group, _)| *count.entry(group.to_owned()).or_default() += 1);
    let nested = nested(contents.datasets.iter().map(|(path, _)| path.as_str()));
    let variable = |(path, tensor): (String, Tensor)| {
        if path.starts_with("optimizer") {
            return None;
        }
        let (group, last) = path.rsplit_once('/')?;
        let Some(layer) = group.strip_suffix("/vars") else {
            // Until Keras 2, and in .h5 still: layer/…/kernel:0, perhaps below model_weights.
            let layer = match outermost(&path)? {
                model if nested.contains(model) => group.rsplit('/').next()?,
                layer => layer,
            };
            let name = last.split(':').next()?;
            return Some(Variable { layer: layer.to_owned(), name: name.to_owned(), tensor });
        };
        let class = layer.rsplit('/').next()?;
        let order: &[&str] = if class.starts_with("batch_normalization") {
            let all = &["gamma", "beta", "moving_mean", "moving_variance"];
            &all[4usize.checked_sub(*count.get(group)?)?.min(1)..]
        } else if class.starts_with("separable_conv2d") {
            &["depthwise_kernel", "pointwise_kernel", "bias"]
        } else {
            &["kernel", "bias"]
        };
        let name = order.get(last.parse::<usize>().ok()?)?;
        let layer = names.get(layer).or_else(|| contents.names.get(group)).map_or(class, String::as_str);
        Some(Variable { layer: layer.to_owned(), name: (*name).to_owned(), tensor })
    };
    contents.datasets.into_iter().filter_map(variable).collect()
}

/// What a dataset of an `.h5` file belongs to: a layer, or a model that is one of the layers.
fn outermost(path: &str) -> Option<&str> {
    path.strip_prefix("model_weights/").unwrap_or(path).split('/').next()
}

/// The models among them, which hold layers of other names: a layer's own group repeats its name, though in a
/// process with several models with a number after it (`conv2d_1/conv2d_1_1/kernel:0`).
fn nested<'p>(paths: impl Iterator<Item = &'p str>) -> HashSet<String> {
    let model = |path: &'p str| {
        let (outer, layer) = (outermost(path)?, path.rsplit('/').nth(1)?);
        (!layer.starts_with(outer)).then(|| outer.to_owned())
    };
    paths.filter_map(model).collect()
}

/// Variables under our names and in our layouts. What has no place in the network keeps its name.
pub(in crate::weights) fn rename(variables: Vec<Variable>) -> Result<File, WeightsError> {
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
    let dense = counted("dense");
    // The classifier of nsfwjs, the one layers model that people have: three dense layers of its own.
    let variant = (network == "inception_v3" && dense.len() == 3).then(|| "nsfwjs".to_owned());
    let options = Options { variant: variant.clone(), ..Options::default() };
    let graph = zoo::build(network, &options).map_err(|error| WeightsError::Header(error.to_string()))?;
    let mut nodes = fixed_names(&graph, &variables);
    if network == "xception" {
        let skips = ["block1", "block2", "block3", "block12"];
        nodes.extend(convs.into_iter().zip(skips.map(|block| format!("{block}.skip"))));
        nodes.extend(norms.into_iter().zip(skips.map(|block| format!("{block}.skipbn"))));
    } else {
        nodes.extend(convs.into_iter().zip(counted_nodes(&graph, |op| matches!(op, Op::Conv2d(_)))));
        nodes.extend(norms.into_iter().zip(counted_nodes(&graph, |op| matches!(op, Op::BatchNorm(_)))));
    }
    if variant.is_some() {
        nodes.extend(dense.into_iter().zip(["dense_1", "dense_2", "dense_3"].map(str::to_owned)));
    }
    let tensors = (variables.into_iter())
        .map(|Variable { layer, name, tensor }| {
            let (suffix, order): (&str, &[usize]) = match (name.as_str(), tensor.shape.len()) {
                ("kernel", 4) => ("weight", &[3, 2, 0, 1]),
                ("kernel", 2) => ("weight", &[1, 0]),
                ("depthwise_kernel", 4) => ("conv1.weight", &[2, 3, 0, 1]),
                ("pointwise_kernel", 4) => ("pointwise.weight", &[3, 2, 0, 1]),
                ("gamma", _) => ("weight", &[]),
                ("beta", _) => ("bias", &[]),
                ("moving_mean", _) => ("running_mean", &[]),
                ("moving_variance", _) => ("running_var", &[]),
                (name, _) => (name, &[]),
            };
            match nodes.get(&layer) {
                Some(node) => (format!("{node}.{suffix}"), transpose(tensor, order)),
                None => (format!("{layer}/{name}"), tensor),
            }
        })
        .collect();
    let profile = variant.clone().unwrap_or_else(|| "keras".to_owned());
    let about =
        About { model: Some(network.to_owned()), variant, profile: Some(profile), ..About::default() };
    Ok(File { about, tensors, ..File::default() })
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

/// The dense layers in the order in which they read each other; as in the file where that does not tell.
fn dense_layers(variables: &[Variable]) -> Vec<&str> {
    let kernels = variables.iter().filter(|v| v.name == "kernel" && v.tensor.shape.len() == 2);
    let mut layers: Vec<(&str, &[usize])> =
        kernels.map(|v| (v.layer.as_str(), v.tensor.shape.as_slice())).collect();
    layers.sort_by_key(|(layer, _)| counter(layer, "dense"));
    let chained = |layers: &[(&str, &[usize])]| layers.windows(2).all(|pair| pair[0].1[1] == pair[1].1[0]);
    if !chained(&layers) {
        layers.reverse();
    }
    layers.into_iter().map(|(layer, _)| layer).collect()
}

/// Nodes of the layers that have a name of their own, and of the dense layers at the end.
fn fixed_names(graph: &Graph, variables: &[Variable]) -> HashMap<String, String> {
    let classifier = graph.node(graph.logits).id.clone();
    let mut nodes: HashMap<String, String> = HashMap::new();
    match &dense_layers(variables)[..] {
        [dense] => _ = nodes.insert((*dense).to_owned(), classifier),
        // As torch would number them with an activation in between.
        all => nodes.extend(
            (all.iter().enumerate()).map(|(i, dense)| ((*dense).to_owned(), format!("dense.{}", 2 * i))),
        ),
    }
    for variable in variables {
        if let Some(node) = fixed_name(&variable.layer) {
            nodes.insert(variable.layer.clone(), node);
        }
    }
    nodes
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

/// The tensor with its axes in another order: axis `i` of the result is axis `order[i]`. No order
/// leaves it alone.
fn transpose(tensor: Tensor, order: &[usize]) -> Tensor {
    let Tensor { shape, data } = tensor;
    if order.is_empty() {
        return Tensor { shape, data };
    }
    let mut stride = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        stride[axis - 1] = stride[axis] * shape[axis];
    }
    // All layouts have at most four axes; those that lack have length one.
    let (mut lengths, mut steps) = ([1; 4], [0; 4]);
    for (to, from) in (4 - order.len()..4).zip(order) {
        (lengths[to], steps[to]) = (shape[*from], stride[*from]);
    }
    let mut values = Vec::with_capacity(data.len());
    for a in 0..lengths[0] {
        for b in 0..lengths[1] {
            for c in 0..lengths[2] {
                let start = a * steps[0] + b * steps[1] + c * steps[2];
                values.extend((0..lengths[3]).map(|d| data[start + d * steps[3]]));
            }
        }
    }
    Tensor { shape: order.iter().map(|axis| shape[*axis]).collect(), data: values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, cpu::CpuEngine};
    use crate::run::{Input, Run};
    use crate::weights::formats::archive;
    use crate::weights::{Loader, TensorInfo, recipe};
    use pollster::block_on;

    fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/tests/fixtures/weights/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    }

    #[test]
    fn the_three_kinds_of_files_hold_the_same_variables() {
        let expected: [(&str, &str, &[usize]); 12] = [
            ("batch_normalization", "beta", &[4]),
            ("batch_normalization", "moving_mean", &[4]),
            ("batch_normalization", "moving_variance", &[4]),
            ("batch_normalization_1", "beta", &[6]),
            ("batch_normalization_1", "gamma", &[6]),
            ("batch_normalization_1", "moving_mean", &[6]),
            ("batch_normalization_1", "moving_variance", &[6]),
            ("block2_sepconv1", "depthwise_kernel", &[3, 3, 4, 1]),
            ("block2_sepconv1", "pointwise_kernel", &[1, 1, 4, 6]),
            ("conv2d", "kernel", &[3, 3, 3, 4]),
            ("predictions", "bias", &[5]),
            ("predictions", "kernel", &[6, 5]),
        ];
        let h5 = |name| variables(hdf5::read(&fixture(name)).unwrap(), &HashMap::new());
        let archive = fixture("toy.keras");
        let entries = archive::open(&archive).unwrap().stored;
        for (file, mut found) in [
            ("toy.h5", h5("toy.h5")),
            ("toy.weights.h5", h5("toy.weights.h5")),
            ("toy.keras", archive_variables(&entries).unwrap()),
        ] {
            found.sort_by(|a, b| (&a.layer, &a.name).cmp(&(&b.layer, &b.name)));
            for (variable, (layer, name, shape)) in found.iter().zip(expected) {
                assert_eq!((variable.layer.as_str(), variable.name.as_str()), (layer, name), "{file}");
                let data = (0..shape.iter().product()).map(|i: usize| i as f32 - 1.0).collect();
                assert_eq!(variable.tensor, Tensor { shape: shape.to_vec(), data }, "{file} {layer}");
            }
            assert_eq!(found.len(), 12, "{file}");
        }
    }

    #[test]
    fn axes_change_places() {
        let data = (0..24).map(|i| i as f32).collect();
        let tensor = transpose(Tensor { shape: vec![1, 2, 3, 4], data }, &[3, 2, 0, 1]);
        assert_eq!(tensor.shape, [4, 3, 1, 2]);
        // o, i, h, w = 1, 2, 0, 1 lies at h, w, i, o = 0, 1, 2, 1 of the source.
        assert_eq!(tensor.data[(3 + 2) * 2 + 1], (12 + 2 * 4 + 1) as f32);
    }

    #[derive(serde::Deserialize)]
    struct Golden {
        variables: Vec<(String, String, Vec<usize>)>,
        logits: Vec<f64>,
    }

    /// Keras's own logits, of a network whose variables were filled under Keras's names: any layer
    /// at the wrong place, and any axis, changes them.
    fn logits_are_keras(network: &str) {
        let golden: Golden = serde_json::from_slice(&fixture(&format!("keras.{network}.json"))).unwrap();
        let variables = golden.variables.into_iter().map(|(layer, name, shape)| {
            let fan_in = match name.as_str() {
                "depthwise_kernel" => shape[0] * shape[1],
                _ => shape[..shape.len() - 1].iter().product(),
            };
            let (offset, scale) = match name.as_str() {
                "gamma" => (1.0, 0.2),
                "beta" | "moving_mean" => (0.0, 0.1),
                "moving_variance" => (1.0, 0.5),
                "bias" => (0.0, 0.05),
                _ => (0.0, (3.0 * 1.8 / fan_in as f64).sqrt()),
            };
            let count = shape.iter().product();
            let data = recipe::values(&format!("{layer}/{name}"), 1, count, offset, scale);
            Variable { layer, name, tensor: Tensor { shape, data } }
        });
        // The order in the file must not matter.
        let variables: Vec<_> = variables.rev().collect();
        let file = rename(variables).unwrap();
        assert_eq!(file.about.model.as_deref(), Some(network));

        let options = Options { profile: file.about.profile, classes: Some(7), ..Options::default() };
        let graph = zoo::build(network, &options).unwrap();
        let infos: Vec<TensorInfo> = (file.tensors.iter())
            .map(|(name, tensor)| TensorInfo { name: name.clone(), shape: tensor.shape.clone() })
            .collect();
        let loader = Loader::new(&graph, &infos).unwrap();
        assert!(loader.extra.is_empty(), "{:?}", loader.extra);
        let mut scope = block_on(Run::alone(graph, Engine::Cpu(CpuEngine::new()), false)).unwrap();
        let placed = file.tensors.into_iter().map(|(name, tensor)| (loader.place(&name).unwrap(), tensor));
        for (place, tensor) in placed.chain(loader.defaults.iter().cloned()) {
            scope.network().set_tensor(place, &tensor).unwrap();
        }
        scope.network().weights_complete();

        let rgb = recipe::image(299, 299, 1);
        let picture: Vec<f32> =
            (0..3).flat_map(|c| rgb.iter().skip(c).step_by(3).map(|v| f32::from(*v) / 127.5 - 1.0)).collect();
        let logits = block_on(scope.run(Input::Tensor(&picture))).unwrap().logits;
        let mean = golden.logits.iter().sum::<f64>() / 7.0;
        let std = (golden.logits.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 7.0).sqrt();
        assert!(std > 0.0);
        for (logit, expected) in logits.iter().zip(&golden.logits) {
            let error = (f64::from(*logit) - expected).abs() / (expected.abs() + std);
            assert!(error <= 1e-4, "{network}: {logits:?}, Keras {:?}", golden.logits);
        }
    }

    #[test]
    fn inception_v3_is_keras() {
        logits_are_keras("inception_v3");
    }

    #[test]
    fn inception_resnet_v2_is_keras() {
        logits_are_keras("inception_resnet_v2");
    }

    #[test]
    fn xception_is_keras() {
        logits_are_keras("xception");
    }
}
