//! What `cargo fuzz` changes until it reaches code that it has not reached before. The target's name says which kind of
//! file it reads; where its corpus is empty, it begins with the files that `tests/fuzz.rs` changes.

#![no_main]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    dead_code,
    reason = "as tests, of which it has a part"
)]

#[path = "../common/readers.rs"]
mod readers;

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

static KIND: LazyLock<readers::Kind> = LazyLock::new(|| {
    readers::kinds()
        .into_iter()
        .find(|kind| kind.name == env!("CARGO_BIN_NAME"))
        .expect("a target is named as a kind")
});

/// Writes the first files into the corpus, the first folder that the target was given.
fn begin() {
    let Some(corpus) = std::env::args().skip(1).map(PathBuf::from).find(|path| path.is_dir()) else { return };
    if fs::read_dir(&corpus).unwrap().next().is_none() {
        for (i, file) in KIND.files.iter().enumerate() {
            fs::write(corpus.join(i.to_string()), file).unwrap();
        }
    }
}

fuzz_target!(init: begin(), |file: &[u8]| {
    (KIND.read)(file);
});
