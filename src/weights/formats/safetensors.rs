//! safetensors, read while the bytes arrive and written in execution order.
//!
//! Besides f32, f64, f16 and bf16 there is an 8-bit form of our own: a `U8` tensor `name` with one
//! row for each output channel (its first axis), and two `F32` vectors before it in the file,
//! `name.q8_scale` and `name.q8_min`, with one number a row: `value = min + scale · byte`.
//! Tensors of other dtypes (counters of batch norms) are passed over.
//!
//! Files written here state the SHA-256 of each tensor in their metadata (`sha256`): a damaged tensor
//! is refused by name, before anything is computed with it.

use crate::weights::{Tensor, TensorInfo, WeightsError};
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;

/// Real headers stay below 200 kB.
const MAX_HEADER: usize = 16 << 20;
/// Bytes of the header's length.
const PREFIX: usize = 8;
/// The metadata's entry with the SHA-256 of each tensor's bytes, in file order, in hexadecimal digits
/// with spaces between.
const DIGESTS: &str = "sha256";
const Q8_SCALE: &str = ".q8_scale";
const Q8_MIN: &str = ".q8_min";

/// What a file holds, known before its tensors are there.
#[derive(Clone, Debug)]
pub struct Header {
    /// The tensors that will be handed out, in file order.
    pub tensors: Vec<TensorInfo>,
    /// Where each of them ends in the file.
    pub ends: Vec<u64>,
    /// Where the first tensor of the file begins.
    pub start: u64,
    /// `__metadata__`; see [`crate::weights::About`].
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
    /// SHA-256 of its bytes, if the file states one.
    digest: Option<String>,
}

/// Some of a tensor's values. They come in order.
#[derive(Debug)]
pub struct Piece<'a> {
    /// Which tensor.
    pub tensor: &'a TensorInfo,
    /// Position of the first of the values in the tensor.
    pub first: usize,
    /// Row-major.
    pub values: &'a [f32],
    /// Whether the tensor is complete with them, and undamaged as far as the file lets one know.
    pub last: bool,
}

/// Values decoded at once: they stay in a processor's cache until they are where they belong.
const BLOCK: usize = 16 << 10;

/// Reads a file piece by piece. Holds the header and a block of values, never a whole tensor.
#[derive(Debug, Default)]
pub struct Stream {
    /// Bytes of the header, then of a value that has not arrived completely.
    buffer: Vec<u8>,
    received: u64,
    header: Option<Header>,
    entries: Vec<Entry>,
    /// Index of the tensor that is being read.
    current: usize,
    /// Bytes of the current tensor that were read.
    position: usize,
    /// Of those bytes.
    digest: Sha256,
    /// See [`Stream::trust`].
    trusted: bool,
    /// Whether bytes of the current tensor were trusted: then the digest says nothing.
    unchecked: bool,
    /// Values decoded last.
    values: Vec<f32>,
    /// Scales and minima, by name of the tensor.
    quantizers: HashMap<String, Vec<f32>>,
}

impl Stream {
    /// A stream of which nothing has arrived.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the bytes that follow are known to be undamaged: tensors of them are not checked again,
    /// which takes longer than all else that happens to them.
    pub fn trust(&mut self, trusted: bool) {
        self.trusted = trusted;
    }

    /// What the file holds; `None` until the header is there.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Reads the header from the first bytes of the file; says whether it is complete. `bytes` moves on
    /// to what was not read.
    pub fn read_header(&mut self, bytes: &mut &[u8]) -> Result<bool, WeightsError> {
        if self.header.is_some() {
            return Ok(true);
        }
        if !self.fill(bytes, PREFIX) {
            return Ok(false);
        }
        let claimed = header_length(&self.buffer)?;
        // A known start says more than a header length out of bounds.
        let early = self.fill(bytes, PREFIX + 1);
        if early && self.buffer[PREFIX] != b'{' {
            return Err(WeightsError::Format(crate::weights::recognise(&self.buffer)));
        }
        if claimed > MAX_HEADER as u64 {
            return Err(WeightsError::HeaderSize { found: claimed, limit: MAX_HEADER });
        }
        if !self.fill(bytes, PREFIX + claimed as usize) {
            return Ok(false);
        }
        self.parse_header()?;
        Ok(true)
    }

