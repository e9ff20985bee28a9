//! What f16 and q8 cost: the logits of every network with its weights stored in each form, against f32.
//!
//! ```text
//! cargo run -q --example precision [NETWORK…]
//! ```
//!
//! Weights and picture are the recipe's (`src/weights/recipe.rs`), as in the goldens. Prints the table of docs/weights.md.

use inceptionscope::net::zoo::{self, NETWORKS, Options};
use inceptionscope::run::{Choice, Input, Opening, Spec};
use inceptionscope::weights::safetensors::Storage;
use inceptionscope::weights::{About, convert, recipe};
use pollster::block_on;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    println!("| network | f32 | f16 | q8 | f16: error | q8: error | q8: same class |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for network in NETWORKS.iter().filter(|n| named.is_empty() || named.iter().any(|name| name == n.id)) {
        let [exact, half, eighth] =
            [Storage::F32, Storage::F16, Storage::Q8].map(|form| run(network.id, form));
        let ((size, exact), (half_size, half), (eighth_size, eighth)) = (exact?, half?, eighth?);
        let mean = exact.iter().sum::<f32>() / exact.len() as f32;
        let std = (exact.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / exact.len() as f32).sqrt();
        let error =
            |found: &[f32]| found.iter().zip(&exact).fold(0.0_f32, |e, (a, b)| e.max((a - b).abs())) / std;
        let best = |logits: &[f32]| {
            logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(class, _)| class)
        };
        println!(
            "| {} | {:.1} MB | {:.1} MB | {:.1} MB | {:.4} | {:.4} | {} |",
            network.id,
            size,
            half_size,
            eighth_size,
            error(&half),
            error(&eighth),
            if best(&eighth) == best(&exact) { "yes" } else { "no" },
        );
    }
    Ok(())
}

/// Megabytes and logits of a network whose weights are stored in a form.
fn run(network: &str, storage: Storage) -> Result<(f64, Vec<f32>), Box<dyn Error>> {
    let graph = zoo::build(network, &Options::default())?;
    let tensors = graph.ids().flat_map(|node| {
        let id = &graph.node(node).id;
        recipe::tensors(&graph, node, 1).into_iter().map(move |(suffix, t)| (format!("{id}.{suffix}"), t))
    });
    let mut file = Vec::new();
    convert(&graph, tensors.collect(), About::default(), storage, &mut file)?;
    let mut opening = Opening::new(Spec { engine: Choice::Cpu, ..Spec::default() }, network);
    block_on(opening.push(&file))?;
    let mut opened = block_on(opening.finish())?;
    let shape = graph.node(graph.input).shape;
    let rgb = recipe::image(shape.w(), shape.h(), 1);
    let picture: Vec<f32> =
        (0..3).flat_map(|c| rgb.iter().skip(c).step_by(3).map(|v| f32::from(*v) / 127.5 - 1.0)).collect();
    Ok((file.len() as f64 / 1e6, block_on(opened.run.run(Input::Normalized(&picture)))?.logits))
}
