//! `visualise`: what excites a channel, a class or a layer?

use super::options::Network;
use super::output::{self, print, print_json};
use super::{Failure, photos, picture, weights};
use crate::run::{Input, Opened};
use crate::visualise::{Objective, Options, Parametrisation, Picture, Regularisers, Visualisation};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Rows and columns of a picture, unless `--size` says otherwise.
const SIZE: usize = 128;

/// Options of `visualise`.
#[derive(Args, Debug)]
pub struct Visualise {
    #[command(flatten)]
    network: Network,
    /// NODE:CHANNEL (its mean), NODE:CHANNEL:centre, a class's number or name, NODE (all of it), like:NODE (as --image has it)
    /// or diversity:NODE (how much --pictures differ there); before each a factor, as in -2*NODE:CHANNEL. Several are added
    #[arg(long, required = true, allow_hyphen_values = true)]
    objective: Vec<String>,
    /// Steps of the optimiser
    #[arg(long, default_value_t = 512)]
    steps: usize,
    /// The same seed yields the same picture
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Pictures at the same time, of this seed and those after it, written one below the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    pictures: u8,
    /// Of the optimiser
    #[arg(long, default_value_t = 0.05)]
    rate: f64,
    /// What is optimised: fourier (a spectrum) or pixels
    #[arg(long, default_value = "fourier")]
    parametrisation: Parametrisation,
    /// What is done to the picture in each step
    #[arg(long, default_value = "standard")]
    transform: Transform,
    /// Punish distance from grey by this much; Lucid's tutorial takes 0.05
    #[arg(long, default_value_t = 0.0)]
    l1: f32,
    /// Punish differences of neighbours by this much; Lucid's tutorial takes 0.25
    #[arg(long, default_value_t = 0.0)]
    variation: f32,
    /// Punish detail by this much; Lucid's tutorial takes 1
    #[arg(long, default_value_t = 0.0)]
    blur: f32,
    /// A photo for like:NODE
    #[arg(long)]
    image: Option<PathBuf>,
    /// Class names: a JSON list, or one a line; by default the file's own, or ImageNet's
    #[arg(long)]
    classes: Option<PathBuf>,
    /// Where to write the picture
    #[arg(long)]
    out: PathBuf,
    /// JSON, for scripts
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Transform {
    /// Pad, jitter, scale, rotate, jitter, at random
    Standard,
    /// Nothing
    None,
}

/// What was made.
#[derive(Serialize)]
pub(super) struct Made {
    /// All that is needed to repeat it.
    #[serde(flatten)]
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) objective: Vec<String>,
    /// The objective's value before each step.
    pub(super) values: Vec<f64>,
    pub(super) seconds: f64,
}

impl Visualise {
    /// Grows a picture.
    ///
    /// # Errors
    /// If the network or the photo cannot be opened, the objective does not exist, or a file cannot be written.
    pub async fn run(&self) -> Result<(), Failure> {
        output::ready(&self.out, self.image.as_deref().into_iter().chain([self.network.file()]))?;
        let (mut opened, digest) = weights::open(&self.network, false).await?;
        weights::name_classes(&mut opened, &self.network, self.classes.as_deref())?;
        let objective = Objective::parse(&self.objective, opened.run.graph(), &opened.class_names())?;
        if objective.compares() && self.image.is_none() {
            return Err(Failure::user("like:NODE compares with a photo: give --image I"));
        }
        let (photo, image) = match &self.image {
            Some(path) => read(path, &mut opened).await.map(|(photo, image)| (Some(photo), image))?,
            None => (None, String::new()),
        };
        let standard = Options::default();
        let options = Options {
            size: self.network.graph.size.unwrap_or(SIZE),
            steps: self.steps,
            seed: self.seed,
            pictures: self.pictures.into(),
            rate: self.rate,
            parametrisation: self.parametrisation,
            transformations: match self.transform {
                Transform::Standard => standard.transformations,
                Transform::None => Vec::new(),
            },
            regularisers: Regularisers { l1: self.l1, variation: self.variation, blur: self.blur },
            ..standard
        };
        let mut metadata = output::metadata(&opened, digest, image);
        for (name, value) in [
            ("size", options.size.to_string()),
            ("steps", self.steps.to_string()),
            ("seed", self.seed.to_string()),
            ("pictures", self.pictures.to_string()),
            ("rate", self.rate.to_string()),
            ("parametrisation", format!("{:?}", self.parametrisation).to_lowercase()),
            ("transform", format!("{:?}", self.transform).to_lowercase()),
            ("l1", self.l1.to_string()),
            ("variation", self.variation.to_string()),
            ("blur", self.blur.to_string()),
        ] {
            metadata.insert(name.to_owned(), value);
        }
        let network = opened.run.network().clone();
        let mut growing = Visualisation::new(network, objective, options, photo.as_ref())?;
        let (start, progress) = (Instant::now(), indicatif::ProgressBar::new(self.steps as u64));
        while !growing.advance().await?.is_all() {
            progress.inc(1);
        }
        progress.finish_and_clear();
        let (objective, values) = (self.objective.clone(), growing.values().to_vec());
        let made = Made { metadata, objective, values, seconds: start.elapsed().as_secs_f64() };
        finish(&self.out, &growing.pictures(), &made, self.json)
    }
}

/// The part of a photo that the network sees, and the digest of the file.
pub(super) async fn read(path: &Path, opened: &mut Opened) -> Result<(Picture, String), Failure> {
    let (photo, digest) = photos::read(path)?;
    let run = &mut opened.run;
    let crop = photos::crops(run.graph(), &photo, 1, true).map_err(|failure| failure.of(path.display()))?[0];
    run.begin(&[Input::Photo(photo.view(), Some(crop))]).await?;
    let seen = Picture::seen(run).await?;
    run.stop();
    Ok((seen, digest))
}

/// Writes pictures, one below the other, and tells.
pub(super) fn finish(out: &Path, made: &[&Picture], about: &Made, json: bool) -> Result<(), Failure> {
    let (size, rgb) = (made[0].size, made.iter().flat_map(|picture| picture.rgb()).collect::<Vec<_>>());
    output::write(out, &picture::png(&rgb, size, size * made.len())?)?;
    if json {
        return print_json(about);
    }
    let Made { values, seconds, .. } = about;
    let value = |at: Option<&f64>| at.map_or_else(String::new, |value| format!("{value:.4}"));
    print(&format!(
        "{}: from {} to {} in {} steps, {seconds:.1} s; written to {}\n",
        about.objective.join(" + "),
        value(values.first()),
        value(values.last()),
        values.len(),
        out.display()
    ))
}
