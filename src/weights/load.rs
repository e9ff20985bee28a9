use super::{Misshaped, Tensor, TensorInfo, WeightsError};
use crate::net::zoo::{self, NETWORKS, Options};
use crate::net::{Graph, ModuleKind, NodeId, Op};
use crate::params::Place;
use std::borrow::Cow;
use std::collections::HashMap;

/// Finds the node of each tensor of a file. Made from the list of its tensors, so that a file that
/// does not fit is refused before its values are read.
#[derive(Clone, Debug)]
pub struct Loader {
    places: HashMap<String, Place>,
    /// Tensors that the file lacks and that have a value by convention, to be set at once:
    /// gamma of Keras batch norms without scale is 1.
    pub defaults: Vec<(Place, Tensor)>,
    /// Tensors of the file that the network does not need.
    pub extra: Vec<String>,
    /// Modules (indices into [`Graph::modules`]) that the file has no weights for: auxiliary heads,
    /// which are often left out. Their nodes can not be run.
    pub unavailable: Vec<usize>,
}

impl Loader {
    /// Matches a file's tensors with a graph, or says which are missing and which have another shape.
    ///
    /// A tensor's name is `{node id}.{suffix}`, perhaps behind `module.` or `state_dict.`.
    /// Auxiliary heads are taken whole or not at all.
    pub fn new(graph: &Graph, tensors: &[TensorInfo]) -> Result<Self, WeightsError> {
        let (matched, unavailable) = match_tensors(graph, tensors);
        if matched.complete() {
            let Matched { places, defaults, .. } = matched;
            let names = tensors.iter().map(|tensor| &tensor.name);
            let extra = names.filter(|name| !places.contains_key(*name)).cloned().collect();
            return Ok(Self { places, defaults, extra, unavailable });
        }
        Err(WeightsError::Mismatch {
            network: graph.network.to_owned(),
            fitting: matched.places.len(),
            fits: if matched.near() { Vec::new() } else { identify(tensors) },
            missing: matched.missing,
            misshaped: matched.misshaped,
        })
    }

    /// The place of a tensor; `None` if the network does not need it.
    pub fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }
}

/// The number of classes in a file: rows of the classifier's weight. The classifier is the graph's
/// logits node, whatever number of classes the graph was built for.
pub fn classes(graph: &Graph, tensors: &[TensorInfo]) -> Option<usize> {
    let weight = format!("{}.weight", graph.node(graph.logits).id);
    by_name(graph, tensors).get(weight.as_str())?.shape.first().copied()
}

/// The networks that the tensors fit.
pub fn identify(tensors: &[TensorInfo]) -> Vec<&'static str> {
    matches(tensors).filter(|(_, matched)| matched.complete()).map(|(id, _)| id).collect()
}

/// The network with the shortest list of what is missing, if it is a near miss: that list says what
/// is wrong with the file.
pub fn nearest(tensors: &[TensorInfo]) -> Option<&'static str> {
    let near = matches(tensors).filter(|(_, matched)| matched.near());
    near.min_by_key(|(_, matched)| matched.faults()).map(|(id, _)| id)
}

/// Each network, with as many classes as the file has.
fn matches(tensors: &[TensorInfo]) -> impl Iterator<Item = (&'static str, Matched)> {
    NETWORKS.iter().filter_map(|network| {
        let graph = zoo::build(network.id, &Options::default()).ok()?;
        let options = Options { classes: classes(&graph, tensors), ..Options::default() };
        Some((network.id, match_tensors(&zoo::build(network.id, &options).ok()?, tensors).0))
    })
}

/// The name without the prefixes that training scripts leave.
fn plain(mut name: &str) -> &str {
    while let Some(rest) = name.strip_prefix("module.").or_else(|| name.strip_prefix("state_dict.")) {
        name = rest;
    }
    name
}

/// What else files call the classifier: Cadene's Inception-ResNet-v2 and Xception, `last_linear`.
const CLASSIFIERS: [&str; 3] = ["last_linear", "classif", "fc"];

/// A file's tensors by plain name; the classifier's by its name in the graph.
fn by_name<'a>(graph: &Graph, tensors: &'a [TensorInfo]) -> HashMap<Cow<'a, str>, &'a TensorInfo> {
    let mut all: HashMap<Cow<'a, str>, &TensorInfo> =
        tensors.iter().map(|tensor| (plain(&tensor.name).into(), tensor)).collect();
    let classifier = &graph.node(graph.logits).id;
    if !all.contains_key(format!("{classifier}.weight").as_str()) {
        // A name that the graph has for another node means that one.
        for other in CLASSIFIERS.into_iter().filter(|other| graph.find(other).is_err()) {
            for suffix in ["weight", "bias"] {
                if let Some(tensor) = all.remove(format!("{other}.{suffix}").as_str()) {
                    all.insert(format!("{classifier}.{suffix}").into(), tensor);
                }
            }
        }
    }
    all
}

