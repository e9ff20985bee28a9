//! Why weights cannot be read or written.

use super::Misshaped;
use crate::error::{Coded, Fact, Facts};

/// Names in a message; the rest are counted.
const LISTED: usize = 5;

/// Why weights cannot be read or written. The caller adds the file's name.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Another kind of file.
    #[error("this is {0}, which is not a supported weight file")]
    Format(&'static str),
    /// Weights, in a form that is not read.
    #[error("this is {what}, which is not supported: {advice}")]
    Unsupported {
        /// What the file is.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A file of a format that is read as a whole, too large for that.
    #[error(
        "the file is larger than {limit} bytes, the most for {format}; save the weights alone, as safetensors"
    )]
    TooLarge {
        /// The format.
        format: &'static str,
        /// Bytes allowed.
        limit: u64,
    },
    /// A header that makes no sense.
    #[error("the file's header is damaged ({0}); download it again")]
    Header(String),
    /// A header that no real file has.
    #[error(
        "the file's header claims {found} bytes, more than the {limit} allowed; it is damaged or malicious"
    )]
    HeaderSize {
        /// What the file says.
        found: u64,
        /// What is read at most.
        limit: usize,
    },
    /// A tensor that cannot be decoded.
    #[error("tensor {tensor}: {message}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// A tensor whose bytes are not those that the file's maker wrote.
    #[error(
        "tensor {tensor} is damaged: its bytes do not have the SHA-256 that the file states; download it again"
    )]
    Damaged {
        /// Its name.
        tensor: String,
    },
    /// A value that is no number, or that the stored form does not hold.
    #[error("tensor {tensor}: the value at {at:?} is {value}, {problem}")]
    Value {
        /// The tensor's name.
        tensor: String,
        /// The first such value's index on each axis.
        at: Vec<usize>,
        /// The value.
        value: f32,
        /// Why it cannot be stored, and what to do.
        problem: &'static str,
    },
    /// The end is missing.
    #[error(
        "the file is cut off: it has {found} of {expected} bytes, and {} missing, the first of them {}; \
         download it again",
        are(missing.len(), "tensor"),
        missing.first().map_or("", String::as_str)
    )]
    Truncated {
        /// Bytes there are.
        found: u64,
        /// Bytes there should be.
        expected: u64,
        /// Names of the tensors that are not complete, in file order.
        missing: Vec<String>,
    },
    /// The end is missing, of a file that is read as a whole.
    #[error("the file is cut off or damaged ({0}); download it again")]
    CutOff(&'static str),
    /// A pickle that runs programs.
    #[error(
        "the file asks for {0} to be called, which is never done here; \
         save model.state_dict() alone, or as safetensors"
    )]
    Code(String),
    /// Bytes after the end.
    #[error("the file is longer than the {expected} bytes of its header; it is damaged, download it again")]
    TooLong {
        /// Bytes there should be.
        expected: u64,
    },
    /// One of the files that an index lists.
    #[error("shard {name} is missing: put it beside the index")]
    Shard {
        /// The file's name.
        name: String,
    },
    /// The index of a sharded file, alone.
    #[error("this is the index of {}: open it together with {}", count(shards.len(), "shard"), list(shards))]
    Index {
        /// The files that it lists.
        shards: Vec<String>,
    },
    /// No moving average, but one is asked for.
    #[error("the file contains no moving average (EMA) of its weights; open it without that option")]
    NoAverage,
    /// The file holds another network, or another's parts.
    #[error("{}", mismatch(network, *fitting, missing, misshaped, fits))]
    Mismatch {
        /// The network that was asked for.
        network: String,
        /// Tensors that do belong to it.
        fitting: usize,
        /// Names of all tensors that the network needs and the file lacks.
        missing: Vec<String>,
        /// All tensors of another shape.
        misshaped: Vec<Misshaped>,
        /// The networks that the file fits.
        fits: Vec<String>,
    },
    /// A file with a graph of its own that is none of ours.
    #[error("this {what} contains no known network: {difference}")]
    Structure {
        /// What kind of file it is.
        what: &'static str,
        /// Where it differs from the network that it is most like.
        difference: String,
    },
    /// A file whose SHA-256 is not the one that is expected.
    #[error("its SHA-256 is {found}, but {}; download it again", promised(expected))]
    Digest {
        /// What it should be, or how it should begin.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A broken entry of the file's metadata.
    #[error("the file's metadata: {key} {message}")]
    Metadata {
        /// The entry.
        key: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Class names of another network.
    #[error(
        "there {}, but the network has {expected} classes: one a line, or a JSON list",
        if *found == 1 { "is 1 class name".to_owned() } else { format!("are {found} class names") }
    )]
    ClassNames {
        /// Names there are.
        found: usize,
        /// Classes there are.
        expected: usize,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Coded for WeightsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Format(_) => "weights.format",
            Self::Unsupported { .. } => "weights.unsupported",
            Self::TooLarge { .. } => "weights.too_large",
            Self::Header(_) => "weights.header",
            Self::HeaderSize { .. } => "weights.header_size",
            Self::Tensor { .. } => "weights.tensor",
            Self::Damaged { .. } => "weights.damaged",
            Self::Value { .. } => "weights.value",
            Self::Truncated { .. } => "weights.truncated",
            Self::CutOff(_) => "weights.cut_off",
            Self::Code(_) => "weights.code",
            Self::TooLong { .. } => "weights.too_long",
            Self::Shard { .. } => "weights.shard",
            Self::Index { .. } => "weights.index",
            Self::NoAverage => "weights.no_average",
            Self::Mismatch { .. } => "weights.mismatch",
            Self::Structure { .. } => "weights.structure",
            Self::Digest { .. } => "weights.digest",
            Self::Metadata { .. } => "weights.metadata",
            Self::ClassNames { .. } => "weights.class_names",
            Self::Io(_) => "weights.io",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Format(what) => vec![("what", (*what).into())],
            Self::Unsupported { what, advice } => {
                vec![("what", (*what).into()), ("advice", (*advice).into())]
            }
            Self::TooLarge { format, limit } => {
                vec![("format", (*format).into()), ("limit", (*limit).into())]
            }
            Self::Header(problem) => vec![("problem", problem.into())],
            Self::HeaderSize { found, limit } => vec![("found", (*found).into()), ("limit", (*limit).into())],
            Self::Tensor { tensor, message } => vec![("tensor", tensor.into()), ("problem", message.into())],
            Self::Damaged { tensor } => vec![("tensor", tensor.into())],
            Self::Value { tensor, at, value, problem } => vec![
                ("tensor", tensor.into()),
                ("at", format!("{at:?}").into()),
                ("value", value.to_string().into()),
                ("problem", (*problem).into()),
            ],
            Self::Truncated { found, expected, missing } => vec![
                ("found", (*found).into()),
                ("expected", (*expected).into()),
                ("missing", missing.as_slice().into()),
            ],
            Self::NoAverage => Facts::new(),
            Self::CutOff(part) => vec![("part", (*part).into())],
            Self::Code(function) => vec![("function", function.into())],
            Self::TooLong { expected } => vec![("expected", (*expected).into())],
            Self::Shard { name } => vec![("name", name.into())],
            Self::Index { shards } => vec![("shards", shards.as_slice().into())],
            Self::Mismatch { network, fitting, missing, misshaped, fits } => vec![
                ("network", network.into()),
                ("fitting", (*fitting).into()),
                ("missing", missing.as_slice().into()),
                ("misshaped", Fact::List(misshaped.iter().map(Misshaped::to_string).collect())),
                ("fits", fits.as_slice().into()),
            ],
            Self::Structure { what, difference } => {
                vec![("what", (*what).into()), ("difference", difference.into())]
            }
            Self::Digest { expected, found } => vec![("expected", expected.into()), ("found", found.into())],
            Self::Metadata { key, message } => vec![("key", (*key).into()), ("problem", message.into())],
            Self::ClassNames { found, expected } => {
                vec![("found", (*found).into()), ("expected", (*expected).into())]
            }
            Self::Io(error) => vec![("problem", error.to_string().into())],
        }
    }
}

