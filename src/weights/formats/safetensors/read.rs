use super::{DIGESTS, PREFIX, Q8_MIN, Q8_SCALE, hex};
use crate::weights::{Tensor, TensorInfo, WeightsError};
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Real headers stay below 200 kB.
const MAX_HEADER: usize = 16 << 20;

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
pub(super) const BLOCK: usize = 16 << 10;

/// Reads a file piece by piece. Holds the header and a block of values, never a whole tensor.
#[derive(Debug, Default)]
pub struct Stream {
    /// Bytes of the header, then of a value that has not arrived completely.
    pub(super) buffer: Vec<u8>,
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
    pub(super) values: Vec<f32>,
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
    ///
    /// # Errors
    /// [`WeightsError::HeaderSize`] and [`WeightsError::Header`] if it makes no sense.
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
            return Err(WeightsError::Format(crate::weights::kind::foreign(&self.buffer)));
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
    ///
    /// # Errors
    /// Those of [`Stream::read_header`]; [`WeightsError::TooLong`], [`WeightsError::Damaged`] and
    /// [`WeightsError::Tensor`].
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
    ///
    /// # Errors
    /// [`WeightsError::Truncated`] or [`WeightsError::Header`] if the end of the file is missing.
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
        // Another program may mean something else by that key: digests are one a tensor.
        let digest = |text: &&str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digests: Option<Vec<&str>> = (metadata.get(DIGESTS))
            .map(|all| all.split_ascii_whitespace().filter(digest).collect())
            .filter(|all: &Vec<&str>| all.len() == names.len());
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
                let row = entry.bytes.checked_div(rows).filter(|row| *row > 0);
                let Some(row) = row.or_else(|| (entry.bytes == 0).then_some(1)) else {
                    return Err(WeightsError::Tensor {
                        tensor: entry.info.name.clone(),
                        message: "8-bit values need an axis of output channels".to_owned(),
                    });
                };
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

/// Reads a file that lies in memory.
///
/// # Errors
/// Those of [`Stream::next`] and [`Stream::finish`].
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
