use super::{OpError, Padding};
use crate::net::Shape;

/// A sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Rows and columns.
    pub kernel: [usize; 2],
    /// Vertical and horizontal step.
    pub stride: [usize; 2],
    /// Border around the input.
    pub padding: Padding,
    /// Round the output size up, so that the last window may hang over the edge (PyTorch's
    /// `ceil_mode`; a window must start inside the input or its top or left padding).
    pub ceil: bool,
}

impl Window {
    /// A square window without padding.
    pub const fn square(kernel: usize, stride: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [stride; 2], padding: Padding::symmetric(0, 0), ceil: false }
    }

    /// The same window with `p` rows and columns of padding on every side.
    pub const fn pad(mut self, p: usize) -> Self {
        self.padding = Padding::symmetric(p, p);
        self
    }

    /// The same window with the output size rounded up.
    pub const fn ceil(mut self) -> Self {
        self.ceil = true;
        self
    }

    /// Rows and columns of the output; channels stay.
    pub fn output_shape(&self, input: Shape) -> Result<Shape, OpError> {
        let axis = |size: usize, k: usize, s: usize, before: usize, after: usize| {
            if k == 0 || s == 0 {
                return Err(OpError::Parameters("kernel and stride must be at least 1"));
            }
            let span = (size + before + after).checked_sub(k).ok_or(OpError::Window {
                kh: self.kernel[0],
                kw: self.kernel[1],
                input,
            })?;
            let mut out = if self.ceil { span.div_ceil(s) } else { span / s } + 1;
            if self.ceil && (out - 1) * s >= size + before {
                out -= 1;
            }
            Ok(out)
        };
        let Padding { top, bottom, left, right } = self.padding;
        let h = axis(input.h(), self.kernel[0], self.stride[0], top, bottom)?;
        let w = axis(input.w(), self.kernel[1], self.stride[1], left, right)?;
        Ok(Shape::map(input.c(), h, w))
    }
}

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

/// Mean over regions: row `i` of `out[0]` covers input rows `floor(i·h/out)` to
/// `ceil((i+1)·h/out)`, and likewise for columns (PyTorch's `adaptive_avg_pool2d`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool {
    /// Rows and columns of the output.
    pub out: [usize; 2],
}
