//! How does a file become the input? Decoding, orientation, crop and resampling.

mod decode;
mod jpeg;
#[cfg(feature = "formats")]
mod png;
pub mod resample;
#[cfg(feature = "cli")]
mod webp_gif;

use crate::error::{Coded, Facts};

/// Photos of more pixels are refused. Phones make 200 megapixels today: 16,320 × 12,240.
pub const MAX_PIXELS: u64 = 200_000_000;

/// An RGB photo, 8 bits a channel, upright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height · width · 3` bytes, row by row.
    pub rgb: Vec<u8>,
}

/// Why a file cannot be used as a photo. The caller adds the file's name.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// A file of another kind.
    #[error("this is {found}; use a {FORMATS} image")]
    Format {
        /// What it is, for texts in other languages.
        kind: &'static str,
        /// The same in English.
        found: &'static str,
    },
    /// No pixels, or too many.
    #[error(
        "the image has {width} × {height} pixels; it must have at least 1 pixel and at most {} megapixels: \
         resize it or use another",
        MAX_PIXELS / 1_000_000
    )]
    Size {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
    },
    /// Not the network's input size, though it must not be resized.
    #[error(
        "the image has {width} × {height} pixels; without resizing, the network takes exactly {input} × {input}"
    )]
    InputSize {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Columns and rows of the network's input.
        input: usize,
    },
    /// The end of the file is missing.
    #[error("the image is cut off; save or download it again")]
    Truncated,
    /// Something else is wrong with it.
    #[error("the image cannot be decoded ({reason}); save it again as JPEG or PNG")]
    Damaged {
        /// In the decoder's words.
        reason: String,
    },
    /// Not enough memory.
    #[error("there is not enough memory for an image of {width} × {height} pixels; make it smaller")]
    Memory {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
    },
}

/// What can be decoded here; the page reads WebP and GIF with the browser's own decoders.
const FORMATS: &str = if cfg!(feature = "cli") { "JPEG, PNG, WebP or GIF" } else { "JPEG or PNG" };

impl PhotoError {
    fn damaged(reason: impl ToString) -> Self {
        Self::Damaged { reason: reason.to_string() }
    }
}

impl Coded for PhotoError {
    fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "photo.format",
            Self::Size { .. } => "photo.size",
            Self::InputSize { .. } => "photo.input_size",
            Self::Truncated => "photo.truncated",
            Self::Damaged { .. } => "photo.damaged",
            Self::Memory { .. } => "photo.memory",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Format { kind, found } => vec![("kind", (*kind).into()), ("found", (*found).into())],
            Self::Size { width, height } => {
                vec![("width", (*width).into()), ("height", (*height).into()), ("limit", MAX_PIXELS.into())]
            }
            Self::InputSize { width, height, input } => {
                vec![("width", (*width).into()), ("height", (*height).into()), ("input", (*input).into())]
            }
            Self::Truncated => Vec::new(),
            Self::Damaged { reason } => vec![("reason", reason.into())],
            Self::Memory { width, height } => {
                vec![("width", (*width).into()), ("height", (*height).into())]
            }
        }
    }
}

/// # Errors
/// If there are no pixels, or too many.
fn check_size(width: usize, height: usize) -> Result<(), PhotoError> {
    let (width, height) = (width as u64, height as u64);
    match width.checked_mul(height) {
        Some(1..=MAX_PIXELS) => Ok(()),
        _ => Err(PhotoError::Size { width, height }),
    }
}

/// Zeros for `channels` bytes a pixel, or an error where there is no memory for them: a browser's tab
/// has little.
fn pixels(width: usize, height: usize, channels: usize) -> Result<Vec<u8>, PhotoError> {
    check_size(width, height)?;
    let memory = || PhotoError::Memory { width: width as u64, height: height as u64 };
    let bytes = (width * height).checked_mul(channels).ok_or_else(memory)?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(bytes).map_err(|_| memory())?;
    pixels.resize(bytes, 0);
    Ok(pixels)
}
