//! Which tile is fastest for which convolutions? Measured once on the device; kept by the code that
//! opens the engine (a file natively, the browser's storage on the page).
//!
//! By the clock, over as many dispatches at once as take a while: timestamp queries are coarsened to a
//! tenth of a millisecond in browsers, longer than most steps take on a real GPU.

use super::device::now;
use super::passes::{GpuStep, Scratch};
use super::shaders::Shader;
use super::step::{self, Dispatch, quads};
use super::winograd::Grid;
use super::{BufferSpec, EngineError, GpuEngine, Kernel, Step, Tile};
use inceptionscope_kernels::Windows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Milliseconds of a measurement, beside which waiting for it does not count.
const MEASURABLE: f64 = 8.0;
/// Dispatches of a measurement at most.
const DISPATCHES: usize = 64;

/// What was measured on a device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tuning {
    /// The device, as far as it has a name.
    pub adapter: String,
    /// The fastest tile of each class of convolutions, by class.
    pub tiles: BTreeMap<String, Tile>,
    /// What the convolutions measured took by the choice made without measuring, in milliseconds.
    pub before: f64,
    /// What they take now.
    pub after: f64,
    /// How long the measuring took.
    pub took: f64,
}

/// How long one step takes.
#[derive(Clone, Debug, Serialize)]
pub struct StepTime {
    /// The node whose value it stores.
    pub node: String,
    /// The shader that computes it.
    pub shader: &'static str,
    /// Multiply-adds.
    pub macs: u64,
    /// Milliseconds.
    pub ms: f64,
}

/// Convolutions of one class get one tile: the same kind of window, and about as many pixels and channels.
fn class(step: &Step) -> Option<String> {
    let Kernel::Conv2d(window) = &step.kernel else { return None };
    let window = match Grid::of(step).map(|grid| grid.windows) {
        Some(Windows::Square) => "3x3",
        Some(Windows::Line) => "1x7",
        None if window.kernel == [1, 1] => "1x1",
        None => "window",
    };
    let about = |n: usize| (0..).map(|i| 1_usize << (2 * i)).find(|p| *p >= n).unwrap_or(n);
    let (pixels, channels) = (about(step.output().shape.area()), about(step.output().shape.c()));
    Some(format!("{window}, up to {pixels} pixels, {channels} channels"))
}

impl GpuEngine {
    /// What is known of this device, by [`GpuEngine::tune`] or [`GpuEngine::set_tuning`].
    pub fn tuning(&self) -> Tuning {
        self.device.tuning.borrow().clone()
    }

    /// Uses what was measured before; steps that exist change to the new tiles. What was measured on
    /// another device is not taken.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::set_tuning`].
    pub fn set_tuning(&mut self, tuning: Tuning) -> Result<(), EngineError> {
        if tuning.adapter == self.device.info.name || tuning.tiles.is_empty() {
            self.device.tuning.replace(tuning);
            let mut all = Vec::new();
            for GpuStep { step, .. } in &self.steps {
                all.push(self.dispatches(step, &self.specs, self.tile_for(step))?);
            }
            // Once for all steps, as in `extend`.
            let scratch = self.device.scratch(Scratch::room_for(all.iter().flatten()));
            for (index, dispatches) in all.into_iter().enumerate() {
                self.steps[index] = self.with_dispatches(index, dispatches);
            }
            drop(scratch);
        }
        Ok(())
    }

