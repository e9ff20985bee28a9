//! Runs on shared networks: interventions, forks, changed weights, and what happens when something fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/engines.rs"]
mod engines;

use engines::{cpu, gpu};
use inceptionscope::engine::{Engine, EngineError, Photo};
use inceptionscope::error::Coded;
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::net::{Graph, Op};
use inceptionscope::photo::resample::Crop;
use inceptionscope::run::{Input, Intervention, Progress, Run, RunError};
use inceptionscope::weights::{Place, Tensor, recipe};
use pollster::block_on;
use std::time::Instant;

fn graph(model: &str) -> Graph {
    zoo::build(model, &Options::default()).unwrap()
}

fn picture(graph: &Graph, seed: u64) -> Vec<f32> {
    let size = graph.node(graph.input).shape.w();
    let rgb = recipe::image(size, size, seed);
    let area = size * size;
    (0..3 * area).map(|i| f32::from(rgb[i % area * 3 + i / area]) / 127.5 - 1.0).collect()
}

/// With untrained weights and a picture that has been run.
fn opened(graph: Graph, engine: Engine) -> Run {
    let mut run = block_on(Run::alone(graph, engine, false)).unwrap();
    run.network().synthetic(1).unwrap();
    let picture = picture(run.graph(), 1);
    block_on(run.run(Input::Normalized(&picture))).unwrap();
    run
}

/// Told in short: vectors are long.
#[track_caller]
fn same(found: &[f32], expected: &[f32], what: &str) {
    let other = found.iter().zip(expected).position(|(a, b)| a.to_bits() != b.to_bits());
    let values = other.map(|i| (found[i], expected[i]));
    assert!(found.len() == expected.len() && other.is_none(), "{what}: differs at {other:?}: {values:?}");
}

#[track_caller]
fn different(found: &[f32], other: &[f32], what: &str) {
    assert!(found != other, "{what}: nothing has changed");
}

fn logits(run: &mut Run) -> Vec<f32> {
    block_on(run.finish()).unwrap();
    block_on(run.prediction()).unwrap().logits
}

fn value(run: &mut Run, node: &str) -> Vec<f32> {
    block_on(run.activation(node)).unwrap().data.clone()
}

fn total(run: &Run) -> u64 {
    run.plan().steps.iter().map(|step| step.macs).sum()
}

#[test]
fn muting_a_late_branch_costs_little_and_is_taken_back_to_the_bit() {
    for engine in [cpu(), gpu()] {
        let id = engine.id();
        let mut run = opened(graph("googlenet"), engine);
        let (before, stem) = (logits(&mut run), value(&mut run, "conv3"));
        let picture = picture(run.graph(), 1);
        let start = Instant::now();
        block_on(run.run(Input::Normalized(&picture))).unwrap();
        let whole = start.elapsed();

        block_on(run.mute("inception5b.branch2.1", &[])).unwrap();
        assert_eq!(run.progress(), Progress::More);
        let share = run.pending() as f64 / total(&run) as f64;
        assert!(share < 0.1, "{id}: {share}");
        let start = Instant::now();
        let muted = logits(&mut run);
        println!("{id}: muting takes {:?} of {whole:?}, {share:.4} of the multiply-adds", start.elapsed());
        different(&muted, &before, id);
        assert!(value(&mut run, "inception5b.branch2.1").iter().all(|v| *v == 0.0), "{id}");
        same(&value(&mut run, "conv3"), &stem, id);

        block_on(run.multiply("inception5b.branch2.1", &[], 1.0)).unwrap();
        same(&logits(&mut run), &before, id);
        assert!(run.interventions().is_empty(), "{id}");
    }
}

/// A residual scale set in a run is the same as a network that has it.
#[test]
fn a_residual_scale_is_that_of_another_network() {
    let mut run = opened(graph("inception_resnet_v1"), cpu());
    let block = run.graph().modules.iter().find(|m| m.id.starts_with("repeat_2")).unwrap().id.clone();
    let sum = run.graph().residual_sum(&block).unwrap();
    let mut other = graph("inception_resnet_v1");
    let Op::Add(add) = &mut other.nodes[sum.0].op else { panic!("{block}") };
    add.scale = 0.3;
    let expected = logits(&mut opened(other, cpu()));

    let before = logits(&mut run);
    block_on(run.scale(&block, 0.3)).unwrap();
    same(&logits(&mut run), &expected, "logits");
    let own = run.graph().residual_scale(sum);
    let listed = Intervention::ResidualScale { block: block.clone(), factor: 0.3, own };
    assert_eq!(run.interventions(), [listed]);
    run.restore(&block).unwrap();
    same(&logits(&mut run), &before, "logits");
}