pub(super) fn count(n: usize, what: &str) -> String {
    match what.split_once(' ') {
        _ if n == 1 => format!("1 {what}"),
        Some((noun, rest)) => format!("{n} {noun}s {}", rest.replacen("is", "are", 1)),
        None => format!("{n} {what}s"),
    }
}

fn are(n: usize, what: &str) -> String {
    format!("{} {}", count(n, what), if n == 1 { "is" } else { "are" })
}

pub(super) fn and(names: &[String]) -> String {
    format!("{} {}", list(names), if names.len() == 1 { "is" } else { "are" })
}

/// The first names, and how many more there are.
pub(super) fn list(names: &[String]) -> String {
    let mut text = names[..names.len().min(LISTED)].join(", ");
    if names.len() > LISTED {
        text += &format!(" and {} more", names.len() - LISTED);
    }
    text
}

fn promised(expected: &str) -> String {
    if expected.len() == 64 {
        format!("{expected} is expected")
    } else {
        format!("its name ends in {expected}")
    }
}

fn mismatch(
    network: &str,
    fitting: usize,
    missing: &[String],
    misshaped: &[Misshaped],
    fits: &[String],
) -> String {
    let known = fitting > 0 || !misshaped.is_empty();
    let mut text = format!("the file does not hold {network}");
    if !known {
        text += ": none of its tensors belongs to it";
    }
    if !fits.is_empty() {
        return text + &format!("; it fits {}: choose that network", fits.join(", "));
    }
    if known {
        let missing = missing.iter().map(|name| format!("missing: {name}")).collect();
        for lines in [missing, misshaped.iter().map(Misshaped::to_string).collect::<Vec<_>>()] {
            for line in lines.iter().take(LISTED) {
                text += &format!("\n  {line}");
            }
            if lines.len() > LISTED {
                text += &format!("\n  … and {} more", lines.len() - LISTED);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Warning;

    #[test]
    fn a_list_of_what_is_missing_ends_after_five() {
        let missing: Vec<String> = (0..123).map(|i| format!("t{i}")).collect();
        let misshaped = |i| Misshaped { name: format!("s{i}"), expected: vec![2], found: vec![i] };
        let error = WeightsError::Mismatch {
            network: "googlenet".to_owned(),
            fitting: 3,
            missing,
            misshaped: (0..6).map(misshaped).collect(),
            fits: Vec::new(),
        };
        let text = error.to_string();
        assert!(
            text.contains("missing: t4\n  … and 118 more\n  s0: expected shape [2], found [0]"),
            "{text}"
        );
        assert!(text.ends_with("s4: expected shape [2], found [4]\n  … and 1 more"), "{text}");
        assert!(!text.contains("t5") && !text.contains("s5"), "{text}");
        let facts = error.facts();
        assert!(matches!(&facts[2], ("missing", Fact::List(names)) if names.len() == 123), "facts are whole");
    }

    #[test]
    fn sentences_agree_in_number() {
        for (error, expected) in [
            (
                WeightsError::Truncated { found: 1, expected: 9, missing: vec!["a".into()] }.to_string(),
                "it has 1 of 9 bytes, and 1 tensor is missing, the first of them a",
            ),
            (
                Warning::NotFinite { tensor: "w".into(), values: 2, first: vec![0, 1], others: Vec::new() }
                    .to_string(),
                "tensor w has 2 values that are NaN or infinite, the first at [0, 1]",
            ),
            (
                Warning::Copies { taken: "a".into(), others: vec!["b".into()] }.to_string(),
                "a is used, b is not",
            ),
        ] {
            assert!(error.contains(expected), "{error}");
        }
    }
}
