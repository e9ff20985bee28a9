//! Photos from JPEG and PNG files, decoded alike in the browser and on the command line (browsers'
//! own decoders differ by a few levels).

use ::image::metadata::Orientation;
use ::image::{ImageFormat, RgbImage, imageops};
use std::io::{Cursor, ErrorKind};
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Photos of more pixels are refused.
pub const MAX_PIXELS: u64 = 100_000_000;
/// What a decoder may allocate: a photo of [`MAX_PIXELS`] at 8 bits RGBA, and some more.
const MAX_ALLOC: usize = 512 << 20;

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

/// Why a photo can not be had. The caller adds the file's name.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// Neither JPEG nor PNG.
    #[error("this is {0}; give a JPEG or PNG photo")]
    Format(String),
    /// A picture without pixels, or with too many.
    #[error(
        "the picture has {width} × {height} pixels; from 1 pixel to 100 megapixels can be read: give another, or make it smaller"
    )]
    Size {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
    },
    /// The end is missing.
    #[error("the picture is cut off; save or download it again")]
    Truncated,
    /// Something else is wrong with it.
    #[error("the picture can not be decoded ({0}); save it again as JPEG or PNG")]
    Damaged(String),
}

impl Photo {
    /// The photo as engines take it.
    pub fn view(&self) -> crate::engine::Photo<'_> {
        crate::engine::Photo { width: self.width, height: self.height, rgb: &self.rgb }
    }

    /// Decodes a JPEG or PNG file. Applies its EXIF orientation and lays transparent pictures on
    /// white; grey and 16-bit pictures become 8-bit RGB. Colour profiles are not applied.
    pub fn decode(file: &[u8]) -> Result<Self, PhotoError> {
        let (photo, exif) = match ::image::guess_format(file).ok() {
            Some(ImageFormat::Jpeg) => from_jpeg(file)?,
            Some(ImageFormat::Png) => from_png(file)?,
            format => return Err(PhotoError::Format(describe(file, format))),
        };
        let orientation = exif.and_then(|exif| Orientation::from_exif_chunk(&exif));
        photo.upright(orientation.unwrap_or(Orientation::NoTransforms))
    }

    /// A photo from RGBA pixels (not premultiplied), as a browser hands them out, laid on white.
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Result<Self, PhotoError> {
        check_size(width as u64, height as u64)?;
        if rgba.len() != width * height * 4 {
            return Err(PhotoError::Damaged(format!(
                "{width} × {height} RGBA pixels are {} bytes, not {}",
                width * height * 4,
                rgba.len()
            )));
        }
        let on_white = |v: u8, a: u8| {
            let (v, a) = (u32::from(v), u32::from(a));
            ((v * a + 255 * (255 - a) + 127) / 255) as u8
        };
        let pixels = rgba.as_chunks::<4>().0.iter();
        let rgb = pixels.flat_map(|[r, g, b, a]| [r, g, b].map(|v| on_white(*v, *a))).collect();
        Ok(Self { width, height, rgb })
    }

    /// Turned as its orientation says.
    fn upright(self, orientation: Orientation) -> Result<Self, PhotoError> {
        let Self { width, height, rgb } = self;
        let mut picture = RgbImage::from_raw(width as u32, height as u32, rgb)
            .ok_or_else(|| PhotoError::Damaged(format!("fewer pixels than {width} × {height}")))?;
        if matches!(orientation, Orientation::Rotate90 | Orientation::Rotate90FlipH) {
            picture = imageops::rotate90(&picture);
        }
        if matches!(orientation, Orientation::Rotate270 | Orientation::Rotate270FlipH) {
            picture = imageops::rotate270(&picture);
        }
        if matches!(orientation, Orientation::Rotate180 | Orientation::FlipVertical) {
            imageops::flip_vertical_in_place(&mut picture);
        }
        if matches!(
            orientation,
            Orientation::Rotate180
                | Orientation::FlipHorizontal
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        ) {
            imageops::flip_horizontal_in_place(&mut picture);
        }
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        Ok(Self { width, height, rgb: picture.into_raw() })
    }
}

/// The photo as it lies in the file, and its EXIF chunk. The decoders are called by themselves: what
/// [`image`](::image) has around them, for pictures of every kind, would be a tenth of the wasm module.
fn from_jpeg(file: &[u8]) -> Result<(Photo, Option<Vec<u8>>), PhotoError> {
    // The decoder fills the missing part with grey and says nothing.
    if !jpeg_ends(file) {
        return Err(PhotoError::Truncated);
    }
    let damaged = |error: zune_jpeg::errors::DecodeErrors| PhotoError::Damaged(error.to_string());
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(damaged)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    check_size(width as u64, height as u64)?;
    let rgb = decoder.decode().map_err(damaged)?;
    Ok((Photo { width, height, rgb }, decoder.exif().cloned()))
}

