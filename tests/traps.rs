//! The classic mistakes with these networks' weights. Those that a graph can make are made on purpose
//! here, and must show: at the node named, and above the tolerance that the goldens are compared with.
//! The others have their tests beside the code.
//!
//! | | the trap | the test that fails without its handling |
//! | --- | --- | --- |
//! | 1 | auxiliary heads are in the file, or not | `weights::load` `auxiliary_heads_may_lack_or_differ` |
//! | 2 | `repeat_1` and `last_linear` mean different things in v1, v2 and v4 | `graphs` `node_ids_and_shapes_are_the_references` |
//! | 3 | scales, eps, strides and pools are not in the file | `residual_scales`, `batch_norm_eps`, `strides_of_bottlenecks`, `max_pools` |
//! | 4 | Inception-ResNet's expansions have biases and no batch norm | `biases` |
//! | 5 | Keras's batch norms without gamma | `weights::load` `gamma_is_one_where_no_batch_norm_has_it`, `weights::keras` `inception_v3_is_keras` |
//! | 6 | Keras's counted layer names | `weights::keras` `inception_resnet_v2_is_keras`, `xception_is_keras` |
//! | 7 | `.keras` archives without layer names | `weights::keras` `the_three_kinds_of_files_hold_the_same_variables` |
//! | 8 | Keras's axes | `weights::keras` `axes_change_places` |
//! | 9 | 1001 classes | any number is read: `weights::load` `classes_come_from_the_classifier` |
//! | 10 | GoogLeNet's 3×3 that is called 5×5, pools that round up, one of 2×2 | `five_by_five_is_three_by_three`, `pools_that_round_up`, `max_pools` |
//! | 11 | `transform_input`, none, once or twice | `transform_input`, `input_normalisation_and_channel_order` |
//! | 12 | padding counted in average pools, or not | `padding_in_average_pools` |
//! | 13 | Inception-v3's 1×7 and 7×1, 1×3 and 3×1, and the order of its concats | `one_by_seven_and_seven_by_one`, `concat_order` |
//! | 14 | Inception-v4's (pool, conv) and (conv, pool) | `concat_order`, `one_by_seven_and_seven_by_one` |
//! | 15 | the scales of three kinds of blocks; the last without ReLU | `residual_scales`, `relu_places`, `the_last_block_has_no_relu` |
//! | 16 | the face network's head | `head_of_the_face_network`, `batch_norm_eps` |
//! | 17 | Xception's eps: 1e-5, Keras's 1e-3 | `batch_norm_eps` |
//! | 18 | Keras's SAME pools | `max_pools` |
//! | 19 | where Xception has ReLUs | `relu_places`, `relus_of_xception` |
//! | 20 | ResNet's stride on the 3×3, its padded pool | `strides_of_bottlenecks`, `max_pools` |
//! | 21, 22 | paddings and sizes | `graphs` `node_ids_and_shapes_are_the_references` |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;

use common::{TOLERANCE, error, golden, graph, picture};
use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::net::op::{ChannelAffine, Padding, Window};
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::net::{Graph, Op, Profile};
use inceptionscope::run::{Input, Run};
use pollster::block_on;

