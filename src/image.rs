//! Photos from JPEG and PNG files, decoded alike in the browser and on the command line (browsers'
//! own decoders differ by a few levels).

use ::image::error::{ImageError, LimitErrorKind};
use ::image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Photos of more pixels are refused.
pub const MAX_PIXELS: u64 = 100_000_000;
/// What a decoder may allocate: a photo of [`MAX_PIXELS`] at 8 bits RGBA, and some more.
const MAX_ALLOC: u64 = 512 << 20;

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
        let format = ::image::guess_format(file).ok();
        if !matches!(format, Some(ImageFormat::Jpeg | ImageFormat::Png)) {
            return Err(PhotoError::Format(describe(file, format)));
        }
        // The decoder fills the missing part of a JPEG with grey and says nothing.
        if format == Some(ImageFormat::Jpeg) && !jpeg_ends(file) {
            return Err(PhotoError::Truncated);
        }
        let mut reader = ImageReader::new(Cursor::new(file));
        if let Some(format) = format {
            reader.set_format(format);
        }
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_ALLOC);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(reason)?;
        let (width, height) = decoder.dimensions();
        check_size(width.into(), height.into())?;
        let orientation = decoder.orientation().map_err(reason)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| match error {
            ImageError::Limits(_) => PhotoError::Size { width: width.into(), height: height.into() },
            error => reason(error),
        })?;
        picture.apply_orientation(orientation);
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        if picture.color().has_alpha() {
            return Self::from_rgba(width, height, &picture.into_rgba8());
        }
        Ok(Self { width, height, rgb: picture.into_rgb8().into_raw() })
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
}

fn check_size(width: u64, height: u64) -> Result<(), PhotoError> {
    match width.checked_mul(height) {
        Some(1..=MAX_PIXELS) => Ok(()),
        _ => Err(PhotoError::Size { width, height }),
    }
}

fn reason(error: ImageError) -> PhotoError {
    match error {
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => PhotoError::Truncated,
        ImageError::Limits(e) if e.kind() == LimitErrorKind::InsufficientMemory => {
            PhotoError::Damaged("it needs too much memory".to_owned())
        }
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
    use ::image::{ExtendedColorType, ImageBuffer, ImageEncoder, Luma, LumaA, Rgb, Rgba, codecs};
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
