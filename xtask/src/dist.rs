//! `cargo xtask dist`: the deployable static site. Every address in it is relative, so it may live anywhere.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use xshell::Shell;

use crate::{licences, wasm};

/// Where the site is written, relative to the root.
pub(crate) const DIST: &str = "dist";

/// What keeps the page for when there is no network.
const SERVICE_WORKER: &str = "sw.js";
/// The page, and what the version is written after in it.
const PAGE: &str = "index.html";
const HEAD: &str = "<head>";

/// The trained weights, beside the page's own files in the site.
const WEIGHTS: &str = "weights";

/// What few visitors ever load: the service worker leaves it to them.
const RARE: &str = "pkg-formats/";

/// Builds the module and gathers the site: `www/` and the weights that are there.
pub(crate) fn write(sh: &Shell) -> Result<()> {
    wasm::build(sh)?;
    sh.remove_path(DIST)?;
    copy_folder(sh, Path::new("www"), Path::new(DIST))?;
    copy_folder(sh, Path::new(WEIGHTS), &Path::new(DIST).join(WEIGHTS))?;
    licences::write(sh, Path::new(DIST))?;
    list_weights(sh)?;
    list_files(sh)?;
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

/// Tells the service worker which files the page is made of (weights are kept elsewhere), and gives what is in them
/// a name, which the page says too.
fn list_files(sh: &Shell) -> Result<()> {
    let mut folders = vec![String::new()];
    let mut files = vec!["./".to_owned()];
    let mut contents = DefaultHasher::new();
    while let Some(folder) = folders.pop() {
        let mut entries = sh.read_dir(Path::new(DIST).join(&folder))?;
        entries.sort();
        for path in entries {
            let name = path.file_name().context("a folder's entry has a name")?.to_string_lossy();
            let name = format!("{folder}{name}");
            if path.is_dir() {
                folders.push(name + "/");
            } else if ![SERVICE_WORKER, licences::FILE].contains(&&*name)
                && folder != RARE
                && (folder != "weights/" || name.ends_with(".json"))
            {
                sh.read_binary_file(&path)?.hash(&mut contents);
                files.push(name);
            }
        }
    }
    files.hash(&mut contents);
    let path = Path::new(DIST).join(SERVICE_WORKER);
    let mut script = sh.read_file(&path)?;
    let files = serde_json::to_string(&files)?;
    let version = format!("{:016x}", contents.finish());
    let quoted = format!("'{version}'");
    for (blank, value) in [("const VERSION = 'none';", quoted), ("const FILES = ['./'];", files)] {
        let start = blank.find('=').map_or(0, |at| at + 2);
        ensure!(script.contains(blank), "{SERVICE_WORKER} lacks the line `{blank}`");
        script = script.replace(blank, &format!("{}{value};", &blank[..start]));
    }
    sh.write_file(&path, script)?;

    let path = Path::new(DIST).join(PAGE);
    let page = sh.read_file(&path)?;
    ensure!(page.contains(HEAD), "{PAGE} lacks {HEAD}");
    let head = format!("{HEAD}\n    <meta name=\"version\" content=\"{version}\">");
    sh.write_file(&path, page.replacen(HEAD, &head, 1))?;
    Ok(())
}

/// Copies a folder with all that is in it, but for what only the type checker reads.
pub(crate) fn copy_folder(sh: &Shell, from: &Path, to: &Path) -> Result<()> {
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
