//! Zip archives as PyTorch and Keras write them: entries stored, not compressed, so that each is a
//! piece of the file and nothing can be larger than the file.

use crate::weights::WeightsError;
use rawzip::{CompressionMethod, ZipArchive};
use std::collections::HashMap;

/// What an archive holds.
#[derive(Debug, Default)]
pub(in crate::weights) struct Archive<'a> {
    /// The bytes of each entry that is stored as it is, by name.
    pub(in crate::weights) stored: HashMap<String, &'a [u8]>,
    /// The names of the others.
    pub(in crate::weights) compressed: Vec<String>,
}

impl Archive<'_> {
    /// The names of all entries.
    pub(in crate::weights) fn names(&self) -> impl Iterator<Item = &str> {
        self.stored.keys().chain(&self.compressed).map(String::as_str)
    }
}

/// Reads the directory of an archive.
pub(in crate::weights) fn open(file: &[u8]) -> Result<Archive<'_>, WeightsError> {
    let damaged = |error: rawzip::Error| WeightsError::Header(format!("zip: {error}"));
    let zip = ZipArchive::from_slice(file).map_err(|_| WeightsError::CutOff("zip directory"))?;
    let mut directory = zip.entries();
    let mut archive = Archive::default();
    while let Some(entry) = directory.next_entry().map_err(damaged)? {
        if entry.is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        if entry.compression_method() != CompressionMethod::STORE {
            archive.compressed.push(name);
            continue;
        }
        let (start, end) = zip.get_entry(entry.wayfinder()).map_err(damaged)?.compressed_data_range();
        let bytes = file.get(start as usize..end as usize).ok_or(WeightsError::CutOff("zip entry"))?;
        archive.stored.insert(name, bytes);
    }
    Ok(archive)
}
