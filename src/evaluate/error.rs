//! Why photos cannot be judged.

use crate::error::{Coded, Facts};

/// Why an evaluation is not possible.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// Networks of an ensemble that know different classes.
    #[error(
        "the networks have different numbers of classes, {expected} and {found}: evaluate them one at a time"
    )]
    Classes {
        /// Of the first network.
        expected: usize,
        /// Of another.
        found: usize,
    },
    /// A folder that is no class.
    #[error(
        "the folder '{found}' is no class of this network: name folders after classes, or number them{}",
        near.first().map(|near| format!("; did you mean '{near}'?")).unwrap_or_default()
    )]
    Folder {
        /// The folder's name.
        found: String,
        /// Classes with similar names.
        near: Vec<String>,
    },
}

impl Coded for EvaluateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Classes { .. } => "evaluate.classes",
            Self::Folder { .. } => "evaluate.folder",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Classes { expected, found } => {
                vec![("expected", (*expected).into()), ("found", (*found).into())]
            }
            Self::Folder { found, near } => vec![("found", found.into()), ("near", near.as_slice().into())],
        }
    }
}
