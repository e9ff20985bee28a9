//! `explain`: why did the network answer so?

mod methods;

use super::options::Network;
use super::output::{self, print, print_json};
use super::{Failure, photos, picture, weights};
use crate::explain::{Baseline, Fill, Heatmap, ModuleShare, Removed, Share, Target, find_class};
use crate::run::{Activation, Input, Opened};
use crate::weights::Tensor;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Options of `explain`.
#[derive(Args, Debug)]
pub struct Explain {
    #[command(flatten)]
    network: Network,
    /// A photo: JPEG, PNG, WebP or GIF
    #[arg(long)]
    image: PathBuf,
    /// Take an image of exactly the network's input size as it is
    #[arg(long)]
    no_resize: bool,
    /// How to explain
    #[arg(long)]
    method: Method,
    /// A class's number or name, NODE:CHANNEL or NODE:CHANNEL:ROW,COLUMN; by default the most probable class
    #[arg(long)]
    target: Option<String>,
    /// Why the target's class rather than this one
    #[arg(long, value_name = "CLASS")]
    rather_than: Option<String>,
    /// occlusion: rows and columns of the patch, in the input's pixels
    #[arg(long, value_name = "PIXELS")]
    patch: Option<usize>,
    /// occlusion: from patch to patch, in the input's pixels
    #[arg(long, value_name = "PIXELS")]
    stride: Option<usize>,
    /// occlusion: grey, mean or blur
    #[arg(long, default_value = "grey")]
    fill: Fill,
    /// grad-cam: the node whose map it is; by default the last one before the global average pool. removal: the module
    /// whose channels are removed; by default all branches are
    #[arg(long, value_name = "NODE")]
    layer: Option<String>,
    /// smoothgrad: noisy copies of the input
    #[arg(long, default_value_t = 25)]
    samples: usize,
    /// smoothgrad: standard deviation of the noise, as a share of the input's range
    #[arg(long, default_value_t = 0.15)]
    sigma: f32,
    /// smoothgrad: the same seed yields the same noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// integrated: points between baseline and input
    #[arg(long, default_value_t = 32)]
    steps: usize,
    /// integrated: zero (the colour that the profile subtracts), black, mean (the photo's mean colour) or blurred
    #[arg(long, default_value = "zero")]
    baseline: Baseline,
    /// integrated: another photo as baseline
    #[arg(long, value_name = "PHOTO", conflicts_with = "baseline")]
    baseline_photo: Option<PathBuf>,
    /// Whether the map can be trusted
    #[arg(long)]
    check: Option<Check>,
    /// deletion and insertion: steps
    #[arg(long, default_value_t = 16)]
    points: usize,
    /// deletion and insertion: what a pixel is that is not there: zero, black, mean or blurred
    #[arg(long, default_value = "zero")]
    blank: Baseline,
    /// Class names: a JSON list, or one a line; by default the file's own, or ImageNet's
    #[arg(long)]
    classes: Option<PathBuf>,
    /// Where to write the map: `map`, and `map_input` at the input's resolution
    #[arg(long)]
    out: Option<PathBuf>,
    /// Draw the map over what the network sees: red speaks for the target, blue against it
    #[arg(long)]
    png: Option<PathBuf>,
    /// JSON, for scripts
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Class activation map: exact, for classes
    Cam,
    /// Cover the photo patch by patch
    Occlusion,
    /// Remove every branch of every module in turn; writes no map
    Removal,
    /// Gradient times activation, by branch and channel of every module
    Branches,
    /// Channels of a layer, weighted by their mean gradient
    GradCam,
    /// How the target changes with each value of the input
    Gradient,
    /// Input times gradient
    InputXGradient,
    /// Mean gradient of noisy copies
    Smoothgrad,
    /// Integrated gradients: from a baseline to the input
    Integrated,
    /// Guided backpropagation: edges of what is there
    Guided,
}

/// See [`Explain::check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Weights are lost module by module: does the map change?
    Randomisation,
    /// Pixels are taken out in the order of the map: does the answer go?
    Deletion,
    /// Pixels are put in in the order of the map: does the answer come?
    Insertion,
}

/// What a check found.
#[derive(Default, Serialize)]
struct Checked {
    /// Which one.
    name: String,
    /// Of the untrained weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// What a pixel is that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    blank: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost: Vec<String>,
    /// Of the map with the one before: before and after each module.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    correlations: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_map: Option<Points>,
    #[serde(skip_serializing_if = "Option::is_none")]
    random: Option<Points>,
}

/// A curve.
#[derive(Serialize)]
struct Points {
    values: Vec<f64>,
    area: Option<f64>,
}

