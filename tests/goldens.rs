//! Every network against the recorded values of its reference implementation (`goldens/*.json`,
//! made by `oracle/`), on both engines: every point with every op recorded, and every point that
//! the default plan must record. Buffers are poisoned before each run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::engine::gpu::GpuEngine;
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::scope::{Input, Scope};
use inceptionscope::weights::recipe;
use pollster::block_on;
use serde::Deserialize;
use std::path::Path;

/// |value − golden| / (|golden| + std of the point): torch's own f32 run stays below 5e-6.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    seed: u64,
    input: GoldenInput,
    top5: Vec<(usize, f64)>,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct GoldenInput {
    size: usize,
    mean: [f64; 3],
    std: [f64; 3],
    image_fnv1a64: String,
}

#[derive(Deserialize)]
struct Point {
    node: String,
    id: String,
    always: bool,
    shape: Vec<usize>,
    std: f64,
    values: Vec<f64>,
    all: Option<Vec<f64>>,
    parts: Option<Vec<(String, usize, usize)>>,
    scale: Option<f64>,
}

fn golden(name: &str) -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/{name}.seed1.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The normalised picture, in f64 rounded once.
fn picture(input: &GoldenInput, seed: u64) -> Vec<f32> {
    let rgb = recipe::image(input.size, input.size, seed);
    assert_eq!(format!("{:016x}", recipe::fnv1a64(rgb.iter().copied())), input.image_fnv1a64);
    let value = |c: usize, p: usize| (f64::from(rgb[p * 3 + c]) / 255.0 - input.mean[c]) / input.std[c];
    let area = input.size * input.size;
    (0..3 * area).map(|i| value(i / area, i % area) as f32).collect()
}

fn scope(name: &str, engine: Engine, every_op: bool, seed: u64) -> Scope {
    let (network, profile) = match name.strip_suffix("_keras") {
        Some(network) => (network, Some("keras".to_owned())),
        None => (name, None),
    };
    let graph = zoo::build(network, &Options { profile, ..Options::default() }).unwrap();
    let mut scope = block_on(Scope::new(graph, engine, every_op)).unwrap();
    scope.synthetic(seed).unwrap();
    scope
}

fn check(name: &str, engine: Engine, every_op: bool) {
    let golden = golden(name);
    let label = format!("{name} on {}{}", engine.id(), if every_op { ", every op" } else { "" });
    let mut scope = scope(name, engine, every_op, golden.seed);
    scope.engine_mut().poison().unwrap();
    let picture = picture(&golden.input, golden.seed);
    let prediction = block_on(scope.run(Input::Normalized(&picture))).unwrap();

    let mut compared = 0;
    let mut worst = (0.0_f64, String::new());
    let mut bad = Vec::new();
    for point in golden.points.iter().filter(|p| every_op || p.always) {
        let node = scope.graph().find(&point.node).unwrap();
        assert!(scope.plan().view(node).is_some(), "{label}: {} is not recorded", point.node);
        let value = block_on(scope.activation(&point.node)).unwrap();
        assert_eq!(value.shape.dims(), point.shape, "{label}: {}", point.node);
        assert!(value.data.iter().all(|v| v.is_finite()), "{label}: {} was not fully written", point.node);
        let error = |v: f32, g: f64| (f64::from(v) - g).abs() / (g.abs() + point.std);
        let positions = recipe::positions(&point.id, value.data.len(), point.values.len());
        let mut largest = 0.0_f64;
        for (position, golden) in positions.iter().zip(&point.values) {
            largest = largest.max(error(value.data[*position], *golden));
        }
        for (v, golden) in value.data.iter().zip(point.all.iter().flatten()) {
            largest = largest.max(error(*v, *golden));
        }
        if largest > TOLERANCE {
            bad.push(format!("{} {largest:.1e}", point.node));
        }
        if largest > worst.0 {
            worst = (largest, point.node.clone());
        }
        // Concat ranges and residual scales are the graph's.
        if let Some(parts) = &point.parts {
            let inputs = &scope.graph().node(node).inputs;
            let mut channel = 0;
            assert_eq!(inputs.len(), parts.len(), "{label}: {}", point.node);
            for (input, (_, from, to)) in inputs.iter().zip(parts) {
                assert_eq!(channel, *from, "{label}: {}", point.node);
                channel += scope.graph().node(*input).shape.c();
                assert_eq!(channel, *to, "{label}: {}", point.node);
            }
        }
        if let Some(scale) = point.scale {
            let sum = scope.graph().ids().find_map(|id| match &scope.graph().node(id).op {
                inceptionscope::net::Op::Add(add) if scope.graph().node(id).inputs[0] == node => {
                    Some(add.scale)
                }
                _ => None,
            });
            assert_eq!(sum.map(f64::from).map(|s| (s * 1e6).round()), Some((scale * 1e6).round()));
        }
        compared += 1;
    }
    println!("{label}: {compared} points, worst {:.1e} at {}", worst.0, worst.1);
    assert!(
        bad.is_empty(),
        "{label}: {} of {compared} points are off, first {:?}",
        bad.len(),
        &bad[..bad.len().min(5)]
    );
    assert!(compared > 30, "{label}: only {compared} points compared");
    let top: Vec<usize> = prediction.top(5).into_iter().map(|(class, _)| class).collect();
    let expected: Vec<usize> = golden.top5.iter().map(|(class, _)| *class).collect();
    assert_eq!(top, expected, "{label}");
    scope.dispose();
}

fn gpu() -> Engine {
    let engine = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    Engine::Gpu(Box::new(engine))
}

macro_rules! goldens {
    ($($name:ident),* $(,)?) => {
        mod cpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::Engine::Cpu(super::CpuEngine::new()), true);
                super::check(stringify!($name), super::Engine::Cpu(super::CpuEngine::new()), false);
            })*
        }
        mod gpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::gpu(), true);
                super::check(stringify!($name), super::gpu(), false);
            })*
        }
    };
}

goldens!(
    googlenet,
    inception_v3,
    inception_v3_keras,
    inception_v4,
    inception_resnet_v1,
    inception_resnet_v2,
    xception,
    xception_keras,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
);
