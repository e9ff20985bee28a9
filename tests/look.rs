//! Looking closer: receptive fields, one value taken apart, kernels, statistics and small maps, against
//! plain loops over small random networks and against whole networks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/engines.rs"]
mod engines;
#[path = "common/random.rs"]
mod random;

use engines::{cpu, direct, gpu};
use inceptionscope::engine::Engine;
use inceptionscope::inspect::{Combine, ReceptiveFields, StageKind};
use inceptionscope::net::op::{
    AdaptiveAvgPool, Add, AvgPool, BatchNorm, Conv2d, LocalResponseNorm, MaxPool, Padding, Window,
};
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::net::{Builder, Graph, Op, Profile, Shape};
use inceptionscope::run::{Input, Run, RunError};
use inceptionscope::weights::{Place, recipe};
use pollster::block_on;
use random::Random;

impl Random {
    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// In (−1, 1).
    fn values(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.below(1 << 24) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    /// A window that fits into the shape and sees some of it from everywhere.
    fn window(&mut self, shape: Shape) -> Window {
        let kernel = [1 + self.below(shape.h().min(4)), 1 + self.below(shape.w().min(4))];
        let stride = [1 + self.below(2), 1 + self.below(3)];
        let padding = Padding {
            top: self.below(kernel[0]),
            bottom: self.below(kernel[0]),
            left: self.below(kernel[1]),
            right: self.below(kernel[1]),
        };
        Window { kernel, stride, padding, ceil: self.below(2) == 0 }
    }
}

fn conv(shape: Shape, out_channels: usize, window: Window, groups: usize, bias: bool) -> Op {
    let Window { kernel, stride, padding, .. } = window;
    Op::Conv2d(Conv2d { in_channels: shape.c(), out_channels, kernel, stride, padding, groups, bias })
}

/// A small network with an op of every kind, branches, a concatenation and a residual sum.
fn network(seed: u64) -> Graph {
    let random = &mut Random(seed);
    let input = Shape::map(4, 7 + random.below(9), 7 + random.below(9));
    let (mut b, x) = Builder::with_input("test", None, Profile::timm(1e-3, 256), input);
    let same = |k: usize| Window { padding: Padding::symmetric(k / 2, k / 2), ..Window::square(k, 1) };

    let window = Window { ceil: false, ..random.window(input) };
    let stem = b.add("stem", conv(input, 8, window, 1, true), &[x]);
    let stem = b.relu("stem.relu", stem);
    let shape = b.shape(stem);

    let one = b.add("one", conv(shape, 4, same(1), 1, false), &[stem]);
    let one = b.add("one.bn", Op::BatchNorm(BatchNorm { channels: 4, eps: 1e-3 }), &[one]);
    let one = b.relu("one.relu", one);
    let three = b.add("three", conv(shape, 8, same(3), 2, true), &[stem]);
    let pooled = b.add("pooled", Op::AvgPool(AvgPool { window: same(3), count_include_pad: true }), &[stem]);
    let deep = b.add("deep", conv(shape, 8, same(3), 8, false), &[pooled]);
    let cat = b.concat("cat", &[one, three, deep]);

    let shape = b.shape(cat);
    let wide = Window { kernel: [1, 3], padding: Padding::symmetric(0, 1), ..Window::square(1, 1) };
    let residual = b.add("residual", conv(shape, shape.c(), wide, 1, true), &[cat]);
    let sum = b.add("sum", Op::Add(Add { scale: 0.3 }), &[residual, cat]);
    let sum = b.relu("sum.relu", sum);
    let lrn = LocalResponseNorm { size: 3, alpha: 0.5, beta: 0.75, k: 1.0 };
    let lrn = b.add("lrn", Op::LocalResponseNorm(lrn), &[sum]);
    let window = random.window(shape);
    let max = b.add("max", Op::MaxPool(MaxPool { window }), &[lrn]);
    let window = random.window(b.shape(max));
    let inside = b.add("inside", Op::AvgPool(AvgPool { window, count_include_pad: false }), &[max]);
    let out = [1 + random.below(3), 1 + random.below(3)];
    let adaptive = b.add("adaptive", Op::AdaptiveAvgPool(AdaptiveAvgPool { out }), &[inside]);
    let logits = b.linear("logits", adaptive, 5, true);
    b.finish(logits).unwrap()
}

/// Whether each position of each node depends on one pixel of the input: forward, by the definitions.
fn reached(graph: &Graph, pixel: [usize; 2]) -> Vec<Vec<bool>> {
    let mut all: Vec<Vec<bool>> = Vec::new();
    for id in graph.ids() {
        let node = graph.node(id);
        let (h, w) = (node.shape.h(), node.shape.w());
        let any = |input: usize, rows: std::ops::Range<isize>, columns: std::ops::Range<isize>| {
            let from = graph.node(node.inputs[input]).shape;
            let clip = |r: std::ops::Range<isize>, n: usize| r.start.max(0)..r.end.min(n as isize);
            clip(rows, from.h()).any(|y| {
                clip(columns.clone(), from.w())
                    .any(|x| all[node.inputs[input].0][y as usize * from.w() + x as usize])
            })
        };
        let slide = |k: [usize; 2], s: [usize; 2], p: &Padding, y: usize, x: usize| {
            let (top, left) = ((y * s[0]) as isize - p.top as isize, (x * s[1]) as isize - p.left as isize);
            any(0, top..top + k[0] as isize, left..left + k[1] as isize)
        };
        let mut here = Vec::new();
        for (y, x) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
            let (r, c) = (y as isize, x as isize);
            here.push(match &node.op {
                Op::Input(_) => [y, x] == pixel,
                Op::Conv2d(op) => slide(op.kernel, op.stride, &op.padding, y, x),
                Op::MaxPool(op) => slide(op.window.kernel, op.window.stride, &op.window.padding, y, x),
                Op::AvgPool(op) => slide(op.window.kernel, op.window.stride, &op.window.padding, y, x),
                Op::AdaptiveAvgPool(op) => {
                    let from = graph.node(node.inputs[0]).shape;
                    let region = |i: usize, n: usize, out: usize| {
                        (i * n / out) as isize..((i + 1) * n).div_ceil(out) as isize
                    };
                    any(0, region(y, from.h(), op.out[0]), region(x, from.w(), op.out[1]))
                }
                Op::GlobalAvgPool | Op::Linear(_) => any(0, 0..999, 0..999),
                _ => (0..node.inputs.len()).any(|i| any(i, r..r + 1, c..c + 1)),
            });
        }
        all.push(here);
    }
    all
}

