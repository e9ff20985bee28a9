//! safetensors, read while the bytes arrive and written in execution order.
//!
//! Besides f32, f64, f16 and bf16 there is an 8-bit form of our own: a `U8` tensor `name` with one
//! row for each output channel (its first axis), and two `F32` vectors before it in the file,
//! `name.q8_scale` and `name.q8_min`, with one number a row: `value = min + scale · byte`.
//! Tensors of other dtypes (counters of batch norms) are passed over.

use super::{Tensor, TensorInfo, WeightsError};
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;

/// Real headers stay below 200 kB.
const MAX_HEADER: usize = 16 << 20;
/// Bytes of the header's length.
const PREFIX: usize = 8;
const Q8_SCALE: &str = ".q8_scale";
const Q8_MIN: &str = ".q8_min";

/// What a file holds, known before its tensors are there.
#[derive(Clone, Debug)]
pub struct Header {
    /// The tensors that will be handed out, in file order.
    pub tensors: Vec<TensorInfo>,
    /// `__metadata__`; see [`super::About`].
    pub metadata: BTreeMap<String, String>,
    /// Length of the whole file.
    pub total_bytes: u64,
}

/// What becomes of a tensor's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Use {
    /// Decode and hand out.
    Float(Dtype),
    /// 8-bit values: decode with the scale and minimum that came before.
    Quantized,
    /// Scale or minimum of a following tensor: keep until then.
    Quantizer,
    /// Pass over.
    Skip,
}

#[derive(Clone, Debug)]
struct Entry {
    info: TensorInfo,
    bytes: usize,
    used: Use,
}

/// Reads a file piece by piece. Holds the header and at most one tensor's bytes.
#[derive(Debug, Default)]
pub struct Stream {
    /// Bytes of the header, then of the current tensor.
    buffer: Vec<u8>,
    received: u64,
    header: Option<Header>,
    entries: Vec<Entry>,
    /// Index of the tensor that is being read.
    current: usize,
    /// Bytes of the current tensor that were passed over.
    skipped: usize,
    quantizers: HashMap<String, Vec<f32>>,
}

