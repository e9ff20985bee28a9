//! Dense convolution of 3×3, 1×7 and 7×1 windows with fewer multiplications (Winograd's algorithm;
//! `kernels/src/winograd.rs` says more). What tiles of outputs see goes to points, is multiplied there as if each point
//! were a picture with weights of its own, and comes back.

use super::device::{Adapter, Destroy, Device};
use super::shaders::{self, Shader};
use super::step::{Dispatch, Part, Uniforms, place, quads, workgroups};
use super::tile::Tile;
use super::{EngineError, Weights};
use crate::net::op::Window;
use crate::plan::{BufferSpec, Kernel, Step, padded};
use inceptionscope_kernels::{Windows, tile};
use wgpu::BufferUsages;

/// Bytes of the pictures that are computed at a time, at the points: more do not stay in any cache.
const AT_ONCE: usize = 16 << 20;
/// Bytes of one picture at the points.
const MOST: usize = 32 << 20;
/// Least channels read, and written: with fewer, it takes longer to get to the points and back.
const LEAST_CHANNELS: usize = 16;
/// Most weights at the points, 16 MB: up to four times as many as the kernels have.
const MOST_WEIGHTS: usize = 4 << 20;

/// Of buffers, for messages.
const NAME: &str = "weights at the points";

/// What brings the input of such windows to the points, their kernels too, and sums back.
const fn shaders_of(windows: Windows) -> [&'static Shader; 3] {
    match windows {
        Windows::Square => {
            [&shaders::WINOGRAD_3X3_ENTER, &shaders::WINOGRAD_3X3_WEIGHTS, &shaders::WINOGRAD_3X3_LEAVE]
        }
        Windows::Line => {
            [&shaders::WINOGRAD_1X7_ENTER, &shaders::WINOGRAD_1X7_WEIGHTS, &shaders::WINOGRAD_1X7_LEAVE]
        }
    }
}

/// Windows that can be computed so.
pub(super) fn windows(window: &Window) -> Option<Windows> {
    Windows::of(window.kernel).filter(|_| window.stride == [1, 1])
}

/// Those of a step.
fn windows_of(step: &Step) -> Option<Windows> {
    match &step.kernel {
        Kernel::Conv2d(window) => windows(window),
        _ => None,
    }
}

/// What yields the outputs of such windows.
pub(super) fn leave(windows: Windows) -> &'static Shader {
    let [.., leave] = shaders_of(windows);
    leave
}

/// The tiles of a picture.
pub(super) struct Grid {
    pub(super) windows: Windows,
    /// Weights of a window.
    taps: usize,
    rows: usize,
    columns: usize,
    /// The more of input and output.
    quads: usize,
}

impl Grid {
    /// Those of a step, if it can be computed so.
    pub(super) fn of(step: &Step) -> Option<Self> {
        let Kernel::Conv2d(window) = &step.kernel else { return None };
        let windows = windows(window)?;
        let [kh, kw] = window.kernel;
        let shape = step.output().shape;
        let [rows, columns] = [shape.h().div_ceil(tile(kh)), shape.w().div_ceil(tile(kw))];
        let quads = quads(step.input()).max(quads(step.output()));
        let grid = Self { windows, taps: kh * kw, rows, columns, quads };
        (grid.bytes() <= MOST).then_some(grid)
    }

    fn tiles(&self) -> usize {
        self.rows * self.columns
    }

    /// At the points.
    fn bytes(&self) -> usize {
        self.windows.points() * self.tiles() * self.quads * size_of::<[f32; 4]>()
    }

    /// Whether it should be faster on a device that is a CPU: by the step's shape alone, so that a picture's values are
    /// the same in any batch. Other devices are measured.
    pub(super) fn pays(&self, step: &Step) -> bool {
        let (input, output) = (step.input().shape, step.output().shape);
        let whole = |pixels: usize| pixels.next_multiple_of(Tile::Large.pixels());
        let points = self.windows.points();
        // Products: at least half as many again without, or getting there and back is not worth it.
        2 * self.taps * whole(output.area()) >= 3 * points * whole(self.tiles())
            && [input.c(), output.c()].iter().all(|channels| *channels >= LEAST_CHANNELS)
            && points * padded(input.c()) * padded(output.c()) <= MOST_WEIGHTS
    }