#[test]
fn receptive_fields_are_the_smallest_rectangles_around_what_is_reached() {
    for seed in 0..12 {
        let graph = network(seed);
        let input = graph.node(graph.input).shape;
        let pixels = (0..input.h()).flat_map(|y| (0..input.w()).map(move |x| [y, x]));
        let reached: Vec<_> = pixels.map(|pixel| (pixel, reached(&graph, pixel))).collect();
        for id in graph.ids() {
            let (name, shape) = (&graph.node(id).id, graph.node(id).shape);
            let fields = ReceptiveFields::of(&graph, id, None);
            for (y, x) in (0..shape.h()).flat_map(|y| (0..shape.w()).map(move |x| (y, x))) {
                let mut expected: Option<[[usize; 2]; 2]> = None;
                for ([py, px], _) in reached.iter().filter(|(_, by)| by[id.0][y * shape.w() + x]) {
                    let [rows, columns] = expected.unwrap_or([[*py, py + 1], [*px, px + 1]]);
                    expected = Some([
                        [rows[0].min(*py), rows[1].max(py + 1)],
                        [columns[0].min(*px), columns[1].max(px + 1)],
                    ]);
                }
                let found = fields.rows[y].zip(fields.columns[x]).map(|(rows, columns)| [rows, columns]);
                assert_eq!(found, expected, "seed {seed}: {name} at {y},{x}");
            }
        }
        // A channel of a concatenation sees what its branch sees.
        let find = |name| graph.find(name).unwrap();
        let one = ReceptiveFields::of(&graph, find("one.relu"), None);
        assert_eq!(ReceptiveFields::of(&graph, find("cat"), Some(3)), one);
        assert_ne!(ReceptiveFields::of(&graph, find("cat"), Some(4)), one);
    }
}

