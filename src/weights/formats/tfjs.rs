//! TF.js layers models, which are many files: `model.json` with the topology and a manifest, and the
//! weights in shards beside it. The npm package nsfwjs wraps each of them into a JavaScript module.

use super::keras::{self, Config, Variable};
use crate::weights::{File, Tensor, WeightsError};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use half::f16;
use serde::Deserialize;
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

/// What a folder calls its model, plain or wrapped.
const MODELS: [&str; 3] = ["model.json", "model.min.js", "model.js"];
/// Longest model file that is read. nsfwjs's has 180 kB.
const MAX_MODEL: u64 = 16 << 20;

/// Whether a path is a TF.js model: a folder, or the model file in one.
pub fn is_model(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.is_dir() || matches!(extension, Some("json" | "js"))
}

/// Reads a layers model of a network that Keras Applications has, given its folder or model file.
///
/// # Errors
/// [`WeightsError`] says what is wrong with the model, or what else it is.
pub fn read(path: &Path) -> Result<File, WeightsError> {
    let model = if path.is_dir() {
        let found = MODELS.iter().map(|name| path.join(name)).find(|file| file.is_file());
        found.ok_or(WeightsError::Format("a folder without a TF.js model.json"))?
    } else {
        path.to_owned()
    };
    if std::fs::metadata(&model)?.len() > MAX_MODEL {
        return Err(WeightsError::Format("a model.json of many megabytes"));
    }
    let folder = model.parent().unwrap_or(Path::new(""));
    let name = model.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    read_files(name, |name| Ok(std::fs::read(folder.join(name))?))
}

/// Whether a file of that name is a model, plain or wrapped.
pub fn is_model_file(name: &str) -> bool {
    MODELS.contains(&name)
}

/// The same of files that `file` reads by their names in the model's folder.
///
/// # Errors
///
/// [`WeightsError`] says what is wrong with the model or its shards, or what `file` says.
pub fn read_files(
    model: &str,
    mut file: impl FnMut(&str) -> Result<Vec<u8>, WeightsError>,
) -> Result<File, WeightsError> {
    // Shards are wrapped as their model is: model.min.js lies beside group1-shard1of6.min.js.
    let wrapping = model.find('.').map(|dot| &model[dot..]).filter(|suffix| suffix.ends_with(".js"));
    let text = |name: &str, bytes| {
        String::from_utf8(bytes).map_err(|_| damaged(name, "it is not text in UTF-8".to_owned()))
    };
    let mut json = text(model, file(model)?)?;
    if wrapping.is_some() {
        json = json_of_literal(exported(&json, '{')?)?;
    }
    let shard = |path: &str| -> Result<Vec<u8>, WeightsError> {
        contained(path)?;
        let Some(suffix) = wrapping else { return file(path) };
        let name = format!("{path}{suffix}");
        let text = text(&name, file(&name)?)?;
        let encoded = exported(&text, '"')?[1..].split('"').next().unwrap_or_default();
        BASE64_STANDARD.decode(encoded).map_err(|error| damaged(path, format!("base64: {error}")))
    };
    // Its values are there.
    keras::rename(variables(&json, shard)?, &Config::default(), usize::MAX)
}

fn damaged(place: &str, what: String) -> WeightsError {
    WeightsError::Header(format!("{place}: {what}"))
}

