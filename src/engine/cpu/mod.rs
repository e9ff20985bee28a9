//! How does a CPU run the steps? The fallback where no real GPU is, and what shaders are tested
//! against. Convolutions are matrix products whose left side is read where it lies in the input;
//! everything else is plain loops over channels, four at a time.
//!
//! With the feature `cli` blocks of output pixels are shared out among threads (rayon).

mod conv;
mod depthwise;
mod grouped;
mod lrn;
mod memory;
mod photo;
mod pointwise;
mod pool;
mod product;
mod simd;
mod summary;
mod vector;

use super::{EngineError, Photo};
use crate::net::NodeId;
use crate::net::Normalize;
use crate::photo::resample::Crop;
use crate::plan::pack::Layout;
use crate::plan::{BufferSpec, Kernel, Plan, Step, View, padded};
use memory::{Epilogue, Source, Target};
use product::product;
use std::collections::HashMap;
use std::ops::Range;

/// The steps of a plan on the CPU; see [`super::Engine`] for what the methods mean.
#[derive(Debug, Default)]
pub struct CpuEngine {
    specs: Vec<BufferSpec>,
    buffers: Vec<Vec<f32>>,
    steps: Vec<Step>,
    /// By step, [arranged](Epilogue::arrange); empty until [`CpuEngine::set_epilogue`].
    epilogues: Vec<Vec<f32>>,
    /// Packed ([`crate::plan::pack`]), a dense convolution's in [panels](panel).
    weights: HashMap<NodeId, Vec<f32>>,
}

/// What a kernel needs besides its parameters and its output.
struct Task<'a> {
    input: Source<'a>,
    weights: &'a [f32],
    epilogue: Epilogue<'a>,
    /// Columns of the output.
    width: usize,
}

impl CpuEngine {
    /// An engine without plan and weights.
    pub fn new() -> Self {
        Self::default()
    }

    /// See [`super::Engine::reset`].
    pub fn reset(&mut self) {
        *self = Self { weights: std::mem::take(&mut self.weights), ..Self::default() };
    }

    /// See [`super::Engine::extend`].
    pub fn extend(&mut self, plan: &Plan) -> Result<(), EngineError> {
        let (buffers, steps) = (self.buffers.len(), self.steps.len());
        if plan.buffers.len() < buffers || plan.steps.len() < steps {
            return Err(EngineError::Misuse {
                what: "plan".to_owned(),
                expected: format!("one that grew from {buffers} buffers and {steps} steps, or a reset"),
                found: format!("{} buffers and {} steps", plan.buffers.len(), plan.steps.len()),
            });
        }
        for (index, step) in plan.steps.iter().enumerate().skip(steps) {
            check_step(plan, index, step)?;
        }
        self.specs.extend_from_slice(&plan.buffers[buffers..]);
        self.buffers.extend(plan.buffers[buffers..].iter().map(|spec| vec![0.0; spec.len()]));
        self.steps.extend_from_slice(&plan.steps[steps..]);
        self.epilogues.resize(self.steps.len(), Vec::new());
        Ok(())
    }

    /// See [`super::Engine::set_weights`].
    pub fn set_weights(&mut self, node: NodeId, packed: Vec<f32>) -> Result<(), EngineError> {
        // Found in the plan, for kernels differ in the order in which they read.
        let Some(step) = self.steps.iter().find(|step| step.weights == Some(node)) else {
            return Err(EngineError::Misuse {
                what: format!("weights of node {}", node.0),
                expected: "a plan in which a step reads them".to_owned(),
                found: "none".to_owned(),
            });
        };
        check_len(&format!("weights of node {}", node.0), weight_len(step), packed.len())?;
        self.weights.insert(node, packed);
        Ok(())
    }

    /// See [`super::Engine::read_weights`].
    pub fn read_weights(&self, node: NodeId) -> Result<Vec<f32>, EngineError> {
        self.weights.get(&node).cloned().ok_or_else(|| super::no_weights(node))
    }

    /// See [`super::Engine::set_epilogue`].
    pub fn set_epilogue(&mut self, step: usize, values: &[f32]) -> Result<(), EngineError> {
        let Some(output) = self.steps.get(step).map(|s| s.output) else {
            return Err(no_step(step, self.steps.len()));
        };
        check_len(&format!("epilogue of step {step}"), output.epilogue_len(), values.len())?;
        Epilogue::arrange(values, &mut self.epilogues[step]);
        Ok(())
    }

    /// See [`super::Engine::write_input`].
    pub fn write_input(&mut self, view: &View, chw: &[f32]) -> Result<(), EngineError> {
        check_view(&self.specs, "input", view)?;
        check_len("input", view.shape.values(), chw.len())?;
        let area = view.shape.area();
        self.target(view).each_pixel(|pixel, out| {
            let planes = chw.iter().skip(pixel).step_by(area).copied();
            out.iter_mut().zip(planes.chain(std::iter::repeat(0.0))).for_each(|(o, v)| *o = v);
        });
        Ok(())
    }

    /// See [`super::Engine::write_photo`].
    pub fn write_photo(
        &mut self,
        view: &View,
        photo: Photo<'_>,
        crop: &Crop,
        normalize: &Normalize,
    ) -> Result<(), EngineError> {
        check_view(&self.specs, "input", view)?;
        photo.check(crop, view)?;
        let pixels = photo::resize(&photo, crop);
        photo::normalize(&pixels, normalize, self.target(view));
        Ok(())
    }

