//! Every network against the recorded values of its reference implementation (`goldens/*.json`,
//! made by `oracle/`), on both engines: every point with every op recorded, and every point that
//! the default plan must record. Buffers are poisoned before each run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/golden.rs"]
mod common;

use common::{TOLERANCE, error, golden, graph, picture};
use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::engine::gpu::GpuEngine;
use inceptionscope::run::{Input, Run};
use pollster::block_on;

fn check(name: &str, engine: Engine, every_op: bool) {
    let golden = golden(name);
    let label = format!("{name} on {}{}", engine.id(), if every_op { ", every op" } else { "" });
    let mut scope = block_on(Run::alone(graph(name), engine, every_op)).unwrap();
    scope.network().synthetic(golden.seed).unwrap();
    scope.engine_mut().poison().unwrap();
    let picture = picture(&golden.input, golden.seed);
    let prediction = block_on(scope.run(Input::Normalized(&picture))).unwrap();

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
}

fn gpu() -> Engine {
    let engine = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    Engine::Gpu(Box::new(engine))
}

macro_rules! goldens {
    ($($name:ident),* $(,)?) => {
        mod cpu {
            $(#[test] fn $name() {
                super::check(stringify!($name), super::Engine::Cpu(super::CpuEngine::new()), true);
                super::check(stringify!($name), super::Engine::Cpu(super::CpuEngine::new()), false);
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
