//! How does a GPU run the steps? One dispatch a step, over one buffer a module; the WGSL is in `shaders/`.
//!
//! Everything here belongs to one thread: in browsers, wgpu's handles cannot be sent to another.

mod device;
mod photo;
pub mod shaders;
mod step;
mod summary;
mod transfer;
mod trial;
mod tuning;

pub use device::Adapter;
pub use step::Tile;
pub use tuning::{StepTime, Tuning};

use super::EngineError;
use super::check::{check_len, check_plan, no_step, no_weights};
use super::shelf::Shelf;
use crate::net::NodeId;
use crate::plan::{BufferSpec, EpilogueValues, Kernel, Plan, Step, View};
use device::{Device, Pipeline, Scopes};
use shaders::Shader;
use std::ops::Range;
use std::rc::Rc;
use step::Uniforms;
use wgpu::BufferUsages;

/// Multiply-adds of one submission: about a quarter of a second on the slowest adapters (SwiftShader,
/// lavapipe on two cores). Drivers kill what takes longer than about two seconds.
const SUBMISSION: u64 = 400_000_000;

/// Runs a plan on a GPU.
#[derive(Debug)]
pub struct GpuEngine {
    device: Rc<Device>,
    weights: Rc<Shelf<Rc<Weights>>>,
    /// Pictures.
    batch: usize,
    specs: Vec<BufferSpec>,
    buffers: Vec<wgpu::Buffer>,
    steps: Vec<GpuStep>,
    /// Instead of the tiles that suit the device.
    tile: Option<Tile>,
    /// What the device will say of pipelines and steps: compiling goes on while weights come.
    pending: Scopes,
}

/// A node's packed weights, freed with the last engine that uses them.
#[derive(Debug)]
struct Weights(wgpu::Buffer);

impl Drop for Weights {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

#[derive(Clone, Debug)]
struct GpuStep {
    /// The buffer that it writes, for messages.
    name: String,
    step: Step,
    shader: &'static Shader,
    pipeline: Pipeline,
    workgroups: u32,
    numbers: Uniforms,
    uniforms: wgpu::Buffer,
    epilogue: wgpu::Buffer,
    /// Whether the epilogue's values have come.
    ready: bool,
    /// Made when the weights are there.
    group: Option<wgpu::BindGroup>,
    /// Byte of its buffer that is marked as unwritten before each run. `None` where a step reads what an earlier run has
    /// left there.
    mark: Option<u64>,
}

impl GpuEngine {
    /// Opens the best GPU available, which may be a software one: see [`GpuEngine::adapter`].
    ///
    /// # Errors
    /// [`EngineError::NoGpu`] where there is none.
    pub async fn new() -> Result<Self, EngineError> {
        Ok(Self::on(Rc::new(Device::open().await?), Rc::default(), 1))
    }

    fn on(device: Rc<Device>, weights: Rc<Shelf<Rc<Weights>>>, batch: usize) -> Self {
        Self {
            device,
            weights,
            batch,
            specs: Vec::new(),
            buffers: Vec::new(),
            steps: Vec::new(),
            tile: None,
            pending: Scopes::default(),
        }
    }

    /// See [`super::Engine::fork`].
    pub fn fork(&self, batch: usize) -> Self {
        let mut fork = Self::on(self.device.clone(), self.weights.clone(), batch.max(1));
        fork.tile = self.tile;
        fork
    }

    /// See [`super::Engine::beside`].
    pub fn beside(&self) -> Self {
        Self::on(self.device.clone(), Rc::default(), 1)
    }

    /// See [`super::Engine::apart`].
    pub fn apart(&self) -> Self {
        let mut apart = Self::on(self.device.clone(), Shelf::over(&self.weights), 1);
        apart.tile = self.tile;
        apart
    }

    /// See [`super::Engine::batch`].
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Ends the device as a crash of the driver would: everything on it fails from now on. For tests.
    pub fn lose(&self) {
        self.device.device.destroy();
    }

    /// What is known of the GPU.
    pub fn adapter(&self) -> &Adapter {
        &self.device.info
    }

    /// Uses this tile in the steps to come, whatever suits the device: so tests run the tiles of real
    /// GPUs on software ones.
    pub fn set_tile(&mut self, tile: Tile) {
        self.tile = Some(tile);
    }

    /// Frees the buffers and steps from these positions on.
    fn truncate(&mut self, buffers: usize, steps: usize) {
        for step in self.steps.drain(steps..) {
            step.uniforms.destroy();
            step.epilogue.destroy();
        }
        self.buffers.drain(buffers..).for_each(|b| b.destroy());
        self.specs.truncate(buffers);
    }

