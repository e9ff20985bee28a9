//! Gradients on both engines: of whole networks against PyTorch's in double precision
//! (`goldens/gradients/`, made by `oracle/make_gradients.py`), and of single ops by identities that need no
//! reference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;

use common::{golden, graph, picture};
use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::engine::gpu::GpuEngine;
use inceptionscope::explain::Gradients;
use inceptionscope::net::NodeId;
use inceptionscope::plan::ReluRule;
use inceptionscope::run::Run;
use inceptionscope::weights::recipe;
use pollster::block_on;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    seed: u64,
    target: usize,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    #[serde(rename = "node")]
    path: String,
    id: String,
    shape: Vec<usize>,
    norm: f64,
    std: f64,
    values: Vec<f64>,
}

/// The median of |v − g| / (|g| + std) over the samples.
const TOLERANCE: f64 = 1e-4;
/// Where a value before a ReLU is zero within rounding, or two of a pool's window are equal within rounding, f32
/// may decide otherwise than f64, and everything that the value depends on has another gradient: PyTorch's own
/// f32 is up to this far off then, in the relative L2 norm. The identities of `adjoints.rs` do not depend on it.
const DECIDED_OTHERWISE: f64 = 2e-2;
/// Of the norm.
const NORM: f64 = 0.02;

fn gpu() -> Engine {
    let engine = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    Engine::Gpu(Box::new(engine))
}

fn check(name: &str, engine: Engine) {
    let label = format!("{name} on {}", engine.id());
    let path = format!("{}/tests/goldens/gradients/{name}.seed1.json", env!("CARGO_MANIFEST_DIR"));
    let expected: Golden = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let run = block_on(Run::alone(graph(name), engine, true)).unwrap();
    run.network().synthetic(expected.seed).unwrap();
    let graph = run.graph();
    let picture = picture(&golden(name).input, expected.seed);
    let wished: Vec<NodeId> = expected.points.iter().map(|point| graph.find(&point.path).unwrap()).collect();
    let logits = graph.logits;
    let classes = graph.classes();
    let mut gradients = block_on(Gradients::new(&run, &[logits], &wished, ReluRule::Plain, 1)).unwrap();
    gradients.poison().unwrap();
    let mut seed = vec![0.0; classes];
    seed[expected.target] = 1.0;
    block_on(gradients.compute(&[&picture], &[logits], |_, _| seed.clone())).unwrap();
    let (mut bad, mut worst) = (Vec::new(), (0.0_f64, String::new()));
    let (mut strict, mut furthest) = (0, 0.0_f64);
    for (point, node) in expected.points.iter().zip(&wished) {
        let found = block_on(gradients.gradient(*node, 0)).unwrap();
        assert_eq!(found.shape.dims(), point.shape, "{label}: {}", point.path);
        assert!(found.data.iter().all(|v| v.is_finite()), "{label}: {} was not fully written", point.path);
        let positions = recipe::positions(&point.id, found.data.len(), point.values.len());
        let error = |(at, g): (&usize, &f64)| (f64::from(found.data[*at]) - g).abs() / (g.abs() + point.std);
        let mut errors: Vec<f64> = positions.iter().zip(&point.values).map(error).collect();
        errors.sort_by(f64::total_cmp);
        let median = errors[errors.len() / 2];
        let (mut difference, mut whole) = (0.0, 0.0);
        for (at, g) in positions.iter().zip(&point.values) {
            difference += (f64::from(found.data[*at]) - g).powi(2);
            whole += g * g;
        }
        let relative = (difference / whole).sqrt();
        let norm = found.data.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        let off = (norm - point.norm).abs() / point.norm;
        strict += usize::from(median <= TOLERANCE);
        if (median > TOLERANCE && relative > DECIDED_OTHERWISE) || off > NORM {
            bad.push(format!("{}: median {median:.1e}, norm {off:.1e} off, L2 {relative:.1e}", point.path));
        }
        furthest = furthest.max(relative);
        if median > worst.0 {
            worst = (median, point.path.clone());
        }
    }
    println!(
        "{label}: {strict} of {} points within {TOLERANCE:e}, worst median {:.1e} at {}, worst L2 {furthest:.1e}",
        wished.len(),
        worst.0,
        worst.1
    );
    // In the order of the way back.
    bad.reverse();
    assert!(
        bad.is_empty(),
        "{label}: {} of {} are off, first {:#?}",
        bad.len(),
        wished.len(),
        &bad[..bad.len().min(5)]
    );
    assert!(wished.len() > 30, "{label}: only {} points", wished.len());
}

macro_rules! goldens {
    ($($name:ident),* $(,)?) => {
        mod cpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::Engine::Cpu(super::CpuEngine::new()));
            })*
        }
        mod gpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::gpu());
            })*
        }
    };
}

goldens!(
    googlenet,
    inception_v3,
    inception_v4,
    inception_resnet_v1,
    inception_resnet_v2,
    xception,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
);
