//! Every adjoint on both engines, by identities that need no other implementation, on random shapes.
//!
//! What convolutions without bias, pools, ReLUs, sums and concats make is homogeneous of degree one:
//! f(x) = J(x) x, so that ⟨f(x), v⟩ = ⟨x, Jᵀ v⟩ for any v. A wrong, missing or doubled contribution shows.
//! Normalisations are compared with central differences of their definitions in double precision.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/random.rs"]
mod random;
#[allow(dead_code, reason = "kernels.rs uses the rest")]
mod reference;

use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::engine::gpu::{GpuEngine, Tile};
use inceptionscope::explain::Gradients;
use inceptionscope::net::op::{
    AdaptiveAvgPool, Add, AvgPool, Conv2d, LocalResponseNorm, MaxPool, Padding, Window,
};
use inceptionscope::net::{Builder, Graph, ModuleKind, NodeId, Op, Profile, Shape};
use inceptionscope::plan::ReluRule;
use inceptionscope::run::{Input, Run};
use inceptionscope::weights::{Place, Tensor};
use pollster::block_on;
use random::Random;
use reference::{Params, evaluate};
use std::collections::BTreeMap;

impl Random {
    /// From 0 to below `n`.
    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// Uniform in (−1, 1).
    fn values(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| ((self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0) as f32).collect()
    }

    fn window(&mut self, shape: Shape, ceil: bool) -> Window {
        let mut side = |size: usize| (1 + self.below(4)).min(size);
        let kernel = [side(shape.h()), side(shape.w())];
        let stride = [1 + self.below(3), 1 + self.below(3)];
        let mut pad = |kernel: usize| self.below(kernel);
        let padding = Padding {
            top: pad(kernel[0]),
            bottom: pad(kernel[0]),
            left: pad(kernel[1]),
            right: pad(kernel[1]),
        };
        Window { kernel, stride, padding, ceil }
    }
}

fn engines() -> [Engine; 2] {
    let gpu = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    [Engine::Cpu(CpuEngine::new()), Engine::Gpu(Box::new(gpu))]
}

fn conv2d(from: Shape, window: Window, out_channels: usize, groups: usize) -> Op {
    let Window { kernel, stride, padding, .. } = window;
    Op::Conv2d(Conv2d { in_channels: from.c(), out_channels, kernel, stride, padding, groups, bias: false })
}

/// A network of one op or a few; what it makes of the input is averaged, so that there are logits.
fn network(input: Shape, build: impl FnOnce(&mut Builder, NodeId) -> NodeId) -> Graph {
    let (mut builder, x) = Builder::with_input("test", None, Profile::timm(1e-3, 256), input);
    let y = build(&mut builder, x);
    let y = if matches!(builder.shape(y), Shape::Vector(_)) { y } else { builder.global_avg_pool("mean", y) };
    builder.finish(y).unwrap()
}

/// The value of a node, the gradient of the input for a random seed there, and both for the second picture of
/// two.
struct Found {
    x: Vec<f32>,
    y: Vec<f32>,
    seed: Vec<f32>,
    gradient: Vec<f32>,
    params: Params,
}