    /// Takes bytes of the file up to where there is something to hand out; `bytes` moves on behind them.
    /// `None` when all were taken.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Piece<'_>>, WeightsError> {
        if !self.read_header(bytes)? {
            return Ok(None);
        }
        while let Some(size) = self.entries.get(self.current).map(|entry| entry.bytes) {
            let index = self.current;
            let first = self.take(bytes)?;
            let last = self.position == size;
            if last {
                self.end()?;
            }
            if let Some(first) = first
                && (last || !self.values.is_empty())
            {
                let tensor = &self.entries[index].info;
                return Ok(Some(Piece { tensor, first, values: &self.values, last }));
            }
            if !last && bytes.is_empty() {
                return Ok(None);
            }
        }
        match &self.header {
            Some(header) if !bytes.is_empty() => Err(WeightsError::TooLong { expected: header.total_bytes }),
            _ => Ok(None),
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
        self.received += step as u64;
        *bytes = &bytes[step..];
        self.buffer.len() >= size
    }

    fn parse_header(&mut self) -> Result<(), WeightsError> {
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
        let metadata: BTreeMap<String, String> =
            parsed.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        let digests: Option<Vec<&str>> =
            metadata.get(DIGESTS).map(|all| all.split_ascii_whitespace().collect());
        if let Some(found) = digests.as_ref().map(Vec::len)
            && found != names.len()
        {
            let message = format!("has {found} digests, but the file has {} tensors", names.len());
            return Err(WeightsError::Metadata { key: DIGESTS, message });
        }
        let start = buffer.len() as u64;
        let (mut tensors, mut ends) = (Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            let Some(tensor) = parsed.info(name) else { continue };
            let base = name.strip_suffix(Q8_SCALE).or_else(|| name.strip_suffix(Q8_MIN));
            let used = match tensor.dtype {
                Dtype::F32 if base.is_some_and(|base| known.contains(base)) => Use::Quantizer,
                dtype @ (Dtype::F32 | Dtype::F64 | Dtype::F16 | Dtype::BF16) => Use::Float(dtype),
                Dtype::U8 if quantized(name) => Use::Quantized,
                _ => Use::Skip,
            };
            let (from, end) = tensor.data_offsets;
            let info = TensorInfo { name: name.clone(), shape: tensor.shape.clone() };
            if matches!(used, Use::Float(_) | Use::Quantized) {
                tensors.push(info.clone());
                ends.push(start + end as u64);
            }
            let digest = digests.as_ref().map(|all| all[index].to_owned());
            self.entries.push(Entry { info, bytes: end - from, used, digest });
        }
        let total_bytes = start + parsed.data_len() as u64;
        self.header = Some(Header { tensors, ends, start, metadata, total_bytes });
        Ok(())
    }

    /// Takes a block of bytes of the current tensor and decodes its values, if they are to be handed out:
    /// returns the position of the first.
    fn take(&mut self, bytes: &mut &[u8]) -> Result<Option<usize>, WeightsError> {
        self.values.clear();
        let Self {
            entries, current, position, buffer, values, quantizers, digest, trusted, unchecked, ..
        } = self;
        let entry = &entries[*current];
        let size = match entry.used {
            Use::Float(dtype) => dtype.bitsize() / 8,
            Use::Quantizer => size_of::<f32>(),
            Use::Quantized | Use::Skip => 1,
        };
        let first = (*position - buffer.len()) / size;
        let (block, rest) = bytes.split_at(bytes.len().min(entry.bytes - *position).min(BLOCK * size));
        *bytes = rest;
        *position += block.len();
        self.received += block.len() as u64;
        if *trusted {
            *unchecked = true;
        } else if entry.digest.is_some() {
            digest.update(block);
        }
        match entry.used {
            Use::Skip => return Ok(None),
            Use::Quantized => {
                let rows = entry.info.shape.first().copied().unwrap_or(0);
                let row = entry.bytes.checked_div(rows).unwrap_or(0).max(1);
                let of_tensor = |suffix: &str| {
                    let found = quantizers.get(&format!("{}{suffix}", entry.info.name));
                    found.filter(|found| found.len() == rows).ok_or_else(|| WeightsError::Tensor {
                        tensor: entry.info.name.clone(),
                        message: format!(
                            "8-bit values need an F32 vector {}{suffix} of {rows} numbers before them",
                            entry.info.name
                        ),
                    })
                };
                let (scale, min) = (of_tensor(Q8_SCALE)?, of_tensor(Q8_MIN)?);
                let mut at = first;
                let mut block = block;
                while !block.is_empty() {
                    let (now, later) = block.split_at(block.len().min(row - at % row));
                    let (scale, min) = (scale[at / row], min[at / row]);
                    values.extend(now.iter().map(|q| min + scale * f32::from(*q)));
                    (at, block) = (at + now.len(), later);
                }
            }
            Use::Float(_) | Use::Quantizer => {
                let dtype = if let Use::Float(dtype) = entry.used { dtype } else { Dtype::F32 };
                // A value may be split between two pieces of the file.
                let split = if buffer.is_empty() { 0 } else { block.len().min(size - buffer.len()) };
                buffer.extend_from_slice(&block[..split]);
                if buffer.len() == size {
                    floats(buffer, dtype, values);
                    buffer.clear();
                }
                let (whole, part) = block[split..].split_at((block.len() - split) / size * size);
                floats(whole, dtype, values);
                buffer.extend_from_slice(part);
                if entry.used == Use::Quantizer {
                    quantizers.entry(entry.info.name.clone()).or_default().append(values);
                    return Ok(None);
                }
            }
        }
        Ok(Some(first))
    }