/// A shard's path, if it leads to a file in the model's own folder.
fn contained(path: &str) -> Result<PathBuf, WeightsError> {
    let plain = Path::new(path);
    let inside = !path.is_empty() && plain.components().all(|part| matches!(part, Component::Normal(_)));
    // Elsewhere a backslash is part of a name, on Windows it separates folders.
    if inside && !path.contains(['\\', ':']) {
        return Ok(plain.to_owned());
    }
    Err(damaged("weightsManifest", format!("the path {path:?} leads out of the model's folder")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Model {
    #[serde(default)]
    format: Option<String>,
    weights_manifest: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    paths: Vec<String>,
    weights: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    dtype: String,
    quantization: Option<Quantization>,
}

/// `value = min + scale · stored`; half floats have neither.
#[derive(Deserialize)]
struct Quantization {
    dtype: String,
    #[serde(default)]
    min: f64,
    #[serde(default)]
    scale: f64,
}

impl Entry {
    /// How it is stored.
    fn stored(&self) -> &str {
        self.quantization.as_ref().map_or(&self.dtype, |quantization| &quantization.dtype)
    }

    /// Number of values and of bytes; `None` for what is no number, or more than can be.
    fn size(&self) -> Option<(usize, usize)> {
        let width = match self.stored() {
            "float32" | "int32" => 4,
            "float16" | "uint16" => 2,
            "uint8" | "bool" => 1,
            _ => return None,
        };
        let count = self.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
        Some((count, count.checked_mul(width)?))
    }

    fn values(&self, bytes: &[u8]) -> Vec<f32> {
        let (min, scale) = self.quantization.as_ref().map_or((0.0, 1.0), |q| (q.min, q.scale));
        // As TF.js computes it: the product and the sum in f64, then rounded once.
        let value = |stored: f64| (stored * scale + min) as f32;
        match self.stored() {
            "uint8" => bytes.iter().map(|b| value(f64::from(*b))).collect(),
            "uint16" => {
                let words = bytes.as_chunks().0.iter();
                words.map(|b| value(f64::from(u16::from_le_bytes(*b)))).collect()
            }
            "float16" => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            _ => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        }
    }
}

/// The variables of a model, whose shards `shard` reads.
fn variables(
    json: &str,
    mut shard: impl FnMut(&str) -> Result<Vec<u8>, WeightsError>,
) -> Result<Vec<Variable>, WeightsError> {
    let model: Model =
        serde_json::from_str(json).map_err(|error| damaged("model.json", error.to_string()))?;
    if model.format.as_deref().is_some_and(|format| format != "layers-model") {
        return Err(WeightsError::Format("a TF.js graph model; only layers models keep their layers' names"));
    }
    let (mut variables, mut seen) = (Vec::new(), HashSet::new());
    for group in &model.weights_manifest {
        let mut expected = 0usize;
        for entry in &group.weights {
            let size = entry.size().and_then(|(_, bytes)| expected.checked_add(bytes));
            expected = size.ok_or_else(|| WeightsError::Tensor {
                tensor: entry.name.clone(),
                message: format!("shape {:?} of {} can not be read", entry.shape, entry.stored()),
            })?;
        }
        // A file that is named again and again would be read into any amount of memory.
        if let Some(path) = group.paths.iter().find(|path| !seen.insert(path.as_str())) {
            return Err(damaged("weightsManifest", format!("{path} is there twice")));
        }
        let mut bytes = Vec::new();
        for path in &group.paths {
            bytes.append(&mut shard(path)?);
        }
        if bytes.len() != expected {
            let files = group.paths.join(", ");
            return Err(damaged(&files, format!("{} bytes, but the manifest lists {expected}", bytes.len())));
        }
        let mut rest = bytes.as_slice();
        for entry in &group.weights {
            let (own, after) = rest.split_at(entry.size().map_or(0, |(_, bytes)| bytes));
            rest = after;
            // Counters are passed over, and so is what has no layer.
            let float = entry.dtype == "float32";
            let Some((layer, name)) = entry.name.rsplit_once('/').filter(|_| float) else { continue };
            variables.push(Variable {
                layer: layer.rsplit('/').next().unwrap_or(layer).to_owned(),
                name: name.split(':').next().unwrap_or(name).to_owned(),
                values: Tensor { shape: entry.shape.clone(), data: entry.values(own) },
            });
        }
    }
    Ok(variables)
}

/// What a JavaScript module exports, from its first character `opening` on.
fn exported(module: &str, opening: char) -> Result<&str, WeightsError> {
    let marker = format!(".exports={opening}");
    let start = module.find(&marker).map(|at| at + marker.len() - opening.len_utf8());
    let none = WeightsError::Format("a JavaScript file, but not one of nsfwjs's model modules");
    start.map(|start| &module[start..]).ok_or(none)
}

/// The JSON of the literal at the start of minified JavaScript: names get quotes, `!0` is true, `!1`
/// is false, and `.5` is 0.5.
fn json_of_literal(script: &str) -> Result<String, WeightsError> {
    let mut json = String::with_capacity(script.len() * 2);
    let (mut depth, mut rest) = (0usize, script);
    while let Some(first) = rest.chars().next() {
        let word = |part: fn(char) -> bool| rest.find(|c| !part(c)).unwrap_or(rest.len());
        let mut length = first.len_utf8();
        match first {
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let closes = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    closes
                });
                length = end.ok_or(WeightsError::CutOff("JavaScript text"))? + 2;
                json.push_str(&rest[..length]);
            }
            '!' => {
                json.push_str(if rest.starts_with("!0") { "true" } else { "false" });
                length = 2.min(rest.len());
            }
            '.' => json.push_str("0."),
            '0'..='9' => {
                length = word(|c| c.is_ascii_alphanumeric() || c == '.');
                json.push_str(&rest[..length]);
            }
            'a'..='z' | 'A'..='Z' | '_' | '$' => {
                length = word(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
                match &rest[..length] {
                    value @ ("null" | "true" | "false") => json.push_str(value),
                    name => json.extend(["\"", name, "\""]),
                }
            }
            _ => {
                depth += usize::from(matches!(first, '{' | '['));
                json.push(first);
                if matches!(first, '}' | ']') {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(json);
                    }
                }
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    Err(WeightsError::CutOff("JavaScript object"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MODEL: &str = r#"{"format":"layers-model","weightsManifest":[{"paths":["a.bin","b.bin"],"weights":[
        {"name":"conv2d_1/kernel","shape":[1,1,1,3],"dtype":"float32",
         "quantization":{"dtype":"uint8","min":-1,"scale":0.5}},
        {"name":"scope/bn/beta:0","shape":[2],"dtype":"float32","quantization":{"dtype":"uint16","min":1,"scale":2}},
        {"name":"dense_1/bias","shape":[1],"dtype":"float32","quantization":{"dtype":"float16"}},
        {"name":"optimizer/iterations","shape":[],"dtype":"int32"},
        {"name":"dense_1/kernel","shape":[1,1],"dtype":"float32"}]}]}"#;

    /// The second tensor lies in both.
    fn shards() -> [(&'static str, Vec<u8>); 2] {
        let words = [3u16, 256].map(u16::to_le_bytes).concat();
        let (half, count, float) =
            (f16::from_f32(0.25).to_le_bytes(), 7i32.to_le_bytes(), 2.5f32.to_le_bytes());
        let first = [&[0, 1, 255], &words[..1]].concat();
        [("a.bin", first), ("b.bin", [&words[1..], &half, &count, &float].concat())]
    }

    fn read_shards(json: &str, shards: &[(&str, Vec<u8>)]) -> Result<Vec<Variable>, WeightsError> {
        variables(json, |path| {
            contained(path)?;
            let found = shards.iter().find(|(name, _)| *name == path);
            found.map(|(_, bytes)| bytes.clone()).ok_or(WeightsError::CutOff("shards"))
        })
    }

    #[test]
    fn every_storage_is_read_across_shards() {
        let read = read_shards(MODEL, &shards()).unwrap();
        let found: Vec<_> =
            read.iter().map(|v| (v.layer.as_str(), v.name.as_str(), v.values.data.as_slice())).collect();
        assert_eq!(
            found,
            [
                ("conv2d_1", "kernel", &[-1.0, -0.5, 126.5][..]),
                ("bn", "beta", &[7.0, 513.0]),
                ("dense_1", "bias", &[0.25]),
                ("dense_1", "kernel", &[2.5]),
            ]
        );
    }

    #[test]
    fn manifests_that_lie_are_refused() {
        let error = |from: &str, to: &str| {
            assert!(MODEL.contains(from));
            read_shards(&MODEL.replacen(from, to, 1), &shards()).unwrap_err().to_string()
        };
        assert!(read_shards(MODEL, &shards()).is_ok());
        for path in ["../b.bin", "/etc/passwd", "x/../../b.bin", "", "C:\\\\b.bin", "https://host/b.bin"] {
            assert!(error("b.bin", path).contains("out of the model's folder"), "{path}");
        }
        assert!(error("b.bin", "a.bin").contains("a.bin is there twice"));
        assert!(error("[1,1,1,3]", "[1,1,1,4]").contains("17 bytes, but the manifest lists 18"));
        let huge = error("[1,1,1,3]", "[4294967296,4294967296,2]");
        assert!(huge.contains("conv2d_1/kernel") && huge.contains("can not be read"), "{huge}");
        assert!(
            error("[1,1,1,3]", "[4611686018427387904]").contains("the manifest lists 4611686018427387918")
        );
        assert!(error("uint16", "string").contains("string can not be read"));
        assert!(error("layers-model", "graph-model").contains("graph model"));
        assert!(error("\"paths\"", "\"path\"").contains("model.json"));
    }

    #[test]
    fn modules_give_up_their_literals() {
        let module = r#"!function(a){module.exports=a();i[o]={exports:{}}}({1:[function(a,n,i){
            n.exports={a_b:!0,$c:[!1,.5,-.25e-3,1e3,null],d:{e:"f{\"g\\",h:12.5}}},{}]},{},[1])"#;
        let json = json_of_literal(exported(module, '{').unwrap()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let expected = serde_json::json!({
            "a_b": true, "$c": [false, 0.5, -0.25e-3, 1e3, null], "d": { "e": "f{\"g\\", "h": 12.5 }
        });
        assert_eq!(value, expected);
        assert!(exported("alert(1)", '{').is_err());
        assert!(json_of_literal("{a:[1").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Damaged models end with variables or an error, with no more values than there are bytes.
        #[test]
        fn damaged_models_do_no_harm(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            wrapped in any::<bool>(),
        ) {
            let mut json = MODEL.as_bytes().to_vec();
            for (at, value) in changes {
                let at = at.index(json.len());
                json[at] = value;
            }
            let mut json = String::from_utf8_lossy(&json).into_owned();
            if wrapped {
                json = json_of_literal(&json).unwrap_or_default();
            }
            if let Ok(read) = read_shards(&json, &shards()) {
                let values: usize = read.iter().map(|variable| variable.values.data.len()).sum();
                prop_assert!(values <= 17);
            }
        }
    }
}
