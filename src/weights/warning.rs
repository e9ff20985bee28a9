//! What is worth knowing about weights that open.

use super::error::{and, count, list};
use crate::error::{Coded, Facts};

/// What is worth knowing about weights that can be used all the same. Coded as errors are, so that the page can
/// say it in other languages.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Warning {
    /// Values that are NaN or infinite: most of what is computed from them will be, too.
    #[error(
        "tensor {tensor} has {}, the first at {first:?}{}",
        count(*values, "value that is NaN or infinite"),
        if others.is_empty() { String::new() } else { format!("; so has {}", list(others)) }
    )]
    NotFinite {
        /// The tensor's name in the file.
        tensor: String,
        /// How many.
        values: usize,
        /// The first one's index on each axis.
        first: Vec<usize>,
        /// Other tensors with such values.
        others: Vec<String>,
    },
    /// No classifier in the file.
    #[error("the file has no classifier: everything but predictions can be looked at")]
    Headless,
    /// A head of several layers, whose activations the file does not state.
    #[error("the file does not state which function follows {layer}: ReLU is assumed, as is usual")]
    AssumedRelu {
        /// The layer's name in the file.
        layer: String,
    },
    /// Weights and their moving average in one file.
    #[error(
        "the file holds its weights several times: {taken} is taken, {} not (option ema takes the average)",
        and(others)
    )]
    Copies {
        /// Where in the file the taken ones are: `state_dict`.
        taken: String,
        /// Where the others are: `state_dict_ema`.
        others: Vec<String>,
    },
    /// Metadata that another program wrote, or that does not fit.
    #[error("the file's metadata has {key} = {value:?}, which does not apply here; it is passed over")]
    Metadata {
        /// The entry.
        key: &'static str,
        /// Its value, cut off where it is long.
        value: String,
    },
    /// A file name that ends in the first digits of another SHA-256.
    #[error(
        "the file's name promises a SHA-256 that begins with {expected}, but it is {found}: damaged or renamed"
    )]
    Digest {
        /// As the name has it.
        expected: String,
        /// The file's.
        found: String,
    },
}

impl Coded for Warning {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFinite { .. } => "weights.not_finite",
            Self::Headless => "weights.headless",
            Self::AssumedRelu { .. } => "weights.assumed_relu",
            Self::Copies { .. } => "weights.copies",
            Self::Metadata { .. } => "weights.metadata_ignored",
            Self::Digest { .. } => "weights.file_name",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::NotFinite { tensor, values, first, others } => vec![
                ("tensor", tensor.into()),
                ("values", (*values).into()),
                ("first", format!("{first:?}").into()),
                ("others", others.as_slice().into()),
            ],
            Self::Headless => Facts::new(),
            Self::AssumedRelu { layer } => vec![("layer", layer.into())],
            Self::Copies { taken, others } => {
                vec![("taken", taken.into()), ("others", others.as_slice().into())]
            }
            Self::Metadata { key, value } => vec![("key", (*key).into()), ("value", value.into())],
            Self::Digest { expected, found } => vec![("expected", expected.into()), ("found", found.into())],
        }
    }
}