    /// The current tensor is complete: on to the next, if it is undamaged.
    fn end(&mut self) -> Result<(), WeightsError> {
        let Entry { info, used, digest, .. } = &self.entries[self.current];
        let unchecked = std::mem::take(&mut self.unchecked);
        if let Some(expected) = digest {
            let found = hex(&self.digest.finalize_reset());
            if !unchecked && found != *expected {
                return Err(WeightsError::Damaged { tensor: info.name.clone() });
            }
        }
        if *used == Use::Quantized {
            for suffix in [Q8_SCALE, Q8_MIN] {
                self.quantizers.remove(&format!("{}{suffix}", info.name));
            }
        }
        self.current += 1;
        self.position = 0;
        Ok(())
    }
}

/// The SHA-256 of bytes in hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a file that lies in memory.
pub fn read(mut file: &[u8]) -> Result<(Header, Vec<(String, Tensor)>), WeightsError> {
    let mut stream = Stream::new();
    let (mut tensors, mut data) = (Vec::new(), Vec::new());
    while let Some(piece) = stream.next(&mut file)? {
        data.extend_from_slice(piece.values);
        if piece.last {
            let TensorInfo { name, shape } = piece.tensor.clone();
            tensors.push((name, Tensor { shape, data: std::mem::take(&mut data) }));
        }
    }
    stream.finish()?;
    // finish() has made sure that there is one.
    let header = stream.header.ok_or_else(|| WeightsError::Header("the file is empty".to_owned()))?;
    Ok((header, tensors))
}

fn header_length(start: &[u8]) -> Result<u64, WeightsError> {
    let prefix = start.first_chunk::<PREFIX>();
    prefix
        .map(|bytes| u64::from_le_bytes(*bytes))
        .ok_or_else(|| WeightsError::Header("the file ends within it".to_owned()))
}

