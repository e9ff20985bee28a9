use super::{Cost, OpError, Padding, ParamSpec, Window};
use crate::net::Shape;
use std::ops::Range;

/// 2-D convolution (cross-correlation, as everywhere in the field).
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d {
    /// Input channels.
    pub in_channels: usize,
    /// Output channels.
    pub out_channels: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Vertical and horizontal step.
    pub stride: [usize; 2],
    /// Zeros around the input.
    pub padding: Padding,
    /// Input and output channels are cut into this many independent groups.
    pub groups: usize,
    /// Whether each output channel has a bias.
    pub bias: bool,
}

impl Conv2d {
    /// One group for each channel, one output channel for each input channel.
    pub fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.groups == self.in_channels && self.groups == self.out_channels
    }

    /// The window that slides over the input.
    pub fn window(&self) -> Window {
        Window { kernel: self.kernel, stride: self.stride, padding: self.padding, ceil: false }
    }

    /// Input channels that an output channel reads: its group's.
    pub(super) fn incoming(&self, channel: usize) -> Range<usize> {
        let (ins, outs) = (self.in_channels / self.groups, self.out_channels / self.groups);
        let first = channel / outs * ins;
        first..first + ins
    }

    pub(super) fn output_shape(&self, input: Shape) -> Result<Shape, OpError> {
        if input.c() != self.in_channels {
            return Err(OpError::Channels { expected: self.in_channels, found: input.c() });
        }
        if self.groups == 0
            || !self.in_channels.is_multiple_of(self.groups)
            || !self.out_channels.is_multiple_of(self.groups)
        {
            return Err(OpError::Parameters("channels must be multiples of groups"));
        }
        Ok(self.window().output_shape(input)?.with_channels(self.out_channels))
    }

    pub(super) fn cost(&self, output: Shape) -> Cost {
        let weights =
            (self.out_channels * self.in_channels / self.groups * self.kernel[0] * self.kernel[1]) as u64;
        let bias = if self.bias { self.out_channels as u64 } else { 0 };
        Cost { params: weights + bias, macs: weights * output.area() as u64 }
    }

    pub(super) fn params(&self) -> Vec<ParamSpec> {
        let [kh, kw] = self.kernel;
        let mut params =
            vec![ParamSpec::new("weight", [self.out_channels, self.in_channels / self.groups, kh, kw])];
        if self.bias {
            params.push(ParamSpec::new("bias", [self.out_channels]));
        }
        params
    }
}
