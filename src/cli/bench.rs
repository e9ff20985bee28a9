//! `bench`: how long does a network take?

use super::output::{print, print_json};
use super::{Failure, tuning};
use crate::engine::Engine;
use crate::engine::gpu::{StepTime, Tuning};
use crate::net::zoo;
use crate::run::{Choice, Input, Opened, RunError, Spec};
use clap::Args;
use serde::Serialize;
use std::time::Instant;

/// Options of `bench`.
#[derive(Args, Debug)]
pub struct Bench {
    /// Networks; all of them by default
    #[arg(long, num_args = 1..)]
    model: Vec<String>,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    engine: Choice,
    /// Compute every convolution as it is defined (CPU)
    #[arg(long)]
    direct: bool,
    /// Number of runs after the first; their median is printed
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Time each step separately (GPU)
    #[arg(long)]
    steps: bool,
    /// Find the fastest kernels for this GPU and use them in later runs
    #[arg(long)]
    tune: bool,
    /// JSON, for scripts
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Timed {
    model: &'static str,
    engine: &'static str,
    adapter: Option<String>,
    /// Milliseconds.
    load: f64,
    first: f64,
    median: f64,
    gflops: f64,
    tuning: Option<Tuning>,
    steps: Vec<StepTime>,
}

impl Bench {
    /// Times the networks.
    ///
    /// # Errors
    /// If there is no such network, or the engine fails.
    pub async fn run(&self) -> Result<(), Failure> {
        let all = || zoo::NETWORKS.iter().map(|n| n.id.to_owned()).collect();
        let models: Vec<String> = if self.model.is_empty() { all() } else { self.model.clone() };
        let mut results = Vec::new();
        for model in models {
            results.push(self.time(model).await?);
        }
        if self.json { print_json(&results) } else { print(&table(results)) }
    }

    async fn time(&self, model: String) -> Result<Timed, Failure> {
        let ms = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
        let start = Instant::now();
        let spec = Spec { model: Some(model), engine: self.engine, direct: self.direct, ..Spec::default() };
        let mut opened = Opened::synthetic(&spec, 1).await?;
        tuning::apply(&mut opened).await?;
        let load = ms(start);
        let graph = opened.run.graph();
        let picture: Vec<f32> =
            (0..graph.node(graph.input).shape.values()).map(|i| (i as f32).sin()).collect();
        let flops = 2.0 * opened.run.plan().steps.iter().map(|step| step.macs).sum::<u64>() as f64;
        let start = Instant::now();
        opened.run.run(Input::Tensor(&picture)).await?;
        let first = ms(start);
        let mut tuning = None;
        if self.tune {
            tuning = opened.run.engine_mut().tune(f64::INFINITY).await.map_err(RunError::from)?;
            if let Some(tuning) = &tuning {
                tuning::keep(tuning)?;
            }
        }
        let mut times = Vec::new();
        for _ in 0..self.runs.max(1) {
            let start = Instant::now();
            opened.run.run(Input::Tensor(&picture)).await?;
            times.push(ms(start));
        }
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let steps = match opened.run.engine_mut() {
            Engine::Gpu(gpu) if self.steps => gpu.profile().await.map_err(RunError::from)?,
            _ => Vec::new(),
        };
        Ok(Timed {
            model: opened.run.graph().network,
            engine: opened.chosen.engine,
            adapter: opened.chosen.adapter.clone(),
            load,
            first,
            median,
            gflops: flops / median / 1e6,
            tuning,
            steps,
        })
    }
}

fn table(results: Vec<Timed>) -> String {
    let mut text = format!(
        "{:<20} {:<6} {:>9} {:>9} {:>10} {:>8}\n",
        "model", "engine", "load ms", "first ms", "median ms", "GFLOP/s"
    );
    for mut r in results {
        text += &format!(
            "{:<20} {:<6} {:>9.0} {:>9.0} {:>10.1} {:>8.2}\n",
            r.model, r.engine, r.load, r.first, r.median, r.gflops
        );
        if let Some(tuning) = r.tuning {
            text += &format!(
                "  tuned in {:.0} ms: {} classes of convolutions, {:.2} ms before, {:.2} ms now\n",
                tuning.took,
                tuning.tiles.len(),
                tuning.before,
                tuning.after
            );
            for (class, tile) in tuning.tiles {
                text += &format!("    {class:<48} {tile:?}\n");
            }
        }
        r.steps.sort_by(|a, b| b.ms.total_cmp(&a.ms));
        for step in r.steps {
            let gflops = 2.0 * step.macs as f64 / step.ms.max(1e-6) / 1e6;
            text +=
                &format!("  {:>9.3} ms {gflops:>8.2} GFLOP/s  {:<26} {}\n", step.ms, step.shader, step.node);
        }
    }
    text
}
