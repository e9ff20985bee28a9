//! What reads files: for each kind a function, and small files that it reads, to be changed at random: by `tests/fuzz.rs`,
//! and by `cargo fuzz` (`tests/fuzz/`).

#[path = "keras.rs"]
pub(crate) mod keras;
#[path = "png.rs"]
pub(crate) mod png;
#[path = "random.rs"]
pub(crate) mod random;

use inceptionscope::photo::Photo;
use inceptionscope::weights::safetensors::{self, Storage};
use inceptionscope::weights::{self, Tensor, shards, tfjs};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// How many times the file a reader may hold, besides what a small file needs anyway: of weights ten times; of photos what
/// can be packed into a byte, 512 pixels of a JPEG and 1032 bytes of a PNG, each with its copies.
pub(crate) const WEIGHTS: usize = 10;
const JPEG: usize = 512 * 16;
const PNG: usize = 1032 * 32;
const UNBOUNDED: usize = usize::MAX;

/// A reader, its files, and how many times their length it may hold: a plain picture of any size can be a few bytes of WebP
/// or GIF.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) files: Vec<Vec<u8>>,
    pub(crate) read: fn(&[u8]) -> bool,
    pub(crate) times: usize,
}

fn fixtures(names: &[&str]) -> Vec<Vec<u8>> {
    // Of the package, or of one within it.
    let folders =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/fixtures"));
    let folder = folders.into_iter().find(|folder| folder.is_dir()).expect("tests/fixtures is there");
    names.iter().map(|name| fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))).collect()
}

fn read_weights(file: &[u8]) -> bool {
    let values =
        |file: weights::File| file.tensors.iter().map(|(_, tensor)| tensor.data.len()).sum::<usize>();
    let [plain, ema] = [false, true].map(|ema| weights::read_with(file, ema).map(values));
    [plain, ema].into_iter().flatten().count() > 0
}

fn read_photo(file: &[u8]) -> bool {
    Photo::decode(file).is_ok_and(|photo| {
        assert_eq!(photo.rgb.len(), photo.width * photo.height * 3);
        true
    })
}

/// A model of a JSON file and one of weights, one behind the other.
fn read_tfjs(file: &[u8]) -> bool {
    let (json, values) = file.split_at(file.len().saturating_sub(29));
    let file = |name: &str| Ok(if name == "model.json" { json.to_vec() } else { values.to_vec() });
    tfjs::read_files("model.json", file).is_ok()
}

/// A field of a protobuf message: a message, text or bytes.
fn field(tag: u32, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&varint(u64::from(tag << 3 | 2))[..], &varint(bytes.len() as u64), bytes].concat()
}

fn number(tag: u32, value: u64) -> Vec<u8> {
    [varint(u64::from(tag << 3)), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn floats(count: usize) -> Vec<u8> {
    (0..count).flat_map(|i| (i as f32 - 1.5).to_le_bytes()).collect()
}

fn onnx() -> Vec<u8> {
    let initializer = |name: &str, dims: &[u64]| {
        let values = dims.iter().product::<u64>() as usize;
        let dims = dims.iter().flat_map(|d| number(1, *d)).collect::<Vec<_>>();
        field(5, [dims, number(2, 1), field(8, name), field(9, floats(values))].concat())
    };
    let node = |op: &str, inputs: &[&str], output: &str, attribute: Vec<u8>| {
        let inputs = inputs.iter().flat_map(|name| field(1, name)).collect::<Vec<_>>();
        field(1, [inputs, field(2, output), field(3, output), field(4, op), attribute].concat())
    };
    let pads = field(5, [field(1, "pads"), field(8, [1, 1, 1, 1]), number(20, 7)].concat());
    let graph = [
        node("Conv", &["x", "conv.weight", "conv.bias"], "a", pads),
        node("Relu", &["a"], "b", Vec::new()),
        node("Gemm", &["b", "fc.weight", "fc.bias"], "y", Vec::new()),
        field(2, "net"),
        field(11, field(1, "x")),
        field(12, field(1, "y")),
        initializer("conv.weight", &[2, 3, 2, 2]),
        initializer("conv.bias", &[2]),
        initializer("fc.weight", &[2, 2]),
        initializer("fc.bias", &[2]),
    ];
    [number(1, 8), field(2, "fuzz"), field(7, graph.concat()), field(8, number(2, 17))].concat()
}

fn caffe() -> Vec<u8> {
    let blob = |dims: &[u64]| {
        let values = dims.iter().product::<u64>() as usize;
        let dims = field(1, dims.iter().flat_map(|d| varint(*d)).collect::<Vec<_>>());
        field(7, [field(5, floats(values)), field(7, dims)].concat())
    };
    let layer = |name: &str, kind: &str, blobs: Vec<u8>| {
        field(100, [field(1, name), field(2, kind), field(3, "data"), field(4, name), blobs].concat())
    };
    let convolution = field(106, [number(5, 1), number(9, 3)].concat());
    let layers = [
        layer("conv1/7x7_s2", "Convolution", [blob(&[2, 3, 2, 2]), blob(&[2]), convolution].concat()),
        layer("loss3/classifier", "InnerProduct", [blob(&[2, 2]), blob(&[2])].concat()),
    ];
    [field(1, "net"), layers.concat()].concat()
}

fn tensors() -> Vec<Vec<u8>> {
    let tensor = |shape: &[usize]| {
        let data = (0..shape.iter().product::<usize>()).map(|i| i as f32).collect();
        Tensor { shape: shape.to_vec(), data }
    };
    let all = [("conv1.conv.weight", &[4, 3, 2, 2][..]), ("conv1.bn.bias", &[4]), ("fc.weight", &[2, 4])];
    let all = all.map(|(name, shape)| (name.to_owned(), tensor(shape)));
    let metadata = BTreeMap::from([("model".to_owned(), "googlenet".to_owned())]);
    let written = [Storage::F32, Storage::F16, Storage::Q8].map(|storage| {
        let mut file = Vec::new();
        safetensors::write(&mut file, &all, storage, &metadata).unwrap();
        file
    });
    // Without digests, with which nearly all damage is known before it is read.
    let plain = br#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b.q8_scale":{"dtype":"F32","shape":[2],
        "data_offsets":[16,24]},"b.q8_min":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},"b":{"dtype":"U8","shape":[2,3],
        "data_offsets":[32,38]},"c":{"dtype":"BF16","shape":[3],"data_offsets":[38,44]},"d":{"dtype":"F64","shape":[1],
        "data_offsets":[44,52]},"e":{"dtype":"I64","shape":[],"data_offsets":[52,60]}}"#;
    let plain = [&(plain.len() as u64).to_le_bytes()[..], plain, &floats(15)].concat();
    written.into_iter().chain([plain.clone(), plain.clone(), plain]).collect()
}