impl Stream {
    /// A stream of which nothing has arrived.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the file holds; `None` until the header is there.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Takes the next bytes of the file and hands out the tensors that are now complete.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<(String, Tensor)>, WeightsError> {
        self.received += bytes.len() as u64;
        if self.header.is_none() {
            if !self.fill(&mut bytes, PREFIX) {
                return Ok(Vec::new());
            }
            let claimed = header_length(&self.buffer)?;
            // A known start says more than a header length out of bounds.
            let early = self.fill(&mut bytes, PREFIX + 1);
            if early && self.buffer[PREFIX] != b'{' {
                return Err(WeightsError::Format(super::recognise(&self.buffer)));
            }
            if claimed > MAX_HEADER as u64 {
                return Err(WeightsError::HeaderSize { found: claimed, limit: MAX_HEADER });
            }
            if !self.fill(&mut bytes, PREFIX + claimed as usize) {
                return Ok(Vec::new());
            }
            self.read_header()?;
        }
        let mut complete = Vec::new();
        while let Some(entry) = self.entries.get(self.current) {
            let (size, skip) = (entry.bytes, entry.used == Use::Skip);
            if skip {
                let step = bytes.len().min(size - self.skipped);
                self.skipped += step;
                bytes = &bytes[step..];
                if self.skipped < size {
                    break;
                }
            } else {
                // A tensor that lies in these bytes as a whole is decoded without a copy.
                let whole = if self.buffer.is_empty() && bytes.len() >= size {
                    let (whole, rest) = bytes.split_at(size);
                    bytes = rest;
                    Cow::Borrowed(whole)
                } else if self.fill(&mut bytes, size) {
                    Cow::Owned(std::mem::take(&mut self.buffer))
                } else {
                    break;
                };
                complete.extend(self.decode(&whole)?);
            }
            self.current += 1;
            self.skipped = 0;
        }
        match &self.header {
            Some(header) if !bytes.is_empty() => Err(WeightsError::TooLong { expected: header.total_bytes }),
            _ => Ok(complete),
        }
    }

    /// Says whether the whole file was there; if not, which tensors lack.
    pub fn finish(&self) -> Result<(), WeightsError> {
        let Some(header) = &self.header else {
            let message = if self.received == 0 { "the file is empty" } else { "the file ends within it" };
            return Err(WeightsError::Header(message.to_owned()));
        };
        let missing: Vec<String> =
            self.entries[self.current..].iter().map(|entry| entry.info.name.clone()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(WeightsError::Truncated { found: self.received, expected: header.total_bytes, missing })
    }

    /// Moves bytes into the buffer until it holds `size`; false if there are not enough yet.
    /// Grows with what arrives, never with what the file claims.
    fn fill(&mut self, bytes: &mut &[u8], size: usize) -> bool {
        let step = bytes.len().min(size.saturating_sub(self.buffer.len()));
        self.buffer.extend_from_slice(&bytes[..step]);
        *bytes = &bytes[step..];
        self.buffer.len() >= size
    }

    fn read_header(&mut self) -> Result<(), WeightsError> {
        let buffer = std::mem::take(&mut self.buffer);
        // Deserialising checks that the tensors' ranges follow each other without gap or overlap,
        // and that they agree with shape and dtype.
        let parsed: Metadata =
            serde_json::from_slice(&buffer[PREFIX..]).map_err(|e| WeightsError::Header(e.to_string()))?;
        let names = parsed.offset_keys();
        let known: HashSet<&str> = names.iter().map(String::as_str).collect();
        let quantized = |name: &str| {
            [Q8_SCALE, Q8_MIN].iter().all(|suffix| known.contains(format!("{name}{suffix}").as_str()))
        };
        for name in &names {
            let Some(tensor) = parsed.info(name) else { continue };
            let base = name.strip_suffix(Q8_SCALE).or_else(|| name.strip_suffix(Q8_MIN));
            let used = match tensor.dtype {
                Dtype::F32 if base.is_some_and(|base| known.contains(base)) => Use::Quantizer,
                dtype @ (Dtype::F32 | Dtype::F64 | Dtype::F16 | Dtype::BF16) => Use::Float(dtype),
                Dtype::U8 if quantized(name) => Use::Quantized,
                _ => Use::Skip,
            };
            let (start, end) = tensor.data_offsets;
            let info = TensorInfo { name: name.clone(), shape: tensor.shape.clone() };
            self.entries.push(Entry { info, bytes: end - start, used });
        }
        self.header = Some(Header {
            tensors: (self.entries.iter())
                .filter(|entry| matches!(entry.used, Use::Float(_) | Use::Quantized))
                .map(|entry| entry.info.clone())
                .collect(),
            metadata: parsed.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
            total_bytes: buffer.len() as u64 + parsed.data_len() as u64,
        });
        Ok(())
    }

    /// The values of the current tensor; `None` if it is not one to be handed out.
    fn decode(&mut self, bytes: &[u8]) -> Result<Option<(String, Tensor)>, WeightsError> {
        let Entry { info, used, .. } = &self.entries[self.current];
        let data = match used {
            Use::Skip => return Ok(None),
            Use::Float(dtype) => floats(bytes, *dtype),
            Use::Quantizer => {
                self.quantizers.insert(info.name.clone(), floats(bytes, Dtype::F32));
                return Ok(None);
            }
            Use::Quantized => {
                let rows = info.shape.first().copied().unwrap_or(0);
                let mut take = |suffix: &str| {
                    let values = self.quantizers.remove(&format!("{}{suffix}", info.name));
                    values.filter(|values| values.len() == rows && rows > 0).ok_or_else(|| {
                        WeightsError::Tensor {
                            tensor: info.name.clone(),
                            message: format!(
                                "8-bit values need an F32 vector {}{suffix} of {rows} numbers before them",
                                info.name
                            ),
                        }
                    })
                };
                let (scale, min) = (take(Q8_SCALE)?, take(Q8_MIN)?);
                let row = (bytes.len() / rows).max(1);
                (bytes.chunks_exact(row).zip(scale.iter().zip(&min)))
                    .flat_map(|(row, (scale, min))| row.iter().map(move |q| min + scale * f32::from(*q)))
                    .collect()
            }
        };
        Ok(Some((info.name.clone(), Tensor { shape: info.shape.clone(), data })))
    }
}

fn header_length(start: &[u8]) -> Result<u64, WeightsError> {
    let prefix = start.first_chunk::<PREFIX>();
    prefix
        .map(|bytes| u64::from_le_bytes(*bytes))
        .ok_or_else(|| WeightsError::Header("the file ends within it".to_owned()))
}

/// Little-endian floats to f32. `dtype` is one of the four that [`Use::Float`] is made with.
fn floats(bytes: &[u8], dtype: Dtype) -> Vec<f32> {
    fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks::<N>().0.iter().map(|chunk| value(*chunk)).collect()
    }
    match dtype {
        Dtype::F64 => each(bytes, |b| f64::from_le_bytes(b) as f32),
        Dtype::F16 => each(bytes, |b| f16::from_le_bytes(b).to_f32()),
        Dtype::BF16 => each(bytes, |b| bf16::from_le_bytes(b).to_f32()),
        _ => each(bytes, f32::from_le_bytes),
    }
}

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

