//! `classify`: what do photos show?

use super::options::Network;
use super::output::{self, Form, List};
use super::{Failure, photos, weights};
use crate::evaluate::{MOST_AT_A_TIME, MultiCrop};
use crate::photo::Photo;
use crate::run::{Opened, Prediction, RunError};
use crate::weights::Warning;
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Options of `classify`.
#[derive(Args, Debug)]
pub struct Classify {
    #[command(flatten)]
    network: Network,
    /// Photos (JPEG, PNG, WebP or GIF), folders of them, or patterns such as 'photos/*.jpg'
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
    /// Photos that are run at a time: faster on a GPU. Fewer where photos are large: about 64 MB of pixels are held
    #[arg(long, default_value_t = 1, value_parser = batch)]
    batch: usize,
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

/// Photos that may be run at a time.
pub(super) fn batch(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=MOST_AT_A_TIME).contains(count));
    count.ok_or_else(|| format!("choose 1 to {MOST_AT_A_TIME}"))
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
    /// Classifies the photos, a few at a time. One that cannot be classified does not stop the others.
    ///
    /// # Errors
    /// If the network cannot be opened, or photos could not be classified.
    pub async fn run(&self) -> Result<(), Failure> {
        let paths = photos::list(&self.image)?;
        let mut report = Report::new(self.form(), paths.len());
        // Wrong paths are reported before a large file is loaded.
        let mut batches = photos::Batches::new(&paths, self.batch);
        let mut first = None;
        while let (None, Some(batch)) = (&first, batches.next()) {
            if batch.iter().any(|(_, photo)| photo.is_ok()) {
                first = Some(batch);
                break;
            }
            for (path, photo) in batch {
                photo.err().map_or(Ok(()), |failure| report.failed(path, failure))?;
            }
        }
        let Some(first) = first else { return report.end(paths.len()) };

        let start = Instant::now();
        let (mut opened, _) = weights::open(&self.network, false).await?;
        let load = start.elapsed().as_secs_f64() * 1e3;
        if opened.warnings.contains(&Warning::Headless) {
            return Err(Failure::from(RunError::NoClassifier).of(&self.network.weights));
        }
        weights::name_classes(&mut opened, &self.network, self.classes.as_deref())?;
        if self.form() == Form::Text {
            output::note(&opened.chosen);
        }
        for batch in std::iter::once(first).chain(batches) {
            let (start, count) = (Instant::now(), batch.len());
            let answers = self.answers(&mut opened, batch).await;
            let run = start.elapsed().as_secs_f64() * 1e3 / count as f64;
            for (path, answer) in answers {
                match answer {
                    Ok(prediction) => {
                        let ms = Milliseconds { load, run };
                        report.classified(&self.told(&opened, path, &prediction, ms))?;
                    }
                    Err(failure) => report.failed(path, failure)?,
                }
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

    /// Of each photo the mean over its crops, or why there is none.
    async fn answers<'a>(
        &self,
        opened: &mut Opened,
        batch: photos::Batch<'a>,
    ) -> Vec<(&'a Path, Result<Prediction, Failure>)> {
        let (mut together, mut asked) = (MultiCrop::default(), Vec::new());
        let (mut photos, mut crops_of) = (Vec::new(), Vec::new());
        for (path, photo) in batch {
            let cropped = photo.and_then(|photo| {
                let crops = photos::crops(opened.run.graph(), &photo, self.crops, !self.no_resize);
                Ok((crops.map_err(|failure| failure.of(path.display()))?, photo))
            });
            asked.push((
                path,
                cropped.map(|(crops, photo)| {
                    together.add(photos.len(), crops.clone());
                    crops_of.push(crops);
                    photos.push(photo);
                }),
            ));
        }
        let views: Vec<_> = photos.iter().map(Photo::view).collect();
        let mut found = Vec::new();
        match together.finish(&mut opened.run, &views).await {
            Ok(predictions) => found.extend(predictions.into_iter().map(Ok)),
            // Which of them is at fault? Each is run alone.
            Err(_) => {
                for (view, crops) in views.into_iter().zip(crops_of) {
                    let alone = MultiCrop::new(crops).finish(&mut opened.run, &[view]).await;
                    found.push(alone.map(|mut of_one| of_one.remove(0)).map_err(Failure::from));
                }
            }
        }
        let mut found = found.into_iter();
        let mut answer = |path: &Path| {
            let answer = found.next().unwrap_or_else(|| Err(Failure::internal("there is no answer")));
            answer.map_err(|failure| failure.of(path.display()))
        };
        asked.into_iter().map(|(path, photo)| (path, photo.and_then(|()| answer(path)))).collect()
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
    progress: ProgressBar,
    failures: Vec<Failure>,
}

impl Report {
    fn new(form: Form, count: usize) -> Self {
        let progress = photos::progress(count, true);
        Self { form, list: List::new(form), progress, failures: Vec::new() }
    }

    fn classified(&mut self, photo: &Classified) -> Result<(), Failure> {
        self.progress.inc(1);
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
        self.progress.inc(1);
        self.failures.push(failure);
        Ok(())
    }

    /// Ends the list. `count` is how many photos there were.
    fn end(mut self, count: usize) -> Result<(), Failure> {
        self.progress.finish_and_clear();
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
