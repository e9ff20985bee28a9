//! What a layer has: tensors in Keras's layout, whose values may still have to be read.

use crate::weights::{Tensor, WeightsError};

/// A layer's variable.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::weights) struct Variable<V = Tensor> {
    /// `conv2d_12`, `block2_sepconv1_bn`.
    pub(in crate::weights) layer: String,
    /// `kernel`, `depthwise_kernel`, `gamma`.
    pub(in crate::weights) name: String,
    /// In Keras's layout.
    pub(in crate::weights) values: V,
}

/// A tensor whose values may still have to be read.
pub(in crate::weights) trait Values {
    fn shape(&self) -> &[usize];

    /// How many bytes its values take while they are read.
    fn bytes(&self) -> usize;

    fn read(self) -> Result<Vec<f32>, WeightsError>;
}

impl Values for Tensor {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn bytes(&self) -> usize {
        size_of_val(self.data.as_slice())
    }

    fn read(self) -> Result<Vec<f32>, WeightsError> {
        Ok(self.data)
    }
}

/// The tensor with its axes in another order: axis `i` of the result is axis `order[i]`. No order
/// leaves it alone.
pub(super) fn transpose(tensor: Tensor, order: &[usize]) -> Tensor {
    let Tensor { shape, data } = tensor;
    if order.is_empty() {
        return Tensor { shape, data };
    }
    let turned = order.iter().map(|axis| shape[*axis]).collect();
    // A damaged file may have a length of zero beside others without end.
    if data.is_empty() {
        return Tensor { shape: turned, data };
    }
    let mut stride = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        stride[axis - 1] = stride[axis] * shape[axis];
    }
    // All layouts have at most four axes; those that lack have length one.
    let (mut lengths, mut steps) = ([1; 4], [0; 4]);
    for (to, from) in (4 - order.len()..4).zip(order) {
        (lengths[to], steps[to]) = (shape[*from], stride[*from]);
    }
    let mut values = Vec::with_capacity(data.len());
    for a in 0..lengths[0] {
        for b in 0..lengths[1] {
            for c in 0..lengths[2] {
                let start = a * steps[0] + b * steps[1] + c * steps[2];
                values.extend((0..lengths[3]).map(|d| data[start + d * steps[3]]));
            }
        }
    }
    Tensor { shape: turned, data: values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_change_places() {
        let data = (0..24).map(|i| i as f32).collect();
        let tensor = transpose(Tensor { shape: vec![1, 2, 3, 4], data }, &[3, 2, 0, 1]);
        assert_eq!(tensor.shape, [4, 3, 1, 2]);
        // o, i, h, w = 1, 2, 0, 1 lies at h, w, i, o = 0, 1, 2, 1 of the source.
        assert_eq!(tensor.data[(3 + 2) * 2 + 1], (12 + 2 * 4 + 1) as f32);
    }

    #[test]
    fn nothing_takes_no_time_whatever_its_shape() {
        let tensor =
            transpose(Tensor { shape: vec![1 << 40, 1 << 40, 0, 4], data: Vec::new() }, &[3, 2, 0, 1]);
        assert_eq!(tensor, Tensor { shape: vec![4, 0, 1 << 40, 1 << 40], data: Vec::new() });
    }
}
