//! Files that take their place only when they are whole.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use tempfile::NamedTempFile;

/// The status of a program that was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// A new file in the folder of the one whose place it will take. Whatever happens meanwhile, the old one stays as it
/// is, and nothing is left of the new one: not even after Ctrl-C.
pub(super) struct Whole {
    new: NamedTempFile,
    target: PathBuf,
}

impl Whole {
    /// # Errors
    /// If there is no such folder, no file can be made in it, or what is there is no file.
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        // A link stays one.
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let there = target.metadata().ok();
        // A device would be gone for every program, and a folder cannot be replaced.
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            return Err(io::Error::other("this is no file, and what is written here must be one"));
        }
        // The path is named by whoever says this; the new file's own would only confuse.
        folder.metadata()?;
        clear_when_interrupted();
        let mut unfinished = unfinished();
        // Made as any new file is, so that others may read it who may read those.
        let new = tempfile::Builder::new()
            .prefix(".inceptionscope-")
            .make_in(folder, |path| File::create_new(path))?;
        unfinished.push(new.path().to_owned());
        drop(unfinished);
        if let Some(there) = there {
            new.as_file().set_permissions(there.permissions())?;
        }
        Ok(Self { new, target })
    }

    pub(super) fn file(&self) -> &File {
        self.new.as_file()
    }

    /// It takes its place.
    ///
    /// # Errors
    /// If the old file cannot be replaced.
    pub(super) fn persist(self) -> io::Result<()> {
        self.new.persist(self.target)?;
        Ok(())
    }
}

/// What is removed if the program is interrupted.
fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn clear_when_interrupted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let clear = || {
            // Kept until the end, so that no other file begins.
            let unfinished = unfinished();
            // Those that are whole by now have another name.
            unfinished.iter().for_each(|path| drop(std::fs::remove_file(path)));
            std::process::exit(INTERRUPTED);
        };
        // Without it, an interrupted run leaves a file behind; that is no reason not to run.
        drop(ctrlc::set_handler(clear));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Were a device replaced by a file, as root can, every program would miss it.
    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [socket.as_path(), folder.path(), Path::new("/dev/null")] {
            assert!(Whole::beside(path).is_err(), "{}", path.display());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
