//! `cargo xtask setup`: install what is missing, and nothing else.
//!
//! The page needs Rust's wasm32 target, and npm only to make it smaller. The tests also need two
//! browsers, a software Vulkan driver and the npm packages of `package.json`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What the tests use of Debian, and a file that tells whether the package is there.
const DEBIAN: [(&str, &str); 4] = [
    ("chromium", "/usr/bin/chromium"),
    ("firefox-esr", "/usr/bin/firefox-esr"),
    // lavapipe: Vulkan on the processor, for native GPU tests and for WebGPU in Firefox.
    ("mesa-vulkan-drivers", "/usr/share/vulkan/icd.d"),
    // For the notebook.
    ("python3-venv", "/usr/share/python-wheels"),
];

/// Everything that `cargo xtask test` needs.
pub(crate) fn everything(sh: &Shell) -> Result<()> {
    wasm_target(sh)?;
    rust_src(sh)?;
    rust_components(sh)?;
    npm_packages(sh, ".")?;
    debian_packages(sh)?;
    python_packages(sh)
}

/// What building the site needs. npm is optional: without it the site is larger, and opens later.
pub(crate) fn for_site(sh: &Shell) -> Result<()> {
    wasm_target(sh)?;
    rust_src(sh)?;
    if let Err(error) = npm_packages(sh, ".") {
        eprintln!("note: the site will be larger, and open later: {error:#}");
    }
    Ok(())
}

fn wasm_target(sh: &Shell) -> Result<()> {
    let sysroot = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).exists() {
        return Ok(());
    }
    println!("setup: installing Rust's {WASM_TARGET} target");
    cmd!(sh, "rustup target add {WASM_TARGET}")
        .run()
        .with_context(|| format!("Rust has no {WASM_TARGET} target: install it, or use rustup"))
}

/// The sources of the standard library, which is compiled with the module (`wasm.rs`). Where they are not to be had,
/// the site is without threads, and its module larger.
fn rust_src(sh: &Shell) -> Result<()> {
    if has_rust_src(sh)? {
        return Ok(());
    }
    println!("setup: installing Rust's sources: they make the module smaller, and threads possible");
    if let Err(error) = cmd!(sh, "rustup component add rust-src").run() {
        eprintln!(
            "note: rust-src is missing, so the module is larger and its CPU engine has one thread: {error}"
        );
    }
    Ok(())
}

/// Whether the sources of the standard library are there.
pub(crate) fn has_rust_src(sh: &Shell) -> Result<bool> {
    let sysroot = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    Ok(Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml").exists())
}

fn rust_components(sh: &Shell) -> Result<()> {
    for (component, command) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if cmd!(sh, "cargo {command} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok() {
            continue;
        }
        println!("setup: installing {component}");
        cmd!(sh, "rustup component add {component}")
            .run()
            .with_context(|| format!("cargo {command} is missing: install {component}, or use rustup"))?;
    }
    Ok(())
}

/// The packages of a folder's `package.json`.
pub(crate) fn npm_packages(sh: &Shell, folder: &str) -> Result<()> {
    if cmd!(sh, "npm --version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        bail!("npm is missing: install Node.js 22 or newer (https://nodejs.org)");
    }
    // `npm ls` fails when node_modules lacks something or holds another version than the lock file.
    if cmd!(sh, "npm --prefix {folder} ls").quiet().ignore_stdout().ignore_stderr().run().is_ok() {
        return Ok(());
    }
    println!("setup: installing the npm packages of {folder}/package.json");
    cmd!(sh, "npm --prefix {folder} ci")
        .run()
        .with_context(|| format!("npm could not install the packages of {folder}/package-lock.json"))
}

/// What `docs/notebook.ipynb` needs, but for torch, in `target/python`.
fn python_packages(sh: &Shell) -> Result<()> {
    let (wished, there) = ("tests/notebook/requirements.txt", "target/python/requirements.txt");
    let requirements = sh.read_file(wished)?;
    if sh.read_file(there).is_ok_and(|installed| installed == requirements) {
        return Ok(());
    }
    println!("setup: installing the Python packages of {wished}");
    let install = || -> Result<()> {
        cmd!(sh, "python3 -m venv --clear target/python").run()?;
        cmd!(sh, "target/python/bin/python -m pip install --quiet --disable-pip-version-check -r {wished}")
            .run()?;
        // Last: what broke off is installed again.
        Ok(sh.write_file(there, &requirements)?)
    };
    install().with_context(|| {
        format!("the packages of {wished} could not be installed: they need Python 3.11 or newer")
    })
}

fn debian_packages(sh: &Shell) -> Result<()> {
    let missing: Vec<&str> =
        DEBIAN.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("the tests need {}: install them, on Debian with apt-get", missing.join(", "));
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!(by_hand);
    }
    let is_root = cmd!(sh, "id -u").quiet().read()? == "0";
    let apt_get = |arguments: &[&str]| {
        let command = if is_root {
            cmd!(sh, "apt-get {arguments...}")
        } else {
            cmd!(sh, "sudo apt-get {arguments...}")
        };
        command.env("DEBIAN_FRONTEND", "noninteractive").run().with_context(|| by_hand.clone())
    };
    println!("setup: installing Debian's {}", missing.join(", "));
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], missing.as_slice()].concat())
}
