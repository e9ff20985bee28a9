//! PyTorch's `.pth` and `.pt` files: the zip archives that `torch.save` has written since 1.6, the form
//! before, which many published files still have, and the tar archives of 2016 ([`super::pytorch_tar`]).

use super::archive::Archive;
use super::pickle::{self, Id, Pickle, TensorRef, Value};
use super::state_dict;
use crate::weights::{File, Tensor, WeightsError};
use half::{bf16, f16};
use std::collections::HashMap;

/// First pickle of the old form: torch's magic number as a ten-byte integer.
const OLD: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Whether a file is of the old form, by its first bytes.
pub(in crate::weights) fn is_old(file: &[u8]) -> bool {
    file.starts_with(OLD)
}

/// The tensors of the old form; `ema`: of the moving average that training scripts keep.
pub(in crate::weights) fn read_old(file: &[u8], ema: bool) -> Result<File, WeightsError> {
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
        let class = classes.get(key.as_str()).copied().unwrap_or_default();
        storages.insert(key.clone(), take_storage(file, &mut at, class)?);
    }
    let views = |tensor: &TensorRef| {
        let (class, key) = dict.storage(tensor.storage).ok_or("it has no storage")?;
        let bytes = storages.get(key).ok_or("its storage is not in the file")?;
        Ok(View::new(class, bytes, tensor))
    };
    tensors(&dict, &|id| plain(&dict, id).map(views), file.len(), ema)
}

/// A storage of the forms without zip: the number of its elements, then their bytes.
pub(super) fn take_storage<'a>(
    file: &'a [u8],
    at: &mut usize,
    class: &str,
) -> Result<&'a [u8], WeightsError> {
    let size = element(class)
        .ok_or_else(|| WeightsError::Header(format!("a storage is of an unknown kind: {class}")))?;
    let cut_off = || WeightsError::CutOff("storages");
    let (count, rest) = file.get(*at..).and_then(|rest| rest.split_first_chunk()).ok_or_else(cut_off)?;
    let bytes = usize::try_from(u64::from_le_bytes(*count)).ok().and_then(|n| n.checked_mul(size));
    let bytes = bytes.and_then(|bytes| rest.get(..bytes)).ok_or_else(cut_off)?;
    *at += count.len() + bytes.len();
    Ok(bytes)
}

/// The tensors of a zip archive; `ema`: of the moving average that training scripts keep.
pub(in crate::weights) fn read_zip(
    file: &[u8],
    archive: &Archive<'_>,
    ema: bool,
) -> Result<File, WeightsError> {
    let Some(root) = archive.names().find_map(|name| name.strip_suffix("data.pkl")) else {
        return Err(WeightsError::Format("a zip archive without PyTorch's data.pkl: unpack it first"));
    };
    let code = format!("{root}code/");
    if archive.names().any(|name| name.starts_with(&code)) {
        return Err(WeightsError::Unsupported {
            what: "a TorchScript program",
            advice: "in Python, save torch.jit.load(file).state_dict() with torch.save or as safetensors",
        });
    }
    let (entries, data) = (&archive.stored, format!("{root}data"));
    let pickle = entries.get(&format!("{data}.pkl"));
    let (Some(pickle), false) = (pickle, archive.compressed.iter().any(|name| name.starts_with(&data)))
    else {
        return Err(COMPRESSED);
    };
    if entries.get(&format!("{root}byteorder")).is_some_and(|order| *order == b"big") {
        return Err(WeightsError::Format("a PyTorch file of a big-endian machine"));
    }
    let pickle = pickle::read(pickle)?;
    let views = |tensor: &TensorRef| {
        let (class, key) = pickle.storage(tensor.storage).ok_or("it has no storage")?;
        let bytes = entries.get(&format!("{data}/{key}")).ok_or("its storage is not in the file")?;
        Ok(View::new(class, bytes, tensor))
    };
    tensors(&pickle, &|id| plain(&pickle, id).map(views), file.len(), ema)
}

/// What is said of an archive that another program packed.
pub(in crate::weights) const COMPRESSED: WeightsError = WeightsError::Unsupported {
    what: "a zip archive of another program",
    advice: "it is compressed; load the weights and save them again, or pack them without compression",
};

