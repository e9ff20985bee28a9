//! What speaks for the answer branch by branch, and whether a map can be trusted: against the reference models
//! (`goldens/explanations.json`, made by `oracle/make_explanations.py`), against what must add up, and with a trained network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;
#[path = "common/engines.rs"]
mod engines;

use common::opened;
use engines::{cpu, direct, gpu};
use inceptionscope::engine::Engine;
use inceptionscope::error::Coded;
use inceptionscope::explain::{
    Baseline, Branches, Curve, Direction, Heatmap, Method, ModuleShare, Randomisation, Removal, Subject,
    Target,
};
use inceptionscope::net::{LaneRole, NodeId};
use inceptionscope::photo::Photo;
use inceptionscope::run::{Choice, Input, Opening, Run, Spec};
use inceptionscope::weights::recipe;
use pollster::block_on;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// |value − golden| / (|golden| + what it is a sum of, by size).
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Expected {
    map: ExpectedMap,
    /// By map: the sum of gradient times activation, the sum of its channels' sizes, and some channels.
    #[serde(default)]
    products: BTreeMap<String, (f64, f64, Vec<f64>)>,
}

#[derive(Deserialize)]
struct ExpectedMap {
    classes: [usize; 2],
    logits: [f64; 2],
}

fn branches(run: &mut Run, target: &Target) -> Branches {
    block_on(target.branches(run)).unwrap()
}

/// By how much shares are off that must add up, of what they add up from.
fn gap(of: &ModuleShare) -> f64 {
    let size: f64 = of.channels.iter().map(|share| share.abs()).sum();
    let whole: f64 = of.channels.iter().sum();
    let lanes: f64 = of.lanes.iter().map(|lane| lane.share).sum();
    let lanes = if of.lanes.is_empty() { of.sum } else { lanes };
    ((of.sum - whole).abs()).max((of.sum - lanes).abs()) / size
}

fn check(model: &str, engine: Engine) {
    let label = format!("{model} on {}", engine.id());
    let mut all: BTreeMap<String, Expected> =
        serde_json::from_str(include_str!("goldens/explanations.json")).unwrap();
    let Expected { map, products } = all.remove(model).unwrap();
    let mut run = opened(model, engine);
    let found = branches(&mut run, &Target::Class(map.classes[0]));
    let graph = run.graph();
    assert!((found.value - map.logits[0]).abs() < 1e-4 * map.logits[0].abs(), "{label}");
    let consumers = graph.consumers();
    let (mut checked, mut worst, mut of_channels) = (0, (0.0, String::new()), Vec::new());
    let mut bad = Vec::new();
    let mut compare = |what: String, found: f64, expected: f64, size: f64| {
        let off = (found - expected).abs() / (expected.abs() + size);
        checked += 1;
        if off > worst.0 {
            worst = (off, what.clone());
        }
        if off.is_nan() || off > TOLERANCE {
            bad.push(format!("{what}: {found}, expected {expected} of {size}: {off:.1e}"));
        }
    };
    for of in &found.modules {
        let module = graph.modules.iter().position(|module| module.id == of.module).unwrap();
        let output = &graph.node(graph.module_output(module).unwrap()).id;
        let Some((sum, size, channels)) = products.get(output) else {
            panic!("{label}: {output} is not in the golden");
        };
        compare(of.module.clone(), of.sum, *sum, *size);
        let positions = recipe::positions(output, of.channels.len(), channels.len());
        for (channel, expected) in positions.into_iter().zip(channels) {
            let size = size / of.channels.len() as f64;
            of_channels.push((of.channels[channel] - expected).abs() / (expected.abs() + size));
        }
        // The node that the module's last one reads of a lane.
        let end = |lane: usize| {
            let own = |id: &NodeId| graph.node(*id).module == module && graph.node(*id).lane == Some(lane);
            let left = |id: &NodeId| own(id) && consumers[id.0].iter().any(|reader| !own(reader));
            graph.ids().find(left).unwrap()
        };
        for lane in &of.lanes {
            let role = graph.modules[module].lanes[lane.lane].role;
            let what = format!("{} {}", of.module, lane.label);
            match (role, graph.residual_sum(&of.module)) {
                (LaneRole::Shortcut, Some(add)) => {
                    // What the residual does not add.
                    let residual = &graph.node(graph.node(add).inputs[0]).id;
                    let (residual, _, _) = products[residual];
                    compare(what, lane.share, sum - residual, *size);
                }
                (LaneRole::Branch, _) => {
                    let end = graph.node(end(lane.lane));
                    // A branch that splits at its end is not recorded as a whole.
                    let expected = products.get(&end.id).map_or_else(
                        || end.inputs.iter().map(|part| products[&graph.node(*part).id].0).sum(),
                        |expected| expected.0,
                    );
                    compare(what, lane.share, expected, *size);
                }
                _ => {}
            }
        }
    }
    of_channels.sort_by(f64::total_cmp);
    let median = of_channels[of_channels.len() / 2];
    println!("{label}: channels' median {median:.1e}");
    println!("{label}: {checked} sums, worst {:.1e} at {}", worst.0, worst.1);
    // Single channels may have it that f32 decides a ReLU or a maximum otherwise than f64, as in `gradients.rs`.
    assert!(median <= TOLERANCE, "{label}: {median:.1e}");
    assert!(bad.is_empty(), "{label}: {} of {checked}: {:#?}", bad.len(), &bad[..bad.len().min(12)]);
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
    // Winograd's tiles round otherwise, and one ReLU near the logit that they decide otherwise is in all gradients below it.
    check("inception_v3", direct());
}

