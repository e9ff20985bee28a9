//! From a plan's step to a shader, its numbers and the size of its dispatch.

use super::device::Adapter;
pub(super) use super::shaders::Step as Uniforms;
use super::shaders::{self, Shader};
use super::tile::Tile;
use super::winograd::Grid;
use crate::engine::EngineError;
use crate::net::op::{Padding, Window};
use crate::plan::{Adjoint, BufferSpec, Kernel, ReluRule, Step, View, padded};

impl Uniforms {
    /// Of something that only reads a view of one picture.
    pub(super) fn of_input(view: &View, buffers: &[BufferSpec], picture: usize) -> Self {
        let (in_pitch, in_offset) = place(view, buffers, picture);
        Self {
            in_size: size(view),
            in_pitch,
            in_offset,
            in_channels: view.shape.c() as u32,
            in_quads: quads(view) as u32,
            batch: 1,
            ..Self::default()
        }
    }

    /// The same, writing `maps` maps of `size` rows and columns.
    pub(super) fn shrunk(self, size: [usize; 2], maps: usize) -> Self {
        Self { out_size: size.map(|n| n as i32), out_channels: maps as u32, ..self }
    }
}

/// One dispatch of a step.
#[derive(Debug)]
pub(super) struct Dispatch {
    pub(super) part: Part,
    pub(super) shader: &'static Shader,
    pub(super) uniforms: Uniforms,
    pub(super) workgroups: u32,
}

/// Which part of a step a dispatch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The input goes to the points of `winograd.rs`.
    Enter,
    /// The products there.
    Product,
    /// And back, through the epilogue.
    Leave,
}

