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
    /// The channels, of `channels`, whose squares an output channel sums.
    pub fn incoming(&self, channel: usize, channels: usize) -> Range<usize> {
        channel.saturating_sub(self.size / 2)..(channel + self.size.div_ceil(2)).min(channels)
    }

    /// The channels, of `channels`, that sum a channel's square: the window from its other end.
    pub fn readers(&self, channel: usize, channels: usize) -> Range<usize> {
        (channel + 1).saturating_sub(self.size.div_ceil(2))..(channel + self.size / 2 + 1).min(channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incoming_and_readers_are_inverse() {
        for (size, channels) in [(1, 4), (2, 7), (3, 7), (5, 3), (5, 9), (6, 9)] {
            let norm = LocalResponseNorm { size, alpha: 1.0, beta: 1.0, k: 1.0 };
            for (out, input) in (0..channels).flat_map(|out| (0..channels).map(move |input| (out, input))) {
                let reads = norm.incoming(out, channels).contains(&input);
                assert_eq!(norm.readers(input, channels).contains(&out), reads, "{size}: {out} {input}");
            }
        }
    }
}