/// A node that lies together from others' values, or that was fused away, is changed as well.
#[test]
fn what_has_no_step_of_its_own_gets_one() {
    for (node, channels) in
        [("inception4a", vec![0, 300]), ("inception3a.branch1.conv", vec![3]), ("input", vec![1])]
    {
        let mut run = opened(graph("googlenet"), cpu());
        let (before, mut expected) = (logits(&mut run), value(&mut run, node));
        block_on(run.mute(node, &channels)).unwrap();
        different(&logits(&mut run), &before, node);
        let area = block_on(run.activation(node)).unwrap().shape.area();
        for channel in channels {
            expected[channel * area..][..area].fill(0.0);
        }
        // A muted negative value is -0.
        assert!(value(&mut run, node) == expected, "{node}: other channels are not as they were");
        // A part of a concat keeps its own value.
        if node == "inception4a" {
            assert!(value(&mut run, "inception4a.branch1")[..area].iter().any(|v| *v != 0.0));
        }
        run.restore_all();
        // Steps of their own round once more.
        let off = logits(&mut run).iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 1e-5, "{node}: logits are {off:.1e} off");
    }
}

#[test]
fn a_replaced_value_is_what_others_read() {
    for engine in [cpu(), gpu()] {
        let mut run = opened(graph("googlenet"), engine);
        let before = logits(&mut run);
        // A branch in the middle of its module's buffer.
        let node = "inception4c.branch2.1";
        let own = value(&mut run, node);
        block_on(run.replace(node, own.clone())).unwrap();
        same(&logits(&mut run), &before, "its own value changes nothing");
        block_on(run.replace(node, vec![0.0; own.len()])).unwrap();
        let replaced = logits(&mut run);
        run.restore(node).unwrap();
        block_on(run.mute(node, &[])).unwrap();
        same(&logits(&mut run), &replaced, "zeros are what muting yields");
        let error = block_on(run.replace(node, vec![0.0])).unwrap_err();
        assert_eq!(error.code(), "input.size");
        same(&logits(&mut run), &replaced, "what is refused changes nothing");
    }
}

#[test]
fn what_does_not_exist_is_refused_and_changes_nothing() {
    let mut run = opened(graph("googlenet"), cpu());
    let before = logits(&mut run);
    let codes = [
        block_on(run.mute("inception9z", &[])).unwrap_err().code(),
        block_on(run.mute("conv1", &[64])).unwrap_err().code(),
        block_on(run.scale("conv1", f32::NAN)).unwrap_err().code(),
        run.restore("inception9z").unwrap_err().code(),
        run.select(1).unwrap_err().code(),
        block_on(run.begin(&[])).unwrap_err().code(),
        block_on(run.begin(&[Input::Tensor(&[1.0])])).unwrap_err().code(),
    ];
    let expected = [
        "node.unknown",
        "node.channel",
        "intervention.factor",
        "node.unknown",
        "input.pictures",
        "input.pictures",
        "input.size",
    ];
    assert_eq!(codes, expected);
    same(&logits(&mut run), &before, "logits");
    assert!(run.interventions().is_empty());
}

