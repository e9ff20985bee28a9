//! `dream`: DeepDream of a photo.

use super::options::Network;
use super::visualise::{Made, finish, read};
use super::{Failure, output, weights};
use crate::visualise::{self, DreamOptions, Objective};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

/// Options of `dream`.
#[derive(Args, Debug)]
pub struct Dream {
    #[command(flatten)]
    network: Network,
    /// A photo: JPEG, PNG, WebP or GIF. What the network sees of it is dreamt of, at `--size`
    #[arg(long)]
    image: PathBuf,
    /// NODE, all of it; or as of `visualise`
    #[arg(long, required = true, allow_hyphen_values = true)]
    objective: Vec<String>,
    /// Steps at each size
    #[arg(long, default_value_t = 10)]
    iterations: usize,
    /// Sizes, from coarse to fine; fewer where the network cannot run at the smallest ones
    #[arg(long, default_value_t = 4)]
    octaves: usize,
    /// From one size to the next
    #[arg(long, default_value_t = 1.4)]
    scale: f64,
    /// Mean change of a value in a step, of 255
    #[arg(long, default_value_t = 1.5)]
    strength: f64,
    /// Pixels by which the picture is rolled at random before a step, at most
    #[arg(long, default_value_t = 32)]
    jitter: usize,
    /// The same seed yields the same dream
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to write the picture
    #[arg(long)]
    out: PathBuf,
    /// JSON, for scripts
    #[arg(long)]
    json: bool,
}

impl Dream {
    /// Dreams.
    ///
    /// # Errors
    /// If the network or the photo cannot be opened, the objective does not exist, or the file cannot be written.
    pub async fn run(&self) -> Result<(), Failure> {
        if self.scale.is_nan() || self.scale <= 1.0 {
            return Err(Failure::user("--scale must be more than 1, as 1.4"));
        }
        output::ready(&self.out, [self.image.as_path(), self.network.file()])?;
        let (mut opened, digest) = weights::open(&self.network, false).await?;
        weights::name_classes(&mut opened, &self.network, None)?;
        let objective = Objective::parse(&self.objective, opened.run.graph(), &opened.class_names())?;
        let (photo, image) = read(&self.image, &mut opened).await?;
        let Self { iterations, octaves, scale, strength, jitter, seed, .. } = *self;
        let options = DreamOptions { iterations, octaves, scale, strength, jitter, seed };
        let mut metadata = output::metadata(&opened, digest, image);
        for (name, value) in [
            ("size", photo.size.to_string()),
            ("iterations", iterations.to_string()),
            ("octaves", octaves.to_string()),
            ("scale", scale.to_string()),
            ("strength", strength.to_string()),
            ("jitter", jitter.to_string()),
            ("seed", seed.to_string()),
        ] {
            metadata.insert(name.to_owned(), value);
        }
        let mut dream = visualise::Dream::new(opened.run.network().clone(), objective, options, photo)?;
        let (start, progress) = (Instant::now(), indicatif::ProgressBar::new(dream.done().of as u64));
        while !dream.advance().await?.is_all() {
            progress.inc(1);
        }
        progress.finish_and_clear();
        let (objective, values) = (self.objective.clone(), dream.values().to_vec());
        let made = Made { metadata, objective, values, seconds: start.elapsed().as_secs_f64() };
        finish(&self.out, &[dream.picture()], &made, self.json)
    }
}
