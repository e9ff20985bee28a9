#[cfg(feature = "keras")]
use super::formats::keras;
use super::formats::{archive, pytorch, safetensors};
use super::{About, Tensor, WeightsError, recognise};

/// What the browser says of Keras's files, whose reader it does not carry.
#[cfg(not(feature = "keras"))]
const KERAS: &str = "a Keras file (`inceptionscope convert` makes a safetensors file of it)";

/// A whole weight file: tensors under the names that our graphs have.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What the file says about itself.
    pub about: About,
    /// Its tensors, in file order.
    pub tensors: Vec<(String, Tensor)>,
}

/// Reads any weight file that lies in memory, recognised by its contents: safetensors (which
/// [`safetensors::Stream`] reads piece by piece), PyTorch's `.pth` and `.pt`, Keras's `.h5`, `.weights.h5` and
/// `.keras` of InceptionV3, InceptionResNetV2 and Xception (Keras: with feature `keras` only).
pub fn read(file: &[u8]) -> Result<File, WeightsError> {
    if file.starts_with(b"PK\x03\x04") {
        let entries = archive::entries(file)?;
        #[cfg(feature = "keras")]
        if keras::is_archive(&entries) {
            return keras::read_archive(&entries);
        }
        #[cfg(not(feature = "keras"))]
        if entries.contains_key("model.weights.h5") {
            return Err(WeightsError::Format(KERAS));
        }
        let tensors = pytorch::read_zip(file, &entries)?;
        return Ok(File { tensors, ..File::default() });
    }
    if file.starts_with(b"\x89HDF\r\n\x1a\n") {
        #[cfg(feature = "keras")]
        return keras::read_h5(file);
        #[cfg(not(feature = "keras"))]
        return Err(WeightsError::Format(KERAS));
    }
    if pytorch::is_old(file) {
        return Ok(File { tensors: pytorch::read_old(file)?, ..File::default() });
    }
    if file.len() > 8 && file[8] != b'{' {
        return Err(WeightsError::Format(recognise(file)));
    }
    let (header, tensors) = safetensors::read(file)?;
    Ok(File { about: About::from_metadata(&header.metadata)?, tensors })
}
