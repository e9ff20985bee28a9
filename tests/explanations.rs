//! Why, what if and how good: against the reference models (`goldens/explanations.json`, made by
//! `oracle/make_explanations.py`), and against what must add up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;
#[path = "common/engines.rs"]
mod engines;

use common::opened;
use engines::{cpu, gpu};
use inceptionscope::engine::{Engine, Photo};
use inceptionscope::error::Coded;
use inceptionscope::evaluate::MultiCrop;
use inceptionscope::explain::{ClassMap, ExplainError, Fill, Occlusion, OcclusionOptions, Removal, Target};
use inceptionscope::net::Dense;
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::photo::resample::Crop;
use inceptionscope::run::{Input, Run};
use inceptionscope::weights::recipe;
use pollster::block_on;
use serde::Deserialize;
use std::collections::BTreeMap;

/// |value − golden| / (|golden| + spread).
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Expected {
    map: ExpectedMaps,
    interventions: Vec<ExpectedIntervention>,
    #[serde(default)]
    crops: BTreeMap<usize, Vec<f64>>,
}

#[derive(Deserialize)]
struct ExpectedMaps {
    classes: [usize; 2],
    shape: [usize; 2],
    logits: [f64; 2],
    class: ExpectedMap,
    pair: ExpectedMap,
}

#[derive(Deserialize)]
struct ExpectedMap {
    bias: f64,
    shares: Vec<f64>,
    map: Vec<f64>,
}

#[derive(Deserialize)]
struct ExpectedIntervention {
    kind: String,
    node: String,
    channels: Vec<usize>,
    factor: f32,
    logits: Sampled,
}

#[derive(Deserialize)]
struct Sampled {
    std: f64,
    values: Vec<f64>,
}

fn expected(model: &str) -> Expected {
    let mut all: BTreeMap<String, Expected> =
        serde_json::from_str(include_str!("goldens/explanations.json")).unwrap();
    all.remove(model).unwrap()
}

fn logits(run: &mut Run) -> Vec<f32> {
    block_on(run.finish()).unwrap();
    block_on(run.prediction()).unwrap().logits
}

