//! The CPU engine's kernels: `cargo bench --bench cpu_kernels`.

#![allow(clippy::unwrap_used, missing_docs, reason = "benches may panic; criterion's macros make the items")]

mod shapes;

use criterion::{Criterion, criterion_group, criterion_main};
use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::CpuEngine;
use shapes::Case;

fn measure(c: &mut Criterion, group: &str, cases: Vec<Case>) {
    let mut group = c.benchmark_group(group);
    for case in cases {
        let mut engine = Engine::Cpu(CpuEngine::new());
        pollster::block_on(case.prepare(&mut engine));
        group.throughput(case.throughput.clone());
        group.bench_function(case.name, |b| b.iter(|| engine.run(0..1).unwrap()));
    }
}

fn kernels(c: &mut Criterion) {
    measure(c, "conv2d", shapes::dense());
    measure(c, "other", shapes::others());
}

criterion_group!(benches, kernels);
criterion_main!(benches);
