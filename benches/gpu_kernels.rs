//! The GPU engine's kernels, on the adapter that Vulkan prefers: `cargo bench --bench gpu_kernels`.
//! A run is timed from its submission until the GPU is done, so that on fast GPUs small steps show
//! what a submission costs.

#![allow(clippy::unwrap_used, missing_docs, reason = "benches may panic; criterion's macros make the items")]

mod shapes;

use criterion::{Criterion, criterion_group, criterion_main};
use inceptionscope::engine::Engine;
use inceptionscope::engine::gpu::GpuEngine;
use shapes::Case;

fn measure(c: &mut Criterion, group: &str, engine: &mut Engine, cases: Vec<Case>) {
    let mut group = c.benchmark_group(group);
    group.sample_size(10);
    for case in cases {
        pollster::block_on(case.prepare(engine));
        group.throughput(case.throughput.clone());
        group.bench_function(case.name, |b| {
            b.iter(|| {
                engine.run(0..1).unwrap();
                pollster::block_on(engine.finish()).unwrap();
            });
        });
    }
}

fn kernels(c: &mut Criterion) {
    let gpu = match pollster::block_on(GpuEngine::new()) {
        Ok(gpu) => gpu,
        Err(error) => return eprintln!("gpu_kernels: nothing measured: {error}"),
    };
    eprintln!("gpu_kernels: {}", gpu.adapter().name);
    let mut engine = Engine::Gpu(Box::new(gpu));
    measure(c, "conv2d", &mut engine, shapes::dense());
    measure(c, "other", &mut engine, shapes::others());
}

criterion_group!(benches, kernels);
criterion_main!(benches);
