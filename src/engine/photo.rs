//! What does an engine take as a photo?

use super::EngineError;
use crate::photo::resample::Crop;
use crate::plan::View;

/// An RGB photo, 8 bits a channel, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Photo<'a> {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height · width · 3` bytes.
    pub rgb: &'a [u8],
}

impl Photo<'_> {
    /// Whether it is whole, and the crop lies in it and fills the view.
    pub(crate) fn check(&self, crop: &Crop, view: &View) -> Result<(), EngineError> {
        let len = self.width.checked_mul(self.height).and_then(|pixels| pixels.checked_mul(3));
        let whole = !self.rgb.is_empty() && len == Some(self.rgb.len());
        if crop.is_inside() && whole && view.shape.dims() == [3, crop.size[1], crop.size[0]] {
            return Ok(());
        }
        Err(EngineError::Misuse {
            what: "crop of a photo".to_owned(),
            expected: format!("pixels of an RGB photo that fill {}", view.shape),
            found: format!("{crop:?} of {}×{}, {} bytes", self.width, self.height, self.rgb.len()),
        })
    }
}
