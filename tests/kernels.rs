//! Every kernel on both engines against plain double precision, on random small networks.
//!
//! Each case is a graph, planned as networks are, so that kernels meet what they meet there: views
//! at channel offsets in wider buffers, fused epilogues, padding channels. Every step runs alone in
//! poisoned memory; it must write its view, padding channels as zeros, and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/random.rs"]
mod random;
mod reference;

use inceptionscope::engine::cpu::{CpuEngine, Winograd};
use inceptionscope::engine::gpu::{GpuEngine, Tile, Tuning};
use inceptionscope::engine::{Engine, EngineError};
use inceptionscope::net::op::{
    AdaptiveAvgPool, Add, AvgPool, BatchNorm, ChannelAffine, Conv2d, Linear, LocalResponseNorm, MaxPool,
    Padding, Window,
};
use inceptionscope::net::{Builder, Graph, NodeId, Op, Profile, Shape};
use inceptionscope::plan::{Change, Pins, Plan, View, pack, padded};
use pollster::block_on;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use random::Random;
use reference::{Params, Value, evaluate};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};

/// |v − r| ≤ TOLERANCE · (|r| + deviation). A sum of n products in f32 is off by some √n · 2⁻²⁴ of its
/// standard deviation; the largest here have n ≈ 5000, that is 4e-6.
const TOLERANCE: f64 = 1e-5;

/// A bit of a seed: the CPU engine computes by Winograd's algorithm all that it can, else what is faster for it. The GPU
/// does so for even seeds.
const ALWAYS: u64 = 1 << 8;

/// What the thread of the engines does with them.
type Job = Box<dyn FnOnce(&[Engine; 2]) + Send>;

/// Both engines, opened once, on a thread of their own: on a software GPU shaders take seconds to compile.
static ENGINES: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (sender, receiver) = channel::<Job>();
    std::thread::spawn(move || {
        let gpu = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
        let engines = [Engine::Cpu(CpuEngine::new()), Engine::Gpu(Box::new(gpu))];
        for job in receiver {
            // A case that panics must not fail the others.
            let _ = catch_unwind(AssertUnwindSafe(|| job(&engines)));
        }
    });
    sender
});

