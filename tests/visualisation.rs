//! Visualisations and dreams against NumPy's and PyTorch's in double precision (`goldens/visualisation.json`, made by
//! `oracle/make_visualisation.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;
#[path = "common/engines.rs"]
mod engines;

use common::graph;
use engines::{cpu, direct, gpu};
use inceptionscope::engine::Engine;
use inceptionscope::error::Coded;
use inceptionscope::explain::Gradients;
use inceptionscope::plan::ReluRule;
use inceptionscope::run::Run;
use inceptionscope::visualise::{
    Dream, DreamOptions, Objective, Options, Parameters, Parametrisation, Picture, Visualisation,
};
use inceptionscope::weights::recipe;
use pollster::block_on;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    pictures: Vec<GoldenPicture>,
    trajectories: Vec<Trajectory>,
    dream: GoldenDream,
}

#[derive(Deserialize)]
struct GoldenPicture {
    size: usize,
    seed: u64,
    deviation: f64,
    mean: f64,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Trajectory {
    model: String,
    objective: String,
    size: usize,
    seed: u64,
    #[serde(default)]
    deviation: f64,
    /// By how much PyTorch's own single precision is off, at most.
    single: f64,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct GoldenDream {
    #[serde(flatten)]
    all: Trajectory,
    iterations: usize,
    octaves: usize,
    picture: Vec<f64>,
}

/// Of a picture's values, which are between 0 and 1.
const PICTURE: f64 = 1e-6;
/// Of an objective's value, relative.
const VALUE: f64 = 1e-3;

fn golden() -> Golden {
    let path = format!("{}/tests/goldens/visualisation.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// An opened network of the recipe's weights, and an objective of it.
fn prepared(model: &str, objective: &str, engine: Engine) -> (Run, Objective) {
    let run = block_on(Run::alone(graph(model), engine, false)).unwrap();
    run.network().synthetic(1).unwrap();
    let objective = Objective::parse(&[objective.to_owned()], run.graph(), &[]).unwrap();
    (run, objective)
}

#[test]
fn parametrisation_is_numpys() {
    for GoldenPicture { size, seed, deviation, mean, values } in golden().pictures {
        let data = Parameters::noise(Parametrisation::Fourier, size, seed, deviation).picture().data;
        let positions = recipe::positions("picture", data.len(), values.len());
        let errors = positions.iter().zip(&values).map(|(at, value)| (f64::from(data[*at]) - value).abs());
        let worst = errors.fold(0.0, f64::max);
        let own_mean = data.iter().map(|v| f64::from(*v)).sum::<f64>() / data.len() as f64;
        println!("{size}: worst of {} {worst:.1e}, mean {:.1e} off", values.len(), (own_mean - mean).abs());
        assert!(worst < PICTURE && (own_mean - mean).abs() < PICTURE, "{size}: {worst} {own_mean} {mean}");
    }
}

fn follows(expected: &Trajectory, engine: Engine) {
    let label = format!("{} {} on {}", expected.model, expected.objective, engine.id());
    let (run, objective) = prepared(&expected.model, &expected.objective, engine);
    let options = Options {
        size: expected.size,
        steps: expected.values.len(),
        seed: expected.seed,
        deviation: expected.deviation,
        transformations: Vec::new(),
        redirected: 0,
        ..Options::default()
    };
    let mut growing = Visualisation::new(run.network().clone(), objective, options, None).unwrap();
    while !block_on(growing.advance()).unwrap().is_all() {}
    let pairs = growing.values().iter().zip(&expected.values);
    let worst = pairs.map(|(own, theirs)| (own - theirs).abs() / theirs.abs().max(1e-2)).fold(0.0, f64::max);
    println!(
        "{label}: {:?} to {:?}, worst {worst:.1e}, PyTorch's own single precision {:.1e}",
        growing.values().first(),
        growing.values().last(),
        expected.single,
    );
    assert_eq!(growing.values().len(), expected.values.len());
    assert!(worst < VALUE, "{label}: {:?} {:?}", growing.values(), expected.values);
    assert!(expected.values[19] > expected.values[0] + 0.1, "{label} does not grow");
}

#[test]
fn steps_are_pytorchs() {
    // Each step follows from what was rounded in those before: Winograd's tiles round a little more, and are another way.
    for expected in golden().trajectories {
        follows(&expected, direct());
    }
}

#[test]
fn steps_on_a_gpu_are_pytorchs() {
    follows(&golden().trajectories[0], gpu());
}

#[test]
fn dreams_are_pytorchs() {
    let GoldenDream { all, iterations, octaves, picture } = golden().dream;
    let (run, objective) = prepared(&all.model, &all.objective, cpu());
    let rgb = recipe::image(all.size, all.size, 1);
    let area = all.size * all.size;
    let data = (0..3 * area).map(|i| f32::from(rgb[i % area * 3 + i / area]) / 255.0).collect();
    let options = DreamOptions { iterations, octaves, seed: all.seed, ..DreamOptions::default() };
    let photo = Picture { size: all.size, data };
    let mut dream = Dream::new(run.network().clone(), objective, options, photo.clone()).unwrap();
    while !block_on(dream.advance()).unwrap().is_all() {}
    let pairs = dream.values().iter().zip(&all.values);
    let worst = pairs.map(|(own, theirs)| (own - theirs).abs() / theirs).fold(0.0, f64::max);
    let data = &dream.picture().data;
    let positions = recipe::positions("dream", data.len(), picture.len());
    let mut off: Vec<f64> =
        positions.iter().zip(&picture).map(|(at, v)| (f64::from(data[*at]) - v).abs()).collect();
    off.sort_by(f64::total_cmp);
    println!("dream: worst value {worst:.1e}, median pixel {:.1e}, worst {:.1e}", off[32], off[63]);
    assert_eq!((dream.values().len(), dream.picture().size), (iterations * octaves, all.size));
    assert!(worst < VALUE, "{:?} {:?}", dream.values(), all.values);
    // Where f32 decides a ReLU or a pool otherwise, a step goes elsewhere by 1.5 of 255 at most on the mean.
    assert!(off[32] < 1e-4, "{off:?}");
    assert!(photo.data != *data, "nothing was dreamt");
}

#[test]
fn seeds_repeat() {
    let (run, objective) = prepared("googlenet", "inception3a:3", cpu());
    let grown = |seed: u64| {
        let options = Options { size: 80, steps: 3, seed, ..Options::default() };
        let mut growing =
            Visualisation::new(run.network().clone(), objective.clone(), options, None).unwrap();
        while !block_on(growing.advance()).unwrap().is_all() {}
        (growing.pictures()[0].clone(), growing.values().to_vec())
    };
    assert_eq!(grown(1), grown(1));
    assert_ne!(grown(1), grown(2));
}

/// Networks of several sizes share their weights, and may have more or fewer nodes: Inception-v3's auxiliary head has no room
/// in small pictures.
#[test]
fn pictures_and_gradients_at_other_sizes_do_not_disturb_each_other() {
    for engine in [cpu, gpu] {
        let grown = |explained: bool| {
            let (run, objective) = prepared("inception_v3", "Mixed_6b:0", engine());
            let (input, logits) = (run.graph().input, run.graph().find("fc").unwrap());
            let gradient = || {
                let chw = vec![0.5; run.graph().node(input).shape.values()];
                let mut gradients =
                    block_on(Gradients::new(&run, &[logits], &[input], ReluRule::Plain, 1)).unwrap();
                block_on(gradients.compute(&[&chw], &[logits], |_, _| vec![1.0; 1000])).unwrap();
                block_on(gradients.gradient(input, 0)).unwrap().data
            };
            let before = explained.then(gradient);
            let (size, steps, transformations) = (128, 2, Vec::new());
            let options = Options { size, steps, transformations, ..Options::default() };
            let mut growing = Visualisation::new(run.network().clone(), objective, options, None).unwrap();
            while !block_on(growing.advance()).unwrap().is_all() {}
            let picture = (growing.pictures()[0].clone(), growing.values().to_vec());
            drop(growing);
            if let Some(before) = before {
                assert!(before == gradient(), "a gradient is another one after a visualisation");
            }
            picture
        };
        assert_eq!(grown(false), grown(true));
    }
}

#[test]
fn pictures_at_the_same_time_are_those_of_their_seeds() {
    let grown = |engine: Engine, objective: &[&str], seed: u64, pictures: usize| {
        let (run, _) = prepared("googlenet", "inception3a:3", engine);
        let texts: Vec<String> = objective.iter().map(|text| (*text).to_owned()).collect();
        let objective = Objective::parse(&texts, run.graph(), &[]).unwrap();
        let transformations = Vec::new();
        let options = Options { size: 80, steps: 4, seed, pictures, transformations, ..Options::default() };
        let mut growing = Visualisation::new(run.network().clone(), objective, options, None).unwrap();
        while !block_on(growing.advance()).unwrap().is_all() {}
        (growing.pictures().into_iter().cloned().collect::<Vec<_>>(), growing.values().to_vec())
    };
    for engine in [cpu, gpu] {
        let (both, means) = grown(engine(), &["inception3a:3"], 1, 2);
        let (first, second) =
            (grown(engine(), &["inception3a:3"], 1, 1), grown(engine(), &["inception3a:3"], 2, 1));
        assert_eq!(both, [first.0, second.0].concat());
        for (step, mean) in means.iter().enumerate() {
            assert!((mean - (first.1[step] + second.1[step]) / 2.0).abs() < 1e-12);
        }
        let differ = grown(engine(), &["diversity:inception3a"], 1, 2).1;
        assert!(
            differ.iter().all(|value| (-1.0..0.0).contains(value)) && differ[3] > differ[0],
            "{differ:?}"
        );
    }
}

#[test]
fn one_picture_does_not_differ() {
    let (run, objective) = prepared("googlenet", "diversity:inception3a", cpu());
    let network = run.network().clone();
    let error = Visualisation::new(network.clone(), objective.clone(), Options::default(), None).unwrap_err();
    assert_eq!(error.code(), "visualise.alone");
    let photo = Picture { size: 224, data: vec![0.5; 3 * 224 * 224] };
    let error = Dream::new(network, objective, DreamOptions::default(), photo).unwrap_err();
    assert_eq!(error.code(), "visualise.alone");
}

#[test]
fn caricatures_need_a_photo() {
    let (run, objective) = prepared("googlenet", "like:inception3a", cpu());
    let options = Options { size: 80, steps: 12, ..Options::default() };
    let new = |photo: Option<&Picture>| {
        Visualisation::new(run.network().clone(), objective.clone(), options.clone(), photo)
    };
    assert_eq!(new(None).unwrap_err().code(), "visualise.no_photo");
    let data = recipe::normals("photo", 1).take(3 * 90 * 90).map(|n| (0.5 + n / 5.0) as f32).collect();
    let mut growing = new(Some(&Picture { size: 90, data })).unwrap();
    while !block_on(growing.advance()).unwrap().is_all() {}
    assert!(growing.values()[11] > growing.values()[0], "{:?}", growing.values());
}
