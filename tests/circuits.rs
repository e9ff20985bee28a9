//! Expanded weights beside single values pushed through the same layers without their ReLUs, in double precision, by
//! plain loops: on random small networks. And where circuits end in the networks of the papers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/engines.rs"]
mod engines;
#[path = "common/random.rs"]
mod random;
#[allow(dead_code, reason = "kernels.rs uses the rest")]
mod reference;

use engines::{cpu, gpu};
use inceptionscope::inspect::{Link, Links};
use inceptionscope::net::op::{AvgPool, BatchNorm, ChannelAffine, Conv2d, MaxPool, Padding, Window};
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::net::{Builder, Graph, LaneRole, ModuleKind, NodeId, Op, Profile, Shape};
use inceptionscope::run::{Network, Run, RunError};
use inceptionscope::weights::{Place, Tensor};
use pollster::block_on;
use random::Random;
use reference::{Params, evaluate};
use std::collections::BTreeMap;

const SIZE: usize = 25;

impl Random {
    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// Uniform in (−1, 1).
    fn value(&mut self) -> f32 {
        ((self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0) as f32
    }
}

fn window(kernel: [usize; 2], stride: [usize; 2]) -> Window {
    Window { kernel, stride, padding: Padding::symmetric(kernel[0] / 2, kernel[1] / 2), ceil: false }
}

fn conv(b: &mut Builder, id: &str, x: NodeId, out_channels: usize, window: Window, groups: usize) -> NodeId {
    let Window { kernel, stride, padding, .. } = window;
    let in_channels = b.shape(x).c();
    let op = Conv2d { in_channels, out_channels, kernel, stride, padding, groups, bias: true };
    let x = b.add(id, Op::Conv2d(op), &[x]);
    let x = b.add(&format!("{id}.bn"), Op::BatchNorm(BatchNorm { channels: out_channels, eps: 1e-3 }), &[x]);
    b.relu(&format!("{id}.relu"), x)
}

/// One module with all that branches have: reductions, grouped, strided and one-sided kernels, both pools, and, with
/// stride 1, a residual sum.
fn network(random: &mut Random) -> Graph {
    let input = Shape::map(4, SIZE, SIZE);
    let (mut b, x) = Builder::with_input("test", None, Profile::timm(1e-3, 256), input);
    let stride = [1 + random.below(2), 1 + random.below(3)];
    let mut side = || 1 + 2 * random.below(3);
    let (wide, tall, pooled) = ([side(), side()], [side(), 1], [side(), side()]);
    let channels = input.c();
    b.module("module", "Module", ModuleKind::Inception);
    b.branch("reduced");
    let reduced = conv(&mut b, "reduced.0", x, 4 * (1 + random.below(2)), window([1, 1], [1, 1]), 1);
    let reduced = conv(&mut b, "reduced.1", reduced, 2 * channels, window(wide, stride), 1);
    b.branch("grouped");
    let grouped = conv(&mut b, "grouped.0", x, 2 * channels, window(tall, [1, 1]), channels);
    let grouped = conv(&mut b, "grouped.1", grouped, 8, window([1, 3], stride), 1);
    b.branch("max");
    let max = b.max_pool("max.0", x, window(pooled, [1, 1]));
    let max = conv(&mut b, "max.1", max, 4 * (1 + random.below(3)), window([3, 3], stride), 1);
    b.branch("mean");
    let mean = AvgPool { window: window([3, 1], stride), count_include_pad: true };
    let mean = b.add("mean.0", Op::AvgPool(mean), &[x]);
    let mean = conv(&mut b, "mean.1", mean, 4, window([1, 1], [1, 1]), 1);
    let mut parts = vec![reduced, grouped, max, mean];
    if stride == [1, 1] {
        b.lane("shortcut", LaneRole::Shortcut);
        let own = conv(&mut b, "own", x, channels, window([3, 3], [1, 1]), 1);
        parts.push(b.residual("sum", own, x, 0.3));
    }
    b.join();
    let y = b.concat("module", &parts);
    let logits = b.classifier(y, "pool", "fc", 3);
    b.finish(logits).unwrap()
}

/// The same network without ReLUs, and with means for largest values.
fn linear(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    for node in &mut graph.nodes {
        let channels = node.shape.c();
        node.op = match node.op {
            Op::Relu => {
                Op::ChannelAffine(ChannelAffine { scale: vec![1.0; channels], shift: vec![0.0; channels] })
            }
            Op::MaxPool(MaxPool { window }) => Op::AvgPool(AvgPool { window, count_include_pad: true }),
            ref op => op.clone(),
        };
    }
    graph
}

/// A run with random parameters; the reference's have no shifts.
fn filled(network: Network, random: &mut Random) -> (Run, Params) {
    let mut params = Params::new();
    let graph = network.graph().clone();
    for id in graph.ids() {
        for param in graph.node(id).op.params() {
            let spread = |v: f32| if param.suffix == "running_var" { 1.1 + v } else { v };
            let data: Vec<f32> = (0..param.shape.iter().product()).map(|_| spread(random.value())).collect();
            let shift = ["bias", "running_mean"].contains(&param.suffix);
            params.insert((id, param.suffix), if shift { vec![0.0; data.len()] } else { data.clone() });
            network
                .set_tensor(Place { node: id, suffix: param.suffix }, &Tensor { shape: param.shape, data })
                .unwrap();
        }
    }
    network.weights_complete();
    (block_on(network.run()).unwrap(), params)
}

/// The weight by which a value at `reader` reads one at `read`, by a kernel.
fn weight(links: &Links, link: &Link, reader: [usize; 2], read: [usize; 2]) -> f32 {
    let at = [0, 1]
        .map(|axis| (read[axis] + links.before[axis]) as i32 - (links.stride[axis] * reader[axis]) as i32);
    let inside = [0, 1].iter().all(|axis| at[*axis] >= 0 && at[*axis] < links.shape[*axis] as i32);
    if inside { link.weights[at[0] as usize * links.shape[1] + at[1] as usize] } else { 0.0 }
}

/// With the one node that the channel reads, or that reads it.
fn one(all: &[Links], reads: bool) -> &Links {
    let found: Vec<&Links> = all.iter().filter(|links| links.reads == reads).collect();
    assert_eq!(found.len(), 1, "{all:?}");
    found[0]
}

fn count(all: &Links, excites: bool) -> usize {
    all.links.iter().filter(|link| (link.sum > 0.0) == excites).count()
}

/// What is listed is sorted, signed and complete.
fn check_list(all: &Links) {
    let sum = |link: &Link| link.weights.iter().map(|w| f64::from(*w)).sum::<f64>();
    let size = |link: &Link| link.weights.iter().map(|w| f64::from(w.abs())).sum::<f64>();
    for link in &all.links {
        assert!((sum(link) - link.sum).abs() < 1e-5 * (1.0 + link.size), "{link:?}");
        assert!((size(link) - link.size).abs() < 1e-5 * (1.0 + link.size), "{link:?}");
    }
    assert!(all.links.windows(2).all(|pair| pair[0].size >= pair[1].size));
    assert!((all.links.iter().map(|link| link.size).sum::<f64>() - all.size).abs() < 1e-9 * all.size);
}

#[test]
fn expanded_weights_are_what_single_values_do() {
    for seed in 0..12 {
        let random = &mut Random(seed);
        let graph = network(random);
        let engine = if seed < 2 { gpu() } else { cpu() };
        let (mut run, params) = filled(Network::new(graph.clone(), engine, false).unwrap(), random);
        let (input, output) = (graph.node(graph.input).shape, graph.find("module").unwrap());
        let shape = graph.node(output).shape;
        let most = usize::MAX;
        let of_output: Vec<Vec<Links>> =
            (0..shape.c()).map(|c| block_on(run.circuit("module", c, most)).unwrap()).collect();
        let (read, linear) = ([SIZE / 2; 2], linear(&graph));
        for channel in 0..input.c() {
            // A single 1 in the middle.
            let mut picture = vec![0.0; input.values()];
            picture[(channel * SIZE + read[0]) * SIZE + read[1]] = 1.0;
            let values = &evaluate(&linear, &picture, &params, &BTreeMap::new())[output.0];
            let forward = block_on(run.circuit("input", channel, most)).unwrap();
            assert_eq!((forward.len(), forward[0].node.as_str()), (1, "module"));
            let forward = one(&forward, false);
            check_list(forward);
            for (c, circuit) in of_output.iter().enumerate() {
                let back = one(circuit, true);
                assert_eq!(back.node, "input");
                check_list(back);
                for row in 0..shape.h() {
                    for column in 0..shape.w() {
                        let expected = values.data[(c * shape.h() + row) * shape.w() + column];
                        for (all, other) in [(back, channel), (forward, c)] {
                            let link = all.links.iter().find(|link| link.channel == other);
                            let found = link.map_or(0.0, |link| weight(all, link, [row, column], read));
                            let off = (f64::from(found) - expected).abs();
                            assert!(
                                off < 1e-5 * (1.0 + expected.abs()),
                                "{seed} {channel} {c}: {found} {expected}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// Where they end: at the outputs of the modules around, through what has no weights.
#[test]
fn circuits_end_at_modules() {
    let cases = [
        ("googlenet", "inception4c", 17, "inception4b", "inception4d"),
        ("googlenet", "inception4c.branch2.0", 3, "inception4b", "inception4c"),
        ("googlenet", "inception4a", 5, "inception3b", "inception4b"),
        ("googlenet", "inception3a", 5, "conv3", "inception3b"),
        ("googlenet", "inception5b", 1023, "inception5a", "fc"),
        ("googlenet", "conv2", 0, "conv1", "conv3"),
        ("inception_resnet_v1", "repeat_2.3", 0, "repeat_2.2", "repeat_2.4"),
        // Of the pool's branch: what it pools is as it was.
        ("inception_v3", "Mixed_6a", 600, "Mixed_5c", "Mixed_6b"),
        ("xception", "block5", 9, "block4", "block6"),
        ("resnet50", "layer2.1", 9, "layer2.0", "layer2.2"),
    ];
    for (network, node, channel, before, after) in cases {
        let graph = zoo::build(network, &Options::default()).unwrap();
        let network = Network::new(graph, cpu(), false).unwrap();
        network.synthetic(1).unwrap();
        let mut run = block_on(network.run()).unwrap();
        let circuit = block_on(run.circuit(node, channel, 3)).unwrap();
        let (inputs, outputs) = (one(&circuit, true), one(&circuit, false));
        assert_eq!((inputs.node.as_str(), outputs.node.as_str()), (before, after), "{node}");
        for (links, excites) in
            [inputs, outputs].into_iter().flat_map(|links| [(links, true), (links, false)])
        {
            assert!((1..=3).contains(&count(links, excites)), "{node}: {links:?}");
        }
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let graph = zoo::build("googlenet", &Options::default()).unwrap();
    let network = Network::new(graph, cpu(), false).unwrap();
    let mut run = block_on(network.run()).unwrap();
    let error = |run: &mut Run, node: &str, channel| block_on(run.circuit(node, channel, 1)).unwrap_err();
    assert!(matches!(error(&mut run, "inception4c", 0), RunError::NotYet { .. }));
    network.synthetic(1).unwrap();
    assert!(matches!(error(&mut run, "inception4c", 512), RunError::Channel { .. }));
    assert!(matches!(error(&mut run, "inception9", 0), RunError::Graph(_)));
}
