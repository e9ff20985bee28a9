//! The engines that run the steps: the GPU engine (wgpu: Vulkan natively, WebGPU in the browser) or the CPU
//! engine. Both hold the same buffers and weights and give the same numbers.
//!
//! An engine runs one plan for a batch of pictures. Those that are made of it by [`Engine::fork`] share its
//! device and its weights, which stay until the last of them is dropped; those by [`Engine::apart`] begin
//! with the same weights, and may change them for themselves; those by [`Engine::beside`] share the device alone.
//!
//! Life of an engine: [`Engine::extend`] with a plan (again after the plan has grown; a fork for another
//! plan), weights and epilogues as they arrive, then for each picture [`Engine::write_input`] or
//! [`Engine::write_photo`], then for all of them [`Engine::run`], and [`Engine::read`].

mod check;
pub mod cpu;
mod error;
pub mod gpu;
mod photo;
mod shelf;
mod trial;

pub use error::EngineError;
pub use inceptionscope_kernels::ChannelSummary;
pub use photo::Photo;

use crate::net::{NodeId, Normalize};
use crate::photo::resample::Crop;
use crate::plan::pack::Panel;
use crate::plan::{EpilogueValues, Plan, Step, View};
use std::ops::Range;

/// Bytes of buffers that may be kept for later, though they could be made again.
pub(crate) const KEPT: usize = if cfg!(feature = "cli") { 512 << 20 } else { 96 << 20 };

/// Whether a value is a number. By the bits, since compilers may take comparisons with NaN for granted.
pub(crate) const fn is_number(value: f32) -> bool {
    value.to_bits() & 0x7f80_0000 != 0x7f80_0000
}

/// One of the two engines. Every method means the same on both.
#[derive(Debug)]
pub enum Engine {
    /// SIMD on the CPU.
    Cpu(cpu::CpuEngine),
    /// Compute shaders. Boxed: it is large.
    Gpu(Box<gpu::GpuEngine>),
}

macro_rules! each {
    ($self:expr, $engine:ident => $call:expr) => {
        match $self {
            Engine::Cpu($engine) => $call,
            Engine::Gpu($engine) => $call,
        }
    };
}

