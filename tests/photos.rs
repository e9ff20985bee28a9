//! Photos from files: usual ones, and those that cameras, phones and apps make in unusual ways
//! (`fixtures/photos/make_photos.py`), against what Pillow makes of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};
use inceptionscope::error::Coded;
use inceptionscope::photo::{Photo, PhotoError};
use jpeg_encoder::{ColorType, Encoder};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name)).unwrap()
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// 48 × 32 pixels: blue, with a red corner on the upper left.
fn jpeg(orientation: Option<u8>) -> Vec<u8> {
    let picture =
        ImageBuffer::from_fn(
            48,
            32,
            |x, y| {
                if x < 16 && y < 16 { Rgb([250u8, 5, 5]) } else { Rgb([5, 5, 250]) }
            },
        );
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 95);
    if let Some(orientation) = orientation {
        // TIFF header, one entry: tag 0x0112 (orientation), SHORT, count 1.
        let exif = [
            b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
            &[orientation, 0, 0, 0, 0, 0, 0],
        ];
        encoder.add_app_segment(1, exif.concat()).unwrap();
    }
    encoder.encode(picture.as_raw(), 48, 32, ColorType::Rgb).unwrap();
    file
}

#[derive(Deserialize)]
struct Expected {
    size: [usize; 2],
    blocks: Vec<[f64; 3]>,
}

/// The mean colour of 8 × 8 blocks, row by row.
fn blocks(photo: &Photo) -> Vec<[f64; 3]> {
    // The first blocks are larger by one if 8 does not divide the length.
    let bounds =
        |length: usize| -> Vec<usize> { (0..=8).map(|i| i * (length / 8) + i.min(length % 8)).collect() };
    let (columns, rows) = (bounds(photo.width), bounds(photo.height));
    let mut means = Vec::new();
    for row in rows.windows(2) {
        for column in columns.windows(2) {
            let mut mean = [0.0; 3];
            let area = ((row[1] - row[0]) * (column[1] - column[0])) as f64;
            for y in row[0]..row[1] {
                for x in column[0]..column[1] {
                    let at = (y * photo.width + x) * 3;
                    (0..3).for_each(|c| mean[c] += f64::from(photo.rgb[at + c]) / area);
                }
            }
            means.push(mean);
        }
    }
    means
}

