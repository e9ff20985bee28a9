//! Dense convolution of 3×3 windows with fewer multiplications (Winograd's algorithm; `kernels/src/winograd.rs` says
//! more): tiles of 4×4 outputs go to 36 points, are multiplied there as if each point were a picture with weights of its
//! own, and come back.

use super::device::{Adapter, Destroy, Device};
use super::shaders::{self, Shader};
use super::step::{Dispatch, Part, Uniforms, place, quads, workgroups};
use super::tile::Tile;
use super::{EngineError, Weights};
use crate::plan::{BufferSpec, Kernel, Step, padded};
use wgpu::BufferUsages;

/// Rows and columns of a tile's outputs.
const TILE: usize = 4;
/// What a tile sees, and as many points.
const POINTS: usize = 36;
/// Weights of a window, and multiplications for each of its outputs.
const TAPS: usize = 9;

/// Bytes of the pictures that are computed at a time, at the points: more do not stay in any cache.
const AT_ONCE: usize = 16 << 20;
/// Bytes of one picture at the points: half of what WebGPU lets every shader see.
const MOST: usize = 64 << 20;
/// Least channels read, and written: with fewer, it takes longer to get to the points and back.
const LEAST_CHANNELS: usize = 16;
/// Most weights at the points, 16 MB: four times as much memory as the kernels themselves.
const MOST_WEIGHTS: usize = 4 << 20;

/// The tiles of a picture, if a step can be computed so.
struct Grid {
    rows: usize,
    columns: usize,
    /// The more of input and output.
    quads: usize,
}

impl Grid {
    fn of(step: &Step) -> Option<Self> {
        let Kernel::Conv2d(window) = &step.kernel else { return None };
        if window.kernel != [3, 3] || window.stride != [1, 1] {
            return None;
        }
        let output = step.output();
        let [rows, columns] = [output.shape.h(), output.shape.w()].map(|n| n.div_ceil(TILE));
        Some(Self { rows, columns, quads: quads(step.input()).max(quads(output)) })
    }

    /// Of a picture.
    fn tiles(&self) -> usize {
        self.rows * self.columns
    }

    /// At the points, of so many tiles.
    fn bytes(&self, tiles: usize) -> usize {
        POINTS * tiles * self.quads * size_of::<[f32; 4]>()
    }
}

/// Whether a step can be computed so.
pub(super) fn fits(step: &Step) -> bool {
    Grid::of(step).is_some_and(|grid| grid.bytes(grid.tiles()) <= MOST)
}

/// Whether it should be faster on a device that is a CPU: by its shape alone, so that a picture's values are the same in
/// any batch. Other devices are measured.
pub(super) fn pays(step: &Step) -> bool {
    let (input, output) = (step.input().shape, step.output().shape);
    let Some(grid) = Grid::of(step).filter(|grid| grid.bytes(grid.tiles()) <= MOST) else { return false };
    let whole = |pixels: usize| pixels.next_multiple_of(Tile::Large.pixels());
    // Products: fewer by half again, or getting there and back is not worth it.
    2 * TAPS * whole(output.area()) >= 3 * POINTS * whole(grid.tiles())
        && [input.c(), output.c()].iter().all(|channels| *channels >= LEAST_CHANNELS)
        && POINTS * padded(input.c()) * padded(output.c()) <= MOST_WEIGHTS
}

