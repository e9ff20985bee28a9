//! Values on their way into buffers and back.

use super::{GpuEngine, step};
use crate::engine::{EngineError, Photo, check_picture};
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
        if chw.len() != view.shape.values() {
            return Err(EngineError::Misuse {
                what: spec.name.clone(),
                expected: format!("{} values ({})", view.shape.values(), view.shape),
                found: chw.len().to_string(),
            });
        }
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
        self.spec(view)
    }

    pub(super) fn spec(&self, view: &View) -> Result<&BufferSpec, EngineError> {
        let misuse = |what: String, expected: String| EngineError::Misuse {
            what,
            expected,
            found: format!("{} at channel {} of buffer {}", view.shape, view.offset, view.buffer.0),
        };
        let Some(spec) = self.specs.get(view.buffer.0) else {
            return Err(misuse("view".to_owned(), format!("one of {} buffers", self.specs.len())));
        };
        if !spec.holds(view) {
            let size = format!("a part of {}×{}×{}", spec.channels, spec.h, spec.w);
            return Err(misuse(spec.name.clone(), size));
        }
        Ok(spec)
    }
}