fn on_cpu(graph: Graph) -> Run {
    block_on(Run::alone(graph, cpu(), false)).unwrap()
}

/// In whole networks: nothing outside the rectangle changes a value by a bit, something inside does.
#[test]
fn values_depend_on_their_receptive_field_alone() {
    // With the channels of the branch that is looked at: one alone may be cut to zero.
    for (model, node, branch, at) in [
        ("googlenet", "inception3a", 64..192, [3, 20]),
        ("googlenet", "inception3b.branch4.1", 0..64, [27, 0]),
        ("inception_v3", "Mixed_5b", 64..128, [17, 3]),
    ] {
        let graph = zoo::build(model, &Options::default()).unwrap();
        let mut scope = block_on(Run::alone(graph, direct(), false)).unwrap();
        scope.network().synthetic(1).unwrap();
        let shape = scope.graph().node(scope.graph().input).shape;
        let fields = scope.receptive(node, Some(branch.start)).unwrap();
        let (rows, columns) = (fields.rows[at[0]].unwrap(), fields.columns[at[1]].unwrap());
        let inside = |i: usize| {
            let (y, x) = (i / shape.w() % shape.h(), i % shape.w());
            (rows[0]..rows[1]).contains(&y) && (columns[0]..columns[1]).contains(&x)
        };
        assert!(rows[1] - rows[0] < shape.h() || columns[1] - columns[0] < shape.w(), "{node} sees all");
        let mut values = |picture: &[f32]| -> Vec<u32> {
            block_on(scope.run(Input::Normalized(picture))).unwrap();
            let value = block_on(scope.activation(node)).unwrap();
            let at = |channel: usize| (channel * value.shape.h() + at[0]) * value.shape.w() + at[1];
            branch.clone().map(|channel| value.data[at(channel)].to_bits()).collect()
        };
        let picture = Random(1).values(shape.values());
        let other = Random(2).values(shape.values());
        let mix = |keep: bool| -> Vec<f32> {
            (0..picture.len()).map(|i| if inside(i) == keep { picture[i] } else { other[i] }).collect()
        };
        let own = values(&picture);
        assert_eq!(own, values(&mix(true)), "{model}: {node}, outside changed");
        assert_ne!(own, values(&mix(false)), "{model}: {node}, inside changed");
    }
}

/// A scope of the small network with random weights that has run a random picture.
fn small(seed: u64, engine: Engine) -> Run {
    let mut scope = block_on(Run::alone(network(seed), engine, false)).unwrap();
    let random = &mut Random(!seed);
    for id in scope.graph().ids() {
        for param in scope.graph().node(id).op.params() {
            let mut data = random.values(param.shape.iter().product());
            if param.suffix == "running_var" {
                data.iter_mut().for_each(|v| *v = 1.0 + 0.5 * *v);
            }
            let tensor = inceptionscope::weights::Tensor { shape: param.shape, data };
            scope.network().set_tensor(Place { node: id, suffix: param.suffix }, &tensor).unwrap();
        }
    }
    scope.network().weights_complete();
    let values = scope.graph().node(scope.graph().input).shape.values();
    block_on(scope.run(Input::Normalized(&random.values(values)))).unwrap();
    scope
}

