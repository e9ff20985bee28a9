//! Zip archives as PyTorch and Keras write them: entries stored, not compressed, so that each is a
//! piece of the file and nothing can be larger than the file.

use crate::weights::WeightsError;
use rawzip::{CompressionMethod, ZipArchive};
use std::collections::HashMap;

/// The bytes of each entry, by name.
pub(in crate::weights) fn entries(file: &[u8]) -> Result<HashMap<String, &[u8]>, WeightsError> {
    let damaged = |error: rawzip::Error| WeightsError::Header(format!("zip: {error}"));
    let archive = ZipArchive::from_slice(file).map_err(|_| WeightsError::CutOff("zip directory"))?;
    let mut directory = archive.entries();
    let mut entries = HashMap::new();
    while let Some(entry) = directory.next_entry().map_err(damaged)? {
        if entry.is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        if entry.compression_method() != CompressionMethod::STORE {
            return Err(WeightsError::Tensor {
                tensor: name,
                message: "it is compressed, which no library that writes weights does; save the file again"
                    .into(),
            });
        }
        let (start, end) = archive.get_entry(entry.wayfinder()).map_err(damaged)?.compressed_data_range();
        let bytes = file.get(start as usize..end as usize).ok_or(WeightsError::CutOff("zip entry"))?;
        entries.insert(name, bytes);
    }
    Ok(entries)
}
