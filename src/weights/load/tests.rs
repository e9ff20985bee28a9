use super::*;
use crate::net::Dense;
use crate::net::zoo::{self, NETWORKS, Options};
use crate::weights::nearest;

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
    assert!(loader.defaults.iter().all(|(p, t)| p.suffix == "weight" && t.data.iter().all(|v| *v == 1.0)));
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
    let renamed = |tensor: &TensorInfo| TensorInfo { name: name(&tensor.name), shape: tensor.shape.clone() };
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

#[test]
fn a_vector_may_be_a_row() {
    let graph = graph("bn_inception");
    let mut file = file(&graph);
    for tensor in file.iter_mut().filter(|tensor| tensor.name.contains("_bn.")) {
        tensor.shape.insert(0, 1);
    }
    assert_eq!(identify(&file), ["bn_inception"]);
    assert_eq!(Loader::new(&graph, &file).unwrap().extra, [""; 0]);
    // Not the other way round, and not another length.
    for shape in [vec![2, 64], vec![1, 63], vec![64, 1]] {
        file[2].shape = shape;
        assert!(Loader::new(&graph, &file).is_err(), "{:?}", file[2]);
    }
}