/// Everything that is listed adds up to the value.
fn check(scope: &mut Run, node: &str, channel: usize, at: [usize; 2]) -> Combine {
    let stored = block_on(scope.activation(node)).unwrap().clone();
    let deviation = (stored.data.iter().map(|v| v * v).sum::<f32>() / stored.data.len() as f32).sqrt();
    let e = block_on(scope.explain(node, channel, at)).unwrap();
    let what = format!("{node} at {channel},{at:?}: {e:?}");
    assert_eq!(e.value, stored.data[(channel * stored.shape.h() + at[0]) * stored.shape.w() + at[1]]);

    let listed: f64 = e.terms.iter().map(|t| t.product).sum();
    if e.kernel == Combine::Max {
        assert_eq!(e.sum, e.terms[0].product, "{what}");
    } else if e.kernel != Combine::Picture {
        assert!((listed + e.rest - e.sum).abs() < 1e-9 * (1.0 + e.sum.abs()), "{what}");
    }
    let size = |[from, to]: [usize; 2]| to - from;
    if e.kernel != Combine::Picture {
        let terms = e.terms.len() + e.others;
        assert_eq!(terms, size(e.rows) * size(e.columns) * size(e.channels), "{what}");
        assert_eq!(e.positions.len(), size(e.rows) * size(e.columns), "{what}");
        assert!((e.positions.iter().sum::<f64>() - listed - e.rest).abs() < 1e-9 * (1.0 + listed.abs()));
    }
    let mut x = e.sum;
    for stage in &e.stages {
        x = if stage.kind == StageKind::Relu { x.max(0.0) } else { x * stage.factor + stage.summand };
        assert!((x - stage.value).abs() <= 1e-12 * x.abs(), "{what}");
    }
    let off = (x - f64::from(e.value)).abs() / (x.abs() + f64::from(deviation));
    assert!(off < 1e-5, "off by {off}: {what}");
    // The inputs that it claims to have read are those of the node that it names (before its own gains).
    if e.input == e.node {
        return e.kernel;
    }
    let input = block_on(scope.activation(&e.input)).unwrap();
    for term in &e.terms {
        let read = input.data[(term.channel * input.shape.h() + term.row) * input.shape.w() + term.column];
        let read = if e.kernel == Combine::ProductsAfterRelu { read.max(0.0) } else { read };
        assert_eq!(term.input, read, "{what}");
    }
    e.kernel
}

#[test]
fn an_explanation_adds_up_to_the_value() {
    for seed in 0..8 {
        let mut scope = small(seed, cpu());
        let random = &mut Random(seed);
        let mut kinds = Vec::new();
        for id in scope.graph().ids() {
            let node = scope.graph().node(id).clone();
            for _ in 0..6 {
                let at = [random.below(node.shape.h()), random.below(node.shape.w())];
                kinds.push(check(&mut scope, &node.id, random.below(node.shape.c()), at));
            }
        }
        for kind in [Combine::Products, Combine::Max, Combine::Mean, Combine::Copy, Combine::Picture] {
            assert!(kinds.contains(&kind), "{kind:?} is missing");
        }
        // Gains, of a convolution and of a concatenation, are part of it.
        block_on(scope.scale("three", 0.5)).unwrap();
        block_on(scope.scale("cat", -2.0)).unwrap();
        block_on(scope.finish()).unwrap();
        check(&mut scope, "three", 2, [1, 1]);
        check(&mut scope, "cat", 6, [1, 1]);
    }
    let mut scope = small(1, cpu());
    assert!(matches!(block_on(scope.explain("one", 9, [0, 0])), Err(RunError::Channel { .. })));
    assert!(matches!(block_on(scope.explain("one", 0, [0, 99])), Err(RunError::Position { .. })));
}

