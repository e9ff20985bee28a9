//! How good is it? Crops of photos, the average of answers, and answers beside what photos show. Networks of an
//! ensemble are in workers of their own: what passes between them are answers.

use super::Session;
use super::failure::{Failure, json};
use super::session::Outcome;
use crate::evaluate::{Evaluation, MultiCrop, average, class_of_folder};
use crate::explain::Done;
use crate::photo::Photo;
use crate::photo::resample::Crop;
use crate::report::Evaluated;
use crate::run::{Prediction, Run};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Session {
    /// `count` crops of each photo that is given to it, in a run of its own, with the changes that are in force.
    pub async fn crops(&mut self, count: usize) -> Result<Crops, Failure> {
        let run = self.run()?.blank().await?;
        Ok(Crops { run, count, photos: Vec::new(), crops: MultiCrop::default() })
    }

    /// The average of answers.
    pub fn average(&mut self, flat: &[f32]) -> Result<Outcome, Failure> {
        let classes = self.run()?.graph().classes();
        self.outcome_of(average(&answers(flat, classes)))
    }

    /// The number of the class that a folder is named after.
    pub fn class_of(&mut self, folder: &str) -> Result<usize, Failure> {
        let names = self.class_names()?;
        Ok(class_of_folder(folder, self.run()?.graph(), &names)?)
    }
}

/// Answers lie one after the other, each with its logits and then its probabilities.
fn answers(flat: &[f32], classes: usize) -> Vec<Prediction> {
    let each = flat.chunks_exact(2 * classes.max(1)).map(|answer| answer.split_at(classes));
    each.map(|(logits, own)| Prediction { logits: logits.to_vec(), probabilities: own.to_vec() }).collect()
}

/// Crops of a few photos, computed step by step. To cancel, free it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Crops {
    run: Run,
    count: usize,
    photos: Vec<Photo>,
    crops: MultiCrop,
}

#[wasm_bindgen]
impl Crops {
    /// Takes a photo, a JPEG file, and tells how many pixels it has.
    pub fn file(&mut self, file: &[u8]) -> Result<usize, Failure> {
        Ok(self.take(Photo::decode(file)?))
    }

    /// Takes RGBA pixels, not premultiplied; the rest as [`Crops::file`].
    pub fn pixels(&mut self, width: usize, height: usize, rgba: &[u8]) -> Result<usize, Failure> {
        Ok(self.take(Photo::from_rgba(width, height, rgba)?))
    }

    /// Computes a little more of the photos that were taken: how many crops are done, and of how many.
    pub async fn advance(&mut self) -> Result<Vec<usize>, Failure> {
        let photos: Vec<_> = self.photos.iter().map(Photo::view).collect();
        let Done { done, of } = self.crops.advance(&mut self.run, &photos).await?;
        Ok(vec![done, of])
    }

    /// Of each crop in its photo's pixels the first column and row, columns and rows; and 1 if it is mirrored.
    pub fn regions(&self) -> Vec<f64> {
        let all = self.crops.crops().iter();
        all.flat_map(|(photo, crop)| {
            let [x, y, w, h] = crop.region(self.photos[*photo].width, self.photos[*photo].height);
            [x, y, w, h, f64::from(u8::from(crop.mirror))]
        })
        .collect()
    }

    /// Of the crops that are done.
    pub fn answers(&self) -> Vec<f32> {
        let each = self.crops.predictions().iter();
        each.flat_map(|answer| [&*answer.logits, &answer.probabilities].concat()).collect()
    }

    /// Forgets the photos; others can follow.
    pub fn clear(&mut self) {
        (self.photos, self.crops) = (Vec::new(), MultiCrop::default());
    }
}

impl Crops {
    fn take(&mut self, photo: Photo) -> usize {
        let graph = self.run.graph();
        let (width, height, input) = (photo.width, photo.height, graph.node(graph.input).shape.w());
        let crops = Crop::many(&graph.profile, width, height, input, self.count);
        self.crops.add(self.photos.len(), crops);
        self.photos.push(photo);
        width * height
    }
}

/// Scores of several networks, and of their ensemble.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Scores {
    evaluation: Evaluation,
    classes: usize,
}

#[wasm_bindgen]
impl Scores {
    /// Of networks with these numbers of classes.
    #[wasm_bindgen(constructor)]
    pub fn new(classes: &[usize]) -> Result<Scores, Failure> {
        let evaluation = Evaluation::new(classes)?;
        Ok(Self { evaluation, classes: classes.first().copied().unwrap_or(0) })
    }

    /// Takes each network's answer to one photo; `class` is what it shows.
    pub fn add(&mut self, image: &str, class: Option<usize>, flat: &[f32]) {
        self.evaluation.add(image, class, &answers(flat, self.classes));
    }

    /// JSON: [`Evaluated`].
    pub fn told(&self) -> Result<String, Failure> {
        json(&Evaluated::from(&self.evaluation))
    }
}
