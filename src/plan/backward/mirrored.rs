//! In which order does the adjoint of a convolution read its weights?

use crate::net::NodeId;
use crate::net::op::Window;
use crate::net::op::window::Phase;
use crate::plan::pack::Layout;

/// More nodes than any graph has. Numbers of [`Mirrored`] follow these, so that they are the same for a network at all sizes: its
/// graphs share weights, and may have more or fewer nodes.
pub(super) const MOST_NODES: usize = 1 << 16;

/// A part of a convolution's weights for its adjoint.
#[derive(Clone, Copy, Debug)]
pub struct Mirrored {
    /// By which number engines know it: none of a graph's nodes.
    pub number: NodeId,
    /// Whose weights they are.
    pub node: NodeId,
    /// The convolution's.
    pub(super) window: Window,
    /// Which of its taps, by rows and by columns.
    pub(super) phases: [Phase; 2],
}

impl Mirrored {
    /// From a convolution's packed weights to the adjoint's: taps in reverse, channels swapped.
    pub fn pack(&self, weights: &[f32], of: Layout, to: Layout, [outputs, inputs]: [usize; 2]) -> Vec<f32> {
        let mut packed = to.zeros();
        let [vertical, horizontal] = self.phases;
        for row in 0..vertical.part {
            for column in 0..horizontal.part {
                let ky = vertical.tap + vertical.stride * row;
                let kx = horizontal.tap + horizontal.stride * column;
                let from = ky * self.window.kernel[1] + kx;
                let tap = (vertical.taps - 1 - row) * horizontal.taps + horizontal.taps - 1 - column;
                for out in 0..outputs {
                    for input in 0..inputs {
                        packed[to.index(input, out, tap)] = weights[of.index(out, input, from)];
                    }
                }
            }
        }
        packed
    }
}
