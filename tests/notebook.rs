//! `docs/notebook.ipynb`, run from its first cell to its last. Its cells assert what they say.
//!
//! The comparisons with torchvision and timm are skipped, and say so, where Python has no torch: CI does not install its
//! gigabytes. `INCEPTIONSCOPE_PYTHON` names a Python that has it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use std::process::Command;

#[test]
fn the_notebook_runs() {
    let root = env!("CARGO_MANIFEST_DIR");
    let python = std::env::var("INCEPTIONSCOPE_PYTHON");
    let python = python.unwrap_or_else(|_| format!("{root}/target/python/bin/python"));
    let output = Command::new(&python)
        .arg("tests/notebook/run.py")
        .current_dir(root)
        .env("INCEPTIONSCOPE", env!("CARGO_BIN_EXE_inceptionscope"))
        .output();
    let output = output.unwrap_or_else(|error| panic!("{python}: {error}; `cargo xtask setup` installs it"));
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    println!("{out}");
    assert!(output.status.success(), "{err}");
    // Cells that were skipped are told from those that were forgotten.
    let cells = out.lines().filter(|line| line.starts_with("cell "));
    let (ran, skipped): (Vec<_>, Vec<_>) = cells.partition(|line| line.ends_with(": ran"));
    assert!(ran.len() >= 5 && ran.len() + skipped.len() == 8, "{ran:?} {skipped:?}");
    assert!(skipped.iter().all(|line| line.contains("skipped, as there is no ")), "{skipped:?}");
}
