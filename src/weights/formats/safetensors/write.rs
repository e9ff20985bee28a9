use super::{DIGESTS, PREFIX, Q8_MIN, Q8_SCALE, sha256};
use crate::weights::numbers::NOT_FINITE;
use crate::weights::{Tensor, WeightsError};
use half::f16;
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::io::Write;

/// How tensors are stored. Vectors (biases, batch norms) stay f32 in every form: they are small,
/// and running variances may lie below what f16 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// 4 bytes a value.
    F32,
    /// 2 bytes a value.
    F16,
    /// 1 byte a value, scaled for each output channel.
    Q8,
}

/// Writes a file: tensors in the given order, so that a reader can run a network while it arrives, and
/// the SHA-256 of each in the metadata, so that a reader knows a damaged one before it is used.
///
/// # Errors
///
/// A value that `storage` does not hold: NaN, infinite, or for [`Storage::F16`] beyond 65504. Then nothing
/// has been written. Only [`Storage::F32`] takes any value.
pub fn write(
    out: &mut impl Write,
    tensors: &[(String, Tensor)],
    storage: Storage,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    // The header comes first: tensors are encoded twice, one at a time, rather than kept.
    let (mut entries, mut digests, mut end) = (Vec::new(), Vec::new(), 0);
    for (name, tensor) in tensors {
        for (suffix, dtype, shape, bytes) in encode(name, tensor, storage)? {
            let data_offsets = (end, end + bytes.len());
            end = data_offsets.1;
            digests.push(sha256(&bytes));
            let shape = shape.to_vec();
            let info = safetensors::tensor::TensorInfo { dtype, shape, data_offsets };
            entries.push((format!("{name}{suffix}"), info));
        }
    }
    let mut metadata = metadata.clone();
    metadata.insert(DIGESTS.to_owned(), digests.join(" "));
    out.write_all(&header(Some(metadata), entries)?)?;
    for (name, tensor) in tensors {
        for (.., bytes) in encode(name, tensor, storage)? {
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// What a file of f32 tensors with these names and shapes starts with: their values follow, one behind the other.
///
/// # Errors
/// If a name is there twice, or the tensors are too large.
pub fn header_of(
    tensors: &[(String, Vec<usize>)],
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, WeightsError> {
    let mut end = 0;
    let entry = |(name, shape): &(String, Vec<usize>)| {
        let start = end;
        end += shape.iter().product::<usize>() * size_of::<f32>();
        let (shape, data_offsets) = (shape.clone(), (start, end));
        (name.clone(), safetensors::tensor::TensorInfo { dtype: Dtype::F32, shape, data_offsets })
    };
    let entries = tensors.iter().map(entry).collect();
    header(Some(metadata.clone()), entries)
}

/// What a file starts with: the header's length and the header.
pub(in crate::weights) fn header(
    metadata: Option<BTreeMap<String, String>>,
    entries: Vec<(String, safetensors::tensor::TensorInfo)>,
) -> Result<Vec<u8>, WeightsError> {
    let damaged = |e: &dyn std::fmt::Display| WeightsError::Header(e.to_string());
    let metadata = metadata.map(|entries| entries.into_iter().collect());
    let header = Metadata::new(metadata, entries).map_err(|e| damaged(&e))?;
    // By way of a sorted map: the same tensors make the same file, to the byte.
    let header = serde_json::to_value(&header).map_err(|e| damaged(&e))?;
    let mut header = serde_json::to_vec(&header).map_err(|e| damaged(&e))?;
    // Spaces, as the format has it, so that the values start at a multiple of eight.
    header.resize(header.len().next_multiple_of(PREFIX), b' ');
    Ok([&(header.len() as u64).to_le_bytes()[..], &header].concat())
}

/// A tensor as it is stored: its name's suffix, dtype, shape, bytes.
type Stored<'a> = (&'static str, Dtype, &'a [usize], Vec<u8>);

/// The tensors that one is stored as.
fn encode<'a>(name: &str, tensor: &'a Tensor, storage: Storage) -> Result<Vec<Stored<'a>>, WeightsError> {
    let f32s = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let shape = tensor.shape.as_slice();
    Ok(match stored(tensor, storage) {
        Storage::F32 => vec![("", Dtype::F32, shape, f32s(&tensor.data))],
        Storage::F16 => {
            tensor.check(name, f32::is_finite, NOT_FINITE)?;
            let fits = |v: f32| f16::from_f32(v).is_finite();
            tensor.check(name, fits, "beyond the 65504 that f16 holds; store it as f32")?;
            let bytes = tensor.data.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
            vec![("", Dtype::F16, shape, bytes)]
        }
        Storage::Q8 => {
            tensor.check(name, f32::is_finite, NOT_FINITE)?;
            let fits = |v: f32| v.abs() <= f32::MAX / 2.0;
            tensor.check(name, fits, "too large for 8 bits; store it as f32")?;
            let (scale, min, bytes) = quantize(tensor);
            vec![
                (Q8_SCALE, Dtype::F32, &shape[..1], f32s(&scale)),
                (Q8_MIN, Dtype::F32, &shape[..1], f32s(&min)),
                ("", Dtype::U8, shape, bytes),
            ]
        }
    })
}

fn stored(tensor: &Tensor, storage: Storage) -> Storage {
    if tensor.shape.len() < 2 { Storage::F32 } else { storage }
}

/// Scale and minimum of each row, and its values as multiples of the scale above the minimum.
fn quantize(tensor: &Tensor) -> (Vec<f32>, Vec<f32>, Vec<u8>) {
    let row = tensor.shape[1..].iter().product::<usize>().max(1);
    let mut bytes = Vec::with_capacity(tensor.data.len());
    let (mut scales, mut minima) = (Vec::new(), Vec::new());
    for values in tensor.data.chunks(row) {
        let min = values.iter().copied().fold(f32::INFINITY, f32::min);
        let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scale = (max - min) / 255.0;
        bytes.extend(
            values
                .iter()
                .map(|v| if scale > 0.0 { ((v - min) / scale).round().clamp(0.0, 255.0) as u8 } else { 0 }),
        );
        scales.push(scale);
        minima.push(min);
    }
    (scales, minima, bytes)
}