fn spread(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

#[track_caller]
fn near(found: impl IntoIterator<Item = f64>, expected: &[f64], spread: f64, what: &str) -> f64 {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let errors = found.iter().zip(expected).map(|(v, g)| (v - g).abs() / (g.abs() + spread));
    let worst = errors.fold(0.0, |worst: f64, error| if error <= worst { worst } else { error });
    assert!(worst <= TOLERANCE, "{what}: {worst:.1e}");
    worst
}

/// `size` is that of the logits: their difference is rounded as they are.
fn check_map(found: &ClassMap, expected: &ExpectedMap, logit: f64, size: f64, what: &str) -> f64 {
    let map = found.map.data.iter().map(|v| f64::from(*v));
    let shares = found.shares.iter().map(|share| share.share);
    let summed = [found.bias + found.sum];
    // What adds up exactly: map and shares to logit − bias.
    let of_shares: f64 = found.shares.iter().map(|share| share.share).sum();
    let size = found.shares.iter().map(|share| share.share.abs()).sum::<f64>().max(size);
    assert!((of_shares - found.sum).abs() <= 1e-6 * size, "{what}: shares {of_shares}, map {}", found.sum);
    assert!(found.difference().abs() <= 1e-5 * size, "{what}: difference {}", found.difference());
    [
        near(map, &expected.map, spread(&expected.map), what),
        near(shares, &expected.shares, 1.0, what),
        near([found.bias], &[expected.bias], 0.01, what),
        near(summed, &[logit], 1.0, what),
    ]
    .into_iter()
    .fold(0.0, f64::max)
}

/// Class maps, shares and every kind of intervention.
fn check(model: &str, engine: Engine) {
    let what = format!("{model} on {}", engine.id());
    let expected = expected(model);
    let mut run = opened(model, engine);
    let [first, second] = expected.map.classes;
    let [of_first, of_second] = expected.map.logits;
    for (target, map, logit) in [
        (Target::Class(first), &expected.map.class, of_first),
        (Target::Pair(first, second), &expected.map.pair, of_first - of_second),
    ] {
        let found = block_on(run.class_map(&target)).unwrap();
        assert_eq!([found.map.height, found.map.width], expected.map.shape, "{what}");
        let worst = check_map(&found, map, logit, of_first.abs(), &format!("{what}, {target:?}"));
        println!("{what}, {target:?}: {worst:.1e}, difference {:.1e}", found.difference());
    }
    let before = logits(&mut run);
    for change in &expected.interventions {
        let ExpectedIntervention { kind, node, channels, factor, logits: expected } = change;
        block_on(async {
            match kind.as_str() {
                "mute" => run.mute(node, channels).await,
                "scale" | "residual" => run.scale(node, *factor).await,
                "replace" => {
                    let shape = run.graph().node(run.graph().find(node).unwrap()).shape;
                    let value = recipe::values(&format!("replace:{node}"), 1, shape.values(), 0.0, 1.0);
                    run.replace(node, value).await
                }
                kind => panic!("{kind}"),
            }
        })
        .unwrap();
        let found = logits(&mut run);
        assert_ne!(found, before, "{what}: {kind} {node} changes nothing");
        let positions = recipe::positions(&format!("{kind}:{node}"), found.len(), expected.values.len());
        let sampled = positions.into_iter().map(|at| f64::from(found[at]));
        let worst = near(sampled, &expected.values, expected.std, &format!("{what}: {kind} {node}"));
        println!("{what}: {kind} {node}: {worst:.1e}");
        run.restore(node).unwrap();
    }
    assert_eq!(logits(&mut run), before, "{what}");
}

#[test]
fn googlenet_as_pytorch() {
    check("googlenet", cpu());
}

#[test]
fn googlenet_as_pytorch_on_a_gpu() {
    check("googlenet", gpu());
}

#[test]
fn inception_v3_as_pytorch() {
    check("inception_v3", cpu());
}

#[test]
fn inception_resnet_v2_as_pytorch() {
    check("inception_resnet_v2", cpu());
}

#[test]
fn xception_as_pytorch() {
    check("xception", cpu());
}

/// Through an embedding without ReLU, as well as for a sum as the last map.
#[test]
fn shares_add_up_in_every_network() {
    for model in ["inception_resnet_v1", "googlenet_5h", "bn_inception", "resnet34"] {
        let mut run = opened(model, cpu());
        let found = block_on(run.class_map(&Target::Pair(7, 3))).unwrap();
        let shares: f64 = found.shares.iter().map(|share| share.share).sum();
        let size = found.shares.iter().map(|share| share.share.abs()).sum::<f64>().max(1.0);
        assert!((shares - found.sum).abs() <= 1e-5 * size, "{model}: {shares} {}", found.sum);
        assert!(found.difference().abs() <= 1e-5 * size, "{model}: {}", found.difference());
        let expected = match model {
            "resnet34" => 1,
            "inception_resnet_v1" => 2,
            _ => 4,
        };
        assert_eq!(found.shares.len(), expected, "{model}");
    }
}

#[test]
fn heads_that_are_not_linear_have_no_class_map() {
    let head = vec![Dense { width: 7, relu: true }];
    let options = Options { classes: Some(3), head, ..Options::default() };
    let mut run = block_on(Run::alone(zoo::build("googlenet", &options).unwrap(), cpu(), false)).unwrap();
    run.network().synthetic(1).unwrap();
    let error = block_on(run.class_map(&Target::Class(0))).unwrap_err();
    assert_eq!(error.code(), "cam.head");
    assert!(error.to_string().contains("head.0.relu (relu)"), "{error}");
    let channel = Target::Channel { node: "conv1".into(), channel: 0 };
    assert_eq!(block_on(run.class_map(&channel)).unwrap_err().code(), "cam.target");
    assert_eq!(block_on(run.class_map(&Target::Class(3))).unwrap_err().code(), "target.class");
}

/// In the last module, what removing a branch takes is its share. All branches are removed: the bias is left.
#[test]
fn removing_a_branch_of_the_last_module_takes_its_share() {
    let mut run = opened("googlenet", cpu());
    // What was changed before stays so, all the while.
    block_on(run.multiply("inception5b.branch2.1", &[], 0.5)).unwrap();
    let before = logits(&mut run);
    let target = Target::Class(819);
    let map = block_on(run.class_map(&target)).unwrap();
    let mut removal = block_on(Removal::new(&mut run, target, None)).unwrap();
    while !block_on(removal.advance()).unwrap().is_all() {}
    assert_eq!(removal.removed().len(), 9 * 4);
    assert!((removal.whole().unwrap() - map.logit).abs() < 1e-6);
    let last = removal.removed().iter().filter(|removed| removed.module == "inception5b");
    for (removed, share) in last.zip(&map.shares) {
        assert_eq!(Some(&removed.label), share.label.as_ref());
        assert!((removed.drop - share.share).abs() < 1e-5 * map.logit.abs(), "{removed:?} {share:?}");
    }
    let ranking = removal.ranking();
    assert!(ranking.windows(2).all(|pair| pair[0].drop >= pair[1].drop));
    assert_eq!(logits(&mut run), before);

    // By hand, in the middle.
    let removed = removal.removed().iter().find(|r| r.module == "inception4c" && r.label == "3×3").unwrap();
    block_on(run.mute("inception4c.branch2.1", &[])).unwrap();
    assert!((f64::from(logits(&mut run)[819]) - removed.value).abs() < 1e-6, "{removed:?}");
    for node in ["branch1", "branch2.1", "branch3.1", "branch4.1"] {
        block_on(run.mute(&format!("inception5b.{node}"), &[])).unwrap();
    }
    assert!((f64::from(logits(&mut run)[819]) - map.bias).abs() < 1e-6);
}

/// Residual branches and branches within them, with projections as shortcuts.
#[test]
fn removal_knows_residual_blocks() {
    for (model, modules, branch) in [("xception", 12, "residual"), ("inception_resnet_v2", 43, "1×1")] {
        let mut run = opened(model, cpu());
        let target = Target::Class(1);
        let whole = block_on(target.values(&mut run)).unwrap()[0];
        let mut removal = block_on(Removal::new(&mut run, target, None)).unwrap();
        // The first two modules are enough here: each is followed by nearly all of the network.
        while block_on(removal.advance()).unwrap().done < 3 {}
        let mut named = Vec::new();
        for removed in removal.removed() {
            assert!((removed.value - whole).abs() > 1e-9, "{model}: {removed:?}");
            assert!((removed.value + removed.drop - whole).abs() < 1e-6, "{model}: {removed:?}");
            named.push(removed.label.as_str());
        }
        assert!(named.contains(&branch), "{model}: {named:?}");
        assert!(removal.done().of > modules, "{model}: {:?}", removal.done());
    }
}

/// Each patch as if it were run alone, whatever the batch; and the picture stays as it was.
#[test]
fn occlusion_covers_patch_by_patch() {
    for (engine, fill, target) in [
        (cpu(), Fill::Grey, Target::Class(819)),
        (cpu(), Fill::Blur, Target::Channel { node: "inception4a".into(), channel: 9 }),
        (
            gpu(),
            Fill::Mean,
            Target::Value { node: "inception3a.branch1".into(), channel: 9, row: 9, column: 5 },
        ),
    ] {
        let mut run = opened("googlenet", engine);
        let whole = block_on(target.values(&mut run)).unwrap()[0];
        let picture = block_on(run.activation("input")).unwrap().data.clone();
        let options = OcclusionOptions { patch: 80, stride: 72, fill, batch: 4 };
        let mut occlusion = block_on(Occlusion::new(&mut run, target.clone(), options)).unwrap();
        let mut rows = Vec::new();
        loop {
            let done = block_on(occlusion.advance()).unwrap();
            rows.push(done.done);
            if done.is_all() {
                break;
            }
            assert!(occlusion.drops().data.iter().any(|v| v.is_nan()));
        }
        assert!(rows.is_sorted() && rows.contains(&1), "{rows:?}");
        assert_eq!(occlusion.whole(), whole);
        let drops = occlusion.drops();
        assert_eq!((drops.height, drops.width), (3, 3));
        assert!(occlusion.map().data.iter().all(|v| v.is_finite()));
        assert_eq!(occlusion.map().data[0], drops.data[0]);
        assert_eq!(block_on(run.activation("input")).unwrap().data, picture);
        if fill == Fill::Blur {
            continue;
        }
        // The middle patch by hand.
        let mut covered = picture.clone();
        for channel in 0..3 {
            let profile = run.graph().profile;
            let map = &picture[channel * 224 * 224..][..224 * 224];
            let value = match fill {
                Fill::Mean => (map.iter().map(|v| f64::from(*v)).sum::<f64>() / (224.0 * 224.0)) as f32,
                _ => ((0.5 - profile.mean[channel]) / profile.std[channel]) as f32,
            };
            for row in 72..152 {
                covered[(channel * 224 + row) * 224 + 72..][..80].fill(value);
            }
        }
        block_on(run.run(Input::Normalized(&covered))).unwrap();
        let alone = block_on(target.values(&mut run)).unwrap()[0];
        let error = (whole - alone - f64::from(drops.data[4])).abs();
        assert!(error < 1e-5 * whole.abs().max(1.0), "{error}");
    }
    let mut run = opened("googlenet", cpu());
    for (patch, stride, batch) in [(0, 1, 1), (225, 1, 1), (10, 0, 1), (10, 1, 65)] {
        let options = OcclusionOptions { patch, stride, fill: Fill::Grey, batch };
        let error = block_on(Occlusion::new(&mut run, Target::Class(0), options)).unwrap_err();
        assert!(matches!(error, ExplainError::Range { .. }), "{error}");
    }
}

fn photo_crops(run: &Run, count: usize) -> Vec<Crop> {
    Crop::many(&run.graph().profile, 640, 427, 224, count)
}

/// Batches of crops as PyTorch averages them, and as one crop after the other gives.
#[test]
fn crops_are_averaged() {
    let rgb = recipe::image(427, 640, 1);
    let photo = Photo { width: 640, height: 427, rgb: &rgb };
    let mut run = opened("googlenet", cpu());
    let mut alone = block_on(run.fork()).unwrap();
    for (count, expected) in expected("googlenet").crops {
        let mut crops = MultiCrop::new(photo_crops(&run, count));
        let found = block_on(crops.finish(&mut run, &[photo])).unwrap().remove(0).probabilities;
        let worst = found.iter().zip(&expected).map(|(v, g)| (f64::from(*v) - g).abs()).fold(0.0, f64::max);
        println!("{count} crops: {worst:.1e}");
        assert!(worst <= TOLERANCE, "{count} crops: {worst:.1e}");
        if count > 12 {
            continue;
        }
        let mut mean = vec![0.0; found.len()];
        for ((_, crop), own) in crops.crops().iter().zip(crops.predictions()) {
            let single = block_on(alone.run(Input::Photo(photo, Some(*crop)))).unwrap().probabilities;
            let error = single.iter().zip(&own.probabilities).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(error < 1e-6, "{count} crops: {error}");
            mean.iter_mut().zip(&single).for_each(|(sum, p)| *sum += f64::from(*p) / count as f64);
        }
        let error = mean.iter().zip(&found).map(|(a, b)| (a - f64::from(*b)).abs()).fold(0.0, f64::max);
        assert!(error < 1e-6, "{count} crops: {error}");
    }
}

/// Photos of different sizes in one batch, as each alone; with a change, which the crops see too.
#[test]
fn several_photos_are_run_at_a_time() {
    let pixels = [(640, 427, recipe::image(427, 640, 1)), (320, 300, recipe::image(300, 320, 2))];
    let photos: Vec<Photo<'_>> =
        pixels.iter().map(|(width, height, rgb)| Photo { width: *width, height: *height, rgb }).collect();
    let mut run = opened("googlenet", cpu());
    block_on(run.mute("inception5b.branch2.1", &[])).unwrap();
    let profile = run.graph().profile;
    let mut crops = MultiCrop::default();
    for (place, photo) in photos.iter().enumerate() {
        crops.add(place, Crop::many(&profile, photo.width, photo.height, 224, 10)[3..6].to_vec());
    }
    let mut done = Vec::new();
    while done.last() != Some(&6) {
        done.push(block_on(crops.advance(&mut run, &photos)).unwrap().done);
    }
    // All in one batch.
    assert!(done.iter().all(|done| [0, 6].contains(done)), "{done:?}");
    for ((place, crop), own) in crops.crops().iter().zip(crops.predictions()) {
        let alone = block_on(run.run(Input::Photo(photos[*place], Some(*crop)))).unwrap().probabilities;
        let error = alone.iter().zip(&own.probabilities).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(error < 1e-6, "{place}, {crop:?}: {error}");
    }
    assert_ne!(crops.predictions()[0].logits, crops.predictions()[3].logits);
}
