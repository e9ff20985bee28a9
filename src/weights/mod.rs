//! Where do numbers come from? Readers of weight files, name maps between published layouts and
//! ours, the synthetic recipe, and the catalogue of public sources. Knows nothing about devices.
//!
//! A file becomes named [`Tensor`]s (its reader's work), and those find their nodes by [`Loader`].

mod about;
pub mod catalogue;
mod convert;
#[cfg(feature = "cli")]
pub mod download;
mod file;
pub mod formats;
mod load;
pub mod recipe;

#[cfg(not(target_arch = "wasm32"))]
pub use about::IMAGENET;
pub use about::{About, class_names};
#[cfg(feature = "formats")]
pub use convert::gather;
pub use convert::{convert, place};
pub use file::{File, read};
pub use formats::safetensors;
#[cfg(feature = "formats")]
pub use formats::tfjs;
pub use load::{Loader, Place, classes, identify, nearest};

use std::fmt;

/// A tensor of a weight file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// PyTorch's order: convolutions O,I,kh,kw; linear layers out,in. Empty for a single number.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Vec<f32>,
}

/// What is known of a tensor before its values are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// A tensor whose shape is not what the network needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshaped {
    /// Its name.
    pub name: String,
    /// What the network needs.
    pub expected: Vec<usize>,
    /// What the file has.
    pub found: Vec<usize>,
}

impl fmt::Display for Misshaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected shape {:?}, found {:?}", self.name, self.expected, self.found)
    }
}

/// Why weights can not be read. The caller adds the file's name.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Another kind of file.
    #[error("this is {0}, not a weight file that can be read here")]
    Format(&'static str),
    /// A header that makes no sense.
    #[error("the file's header is damaged ({0}); download it again")]
    Header(String),
    /// A header that no real file has.
    #[error(
        "the file's header claims {found} bytes, more than the {limit} that are allowed; it is damaged or hostile"
    )]
    HeaderSize {
        /// What the file says.
        found: u64,
        /// What is read at most.
        limit: usize,
    },
    /// A tensor that can not be decoded.
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
    /// The end is missing.
    #[error(
        "the file is cut off: it has {found} of {expected} bytes, and {} are missing, the first of them {}; download it again",
        count(missing.len(), "tensor"),
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
    /// A pickle that calls functions.
    #[error(
        "the file asks for {0} to be called, which is never done here; save model.state_dict() alone, or as safetensors"
    )]
    Code(String),
    /// Bytes after the end.
    #[error("the file is longer than the {expected} bytes of its header; it is damaged, download it again")]
    TooLong {
        /// Bytes there should be.
        expected: u64,
    },
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
        fits: Vec<&'static str>,
    },
    /// A file with a graph of its own that is none of ours.
    #[error("this {what} holds no network that is known here: {difference}")]
    Structure {
        /// What kind of file it is.
        what: &'static str,
        /// Where it differs from the network that it is most like.
        difference: String,
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

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn mismatch(
    network: &str,
    fitting: usize,
    missing: &[String],
    misshaped: &[Misshaped],
    fits: &[&str],
) -> String {
    let mut text = if fitting == 0 {
        format!("the file does not hold {network}: none of its tensors belongs to it")
    } else {
        format!("the file does not hold {network}")
    };
    if !fits.is_empty() {
        return text + &format!("; it fits {}: choose that network", fits.join(", "));
    }
    if fitting > 0 {
        for name in missing {
            text += &format!("\n  missing: {name}");
        }
        for tensor in misshaped {
            text += &format!("\n  {tensor}");
        }
    }
    text
}

/// What a file that is no safetensors file is, by its first bytes; for messages.
fn recognise(start: &[u8]) -> &'static str {
    let kinds: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "a zip archive (PyTorch's .pth or Keras's .keras)"),
        (b"\x89HDF", "an HDF5 file (Keras's .h5)"),
        (b"\x80\x02", "a PyTorch file of the time before 1.6"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"version ", "a Git LFS pointer: download the file itself"),
        (b"<", "a web page: the address does not lead to a weight file"),
        (b"{", "JSON text"),
        (b"\x08", "a protocol buffer (ONNX or TensorFlow)"),
    ];
    kinds.iter().find(|(magic, _)| start.starts_with(magic)).map_or("an unknown kind of file", |kind| kind.1)
}
