//! From the names in files to those in graphs: prefixes of whatever wraps the network, other libraries'
//! names, classifiers of one or several layers.

use super::TensorInfo;
use crate::net::{Dense, Graph, Op};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// What files call the classifier, or what it is part of; Cadene's Inception-ResNet-v2 and Xception `last_linear`.
const HEADS: [&str; 10] = [
    "classif",
    "classifier",
    "dense",
    "fc",
    "head",
    "last_linear",
    "linear",
    "logits",
    "output",
    "predictions",
];

/// Names of networks that follow another one in the same file, as MoCo's key encoder does its query encoder.
const FOLLOWERS: [&str; 5] = ["ema", "encoder_k", "momentum", "target", "teacher"];

/// The most layers of a head that are recognised.
const MAX_LAYERS: usize = 3;

/// A file's tensors by the names that a graph has for them; those that it does not know by their own.
pub(super) struct Names<'a> {
    tensors: HashMap<String, &'a TensorInfo>,
    /// What is known of the classifier.
    pub(super) head: Head,
}

/// The classifier of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of classes; `None`: the file has no classifier that is understood.
    pub classes: Option<usize>,
    /// The dense layers before it.
    pub layers: Vec<Dense>,
    /// The layers before a ReLU of which the file says nothing, by their names in the file.
    pub assumed: Vec<String>,
}

impl Head {
    /// The classifier of a file for that network, whatever number of classes `graph` was built for.
    pub fn of(graph: &Graph, tensors: &[TensorInfo]) -> Self {
        Names::new(graph, tensors).head
    }
}

impl<'a> Names<'a> {
    pub(super) fn new(graph: &Graph, tensors: &'a [TensorInfo]) -> Self {
        let known: HashSet<String> = (graph.nodes.iter())
            .flat_map(|node| node.op.params().into_iter().map(|p| format!("{}.{}", node.id, p.suffix)))
            .collect();
        let common: Vec<(Cow<'a, str>, &TensorInfo)> =
            tensors.iter().map(|tensor| (transformers(&tensor.name), tensor)).collect();
        let prefix = prefix(&known, common.iter().map(|(name, _)| &**name)).to_owned();
        let mut names = HashMap::new();
        // What stands outside of the wrapped network gives way.
        for inside in [false, true] {
            for (name, tensor) in &common {
                if name.starts_with(&prefix) == inside {
                    names.insert(below(name, &prefix).to_owned(), *tensor);
                }
            }
        }
        let mut names = Self { tensors: names, head: Head::default() };
        names.find_head(graph, &known);
        names
    }

    /// The tensor of that name in the graph.
    pub(super) fn get(&self, name: &str) -> Option<&'a TensorInfo> {
        self.tensors.get(name).copied()
    }

    /// Renames the head's tensors to their names in a graph with such a head.
    fn find_head(&mut self, graph: &Graph, known: &HashSet<String>) {
        let classifier = &graph.node(graph.logits).id;
        let own = self.get(&format!("{classifier}.weight")).map(|tensor| tensor.shape.first().copied());
        if let Some(classes) = own {
            let layers = self.given();
            self.head = Head { classes, layers, assumed: Vec::new() };
            return;
        }
        let Some(layers) = self.layers(graph, known) else { return };
        let mut head = Head::default();
        for (position, path) in layers.iter().enumerate() {
            let Some(weight) = self.get(&format!("{path}.weight")) else { return };
            let width = weight.shape[0];
            let id = match layers.get(position + 1) {
                None => {
                    head.classes = Some(width);
                    classifier.clone()
                }
                Some(next) => {
                    let relu = !follows(path, next);
                    if relu {
                        head.assumed.push(path.clone());
                    }
                    let layer = Dense { width, relu };
                    head.layers.push(layer);
                    layer.id(position)
                }
            };
            for suffix in ["weight", "bias"] {
                if let Some(tensor) = self.tensors.remove(&format!("{path}.{suffix}")) {
                    self.tensors.insert(format!("{id}.{suffix}"), tensor);
                }
            }
        }
        self.head = head;
    }

    /// Layers that the file has by a graph's own names, because it was converted.
    fn given(&self) -> Vec<Dense> {
        let layer = |position| {
            let layer = |relu| {
                let tensor = self.get(&format!("{}.weight", Dense { width: 0, relu }.id(position)))?;
                Some(Dense { width: *tensor.shape.first()?, relu })
            };
            layer(true).or_else(|| layer(false))
        };
        (0..MAX_LAYERS).map_while(layer).collect()
    }

    /// The paths of the head's layers, if what the file has beyond the network is a chain of dense layers.
    fn layers(&self, graph: &Graph, known: &HashSet<String>) -> Option<Vec<String>> {
        let heads = (self.tensors.iter()).filter(|(name, _)| {
            let first = name.split('.').next().unwrap_or(name).trim_end_matches(|c: char| c.is_ascii_digit());
            HEADS.contains(&first) && !known.contains(*name)
        });
        let (mut paths, mut rest) = (Vec::new(), Vec::new());
        for (name, tensor) in heads {
            match (name.strip_suffix(".weight"), tensor.shape.len()) {
                (Some(path), 2) => paths.push(path),
                _ => rest.push((name, tensor)),
            }
        }
        paths.sort_by_key(|path| natural(path));
        let Op::Linear(classifier) = &graph.node(graph.logits).op else { return None };
        // A graph that has such a head already: its first layer reads the pool.
        let first = [true, false].map(|relu| graph.find(&Dense { width: 0, relu }.id(0)).ok());
        let mut width = match first.into_iter().flatten().next().map(|id| &graph.node(id).op) {
            Some(Op::Linear(first)) => first.in_features,
            _ => classifier.in_features,
        };
        for path in &paths {
            let weight = &self.get(&format!("{path}.weight"))?.shape;
            let bias = &self.get(&format!("{path}.bias"))?.shape;
            (weight[1] == width && bias[..] == [weight[0]]).then_some(())?;
            width = weight[0];
        }
        // A batch norm in between, or another layer.
        let bias = |name: &str| name.strip_suffix(".bias").is_some_and(|path| paths.contains(&path));
        let understood = rest.iter().all(|(name, _)| bias(name));
        let chain = (1..=MAX_LAYERS).contains(&paths.len()) && understood;
        chain.then(|| paths.into_iter().map(str::to_owned).collect())
    }
}

