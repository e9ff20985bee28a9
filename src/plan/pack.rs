//! Weights in the order in which kernels read them.

use super::padded;
use crate::net::{Graph, NodeId, Op};

/// Where each of a node's weights goes: from PyTorch's O,I,kh,kw to kh,kw,I,O with O padded to a
/// multiple of four. Takes them as they come, so that no second copy of a tensor is ever needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Input channels of the file, and of the packed weights: zeros from the former to the latter.
    input: usize,
    rows: usize,
    /// Output channels, padded.
    columns: usize,
    taps: usize,
}

impl Layout {
    /// Of a dense convolution: I is padded to a multiple of four, too. A linear layer's out,(C,H,W) is
    /// the same thing with the input's size as its kernel.
    pub const fn dense(out: usize, input: usize, kernel: [usize; 2]) -> Self {
        Self { rows: padded(input), ..Self::grouped(out, input, kernel) }
    }

    /// Of a convolution in groups; a depthwise one has a single input channel a group.
    pub const fn grouped(out: usize, input_per_group: usize, [kh, kw]: [usize; 2]) -> Self {
        Self { input: input_per_group, rows: input_per_group, columns: padded(out), taps: kh * kw }
    }

    /// Of a node's `weight`; `None` if kernels do not read it (a batch norm's).
    pub fn of(graph: &Graph, node: NodeId) -> Option<Self> {
        match &graph.node(node).op {
            Op::Conv2d(c) if c.groups > 1 => {
                Some(Self::grouped(c.out_channels, c.in_channels / c.groups, c.kernel))
            }
            Op::Conv2d(c) => Some(Self::dense(c.out_channels, c.in_channels, c.kernel)),
            Op::Linear(l) => {
                let from = graph.node(graph.node(node).inputs[0]).shape;
                Some(Self::dense(l.out_features, from.c(), [from.h(), from.w()]))
            }
            _ => None,
        }
    }

    /// Room for the packed weights.
    pub fn zeros(&self) -> Vec<f32> {
        vec![0.0; self.taps * self.rows * self.columns]
    }

    /// Puts values of the file, the first of which has this position in the tensor, into their places.
    pub fn place(&self, first: usize, values: &[f32], packed: &mut [f32]) {
        let row = (self.input * self.taps).max(1);
        let (mut o, mut i, mut k) = (first / row, first % row / self.taps.max(1), first % self.taps.max(1));
        for value in values {
            if let Some(place) = packed.get_mut((k * self.rows + i) * self.columns + o) {
                *place = *value;
            }
            k += 1;
            if k >= self.taps {
                (k, i) = (0, i + 1);
                if i == self.input {
                    (i, o) = (0, o + 1);
                }
            }
        }
    }

    /// A whole tensor, packed.
    pub fn pack(&self, weights: &[f32]) -> Vec<f32> {
        let mut packed = self.zeros();
        self.place(0, weights, &mut packed);
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_give_the_same_weights() {
        let (out, input, kernel) = (5, 3, [2, 1]);
        let weights: Vec<f32> = (1..=out * input * 2).map(|i| i as f32).collect();
        let layout = Layout::dense(out, input, kernel);
        let whole = layout.pack(&weights);
        // O,I,k = (4, 2, 1) is the last value: tap 1, row 2 of 4, column 4 of 8.
        assert_eq!(whole[(4 + 2) * 8 + 4], 30.0);
        assert_eq!(whole.iter().filter(|v| **v != 0.0).count(), weights.len());
        for piece in [1, 4, 7, 30] {
            let mut packed = layout.zeros();
            for (n, values) in weights.chunks(piece).enumerate() {
                layout.place(n * piece, values, &mut packed);
            }
            assert_eq!(packed, whole, "{piece}");
        }
    }
}
