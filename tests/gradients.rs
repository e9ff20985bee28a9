//! Gradients on both engines: of whole networks against PyTorch's in double precision
//! (`goldens/gradients/`, made by `oracle/make_gradients.py`), and of single ops by identities that need no
//! reference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;
#[path = "common/engines.rs"]
mod engines;

use common::{golden, graph, picture};
use engines::{cpu, gpu};
use inceptionscope::engine::Engine;
use inceptionscope::error::Coded;
use inceptionscope::explain::{
    Attributing, Baseline, Gradients, Method, Objective, Target, channel_shares, grad_cam,
};
use inceptionscope::net::NodeId;
use inceptionscope::plan::ReluRule;
use inceptionscope::run::{Input, Run};
use inceptionscope::weights::recipe;
use pollster::block_on;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    seed: u64,
    target: usize,
    grad_cam: Option<GradCam>,
    integrated: Integrated,
    points: Vec<Point>,
}

/// Grad-CAM at a concat.
#[derive(Deserialize)]
struct GradCam {
    node: String,
    map: Vec<Vec<f64>>,
}

/// Integrated gradients from zero.
#[derive(Deserialize)]
struct Integrated {
    steps: usize,
    sum: f64,
    difference: f64,
    norm: f64,
    values: Vec<f64>,
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
    // Ten passes each: enough on one engine, and on the other for a small network.
    if matches!(run.engine(), Engine::Cpu(_)) || name == "googlenet" {
        explanations(&run, &expected, &picture, &label);
    }
}

/// Grad-CAM, integrated gradients, and shares that add up.
fn explanations(run: &Run, expected: &Golden, picture: &[f32], label: &str) {
    let graph = run.graph();
    let mut factors = vec![0.0; graph.classes()];
    factors[expected.target] = 1.0;
    let objective = Objective { node: graph.logits, factors };

    if let Some(GradCam { node, map }) = &expected.grad_cam {
        let found = block_on(grad_cam(run, &objective, graph.find(node).unwrap(), picture)).unwrap();
        let largest = map.iter().flatten().copied().fold(0.0, f64::max);
        for (i, (found, expected)) in found.iter().zip(map.iter().flatten()).enumerate() {
            let off = (f64::from(*found) - expected).abs() / largest;
            assert!(off < TOLERANCE, "{label}: Grad-CAM at {node}: {i}: {found}, expected {expected}");
        }
    }

    let Integrated { steps, sum, difference, norm, values } = &expected.integrated;
    let method = Method::Integrated { steps: *steps, baseline: Baseline::Zero };
    let found = block_on(method.attribute(run, &objective, picture)).unwrap();
    let length = found.values.data.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let sums = [(found.sum(), *sum), (found.difference.unwrap(), *difference), (length, *norm)];
    for (found, expected) in sums {
        assert!((found - expected).abs() < 5e-3 * expected.abs(), "{label}: {found}, expected {expected}");
    }
    let positions = recipe::positions("integrated", found.values.data.len(), values.len());
    let (mut off, mut whole) = (0.0, 0.0);
    for (at, g) in positions.iter().zip(values) {
        off += (f64::from(found.values.data[*at]) - g).powi(2);
        whole += g * g;
    }
    let off = (off / whole).sqrt();
    println!("{label}: integrated gradients {off:.1e} off");
    if graph.network == "googlenet" {
        // A picture as baseline goes the same way, whatever the network.
        let zeros = Baseline::Picture(vec![0.0; picture.len()].into());
        let method = Method::Integrated { steps: *steps, baseline: zeros };
        let same = block_on(method.attribute(run, &objective, picture)).unwrap();
        assert_eq!((&same.values.data, same.difference), (&found.values.data, found.difference), "{label}");
    }
    assert!(off < DECIDED_OTHERWISE, "{label}: integrated gradients are {off:.1e} off");
}

