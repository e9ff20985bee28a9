//! How is a convolution divided among invocations?

use super::device::Adapter;
use super::shaders::{self, Shader};
use super::step::quads;
use super::winograd::{self, Grid};
use crate::net::op::Window;
use crate::plan::Step;

/// Which part of a convolution one invocation computes (sizes as in shaders/conv2d.wgsl), or that Winograd's algorithm is
/// used instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tile {
    /// 16 pixels by 16 channels, or by 4 where there are no more. Reads least for each multiply-add, which is what
    /// counts on a CPU; a real GPU does not have that many registers.
    Large,
    /// 4 pixels by 16 channels.
    Medium,
    /// 1 pixel by 4 channels: the most invocations.
    Small,
    /// 32 pixels by 32 channels a workgroup, which reads them once through its memory. That is a detour on a CPU.
    Shared,
    /// The same by four times as many invocations, which share out the sum.
    Deep,
    /// 32 pixels by 16 channels, whose sum is shared out to twice as many teams.
    Deeper,
    /// Fewer multiplications, in three dispatches: see `winograd.rs`. Only for 3×3, 1×7 and 7×1 windows with stride 1.
    Winograd,
}

impl Tile {
    /// Those worth trying on a device.
    pub(super) const fn candidates(adapter: &Adapter) -> &'static [Self] {
        if adapter.software {
            &[Self::Winograd, Self::Large, Self::Medium, Self::Small]
        } else {
            &[Self::Winograd, Self::Shared, Self::Deep, Self::Deeper, Self::Medium, Self::Small]
        }
    }

    /// What should suit a step on a device, without measuring. The same for a picture alone and in a batch, so that its
    /// values are.
    pub(super) fn choose(step: &Step, adapter: &Adapter) -> Self {
        if adapter.software && Grid::of(step).is_some_and(|grid| grid.pays(step)) {
            return Self::Winograd;
        }
        Self::direct(step.output().shape.area(), quads(step.output()), adapter)
    }

    /// The same of those that compute products as they are, of so many pixels and quads of channels. Teams add up in
    /// another order.
    pub(super) fn direct(pixels: usize, quads: usize, adapter: &Adapter) -> Self {
        if adapter.software {
            return if pixels >= 4 { Self::Large } else { Self::Small };
        }
        // A GPU of which nothing is known, as in browsers, begins with what needs no workgroup memory; it is measured soon.
        if !adapter.discrete {
            let many = Self::Medium.invocations(pixels, quads) >= 1024;
            return if many { Self::Medium } else { Self::Small };
        }
        // Enough workgroups for the cores of a large card.
        match pixels.div_ceil(32) * quads.div_ceil(8) {
            640.. => Self::Shared,
            128.. => Self::Deep,
            _ => Self::Deeper,
        }
    }

    /// Pixels of one product that lie together.
    pub(super) const fn pixels(self) -> usize {
        match self {
            Self::Large => 16,
            Self::Medium => 4,
            Self::Small | Self::Winograd => 1,
            Self::Shared | Self::Deep | Self::Deeper => 32,
        }
    }

    /// For so many pixels and quads of output channels.
    pub(super) fn invocations(self, pixels: usize, quads: usize) -> usize {
        let pixels = pixels.div_ceil(self.pixels());
        match self {
            Self::Large | Self::Medium => pixels * quads.div_ceil(4),
            Self::Small | Self::Winograd => pixels * quads,
            Self::Shared => 64 * pixels * quads.div_ceil(8),
            Self::Deep => 256 * pixels * quads.div_ceil(8),
            Self::Deeper => 256 * pixels * quads.div_ceil(4),
        }
    }

    /// Most rows of a strip, where a kernel has those: CPUs need few invocations, and a high strip reads
    /// least.
    pub(super) const fn rows(self) -> usize {
        match self {
            Self::Large => 16,
            _ => 2,
        }
    }

    /// What yields the output of a dense convolution.
    pub(super) fn shader(self, window: &Window, step: &Step) -> &'static Shader {
        let (input, output) = (step.input().shape, step.output().shape);
        match winograd::windows(window).filter(|_| self == Self::Winograd) {
            Some(windows) => winograd::leave(windows),
            // The adjoint of one with a stride may have a 1×1 window and more outputs than inputs.
            None => self.product(
                window.kernel == [1, 1]
                    && window.stride == [1, 1]
                    && window.padding.is_valid()
                    && [input.h(), input.w()] == [output.h(), output.w()],
                quads(step.output()),
            ),
        }
    }

    /// What computes products with so many quads of output channels; pointwise, if each pixel is one of the input.
    pub(super) const fn product(self, pointwise: bool, quads: usize) -> &'static Shader {
        match self {
            // A gradient of a photo has no more: else three quarters of the products would be for nothing.
            Self::Large if quads == 1 => &shaders::CONV2D_LARGE_QUAD,
            Self::Large if pointwise => &shaders::CONV2D_POINTWISE_LARGE,
            Self::Large => &shaders::CONV2D_LARGE,
            Self::Medium if pointwise => &shaders::CONV2D_POINTWISE_MEDIUM,
            Self::Medium => &shaders::CONV2D_MEDIUM,
            Self::Small | Self::Winograd => &shaders::CONV2D_SMALL,
            Self::Shared => &shaders::CONV2D_SHARED,
            Self::Deep => &shaders::CONV2D_SHARED_DEEP,
            Self::Deeper => &shaders::CONV2D_SHARED_DEEPER,
        }
    }
}
