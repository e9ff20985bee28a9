//! `cargo xtask test`: every check, stage by stage.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use xshell::{Shell, cmd};

use crate::{as_from_terminal, dist, package, setup, wasm, weights};

#[derive(Args)]
pub(crate) struct Options {
    /// Run these stages alone
    #[arg(long, value_delimiter = ',', value_name = "STAGE")]
    only: Vec<Stage>,
}

/// The stages in the order in which they run: the quickest to fail first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// rustfmt
    Format,
    /// clippy, for this machine
    Clippy,
    /// clippy, for the browser
    ClippyWasm,
    /// Unit, property and golden tests on both engines
    Cargo,
    /// The site and the size of its module
    Dist,
    /// The JavaScript's types, and the reference that is made of them
    Types,
    /// The page and its shaders in Chromium and Firefox
    Browser,
    /// The npm package, installed, bundled and run; of the site that the stage `dist` has built
    Package,
}

impl Stage {
    fn run(self, sh: &Shell) -> Result<()> {
        match self {
            Self::Format => cmd!(sh, "cargo fmt --all --check").run()?,
            Self::Clippy => cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?,
            Self::ClippyWasm => cmd!(
                sh,
                "cargo clippy --lib --no-default-features --features threads --target wasm32-unknown-unknown -- -D warnings"
            )
            .run()?,
            // In this profile xtask's dependencies compile slowly.
            Self::Cargo => {
                let nsfwjs = sh.current_dir().join(weights::nsfwjs(sh)?);
                let test = cmd!(sh, "cargo test --workspace --exclude xtask --no-fail-fast");
                as_from_terminal(test).env("INCEPTIONSCOPE_NSFWJS", nsfwjs).run()?;
                as_from_terminal(cmd!(sh, "cargo test --profile xtask --package xtask")).run()?;
            }
            Self::Dist => {
                dist::write(sh)?;
                wasm::weigh(sh)?;
            }
            Self::Types => {
                cmd!(sh, "node_modules/.bin/tsc --project www").run()?;
                cmd!(sh, "node_modules/.bin/tsc --project tests/browser").run()?;
                cmd!(sh, "node npm/reference.js --check").run()?;
            }
            // Its tests call cargo.
            Self::Browser => as_from_terminal(cmd!(sh, "node tests/browser/run.js")).run()?,
            Self::Package => {
                setup::npm_packages(sh, "tests/package")?;
                cmd!(sh, "npm --prefix tests/package ls --depth 0").quiet().run()?;
                cmd!(sh, "node_modules/.bin/tsc --project tests/package").run()?;
                let tarball = package::write(sh)?;
                let test = cmd!(sh, "node --test --test-reporter spec tests/package/package.test.js");
                test.env("INCEPTIONSCOPE_TARBALL", sh.current_dir().join(tarball)).run()?;
            }
        }
        Ok(())
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Sets up, runs the stages to the end, and fails if any of them failed.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    let started = Instant::now();
    setup::everything(sh)?;
    println!("setup took {:.1?}", started.elapsed());

    let stages = if options.only.is_empty() { Stage::value_variants() } else { &options.only };
    let mut outcomes = Vec::new();
    for &stage in stages {
        println!("\n=== {} ===", stage.name());
        let started = Instant::now();
        let outcome = stage.run(sh);
        if let Err(error) = &outcome {
            println!("{error:#}");
        }
        outcomes.push((stage, outcome.is_ok(), started.elapsed()));
    }
    summarise(&outcomes, started.elapsed())
}

fn summarise(outcomes: &[(Stage, bool, Duration)], total: Duration) -> Result<()> {
    println!("\n=== summary ===");
    for (stage, passed, took) in outcomes {
        let name = stage.name();
        let seconds = took.as_secs_f64();
        if *passed {
            println!("{name:<12} passed {seconds:>7.1} s");
        } else {
            println!("{name:<12} FAILED {seconds:>7.1} s   alone: cargo xtask test --only {name}");
        }
    }
    println!("{:<12} {:>14.1} s", "in all", total.as_secs_f64());
    let failed: Vec<String> =
        outcomes.iter().filter(|(_, passed, _)| !passed).map(|(stage, ..)| stage.name()).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}
