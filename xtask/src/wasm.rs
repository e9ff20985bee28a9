//! `cargo xtask build-wasm`: the runtime, three times, of which a visitor downloads one (`www/runtime/module.js` says
//! which). `www/pkg/inceptionscope.js` is the glue of two modules, `inceptionscope_bg.wasm` for any browser and
//! `inceptionscope_relaxed_bg.wasm` for those with relaxed SIMD, whose fused multiply-add makes the CPU engine faster.
//! `inceptionscope_threads.js` is the glue of `inceptionscope_threads_bg.wasm`, which has relaxed SIMD and threads, for
//! pages that are cross-origin isolated. And the readers of rare formats, `www/pkg-formats/`, which `www/formats.js` loads
//! when such a file comes.

use std::env;
use std::io::{copy, sink};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use flate2::{Compression, read::GzEncoder};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

use crate::setup;

/// Where the modules are written, relative to the root.
pub(crate) const PKG: &str = "www/pkg";
/// Where that of the readers of rare formats is.
const PKG_FORMATS: &str = "www/pkg-formats";

/// One of the ways in which the runtime is compiled.
struct Flavour {
    folder: &'static str,
    /// The name of its glue, without `.js`.
    glue: &'static str,
    wasm: &'static str,
    /// Target features besides those of `.cargo/config.toml`, for all packages.
    target_features: &'static str,
    /// Of our package.
    feature: &'static str,
}

const PLAIN: Flavour = Flavour {
    folder: PKG,
    glue: "inceptionscope",
    wasm: "inceptionscope_bg.wasm",
    target_features: "",
    feature: "",
};
const RELAXED: Flavour =
    Flavour { wasm: "inceptionscope_relaxed_bg.wasm", target_features: "+relaxed-simd", ..PLAIN };
const THREADS: Flavour = Flavour {
    glue: "inceptionscope_threads",
    wasm: "inceptionscope_threads_bg.wasm",
    target_features: "+relaxed-simd,+atomics",
    feature: "threads",
    ..PLAIN
};
const FORMATS: Flavour =
    Flavour { folder: PKG_FORMATS, glue: "formats", wasm: "formats_bg.wasm", feature: "formats", ..PLAIN };

/// What is compiled at the same time: most of the time goes into what uses one core.
const LANES: [[Flavour; 2]; 2] = [[PLAIN, FORMATS], [RELAXED, THREADS]];

/// What the linker is told for threads: memory that workers share, and may grow to all that an address reaches; and what
/// wasm-bindgen needs to give each thread its own stack and variables.
const LINK_THREADS: [&str; 7] = [
    "--shared-memory",
    "--import-memory",
    "--max-memory=4294967296",
    "--export=__wasm_init_tls",
    "--export=__tls_size",
    "--export=__tls_align",
    "--export=__tls_base",
];

/// Lets the stable toolchain take unstable options.
const BOOTSTRAP: &str = "RUSTC_BOOTSTRAP";

/// What a visitor may have to download before the first weight arrives: one wasm and JavaScript glue, gzipped.
const BUDGET: u64 = 512 * 1024;
/// With threads, which are 16 KB. The goal is the other: what few visitors use (visualisations, evaluation) belongs in a
/// module that comes when it is asked for.
const BUDGET_THREADS: u64 = 527 * 1024;

/// A module that is compiled, bound and optimised, and its glue.
struct Made {
    flavour: Flavour,
    /// Where its parts are.
    bound: PathBuf,
    glue: String,
}

/// The module in [`Made::bound`].
const OPTIMISED: &str = "optimised.wasm";

/// Compiles, binds and optimises the modules.
pub(crate) fn build(sh: &Shell) -> Result<()> {
    let root = sh.current_dir();
    let sources = setup::has_rust_src(sh)?;
    let target = Path::new(&target_dir(sh)?).join("browser");
    let lanes = thread::scope(|scope| {
        let lanes = LANES.map(|lane| {
            let (root, target) = (&root, &target);
            scope.spawn(move || -> Result<Vec<Made>> {
                let sh = Shell::new()?;
                sh.change_dir(root);
                // Threads need a standard library with atomics.
                let made = lane.into_iter().filter(|flavour| sources || flavour.feature != THREADS.feature);
                made.map(|flavour| make(&sh, flavour, target, sources)).collect()
            })
        });
        lanes.map(|lane| lane.join().map_err(|_| anyhow!("a build panicked")))
    });
    for folder in [PKG, PKG_FORMATS] {
        sh.remove_path(folder)?;
        sh.create_dir(folder)?;
    }
    for lane in lanes {
        for Made { flavour, bound, glue } in lane?? {
            let folder = root.join(flavour.folder);
            let file = folder.join(format!("{}.js", flavour.glue));
            if sh.path_exists(&file) && sh.read_file(&file)? != glue {
                bail!(
                    "wasm-bindgen's glue of {} in {} is another than before",
                    flavour.wasm,
                    bound.display()
                );
            }
            sh.write_file(file, glue)?;
            if flavour.feature != THREADS.feature {
                let types = format!("{}.d.ts", flavour.glue);
                sh.copy_file(bound.join(&types), folder.join(&types))?;
            }
            sh.copy_file(bound.join(OPTIMISED), folder.join(flavour.wasm))?;
        }
    }
    if !sources {
        println!("note: without Rust's sources, {} is the module without threads", THREADS.wasm);
        let pkg = root.join(PKG);
        sh.copy_file(pkg.join(RELAXED.wasm), pkg.join(THREADS.wasm))?;
        sh.copy_file(pkg.join(format!("{}.js", RELAXED.glue)), pkg.join(format!("{}.js", THREADS.glue)))?;
    }
    Ok(())
}

