use super::safetensors::Stream;
use super::{About, Tensor, WeightsError, archive, keras, pytorch, recognise};

/// A whole weight file: tensors under the names that our graphs have.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What the file says about itself.
    pub about: About,
    /// Its tensors, in file order.
    pub tensors: Vec<(String, Tensor)>,
}

/// Reads any weight file that lies in memory, recognised by its contents: safetensors (which
/// [`Stream`] reads piece by piece), PyTorch's `.pth` and `.pt`, Keras's `.h5`, `.weights.h5` and
/// `.keras` of InceptionV3, InceptionResNetV2 and Xception.
pub fn read(file: &[u8]) -> Result<File, WeightsError> {
    if file.starts_with(b"PK\x03\x04") {
        let entries = archive::entries(file)?;
        if keras::is_archive(&entries) {
            return keras::read_archive(&entries);
        }
        let tensors = pytorch::read_zip(file, &entries)?;
        return Ok(File { tensors, ..File::default() });
    }
    if file.starts_with(b"\x89HDF\r\n\x1a\n") {
        return keras::read_h5(file);
    }
    if pytorch::is_old(file) {
        return Ok(File { tensors: pytorch::read_old(file)?, ..File::default() });
    }
    if file.len() > 8 && file[8] != b'{' {
        return Err(WeightsError::Format(recognise(file)));
    }
    let mut stream = Stream::new();
    let tensors = stream.push(file)?;
    stream.finish()?;
    let metadata = stream.header().map(|header| &header.metadata);
    let about = metadata.map(About::from_metadata).transpose()?.unwrap_or_default();
    Ok(File { about, tensors })
}