    /// See [`super::Engine::run`].
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
        let channels = padded(step.output.shape.c());
        check_len(&format!("epilogue of step {index}"), Epilogue::len(channels), epilogue.len())?;
        let weights = match step.weights {
            Some(node) => self.weights.get(&node).map_or(&[][..], Vec::as_slice),
            None => &[],
        };
        check_len(&format!("weights of step {index}"), weight_len(step), weights.len())?;

        // The output's buffer is taken out, so that the others can be read while it is written;
        // extend() has made sure that a step reads no buffer that it writes.
        let mut output = std::mem::take(&mut self.buffers[step.output.buffer.0]);
        let out = Target::new(&mut output, &self.specs[step.output.buffer.0], &step.output);
        let source =
            |view: &View| Source::new(&self.buffers[view.buffer.0], &self.specs[view.buffer.0], view);
        let task = Task {
            input: source(&step.input),
            weights,
            epilogue: Epilogue::new(
                epilogue,
                step.epilogue.relu,
                step.epilogue.residual.as_ref().map(|r| (source(&r.view), r.other)),
            ),
            width: step.output.shape.w(),
        };
        match &step.kernel {
            Kernel::Conv2d(window) => conv::run(&task, window, step.input.shape.c(), out),
            Kernel::GroupedConv2d { window, groups } => {
                grouped::run(&task, window, *groups, [step.input.shape.c(), step.output.shape.c()], out);
            }
            Kernel::DepthwiseConv2d { window, relu_input } => depthwise::run(&task, window, *relu_input, out),
            Kernel::MaxPool(window) => pool::max(&task, window, out),
            Kernel::AvgPool { window, count_include_pad } => {
                pool::average(&task, window, *count_include_pad, out);
            }
            Kernel::AdaptiveAvgPool => pool::adaptive_average(&task, step.output.shape, out),
            Kernel::Pointwise => pointwise::run(&task, out),
            Kernel::LocalResponseNorm(lrn) => lrn::run(&task, lrn, out),
            Kernel::Softmax => vector::softmax(&task, step.output.shape.c(), out),
            Kernel::L2Normalize => vector::l2_normalize(&task, out),
        }
        self.buffers[step.output.buffer.0] = output;
        Ok(())
    }

    /// See [`super::Engine::read`].
    pub fn read(&self, view: &View) -> Result<Vec<f32>, EngineError> {
        check_view(&self.specs, "read", view)?;
        let source = Source::new(&self.buffers[view.buffer.0], &self.specs[view.buffer.0], view);
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
    pub fn poison(&mut self) -> Result<(), EngineError> {
        self.buffers.iter_mut().skip(1).for_each(|buffer| buffer.fill(f32::NAN));
        Ok(())
    }

    /// See [`super::Engine::dispose`].
    pub fn dispose(&mut self) {
        *self = Self::default();
    }

    fn target(&mut self, view: &View) -> Target<'_> {
        Target::new(&mut self.buffers[view.buffer.0], &self.specs[view.buffer.0], view)
    }
}

/// See [`super::Engine::panel`].
pub fn panel() -> usize {
    product().width
}

/// Number of packed weights that a step reads.
fn weight_len(step: &Step) -> usize {
    Layout::of(step, Some(panel())).map_or(0, |layout| layout.len())
}

fn check_step(plan: &Plan, index: usize, step: &Step) -> Result<(), EngineError> {
    let what = |part: &str| format!("{part} of step {index}");
    check_view(&plan.buffers, &what("output"), &step.output)?;
    let residual = step.epilogue.residual.as_ref().map(|r| ("residual", r.view));
    for (part, view) in [("input", step.input)].into_iter().chain(residual) {
        check_view(&plan.buffers, &what(part), &view)?;
        if view.buffer == step.output.buffer {
            return Err(EngineError::Misuse {
                what: what(part),
                expected: "another buffer than the output's".to_owned(),
                found: format!("buffer '{}'", plan.buffers[view.buffer.0].name),
            });
        }
    }
    // What the kernels rely on; windows are clipped to their input and need no check.
    let same = match step.kernel {
        Kernel::Conv2d(_) | Kernel::GroupedConv2d { .. } => true,
        Kernel::DepthwiseConv2d { .. }
        | Kernel::MaxPool(_)
        | Kernel::AvgPool { .. }
        | Kernel::AdaptiveAvgPool => step.input.shape.c() == step.output.shape.c(),
        _ => step.input.shape.dims() == step.output.shape.dims(),
    };
    if !same || residual.is_some_and(|(_, view)| view.shape.dims() != step.output.shape.dims()) {
        return Err(EngineError::Misuse {
            what: what("shapes"),
            expected: format!("{} as the input's and the residual's", step.output.shape),
            found: step.input.shape.to_string(),
        });
    }
    Ok(())
}

fn check_view(specs: &[BufferSpec], what: &str, view: &View) -> Result<(), EngineError> {
    if specs.get(view.buffer.0).is_some_and(|spec| spec.holds(view)) {
        return Ok(());
    }
    Err(EngineError::Misuse {
        what: what.to_owned(),
        expected: "a view that lies in a buffer, on groups of four channels".to_owned(),
        found: format!("{view:?} of {:?}", specs.get(view.buffer.0)),
    })
}

fn check_len(what: &str, expected: usize, found: usize) -> Result<(), EngineError> {
    if expected == found {
        return Ok(());
    }
    Err(EngineError::Misuse {
        what: what.to_owned(),
        expected: format!("{expected} values"),
        found: found.to_string(),
    })
}

fn no_step(index: usize, steps: usize) -> EngineError {
    EngineError::Misuse {
        what: format!("step {index}"),
        expected: format!("one of {steps} steps"),
        found: "none".to_owned(),
    }
}