/// The longest prefix that most of the graph's names stand behind.
fn prefix<'n>(known: &HashSet<String>, names: impl Iterator<Item = &'n str>) -> &'n str {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    for name in names {
        let starts = std::iter::once(0).chain(name.match_indices('.').map(|(at, _)| at + 1));
        for (prefix, rest) in starts.map(|at| name.split_at(at)) {
            if known.contains(rest) {
                let position = *positions.entry(prefix).or_insert_with(|| {
                    counts.push((prefix, 0));
                    counts.len() - 1
                });
                counts[position].1 += 1;
            }
        }
    }
    let follower = |prefix: &str| prefix.split('.').any(|part| FOLLOWERS.contains(&part));
    // The first of the best: max_by_key would give the last.
    let best = counts.iter().rev().max_by_key(|(prefix, count)| (*count, !follower(prefix)));
    best.map_or("", |(prefix, _)| *prefix)
}

/// A name below the prefix, or below as many of its parts as stand before the name.
fn below<'n>(name: &'n str, prefix: &str) -> &'n str {
    let mut rest = name;
    for part in prefix.split_inclusive('.') {
        match rest.strip_prefix(part) {
            Some(below) => rest = below,
            None => break,
        }
    }
    rest
}

/// torchvision's name of a ResNet's tensor that has Hugging Face transformers' name; other names as they are.
fn transformers(name: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = name.split('.').collect();
    for (at, _) in parts.iter().enumerate() {
        let number = |text: &str| text.parse::<usize>().ok().map(|n| n + 1);
        let renamed = match parts[at..] {
            ["embedder", "embedder", "convolution", suffix] => Some(format!("conv1.{suffix}")),
            ["embedder", "embedder", "normalization", suffix] => Some(format!("bn1.{suffix}")),
            ["encoder", "stages", stage, "layers", block, ref rest @ ..] => {
                let layer = match *rest {
                    ["shortcut", "convolution", suffix] => Some(format!("downsample.0.{suffix}")),
                    ["shortcut", "normalization", suffix] => Some(format!("downsample.1.{suffix}")),
                    ["layer", i, "convolution", suffix] => number(i).map(|i| format!("conv{i}.{suffix}")),
                    ["layer", i, "normalization", suffix] => number(i).map(|i| format!("bn{i}.{suffix}")),
                    _ => None,
                };
                number(stage).zip(layer).map(|(stage, layer)| format!("layer{stage}.{block}.{layer}"))
            }
            _ => None,
        };
        if let Some(renamed) = renamed {
            let prefix: String = parts[..at].iter().flat_map(|part| [part, "."]).collect();
            return (prefix + &renamed).into();
        }
    }
    name.into()
}

/// Whether a layer of a Sequential comes right after another: no function is between them.
fn follows(path: &str, next: &str) -> bool {
    let number =
        |path: &str| path.rsplit_once('.').and_then(|(of, n)| Some((of.to_owned(), n.parse::<u32>().ok()?)));
    match (number(path), number(next)) {
        (Some((of, n)), Some((of_next, next))) => of == of_next && n + 1 == next,
        _ => false,
    }
}

/// Sorts numbers in names by value: `fc.2` before `fc.10`.
fn natural(path: &str) -> Vec<(usize, String)> {
    path.split('.').map(|part| (part.parse().unwrap_or(usize::MAX), part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transformers_names_are_torchvisions() {
        for (name, expected) in [
            ("resnet.embedder.embedder.convolution.weight", "resnet.conv1.weight"),
            ("embedder.embedder.normalization.running_var", "bn1.running_var"),
            ("resnet.encoder.stages.3.layers.2.layer.1.convolution.weight", "resnet.layer4.2.conv2.weight"),
            ("encoder.stages.0.layers.10.layer.2.normalization.bias", "layer1.10.bn3.bias"),
            ("encoder.stages.1.layers.0.shortcut.convolution.weight", "layer2.0.downsample.0.weight"),
            ("encoder.stages.1.layers.0.shortcut.normalization.weight", "layer2.0.downsample.1.weight"),
            ("classifier.1.weight", "classifier.1.weight"),
            (
                "encoder.stages.x.layers.0.layer.1.convolution.weight",
                "encoder.stages.x.layers.0.layer.1.convolution.weight",
            ),
        ] {
            assert_eq!(transformers(name), expected);
        }
    }

    #[test]
    fn a_prefix_is_what_most_names_stand_behind() {
        let known: HashSet<String> =
            ["conv1.weight", "layer1.0.conv1.weight", "fc.weight"].map(String::from).into();
        for (names, expected) in [
            (vec!["conv1.weight", "layer1.0.conv1.weight"], ""),
            (vec!["a.b.conv1.weight", "a.b.layer1.0.conv1.weight", "fc.weight"], "a.b."),
            (vec!["teacher.conv1.weight", "student.conv1.weight"], "student."),
            (vec!["a.conv1.weight", "b.conv1.weight"], "a."),
            (vec!["nothing"], ""),
        ] {
            assert_eq!(prefix(&known, names.into_iter()), expected);
        }
        assert_eq!(below("module.fc.weight", "module.encoder.net."), "fc.weight");
    }
}
