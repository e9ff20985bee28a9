//! ONNX models whose names say nothing: our own exports, with another producer and without our metadata's help.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::export::onnx;
use inceptionscope::net::zoo::{self, NETWORKS, Options};
use inceptionscope::net::{Graph, ModuleKind, Op};
use inceptionscope::weights::{self, About, Loader, Place, Tensor, TensorInfo, recipe};
use std::collections::BTreeMap;

/// Without auxiliary heads, which exports do not have.
fn synthetic(graph: &Graph) -> BTreeMap<Place, Tensor> {
    let serves = |module: usize| graph.modules[module].kind != ModuleKind::Auxiliary;
    let ids = graph.ids().filter(|id| serves(graph.node(*id).module));
    ids.flat_map(|node| {
        let tensors = recipe::tensors(graph, node, 3).into_iter();
        tensors.map(move |(suffix, tensor)| (Place { node, suffix }, tensor))
    })
    .collect()
}

/// Weight and bias of each convolution and linear layer with the batch norm that follows it.
fn folded(graph: &Graph, weights: &BTreeMap<Place, Tensor>) -> Vec<(String, Vec<f64>)> {
    let mut all = Vec::new();
    let consumers = graph.consumers();
    for id in graph.ids().filter(|id| matches!(graph.node(*id).op, Op::Conv2d(_) | Op::Linear(_))) {
        let Some(weight) = weights.get(&Place { node: id, suffix: "weight" }) else { continue };
        let channels = weight.shape[0];
        let bias = weights.get(&Place { node: id, suffix: "bias" });
        let mut shift: Vec<f64> = (0..channels).map(|c| bias.map_or(0.0, |b| f64::from(b.data[c]))).collect();
        let mut scale = vec![1.0; channels];
        if let [reader] = consumers[id.0][..]
            && let Op::BatchNorm(norm) = &graph.node(reader).op
        {
            let of = |suffix, c: usize| f64::from(weights[&Place { node: reader, suffix }].data[c]);
            for c in 0..channels {
                scale[c] = of("weight", c) / (of("running_var", c) + norm.eps).sqrt();
                shift[c] = (shift[c] - of("running_mean", c)) * scale[c] + of("bias", c);
            }
        }
        let row = weight.data.len() / channels;
        let product = weight.data.iter().enumerate().map(|(i, w)| f64::from(*w) * scale[i / row]);
        all.push((format!("{}.weight", graph.node(id).id), product.collect()));
        all.push((format!("{}.bias", graph.node(id).id), shift));
    }
    all
}

#[test]
fn tensors_are_found_by_the_graph() {
    for network in NETWORKS {
        // ONNX has no op for the regions of an adaptive pool, and none is needed but in auxiliary heads.
        let graph = zoo::build(network.id, &Options::default()).unwrap();
        let original = synthetic(&graph);
        let mut file = onnx::export(&graph, &original, &About::default()).unwrap();
        let name = b"inceptionscope";
        let at = file.windows(name.len()).position(|part| part == name).unwrap();
        file[at] = b'X';

        let read = weights::read(&file).unwrap_or_else(|error| panic!("{}: {error}", network.id));
        assert_eq!((read.about.model.as_deref(), read.about.variant), (Some(network.id), None));
        let info = |(name, tensor): &(String, Tensor)| TensorInfo {
            name: name.clone(),
            shape: tensor.shape.clone(),
        };
        let infos: Vec<TensorInfo> = read.tensors.iter().map(info).collect();
        let loader = Loader::new(&graph, &infos).unwrap();
        assert!(loader.extra.is_empty(), "{}: {:?}", network.id, loader.extra);
        let placed = read.tensors.into_iter().map(|(name, tensor)| (loader.place(&name).unwrap(), tensor));
        for ((name, found), (_, expected)) in
            folded(&graph, &placed.collect()).into_iter().zip(folded(&graph, &original))
        {
            let scale = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            let worst = found.iter().zip(&expected).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
            assert!(found.len() == expected.len() && worst <= 1e-6 * scale, "{} {name}: {worst}", network.id);
        }
    }
}
