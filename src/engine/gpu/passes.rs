//! What is a step on a device? One dispatch, or more ([`super::winograd`]), and what they read and write.

use super::device::{Destroy, Device, Pipeline, Variant};
use super::shaders::Shader;
use super::step::{Dispatch, Part, Uniforms};
use super::{EngineError, GpuEngine};
use crate::plan::{Step, View};
use std::rc::Rc;
use wgpu::BufferUsages;

#[derive(Clone, Debug)]
pub(super) struct GpuStep {
    /// The buffer that it writes, for messages.
    pub(super) name: String,
    pub(super) step: Step,
    /// One after the other; the last one yields the output.
    pub(super) passes: Vec<Pass>,
    pub(super) epilogue: wgpu::Buffer,
    /// Factor of the residual.
    pub(super) other: f32,
    /// Whether the epilogue's values have come.
    pub(super) ready: bool,
    /// Byte of its buffer that is marked as unwritten before each run. `None` where a step reads what an earlier run has
    /// left there.
    pub(super) mark: Option<u64>,
}

/// A dispatch.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    part: Part,
    shader: &'static Shader,
    pipeline: Pipeline,
    workgroups: u32,
    numbers: Uniforms,
    uniforms: Rc<Destroy>,
    /// What the parts of a step hand on.
    scratch: Option<Rc<Scratch>>,
    /// Made when the weights are there.
    group: Option<wgpu::BindGroup>,
}

impl Pass {
    pub(super) const fn is_bound(&self) -> bool {
        self.group.is_some()
    }

    /// Sets the residual's factor.
    pub(super) fn set_other(&mut self, other: f32, device: &Device) {
        self.numbers.other = other;
        device.queue.write_buffer(&self.uniforms.0, 0, bytemuck::bytes_of(&self.numbers));
    }
}

impl GpuStep {
    /// What was compiled for it.
    pub(super) fn variant(&self) -> Variant {
        variant(self.passes.iter().map(|pass| (pass.part, pass.shader, &pass.numbers)))
    }

    /// What yields its output.
    pub(super) fn shader(&self) -> &'static str {
        self.passes.last().map_or("", |pass| pass.shader.name)
    }
}

impl Dispatch {
    /// What is compiled for a step that has these.
    pub(super) fn variant(dispatches: &[Self]) -> Variant {
        variant(dispatches.iter().map(|dispatch| (dispatch.part, dispatch.shader, &dispatch.uniforms)))
    }
}

/// The first pictures' dispatches: the others have the same shaders.
fn variant<'a>(all: impl Iterator<Item = (Part, &'static Shader, &'a Uniforms)>) -> Variant {
    let (mut names, mut flags) = (Vec::new(), 0);
    for (part, shader, numbers) in all {
        names.push(shader.name);
        flags = numbers.flags;
        if matches!(part, Part::Whole | Part::Leave) {
            break;
        }
    }
    (names, flags)
}

/// Values at the points: what is read there, and its products. All steps of a device share it, since it computes one after
/// the other. Their first values are no numbers between two steps, so that a part that never runs shows.
#[derive(Debug)]
pub(super) struct Scratch {
    values: Destroy,
    sums: Destroy,
}

impl Scratch {
    /// Bytes of the values and sums of dispatches, none of them at the same time.
    pub(super) fn room_for<'a>(dispatches: impl IntoIterator<Item = &'a Dispatch>) -> [u64; 2] {
        let products = dispatches.into_iter().filter(|dispatch| dispatch.part == Part::Product);
        products.fold([0; 2], |[values, sums], dispatch| {
            let Uniforms { in_quads, out_quads, batch, out_size, .. } = dispatch.uniforms;
            let bytes = u64::from(batch) * out_size[1] as u64 * size_of::<[f32; 4]>() as u64;
            [values.max(bytes * u64::from(in_quads)), sums.max(bytes * u64::from(out_quads))]
        })
    }

    fn new(device: &Device, [values, sums]: [u64; 2]) -> Self {
        let make = |bytes| {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
            let buffer = device.buffer("values at the points", bytes, usage);
            device.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&[f32::NAN; 4]));
            Destroy(buffer)
        };
        Self { values: make(values), sums: make(sums) }
    }

    fn bytes(&self) -> [u64; 2] {
        [self.values.0.size(), self.sums.0.size()]
    }
}

