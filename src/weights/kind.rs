//! What a file is, by its first bytes: a large file of another kind is never held in memory.

use super::formats::{pytorch, pytorch_tar};

/// As many first bytes tell every kind; fewer are enough only if they are the whole file.
pub const START: usize = 512;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// safetensors: while its bytes arrive.
    Stream,
    /// A format that is read as a whole, up to [`super::MAX_WHOLE`] bytes.
    Whole(&'static str),
    /// Not a supported weight file.
    Foreign(&'static str),
}

/// The kind of a file that starts so.
pub fn kind(start: &[u8]) -> Kind {
    // After the 8 bytes of its header's length a safetensors file has JSON.
    if start.get(8) == Some(&b'{') && start[0] != b'{' {
        return Kind::Stream;
    }
    let magic = |magic: &[u8]| start.starts_with(magic);
    if magic(b"PK\x03\x04") {
        Kind::Whole("zip archives (PyTorch, Keras)")
    } else if magic(b"\x89HDF\r\n\x1a\n") {
        rare("HDF5 (Keras)", KERAS)
    } else if is_onnx(start) {
        rare("ONNX models", ONNX)
    } else if is_caffe(start) {
        rare("Caffe models", CAFFE)
    } else if pytorch::is_old(start) {
        Kind::Whole("PyTorch files from before version 1.6")
    } else if pytorch_tar::is_tar(start) {
        Kind::Whole("tar archives (PyTorch before 0.2)")
    } else if magic(b"{") && start.windows(12).any(|part| part == b"\"weight_map\"") {
        Kind::Whole("indices of shards")
    } else {
        Kind::Foreign(foreign(start))
    }
}

/// A format whose reader is behind feature `formats`; `without` says what it is where that is left out.
fn rare(format: &'static str, without: &'static str) -> Kind {
    if cfg!(feature = "formats") { Kind::Whole(format) } else { Kind::Foreign(without) }
}

/// The format's version, then another field of `ModelProto`.
pub(super) fn is_onnx(start: &[u8]) -> bool {
    matches!(start, [0x08, 1..=20, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42, ..])
}

/// The network's name, then its first layer or input; or a layer at once.
pub(super) fn is_caffe(start: &[u8]) -> bool {
    let layer = |start: &[u8]| matches!(start, [0x12 | 0x1a, ..] | [0xa2, 0x06, ..]);
    match start {
        [0x0a, length @ ..0x80, name @ ..] => name.get(usize::from(*length)..).is_some_and(layer),
        [0xa2, 0x06, ..] => true,
        _ => false,
    }
}

/// What the page's first module says of files whose readers it does not carry.
pub(super) const KERAS: &str = "a Keras file (`inceptionscope convert` makes a safetensors file of it)";
const ONNX: &str = "an ONNX model (`inceptionscope convert` makes a safetensors file of it)";
const CAFFE: &str = "a Caffe model (`inceptionscope convert` makes a safetensors file of it)";

/// What a file that is not read here is; for messages.
pub(super) fn foreign(start: &[u8]) -> &'static str {
    let kinds: [(&[u8], &str); 18] = [
        (b"PK\x03\x04", "a zip archive (PyTorch's .pth or Keras's .keras)"),
        (b"\x89HDF", "an HDF5 file (Keras's .h5)"),
        (
            b"\x80",
            "a Python pickle that was not written by torch.save: save model.state_dict() with torch.save",
        ),
        (b"\x1f\x8b", "a gzip archive: unpack it first"),
        (b"BZh", "a bzip2 archive: unpack it first"),
        (b"\xfd7zXZ", "an xz archive: unpack it first"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
        (b"\x28\xb5\x2f\xfd", "a Zstandard archive: unpack it first"),
        (b"Rar!", "a rar archive: unpack it first"),
        (b"version ", "a Git LFS pointer: download the file itself"),
        (b"<", "a web page: the address does not lead to a weight file"),
        (b"{", "JSON text"),
        (b"GGUF", "a GGUF file of a language model"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"\xff\xd8\xff", "a JPEG photo"),
        (b"\x89PNG", "a PNG picture"),
        (b"%PDF", "a PDF document"),
        (b"\x08", "a protocol buffer (ONNX or TensorFlow)"),
    ];
    kinds.iter().find(|(magic, _)| start.starts_with(magic)).map_or("an unknown kind of file", |kind| kind.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let mut tar = vec![b'a'; START];
        tar[257..262].copy_from_slice(b"ustar");
        for (start, expected) in [
            (&b"\x10\0\0\0\0\0\0\0{\"a\""[..], Kind::Stream),
            // As long as a zip archive's first bytes say.
            (b"PK\x03\x04\0\0\0\0{\"a\"", Kind::Stream),
            (b"PK\x03\x04\x14\0\0\0\0\0", Kind::Whole("zip archives (PyTorch, Keras)")),
            (
                b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80",
                Kind::Whole("PyTorch files from before version 1.6"),
            ),
            (&tar, Kind::Whole("tar archives (PyTorch before 0.2)")),
            (b"{\"metadata\": {}, \"weight_map\": {}}", Kind::Whole("indices of shards")),
            (b"{\"layers\":{}}", Kind::Foreign("JSON text")),
            (b"", Kind::Foreign("an unknown kind of file")),
        ] {
            assert_eq!(kind(start), expected);
        }
        for (start, name) in [
            (&b"\x1f\x8b\x08"[..], "gzip"),
            (b"<!DOCTYPE html>", "web page"),
            (b"version https://git-lfs", "Git LFS"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
            (b"\x80\x04\x95", "pickle"),
        ] {
            assert!(matches!(kind(start), Kind::Foreign(what) if what.contains(name)), "{name}");
        }
    }
}
