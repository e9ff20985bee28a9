//! JPEG files. The decoder is called directly: what [`image`] has around it, for files of every kind,
//! would be a tenth of the wasm module.

use super::{Photo, PhotoError, check_size, pixels};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// How many pixels a byte tells of at most: a block of 8 × 8 takes a bit.
const MOST_PIXELS: usize = 8 * 64;
const START_OF_SCAN: u8 = 0xda;
const APP1: u8 = 0xe1;
const END: [u8; 2] = [0xff, 0xd9];

/// The photo as it lies in the file, and its first EXIF chunk.
pub(super) fn decode(file: &[u8]) -> Result<(Photo, Option<Vec<u8>>), PhotoError> {
    let exif = (segments(file).filter(|segment| segment.marker == APP1))
        .find_map(|segment| segment.data.strip_prefix(b"Exif\0\0"));
    let photo = match segments(file).find(|segment| segment.marker == START_OF_SCAN) {
        None => return Err(PhotoError::Truncated),
        // The end marker cannot occur inside a scan, and thumbnails, which have one of their own, lie
        // inside segments before the first.
        Some(scan) if scan.rest.windows(2).any(|pair| pair == END) => picture(file)?,
        Some(_) => without_end(file)?,
    };
    Ok((photo, exif.map(<[u8]>::to_vec)))
}

/// A file without its end marker may have all its pixels or be cut off: the decoder fills what is missing and
/// says nothing. It is whole if it ends in a scan and it does not matter what follows its last byte.
fn without_end(file: &[u8]) -> Result<Photo, PhotoError> {
    // Not 0xff as a value in a scan, nor a restart.
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd7);
    let last = file.windows(2).rfind(|pair| is_marker(pair));
    if last.is_none_or(|pair| pair[1] != START_OF_SCAN) {
        return Err(PhotoError::Truncated);
    }
    let followed_by = |filling: u8| picture(&[file, &[filling; 64], &END].concat());
    let (zeros, others) = (followed_by(0), followed_by(0x55));
    match (zeros, others) {
        (Ok(zeros), Ok(others)) if zeros == others => Ok(zeros),
        _ => Err(PhotoError::Truncated),
    }
}

fn picture(file: &[u8]) -> Result<Photo, PhotoError> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(reason)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    // Before anything of that size is allocated.
    check_size(width, height)?;
    if width.saturating_mul(height) > file.len().saturating_mul(MOST_PIXELS) {
        return Err(PhotoError::Truncated);
    }
    let mut rgb = pixels(width, height, 3)?;
    decoder.decode_into(&mut rgb).map_err(reason)?;
    Ok(Photo { width, height, rgb })
}

fn reason(error: DecodeErrors) -> PhotoError {
    match error {
        error if error.is_recoverable_eof() => PhotoError::Truncated,
        error => PhotoError::damaged(error),
    }
}

struct Segment<'a> {
    marker: u8,
    data: &'a [u8],
    /// What follows it.
    rest: &'a [u8],
}

/// The segments before the first scan and its own header. Stray bytes between them are passed over.
fn segments(file: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = file.get(2..).unwrap_or_default();
    let mut done = false;
    std::iter::from_fn(move || {
        while !done {
            match rest {
                // Without contents: restarts, start and end of an image.
                [0xff, 0x01 | 0xd0..=0xd9, ..] => rest = &rest[2..],
                [0xff, marker @ 0x02..=0xfe, high, low, ..] => {
                    let length = usize::from(u16::from_be_bytes([*high, *low])).max(2);
                    let data = rest.get(4..2 + length).unwrap_or_default();
                    rest = rest.get(2 + length..).unwrap_or_default();
                    done = *marker == START_OF_SCAN;
                    return Some(Segment { marker: *marker, data, rest });
                }
                [_, ..] => rest = &rest[1..],
                [] => done = true,
            }
        }
        None
    })
}
