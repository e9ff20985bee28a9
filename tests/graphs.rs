//! Every network's node ids, shapes and default plan against `goldens/nodes.json`, which lists
//! what the reference implementations compute.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;

use common::graph;
use inceptionscope::error::Coded;
use inceptionscope::net::zoo::{self, NETWORKS, Options};
use inceptionscope::net::{Builder, Graph, ModuleKind, Op, Profile};
use inceptionscope::plan::{Pins, Plan};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Golden {
    node: String,
    shape: Vec<usize>,
    always: bool,
}

fn goldens() -> BTreeMap<String, Vec<Golden>> {
    serde_json::from_str(include_str!("goldens/nodes.json")).expect("nodes.json")
}

#[test]
fn node_ids_and_shapes_are_the_references() {
    for (name, nodes) in goldens() {
        let graph = graph(&name);
        for golden in nodes {
            let id = graph.find(&golden.node).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(graph.node(id).shape.dims(), golden.shape, "{name}: {}", golden.node);
        }
    }
}

#[test]
fn the_default_plan_records_what_it_must() {
    for (name, nodes) in goldens() {
        let graph = graph(&name);
        let plan = Plan::new(&graph, &Pins::default()).unwrap();
        for golden in nodes.iter().filter(|n| n.always) {
            let id = graph.find(&golden.node).unwrap();
            assert!(plan.view(id).is_some(), "{name}: {} is fused away", golden.node);
        }
    }
}

/// Each plan writes every recorded value exactly once, reads only what was written before, and never
/// reads and writes one buffer in a step.
fn check(graph: &Graph, plan: &Plan) {
    let mut written: BTreeMap<usize, Vec<bool>> = BTreeMap::new();
    written.insert(0, vec![true; plan.buffers[0].channels]);
    let ranges = |view: &inceptionscope::plan::View| {
        view.offset..view.offset + inceptionscope::plan::padded(view.shape.c())
    };
    for step in &plan.steps {
        let name = &graph.node(*step.nodes.last().unwrap()).id;
        for read in &step.operands {
            assert!(step.outputs.iter().all(|o| o.buffer != read.buffer), "{name} reads what it writes");
            let channels = written.get(&read.buffer.0).unwrap_or_else(|| panic!("{name} reads too early"));
            assert!(ranges(read).all(|c| channels[c]), "{name} reads unwritten channels");
        }
        for output in &step.outputs {
            let spec = &plan.buffers[output.buffer.0];
            assert_eq!((spec.h, spec.w), (output.shape.h(), output.shape.w()), "{name}");
            let channels = written.entry(output.buffer.0).or_insert_with(|| vec![false; spec.channels]);
            for c in ranges(output) {
                assert!(!std::mem::replace(&mut channels[c], true), "{name} writes channel {c} twice");
            }
        }
    }
    for (id, view) in plan.views.iter().enumerate() {
        if let Some(view) = view {
            assert_eq!(view.shape, graph.nodes[id].shape);
            assert!(
                ranges(view).all(|c| written[&view.buffer.0][c]),
                "{} is not written",
                graph.nodes[id].id
            );
        }
    }
}

#[test]
fn plans_are_sound() {
    for network in NETWORKS {
        let variants = std::iter::once(None).chain(network.variants.iter().map(|v| Some(v.id.to_owned())));
        for variant in variants {
            let graph = zoo::build(network.id, &Options { variant, ..Options::default() }).unwrap();
            let plan = Plan::new(&graph, &Pins::default()).unwrap();
            check(&graph, &plan);
            let computed: BTreeSet<_> = plan.steps.iter().flat_map(|s| &s.nodes).collect();
            assert!(
                plan.steps.iter().map(|s| s.macs).sum::<u64>()
                    == graph.ids().map(|i| graph.cost(i).macs).sum::<u64>(),
                "{}: multiply-adds are lost",
                network.id
            );
            assert!(!computed.is_empty());

            let every = Plan::new(&graph, &Pins { every_op: true, ..Pins::default() }).unwrap();
            check(&graph, &every);
            assert!(every.views.iter().all(Option::is_some), "{}: not every op is recorded", network.id);

            // What was fused away can be recorded afterwards.
            let mut grown = plan.clone();
            for id in graph.ids() {
                grown.record(&graph, id);
            }
            check(&graph, &grown);
            assert!(grown.views.iter().all(Option::is_some));

            // A step for everything, inputs and concats included.
            let steps = graph.ids().collect();
            check(&graph, &Plan::new(&graph, &Pins { steps, ..Pins::default() }).unwrap());
        }
    }
}

#[test]
fn concats_cost_nothing() {
    let graph = zoo::build("inception_v3", &Options::default()).unwrap();
    let plan = Plan::new(&graph, &Pins::default()).unwrap();
    for step in &plan.steps {
        let node = graph.node(*step.nodes.last().unwrap());
        assert!(!matches!(node.op, Op::Concat), "{} is copied", node.id);
    }
}

