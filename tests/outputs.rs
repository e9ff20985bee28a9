//! Steps that write two views, on both engines: max pools that tell which tap saw each value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/random.rs"]
mod random;

use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::engine::gpu::GpuEngine;
use inceptionscope::engine::{Engine, EngineError};
use inceptionscope::net::Shape;
use inceptionscope::net::op::{Padding, Window};
use inceptionscope::plan::{
    BufferId, BufferSpec, Epilogue, EpilogueValues, Kernel, Plan, Step, View, padded,
};
use pollster::block_on;
use random::Random;

const PICTURES: usize = 2;
/// Every view begins behind a channel group of another one, and ends before one.
const OFFSET: usize = 4;
const GAIN: f32 = -2.0;

fn engines() -> [Engine; 2] {
    let gpu = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    [Engine::Cpu(CpuEngine::new().fork(PICTURES)), Engine::Gpu(Box::new(gpu.fork(PICTURES)))]
}

/// One pool that writes its values and its taps.
fn plan(input: Shape, window: Window) -> Plan {
    let output = window.output_shape(input).unwrap();
    let mut plan = Plan::default();
    let mut view = |name: &str, shape: Shape| {
        let channels = padded(shape.c()) + 2 * OFFSET;
        plan.buffers.push(BufferSpec { name: name.to_owned(), h: shape.h(), w: shape.w(), channels });
        View { buffer: BufferId(plan.buffers.len() - 1), shape, offset: OFFSET }
    };
    let (operands, outputs) =
        (vec![view("input", input)], vec![view("values", output), view("taps", output)]);
    plan.steps.push(Step {
        nodes: Vec::new(),
        kernel: Kernel::MaxPool { window, taps: true },
        weights: None,
        operands,
        outputs,
        epilogue: Epilogue::default(),
        macs: 0,
    });
    plan
}

/// The largest value under a window, and the number of the first tap that sees it.
fn largest(x: &[f32], shape: Shape, window: &Window, [c, y, column]: [usize; 3]) -> (f32, f32) {
    let mut found: Option<(f32, usize)> = None;
    for tap in 0..window.kernel[0] * window.kernel[1] {
        let row = (y * window.stride[0] + tap / window.kernel[1]).checked_sub(window.padding.top);
        let at = (column * window.stride[1] + tap % window.kernel[1]).checked_sub(window.padding.left);
        let (Some(row), Some(at)) = (row, at) else { continue };
        if row < shape.h() && at < shape.w() {
            let value = x[(c * shape.h() + row) * shape.w() + at];
            if found.is_none_or(|(most, _)| value > most || (value.is_nan() && !most.is_nan())) {
                found = Some((value, tap));
            }
        }
    }
    let (value, tap) = found.unwrap();
    (value, tap as f32)
}

#[test]
fn a_max_pool_tells_which_tap_saw_each_value() {
    for (number, mut engine) in engines().into_iter().enumerate() {
        for seed in 0..24 {
            let mut random = Random(seed);
            let mut below = |n: usize| (random.bits() % n as u64) as usize;
            let shape = Shape::map(1 + below(9), 3 + below(9), 3 + below(9));
            let kernel = [1 + below(3), 1 + below(3)];
            let padding = Padding { top: below(kernel[0]), left: below(kernel[1]), ..Padding::default() };
            let stride = [1 + below(3), 1 + below(3)];
            let window = Window { kernel, stride, padding, ceil: below(2) == 0 };
            // Few different values, so that many are equal; some of them are no numbers.
            let special = [f32::NAN, f32::NEG_INFINITY, 0.0, 1.0, 2.0];
            let mut inputs =
                [(); PICTURES].map(|()| (0..shape.values()).map(|_| special[below(5)]).collect::<Vec<_>>());
            inputs[1].iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.5);

            engine = engine.fork(PICTURES);
            let plan = plan(shape, window);
            block_on(engine.extend(&plan)).unwrap();
            let [values, taps] = [0, 1].map(|output| plan.steps[0].outputs[output]);
            let mut epilogue = EpilogueValues { channels: vec![0.0; values.epilogue_len()], other: 1.0 };
            for c in 0..shape.c() {
                epilogue.channels[c / 4 * 12 + c % 4] = 1.0;
                epilogue.channels[c / 4 * 12 + 8 + c % 4] = GAIN;
            }
            engine.set_epilogue(0, &epilogue).unwrap();
            engine.poison().unwrap();
            for (picture, input) in inputs.iter().enumerate() {
                engine.write_input(plan.steps[0].input(), picture, input).unwrap();
            }
            engine.run(0..1).unwrap();
            for (picture, input) in inputs.iter().enumerate() {
                for (output, view) in [values, taps].into_iter().enumerate() {
                    let whole = Shape::map(plan.buffers[1].channels, view.shape.h(), view.shape.w());
                    let whole = View { offset: 0, shape: whole, ..view };
                    let found = block_on(engine.read(&whole, picture)).unwrap();
                    for (i, found) in found.iter().enumerate() {
                        let (area, width) = (view.shape.area(), view.shape.w());
                        let [c, y, x] = [i / area, i % area / width, i % width];
                        let own = OFFSET..OFFSET + padded(shape.c());
                        let expected = match c {
                            c if !own.contains(&c) => f32::NAN,
                            c if c >= OFFSET + shape.c() => 0.0,
                            c => {
                                let (value, tap) = largest(input, shape, &window, [c - OFFSET, y, x]);
                                [value * GAIN, tap][output]
                            }
                        };
                        let same = *found == expected || (found.is_nan() && expected.is_nan());
                        let what =
                            format!("engine {number}, case {seed}, picture {picture}, output {output}");
                        assert!(same, "{what}: {found} at {c}, {y}, {x}, expected {expected}: {window:?}");
                    }
                }
            }
        }
    }
}

/// A step with too few outputs, or with one where another one is or where it reads, is refused by both engines,
/// which then take the right plan.
#[test]
fn wrong_outputs_are_refused() {
    let right = plan(Shape::map(4, 6, 6), Window::square(3, 1));
    for mut engine in engines() {
        let outputs = right.steps[0].outputs.clone();
        let input = View { shape: outputs[0].shape, ..right.steps[0].operands[0] };
        let out_of_buffer = View { offset: 3 * OFFSET, ..outputs[1] };
        for wrong in [
            vec![outputs[0]],
            vec![outputs[0], outputs[0]],
            vec![outputs[0], input],
            vec![outputs[0], out_of_buffer],
        ] {
            let mut plan = right.clone();
            plan.steps[0].outputs = wrong;
            let refused = block_on(engine.extend(&plan));
            assert!(matches!(refused, Err(EngineError::Misuse { .. })), "{}: {plan:?}", engine.id());
        }
        block_on(engine.extend(&right)).unwrap();
    }
}