#[test]
fn unusual_files_are_read_as_pillow_does() {
    let all: BTreeMap<String, Expected> = serde_json::from_slice(&fixture("expected.json")).unwrap();
    assert!(all.len() > 15);
    for (name, expected) in all {
        let photo = Photo::decode(&fixture(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!([photo.width, photo.height], expected.size, "{name}");
        for (at, (found, expected)) in blocks(&photo).iter().zip(&expected.blocks).enumerate() {
            let difference = (0..3).map(|c| (found[c] - expected[c]).abs()).fold(0.0, f64::max);
            assert!(difference <= 3.0, "{name}: block {at} is {found:?}, not {expected:?}");
        }
    }
}

#[test]
fn exif_orientation_is_applied() {
    // Where the red corner goes: EXIF 2.3, table 6, "0th row / 0th column".
    for (orientation, upright, x, y) in [
        (None, (48, 32), 8, 8),
        (Some(1), (48, 32), 8, 8),
        (Some(2), (48, 32), 40, 8),
        (Some(3), (48, 32), 40, 24),
        (Some(4), (48, 32), 8, 24),
        (Some(5), (32, 48), 8, 8),
        (Some(6), (32, 48), 24, 8),
        (Some(7), (32, 48), 24, 40),
        (Some(8), (32, 48), 8, 40),
    ] {
        let photo = Photo::decode(&jpeg(orientation)).unwrap();
        assert_eq!((photo.width, photo.height), upright, "{orientation:?}");
        let corners = [8, photo.width - 8].map(|x| [8, photo.height - 8].map(|y| (x, y)));
        for (cx, cy) in corners.concat() {
            let red = photo.rgb[(cy * photo.width + cx) * 3] > 128;
            assert_eq!(red, (cx, cy) == (x, y), "{orientation:?} {cx},{cy}");
        }
    }
}

#[test]
fn transparency_lies_on_white() {
    let file = png(ImageBuffer::from_fn(2, 2, |x, y| match (x, y) {
        (0, 0) => Rgba([10u8, 20, 30, 255]),
        (1, 0) => Rgba([10, 20, 30, 0]),
        _ => Rgba([0, 100, 255, 128]),
    }));
    let photo = Photo::decode(&file).unwrap();
    assert_eq!(photo.rgb[..9], [10, 20, 30, 255, 255, 255, 127, 177, 255]);
}

#[test]
fn grey_and_16_bit_pictures_become_rgb() {
    let grey = Photo::decode(&png(ImageBuffer::from_pixel(1, 1, Luma([77u8])))).unwrap();
    assert_eq!(grey, Photo { width: 1, height: 1, rgb: vec![77; 3] });
    let deep = png(ImageBuffer::from_pixel(2, 1, Rgb([0u16, 0x8080, 0xffff])));
    assert_eq!(Photo::decode(&deep).unwrap().rgb, [0, 128, 255, 0, 128, 255]);
    let both = png(ImageBuffer::from_pixel(1, 1, LumaA([0u16, 0])));
    assert_eq!(Photo::decode(&both).unwrap().rgb, [255; 3]);
    let photo = Photo::decode(&png(ImageBuffer::from_pixel(5000, 3, Rgb([1u8, 2, 3])))).unwrap();
    assert_eq!((photo.width, photo.height, photo.rgb.len()), (5000, 3, 45000));
}

/// As phones make them. Grey, so that the test needs a third of the memory.
#[test]
fn a_photo_of_108_megapixels_opens() {
    let (width, height) = (12_000, 9_000);
    let rows = (0..height).flat_map(|y| std::iter::repeat_n((y / 40) as u8, width));
    let mut file = Vec::new();
    let encoder = Encoder::new(&mut file, 80);
    encoder.encode(&rows.collect::<Vec<u8>>(), width as u16, height as u16, ColorType::Luma).unwrap();
    let photo = Photo::decode(&file).unwrap();
    assert_eq!((photo.width, photo.height), (width, height));
    for y in [20, 4_500, 8_980] {
        let value = photo.rgb[(y * width + 7_000) * 3 + 1];
        assert!(value.abs_diff((y / 40) as u8) <= 2, "{y}: {value}");
    }
}

/// Cut off in a scan of any kind; without the end marker alone a picture is whole.
#[test]
fn cut_off_pictures_are_refused() {
    let whole = png(ImageBuffer::from_fn(64, 64, |x, y| Rgb([x as u8, y as u8, (x * y) as u8])));
    let kinds = [
        "noninterleaved_420.jpg",
        "exif_6_then_1.jpg",
        "progressive_no_eoi.jpg",
        "no_iend.png",
        "lossy.webp",
        "alpha.webp",
        "still.gif",
    ];
    let mut files: Vec<(&str, Vec<u8>)> = kinds.map(|name| (name, fixture(name))).into();
    files.push(("whole.png", whole));
    for (name, file) in files {
        for keep in [30, file.len() / 2, file.len() * 3 / 4, file.len() - 40] {
            let code = Photo::decode(&file[..keep]).err().map(|error| error.code());
            assert_eq!(code, Some("photo.truncated"), "{name}: {keep} of {}", file.len());
        }
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    // A PNG of 60 kB whose header claims 20 000 × 20 000 pixels.
    let mut huge = png(ImageBuffer::from_pixel(4, 4, Rgb([0u8; 3])));
    huge[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    let crc = crc32(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.to_be_bytes());
    for (file, code, words) in [
        (b"".to_vec(), "photo.format", "an empty file"),
        (b"hello, world".to_vec(), "photo.format", "not an image; use a JPEG, PNG, WebP or GIF image"),
        (b"\0\0\0\x18ftypheic____".to_vec(), "photo.format", "a HEIC image (iPhones"),
        (b"\0\0\0\x18ftypavif____".to_vec(), "photo.format", "an AVIF image"),
        (b"\0\0\0\x18ftypisom____".to_vec(), "photo.format", "a video"),
        (b"<!DOCTYPE html>".to_vec(), "photo.format", "a web page"),
        (fixture("cgbi.png"), "photo.format", "Apple's own form (CgBI)"),
        (fixture("palette_uneven.png"), "photo.damaged", "its palette is damaged"),
        (b"\x89PNG\r\n\x1a\nnot a picture at all".to_vec(), "photo.damaged", "its chunks are damaged"),
        (
            huge,
            "photo.size",
            "20000 × 20000 pixels; it must have at least 1 pixel and at most 200 megapixels",
        ),
    ] {
        let error = Photo::decode(&file).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (!(c & 1)).wrapping_add(1)))
    })
}

#[test]
fn rgba_of_the_wrong_length_is_refused() {
    assert!(matches!(Photo::from_rgba(2, 2, &[0; 15]), Err(PhotoError::Damaged { .. })));
    assert!(matches!(Photo::from_rgba(0, 2, &[]), Err(PhotoError::Size { .. })));
    assert!(matches!(Photo::from_rgba(usize::MAX, 2, &[]), Err(PhotoError::Size { .. })));
}

/// A few bytes that claim to be many pixels are no photo, and cost nothing: neither format can be packed that densely.
#[test]
fn headers_that_claim_more_than_the_file_can_hold() {
    let claim = |file: &mut [u8], at: usize, size: &[u8]| file[at..at + size.len()].copy_from_slice(size);
    let mut jpeg = jpeg(None);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    claim(&mut jpeg, frame + 5, &[0x36, 0xb0, 0x36, 0xb0]);
    let mut png = png(DynamicImage::new_rgba16(14_000, 2).crop_imm(0, 0, 9, 9));
    claim(&mut png, 16, &[0, 0, 0x36, 0xb0, 0, 0, 0x36, 0xb0]);
    let header = crc32(&png[12..29]).to_be_bytes();
    claim(&mut png, 29, &header);
    for file in [jpeg, png] {
        let error = Photo::decode(&file).unwrap_err();
        assert!(matches!(error, PhotoError::Truncated), "{error}");
    }
    // What is densely packed opens: one colour.
    let plain = Photo::decode(&self::png(DynamicImage::new_luma8(3000, 3000))).unwrap();
    assert_eq!((plain.width, plain.rgb.len()), (3000, 27_000_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever is in a file, decoding it ends with a photo or an error. Checksums are mended, so that
    /// damage of a PNG reaches its decoder.
    #[test]
    fn damaged_files_do_no_harm(
        name in prop::sample::select(&[
            "noninterleaved_440.jpg", "progressive_no_eoi.jpg", "exif_6_then_1.jpg", "garbage_between.jpg",
            "palette_short.png", "palette_uneven.png", "lossy.webp", "alpha.webp", "part.gif",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        mended in any::<bool>(),
    ) {
        let mut file = fixture(name);
        // No larger than it is: that is another test.
        let first = if name.ends_with(".png") { 24 } else { 12 };
        for (at, value) in changes {
            let at = at.index(file.len() - first) + first;
            file[at] = value;
        }
        if mended && name.ends_with(".png") {
            let mut at = 8;
            while let Some(length) = file.get(at..at + 4) {
                let end = u32::from_be_bytes(length.try_into().unwrap()) as usize + at + 8;
                if end + 4 > file.len() {
                    break;
                }
                let crc = crc32(&file[at + 4..end]).to_be_bytes();
                file[end..end + 4].copy_from_slice(&crc);
                at = end + 4;
            }
        }
        if let Ok(photo) = Photo::decode(&file) {
            prop_assert_eq!(photo.rgb.len(), photo.width * photo.height * 3);
        }
    }
}
