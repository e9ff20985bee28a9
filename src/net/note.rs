//! What a reader should know about a node or module, as data.

use serde::Serialize;
use std::fmt;

/// A remark on a node or a module. It is serialised as `{ "code": …, "value": … }`, so that a page can
/// word it in its own language; [`fmt::Display`] is the English sentence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "code", content = "value", rename_all = "snake_case")]
pub enum Note {
    /// In training, a dropout of this many per cent comes before it.
    Dropout(u8),
    /// An auxiliary head: used in training only, where its loss is added with this weight.
    AuxiliaryLoss(f32),
    /// A 5×5 convolution in the paper, a 3×3 in torchvision's weights (torchvision issue 906).
    #[serde(rename = "kernel_3x3_for_5x5")]
    Kernel3x3For5x5,
    /// The stride is on this 3×3 in the published weights, on the 1×1 before it in the paper.
    #[serde(rename = "stride_on_3x3")]
    StrideOn3x3,
    /// The paper's table has three 3×3 convolutions from here to the first module.
    StemDiffers,
    /// Neither batch norm nor ReLU follows.
    LinearProjection,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dropout(percent) => write!(f, "In training, dropout of {percent} % comes before it."),
            Self::AuxiliaryLoss(weight) => {
                write!(f, "Used in training only, where its loss is added with weight {weight}.")
            }
            Self::Kernel3x3For5x5 => {
                f.write_str("5×5 in the paper, but 3×3 in torchvision's weights (torchvision issue 906).")
            }
            Self::StrideOn3x3 => {
                f.write_str("The published weights have the stride here; the paper has it on the 1×1 before.")
            }
            Self::StemDiffers => f.write_str(
                "The paper's table 1 has three 3×3 from here to the first module, the second strided.",
            ),
            Self::LinearProjection => f.write_str("Linear: neither batch norm nor ReLU follows."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Note;
    use serde_json::{json, to_value};

    #[test]
    fn notes_are_codes_and_values() {
        assert_eq!(to_value(Note::Dropout(40)).unwrap(), json!({ "code": "dropout", "value": 40 }));
        assert_eq!(to_value(Note::StrideOn3x3).unwrap(), json!({ "code": "stride_on_3x3" }));
    }
}
