//! `cargo xtask build-wasm`: the runtime as `www/pkg/inceptionscope.js` and `inceptionscope_bg.wasm`.

use std::io::{copy, sink};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::{Compression, read::GzEncoder};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

/// Where the module is written, relative to the root.
pub(crate) const PKG: &str = "www/pkg";

/// What a visitor may have to download before the first weight arrives: wasm and JavaScript glue, gzipped.
/// The goal is 400 KiB.
const BUDGET: u64 = 450 * 1024;

/// Compiles, binds and optimises the module.
pub(crate) fn build(sh: &Shell) -> Result<()> {
    cmd!(
        sh,
        "cargo build --lib --profile wasm --no-default-features --target wasm32-unknown-unknown --message-format short"
    )
    .run()?;
    let target_dir = target_dir(sh)?;
    let compiled = Path::new(&target_dir).join("wasm32-unknown-unknown/wasm/inceptionscope.wasm");

    sh.remove_path(PKG)?;
    let pkg = sh.current_dir().join(PKG);
    Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .typescript(true)
        .generate(&pkg)
        .context("wasm-bindgen failed")?;

    let bound = pkg.join("inceptionscope_bg.wasm");
    let wasm_opt = Path::new("node_modules/.bin/wasm-opt");
    if sh.path_exists(wasm_opt) {
        cmd!(sh, "{wasm_opt} -O3 {bound} -o {bound}").run()?;
    } else {
        println!("note: {} is missing, so the wasm stays as the compiler made it", wasm_opt.display());
    }
    Ok(())
}

/// Cargo's build folder, wherever the environment or a configuration file puts it.
pub(crate) fn target_dir(sh: &Shell) -> Result<String> {
    let metadata = cmd!(sh, "cargo metadata --format-version 1 --no-deps").quiet().read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    Ok(metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?.to_owned())
}

/// Prints the sizes of what was built, and fails above the budget.
pub(crate) fn weigh(sh: &Shell) -> Result<()> {
    let mut total = 0;
    for name in ["inceptionscope_bg.wasm", "inceptionscope.js"] {
        let bytes = sh.read_binary_file(Path::new(PKG).join(name))?;
        let gzipped = copy(&mut GzEncoder::new(bytes.as_slice(), Compression::best()), &mut sink())?;
        println!("{:>9} bytes, {gzipped:>8} gzipped  {name}", bytes.len());
        total += gzipped;
    }
    println!("{total:>25} gzipped in all, of at most {BUDGET}");
    if total > BUDGET {
        bail!("the module grew to {total} bytes gzipped, more than the budget of {BUDGET}");
    }
    Ok(())
}
