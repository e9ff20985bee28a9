//! `classify`: what do photos show?

use super::options::Network;
use super::output::{Form, List};
use super::{Failure, photos, weights};
use crate::evaluate::MultiCrop;
use crate::photo::Photo;
use crate::run::{Opened, Prediction, RunError};
use crate::weights::Warning;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Options of `classify`.
#[derive(Args, Debug)]
pub struct Classify {
    #[command(flatten)]
    network: Network,
    /// Photos (JPEG, PNG, WebP or GIF), or folders of them
    #[arg(long, required = true, num_args = 1..)]
    image: Vec<PathBuf>,
    /// Class names: a JSON list, or one per line; by default those in the weight file, or ImageNet's for
    /// 1000 or 1001 classes
    #[arg(long)]
    classes: Option<PathBuf>,
    /// How many classes to print
    #[arg(long, default_value_t = 5)]
    top: usize,
    /// Average over this many crops: 1, 10, 12 or 144
    #[arg(long, default_value_t = 1, value_parser = crops)]
    crops: usize,
    /// Do not resize or crop: images must have exactly the network's input size
    #[arg(long, conflicts_with = "crops")]
    no_resize: bool,
    /// JSON, for scripts: one list
    #[arg(long)]
    json: bool,
    /// JSON: one object per photo, one per line, printed as each is done
    #[arg(long, conflicts_with = "json")]
    json_lines: bool,
}

pub(super) fn crops(text: &str) -> Result<usize, String> {
    match text {
        "1" => Ok(1),
        "10" => Ok(10),
        "12" => Ok(12),
        "144" => Ok(144),
        _ => Err("choose 1, 10, 12 or 144 crops".to_owned()),
    }
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

/// A photo that cannot be classified.
#[derive(Serialize)]
struct Failed {
    image: String,
    error: Told,
}

#[derive(Serialize)]
struct Told {
    code: Option<&'static str>,
    message: String,
}

impl Classify {
    /// Classifies the photos in turn. One that cannot be classified does not stop the others.
    ///
    /// # Errors
    /// If the network cannot be opened, or photos could not be classified.
    pub async fn run(&self) -> Result<(), Failure> {
        let paths = photos::list(&self.image)?;
        let mut report = Report::new(self.form());
        // Wrong paths are reported before a large file is loaded.
        let mut photos = paths.iter().map(|path| (path, photos::read(path).map(|(photo, _)| photo)));
        let first = photos.by_ref().find_map(|(path, photo)| match photo {
            Ok(photo) => Some(Ok((path, photo))),
            Err(failure) => report.failed(path, failure).err().map(Err),
        });
        let Some(first) = first.transpose()? else { return report.end(paths.len()) };

        let start = Instant::now();
        let (mut opened, _) = weights::open(&self.network, false).await?;
        let load = start.elapsed().as_secs_f64() * 1e3;
        if opened.warnings.contains(&Warning::Headless) {
            return Err(Failure::from(RunError::NoClassifier).of(&self.network.weights));
        }
        weights::name_classes(&mut opened, &self.network, self.classes.as_deref())?;
        if self.form() == Form::Text {
            eprintln!("{}", opened.chosen);
        }
        for (path, photo) in [(first.0, Ok(first.1))].into_iter().chain(photos) {
            let start = Instant::now();
            let prediction = match photo {
                Ok(photo) => self.predict(&mut opened, &photo).await.map_err(|f| f.of(path.display())),
                Err(failure) => Err(failure),
            };
            match prediction {
                Ok(prediction) => {
                    let run = start.elapsed().as_secs_f64() * 1e3;
                    report.classified(&self.told(&opened, path, &prediction, Milliseconds { load, run }))?;
                }
                Err(failure) => report.failed(path, failure)?,
            }
        }
        report.end(paths.len())
    }

    fn form(&self) -> Form {
        match (self.json, self.json_lines) {
            (true, _) => Form::Json,
            (_, true) => Form::JsonLines,
            _ => Form::Text,
        }
    }

    /// The mean over the crops.
    async fn predict(&self, opened: &mut Opened, photo: &Photo) -> Result<Prediction, Failure> {
        let crops = photos::crops(opened.run.graph(), photo, self.crops, !self.no_resize)?;
        Ok(MultiCrop::new(crops).finish(&mut opened.run, photo.view()).await?)
    }

    fn told(&self, opened: &Opened, image: &Path, prediction: &Prediction, ms: Milliseconds) -> Classified {
        let top = prediction.top(self.top).into_iter().map(|(class, probability)| Top {
            class,
            name: opened.class_name(class),
            probability,
        });
        Classified {
            image: image.display().to_string(),
            model: opened.run.graph().network,
            engine: opened.chosen.engine,
            top: top.collect(),
            ms,
        }
    }
}

/// What is printed of each photo, and which failed.
struct Report {
    form: Form,
    list: List,
    failures: Vec<Failure>,
}

impl Report {
    fn new(form: Form) -> Self {
        Self { form, list: List::new(form), failures: Vec::new() }
    }

    fn classified(&mut self, photo: &Classified) -> Result<(), Failure> {
        self.list.push(photo, || {
            let mut text = format!("{}\n", photo.image);
            for top in &photo.top {
                text += &format!("  {:>6.2} %  {}\n", top.probability * 100.0, top.name);
            }
            text
        })
    }

    fn failed(&mut self, path: &Path, failure: Failure) -> Result<(), Failure> {
        if self.form != Form::Text {
            let error = Told { code: failure.code, message: failure.to_string() };
            let photo = Failed { image: path.display().to_string(), error };
            self.list.push(&photo, String::new)?;
        }
        self.failures.push(failure);
        Ok(())
    }

    /// Ends the list. `count` is how many photos there were.
    fn end(mut self, count: usize) -> Result<(), Failure> {
        self.list.end()?;
        if count == 1 {
            return self.failures.pop().map_or(Ok(()), Err);
        }
        let failed = self.failures.len();
        let mut messages = String::new();
        for failure in &self.failures {
            messages += &format!("{failure}\n");
        }
        // The program's own faults come before the user's.
        match self.failures.into_iter().min_by_key(Failure::status) {
            None => Ok(()),
            Some(failure) => {
                Err(failure.replaced(format!("{messages}{failed} of {count} photos could not be classified")))
            }
        }
    }
}
