//! Single steps at the shapes where GoogLeNet, Inception-v3 and Xception spend their time.

use criterion::Throughput;
use inceptionscope::engine::Engine;
use inceptionscope::net::op::{AvgPool, Window};
use inceptionscope::net::{NodeId, Shape};
use inceptionscope::plan::pack::Layout;
use inceptionscope::plan::{
    BufferId, BufferSpec, DepthwiseConv2d, Epilogue, EpilogueValues, Kernel, Plan, Step, View, padded,
};

/// A step to measure.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What is counted in a second: multiply-adds, or values where there are none.
    pub(crate) throughput: Throughput,
    plan: Plan,
}

impl Case {
    fn new(
        name: &'static str,
        kernel: Kernel,
        input: Shape,
        output: Shape,
        weights: Option<NodeId>,
        count: usize,
    ) -> Self {
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
            weights,
            operands: vec![view(0, input)],
            outputs: vec![view(1, output)],
            epilogue: Epilogue { relu: true, ..Epilogue::default() },
            macs: 0,
        };
        let plan = Plan {
            buffers: vec![buffer("input", input), buffer("output", output)],
            steps: vec![step],
            ..Plan::default()
        };
        Self { name, throughput: Throughput::Elements(count as u64), plan }
    }

    /// Readies an engine for the step, which is its only one.
    pub(crate) async fn prepare(&self, engine: &mut Engine) {
        *engine = engine.fork(1);
        engine.extend(&self.plan).await.unwrap();
        let wave = |n: usize| (0..n).map(|i| (i as f32 * 0.37).sin()).collect::<Vec<_>>();
        let step = &self.plan.steps[0];
        if let Some(layout) = Layout::of(step, engine.panel()) {
            engine.set_weights(step, wave(layout.len())).unwrap();
        }
        let epilogue = EpilogueValues { channels: vec![1.0; step.output().epilogue_len()], other: 1.0 };
        engine.set_epilogue(0, &epilogue).unwrap();
        engine.write_input(step.input(), 0, &wave(step.input().shape.values())).unwrap();
    }
}

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

/// Dense convolutions.
pub(crate) fn dense() -> Vec<Case> {
    [
        ("googlenet conv1", [3, 224, 64], [7, 7], 2),
        ("googlenet conv3", [64, 56, 192], [3, 3], 1),
        ("googlenet inception3b.branch1", [256, 28, 128], [1, 1], 1),
        ("googlenet inception5b.branch2.1", [192, 7, 384], [3, 3], 1),
        ("inception_v3 Conv2d_2b_3x3", [32, 147, 64], [3, 3], 1),
        ("inception_v3 Mixed_6a.branch3x3", [288, 35, 384], [3, 3], 2),
        ("inception_v3 Mixed_6e.branch7x7_2", [192, 17, 192], [1, 7], 1),
        ("inception_v3 Mixed_7c.branch3x3dbl_2", [448, 8, 384], [3, 3], 1),
        ("inception_v3 fc", [2048, 1, 1000], [1, 1], 1),
    ]
    .into_iter()
    .enumerate()
    .map(|(node, (name, [channels, size, outputs], kernel, stride))| {
        let (input, window) = (Shape::map(channels, size, size), window(kernel, stride));
        let output = window.output_shape(input).unwrap().with_channels(outputs);
        let macs = channels * kernel[0] * kernel[1] * output.values();
        Case::new(name, Kernel::Conv2d(window), input, output, Some(NodeId(node)), macs)
    })
    .collect()
}

/// Steps that keep the shape.
pub(crate) fn others() -> Vec<Case> {
    let same = window([3, 3], 1);
    [
        (
            "xception block4 depthwise",
            Kernel::DepthwiseConv2d(DepthwiseConv2d { window: same, relu_input: true }),
            [728, 19],
        ),
        ("googlenet inception3a pool", Kernel::MaxPool { window: same, taps: false }, [192, 28]),
        (
            "inception_v3 Mixed_5d pool",
            Kernel::AvgPool(AvgPool { window: same, count_include_pad: true }),
            [288, 35],
        ),
        ("inception_v3 pointwise", Kernel::Pointwise, [64, 147]),
    ]
    .into_iter()
    .map(|(name, kernel, [channels, size])| {
        let shape = Shape::map(channels, size, size);
        // Engines keep weights by node. No dense convolution has this number.
        let weights = matches!(kernel, Kernel::DepthwiseConv2d(_)).then_some(NodeId(usize::MAX));
        Case::new(name, kernel, shape, shape, weights, shape.values())
    })
    .collect()
}
