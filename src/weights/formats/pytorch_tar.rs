//! PyTorch's files of 2016 (before 0.2): a tar archive of three streams. `storages` has the numbers,
//! `tensors` the views of them, `pickle` the state_dict, which names tensors by key.

use super::pickle::{self, Pickle, TensorRef, Value};
use super::pytorch::{self, View, take_storage};
use crate::weights::{File, WeightsError};
use std::collections::HashMap;

/// Bytes that tar counts in.
const BLOCK: usize = 512;

/// Whether a file is a tar archive, by its first bytes.
pub(in crate::weights) fn is_tar(start: &[u8]) -> bool {
    start.get(257..262) == Some(b"ustar")
}

/// The tensors; `ema`: of the moving average that training scripts keep.
pub(in crate::weights) fn read(file: &[u8], ema: bool) -> Result<File, WeightsError> {
    let members = members(file)?;
    let member = |name| {
        members
            .get(name)
            .copied()
            .ok_or(WeightsError::Format("a tar archive of other files: unpack it first"))
    };
    let storages = storages(member("storages")?)?;
    let tensors = tensors(member("tensors")?)?;
    let pickle = pickle::read(member("pickle")?)?;
    let view = |id| {
        let Value::Reference(key) = &pickle.values[id] else { return None };
        let (storage, tensor) = tensors.get(&pickle.key(*key)?)?;
        let (class, bytes) = match storages.get(storage) {
            Some(storage) => storage,
            None => return Some(Err("its storage is not in the file")),
        };
        Some(Ok(View::new(class, bytes, tensor)))
    };
    pytorch::tensors(&pickle, &view, file.len(), ema)
}

/// The files of a tar archive, by name.
fn members(file: &[u8]) -> Result<HashMap<&str, &[u8]>, WeightsError> {
    let text = |bytes: &'_ [u8]| bytes.split(|byte| *byte == 0).next().map(<[u8]>::to_vec);
    let mut members = HashMap::new();
    let mut at = 0;
    while let Some(header) = file.get(at..at + BLOCK).filter(|header| header[0] != 0) {
        let name = header[..100].split(|byte| *byte == 0).next().and_then(|name| str::from_utf8(name).ok());
        let size = text(&header[124..136]).and_then(|digits| String::from_utf8(digits).ok());
        let size = size.and_then(|digits| usize::from_str_radix(digits.trim(), 8).ok());
        let (Some(name), Some(size)) = (name, size) else {
            return Err(WeightsError::Header("tar: an entry that makes no sense".to_owned()));
        };
        at += BLOCK;
        let end = at.checked_add(size).ok_or(WeightsError::CutOff("tar entry"))?;
        let bytes = file.get(at..end).ok_or(WeightsError::CutOff("tar entry"))?;
        members.insert(name.strip_prefix("./").unwrap_or(name), bytes);
        at = end.next_multiple_of(BLOCK);
    }
    Ok(members)
}

/// Reads the next pickle.
fn next(stream: &[u8], at: &mut usize) -> Result<Pickle, WeightsError> {
    let pickle = pickle::read(stream.get(*at..).unwrap_or_default())?;
    *at += pickle.length;
    Ok(pickle)
}

fn count(pickle: &Pickle) -> Result<i64, WeightsError> {
    match pickle.values[pickle.root] {
        Value::Int(count) => Ok(count),
        _ => Err(WeightsError::Header("tar: a count that is no number".to_owned())),
    }
}

/// By key: torch's class, and bytes. Their number; for each `(key, device, class)` and its elements; then
/// views, which are storages within others: `(key, key of the other, offset, length)`.
fn storages(stream: &[u8]) -> Result<HashMap<String, (String, &[u8])>, WeightsError> {
    let bad = || WeightsError::Header("tar: a storage that makes no sense".to_owned());
    let mut at = 0;
    let mut storages = HashMap::new();
    for _ in 0..count(&next(stream, &mut at)?)? {
        let entry = next(stream, &mut at)?;
        let [key, _, class] = *entry.sequence(entry.root) else { return Err(bad()) };
        let (Some(key), Value::Global(class)) = (entry.key(key), &entry.values[class]) else {
            return Err(bad());
        };
        let class = class.rsplit('.').next().unwrap_or(class).to_owned();
        let bytes = take_storage(stream, &mut at, &class)?;
        storages.insert(key, (class, bytes));
    }
    let views = next(stream, &mut at)?;
    if !views.sequence(views.root).is_empty() {
        return Err(WeightsError::Header("tar: storages within storages are not read".to_owned()));
    }
    Ok(storages)
}

/// By key: the storage's key, and the view of it. Their number; for each `(key, storage, class)`, then the
/// number of axes in 8 bytes, lengths, strides and the offset, in 8 bytes each.
fn tensors(stream: &[u8]) -> Result<HashMap<String, (String, TensorRef)>, WeightsError> {
    let bad = || WeightsError::Header("tar: a tensor that makes no sense".to_owned());
    let mut at = 0;
    let mut tensors = HashMap::new();
    for _ in 0..count(&next(stream, &mut at)?)? {
        let entry = next(stream, &mut at)?;
        let [key, storage, ..] = *entry.sequence(entry.root) else { return Err(bad()) };
        let (Some(key), Some(storage)) = (entry.key(key), entry.key(storage)) else { return Err(bad()) };
        let mut number = || {
            let bytes = stream.get(at..).and_then(|rest| rest.first_chunk());
            at += 8;
            bytes.copied().map(u64::from_le_bytes).ok_or_else(bad)
        };
        // Four bytes, and four of something else.
        let axes = number()? & 0xffff_ffff;
        let axes = usize::try_from(axes).ok().filter(|axes| *axes <= pickle::MAX_AXES).ok_or_else(bad)?;
        let mut number = || number().and_then(|n| usize::try_from(n).map_err(|_| bad()));
        let shape = (0..axes).map(|_| number()).collect::<Result<_, _>>()?;
        let stride = (0..axes).map(|_| number()).collect::<Result<_, _>>()?;
        let offset = number()?;
        tensors.insert(key, (storage, TensorRef { storage: 0, offset, shape, stride }));
    }
    Ok(tensors)
}