#[test]
fn inception_resnet_v2_as_pytorch() {
    check("inception_resnet_v2", cpu());
}

/// In every network: shares of channels and of branches add up to their module's, and behind the last map nothing is left
/// but the classifier's bias.
#[test]
fn shares_add_up() {
    for (model, engine) in [
        ("googlenet", gpu()),
        ("inception_v4", cpu()),
        ("inception_resnet_v1", cpu()),
        ("xception", cpu()),
        ("resnet50", cpu()),
        ("bn_inception", cpu()),
    ] {
        let mut run = opened(model, engine);
        let found = branches(&mut run, &Target::Pair(7, 3));
        assert!(found.modules.len() > 10, "{model}");
        for of in &found.modules {
            assert!((of.sum + of.biases - found.value).abs() < 1e-9, "{model}: {}", of.module);
            // The branches of an Inception-ResNet's block are joined by a layer with a bias.
            let joined = model == "inception_resnet_v1"
                && of.lanes.len() > 1
                && run.graph().residual_sum(&of.module).is_some();
            assert!(joined || gap(of) <= 1e-9, "{model}: {} is {:.1e} off", of.module, gap(of));
        }
        let last = found.modules.last().unwrap();
        let map = block_on(run.class_map(&Target::Pair(7, 3))).unwrap();
        let size: f64 = last.channels.iter().map(|share| share.abs()).sum();
        println!("{model}: {} modules, bias {} and {}", found.modules.len(), last.biases, map.bias);
        assert!((last.biases - map.bias).abs() <= 1e-5 * size, "{model}: {} {}", last.biases, map.bias);
        assert!((last.sum - (found.value - map.bias)).abs() <= 1e-5 * size, "{model}");
    }
}

