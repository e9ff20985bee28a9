//! What is compiled into the module, and under which licences: `licences.txt` of the site and of the npm package.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

/// The file's name.
pub(crate) const FILE: &str = "licences.txt";

/// Licences that ask for no more than to be named: a new one is looked at by somebody before it is added here.
const KNOWN: [&str; 9] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Writes the file into a folder.
pub(crate) fn write(sh: &Shell, folder: &Path) -> Result<()> {
    let options = ["--format-version", "1", "--locked", "--no-default-features", "--features", "formats"];
    let metadata =
        cmd!(sh, "cargo metadata {options...} --filter-platform wasm32-unknown-unknown").quiet().read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages: BTreeMap<&str, &Value> = (list(&metadata["packages"]).iter())
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let mut text = "What is compiled into Inceptionscope's WebAssembly modules, and its licences. Inceptionscope itself is \
        licensed under Apache-2.0 or MIT.\n\nRust's standard library: MIT OR Apache-2.0\n"
        .to_owned();
    // By text: most packages have the same.
    let mut notices: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in shipped(&metadata)? {
        let package = packages.get(id).with_context(|| format!("cargo metadata does not describe {id}"))?;
        if package["source"].is_null() {
            continue; // our own
        }
        let name = format!("{} {}", string(package, "name")?, string(package, "version")?);
        let licence = string(package, "license")?;
        if !allowed(licence) {
            bail!("{name}: the licence {licence} is none of those that xtask/src/licences.rs knows");
        }
        text += &format!("{name}: {licence}\n");
        let manifest = Path::new(string(package, "manifest_path")?);
        for notice in notices_of(sh, manifest.parent().context("a manifest is in a folder")?)? {
            notices.entry(notice).or_default().insert(name.clone());
        }
    }
    for (notice, packages) in notices {
        let packages: Vec<String> = packages.into_iter().collect();
        text += &format!("\n{}\n\n{}:\n\n{}\n", "-".repeat(80), packages.join(", "), notice.trim());
    }
    sh.write_file(folder.join(FILE), text)?;
    Ok(())
}

/// The packages that the library is made of, by id: what only builds it is not shipped.
fn shipped(metadata: &Value) -> Result<BTreeSet<&str>> {
    let resolve = &metadata["resolve"];
    let nodes: BTreeMap<&str, &Value> =
        (list(&resolve["nodes"]).iter()).filter_map(|node| Some((node["id"].as_str()?, node))).collect();
    let macros: BTreeSet<&str> = (list(&metadata["packages"]).iter())
        .filter(|package| {
            list(&package["targets"]).iter().any(|target| target["kind"] == serde_json::json!(["proc-macro"]))
        })
        .filter_map(|package| package["id"].as_str())
        .collect();
    let mut waiting = vec![resolve["root"].as_str().context("the workspace's root is a package")?];
    let mut found = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if macros.contains(id) || !found.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).map(|node| list(&node["deps"])).unwrap_or_default() {
            let normal = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            waiting.extend(dependency["pkg"].as_str().filter(|_| normal));
        }
    }
    Ok(found)
}

/// Whether one of the licences that a package may be taken under is known; where it has several at once, all of them.
fn allowed(licence: &str) -> bool {
    let known = |one: &str| KNOWN.contains(&one.trim_matches(['(', ')', ' ']));
    licence.split(" AND ").all(|part| part.replace('/', " OR ").split(" OR ").any(known))
}

/// The licence files of a package: that of MIT where it has several, which is the shortest.
fn notices_of(sh: &Shell, folder: &Path) -> Result<Vec<String>> {
    let named = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    let mut files = sh.read_dir(folder)?;
    files.retain(|path| {
        let name = named(path);
        path.is_file()
            && ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"]
                .iter()
                .any(|start| name.starts_with(start))
    });
    if let Some(mit) = files.iter().find(|path| named(path).contains("MIT")) {
        return Ok(vec![sh.read_file(mit)?]);
    }
    files.iter().map(|file| Ok(sh.read_file(file)?)).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn string<'a>(package: &'a Value, field: &str) -> Result<&'a str> {
    package[field].as_str().with_context(|| format!("{}: no {field}", package["id"]))
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn of_licences_to_choose_from_one_has_to_be_known() {
        for good in
            ["MIT", "MIT OR GPL-3.0", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "ISC AND 0BSD"]
        {
            assert!(allowed(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "", "(MIT OR Apache-2.0) AND MPL-2.0"] {
            assert!(!allowed(bad), "{bad}");
        }
    }
}
