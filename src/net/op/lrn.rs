use std::ops::Range;

/// Local response normalisation across channels, as PyTorch and Caffe compute it:
/// `x / (k + alpha / size · Σ x²)^beta`, the sum over `size` neighbouring channels. In the
/// published GoogLeNet after the first pool and before the second (arXiv 1409.4842, figure 3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNorm {
    /// Channels in the window.
    pub size: usize,
    /// Weight of the mean of squares.
    pub alpha: f32,
    /// Exponent.
    pub beta: f32,
    /// Added to the weighted sum.
    pub k: f32,
}

impl LocalResponseNorm {
    /// How many channels before an output channel it sums squares of, and how many behind it.
    pub const fn around(&self) -> [usize; 2] {
        [self.size / 2, self.size.saturating_sub(1) / 2]
    }

    /// The channels, of `channels`, whose squares an output channel sums.
    pub fn incoming(&self, channel: usize, channels: usize) -> Range<usize> {
        let [before, after] = self.around();
        channel.saturating_sub(before)..(channel + after + 1).min(channels)
    }
}