/// What became of the tensors of a graph, or of one of its modules.
#[derive(Default)]
struct Matched {
    places: HashMap<String, Place>,
    defaults: Vec<(Place, Tensor)>,
    missing: Vec<String>,
    misshaped: Vec<Misshaped>,
}

impl Matched {
    fn complete(&self) -> bool {
        self.faults() == 0
    }

    fn faults(&self) -> usize {
        self.missing.len() + self.misshaped.len()
    }

    /// A near miss is the right network: the list says what is wrong with it.
    fn near(&self) -> bool {
        self.places.len() > self.faults()
    }
}

/// Tensors by plain name, and whether any batch norm has a gamma among them.
struct File<'a> {
    tensors: HashMap<Cow<'a, str>, &'a TensorInfo>,
    gamma: bool,
}

/// The graph's tensors, and the modules that are done without.
fn match_tensors(graph: &Graph, tensors: &[TensorInfo]) -> (Matched, Vec<usize>) {
    let tensors = by_name(graph, tensors);
    let gamma = (graph.nodes.iter())
        .filter(|node| matches!(node.op, Op::BatchNorm(_)))
        .any(|node| tensors.contains_key(format!("{}.weight", node.id).as_str()));
    let file = File { tensors, gamma };
    let (mut all, mut unavailable) = (Matched::default(), Vec::new());
    for (index, module) in graph.modules.iter().enumerate() {
        let mut matched = Matched::default();
        for id in graph.ids().filter(|id| graph.node(*id).module == index) {
            match_node(graph, id, &file, &mut matched);
        }
        if module.kind == ModuleKind::Auxiliary && !matched.complete() {
            unavailable.push(index);
            continue;
        }
        all.places.extend(matched.places);
        all.defaults.append(&mut matched.defaults);
        all.missing.append(&mut matched.missing);
        all.misshaped.append(&mut matched.misshaped);
    }
    (all, unavailable)
}

