//! Why a question is not one.

use super::GradientError;
use crate::error::{Coded, Facts};
use crate::run::RunError;

/// Why an explanation is not possible.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The run failed, or there is no such node, channel or position.
    #[error(transparent)]
    Run(#[from] RunError),
    /// There is no gradient.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// Text that is no target.
    #[error(
        "'{found}' is neither a class nor a node: give a class's number or name, NODE:CHANNEL, or NODE:CHANNEL:ROW,COLUMN{}",
        near.first().map(|near| format!("; did you mean '{near}'?")).unwrap_or_default()
    )]
    Target {
        /// What was given.
        found: String,
        /// Classes with similar names.
        near: Vec<String>,
    },
    /// Several classes have that name.
    #[error("several classes are called '{found}': give the number of one of them: {}", numbers.join(", "))]
    Ambiguous {
        /// The name.
        found: String,
        /// Their numbers.
        numbers: Vec<String>,
    },
    /// No class of that number.
    #[error("there is no class {found}: the network has {classes}, from 0 to {}", classes - 1)]
    Class {
        /// How many there are.
        classes: usize,
        /// What was asked for.
        found: usize,
    },
    /// A class activation map of something else.
    #[error(
        "a class activation map is of a class, or of one class rather than another; use occlusion for other targets"
    )]
    NotAClass,
    /// Something between the last map and the logits is not linear.
    #[error(
        "this network has no exact class activation map: {node} ({op}) comes between the average pool and the logits; use occlusion"
    )]
    Head {
        /// The node.
        node: String,
        /// Its op.
        op: &'static str,
    },
    /// A patch or stride that does not fit the picture.
    #[error("{option} is {found}, but must be from 1 to {most}")]
    Range {
        /// `patch`, `stride` or `batch`.
        option: &'static str,
        /// The largest value.
        most: usize,
        /// What was given.
        found: usize,
    },
}

impl Coded for ExplainError {
    fn code(&self) -> &'static str {
        match self {
            Self::Run(error) => error.code(),
            Self::Gradient(error) => error.code(),
            Self::Target { .. } => "target.unknown",
            Self::Ambiguous { .. } => "target.ambiguous",
            Self::Class { .. } => "target.class",
            Self::NotAClass => "cam.target",
            Self::Head { .. } => "cam.head",
            Self::Range { .. } => "occlusion.range",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Run(error) => error.facts(),
            Self::Gradient(error) => error.facts(),
            Self::Target { found, near } => vec![("found", found.into()), ("near", near.as_slice().into())],
            Self::Ambiguous { found, numbers } => {
                vec![("found", found.into()), ("numbers", numbers.as_slice().into())]
            }
            Self::Class { classes, found } => {
                vec![("classes", (*classes).into()), ("found", (*found).into())]
            }
            Self::NotAClass => Facts::new(),
            Self::Head { node, op } => vec![("node", node.into()), ("op", (*op).into())],
            Self::Range { option, most, found } => {
                vec![("option", (*option).into()), ("most", (*most).into()), ("found", (*found).into())]
            }
        }
    }
}
