//! Why the program ends early.

use crate::error::Coded;
use crate::explain::{ExplainError, GradientError};
use crate::net::GraphError;
use crate::photo::PhotoError;
use crate::run::{OpenError, RunError};
use crate::visualise::VisualiseError;
use std::fmt::{self, Display};

/// Why a subcommand failed: a message, and who can do something about it.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    /// As [`Coded::code`] has it, where the error has a code.
    pub(super) code: Option<&'static str>,
    message: String,
}

impl Failure {
    /// The user can fix it.
    pub(super) fn user(message: impl Display) -> Self {
        Self { status: 2, code: None, message: message.to_string() }
    }

    /// The machine or the program is at fault.
    pub(super) fn internal(message: impl Display) -> Self {
        Self { status: 1, code: None, message: message.to_string() }
    }

    /// Nobody reads any more what is printed, so there is nothing to say either.
    pub(super) fn unread() -> Self {
        Self { status: 0, code: None, message: String::new() }
    }

    /// Says it on stderr.
    pub fn tell(&self) {
        if !self.message.is_empty() {
            super::output::note(format_args!("inceptionscope: {self}"));
        }
    }

    /// The program's exit status.
    pub fn status(&self) -> u8 {
        self.status
    }

    pub(super) fn with_code(self, error: &impl Coded) -> Self {
        Self { code: Some(error.code()), ..self }
    }

    /// The same with another message.
    pub(super) fn replaced(self, message: String) -> Self {
        Self { message, ..self }
    }

    /// The same, told of a file, an address or an option.
    pub(super) fn of(self, name: impl Display) -> Self {
        Self { message: format!("{name}: {}", self.message), ..self }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Run(error) => error.into(),
            OpenError::Engine(_) => Self::internal(&error).with_code(&error),
            _ => Self::user(&error).with_code(&error),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let failure = match error {
            RunError::Engine(_) | RunError::Plan(_) | RunError::NotFinite { .. } => Self::internal(&error),
            _ => Self::user(&error),
        };
        failure.with_code(&error)
    }
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Run(error) => error.into(),
            ExplainError::Gradient(error) => error.into(),
            _ => Self::user(&error).with_code(&error),
        }
    }
}

impl From<GradientError> for Failure {
    fn from(error: GradientError) -> Self {
        match error {
            GradientError::Run(error) => error.into(),
            _ => Self::user(&error).with_code(&error),
        }
    }
}

impl From<VisualiseError> for Failure {
    fn from(error: VisualiseError) -> Self {
        match error {
            VisualiseError::Gradient(error) => error.into(),
            _ => Self::user(&error).with_code(&error),
        }
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        Self::user(&error).with_code(&error)
    }
}

impl From<PhotoError> for Failure {
    fn from(error: PhotoError) -> Self {
        Self::user(&error).with_code(&error)
    }
}
