//! Warnings about weights that can be opened all the same.

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
    #[error("the file has no classifier: you can look at everything except predictions")]
    Headless,
    /// A head of several layers, whose activations the file does not state.
    #[error("the file does not say which activation follows {layer}: assuming ReLU")]
    AssumedRelu {
        /// The layer's name in the file.
        layer: String,
    },
    /// A classifier with another last function than softmax.
    #[error(
        "{layer} ends in {function}: logits are the file's, but what is shown as probabilities is their softmax"
    )]
    NotSoftmax {
        /// The classifier's name in the file.
        layer: String,
        /// The function: `sigmoid`.
        function: String,
    },
    /// Weights and their moving average in one file.
    #[error(
        "the file contains several copies of its weights: {taken} is used, {} not (option ema uses the average)",
        and(others)
    )]
    Copies {
        /// Where in the file the taken ones are: `state_dict`.
        taken: String,
        /// Where the others are: `state_dict_ema`.
        others: Vec<String>,
    },
    /// Metadata that another program wrote, or that does not fit.
    #[error("the file's metadata has {key} = {value:?}, which does not apply here and is ignored")]
    Metadata {
        /// The entry.
        key: &'static str,
        /// Its value, cut off where it is long.
        value: String,
    },
    /// A file name that ends in the first digits of another SHA-256.
    #[error(
        "the file's name says that its SHA-256 begins with {expected}, but it is {found}: \
         the file is damaged or was renamed"
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
            Self::NotSoftmax { .. } => "weights.not_softmax",
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
            Self::NotSoftmax { layer, function } => {
                vec![("layer", layer.into()), ("function", function.into())]
            }
            Self::Copies { taken, others } => {
                vec![("taken", taken.into()), ("others", others.as_slice().into())]
            }
            Self::Metadata { key, value } => vec![("key", (*key).into()), ("value", value.into())],
            Self::Digest { expected, found } => vec![("expected", expected.into()), ("found", found.into())],
        }
    }
}