/// With changes in force: a muted branch adds nothing, and a residual's scale is counted.
#[test]
fn shares_know_what_is_changed() {
    let mut run = opened("googlenet", cpu());
    block_on(run.mute("inception4c.branch2.1", &[])).unwrap();
    block_on(run.multiply("inception5b", &[0, 5], 0.5)).unwrap();
    block_on(run.finish()).unwrap();
    let found = branches(&mut run, &Target::Class(819));
    let of = found.of("inception4c").unwrap();
    assert_eq!(of.lanes[1].share, 0.0);
    assert!(of.lanes[0].share != 0.0 && gap(of) <= 1e-9);
    let map = block_on(run.class_map(&Target::Class(819))).unwrap();
    let last = found.of("inception5b").unwrap();
    assert!((last.biases - map.bias).abs() < 1e-5 * found.value.abs());

    for (model, block) in [("xception", "block5"), ("resnet50", "layer2.0")] {
        let mut run = opened(model, cpu());
        block_on(run.scale(block, 0.0)).unwrap();
        block_on(run.multiply(block, &[0, 5, 9], 0.5)).unwrap();
        block_on(run.finish()).unwrap();
        let found = branches(&mut run, &Target::Class(1));
        let of = found.of(block).unwrap();
        let [residual, shortcut] = [of.lanes[0].share, of.lanes[1].share];
        assert!(
            shortcut.abs() > 1e-3 && residual.abs() < 1e-5 * shortcut.abs(),
            "{model}: {residual} {shortcut}"
        );
    }
}

/// Of a channel in the middle, only what it depends on is told; a node with a given value lets no gradient through.
#[test]
fn shares_of_other_targets() {
    let mut run = opened("googlenet", cpu());
    let target = Target::Channel { node: "inception4c".into(), channel: 7 };
    let found = branches(&mut run, &target);
    assert_eq!(found.modules.last().unwrap().module, "inception4b");
    assert!((found.value - block_on(target.value(&mut run)).unwrap()).abs() < 1e-6);
    block_on(run.replace("inception4a.branch1", vec![0.0; 192 * 14 * 14])).unwrap();
    block_on(run.finish()).unwrap();
    assert_eq!(block_on(target.branches(&mut run)).unwrap_err().code(), "gradient.replaced");
    let removal = block_on(Removal::new(&mut run, Target::Class(1), Some("inception5b"))).unwrap();
    assert_eq!((removal.done().of, removal.correlation()), (1024, None));
    let missing = block_on(Removal::new(&mut run, Target::Class(1), Some("inception9"))).unwrap_err();
    assert_eq!(missing.code(), "node.unknown");
}

/// The last map's channels are taken as they are by the logit: their falls are their shares.
#[test]
fn a_channel_of_the_last_module_falls_by_its_share() {
    let mut run = opened("googlenet", cpu());
    block_on(run.mute("inception5b.branch1", &[1, 2])).unwrap();
    block_on(run.finish()).unwrap();
    let before = block_on(run.prediction()).unwrap().logits;
    let mut removal = block_on(Removal::new(&mut run, Target::Class(819), Some("inception5b"))).unwrap();
    while block_on(removal.advance()).unwrap().done < 40 {}
    let size = removal.removed()[0].share.unwrap().abs();
    for removed in removal.removed() {
        assert!((removed.share.unwrap() - removed.drop).abs() < 1e-4 * size, "{removed:?}");
    }
    let channels: Vec<usize> = removal.removed().iter().map(|removed| removed.channel.unwrap()).collect();
    assert!(!channels.contains(&1) && channels.iter().any(|c| *c > 384), "{channels:?}");
    assert!(removal.correlation().unwrap() > 0.999);
    assert_eq!(block_on(run.prediction()).unwrap().logits, before);
}

/// The flowers network, which is trained, after it has seen a dandelion.
fn flowers(engine: Choice) -> (Run, Target) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut opening = Opening::new(Spec { engine, ..Spec::default() }, "googlenet_flowers.safetensors");
    block_on(opening.push(&std::fs::read(root.join("weights/googlenet_flowers.safetensors")).unwrap()))
        .unwrap();
    let mut run = block_on(opening.finish()).unwrap().run;
    let photo = Photo::decode(&std::fs::read(root.join("www/samples/dandelion.jpg")).unwrap()).unwrap();
    let answer = block_on(run.run(Input::Photo(photo.view(), None))).unwrap();
    let class = answer.top(1)[0].0;
    (run, Target::Class(class))
}

