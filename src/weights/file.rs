use super::formats::{archive, pytorch, pytorch_tar, safetensors};
#[cfg(feature = "formats")]
use super::formats::{caffe, keras, onnx};
#[cfg(not(feature = "formats"))]
use super::kind::KERAS;
#[cfg(feature = "formats")]
use super::kind::{is_caffe, is_onnx};
use super::{About, Kind, START, Tensor, Warning, WeightsError, kind, shards};
use std::io::Read;

/// Most bytes of a file that is read as a whole: a checkpoint of ResNet-152 with its optimiser has 720 MB. A
/// browser's memory has to hold the tensors beside it.
pub const MAX_WHOLE: usize = if cfg!(target_arch = "wasm32") { 1 << 30 } else { 2 << 30 };

/// A whole weight file: tensors under the names that our graphs have.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What the file says about itself.
    pub about: About,
    /// Its tensors, in file order.
    pub tensors: Vec<(String, Tensor)>,
    /// Warnings from reading it.
    pub warnings: Vec<Warning>,
}

/// Reads any weight file that lies in memory, recognised by its contents: safetensors (which
/// [`safetensors::Stream`] reads piece by piece) and PyTorch's `.pth` and `.pt`; with feature `formats` also Keras's
/// `.h5`, `.weights.h5` and `.keras`, ONNX and Caffe models.
///
/// # Errors
///
/// [`WeightsError`] says what is wrong with the file, or what else it is.
pub fn read(file: &[u8]) -> Result<File, WeightsError> {
    read_with(file, false)
}

/// The same; `ema`: of a training checkpoint not the weights, but the moving average of them.
///
/// # Errors
///
/// Those of [`read`]; [`WeightsError::NoAverage`] if there is none.
pub fn read_with(file: &[u8], ema: bool) -> Result<File, WeightsError> {
    match kind(&file[..file.len().min(START)]) {
        Kind::Whole(_) if file.starts_with(b"PK\x03\x04") => {
            let archive = archive::open(file)?;
            #[cfg(feature = "formats")]
            if keras::is_archive(&archive.stored) {
                return keras::read_archive(&archive.stored);
            }
            #[cfg(not(feature = "formats"))]
            if archive.stored.contains_key("model.weights.h5") {
                return Err(WeightsError::Format(KERAS));
            }
            pytorch::read_zip(file, &archive, ema)
        }
        #[cfg(feature = "formats")]
        Kind::Whole(_) if file.starts_with(b"\x89HDF") => keras::read_h5(file),
        #[cfg(feature = "formats")]
        Kind::Whole(_) if is_onnx(file) => onnx::read(file),
        #[cfg(feature = "formats")]
        Kind::Whole(_) if is_caffe(file) => caffe::read(file),
        Kind::Whole(_) if pytorch::is_old(file) => pytorch::read_old(file, ema),
        Kind::Whole(_) if pytorch_tar::is_tar(file) => pytorch_tar::read(file, ema),
        Kind::Whole(_) => Err(WeightsError::Index { shards: shards::list(file)? }),
        Kind::Foreign(what) if file.len() > 8 => Err(WeightsError::Format(what)),
        Kind::Stream | Kind::Foreign(_) => {
            let (header, tensors) = safetensors::read(file)?;
            let (about, warnings) = About::from_metadata(&header.metadata);
            Ok(File { about, tensors, warnings })
        }
    }
}

/// The bytes of a file, if it is one that [`read`] knows: another kind is refused by its first bytes.
///
/// # Errors
///
/// Reading fails; [`WeightsError::Format`] and [`WeightsError::TooLarge`].
pub fn read_from(reader: &mut impl Read) -> Result<Vec<u8>, WeightsError> {
    let mut file = Vec::new();
    reader.take(START as u64).read_to_end(&mut file)?;
    let format = match kind(&file) {
        Kind::Foreign(what) if file.len() > 8 => return Err(WeightsError::Format(what)),
        Kind::Whole(format) => format,
        Kind::Stream | Kind::Foreign(_) => "safetensors, here",
    };
    let limit = MAX_WHOLE as u64;
    reader.take(limit + 1 - file.len() as u64).read_to_end(&mut file)?;
    if file.len() as u64 > limit {
        return Err(WeightsError::TooLarge { format, limit });
    }
    Ok(file)
}
