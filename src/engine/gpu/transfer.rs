//! Values on their way into buffers and back.

use super::{GpuEngine, step};
use crate::engine::check::{check_len, check_picture, check_view};
use crate::engine::{EngineError, Photo};
use crate::net::Normalize;
use crate::photo::resample::Crop;
use crate::plan::{BufferSpec, View, padded};

impl GpuEngine {
    /// Writes a value in C,H,W order into a view of a picture.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::write_input`].
    pub fn write_input(&mut self, view: &View, picture: usize, chw: &[f32]) -> Result<(), EngineError> {
        self.device.check()?;
        let spec = self.picture(view, picture)?;
        check_len(&spec.name, view.shape.values(), chw.len())?;
        let channels = padded(view.shape.c());
        let mut hwc = vec![0.0; view.shape.area() * channels];
        for (c, plane) in chw.chunks_exact(view.shape.area()).enumerate() {
            for (pixel, value) in plane.iter().enumerate() {
                hwc[pixel * channels + c] = *value;
            }
        }
        let (buffer, queue) = (&self.buffers[view.buffer.0], &self.device.queue);
        let first = 4 * (picture * spec.len() + view.offset) as u64;
        if channels == spec.channels {
            queue.write_buffer(buffer, first, bytemuck::cast_slice(&hwc));
            return Ok(());
        }
        // Channels of others lie between those of two pixels.
        for (pixel, values) in hwc.chunks_exact(channels).enumerate() {
            let at = first + 4 * (pixel * spec.channels) as u64;
            queue.write_buffer(buffer, at, bytemuck::cast_slice(values));
        }
        Ok(())
    }

    /// Resizes, crops and normalises a photo into a view of three channels.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::write_photo`].
    pub fn write_photo(
        &mut self,
        view: &View,
        picture: usize,
        photo: Photo<'_>,
        crop: &Crop,
        normalize: &Normalize,
    ) -> Result<(), EngineError> {
        self.device.check()?;
        photo.check(crop, view)?;
        self.picture(view, picture)?;
        let place = step::place(view, &self.specs, picture);
        self.device.write_photo(&self.buffers[view.buffer.0], place, photo, crop, normalize)
    }

    /// Reads a view of a picture back, in C,H,W order, without padding.
    ///
    /// # Errors
    /// Those of [`crate::engine::Engine::read`].
    pub async fn read(&mut self, view: &View, picture: usize) -> Result<Vec<f32>, EngineError> {
        self.device.check()?;
        self.settle().await?;
        let spec = self.picture(view, picture)?;
        let bytes = 4 * spec.len() as u64;
        let range = picture as u64 * bytes..(picture as u64 + 1) * bytes;
        let hwc = self.device.read(&spec.name, &self.buffers[view.buffer.0], range).await?;
        let mut chw = Vec::with_capacity(view.shape.values());
        for c in 0..view.shape.c() {
            chw.extend(hwc.iter().skip(view.offset + c).step_by(spec.channels));
        }
        Ok(chw)
    }

    /// The buffer of a view, in which there is such a picture.
    pub(super) fn picture(&self, view: &View, picture: usize) -> Result<&BufferSpec, EngineError> {
        check_picture(picture, self.batch)?;
        check_view(&self.specs, "view", view)?;
        Ok(&self.specs[view.buffer.0])
    }
}
