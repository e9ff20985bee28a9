//! What is printed and written.

use super::Failure;
use crate::net::zoo;
use crate::run::Opened;
use crate::weights::Tensor;
use crate::weights::safetensors::{self, Storage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

/// Prints to stdout; a closed pipe (`| head`) is not an error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::internal(error).of("stdout")),
        _ => Ok(()),
    }
}

/// Prints as JSON, over several lines.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&(serde_json::to_string_pretty(value).map_err(Failure::internal)? + "\n"))
}

/// Writes a whole file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure::user(error).of(path.display()))
}

/// Writes tensors as f32, with what is needed to make them again.
pub(super) fn write_tensors(
    path: &Path,
    tensors: &[(String, Tensor)],
    metadata: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    let named = |error: &dyn std::fmt::Display| Failure::user(error).of(path.display());
    let mut out = BufWriter::new(File::create(path).map_err(|e| named(&e))?);
    safetensors::write(&mut out, tensors, Storage::F32, metadata).map_err(|e| named(&e))?;
    out.flush().map_err(|e| named(&e))
}

/// What a file with values of a run says about itself; `weights` and `image` are digests.
pub(super) fn metadata(opened: &Opened, weights: String, image: String) -> BTreeMap<String, String> {
    let graph = opened.run.graph();
    let mut metadata = BTreeMap::from([
        ("model".to_owned(), graph.network.to_owned()),
        ("profile".to_owned(), zoo::spelled_profile(graph)),
        ("weights".to_owned(), weights),
        ("image".to_owned(), image),
        ("engine".to_owned(), opened.chosen.engine.to_owned()),
    ]);
    if let Some(variant) = graph.variant {
        metadata.insert("variant".to_owned(), variant.to_owned());
    }
    metadata
}

/// Reads a text file.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::user(error).of(path.display()))
}

/// A list of results, printed as they come.
pub(super) struct List {
    form: Form,
    first: bool,
}

/// How a list is printed.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// As each result says.
    Text,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    JsonLines,
}

impl List {
    pub(super) fn new(form: Form) -> Self {
        Self { form, first: true }
    }

    /// Prints one more result.
    pub(super) fn push(
        &mut self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let before = if std::mem::take(&mut self.first) { "[\n" } else { ",\n" };
        match self.form {
            Form::Text => print(&text()),
            Form::Json => {
                let json = serde_json::to_string_pretty(value).map_err(Failure::internal)?;
                print(&format!("{before}  {}", json.replace('\n', "\n  ")))
            }
            Form::JsonLines => print(&(serde_json::to_string(value).map_err(Failure::internal)? + "\n")),
        }
    }

    /// Prints what follows the last one.
    pub(super) fn end(self) -> Result<(), Failure> {
        match self.form {
            Form::Json => print(if self.first { "[]\n" } else { "\n]\n" }),
            Form::Text | Form::JsonLines => Ok(()),
        }
    }
}
