//! `cargo xtask weights [ID]`: public weights into `weights/`, which the site then offers from its own origin.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use sha2::{Digest, Sha512};
use xshell::{Shell, cmd};

use crate::as_from_terminal;

/// The npm package with a trained Inception-v3, and the SHA-512 of its archive.
const NSFWJS: &str = "nsfwjs@4.4.0";
const NSFWJS_SHA512: &str = "92b0b57e07932d7b59c20769289d239bb86abf481349141044bf8584e6b1689f\
                             568fddade3604eddcb0eda87708130206607f646f9303eda7447c01aedd73e30";

/// What the page starts with where it can be had, and the host that has it.
const START: &str = "googlenet-bvlc";
const START_HOST: &str = "raw.githubusercontent.com:443";
/// How long that host may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Args)]
pub(crate) struct Options {
    /// An id of src/weights/catalogue.json, as inception_v3-tf or inception_v3-nsfwjs; by default, as `demo` and
    /// `dist` do it, what the page starts with, if it can be had within seconds
    id: Option<String>,
    /// f32, f16 (half the size) or q8 (a quarter)
    #[arg(long, default_value = "f16")]
    dtype: String,
    /// Where to put it
    #[arg(long, default_value = WEIGHTS)]
    folder: PathBuf,
}

/// Where the site has its copies from.
const WEIGHTS: &str = "weights";

pub(crate) fn run(sh: &Shell, Options { id, dtype, folder }: &Options) -> Result<()> {
    match id {
        Some(id) => fetch(sh, id, dtype, folder),
        None => {
            fetch_start_into(sh, folder);
            Ok(())
        }
    }
}

/// Puts the ImageNet weights that the page starts with into `weights/`, once, at 8 bits. Without a network, or
/// whatever else prevents it, the page starts with the flowers.
pub(crate) fn fetch_start(sh: &Shell) {
    fetch_start_into(sh, Path::new(WEIGHTS));
}

fn fetch_start_into(sh: &Shell, folder: &Path) {
    if sh.path_exists(file(START, folder)) {
        return;
    }
    // A server that stands in for the public ones; the command line knows the variable, too.
    let host = match sh.var("INCEPTIONSCOPE_MIRROR") {
        Ok(mirror) => mirror.trim_start_matches("http://").trim_end_matches('/').to_owned(),
        Err(_) => START_HOST.to_owned(),
    };
    let outcome = if answers(&host, PATIENCE) {
        println!("fetching GoogLeNet's ImageNet weights once (28 MB, kept as 7 MB)");
        fetch(sh, START, "q8", folder)
    } else {
        Err(anyhow!("{host} does not answer"))
    };
    if let Err(error) = outcome {
        println!(
            "note: the page starts with five flowers, because the ImageNet weights could not be fetched: {error:#}"
        );
    }
}

/// Whether a host takes connections. Looking up its address may take too long.
fn answers(host: &str, patience: Duration) -> bool {
    let (done, answer) = mpsc::channel();
    let host = host.to_owned();
    thread::spawn(move || {
        let found = host.to_socket_addrs().into_iter().flatten();
        let connected =
            found.into_iter().any(|address| TcpStream::connect_timeout(&address, patience).is_ok());
        // Nobody listens any more: the answer came too late.
        done.send(connected).ok();
    });
    answer.recv_timeout(patience).unwrap_or(false)
}

/// Fetches weights and converts them to a file that streams well and says what it is.
fn fetch(sh: &Shell, id: &str, dtype: &str, folder: &Path) -> Result<()> {
    let from = match id {
        "inception_v3-nsfwjs" => nsfwjs(sh)?,
        id => PathBuf::from(id),
    };
    let out = file(id, folder);
    let convert = cmd!(sh, "cargo run -q -- convert --listed {id} --from {from} --dtype {dtype} --out {out}");
    as_from_terminal(convert).run()?;
    println!("{}: the page and `--weights {id}` take it from there", out.display());
    Ok(())
}

fn file(id: &str, folder: &Path) -> PathBuf {
    folder.join(format!("{id}.safetensors"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::time::Instant;

    #[test]
    fn a_host_that_does_not_answer_is_given_up_soon() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap().to_string();
        assert!(answers(&here, PATIENCE));
        drop(listener);
        // Nobody there any more; an address for documentation (RFC 5737); a name that nothing has (RFC 2606).
        for host in [here.as_str(), "192.0.2.1:443", "weights.invalid:443", "no address"] {
            let started = Instant::now();
            assert!(!answers(host, Duration::from_millis(300)), "{host}");
            assert!(started.elapsed() < Duration::from_secs(1), "{host}");
        }
    }
}
