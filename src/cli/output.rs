//! What is printed and written.

use super::Failure;
use super::whole::Whole;
use crate::net::zoo;
use crate::run::Opened;
use crate::weights::Tensor;
use crate::weights::safetensors::{self, Storage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

/// Prints to stdout.
///
/// # Errors
/// If that fails. Where nobody reads any more (`| head`) the program ends, quietly and well.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::unread(),
        _ => Failure::internal(error).of("stdout"),
    })
}

/// Says something beside the results, on stderr. If nobody can be told, work goes on.
pub(super) fn note(text: impl Display) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// Prints as JSON, over several lines.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&(serde_json::to_string_pretty(value).map_err(Failure::internal)? + "\n"))
}

/// Writes a whole file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    replace(path, |out| Ok(out.write_all(bytes)?))
}

/// Writes a file that takes its place only when it is whole.
fn replace(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), Box<dyn Error>>,
) -> Result<(), Failure> {
    let fill = |file: &File| -> Result<(), Box<dyn Error>> {
        let mut out = BufWriter::new(file);
        fill(&mut out)?;
        Ok(out.flush()?)
    };
    let write = || -> Result<(), Box<dyn Error>> {
        if is_device(path) {
            return fill(&File::create(path)?);
        }
        let new = Whole::beside(path)?;
        fill(new.file())?;
        Ok(new.persist()?)
    };
    write().map_err(|error| Failure::user(error).of(path.display()))
}

/// Pipes and devices are written as they are.
fn is_device(path: &Path) -> bool {
    path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// Tells, before hours of work, that a file could not be written, or would be written over one that is read.
pub(super) fn ready<'a>(path: &Path, read: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let check = || -> Result<(), Box<dyn Error>> {
        if is_device(path) {
            return Ok(());
        }
        if path.is_dir() {
            return Err("this is a folder; name a file".into());
        }
        if let Ok(target) = path.canonicalize()
            && read.into_iter().any(|other| other.canonicalize().is_ok_and(|other| other == target))
        {
            return Err("this file is read and would be lost; write to another one".into());
        }
        Whole::beside(path)?;
        Ok(())
    };
    check().map_err(|error| Failure::user(error).of(path.display()))
}

/// Writes tensors as f32, with what is needed to make them again.
pub(super) fn write_tensors(
    path: &Path,
    tensors: &[(String, Tensor)],
    metadata: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    replace(path, |out| Ok(safetensors::write(out, tensors, Storage::F32, metadata)?))
}

/// What a file with values of a run says about itself; `weights`, and `image` where there is one, are digests.
pub(super) fn metadata(
    opened: &Opened,
    weights: String,
    image: impl Into<Option<String>>,
) -> BTreeMap<String, String> {
    let graph = opened.run.graph();
    let mut metadata = BTreeMap::from([
        ("model".to_owned(), graph.network.to_owned()),
        ("profile".to_owned(), zoo::spelled_profile(graph)),
        ("weights".to_owned(), weights),
        ("engine".to_owned(), opened.chosen.engine.to_owned()),
    ]);
    metadata.extend(image.into().map(|image| ("image".to_owned(), image)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_whole_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        std::fs::write(&path, "old").unwrap();
        let half = replace(&path, |out| {
            out.write_all(b"ne")?;
            Err("the disk is full".into())
        });
        assert!(half.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        write(&path, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_permissions_and_devices_stay_what_they_are() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&file) & 0o777, 0o600);
        write(&folder.path().join("new"), b"new").unwrap();
        assert_eq!(mode(&folder.path().join("new")), mode(&plain));
        write(Path::new("/dev/null"), b"new").unwrap();
        assert!(!Path::new("/dev/null").is_file());
        assert!(write(Path::new("/dev/full"), b"new").is_err());
    }
}