/// All weights on the device, and biases and batch norms, by node.
fn weights(run: &mut Run) -> Vec<Vec<u32>> {
    let network = run.network().clone();
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let mut all = Vec::new();
    for node in network.graph().ids() {
        for param in network.graph().node(node).op.params() {
            all.push(match network.params().get(node, param.suffix).map(&bits) {
                Some(small) => small,
                None if network.params().is_loaded(node) => {
                    bits(&block_on(run.engine_mut().read_weights(node)).unwrap())
                }
                None => Vec::new(),
            });
        }
    }
    all
}

fn randomised(run: &mut Run, target: &Target, method: Method) -> Vec<f64> {
    let subject = Subject::Attribution(method);
    let mut steps = block_on(Randomisation::new(run, target, subject, 1)).unwrap();
    while !block_on(steps.advance()).unwrap().is_all() {}
    steps.correlations().iter().map(|correlation| correlation.unwrap()).collect()
}

/// Adebayo et al.: the gradient depends on what was learned; guided backpropagation stays much the same. The network that
/// is asked keeps its weights to the bit, also when it is given up half way.
#[test]
fn guided_backpropagation_does_not_need_learned_weights() {
    let (mut run, target) = flowers(Choice::Cpu);
    let before = weights(&mut run);
    assert!(before.iter().filter(|values| !values.is_empty()).count() > 100);
    let gradient = randomised(&mut run, &target, Method::Gradient);
    let guided = randomised(&mut run, &target, Method::Guided);
    println!("gradient {gradient:.3?}");
    println!("guided {guided:.3?}");
    assert_eq!([gradient[0], guided[0]], [1.0, 1.0]);
    assert_eq!([gradient.len(), guided.len()], [12, 12]);
    // All but the stem are untrained.
    let [gradient, guided] = [gradient[10], guided[10]];
    assert!(gradient < 0.5 && guided > 0.7, "gradient {gradient}, guided {guided}");
    let subject = Subject::GradCam(None);
    let mut cam = block_on(Randomisation::new(&mut run, &target, subject, 1)).unwrap();
    assert_eq!(cam.modules().first(), Some(&"head"));
    assert_eq!(cam.modules().last(), Some(&"stem"));
    for _ in 0..3 {
        block_on(cam.advance()).unwrap();
    }
    println!("Grad-CAM {:?}", cam.correlations());
    drop(cam);
    assert!(weights(&mut run) == before, "weights were changed");
}

#[test]
fn randomisation_leaves_weights_as_they_are_on_a_gpu() {
    let (mut run, target) = flowers(Choice::Gpu);
    let before = weights(&mut run);
    let subject = Subject::Attribution(Method::Gradient);
    let mut steps = block_on(Randomisation::new(&mut run, &target, subject, 1)).unwrap();
    for _ in 0..3 {
        block_on(steps.advance()).unwrap();
    }
    let on_gpu: Vec<f64> = steps.correlations().iter().map(|correlation| correlation.unwrap()).collect();
    assert!(on_gpu[2] < 0.9, "{on_gpu:?}");
    drop(steps);
    assert!(weights(&mut run) == before, "weights were changed");
    let (mut run, target) = flowers(Choice::Cpu);
    let on_cpu = &randomised(&mut run, &target, Method::Gradient)[..3];
    let off = on_gpu.iter().zip(on_cpu).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < 1e-3, "{on_gpu:?} {on_cpu:?}");
}

/// The mean colour is each channel's mean, everywhere; another picture is taken as it is.
#[test]
fn baselines_are_of_the_picture() {
    let run = opened("googlenet", cpu());
    let area = 224 * 224;
    let picture: Vec<f32> = (0..3 * area).map(|at| (at / area * 10 + at % 2) as f32).collect();
    let mean = Baseline::Mean.of(run.graph(), &picture);
    assert!(mean.iter().enumerate().all(|(at, v)| *v == (at / area * 10) as f32 + 0.5));
    let other = Baseline::Picture(picture.iter().map(|v| -v).collect());
    assert!(other.of(run.graph(), &picture).iter().zip(&picture).all(|(a, b)| *a == -b));
}

