//! `evaluate`: how good are networks on a folder of photos?

use super::options::{Graph, Network};
use super::output::{self, print};
use super::{Failure, classify, photos, weights};
use crate::evaluate::{Evaluation, MultiCrop, Score, class_of_folder};
use crate::run::{Choice, Opened};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Options of `evaluate`.
#[derive(Args, Debug)]
pub struct Evaluate {
    #[command(flatten)]
    graph: Graph,
    /// One or several of: a file, a TF.js model's folder, a URL, an id of the catalogue, or synthetic:SEED
    #[arg(long, required = true, num_args = 1..)]
    weights: Vec<String>,
    /// auto, gpu or cpu; auto takes the GPU unless it is a software one
    #[arg(long, default_value = "auto")]
    engine: Choice,
    /// Compute every convolution as it is defined (CPU)
    #[arg(long)]
    direct: bool,
    /// Take the moving average (EMA) of the weights from a training checkpoint
    #[arg(long)]
    ema: bool,
    /// A folder of photos; its subfolders are named after classes. Without subfolders no class is known
    #[arg(long)]
    data: PathBuf,
    /// Class names: a JSON list, or one a line; by default the file's own, or ImageNet's
    #[arg(long)]
    classes: Option<PathBuf>,
    /// Average over this many crops: 1, 10, 12 or 144
    #[arg(long, default_value_t = 1, value_parser = classify::crops)]
    crops: usize,
    /// JSON, for scripts
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Evaluated<'a> {
    images: usize,
    crops: usize,
    networks: Vec<Named<'a>>,
    ensemble: &'a Score,
}

#[derive(Serialize)]
struct Named<'a> {
    weights: &'a str,
    model: &'static str,
    #[serde(flatten)]
    score: &'a Score,
}

impl Evaluate {
    /// Evaluates the networks, each alone and all together. A photo that cannot be read does not keep the others
    /// from it.
    ///
    /// # Errors
    /// If a network cannot be opened, a folder is no class, or photos could not be read.
    pub async fn run(&self) -> Result<(), Failure> {
        let folders = photos::by_folder(&self.data)?;
        let mut networks = Vec::new();
        for weights in &self.weights {
            networks.push(self.open(weights).await?);
        }
        let counts: Vec<usize> = networks.iter().map(|opened| opened.run.graph().classes()).collect();
        let mut evaluation =
            Evaluation::new(&counts).map_err(|error| Failure::user(&error).with_code(&error))?;
        let mut classes = Vec::new();
        for folder in &folders {
            let class = folder.name.as_deref().map(|folder| class_of(folder, &networks[0])).transpose();
            classes.push(class.map_err(|failure| failure.of(self.data.display()))?);
        }
        let count: usize = folders.iter().map(|folder| folder.photos.len()).sum();
        let progress = indicatif::ProgressBar::new(count as u64);
        let mut failed = 0;
        for (folder, class) in folders.iter().zip(classes) {
            for path in &folder.photos {
                let mut answers = Vec::new();
                match photos::read(path) {
                    Ok((photo, _)) => {
                        for opened in &mut networks {
                            let crops = photos::crops(opened.run.graph(), &photo, self.crops, true)?;
                            let mut crops = MultiCrop::new(crops);
                            answers.extend(crops.finish(&mut opened.run, &[photo.view()]).await?);
                        }
                        evaluation.add(&path.display().to_string(), class, &answers);
                    }
                    Err(failure) => {
                        progress.suspend(|| output::note(&failure));
                        failed += 1;
                    }
                }
                progress.inc(1);
            }
        }
        progress.finish_and_clear();
        if failed < count {
            self.tell(&evaluation, &networks)?;
        }
        match failed {
            0 => Ok(()),
            _ => Err(Failure::user(format!("{failed} of {count} photos could not be read"))),
        }
    }

    async fn open(&self, from: &str) -> Result<Opened, Failure> {
        let (graph, weights) = (self.graph.clone(), from.to_owned());
        let network = Network { graph, weights, engine: self.engine, direct: self.direct, ema: self.ema };
        let (mut opened, _) = weights::open(&network, false).await?;
        weights::name_classes(&mut opened, &network, self.classes.as_deref())?;
        Ok(opened)
    }

    fn tell(&self, evaluation: &Evaluation, networks: &[Opened]) -> Result<(), Failure> {
        let named = self.weights.iter().zip(networks).zip(evaluation.networks());
        let named: Vec<Named<'_>> = named
            .map(|((weights, opened), score)| Named { weights, model: opened.run.graph().network, score })
            .collect();
        let ensemble = evaluation.ensemble();
        if self.json {
            let told = Evaluated { images: ensemble.images, crops: self.crops, networks: named, ensemble };
            // On one line: a confusion matrix has many numbers.
            return print(&(serde_json::to_string(&told).map_err(Failure::internal)? + "\n"));
        }
        let mut text = format!("{} photos, crops: {}\n", ensemble.images, self.crops);
        for Named { weights, score, .. } in &named {
            text += &line(weights, score);
        }
        if named.len() > 1 {
            text += &line("ensemble", ensemble);
        }
        for (title, list) in [("least certain", &ensemble.worst), ("most certain", &ensemble.certain)] {
            text += &format!("{title}\n");
            for judged in list {
                let name = networks[0].class_name(judged.predicted);
                text += &format!("  {:>6.2} %  {name}  {}\n", judged.probability * 100.0, judged.image);
            }
        }
        print(&text)
    }
}

/// The class that a folder is named after.
fn class_of(folder: &str, opened: &Opened) -> Result<usize, Failure> {
    let graph = opened.run.graph();
    let names: Vec<String> = (0..graph.classes()).map(|class| opened.class_name(class)).collect();
    class_of_folder(folder, graph, &names).map_err(|error| Failure::user(&error).with_code(&error))
}

fn line(name: &str, score: &Score) -> String {
    let percent =
        |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0));
    format!("  top-1 {:>8}  top-5 {:>8}  {name}\n", percent(score.top1), percent(score.top5))
}
