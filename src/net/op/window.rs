//! Window geometry, all of it: how many positions a window has, which inputs an
//! output reads, which outputs read an input, what a mean divides by. An axis can be looked at alone,
//! since a window's rows do not depend on its column.

use super::OpError;
use crate::net::Shape;
use std::ops::Range;

/// Zero rows and columns added around a map before windows are laid over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the left.
    pub left: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Padding {
    /// `h` rows above and below, `w` columns left and right.
    pub const fn symmetric(h: usize, w: usize) -> Self {
        Self { top: h, bottom: h, left: w, right: w }
    }

    /// TensorFlow's SAME: the least that yields an output of `size / stride`, rounded up; an odd one
    /// goes at the end. It depends on the size of the input.
    pub fn same(input: Shape, kernel: [usize; 2], stride: [usize; 2]) -> Self {
        let axis = |size: usize, k: usize, s: usize| {
            let all = ((size.div_ceil(s).max(1) - 1) * s + k).saturating_sub(size);
            [all / 2, all.div_ceil(2)]
        };
        let [top, bottom] = axis(input.h(), kernel[0], stride[0]);
        let [left, right] = axis(input.w(), kernel[1], stride[1]);
        Self { top, bottom, left, right }
    }

    /// No padding: what the papers mark "V" (valid).
    pub fn is_valid(self) -> bool {
        self == Self::default()
    }
}

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

    /// The window along rows (0) or columns (1).
    pub const fn axis(&self, axis: usize) -> Slide {
        let Padding { top, bottom, left, right } = self.padding;
        let (before, after) = if axis == 0 { (top, bottom) } else { (left, right) };
        Slide { kernel: self.kernel[axis], stride: self.stride[axis], before, after, ceil: self.ceil }
    }

    /// Rows and columns of the output; channels stay.
    ///
    /// # Errors
    ///
    /// [`OpError::Window`] if the padded input is smaller than the window, [`OpError::Parameters`] for a
    /// window or step of size 0.
    pub fn output_shape(&self, input: Shape) -> Result<Shape, OpError> {
        if self.kernel.contains(&0) || self.stride.contains(&0) {
            return Err(OpError::Parameters("kernel and stride must be at least 1"));
        }
        let [kh, kw] = self.kernel;
        let too_small = || OpError::Window { kh, kw, input };
        let h = self.axis(0).outputs(input.h()).ok_or_else(too_small)?;
        let w = self.axis(1).outputs(input.w()).ok_or_else(too_small)?;
        Ok(Shape::map(input.c(), h, w))
    }

    /// The number, row by row, of the tap by which an output sees an input that it reads.
    pub const fn tap(&self, output: [usize; 2], input: [usize; 2]) -> usize {
        self.axis(0).tap(output[0], input[0]) * self.kernel[1] + self.axis(1).tap(output[1], input[1])
    }

    /// What the mean of the window at output position `at` divides by: the part of the window that lies
    /// within the input, or within the padded input.
    pub fn divisor(&self, input: Shape, at: [usize; 2], count_include_pad: bool) -> usize {
        let [h, w] = [(0, input.h()), (1, input.w())]
            .map(|(axis, size)| self.axis(axis).counted(at[axis], size, count_include_pad));
        h * w
    }
}

/// A window along one axis. "Positions" are rows or columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slide {
    kernel: usize,
    stride: usize,
    before: usize,
    after: usize,
    ceil: bool,
}

impl Slide {
    /// Number of outputs for an input of that size; none if the window does not fit.
    pub const fn outputs(&self, size: usize) -> Option<usize> {
        let Some(span) = (size + self.before + self.after).checked_sub(self.kernel) else { return None };
        if !self.ceil {
            return Some(span / self.stride + 1);
        }
        let last = span.div_ceil(self.stride);
        Some(if last * self.stride >= size + self.before { last } else { last + 1 })
    }

    /// Inputs that an output reads; padding left out, so it may be none.
    pub fn reads(&self, output: usize, size: usize) -> Range<usize> {
        let start = output * self.stride;
        let first = start.saturating_sub(self.before).min(size);
        first..(start + self.kernel).saturating_sub(self.before).min(size).max(first)
    }

    /// The outputs, of `outputs`, that read an input.
    pub fn readers(&self, input: usize, outputs: usize) -> Range<usize> {
        let at = input + self.before;
        let first = (at + 1).saturating_sub(self.kernel).div_ceil(self.stride).min(outputs);
        first..(at / self.stride + 1).min(outputs).max(first)
    }

    /// Which position of the window sees an input that the output reads.
    pub const fn tap(&self, output: usize, input: usize) -> usize {
        input + self.before - output * self.stride
    }

    /// The input that an output sees by a tap; none in the padding.
    #[inline]
    pub fn sees(&self, output: usize, tap: usize, size: usize) -> Option<usize> {
        (output * self.stride + tap).checked_sub(self.before).filter(|at| *at < size)
    }

    /// The inputs, sorted by which taps see them: see [`Phase`].
    pub fn phases(&self, size: usize) -> impl Iterator<Item = Phase> + use<> {
        let Self { kernel, stride, before, .. } = *self;
        (0..stride).filter_map(move |tap| {
            let first = (tap + stride - before % stride) % stride;
            let count = size.saturating_sub(first).div_ceil(stride);
            let part = kernel.saturating_sub(tap).div_ceil(stride);
            if count == 0 || part == 0 {
                return None;
            }
            // Which output sees the first of them by the first of the taps, if there were no first output.
            let output = (first + before - tap) / stride;
            let taps = part.max(output + 1);
            Some(Phase { tap, stride, first, count, part, taps, before: taps - 1 - output })
        })
    }