/// The ends of a curve are the answer to the photo and to the baseline.
#[test]
fn curves_lead_from_the_photo_to_the_baseline() {
    let (mut run, target) = flowers(Choice::Cpu);
    let Target::Class(class) = target else { panic!("{target:?}") };
    let probability = |run: &mut Run| f64::from(block_on(run.prediction()).unwrap().probabilities[class]);
    let own = probability(&mut run);
    let picture = block_on(run.input()).unwrap();
    let map = block_on(run.class_map(&target)).unwrap().map;
    let blank = Baseline::Blurred.of(run.graph(), &picture);
    let mut other = block_on(run.fork()).unwrap();
    block_on(other.run(Input::Normalized(&blank))).unwrap();
    let of_blank = probability(&mut other);
    let curve = |run: &mut Run, direction, points| {
        let curve = Curve::new(run, target.clone(), &map, direction, Baseline::Blurred, points);
        let mut curve = block_on(curve).unwrap();
        while !block_on(curve.advance()).unwrap().is_all() {}
        (curve.values().to_vec(), curve.at_random())
    };
    let (deletion, deletion_at_random) = curve(&mut run, Direction::Deletion, 9);
    let (insertion, insertion_at_random) = curve(&mut run, Direction::Insertion, 9);
    println!("{own} {of_blank}\ndeletion {deletion:.3?} {deletion_at_random:.3?}");
    println!("insertion {insertion:.3?} {insertion_at_random:.3?}");
    for (found, ends) in [(&deletion, [own, of_blank]), (&insertion, [of_blank, own])] {
        assert_eq!(found.len(), 10);
        assert!((found[0] - ends[0]).abs() < 1e-6 && (found[9] - ends[1]).abs() < 1e-6, "{found:?} {ends:?}");
    }
    let area = |values: &[f64]| Curve::area(values).unwrap();
    assert!(area(&deletion) < area(&deletion_at_random));
    // The blurred photo is a dandelion to the network as well: its colour is enough. So insertion tells nothing here.
    assert!(of_blank > 0.5 && insertion_at_random.len() == 10);

    // By hand: a third of the pixels, those with the largest values.
    let large = map.resized(224, 224);
    let mut order: Vec<usize> = (0..224 * 224).collect();
    order.sort_by(|a, b| large.data[*b].total_cmp(&large.data[*a]));
    let mut third = picture.clone();
    for pixel in &order[..224 * 224 / 3] {
        (0..3).map(|c| c * 224 * 224 + pixel).for_each(|at| third[at] = blank[at]);
    }
    block_on(other.run(Input::Normalized(&third))).unwrap();
    assert!((probability(&mut other) - deletion[3]).abs() < 1e-6);
    assert_eq!(probability(&mut run), own);
}

/// Of another target it is the value, and what is not known of a map comes last.
#[test]
fn curves_of_other_targets() {
    let mut run = opened("googlenet", cpu());
    let target = Target::Channel { node: "inception3a".into(), channel: 9 };
    let value = block_on(target.value(&mut run)).unwrap();
    let mut ends = Vec::new();
    for unknown in [f32::NAN, -1.0] {
        let data = (0..224 * 224).map(|at| if at % 224 < 112 { unknown } else { at as f32 }).collect();
        let map = Heatmap { height: 224, width: 224, data };
        let curve = Curve::new(&mut run, target.clone(), &map, Direction::Deletion, Baseline::Zero, 2);
        let mut curve = block_on(curve).unwrap();
        assert!(curve.values().is_empty() && curve.at_random().is_empty());
        while !block_on(curve.advance()).unwrap().is_all() {}
        assert!((curve.values()[0] - value).abs() < 1e-6);
        ends.push(curve.values()[1]);
    }
    assert_eq!(ends[0], ends[1]);
    assert_ne!(ends[0], value);
}
