//! Several crops of a photo, each with its own answer, and their average.

use crate::engine::Photo;
use crate::explain::Done;
use crate::photo::resample::Crop;
use crate::run::{Input, Prediction, Progress, Run, RunError};

/// The most crops that are run at a time.
const BATCH: usize = 12;

/// What a network says of each crop of a photo.
///
/// Call [`MultiCrop::advance`] until all are done. To cancel, drop it.
#[derive(Clone, Debug)]
pub struct MultiCrop {
    crops: Vec<Crop>,
    predictions: Vec<Prediction>,
    /// How many crops are being run.
    running: usize,
}

impl MultiCrop {
    /// Of these crops; see [`Crop::many`].
    pub const fn new(crops: Vec<Crop>) -> Self {
        Self { crops, predictions: Vec::new(), running: 0 }
    }

    /// Computes a little more: no longer than [`Run::advance`] takes. Photo and run stay the same until all crops
    /// are done. Tells how many are.
    ///
    /// # Errors
    /// As of [`Run::begin`], [`Run::advance`] and [`Run::predictions`]; [`RunError::NotFinite`] if an answer is not.
    pub async fn advance(&mut self, run: &mut Run, photo: Photo<'_>) -> Result<Done, RunError> {
        let left = &self.crops[self.predictions.len()..];
        if self.running == 0 && !left.is_empty() {
            let batch = &left[..left.len().min(BATCH)];
            let inputs: Vec<Input<'_>> = batch.iter().map(|crop| Input::Photo(photo, Some(*crop))).collect();
            run.begin(&inputs).await?;
            self.running = batch.len();
        }
        if self.running > 0 && run.advance().await?.progress != Progress::More {
            for prediction in run.predictions().await? {
                self.predictions.push(prediction.checked()?);
            }
            self.running = 0;
        }
        Ok(Done { done: self.predictions.len(), of: self.crops.len() })
    }

    /// All crops at once: their average.
    ///
    /// # Errors
    /// As of [`MultiCrop::advance`].
    pub async fn finish(&mut self, run: &mut Run, photo: Photo<'_>) -> Result<Prediction, RunError> {
        while !self.advance(run, photo).await?.is_all() {}
        Ok(average(&self.predictions))
    }

    /// The crops, of which the first have been run.
    pub fn crops(&self) -> &[Crop] {
        &self.crops
    }

    /// The answers so far, one a crop.
    pub fn predictions(&self) -> &[Prediction] {
        &self.predictions
    }
}

/// The mean of answers' probabilities, as the papers average crops and networks. Logits are averaged likewise.
pub fn average(predictions: &[Prediction]) -> Prediction {
    let mean = |values: fn(&Prediction) -> &[f32]| {
        let mut sums = vec![0.0_f64; predictions.first().map_or(0, |first| values(first).len())];
        for prediction in predictions {
            sums.iter_mut().zip(values(prediction)).for_each(|(sum, v)| *sum += f64::from(*v));
        }
        sums.into_iter().map(|sum| (sum / predictions.len() as f64) as f32).collect()
    };
    Prediction { logits: mean(|p| &p.logits), probabilities: mean(|p| &p.probabilities) }
}
