use super::Window;

/// Largest value of each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// The window.
    pub window: Window,
}

/// Mean of each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool {
    /// The window.
    pub window: Window,
    /// Whether padding counts as zeros in the mean (torchvision's Inception-v3) or is left out
    /// (timm's Inception-v4 and -ResNet-v2, Keras).
    pub count_include_pad: bool,
}

/// Mean over the regions of [`window::region`](super::window::region), as PyTorch's `adaptive_avg_pool2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool {
    /// Rows and columns of the output.
    pub out: [usize; 2],
}
