//! What is printed and written.

use super::Failure;
use crate::net::zoo;
use crate::run::Opened;
use crate::weights::Tensor;
use crate::weights::safetensors::{self, Storage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;
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
    replace(path, |out| Ok(out.write_all(bytes)?))
}

/// Writes a file that takes its place only when it is whole: whatever happens meanwhile, the one that was there
/// before stays as it is.
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
        // Pipes and devices are written as they are; a link stays one.
        let there = path.metadata().ok();
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            return fill(&File::create(path)?);
        }
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        // Made as any new file is, so that others may read it who may read those.
        let new = tempfile::Builder::new()
            .prefix(".inceptionscope-")
            .make_in(folder.unwrap_or(Path::new(".")), |path| File::create_new(path))?;
        if let Some(there) = there {
            new.as_file().set_permissions(there.permissions())?;
        }
        fill(new.as_file())?;
        new.persist(target)?;
        Ok(())
    };
    write().map_err(|error| Failure::user(error).of(path.display()))
}

/// Writes tensors as f32, with what is needed to make them again.
pub(super) fn write_tensors(
    path: &Path,
    tensors: &[(String, Tensor)],
    metadata: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    replace(path, |out| Ok(safetensors::write(out, tensors, Storage::F32, metadata)?))
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
