//! `cargo xtask package`: the module as an npm package, in one file that `npm install` and `npm publish` take.
//! It is the site's own files as they are: bundlers and browsers read the same.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::{dist, licences, wasm};

/// What is the package's own: its `package.json`, its page on the registry, and what the module needs in Node.
const OWN: &str = "npm";
/// What it has of the site, relative to `www/`.
const FOLDERS: [&str; 5] = ["catalogue", "classes", "pkg", "pkg-formats", "runtime"];
const FILES: [&str; 3] = ["formats.js", "inceptionscope.js", "papers.json"];
/// Types that are generated beside what they are of.
const TYPES: [&str; 3] = ["pkg/inceptionscope.d.ts", "pkg-formats/formats.d.ts", "runtime/rust.d.ts"];

/// Gathers the package from `www/` as it stands, compiled modules included; returns the packed file.
pub(crate) fn write(sh: &Shell) -> Result<PathBuf> {
    let www = Path::new("www");
    check_modules(sh, www)?;
    let out = Path::new(&wasm::target_dir(sh)?).join("npm");
    let package = out.join("package");
    sh.remove_path(&out)?;
    for folder in FOLDERS {
        dist::copy_folder(sh, &www.join(folder), &package.join(folder))?;
    }
    for file in FILES {
        sh.copy_file(www.join(file), package.join(file))?;
    }
    // No copies of weights: there is no site.
    sh.write_file(package.join("weights/index.json"), "null\n")?;
    dist::copy_folder(sh, &Path::new(OWN).join("node"), &package.join("node"))?;
    for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
        sh.copy_file(file, package.join(file))?;
    }
    sh.copy_file(Path::new(OWN).join("README.md"), package.join("README.md"))?;
    licences::write(sh, &package)?;
    write_types(sh, www, &package)?;
    sh.write_file(package.join("package.json"), manifest(sh)?)?;

    let packed = cmd!(sh, "npm pack {package} --pack-destination {out} --silent").quiet().read()?;
    let tarball = out.join(packed.trim());
    let bytes = sh.read_binary_file(&tarball)?.len();
    println!("{bytes} bytes  {}", tarball.display());
    Ok(tarball)
}

/// `package.json`, with the version of this project. As text: the order of its `exports` matters.
fn manifest(sh: &Shell) -> Result<String> {
    let manifest = sh.read_file(Path::new(OWN).join("package.json"))?;
    let blank = r#""version": "0.0.0""#;
    ensure!(manifest.contains(blank), "{OWN}/package.json lacks {blank}");
    Ok(manifest.replace(blank, &format!(r#""version": "{}""#, env!("CARGO_PKG_VERSION"))))
}

/// Each compiled module and its glue has to be among the addresses that bundlers find.
fn check_modules(sh: &Shell, www: &Path) -> Result<()> {
    let addresses = sh.read_file(www.join("runtime/site.js"))?;
    for entry in
        sh.read_dir(www.join("pkg")).context("www/pkg is missing: cargo xtask build-wasm makes it")?
    {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let listed = addresses.contains(&format!("new URL('../pkg/{name}', import.meta.url)"));
        ensure!(listed || name.ends_with(".d.ts"), "www/runtime/site.js does not list pkg/{name}");
    }
    Ok(())
}

/// The types: of JavaScript from its comments, of what was compiled as they are.
fn write_types(sh: &Shell, www: &Path, package: &Path) -> Result<()> {
    let tsc = Path::new("node_modules/.bin/tsc");
    cmd!(sh, "{tsc} --project {OWN} --noEmit false --declaration --emitDeclarationOnly --outDir {package}")
        .run()?;
    for types in TYPES {
        // Only programs of TypeScript's newest libraries know `Symbol.dispose`.
        let text = sh.read_file(www.join(types))?;
        let known: Vec<&str> = text.lines().filter(|line| !line.contains("[Symbol.dispose]")).collect();
        sh.write_file(package.join(types), known.join("\n") + "\n")?;
    }
    Ok(())
}
