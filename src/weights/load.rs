use super::names::{Head, Names};
use super::{Misshaped, Tensor, TensorInfo, Warning, WeightsError};
use crate::net::zoo::{self, NETWORKS, Options};
use crate::net::{Graph, ModuleKind, NodeId, Op};
use crate::params::Place;
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
    /// which are often left out. Their nodes cannot be computed.
    pub unavailable: Vec<usize>,
    /// Whether the file has no classifier: logits and probabilities cannot be computed, all before them can.
    pub headless: bool,
    /// Warnings from matching the tensors.
    pub warnings: Vec<Warning>,
}

impl Loader {
    /// Matches a file's tensors with a graph, or says which are missing and which have another shape.
    ///
    /// A tensor's name is `{node id}.{suffix}`, perhaps behind the prefix of what wraps the network, or what
    /// Hugging Face transformers calls it. Auxiliary heads and the classifier are taken whole or not at all.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Mismatch`] if tensors are missing or have another shape.
    pub fn new(graph: &Graph, tensors: &[TensorInfo]) -> Result<Self, WeightsError> {
        let matched = match_tensors(graph, tensors);
        if matched.complete() {
            let Matched { places, defaults, unavailable, headless, head, .. } = matched;
            let names = tensors.iter().map(|tensor| &tensor.name);
            let extra = names.filter(|name| !places.contains_key(*name)).cloned().collect();
            let assumed = head.assumed.into_iter().map(|layer| Warning::AssumedRelu { layer });
            let warnings = headless.then_some(Warning::Headless).into_iter().chain(assumed).collect();
            return Ok(Self { places, defaults, extra, unavailable, headless, warnings });
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

/// The networks that the tensors fit; `googlenet:published` for a variant that no plain network's tensors are.
pub fn identify(tensors: &[TensorInfo]) -> Vec<String> {
    let plain = complete(networks(), tensors);
    if plain.is_empty() { complete(variants(), tensors) } else { plain }
}

fn complete(candidates: impl Iterator<Item = String>, tensors: &[TensorInfo]) -> Vec<String> {
    let mut fits: Vec<_> = matches(candidates, tensors).filter(|(_, matched)| matched.complete()).collect();
    // All tensors of a ResNet-50 are in a ResNet-101, too, and it is that which most of the file is for.
    let most = fits.iter().map(|(_, matched)| matched.places.len()).max();
    fits.retain(|(_, matched)| Some(matched.places.len()) == most);
    fits.into_iter().map(|(id, _)| id).collect()
}

/// The network with the shortest list of what is missing, if it is a near miss: that list says what
/// is wrong with the file.
pub fn nearest(tensors: &[TensorInfo]) -> Option<String> {
    let near = matches(networks().chain(variants()), tensors).filter(|(_, matched)| matched.near());
    near.min_by_key(|(_, matched)| matched.faults()).map(|(id, _)| id)
}

/// Whether the tensors fit that network.
pub fn fits(network: &str, tensors: &[TensorInfo]) -> bool {
    match_network(network, tensors).is_some_and(|matched| matched.complete())
}

fn networks() -> impl Iterator<Item = String> {
    NETWORKS.iter().map(|network| network.id.to_owned())
}

fn variants() -> impl Iterator<Item = String> {
    NETWORKS.iter().flat_map(|network| network.variants.iter().map(|v| format!("{}:{}", network.id, v.id)))
}

/// Each network, with as many classes as the file has.
fn matches(
    candidates: impl Iterator<Item = String>,
    tensors: &[TensorInfo],
) -> impl Iterator<Item = (String, Matched)> {
    candidates.filter_map(|id| match_network(&id, tensors).map(|matched| (id, matched)))
}

fn match_network(network: &str, tensors: &[TensorInfo]) -> Option<Matched> {
    let graph = zoo::build(network, &Options::default()).ok()?;
    let Head { classes, layers, .. } = Head::of(&graph, tensors);
    let options = Options { classes, head: layers, ..Options::default() };
    Some(match_tensors(&zoo::build(network, &options).ok()?, tensors))
}

/// What became of the tensors of a graph, or of one of its modules.
#[derive(Default)]
struct Matched {
    places: HashMap<String, Place>,
    defaults: Vec<(Place, Tensor)>,
    missing: Vec<String>,
    misshaped: Vec<Misshaped>,
    unavailable: Vec<usize>,
    headless: bool,
    head: Head,
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

/// A file's tensors, and whether any batch norm has a gamma among them.
struct File<'a> {
    tensors: Names<'a>,
    gamma: bool,
}

fn match_tensors(graph: &Graph, tensors: &[TensorInfo]) -> Matched {
    let tensors = Names::new(graph, tensors);
    let gamma = (graph.nodes.iter())
        .filter(|node| matches!(node.op, Op::BatchNorm(_)))
        .any(|node| tensors.get(&format!("{}.weight", node.id)).is_some());
    let file = File { tensors, gamma };
    let mut all = Matched { head: file.tensors.head.clone(), ..Matched::default() };
    for (index, module) in graph.modules.iter().enumerate() {
        let mut matched = Matched::default();
        for id in graph.ids().filter(|id| graph.node(*id).module == index) {
            let before = (matched.places.len(), matched.missing.len());
            match_node(graph, id, &file, &mut matched);
            // Without all of its tensors it is the classifier that the file has not.
            if id == graph.logits && matched.places.len() == before.0 && matched.misshaped.is_empty() {
                matched.missing.truncate(before.1);
                all.headless = true;
            }
        }
        if module.kind == ModuleKind::Auxiliary && !matched.complete() {
            all.unavailable.push(index);
            continue;
        }
        all.places.extend(matched.places);
        all.defaults.append(&mut matched.defaults);
        all.missing.append(&mut matched.missing);
        all.misshaped.append(&mut matched.misshaped);
    }
    all
}

fn match_node(graph: &Graph, id: NodeId, file: &File<'_>, matched: &mut Matched) {
    let node = graph.node(id);
    for param in node.op.params() {
        let name = format!("{}.{}", node.id, param.suffix);
        let place = Place { node: id, suffix: param.suffix };
        match file.tensors.get(&name) {
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
    use crate::net::Dense;

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
    fn every_network_is_told_from_all_others() {
        for network in NETWORKS {
            assert_eq!(identify(&file(&graph(network.id))), [network.id]);
        }
    }

    #[test]
    fn a_variant_with_tensors_of_its_own_is_recognised() {
        // Those of GoogLeNet without batch norm stand apart; a ReLU more or a skip less changes no tensor.
        for id in ["googlenet:published", "googlenet:5h"] {
            let graph = graph(id);
            assert_eq!(identify(&file(&graph)), [id]);
            let error = Loader::new(&self::graph("googlenet"), &file(&graph)).unwrap_err().to_string();
            assert!(error.ends_with(&format!("it fits {id}: choose that network")), "{error}");
        }
        assert_eq!(identify(&file(&graph("xception:relu-between"))), ["xception"]);
    }

    #[test]
    fn the_nearest_network_says_what_is_wrong() {
        let mut file = file(&graph("resnet50"));
        file.retain(|t| t.name != "layer1.0.bn1.weight");
        assert_eq!((identify(&file).len(), nearest(&file)), (0, Some("resnet50".to_owned())));
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
            assert_eq!(Head::of(&graph(id), &file).classes, Some(1001));
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
        assert_eq!(Head::of(&graph("googlenet"), &five).classes, Some(5));
        assert_eq!(identify(&five), ["googlenet"]);
        assert_eq!(Head::of(&graph("googlenet"), &[]).classes, None);
    }

    /// The file under other names.
    fn renamed(file: &[TensorInfo], name: impl Fn(&str) -> String) -> Vec<TensorInfo> {
        let renamed =
            |tensor: &TensorInfo| TensorInfo { name: name(&tensor.name), shape: tensor.shape.clone() };
        file.iter().map(renamed).collect()
    }

    #[test]
    fn a_prefix_is_seen_through_and_so_is_a_head_outside_of_it() {
        let graph = graph("resnet34");
        let file = file(&graph);
        for prefix in ["_orig_mod.", "model.", "net.", "backbone.", "module.encoder_q.", "a.layer1.0."] {
            let all = renamed(&file, |name| format!("{prefix}{name}"));
            assert_eq!(identify(&all), ["resnet34"], "{prefix}");
            assert_eq!(Loader::new(&graph, &all).unwrap().extra, [""; 0], "{prefix}");
            for head in ["fc", "classifier", "head", "classifier.1"] {
                let outside = renamed(&file, |name| match name.strip_prefix("fc.") {
                    Some(suffix) => format!("{head}.{suffix}"),
                    None => format!("{prefix}{name}"),
                });
                let loader = Loader::new(&graph, &outside).unwrap();
                assert_eq!((loader.extra.len(), loader.headless), (0, false), "{prefix} {head}");
            }
        }
        // The encoder that is trained, not the one that follows it.
        let mut moco = renamed(&file, |name| format!("module.encoder_k.{name}"));
        moco.extend(renamed(&file, |name| format!("module.encoder_q.{name}")));
        let loader = Loader::new(&graph, &moco).unwrap();
        assert!(loader.place("module.encoder_q.conv1.weight").is_some());
        assert!(loader.place("module.encoder_k.conv1.weight").is_none());
    }

    #[test]
    fn a_file_without_a_classifier_opens() {
        for network in NETWORKS {
            let graph = graph(network.id);
            let mut file = file(&graph);
            let classifier = format!("{}.", graph.node(graph.logits).id);
            file.retain(|tensor| !tensor.name.starts_with(&classifier));
            assert_eq!(identify(&file), [network.id]);
            let loader = Loader::new(&graph, &file).unwrap();
            assert!(loader.headless, "{}", network.id);
            assert_eq!(loader.warnings, [Warning::Headless]);
        }
        assert_eq!(identify(&[]).len(), 0, "of nothing it is no network");
    }

    #[test]
    fn a_head_of_dense_layers_is_recognised() {
        let dense = |name: &str, shape: &[usize]| {
            let bias = TensorInfo { name: format!("{name}.bias"), shape: shape[..1].to_vec() };
            [TensorInfo { name: format!("{name}.weight"), shape: shape.to_vec() }, bias]
        };
        let plain = graph("resnet34");
        let relu = |width| Dense { width, relu: true };
        for (layers, classes, expected) in [
            (vec![("fc.1", [5, 512])], Some(5), vec![]),
            (vec![("fc.0", [64, 512]), ("fc.3", [5, 64])], Some(5), vec![relu(64)]),
            (vec![("fc.2", [64, 512]), ("fc.10", [5, 64])], Some(5), vec![relu(64)]),
            (
                vec![("classifier.0", [64, 512]), ("classifier.1", [5, 64])],
                Some(5),
                vec![Dense { width: 64, relu: false }],
            ),
            (vec![("fc1", [64, 512]), ("fc2", [5, 64])], Some(5), vec![relu(64)]),
            // Not a chain, and not from the pool: nothing that is understood.
            (vec![("fc.0", [64, 512]), ("fc.2", [5, 63])], None, vec![]),
            (vec![("fc.0", [5, 100])], None, vec![]),
        ] {
            let mut file = file(&plain);
            file.retain(|tensor| !tensor.name.starts_with("fc."));
            file.extend(layers.iter().flat_map(|(name, shape)| dense(name, shape)));
            let head = Head::of(&plain, &file);
            assert_eq!((head.classes, &head.layers), (classes, &expected), "{layers:?}");
            assert_eq!(identify(&file), ["resnet34"], "{layers:?}");
            let options = Options { classes, head: head.layers, ..Options::default() };
            let graph = zoo::build("resnet34", &options).unwrap();
            let loader = Loader::new(&graph, &file).unwrap();
            assert_eq!(loader.headless, classes.is_none(), "{layers:?}");
            let assumed = expected.iter().filter(|layer| layer.relu).count();
            assert_eq!(loader.warnings.len(), assumed + usize::from(loader.headless), "{layers:?}");
            // As such a file is converted.
            let own = self::file(&graph);
            assert_eq!(Head::of(&plain, &own).layers, expected, "{layers:?}");
        }
    }
}