fn plain(pickle: &Pickle, id: Id) -> Option<&TensorRef> {
    if let Value::Tensor(tensor) = &pickle.values[id] { Some(tensor) } else { None }
}

/// Where a tensor's values are.
pub(super) struct View<'a> {
    class: &'a str,
    bytes: &'a [u8],
    offset: usize,
    shape: Vec<usize>,
    stride: Vec<usize>,
}

impl<'a> View<'a> {
    /// Of a storage of that class.
    pub(super) fn new(class: &'a str, bytes: &'a [u8], tensor: &TensorRef) -> Self {
        let TensorRef { offset, ref shape, ref stride, .. } = *tensor;
        Self { class, bytes, offset, shape: shape.clone(), stride: stride.clone() }
    }
}

/// A tensor of a pickle: none if it is something else, or what is wrong with it.
pub(super) type Found<'a> = Option<Result<View<'a>, &'static str>>;

/// The tensors of the state_dict, wherever a training script put it.
pub(super) fn tensors<'a>(
    pickle: &Pickle,
    view: &dyn Fn(Id) -> Found<'a>,
    file_len: usize,
    ema: bool,
) -> Result<File, WeightsError> {
    let is_tensor = |id| view(id).is_some() || rebuilt(pickle, id).is_some();
    let state_dict::Chosen { items, warning } = state_dict::choose(pickle, &is_tensor, ema)?;
    let mut left = file_len;
    let mut tensors = Vec::new();
    for (name, id) in items {
        let fail = |message: &str| WeightsError::Tensor { tensor: name.clone(), message: message.to_owned() };
        let view = match (view(id), rebuilt(pickle, id)) {
            (Some(view), _) => view.map_err(fail)?,
            (None, Some("torch._utils._rebuild_qtensor")) => {
                return Err(fail("it is quantised, which is not read here; save the model from before that"));
            }
            (None, Some(class)) => return Err(fail(&format!("{class} makes it; save it as a plain tensor"))),
            (None, None) => continue,
        };
        let Some(size) = float_size(view.class) else { continue };
        // Tensors that share a storage could ask for any amount of memory.
        let count = view.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        let total = count.and_then(|n| n.checked_mul(size)?.checked_add(name.len()));
        left = (total.and_then(|total| left.checked_sub(total)))
            .ok_or_else(|| fail(&format!("shape {:?} holds more than the file", view.shape)))?;
        let data = gather(&view).ok_or_else(|| {
            let (shape, bytes) = (&view.shape, view.bytes.len());
            fail(&format!("shape {shape:?} lies beyond its storage of {bytes} bytes"))
        })?;
        tensors.push((name, Tensor { shape: view.shape, data }));
    }
    Ok(File { tensors, warnings: warning.into_iter().collect(), ..File::default() })
}

/// The function that makes a tensor of a kind that is not read here.
fn rebuilt(pickle: &Pickle, id: Id) -> Option<&str> {
    let Value::Object(object) = &pickle.values[id] else { return None };
    let Value::Global(class) = &pickle.values[object.class] else { return None };
    let tensor = class.starts_with("torch._utils._rebuild_") && class.contains("tensor");
    tensor.then_some(class)
}

/// Bytes of an element, by torch's storage class.
fn element(class: &str) -> Option<usize> {
    match class {
        "ComplexDoubleStorage" => Some(16),
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => Some(8),
        "FloatStorage" | "IntStorage" | "QInt32Storage" => Some(4),
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => Some(2),
        "ByteStorage" | "CharStorage" | "BoolStorage" | "UntypedStorage" => Some(1),
        "QInt8Storage" | "QUInt8Storage" => Some(1),
        _ => None,
    }
}

/// The same, of floats only: counters are passed over.
fn float_size(class: &str) -> Option<usize> {
    let float = ["DoubleStorage", "FloatStorage", "HalfStorage", "BFloat16Storage"].contains(&class);
    float.then(|| element(class)).flatten()
}

/// A tensor's values in row-major order, whatever its strides; `None` if one lies outside its storage.
fn gather(tensor: &View<'_>) -> Option<Vec<f32>> {
    let View { class, bytes, .. } = *tensor;
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
