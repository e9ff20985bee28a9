//! Can an engine run this? What kernels rely on is checked here, once for both engines, before anything
//! changes.

use super::EngineError;
use crate::net::NodeId;
use crate::plan::{Adjoint, BufferSpec, Kernel, Plan, Step, View};

/// Whether a plan continues the one of which an engine has these buffers and so many steps, and its steps can
/// be run.
pub(super) fn check_plan(plan: &Plan, specs: &[BufferSpec], steps: usize) -> Result<(), EngineError> {
    if !plan.buffers.starts_with(specs) || plan.steps.len() < steps {
        return Err(EngineError::Misuse {
            what: "plan".to_owned(),
            expected: format!("one that continues {} buffers and {steps} steps", specs.len()),
            found: format!("{} buffers and {} steps", plan.buffers.len(), plan.steps.len()),
        });
    }
    let new = plan.steps.iter().enumerate().skip(steps);
    new.into_iter().try_for_each(|(index, step)| check_step(plan, index, step))
}

/// Windows are clipped to their input and need no check.
fn check_step(plan: &Plan, index: usize, step: &Step) -> Result<(), EngineError> {
    let what = |part: &str| format!("{part} of step {index}");
    let needed = [step.kernel.operands(), step.kernel.outputs()];
    if step.operands.len() < needed[0] || step.outputs.len() != needed[1] {
        return Err(EngineError::Misuse {
            what: what("operands"),
            expected: format!("{} or more, and {} outputs", needed[0], needed[1]),
            found: format!("{}, and {}", step.operands.len(), step.outputs.len()),
        });
    }
    for (number, view) in step.outputs.iter().enumerate() {
        check_view(&plan.buffers, &what("output"), view)?;
        let others = step.operands.iter().chain(&step.outputs[..number]);
        if others.into_iter().any(|other| other.buffer == view.buffer) {
            return Err(EngineError::Misuse {
                what: what("output"),
                expected: "a buffer that the step neither reads nor writes otherwise".to_owned(),
                found: format!("buffer '{}'", plan.buffers[view.buffer.0].name),
            });
        }
    }
    step.operands.iter().try_for_each(|view| check_view(&plan.buffers, &what("operand"), view))?;
    let (input, output) = (step.input().shape, step.output().shape);
    let fits = match step.kernel {
        Kernel::Conv2d(_) | Kernel::GroupedConv2d(_) | Kernel::Backward(Adjoint::GroupedConv2d(_)) => true,
        Kernel::DepthwiseConv2d(_)
        | Kernel::MaxPool { .. }
        | Kernel::AvgPool(_)
        | Kernel::AdaptiveAvgPool
        | Kernel::Backward(
            Adjoint::DepthwiseConv2d(_)
            | Adjoint::MaxPool(_)
            | Adjoint::AvgPool(_)
            | Adjoint::AdaptiveAvgPool
            | Adjoint::Spread { .. },
        ) => input.c() == output.c(),
        Kernel::Backward(Adjoint::Passes) => output.values() == 1,
        Kernel::Pointwise
        | Kernel::LocalResponseNorm(_)
        | Kernel::Softmax
        | Kernel::L2Normalize
        | Kernel::Backward(
            Adjoint::Relu(_) | Adjoint::LocalResponseNorm(_) | Adjoint::Softmax | Adjoint::L2Normalize,
        ) => input.dims() == output.dims(),
    };
    let same = |view: Option<&View>| view.is_some_and(|view| view.shape.dims() == output.dims());
    let residual = step.epilogue.residual.is_none_or(|residual| same(step.operands.get(residual.operand)));
    // What an adjoint reads beside the gradient has its shape; of a depthwise convolution, the output's.
    let second = match step.kernel {
        Kernel::Backward(Adjoint::DepthwiseConv2d(_)) => same(step.operands.get(1)),
        Kernel::Backward(_) if needed[0] >= 2 => step.operands[1].shape.dims() == input.dims(),
        _ => true,
    };
    let third = needed[0] < 3 || step.operands[2].shape.values() == 1;
    if !fits || !second || !third || !residual || !step.outputs.iter().all(|view| same(Some(view))) {
        return Err(EngineError::Misuse {
            what: what("shapes"),
            expected: format!("{output} as those of what is read and written"),
            found: input.to_string(),
        });
    }
    Ok(())
}

/// Whether a view lies in its buffer.
pub(super) fn check_view(specs: &[BufferSpec], what: &str, view: &View) -> Result<(), EngineError> {
    if specs.get(view.buffer.0).is_some_and(|spec| spec.holds(view)) {
        return Ok(());
    }
    Err(EngineError::Misuse {
        what: what.to_owned(),
        expected: "a view that lies in a buffer, on groups of four channels".to_owned(),
        found: format!("{view:?} of {:?}", specs.get(view.buffer.0)),
    })
}

pub(super) fn check_len(what: &str, expected: usize, found: usize) -> Result<(), EngineError> {
    if expected == found {
        return Ok(());
    }
    Err(EngineError::Misuse {
        what: what.to_owned(),
        expected: format!("{expected} values"),
        found: found.to_string(),
    })
}

/// The error for a step that a plan does not have.
pub(super) fn no_step(index: usize, steps: usize) -> EngineError {
    EngineError::Misuse {
        what: format!("step {index}"),
        expected: format!("one of {steps} steps"),
        found: "none".to_owned(),
    }
}

/// The error for a picture that is not in the batch.
pub(super) fn check_picture(picture: usize, batch: usize) -> Result<(), EngineError> {
    if picture < batch {
        return Ok(());
    }
    Err(EngineError::Misuse {
        what: "picture".to_owned(),
        expected: format!("one of {batch}"),
        found: picture.to_string(),
    })
}

/// The error for a node whose weights have not been set.
pub(super) fn no_weights(node: NodeId) -> EngineError {
    EngineError::Misuse {
        what: format!("weights of node {}", node.0),
        expected: "to have been set".to_owned(),
        found: "none".to_owned(),
    }
}
