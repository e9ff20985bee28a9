use super::formats::{archive, pytorch, safetensors};
#[cfg(feature = "formats")]
use super::formats::{caffe, keras, onnx};
use super::{About, Tensor, WeightsError, recognise};

/// A whole weight file: tensors under the names that our graphs have.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What the file says about itself.
    pub about: About,
    /// Its tensors, in file order.
    pub tensors: Vec<(String, Tensor)>,
}

/// Reads any weight file that lies in memory, recognised by its contents: safetensors (which
/// [`safetensors::Stream`] reads piece by piece) and PyTorch's `.pth` and `.pt`; with feature `formats` also Keras's
/// `.h5`, `.weights.h5` and `.keras`, ONNX and Caffe models.
///
/// # Errors
///
/// [`WeightsError`] says what is wrong with the file, or what else it is.
pub fn read(file: &[u8]) -> Result<File, WeightsError> {
    #[cfg(feature = "formats")]
    if let Some(read) = read_rare(file) {
        return read;
    }
    #[cfg(not(feature = "formats"))]
    if let Some(format) = rare(file) {
        return Err(WeightsError::Format(format));
    }
    if file.starts_with(b"PK\x03\x04") {
        let tensors = pytorch::read_zip(file, &archive::entries(file)?)?;
        return Ok(File { tensors, ..File::default() });
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

/// Reads a file of the rarer formats; `None` if it is none of them.
#[cfg(feature = "formats")]
fn read_rare(file: &[u8]) -> Option<Result<File, WeightsError>> {
    match file {
        [b'P', b'K', 3, 4, ..] => {
            let entries = archive::entries(file).ok()?;
            keras::is_archive(&entries).then(|| keras::read_archive(&entries))
        }
        _ if file.starts_with(b"\x89HDF\r\n\x1a\n") => Some(keras::read_h5(file)),
        // The length of a safetensors header may begin as those below.
        _ if file.get(8) == Some(&b'{') => None,
        _ if onnx::is_model(file) => Some(onnx::read(file)),
        _ if caffe::is_model(file) => Some(caffe::read(file)),
        _ => None,
    }
}

/// What a file of the rarer formats is, whose readers this build lacks.
#[cfg(not(feature = "formats"))]
fn rare(file: &[u8]) -> Option<&'static str> {
    match file {
        _ if file.starts_with(b"\x89HDF\r\n\x1a\n") => Some("an HDF5 file (Keras's .h5)"),
        [8, ..] if file.get(8) != Some(&b'{') => Some("a protocol buffer (ONNX)"),
        [b'P', b'K', 3, 4, ..] => {
            let keras = archive::entries(file).ok()?.contains_key("model.weights.h5");
            keras.then_some("a Keras file")
        }
        _ => None,
    }
}
