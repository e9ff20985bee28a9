//! One network in several safetensors files, listed by `model.safetensors.index.json`. They are read as one file:
//! a header of all tensors, then the values of one shard after the other.

use super::WeightsError;
use super::safetensors::{PREFIX, header};
use safetensors::tensor::Metadata;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, Cursor, Read};

/// What an index file's name ends in.
pub const INDEX: &str = ".index.json";
/// An index of 100,000 tensors is a few MB long.
const MAX_INDEX: u64 = 16 << 20;
/// As [`super::safetensors::Stream`] has it.
const MAX_HEADER: u64 = 16 << 20;

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The names of the shards that an index lists. They lie beside it.
///
/// # Errors
///
/// The text is no index, names files elsewhere, or lists shards that are not safetensors.
pub fn list(index: &[u8]) -> Result<Vec<String>, WeightsError> {
    let index: Index =
        serde_json::from_slice(index).map_err(|e| WeightsError::Header(format!("index: {e}")))?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    for name in &names {
        if name.contains(['/', '\\', ':']) || name.starts_with('.') || name.is_empty() {
            return Err(WeightsError::Header(format!("index: {name:?} is no file beside it")));
        }
        if !name.ends_with(".safetensors") {
            return Err(WeightsError::Unsupported {
                what: "the index of a sharded PyTorch file",
                advice: "take the safetensors files, which publishers put beside it",
            });
        }
    }
    Ok(names.into_iter().collect())
}

/// The path or address of a shard, which is beside the index.
pub fn beside(index: &str, shard: &str) -> String {
    let (path, query) = match index.find(['?', '#']).filter(|_| index.contains("://")) {
        Some(at) => index.split_at(at),
        None => (index, ""),
    };
    let folder = path.rfind(['/', '\\']).map_or("", |at| &path[..=at]);
    format!("{folder}{shard}{query}")
}

/// Reads the text of an index.
///
/// # Errors
///
/// Reading fails, or the text is longer than any index.
pub fn read_index(reader: &mut impl Read) -> Result<Vec<u8>, WeightsError> {
    let mut text = Vec::new();
    reader.take(MAX_INDEX + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_INDEX {
        return Err(WeightsError::TooLarge { format: "indices of shards", limit: MAX_INDEX });
    }
    Ok(text)
}

/// The header of all tensors, from the shards' headers: with each its length, as a safetensors file starts. After it
/// come the values of the shards in the same order. Returns also how many bytes of values each has.
///
/// # Errors
///
/// A header is damaged, or a tensor is in two shards.
pub fn join(headers: &[Vec<u8>]) -> Result<(Vec<u8>, Vec<u64>), WeightsError> {
    let (mut entries, mut seen) = (Vec::new(), HashSet::new());
    let (mut lengths, mut start) = (Vec::new(), 0);
    for bytes in headers {
        let bytes = bytes.get(PREFIX..).ok_or(WeightsError::CutOff("a shard's header"))?;
        let shard: Metadata =
            serde_json::from_slice(bytes).map_err(|e| WeightsError::Header(e.to_string()))?;
        for name in shard.offset_keys() {
            let Some(info) = shard.info(&name) else { continue };
            let (from, to) = info.data_offsets;
            let info =
                safetensors::tensor::TensorInfo { data_offsets: (start + from, start + to), ..info.clone() };
            if !seen.insert(name.clone()) {
                return Err(WeightsError::Header(format!("tensor {name} is in two shards")));
            }
            entries.push((name, info));
        }
        lengths.push(shard.data_len() as u64);
        start += shard.data_len();
    }
    Ok((header(None, entries)?, lengths))
}

/// The shards as one file.
#[derive(Debug)]
pub struct Shards<R> {
    header: Cursor<Vec<u8>>,
    /// Name, reader, and how many bytes are still to come.
    shards: Vec<(String, R, u64)>,
    current: usize,
}

impl<R: Read> Shards<R> {
    /// Reads the shards' headers.
    ///
    /// # Errors
    ///
    /// Those of [`join`], or reading fails.
    pub fn new(shards: Vec<(String, R)>) -> Result<Self, WeightsError> {
        let (mut headers, mut readers) = (Vec::new(), Vec::new());
        for (name, mut reader) in shards {
            let mut prefix = [0; PREFIX];
            reader.read_exact(&mut prefix).map_err(|error| cut_off(&name, error))?;
            let length = u64::from_le_bytes(prefix);
            if length > MAX_HEADER {
                return Err(WeightsError::HeaderSize { found: length, limit: MAX_HEADER as usize });
            }
            let mut bytes = prefix.to_vec();
            reader.by_ref().take(length).read_to_end(&mut bytes)?;
            headers.push(bytes);
            readers.push((name, reader));
        }
        let (header, lengths) = join(&headers)?;
        let shards =
            readers.into_iter().zip(lengths).map(|((name, reader), left)| (name, reader, left)).collect();
        Ok(Self { header: Cursor::new(header), shards, current: 0 })
    }

    /// The readers, once all is read.
    pub fn into_inner(self) -> Vec<R> {
        self.shards.into_iter().map(|(_, reader, _)| reader).collect()
    }
}

impl<R: Read> Read for Shards<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.header.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        while let Some((name, reader, left)) = self.shards.get_mut(self.current) {
            if *left == 0 {
                // Its end has to be seen, also by a download that is to be kept.
                if reader.read(&mut [0])? > 0 {
                    return Err(io::Error::other(format!("shard {name} is longer than its header says")));
                }
                self.current += 1;
                continue;
            }
            let most = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
            let count = reader.read(&mut buffer[..most])?;
            if count == 0 {
                return Err(cut_off(name, io::ErrorKind::UnexpectedEof.into()));
            }
            *left -= count as u64;
            return Ok(count);
        }
        Ok(0)
    }
}