impl Random {
    /// In (−1, 1).
    fn next(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    fn values(&mut self, n: usize, offset: f64, scale: f64) -> Vec<f32> {
        (0..n).map(|_| (offset + scale * self.next()) as f32).collect()
    }
}

/// Weights that keep a value's standard deviation near one.
fn params(graph: &Graph, random: &mut Random) -> Params {
    let mut params = Params::new();
    for id in graph.ids() {
        let op = &graph.node(id).op;
        for spec in op.params() {
            let n = spec.shape.iter().product();
            let fan_in: usize = spec.shape[1..].iter().product();
            let values = match (op, spec.suffix) {
                (Op::BatchNorm(_), "weight") => random.values(n, 1.0, 0.3),
                (Op::BatchNorm(_), "running_var") => random.values(n, 1.0, 0.5),
                (_, "weight") => random.values(n, 0.0, (3.0 / fan_in as f64).sqrt()),
                _ => random.values(n, 0.0, 0.3),
            };
            params.insert((id, spec.suffix), values);
        }
    }
    params
}

/// One factor a channel, by node.
type Gains = BTreeMap<NodeId, Vec<f32>>;

/// A network with its numbers, and what each of a batch of pictures makes of it.
struct Case {
    graph: Graph,
    plan: Plan,
    params: Params,
    gains: Gains,
    inputs: Vec<Vec<f32>>,
    expected: Vec<Vec<Value>>,
}

impl Case {
    /// With one to three pictures.
    fn new(graph: &Graph, pins: &Pins, gains: &Gains, seed: u64) -> Self {
        let mut random = Random(seed);
        let params = params(graph, &mut random);
        let pixels = graph.node(graph.input).shape.values();
        let inputs: Vec<_> =
            (0..1 + seed / 3 % 3).map(|_| random.values(pixels, 0.0, 3.0_f64.sqrt())).collect();
        let expected = inputs.iter().map(|input| evaluate(graph, input, &params, gains)).collect();
        let pins = Pins { steps: gains.keys().copied().collect(), ..pins.clone() };
        let plan = Plan::new(graph, &pins).unwrap();
        Self { graph: graph.clone(), plan, params, gains: gains.clone(), inputs, expected }
    }
}

/// Those of real GPUs too.
const TILES: [Tile; 7] =
    [Tile::Large, Tile::Medium, Tile::Small, Tile::Shared, Tile::Deep, Tile::Deeper, Tile::Winograd];

/// Runs a graph on every engine and compares every recorded node.
fn check(graph: &Graph, pins: &Pins, gains: &Gains, seed: u64) -> Result<(), String> {
    check_case(Case::new(graph, pins, gains, seed), seed)
}

fn check_case(case: Case, seed: u64) -> Result<(), String> {
    let (sender, answer) = channel();
    let job = move |engines: &[Engine; 2]| {
        let result = engines.iter().try_for_each(|engine| {
            let mut engine = engine.beside().fork(case.inputs.len());
            match &mut engine {
                Engine::Cpu(cpu) if seed & ALWAYS != 0 => cpu.set_winograd(Winograd::Always),
                Engine::Cpu(cpu) => cpu.set_winograd(Winograd::Auto),
                Engine::Gpu(gpu) if seed & ALWAYS != 0 && seed.is_multiple_of(2) => {
                    gpu.set_tile(Tile::Winograd);
                }
                // All tiles in turn.
                Engine::Gpu(gpu) => gpu.set_tile(TILES[(seed % TILES.len() as u64) as usize]),
            }
            block_on(run(&mut engine, &case)).map_err(|e| format!("{}: {e}", engine.id()))
        });
        sender.send(result).unwrap();
    };
    ENGINES.send(Box::new(job)).unwrap();
    answer.recv().unwrap_or_else(|_| Err("it panicked".to_owned()))
}

async fn run(engine: &mut Engine, case: &Case) -> Result<(), String> {
    let error = |e: EngineError| e.to_string();
    let Case { graph, plan, params, .. } = case;
    engine.extend(plan).await.map_err(error)?;
    for (index, step) in plan.steps.iter().enumerate() {
        if let Some(node) = step.weights {
            let layout = pack::Layout::of(step, engine.panel()).ok_or("a step without weights reads some")?;
            engine.set_weights(step, layout.pack(&params[&(node, "weight")])).map_err(error)?;
        }
        let gain = step.stored().and_then(|node| case.gains.get(&node)).map(Vec::as_slice);
        let param = |node, suffix| params.get(&(node, suffix)).map(Vec::as_slice);
        let epilogue = plan.epilogue(index, graph, param, Change { gain, ..Change::default() });
        engine.set_epilogue(index, &epilogue).map_err(error)?;
    }
    for (picture, input) in case.inputs.iter().enumerate() {
        engine.write_input(&plan.input(graph), picture, input).map_err(error)?;
    }

    engine.poison().map_err(error)?;
    for (index, step) in plan.steps.iter().enumerate() {
        let (node, output) = (&graph.node(step.stored().unwrap()).id, *step.output());
        let whole = whole(plan, &output);
        let mut before = Vec::new();
        for picture in 0..case.inputs.len() {
            before.push(engine.read(&whole, picture).await.map_err(error)?);
        }
        engine.run(index..index + 1).map_err(error)?;
        let (channels, area) = (output.shape.c(), output.shape.area());
        for (picture, before) in before.iter().enumerate() {
            let after = engine.read(&whole, picture).await.map_err(error)?;
            for (c, (before, after)) in before.chunks(area).zip(after.chunks(area)).enumerate() {
                let own = output.offset..output.offset + padded(channels);
                let padding = c >= output.offset + channels;
                for (pixel, (before, after)) in before.iter().zip(after).enumerate() {
                    let fault = match own.contains(&c) {
                        false if before.to_bits() != after.to_bits() => "touches another view's",
                        true if after.is_nan() => "does not write",
                        true if padding && *after != 0.0 => "does not zero padding",
                        _ => continue,
                    };
                    return Err(format!(
                        "{node} {fault} channel {c}, pixel {pixel} of picture {picture}: {before} then {after}"
                    ));
                }
            }
        }
    }
    compare(engine, case).await.map_err(|e| format!("{e}, step by step"))?;

    engine.poison().map_err(error)?;
    engine.run(0..plan.steps.len()).map_err(error)?;
    engine.finish().await.map_err(error)?;
    compare(engine, case).await.map_err(|e| format!("{e}, at one go"))
}

/// The whole buffer that a view lies in.
fn whole(plan: &Plan, view: &View) -> View {
    let spec = &plan.buffers[view.buffer.0];
    View { buffer: view.buffer, shape: Shape::map(spec.channels, spec.h, spec.w), offset: 0 }
}

async fn compare(engine: &mut Engine, case: &Case) -> Result<(), String> {
    for (picture, expected) in case.expected.iter().enumerate() {
        compare_picture(engine, case, picture, expected)
            .await
            .map_err(|e| format!("picture {picture}: {e}"))?;
    }
    Ok(())
}

async fn compare_picture(
    engine: &mut Engine,
    Case { graph, plan, .. }: &Case,
    picture: usize,
    expected: &[Value],
) -> Result<(), String> {
    for id in graph.ids() {
        let Some(view) = plan.view(id) else { continue };
        let (node, expected) = (graph.node(id), &expected[id.0]);
        let found = engine.read(&view, picture).await.map_err(|e| e.to_string())?;
        if found.len() != expected.data.len() || [expected.c, expected.h, expected.w] != dims(view.shape) {
            return Err(format!("{} has shape {} and {} values", node.id, view.shape, found.len()));
        }
        let finite = || expected.data.iter().filter(|v| v.is_finite());
        let n = finite().count() as f64;
        let mean = finite().sum::<f64>() / n;
        let deviation = (finite().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        // Values are made to deviate by about one; of a few values that may not show.
        let deviation = match node.op {
            Op::Softmax | Op::L2Normalize => deviation,
            _ => deviation.max(0.25),
        };
        for (i, (v, r)) in found.iter().zip(&expected.data).enumerate() {
            let error = if r.is_finite() { (f64::from(*v) - r).abs() } else { 0.0 };
            let is_wrong = !r.is_finite() && f64::from(*v) != *r;
            if is_wrong || error.is_nan() || error > TOLERANCE * (r.abs() + deviation) {
                let [c, y, x] = [i / (expected.h * expected.w), i / expected.w % expected.h, i % expected.w];
                return Err(format!(
                    "{} ({}) at {c},{y},{x}: expected {r}, found {v}",
                    node.id,
                    node.op.name()
                ));
            }
        }
    }
    Ok(())
}

fn dims(shape: Shape) -> [usize; 3] {
    [shape.c(), shape.h(), shape.w()]
}

/// Runs a property on `cases` inputs, the same ones each time.
fn property<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> Result<(), String>) {
    let config = Config { cases, max_shrink_iters: 64, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result =
        TestRunner::new_with_rng(config, rng).run(&strategy, |case| test(case).map_err(TestCaseError::fail));
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// A network of one input; its logits are the global average of whatever `build` returns.
fn network(input: Shape, build: impl FnOnce(&mut Builder, NodeId) -> NodeId) -> Graph {
    let (mut builder, x) = Builder::with_input("test", None, Profile::timm(1e-3, 256), input);
    let y = build(&mut builder, x);
    let y = if matches!(builder.shape(y), Shape::Vector(_)) { y } else { builder.global_avg_pool("mean", y) };
    builder.finish(y).unwrap()
}

/// Shapes as networks have them and around the edges of tiles; large maps have few channels.
fn shape() -> impl Strategy<Value = Shape> {
    let size = || select(vec![1, 2, 3, 5, 7, 8, 13, 17, 23, 35]);
    let large = || select(vec![35, 73, 147]);
    prop_oneof![
        4 => (1_usize..70, size(), size()).prop_map(|(c, h, w)| Shape::map(c, h, w)),
        1 => (1_usize..9, large(), large()).prop_map(|(c, h, w)| Shape::map(c, h, w)),
    ]
}

fn kernel() -> impl Strategy<Value = [usize; 2]> {
    select(vec![
        [1, 1],
        [3, 3],
        [5, 5],
        [7, 7],
        [1, 7],
        [7, 1],
        [3, 1],
        [1, 3],
        [2, 2],
        [2, 3],
        [1, 1],
        [3, 3],
    ])
}

/// A window that fits into the shape and always sees some of it.
fn window(shape: Shape, ceil: bool) -> impl Strategy<Value = Window> {
    let padding = prop_oneof![
        Just([0; 4]),
        (0_usize..7, 0_usize..7).prop_map(|(h, w)| [h, h, w, w]),
        [0_usize..7, 0_usize..7, 0_usize..7, 0_usize..7],
    ];
    (kernel(), [1_usize..=3, 1_usize..=3], padding).prop_map(move |(kernel, stride, p)| {
        let kernel = [kernel[0].min(shape.h()), kernel[1].min(shape.w())];
        let padding = Padding {
            top: p[0].min(kernel[0] - 1),
            bottom: p[1].min(kernel[0] - 1),
            left: p[2].min(kernel[1] - 1),
            right: p[3].min(kernel[1] - 1),
        };
        Window { kernel, stride, padding, ceil }
    })
}

fn conv2d(shape: Shape, window: Window, out_channels: usize, groups: usize, bias: bool) -> Op {
    let Window { kernel, stride, padding, .. } = window;
    Op::Conv2d(Conv2d { in_channels: shape.c(), out_channels, kernel, stride, padding, groups, bias })
}

/// What follows a convolution: each part may be missing.
#[derive(Clone, Copy, Debug)]
struct Tail {
    bias: bool,
    batch_norm: bool,
    residual: Option<f32>,
    /// The convolution is the shortcut, and its summand the scaled residual.
    swapped: bool,
    relu: bool,
    gain: bool,
    every_op: bool,
}

fn tail() -> impl Strategy<Value = Tail> {
    let residual = prop_oneof![Just(None), Just(Some(1.0)), Just(Some(0.17))];
    let (a, b) = (any::<(bool, bool, bool)>(), any::<(bool, bool)>());
    (a, b, residual, prop::bool::weighted(0.2)).prop_map(
        |((bias, batch_norm, swapped), (relu, gain), residual, every_op)| Tail {
            bias,
            batch_norm,
            residual,
            swapped,
            relu,
            gain,
            every_op,
        },
    )
}

/// Adds a convolution with its tail; the residual's other summand is a 1×1 convolution of the same input and window.
fn add_conv(b: &mut Builder, id: &str, x: NodeId, op: impl Fn(bool) -> Op, tail: Tail) -> NodeId {
    let other = tail.residual.map(|_| b.add(&format!("{id}.other"), op(!tail.bias), &[x]));
    let mut y = b.add(&format!("{id}.conv"), op(tail.bias), &[x]);
    if tail.batch_norm {
        y = b.batch_norm(&format!("{id}.bn"), y);
    }
    if let (Some(other), Some(scale)) = (other, tail.residual) {
        let inputs = if tail.swapped { [other, y] } else { [y, other] };
        y = b.add(&format!("{id}.sum"), Op::Add(Add { scale }), &inputs);
    }
    if tail.relu {
        y = b.relu(&format!("{id}.relu"), y);
    }
    y
}

fn pins(tail: Tail) -> Pins {
    Pins { every_op: tail.every_op, ..Pins::default() }
}

/// Some channels muted, the others scaled.
fn gains(graph: &Graph, tail: Tail, seed: u64, node: NodeId) -> Gains {
    let values = || Random(!seed).values(graph.node(node).shape.c(), 0.0, 2.0);
    let gain = || values().into_iter().map(|g| if g < -1.0 { 0.0 } else { g }).collect();
    tail.gain.then(|| (node, gain())).into_iter().collect()
}

#[test]
fn dense_convolution() {
    let case = shape().prop_flat_map(|s| (Just(s), window(s, false), 1_usize..70, tail(), any::<u64>()));
    property(96, case, |(shape, window, outputs, tail, seed)| {
        let outputs = if shape.area() > 2000 { outputs % 12 + 1 } else { outputs };
        let mut node = NodeId(0);
        let graph = network(shape, |b, x| {
            node = add_conv(b, "y", x, |bias| conv2d(shape, window, outputs, 1, bias), tail);
            node
        });
        check(&graph, &pins(tail), &gains(&graph, tail, seed, node), seed)
    });
}

/// What may be computed with fewer multiplications.
#[test]
fn dense_convolution_by_winograd() {
    let padding = [0_usize..3, 0_usize..3, 0_usize..3, 0_usize..3];
    let size = || select(vec![1_usize, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17]);
    let kernel = select(vec![[3, 3], [3, 3], [1, 7], [7, 1]]);
    let case = (1_usize..40, [size(), size()], kernel, padding, 1_usize..40, tail(), any::<u64>());
    property(96, case, |(c, [h, w], kernel, [top, bottom, left, right], outputs, tail, seed)| {
        let [kh, kw] = kernel;
        let shape = Shape::map(c, h + kh - 1, w + kw - 1);
        let padding = Padding {
            top: top.min(kh - 1),
            bottom: bottom.min(kh - 1),
            left: left.min(kw - 1),
            right: right.min(kw - 1),
        };
        let window = Window { kernel, padding, ..Window::square(1, 1) };
        let mut node = NodeId(0);
        let graph = network(shape, |b, x| {
            node = add_conv(b, "y", x, |bias| conv2d(shape, window, outputs, 1, bias), tail);
            node
        });
        // Not up to 2: rounding errors are up to three times those of the plain sum.
        let gain = tail.gain.then(|| (node, Random(!seed).values(outputs, 1.0, 0.5)));
        check(&graph, &pins(tail), &gain.into_iter().collect(), seed | ALWAYS)
    });
}

/// Values at the points mix what a tile sees: one that is infinite must not reach outputs that do not see it.
#[test]
fn infinity_stays_where_it_is() {
    for kernel in [[3, 3], [1, 7], [7, 1]] {
        let shape = Shape::map(5, 14, 11);
        let window = Window { kernel, padding: Padding::symmetric(1, 0), ..Window::square(1, 1) };
        let mut node = NodeId(0);
        let graph = network(shape, |b, x| {
            node = b.add("y", conv2d(shape, window, 8, 1, true), &[x]);
            // The end of the network does not see it.
            b.relu("z", x)
        });
        let pins = Pins { nodes: [node].into(), ..Pins::default() };
        for seed in [ALWAYS, ALWAYS | 1] {
            let mut case = Case::new(&graph, &pins, &Gains::new(), seed);
            case.inputs[0][shape.area() * 2 + 11 * 7 + 5] = f32::NEG_INFINITY;
            case.expected[0] = evaluate(&graph, &case.inputs[0], &case.params, &case.gains);
            let infinite = case.expected[0][node.0].data.iter().filter(|v| v.is_infinite()).count();
            assert!((1..200).contains(&infinite), "{infinite}");
            check_case(case, seed).unwrap();
        }
    }
}

/// Channels as networks have them: many tiles, many blocks of output channels.
#[test]
fn dense_convolution_of_many_channels() {
    let window = |kernel: [usize; 2]| Window { kernel, ..Window::square(1, 1) };
    for (shape, window, outputs) in [
        (Shape::map(530, 4, 3), window([3, 3]), 20),
        (Shape::map(160, 17, 17), window([1, 7]), 192),
        (Shape::map(768, 5, 5), window([5, 5]), 128),
        (Shape::map(1024, 1, 1), window([1, 1]), 1000),
        (Shape::map(64, 147, 9), window([3, 3]), 96),
        (Shape::map(2048, 8, 8), window([1, 1]), 321),
        // More than a GPU takes at a time by Winograd's algorithm: picture after picture.
        (Shape::map(8, 70, 70), window([3, 3]), 512),
    ] {
        let graph = network(shape, |b, x| b.add("y", conv2d(shape, window, outputs, 1, true), &[x]));
        for seed in [1, ALWAYS] {
            check(&graph, &Pins::default(), &Gains::new(), seed).unwrap();
        }
    }
}

#[test]
fn grouped_convolution() {
    let groups = (2_usize..6, 1_usize..9, 1_usize..9);
    let case = (shape(), groups).prop_flat_map(|(s, g)| {
        let s = s.with_channels(g.0 * g.1);
        (Just(s), Just(g), window(s, false), tail(), any::<u64>())
    });
    property(48, case, |(shape, (groups, _, outputs), window, tail, seed)| {
        let mut node = NodeId(0);
        let graph = network(shape, |b, x| {
            node = add_conv(b, "y", x, |bias| conv2d(shape, window, groups * outputs, groups, bias), tail);
            node
        });
        check(&graph, &pins(tail), &gains(&graph, tail, seed, node), seed)
    });
}

#[test]
fn depthwise_convolution() {
    let case = shape().prop_flat_map(|s| (Just(s), window(s, false), any::<bool>(), tail(), any::<u64>()));
    property(64, case, |(shape, window, relu_before, tail, seed)| {
        // One channel is no depthwise convolution.
        let shape = shape.with_channels(shape.c() + 1);
        let mut node = NodeId(0);
        let graph = network(shape, |b, mut x| {
            if relu_before {
                x = b.relu("x.relu", x);
            }
            node = add_conv(b, "y", x, |bias| conv2d(shape, window, shape.c(), shape.c(), bias), tail);
            node
        });
        check(&graph, &pins(tail), &gains(&graph, tail, seed, node), seed)
    });
}

/// The kernels for windows of 3×3 with stride 1, over more rows than a strip has.
#[test]
fn strips() {
    let padding = [0_usize..3, 0_usize..3, 0_usize..3, 0_usize..3];
    let case = (1_usize..40, 1_usize..12, 2_usize..12, padding, any::<bool>(), tail(), any::<u64>());
    property(48, case, |(h, w, c, [top, bottom, left, right], relu_before, tail, seed)| {
        let shape = Shape::map(c, h + 2, w + 2);
        let window = Window { padding: Padding { top, bottom, left, right }, ..Window::square(3, 1) };
        let mut node = NodeId(0);
        let graph = network(shape, |b, mut x| {
            b.add("max", Op::MaxPool(MaxPool { window }), &[x]);
            b.add("inside", Op::AvgPool(AvgPool { window, count_include_pad: false }), &[x]);
            b.add("padded", Op::AvgPool(AvgPool { window, count_include_pad: true }), &[x]);
            if relu_before {
                x = b.relu("x.relu", x);
            }
            node = add_conv(b, "y", x, |bias| conv2d(shape, window, c, c, bias), tail);
            node
        });
        check(&graph, &pins(tail), &gains(&graph, tail, seed, node), seed)
    });
}

#[test]
fn linear() {
    let case = (1_usize..90, 1_usize..6, 1_usize..6, 1_usize..200, tail(), any::<u64>());
    property(48, case, |(c, h, w, out_features, tail, seed)| {
        let (shape, mut node) = (Shape::map(c, h, w), NodeId(0));
        let graph = network(shape, |b, x| {
            let op = |bias| Op::Linear(Linear { in_features: shape.values(), out_features, bias });
            node = add_conv(b, "y", x, op, tail);
            node
        });
        check(&graph, &pins(tail), &gains(&graph, tail, seed, node), seed)
    });
}

#[test]
fn pools() {
    let case = (shape(), any::<bool>())
        .prop_flat_map(|(s, ceil)| (Just(s), window(s, ceil), [1_usize..6, 1_usize..6], any::<u64>()));
    property(96, case, |(shape, window, out, seed)| {
        let graph = network(shape, |b, x| {
            b.add("max", Op::MaxPool(MaxPool { window }), &[x]);
            b.add("inside", Op::AvgPool(AvgPool { window, count_include_pad: false }), &[x]);
            b.add("padded", Op::AvgPool(AvgPool { window, count_include_pad: true }), &[x]);
            b.add("adaptive", Op::AdaptiveAvgPool(AdaptiveAvgPool { out }), &[x])
        });
        let ids = graph.ids().skip(1);
        let gains = ids.map(|id| (id, Random(seed ^ id.0 as u64).values(graph.node(id).shape.c(), 0.0, 2.0)));
        let gains = if seed % 2 == 0 { gains.collect() } else { Default::default() };
        check(&graph, &Pins { every_op: true, ..Pins::default() }, &gains, seed)
    });
}

/// Batch norm, ReLU, fixed affines and sums as steps of their own, and what follows whole vectors.
#[test]
fn pointwise_and_normalisations() {
    let case = (shape(), 2_usize..7, select(vec![0.75_f32, 0.5, 1.3]), any::<u64>());
    property(64, case, |(shape, size, beta, seed)| {
        let graph = network(shape, |b, x| {
            let mut random = Random(seed);
            let (scale, shift) = (random.values(shape.c(), 0.0, 1.0), random.values(shape.c(), 0.0, 1.0));
            let a = b.add("affine", Op::ChannelAffine(ChannelAffine { scale, shift }), &[x]);
            let n = b.add("bn", Op::BatchNorm(BatchNorm { channels: shape.c(), eps: 1e-5 }), &[x]);
            let s = b.add("sum", Op::Add(Add { scale: 0.3 }), &[a, n]);
            let r = b.relu("relu", s);
            // Squares large enough to matter.
            let lrn = LocalResponseNorm { size, alpha: 0.5, beta, k: 1.0 };
            let l = b.add("lrn", Op::LocalResponseNorm(lrn), &[r]);
            let m = b.global_avg_pool("pooled", x);
            b.add("unit", Op::L2Normalize, &[m]);
            l
        });
        check(&graph, &Pins { every_op: seed % 2 == 0, ..Pins::default() }, &Gains::new(), seed)
    });
}

/// Softmax must not overflow, and padding must not count.
#[test]
fn softmax_of_large_logits() {
    for (classes, scale) in [(1, 1.0), (5, 1.0), (1000, 1.0), (10, 200.0), (1001, 30.0)] {
        let graph = network(Shape::map(classes, 1, 1), |b, x| {
            let x = b.global_avg_pool("x", x);
            b.add(
                "y",
                Op::ChannelAffine(ChannelAffine { scale: vec![scale; classes], shift: vec![0.0; classes] }),
                &[x],
            )
        });
        check(&graph, &Pins::default(), &Gains::new(), 7).unwrap();
    }
}

/// Inception modules: parts of a concat are written in place, read from there, and copied where they must.
#[test]
fn concats() {
    let widths = [1_usize..12, 1_usize..12, 1_usize..12];
    let case = (shape(), widths, tail(), 0_usize..4, any::<u64>());
    property(48, case, |(shape, widths, tail, gained, seed)| {
        // The reference is slow: large maps get few channels.
        let (channels, width) = if shape.area() > 600 { (5, 2) } else { (24, 12) };
        let small = shape.with_channels(shape.c().min(channels));
        let widths = widths.map(|w| w.min(width));
        // Branches start at multiples of four, all but the last.
        let [first, second, last] = [widths[0] * 4, widths[1] * 4, widths[2]];
        let same = |k: usize| Window { padding: Padding::symmetric(k / 2, k / 2), ..Window::square(k, 1) };
        let mut nodes = Vec::new();
        let graph = network(small, |b, x| {
            let mut conv = |b: &mut Builder, id: &str, x, outputs, k| {
                let from = b.shape(x);
                let node = add_conv(b, id, x, |bias| conv2d(from, same(k), outputs, 1, bias), tail);
                nodes.push(node);
                node
            };
            let a = conv(b, "a", x, first, 1);
            let c = conv(b, "b", x, second, 3);
            let pooled = b.max_pool("pool", x, same(3));
            let d = conv(b, "d", pooled, last, 1);
            let y = b.concat("y", &[a, c, d]);
            // Reads the middle of the module's buffer, and the whole of it.
            let part = conv(b, "part", c, 8, 3);
            let z = conv(b, "z", y, 12, 3);
            let pooled = b.avg_pool("average", y, same(3));
            nodes.push(y);
            b.concat("w", &[part, z, pooled])
        });
        let mut gains = gains(&graph, tail, seed, nodes[gained]);
        if seed % 3 == 0 {
            gains.insert(nodes[5], vec![0.5; graph.node(nodes[5]).shape.c()]);
        }
        check(&graph, &pins(tail), &gains, seed)
    });
}

/// Tiles that were measured, or taken from a measurement, compute the same; those of another GPU are not taken.
#[test]
fn tuning_changes_tiles_and_no_values() {
    let shape = Shape::map(24, 9, 7);
    let window = Window { padding: Padding::symmetric(1, 1), ..Window::square(3, 1) };
    let graph = network(shape, |b, x| {
        let x = b.add("a", conv2d(shape, Window::square(1, 1), 40, 1, true), &[x]);
        b.add("b", conv2d(Shape::map(40, 9, 7), window, 20, 1, true), &[x])
    });
    let case = Case::new(&graph, &Pins::default(), &Gains::new(), 7);
    let gpu = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    let mut engine = Engine::Gpu(Box::new(gpu)).fork(case.inputs.len());
    block_on(async {
        run(&mut engine, &case).await?;
        let tuned = engine.tune(f64::INFINITY).await.map_err(|e| e.to_string())?.unwrap();
        assert_eq!(tuned.tiles.len(), 2, "{tuned:?}");
        let tiles = TILES.map(|tile| {
            let tiles = tuned.tiles.keys().map(|class| (class.clone(), tile)).collect();
            Tuning { tiles, ..tuned.clone() }
        });
        for tuning in [tuned.clone()].into_iter().chain(tiles) {
            engine.set_tuning(tuning.clone()).await.map_err(|e| e.to_string())?;
            assert_eq!(engine.tuning(), Some(tuning.clone()));
            engine.poison().map_err(|e| e.to_string())?;
            engine.run(0..case.plan.steps.len()).map_err(|e| e.to_string())?;
            compare(&mut engine, &case).await?;
        }
        let elsewhere = Tuning { adapter: "another GPU".to_owned(), ..tuned };
        engine.set_tuning(elsewhere.clone()).await.map_err(|e| e.to_string())?;
        assert_ne!(engine.tuning(), Some(elsewhere));
        Ok::<(), String>(())
    })
    .unwrap();
}
