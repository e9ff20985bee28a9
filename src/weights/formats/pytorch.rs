//! PyTorch's `.pth` and `.pt` files: the zip archives that `torch.save` has written since 1.6, and
//! the form before, which many published files still have.

use super::pickle::{self, Pickle, TensorRef, Value};
use crate::weights::{Tensor, WeightsError};
use half::{bf16, f16};
use std::collections::HashMap;

/// First pickle of the old form: torch's magic number as a ten-byte integer.
const OLD: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Whether a file is one of these, by its first bytes; a zip archive may be another's.
pub(in crate::weights) fn is_old(file: &[u8]) -> bool {
    file.starts_with(OLD)
}

/// The tensors of the old form.
pub(in crate::weights) fn read_old(file: &[u8]) -> Result<Vec<(String, Tensor)>, WeightsError> {
    // Magic number, protocol, facts about the writing machine; then the dict and the storages' keys.
    let mut at = 0;
    let mut next = || {
        let pickle = pickle::read(file.get(at..).unwrap_or_default())?;
        at += pickle.length;
        Ok::<_, WeightsError>(pickle)
    };
    for _ in 0..3 {
        next()?;
    }
    let (dict, keys) = (next()?, next()?);
    let classes: HashMap<&str, &str> =
        (0..dict.values.len()).filter_map(|id| dict.storage(id)).map(|(class, key)| (key, class)).collect();
    let mut storages = HashMap::new();
    let Value::Sequence(order) = &keys.values[keys.root] else {
        return Err(WeightsError::Header("the list of storages is missing".to_owned()));
    };
    for key in order {
        let Value::Str(key) = &keys.values[*key] else { continue };
        let size = classes
            .get(key.as_str())
            .and_then(|class| element(class))
            .ok_or_else(|| WeightsError::Header(format!("storage {key} is of an unknown kind")))?;
        let cut_off = || WeightsError::CutOff("storages");
        let (count, rest) = file.get(at..).and_then(|rest| rest.split_first_chunk()).ok_or_else(cut_off)?;
        let bytes = usize::try_from(u64::from_le_bytes(*count)).ok().and_then(|n| n.checked_mul(size));
        let bytes = bytes.and_then(|bytes| rest.get(..bytes)).ok_or_else(cut_off)?;
        at += count.len() + bytes.len();
        storages.insert(key.clone(), bytes);
    }
    tensors(&dict, &storages, file.len())
}

/// The tensors of a zip archive, given its entries.
pub(in crate::weights) fn read_zip(
    file: &[u8],
    entries: &HashMap<String, &[u8]>,
) -> Result<Vec<(String, Tensor)>, WeightsError> {
    let Some((root, bytes)) =
        entries.iter().find_map(|(name, bytes)| Some((name.strip_suffix("data.pkl")?, bytes)))
    else {
        return Err(WeightsError::Format("a zip archive without PyTorch's data.pkl"));
    };
    if entries.get(&format!("{root}byteorder")).is_some_and(|order| *order == b"big") {
        return Err(WeightsError::Format("a PyTorch file of a big-endian machine"));
    }
    let prefix = format!("{root}data/");
    let storages = (entries.iter())
        .filter_map(|(name, bytes)| Some((name.strip_prefix(&prefix)?.to_owned(), *bytes)))
        .collect();
    tensors(&pickle::read(bytes)?, &storages, file.len())
}