/// Appends little-endian floats as f32. `dtype` is one of the four that [`Use::Float`] is made with.
fn floats(bytes: &[u8], dtype: Dtype, values: &mut Vec<f32>) {
    fn each<const N: usize>(bytes: &[u8], values: &mut Vec<f32>, value: impl Fn([u8; N]) -> f32) {
        values.extend(bytes.as_chunks::<N>().0.iter().map(|chunk| value(*chunk)));
    }
    match dtype {
        Dtype::F64 => each(bytes, values, |b| f64::from_le_bytes(b) as f32),
        Dtype::F16 => each(bytes, values, |b| f16::from_le_bytes(b).to_f32()),
        Dtype::BF16 => each(bytes, values, |b| bf16::from_le_bytes(b).to_f32()),
        _ => each(bytes, values, f32::from_le_bytes),
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

/// Writes a file: tensors in the given order, so that a reader can run a network while it arrives, and
/// the SHA-256 of each in the metadata, so that a reader knows a damaged one before it is used.
pub fn write(
    out: &mut impl Write,
    tensors: &[(String, Tensor)],
    storage: Storage,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    // The header comes first: tensors are encoded twice, one at a time, rather than kept.
    let (mut entries, mut digests, mut end) = (Vec::new(), Vec::new(), 0);
    for (name, tensor) in tensors {
        for (suffix, dtype, shape, bytes) in encode(tensor, storage) {
            let data_offsets = (end, end + bytes.len());
            end = data_offsets.1;
            digests.push(sha256(&bytes));
            let shape = shape.to_vec();
            let info = safetensors::tensor::TensorInfo { dtype, shape, data_offsets };
            entries.push((format!("{name}{suffix}"), info));
        }
    }
    let damaged = |e: &dyn std::fmt::Display| WeightsError::Header(e.to_string());
    let mut metadata: HashMap<_, _> = metadata.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    metadata.insert(DIGESTS.to_owned(), digests.join(" "));
    let header = Metadata::new(Some(metadata), entries).map_err(|e| damaged(&e))?;
    // By way of a sorted map: the same tensors make the same file, to the byte.
    let header = serde_json::to_value(&header).map_err(|e| damaged(&e))?;
    let mut header = serde_json::to_vec(&header).map_err(|e| damaged(&e))?;
    // Spaces, as the format has it, so that the values start at a multiple of eight.
    header.resize(header.len().next_multiple_of(PREFIX), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for (_, tensor) in tensors {
        for (.., bytes) in encode(tensor, storage) {
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// The tensors that one is stored as: name's suffix, dtype, shape, bytes.
fn encode(tensor: &Tensor, storage: Storage) -> Vec<(&'static str, Dtype, &[usize], Vec<u8>)> {
    let f32s = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let shape = tensor.shape.as_slice();
    match stored(tensor, storage) {
        Storage::F32 => vec![("", Dtype::F32, shape, f32s(&tensor.data))],
        Storage::F16 => {
            let bytes = tensor.data.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
            vec![("", Dtype::F16, shape, bytes)]
        }
        Storage::Q8 => {
            let (scale, min, bytes) = quantize(tensor);
            vec![
                (Q8_SCALE, Dtype::F32, &shape[..1], f32s(&scale)),
                (Q8_MIN, Dtype::F32, &shape[..1], f32s(&min)),
                ("", Dtype::U8, shape, bytes),
            ]
        }
    }
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

    /// What comes of a file that arrives in pieces of that many bytes.
    fn arrive(file: &[u8], piece: usize) -> Result<Vec<(String, Tensor)>, WeightsError> {
        let mut stream = Stream::new();
        let mut all: Vec<(String, Tensor)> = Vec::new();
        let mut data = Vec::new();
        for mut bytes in file.chunks(piece) {
            while let Some(piece) = stream.next(&mut bytes)? {
                assert_eq!(piece.first, data.len());
                data.extend_from_slice(piece.values);
                if piece.last {
                    let shape = piece.tensor.shape.clone();
                    all.push((piece.tensor.name.clone(), Tensor { shape, data: std::mem::take(&mut data) }));
                }
            }
        }
        stream.finish().map(|()| all)
    }

    #[test]
    fn pieces_of_any_size_give_the_tensors_in_order() {
        let file = file(Storage::F32);
        for piece in [1, 3, 8, 100, file.len()] {
            assert_eq!(arrive(&file, piece).unwrap(), tensors(), "{piece}");
        }
        let (header, found) = read(&file).unwrap();
        assert_eq!(header.total_bytes, file.len() as u64);
        assert_eq!(header.metadata["model"], "test");
        assert_eq!(header.tensors[0].name, "b.weight");
        assert_eq!(found, tensors());
    }

    #[test]
    fn more_values_than_a_block_come_in_order() {
        let data: Vec<f32> = (0..3 * BLOCK + 7).map(|i| i as f32).collect();
        let tensor = Tensor { shape: vec![data.len(), 1], data };
        for (storage, step) in [(Storage::F32, 0.0), (Storage::Q8, 0.0)] {
            let mut file = Vec::new();
            write(&mut file, &[("w".into(), tensor.clone())], storage, &BTreeMap::new()).unwrap();
            for piece in [4096 * 3 + 1, file.len()] {
                let found = arrive(&file, piece).unwrap();
                assert!(found[0].1.data.iter().zip(&tensor.data).all(|(a, b)| (a - b).abs() <= step));
                assert_eq!(found[0].1.data.len(), tensor.data.len());
            }
        }
    }

    #[test]
    fn a_damaged_tensor_is_named_and_never_handed_out() {
        for storage in [Storage::F32, Storage::F16, Storage::Q8] {
            let mut file = file(storage);
            let last = file.len() - 3;
            file[last] ^= 1;
            let mut stream = Stream::new();
            let mut whole = Vec::new();
            let mut bytes = file.as_slice();
            let error = loop {
                match stream.next(&mut bytes) {
                    Ok(Some(piece)) if piece.last => whole.push(piece.tensor.name.clone()),
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{storage:?}: the damage was not seen"),
                    Err(error) => break error,
                }
            };
            assert_eq!(whole, ["b.weight", "a.bias"]);
            assert!(error.to_string().starts_with("tensor c.weight is damaged"), "{error}");
        }
        let wrong = raw(
            r#"{"__metadata__":{"sha256":"00 11"},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
            &[],
        );
        assert!(read(&wrong).unwrap_err().to_string().contains("has 2 digests, but the file has 1 tensors"));
    }

    #[test]
    fn what_was_checked_before_is_not_checked_again_but_all_that_follows_is() {
        // One byte of the first tensor and one of the last are damaged; trust ends within the first.
        let mut file = file(Storage::F32);
        let (start, end) = (read(&file).unwrap().0.start as usize, file.len());
        file[start] ^= 1;
        file[end - 1] ^= 1;
        let mut stream = Stream::new();
        let mut whole = Vec::new();
        let mut arrive = |mut bytes: &[u8], trusted| {
            stream.trust(trusted);
            while let Some(piece) = stream.next(&mut bytes)? {
                whole.extend(piece.last.then(|| piece.tensor.name.clone()));
            }
            Ok::<_, WeightsError>(())
        };
        arrive(&file[..start + 20], true).unwrap();
        let error = arrive(&file[start + 20..], false).unwrap_err();
        assert_eq!(whole, ["b.weight", "a.bias"]);
        assert!(error.to_string().starts_with("tensor c.weight is damaged"), "{error}");
    }

    #[test]
    fn half_and_eight_bits_stay_within_their_step() {
        for (storage, step) in [(Storage::F16, 0.0003), (Storage::Q8, 2.0 / 255.0 * 0.501)] {
            let read = arrive(&file(storage), 7).unwrap();
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
        assert_eq!(arrive(&file, 9).unwrap()[0].1, tensor);
    }

    #[test]
    fn bf16_and_f64_are_read_and_counters_passed_over() {
        let header = r#"{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
            "x":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},
            "y":{"dtype":"F64","shape":[1],"data_offsets":[12,20]}}"#;
        let data = [&7u64.to_le_bytes()[..], &[0x80, 0x3f, 0x00, 0xc0], &0.25f64.to_le_bytes()].concat();
        for piece in [1, 5, 1000] {
            let read = arrive(&raw(header, &data), piece).unwrap();
            let values: Vec<_> = read.iter().map(|(n, t)| (n.as_str(), t.data.as_slice())).collect();
            assert_eq!(values, [("x", &[1.0, -2.0][..]), ("y", &[0.25][..])]);
        }
    }

    #[test]
    fn a_cut_off_file_names_what_is_missing() {
        let file = file(Storage::F32);
        let error = arrive(&file[..file.len() - 1], 50).unwrap_err();
        let WeightsError::Truncated { found, expected, ref missing } = error else { panic!("{error}") };
        assert_eq!((found + 1, expected), (file.len() as u64, file.len() as u64));
        assert_eq!(missing, &["c.weight"]);
        assert!(arrive(&file[..20], 20).unwrap_err().to_string().contains("ends within it"));
        assert!(arrive(&[], 1).unwrap_err().to_string().contains("empty"));
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
            assert!(arrive(&file, 5).is_err(), "{what}");
        }
    }

    #[test]
    fn claims_are_not_allocated() {
        // A tensor of 4 TiB of which 16 bytes arrive.
        let header = r#"{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#;
        let mut stream = Stream::new();
        let file = raw(header, &[0; 16]);
        let mut bytes = file.as_slice();
        while stream.next(&mut bytes).unwrap().is_some() {}
        assert!(stream.buffer.capacity() < 1000 && stream.values.capacity() < 1000);
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
            let error = read(start).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn eight_bits_need_their_scales_before_them() {
        let header = r#"{"w":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},
            "w.q8_scale":{"dtype":"F32","shape":[1],"data_offsets":[2,6]},
            "w.q8_min":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}"#;
        let error = arrive(&raw(header, &[0; 10]), 100).unwrap_err().to_string();
        assert!(error.contains("w.q8_scale"), "{error}");
    }
}