/// Runs a spoilt graph; returns the first point, in execution order, that is off.
fn first_off(name: &str, spoil: impl Fn(&mut Graph), spoil_picture: impl Fn(&mut [f32])) -> String {
    let golden = golden(name);
    let mut graph = graph(name);
    spoil(&mut graph);
    let mut scope = block_on(Run::alone(graph, Engine::Cpu(CpuEngine::new()), true)).unwrap();
    scope.network().synthetic(golden.seed).unwrap();
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
        check(name, "transform_input", |g| {
            ops(g, |_, op| {
                if let Op::ChannelAffine(affine) = op {
                    let ChannelAffine { scale, shift } = affine;
                    *shift = shift.iter().zip(&*scale).map(|(shift, scale)| scale * shift + shift).collect();
                    *scale = scale.iter().map(|scale| scale * scale).collect();
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
    let timm = |picture: &mut [f32]| {
        let area = picture.len() / 3;
        let Profile { mean, std, .. } = Profile::torchvision(1e-3, 0);
        for (i, v) in picture.iter_mut().enumerate() {
            let level = f64::from(*v) * std[i / area] + mean[i / area];
            *v = ((level - 0.5) / 0.5) as f32;
        }
    };
    assert_eq!(first_off("googlenet", |_| (), timm), "input");
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
fn pools_that_round_up() {
    let graph = graph("googlenet");
    for (id, up, down) in [("maxpool1", 56, 55), ("maxpool2", 28, 27), ("maxpool3", 14, 13)] {
        let node = graph.node(graph.find(id).unwrap());
        let Op::MaxPool(pool) = node.op else { panic!("{id}") };
        let from = graph.node(node.inputs[0]).shape;
        let floor = Window { ceil: false, ..pool.window }.output_shape(from).unwrap();
        assert_eq!((node.shape.h(), floor.h()), (up, down), "{id}");
    }
}

#[test]
fn one_by_seven_and_seven_by_one() {
    check("inception_v3", "Mixed_6e.branch7x7_2", |g| transpose(g, "Mixed_6e.branch7x7_"));
    check("inception_v3", "Mixed_6e.branch7x7dbl_2", |g| transpose(g, "Mixed_6e.branch7x7dbl_"));
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
    check("inception_v4", "features.3", swap("features.3"));
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

/// Makes a node read another one.
fn rewire(graph: &mut Graph, id: &str, from: &str, to: &str) {
    let [node, from, to] = [id, from, to].map(|id| graph.find(id).unwrap());
    let input = graph.nodes[node.0].inputs.iter_mut().find(|input| **input == from).unwrap();
    *input = to;
}

#[test]
fn relus_of_xception() {
    // The shortcut sees the block's input before the ReLU that starts the branch.
    check("xception", "block2.skip", |g| rewire(g, "block2.skip", "block1", "block2.rep.0"));
    // No ReLU after a sum: the next block's shortcut would see it.
    check("xception", "block5", |g| rewire(g, "block5", "block4", "block5.rep.0"));
    // All blocks but the first start with a ReLU.
    check("xception", "block12.rep.1.conv1", |g| {
        rewire(g, "block12.rep.1.conv1", "block12.rep.0", "block11");
    });
    // None between depthwise and pointwise convolution: a variant.
    let between = |g: &mut Graph| *g = zoo::build("xception:relu-between", &Options::default()).unwrap();
    check("xception", "block1.rep.0.pointwise", between);
}

#[test]
fn the_last_block_has_no_relu() {
    for (name, last, before) in
        [("inception_resnet_v1", "block8", "repeat_3.4"), ("inception_resnet_v2", "block8", "repeat_2.8")]
    {
        let graph = graph(name);
        let op = |id: &str| &graph.node(graph.find(id).unwrap()).op;
        assert!(matches!((op(last), op(before)), (Op::Add(_), Op::Relu)), "{name}");
        let negative = |id: &str| {
            let golden = golden(name);
            let point = golden.points.iter().find(|p| p.node == id).unwrap();
            point.values.iter().any(|v| *v < 0.0)
        };
        assert!(negative(last) && !negative(before), "{name}: the goldens cannot tell");
    }
}

#[test]
fn head_of_the_face_network() {
    // The classifier reads the embedding after its batch norm and before it is brought to length 1.
    check("inception_resnet_v1", "logits", |g| rewire(g, "logits", "last_bn", "last_linear"));
    check("inception_resnet_v1", "embedding", |g| rewire(g, "embedding", "last_bn", "last_linear"));
    let graph = graph("inception_resnet_v1");
    let inputs = |id: &str| {
        let node = graph.node(graph.find(id).unwrap());
        node.inputs.iter().map(|input| graph.node(*input).id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((inputs("logits"), inputs("embedding")), (vec!["last_bn"], vec!["last_bn"]));
}

/// Only the expansions of Inception-ResNet have biases among convolutions with batch norm; all of
/// BN-Inception's do (Cadene's file has both).
#[test]
fn biases() {
    for network in zoo::NETWORKS.iter().filter(|network| network.id != "bn_inception") {
        for node in graph(network.id).nodes {
            let Op::Conv2d(conv) = node.op else { continue };
            let expansion = network.id.starts_with("inception_resnet") && node.id.ends_with(".conv2d");
            assert_eq!(conv.bias, expansion, "{}: {}", network.id, node.id);
        }
    }
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
