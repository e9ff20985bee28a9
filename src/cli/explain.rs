//! `explain`: why did the network answer so?

use super::options::Network;
use super::output::{self, print, print_json};
use super::{Failure, photos, picture, weights};
use crate::explain::{
    ClassMap, Fill, Heatmap, Occlusion, OcclusionOptions, Removal, Removed, Share, Target, find_class,
};
use crate::run::{Input, Opened};
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
    /// Not built yet
    GradCam,
    /// Not built yet
    Gradient,
    /// Not built yet
    InputXGradient,
    /// Not built yet
    Smoothgrad,
    /// Not built yet
    Integrated,
    /// Not built yet
    Guided,
}

impl Method {
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
    /// At its own and at the input's resolution.
    #[serde(skip)]
    maps: Option<[Heatmap; 2]>,
}

impl Found {
    fn tell(&mut self, name: &str, value: impl ToString) {
        self.metadata.insert(name.to_owned(), value.to_string());
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
        let (photo, image) = photos::read(&self.image)?;
        let (mut opened, digest) = weights::open(&self.network, false).await?;
        weights::name_classes(&mut opened, &self.network, self.classes.as_deref())?;
        let crop = photos::crops(opened.run.graph(), &photo, 1, !self.no_resize)
            .map_err(|failure| failure.of(self.image.display()))?[0];
        let prediction = opened.run.run(Input::Photo(photo.view(), Some(crop))).await?.checked()?;
        let (target, text) = self.target(&opened, prediction.top(1)[0].0)?;

        let mut found = match self.method {
            Method::Occlusion => self.occlusion(&mut opened, target).await?,
            Method::Removal => removal(&mut opened, target).await?,
            _ => class_map(&opened.run.class_map(&target).await?, &opened),
        };
        found.metadata.append(&mut output::metadata(&opened, digest, image));
        found.tell("method", self.method.name());
        found.tell("target", text);
        found.tell("crop", crop.region(photo.width, photo.height).map(|n| n.to_string()).join(","));
        if self.no_resize {
            found.tell("no_resize", true);
        }
        if let Some([own, input]) = &found.maps {
            if let Some(out) = &self.out {
                let tensor =
                    |map: &Heatmap| Tensor { shape: vec![map.height, map.width], data: map.data.clone() };
                let tensors = [("map".to_owned(), tensor(own)), ("map_input".to_owned(), tensor(input))];
                let mut metadata = found.metadata.clone();
                if !found.shares.is_empty() {
                    let shares = serde_json::to_string(&found.shares).map_err(Failure::internal)?;
                    metadata.insert("shares".to_owned(), shares);
                }
                output::write_tensors(out, &tensors, &metadata)?;
            }
            if let Some(png) = &self.png {
                let graph = opened.run.graph();
                let (normalize, input_node) = (graph.profile.normalize(), graph.node(graph.input).id.clone());
                let seen = opened.run.activation(&input_node).await?;
                output::write(png, &picture::heatmap(&seen.data, &normalize, input)?)?;
            }
        }
        if self.json { print_json(&found) } else { print(&text_of(&found)) }
    }

    /// What can be told before anything is opened.
    fn check(&self) -> Result<(), Failure> {
        let method = self.method.name();
        match self.method {
            Method::Cam | Method::Occlusion if self.out.is_none() && self.png.is_none() && !self.json => {
                Err(Failure::user("say where the map goes: --out E.safetensors or --png P.png"))
            }
            Method::Removal if self.out.is_some() || self.png.is_some() => {
                Err(Failure::user("--method removal yields no map to write; leave out --out and --png"))
            }
            Method::Cam | Method::Occlusion | Method::Removal => Ok(()),
            _ => Err(Failure::user(format!(
                "--method {method} is not built yet; there is cam, occlusion and removal"
            ))),
        }
    }

    /// The target, and how it is called.
    fn target(&self, opened: &Opened, top: usize) -> Result<(Target, String), Failure> {
        let graph = opened.run.graph();
        let names: Vec<String> = (0..graph.classes()).map(|class| opened.class_name(class)).collect();
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

    async fn occlusion(&self, opened: &mut Opened, target: Target) -> Result<Found, Failure> {
        let mut options = OcclusionOptions { fill: self.fill, ..OcclusionOptions::of(opened.run.graph()) };
        options.patch = self.patch.unwrap_or(options.patch);
        options.stride = self.stride.unwrap_or(options.patch.div_ceil(2));
        let mut occlusion = Occlusion::new(&mut opened.run, target, options).await?;
        while !occlusion.advance().await?.is_all() {}
        let mut found = Found { maps: Some([occlusion.drops(), occlusion.map()]), ..Found::default() };
        found.tell("value", occlusion.whole());
        found.tell("patch", options.patch);
        found.tell("stride", options.stride);
        found.tell("fill", format!("{:?}", options.fill).to_lowercase());
        Ok(found)
    }
}

fn class_map(map: &ClassMap, opened: &Opened) -> Found {
    let graph = opened.run.graph();
    let input = graph.node(graph.input).shape;
    let maps = [map.map.clone(), map.map.resized(input.h(), input.w())];
    let mut found = Found { shares: map.shares.clone(), maps: Some(maps), ..Found::default() };
    found.tell("layer", &map.node);
    found.tell("value", map.logit);
    found.tell("bias", map.bias);
    found.tell("sum", map.sum);
    found.tell("difference", map.difference());
    found
}

async fn removal(opened: &mut Opened, target: Target) -> Result<Found, Failure> {
    let mut removal = Removal::new(&mut opened.run, target).await?;
    while !removal.advance().await?.is_all() {}
    let branches = removal.ranking().into_iter().cloned().collect();
    let mut found = Found { branches, ..Found::default() };
    found.tell("value", removal.whole().unwrap_or_default());
    Ok(found)
}

fn text_of(found: &Found) -> String {
    let value = |name: &str| found.metadata.get(name).map_or("", String::as_str);
    let mut text = format!("{} of {}: {}\n", value("method"), value("target"), value("value"));
    if !found.shares.is_empty() {
        text += &format!("  {:>10}  biases\n", value("bias").chars().take(10).collect::<String>());
    }
    for share in &found.shares {
        let label = share.label.as_deref().unwrap_or_default();
        text += &format!("  {:>10.5}  {} {label}\n", share.share, share.node);
    }
    for branch in &found.branches {
        text += &format!("  {:>10.5}  {} {}\n", branch.drop, branch.module, branch.label);
    }
    text
}