/// Gradient times activation adds up: over the last concat to the logit without its bias, over branches to their
/// concat, exactly in what both are computed from.
#[test]
fn shares_add_up() {
    for engine in [cpu(), gpu()] {
        let mut run = block_on(Run::alone(graph("googlenet"), engine, false)).unwrap();
        run.network().synthetic(1).unwrap();
        let picture = picture(&golden("googlenet").input, 1);
        let logits = block_on(run.run(Input::Normalized(&picture))).unwrap().logits;
        let graph = run.graph();
        let class = 819;
        let mut factors = vec![0.0; graph.classes()];
        factors[class] = 1.0;
        let objective = Objective { node: graph.logits, factors };
        let ids = [
            "inception5b",
            "inception5b.branch1",
            "inception5b.branch2.1",
            "inception5b.branch3.1",
            "inception5b.branch4.1",
        ];
        let nodes = ids.map(|id| graph.find(id).unwrap());
        let shares = block_on(channel_shares(&run, &objective, &nodes, &picture)).unwrap();
        let sums: Vec<f64> = shares.iter().map(|channels| channels.iter().sum()).collect();
        let bias = run.network().params().get(graph.logits, "bias").unwrap()[class];
        let expected = f64::from(logits[class]) - f64::from(bias);
        assert!((sums[0] - expected).abs() < 1e-5 * expected.abs().max(1.0), "{sums:?}, {expected}");
        assert!((sums[0] - sums[1..].iter().sum::<f64>()).abs() < 1e-9 * expected.abs(), "{sums:?}");
    }
}

/// Guided backpropagation is something else than the gradient, and nonnegative where a ReLU is the last on the
/// way to a node.
#[test]
fn guided_backpropagation_drops_negative_gradients() {
    for engine in [cpu(), gpu()] {
        let run = block_on(Run::alone(graph("googlenet"), engine, false)).unwrap();
        run.network().synthetic(1).unwrap();
        let picture = picture(&golden("googlenet").input, 1);
        let graph = run.graph();
        let mut factors = vec![0.0; graph.classes()];
        factors[7] = 1.0;
        let objective = Objective { node: graph.logits, factors };
        let of = |method: Method| block_on(method.attribute(&run, &objective, &picture)).unwrap();
        let (plain, guided) = (of(Method::Gradient), of(Method::Guided));
        let both = plain.values.data.iter().zip(&guided.values.data);
        assert!(both.filter(|(a, b)| a != b).count() > plain.values.data.len() / 2);
        let noisy = |seed| of(Method::SmoothGrad { samples: 3, sigma: 0.15, seed }).values.data;
        assert!(noisy(1) == noisy(1) && noisy(1) != noisy(2));
        // Without noise it is the gradient.
        let same = of(Method::SmoothGrad { samples: 2, sigma: 0.0, seed: 1 }).values.data;
        assert!(same.iter().zip(&plain.values.data).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs().max(1e-6)));
        let products = of(Method::InputTimesGradient).values.data;
        let expected = plain.values.data.iter().zip(&picture).map(|(g, x)| g * x);
        assert!(products.iter().copied().eq(expected));
    }
}

/// Step by step, an attribution is on its way what it is of as many inputs; a node with a given value is refused.
#[test]
fn attributions_can_be_looked_at_on_the_way() {
    for engine in [cpu(), gpu()] {
        let mut run = block_on(Run::alone(graph("googlenet"), engine, false)).unwrap();
        run.network().synthetic(1).unwrap();
        let picture = picture(&golden("googlenet").input, 1);
        block_on(run.run(Input::Normalized(&picture))).unwrap();
        let objective = block_on(Target::Class(7).objective(&mut run)).unwrap();
        let method = |samples| Method::SmoothGrad { samples, sigma: 0.15, seed: 3 };
        let begin =
            |run: &Run| block_on(Attributing::new(run, method(5), objective.clone(), picture.clone()));
        let mut steps = begin(&run).unwrap();
        let done = block_on(steps.advance()).unwrap();
        assert!((1..5).contains(&done.done) && done.of == 5, "{done:?}");
        let so_far = steps.attribution().values.data;
        let expected = block_on(method(done.done).attribute(&run, &objective, &picture)).unwrap().values.data;
        assert_eq!(so_far, expected);
        block_on(run.replace("inception3a", vec![0.0; 256 * 28 * 28])).unwrap();
        assert_eq!(begin(&run).unwrap_err().code(), "gradient.replaced");
    }
}

macro_rules! goldens {
    ($($name:ident),* $(,)?) => {
        mod cpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::cpu());
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
