//! Whole weight files, as the named public packages write them (tests/fixtures/weights/*.py).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::net::zoo::{self, Options};
use inceptionscope::weights::{self, Loader, Tensor, TensorInfo, WeightsError};
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
