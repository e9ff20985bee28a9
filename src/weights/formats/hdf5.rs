//! The datasets of an HDF5 file.

use crate::weights::{Tensor, WeightsError};
use half::f16;
use hdf5_pure::{Datatype, DatatypeByteOrder, Error, File, Group};
use std::collections::HashMap;

/// Deepest nesting and most groups that are followed: a hostile file may link a group to itself.
const MAX_DEPTH: usize = 10;
const MAX_GROUPS: usize = 50_000;
/// Weights that are compressed shrink by a tenth, those of a network that was pruned more: what grows beyond this
/// was made to fill the memory.
const MAX_RATIO: usize = 16;

/// What was found.
#[derive(Default)]
pub(in crate::weights) struct Contents {
    /// All floating-point datasets, by path, its parts joined by `/`.
    pub(in crate::weights) datasets: Vec<(String, Tensor)>,
    /// The attribute `name` of groups that have one: Keras 3 writes it.
    pub(in crate::weights) names: HashMap<String, String>,
    /// The root's attribute `model_config`: JSON that Keras writes into an `.h5` file of a whole model.
    pub(in crate::weights) config: Option<String>,
}

/// Reads all floating-point datasets.
pub(in crate::weights) fn read(file: &[u8]) -> Result<Contents, WeightsError> {
    let hdf5 = File::from_bytes(file.to_vec()).map_err(damaged)?;
    let mut walk =
        Walk { contents: Contents::default(), groups: 0, left: file.len().saturating_mul(MAX_RATIO) };
    let root = hdf5.root();
    let attributes = root.attrs().map_err(damaged)?;
    walk.contents.config = attributes.get("model_config").and_then(|json| json.as_str()).map(str::to_owned);
    walk.group(&root, "", 0)?;
    Ok(walk.contents)
}

fn damaged(error: Error) -> WeightsError {
    WeightsError::Header(format!("HDF5: {error}"))
}

struct Walk {
    contents: Contents,
    groups: usize,
    /// Bytes that datasets may still have together.
    left: usize,
}

impl Walk {
    fn group(&mut self, group: &Group, path: &str, depth: usize) -> Result<(), WeightsError> {
        self.groups += 1;
        if depth > MAX_DEPTH || self.groups > MAX_GROUPS {
            return Err(WeightsError::Header("HDF5: groups without end".to_owned()));
        }
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        if path.ends_with("vars") {
            let attributes = group.attrs().map_err(damaged)?;
            if let Some(name) = attributes.get("name").and_then(|name| name.as_str()) {
                self.contents.names.insert(path.to_owned(), name.to_owned());
            }
        }
        for name in group.datasets().map_err(damaged)? {
            let dataset = group.dataset(&name).map_err(damaged)?;
            let size = dataset.element_size().map_err(damaged)?;
            let shape = dataset.shape().map_err(damaged)?;
            let shape: Vec<usize> = shape.iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
            let count = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
            let bytes = count.and_then(|n| n.checked_mul(usize::try_from(size).ok()?));
            let left = bytes.and_then(|bytes| self.left.checked_sub(bytes));
            self.left = left.ok_or_else(|| WeightsError::Tensor {
                tensor: below(&name),
                message: format!("shape {shape:?} holds more than such a file can"),
            })?;
            // Counters and texts are passed over.
            if let Datatype::FloatingPoint { size, byte_order, layout } =
                dataset.datatype().map_err(damaged)?
            {
                let half = size == 2 && layout.exponent_size == 5;
                let data = match (half, byte_order) {
                    (false, _) => dataset.read_f32(),
                    (true, order) => dataset.read_raw().map(|bytes| halves(&bytes, order)),
                };
                let fail = |message| WeightsError::Tensor { tensor: below(&name), message };
                let data = data.map_err(|error| fail(format!("HDF5: {error}")))?;
                if Some(data.len()) != count {
                    return Err(fail(format!(
                        "its shape {shape:?} does not go with its {} values",
                        data.len()
                    )));
                }
                self.contents.datasets.push((below(&name), Tensor { shape, data }));
            }
        }
        for name in group.groups().map_err(damaged)? {
            self.group(&group.group(&name).map_err(damaged)?, &below(&name), depth + 1)?;
        }
        Ok(())
    }
}

fn halves(bytes: &[u8], order: DatatypeByteOrder) -> Vec<f32> {
    let value = |bytes: &[u8; 2]| match order {
        DatatypeByteOrder::BigEndian => f16::from_be_bytes(*bytes),
        _ => f16::from_le_bytes(*bytes),
    };
    bytes.as_chunks().0.iter().map(|bytes| value(bytes).to_f32()).collect()
}
