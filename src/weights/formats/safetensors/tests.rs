//! Files read in pieces, written, damaged, hostile.

use super::read::BLOCK;
use super::*;
use crate::weights::{Tensor, WeightsError};
use std::collections::BTreeMap;

fn tensors() -> Vec<(String, Tensor)> {
    let data: Vec<f32> = (0..24).map(|i| (i as f32 * 0.7).sin()).collect();
    vec![
        ("b.weight".into(), Tensor { shape: vec![2, 3, 2, 2], data: data.clone() }),
        ("a.bias".into(), Tensor { shape: vec![2], data: vec![2.6e-5, -1.0] }),
        ("c.weight".into(), Tensor { shape: vec![4, 6], data }),
    ]
}

fn file(storage: Storage) -> Vec<u8> {
    let mut file = Vec::new();
    let metadata = BTreeMap::from([("model".to_owned(), "test".to_owned())]);
    write(&mut file, &tensors(), storage, &metadata).unwrap();
    file
}

/// A file with any header.
fn raw(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// What comes of a file that arrives in pieces of that many bytes.
fn arrive(file: &[u8], piece: usize) -> Result<Vec<(String, Tensor)>, WeightsError> {
    let mut stream = Stream::new();
    let mut all: Vec<(String, Tensor)> = Vec::new();
    let mut data = Vec::new();
    for mut bytes in file.chunks(piece) {
        while let Some(piece) = stream.next(&mut bytes)? {
            assert_eq!(piece.first, data.len());
            data.extend_from_slice(piece.values);
            if piece.last {
                let shape = piece.tensor.shape.clone();
                all.push((piece.tensor.name.clone(), Tensor { shape, data: std::mem::take(&mut data) }));
            }
        }
    }
    stream.finish().map(|()| all)
}

#[test]
fn pieces_of_any_size_give_the_tensors_in_order() {
    let file = file(Storage::F32);
    for piece in [1, 3, 8, 100, file.len()] {
        assert_eq!(arrive(&file, piece).unwrap(), tensors(), "{piece}");
    }
    let (header, found) = read(&file).unwrap();
    assert_eq!(header.total_bytes, file.len() as u64);
    assert_eq!(header.metadata["model"], "test");
    assert_eq!(header.tensors[0].name, "b.weight");
    assert_eq!(found, tensors());
}

#[test]
fn more_values_than_a_block_come_in_order() {
    let data: Vec<f32> = (0..3 * BLOCK + 7).map(|i| i as f32).collect();
    let tensor = Tensor { shape: vec![data.len(), 1], data };
    for (storage, step) in [(Storage::F32, 0.0), (Storage::Q8, 0.0)] {
        let mut file = Vec::new();
        write(&mut file, &[("w".into(), tensor.clone())], storage, &BTreeMap::new()).unwrap();
        for piece in [4096 * 3 + 1, file.len()] {
            let found = arrive(&file, piece).unwrap();
            assert!(found[0].1.data.iter().zip(&tensor.data).all(|(a, b)| (a - b).abs() <= step));
            assert_eq!(found[0].1.data.len(), tensor.data.len());
        }
    }
}

#[test]
fn a_damaged_tensor_is_named_and_never_handed_out() {
    for storage in [Storage::F32, Storage::F16, Storage::Q8] {
        let mut file = file(storage);
        let last = file.len() - 3;
        file[last] ^= 1;
        let mut stream = Stream::new();
        let mut whole = Vec::new();
        let mut bytes = file.as_slice();
        let error = loop {
            match stream.next(&mut bytes) {
                Ok(Some(piece)) if piece.last => whole.push(piece.tensor.name.clone()),
                Ok(Some(_)) => {}
                Ok(None) => panic!("{storage:?}: the damage was not seen"),
                Err(error) => break error,
            }
        };
        assert_eq!(whole, ["b.weight", "a.bias"]);
        assert!(error.to_string().starts_with("tensor c.weight is damaged"), "{error}");
    }
}

#[test]
fn metadata_of_other_programs_does_no_harm() {
    let digest = "0".repeat(64);
    for sha256 in ["00 11", "", &digest[1..], &format!("{digest} {digest}")] {
        let header = format!(
            r#"{{"__metadata__":{{"sha256":"{sha256}"}},"a":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}}"#
        );
        assert_eq!(read(&raw(&header, &[0; 4])).unwrap().1[0].1.data, [0.0], "{sha256}");
    }
}

#[test]
fn what_was_checked_before_is_not_checked_again_but_all_that_follows_is() {
    // One byte of the first tensor and one of the last are damaged; trust ends within the first.
    let mut file = file(Storage::F32);
    let (start, end) = (read(&file).unwrap().0.start as usize, file.len());
    file[start] ^= 1;
    file[end - 1] ^= 1;
    let mut stream = Stream::new();
    let mut whole = Vec::new();
    let mut arrive = |mut bytes: &[u8], trusted| {
        stream.trust(trusted);
        while let Some(piece) = stream.next(&mut bytes)? {
            whole.extend(piece.last.then(|| piece.tensor.name.clone()));
        }
        Ok::<_, WeightsError>(())
    };
    arrive(&file[..start + 20], true).unwrap();
    let error = arrive(&file[start + 20..], false).unwrap_err();
    assert_eq!(whole, ["b.weight", "a.bias"]);
    assert!(error.to_string().starts_with("tensor c.weight is damaged"), "{error}");
}

#[test]
fn half_and_eight_bits_stay_within_their_step() {
    for (storage, step) in [(Storage::F16, 0.0003), (Storage::Q8, 2.0 / 255.0 * 0.501)] {
        let read = arrive(&file(storage), 7).unwrap();
        for ((name, tensor), (expected_name, expected)) in read.iter().zip(tensors()) {
            assert_eq!((name, &tensor.shape), (&expected_name, &expected.shape));
            let exact = tensor.shape.len() < 2;
            for (a, b) in tensor.data.iter().zip(&expected.data) {
                assert!((a - b).abs() <= if exact { 0.0 } else { step }, "{storage:?} {name} {a} {b}");
            }
        }
        assert_eq!(read.len(), 3);
    }
}

#[test]
fn constant_rows_survive_eight_bits() {
    let tensor = Tensor { shape: vec![2, 2], data: vec![0.5, 0.5, 0.0, 0.0] };
    let mut file = Vec::new();
    write(&mut file, &[("w".into(), tensor.clone())], Storage::Q8, &BTreeMap::new()).unwrap();
    assert_eq!(arrive(&file, 9).unwrap()[0].1, tensor);
}

#[test]
fn bf16_and_f64_are_read_and_counters_passed_over() {
    let header = r#"{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
        "x":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},
        "y":{"dtype":"F64","shape":[1],"data_offsets":[12,20]}}"#;
    let data = [&7u64.to_le_bytes()[..], &[0x80, 0x3f, 0x00, 0xc0], &0.25f64.to_le_bytes()].concat();
    for piece in [1, 5, 1000] {
        let read = arrive(&raw(header, &data), piece).unwrap();
        let values: Vec<_> = read.iter().map(|(n, t)| (n.as_str(), t.data.as_slice())).collect();
        assert_eq!(values, [("x", &[1.0, -2.0][..]), ("y", &[0.25][..])]);
    }
}