fn cut_off(name: &str, error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), format!("shard {name} is cut off; download it again"))
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Tensor;
    use crate::weights::safetensors::{self, Storage};

    fn shard(names: &[&str]) -> Vec<u8> {
        let tensor = |name: &&str| {
            let data = name.bytes().map(f32::from).collect::<Vec<_>>();
            ((*name).to_owned(), Tensor { shape: vec![data.len()], data })
        };
        let tensors: Vec<_> = names.iter().map(tensor).collect();
        let mut file = Vec::new();
        safetensors::write(&mut file, &tensors, Storage::F32, &BTreeMap::new()).unwrap();
        file
    }

    #[test]
    fn shards_are_read_as_one_file() {
        let shards = [shard(&["a", "bb"]), shard(&[]), shard(&["ccc"])];
        let named = |shards: &[Vec<u8>]| {
            let cursors = shards.iter().map(|bytes| Cursor::new(bytes.clone()));
            Shards::new(cursors.enumerate().map(|(i, cursor)| (format!("shard{i}"), cursor)).collect())
        };
        let mut file = Vec::new();
        named(&shards).unwrap().read_to_end(&mut file).unwrap();
        let (_, tensors) = safetensors::read(&file).unwrap();
        let names: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.data.len())).collect();
        assert_eq!(names, [("a", 1), ("bb", 2), ("ccc", 3)]);
        assert_eq!(tensors[2].1.data, [99.0; 3]);

        let error = |shards: &[Vec<u8>]| match named(shards) {
            Err(error) => error.to_string(),
            Ok(mut file) => file.read_to_end(&mut Vec::new()).unwrap_err().to_string(),
        };
        let mut cut = shards.clone();
        cut[0].pop();
        assert_eq!(error(&cut), "shard shard0 is cut off; download it again");
        let mut long = shards.clone();
        long[0].push(0);
        assert_eq!(error(&long), "shard shard0 is longer than its header says");
        assert!(error(&[shard(&["a"]), shard(&["a"])]).contains("tensor a is in two shards"));
        assert!(error(&[vec![1, 2]]).contains("cut off"));
        assert!(error(&[vec![255; 9]]).contains("header claims"));
    }

    #[test]
    fn shards_are_beside_their_index() {
        for (index, expected) in [
            ("model.safetensors.index.json", "s"),
            ("a b/model.safetensors.index.json", "a b/s"),
            (
                "https://h/r/main/model.safetensors.index.json?download=true",
                "https://h/r/main/s?download=true",
            ),
        ] {
            assert_eq!(beside(index, "s"), expected);
        }
    }

    #[test]
    fn an_index_lists_shards_beside_it() {
        let index =
            |shard: &str| list(format!(r#"{{"metadata": {{}}, "weight_map": {{"w": {shard}}}}}"#).as_bytes());
        assert_eq!(
            index(r#""model-1.safetensors", "v": "model-1.safetensors""#).unwrap(),
            ["model-1.safetensors"]
        );
        for elsewhere in
            [r#""../a.safetensors""#, r#""/a.safetensors""#, r#""https://h/a.safetensors""#, r#""""#]
        {
            assert!(
                index(elsewhere).unwrap_err().to_string().contains("is no file beside it"),
                "{elsewhere}"
            );
        }
        assert!(index(r#""a.bin""#).unwrap_err().to_string().contains("take the safetensors files"));
        assert!(list(b"{}").is_err() && list(b"").is_err());
    }
}
