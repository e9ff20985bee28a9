//! `cargo xtask dist`: the deployable static site. Every address in it is relative, so it may live anywhere.

use std::path::Path;

use anyhow::{Context, Result};
use xshell::Shell;

use crate::wasm;

/// Where the site is written, relative to the root.
pub(crate) const DIST: &str = "dist";

/// The trained weights, beside the page's own files in the site.
const WEIGHTS: &str = "weights";

/// Builds the module and gathers the site: `www/` and the weights.
pub(crate) fn write(sh: &Shell) -> Result<()> {
    wasm::build(sh)?;
    sh.remove_path(DIST)?;
    copy_folder(sh, Path::new("www"), Path::new(DIST))?;
    copy_folder(sh, Path::new(WEIGHTS), &Path::new(DIST).join(WEIGHTS))?;
    list_weights(sh)?;
    println!("the site is in {DIST}/");
    Ok(())
}

/// Lists what the site has copies of: `weights/index.json`, the names of its weight files.
fn list_weights(sh: &Shell) -> Result<()> {
    let folder = Path::new(DIST).join(WEIGHTS);
    let files = sh.read_dir(&folder)?;
    let names: Vec<_> = (files.iter())
        .filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"))
        .filter_map(|path| path.file_stem()?.to_str())
        .collect();
    sh.write_file(folder.join("index.json"), serde_json::to_string(&names)?)?;
    Ok(())
}

/// Copies a folder with all that is in it, but for what only the type checker reads.
fn copy_folder(sh: &Shell, from: &Path, to: &Path) -> Result<()> {
    sh.create_dir(to)?;
    for path in sh.read_dir(from)? {
        let name = path.file_name().context("a folder's entry has a name")?.to_string_lossy();
        if path.is_dir() {
            copy_folder(sh, &path, &to.join(&*name))?;
        } else if !name.ends_with(".d.ts") && name != "tsconfig.json" {
            sh.copy_file(&path, to.join(&*name))?;
        }
    }
    Ok(())
}
