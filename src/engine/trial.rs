//! Does a GPU compute what it should? Drivers, and browsers' compilers, can be wrong without a word. So before a
//! plan uses a shader for the first time on a device (with a ReLU or a residual: for the first time with that), the
//! cheapest of the plan's steps that it computes is run there on made-up numbers, and on the CPU engine: the two
//! have to agree.

use super::cpu::{CpuEngine, panel};
use super::gpu::{GpuEngine, Tile};
use super::{EngineError, is_number};
use crate::plan::pack::Layout;
use crate::plan::{Adjoint, BufferId, BufferSpec, EpilogueValues, Kernel, Plan, Step, View, padded};

/// By how much a value may differ, relative to itself and to the mean of the values by size. Rounding stays a
/// hundred times below that.
const TOLERANCE: f32 = 1e-3;

/// Tries the shaders of a plan that have not been tried on the device; with `tile`, those that its convolutions
/// would have with that tile. Where another tile is right, a wrong one does not matter: the engine avoids it.
///
/// # Errors
/// [`EngineError::Wrong`] if a shader is wrong that no other can replace; otherwise those of
/// [`super::Engine::extend`] and [`super::Engine::read`].
pub(super) async fn trial(gpu: &GpuEngine, plan: &Plan, tile: Option<Tile>) -> Result<(), EngineError> {
    loop {
        // Afresh each time: what was found decides which tiles come next.
        let mut probe = gpu.probe(tile);
        let steps = probe.untried(plan)?;
        if steps.is_empty() {
            return Ok(());
        }
        let alone = alone(plan, &steps);
        let mut reference = CpuEngine::new();
        probe.extend(&alone).await?;
        reference.extend(&alone)?;
        // What a shader does not write stays no number, and differs.
        probe.poison()?;
        for (index, step) in alone.steps.iter().enumerate() {
            for view in &step.operands {
                let values = operand(step, view);
                for picture in 0..probe.batch() {
                    probe.write_input(view, picture, &values)?;
                }
                reference.write_input(view, 0, &values)?;
            }
            let layouts = [Layout::of(step, None), Layout::of(step, Some(panel))];
            if let [Some(of_gpu), Some(of_cpu)] = layouts {
                let pack = |layout: Layout| layout.pack(&made_up(3, layout.values()));
                probe.set_weights(step, &pack(of_gpu))?;
                reference.set_weights(step, pack(of_cpu))?;
            }
            let values = epilogue(step.output());
            probe.set_epilogue(index, &values)?;
            reference.set_epilogue(index, &values)?;
        }
        probe.run(0..alone.steps.len())?;
        reference.run(0..alone.steps.len())?;
        probe.finish().await?;
        for (index, step) in alone.steps.iter().enumerate() {
            let mut difference = None;
            for view in &step.outputs {
                let found = probe.read(view, probe.batch() - 1).await?;
                let expected = reference.read(view, 0)?;
                difference = difference.or_else(|| differs(&found, &expected));
            }
            probe.tried(index, difference);
        }
    }
}

/// Steps of a plan as a plan of their own, in which no step reads what another writes.
fn alone(plan: &Plan, steps: &[usize]) -> Plan {
    let mut alone = Plan::default();
    for step in steps {
        let mut step = plan.steps[*step].clone();
        for view in step.operands.iter_mut().chain(&mut step.outputs) {
            let BufferSpec { name, h, w, .. } = plan.buffers[view.buffer.0].clone();
            *view = View { buffer: BufferId(alone.buffers.len()), offset: 0, ..*view };
            alone.buffers.push(BufferSpec { name, h, w, channels: padded(view.shape.c()) });
        }
        alone.steps.push(step);
    }
    alone
}

/// So many numbers between −1 and 1, always the same.
fn made_up(seed: u32, count: usize) -> Vec<f32> {
    let value = |i: u32| i.wrapping_add(seed).wrapping_mul(0x9e37_79b9) ^ seed.wrapping_mul(0x85eb_ca6b);
    (0..count as u32).map(|i| value(i) as i32 as f32 / 2.0_f32.powi(31)).collect()
}

/// What a step reads there. The adjoint of a max pool reads which tap saw the largest value.
fn operand(step: &Step, view: &View) -> Vec<f32> {
    let values = made_up(view.buffer.0 as u32 + 1, view.shape.values());
    match &step.kernel {
        Kernel::Backward(Adjoint::MaxPool(window)) if *view != step.operands[0] => {
            let taps = (window.kernel[0] * window.kernel[1]) as f32;
            values.iter().map(|v| ((v + 1.0) / 2.0 * taps).floor()).collect()
        }
        _ => values,
    }
}

fn epilogue(output: &View) -> EpilogueValues {
    let mut channels = made_up(5, output.epilogue_len());
    for (index, value) in channels.iter_mut().enumerate() {
        let channel = index / 12 * 4 + index % 4;
        *value = if channel < output.shape.c() { 1.0 + *value / 2.0 } else { 0.0 };
    }
    EpilogueValues { channels, other: 0.5 }
}

/// The first value that differs too much: what was found, and what was expected.
fn differs(found: &[f32], expected: &[f32]) -> Option<[f32; 2]> {
    let mean = expected.iter().map(|v| v.abs()).sum::<f32>() / expected.len() as f32;
    let pairs = found.iter().zip(expected).map(|(f, e)| [*f, *e]);
    let agree = |[f, e]: &[f32; 2]| is_number(*f) && (f - e).abs() <= TOLERANCE * (e.abs() + mean);
    pairs.into_iter().find(|pair| !agree(pair))
}
