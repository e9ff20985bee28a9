//! Statistics and small pictures of a view, made on the device: kilobytes come back instead of megabytes.

use super::GpuEngine;
use super::device::{Destroy, Scopes, UNWRITTEN};
use super::shaders::{self, Shader};
use super::step::{Uniforms, workgroups};
use crate::engine::{ChannelSummary, EngineError};
use crate::plan::{View, padded};
use wgpu::BufferUsages;

/// vec4 a quad, in shaders/statistics.wgsl.
const STATISTICS: usize = 7;

impl GpuEngine {
    /// See [`crate::engine::Engine::statistics`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::statistics`].
    pub async fn statistics(
        &mut self,
        view: &View,
        picture: usize,
    ) -> Result<Vec<ChannelSummary>, EngineError> {
        self.picture(view, picture)?;
        let quads = padded(view.shape.c()) / 4;
        let shader = &shaders::STATISTICS;
        let uniforms = Uniforms::of_input(view, &self.specs, picture);
        let found = self.summarise(shader, view, uniforms, None, quads * 64, quads * STATISTICS * 4).await?;
        let summaries = found.chunks_exact(STATISTICS * 4).flat_map(|quad| {
            (0..4).map(|c| {
                let float = |row: usize| quad[row * 4 + c];
                let whole = |row: usize| float(row).to_bits() as usize;
                ChannelSummary {
                    least: float(0),
                    greatest: float(1),
                    sum: float(2).into(),
                    squares: float(3).into(),
                    zeros: whole(4),
                    not_finite: whole(5),
                    peak: whole(6),
                }
            })
        });
        Ok(summaries.take(view.shape.c()).collect())
    }

    /// See [`crate::engine::Engine::small_maps`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::small_maps`].
    pub async fn small_maps(
        &mut self,
        view: &View,
        picture: usize,
        channels: &[usize],
        size: [usize; 2],
    ) -> Result<Vec<f32>, EngineError> {
        self.picture(view, picture)?;
        let area = size[0] * size[1];
        let shader = &shaders::SMALL_MAPS;
        let limit = wgpu::Limits::defaults().max_compute_workgroups_per_dimension as usize;
        let at_once = (limit * shader.workgroup_size[0] as usize / area).max(1);
        let mut maps = Vec::with_capacity(channels.len() * area);
        for channels in channels.chunks(at_once) {
            let uniforms = Uniforms::of_input(view, &self.specs, picture).shrunk(size, channels.len());
            let list: Vec<u32> = channels.iter().map(|c| *c as u32).collect();
            let n = channels.len() * area;
            maps.extend(self.summarise(shader, view, uniforms, Some(&list), n, n).await?);
        }
        Ok(maps)
    }

    /// See [`crate::engine::Engine::mean_map`].
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::mean_map`].
    pub async fn mean_map(
        &mut self,
        view: &View,
        picture: usize,
        size: [usize; 2],
    ) -> Result<Vec<f32>, EngineError> {
        self.picture(view, picture)?;
        let uniforms = Uniforms::of_input(view, &self.specs, picture).shrunk(size, 1);
        let n = size[0] * size[1];
        self.summarise(&shaders::SMALL_MAPS_MEAN, view, uniforms, None, n, n).await
    }

    /// Runs one of the shaders and reads what it found.
    async fn summarise(
        &mut self,
        shader: &'static Shader,
        view: &View,
        uniforms: Uniforms,
        channels: Option<&[u32]>,
        invocations: usize,
        values: usize,
    ) -> Result<Vec<f32>, EngineError> {
        self.device.check()?;
        let name = self.specs[view.buffer.0].name.clone();
        let workgroups = workgroups(&name, shader, invocations)?;
        let mut scopes = Scopes::default();
        let pipeline = self.device.pipeline(shader, &mut scopes);
        let device = &self.device;
        let channels: &[u8] = channels.map_or(&[0; 4], bytemuck::cast_slice);
        let bytes = 4 * values as u64;
        let what = format!("the summary of {name}");
        let buffers = scopes.run(&device.device, &what, || {
            let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
            let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            [
                Destroy(device.buffer(&name, size_of_val(&uniforms) as u64, uniform)),
                Destroy(device.buffer(&name, channels.len() as u64, storage)),
                Destroy(device.buffer(&name, bytes, storage)),
            ]
        });
        let [Destroy(step), Destroy(list), Destroy(found)] = &buffers;
        device.queue.write_buffer(step, 0, bytemuck::bytes_of(&uniforms));
        device.queue.write_buffer(list, 0, channels);
        let bound = [
            ("u", step),
            ("input", &self.buffers[view.buffer.0]),
            ("channels", list),
            ("found", found),
            ("small", found),
        ];
        let group = device.bind(&name, shader, &pipeline.layout, &bound)?;
        let mut encoder = device.encoder();
        device.mark(&mut encoder, found, 0);
        device.dispatch(encoder, &name, &pipeline, &group, workgroups);
        let refused = device.answer(scopes).await;
        let values = match refused {
            Ok(()) => device.read(&what, found, 0..bytes).await,
            Err(error) => Err(error),
        };
        let values = values.and_then(|values| match values.first() {
            Some(first) if first.to_bits() == UNWRITTEN.to_bits() => {
                Err(EngineError::Gpu { what, message: "the GPU has not computed it".to_owned() })
            }
            _ => Ok(values),
        });
        if values.is_err() {
            self.device.forget_pipelines();
        }
        values
    }
}