fn from_png(file: &[u8]) -> Result<(Photo, Option<Vec<u8>>), PhotoError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: MAX_ALLOC });
    decoder.set_transformations(png::Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(reason)?;
    let (width, height) = (header.width as usize, header.height as usize);
    check_size(width as u64, height as u64)?;
    let mut reader = decoder.read_info().map_err(reason)?;
    let size = reader.output_buffer_size().filter(|size| *size <= MAX_ALLOC);
    let mut pixels = vec![0; size.ok_or(PhotoError::Size { width: width as u64, height: height as u64 })?];
    reader.next_frame(&mut pixels).map_err(reason)?;
    let exif = reader.info().exif_metadata.as_ref().map(|exif| exif.to_vec());
    let (colour, depth) = reader.output_color_type();
    if depth == png::BitDepth::Sixteen {
        // Rounded, as 65535 / 255 = 257.
        let deep = pixels.as_chunks::<2>().0.iter().map(|value| u16::from_be_bytes(*value));
        pixels = deep.map(|value| ((u32::from(value) + 128) / 257) as u8).collect();
    }
    let photo = match colour {
        png::ColorType::Rgb => Photo { width, height, rgb: pixels },
        png::ColorType::Rgba => Photo::from_rgba(width, height, &pixels)?,
        png::ColorType::GrayscaleAlpha => {
            let rgba: Vec<u8> =
                pixels.as_chunks::<2>().0.iter().flat_map(|[v, a]| [*v, *v, *v, *a]).collect();
            Photo::from_rgba(width, height, &rgba)?
        }
        // What is left is grey: palettes are expanded.
        _ => Photo { width, height, rgb: pixels.iter().flat_map(|v| [*v; 3]).collect() },
    };
    Ok((photo, exif))
}

fn check_size(width: u64, height: u64) -> Result<(), PhotoError> {
    match width.checked_mul(height) {
        Some(1..=MAX_PIXELS) => Ok(()),
        _ => Err(PhotoError::Size { width, height }),
    }
}

fn reason(error: png::DecodingError) -> PhotoError {
    match error {
        png::DecodingError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => PhotoError::Truncated,
        png::DecodingError::LimitsExceeded => PhotoError::Damaged("it needs too much memory".to_owned()),
        error => PhotoError::Damaged(error.to_string()),
    }
}

fn describe(file: &[u8], format: Option<ImageFormat>) -> String {
    match (file, format) {
        ([], _) => "an empty file".to_owned(),
        (_, Some(format)) => format!("a picture of the kind {}", format.to_mime_type()),
        // HEIC, which phones make, is an ISO media file.
        (_, None) if file.get(4..8) == Some(b"ftyp") => "a HEIC picture or a film".to_owned(),
        (_, None) => "no picture".to_owned(),
    }
}

