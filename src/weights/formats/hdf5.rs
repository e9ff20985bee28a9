//! The datasets of an HDF5 file.

use super::keras::Values;
use crate::weights::WeightsError;
use half::f16;
use hdf5_pure::{ChunkCacheConfig, Dataset, Datatype, DatatypeByteOrder, Error, FileAccessProperties, Group};
use std::collections::HashMap;

pub(in crate::weights) use hdf5_pure::File;

/// Deepest nesting that is followed: a hostile file may link a group to itself.
const MAX_DEPTH: usize = 10;
/// Least bytes of a file for each group and dataset: a hostile file may link the same ones again and again.
const MIN_BYTES: usize = 64;
/// Longest path, in bytes.
const MAX_PATH: usize = 512;
/// Most super blocks that an index of chunks lists directly; HDF5 writes 4. Each has up to twice as many entries as the one
/// before it, and hdf5-pure 0.47 makes them all: with 255, memory without end.
const MAX_DIRECT: u8 = 16;

/// What was found.
#[derive(Default)]
pub(in crate::weights) struct Contents<'f> {
    /// All floating-point datasets, by path, its parts joined by `/`.
    pub(in crate::weights) datasets: Vec<Stored<'f>>,
    /// The attribute `name` of groups that have one: Keras 3 writes it.
    pub(in crate::weights) names: HashMap<String, String>,
    /// The root's attribute `model_config`: JSON that Keras writes into an `.h5` file of a whole model.
    pub(in crate::weights) config: Option<String>,
}

/// A dataset whose values are not read yet.
#[derive(Clone)]
pub(in crate::weights) struct Stored<'f> {
    file: &'f File,
    pub(in crate::weights) path: String,
    pub(in crate::weights) shape: Vec<usize>,
    /// How many values the shape has, and of how many bytes each.
    count: usize,
    size: usize,
    /// The order of bytes of half floats.
    half: Option<DatatypeByteOrder>,
}

/// Opens a file.
pub(in crate::weights) fn open(file: &[u8]) -> Result<File, WeightsError> {
    let is_endless = |header: &[u8]| header.starts_with(b"EAHD\0") && header[10] > MAX_DIRECT;
    if file.windows(11).any(is_endless) {
        return Err(WeightsError::Header("HDF5: an index of chunks without end".to_owned()));
    }
    // Each dataset is read once.
    let once = FileAccessProperties::new().with_chunk_cache(ChunkCacheConfig::disabled());
    File::from_bytes_with_options(file.to_vec(), once).map_err(damaged)
}

/// Finds all floating-point datasets of a file of so many bytes.
pub(in crate::weights) fn list(file: &File, bytes: usize) -> Result<Contents<'_>, WeightsError> {
    let mut walk = Walk { file, contents: Contents::default(), left: bytes / MIN_BYTES };
    let root = file.root();
    let attributes = root.attrs().map_err(damaged)?;
    let config = attributes.get("model_config").and_then(|json| json.as_str());
    walk.contents.config = config.map(str::to_owned);
    walk.group(&root, "", 0)?;
    Ok(walk.contents)
}

fn damaged(error: Error) -> WeightsError {
    WeightsError::Header(format!("HDF5: {error}"))
}

struct Walk<'f> {
    file: &'f File,
    contents: Contents<'f>,
    /// How many groups and datasets may come.
    left: usize,
}

impl Walk<'_> {
    fn group(&mut self, group: &Group, path: &str, depth: usize) -> Result<(), WeightsError> {
        let (datasets, groups) = (group.datasets().map_err(damaged)?, group.groups().map_err(damaged)?);
        let ends = depth <= MAX_DEPTH
            && datasets.iter().chain(&groups).all(|name| path.len() + name.len() < MAX_PATH);
        let left = self.left.checked_sub(datasets.len() + groups.len()).filter(|_| ends);
        self.left = left.ok_or_else(|| WeightsError::Header("HDF5: groups without end".to_owned()))?;
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        if path.ends_with("vars") {
            let attributes = group.attrs().map_err(damaged)?;
            if let Some(name) = attributes.get("name").and_then(|name| name.as_str()) {
                self.contents.names.insert(path.to_owned(), name.to_owned());
            }
        }
        for (name, dataset) in group.iter_datasets().map_err(damaged)? {
            // Counters and texts are passed over.
            if let Datatype::FloatingPoint { size, byte_order, layout } =
                dataset.datatype().map_err(damaged)?
            {
                let half = (size == 2 && layout.exponent_size == 5).then_some(byte_order);
                let stored = Stored::new(self.file, below(&name), &dataset, half)?;
                self.contents.datasets.push(stored);
            }
        }
        for (name, group) in group.iter_groups().map_err(damaged)? {
            self.group(&group, &below(&name), depth + 1)?;
        }
        Ok(())
    }
}

impl<'f> Stored<'f> {
    fn new(
        file: &'f File,
        path: String,
        dataset: &Dataset,
        half: Option<DatatypeByteOrder>,
    ) -> Result<Self, WeightsError> {
        let size = usize::try_from(dataset.element_size().map_err(damaged)?).unwrap_or(usize::MAX).max(1);
        let lengths = dataset.shape().map_err(damaged)?;
        let bytes = |lengths: &[u64]| {
            (lengths.iter()).try_fold(size, |n, length| n.checked_mul(usize::try_from(*length).ok()?))
        };
        let whole = bytes(&lengths).ok_or_else(|| WeightsError::Tensor {
            tensor: path.clone(),
            message: format!("shape {lengths:?} has more values than a file can hold"),
        })?;
        // A chunk is read as a whole, however little of it is the dataset's.
        if let Some(chunk) = dataset.chunk_shape().map_err(damaged)?
            && bytes(&chunk).is_none_or(|chunk| chunk > whole)
        {
            return Err(WeightsError::Tensor {
                tensor: path,
                message: format!(
                    "it is stored in chunks of shape {chunk:?}; at most its own shape, {lengths:?}, is expected"
                ),
            });
        }
        let shape = lengths.iter().map(|length| *length as usize).collect();
        Ok(Self { file, path, shape, count: whole / size, size, half })
    }
}

impl Values for Stored<'_> {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn bytes(&self) -> usize {
        self.count.saturating_mul(self.size.max(size_of::<f32>()))
    }

    fn read(self) -> Result<Vec<f32>, WeightsError> {
        let Self { file, path, shape, count, half, .. } = self;
        let dataset = file.dataset(&path).map_err(damaged)?;
        let data = match half {
            None => dataset.read_f32(),
            Some(order) => dataset.read_raw().map(|bytes| halves(&bytes, order)),
        };
        let fail = |message| WeightsError::Tensor { tensor: path.clone(), message };
        let data = data.map_err(|error| fail(format!("HDF5: {error}")))?;
        if data.len() != count {
            return Err(fail(format!("its shape {shape:?} does not go with its {} values", data.len())));
        }
        Ok(data)
    }
}

fn halves(bytes: &[u8], order: DatatypeByteOrder) -> Vec<f32> {
    let value = |bytes: &[u8; 2]| match order {
        DatatypeByteOrder::BigEndian => f16::from_be_bytes(*bytes),
        _ => f16::from_le_bytes(*bytes),
    };
    bytes.as_chunks().0.iter().map(|bytes| value(bytes).to_f32()).collect()
}