/// Whole networks: every kind of step that their plans have.
#[test]
fn values_of_whole_networks_are_explained() {
    for (model, nodes) in [
        (
            "googlenet",
            &["conv1", "inception3a", "inception4c.branch4.1", "avgpool", "fc", "probabilities"][..],
        ),
        ("googlenet:published", &["norm1", "inception3a.branch3.1"][..]),
        ("xception", &["block1", "block4.rep.1.conv1", "block4.rep.3", "block1.rep.5"][..]),
        ("inception_resnet_v1", &["repeat_1.0", "repeat_1.0.cat", "last_bn", "embedding"][..]),
    ] {
        let mut scope = on_cpu(zoo::build(model, &Options::default()).unwrap());
        scope.network().synthetic(1).unwrap();
        let shape = scope.graph().node(scope.graph().input).shape;
        block_on(scope.run(Input::Normalized(&Random(3).values(shape.values())))).unwrap();
        for node in nodes {
            let id = scope.graph().find(node).unwrap();
            let shape = scope.graph().node(id).shape;
            let random = &mut Random(5);
            for at in [[0, 0], [shape.h() / 2, shape.w() / 3], [shape.h() - 1, shape.w() - 1]] {
                check(&mut scope, node, random.below(shape.c()), at);
            }
        }
    }
}

#[test]
fn kernels_are_the_weights_that_were_given() {
    let graph = zoo::build("googlenet", &Options::default()).unwrap();
    let tensor = |node: &str| {
        let id = graph.find(node).unwrap();
        let spec = graph.node(id).op.params().remove(0);
        recipe::tensor("googlenet", &format!("{node}.weight"), &spec.shape, false, 1)
    };
    let mut scope = on_cpu(graph.clone());
    scope.network().synthetic(1).unwrap();
    let mut kernel = |node: &str, channel| block_on(scope.kernel(node, channel)).unwrap();
    let stem = kernel("conv1", 7).unwrap();
    assert_eq!((stem.shape, stem.first), ([3, 7, 7], 0));
    assert_eq!(stem.data, tensor(&stem.node)[7 * 147..8 * 147]);
    // Of a concatenation that of the branch: channel 70 is the second branch's seventh.
    let branch = kernel("inception3a", 70).unwrap();
    assert_eq!((branch.node.as_str(), branch.shape), ("inception3a.branch2.1.conv", [96, 3, 3]));
    assert_eq!(branch.data, tensor(&branch.node)[6 * 864..7 * 864]);
    assert_eq!(kernel("maxpool1", 3), None);
    let linear = kernel("fc", 2).unwrap();
    assert_eq!(linear.data, tensor("fc")[2 * 1024..3 * 1024]);

    // In groups, and depthwise.
    let mut scope = small(1, cpu());
    let three = block_on(scope.kernel("three", 5)).unwrap().unwrap();
    assert_eq!((three.first, three.shape), (4, [4, 3, 3]));
    let deep = block_on(scope.kernel("deep", 5)).unwrap().unwrap();
    assert_eq!((deep.first, deep.shape), (5, [1, 3, 3]));
    // Five outputs, which are padded to eight.
    let logits = block_on(scope.kernel("logits", 3)).unwrap().unwrap();
    let e = block_on(scope.explain("logits", 3, [0, 0])).unwrap();
    let [_, h, w] = logits.shape;
    for term in &e.terms {
        let at = (term.channel * h + term.row) * w + term.column;
        assert_eq!(term.weight, f64::from(logits.data[at]));
    }
    let e = block_on(scope.explain("deep", 5, [2, 2])).unwrap();
    for term in &e.terms {
        assert_eq!(term.weight, f64::from(deep.data[(term.row - 1) * 3 + term.column - 1]));
    }
}

/// Statistics and small maps of both engines against plain loops, with values that are not finite.
#[test]
fn statistics_and_small_maps() {
    for engine in [cpu(), gpu()] {
        let id = engine.id();
        let mut scope = small(3, engine);
        for node in ["input", "one.relu", "three", "deep", "cat", "sum.relu", "logits"] {
            compare(&mut scope, node, id);
        }
        // The same picture with holes: what they reach is not finite either.
        let values = scope.graph().node(scope.graph().input).shape.values();
        let mut picture = Random(9).values(values);
        (picture[5], picture[values / 2], picture[values - 3]) = (f32::NAN, f32::INFINITY, -0.0);
        block_on(scope.run(Input::Normalized(&picture))).unwrap();
        for node in ["input", "three", "cat"] {
            compare(&mut scope, node, id);
        }
        // Weights come back as they went in, whatever the engine.
        let kernel = block_on(scope.kernel("stem", 2)).unwrap().unwrap();
        let mut reference = small(3, cpu());
        assert_eq!(kernel, block_on(reference.kernel("stem", 2)).unwrap().unwrap(), "{id}");

        let clock = std::cell::Cell::new(0.0);
        let times = block_on(scope.times(|| clock.replace(clock.get() + 1.0))).unwrap();
        assert_eq!(times.len(), scope.plan().steps.len(), "{id}");
        assert!(times.iter().all(|step| scope.graph().find(&step.node).is_ok() && step.ms >= 0.0), "{id}");
    }
}

