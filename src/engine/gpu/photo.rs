//! From a photo to the network's input: a separable resize in two passes, as PIL does it, of those
//! rows and columns only that the crop shows.

use super::device::{Device, Pipeline};
use super::shaders::{self, Pass, Shader};
use super::step::{most_invocations, workgroups};
use crate::engine::{EngineError, Photo};
use crate::net::Normalize;
use crate::photo::resample::{Coefficients, Crop};
use std::ops::Range;
use wgpu::BufferUsages;

/// Photos go up in bands of rows of about this many bytes, whatever their size.
const BAND: usize = 8 << 20;

/// What both passes need, made once.
#[derive(Debug)]
pub(super) struct Resizer {
    horizontal: Pipeline,
    vertical: Pipeline,
    pass: wgpu::Buffer,
    coefficients: wgpu::Buffer,
    photo: wgpu::Buffer,
    rows: wgpu::Buffer,
}

impl Resizer {
    fn new(device: &Device) -> Self {
        let mut pending = device.pending.borrow_mut();
        let horizontal = device.pipeline(&shaders::RESIZE_HORIZONTAL, &mut pending);
        let vertical = device.pipeline(&shaders::RESIZE_VERTICAL, &mut pending);
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        Self {
            horizontal,
            vertical,
            pass: device.buffer("resize pass", size_of::<Pass>() as u64, uniform),
            coefficients: device.buffer("resize coefficients", 0, storage),
            photo: device.buffer("photo", 0, storage),
            rows: device.buffer("resized rows", 0, storage),
        }
    }

    /// Writes `photo` into `input`, from vector `offset` on; pixels are `pitch` vectors apart.
    pub(super) fn run(
        &mut self,
        device: &Device,
        input: &wgpu::Buffer,
        (pitch, offset): (u32, u32),
        photo: Photo<'_>,
        crop: &Crop,
        normalize: &Normalize,
    ) -> Result<(), EngineError> {
        let (columns, lines) = (crop.axis(0, photo.width), crop.axis(1, photo.height));
        let Range { start: first_row, end: end_row } = lines.reads(photo.height);
        let (width, height) = (crop.size[0], crop.size[1]);

        let stride = photo.width * 3;
        let row_limit = most_invocations(&shaders::RESIZE_HORIZONTAL) / width;
        let band = (BAND / stride).min(row_limit).clamp(1, end_row - first_row);
        grow(device, &mut self.photo, "photo", band * stride);
        grow(device, &mut self.rows, "resized rows", (end_row - first_row) * width * 4);
        grow(device, &mut self.coefficients, "resize coefficients", 4 * width * (columns.taps + 1));
        grow(device, &mut self.coefficients, "resize coefficients", 4 * height * (lines.taps + 1));

        let bound = [
            ("u", &self.pass),
            ("coefficients", &self.coefficients),
            ("photo", &self.photo),
            ("rows", &self.rows),
            ("output", input),
        ];
        let mut pass = Pass {
            out_width: width as u32,
            in_length: photo.width as u32,
            taps: columns.taps as u32,
            ..Pass::default()
        };
        device.queue.write_buffer(&self.coefficients, 0, bytemuck::cast_slice(&entries(&columns)));
        let group = device.bind("photo", &shaders::RESIZE_HORIZONTAL, &self.horizontal.layout, &bound)?;
        for row in (first_row..end_row).step_by(band) {
            let count = band.min(end_row - row);
            let bytes = &photo.rgb[row * stride..(row + count) * stride];
            // Writes are in units of four bytes: the rest goes up with zeros after it.
            let (whole, rest) = bytes.split_at(bytes.len() / 4 * 4);
            device.queue.write_buffer(&self.photo, 0, whole);
            let mut last = [0; 4];
            last[..rest.len()].copy_from_slice(rest);
            if !rest.is_empty() {
                device.queue.write_buffer(&self.photo, whole.len() as u64, &last);
            }
            pass.out_height = count as u32;
            pass.first_row = (row - first_row) as u32;
            self.submit(device, &self.horizontal, &shaders::RESIZE_HORIZONTAL, &group, &pass, None)?;
        }

        let affine = |f: &dyn Fn(usize) -> f64| [f(0) as f32, f(1) as f32, f(2) as f32, 0.0];
        let pass = Pass {
            scale: affine(&|c| 1.0 / (255.0 * normalize.std[c])),
            shift: affine(&|c| -normalize.mean[c] / normalize.std[c]),
            out_width: width as u32,
            out_height: height as u32,
            in_length: photo.height as u32,
            first_row: first_row as u32,
            taps: lines.taps as u32,
            flags: (if crop.mirror { Pass::MIRROR } else { 0 })
                | (if normalize.source == [2, 1, 0] { Pass::BGR } else { 0 }),
            out_pitch: pitch,
            out_offset: offset,
        };
        device.queue.write_buffer(&self.coefficients, 0, bytemuck::cast_slice(&entries(&lines)));
        let group = device.bind("photo", &shaders::RESIZE_VERTICAL, &self.vertical.layout, &bound)?;
        self.submit(
            device,
            &self.vertical,
            &shaders::RESIZE_VERTICAL,
            &group,
            &pass,
            Some((input, 16 * u64::from(offset))),
        )
    }

    fn submit(
        &self,
        device: &Device,
        pipeline: &Pipeline,
        shader: &Shader,
        group: &wgpu::BindGroup,
        pass: &Pass,
        marked: Option<(&wgpu::Buffer, u64)>,
    ) -> Result<(), EngineError> {
        device.queue.write_buffer(&self.pass, 0, bytemuck::bytes_of(pass));
        let mut encoder = device.encoder();
        if let Some((buffer, byte)) = marked {
            device.mark(&mut encoder, buffer, byte);
        }
        let invocations = pass.out_width as usize * pass.out_height as usize;
        let workgroups = workgroups("photo", shader, invocations)?;
        device.dispatch(encoder, shader.name, pipeline, group, workgroups);
        Ok(())
    }
}

/// Dropping buffers frees nothing in browsers.
impl Drop for Resizer {
    fn drop(&mut self) {
        for buffer in [&self.pass, &self.coefficients, &self.photo, &self.rows] {
            buffer.destroy();
        }
    }
}

impl Device {
    /// Writes a photo into an input's buffer; see [`Resizer::run`].
    pub(super) fn write_photo(
        &self,
        input: &wgpu::Buffer,
        place: (u32, u32),
        photo: Photo<'_>,
        crop: &Crop,
        normalize: &Normalize,
    ) -> Result<(), EngineError> {
        let mut resizer = self.resizer.borrow_mut();
        let resizer = resizer.get_or_insert_with(|| Resizer::new(self));
        resizer.run(self, input, place, photo, crop, normalize)
    }
}

/// Replaces a buffer that is too small.
fn grow(device: &Device, buffer: &mut wgpu::Buffer, label: &str, bytes: usize) {
    if buffer.size() < bytes as u64 {
        buffer.destroy();
        *buffer = device.buffer(label, bytes as u64, BufferUsages::STORAGE | BufferUsages::COPY_DST);
    }
}

/// For each position its first input position, then its weights.
fn entries(c: &Coefficients) -> Vec<i32> {
    let weights = c.fixed_point();
    (c.first.iter().zip(weights.chunks_exact(c.taps)))
        .flat_map(|(first, weights)| std::iter::once(*first as i32).chain(weights.iter().copied()))
        .collect()
}
