//! PNG files.

use super::{MAX_PIXELS, Photo, PhotoError, check_size, pixels};
use png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Limits, Transformations};
use std::io::{Cursor, ErrorKind};

/// What the decoder may allocate besides the pixels.
const MAX_ALLOC: usize = MAX_PIXELS as usize;
/// How many bytes Deflate makes of one at most: 258 of two bits.
const MOST_DEFLATED: usize = 1032;
/// The chunk that ends a file.
const IEND: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];

/// The photo as it lies in the file, and its EXIF chunk.
pub(super) fn decode(file: &[u8]) -> Result<(Photo, Option<Vec<u8>>), PhotoError> {
    if file.get(12..16) == Some(b"CgBI") {
        let found = "a PNG in Apple's own form (CgBI), as apps for iPhones contain";
        return Err(PhotoError::Format { kind: "cgbi", found });
    }
    match picture(file, Checks::Crc) {
        // If the checksum of a chunk is wrong, that of the pixels decides.
        Err(error @ PhotoError::Damaged { .. }) => picture(file, Checks::Adler32).map_err(|_| error),
        // All pixels may be there although the end is not.
        Err(PhotoError::Truncated) => {
            picture(&[file, &IEND].concat(), Checks::Crc).map_err(|_| PhotoError::Truncated)
        }
        result => result,
    }
}

/// Which checksums count: those of the chunks, or that of the compressed pixels.
#[derive(Clone, Copy, PartialEq)]
enum Checks {
    Crc,
    Adler32,
}

fn picture(file: &[u8], checks: Checks) -> Result<(Photo, Option<Vec<u8>>), PhotoError> {
    let mut options = DecodeOptions::default();
    options.set_ignore_crc(checks != Checks::Crc);
    options.set_ignore_adler32(checks != Checks::Adler32);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = Decoder::new_with_options(Cursor::new(file), options);
    decoder.set_limits(Limits { bytes: MAX_ALLOC });
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(reason)?;
    let (width, height) = (header.width as usize, header.height as usize);
    // Before anything of that size is allocated: the compressed rows cannot be that small.
    check_size(width, height)?;
    let row = width.saturating_mul(header.bits_per_pixel()).div_ceil(8);
    if row.saturating_mul(height) > file.len().saturating_mul(MOST_DEFLATED) {
        return Err(PhotoError::Truncated);
    }
    let mut reader = decoder.read_info().map_err(reason)?;
    // The decoder panics on these.
    if reader.info().palette.as_ref().is_some_and(|palette| palette.len() % 3 != 0) {
        return Err(PhotoError::damaged("its palette is damaged"));
    }
    let (colour, depth) = reader.output_color_type();
    let sample_bytes = if depth == BitDepth::Sixteen { 2 } else { 1 };
    let mut raw = pixels(width, height, colour.samples() * sample_bytes)?;
    reader.next_frame(&mut raw).map_err(reason)?;
    let exif = reader.info().exif_metadata.as_ref().map(|exif| exif.to_vec());
    if depth == BitDepth::Sixteen {
        // Rounded, as 65535 / 255 = 257.
        let deep = raw.as_chunks::<2>().0.iter().map(|value| u16::from_be_bytes(*value));
        raw = deep.map(|value| ((u32::from(value) + 128) / 257) as u8).collect();
    }
    let photo = match colour {
        ColorType::Rgb => Photo { width, height, rgb: raw },
        ColorType::Rgba => Photo::from_rgba(width, height, &raw)?,
        ColorType::GrayscaleAlpha => {
            let rgba: Vec<u8> = raw.as_chunks::<2>().0.iter().flat_map(|[v, a]| [*v, *v, *v, *a]).collect();
            Photo::from_rgba(width, height, &rgba)?
        }
        // What is left is grey: palettes are expanded.
        _ => Photo { width, height, rgb: raw.iter().flat_map(|v| [*v; 3]).collect() },
    };
    Ok((photo, exif))
}

fn reason(error: DecodingError) -> PhotoError {
    match error {
        DecodingError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => PhotoError::Truncated,
        DecodingError::LimitsExceeded => PhotoError::damaged("it needs too much memory"),
        // The decoder's own words show how it keeps a chunk's name.
        DecodingError::Format(_) => PhotoError::damaged("its chunks are damaged"),
        error => PhotoError::damaged(error),
    }
}
