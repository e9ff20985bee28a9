//! Gradients on both engines: of whole networks against PyTorch's in double precision
//! (`goldens/gradients/`, made by `oracle/make_gradients.py`), and of single ops by identities that need no
//! reference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;
#[path = "common/random.rs"]
mod random;

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

/// The median of |v − g| / (|g| + std) over the samples. Where a ReLU or a pool has a tie within rounding, single
/// values differ by more: PyTorch's own f32 does.
const TOLERANCE: f64 = 1e-4;
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
    let wished: Vec<NodeId> =
        expected.points.iter().map(|point| graph.find(&point.path).unwrap()).collect();
    let logits = graph.logits;
    let classes = graph.classes();
    let mut gradients =
        block_on(Gradients::new(&run, &[logits], &wished, ReluRule::Plain, 1)).unwrap();
    gradients.poison().unwrap();
    let mut seed = vec![0.0; classes];
    seed[expected.target] = 1.0;
    block_on(gradients.compute(&[&picture], &[logits], |_, _| seed.clone())).unwrap();
    let (mut bad, mut worst) = (Vec::new(), (0.0_f64, String::new()));
    for (point, node) in expected.points.iter().zip(&wished) {
        let found = block_on(gradients.gradient(*node, 0)).unwrap();
        assert_eq!(found.shape.dims(), point.shape, "{label}: {}", point.path);
        assert!(found.data.iter().all(|v| v.is_finite()), "{label}: {} was not fully written", point.path);
        let positions = recipe::positions(&point.id, found.data.len(), point.values.len());
        let error = |(at, g): (&usize, &f64)| (f64::from(found.data[*at]) - g).abs() / (g.abs() + point.std);
        let mut errors: Vec<f64> = positions.iter().zip(&point.values).map(error).collect();
        errors.sort_by(f64::total_cmp);
        let median = errors[errors.len() / 2];
        let norm = found.data.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        let off = (norm - point.norm).abs() / point.norm;
        if median > TOLERANCE || off > NORM {
            bad.push(format!("{}: median {median:.1e}, norm {off:.1e} off", point.path));
        }
        if std::env::var("V").is_ok() { println!("{:40} {median:.1e} {off:.1e}  {:.1e}", point.path, errors[errors.len() / 4]); }
        if median > worst.0 {
            worst = (median, point.path.clone());
        }
    }
    println!("{label}: {} points, worst median {:.1e} at {}", wished.len(), worst.0, worst.1);
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