    /// How far the last window reaches past the input.
    pub fn overhang(&self, size: usize) -> usize {
        let reach = self.outputs(size).map_or(0, |outputs| (outputs - 1) * self.stride + self.kernel);
        reach.saturating_sub(size + self.before)
    }

    /// What the mean of an output's window counts. A window of a rounded-up output may hang over the
    /// padding as well: that part never counts.
    fn counted(&self, output: usize, size: usize, count_include_pad: bool) -> usize {
        match count_include_pad {
            true => {
                let start = output * self.stride;
                (start + self.kernel).min(self.before + size + self.after) - start
            }
            false => self.reads(output, size).len(),
        }
    }
}

/// Every `stride`-th input along an axis, all of which are seen by the same taps: every `stride`-th one. Going
/// back from outputs to these inputs is sliding a window of its own over the outputs, with stride 1 and these
/// taps in reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The first of the taps, which is less than the stride.
    pub tap: usize,
    /// From one tap, or input, to the next.
    pub stride: usize,
    /// The first of the inputs.
    pub first: usize,
    /// How many inputs these are.
    pub count: usize,
    /// How many taps these are.
    pub part: usize,
    /// Positions of the window over the outputs: more than taps where padding reaches further than they do,
    /// which it does in no network. Those after the taps count as zeros.
    pub taps: usize,
    /// Padding before the outputs.
    pub before: usize,
}

/// Inputs that an output of an adaptive pool averages, along one axis of `size` inputs and `outputs`
/// outputs. Neighbouring regions share an input where `size` is no multiple of `outputs`.
pub const fn region(output: usize, size: usize, outputs: usize) -> Range<usize> {
    output * size / outputs..((output + 1) * size).div_ceil(outputs)
}

/// Outputs of an adaptive pool that average an input.
pub const fn region_readers(input: usize, size: usize, outputs: usize) -> Range<usize> {
    input * outputs / size..((input + 1) * outputs).div_ceil(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// By the definition: an output reads the inputs under its window, and is one of their readers.
        #[test]
        fn reads_and_readers_are_inverse(
            kernel in 1..8_usize, stride in 1..5_usize, before in 0..4_usize, after in 0..4_usize,
            ceil: bool, size in 1..40_usize,
        ) {
            let slide = Slide { kernel, stride, before: before.min(kernel - 1), after, ceil };
            let outputs = slide.outputs(size).unwrap_or(0);
            for output in 0..outputs {
                let window = output * stride..output * stride + kernel;
                for input in 0..size {
                    let seen = window.contains(&(input + slide.before));
                    prop_assert_eq!(slide.reads(output, size).contains(&input), seen);
                    prop_assert_eq!(slide.readers(input, outputs).contains(&output), seen);
                    if seen {
                        let tap = slide.tap(output, input);
                        prop_assert_eq!(window.start + tap, input + slide.before);
                        prop_assert_eq!(slide.sees(output, tap, size), Some(input));
                    }
                }
                let seen = (0..kernel).filter_map(|tap| slide.sees(output, tap, size));
                prop_assert!(seen.eq(slide.reads(output, size)));
                let padded = window.filter(|at| *at < slide.before + size + after).count();
                prop_assert_eq!(slide.counted(output, size, true), padded);
            }
        }

        /// Every input that is read is in the one phase of its taps, and at its place in the window over the
        /// outputs.
        #[test]
        fn phases_lead_back(
            kernel in 1..8_usize, stride in 1..5_usize, before in 0..9_usize, size in 1..40_usize,
        ) {
            let slide = Slide { kernel, stride, before, after: 0, ceil: false };
            for output in 0..slide.outputs(size).unwrap_or(0) {
                for input in slide.reads(output, size) {
                    let tap = slide.tap(output, input);
                    let phase = slide.phases(size).find(|phase| phase.tap == tap % stride).unwrap();
                    let (number, within) = ((input - phase.first) / stride, tap / stride);
                    prop_assert_eq!(phase.first + number * stride, input);
                    prop_assert!(number < phase.count && within < phase.part && phase.part <= phase.taps);
                    prop_assert_eq!(output + phase.before, number + phase.taps - 1 - within);
                }
            }
        }

        #[test]
        fn regions_and_their_readers_are_inverse(size in 1..40_usize, outputs in 1..40_usize) {
            for output in 0..outputs {
                // PyTorch's words: from floor(output · size / outputs) to ceil((output + 1) · size / outputs).
                let (from, to) = (output as f64 * size as f64, (output + 1) as f64 * size as f64);
                let from = (from / outputs as f64).floor() as usize;
                let to = (to / outputs as f64).ceil() as usize;
                prop_assert_eq!(region(output, size, outputs), from..to);
                for input in 0..size {
                    let read = (from..to).contains(&input);
                    prop_assert_eq!(region_readers(input, size, outputs).contains(&output), read);
                }
            }
        }

        /// SAME yields size / stride, rounded up, and puts no more at the end than one more than before.
        #[test]
        fn same_padding_is_tensorflows(size in 1..40_usize, kernel in 1..8_usize, stride in 1..5_usize) {
            let padding = Padding::same(Shape::map(1, size, size), [kernel; 2], [stride; 2]);
            let window = Window { padding, ..Window::square(kernel, stride) };
            prop_assert_eq!(window.axis(0).outputs(size), Some(size.div_ceil(stride)));
            prop_assert!(padding.bottom - padding.top <= 1);
        }
    }
}
