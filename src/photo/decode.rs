//! Photos from files. JPEG and PNG are decoded alike in the browser and on the command line: browsers'
//! own decoders differ by a few levels. In the browser the second module (`src/web/formats.rs`) decodes PNG.

#[cfg(feature = "formats")]
use super::png;
use super::{Photo, PhotoError, jpeg, pixels};
use ::image::metadata::Orientation;
use ::image::{RgbImage, imageops};
use inceptionscope_kernels::on_white;

impl Photo {
    /// The photo as engines take it.
    pub fn view(&self) -> crate::engine::Photo<'_> {
        crate::engine::Photo { width: self.width, height: self.height, rgb: &self.rgb }
    }

    /// Decodes a JPEG or PNG file; on the command line also WebP and GIF, of which the first picture
    /// counts. Applies the EXIF orientation and lays transparent pictures on white; grey and 16-bit
    /// pictures become 8-bit RGB. Colour profiles are not applied.
    ///
    /// # Errors
    /// If the file is of another kind, cut off or damaged, or too large.
    pub fn decode(file: &[u8]) -> Result<Self, PhotoError> {
        let (photo, exif) = match file {
            [0xff, 0xd8, 0xff, ..] => jpeg::decode(file)?,
            #[cfg(feature = "formats")]
            [0x89, b'P', b'N', b'G', ..] => png::decode(file)?,
            #[cfg(feature = "cli")]
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                super::webp_gif::decode_webp(file)?
            }
            #[cfg(feature = "cli")]
            [b'G', b'I', b'F', b'8', ..] => (super::webp_gif::decode_gif(file)?, None),
            _ => return Err(another(file)),
        };
        photo.upright(exif)
    }

    /// Decodes a PNG file, as [`Photo::decode`] does.
    ///
    /// # Errors
    /// If the file is cut off or damaged, or too large.
    #[cfg(feature = "formats")]
    pub fn decode_png(file: &[u8]) -> Result<Self, PhotoError> {
        let (photo, exif) = png::decode(file)?;
        photo.upright(exif)
    }

    /// A photo from RGBA pixels (not premultiplied), as a browser hands them out, laid on white.
    ///
    /// # Errors
    /// If there are not 4 bytes for each pixel, or too many pixels.
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Result<Self, PhotoError> {
        let mut rgb = pixels(width, height, 3)?;
        let expected = rgb.len() / 3 * 4;
        if rgba.len() != expected {
            let found = rgba.len();
            return Err(PhotoError::damaged(format!(
                "{width} × {height} RGBA pixels are {expected} bytes, not {found}"
            )));
        }
        on_white(rgba, &mut rgb);
        Ok(Self { width, height, rgb })
    }

    /// Turned as its EXIF chunk says.
    fn upright(self, exif: Option<Vec<u8>>) -> Result<Self, PhotoError> {
        use Orientation::{
            FlipHorizontal, FlipVertical, Rotate90, Rotate90FlipH, Rotate180, Rotate270, Rotate270FlipH,
        };
        let orientation = exif.and_then(|exif| Orientation::from_exif_chunk(&exif));
        let orientation = orientation.unwrap_or(Orientation::NoTransforms);
        let Self { width, height, rgb } = self;
        let mut picture = RgbImage::from_raw(width as u32, height as u32, rgb)
            .ok_or_else(|| PhotoError::damaged(format!("fewer pixels than {width} × {height}")))?;
        if matches!(orientation, Rotate90 | Rotate90FlipH) {
            picture = imageops::rotate90(&picture);
        }
        if matches!(orientation, Rotate270 | Rotate270FlipH) {
            picture = imageops::rotate270(&picture);
        }
        if matches!(orientation, Rotate180 | FlipVertical) {
            imageops::flip_vertical_in_place(&mut picture);
        }
        if matches!(orientation, Rotate180 | FlipHorizontal | Rotate90FlipH | Rotate270FlipH) {
            imageops::flip_horizontal_in_place(&mut picture);
        }
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        Ok(Self { width, height, rgb: picture.into_raw() })
    }
}

/// Of a file that cannot be decoded here.
fn another(file: &[u8]) -> PhotoError {
    let (kind, found) = match file {
        // HEIC, AVIF and MP4 are ISO media files: the brand says which.
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4) {
            Some(b"avif" | b"avis") => ("avif", "an AVIF image"),
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => (
                "heic",
                "a HEIC image (iPhones save JPEG with Settings › Camera › Formats › Most Compatible)",
            ),
            _ => ("video", "a video"),
        },
        [] => ("empty", "an empty file"),
        [0x89, b'P', b'N', b'G', ..] => ("png", "a PNG image"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ("webp", "a WebP image"),
        [b'G', b'I', b'F', b'8', ..] => ("gif", "a GIF image"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => ("tiff", "a TIFF or camera raw image"),
        [b'B', b'M', ..] => ("bmp", "a BMP image"),
        [0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..] => ("jxl", "a JPEG XL image"),
        [b'%', b'P', b'D', b'F', ..] => ("pdf", "a PDF document"),
        [b'<', ..] => ("page", "a web page or an SVG image"),
        _ => ("other", "not an image"),
    };
    PhotoError::Format { kind, found }
}
