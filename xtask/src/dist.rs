//! `cargo xtask dist`: the deployable static site. Every address in it is relative, so it may live anywhere.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::{licences, wasm};

/// Where the site is written, relative to the root.
pub(crate) const DIST: &str = "dist";

/// What keeps the page for when there is no network.
const SERVICE_WORKER: &str = "sw.js";
/// The page, and what the version is written after in it.
const PAGE: &str = "index.html";
const HEAD: &str = "<head>";

/// What has the version for all modules, and the line that it takes the place of, as in the service worker.
const VERSIONED: &str = "runtime/version.js";
const NO_VERSION: &str = "const VERSION = 'none';";
/// What is compiled has it as well: it is loaded last, and some of it long after the page.
const GLUE: [&str; 3] = ["pkg/inceptionscope.js", "pkg/inceptionscope_threads.js", "pkg-formats/formats.js"];

/// The trained weights, beside the page's own files in the site.
const WEIGHTS: &str = "weights";

/// What runs in a page, by the script that it begins with. Of all that it is made of, a browser gets a few files: each file
/// costs it some milliseconds more, and there are more than a hundred. Their names change with what is in them.
const SCRIPTS: [(&str, &str); 3] =
    [(PAGE, "page/isolation.js"), (PAGE, "page/main.js"), ("embed.html", "page/embedded.js")];
/// Where they are.
const FOLDER: &str = "page";
/// What pages share with workers, and with the pages of others, stays as it is.
const SHARED: [&str; 3] = ["./runtime/*", "./inceptionscope.js", "./formats.js"];

/// What runs in workers: each becomes one file that needs no other, under the same name.
const WORKERS: [&str; 2] = ["runtime/worker.js", "runtime/thread.js"];
/// What the version takes the place of in them.
const NO_VERSION_THERE: &str = "VERSION=\"none\"";

/// What few visitors ever load: the service worker leaves it to them.
const RARE: &str = "pkg-formats/";

/// Builds the module and gathers the site: `www/` and the weights that are there.
pub(crate) fn write(sh: &Shell) -> Result<()> {
    wasm::build(sh)?;
    sh.remove_path(DIST)?;
    copy_folder(sh, Path::new("www"), Path::new(DIST))?;
    bundle(sh)?;
    copy_folder(sh, Path::new(WEIGHTS), &Path::new(DIST).join(WEIGHTS))?;
    licences::write(sh, Path::new(DIST))?;
    list_weights(sh)?;
    list_files(sh)?;
    println!("the site is in {DIST}/");
    Ok(())
}

/// Puts the scripts of pages and workers together. Names stay, so that a report of an error can be read.
fn bundle(sh: &Shell) -> Result<()> {
    let esbuild = sh.current_dir().join("node_modules/.bin/esbuild");
    if !sh.path_exists(&esbuild) {
        println!("note: {} is missing, so the site stays in its many files", esbuild.display());
        return Ok(());
    }
    let target = wasm::target_dir(sh)?;
    // Puts scripts together as told, and says what became of which.
    let call = |scripts: &[&str], options: &[&str]| -> Result<Value> {
        let metafile = Path::new(&target).join("bundle.json");
        let _dist = sh.push_dir(DIST);
        cmd!(sh, "{esbuild} {scripts...} --bundle --format=esm --minify-whitespace --charset=utf8 --log-level=warning")
            .args(options)
            .arg(format!("--metafile={}", metafile.display()))
            .run()?;
        Ok(serde_json::from_str(&sh.read_file(&metafile)?)?)
    };
    let scripts = SCRIPTS.map(|(_, script)| script);

    // What pages share with workers stays; what only workers read is in them.
    let of_pages = call(
        &[&scripts[..], &["inceptionscope.js", "formats.js"]].concat(),
        &[&format!("--outdir={target}/pages")],
    )?;
    let of_workers = call(&WORKERS, &["--outdir=runtime", "--allow-overwrite"])?;
    for input in files(&of_workers, "inputs")?.keys().filter(|input| !WORKERS.contains(&&***input)) {
        if of_pages["inputs"].get(input).is_none() {
            sh.remove_path(Path::new(DIST).join(input))?;
        }
    }

    let shared = SHARED.map(|file| format!("--external:{file}"));
    let options = ["--splitting", "--minify-syntax", "--entry-names=[name]-[hash]"];
    // Addresses of what is shared are written for the folder `outdir`.
    let folder = [format!("--outdir={FOLDER}"), format!("--outbase={FOLDER}")];
    let options: Vec<_> =
        options.into_iter().chain(folder.iter().chain(&shared).map(String::as_str)).collect();
    let meta = call(&scripts, &options)?;
    for (page, script) in SCRIPTS {
        let (file, _) = (files(&meta, "outputs")?.iter())
            .find(|(_, output)| output["entryPoint"] == script)
            .with_context(|| format!("esbuild has written nothing for {script}"))?;
        replace(sh, page, &format!("src=\"{script}\""), &format!("src=\"{file}\""))?;
    }
    for input in files(&meta, "inputs")?.keys() {
        let path = sh.current_dir().join(DIST).join(input);
        sh.remove_path(&path)?;
        // Folders that have nothing left go, too; others refuse.
        path.ancestors().skip(1).take_while(|folder| fs::remove_dir(folder).is_ok()).for_each(drop);
    }
    Ok(())
}

/// What esbuild has read ("inputs") or written ("outputs"), by name.
fn files<'a>(meta: &'a Value, kind: &str) -> Result<&'a serde_json::Map<String, Value>> {
    meta[kind].as_object().with_context(|| format!("esbuild lists no {kind}"))
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
/// a name. The page says it too, its modules, and what is compiled: a page may stay open while the site changes.
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
                && (folder != "weights/" || name.ends_with(".json"))
            {
                sh.read_binary_file(&path)?.hash(&mut contents);
                if folder != RARE {
                    files.push(name);
                }
            }
        }
    }
    files.hash(&mut contents);
    let version = format!("{:016x}", contents.finish());
    let line = format!("const VERSION = '{version}';");
    let list = format!("const FILES = {};", serde_json::to_string(&files)?);
    replace(sh, SERVICE_WORKER, NO_VERSION, &line)?;
    replace(sh, SERVICE_WORKER, "const FILES = ['./'];", &list)?;
    replace(sh, VERSIONED, NO_VERSION, &line)?;
    for worker in WORKERS {
        let path = Path::new(DIST).join(worker);
        let text = sh.read_file(&path)?;
        sh.write_file(&path, text.replacen(NO_VERSION_THERE, &format!("VERSION=\"{version}\""), 1))?;
    }
    for glue in GLUE {
        let path = Path::new(DIST).join(glue);
        let text = sh.read_file(&path)?;
        sh.write_file(&path, format!("{text}\nexport {line}\n"))?;
    }

    replace(sh, PAGE, HEAD, &format!("{HEAD}\n    <meta name=\"version\" content=\"{version}\">"))
}

/// Puts something in the place of what a file of the site has for it.
fn replace(sh: &Shell, file: &str, blank: &str, value: &str) -> Result<()> {
    let path = Path::new(DIST).join(file);
    let text = sh.read_file(&path)?;
    ensure!(text.contains(blank), "{file} lacks `{blank}`");
    sh.write_file(&path, text.replacen(blank, value, 1))?;
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
