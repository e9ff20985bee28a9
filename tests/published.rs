//! GoogLeNet as published, with the weights that Berkeley trained on ImageNet, against an independent
//! implementation's answers. The weights are not part of the project: `INCEPTIONSCOPE_REAL_WEIGHTS` names
//! the folder that holds `googlenet_bvlc.safetensors` and `bvlc/` (pictures and `reference.json`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::net::Filter;
use inceptionscope::photo::Photo;
use inceptionscope::photo::resample::Crop;
use inceptionscope::run::{Choice, Input, Opening, Spec};
use pollster::block_on;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Answers {
    top: Vec<(usize, f64)>,
    logits: Vec<f64>,
    /// Mean, standard deviation and largest value of a module's output.
    modules: BTreeMap<String, [f64; 3]>,
}

/// The folder with the weights; without it the test is skipped, and says so.
fn weights_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("INCEPTIONSCOPE_REAL_WEIGHTS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: INCEPTIONSCOPE_REAL_WEIGHTS does not name a folder with the published weights");
    }
    folder
}

/// |value − expected| / (|expected| + std).
const TOLERANCE: f64 = 1e-4;

#[test]
fn googlenet_as_published_answers_as_the_reference() {
    let Some(folder) = weights_folder() else { return };
    let file = std::fs::read(folder.join("googlenet_bvlc.safetensors")).unwrap();
    let answers: BTreeMap<String, Answers> =
        serde_json::from_slice(&std::fs::read(folder.join("bvlc/reference.json")).unwrap()).unwrap();
    assert!(!answers.is_empty());
    for engine in [Choice::Cpu, Choice::Gpu] {
        let spec = Spec { model: Some("googlenet:published".to_owned()), engine, ..Spec::default() };
        let mut opening = Opening::new(spec, "googlenet_bvlc.safetensors");
        block_on(opening.push(&file)).unwrap();
        let mut opened = block_on(opening.finish()).unwrap();
        let scope = &mut opened.scope;
        for (picture, expected) in &answers {
            let photo = Photo::decode(&std::fs::read(folder.join("bvlc").join(picture)).unwrap()).unwrap();
            let whole = Crop {
                resized: [224, 224],
                origin: [0, 0],
                size: [224, 224],
                mirror: false,
                filter: Filter::Bilinear,
            };
            let found = block_on(scope.run(Input::Photo(photo.view(), Some(whole)))).unwrap();
            let (_, std) = spread(expected.logits.iter().copied());
            let off = |(found, expected): (&f32, &f64)| {
                (f64::from(*found) - expected).abs() / (expected.abs() + std)
            };
            let worst = found.logits.iter().zip(&expected.logits).map(off).fold(0.0, f64::max);
            println!("{picture} on {engine:?}: logits within {worst:.1e}");
            assert!(worst < TOLERANCE, "{picture}: logits are {worst:.1e} off");
            assert_eq!(found.top(1)[0].0, expected.top[0].0, "{picture}");
            for (module, [mean, std, largest]) in &expected.modules {
                let value = &block_on(scope.activation(module)).unwrap().data;
                let (found_mean, found_std) = spread(value.iter().map(|v| f64::from(*v)));
                let found_largest = f64::from(value.iter().copied().fold(f32::MIN, f32::max));
                for (found, expected) in [(found_mean, mean), (found_std, std), (found_largest, largest)] {
                    let worst = (found - expected).abs() / (expected.abs() + std);
                    assert!(worst < TOLERANCE, "{picture}: {module} is {worst:.1e} off");
                }
            }
        }
        scope.dispose();
    }
}

/// Mean and standard deviation, of the values as a sample (as PyTorch's `std`).
fn spread(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let squares: f64 = values.map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}
