//! The CPU engine's kernels at the shapes where GoogLeNet, Inception-v3 and Xception spend their
//! time: `cargo bench`. Throughput is counted in multiply-adds (or values, where there are none).

#![allow(clippy::unwrap_used, missing_docs, reason = "benches may panic; criterion's macros make the items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::net::op::Window;
use inceptionscope::net::{NodeId, Shape};
use inceptionscope::plan::{BufferId, BufferSpec, Epilogue, Kernel, Plan, Step, View, padded};

fn window(kernel: [usize; 2], stride: usize) -> Window {
    let mut window = Window { kernel, ..Window::square(1, stride) };
    if stride == 1 {
        let [top, left] = kernel.map(|k| k / 2);
        window.padding.top = top;
        window.padding.bottom = top;
        window.padding.left = left;
        window.padding.right = left;
    }
    window
}

/// An engine with one step.
fn engine(kernel: Kernel, input: Shape, output: Shape, weights: usize) -> CpuEngine {
    let buffer = |name: &str, shape: Shape| BufferSpec {
        name: name.to_owned(),
        h: shape.h(),
        w: shape.w(),
        channels: padded(shape.c()),
    };
    let view = |buffer, shape| View { buffer: BufferId(buffer), shape, offset: 0 };
    let step = Step {
        nodes: vec![NodeId(0)],
        kernel,
        weights: (weights > 0).then_some(NodeId(0)),
        input: view(0, input),
        output: view(1, output),
        epilogue: Epilogue { relu: true, ..Epilogue::default() },
        macs: 0,
    };
    let plan = Plan {
        buffers: vec![buffer("input", input), buffer("output", output)],
        steps: vec![step],
        ..Plan::default()
    };
    let mut engine = CpuEngine::new();
    engine.extend(&plan).unwrap();
    let wave = |n: usize| (0..n).map(|i| (i as f32 * 0.37).sin()).collect::<Vec<_>>();
    engine.set_weights(NodeId(0), wave(weights)).unwrap();
    engine.set_epilogue(0, &vec![1.0; padded(output.c()) * 3]).unwrap();
    engine.write_input(&plan.steps[0].input, &wave(input.values())).unwrap();
    engine
}

fn dense(c: &mut Criterion) {
    let mut group = c.benchmark_group("conv2d");
    for (name, [channels, size, outputs], kernel, stride) in [
        ("googlenet conv1", [3, 224, 64], [7, 7], 2),
        ("googlenet conv3", [64, 56, 192], [3, 3], 1),
        ("googlenet inception3b.branch1", [256, 28, 128], [1, 1], 1),
        ("googlenet inception5b.branch2.1", [192, 7, 384], [3, 3], 1),
        ("inception_v3 Conv2d_2b_3x3", [32, 147, 64], [3, 3], 1),
        ("inception_v3 Mixed_6a.branch3x3", [288, 35, 384], [3, 3], 2),
        ("inception_v3 Mixed_6e.branch7x7_2", [192, 17, 192], [1, 7], 1),
        ("inception_v3 Mixed_7c.branch3x3dbl_2", [448, 8, 384], [3, 3], 1),
        ("inception_v3 fc", [2048, 1, 1000], [1, 1], 1),
    ] {
        let (input, window) = (Shape::map(channels, size, size), window(kernel, stride));
        let output = window.output_shape(input).unwrap().with_channels(outputs);
        let weights = padded(channels) * kernel[0] * kernel[1] * padded(outputs);
        let mut engine = engine(Kernel::Conv2d(window), input, output, weights);
        let macs = channels * kernel[0] * kernel[1] * output.values();
        group.throughput(Throughput::Elements(macs as u64));
        group.bench_function(name, |b| b.iter(|| engine.run(0..1).unwrap()));
    }
}

fn others(c: &mut Criterion) {
    let mut group = c.benchmark_group("other");
    let same = window([3, 3], 1);
    for (name, kernel, [channels, size]) in [
        ("xception block4 depthwise", Kernel::DepthwiseConv2d { window: same, relu_input: true }, [728, 19]),
        ("googlenet inception3a pool", Kernel::MaxPool(same), [192, 28]),
        ("inception_v3 Mixed_5d pool", Kernel::AvgPool { window: same, count_include_pad: true }, [288, 35]),
        ("inception_v3 pointwise", Kernel::Pointwise, [64, 147]),
    ] {
        let shape = Shape::map(channels, size, size);
        let weights = if matches!(kernel, Kernel::DepthwiseConv2d { .. }) { padded(channels) * 9 } else { 0 };
        let mut engine = engine(kernel, shape, shape, weights);
        group.throughput(Throughput::Elements(shape.values() as u64));
        group.bench_function(name, |b| b.iter(|| engine.run(0..1).unwrap()));
    }
}

criterion_group!(benches, dense, others);
criterion_main!(benches);