/// Writes a file: tensors in the given order, so that a reader can run a network while it arrives.
pub fn write(
    out: &mut impl Write,
    tensors: &[(String, Tensor)],
    storage: Storage,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    // The header comes first and needs sizes only; the values are encoded one tensor at a time.
    let mut entries = Vec::new();
    let mut end = 0;
    let mut entry = |name: String, dtype: Dtype, shape: &[usize]| {
        let start = end;
        end += shape.iter().product::<usize>() * dtype.bitsize() / 8;
        entries.push((
            name,
            safetensors::tensor::TensorInfo { dtype, shape: shape.to_vec(), data_offsets: (start, end) },
        ));
    };
    for (name, tensor) in tensors {
        match stored(tensor, storage) {
            Storage::F32 => entry(name.clone(), Dtype::F32, &tensor.shape),
            Storage::F16 => entry(name.clone(), Dtype::F16, &tensor.shape),
            Storage::Q8 => {
                entry(format!("{name}{Q8_SCALE}"), Dtype::F32, &tensor.shape[..1]);
                entry(format!("{name}{Q8_MIN}"), Dtype::F32, &tensor.shape[..1]);
                entry(name.clone(), Dtype::U8, &tensor.shape);
            }
        }
    }
    let damaged = |e: &dyn std::fmt::Display| WeightsError::Header(e.to_string());
    let metadata = metadata.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let header = Metadata::new(Some(metadata), entries).map_err(|e| damaged(&e))?;
    let mut header = serde_json::to_vec(&header).map_err(|e| damaged(&e))?;
    // Spaces, as the format has it, so that the values start at a multiple of eight.
    header.resize(header.len().next_multiple_of(PREFIX), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for (_, tensor) in tensors {
        match stored(tensor, storage) {
            Storage::F32 => write_floats(out, &tensor.data)?,
            Storage::F16 => {
                let bytes: Vec<u8> =
                    tensor.data.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
                out.write_all(&bytes)?;
            }
            Storage::Q8 => {
                let (scale, min, bytes) = quantize(tensor);
                write_floats(out, &scale)?;
                write_floats(out, &min)?;
                out.write_all(&bytes)?;
            }
        }
    }
    Ok(())
}

fn write_floats(out: &mut impl Write, values: &[f32]) -> std::io::Result<()> {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    out.write_all(&bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors() -> Vec<(String, Tensor)> {
        let data: Vec<f32> = (0..24).map(|i| (i as f32 * 0.7).sin()).collect();
        vec![
            ("b.weight".into(), Tensor { shape: vec![2, 3, 2, 2], data: data.clone() }),
            ("a.bias".into(), Tensor { shape: vec![2], data: vec![2.6e-5, -1.0] }),
            ("c.weight".into(), Tensor { shape: vec![4, 6], data }),
        ]
    }

    fn file(storage: Storage) -> Vec<u8> {
        let mut file = Vec::new();
        let metadata = BTreeMap::from([("model".to_owned(), "test".to_owned())]);
        write(&mut file, &tensors(), storage, &metadata).unwrap();
        file
    }

    /// A file with any header.
    fn raw(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
    }

    fn read(file: &[u8], piece: usize) -> Result<Vec<(String, Tensor)>, WeightsError> {
        let mut stream = Stream::new();
        let mut all = Vec::new();
        for bytes in file.chunks(piece) {
            all.extend(stream.push(bytes)?);
        }
        stream.finish().map(|()| all)
    }

    #[test]
    fn pieces_of_any_size_give_the_tensors_in_order() {
        let file = file(Storage::F32);
        for piece in [1, 3, 8, 100, file.len()] {
            assert_eq!(read(&file, piece).unwrap(), tensors(), "{piece}");
        }
        let mut stream = Stream::new();
        stream.push(&file).unwrap();
        let header = stream.header().unwrap();
        assert_eq!(header.total_bytes, file.len() as u64);
        assert_eq!(header.metadata["model"], "test");
        assert_eq!(header.tensors[0].name, "b.weight");
    }

    #[test]
    fn half_and_eight_bits_stay_within_their_step() {
        for (storage, step) in [(Storage::F16, 0.0003), (Storage::Q8, 2.0 / 255.0 * 0.501)] {
            let read = read(&file(storage), 7).unwrap();
            for ((name, tensor), (expected_name, expected)) in read.iter().zip(tensors()) {
                assert_eq!((name, &tensor.shape), (&expected_name, &expected.shape));
                let exact = tensor.shape.len() < 2;
                for (a, b) in tensor.data.iter().zip(&expected.data) {
                    assert!((a - b).abs() <= if exact { 0.0 } else { step }, "{storage:?} {name} {a} {b}");
                }
            }
            assert_eq!(read.len(), 3);
        }
    }

    #[test]
    fn constant_rows_survive_eight_bits() {
        let tensor = Tensor { shape: vec![2, 2], data: vec![0.5, 0.5, 0.0, 0.0] };
        let mut file = Vec::new();
        write(&mut file, &[("w".into(), tensor.clone())], Storage::Q8, &BTreeMap::new()).unwrap();
        assert_eq!(read(&file, 9).unwrap()[0].1, tensor);
    }

    #[test]
    fn bf16_and_f64_are_read_and_counters_passed_over() {
        let header = r#"{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
            "x":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},
            "y":{"dtype":"F64","shape":[1],"data_offsets":[12,20]}}"#;
        let data = [&7u64.to_le_bytes()[..], &[0x80, 0x3f, 0x00, 0xc0], &0.25f64.to_le_bytes()].concat();
        for piece in [1, 5, 1000] {
            let read = read(&raw(header, &data), piece).unwrap();
            let values: Vec<_> = read.iter().map(|(n, t)| (n.as_str(), t.data.as_slice())).collect();
            assert_eq!(values, [("x", &[1.0, -2.0][..]), ("y", &[0.25][..])]);
        }
    }

    #[test]
    fn a_cut_off_file_names_what_is_missing() {
        let file = file(Storage::F32);
        let error = read(&file[..file.len() - 1], 50).unwrap_err();
        let WeightsError::Truncated { found, expected, ref missing } = error else { panic!("{error}") };
        assert_eq!((found + 1, expected), (file.len() as u64, file.len() as u64));
        assert_eq!(missing, &["c.weight"]);
        assert!(read(&file[..20], 20).unwrap_err().to_string().contains("ends within it"));
        assert!(read(&[], 1).unwrap_err().to_string().contains("empty"));
    }

    #[test]
    fn hostile_files_are_refused() {
        let entry = |name: &str, shape: &str, from: u64, to: u64| {
            format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
        };
        let (a, b) = (entry("a", "[2]", 0, 8), entry("b", "[1]", 4, 8));
        let huge = entry("a", "[4611686018427387904]", 0, 16);
        for (what, file) in [
            ("overlap", raw(&format!("{{{a},{b}}}"), &[0; 8])),
            ("gap", raw(&format!("{{{}}}", entry("a", "[1]", 4, 8)), &[0; 8])),
            ("shape and range differ", raw(&format!("{{{}}}", entry("a", "[3]", 0, 8)), &[0; 8])),
            ("overflow", raw(&format!("{{{huge}}}"), &[0; 16])),
            ("longer than its header says", raw(&format!("{{{a}}}"), &[0; 12])),
            ("no JSON", raw("{\"a\": nonsense}", &[])),
            ("endless header", [&u64::MAX.to_le_bytes()[..], b"{"].concat()),
            ("large header", [&(17u64 << 20).to_le_bytes()[..], b"{"].concat()),
        ] {
            assert!(read(&file, 5).is_err(), "{what}");
        }
    }

    #[test]
    fn claims_are_not_allocated() {
        // A tensor of 4 TiB of which 16 bytes arrive.
        let header = r#"{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#;
        let mut stream = Stream::new();
        assert_eq!(stream.push(&raw(header, &[0; 16])).unwrap(), []);
        assert!(stream.buffer.capacity() < 1000);
        assert!(matches!(stream.finish(), Err(WeightsError::Truncated { .. })));
    }

    #[test]
    fn other_files_are_named() {
        for (start, name) in [
            (&b"PK\x03\x04__________"[..], "zip"),
            (b"\x89HDF\r\n\x1a\n______", "HDF5"),
            (b"<!DOCTYPE html>_____", "web page"),
            (b"version https://git-lfs", "Git LFS"),
        ] {
            let error = Stream::new().push(start).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn eight_bits_need_their_scales_before_them() {
        let header = r#"{"w":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},
            "w.q8_scale":{"dtype":"F32","shape":[1],"data_offsets":[2,6]},
            "w.q8_min":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}"#;
        let error = read(&raw(header, &[0; 10]), 100).unwrap_err().to_string();
        assert!(error.contains("w.q8_scale"), "{error}");
    }
}
