//! Development tasks: `cargo xtask help`.

mod bench;
mod demo;
mod dist;
mod licences;
mod package;
mod setup;
mod test;
mod wasm;
mod weights;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xshell::{Cmd, Shell, cmd};

/// Set-up, demo, tests and the deployable site.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what building and testing needs and is missing
    Setup,
    /// Compile the runtime to www/pkg/ and check its size
    BuildWasm,
    /// Write the deployable static site to dist/
    Dist,
    /// Write the npm package, packed, to target/npm/
    Package,
    /// Build the page and serve it on this machine
    Demo(demo::Options),
    /// Measure our engines beside onnxruntime-web and TensorFlow.js; takes about 40 minutes
    Bench(bench::Options),
    /// Fetch public weights into weights/, for the page and the command line
    Weights(weights::Options),
    /// Write www/runtime/rust.d.ts, JavaScript's types of what the runtime takes and answers, and docs/module.md
    Types,
    /// Run every test, as continuous integration does
    Test(test::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(root());
    match task {
        Task::Setup => setup::everything(&sh),
        Task::BuildWasm => {
            setup::for_site(&sh)?;
            wasm::build(&sh)?;
            wasm::weigh(&sh)
        }
        Task::Dist => {
            setup::for_site(&sh)?;
            weights::fetch_start(&sh);
            dist::write(&sh)
        }
        Task::Package => {
            setup::for_site(&sh)?;
            wasm::build(&sh)?;
            package::write(&sh)?;
            Ok(())
        }
        Task::Demo(options) => demo::run(&sh, &options),
        Task::Bench(options) => bench::run(&sh, &options),
        Task::Weights(options) => weights::run(&sh, &options),
        Task::Types => {
            let test = cmd!(sh, "cargo test --lib report::javascript");
            as_from_terminal(test).env("INCEPTIONSCOPE_WRITE_TYPES", "1").run()?;
            cmd!(sh, "node npm/reference.js").run()?;
            Ok(())
        }
        Task::Test(options) => test::run(&sh, &options),
    }
}

/// A call of cargo as from a terminal: without what cargo told this program about its own package. Build scripts read that
/// (ring's does), and would run again whenever cargo is called from here after a call from a terminal, or the other way
/// round.
fn as_from_terminal(cargo: Cmd<'_>) -> Cmd<'_> {
    let told = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter(|name| told(name)).fold(cargo, Cmd::env_remove)
}

/// The repository's root folder.
fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}
