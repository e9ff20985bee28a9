//! The classic mistakes with these networks' weights. Each is made on purpose here, and must show:
//! at the node named, and above the tolerance that the goldens are compared with.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;

use common::{TOLERANCE, error, golden, graph, picture};
use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::net::op::{Padding, Window};
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::net::{Graph, Op};
use inceptionscope::scope::{Input, Scope};
use pollster::block_on;

/// Runs a spoilt graph; returns the first point, in execution order, that is off.
fn first_off(name: &str, spoil: impl Fn(&mut Graph), spoil_picture: impl Fn(&mut [f32])) -> String {
    let golden = golden(name);
    let mut graph = graph(name);
    spoil(&mut graph);
    let mut scope = block_on(Scope::new(graph, Engine::Cpu(CpuEngine::new()), true)).unwrap();
    scope.synthetic(golden.seed).unwrap();
    let mut picture = picture(&golden.input, golden.seed);
    spoil_picture(&mut picture);
    block_on(scope.run(Input::Normalized(&picture))).unwrap();
    let off = golden.points.iter().find(|point| error(&mut scope, point) > TOLERANCE);
    off.map_or("nothing is off".to_owned(), |point| point.node.clone())
}

fn check(name: &str, node: &str, spoil: impl Fn(&mut Graph)) {
    assert_eq!(first_off(name, spoil, |_| ()), node, "{name}");
}

fn ops(graph: &mut Graph, change: impl Fn(&str, &mut Op)) {
    for node in &mut graph.nodes {
        change(&node.id, &mut node.op);
    }
}

fn eps(graph: &mut Graph, eps: f64) {
    ops(graph, |_, op| {
        if let Op::BatchNorm(norm) = op {
            norm.eps = eps;
        }
    });
}

fn count_padding(graph: &mut Graph, count: bool) {
    ops(graph, |_, op| {
        if let Op::AvgPool(pool) = op {
            pool.count_include_pad = count;
        }
    });
}

fn scale(graph: &mut Graph, id: &str, scale: f32) {
    ops(graph, |node, op| {
        if let Op::Add(add) = op
            && node.starts_with(id)
        {
            add.scale = scale;
        }
    });
}

/// Transposes the kernels of convolutions whose id starts so.
fn transpose(graph: &mut Graph, id: &str) {
    ops(graph, |node, op| {
        if let Op::Conv2d(conv) = op
            && node.starts_with(id)
        {
            conv.kernel.reverse();
            let Padding { top, left, .. } = conv.padding;
            conv.padding = Padding::symmetric(left, top);
        }
    });
}

#[test]
fn nothing_is_off_without_a_mistake() {
    for name in ["googlenet", "resnet34"] {
        check(name, "nothing is off", |_| ());
    }
}

#[test]
fn batch_norm_eps() {
    check("googlenet", "conv1.bn", |g| eps(g, 1e-5));
    check("inception_v3", "Conv2d_1a_3x3.bn", |g| eps(g, 1e-5));
    check("inception_v4", "features.0", |g| eps(g, 1e-5));
    check("inception_resnet_v2", "conv2d_1a", |g| eps(g, 1e-5));
    check("xception", "bn1", |g| eps(g, 1e-3));
    check("resnet50", "bn1", |g| eps(g, 1e-3));
    // facenet's last batch norm alone.
    check("inception_resnet_v1", "last_bn", |g| {
        ops(g, |node, op| match op {
            Op::BatchNorm(norm) if node == "last_bn" => norm.eps = 1e-5,
            _ => {}
        });
    });
}

#[test]
fn transform_input() {
    for name in ["googlenet", "inception_v3"] {
        check(name, "transform_input", |g| {
            ops(g, |_, op| {
                if let Op::ChannelAffine(affine) = op {
                    affine.scale.fill(1.0);
                    affine.shift.fill(0.0);
                }
            });
        });
    }
}

#[test]
fn input_normalisation_and_channel_order() {
    let bgr = |picture: &mut [f32]| {
        let area = picture.len() / 3;
        let (red, rest) = picture.split_at_mut(area);
        red.swap_with_slice(&mut rest[area..]);
    };
    assert_eq!(first_off("googlenet", |_| (), bgr), "input");
    let facenet = |picture: &mut [f32]| picture.iter_mut().for_each(|v| *v *= 128.0 / 127.5);
    assert_eq!(first_off("inception_resnet_v1", |_| (), facenet), "input");
}