#[test]
fn a_cut_off_file_names_what_is_missing() {
    let file = file(Storage::F32);
    let error = arrive(&file[..file.len() - 1], 50).unwrap_err();
    let WeightsError::Truncated { found, expected, ref missing } = error else { panic!("{error}") };
    assert_eq!((found + 1, expected), (file.len() as u64, file.len() as u64));
    assert_eq!(missing, &["c.weight"]);
    assert!(arrive(&file[..20], 20).unwrap_err().to_string().contains("ends within it"));
    assert!(arrive(&[], 1).unwrap_err().to_string().contains("empty"));
}

#[test]
fn hostile_files_are_refused() {
    let entry = |name: &str, shape: &str, from: u64, to: u64| {
        format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    let (a, b) = (entry("a", "[2]", 0, 8), entry("b", "[1]", 4, 8));
    let huge = entry("a", "[4611686018427387904]", 0, 16);
    for (what, file) in [
        ("overlap", raw(&format!("{{{a},{b}}}"), &[0; 8])),
        ("gap", raw(&format!("{{{}}}", entry("a", "[1]", 4, 8)), &[0; 8])),
        ("shape and range differ", raw(&format!("{{{}}}", entry("a", "[3]", 0, 8)), &[0; 8])),
        ("overflow", raw(&format!("{{{huge}}}"), &[0; 16])),
        ("longer than its header says", raw(&format!("{{{a}}}"), &[0; 12])),
        ("no JSON", raw("{\"a\": nonsense}", &[])),
        ("endless header", [&u64::MAX.to_le_bytes()[..], b"{"].concat()),
        ("large header", [&(17u64 << 20).to_le_bytes()[..], b"{"].concat()),
    ] {
        assert!(arrive(&file, 5).is_err(), "{what}");
    }
}

#[test]
fn claims_are_not_allocated() {
    // A tensor of 4 TiB of which 16 bytes arrive.
    let header = r#"{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#;
    let mut stream = Stream::new();
    let file = raw(header, &[0; 16]);
    let mut bytes = file.as_slice();
    while stream.next(&mut bytes).unwrap().is_some() {}
    assert!(stream.buffer.capacity() < 1000 && stream.values.capacity() < 1000);
    assert!(matches!(stream.finish(), Err(WeightsError::Truncated { .. })));
}

#[test]
fn other_files_are_named() {
    for (start, name) in [
        (&b"PK\x03\x04__________"[..], "zip"),
        (b"\x89HDF\r\n\x1a\n______", "HDF5"),
        (b"<!DOCTYPE html>_____", "web page"),
        (b"version https://git-lfs", "Git LFS"),
    ] {
        let error = read(start).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn eight_bits_need_their_scales_before_them() {
    let header = r#"{"w":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},
        "w.q8_scale":{"dtype":"F32","shape":[1],"data_offsets":[2,6]},
        "w.q8_min":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}"#;
    let error = arrive(&raw(header, &[0; 10]), 100).unwrap_err().to_string();
    assert!(error.contains("w.q8_scale"), "{error}");
}

#[test]
fn eight_bits_need_an_axis_of_rows() {
    // Vectors of no scales, as many as there are rows. Tensors without values may be in any order.
    for (shape, bytes) in [("[]", 1), ("[0]", 0), ("[0,3]", 0)] {
        let header = format!(
            r#"{{"w.q8_scale":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}},
            "w.q8_min":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}},
            "w":{{"dtype":"U8","shape":{shape},"data_offsets":[0,{bytes}]}}}}"#
        );
        let result = arrive(&raw(&header, &vec![7; bytes]), 100);
        assert!(bytes == 0 || result.is_err(), "{shape}: {result:?}");
    }
}

