//! How does a CPU run the steps? The fallback without a hardware GPU, and what shaders are tested
//! against. Which pixels are computed, in which order and from which others, is said here; what is computed on their
//! channels, in the package `inceptionscope_kernels` (`kernels/`).
//!
//! With the feature `threads` blocks of output pixels are shared out among threads (rayon).

mod backward;
mod conv;
mod depthwise;
mod grouped;
mod lrn;
mod memory;
mod photo;
mod pointwise;
mod pool;
mod summary;
mod vector;
mod winograd;

use super::check::{check_len, check_picture, check_plan, check_view, no_step};
use super::shelf::Shelf;
use super::{EngineError, KEPT, Photo};
use crate::net::NodeId;
use crate::net::Normalize;
use crate::photo::resample::Crop;
use crate::plan::pack::Layout;
use crate::plan::{BufferSpec, EpilogueValues, Kernel, Plan, Step, View, padded};
use inceptionscope_kernels::{Epilogue, Source, transformed};
use memory::{Target, source};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// The steps of a plan on the CPU; see [`super::Engine`] for what the methods mean.
#[derive(Debug)]
pub struct CpuEngine {
    /// Pictures.
    batch: usize,
    specs: Vec<BufferSpec>,
    buffers: Vec<Vec<f32>>,
    steps: Vec<Step>,
    epilogues: Vec<Arranged>,
    weights: Rc<Shelf<Rc<Weights>>>,
    winograd: Winograd,
    /// Buffers of the engine that was dropped last, for the next one of this family: new ones would have to be cleared.
    spare: Rc<RefCell<Vec<Vec<f32>>>>,
}

/// Which convolutions are computed with fewer multiplications, by Winograd's algorithm: it knows windows of 3×3,
/// 1×7 and 7×1 with stride 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Winograd {
    /// Those that are faster for it.
    #[default]
    Auto,
    /// None.
    Off,
    /// All.
    Always,
}

/// Weights of a step.
#[derive(Debug)]
struct Weights {
    /// See [`crate::plan::pack`]; a dense convolution's in [panels](panel).
    packed: Vec<f32>,
    /// The same for [`winograd`], where it pays.
    transformed: Option<Vec<f32>>,
}

/// An epilogue's numbers as kernels read them.
#[derive(Clone, Debug, Default)]
struct Arranged {
    /// See [`Epilogue::arrange`]; empty until [`CpuEngine::set_epilogue`].
    channels: Vec<f32>,
    /// Factor of the other summand.
    other: f32,
}

/// What a kernel needs besides its parameters and its output.
struct Task<'a> {
    /// All pictures of each. The first is the input.
    operands: &'a [Source<'a>],
    input: Source<'a>,
    weights: &'a [f32],
    epilogue: Epilogue<'a>,
    /// Rows and columns of the output of one picture.
    size: [usize; 2],
}

impl<'a> Task<'a> {
    /// What an output pixel reads, counted over all pictures: the input of its picture, and the pixel's row
    /// and column in that picture's output.
    fn locate(&self, pixel: usize) -> (Source<'a>, [usize; 2]) {
        let (picture, at) = self.position(pixel);
        (self.input.picture(picture), at)
    }

    /// The picture of an output pixel, counted over all pictures, and the pixel's row and column in it.
    fn position(&self, pixel: usize) -> (usize, [usize; 2]) {
        let [height, width] = self.size;
        let within = pixel % (height * width);
        (pixel / (height * width), [within / width, within % width])
    }

    /// One of the operands; plans are checked before they come here.
    fn operand(&self, index: usize) -> Source<'a> {
        self.operands[index]
    }
}