#[test]
fn padding_in_average_pools() {
    check("inception_v3", "Mixed_5b.avg_pool2d", |g| count_padding(g, false));
    check("inception_v3_keras", "Mixed_5b.avg_pool2d", |g| count_padding(g, true));
    check("inception_v4", "features.6.branch3.0", |g| count_padding(g, true));
    check("inception_resnet_v2", "mixed_5b.branch3.0", |g| count_padding(g, true));
}

#[test]
fn max_pools() {
    let pool = |id: &'static str, window: Window| {
        move |graph: &mut Graph| {
            ops(graph, |node, op| match op {
                Op::MaxPool(pool) if node == id => pool.window = window,
                _ => {}
            });
        }
    };
    check("googlenet", "maxpool4", pool("maxpool4", Window::square(3, 2).pad(1)));
    check("resnet34", "maxpool", pool("maxpool", Window::square(3, 2).ceil()));
    // SAME pads even sizes at the end only, timm's Xception on all sides; 74 → 37 is the one that differs.
    let same = Padding { top: 0, bottom: 1, left: 0, right: 1 };
    let same = Window { padding: same, ..Window::square(3, 2) };
    check("xception", "block2.rep.6", pool("block2.rep.6", same));
    check("xception_keras", "block2.rep.6", pool("block2.rep.6", Window::square(3, 2).pad(1)));
}

#[test]
fn one_by_seven_and_seven_by_one() {
    check("inception_v3", "Mixed_6e.branch7x7_2", |g| transpose(g, "Mixed_6e.branch7x7_"));
    check("inception_v3", "Mixed_7c.branch3x3_2a", |g| transpose(g, "Mixed_7c.branch3x3_2"));
    check("inception_v4", "features.21.branch1_1a", |g| transpose(g, "features.21.branch1_1"));
    check("inception_resnet_v2", "repeat_1.3.branch1.1", |g| transpose(g, "repeat_1.3.branch1."));
}

#[test]
fn concat_order() {
    let swap = |id: &'static str| {
        move |graph: &mut Graph| {
            let node = graph.find(id).unwrap();
            graph.nodes[node.0].inputs.reverse();
        }
    };
    check("googlenet", "inception3a", swap("inception3a"));
    check("inception_v3", "Mixed_7b.branch3x3.cat", swap("Mixed_7b.branch3x3.cat"));
    // Mixed_5a is (conv, maxpool), the other way round than Mixed_3a.
    check("inception_v4", "features.5", swap("features.5"));
}

#[test]
fn residual_scales() {
    check("inception_resnet_v2", "repeat.0.sum", |g| scale(g, "repeat.", 0.10));
    check("inception_resnet_v2", "repeat_1.0.sum", |g| scale(g, "repeat_1.", 0.17));
    check("inception_resnet_v2", "repeat_2.0.sum", |g| scale(g, "repeat_2.", 1.0));
    check("inception_resnet_v2", "block8", |g| scale(g, "block8", 0.20));
    check("inception_resnet_v1", "block8", |g| scale(g, "block8", 0.20));
}

#[test]
fn relu_places() {
    // A batch norm of eps 0 with the recipe's weights is no ReLU: turn ReLUs off one at a time.
    let off = |id: &'static str| {
        move |graph: &mut Graph| {
            let node = graph.find(id).unwrap();
            assert!(matches!(graph.nodes[node.0].op, Op::Relu));
            graph.nodes[node.0].op = Op::Add(inceptionscope::net::op::Add { scale: 0.0 });
            let input = graph.nodes[node.0].inputs[0];
            graph.nodes[node.0].inputs = vec![input, input];
        }
    };
    check("inception_resnet_v2", "repeat.0", off("repeat.0"));
    check("xception", "block2.rep.0", off("block2.rep.0"));
    check("resnet50", "layer1.0", off("layer1.0"));
}

#[test]
fn strides_of_bottlenecks() {
    // "v1": stride on the first 1×1. Shapes tell.
    let graph = zoo::build("resnet50", &Options::default()).unwrap();
    let conv = |id: &str| match &graph.node(graph.find(id).unwrap()).op {
        Op::Conv2d(conv) => conv.stride,
        op => panic!("{op:?}"),
    };
    assert_eq!((conv("layer2.0.conv1"), conv("layer2.0.conv2")), ([1, 1], [2, 2]));
}

#[test]
fn five_by_five_is_three_by_three() {
    let kernel = |model: &str| {
        let graph = zoo::build(model, &Options::default()).unwrap();
        match &graph.node(graph.find("inception3a.branch3.1.conv").unwrap()).op {
            Op::Conv2d(conv) => conv.kernel,
            op => panic!("{op:?}"),
        }
    };
    assert_eq!((kernel("googlenet"), kernel("googlenet:published")), ([3, 3], [5, 5]));
}
