//! Pictures before the weights are complete: what is computed when, and that it is right.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::engine::{Engine, cpu::CpuEngine};
use inceptionscope::net::Graph;
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::run::{Choice, Extent, Input, Opening, Progress, Run, Spec};
use inceptionscope::weights::safetensors::{self, Storage};
use inceptionscope::weights::{About, Place, Tensor, convert, recipe};
use pollster::block_on;

/// A small network with auxiliary heads.
fn graph() -> Graph {
    let options = Options { classes: Some(5), profile: Some("timm".to_owned()), ..Options::default() };
    zoo::build("googlenet", &options).unwrap()
}

/// A file of synthetic weights, without the second auxiliary head, as `convert` writes it.
fn file(graph: &Graph) -> Vec<u8> {
    let tensors = graph.ids().flat_map(|node| {
        let id = &graph.node(node).id;
        recipe::tensors(graph, node, 1).into_iter().map(move |(suffix, t)| (format!("{id}.{suffix}"), t))
    });
    let tensors = tensors.filter(|(name, _)| !name.starts_with("aux2"));
    let mut file = Vec::new();
    convert(graph, tensors.collect(), About::default(), Storage::Q8, &mut file).unwrap();
    file
}

fn picture(graph: &Graph) -> Vec<f32> {
    let values = graph.node(graph.input).shape.values();
    (0..values).map(|i| (i as f32 * 0.013).sin()).collect()
}

