//! Keras's names and layouts to ours, for the networks that Keras Applications has: InceptionV3,
//! InceptionResNetV2 and Xception.
//!
//! Keras keeps convolutions as H,W,I,O, depthwise ones as H,W,C,1 and dense layers as in,out; it
//! names most layers by a counter, in order of creation, which is the order of our graphs.

mod config;
mod names;
mod variable;

use super::hdf5;
use crate::weights::{About, File, Tensor, WeightsError};
pub(in crate::weights) use config::Config;
use names::Layers;
use std::collections::{HashMap, HashSet};
use variable::transpose;
pub(in crate::weights) use variable::{Values, Variable};

/// How many times its own size the tensors of a file may have that no network here has a parameter for: half floats become
/// twice as large, and heads are compressed. With a copy of the file, and three of a tensor while it is read, ten times the
/// file is held.
const MAX_RATIO: usize = 3;

/// Reads an `.h5` file (a whole model or its weights), or Keras 3's `.weights.h5`.
pub(in crate::weights) fn read_h5(file: &[u8]) -> Result<File, WeightsError> {
    let hdf5 = hdf5::open(file)?;
    let contents = hdf5::list(&hdf5, file.len())?;
    let json = contents.config.as_deref().unwrap_or_default();
    config::check_size(json.as_bytes(), file.len())?;
    let config = serde_json::from_str(json).map(|json| Config::read(&json)).unwrap_or_default();
    rename(variables(contents, &config.names), &config, file.len().saturating_mul(MAX_RATIO))
}

/// Whether the entries of a zip archive are Keras 3's `.keras`.
pub(in crate::weights) fn is_archive(entries: &HashMap<String, &[u8]>) -> bool {
    entries.contains_key("model.weights.h5")
}

/// Reads Keras 3's `.keras`, given its entries.
pub(in crate::weights) fn read_archive(entries: &HashMap<String, &[u8]>) -> Result<File, WeightsError> {
    let config = archive_config(entries)?;
    let file = archive_entry(entries, "model.weights.h5")?;
    let hdf5 = hdf5::open(file)?;
    let variables = variables(hdf5::list(&hdf5, file.len())?, &config.names);
    rename(variables, &config, file.len().saturating_mul(MAX_RATIO))
}

fn archive_entry<'e>(entries: &HashMap<String, &'e [u8]>, name: &str) -> Result<&'e [u8], WeightsError> {
    entries.get(name).copied().ok_or(WeightsError::CutOff("Keras archive"))
}

fn archive_config(entries: &HashMap<String, &[u8]>) -> Result<Config, WeightsError> {
    let json = archive_entry(entries, "config.json")?;
    config::check_size(json, entries.values().map(|entry| entry.len()).sum())?;
    let config: serde_json::Value = serde_json::from_slice(json)
        .map_err(|error| WeightsError::Header(format!("config.json: {error}")))?;
    Ok(Config::read(&config))
}

