//! WebP and GIF files, for the command line; the page has the browser's decoders. Of an animation the first
//! picture counts.

use super::{MAX_PIXELS, Photo, PhotoError, pixels};
use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use image_webp::WebPDecoder;
use std::io::Cursor;
use std::num::NonZeroU64;

/// What a decoder may allocate: RGBA of the largest photo, and its work.
const MAX_ALLOC: u64 = 8 * MAX_PIXELS;

/// The photo as it lies in the file, and its EXIF chunk.
pub(super) fn decode_webp(file: &[u8]) -> Result<(Photo, Option<Vec<u8>>), PhotoError> {
    let reason = |error: image_webp::DecodingError| PhotoError::damaged(error);
    // The file says how long it is, but for the first 8 bytes.
    if let Some(&[a, b, c, d]) = file.get(4..8)
        && file.len() as u64 - 8 < u64::from(u32::from_le_bytes([a, b, c, d]))
    {
        return Err(PhotoError::Truncated);
    }
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(reason)?;
    decoder.set_memory_limit(usize::try_from(MAX_ALLOC).unwrap_or(usize::MAX));
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let alpha = decoder.has_alpha();
    let mut raw = pixels(width, height, if alpha { 4 } else { 3 })?;
    decoder.read_image(&mut raw).map_err(reason)?;
    let exif = decoder.exif_metadata().map_err(reason)?;
    let photo =
        if alpha { Photo::from_rgba(width, height, &raw)? } else { Photo { width, height, rgb: raw } };
    Ok((photo, exif))
}

/// The first frame on the file's canvas.
pub(super) fn decode_gif(file: &[u8]) -> Result<Photo, PhotoError> {
    // A whole file ends with a semicolon.
    let reason = |error: gif::DecodingError| match file {
        [.., b';'] => PhotoError::damaged(error),
        _ => PhotoError::Truncated,
    };
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    options.check_frame_consistency(true);
    options.set_memory_limit(NonZeroU64::new(MAX_ALLOC).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let mut decoder = options.read_info(Cursor::new(file)).map_err(reason)?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    // Transparent where the frame does not reach.
    let mut canvas = pixels(width, height, 4)?;
    let frame = decoder.read_next_frame().map_err(reason)?.ok_or(PhotoError::Truncated)?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let row = usize::from(frame.width) * 4;
    for (y, pixels) in frame.buffer.chunks_exact(row.max(1)).enumerate() {
        let start = ((top + y) * width + left) * 4;
        if let Some(line) = canvas.get_mut(start..start + row) {
            line.copy_from_slice(pixels);
        }
    }
    Photo::from_rgba(width, height, &canvas)
}
