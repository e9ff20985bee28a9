//! Tables of numbers, written row by row: what they take of memory does not grow with their length.

use super::Failure;
use super::whole::Whole;
use crate::weights::safetensors;
use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file of tables with the same number of rows, f32. Each row is to be written.
pub(super) struct Rows {
    path: PathBuf,
    file: Whole,
    tables: Vec<Table>,
}

/// One of them: where it begins in the file, and how many values a row has.
struct Table {
    start: u64,
    width: usize,
}

impl Rows {
    /// Tables by name, with the shape of a row, and a number of rows: a safetensors file; or, of one table, what NumPy
    /// reads, if the path ends in `.npy`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn create(
        path: &Path,
        tables: &[(String, Vec<usize>)],
        rows: usize,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Self, Failure> {
        let shapes: Vec<(String, Vec<usize>)> =
            tables.iter().map(|(name, row)| (name.clone(), [&[rows], &row[..]].concat())).collect();
        let header = match &shapes[..] {
            [(_, shape)] if is_npy(path) => npy_header(shape),
            _ => safetensors::header_of(&shapes, metadata).map_err(Failure::internal)?,
        };
        let mut start = header.len() as u64;
        let mut of = |row: &Vec<usize>| {
            let table = Table { start, width: row.iter().product() };
            start += (rows * table.width * size_of::<f32>()) as u64;
            table
        };
        let tables = tables.iter().map(|(_, row)| of(row)).collect();
        let made = Whole::beside(path).and_then(|file| {
            file.file().write_all(&header)?;
            Ok(file)
        });
        let file = made.map_err(|error| Failure::user(error).of(path.display()))?;
        Ok(Self { path: path.to_owned(), file, tables })
    }

    /// Writes a row of a table, or NaN for a row that there is not.
    ///
    /// # Errors
    /// If the disk is full.
    pub(super) fn put(&mut self, table: usize, row: usize, values: Option<&[f32]>) -> Result<(), Failure> {
        let Table { start, width } = self.tables[table];
        let bytes: Vec<u8> = match values {
            Some(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            None => f32::NAN.to_le_bytes().repeat(width),
        };
        let mut file = self.file.file();
        file.seek(SeekFrom::Start(start + (row * bytes.len()) as u64))
            .and_then(|_| file.write_all(&bytes))
            .map_err(|error| Failure::user(error).of(self.path.display()))
    }

    /// The file takes its place.
    ///
    /// # Errors
    /// If it cannot.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.file.persist().map_err(|error| Failure::user(error).of(self.path.display()))
    }
}

/// Whether a file is one for NumPy, which holds one table.
pub(super) fn is_npy(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
}

/// What a file of NumPy's format 1.0 starts with.
fn npy_header(shape: &[usize]) -> Vec<u8> {
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    // The comma after one number makes it a tuple in Python.
    let shape: String = shape.iter().map(|n| format!("{n},")).collect();
    let mut text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}").into_bytes();
    // The values start at a multiple of 64.
    let length = (MAGIC.len() + 2 + text.len() + 1).next_multiple_of(64) - MAGIC.len() - 2;
    text.resize(length - 1, b' ');
    text.push(b'\n');
    [MAGIC, &(length as u16).to_le_bytes(), &text].concat()
}