    /// Makes the buffers, pipelines and steps that the plan has more than before. If the device refuses
    /// a buffer, the engine is as before. A refused pipeline is reported by [`GpuEngine::finish`], so that
    /// nothing waits for the shader compiler here.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::extend`].
    pub async fn extend(&mut self, plan: &Plan) -> Result<(), EngineError> {
        self.device.check()?;
        check_plan(plan, &self.specs, self.steps.len())?;
        let before = (self.buffers.len(), self.steps.len());
        let mut scopes = Scopes::default();
        for spec in &plan.buffers[self.specs.len()..] {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
            let buffer = scopes.run(&self.device.device, &format!("the buffer of {}", spec.name), || {
                self.device.buffer(&spec.name, self.bytes(spec), usage)
            });
            self.buffers.push(buffer);
            self.specs.push(spec.clone());
        }
        let answer = self.device.answer(scopes).await;
        let result = answer.and_then(|()| plan.steps[before.1..].iter().try_for_each(|s| self.add(s)));
        if result.is_err() {
            self.truncate(before.0, before.1);
        }
        result
    }

    fn add(&mut self, step: &Step) -> Result<(), EngineError> {
        let dispatch = step::dispatch(step, &self.specs, self.batch, self.tile_for(step))?;
        let pipeline = self.device.pipeline(dispatch.shader, &mut self.pending);
        let name = self.specs[step.output().buffer.0].name.clone();
        let mut read = self.steps.iter().flat_map(|earlier| &earlier.step.operands).chain(&step.operands);
        let kept = read.any(|operand| operand.overlaps(step.output()));
        let mark = (!kept).then(|| 4 * step.output().offset as u64);
        let device = &self.device;
        let (uniforms, epilogue) = self.pending.run(&device.device, &format!("the step of {name}"), || {
            let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            let uniforms = device.buffer(&name, size_of_val(&dispatch.uniforms) as u64, usage);
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
            let epilogue = device.buffer(&name, 4 * step.output().epilogue_len() as u64, usage);
            (uniforms, epilogue)
        });
        device.queue.write_buffer(&uniforms, 0, bytemuck::bytes_of(&dispatch.uniforms));
        self.steps.push(GpuStep {
            name,
            step: step.clone(),
            shader: dispatch.shader,
            pipeline,
            workgroups: dispatch.workgroups,
            numbers: dispatch.uniforms,
            uniforms,
            epilogue,
            ready: false,
            group: None,
            mark,
        });
        Ok(())
    }

    /// Bytes of a buffer with all pictures.
    fn bytes(&self, spec: &BufferSpec) -> u64 {
        4 * spec.len() as u64 * self.batch as u64
    }

    /// Waits until everything made so far is compiled.
    async fn settle(&mut self) -> Result<(), EngineError> {
        let shared = self.device.pending.take();
        let own = std::mem::take(&mut self.pending);
        let answer = self.device.answer(own).await.and(self.device.answer(shared).await);
        if answer.is_err() {
            self.device.forget_pipelines();
        }
        answer
    }

    /// Uploads a node's packed weights ([`crate::plan::pack`]).
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::set_weights`].
    pub fn set_weights(&mut self, step: &Step, packed: &[f32]) -> Result<usize, EngineError> {
        let Some(node) = step.weights else { return Ok(0) };
        let bytes: &[u8] = bytemuck::cast_slice(packed);
        let old = self.weights.own(node);
        if let Some(old) = &old
            && old.0.size() != bytes.len() as u64
        {
            return Err(EngineError::Misuse {
                what: format!("weights of node {}", node.0),
                expected: format!("{} values, as before", old.0.size() / 4),
                found: packed.len().to_string(),
            });
        }
        let device = &self.device;
        let buffer = old.unwrap_or_else(|| {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
            let name = format!("weights of node {}", node.0);
            let buffer = Rc::new(Weights(device.buffer(&name, bytes.len() as u64, usage)));
            self.weights.put(node, buffer.clone());
            buffer
        });
        device.queue.write_buffer(&buffer.0, 0, bytes);
        self.device.check()?;
        Ok(bytes.len())
    }

    /// Reads a node's packed weights back.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::read_weights`].
    pub async fn read_weights(&mut self, node: NodeId) -> Result<Vec<f32>, EngineError> {
        self.device.check()?;
        let buffer = &self.weights.get(node).ok_or_else(|| no_weights(node))?.0;
        self.device.read(&format!("weights of node {}", node.0), buffer, 0..buffer.size()).await
    }

