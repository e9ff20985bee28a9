//! PNG photos made for the occasion, and such as were damaged.

use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};
use std::io::Cursor;

/// Small pictures of other depths and colours.
pub(crate) fn small() -> Vec<Vec<u8>> {
    let picture =
        DynamicImage::from(ImageBuffer::from_fn(9, 7, |x, y| Rgb([x as u8 * 25, y as u8 * 30, 90u8])));
    let all = [
        picture.to_rgb8().into(),
        picture.to_rgba16().into(),
        picture.to_luma_alpha8().into(),
        picture.to_luma16().into(),
    ];
    let encoded = |picture: DynamicImage| {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    };
    all.map(encoded).into()
}

/// So that damage of a PNG reaches its decoder.
pub(crate) fn mend_checksums(file: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = file.get(at..at + 4) {
        let end = u32::from_be_bytes(length.try_into().unwrap()) as usize + at + 8;
        if end + 4 > file.len() {
            return;
        }
        let mut crc = u32::MAX;
        for byte in &file[at + 4..end] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            }
        }
        file[end..end + 4].copy_from_slice(&(!crc).to_be_bytes());
        at = end + 4;
    }
}
