//! Whole weight files, as the named public packages write them (tests/fixtures/weights/*.py).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::net::zoo::{self, Options};
use inceptionscope::photo::Photo;
use inceptionscope::run::{Choice, Input, Opening, Spec};
use inceptionscope::weights::safetensors::Storage;
use inceptionscope::weights::{self, Loader, Tensor, TensorInfo, WeightsError};
use pollster::block_on;
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/weights").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// Multiples of `step` from −1 on.
fn ramp(count: usize, step: f32) -> Vec<f32> {
    (0..count).map(|i| i as f32 * step - 1.0).collect()
}

#[test]
fn pytorch_files_of_both_forms() {
    for name in ["state_dict.pth", "state_dict_old.pth", "checkpoint.pt"] {
        let file = weights::read(&bytes(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let tensors: HashMap<String, Tensor> = file.tensors.into_iter().collect();
        let base = ramp(12, 0.5);
        let transposed = (0..12).map(|i| base[i % 2 * 6 + i / 2]).collect();
        let expected = [
            ("conv.weight", vec![2, 3, 2, 2], ramp(24, 1.0)),
            ("conv.bias", vec![2], ramp(2, 1.0)),
            ("bn.running_var", vec![2], ramp(2, 1.0)),
            ("bn.running_mean", vec![2], ramp(2, 1.0)),
            ("first", vec![6], base[..6].to_vec()),
            ("second", vec![3], base[7..10].to_vec()),
            ("transposed", vec![6, 2], transposed),
            ("double", vec![3], ramp(3, 1.0)),
        ];
        assert_eq!(tensors.len(), expected.len(), "{name}: the counter is passed over");
        for (tensor, shape, data) in expected {
            assert_eq!(tensors[&format!("module.{tensor}")], Tensor { shape, data }, "{name} {tensor}");
        }
    }
}

#[test]
fn a_pickle_that_calls_code_is_refused() {
    let error = weights::read(&bytes("evil.pth")).unwrap_err();
    let WeightsError::Code(function) = &error else { panic!("{error}") };
    assert!(function.ends_with(".system"), "{error}");
}

#[test]
fn zip_bombs_are_refused() {
    // Fields of all entries of the directory, which the local headers repeat: what is compressed could
    // grow without end, and what claims to be long could ask for any amount of memory.
    let with = |at: usize, value: &[u8]| {
        let mut file = bytes("state_dict.pth");
        for start in 0..file.len() - 46 {
            if file[start..].starts_with(b"PK\x01\x02") {
                file[start + at..start + at + value.len()].copy_from_slice(value);
            }
        }
        weights::read(&file).unwrap_err().to_string()
    };
    assert!(with(10, &8u16.to_le_bytes()).contains("it is compressed"));
    // Entries that are longer than the file, or begin beyond it.
    assert!(with(20, &0xffff_fff0u32.to_le_bytes()).contains("end of file"));
    assert!(with(42, &0x7fff_fff0u32.to_le_bytes()).contains("end of file"));
}

#[test]
fn cut_off_files_are_refused() {
    for name in ["state_dict.pth", "state_dict_old.pth", "checkpoint.pt"] {
        let file = bytes(name);
        for keep in (0..file.len()).step_by(7) {
            assert!(weights::read(&file[..keep]).is_err(), "{name}: {keep} of {}", file.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Damaged files end with tensors or an error, and never with more values than the file can hold.
    #[test]
    fn damaged_files_do_no_harm(
        name in prop::sample::select(&[
            "state_dict.pth",
            "state_dict_old.pth",
            "checkpoint.pt",
            "evil.pth",
            "toy.h5",
            "toy.weights.h5",
            "toy.keras",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        keep in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = bytes(name);
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        if let Some(keep) = keep {
            file.truncate(keep.index(file.len()));
        }
        if let Ok(read) = weights::read(&file) {
            let values: usize = read.tensors.iter().map(|(_, tensor)| tensor.data.len()).sum();
            prop_assert!(values <= file.len());
        }
    }
}

#[test]
fn the_shipped_flowers_fit_their_network() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/googlenet_flowers.safetensors");
    let bytes = std::fs::read(path).unwrap();
    assert!(bytes.len() <= 14_000_000);
    let file = weights::read(&bytes).unwrap();
    let about = &file.about;
    let options = Options { classes: Some(5), profile: about.profile.clone(), ..Options::default() };
    let graph = zoo::build(about.model.as_deref().unwrap(), &options).unwrap();
    assert_eq!(about.classes_for(5).unwrap().unwrap()[3], "sunflower");
    assert_eq!((graph.profile.transform_input, graph.profile.mean), (false, [0.5; 3]));

    let infos: Vec<TensorInfo> = (file.tensors.iter())
        .map(|(name, tensor)| TensorInfo { name: name.clone(), shape: tensor.shape.clone() })
        .collect();
    let loader = Loader::new(&graph, &infos).unwrap();
    assert_eq!((loader.extra.len(), loader.unavailable.len(), loader.defaults.len()), (0, 0, 0));
    // Execution order: what has arrived can run.
    let nodes: Vec<_> = infos.iter().map(|info| loader.place(&info.name).unwrap().node).collect();
    assert!(nodes.is_sorted());
}

/// The package's own answers with TF.js, of the photographs in tests/fixtures/weights/nsfwjs. `cargo xtask
/// test` and `cargo xtask weights inception_v3-nsfwjs` fetch the package (25 MB).
#[test]
fn nsfwjs_is_tfjs() {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/npm/package/dist/models/inception_v3");
    let model = std::env::var_os("INCEPTIONSCOPE_NSFWJS").map_or(fetched, PathBuf::from);
    if !model.exists() && std::env::var_os("INCEPTIONSCOPE_NSFWJS").is_none() {
        eprintln!("left out: `cargo xtask weights inception_v3-nsfwjs` fetches the package");
        return;
    }
    let file = weights::tfjs::read(&model).unwrap();
    let names = weights::catalogue::find("inception_v3-nsfwjs").unwrap().class_names.clone().unwrap();
    let options = Options {
        variant: file.about.variant.clone(),
        profile: file.about.profile.clone(),
        classes: Some(names.len()),
        ..Options::default()
    };
    let graph = zoo::build(file.about.model.as_deref().unwrap(), &options).unwrap();
    let golden: HashMap<String, HashMap<String, f32>> =
        serde_json::from_slice(&bytes("nsfwjs/golden.json")).unwrap();
    // As `cargo xtask weights` converts it.
    let mut converted = Vec::new();
    weights::convert(&graph, file.tensors, file.about, Storage::F16, &mut converted).unwrap();
    let mut opening = Opening::new(Spec { engine: Choice::Cpu, ..Spec::default() }, "nsfwjs");
    block_on(opening.push(&converted)).unwrap();
    let mut scope = block_on(opening.finish()).unwrap().run;
    assert_eq!((scope.graph().variant, scope.graph().profile.id), (Some("nsfwjs"), "nsfwjs"));
    for (name, expected) in &golden {
        let photo = Photo::decode(&bytes(&format!("nsfwjs/{name}.png"))).unwrap();
        let prediction = block_on(scope.run(Input::Photo(photo.view(), None))).unwrap();
        for (class, probability) in names.iter().zip(prediction.probabilities) {
            let expected = expected[class];
            assert!((probability - expected).abs() <= 1e-3, "{name} {class}: {probability}, {expected}");
            // All are photographs: only logarithms tell how far the other classes are. Half floats
            // cost 0.003; what is left is that our resized photo has whole numbers.
            let logits = (probability.ln() - expected.ln()).abs();
            assert!(logits <= 0.1, "{name} {class}: {probability}, TF.js {expected}");
        }
    }
}