    /// How products are computed at the points.
    pub(super) fn inner(&self, step: &Step, adapter: &Adapter) -> Tile {
        // A CPU's tiles are large, and none lies in two points.
        let points = if adapter.software { 1 } else { self.windows.points() };
        Tile::direct(points * self.tiles(), quads(step.output()), adapter)
    }

    /// Of a step with these numbers: as many pictures at a time as fit.
    pub(super) fn dispatches(
        &self,
        step: &Step,
        buffers: &[BufferSpec],
        numbers: Uniforms,
        adapter: &Adapter,
    ) -> Result<Vec<Dispatch>, EngineError> {
        let (input, output) = (step.input(), step.output());
        let (tiles, points, inner) = (self.tiles(), self.windows.points(), self.inner(step, adapter));
        let at_once = (AT_ONCE / self.bytes()).max(1);
        let [enter, _, leave] = shaders_of(self.windows);
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
            let tiled = Uniforms { out_size: [self.rows as i32, self.columns as i32], ..u };
            add(Part::Enter, enter, tiled, pictures * tiles * quads(input))?;
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
                batch: points as u32,
                flags: Uniforms::RAW,
                ..u
            };
            let shader = inner.product(true, quads(output));
            add(Part::Product, shader, product, inner.invocations(points * plane, quads(output)))?;
            add(Part::Leave, leave, u, pictures * tiles * quads(output))?;
        }
        Ok(all)
    }
}

impl Weights {
    /// Those of a step that is computed so, at the points.
    pub(super) fn transformed(
        &self,
        device: &Device,
        step: &Step,
    ) -> Result<Option<wgpu::Buffer>, EngineError> {
        let Some(grid) = Grid::of(step) else { return Ok(None) };
        if self.transformed.borrow().is_none() {
            let bytes = self.kernels.size() / grid.taps as u64 * grid.windows.points() as u64;
            let buffer = device.buffer(NAME, bytes, BufferUsages::STORAGE | BufferUsages::COPY_DST);
            self.fill(device, step, &buffer)?;
            self.transformed.replace(Some(buffer));
        }
        Ok(self.transformed.borrow().clone())
    }

    /// Computes them anew, if there are any.
    pub(super) fn transform(&self, device: &Device, step: &Step) -> Result<(), EngineError> {
        match &*self.transformed.borrow() {
            Some(transformed) => self.fill(device, step, transformed),
            None => Ok(()),
        }
    }

    fn fill(&self, device: &Device, step: &Step, transformed: &wgpu::Buffer) -> Result<(), EngineError> {
        let Some(windows) = windows_of(step) else { return Ok(()) };
        let (rows, quads) = (padded(step.input().shape.c()), quads(step.output()));
        let numbers = Uniforms { second_out_pitch: (rows * quads) as u32, ..Uniforms::default() };
        let [_, shader, _] = shaders_of(windows);
        let workgroups = workgroups(NAME, shader, rows * quads)?;
        let mut scopes = device.pending.borrow_mut();
        let pipeline = device.pipeline(shader, &mut scopes);
        let uniforms = scopes.run(&device.device, NAME, || {
            let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            Destroy(device.buffer(NAME, size_of_val(&numbers) as u64, usage))
        });
        device.queue.write_buffer(&uniforms.0, 0, bytemuck::bytes_of(&numbers));
        let bound = [("u", &uniforms.0), ("input", &self.kernels), ("values", transformed)];
        let group = device.bind(NAME, shader, &pipeline.layout, &bound)?;
        let mut encoder = device.encoder();
        device.mark(&mut encoder, transformed, 0);
        device.dispatch(encoder, NAME, &pipeline, &group, workgroups);
        Ok(())
    }
}