impl Engine {
    /// `cpu` or `gpu`.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Cpu(_) => "cpu",
            Self::Gpu(_) => "gpu",
        }
    }

    /// Whether every convolution is computed as it is defined, of those whose weights come from now on
    /// ([`cpu::Winograd`]); on a GPU, of those whose steps are made from now on ([`gpu::Tile::Winograd`]).
    pub fn set_direct(&mut self, direct: bool) {
        match self {
            Self::Cpu(e) => e.set_winograd(if direct { cpu::Winograd::Off } else { cpu::Winograd::Auto }),
            Self::Gpu(e) => e.set_direct(direct),
        }
    }

    /// An engine with the same weights on the same device, for `batch` pictures (at least one), without a plan.
    pub fn fork(&self, batch: usize) -> Self {
        match self {
            Self::Cpu(e) => Self::Cpu(e.fork(batch)),
            Self::Gpu(e) => Self::Gpu(Box::new(e.fork(batch))),
        }
    }

    /// An engine with the same weights on the same device, without a plan: weights that it is given from now on are its
    /// own and its forks'.
    pub fn apart(&self) -> Self {
        match self {
            Self::Cpu(e) => Self::Cpu(e.apart()),
            Self::Gpu(e) => Self::Gpu(Box::new(e.apart())),
        }
    }

    /// An engine on the same device for another network: without weights and plan, for one picture.
    pub fn beside(&self) -> Self {
        match self {
            Self::Cpu(e) => Self::Cpu(e.beside()),
            Self::Gpu(e) => Self::Gpu(Box::new(e.beside())),
        }
    }

    /// How many pictures it runs at a time.
    pub fn batch(&self) -> usize {
        each!(self, e => e.batch())
    }

    /// Makes the plan's buffers, with anything in them, and steps that the engine does not have yet. A plan only grows at its
    /// end.
    /// A GPU has to compute right numbers with every shader before it is used.
    ///
    /// # Errors
    /// [`EngineError::Misuse`] if the plan does not continue the last one, [`EngineError::Gpu`] if a buffer
    /// is refused, [`EngineError::Wrong`] if the GPU computes wrong numbers.
    pub async fn extend(&mut self, plan: &Plan) -> Result<(), EngineError> {
        match self {
            Self::Cpu(e) => e.extend(plan),
            Self::Gpu(e) => {
                trial::trial(e, plan, None).await?;
                e.extend(plan).await
            }
        }
    }

    /// Output channels of a panel of packed weights ([`crate::plan::pack`]), where the engine wants panels.
    pub fn panel(&self) -> Option<Panel> {
        match self {
            Self::Cpu(_) => Some(cpu::panel),
            Self::Gpu(_) => None,
        }
    }

    /// Hands over the packed weights ([`crate::plan::pack`]) of a step's node, once. Returns how many bytes they take.
    ///
    /// # Errors
    /// [`EngineError::Gpu`] if there is no memory for them.
    pub fn set_weights(&mut self, step: &Step, packed: Vec<f32>) -> Result<usize, EngineError> {
        match self {
            Self::Cpu(e) => e.set_weights(step, packed),
            Self::Gpu(e) => e.set_weights(step, &packed),
        }
    }

    /// Reads a node's packed weights back, as they were handed over.
    ///
    /// # Errors
    /// [`EngineError::Misuse`] if the node has no weights here, [`EngineError::Lost`] if the GPU was lost.
    pub async fn read_weights(&mut self, node: NodeId) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Cpu(e) => e.read_weights(node),
            Self::Gpu(e) => e.read_weights(node).await,
        }
    }

    /// Hands over the epilogue values ([`Plan::epilogue`]) of a step.
    ///
    /// # Errors
    /// [`EngineError::Misuse`] if there is no such step, or the values are too few or too many.
    pub fn set_epilogue(&mut self, step: usize, values: &EpilogueValues) -> Result<(), EngineError> {
        each!(self, e => e.set_epilogue(step, values))
    }

    /// Writes a value in C,H,W order into a view of one of the pictures.
    ///
    /// # Errors
    /// [`EngineError::Misuse`] if there is no such picture, or the values do not fit the view.
    pub fn write_input(&mut self, view: &View, picture: usize, chw: &[f32]) -> Result<(), EngineError> {
        each!(self, e => e.write_input(view, picture, chw))
    }

    /// Resizes, crops and normalises a photo into the input's view, as one of the pictures.
    ///
    /// # Errors
    /// [`EngineError::Misuse`] if there is no such picture, or the crop does not lie in the photo or fill
    /// the view.
    pub fn write_photo(
        &mut self,
        view: &View,
        picture: usize,
        photo: Photo<'_>,
        crop: &Crop,
        normalize: &Normalize,
    ) -> Result<(), EngineError> {
        each!(self, e => e.write_photo(view, picture, photo, crop, normalize))
    }

    /// Computes steps (GPU: submits them; [`Engine::finish`] waits).
    ///
    /// # Errors
    /// [`EngineError::Misuse`] if a step does not exist or lacks its weights or epilogue.
    pub fn run(&mut self, steps: Range<usize>) -> Result<(), EngineError> {
        each!(self, e => e.run(steps))
    }

    /// Waits until everything submitted is done.
    ///
    /// # Errors
    /// [`EngineError::Lost`] if the GPU was lost, [`EngineError::Gpu`] if it refused something submitted
    /// before.
    pub async fn finish(&mut self) -> Result<(), EngineError> {
        match self {
            Self::Cpu(_) => Ok(()),
            Self::Gpu(e) => e.finish().await,
        }
    }

    /// Reads a view of one of the pictures back, in C,H,W order, without padding.
    ///
    /// # Errors
    /// [`EngineError::Misuse`] if there is no such view or picture, [`EngineError::Lost`] if the GPU was
    /// lost.
    pub async fn read(&mut self, view: &View, picture: usize) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Cpu(e) => e.read(view, picture),
            Self::Gpu(e) => e.read(view, picture).await,
        }
    }

    /// Each channel of a view in numbers, without reading the view back.
    ///
    /// # Errors
    /// Those of [`Engine::read`].
    pub async fn statistics(
        &mut self,
        view: &View,
        picture: usize,
    ) -> Result<Vec<ChannelSummary>, EngineError> {
        match self {
            Self::Cpu(e) => e.statistics(view, picture),
            Self::Gpu(e) => e.statistics(view, picture).await,
        }
    }

    /// Channels of a view (all of them smaller than its number of channels), shrunk to `size` rows and
    /// columns: map after map, row by row. A pixel is the mean of those that it covers.
    ///
    /// # Errors
    /// Those of [`Engine::read`].
    pub async fn small_maps(
        &mut self,
        view: &View,
        picture: usize,
        channels: &[usize],
        size: [usize; 2],
    ) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Cpu(e) => e.small_maps(view, picture, channels, size),
            Self::Gpu(e) => e.small_maps(view, picture, channels, size).await,
        }
    }

    /// The mean of all channels of a view, shrunk likewise.
    ///
    /// # Errors
    /// Those of [`Engine::read`].
    pub async fn mean_map(
        &mut self,
        view: &View,
        picture: usize,
        size: [usize; 2],
    ) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Cpu(e) => e.mean_map(view, picture, size),
            Self::Gpu(e) => e.mean_map(view, picture, size).await,
        }
    }

    /// Which kernels were found fastest on this GPU; nothing for the CPU engine, which has no choice.
    pub fn tuning(&self) -> Option<gpu::Tuning> {
        match self {
            Self::Cpu(_) => None,
            Self::Gpu(e) => Some(e.tuning()),
        }
    }

    /// Uses kernels that were found fastest on this GPU before; not those that compute wrong numbers by now.
    ///
    /// # Errors
    /// [`EngineError::Gpu`] if a pipeline is refused, and those of [`Engine::extend`].
    pub async fn set_tuning(&mut self, tuning: gpu::Tuning) -> Result<(), EngineError> {
        match self {
            Self::Cpu(_) => Ok(()),
            Self::Gpu(e) => {
                try_tiles(e).await?;
                e.set_tuning(tuning)
            }
        }
    }

    /// Measures that, for about `limit` milliseconds: [`gpu::GpuEngine::tune`]. What computes wrong numbers does
    /// not take part.
    ///
    /// # Errors
    /// [`EngineError::Lost`] if the GPU was lost, [`EngineError::Gpu`] if it refuses a pipeline.
    pub async fn tune(&mut self, limit: f64) -> Result<Option<gpu::Tuning>, EngineError> {
        match self {
            Self::Cpu(_) => Ok(None),
            Self::Gpu(e) => {
                try_tiles(e).await?;
                e.tune(limit).await.map(Some)
            }
        }
    }

    /// Sets every buffer but the input's to NaN: tests use it to see that a run writes everything.
    ///
    /// # Errors
    /// [`EngineError::Gpu`] if the GPU refuses the copy.
    pub fn poison(&mut self) -> Result<(), EngineError> {
        each!(self, e => e.poison())
    }
}

/// Learns which tiles compute right numbers on the device.
async fn try_tiles(gpu: &gpu::GpuEngine) -> Result<(), EngineError> {
    let plan = gpu.plan();
    for tile in gpu.tiles() {
        trial::trial(gpu, &plan, Some(*tile)).await?;
    }
    Ok(())
}
