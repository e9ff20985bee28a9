//! NaN and infinities in weights.

use super::{Tensor, TensorInfo, Warning, WeightsError};

/// Why a tensor with such a value is not written.
pub(super) const NOT_FINITE: &str =
    "which no network can use; the training went wrong or the file is damaged";

impl Tensor {
    /// Every value does, or the error names the first that does not.
    pub(super) fn check(
        &self,
        name: &str,
        fits: impl Fn(f32) -> bool,
        problem: &'static str,
    ) -> Result<(), WeightsError> {
        match self.data.iter().position(|value| !fits(*value)) {
            None => Ok(()),
            Some(at) => Err(WeightsError::Value {
                tensor: name.to_owned(),
                at: index(&self.shape, at),
                value: self.data[at],
                problem,
            }),
        }
    }
}

/// Watches weights as they come for values that are NaN or infinite.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The first tensor with such values: name, how many, where the first one is.
    first: Option<(String, usize, Vec<usize>)>,
    /// The other tensors.
    others: Vec<String>,
}

impl Watch {
    /// Looks at values of a tensor, from the position `first` on.
    pub fn see(&mut self, tensor: &TensorInfo, first: usize, values: &[f32]) {
        // Without a branch a value: almost always all are finite.
        let largest = values.iter().fold(0, |largest, value| (value.to_bits() & 0x7fff_ffff).max(largest));
        if f32::from_bits(largest).is_finite() {
            return;
        }
        let count = values.iter().filter(|value| !value.is_finite()).count();
        match &mut self.first {
            Some((name, found, _)) if *name == tensor.name => *found += count,
            Some(_) if self.others.last() == Some(&tensor.name) => {}
            Some(_) => self.others.push(tensor.name.clone()),
            None => {
                let at = first + values.iter().position(|value| !value.is_finite()).unwrap_or(0);
                self.first = Some((tensor.name.clone(), count, index(&tensor.shape, at)));
            }
        }
    }

    /// What is to be said of it.
    pub fn warning(&self) -> Option<Warning> {
        let (tensor, values, first) = self.first.clone()?;
        Some(Warning::NotFinite { tensor, values, first, others: self.others.clone() })
    }
}

/// The index on each axis of a row-major position.
fn index(shape: &[usize], mut at: usize) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (index, length) in index.iter_mut().zip(shape).rev() {
        (*index, at) = (at % length.max(&1), at / length.max(&1));
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_infinities_are_told_by_name_and_place() {
        let tensor = |name: &str| TensorInfo { name: name.into(), shape: vec![2, 3, 4] };
        let mut watch = Watch::default();
        watch.see(&tensor("a"), 0, &[1.0, f32::MIN, -0.0, f32::MAX]);
        assert_eq!(watch.warning(), None);
        watch.see(&tensor("b"), 12, &[0.0, 0.0, 0.0, 0.0, 0.0, f32::NAN, f32::INFINITY]);
        watch.see(&tensor("b"), 19, &[-f32::NAN]);
        watch.see(&tensor("c"), 0, &[f32::NEG_INFINITY]);
        watch.see(&tensor("c"), 1, &[f32::NAN]);
        let expected = "tensor b has 3 values that are NaN or infinite, the first at [1, 1, 1]; so has c";
        assert_eq!(watch.warning().unwrap().to_string(), expected);
    }
}
