//! Every network against the recorded values of its reference implementation (`goldens/*.json`,
//! made by `oracle/`), on both engines: every point with every op recorded, and every point that
//! the default plan must record, there as the middle one of three different pictures. Buffers are
//! poisoned before each run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;
#[path = "common/engines.rs"]
mod engines;

use common::{TOLERANCE, error, golden, graph, picture};
use engines::{cpu, gpu};
use inceptionscope::engine::Engine;
use inceptionscope::run::{Input, Run};
use pollster::block_on;

fn check(name: &str, engine: Engine, every_op: bool) {
    let golden = golden(name);
    let label = format!("{name} on {}{}", engine.id(), if every_op { ", every op" } else { "" });
    let mut scope = block_on(Run::alone(graph(name), engine, every_op)).unwrap();
    scope.network().synthetic(golden.seed).unwrap();
    let picture = picture(&golden.input, golden.seed);
    let others = [mirrored(&picture), picture.iter().map(|v| -v).collect()];
    let batch = [&others[0], &picture, &others[1]].map(|picture| Input::Normalized(picture));
    let (inputs, position) = if every_op { (&batch[1..2], 0) } else { (&batch[..], 1) };
    // Another number of pictures takes other buffers, which are to be poisoned too.
    block_on(scope.begin(inputs)).unwrap();
    scope.engine_mut().poison().unwrap();
    block_on(scope.begin(inputs)).unwrap();
    block_on(scope.finish()).unwrap();
    scope.select(position).unwrap();
    let prediction = block_on(scope.prediction()).unwrap();

    let mut compared = 0;
    let mut worst = (0.0_f64, String::new());
    let mut bad = Vec::new();
    for point in golden.points.iter().filter(|p| every_op || p.always) {
        let node = scope.graph().find(&point.node).unwrap();
        assert!(scope.plan().view(node).is_some(), "{label}: {} is not recorded", point.node);
        let largest = error(&mut scope, point);
        if largest > TOLERANCE {
            bad.push(format!("{} {largest:.1e}", point.node));
        }
        if largest > worst.0 {
            worst = (largest, point.node.clone());
        }
        // Concat ranges and residual scales are the graph's.
        if let Some(parts) = &point.parts {
            let inputs = &scope.graph().node(node).inputs;
            let mut channel = 0;
            assert_eq!(inputs.len(), parts.len(), "{label}: {}", point.node);
            for (input, (_, from, to)) in inputs.iter().zip(parts) {
                assert_eq!(channel, *from, "{label}: {}", point.node);
                channel += scope.graph().node(*input).shape.c();
                assert_eq!(channel, *to, "{label}: {}", point.node);
            }
        }
        if let Some(scale) = point.scale {
            let sum = scope.graph().ids().find_map(|id| match &scope.graph().node(id).op {
                inceptionscope::net::Op::Add(add) if scope.graph().node(id).inputs[0] == node => {
                    Some(add.scale)
                }
                _ => None,
            });
            assert_eq!(sum.map(f64::from).map(|s| (s * 1e6).round()), Some((scale * 1e6).round()));
        }
        compared += 1;
    }
    println!("{label}: {compared} points, worst {:.1e} at {}", worst.0, worst.1);
    assert!(
        bad.is_empty(),
        "{label}: {} of {compared} points are off, first {:?}",
        bad.len(),
        &bad[..bad.len().min(5)]
    );
    assert!(compared > 30, "{label}: only {compared} points compared");
    let top: Vec<usize> = prediction.top(5).into_iter().map(|(class, _)| class).collect();
    let expected: Vec<usize> = golden.top5.iter().map(|(class, _)| *class).collect();
    assert_eq!(top, expected, "{label}");
    if !every_op {
        alone(&mut scope, &others, &label);
    }
}

/// Each picture of the batch is what it is alone, to the bit on the CPU.
fn alone(scope: &mut Run, others: &[Vec<f32>; 2], label: &str) {
    let together = block_on(scope.predictions()).unwrap();
    let mut single = block_on(scope.fork()).unwrap();
    for (others, position) in others.iter().zip([0, 2]) {
        let alone = block_on(single.run(Input::Normalized(others))).unwrap();
        let same = alone.logits.iter().zip(&together[position].logits).all(|(a, b)| a == b);
        assert!(same, "{label}: picture {position} is another alone");
    }
    assert!(together[0].logits != together[1].logits, "{label}");
}

/// The same values in reverse: another picture.
fn mirrored(picture: &[f32]) -> Vec<f32> {
    picture.iter().rev().copied().collect()
}

macro_rules! goldens {
    ($($name:ident),* $(,)?) => {
        mod cpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::cpu(), true);
                super::check(stringify!($name), super::cpu(), false);
            })*
        }
        mod gpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::gpu(), true);
                super::check(stringify!($name), super::gpu(), false);
            })*
        }
    };
}

goldens!(
    googlenet,
    googlenet_5h,
    bn_inception,
    inception_v3,
    inception_v3_keras,
    inception_v4,
    inception_resnet_v1,
    inception_resnet_v2,
    xception,
    xception_keras,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
);