/// Of a batch of which one picture cannot be taken, none is: what is computed later is of the last batch.
#[test]
fn a_batch_of_which_a_picture_cannot_be_taken_leaves_the_last_one() {
    for engine in [cpu(), gpu()] {
        let id = engine.id();
        let mut run = opened(graph("googlenet"), engine);
        let (side, size) = (240, run.graph().node(run.graph().input).shape.w());
        let rgb = [1, 2, 3].map(|seed| recipe::image(side, side, seed));
        let photo = |n: usize| Photo { width: side, height: side, rgb: &rgb[n] };
        let batch = [0, 1].map(|n| Input::Photo(photo(n), None));
        block_on(run.begin(&batch)).unwrap();
        let before = logits(&mut run);
        let inside = Crop::of_profile(&run.graph().profile, side, side, size);
        let outside = Crop { origin: [side as u64; 2], ..inside };
        let error =
            block_on(run.begin(&[Input::Photo(photo(2), None), Input::Photo(photo(1), Some(outside))]));
        assert_eq!(error.unwrap_err().code(), "engine.misuse", "{id}");
        same(&logits(&mut run), &before, id);
        block_on(run.mute("conv1", &[])).unwrap();
        different(&logits(&mut run), &before, id);
        run.restore_all();
        same(&logits(&mut run), &before, id);
    }
}

/// Where a network transforms its input, tensors come behind that and photos before it, in one batch too.
#[test]
fn a_batch_may_have_tensors_and_photos() {
    let options = Options { size: Some(75), ..Options::default() };
    let graph = zoo::build("inception_v3", &options).unwrap();
    let mut run = block_on(Run::alone(graph, cpu(), false)).unwrap();
    run.network().synthetic(1).unwrap();
    let (tensor, rgb) = (picture(run.graph(), 1), recipe::image(90, 90, 1));
    let photo = Input::Photo(Photo { width: 90, height: 90, rgb: &rgb }, None);
    let alone = [Input::Tensor(&tensor), photo].map(|input| block_on(run.run(input)).unwrap().logits);
    for order in [[0, 1], [1, 0]] {
        let batch = order.map(|n| [Input::Tensor(&tensor), photo][n]);
        block_on(run.begin(&batch)).unwrap();
        block_on(run.finish()).unwrap();
        for (found, n) in block_on(run.predictions()).unwrap().iter().zip(order) {
            let off = found.logits.iter().zip(&alone[n]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 1e-5, "{order:?}: logits of {n} are {off:.1e} off");
        }
    }
}

#[test]
fn forks_have_pictures_and_changes_of_their_own() {
    let mut run = opened(graph("googlenet"), cpu());
    let before = logits(&mut run);
    let mut fork = block_on(run.fork()).unwrap();
    assert!(matches!(block_on(fork.activation("conv1")), Err(RunError::NotRun)));
    let other = picture(run.graph(), 2);
    let of_fork = block_on(fork.run(Input::Normalized(&other))).unwrap().logits;
    different(&of_fork, &before, "logits");
    block_on(fork.mute("inception3a.branch1", &[])).unwrap();
    different(&logits(&mut fork), &of_fork, "logits");
    same(&logits(&mut run), &before, "logits");
    assert_eq!(fork.memory().weights, run.memory().weights);
    drop(run);
    fork.restore_all();
    same(&logits(&mut fork), &of_fork, "weights stay for the runs that are left");
}

/// Every run on a network computes with a changed tensor, and only what depends on it.
#[test]
fn a_changed_parameter_is_picked_up() {
    let mut run = opened(graph("googlenet"), cpu());
    let before = logits(&mut run);
    let node = run.graph().find("fc").unwrap();
    let bias = recipe::tensors(run.graph(), node, 1).into_iter().find(|(suffix, _)| *suffix == "bias");
    let bias = bias.unwrap().1;
    let data = bias.data.iter().map(|v| v + 1.0).collect();
    let changed = Tensor { shape: bias.shape, data };
    run.network().set_tensor(Place { node, suffix: "bias" }, &changed).unwrap();
    let after = logits(&mut run);
    for (before, after) in before.iter().zip(&after) {
        assert!((after - before - 1.0).abs() < 1e-5, "{before} {after}");
    }
    let conv = run.graph().find("conv1.conv").unwrap();
    let weight = recipe::tensors(run.graph(), conv, 2).remove(0).1;
    run.network().set_tensor(Place { node: conv, suffix: "weight" }, &weight).unwrap();
    different(&logits(&mut run), &after, "logits");
}

