//! Weights live once, on the device that reads them, and a warm run allocates nothing that counts.
//! One test, alone in its process: the allocator that counts is the whole process's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use dhat::HeapStats;
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::run::{Choice, Input, Opening, Spec};
use inceptionscope::weights::safetensors::Storage;
use inceptionscope::weights::{About, convert, recipe};
use pollster::block_on;
use std::fs::File;
use std::io::Read;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// For names, plans, shaders, and what a driver keeps on the heap.
const REST: usize = 12 << 20;
/// Of a run: commands, the logits, the names of classes.
const TALK: usize = 512 << 10;

#[test]
fn weights_live_once_and_a_run_allocates_nothing_that_counts() {
    let graph = zoo::build("googlenet", &Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("googlenet.safetensors");
    let tensors = graph.ids().flat_map(|node| {
        let id = &graph.node(node).id;
        recipe::tensors(&graph, node, 1).into_iter().map(move |(suffix, t)| (format!("{id}.{suffix}"), t))
    });
    convert(&graph, tensors.collect(), About::default(), Storage::F32, &mut File::create(&path).unwrap())
        .unwrap();
    let values = graph.node(graph.input).shape.values();
    let picture: Vec<f32> = (0..values).map(|i| (i as f32 * 0.013).sin()).collect();
    let largest = graph.nodes.iter().flat_map(|node| node.op.params()).map(|p| p.shape.iter().product());
    let largest: usize = 4 * largest.max().unwrap_or(0);

    for engine in [Choice::Cpu, Choice::Gpu] {
        let _profiler = dhat::Profiler::builder().testing().build();
        let mut opening = Opening::new(Spec { engine, ..Spec::default() }, "googlenet");
        let mut file = File::open(&path).unwrap();
        let mut piece = vec![0; 256 << 10];
        loop {
            let read = file.read(&mut piece).unwrap();
            if read == 0 {
                break;
            }
            block_on(opening.push(&piece[..read])).unwrap();
        }
        let mut opened = block_on(opening.finish()).unwrap();
        let scope = &mut opened.run;
        for _ in 0..2 {
            block_on(scope.run(Input::Normalized(&picture))).unwrap();
        }
        let memory = scope.memory();
        assert!(memory.weights > 50_000_000, "{}", memory.weights);
        // What the engine keeps on the heap: the GPU's buffers are not there.
        let own = if engine == Choice::Cpu { memory.weights + memory.activations } else { 0 };
        let HeapStats { curr_bytes, max_bytes, .. } = HeapStats::get();
        eprintln!("{engine:?}: {own} bytes of its own, {curr_bytes} now, {max_bytes} at most");
        assert!(curr_bytes < own + REST, "{engine:?}: {curr_bytes} bytes, {own} of them the engine's");
        assert!(
            max_bytes < own + largest + REST,
            "{engine:?}: {max_bytes} bytes, {own} of them the engine's"
        );

        let before = HeapStats::get().total_bytes;
        block_on(scope.run(Input::Normalized(&picture))).unwrap();
        let run = HeapStats::get().total_bytes - before;
        eprintln!("{engine:?}: {run} bytes in a run");
        // A GPU is given the picture in another order.
        let picture = if engine == Choice::Cpu { 0 } else { 4 * values * 4 / 3 };
        assert!(run < (picture + TALK) as u64, "{engine:?}: {run} bytes in a run");
    }
}