pub(crate) fn kinds() -> Vec<Kind> {
    let kind = |name, files, read, times| Kind { name, files, read, times };
    let pytorch = [
        "weights/state_dict.pth",
        "weights/checkpoint.pt",
        "weights/evil.pth",
        "weights/cases/ema.pth",
        "weights/cases/beside_numpy.pth",
        "weights/cases/torchscript.pt",
        "weights/cases/whole_model.pth",
        "weights/cases/quantised.pth",
        "weights/cases/sparse.pth",
        "weights/cases/compressed.pth",
    ];
    let old = ["weights/state_dict_old.pth", "weights/cases/python2.pth", "weights/cases/tar.pth"];
    let toys = ["weights/toy.h5", "weights/toy.weights.h5", "weights/toy.keras", "weights/toy_nested.h5"];
    let jpeg = [
        "photos/exif_6_then_1.jpg",
        "photos/cmyk.jpg",
        "photos/grey.jpg",
        "photos/noninterleaved_440.jpg",
        "photos/progressive_no_eoi.jpg",
        "photos/garbage_between.jpg",
        "photos/halfinterleaved_420.jpg",
    ];
    let png = ["photos/palette_short.png", "photos/palette_uneven.png", "photos/cgbi.png"];
    let webp = ["photos/lossy.webp", "photos/alpha.webp", "photos/animated.webp"];
    let gif = ["photos/part.gif", "photos/still.gif", "photos/interlaced.gif"];
    let json = br#"{"format":"layers-model","weightsManifest":[{"paths":["a.bin"],"weights":[
        {"name":"conv2d_1/kernel","shape":[1,1,1,3],"dtype":"float32","quantization":{"dtype":"uint8","min":-1,"scale":0.5}},
        {"name":"bn/beta","shape":[2],"dtype":"float32","quantization":{"dtype":"uint16","min":1,"scale":2}},
        {"name":"dense_1/bias","shape":[1],"dtype":"float32","quantization":{"dtype":"float16"}},
        {"name":"dense_1/kernel","shape":[1,5],"dtype":"float32"}]}]}"#;
    let index = br#"{"weight_map":{"a.weight":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"#;
    vec![
        kind("safetensors", tensors(), read_weights, WEIGHTS),
        kind("pytorch", fixtures(&pytorch), read_weights, WEIGHTS),
        kind("pytorch_old", fixtures(&old), read_weights, WEIGHTS),
        kind("keras", [fixtures(&toys), keras::files()].concat(), read_weights, WEIGHTS),
        kind("onnx", vec![onnx()], read_weights, WEIGHTS),
        kind("caffe", vec![caffe()], read_weights, WEIGHTS),
        kind("tfjs", vec![[&json[..], &floats(8)[..29]].concat()], read_tfjs, WEIGHTS),
        kind("shards", vec![index.to_vec()], |file| shards::list(file).is_ok(), WEIGHTS),
        kind("classes", vec![b"[\"a\", \"b\"]".to_vec(), b"a\nb\n".to_vec()], read_classes, WEIGHTS),
        kind("jpeg", fixtures(&jpeg), read_photo, JPEG),
        kind("png", [fixtures(&png), png::small()].concat(), read_photo, PNG),
        kind("webp", fixtures(&webp), read_photo, UNBOUNDED),
        kind("gif", fixtures(&gif), read_photo, UNBOUNDED),
    ]
}

fn read_classes(file: &[u8]) -> bool {
    std::str::from_utf8(file).is_ok_and(|text| weights::class_names(text).is_ok())
}