/// Of a step with these numbers: as many pictures at a time as fit.
pub(super) fn dispatches(
    step: &Step,
    buffers: &[BufferSpec],
    numbers: Uniforms,
    adapter: &Adapter,
) -> Result<Vec<Dispatch>, EngineError> {
    let Some(grid) = Grid::of(step) else { return Ok(Vec::new()) };
    let (input, output) = (step.input(), step.output());
    let (tiles, inner) = (grid.tiles(), Tile::direct(grid.tiles(), quads(output), adapter));
    let at_once = (AT_ONCE / grid.bytes(tiles)).max(1);
    let name = &buffers[output.buffer.0].name;
    let mut all = Vec::new();
    for first in (0..numbers.batch as usize).step_by(at_once) {
        let pictures = at_once.min(numbers.batch as usize - first);
        // No tile of a product lies in two points.
        let plane = (pictures * tiles).next_multiple_of(inner.pixels());
        let mut u = Uniforms { batch: pictures as u32, ..numbers };
        (u.in_pitch, u.in_offset) = place(input, buffers, first);
        (u.out_pitch, u.out_offset) = place(output, buffers, first);
        if let Some((_, view)) = step.residual() {
            (u.residual_pitch, u.residual_offset) = place(view, buffers, first);
        }
        (u.second_pitch, u.second_out_pitch) = (plane as u32 * u.out_quads, plane as u32 * u.in_quads);
        let mut add = |part, shader: &'static Shader, uniforms, invocations| {
            let workgroups = workgroups(name, shader, invocations)?;
            all.push(Dispatch { part, shader, uniforms, workgroups });
            Ok::<(), EngineError>(())
        };
        let enter = Uniforms { out_size: [grid.rows as i32, grid.columns as i32], ..u };
        add(Part::Enter, &shaders::WINOGRAD_ENTER, enter, pictures * tiles * quads(input))?;
        let product = Uniforms {
            in_size: [1, plane as i32],
            out_size: [1, plane as i32],
            kernel: [1, 1],
            pad_before: [0, 0],
            pad_after: [0, 0],
            in_pitch: u.in_quads,
            in_offset: 0,
            out_pitch: u.out_quads,
            out_offset: 0,
            weights_pitch: 4 * u.in_quads * u.out_quads,
            batch: POINTS as u32,
            flags: Uniforms::RAW,
            ..u
        };
        let shader = inner.shader(true, quads(output));
        add(Part::Product, shader, product, inner.invocations(POINTS * plane, quads(output)))?;
        add(Part::Leave, &shaders::WINOGRAD_LEAVE, u, pictures * tiles * quads(output))?;
    }
    Ok(all)
}

impl Weights {
    /// Those of a step's 3×3 windows at the points.
    pub(super) fn transformed(&self, device: &Device, step: &Step) -> Result<wgpu::Buffer, EngineError> {
        if let Some(buffer) = &*self.transformed.borrow() {
            return Ok(buffer.clone());
        }
        let buffer = device.buffer(
            "weights at the points",
            self.kernels.size() / TAPS as u64 * POINTS as u64,
            BufferUsages::STORAGE,
        );
        self.transformed.replace(Some(buffer.clone()));
        self.transform(device, step)?;
        Ok(buffer)
    }

    /// Computes them anew, if there are any.
    pub(super) fn transform(&self, device: &Device, step: &Step) -> Result<(), EngineError> {
        let (name, transformed) = ("weights at the points", self.transformed.borrow());
        let Some(transformed) = &*transformed else { return Ok(()) };
        let (rows, quads) = (padded(step.input().shape.c()), quads(step.output()));
        let numbers = Uniforms { in_quads: rows as u32 / 4, out_quads: quads as u32, ..Uniforms::default() };
        let shader = &shaders::WINOGRAD_WEIGHTS;
        let workgroups = workgroups(name, shader, rows * quads)?;
        let mut scopes = device.pending.borrow_mut();
        let pipeline = device.pipeline(shader, &mut scopes);
        let uniforms = scopes.run(&device.device, name, || {
            let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            Destroy(device.buffer(name, size_of_val(&numbers) as u64, usage))
        });
        device.queue.write_buffer(&uniforms.0, 0, bytemuck::bytes_of(&numbers));
        let bound = [("u", &uniforms.0), ("input", &self.kernels), ("transformed", transformed)];
        let group = device.bind(name, shader, &pipeline.layout, &bound)?;
        let mut encoder = device.encoder();
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(workgroups, 1, 1);
        }
        device.queue.submit([encoder.finish()]);
        Ok(())
    }
}