impl Drop for CpuEngine {
    fn drop(&mut self) {
        let values: usize = self.buffers.iter().map(Vec::len).sum();
        // Batches are rare, and large.
        if self.batch == 1 && (1..=KEPT / size_of::<f32>()).contains(&values) {
            self.spare.replace(std::mem::take(&mut self.buffers));
        }
    }
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl CpuEngine {
    /// An engine for one picture, without plan and weights.
    pub fn new() -> Self {
        Self::with(1, Rc::default(), Winograd::default(), Rc::default())
    }

    fn with(
        batch: usize,
        weights: Rc<Shelf<Rc<Weights>>>,
        winograd: Winograd,
        spare: Rc<RefCell<Vec<Vec<f32>>>>,
    ) -> Self {
        let (specs, buffers, steps, epilogues) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { batch, specs, buffers, steps, epilogues, weights, winograd, spare }
    }

    /// What is computed with fewer multiplications, of which weights come from now on.
    pub fn set_winograd(&mut self, winograd: Winograd) {
        self.winograd = winograd;
    }

    /// See [`super::Engine::fork`].
    pub fn fork(&self, batch: usize) -> Self {
        Self::with(batch.max(1), self.weights.clone(), self.winograd, self.spare.clone())
    }

    /// See [`super::Engine::apart`].
    pub fn apart(&self) -> Self {
        Self::with(1, Shelf::over(&self.weights), self.winograd, self.spare.clone())
    }

    /// See [`super::Engine::beside`].
    pub fn beside(&self) -> Self {
        Self::with(1, Rc::default(), self.winograd, Rc::default())
    }

    /// See [`super::Engine::batch`].
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// See [`super::Engine::extend`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::extend`].
    pub fn extend(&mut self, plan: &Plan) -> Result<(), EngineError> {
        check_plan(plan, &self.specs, self.steps.len())?;
        let (buffers, steps) = (self.buffers.len(), self.steps.len());
        self.specs.extend_from_slice(&plan.buffers[buffers..]);
        // What does not fit is freed.
        let mut spare = self.spare.take();
        for spec in &plan.buffers[buffers..] {
            let length = spec.len() * self.batch;
            let fits = spare.iter().position(|buffer| buffer.len() == length);
            self.buffers.push(fits.map_or_else(|| vec![0.0; length], |found| spare.swap_remove(found)));
        }
        self.steps.extend_from_slice(&plan.steps[steps..]);
        self.epilogues.resize(self.steps.len(), Arranged::default());
        Ok(())
    }

    /// See [`super::Engine::set_weights`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::set_weights`].
    pub fn set_weights(&mut self, step: &Step, packed: Vec<f32>) -> Result<usize, EngineError> {
        let Some(node) = step.weights else { return Ok(0) };
        let pays = winograd::pays(self.winograd, step);
        let transformed = pays.map(|grid| transformed(grid.windows, &packed, step.input().shape.c()));
        let values = packed.len() + transformed.as_ref().map_or(0, Vec::len);
        self.weights.put(node, Rc::new(Weights { packed, transformed }));
        Ok(values * size_of::<f32>())
    }

    /// See [`super::Engine::read_weights`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::read_weights`].
    pub fn read_weights(&self, node: NodeId) -> Result<Vec<f32>, EngineError> {
        self.weights
            .get(node)
            .map(|weights| weights.packed.clone())
            .ok_or_else(|| super::check::no_weights(node))
    }

    /// See [`super::Engine::set_epilogue`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::set_epilogue`].
    pub fn set_epilogue(&mut self, step: usize, values: &EpilogueValues) -> Result<(), EngineError> {
        let Some(output) = self.steps.get(step).map(Step::output) else {
            return Err(no_step(step, self.steps.len()));
        };
        check_len(&format!("epilogue of step {step}"), output.epilogue_len(), values.channels.len())?;
        let epilogue = &mut self.epilogues[step];
        Epilogue::arrange(&values.channels, &mut epilogue.channels);
        epilogue.other = values.other;
        Ok(())
    }

    /// See [`super::Engine::write_input`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::write_input`].
    pub fn write_input(&mut self, view: &View, picture: usize, chw: &[f32]) -> Result<(), EngineError> {
        check_picture(picture, self.batch)?;
        check_view(&self.specs, "input", view)?;
        check_len("input", view.shape.values(), chw.len())?;
        let area = view.shape.area();
        self.target(view, picture).each_pixel(|pixel, out| {
            for (c, out) in out.iter_mut().enumerate() {
                *out = chw.get(c * area + pixel).copied().unwrap_or(0.0);
            }
        });
        Ok(())
    }

    /// See [`super::Engine::write_photo`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::write_photo`].
    pub fn write_photo(
        &mut self,
        view: &View,
        picture: usize,
        photo: Photo<'_>,
        crop: &Crop,
        normalize: &Normalize,
    ) -> Result<(), EngineError> {
        check_picture(picture, self.batch)?;
        check_view(&self.specs, "input", view)?;
        photo.check(crop, view)?;
        let pixels = photo::resize(&photo, crop);
        photo::normalize(&pixels, normalize, self.target(view, picture));
        Ok(())
    }

    /// See [`super::Engine::run`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::run`].
    pub fn run(&mut self, steps: Range<usize>) -> Result<(), EngineError> {
        if steps.end > self.steps.len() {
            return Err(no_step(steps.end - 1, self.steps.len()));
        }
        for index in steps {
            self.run_step(index)?;
        }
        Ok(())
    }

    fn run_step(&mut self, index: usize) -> Result<(), EngineError> {
        let step = &self.steps[index];
        let epilogue = &self.epilogues[index];
        let channels = padded(step.output().shape.c());
        check_len(&format!("epilogue of step {index}"), Epilogue::len(channels), epilogue.channels.len())?;
        let weights = step.weights.and_then(|node| self.weights.get(node));
        let transformed = weights.as_ref().and_then(|weights| weights.transformed.as_ref());
        let weights = weights.as_ref().map_or(&[][..], |weights| &weights.packed);
        check_len(&format!("weights of step {index}"), weight_len(step), weights.len())?;

        // The outputs' buffers are taken out, so that the others can be read while they are written;
        // extend() has made sure that a step reads no buffer that it writes, and has an output.
        let (input, output) = (*step.input(), *step.output());
        let taken = |view: &View| std::mem::take(&mut self.buffers[view.buffer.0]);
        let mut written: Vec<Vec<f32>> = step.outputs.iter().map(taken).collect();
        let targets = written.iter_mut().zip(&step.outputs);
        let mut targets: Vec<Target<'_>> =
            targets.map(|(values, view)| Target::new(values, &self.specs[view.buffer.0], view)).collect();
        let out = targets.remove(0);
        let source = |view: &View| source(&self.buffers[view.buffer.0], &self.specs[view.buffer.0], view);
        let operands: Vec<Source<'_>> = step.operands.iter().map(source).collect();
        let task = Task {
            operands: &operands,
            input: source(&input),
            weights,
            epilogue: Epilogue::new(
                &epilogue.channels,
                step.epilogue.relu,
                step.residual().map(|(_, view)| (source(view), epilogue.other)),
            ),
            size: [output.shape.h(), output.shape.w()],
        };
        match &step.kernel {
            Kernel::Conv2d(window) => match winograd::pays(self.winograd, step).zip(transformed) {
                Some((grid, weights)) => {
                    winograd::run(&task, &grid, weights, window, input.shape.c(), out);
                }
                None => conv::run(&task, window, input.shape.c(), out),
            },
            Kernel::GroupedConv2d(conv) => {
                grouped::run(&task, conv, [input.shape.c(), output.shape.c()], out);
            }
            Kernel::DepthwiseConv2d(conv) => depthwise::run(&task, conv, out),
            Kernel::MaxPool { window, taps: false } => pool::max(&task, window, out),
            Kernel::MaxPool { window, taps: true } => {
                pool::max_and_taps(&task, window, output.shape.c(), out, targets.remove(0));
            }
            Kernel::AvgPool(pool) => pool::average(&task, pool, out),
            Kernel::AdaptiveAvgPool => pool::adaptive_average(&task, out),
            Kernel::Pointwise => pointwise::run(&task, out),
            Kernel::LocalResponseNorm(lrn) => lrn::run(&task, lrn, out),
            Kernel::Softmax => vector::softmax(&task, output.shape.c(), out),
            Kernel::L2Normalize => vector::l2_normalize(&task, out),
            Kernel::Backward(adjoint) => backward::run(&task, adjoint, [output.shape, input.shape], out),
        }
        for (view, values) in step.outputs.iter().zip(written) {
            self.buffers[view.buffer.0] = values;
        }
        Ok(())
    }

    /// See [`super::Engine::read`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::read`].
    pub fn read(&self, view: &View, picture: usize) -> Result<Vec<f32>, EngineError> {
        let source = self.source(view, picture)?;
        let area = view.shape.area();
        let mut chw = vec![0.0; view.shape.values()];
        for pixel in 0..area {
            for (c, value) in source.pixel(pixel).iter().take(view.shape.c()).enumerate() {
                chw[c * area + pixel] = *value;
            }
        }
        Ok(chw)
    }

    /// See [`super::Engine::poison`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::poison`].
    pub fn poison(&mut self) -> Result<(), EngineError> {
        self.buffers.iter_mut().skip(1).for_each(|buffer| buffer.fill(f32::NAN));
        Ok(())
    }

    fn source(&self, view: &View, picture: usize) -> Result<Source<'_>, EngineError> {
        check_picture(picture, self.batch)?;
        check_view(&self.specs, "read", view)?;
        let (buffer, spec) = (&self.buffers[view.buffer.0], &self.specs[view.buffer.0]);
        Ok(source(buffer, spec, view).picture(picture))
    }

    fn target(&mut self, view: &View, picture: usize) -> Target<'_> {
        let spec = &self.specs[view.buffer.0];
        Target::new(&mut self.buffers[view.buffer.0][picture * spec.len()..][..spec.len()], spec, view)
    }
}

/// See [`super::Engine::panel`].
pub use inceptionscope_kernels::panel;

/// Number of packed weights that a step reads.
fn weight_len(step: &Step) -> usize {
    Layout::of(step, Some(panel)).map_or(0, |layout| layout.len())
}