fn compare(scope: &mut Run, node: &str, engine: &str) {
    let value = block_on(scope.activation(node)).unwrap().clone();
    let stats = block_on(scope.stats(node)).unwrap();
    let (h, w) = (value.shape.h(), value.shape.w());
    let close = |a: f32, b: f64, what: &str| {
        let equal = a.is_nan() && b.is_nan() || (f64::from(a) - b).abs() < 1e-5 * (1.0 + b.abs());
        assert!(equal || f64::from(a) == b, "{engine}: {node}: {what}: {a}, expected {b}");
    };
    assert_eq!(stats.channels.len(), value.shape.c());
    for (c, (map, stats)) in value.data.chunks(h * w).zip(&stats.channels).enumerate() {
        let finite: Vec<f64> = map.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v)).collect();
        let n = finite.len().max(1) as f64;
        assert_eq!(stats.not_finite, map.len() - finite.len(), "{engine}: {node} {c}");
        close(stats.mean, finite.iter().sum::<f64>() / n, "mean");
        close(stats.energy, finite.iter().map(|v| v * v).sum::<f64>() / n, "energy");
        close(stats.zeros, finite.iter().filter(|v| **v == 0.0).count() as f64 / n, "zeros");
        if finite.is_empty() {
            continue;
        }
        let max = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        close(stats.max, max, "max");
        close(stats.min, finite.iter().copied().fold(f64::INFINITY, f64::min), "min");
        let peak = map.iter().position(|v| f64::from(*v) == max).unwrap();
        assert_eq!(stats.peak, [peak / w, peak % w], "{engine}: {node} {c}");
    }

    let channels: Vec<usize> = [value.shape.c() - 1, 0].into();
    for size in [1, 2, 5, 99] {
        let maps = block_on(scope.maps(node, &channels, size)).unwrap();
        let mean = block_on(scope.mean(node, size)).unwrap();
        assert!(maps.height.max(maps.width) <= size.max(1) && maps.height <= h && maps.width <= w);
        let region = |i: usize, n: usize, of: usize| i * n / of..((i + 1) * n).div_ceil(of);
        for (y, x) in (0..maps.height).flat_map(|y| (0..maps.width).map(move |x| (y, x))) {
            let (ys, xs) = (region(y, h, maps.height), region(x, w, maps.width));
            let covered = |c: usize| {
                let pixels = ys.clone().flat_map(|y| xs.clone().map(move |x| (y, x)));
                let sum: f64 = pixels.map(|(y, x)| f64::from(value.data[(c * h + y) * w + x])).sum();
                sum / (ys.len() * xs.len()) as f64
            };
            for (map, channel) in channels.iter().enumerate() {
                let at = (map * maps.height + y) * maps.width + x;
                close(maps.data[at], covered(*channel), "small map");
            }
            let all = (0..value.shape.c()).map(covered).sum::<f64>() / value.shape.c() as f64;
            close(mean.data[y * maps.width + x], all, "mean of all channels");
        }
    }
    let histogram = block_on(scope.histogram(node, 0, 7)).unwrap();
    let finite = value.data[..h * w].iter().filter(|v| v.is_finite()).count();
    assert_eq!(histogram.counts.iter().sum::<u32>() as usize, finite);
}
