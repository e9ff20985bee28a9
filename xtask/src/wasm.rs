//! `cargo xtask build-wasm`: the runtime, twice. `www/pkg/inceptionscope.js` is the glue of both modules,
//! `inceptionscope_bg.wasm` for any browser and `inceptionscope_relaxed_bg.wasm` for those with relaxed SIMD,
//! whose fused multiply-add makes the CPU engine faster; `www/runtime/worker.js` chooses. And the readers of rare
//! formats, `www/pkg-formats/`, which `www/formats.js` loads when such a file comes.

use std::env;
use std::io::{copy, sink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::{Compression, read::GzEncoder};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

/// Where the modules are written, relative to the root.
pub(crate) const PKG: &str = "www/pkg";
/// The glue, and the modules with the target feature that each has besides those of `.cargo/config.toml`.
const GLUE: &str = "inceptionscope.js";
const MODULES: [(&str, Option<&str>); 2] =
    [("inceptionscope_bg.wasm", None), ("inceptionscope_relaxed_bg.wasm", Some("+relaxed-simd"))];

/// What a visitor may have to download before the first weight arrives: one wasm and JavaScript glue, gzipped. The goal
/// is 512 KiB: what few visitors use (visualisations, evaluation) belongs in a module that comes when it is asked for.
const BUDGET: u64 = 536 * 1024;

/// The readers of rare formats: their folder, and the name of glue and module there.
const FORMATS: (&str, &str) = ("www/pkg-formats", "formats");

/// Compiles, binds and optimises the modules.
pub(crate) fn build(sh: &Shell) -> Result<()> {
    let pkg = sh.current_dir().join(PKG);
    sh.remove_path(&pkg)?;
    let mut first_glue: Option<String> = None;
    for (name, feature) in MODULES {
        // Added to the flags of `.cargo/config.toml`, for all packages.
        let flags = feature.map(|feature| {
            format!("target.wasm32-unknown-unknown.rustflags=['-C', 'target-feature={feature}']")
        });
        let config: Vec<&str> = flags.iter().flat_map(|flags| ["--config", flags]).collect();
        let bound = bind(sh, name, "inceptionscope", &config)?;
        let glue = without_comments(sh, &bound.join(GLUE), GLUE)?;
        sh.create_dir(&pkg)?;
        sh.copy_file(bound.join("inceptionscope.d.ts"), pkg.join("inceptionscope.d.ts"))?;
        if first_glue.get_or_insert_with(|| glue.clone()) != &glue {
            bail!("wasm-bindgen's glue of {name} in {} is not that of {}", bound.display(), MODULES[0].0);
        }
        sh.write_file(pkg.join(GLUE), glue)?;
        optimise(sh, &bound.join("inceptionscope_bg.wasm"), &pkg.join(name))?;
    }
    build_formats(sh)
}

fn build_formats(sh: &Shell) -> Result<()> {
    let (folder, name) = FORMATS;
    let pkg = sh.current_dir().join(folder);
    sh.remove_path(&pkg)?;
    let bound = bind(sh, name, name, &["--features", "formats"])?;
    let (glue, wasm) = (format!("{name}.js"), format!("{name}_bg.wasm"));
    let text = without_comments(sh, &bound.join(&glue), &glue)?;
    sh.create_dir(&pkg)?;
    sh.copy_file(bound.join(format!("{name}.d.ts")), pkg.join(format!("{name}.d.ts")))?;
    sh.write_file(pkg.join(&glue), text)?;
    optimise(sh, &bound.join(&wasm), &pkg.join(&wasm))
}

/// Compiles this package for browsers and makes its glue, named `glue`; returns the folder of both.
fn bind(sh: &Shell, name: &str, glue: &str, options: &[&str]) -> Result<PathBuf> {
    let target_dir = target_dir(sh)?;
    let compiled = Path::new(&target_dir).join("wasm32-unknown-unknown/wasm/inceptionscope.wasm");
    let build = ["--lib", "--profile", "wasm", "--no-default-features", "--message-format", "short"];
    let target = "wasm32-unknown-unknown";
    let remap = remap(sh)?;
    cmd!(sh, "cargo build {build...} {options...} --target {target} --config {remap}").run()?;
    let bound = Path::new(&target_dir).join("wasm-bindgen").join(name);
    Bindgen::new()
        .input_path(&compiled)
        .out_name(glue)
        .web(true)?
        .typescript(true)
        .generate(&bound)
        .context("wasm-bindgen failed")?;
    Ok(bound)
}

/// For cargo: what the module says instead of folders of this machine, where panics name the source: clones
/// elsewhere would make other bytes.
fn remap(sh: &Shell) -> Result<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = home.or_else(|| Some(env::home_dir()?.join(".cargo"))).context("there is no home folder")?;
    // One for each address of the registry, mirrors included.
    let registries = sh.read_dir(cargo.join("registry/src")).unwrap_or_default();
    let sysroot = PathBuf::from(cmd!(sh, "rustc --print sysroot").quiet().read()?);
    let mut folders = vec![(sh.current_dir(), "inceptionscope"), (sysroot, "rust")];
    folders.extend(registries.into_iter().map(|registry| (registry, "crates")));
    let flags: Vec<String> =
        (folders.iter()).map(|(from, to)| format!("'--remap-path-prefix={}={to}'", from.display())).collect();
    Ok(format!("target.wasm32-unknown-unknown.rustflags=[{}]", flags.join(", ")))
}

