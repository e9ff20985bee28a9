//! Golden files, and how far a run is from them.

#![allow(dead_code, reason = "each test binary uses its part")]

use inceptionscope::engine::Engine;
use inceptionscope::net::Graph;
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::run::{Input, Run};
use inceptionscope::weights::recipe;
use pollster::block_on;
use serde::Deserialize;
use std::path::Path;

/// |value − golden| / (|golden| + std of the point): torch's own f32 run stays below 5e-6.
pub(crate) const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
pub(crate) struct Golden {
    pub(crate) seed: u64,
    pub(crate) input: GoldenInput,
    pub(crate) top5: Vec<(usize, f64)>,
    pub(crate) points: Vec<Point>,
}

#[derive(Deserialize)]
pub(crate) struct GoldenInput {
    pub(crate) size: usize,
    pub(crate) mean: [f64; 3],
    pub(crate) std: [f64; 3],
    pub(crate) image_fnv1a64: String,
    /// `bgr`, if blue comes first.
    pub(crate) order: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Point {
    pub(crate) node: String,
    pub(crate) id: String,
    pub(crate) always: bool,
    pub(crate) shape: Vec<usize>,
    pub(crate) std: f64,
    pub(crate) values: Vec<f64>,
    pub(crate) all: Option<Vec<f64>>,
    pub(crate) parts: Option<Vec<(String, usize, usize)>>,
    pub(crate) scale: Option<f64>,
}

pub(crate) fn golden(name: &str) -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/{name}.seed1.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// With untrained weights and the golden's picture, which has been run.
pub(crate) fn opened(model: &str, engine: Engine) -> Run {
    let golden = golden(model);
    let mut run = block_on(Run::alone(graph(model), engine, false)).unwrap();
    run.network().synthetic(golden.seed).unwrap();
    let picture = picture(&golden.input, golden.seed);
    block_on(run.run(Input::Normalized(&picture))).unwrap();
    run
}

/// The normalised picture, in f64 rounded once.
pub(crate) fn picture(input: &GoldenInput, seed: u64) -> Vec<f32> {
    let rgb = recipe::image(input.size, input.size, seed);
    assert_eq!(format!("{:016x}", recipe::fnv1a64(rgb.iter().copied())), input.image_fnv1a64);
    let source = if input.order.is_some() { [2, 1, 0] } else { [0, 1, 2] };
    let value =
        |c: usize, p: usize| (f64::from(rgb[p * 3 + source[c]]) / 255.0 - input.mean[c]) / input.std[c];
    let area = input.size * input.size;
    (0..3 * area).map(|i| value(i / area, i % area) as f32).collect()
}

/// The graph that a golden file is of: `inception_v3_keras` is a profile of `inception_v3`, `googlenet_5h` a
/// variant.
pub(crate) fn graph(name: &str) -> Graph {
    let (network, profile) = match (name.strip_suffix("_keras"), name) {
        (Some(network), _) => (network, Some("keras".to_owned())),
        (None, "googlenet_5h") => ("googlenet:5h", None),
        (None, network) => (network, None),
    };
    zoo::build(network, &Options { profile, ..Options::default() }).unwrap()
}

/// The largest error of a recorded point, after a run; checks shape and that all of it was written.
pub(crate) fn error(scope: &mut Run, point: &Point) -> f64 {
    let value = block_on(scope.activation(&point.node)).unwrap();
    assert_eq!(value.shape.dims(), point.shape, "{}", point.node);
    assert!(value.data.iter().all(|v| v.is_finite()), "{} was not fully written", point.node);
    let error = |v: f32, g: f64| (f64::from(v) - g).abs() / (g.abs() + point.std);
    let positions = recipe::positions(&point.id, value.data.len(), point.values.len());
    let sampled = positions.iter().zip(&point.values).map(|(p, g)| error(value.data[*p], *g));
    let whole = value.data.iter().zip(point.all.iter().flatten()).map(|(v, g)| error(*v, *g));
    sampled.chain(whole).fold(0.0, f64::max)
}
