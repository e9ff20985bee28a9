//! `cargo xtask weights ID`: public weights into `weights/`, which the site then offers from its own origin.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use sha2::{Digest, Sha512};
use xshell::{Shell, cmd};

/// The npm package with a trained Inception-v3, and the SHA-512 of its archive.
const NSFWJS: &str = "nsfwjs@4.4.0";
const NSFWJS_SHA512: &str = "92b0b57e07932d7b59c20769289d239bb86abf481349141044bf8584e6b1689f\
                             568fddade3604eddcb0eda87708130206607f646f9303eda7447c01aedd73e30";

#[derive(Args)]
pub(crate) struct Options {
    /// An id of src/weights/catalogue.json, as inception_v3-tf or inception_v3-nsfwjs
    id: String,
    /// f32, f16 (half the size) or q8 (a quarter)
    #[arg(long, default_value = "f16")]
    dtype: String,
}

/// Fetches weights and converts them to a file that streams well and says what it is.
pub(crate) fn fetch(sh: &Shell, Options { id, dtype }: &Options) -> Result<()> {
    let from = match id.as_str() {
        "inception_v3-nsfwjs" => nsfwjs(sh)?,
        id => PathBuf::from(id),
    };
    let out = format!("weights/{id}.safetensors");
    cmd!(sh, "cargo run -q -- convert --listed {id} --from {from} --dtype {dtype} --out {out}").run()?;
    println!("{out}: the page and `--weights {id}` take it from there");
    Ok(())
}

/// The TF.js model of the npm package, unpacked below `target/`.
pub(crate) fn nsfwjs(sh: &Shell) -> Result<PathBuf> {
    let folder = Path::new("target/npm");
    let model = folder.join("package/dist/models/inception_v3");
    let complete = folder.join(NSFWJS);
    if sh.path_exists(&complete) {
        return Ok(model);
    }
    sh.create_dir(folder)?;
    cmd!(sh, "npm pack {NSFWJS} --pack-destination {folder}")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()
        .with_context(|| format!("npm could not fetch {NSFWJS}"))?;
    let archive = folder.join("nsfwjs-4.4.0.tgz");
    let digest: String =
        Sha512::digest(sh.read_binary_file(&archive)?).iter().map(|b| format!("{b:02x}")).collect();
    if digest != NSFWJS_SHA512 {
        bail!("{}: SHA-512 {digest}, expected {NSFWJS_SHA512}", archive.display());
    }
    cmd!(sh, "tar -xzf {archive} -C {folder}").quiet().run()?;
    sh.remove_path(&archive)?;
    // Written last: a folder without it was not unpacked to the end.
    sh.write_file(&complete, "")?;
    Ok(model)
}