fn optimise(sh: &Shell, bound: &Path, optimised: &Path) -> Result<()> {
    let wasm_opt = Path::new("node_modules/.bin/wasm-opt");
    if sh.path_exists(wasm_opt) {
        // Functions beside those of a like name, so of like code: 12 KB less to download.
        cmd!(sh, "{wasm_opt} -Os --converge --reorder-functions-by-name {bound} -o {optimised}").run()?;
    } else {
        println!("note: {} is missing, so the wasm stays as the compiler made it", wasm_opt.display());
        sh.copy_file(bound, optimised)?;
    }
    Ok(())
}

/// A quarter of the glue is documentation, which its types have as well; and the names of closures in it
/// differ from build to build.
fn without_comments(sh: &Shell, glue: &Path, name: &str) -> Result<String> {
    let tsc = Path::new("node_modules/.bin/tsc");
    if !sh.path_exists(tsc) {
        return Ok(sh.read_file(glue)?);
    }
    let out = glue.with_file_name("bare");
    let options = ["--allowJs", "--removeComments", "--target", "esnext", "--module", "esnext", "--noCheck"];
    cmd!(sh, "{tsc} {options...} --outDir {out} {glue}").quiet().run()?;
    Ok(sh.read_file(out.join(name))?)
}

/// Cargo's build folder, wherever the environment or a configuration file puts it.
pub(crate) fn target_dir(sh: &Shell) -> Result<String> {
    let metadata = cmd!(sh, "cargo metadata --format-version 1 --no-deps").quiet().read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    Ok(metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?.to_owned())
}

/// Prints the sizes of what was built, and fails above the budget.
pub(crate) fn weigh(sh: &Shell) -> Result<()> {
    let weigh = |folder: &str, name: &str| -> Result<u64> {
        let bytes = sh.read_binary_file(Path::new(folder).join(name))?;
        let gzipped = copy(&mut GzEncoder::new(bytes.as_slice(), Compression::best()), &mut sink())?;
        println!("{:>9} bytes, {gzipped:>8} gzipped  {name}", bytes.len());
        Ok(gzipped)
    };
    let mut total = 0;
    for (name, _) in MODULES {
        total = total.max(weigh(PKG, name)?);
    }
    total += weigh(PKG, GLUE)?;
    println!("{total:>25} gzipped for a visitor, of at most {BUDGET}");
    let (folder, name) = FORMATS;
    let rare = weigh(folder, &format!("{name}_bg.wasm"))? + weigh(folder, &format!("{name}.js"))?;
    println!("{rare:>25} gzipped with the first file of a rare format");
    if total > BUDGET {
        bail!("the module grew to {total} bytes gzipped, more than the budget of {BUDGET}");
    }
    Ok(())
}
