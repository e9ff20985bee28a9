//! The program as a script runs it.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::Path;
use std::process::Command;

pub(crate) const FLOWERS: &str = "weights/googlenet_flowers.safetensors";
pub(crate) const DANDELION: &str = "www/samples/dandelion.jpg";

pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program in the repository's folder, with `{dir}` in arguments for `folder`.
pub(crate) fn command(arguments: &str, folder: &Path) -> Command {
    let arguments = arguments.split_whitespace().map(|a| a.replace("{dir}", folder.to_str().unwrap()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_inceptionscope"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("XDG_CACHE_HOME", folder).args(arguments);
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &str, folder: &Path) -> Ended {
    let output = command(arguments, folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