/// Published totals: timm's and torchvision's tables (parameters without auxiliary heads; GMAC).
#[test]
fn totals_are_the_published_ones() {
    let published = [
        ("googlenet", 6.62, 1.50),
        ("bn_inception", 11.30, 2.05),
        ("inception_v3", 23.83, 5.7),
        ("inception_v4", 42.68, 12.3),
        ("inception_resnet_v2", 55.84, 13.2),
        ("xception", 22.86, 8.4),
        ("resnet34", 21.80, 3.66),
        ("resnet50", 25.56, 4.09),
        ("resnet101", 44.55, 7.80),
        ("resnet152", 60.19, 11.51),
    ];
    for (name, params, gmacs) in published {
        let graph = graph(name);
        let cost = graph.total_cost();
        let (m, g) = (cost.params as f64 / 1e6, cost.macs as f64 / 1e9);
        assert!((m - params).abs() < 0.0051, "{name}: {m} M parameters, published {params}");
        assert!((g - gmacs).abs() < 0.051, "{name}: {g} GMAC, published {gmacs}");
    }
}

/// At any size the same weights fit, every value has a place, and a node's maps grow with the input.
#[test]
fn networks_are_built_at_other_sizes() {
    for network in NETWORKS {
        let variants = std::iter::once(None).chain(network.variants.iter().map(|v| Some(v.id.to_owned())));
        for variant in variants {
            let at = |size| {
                zoo::build(network.id, &Options { size, variant: variant.clone(), ..Options::default() })
            };
            let own = at(None).unwrap();
            for size in [75, 128, 331] {
                // BN-Inception's strided convolutions and pools agree on even grids only.
                if network.id == "bn_inception" && size % 32 != 0 {
                    let error = at(Some(size)).unwrap_err();
                    assert_eq!(error.code(), "size.unfit", "{error}");
                    continue;
                }
                let graph = at(Some(size)).unwrap_or_else(|e| panic!("{} at {size}: {e}", network.id));
                assert_eq!(graph.node(graph.input).shape.dims(), [3, size, size]);
                let (cost, own_cost) = (graph.total_cost(), own.total_cost());
                assert_eq!(cost.params, own_cost.params, "{} {variant:?} at {size}", network.id);
                let larger = size > own.node(own.input).shape.h();
                assert_eq!(cost.macs > own_cost.macs, larger, "{} {variant:?} at {size}", network.id);
                check(&graph, &Plan::new(&graph, &Pins::default()).unwrap());
            }
        }
    }
}

#[test]
fn sizes_that_do_not_work_say_why() {
    for size in [0, 74, 2049, usize::MAX] {
        let error = zoo::build("googlenet", &Options { size: Some(size), ..Options::default() }).unwrap_err();
        assert_eq!(error.code(), "size.range", "{error}");
    }
    let (mut n, x) = Builder::new("dense", None, Profile::torchvision(1e-3, 256), 100);
    n.own_size(224);
    n.module("head", "Head", ModuleKind::Head);
    let logits = n.linear("fc", x, 10, true);
    let error = n.finish(logits).unwrap_err();
    assert_eq!(error.code(), "size.fixed");
    assert!(error.to_string().starts_with("fc is a dense layer over a whole map"), "{error}");
}

#[test]
fn profiles_are_chosen_and_overridden() {
    let build = |id: &str, profile: &str, size| {
        let profile = Some(profile.to_owned()).filter(|p| !p.is_empty());
        zoo::build(id, &Options { profile, size, ..Options::default() })
    };
    for (id, given, size, spelled, input) in [
        ("googlenet", "", None, "torchvision", 224),
        ("googlenet:published", "", None, "caffe", 224),
        ("googlenet:published", "order=rgb", None, "caffe,order=rgb", 224),
        ("googlenet:5h", "", None, "lucid", 224),
        ("bn_inception", "", None, "cadene", 224),
        ("inception_v3", "torchvision-own", None, "torchvision-own", 299),
        ("resnet50", "timm", None, "timm", 224),
        (
            "resnet50",
            "torchvision,resize=235,crop=224,filter=bicubic",
            None,
            "torchvision,resize=235,filter=bicubic",
            224,
        ),
        // The crop keeps its share of the photo, unless the shorter side is given as well.
        ("resnet50", "timm", Some(112), "timm,resize=118,crop=112", 112),
        ("resnet50", "timm,crop=112", None, "timm,resize=118,crop=112", 112),
        ("resnet50", "timm,resize=128", Some(112), "timm,resize=128,crop=112", 112),
    ] {
        let graph = build(id, given, size).unwrap();
        assert_eq!(zoo::spelled_profile(&graph), spelled, "{id} {given}");
        assert_eq!(graph.node(graph.input).shape.h(), input, "{id} {given}");
        assert_eq!(build(id, spelled, None).unwrap().profile, graph.profile, "{id} {given}");
    }
    let own = build("inception_v3", "torchvision,transform_input=false", None).unwrap();
    assert!(own.find("transform_input").is_err());
    for (profile, code) in
        [("gluon", "profile.unknown"), ("timm,side=3", "profile.field"), ("timm,resize=100", "profile.value")]
    {
        assert_eq!(build("resnet50", profile, None).unwrap_err().code(), code, "{profile}");
    }
}

#[test]
fn the_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/networks.md");
    let committed = std::fs::read_to_string(path).unwrap();
    let made = inceptionscope::report::document().unwrap();
    assert!(committed == made, "run: cargo run -q -- models --markdown > docs/networks.md");
}