#[test]
fn a_picture_runs_while_weights_arrive() {
    let graph = graph();
    let file = file(&graph);
    let picture = picture(&graph);
    let spec = Spec { engine: Choice::Cpu, ..Spec::default() };
    let mut opening = Opening::new(spec, "streamed");
    let (mut order, mut stem_at, mut predicted_at) = (Vec::new(), None, None);
    let mut begun = false;
    for (n, chunk) in file.chunks(50_000).enumerate() {
        block_on(opening.push(chunk)).unwrap();
        let Some(scope) = opening.run() else { continue };
        if !begun {
            let error = block_on(scope.stats("conv1")).unwrap_err().to_string();
            assert!(error.contains("run a picture first"), "{error}");
            block_on(scope.begin(&[Input::Tensor(&picture)])).unwrap();
            begun = true;
        }
        loop {
            let advance = block_on(scope.advance()).unwrap();
            order.extend(advance.nodes.iter().map(|node| scope.graph().node(*node).id.clone()));
            assert_ne!(advance.progress, Progress::Done, "an auxiliary head may still come");
            if advance.progress == Progress::Waiting {
                break;
            }
        }
        let at = n * 50_000;
        if stem_at.is_none() && scope.has("conv1").unwrap() {
            stem_at = Some(at);
            // Neither a recorded node nor one that was fused away is guessed at.
            for late in ["inception5b", "inception5b.branch1.conv", "fc", "probabilities"] {
                assert!(!scope.has(late).unwrap(), "{late}");
                let error = block_on(scope.activation(late)).unwrap_err().to_string();
                assert_eq!(error, format!("{late} is not computed yet: weights are still arriving"));
            }
            // What was fused away is computed when it is asked for.
            assert!(block_on(scope.activation("conv1.conv")).unwrap().data.iter().any(|v| *v < 0.0));
        }
        if predicted_at.is_none() && scope.has_prediction() {
            predicted_at = Some(at);
        }
    }
    assert!(stem_at.unwrap() < file.len() / 20, "the stem came after {stem_at:?} bytes");
    assert!(predicted_at.unwrap() < file.len() * 3 / 4, "the auxiliary heads come last");
    let mut opened = block_on(opening.finish()).unwrap();
    let streamed = block_on(opened.run.prediction()).unwrap();
    let error = block_on(opened.run.activation("aux2.fc1")).unwrap_err().to_string();
    assert!(error.contains("aux2.fc1 was not computed: the weight file has no weights for it"), "{error}");
    assert_eq!(opened.run.modules_without_weights().unwrap(), ["aux2"]);

    let whole = block_on(opened.run.run(Input::Tensor(&picture))).unwrap();
    assert_eq!(streamed.logits, whole.logits);
    let recorded: Vec<&str> = (graph.ids())
        .filter(|id| opened.run.plan().view(*id).is_some())
        .map(|id| graph.node(id).id.as_str())
        .filter(|id| !id.starts_with("aux2"))
        .collect();
    let mut told = order.clone();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), order.len(), "a node was told of twice");
    let missing: Vec<_> = recorded.iter().filter(|id| !order.iter().any(|told| told == **id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_byte_of_a_file_is_for_a_module() {
    let graph = graph();
    let file = file(&graph);
    let mut opening = Opening::new(Spec { engine: Choice::Cpu, ..Spec::default() }, "streamed");
    assert!(opening.extents().is_empty());
    block_on(opening.push(&file[..200_000])).unwrap();
    let extents = opening.extents();
    let header = 8 + u64::from_le_bytes(*file.first_chunk().unwrap());
    assert_eq!(extents[0], Extent { module: None, end: header });
    assert_eq!(extents.last().unwrap().end, file.len() as u64);
    assert!(extents.is_sorted_by_key(|extent| extent.end));
    // `convert` writes modules one after the other; aux2's weights were left out.
    let modules: Vec<&str> =
        extents[1..].iter().map(|extent| graph.modules[extent.module.unwrap()].id.as_str()).collect();
    assert_eq!(modules[..2], ["stem", "inception3a"]);
    assert!(modules.contains(&"aux1") && !modules.contains(&"aux2"));
    assert_eq!(modules.iter().filter(|id| **id == "inception3a").count(), 1);
    // One byte a value, a scale and a minimum of four bytes a row; vectors are f32.
    let stem = graph.ids().filter(|id| Some(graph.node(*id).module) == extents[1].module);
    let stem = stem.flat_map(|id| graph.node(id).op.params()).map(|param| match param.shape[..] {
        [values] => 4 * values,
        _ => param.shape.iter().product::<usize>() + 8 * param.shape[0],
    });
    assert_eq!(extents[1].end - header, stem.sum::<usize>() as u64);
}

#[test]
fn a_file_in_another_order_gives_the_same_answer_later() {
    let graph = graph();
    let (_, tensors) = safetensors::read(&file(&graph)).unwrap();
    let picture = picture(&graph);
    let place = |name: &str| {
        let (node, suffix) = name.rsplit_once('.').unwrap();
        let node = graph.find(node).unwrap();
        let params = graph.node(node).op.params();
        Place { node, suffix: params.iter().find(|p| p.suffix == suffix).unwrap().suffix }
    };
    let run = |order: Vec<&(String, Tensor)>| {
        let engine = Engine::Cpu(CpuEngine::new());
        let mut scope = block_on(Run::alone(graph.clone(), engine, false)).unwrap();
        block_on(scope.begin(&[Input::Tensor(&picture)])).unwrap();
        let mut first = None;
        for (n, (name, tensor)) in order.into_iter().enumerate() {
            // In rows, as a stream hands them over.
            let row = tensor.data.len() / tensor.shape[0];
            for (r, values) in tensor.data.chunks(row).enumerate() {
                scope
                    .network()
                    .put(place(name), r * row, values, (r + 1) * row == tensor.data.len())
                    .unwrap();
            }
            while block_on(scope.advance()).unwrap().progress == Progress::More {}
            if first.is_none() && scope.has("conv1").unwrap() {
                first = Some(n);
            }
        }
        scope.network().weights_complete();
        (block_on(scope.prediction()).unwrap().logits, first.unwrap())
    };
    let (forward, early) = run(tensors.iter().collect());
    let (backward, late) = run(tensors.iter().rev().collect());
    assert_eq!(forward, backward);
    assert!(early < 5 && late == tensors.len() - 1, "{early} {late}");
}

#[test]
fn muting_and_stopping_while_weights_arrive() {
    let graph = graph();
    let file = file(&graph);
    let picture = picture(&graph);
    let mut opening = Opening::new(Spec { engine: Choice::Cpu, ..Spec::default() }, "streamed");
    let half = file.len() / 4;
    block_on(opening.push(&file[..half])).unwrap();
    let mut told = Vec::new();
    let mut finish = |run: &mut Run| loop {
        let advance = block_on(run.advance()).unwrap();
        told.extend(advance.nodes);
        if advance.progress != Progress::More {
            break;
        }
    };
    let scope = opening.run().unwrap();
    block_on(scope.begin(&[Input::Tensor(&picture)])).unwrap();
    finish(scope);
    block_on(scope.mute("conv1", &[0])).unwrap();
    // What becomes ready while the intervention's steps run again is told of too.
    block_on(opening.push(&file[half..2 * half])).unwrap();
    let scope = opening.run().unwrap();
    finish(scope);
    let conv1 = block_on(scope.activation("conv1")).unwrap();
    assert!(conv1.data[..conv1.shape.area()].iter().all(|v| *v == 0.0));
    block_on(opening.push(&file[2 * half..])).unwrap();
    let mut opened = block_on(opening.finish()).unwrap();
    finish(&mut opened.run);
    let mut recorded = 0;
    for node in graph.ids().filter(|node| opened.run.plan().view(*node).is_some()) {
        let id = &graph.node(node).id;
        // Of what the file lacks nothing is told, of the muted node and what reads it twice if it was there before.
        let times = told.iter().filter(|other| **other == node).count();
        let expected = match id.as_str() {
            "conv1" => 2..=2,
            id if !opened.run.has(id).unwrap() => 0..=0,
            _ => 1..=2,
        };
        assert!(expected.contains(&times), "{id} was told of {times} times");
        recorded += usize::from(times > 0);
    }
    assert!(recorded > 50, "{recorded} nodes");
    let streamed = block_on(opened.run.prediction()).unwrap();
    assert_eq!(block_on(opened.run.run(Input::Tensor(&picture))).unwrap().logits, streamed.logits);

    opened.run.stop();
    let error = block_on(opened.run.activation("conv1")).unwrap_err().to_string();
    assert!(error.contains("run a picture first"), "{error}");
    // A picture that cannot be taken leaves the last one.
    block_on(opened.run.begin(&[Input::Tensor(&picture)])).unwrap();
    assert!(block_on(opened.run.begin(&[Input::Tensor(&picture[1..])])).is_err());
    while block_on(opened.run.advance()).unwrap().progress == Progress::More {}
    assert_eq!(block_on(opened.run.prediction()).unwrap().logits, streamed.logits);
}
