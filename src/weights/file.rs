use super::safetensors::Stream;
use super::{About, Tensor, WeightsError, archive, pytorch, recognise};

/// A whole weight file: tensors under the names that our graphs have.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What the file says about itself.
    pub about: About,
    /// Its tensors, in file order.
    pub tensors: Vec<(String, Tensor)>,
}

/// Reads any weight file that lies in memory, recognised by its contents: safetensors (which
/// [`Stream`] reads piece by piece), PyTorch's `.pth` and `.pt`.
pub fn read(file: &[u8]) -> Result<File, WeightsError> {
    if file.starts_with(b"PK\x03\x04") {
        let entries = archive::entries(file)?;
        let tensors = pytorch::read_zip(file, &entries)?;
        return Ok(File { tensors, ..File::default() });
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