impl Device {
    /// Room for so many bytes of values and sums.
    pub(super) fn scratch(&self, bytes: [u64; 2]) -> Rc<Scratch> {
        let mut scratch = self.scratch.borrow_mut();
        let old = scratch.upgrade();
        let has = old.as_ref().map_or([0; 2], |old| old.bytes());
        if let Some(old) = old.filter(|_| has[0] >= bytes[0] && has[1] >= bytes[1]) {
            return old;
        }
        let new = Rc::new(Scratch::new(self, [0, 1].map(|at| has[at].max(bytes[at]))));
        *scratch = Rc::downgrade(&new);
        new
    }
}

impl GpuEngine {
    /// A step's dispatches as they are on the device; its residual has this factor.
    pub(super) fn passes(&mut self, step: &Step, dispatches: Vec<Dispatch>, other: f32) -> Vec<Pass> {
        let device = &self.device;
        let name = &self.specs[step.output().buffer.0].name;
        let what = format!("the step of {name}");
        let pending = &mut self.pending;
        let room = Scratch::room_for(&dispatches);
        let scratch = (room != [0; 2]).then(|| pending.run(&device.device, &what, || device.scratch(room)));
        let mut passes = Vec::new();
        for dispatch in dispatches {
            let pipeline = device.pipeline(dispatch.shader, pending);
            let uniforms = pending.run(&device.device, &what, || {
                let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
                Rc::new(Destroy(device.buffer(name, size_of::<Uniforms>() as u64, usage)))
            });
            let mut pass = Pass {
                part: dispatch.part,
                shader: dispatch.shader,
                pipeline,
                workgroups: dispatch.workgroups,
                numbers: dispatch.uniforms,
                uniforms,
                scratch: scratch.clone(),
                group: None,
            };
            pass.set_other(other, device);
            passes.push(pass);
        }
        passes
    }

    /// Makes a step's bind groups, if it has none yet.
    pub(super) fn bind(&self, step: &mut GpuStep) -> Result<(), EngineError> {
        for at in 0..step.passes.len() {
            if step.passes[at].group.is_none() {
                step.passes[at].group = Some(self.group(step, &step.passes[at])?);
            }
        }
        Ok(())
    }

    /// What a dispatch reads and writes.
    fn group(&self, step: &GpuStep, pass: &Pass) -> Result<wgpu::BindGroup, EngineError> {
        let missing = |what: &str| EngineError::Misuse {
            what: step.name.clone(),
            expected: format!("{what} before a run"),
            found: "none".to_owned(),
        };
        if !step.ready {
            return Err(missing("epilogue values"));
        }
        let buffer = |view: &View| &self.buffers[view.buffer.0];
        let mut bound = vec![
            ("u", &pass.uniforms.0),
            ("epilogue", &step.epilogue),
            // Shaders get something to bind for what they do not read.
            ("residual", step.step.residual().map_or(&step.epilogue, |(_, view)| buffer(view))),
            ("second", step.step.operands.get(1).map_or(&step.epilogue, buffer)),
            ("third", step.step.operands.get(2).map_or(&step.epilogue, buffer)),
        ];
        let weights = step.step.weights.map(|node| self.weights.get(node).ok_or_else(|| missing("weights")));
        let weights = weights.transpose()?;
        let transformed = match (&weights, pass.part) {
            (Some(weights), Part::Product) => weights.transformed(&self.device, &step.step)?,
            _ => None,
        };
        bound.extend(transformed.iter().map(|transformed| ("weights", transformed)));
        bound.extend(weights.iter().map(|weights| ("weights", &weights.kernels)));
        if let Some(Scratch { values, sums }) = pass.scratch.as_deref() {
            bound.extend([("values", &values.0), ("sums", &sums.0)]);
            if pass.part == Part::Product {
                bound.extend([("input", &values.0), ("output", &sums.0)]);
            }
        }
        bound.push(("input", buffer(step.step.input())));
        bound.extend(["output", "second_output"].into_iter().zip(step.step.outputs.iter().map(buffer)));
        self.device.bind(&step.name, pass.shader, &pass.pipeline.layout, &bound)
    }

    /// Submits steps, so many times each.
    pub(super) fn submit(&self, mut encoder: wgpu::CommandEncoder, steps: &[GpuStep], times: usize) {
        {
            let mut compute = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for step in steps {
                for pass in (0..times).flat_map(|_| &step.passes) {
                    compute.set_pipeline(&pass.pipeline.pipeline);
                    compute.set_bind_group(0, &pass.group, &[]);
                    compute.dispatch_workgroups(pass.workgroups, 1, 1);
                }
            }
        }
        self.device.queue.submit([encoder.finish()]);
    }
}
