//! Weights in the order in which kernels read them.

use super::{Adjoint, Kernel, Step, padded};

/// Where each of a step's weights goes: from PyTorch's O,I,kh,kw to kh,kw,I,O, for one panel of output
/// channels after the other. Takes them as they come, so that no second copy of a tensor is ever needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Input channels of the file, and of the packed weights: zeros from the former to the latter.
    input: usize,
    rows: usize,
    taps: usize,
    /// Output channels of a panel.
    panel: usize,
    panels: usize,
}

/// Output channels of a panel, for so many output and input channels in all.
pub type Panel = fn(usize, usize) -> usize;

impl Layout {
    /// Of the weights that a step reads, for an engine with such panels ([`crate::engine::Engine::panel`]);
    /// `None` if it reads none. A linear layer's out,(C,H,W) is a convolution with the input's size as its
    /// kernel.
    pub fn of(step: &Step, panel: Option<Panel>) -> Option<Self> {
        let (input, out) = (step.input().shape.c(), step.output().shape.c());
        match &step.kernel {
            Kernel::Conv2d(window) => {
                Some(Self::dense(out, input, window.kernel, panel.map(|panel| panel(out, input))))
            }
            Kernel::GroupedConv2d(conv) => Some(Self::grouped(out, input / conv.groups, conv.window.kernel)),
            Kernel::DepthwiseConv2d(conv) => Some(Self::grouped(out, 1, conv.window.kernel)),
            // The weights of what they are the adjoints of.
            Kernel::Backward(Adjoint::GroupedConv2d(conv)) => {
                Some(Self::grouped(input, out / conv.groups, conv.window.kernel))
            }
            Kernel::Backward(Adjoint::DepthwiseConv2d(conv)) => {
                Some(Self::grouped(input, 1, conv.window.kernel))
            }
            _ => None,
        }
    }

    /// Of a dense convolution. Without panels all output channels are one, and I is padded to a multiple
    /// of four as O is.
    pub const fn dense(out: usize, input: usize, kernel: [usize; 2], panel: Option<usize>) -> Self {
        let whole = Self { rows: padded(input), ..Self::grouped(out, input, kernel) };
        match panel {
            Some(panel) => Self { rows: input, panel, panels: padded(out).div_ceil(panel), ..whole },
            None => whole,
        }
    }

    /// Of a convolution in groups; a depthwise one has a single input channel a group.
    pub const fn grouped(out: usize, input_per_group: usize, [kh, kw]: [usize; 2]) -> Self {
        Self { input: input_per_group, rows: input_per_group, taps: kh * kw, panel: padded(out), panels: 1 }
    }

    /// Number of packed weights.
    pub const fn len(&self) -> usize {
        self.panels * self.taps * self.rows * self.panel
    }

    /// Number of values of the file, those of output channels that only pad the last panel included.
    pub const fn values(&self) -> usize {
        self.panels * self.panel * self.input * self.taps
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a weight lies: of an output channel, an input channel of its group, and a tap, which is a
    /// position of the kernel.
    pub const fn index(&self, out: usize, input: usize, tap: usize) -> usize {
        ((out / self.panel * self.taps + tap) * self.rows + input) * self.panel + out % self.panel
    }

    /// Room for the packed weights.
    pub fn zeros(&self) -> Vec<f32> {
        vec![0.0; self.len()]
    }

    /// Puts values of the file, the first of which has this position in the tensor, into their places.
    pub fn place(&self, first: usize, values: &[f32], packed: &mut [f32]) {
        let row = (self.input * self.taps).max(1);
        let (mut o, mut i, mut k) = (first / row, first % row / self.taps.max(1), first % self.taps.max(1));
        // Millions of weights: no division for each.
        let mut start = self.index(o, 0, 0);
        for value in values {
            if let Some(place) = packed.get_mut(start + (k * self.rows + i) * self.panel) {
                *place = *value;
            }
            k += 1;
            if k >= self.taps {
                (k, i) = (0, i + 1);
                if i == self.input {
                    (i, o) = (0, o + 1);
                    start = self.index(o, 0, 0);
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
        // O,I,k = (4, 2, 1) is the last value: tap 1, row 2 of 4, column 4 of 8; with panels of four the
        // first column of the second panel's last row.
        for (panel, last, len) in [(None, (4 + 2) * 8 + 4, 64), (Some(4), (6 + 3 + 2) * 4, 48)] {
            let layout = Layout::dense(out, input, kernel, panel);
            let whole = layout.pack(&weights);
            assert_eq!((whole[last], layout.index(4, 2, 1), whole.len()), (30.0, last, len));
            assert_eq!(whole.iter().filter(|v| **v != 0.0).count(), weights.len());
            for piece in [1, 4, 7, 30] {
                let mut packed = layout.zeros();
                for (n, values) in weights.chunks(piece).enumerate() {
                    layout.place(n * piece, values, &mut packed);
                }
                assert_eq!(packed, whole, "{panel:?} {piece}");
            }
        }
    }
}
