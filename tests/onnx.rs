//! What `inceptionscope export --onnx` writes, run by onnxruntime (its wasm build, in Node), against our
//! CPU engine: every network, and the variants whose ops no plain network has.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::export::onnx::{self, OnnxError};
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::net::{Graph, NodeId};
use inceptionscope::run::{Input, Run};
use inceptionscope::weights::{About, Place, Tensor, recipe};
use pollster::block_on;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// max |difference| / max |logit|; two f32 runs in different order of summation.
const TOLERANCE: f32 = 1e-5;

fn weights(graph: &Graph) -> BTreeMap<Place, Tensor> {
    let of = |node: NodeId| {
        let tensors = recipe::tensors(graph, node, 1);
        tensors.into_iter().map(move |(suffix, tensor)| (Place { node, suffix }, tensor))
    };
    graph.ids().flat_map(of).collect()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnx").join(name.replace(':', "-"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn check(model: &str, pictures: usize) {
    let graph = zoo::build(model, &Options::default()).unwrap();
    let folder = folder(&format!("{model}-{pictures}"));
    let [input, file] = ["input.f32", "model.onnx"].map(|name| folder.join(name));
    let values = graph.node(graph.input).shape.values();
    let all: Vec<f32> = (0..pictures * values).map(|i| (i as f32 * 0.01).sin() * 2.0).collect();
    std::fs::write(&input, bytemuck::cast_slice(&all)).unwrap();
    std::fs::write(&file, onnx::export(&graph, &weights(&graph), &About::default()).unwrap()).unwrap();

    let mut scope = block_on(Run::alone(graph, Engine::Cpu(CpuEngine::new()), false)).unwrap();
    scope.network().synthetic(1).unwrap();
    let run = |picture| block_on(scope.run(Input::Tensor(picture))).unwrap().logits;
    let own: Vec<f32> = all.chunks(values).flat_map(run).collect();

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/onnx/run.js");
    let output = Command::new("node").arg(script).arg(&input).arg(pictures.to_string()).arg(&file).output();
    let output = output.expect("Node runs onnxruntime: `cargo xtask setup` says what is missing");
    assert!(output.status.success(), "{model}: {}", String::from_utf8_lossy(&output.stderr));
    let [theirs]: [Vec<f32>; 1] = serde_json::from_slice(&output.stdout).unwrap();

    assert_eq!(own.len(), theirs.len(), "{model}");
    let largest = own.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let difference = own.iter().zip(&theirs).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs())) / largest;
    println!("{model}: logits differ by {difference:.1e} of {largest:.2}");
    assert!(difference < TOLERANCE, "{model}: logits differ by {difference:.1e}");
    std::fs::remove_dir_all(folder).unwrap();
}

macro_rules! networks {
    ($($name:ident: $model:literal),* $(,)?) => { $(#[test] fn $name() { check($model, 1); })* };
}

networks!(
    googlenet: "googlenet",
    googlenet_published: "googlenet:published",
    inception_v3: "inception_v3",
    inception_v4: "inception_v4",
    inception_resnet_v1: "inception_resnet_v1",
    inception_resnet_v2: "inception_resnet_v2",
    xception: "xception",
    xception_relu_between: "xception:relu-between",
    resnet34: "resnet34",
    resnet50: "resnet50",
    resnet101: "resnet101",
    resnet152: "resnet152",
);

#[test]
fn several_pictures_at_a_time() {
    check("googlenet", 3);
}

#[test]
fn a_missing_tensor_is_named() {
    let graph = zoo::build("googlenet", &Options::default()).unwrap();
    let mut weights = weights(&graph);
    let node = graph.find("inception4a.branch1.conv").unwrap();
    weights.remove(&Place { node, suffix: "weight" });
    let error = onnx::export(&graph, &weights, &About::default()).unwrap_err();
    assert!(matches!(&error, OnnxError::Missing { suffix: "weight", .. }));
    assert_eq!(
        error.to_string(),
        "inception4a.branch1.conv needs the tensor inception4a.branch1.conv.weight, which is missing"
    );
}