/// The shaders for a step, with a tile if it is a convolution. The last one yields the output.
pub(super) fn dispatches(
    step: &Step,
    buffers: &[BufferSpec],
    batch: usize,
    tile: Tile,
    adapter: &Adapter,
) -> Result<Vec<Dispatch>, EngineError> {
    let (input, output) = (step.input(), step.output());
    let mut u = Uniforms {
        in_size: size(input),
        out_size: size(output),
        kernel: [1, 1],
        stride: [1, 1],
        in_channels: input.shape.c() as u32,
        out_channels: output.shape.c() as u32,
        in_quads: quads(input) as u32,
        out_quads: quads(output) as u32,
        batch: batch as u32,
        ..Default::default()
    };
    (u.in_pitch, u.in_offset) = place(input, buffers, 0);
    (u.out_pitch, u.out_offset) = place(output, buffers, 0);
    if let Some(view) = step.operands.get(1) {
        (u.second_pitch, u.second_offset) = place(view, buffers, 0);
    }
    if let Some(view) = step.outputs.get(1) {
        (u.second_out_pitch, u.second_out_offset) = place(view, buffers, 0);
    }
    if step.epilogue.relu {
        u.flags |= Uniforms::RELU;
    }
    if let Some((_, view)) = step.residual() {
        u.flags |= Uniforms::RESIDUAL;
        (u.residual_pitch, u.residual_offset) = place(view, buffers, 0);
    }
    let mut slide = |window: &Window| {
        let Padding { top, bottom, left, right } = window.padding;
        u.kernel = window.kernel.map(|n| n as i32);
        u.stride = window.stride.map(|n| n as i32);
        u.pad_before = [top as i32, left as i32];
        u.pad_after = [bottom as i32, right as i32];
    };
    let (pixels, quads) = (output.shape.area() * batch, quads(output));
    // Strips of shaders/shared/strip.wgsl: about equally high, four columns wide.
    let [height, width] = u.out_size.map(|n| n as usize);
    let rows = height.div_ceil(height.div_ceil(tile.rows()));
    let strips = height.div_ceil(rows) * width.div_ceil(4);
    let slid = |window: &Window, in_strips: &'static Shader, one_by_one: &'static Shader| match window.kernel
        == [3, 3]
        && window.stride == [1, 1]
    {
        true => (in_strips, strips * batch * quads),
        false => (one_by_one, pixels * quads),
    };
    u.rows = rows as i32;
    // A workgroup shares a vector.
    let vectors = |shader: &'static Shader| (shader, batch * shader.workgroup_size[0] as usize);
    let (shader, count) = match &step.kernel {
        Kernel::Conv2d(window) => {
            slide(window);
            if let Some(grid) = Grid::of(step).filter(|_| tile == Tile::Winograd) {
                return grid.dispatches(step, buffers, u, adapter);
            }
            (tile.shader(window, step), tile.invocations(pixels, quads))
        }
        Kernel::GroupedConv2d(conv) => {
            slide(&conv.window);
            u.groups = conv.groups as u32;
            (&shaders::GROUPED_CONV2D, pixels * quads)
        }
        Kernel::DepthwiseConv2d(conv) => {
            slide(&conv.window);
            u.flags |= if conv.relu_input { Uniforms::RELU_INPUT } else { 0 };
            slid(&conv.window, &shaders::DEPTHWISE_CONV2D_3X3, &shaders::DEPTHWISE_CONV2D)
        }
        Kernel::MaxPool { window, taps: false } => {
            slide(window);
            slid(window, &shaders::POOL_3X3_MAX, &shaders::MAX_POOL)
        }
        Kernel::MaxPool { window, taps: true } => {
            slide(window);
            (&shaders::MAX_POOL_TAPS, pixels * quads)
        }
        Kernel::AvgPool(pool) => {
            slide(&pool.window);
            u.flags |= if pool.count_include_pad { Uniforms::COUNT_INCLUDE_PAD } else { 0 };
            slid(&pool.window, &shaders::POOL_3X3_AVG, &shaders::AVG_POOL)
        }
        Kernel::AdaptiveAvgPool => (&shaders::ADAPTIVE_AVG_POOL, pixels * quads),
        Kernel::Pointwise => (&shaders::POINTWISE, pixels * quads),
        Kernel::LocalResponseNorm(norm) => {
            u.groups = norm.size as u32;
            (u.alpha, u.beta, u.k) = (norm.alpha, norm.beta, norm.k);
            (&shaders::LOCAL_RESPONSE_NORM, pixels * quads)
        }
        Kernel::Softmax => vectors(&shaders::SOFTMAX),
        Kernel::L2Normalize => vectors(&shaders::L2_NORMALIZE),
        Kernel::Backward(adjoint) => {
            let shader = match adjoint {
                Adjoint::Relu(ReluRule::Redirected) => &shaders::BACKWARD_RELU_REDIRECTED,
                Adjoint::Passes => &shaders::BACKWARD_PASSES,
                Adjoint::Relu(rule) => {
                    u.flags |= if *rule == ReluRule::Guided { Uniforms::GUIDED } else { 0 };
                    &shaders::BACKWARD_RELU
                }
                Adjoint::GroupedConv2d(conv) => {
                    slide(&conv.window);
                    u.groups = conv.groups as u32;
                    &shaders::BACKWARD_GROUPED_CONV2D
                }
                Adjoint::DepthwiseConv2d(conv) => {
                    slide(&conv.window);
                    u.flags |= if conv.relu_input { Uniforms::RELU_INPUT } else { 0 };
                    &shaders::BACKWARD_DEPTHWISE_CONV2D
                }
                Adjoint::MaxPool(window) => {
                    slide(window);
                    &shaders::BACKWARD_MAX_POOL
                }
                Adjoint::AvgPool(pool) => {
                    slide(&pool.window);
                    u.flags |= if pool.count_include_pad { Uniforms::COUNT_INCLUDE_PAD } else { 0 };
                    &shaders::BACKWARD_AVG_POOL
                }
                Adjoint::AdaptiveAvgPool => &shaders::BACKWARD_ADAPTIVE_AVG_POOL,
                Adjoint::LocalResponseNorm(norm) => {
                    u.groups = norm.size as u32;
                    (u.alpha, u.beta, u.k) = (norm.alpha, norm.beta, norm.k);
                    &shaders::BACKWARD_LOCAL_RESPONSE_NORM
                }
                Adjoint::Softmax => &shaders::BACKWARD_SOFTMAX,
                Adjoint::L2Normalize => &shaders::BACKWARD_L2_NORMALIZE,
                Adjoint::Spread { stride, first } => {
                    (u.stride, u.pad_before) = (stride.map(|n| n as i32), first.map(|n| n as i32));
                    &shaders::BACKWARD_SPREAD
                }
            };
            match adjoint {
                Adjoint::Softmax | Adjoint::L2Normalize | Adjoint::Passes => vectors(shader),
                _ => (shader, pixels * quads),
            }
        }
    };
    let name = &buffers[output.buffer.0].name;
    let workgroups = workgroups(name, shader, count)?;
    Ok(vec![Dispatch { part: Part::Whole, shader, uniforms: u, workgroups }])
}

/// Workgroups for `invocations` invocations.
pub(super) fn workgroups(what: &str, shader: &Shader, invocations: usize) -> Result<u32, EngineError> {
    let groups = invocations.div_ceil(shader.workgroup_size[0] as usize);
    match u32::try_from(groups) {
        Ok(groups) if groups <= MAX_WORKGROUPS => Ok(groups),
        _ => Err(EngineError::Gpu {
            what: what.to_owned(),
            message: format!(
                "its {groups} workgroups are more than WebGPU's {MAX_WORKGROUPS}; choose the CPU engine"
            ),
        }),
    }
}

/// As many invocations as one dispatch can have.
pub(super) fn most_invocations(shader: &Shader) -> usize {
    MAX_WORKGROUPS as usize * shader.workgroup_size[0] as usize
}

const MAX_WORKGROUPS: u32 = wgpu::Limits::defaults().max_compute_workgroups_per_dimension;

fn size(view: &View) -> [i32; 2] {
    [view.shape.h() as i32, view.shape.w() as i32]
}

/// Groups of four channels.
pub(super) fn quads(view: &View) -> usize {
    padded(view.shape.c()) / 4
}

/// Distance between pixels and the first value of a picture, in `vec4`.
pub(super) fn place(view: &View, buffers: &[BufferSpec], picture: usize) -> (u32, u32) {
    let spec = &buffers[view.buffer.0];
    ((spec.channels / 4) as u32, ((picture * spec.len() + view.offset) / 4) as u32)
}