#[test]
fn what_a_form_does_not_hold_is_named() {
    for (storage, value, expected) in [
        (
            Storage::F16,
            70_000.0,
            "tensor w: the value at [1, 0] is 70000, beyond the 65504 that f16 holds; store it as f32",
        ),
        (Storage::F16, f32::NAN, "tensor w: the value at [1, 0] is NaN, "),
        (Storage::Q8, f32::NAN, "tensor w: the value at [1, 0] is NaN, "),
        (Storage::Q8, f32::NEG_INFINITY, "tensor w: the value at [1, 0] is -inf, "),
        (Storage::Q8, 3e38, "tensor w: the value at [1, 0] is 3"),
    ] {
        let tensor = Tensor { shape: vec![2, 2], data: vec![0.5, -65504.0, value, value] };
        let mut out = Vec::new();
        let error = write(&mut out, &[("w".into(), tensor)], storage, &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(out.is_empty(), "{storage:?} {value}: something was written");
    }
}

proptest::proptest! {
    /// Any header over any bytes ends in tensors or an error, in pieces of any size alike.
    #[test]
    fn generated_files_do_no_harm(
        tensors in proptest::collection::vec(
            (0..4usize, 0..3usize, proptest::collection::vec(0..4usize, 0..3)),
            0..6,
        ),
        data in proptest::collection::vec(proptest::num::u8::ANY, 0..64),
        piece in 1..40usize,
    ) {
        let mut at = 0;
        let entries: Vec<String> = (tensors.iter().enumerate())
            .map(|(index, (dtype, suffix, shape))| {
                let (dtype, size) = [("F32", 4), ("U8", 1), ("F16", 2), ("I64", 8)][*dtype];
                let from = at;
                at += size * shape.iter().product::<usize>();
                // Scales and minima of the tensors after them.
                let name = format!("t{}{}", index / 3, ["", Q8_SCALE, Q8_MIN][*suffix]);
                format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{from},{at}]}}"#)
            })
            .collect();
        let file = raw(&format!("{{{}}}", entries.join(",")), &data);
        let (whole, pieces) = (arrive(&file, file.len()), arrive(&file, piece));
        proptest::prop_assert_eq!(whole.is_ok(), pieces.is_ok());
        if let (Ok(whole), Ok(pieces)) = (whole, pieces) {
            let bits = |all: &[(String, Tensor)]| -> Vec<u32> {
                all.iter().flat_map(|(_, tensor)| tensor.data.iter().map(|v| v.to_bits())).collect()
            };
            proptest::prop_assert_eq!(bits(&whole), bits(&pieces));
        }
    }
}