    /// Measures every tile that may suit the device for each class of the convolutions that can run, the
    /// costliest classes first, until `limit` milliseconds have gone; then uses the fastest ones.
    /// Values do not change: each convolution is repeated on the inputs of the last run.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::tune`].
    pub async fn tune(&mut self, limit: f64) -> Result<Tuning, EngineError> {
        let began = now();
        self.finish().await?;
        // Classes, the multiply-adds of all their convolutions, and the costliest of them.
        let mut classes: Vec<(String, u64, usize)> = Vec::new();
        for index in 0..self.steps.len() {
            let step = &self.steps[index].step;
            let (macs, Some(class)) = (step.macs, class(step)) else { continue };
            if self.bind_at(index).is_err() {
                continue; // Its weights are not there.
            }
            match classes.iter_mut().find(|(known, ..)| *known == class) {
                Some((_, sum, costliest)) => {
                    *sum += macs;
                    if macs > self.steps[*costliest].step.macs {
                        *costliest = index;
                    }
                }
                None => classes.push((class, macs, index)),
            }
        }
        let mut tuning = Tuning { adapter: self.device.info.name.clone(), ..Tuning::default() };
        while now() - began <= limit {
            // The costliest that is left.
            let most = (0..classes.len()).max_by_key(|at| classes[*at].1);
            let Some((class, _, index)) = most.map(|at| classes.swap_remove(at)) else { break };
            let untuned = Tile::choose(&self.steps[index].step, &self.device.info);
            let mut times = Vec::new();
            for tile in self.tiles() {
                if self.can_have(*tile, &self.steps[index].step) {
                    let candidate = self.with_tile(index, *tile)?;
                    times.push((*tile, self.time(candidate).await?));
                }
            }
            let Some((fastest, ms)) = times.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)) else {
                continue;
            };
            tuning.before += times.iter().find(|(tile, _)| *tile == untuned).map_or(ms, |(_, ms)| *ms);
            tuning.after += ms;
            tuning.tiles.insert(class, fastest);
        }
        tuning.took = now() - began;
        // To the microsecond: short numbers come back from JSON as they were.
        for time in [&mut tuning.before, &mut tuning.after, &mut tuning.took] {
            *time = (*time * 1e3).round() / 1e3;
        }
        self.set_tuning(tuning)?;
        Ok(self.tuning())
    }

    /// How long each step takes that can run, alone on the device.
    ///
    /// # Errors
    /// [`EngineError::Lost`] or [`EngineError::Gpu`] if the device fails.
    pub async fn profile(&mut self) -> Result<Vec<StepTime>, EngineError> {
        let mut times = Vec::new();
        for index in 0..self.steps.len() {
            if self.bind_at(index).is_ok() {
                let step = self.steps[index].clone();
                let (node, shader, macs) = (step.name.clone(), step.shader(), step.step.macs);
                times.push(StepTime { node, shader, macs, ms: self.time(step).await? });
            }
        }
        Ok(times)
    }

    /// The tile for a step: as measured, or as seems best; another if that one cannot be had.
    pub(super) fn tile_for(&self, step: &Step) -> Tile {
        let info = &self.device.info;
        let measured = || self.device.tuning.borrow().tiles.get(&class(step)?).copied();
        let wanted = self.tile.or_else(measured).unwrap_or_else(|| Tile::choose(step, info));
        let direct = Tile::direct(step.output().shape.area(), quads(step.output()), info);
        let others = || [direct].into_iter().chain(self.tiles().iter().copied());
        let fits = |tile: &Tile| !(self.direct && *tile == Tile::Winograd) && self.can_have(*tile, step);
        match fits(&wanted) {
            true => wanted,
            false => others().find(fits).unwrap_or(direct),
        }
    }

    /// Whether a step can be computed with a tile, and is not known to come out wrong.
    fn can_have(&self, tile: Tile, step: &Step) -> bool {
        let Kernel::Conv2d(window) = &step.kernel else { return tile != Tile::Winograd };
        let is_right = |shader: &Shader| !self.is_wrong(shader.name);
        is_right(tile.shader(window, step))
            && match (tile, Grid::of(step)) {
                (Tile::Winograd, Some(grid)) => {
                    let inner = grid.inner(step, &self.device.info);
                    is_right(inner.product(true, quads(step.output())))
                }
                (Tile::Winograd, None) => false,
                _ => true,
            }
    }

    /// A step's dispatches with a tile.
    pub(super) fn dispatches(
        &self,
        step: &Step,
        buffers: &[BufferSpec],
        tile: Tile,
    ) -> Result<Vec<Dispatch>, EngineError> {
        step::dispatches(step, buffers, self.batch, tile, &self.device.info)
    }

    /// The tiles worth trying here.
    pub(in crate::engine) fn tiles(&self) -> &'static [Tile] {
        Tile::candidates(&self.device.info)
    }

    /// A step with another tile. It shares the step's buffers.
    fn with_tile(&mut self, index: usize, tile: Tile) -> Result<GpuStep, EngineError> {
        let dispatches = self.dispatches(&self.steps[index].step, &self.specs, tile)?;
        Ok(self.with_dispatches(index, dispatches))
    }

    fn with_dispatches(&mut self, index: usize, dispatches: Vec<Dispatch>) -> GpuStep {
        let mut step = self.steps[index].clone();
        if step.variant() != Dispatch::variant(&dispatches) {
            step.passes = self.passes(&step.step, dispatches, step.other);
        }
        step
    }

    /// Milliseconds that a step takes.
    async fn time(&mut self, mut step: GpuStep) -> Result<f64, EngineError> {
        self.bind(&mut step)?;
        // The first use may compile.
        let step = [step];
        self.submit(self.device.encoder(), &step, 1);
        self.finish().await?;
        let mut waiting = f64::INFINITY;
        let mut count = 1;
        loop {
            let start = now();
            self.submit(self.device.encoder(), &[], 0);
            self.device.finish().await?;
            waiting = waiting.min(now() - start);
            let start = now();
            self.submit(self.device.encoder(), &step, count);
            self.device.finish().await?;
            let ms = now() - start;
            if ms >= MEASURABLE || count >= DISPATCHES {
                return Ok((ms - waiting).max(0.0) / count as f64);
            }
            count *= 4;
        }
    }
}
