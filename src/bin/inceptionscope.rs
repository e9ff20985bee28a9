//! The command line: the same questions as on the page, for scripts and notebooks.
//!
//! Exit status: 0 on success, 2 for a user's mistake (said on stderr), 1 for anything else.

use clap::{Parser, Subcommand};
use inceptionscope::cli::{
    bench, circuits, classify, convert, dream, evaluate, explain, export, features, models, trace, visualise,
};
use pollster::block_on;
use std::process::ExitCode;

/// A microscope for the Inception family.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the networks: parameters, multiply-adds, input, modules, branches, nodes, variants, profiles
    Models(models::Models),
    /// Classify photos
    Classify(classify::Classify),
    /// Write every recorded activation of one photo to a safetensors file
    Trace(trace::Trace),
    /// Write what chosen nodes make of many photos, a row a photo
    Features(features::Features),
    /// Explain an answer: class activation map, occlusion, removal of branches
    Explain(explain::Explain),
    /// Make a picture that excites a channel, a class or a layer
    Visualise(visualise::Visualise),
    /// Tell which channels of the modules before and after a channel is linked with, by weights alone
    Circuits(circuits::Circuits),
    /// Let a layer make more of what it finds in a photo (DeepDream)
    Dream(dream::Dream),
    /// Score networks on a folder of photos, each alone and as an ensemble
    Evaluate(evaluate::Evaluate),
    /// Convert weights to a safetensors file in execution order, with metadata
    Convert(convert::Convert),
    /// Export a network with its weights to another runtime
    Export(export::Export),
    /// Time networks with random, untrained weights, or tune the GPU kernels
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    // Mesa's Vulkan layer that chooses a GPU asks Wayland, which complains on stderr where nobody is logged in.
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: no other thread has been started.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
    // This thread computes too: else every step of a network would put it to sleep and wake it. Whoever started threads
    // before would go on with theirs.
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
    let result = match Cli::parse().command {
        Command::Models(args) => args.run(),
        Command::Classify(args) => block_on(args.run()),
        Command::Trace(args) => block_on(args.run()),
        Command::Features(args) => block_on(args.run()),
        Command::Explain(args) => block_on(args.run()),
        Command::Visualise(args) => block_on(args.run()),
        Command::Circuits(args) => block_on(args.run()),
        Command::Dream(args) => block_on(args.run()),
        Command::Evaluate(args) => block_on(args.run()),
        Command::Convert(args) => args.run(),
        Command::Export(args) => args.run(),
        Command::Bench(args) => block_on(args.run()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.status())
        }
    }
}
