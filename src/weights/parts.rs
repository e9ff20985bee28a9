//! Weights that are published as a folder of raw files, one a tensor: little-endian f32, filters as out,y,x,in.
//! Checked one by one, they make one safetensors file, which is read and kept as any other.

use super::catalogue::Source;
use super::safetensors::hex;
use super::{About, WeightsError};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// One of the files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Where it is, from the source's address on.
    pub url: String,
    /// The tensor's name in our graphs.
    pub name: String,
    /// Its shape in our graphs; the file's values stand as out,y,x,in.
    pub shape: Vec<usize>,
    /// Its size.
    pub bytes: usize,
    /// Its SHA-256.
    pub sha256: String,
}

/// The files of a source, in the order in which a network needs them.
#[derive(Clone, Debug)]
pub struct Parts {
    about: About,
    parts: Vec<Part>,
}

impl Parts {
    /// The parts of a source, from its list (`www/catalogue/`).
    ///
    /// # Errors
    ///
    /// [`WeightsError::Header`]: the list is no JSON of parts.
    pub fn new(source: &Source, list: &str) -> Result<Self, WeightsError> {
        let parts = serde_json::from_str(list).map_err(|error| WeightsError::Header(error.to_string()))?;
        let about = About {
            model: Some(source.model.clone()),
            variant: source.variant.clone(),
            profile: Some(source.profile.clone()),
            provenance: Some(source.url.clone()),
            licence: Some(source.licence.clone()),
            ..About::default()
        };
        Ok(Self { about, parts })
    }

    /// The files.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What comes before the values in the safetensors file.
    pub fn header(&self) -> Vec<u8> {
        let mut entries = Map::new();
        entries.insert("__metadata__".to_owned(), json!(self.about.to_metadata()));
        let mut end = 0;
        for part in &self.parts {
            let offsets = [end, end + part.bytes];
            end = offsets[1];
            let entry = json!({ "dtype": "F32", "shape": part.shape, "data_offsets": offsets });
            entries.insert(part.name.clone(), entry);
        }
        let mut header = Value::Object(entries).to_string().into_bytes();
        // As the format has it, so that the values start at a multiple of eight.
        header.resize(header.len().next_multiple_of(8), b' ');
        [&(header.len() as u64).to_le_bytes()[..], &header].concat()
    }

    /// A part's bytes as they stand in the safetensors file.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Damaged`]: they are not the part that is listed, which goes by the name of its tensor.
    pub fn values(&self, index: usize, bytes: &[u8]) -> Result<Vec<u8>, WeightsError> {
        let Some(part) = self.parts.get(index) else { return Err(WeightsError::CutOff("list of parts")) };
        if bytes.len() != part.bytes || hex(&Sha256::digest(bytes)) != part.sha256 {
            return Err(WeightsError::Damaged { tensor: part.name.clone() });
        }
        let &[_, channels, rows, columns] = part.shape.as_slice() else { return Ok(bytes.to_vec()) };
        let (values, _) = bytes.as_chunks::<4>();
        let pixels = rows * columns;
        let filters = values.chunks(channels * pixels);
        Ok(filters
            .flat_map(|filter| (0..channels).flat_map(|c| filter.iter().skip(c).step_by(channels)))
            .flatten()
            .copied()
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo::{self, Options};
    use crate::weights::{Loader, catalogue, safetensors};

    fn listed() -> (&'static Source, Parts) {
        let source = catalogue::find("googlenet-bvlc").unwrap();
        (source, Parts::new(source, source.parts_list().unwrap()).unwrap())
    }

    #[test]
    fn the_listed_parts_are_the_network_in_its_order() {
        let (source, parts) = listed();
        assert_eq!(parts.parts().len(), 116);
        assert_eq!(parts.parts().iter().map(|part| part.bytes as u64).sum::<u64>(), source.bytes);
        let mut header = parts.header();
        header.resize(header.len() + 27_994_208, 0);
        let (header, tensors) = safetensors::read(&header).unwrap();
        let options = Options { variant: source.variant.clone(), ..Options::default() };
        let graph = zoo::build(&source.model, &options).unwrap();
        let loader = Loader::new(&graph, &header.tensors).unwrap();
        let nodes: Vec<_> = tensors.iter().map(|(name, _)| loader.place(name).unwrap().node).collect();
        assert!(nodes.is_sorted() && loader.extra.is_empty());
    }

    #[test]
    fn parts_are_checked_and_change_their_layout() {
        let values: Vec<u8> = (0..12).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let part = Part {
            url: "a.bin".into(),
            name: "a".into(),
            shape: vec![1, 3, 2, 2],
            bytes: values.len(),
            sha256: hex(&Sha256::digest(&values)),
        };
        let parts = Parts { about: About::default(), parts: vec![part] };
        let (_, read) =
            safetensors::read(&[parts.header(), parts.values(0, &values).unwrap()].concat()).unwrap();
        assert_eq!(read[0].1.data, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11].map(|i| i as f32));
        let mut damaged = values.clone();
        damaged[5] ^= 1;
        for wrong in [&damaged[..], &values[4..]] {
            assert!(matches!(parts.values(0, wrong), Err(WeightsError::Damaged { tensor }) if tensor == "a"));
        }
    }
}
