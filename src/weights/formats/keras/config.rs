//! What the configuration in a Keras file says of a model beyond its values: names, input, activations.

use crate::net::zoo;
use crate::weights::WeightsError;
use serde_json::Value;
use std::collections::HashMap;

/// Deepest nesting of models that is followed.
const MAX_DEPTH: usize = 4;

/// How many times its file a configuration may become in memory, besides what that of a small file may.
const MAX_TIMES: usize = 5;
const SMALL: usize = 512 << 10;

/// Refuses JSON that is small as text and large in memory: a map has room for eleven entries from the first on.
pub(super) fn check_size(json: &[u8], file: usize) -> Result<(), WeightsError> {
    let size = |byte: &u8| match byte {
        b'{' => 700,
        b'[' => 128,
        b',' => 96,
        _ => 1,
    };
    let (found, most) =
        (json.iter().map(size).sum::<usize>(), file.saturating_mul(MAX_TIMES).saturating_add(SMALL));
    if found > most {
        let message = format!("the configuration would take {found} bytes; at most {most} are expected");
        return Err(WeightsError::Header(message));
    }
    Ok(())
}

/// A model's configuration. A file of weights alone has none: then nothing is known.
#[derive(Debug, Default, PartialEq)]
pub(in crate::weights) struct Config {
    /// The layer at each path of a Keras 3 file: there, the 18th SeparableConv2D of the configuration is
    /// `layers/separable_conv2d_17`, whatever its name.
    pub(super) names: HashMap<String, String>,
    /// Rows and columns of the input, where they are stated and equal.
    pub(super) input_size: Option<usize>,
    /// The dense layers in order, and what follows each, within it or as a layer of its own: `relu`, `softmax`,
    /// `linear` for nothing.
    pub(super) dense: Vec<(String, String)>,
}

impl Config {
    /// Reads the JSON of `config.json` or of the attribute `model_config`.
    pub(super) fn read(json: &Value) -> Self {
        let mut config = Self::default();
        config.layers(&json["config"], "", &mut false, 0);
        config
    }

    /// `dense`: whether what the next layer reads is a dense layer's value, unchanged.
    fn layers(&mut self, json: &Value, path: &str, dense: &mut bool, depth: usize) {
        let mut counters: HashMap<&str, usize> = HashMap::new();
        for layer in json["layers"].as_array().into_iter().flatten() {
            let (class, config) = (layer["class_name"].as_str().unwrap_or_default(), &layer["config"]);
            self.input_size = self.input_size.or_else(|| input_size(config));
            let name = config["name"].as_str();
            match class {
                "Dense" => {
                    let activation = activation(config);
                    *dense = activation == "linear";
                    self.dense.push((name.unwrap_or_default().to_owned(), activation));
                }
                "Activation" | "ReLU" | "Softmax" => {
                    let activation = match class {
                        "Activation" => activation(config),
                        class => class.to_lowercase(),
                    };
                    if let Some((_, last)) = self.dense.last_mut().filter(|_| *dense) {
                        *last = activation;
                    }
                    *dense = false;
                }
                // Nothing in a finished network.
                "Dropout" => {}
                _ => *dense = false,
            }
            let Some(kind) = numbered(class) else { continue };
            let counter = counters.entry(kind).or_default();
            let suffix = if *counter == 0 { String::new() } else { format!("_{counter}") };
            let below = format!("{path}layers/{kind}{suffix}");
            *counter += 1;
            if let Some(name) = name {
                self.names.insert(below.clone(), name.to_owned());
            }
            if depth < MAX_DEPTH {
                self.layers(config, &format!("{below}/"), dense, depth + 1);
            }
        }
    }
}

/// What Keras 3 calls the groups of a class's layers.
fn numbered(class: &str) -> Option<&'static str> {
    Some(match class {
        "Conv2D" => "conv2d",
        "SeparableConv2D" => "separable_conv2d",
        "BatchNormalization" => "batch_normalization",
        "Dense" => "dense",
        "Functional" => "functional",
        "Sequential" => "sequential",
        _ => return None,
    })
}

/// Of an input layer, batch (any), rows, columns, channels.
fn input_size(config: &Value) -> Option<usize> {
    let shape = ["batch_shape", "batch_input_shape"].iter().find_map(|key| config[*key].as_array())?;
    let [_, rows, columns, _] = shape.as_slice() else { return None };
    let rows = usize::try_from(rows.as_u64()?).ok()?;
    (columns.as_u64()? == rows as u64 && zoo::SIZES.contains(&rows)).then_some(rows)
}

/// `linear` where none is stated. An object of the user's own is what its class is called.
fn activation(config: &Value) -> String {
    let activation = &config["activation"];
    let name = activation.as_str().or_else(|| activation["class_name"].as_str());
    name.unwrap_or("linear").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn activations_follow_dense_layers_or_are_theirs() {
        let layer = |class: &str, config: Value| json!({ "class_name": class, "config": config });
        let config = Config::read(&json!({ "config": { "layers": [
            layer("InputLayer", json!({ "batch_shape": [null, 150, 150, 3] })),
            layer("Functional", json!({ "name": "xception", "layers": [
                layer("InputLayer", json!({ "batch_shape": [null, 299, 299, 3] })),
                layer("Conv2D", json!({ "name": "a" })),
                layer("Conv2D", json!({ "name": "b", "activation": "tanh" })),
            ] })),
            layer("Dense", json!({ "name": "one", "activation": "relu" })),
            layer("Dense", json!({ "name": "two", "activation": "linear" })),
            layer("Dropout", json!({})),
            layer("ReLU", json!({})),
            layer("Dense", json!({ "name": "three" })),
            layer("BatchNormalization", json!({ "name": "norm" })),
            layer("Activation", json!({ "activation": "relu" })),
            layer("Dense", json!({ "name": "four", "activation": { "class_name": "Mish" } })),
        ] } }));
        assert_eq!(config.input_size, Some(150));
        let dense: Vec<(&str, &str)> = config.dense.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(dense, [("one", "relu"), ("two", "relu"), ("three", "linear"), ("four", "mish")]);
        assert_eq!(config.names["layers/functional/layers/conv2d_1"], "b");
        assert_eq!(config.names["layers/dense_3"], "four");
        assert_eq!(Config::read(&json!([])), Config::default());
    }
}