    /// Uploads a step's epilogue.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::set_epilogue`].
    pub fn set_epilogue(&mut self, step: usize, values: &EpilogueValues) -> Result<(), EngineError> {
        let steps = self.steps.len();
        let Some(step) = self.steps.get_mut(step) else { return Err(no_step(step, steps)) };
        let expected = step.epilogue.size() as usize / size_of::<f32>();
        check_len(&format!("epilogue of {}", step.name), expected, values.channels.len())?;
        step.numbers.other = values.other;
        self.device.queue.write_buffer(&step.uniforms, 0, bytemuck::bytes_of(&step.numbers));
        self.device.queue.write_buffer(&step.epilogue, 0, bytemuck::cast_slice(&values.channels));
        step.ready = true;
        Ok(())
    }

    /// Submits steps, in pieces short enough for slow GPUs.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::run`].
    pub fn run(&mut self, steps: Range<usize>) -> Result<(), EngineError> {
        self.device.check()?;
        if steps.end > self.steps.len() || steps.start > steps.end {
            return Err(EngineError::Misuse {
                what: "steps to run".to_owned(),
                expected: format!("a range within 0..{}", self.steps.len()),
                found: format!("{steps:?}"),
            });
        }
        for step in steps.clone() {
            self.bind(step)?;
        }
        let mut rest = &self.steps[steps];
        while !rest.is_empty() {
            let mut macs = 0;
            let over = rest.iter().skip(1).position(|step| {
                macs += step.step.macs;
                (macs + rest[0].step.macs) * self.batch as u64 > SUBMISSION
            });
            let (now, later) = rest.split_at(over.map_or(rest.len(), |n| n + 1));
            let mut encoder = self.device.encoder();
            for (step, mark) in now.iter().filter_map(|step| Some((step, step.mark?))) {
                let output = &self.buffers[step.step.output().buffer.0];
                self.device.mark(&mut encoder, output, mark);
            }
            self.submit(encoder, now);
            rest = later;
        }
        Ok(())
    }

    fn submit<'a>(&self, mut encoder: wgpu::CommandEncoder, steps: impl IntoIterator<Item = &'a GpuStep>) {
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for step in steps {
                pass.set_pipeline(&step.pipeline.pipeline);
                pass.set_bind_group(0, &step.group, &[]);
                pass.dispatch_workgroups(step.workgroups, 1, 1);
            }
        }
        self.device.queue.submit([encoder.finish()]);
    }

    /// Makes a step's bind group, if it has none yet.
    fn bind(&mut self, index: usize) -> Result<(), EngineError> {
        if self.steps[index].group.is_none() {
            self.steps[index].group = Some(self.group(&self.steps[index])?);
        }
        Ok(())
    }

    /// What a step reads and writes.
    fn group(&self, step: &GpuStep) -> Result<wgpu::BindGroup, EngineError> {
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
            ("u", &step.uniforms),
            ("input", buffer(step.step.input())),
            ("epilogue", &step.epilogue),
            // Shaders get something to bind for what they do not read.
            ("residual", step.step.residual().map_or(&step.epilogue, |(_, view)| buffer(view))),
            ("second", step.step.operands.get(1).map_or(&step.epilogue, buffer)),
            ("third", step.step.operands.get(2).map_or(&step.epilogue, buffer)),
        ];
        bound.extend(["output", "second_output"].into_iter().zip(step.step.outputs.iter().map(buffer)));
        let weights = step.step.weights.map(|node| self.weights.get(node).ok_or_else(|| missing("weights")));
        let weights = weights.transpose()?;
        bound.extend(weights.iter().map(|weights| ("weights", &weights.0)));
        self.device.bind(&step.name, step.shader, &step.pipeline.layout, &bound)
    }

    /// Waits until everything submitted is done.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::finish`].
    pub async fn finish(&mut self) -> Result<(), EngineError> {
        self.device.check()?;
        self.settle().await?;
        self.device.finish().await
    }

    /// Sets every buffer but the first to NaN.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::poison`].
    pub fn poison(&mut self) -> Result<(), EngineError> {
        self.device.check()?;
        for (buffer, spec) in self.buffers.iter().zip(&self.specs).skip(1) {
            self.device.queue.write_buffer(
                buffer,
                0,
                bytemuck::cast_slice(&vec![f32::NAN; spec.len() * self.batch]),
            );
        }
        Ok(())
    }
}

/// Dropping buffers frees nothing in browsers.
impl Drop for GpuEngine {
    fn drop(&mut self) {
        self.truncate(0, 0);
    }
}
