//! Why can an engine not do what was asked?

use crate::error::{Coded, Facts};

/// Why an engine cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No usable GPU.
    #[error("no usable GPU: {0}")]
    NoGpu(String),
    /// The GPU refused something.
    #[error("the GPU refused {what}: {message}")]
    Gpu {
        /// The buffer or pipeline, by name.
        what: String,
        /// What the driver or browser said.
        message: String,
    },
    /// The GPU computes something else than the CPU.
    #[error("the GPU computes wrong numbers: {shader} yields {found}, not {expected}; choose the CPU engine")]
    Wrong {
        /// The shader.
        shader: &'static str,
        /// What the CPU computes.
        expected: f32,
        /// What the GPU does.
        found: f32,
    },
    /// The GPU went away.
    #[error("the GPU was lost ({0}); open the network again, or choose the CPU engine")]
    Lost(String),
    /// Used in the wrong order: a defect of the caller.
    #[error("{what}: expected {expected}, found {found}")]
    Misuse {
        /// Step or tensor.
        what: String,
        /// What should have been.
        expected: String,
        /// What was.
        found: String,
    },
}

impl Coded for EngineError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoGpu(_) => "device.none",
            Self::Gpu { .. } => "device.refused",
            Self::Lost(_) => "device.lost",
            Self::Wrong { .. } => "device.wrong",
            Self::Misuse { .. } => "engine.misuse",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::NoGpu(reason) | Self::Lost(reason) => vec![("reason", reason.into())],
            Self::Gpu { what, message } => vec![("what", what.into()), ("reason", message.into())],
            // As texts: JSON knows no values that are not finite.
            Self::Wrong { shader, expected, found } => vec![
                ("shader", (*shader).into()),
                ("expected", expected.to_string().into()),
                ("found", found.to_string().into()),
            ],
            Self::Misuse { what, expected, found } => {
                vec![("what", what.into()), ("expected", expected.into()), ("found", found.into())]
            }
        }
    }
}