impl Flavour {
    /// Its folder: what is compiled with other flags is compiled anew.
    fn target_name(&self) -> String {
        format!("wasm32{}", self.target_features)
    }

    /// For `cargo build`.
    fn options(&self, sources: bool) -> Vec<String> {
        let mut flags: Vec<String> = Vec::new();
        if !self.target_features.is_empty() {
            flags.push(format!("target-feature={}", self.target_features));
        }
        if self.feature == THREADS.feature {
            flags.extend(LINK_THREADS.map(|argument| format!("link-arg={argument}")));
        }
        let mut options = small(sources, &flags);
        if !self.feature.is_empty() {
            options.push(format!("--features={}", self.feature));
        }
        options
    }
}

/// Compiles this package for browsers, and makes its glue.
fn make(sh: &Shell, flavour: Flavour, target_dir: &Path, sources: bool) -> Result<Made> {
    let name = if flavour.folder == PKG { PLAIN.glue } else { flavour.glue };
    let target_dir = target_dir.join(flavour.target_name());
    let bound = bind(sh, &target_dir, flavour.wasm, name, &flavour.options(sources))?;
    let glue = minify(sh, &bound.join(format!("{name}.js")))?;
    optimise(sh, &bound.join(format!("{name}_bg.wasm")), &bound.join(OPTIMISED))?;
    Ok(Made { flavour, bound, glue })
}

/// Options for `cargo build` with flags for all packages, added to those of `.cargo/config.toml`. With its sources the
/// standard library is compiled like the rest, which the one that is distributed is not: 34 KB less to download, of which
/// 13 because panics say what went wrong, and not in which line. It also is the only way to threads.
fn small(sources: bool, flags: &[String]) -> Vec<String> {
    let mut flags: Vec<String> =
        flags.iter().flat_map(|flag| ["'-C'".to_owned(), format!("'{flag}'")]).collect();
    let mut options = Vec::new();
    if sources {
        flags.push("'-Zlocation-detail=none'".to_owned());
        let std = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
        options.extend(std.map(str::to_owned));
    }
    let flags = format!("target.wasm32-unknown-unknown.rustflags=[{}]", flags.join(","));
    options.extend(["--config".to_owned(), flags]);
    options
}

/// Compiles, in a folder of its own because of [`BOOTSTRAP`]: build scripts that read it would run again and again. Returns
/// the folder of the module and its glue, named `glue`.
fn bind(sh: &Shell, target_dir: &Path, name: &str, glue: &str, options: &[String]) -> Result<PathBuf> {
    let compiled = target_dir.join("wasm32-unknown-unknown/wasm/inceptionscope.wasm");
    let build = ["--lib", "--profile", "wasm", "--no-default-features", "--message-format", "short"];
    let target = "wasm32-unknown-unknown";
    let remap = remap(sh)?;
    let cargo = cmd!(
        sh,
        "cargo build {build...} {options...} --target {target} --target-dir {target_dir} --config {remap}"
    );
    let unstable = options.iter().any(|option| option.starts_with("-Z"));
    let cargo = if unstable { cargo.env(BOOTSTRAP, "1") } else { cargo };
    cargo.run()?;
    let bound = target_dir.join("wasm-bindgen").join(name);
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
        let options = ["-Os", "--converge", "--reorder-functions-by-name"];
        // It takes a minute: not again where neither it nor its module has changed.
        let version = cmd!(sh, "{wasm_opt} --version").quiet().read()?;
        let of =
            [&sh.read_binary_file(bound)?[..], version.as_bytes(), options.join(" ").as_bytes()].concat();
        let made_of = optimised.with_extension("of");
        if sh.path_exists(optimised) && sh.read_binary_file(&made_of).is_ok_and(|before| before == of) {
            return Ok(());
        }
        cmd!(sh, "{wasm_opt} {options...} {bound} -o {optimised}").run()?;
        sh.write_file(made_of, of)?;
    } else {
        println!("note: {} is missing, so the wasm stays as the compiler made it", wasm_opt.display());
        sh.copy_file(bound, optimised)?;
    }
    Ok(())
}

/// Its documentation, which its types have as well, and its long names are half of the glue.
fn minify(sh: &Shell, glue: &Path) -> Result<String> {
    let esbuild = Path::new("node_modules/.bin/esbuild");
    if !sh.path_exists(esbuild) {
        return Ok(sh.read_file(glue)?);
    }
    let options = ["--minify", "--charset=utf8", "--log-level=warning"];
    Ok(cmd!(sh, "{esbuild} {glue} {options...}").quiet().read()?)
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
    let mut too_large = Vec::new();
    for (flavour, budget) in [(PLAIN, BUDGET), (RELAXED, BUDGET), (THREADS, BUDGET_THREADS)] {
        let Flavour { folder, glue, wasm, .. } = flavour;
        let visitor = weigh(folder, wasm)? + weigh(folder, &format!("{glue}.js"))?;
        println!("{visitor:>25} gzipped for a visitor, of at most {budget}");
        if visitor > budget {
            too_large.push(format!("{wasm}: {visitor} bytes gzipped, more than the budget of {budget}"));
        }
    }
    let Flavour { folder, glue, wasm, .. } = FORMATS;
    let rare = weigh(folder, wasm)? + weigh(folder, &format!("{glue}.js"))?;
    println!("{rare:>25} gzipped with the first file of a rare format");
    if !too_large.is_empty() {
        bail!("too large to download: {}", too_large.join("; "));
    }
    Ok(())
}