/// The variables of an HDF5 file of either generation; `names` are [`Config::names`].
fn variables<'f>(
    contents: hdf5::Contents<'f>,
    names: &HashMap<String, String>,
) -> Vec<Variable<hdf5::Stored<'f>>> {
    let counts = contents.datasets.iter().filter_map(|stored| stored.path.rsplit_once('/'));
    let mut count: HashMap<String, usize> = HashMap::new();
    counts.for_each(|(group, _)| *count.entry(group.to_owned()).or_default() += 1);
    let nested = nested(contents.datasets.iter().map(|stored| stored.path.as_str()));
    let variable = |values: hdf5::Stored<'f>| {
        let path = values.path.as_str();
        if path.starts_with("optimizer") {
            return None;
        }
        let (group, last) = path.rsplit_once('/')?;
        let Some(layer) = group.strip_suffix("/vars") else {
            // Until Keras 2, and in .h5 still: layer/…/kernel:0, perhaps below model_weights.
            let layer = match outermost(path)? {
                model if nested.contains(model) => group.rsplit('/').next()?,
                layer => layer,
            };
            let name = last.split(':').next()?;
            return Some(Variable { layer: layer.to_owned(), name: name.to_owned(), values });
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
        Some(Variable { layer: layer.to_owned(), name: (*name).to_owned(), values })
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

/// Variables under our names and in our layouts. What has no place in the network keeps its name. Nothing is read before it
/// is known that the network has a parameter as large, or that all else takes at most `spare` bytes.
pub(in crate::weights) fn rename<V: Values>(
    variables: Vec<Variable<V>>,
    config: &Config,
    spare: usize,
) -> Result<File, WeightsError> {
    let Layers { network, variant, nodes, mut sizes, warnings } = names::layers(&variables, config)?;
    let mut left = spare;
    let named = (variables.into_iter())
        .map(|Variable { layer, name, values }| {
            let (suffix, order): (&str, &[usize]) = match (name.as_str(), values.shape().len()) {
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
            let (name, order) = match nodes.get(&layer) {
                Some(node) => (format!("{node}.{suffix}"), order),
                None => (format!("{layer}/{name}"), &[][..]),
            };
            let count = values.shape().iter().product::<usize>();
            // Once: a hostile file may have many of the same name.
            if sizes.remove(&name) != Some(count) {
                left = left.checked_sub(values.bytes()).ok_or_else(|| WeightsError::Tensor {
                    message: format!(
                        "shape {:?} holds {} bytes; {network} has no such parameter, and a file of this size \
                         may have at most {left} bytes of others",
                        values.shape(),
                        values.bytes()
                    ),
                    tensor: name.clone(),
                })?;
            }
            Ok((name, order, values))
        })
        .collect::<Result<Vec<_>, WeightsError>>()?;
    let tensors = (named.into_iter())
        .map(|(name, order, values)| {
            let shape = values.shape().to_vec();
            Ok((name, transpose(Tensor { shape, data: values.read()? }, order)))
        })
        .collect::<Result<_, WeightsError>>()?;
    let about = About {
        model: Some(network.to_owned()),
        variant: variant.map(str::to_owned),
        profile: Some(variant.unwrap_or("keras").to_owned()),
        input_size: config.input_size,
        ..About::default()
    };
    Ok(File { about, tensors, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, cpu::CpuEngine};
    use crate::error::Coded;
    use crate::run::{self, Input, Run, Spec};
    use crate::weights::formats::archive;
    use crate::weights::{Loader, recipe};
    use pollster::block_on;

    fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/tests/fixtures/weights/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    }

    #[test]
    fn files_of_all_kinds_hold_the_same_variables() {
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
        let all = |file: &[u8], names: &HashMap<String, String>| -> Vec<Variable> {
            let hdf5 = hdf5::open(file).unwrap();
            let read = |Variable { layer, name, values }: Variable<hdf5::Stored<'_>>| {
                let shape = values.shape().to_vec();
                Variable { layer, name, values: Tensor { shape, data: values.read().unwrap() } }
            };
            variables(hdf5::list(&hdf5, file.len()).unwrap(), names).into_iter().map(read).collect()
        };
        let h5 = |name| all(&fixture(name), &HashMap::new());
        let files = ["toy.h5", "toy.weights.h5", "toy_f16.h5", "toy_nested.h5", "toy_nested.weights.h5"];
        let mut found = files.map(|name| (name, h5(name))).to_vec();
        for name in ["toy.keras", "toy_nested.keras"] {
            let archive = fixture(name);
            let entries = archive::open(&archive).unwrap().stored;
            let config = archive_config(&entries).unwrap();
            found.push((name, all(entries["model.weights.h5"], &config.names)));
        }
        for (file, mut found) in found {
            found.sort_by(|a, b| (&a.layer, &a.name).cmp(&(&b.layer, &b.name)));
            for (variable, (layer, name, shape)) in found.iter().zip(expected) {
                assert_eq!((variable.layer.as_str(), variable.name.as_str()), (layer, name), "{file}");
                let data = (0..shape.iter().product()).map(|i: usize| i as f32 - 1.0).collect();
                assert_eq!(variable.values, Tensor { shape: shape.to_vec(), data }, "{file} {layer}");
            }
            assert_eq!(found.len(), 12, "{file}");
        }
    }

    #[derive(serde::Deserialize)]
    struct Golden {
        variables: Vec<(String, String, Vec<usize>)>,
        logits: Vec<f64>,
        #[serde(default)]
        config: serde_json::Value,
    }

    /// Keras's own logits, of a network whose variables were filled under Keras's names: any layer
    /// at the wrong place, and any axis, changes them.
    fn logits_are_keras(name: &str, network: &str, tolerance: f64) {
        let golden: Golden = serde_json::from_slice(&fixture(&format!("keras.{name}.json"))).unwrap();
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
            Variable { layer, name, values: Tensor { shape, data } }
        });
        // The order in the file must not matter.
        let variables: Vec<_> = variables.rev().collect();
        let File { about, tensors, warnings } =
            rename(variables, &Config::read(&golden.config), usize::MAX).unwrap();
        assert_eq!((about.model.as_deref(), warnings), (Some(network), vec![]));

        let infos = run::infos(&tensors);
        let graph = run::graph_of(&Spec::default(), &about, &infos, name).unwrap();
        let size = graph.node(graph.input).shape.w();
        let loader = Loader::new(&graph, &infos).unwrap();
        assert_eq!((&loader.extra, &loader.warnings), (&vec![], &vec![]));
        let mut run = block_on(Run::alone(graph, Engine::Cpu(CpuEngine::new()), false)).unwrap();
        let placed = tensors.into_iter().map(|(name, tensor)| (loader.place(&name).unwrap(), tensor));
        for (place, tensor) in placed.chain(loader.defaults.iter().cloned()) {
            run.network().set_tensor(place, &tensor).unwrap();
        }
        run.network().weights_complete();

        let rgb = recipe::image(size, size, 1);
        let picture: Vec<f32> =
            (0..3).flat_map(|c| rgb.iter().skip(c).step_by(3).map(|v| f32::from(*v) / 127.5 - 1.0)).collect();
        let logits = block_on(run.run(Input::Tensor(&picture))).unwrap().logits;
        let count = golden.logits.len() as f64;
        let mean = golden.logits.iter().sum::<f64>() / count;
        let std = (golden.logits.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
        assert!(std > 0.0 && logits.len() == golden.logits.len());
        for (logit, expected) in logits.iter().zip(&golden.logits) {
            let error = (f64::from(*logit) - expected).abs() / (expected.abs() + std);
            assert!(error <= tolerance, "{name}: {logits:?}, Keras {:?}", golden.logits);
        }
    }

    #[test]
    fn inception_v3_is_keras() {
        logits_are_keras("inception_v3", "inception_v3", 1e-4);
    }

    #[test]
    fn inception_resnet_v2_is_keras() {
        logits_are_keras("inception_resnet_v2", "inception_resnet_v2", 1e-4);
    }

    #[test]
    fn xception_is_keras() {
        logits_are_keras("xception", "xception", 1e-4);
    }

    #[test]
    fn transfer_learned_xception_is_keras() {
        logits_are_keras("xception_transfer", "xception", 1e-5);
    }

    /// What stands in for the variables of Xception with a head.
    fn head(layers: &[(&str, &str)]) -> Vec<Variable> {
        let of = |layer: &str, name: &str, shape: &[usize]| Variable {
            layer: layer.to_owned(),
            name: name.to_owned(),
            values: Tensor { shape: shape.to_vec(), data: vec![0.0; shape.iter().product()] },
        };
        let head = layers.iter().map(|(layer, name)| of(layer, name, &[2, 2]));
        [of("block1_conv1", "kernel", &[1, 1, 1, 1])].into_iter().chain(head).collect()
    }

    #[test]
    fn a_head_is_run_as_it_is_or_refused() {
        let config = |hidden: &str, last: &str| {
            let dense = |name: &str, activation: &str| {
                let config = serde_json::json!({ "name": name, "activation": activation });
                serde_json::json!({ "class_name": "Dense", "config": config })
            };
            // Against the order of the names.
            let layers = [dense("dense_1", hidden), dense("dense", last)];
            Config::read(&serde_json::json!({ "config": { "layers": layers } }))
        };
        let two = [("dense", "kernel"), ("dense_1", "kernel")];
        for (config, expected) in [
            (config("relu", "softmax"), ["head.0.weight", "fc.weight"]),
            (config("linear", "sigmoid"), ["head.0.linear.weight", "fc.weight"]),
            (Config::default(), ["dense.2.weight", "dense.0.weight"]),
        ] {
            let file = rename(head(&two), &config, usize::MAX).unwrap();
            let names: Vec<&str> = file.tensors[1..].iter().rev().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, expected);
            let sigmoid = config.dense.last().is_some_and(|(_, activation)| activation == "sigmoid");
            let codes: Vec<&str> = file.warnings.iter().map(Coded::code).collect();
            assert_eq!(codes, vec!["weights.not_softmax"; usize::from(sigmoid)]);
        }
        let error = rename(head(&two), &config("tanh", "linear"), usize::MAX).unwrap_err().to_string();
        assert!(error.starts_with("tensor dense_1: tanh follows it"), "{error}");
        for other in ["batch_normalization_4", "conv2d_4", "layer_normalization"] {
            let skips = (0..4).flat_map(|i| [format!("conv2d_{i}"), format!("batch_normalization_{i}")]);
            let layers: Vec<String> = skips.chain([other.to_owned()]).collect();
            let all: Vec<_> = layers.iter().map(|layer| (layer.as_str(), "gamma")).collect();
            let error = rename(head(&all), &Config::default(), usize::MAX).unwrap_err().to_string();
            assert!(error.starts_with(&format!("tensor {other}: xception has no such layer")), "{error}");
        }
    }
}