/// Whether the end marker comes somewhere after the first scan. It can not occur inside one, and
/// thumbnails, which have one of their own, lie inside segments before it.
fn jpeg_ends(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    loop {
        match rest {
            [0xff, 0xff, ..] => rest = &rest[1..],
            [0xff, 0xda, scan @ ..] => return scan.windows(2).any(|pair| pair == [0xff, 0xd9]),
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::image::{
        DynamicImage, ExtendedColorType, ImageBuffer, ImageEncoder, Luma, LumaA, Rgb, Rgba, codecs,
    };
    use proptest::prelude::*;

    fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.into().write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    /// 3 × 2 pixels, left half of its first row red, the rest blue, blown up so that JPEG keeps it.
    fn jpeg(orientation: Option<u8>) -> Vec<u8> {
        let picture = ImageBuffer::from_fn(48, 32, |x, y| {
            if x < 16 && y < 16 { Rgb([250u8, 5, 5]) } else { Rgb([5, 5, 250]) }
        });
        let mut file = Vec::new();
        let mut encoder = codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 95);
        if let Some(orientation) = orientation {
            // TIFF header, one entry: tag 0x0112 (orientation), SHORT, count 1.
            let exif = [
                b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
                &[orientation, 0, 0, 0, 0, 0, 0],
            ]
            .concat();
            encoder.set_exif_metadata(exif).unwrap();
        }
        encoder.write_image(&picture, 48, 32, ExtendedColorType::Rgb8).unwrap();
        file
    }

    fn is_red(photo: &Photo, x: usize, y: usize) -> bool {
        photo.rgb[(y * photo.width + x) * 3] > 128
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
                assert_eq!(is_red(&photo, cx, cy), (cx, cy) == (x, y), "{orientation:?} {cx},{cy}");
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
    }

    #[test]
    fn photos_are_decoded_as_the_image_crate_does() {
        let root = env!("CARGO_MANIFEST_DIR");
        let samples = std::fs::read_dir(format!("{root}/www/samples")).unwrap();
        let mut files: Vec<Vec<u8>> =
            samples.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        files.retain(|file| ::image::guess_format(file).is_ok());
        assert!(files.len() > 1);
        let grey = ImageBuffer::from_fn(37, 21, |x, y| Luma([(x * 7 + y * y) as u8]));
        let mut jpeg = Vec::new();
        codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&grey).unwrap();
        files.extend([
            jpeg,
            png(grey),
            png(ImageBuffer::from_fn(9, 9, |x, y| Rgb([(x * y * 800) as u16; 3]))),
        ]);
        for file in files {
            let expected = ::image::load_from_memory(&file).unwrap().into_rgb8();
            let photo = Photo::decode(&file).unwrap();
            assert_eq!((photo.width as u32, photo.height as u32), expected.dimensions());
            assert!(photo.rgb == expected.into_raw(), "{} × {}", photo.width, photo.height);
        }
    }

    #[test]
    fn long_pictures_are_read() {
        let photo = Photo::decode(&png(ImageBuffer::from_pixel(5000, 3, Rgb([1u8, 2, 3])))).unwrap();
        assert_eq!((photo.width, photo.height, photo.rgb.len()), (5000, 3, 45000));
    }

    #[test]
    fn cut_off_pictures_are_refused() {
        for (file, orientation) in [(jpeg(None), "none"), (jpeg(Some(6)), "6")] {
            for keep in [30, file.len() / 2, file.len() - 2] {
                let error = Photo::decode(&file[..keep]).unwrap_err();
                assert!(matches!(error, PhotoError::Truncated), "{orientation} {keep}: {error}");
            }
        }
        let file = png(ImageBuffer::from_fn(64, 64, |x, y| Rgb([x as u8, y as u8, (x * y) as u8])));
        for keep in [30, file.len() / 2, file.len() - 20] {
            let error = Photo::decode(&file[..keep]).unwrap_err();
            assert!(matches!(error, PhotoError::Truncated), "png {keep}: {error}");
        }
    }

    #[test]
    fn other_files_are_named() {
        for (file, name) in [
            (&b""[..], "an empty file"),
            (b"hello, world", "no picture"),
            (b"GIF89a__________", "image/gif"),
            (b"\0\0\0\x18ftypheic____", "HEIC"),
        ] {
            let error = Photo::decode(file).unwrap_err().to_string();
            assert!(error.contains(name) && error.ends_with("give a JPEG or PNG photo"), "{error}");
        }
    }

    #[test]
    fn too_large_pictures_are_refused_before_they_are_decoded() {
        // A PNG of 60 kB whose header claims 20 000 × 20 000 pixels.
        let mut file = png(ImageBuffer::from_pixel(4, 4, Rgb([0u8; 3])));
        file[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
        let crc = crc32(&file[12..29]);
        file[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = Photo::decode(&file).unwrap_err();
        assert!(matches!(error, PhotoError::Size { width: 20000, height: 20000 }), "{error}");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (!(c & 1)).wrapping_add(1)))
        })
    }

    #[test]
    fn rgba_of_the_wrong_length_is_refused() {
        assert!(Photo::from_rgba(2, 2, &[0; 15]).is_err());
        assert!(Photo::from_rgba(0, 2, &[]).is_err());
        assert!(Photo::from_rgba(usize::MAX, 2, &[]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Whatever is in a file, decoding it ends with a photo or an error.
        #[test]
        fn damaged_files_do_no_harm(
            png_file in any::<bool>(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        ) {
            let picture = ImageBuffer::from_fn(9, 7, |x, y| Rgb([x as u8 * 20, y as u8 * 30, 99]));
            let mut file = if png_file { png(picture) } else { jpeg(Some(6)) };
            for (at, value) in changes {
                let at = at.index(file.len());
                file[at] = value;
            }
            if let Ok(photo) = Photo::decode(&file) {
                prop_assert_eq!(photo.rgb.len(), photo.width * photo.height * 3);
            }
        }
    }
}