impl Method {
    fn has_gradient(self) -> bool {
        !matches!(self, Self::Cam | Self::Occlusion | Self::Removal | Self::Branches)
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// What a method found.
#[derive(Default, Serialize)]
struct Found {
    /// All that is needed to repeat it.
    #[serde(flatten)]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shares: Vec<Share>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    branches: Vec<Removed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    modules: Vec<ModuleShare>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Checked>,
    /// At its own and at the input's resolution.
    #[serde(skip)]
    maps: Option<[Heatmap; 2]>,
    /// One value for each of the input's.
    #[serde(skip)]
    attribution: Option<Activation>,
}

impl Found {
    fn tell(&mut self, name: &str, value: impl ToString) {
        self.metadata.insert(name.to_owned(), value.to_string());
    }

    /// What a file says beside a map: metadata, and as JSON the shares and what the check found.
    fn described(&self) -> Result<BTreeMap<String, String>, Failure> {
        let mut metadata = self.metadata.clone();
        if !self.shares.is_empty() {
            let shares = serde_json::to_string(&self.shares).map_err(Failure::internal)?;
            metadata.insert("shares".to_owned(), shares);
        }
        if let Some(check) = &self.check {
            metadata.insert("check".to_owned(), serde_json::to_string(check).map_err(Failure::internal)?);
        }
        Ok(metadata)
    }
}

impl Explain {
    /// Explains a photo's answer.
    ///
    /// # Errors
    /// If the photo or the network cannot be opened, the target does not exist, the method does not fit it, or a
    /// file cannot be written.
    pub async fn run(&self) -> Result<(), Failure> {
        self.check()?;
        for path in [&self.out, &self.png].into_iter().flatten() {
            let other = self.baseline_photo.as_deref();
            output::ready(path, [self.image.as_path(), self.network.file()].into_iter().chain(other))?;
        }
        let (photo, image) = photos::read(&self.image)?;
        let (mut opened, digest) = weights::open(&self.network, false).await?;
        weights::name_classes(&mut opened, &self.network, self.classes.as_deref())?;
        let crop = photos::crops(opened.run.graph(), &photo, 1, !self.no_resize)
            .map_err(|failure| failure.of(self.image.display()))?[0];
        let prediction = opened.run.run(Input::Photo(photo.view(), Some(crop))).await?.checked()?;
        let (target, text) = self.target(&opened, prediction.top(1)[0].0)?;
        let (baseline, other) = self.baseline(&opened).await?;

        let mut found = match self.method {
            Method::Occlusion => self.occlusion(&mut opened, target.clone()).await?,
            Method::Removal => self.removal(&mut opened, target.clone()).await?,
            Method::Branches => methods::branches(&mut opened, &target).await?,
            Method::Cam => methods::class_map(&opened.run.class_map(&target).await?, &opened),
            Method::GradCam => self.grad_cam(&mut opened, &target).await?,
            method => self.attribution(&mut opened, &target, method, &baseline).await?,
        };
        if let (Some(check), Some([_, map])) = (self.check, &found.maps) {
            found.check = Some(self.trust(&mut opened, &target, map, check, &baseline).await?);
        }
        if let Some(digest) = other {
            found.tell("baseline_image", digest);
        }
        found.metadata.append(&mut output::metadata(&opened, digest, image));
        found.tell("method", self.method.name());
        found.tell("target", text);
        found.tell("crop", crop.region(photo.width, photo.height).map(|n| n.to_string()).join(","));
        if self.no_resize {
            found.tell("no_resize", true);
        }
        if let Some(out) = &self.out
            && !found.modules.is_empty()
        {
            let of = |share: &ModuleShare| {
                let data: Vec<f32> = share.channels.iter().map(|v| *v as f32).collect();
                (format!("channels:{}", share.module), Tensor { shape: vec![data.len()], data })
            };
            output::write_tensors(out, &found.modules.iter().map(of).collect::<Vec<_>>(), &found.metadata)?;
        }
        if let Some([own, input]) = &found.maps {
            if let Some(out) = &self.out {
                let tensor =
                    |map: &Heatmap| Tensor { shape: vec![map.height, map.width], data: map.data.clone() };
                let tensors = match &found.attribution {
                    Some(Activation { shape, data }) => {
                        let values = Tensor { shape: shape.dims(), data: data.clone() };
                        [("attribution".to_owned(), values), ("map".to_owned(), tensor(own))]
                    }
                    None => [("map".to_owned(), tensor(own)), ("map_input".to_owned(), tensor(input))],
                };
                output::write_tensors(out, &tensors, &found.described()?)?;
            }
            if let Some(png) = &self.png {
                let normalize = opened.run.graph().profile.normalize();
                let seen = opened.run.input().await?;
                // A few pixels of an attribution are far above all others.
                let share = if found.attribution.is_some() { 0.99 } else { 1.0 };
                output::write(png, &picture::heatmap(&seen, &normalize, input, share)?)?;
            }
        }
        if self.json { print_json(&found) } else { print(&text_of(&found)) }
    }

    /// What can be told before anything is opened.
    fn check(&self) -> Result<(), Failure> {
        match self.method {
            Method::Removal if self.out.is_some() || self.png.is_some() => {
                Err(Failure::user("--method removal yields no map to write; leave out --out and --png"))
            }
            Method::Branches if self.png.is_some() => {
                Err(Failure::user("--method branches yields no map to draw; leave out --png"))
            }
            Method::Removal | Method::Branches if self.check.is_some() => {
                Err(Failure::user("--check is of a map; take another --method"))
            }
            method if self.check == Some(Check::Randomisation) && !method.has_gradient() => {
                Err(Failure::user("--check randomisation is of methods by gradients"))
            }
            _ if self.points == 0 => Err(Failure::user("--points must be at least 1")),
            Method::Removal | Method::Branches => Ok(()),
            _ if self.out.is_none() && self.png.is_none() && !self.json && self.check.is_none() => {
                Err(Failure::user("say where the map goes: --out E.safetensors or --png P.png"))
            }
            Method::Smoothgrad if self.samples == 0 => Err(Failure::user("--samples must be at least 1")),
            Method::Smoothgrad if !(self.sigma.is_finite() && self.sigma >= 0.0) => {
                Err(Failure::user("--sigma is a share of the input's range, as 0.15"))
            }
            Method::Integrated if self.steps == 0 => Err(Failure::user("--steps must be at least 1")),
            _ => Ok(()),
        }
    }

    /// Where integrated gradients begin; of another photo, the SHA-256 of its file, too.
    async fn baseline(&self, opened: &Opened) -> Result<(Baseline, Option<String>), Failure> {
        let Some(path) = &self.baseline_photo else { return Ok((self.baseline.clone(), None)) };
        let (photo, digest) = photos::read(path)?;
        let crop = photos::crops(opened.run.graph(), &photo, 1, !self.no_resize)
            .map_err(|failure| failure.of(path.display()))?[0];
        let mut other = opened.run.fork().await?;
        other.begin(&[Input::Photo(photo.view(), Some(crop))]).await?;
        Ok((Baseline::Picture(other.input().await?.into()), Some(digest)))
    }

    /// The target, and how it is called.
    fn target(&self, opened: &Opened, top: usize) -> Result<(Target, String), Failure> {
        let graph = opened.run.graph();
        let names = opened.class_names();
        let target = match &self.target {
            Some(text) => Target::parse(text, graph, &names)?,
            None => Target::Class(top),
        };
        let called = |class: usize| format!("{class} ({})", names[class]);
        Ok(match (target, &self.rather_than) {
            (Target::Class(class), Some(other)) => {
                let other = find_class(other, graph, &names)?;
                let text = format!("{} rather than {}", called(class), called(other));
                (Target::Pair(class, other), text)
            }
            (Target::Class(class), None) => (Target::Class(class), called(class)),
            (_, Some(_)) => return Err(Failure::user("--rather-than needs a class as --target")),
            (target, None) => (target, self.target.clone().unwrap_or_default()),
        })
    }
}

fn text_of(found: &Found) -> String {
    let value = |name: &str| found.metadata.get(name).map_or("", String::as_str);
    let mut text = format!("{} of {}: {}\n", value("method"), value("target"), value("value"));
    if let Some(error) = found.metadata.get("error") {
        text += &format!("{} above the baseline; not accounted for: {error}\n", value("difference"));
    }
    if !found.shares.is_empty() {
        text += &format!("  {:>10}  biases\n", value("bias").chars().take(10).collect::<String>());
    }
    for share in &found.shares {
        let label = share.label.as_deref().unwrap_or_default();
        text += &format!("  {:>10.5}  {} {label}\n", share.share, share.node);
    }
    for branch in &found.branches {
        let channel = branch.channel.map_or_else(String::new, |channel| format!(" {channel}"));
        let share = branch.share.map_or_else(String::new, |share| format!("{share:.5}"));
        text +=
            &format!("  {:>10.5} {share:>10}  {} {}{channel}\n", branch.drop, branch.module, branch.label);
    }
    if let Some(correlation) = found.metadata.get("correlation") {
        text += &format!("rank correlation of falls and shares: {correlation}\n");
    }
    for module in &found.modules {
        text += &format!("  {:>10.5}  {}, biases {:.5}\n", module.sum, module.module, module.biases);
        for lane in &module.lanes {
            text += &format!("  {:>10.5}    {}\n", lane.share, lane.label);
        }
    }
    if let Some(check) = &found.check {
        text += &text_of_check(check);
    }
    text
}

fn text_of_check(check: &Checked) -> String {
    let mut text = String::new();
    let stages = std::iter::once("as it is").chain(check.lost.iter().map(String::as_str));
    for (stage, correlation) in stages.zip(&check.correlations) {
        let correlation = correlation.map_or_else(|| "none".to_owned(), |value| format!("{value:.4}"));
        text += &format!("  {correlation:>10}  {stage}\n");
    }
    if let (Some(by_map), Some(random)) = (&check.by_map, &check.random) {
        for (value, at_random) in by_map.values.iter().zip(&random.values) {
            text += &format!("  {value:>10.5} {at_random:>10.5}\n");
        }
        let area = |points: &Points| points.area.unwrap_or_default();
        text += &format!("area {:.5}, in a random order {:.5}\n", area(by_map), area(random));
    }
    text
}