fn match_node(graph: &Graph, id: NodeId, file: &File<'_>, matched: &mut Matched) {
    let node = graph.node(id);
    for param in node.op.params() {
        let name = format!("{}.{}", node.id, param.suffix);
        let place = Place { node: id, suffix: param.suffix };
        match file.tensors.get(name.as_str()) {
            Some(tensor) if tensor.shape == param.shape => {
                matched.places.insert(tensor.name.clone(), place);
            }
            Some(tensor) => matched.misshaped.push(Misshaped {
                name: tensor.name.clone(),
                expected: param.shape,
                found: tensor.shape.clone(),
            }),
            // Keras with scale=False stores no gamma at all; one that lacks among others is missing.
            None if matches!(node.op, Op::BatchNorm(_)) && param.suffix == "weight" && !file.gamma => {
                let data = vec![1.0; param.shape.iter().product()];
                matched.defaults.push((place, Tensor { shape: param.shape, data }));
            }
            None => matched.missing.push(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(id: &str) -> Graph {
        zoo::build(id, &Options::default()).unwrap()
    }

    /// What a complete file of that graph lists, counters included.
    fn file(graph: &Graph) -> Vec<TensorInfo> {
        let params = graph.nodes.iter().flat_map(|node| {
            (node.op.params().into_iter())
                .map(|p| TensorInfo { name: format!("{}.{}", node.id, p.suffix), shape: p.shape })
        });
        params.collect()
    }

    #[test]
    fn a_complete_file_fits() {
        let graph = graph("googlenet");
        let loader = Loader::new(&graph, &file(&graph)).unwrap();
        assert_eq!((loader.extra.len(), loader.unavailable.len(), loader.defaults.len()), (0, 0, 0));
        let place = loader.place("inception3a.branch2.1.bn.running_var").unwrap();
        assert_eq!(graph.node(place.node).id, "inception3a.branch2.1.bn");
        assert_eq!(place.suffix, "running_var");
        assert_eq!(identify(&file(&graph)), ["googlenet"]);
    }

    #[test]
    fn prefixes_and_extra_tensors_are_seen_through() {
        let graph = graph("inception_v3");
        let mut file = file(&graph);
        for tensor in &mut file {
            tensor.name = format!("state_dict.module.{}", tensor.name);
        }
        file.push(TensorInfo { name: "optimizer.momentum".into(), shape: vec![3] });
        let loader = Loader::new(&graph, &file).unwrap();
        assert_eq!(loader.extra, ["optimizer.momentum"]);
        assert!(loader.place("state_dict.module.fc.bias").is_some());
        assert!(loader.place("optimizer.momentum").is_none());
    }

    #[test]
    fn auxiliary_heads_may_lack_or_differ() {
        let graph = graph("googlenet");
        let mut without: Vec<TensorInfo> = file(&graph);
        without.retain(|t| !t.name.starts_with("aux1."));
        for tensor in without.iter_mut().filter(|t| t.name == "aux2.fc2.bias") {
            tensor.shape = vec![7];
        }
        let loader = Loader::new(&graph, &without).unwrap();
        let unavailable: Vec<_> = loader.unavailable.iter().map(|m| graph.modules[*m].id.as_str()).collect();
        assert_eq!(unavailable, ["aux1", "aux2"]);
        assert!(loader.extra.contains(&"aux2.fc1.weight".to_owned()));
        assert!(loader.place("aux2.fc1.weight").is_none());
    }

    #[test]
    fn everything_missing_or_misshaped_is_named() {
        let graph = graph("googlenet");
        let mut file = file(&graph);
        file.retain(|t| t.name != "inception4a.branch1.bn.weight" && t.name != "fc.bias");
        for tensor in file.iter_mut().filter(|t| t.name == "conv2.conv.weight") {
            tensor.shape = vec![64, 64, 3, 3];
        }
        let error = Loader::new(&graph, &file).unwrap_err().to_string();
        assert_eq!(
            error,
            "the file does not hold googlenet\n  missing: inception4a.branch1.bn.weight\n  missing: fc.bias\n  \
             conv2.conv.weight: expected shape [64, 64, 1, 1], found [64, 64, 3, 3]"
        );
    }

    #[test]
    fn another_network_is_named() {
        let file = file(&graph("inception_v3"));
        // Of inception_v4 some tensors are there, of googlenet none: neither is listed.
        for other in ["googlenet", "inception_v4", "resnet50"] {
            let error = Loader::new(&graph(other), &file).unwrap_err().to_string();
            assert!(error.contains("it fits inception_v3: choose that network"), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn the_nearest_network_says_what_is_wrong() {
        let mut file = file(&graph("resnet50"));
        file.retain(|t| t.name != "layer1.0.bn1.weight");
        assert_eq!((identify(&file).len(), nearest(&file)), (0, Some("resnet50")));
        assert_eq!(nearest(&file[..9]), None);
    }

    #[test]
    fn a_classifier_has_many_names() {
        for id in ["inception_resnet_v2", "xception", "inception_v4"] {
            let options = Options { classes: Some(1001), ..Options::default() };
            let mut file = file(&zoo::build(id, &options).unwrap());
            let logits = graph(id).node(graph(id).logits).id.clone();
            for tensor in &mut file {
                if let Some(suffix) = tensor.name.strip_prefix(&format!("{logits}.")) {
                    tensor.name = format!("last_linear.{suffix}");
                }
            }
            assert_eq!(identify(&file), [id]);
            assert_eq!(classes(&graph(id), &file), Some(1001));
            let loader = Loader::new(&zoo::build(id, &options).unwrap(), &file).unwrap();
            let place = loader.place("last_linear.weight").unwrap();
            assert_eq!(graph(id).node(place.node).id, logits);
        }
    }

    #[test]
    fn gamma_is_one_where_no_batch_norm_has_it() {
        let graph = graph("inception_v3");
        let mut file = file(&graph);
        file.retain(|t| !t.name.ends_with(".bn.weight"));
        let loader = Loader::new(&graph, &file).unwrap();
        let norms = graph.nodes.iter().filter(|n| matches!(n.op, Op::BatchNorm(_))).count();
        assert_eq!(loader.defaults.len(), norms);
        assert!(
            loader.defaults.iter().all(|(p, t)| p.suffix == "weight" && t.data.iter().all(|v| *v == 1.0))
        );
    }

    #[test]
    fn classes_come_from_the_classifier() {
        let options = Options { classes: Some(5), ..Options::default() };
        let five = file(&zoo::build("googlenet", &options).unwrap());
        assert_eq!(classes(&graph("googlenet"), &five), Some(5));
        assert_eq!(identify(&five), ["googlenet"]);
        assert_eq!(classes(&graph("googlenet"), &[]), None);
    }
}