fn find(engine: &Engine, graph: &Graph, node: &str, every_op: bool, random: &mut Random) -> Found {
    let run = block_on(Run::alone(graph.clone(), engine.beside(), every_op)).unwrap();
    let mut params = Params::new();
    for id in graph.ids() {
        for param in graph.node(id).op.params() {
            let data = random.values(param.shape.iter().product());
            params.insert((id, param.suffix), data.clone());
            let tensor = Tensor { shape: param.shape, data };
            run.network().set_tensor(Place { node: id, suffix: param.suffix }, &tensor).unwrap();
        }
    }
    run.network().weights_complete();
    let target = graph.find(node).unwrap();
    let pixels = graph.node(graph.input).shape.values();
    let pictures = [random.values(pixels), random.values(pixels)];
    let values = graph.node(target).shape.values();
    let seeds = [random.values(values), random.values(values)];
    let wished = [graph.input];
    let mut gradients = block_on(Gradients::new(&run, &[target], &wished, ReluRule::Plain, 2)).unwrap();
    gradients.poison().unwrap();
    let batch: Vec<&[f32]> = pictures.iter().map(Vec::as_slice).collect();
    block_on(gradients.compute(&batch, &[target], |_, picture| seeds[picture].clone())).unwrap();
    let y = block_on(gradients.value(target, 1)).unwrap().data;
    let gradient = block_on(gradients.gradient(graph.input, 1)).unwrap().data;
    let ([_, x], [_, seed]) = (pictures, seeds);
    Found { x, y, seed, gradient, params }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn norm(a: &[f32]) -> f64 {
    dot(a, a).sqrt()
}

/// ⟨f(x), v⟩ = ⟨x, Jᵀ v⟩, by the sizes of what is multiplied.
fn homogeneous(engine: &Engine, graph: &Graph, node: &str, every_op: bool, seed: u64, what: &str) {
    let what = format!("{what}, every op {every_op}");
    let Found { x, y, seed, gradient, .. } = find(engine, graph, node, every_op, &mut Random(seed));
    assert!(gradient.iter().all(|v| v.is_finite()), "{what} on {}: not fully written", engine.id());
    let (forward, backward) = (dot(&y, &seed), dot(&x, &gradient));
    let off = (forward - backward).abs() / (norm(&y) * norm(&seed)).max(norm(&x) * norm(&gradient)).max(1e-6);
    assert!(off < 1e-5, "{what} on {}: {forward} forward, {backward} back: {off:.1e}", engine.id());
}

#[test]
fn adjoints_of_homogeneous_ops() {
    let engines = engines();
    for seed in 0..60 {
        let mut random = Random(seed);
        let shape = Shape::map(1 + random.below(9), 1 + random.below(12), 1 + random.below(12));
        let ceil = random.bits().is_multiple_of(2);
        let window = random.window(shape, ceil);
        let plain = Window { ceil: false, ..window };
        let (outputs, groups) = (1 + random.below(18), 1 + random.below(3));
        let grouped = Shape::map(shape.c() * groups, shape.h(), shape.w());
        let out = [1 + random.below(5), 1 + random.below(5)];
        let ops: Vec<(&str, Shape, Op)> = vec![
            ("conv", shape, conv2d(shape, plain, outputs, 1)),
            ("grouped", grouped, conv2d(grouped, plain, outputs * groups, groups)),
            ("depthwise", grouped, conv2d(grouped, plain, grouped.c(), grouped.c())),
            ("max", shape, Op::MaxPool(MaxPool { window })),
            ("inside", shape, Op::AvgPool(AvgPool { window, count_include_pad: false })),
            ("padded", shape, Op::AvgPool(AvgPool { window, count_include_pad: true })),
            ("adaptive", shape, Op::AdaptiveAvgPool(AdaptiveAvgPool { out })),
        ];
        let (name, input, op) = &ops[seed as usize % ops.len()];
        let graph = network(*input, |b, x| {
            // A ReLU before depthwise convolutions is applied as they read.
            let x = if random.bits().is_multiple_of(2) { b.relu("before", x) } else { x };
            let y = b.add("y", op.clone(), &[x]);
            b.relu("z", y)
        });
        for engine in &engines {
            // What is fused away has no gradient of its own.
            for (node, every_op) in [("y", true), ("z", true), ("z", false)] {
                let what = format!("{name} {seed} {node}: {op:?} of {input}");
                homogeneous(engine, &graph, node, every_op, seed, &what);
            }
        }
    }
}

/// With a stride the adjoint of a dense convolution is a few of stride 1, some of which have more outputs than inputs:
/// with all tiles, those of real GPUs too.
#[test]
fn adjoints_of_convolutions_with_strides() {
    let [cpu, gpu] = engines();
    let mut engines = vec![cpu];
    for tile in
        [Tile::Large, Tile::Medium, Tile::Small, Tile::Shared, Tile::Deep, Tile::Deeper, Tile::Winograd]
    {
        let mut other = gpu.beside();
        if let Engine::Gpu(gpu) = &mut other {
            gpu.set_tile(tile);
        }
        engines.push(other);
    }
    let cases =
        [(3, 2, [8, 8]), (3, 2, [9, 12]), (2, 2, [7, 10]), (1, 2, [8, 7]), (3, 3, [11, 8]), (3, 1, [9, 7])];
    for (kernel, stride, [h, w]) in cases {
        let (shape, window) = (Shape::map(6, h, w), Window::square(kernel, stride));
        let graph = network(shape, |b, x| {
            // The cheapest that is pointwise is what the GPU tries by itself first.
            let x = b.add("x", conv2d(shape, Window::square(1, 1), 6, 1), &[x]);
            let y = b.add("y", conv2d(shape, window, 80, 1), &[x]);
            b.relu("z", y)
        });
        for (at, engine) in engines.iter().enumerate() {
            let what = format!("{kernel}×{kernel} every {stride} of {shape}, engine {at}");
            homogeneous(engine, &graph, "z", false, 3, &what);
        }
    }
}

/// Branches, a concat that is read in parts and as a whole, residual sums with scale, and a linear layer.
#[test]
fn adjoints_of_modules() {
    let engines = engines();
    for seed in 0..20 {
        let mut random = Random(seed + 1000);
        let shape = Shape::map(4 * (1 + random.below(3)), 2 + random.below(7), 2 + random.below(7));
        let same = |k: usize| Window::square(k, 1).pad(k / 2);
        let scale = 0.17 + random.below(3) as f32;
        let graph = network(shape, |b, x| {
            let first = b.add("first", conv2d(shape, same(3), shape.c(), 1), &[x]);
            let first = b.relu("first.relu", first);
            let one = b.add("one", conv2d(shape, same(1), 8, 1), &[first]);
            let one = b.relu("one.relu", one);
            let three = b.add("three", conv2d(shape, same(3), 12, 1), &[first]);
            let pooled = b.max_pool("pool", first, same(3));
            let pooled = b.add("pooled", conv2d(shape, same(1), 4, 1), &[pooled]);
            let all = b.concat("all", &[one, three, pooled]);
            // Part of the concat is read by another one too.
            let part = b.add("part", conv2d(b.shape(three), same(3), shape.c(), 1), &[three]);
            let back = b.add("back", conv2d(b.shape(all), same(1), shape.c(), 1), &[all]);
            let sum = b.add("sum", Op::Add(Add { scale }), &[back, first]);
            let sum = b.relu("sum.relu", sum);
            let sum = b.add("sum.again", Op::Add(Add { scale: 0.5 }), &[part, sum]);
            let mean = b.global_avg_pool("end", sum);
            b.linear("fc", mean, 5, false)
        });
        for engine in &engines {
            for every_op in [true, false] {
                homogeneous(engine, &graph, "fc", every_op, seed, &format!("module {seed}"));
            }
        }
    }
}

/// Along a random direction, by central differences in double precision.
#[test]
fn adjoints_of_normalisations() {
    let engines = engines();
    for seed in 0..12 {
        let mut random = Random(seed + 2000);
        let channels = 1 + random.below(13);
        let norm = LocalResponseNorm { size: 1 + random.below(6), alpha: 0.3, beta: 0.75, k: 1.0 };
        let (shape, vector) = (Shape::map(channels, 3, 2), Shape::map(channels, 1, 1));
        let graphs = [
            network(shape, |b, x| b.add("y", Op::LocalResponseNorm(norm), &[x])),
            network(vector, |b, x| {
                let x = b.global_avg_pool("pool", x);
                b.add("y", Op::Softmax, &[x])
            }),
            network(vector, |b, x| {
                let x = b.global_avg_pool("pool", x);
                b.add("y", Op::L2Normalize, &[x])
            }),
        ];
        for graph in &graphs {
            for engine in &engines {
                let found = find(engine, graph, "y", true, &mut Random(seed));
                let mut random = Random(seed + 1);
                let direction = random.values(found.x.len());
                let node = graph.find("y").unwrap();
                const STEP: f32 = 1.0 / 256.0;
                let along = |sign: f32| -> f64 {
                    let x: Vec<f32> =
                        found.x.iter().zip(&direction).map(|(x, d)| x + sign * STEP * d).collect();
                    let y = &evaluate(graph, &x, &found.params, &BTreeMap::new())[node.0].data;
                    y.iter().zip(&found.seed).map(|(y, v)| y * f64::from(*v)).sum()
                };
                let expected = (along(1.0) - along(-1.0)) / f64::from(2.0 * STEP);
                let slope = dot(&found.gradient, &direction);
                let off = (slope - expected).abs() / (1e-2 + expected.abs());
                let op = graph.node(node).op.name();
                assert!(off < 2e-3, "{op} {seed} on {}: {slope}, expected {expected}", engine.id());
            }
        }
    }
}

/// Gradients add up: muting is a factor of 0, and what is muted gets and passes on nothing.
#[test]
fn interventions_are_part_of_the_gradient() {
    for engine in engines() {
        let shape = Shape::map(4, 5, 5);
        let graph = network(shape, |b, x| {
            let y = b.add("y", conv2d(shape, Window::square(3, 1), 8, 1), &[x]);
            b.relu("z", y)
        });
        let mut run = block_on(Run::alone(graph.clone(), engine.beside(), false)).unwrap();
        run.network().synthetic(1).unwrap();
        let picture = Random(1).values(shape.values());
        block_on(run.run(Input::Normalized(&picture))).unwrap();
        block_on(run.mute("z", &[0, 3, 7])).unwrap();
        let (z, logits) = (graph.find("z").unwrap(), graph.logits);
        let mut gradients =
            block_on(Gradients::new(&run, &[logits], &[z, graph.input], ReluRule::Plain, 1)).unwrap();
        block_on(gradients.compute(&[&picture], &[logits], |_, _| vec![1.0; 8])).unwrap();
        let value = block_on(gradients.value(z, 0)).unwrap();
        let gradient = block_on(gradients.gradient(z, 0)).unwrap();
        let input = block_on(gradients.gradient(graph.input, 0)).unwrap();
        let sums = [dot(&value.data, &gradient.data), dot(&picture, &input.data)];
        block_on(run.finish()).unwrap();
        let logits: f64 = block_on(run.prediction()).unwrap().logits.iter().map(|v| f64::from(*v)).sum();
        for sum in sums {
            assert!(
                (sum - logits).abs() < 1e-5 * logits.abs().max(1.0),
                "{}: {sums:?}, {logits}",
                engine.id()
            );
        }
    }
}

/// A max pool's gradient goes where its largest value was, whatever the result is multiplied by.
#[test]
fn a_scaled_max_pool_passes_its_gradient_on() {
    for engine in engines() {
        let shape = Shape::map(5, 7, 6);
        let graph = network(shape, |b, x| b.max_pool("pool", x, Window::square(3, 2).pad(1)));
        let mut run = block_on(Run::alone(graph.clone(), engine.beside(), false)).unwrap();
        run.network().weights_complete();
        let picture = Random(1).values(shape.values());
        block_on(run.run(Input::Normalized(&picture))).unwrap();
        block_on(run.multiply("pool", &[], -0.5)).unwrap();
        let (pool, input) = (graph.find("pool").unwrap(), graph.input);
        let mut gradients = block_on(Gradients::new(&run, &[pool], &[input], ReluRule::Plain, 1)).unwrap();
        gradients.poison().unwrap();
        let seed = Random(2).values(graph.node(pool).shape.values());
        block_on(gradients.compute(&[&picture], &[pool], |_, _| seed.clone())).unwrap();
        let value = block_on(gradients.value(pool, 0)).unwrap();
        let gradient = block_on(gradients.gradient(input, 0)).unwrap();
        let (forward, backward) = (dot(&value.data, &seed), dot(&picture, &gradient.data));
        assert!(norm(&gradient.data) > 0.1, "{}: no gradient", engine.id());
        assert!((forward - backward).abs() < 1e-5, "{}: {forward}, {backward}", engine.id());
    }
}

#[test]
fn what_has_no_gradient_is_an_error_with_a_code() {
    use inceptionscope::error::Coded;
    let graph = inceptionscope::net::zoo::build("googlenet", &Default::default()).unwrap();
    let run = block_on(Run::alone(graph, Engine::Cpu(CpuEngine::new()), false)).unwrap();
    let find = |id: &str| run.graph().find(id).unwrap();
    let code = |target: &str, wished: &str| {
        let (targets, wished) = ([find(target)], [find(wished)]);
        block_on(Gradients::new(&run, &targets, &wished, ReluRule::Plain, 1)).unwrap_err().code()
    };
    // Before it in the network, in another branch, fused away; and weights that have not come.
    assert_eq!(code("conv1", "inception3a"), "gradient.unreached");
    assert_eq!(code("inception3a.branch1", "inception3a.branch2.0"), "gradient.unreached");
    assert_eq!(code("fc", "inception3a.branch1.conv"), "gradient.fused");
    assert_eq!(code("fc", "inception3a"), "node.no_weights");
}

/// A ReLU that lets nothing through is opened where the gradient is positive, for the picture that closes it alone.
#[test]
fn closed_relus_are_redirected() {
    let shape = Shape::map(6, 3, 5);
    let graph = network(shape, |builder, x| {
        builder.module("m", "M", ModuleKind::Chain);
        builder.relu("relu", x)
    });
    let (target, input) = (graph.find("relu").unwrap(), graph.input);
    let mut random = Random(5);
    let open = random.values(shape.values());
    let closed: Vec<f32> = open.iter().map(|v| -v.abs()).collect();
    let seeds = random.values(shape.values());
    let expect = |picture: &[f32], rule: ReluRule| -> Vec<f32> {
        let is_closed = rule == ReluRule::Redirected && picture.iter().all(|v| *v <= 0.0);
        let both = picture.iter().zip(&seeds);
        both.map(|(x, g)| if *x > 0.0 || (is_closed && *g > 0.0) { *g } else { 0.0 }).collect()
    };
    for engine in engines() {
        let run = block_on(Run::alone(graph.clone(), engine.beside(), true)).unwrap();
        for rule in [ReluRule::Redirected, ReluRule::Plain] {
            let mut gradients = block_on(Gradients::new(&run, &[target], &[input], rule, 3)).unwrap();
            gradients.poison().unwrap();
            let pictures = [&open[..], &closed, &open];
            block_on(gradients.compute(&pictures, &[target], |_, _| seeds.clone())).unwrap();
            for (number, picture) in pictures.iter().enumerate() {
                let found = block_on(gradients.gradient(input, number)).unwrap().data;
                assert_eq!(found, expect(picture, rule), "picture {number}, {rule:?} on {}", engine.id());
            }
        }
    }
}