/// The tensors of the largest dict of tensors: the state_dict, wherever a training script put it.
fn tensors(
    pickle: &Pickle,
    storages: &HashMap<String, &[u8]>,
    file_len: usize,
) -> Result<Vec<(String, Tensor)>, WeightsError> {
    let tensor = |id: usize| match &pickle.values[id] {
        Value::Tensor(tensor) => Some(&**tensor),
        _ => None,
    };
    // The first of the largest: scripts write the trained weights before their moving average.
    let (mut largest, mut most) = (&[][..], 0);
    for value in &pickle.values {
        let Value::Dict(dict) = value else { continue };
        let count = dict.iter().filter(|(_, value)| tensor(*value).is_some()).count();
        if count > most {
            (largest, most) = (dict, count);
        }
    }
    if most == 0 {
        return Err(WeightsError::Format(
            "a PyTorch file without a dict of tensors: save model.state_dict()",
        ));
    }
    let mut left = file_len;
    let mut tensors = Vec::new();
    for (name, value) in largest {
        let (Value::Str(name), Some(tensor)) = (&pickle.values[*name], tensor(*value)) else { continue };
        let fail = |message: String| WeightsError::Tensor { tensor: name.clone(), message };
        let (class, key) =
            pickle.storage(tensor.storage).ok_or_else(|| fail("it has no storage".to_owned()))?;
        let Some(size) = float_size(class) else { continue };
        let bytes = storages.get(key).ok_or_else(|| fail(format!("its storage {key} is not in the file")))?;
        // Tensors that share a storage could ask for any amount of memory.
        let count = tensor.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        let total = count.and_then(|n| n.checked_mul(size)?.checked_add(name.len()));
        left = (total.and_then(|total| left.checked_sub(total)))
            .ok_or_else(|| fail(format!("shape {:?} holds more than the file", tensor.shape)))?;
        let data = gather(tensor, class, bytes).ok_or_else(|| {
            fail(format!("shape {:?} lies beyond its storage of {} bytes", tensor.shape, bytes.len()))
        })?;
        tensors.push((name.clone(), Tensor { shape: tensor.shape.clone(), data }));
    }
    Ok(tensors)
}

/// Bytes of an element, by torch's storage class.
fn element(class: &str) -> Option<usize> {
    match class {
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => Some(8),
        "FloatStorage" | "IntStorage" => Some(4),
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => Some(2),
        "ByteStorage" | "CharStorage" | "BoolStorage" => Some(1),
        _ => None,
    }
}

/// The same, of floats only: counters are passed over.
fn float_size(class: &str) -> Option<usize> {
    let float = ["DoubleStorage", "FloatStorage", "HalfStorage", "BFloat16Storage"].contains(&class);
    float.then(|| element(class)).flatten()
}

/// A tensor's values in row-major order, whatever its strides; `None` if one lies outside its storage.
fn gather(tensor: &TensorRef, class: &str, bytes: &[u8]) -> Option<Vec<f32>> {
    let count: usize = tensor.shape.iter().product();
    if count == 0 {
        return Some(Vec::new());
    }
    let last =
        tensor.shape.iter().zip(&tensor.stride).try_fold(tensor.offset, |at, (length, stride)| {
            at.checked_add((length - 1).checked_mul(*stride)?)
        })?;
    let size = float_size(class)?;
    (last.checked_add(1)?.checked_mul(size)? <= bytes.len()).then_some(())?;
    let value: fn(&[u8]) -> f32 = match class {
        "DoubleStorage" => |b| b.first_chunk().map_or(0.0, |b| f64::from_le_bytes(*b) as f32),
        "HalfStorage" => |b| b.first_chunk().map_or(0.0, |b| f16::from_le_bytes(*b).to_f32()),
        "BFloat16Storage" => |b| b.first_chunk().map_or(0.0, |b| bf16::from_le_bytes(*b).to_f32()),
        _ => |b| b.first_chunk().map_or(0.0, |b| f32::from_le_bytes(*b)),
    };
    let mut values = Vec::with_capacity(count);
    let mut index = vec![0; tensor.shape.len()];
    let mut at = tensor.offset;
    for _ in 0..count {
        values.push(value(&bytes[at * size..]));
        // The next index, from the last axis on.
        for axis in (0..index.len()).rev() {
            index[axis] += 1;
            at += tensor.stride[axis];
            if index[axis] < tensor.shape[axis] {
                break;
            }
            at -= index[axis] * tensor.stride[axis];
            index[axis] = 0;
        }
    }
    Some(values)
}
