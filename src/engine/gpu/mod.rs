//! How does a GPU run the steps? One dispatch a step, or a few, over one buffer a module; the WGSL is in `shaders/`.
//!
//! Everything here belongs to one thread: in browsers, wgpu's handles cannot be sent to another.

mod device;
mod passes;
mod photo;
pub mod shaders;
mod step;
mod summary;
mod tile;
mod transfer;
mod trial;
mod tuning;
mod winograd;

pub use device::Adapter;
pub use tile::Tile;
pub use tuning::{StepTime, Tuning};

use super::EngineError;
use super::check::{check_len, check_plan, no_step, no_weights};
use super::shelf::Shelf;
use crate::net::NodeId;
use crate::plan::{BufferSpec, EpilogueValues, Kernel, Plan, Step};
use device::{Device, Scopes};
use passes::{GpuStep, Scratch};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use step::Dispatch;
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
    /// No [`Tile::Winograd`].
    direct: bool,
    /// What the device will say of pipelines and steps: compiling goes on while weights come.
    pending: Scopes,
}

/// A node's packed weights, freed with the last engine that uses them.
#[derive(Debug)]
struct Weights {
    kernels: wgpu::Buffer,
    /// The same as `winograd.rs` needs them, once it does.
    transformed: RefCell<Option<wgpu::Buffer>>,
}

impl Drop for Weights {
    fn drop(&mut self) {
        self.kernels.destroy();
        self.transformed.take().iter().for_each(wgpu::Buffer::destroy);
    }
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
            direct: false,
            pending: Scopes::default(),
        }
    }

    /// See [`super::Engine::fork`].
    pub fn fork(&self, batch: usize) -> Self {
        self.with_same_tiles(Self::on(self.device.clone(), self.weights.clone(), batch.max(1)))
    }

    /// See [`super::Engine::beside`].
    pub fn beside(&self) -> Self {
        self.with_same_tiles(Self::on(self.device.clone(), Rc::default(), 1))
    }

    /// See [`super::Engine::apart`].
    pub fn apart(&self) -> Self {
        self.with_same_tiles(Self::on(self.device.clone(), Shelf::over(&self.weights), 1))
    }

    fn with_same_tiles(&self, mut other: Self) -> Self {
        (other.tile, other.direct) = (self.tile, self.direct);
        other
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

    /// See [`super::Engine::set_direct`].
    pub fn set_direct(&mut self, direct: bool) {
        self.direct = direct;
    }

    /// Frees the buffers and steps from these positions on.
    fn truncate(&mut self, buffers: usize, steps: usize) {
        self.steps.drain(steps..).for_each(|step| step.epilogue.destroy());
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
        let new = &plan.steps[before.1..];
        let dispatches = |step| self.dispatches(step, &plan.buffers, self.tile_for(step));
        let dispatches = new.iter().map(dispatches).collect::<Result<Vec<_>, _>>()?;
        let mut scopes = Scopes::default();
        for spec in &plan.buffers[self.specs.len()..] {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
            let buffer = scopes.run(&self.device.device, &format!("the buffer of {}", spec.name), || {
                self.device.buffer(&spec.name, self.bytes(spec), usage)
            });
            self.buffers.push(buffer);
            self.specs.push(spec.clone());
        }
        // Once for all steps, or each that needs more room would make its own.
        let room = Scratch::room_for(dispatches.iter().flatten());
        let scratch = (room != [0; 2])
            .then(|| scopes.run(&self.device.device, "values at the points", || self.device.scratch(room)));
        let result = self.device.answer(scopes).await;
        match &result {
            Ok(()) => new.iter().zip(dispatches).for_each(|(step, dispatches)| self.add(step, dispatches)),
            Err(_) => self.truncate(before.0, before.1),
        }
        drop(scratch);
        result
    }

    fn add(&mut self, step: &Step, dispatches: Vec<Dispatch>) {
        let passes = self.passes(step, dispatches, 0.0);
        let name = self.specs[step.output().buffer.0].name.clone();
        let mut read = self.steps.iter().flat_map(|earlier| &earlier.step.operands).chain(&step.operands);
        let kept = read.any(|operand| operand.overlaps(step.output()));
        let mark = (!kept).then(|| 4 * step.output().offset as u64);
        let device = &self.device;
        let epilogue = self.pending.run(&device.device, &format!("the step of {name}"), || {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
            device.buffer(&name, 4 * step.output().epilogue_len() as u64, usage)
        });
        let step = step.clone();
        self.steps.push(GpuStep { name, step, passes, epilogue, other: 0.0, ready: false, mark });
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
            && old.kernels.size() != bytes.len() as u64
        {
            return Err(EngineError::Misuse {
                what: format!("weights of node {}", node.0),
                expected: format!("{} values, as before", old.kernels.size() / 4),
                found: packed.len().to_string(),
            });
        }
        let device = &self.device;
        let weights = old.unwrap_or_else(|| {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
            let kernels = device.buffer(&format!("weights of node {}", node.0), bytes.len() as u64, usage);
            let weights = Rc::new(Weights { kernels, transformed: RefCell::default() });
            self.weights.put(node, weights.clone());
            weights
        });
        device.queue.write_buffer(&weights.kernels, 0, bytes);
        weights.transform(device, step)?;
        let transformed = match self.tile_for(step) {
            Tile::Winograd => weights.transformed(device, step)?,
            _ => None,
        };
        self.device.check()?;
        Ok(bytes.len() + transformed.map_or(0, |transformed| transformed.size() as usize))
    }

    /// Reads a node's packed weights back.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::read_weights`].
    pub async fn read_weights(&mut self, node: NodeId) -> Result<Vec<f32>, EngineError> {
        self.device.check()?;
        let buffer = &self.weights.get(node).ok_or_else(|| no_weights(node))?.kernels;
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
        step.other = values.other;
        step.passes.iter_mut().for_each(|pass| pass.set_other(values.other, &self.device));
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
            self.bind_at(step)?;
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
            self.submit(encoder, now, 1);
            rest = later;
        }
        Ok(())
    }

    /// Makes a step's bind groups, if it has none yet.
    fn bind_at(&mut self, index: usize) -> Result<(), EngineError> {
        if self.steps[index].passes.iter().any(|pass| !pass.is_bound()) {
            let mut step = self.steps[index].clone();
            self.bind(&mut step)?;
            self.steps[index] = step;
        }
        Ok(())
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