/// After a loss everything fails with its code, nothing is marked as computed, and nothing old is shown.
#[test]
fn a_lost_gpu_is_an_error_and_its_values_are_gone() {
    let mut run = opened(graph("googlenet"), gpu());
    let other = picture(run.graph(), 2);
    block_on(run.begin(&[Input::Normalized(&other)])).unwrap();
    let Engine::Gpu(engine) = run.engine() else { panic!("a GPU engine") };
    engine.lose();
    let error = block_on(run.finish()).unwrap_err();
    assert!(matches!(error, RunError::Engine(EngineError::Lost(_))), "{error}");
    assert_eq!(error.code(), "device.lost");
    assert_eq!(run.progress(), Progress::More);
    assert!(!run.has("conv1").unwrap());
    assert!(block_on(run.stats("conv1")).is_err());
    assert_eq!(block_on(run.fork()).unwrap_err().code(), "device.lost");
}

/// The alarm of values that are not numbers: the network's answer is refused, its maps are there.
#[test]
fn an_answer_that_is_not_a_number_is_refused() {
    for engine in [cpu(), gpu()] {
        let id = engine.id();
        let mut run = opened(graph("googlenet"), engine);
        let node = run.graph().find("fc").unwrap();
        let classes = run.graph().classes();
        let nan = Tensor { shape: vec![classes], data: vec![f32::NAN; classes] };
        run.network().set_tensor(Place { node, suffix: "bias" }, &nan).unwrap();
        block_on(run.finish()).unwrap();
        let error = block_on(run.prediction()).unwrap().checked().unwrap_err();
        assert_eq!(error.code(), "answer.not_finite", "{id}");
        assert_eq!(block_on(run.stats("fc")).unwrap().channels[0].not_finite, 1, "{id}");
        assert!(value(&mut run, "inception5b").iter().all(|v| v.is_finite()), "{id}");
    }
}

/// A value that is no number reaches everything that depends on it, whichever engine computes: past ReLUs,
/// which are in most steps, and max pools, where it may be any of a window's values.
#[test]
fn what_is_not_a_number_is_not_lost() {
    let counts = |engine: Engine, model: &str, node: &str| {
        let graph = graph(model);
        let mut picture = picture(&graph, 1);
        let size = graph.node(graph.input).shape.w();
        picture[(size + 1) * (size / 2)] = f32::NAN;
        let mut run = block_on(Run::alone(graph, engine, false)).unwrap();
        run.network().synthetic(1).unwrap();
        block_on(run.run(Input::Normalized(&picture))).unwrap();
        let stats = block_on(run.stats(node)).unwrap();
        stats.channels.iter().map(|channel| channel.not_finite).collect::<Vec<_>>()
    };
    // In ResNet a window of 7 and one of 3 see the pixel; in Xception's first blocks, depthwise ones too.
    for (model, node) in
        [("resnet34", "maxpool"), ("googlenet", "inception3a.branch4.0"), ("xception", "block1")]
    {
        let (cpu, gpu) = (counts(cpu(), model, node), counts(gpu(), model, node));
        assert!(cpu.iter().all(|n| *n > 0), "{model} {node}: {cpu:?}");
        assert_eq!(cpu, gpu, "{model} {node}");
    }
}

/// A step that was added and could not be computed does not count as computed, and what was to be changed is not.
#[test]
fn what_fails_is_neither_there_nor_changed() {
    let mut run = opened(graph("googlenet"), gpu());
    let steps = run.plan().steps.len();
    let Engine::Gpu(engine) = run.engine() else { panic!("a GPU engine") };
    engine.lose();
    // Fused away: its step would be added. Together from others' values: it would get another plan.
    let fused = "inception3a.branch1.conv";
    for _ in 0..2 {
        let error = block_on(run.activation(fused)).unwrap_err();
        assert_eq!(error.code(), "device.lost", "{error}");
        let error = block_on(run.mute("inception4a", &[])).unwrap_err();
        assert_eq!(error.code(), "device.lost", "{error}");
    }
    assert!(run.interventions().is_empty());
    let node = run.graph().find(fused).unwrap();
    assert!(run.plan().view(node).is_none(), "its step was not added");
    assert_eq!(run.plan().steps.len(), steps, "the plan is the one before");
    assert!(
        run.has("conv1").unwrap() && run.progress() == Progress::Done,
        "what was computed counts as before"
    );
}
