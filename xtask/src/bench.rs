//! `cargo xtask bench`: our engines beside their peers, in one browser (benches/peers/).

use anyhow::{Context, Result};
use clap::Args;
use xshell::{Shell, cmd};

use crate::{as_from_terminal, dist, setup, wasm};

/// The peers, with npm packages of their own, which only benchmarks need.
const PEERS: &str = "benches/peers";

#[derive(Args)]
pub(crate) struct Options {
    /// GoogLeNet only
    #[arg(long)]
    quick: bool,
    /// Gradients and steps of visualisations, and nothing else
    #[arg(long)]
    gradients: bool,
    /// Networks: googlenet,inception_v3,...
    #[arg(long)]
    models: Option<String>,
    /// Engines: gpu,cpu,ort-webgpu,ort-wasm,tfjs-webgpu,tfjs-wasm, and of those on the CPU with one thread cpu-1,...
    #[arg(long)]
    engines: Option<String>,
    /// Rounds of warm runs
    #[arg(long)]
    runs: Option<u32>,
    /// swiftshader (software, the same everywhere) or hardware
    #[arg(long)]
    adapter: Option<String>,
    /// Also write every number to this file
    #[arg(long)]
    json: Option<String>,
    /// Write the table here; by default to docs/benchmarks.md once everything was measured
    #[arg(long)]
    out: Option<String>,
}

/// Builds the site and the command line, installs the peers, measures.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    setup::everything(sh)?;
    setup::npm_packages(sh, PEERS)?;
    dist::write(sh)?;
    as_from_terminal(cmd!(sh, "cargo build --bin inceptionscope")).run()?;
    let cli = format!("{}/debug/inceptionscope", wasm::target_dir(sh)?);

    let runs = options.runs.map(|runs| runs.to_string());
    let given = [
        ("--models", &options.models),
        ("--engines", &options.engines),
        ("--runs", &runs),
        ("--adapter", &options.adapter),
        ("--json", &options.json),
        ("--out", &options.out),
    ];
    let mut arguments: Vec<&str> =
        given.iter().filter_map(|(name, value)| Some([*name, value.as_deref()?])).flatten().collect();
    if options.quick {
        arguments.push("--quick");
    }
    if options.gradients {
        arguments.push("--gradients");
    }
    cmd!(sh, "node {PEERS}/run.js --cli {cli} {arguments...}").run().context("the benchmark failed")
}
