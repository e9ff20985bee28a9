//! Several crops of photos, each with its own answer, and the average of answers.

use crate::engine::Photo;
use crate::explain::Done;
use crate::photo::resample::Crop;
use crate::run::{Input, Prediction, Progress, Run, RunError};

/// The most crops that are run at a time.
pub const MOST_AT_A_TIME: usize = 12;

/// What a network says of each crop of a photo, or of a few photos.
///
/// Call [`MultiCrop::advance`] until all are done. To cancel, drop it.
#[derive(Clone, Debug, Default)]
pub struct MultiCrop {
    /// With the place of its photo among the photos.
    crops: Vec<(usize, Crop)>,
    predictions: Vec<Prediction>,
    /// How many crops are being run.
    running: usize,
}

impl MultiCrop {
    /// Of these crops of one photo; see [`Crop::many`].
    pub fn new(crops: Vec<Crop>) -> Self {
        let mut all = Self::default();
        all.add(0, crops);
        all
    }

    /// These crops, too, of a photo, which is told by its place among the photos. Several photos are run at a time.
    pub fn add(&mut self, photo: usize, crops: Vec<Crop>) {
        self.crops.extend(crops.into_iter().map(|crop| (photo, crop)));
    }

    /// Computes a little more: no longer than [`Run::advance`] takes. Photos and run stay the same until all crops
    /// are done. Tells how many are.
    ///
    /// # Errors
    /// As of [`Run::begin`], [`Run::advance`] and [`Run::predictions`]; [`RunError::NotFinite`] if an answer is not.
    pub async fn advance(&mut self, run: &mut Run, photos: &[Photo<'_>]) -> Result<Done, RunError> {
        let left = &self.crops[self.predictions.len()..];
        if self.running == 0 && !left.is_empty() {
            let batch = &left[..left.len().min(MOST_AT_A_TIME)];
            let inputs: Vec<Input<'_>> =
                batch.iter().map(|(photo, crop)| Input::Photo(photos[*photo], Some(*crop))).collect();
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

    /// All crops: each photo's average.
    ///
    /// # Errors
    /// As of [`MultiCrop::advance`].
    pub async fn finish(&mut self, run: &mut Run, photos: &[Photo<'_>]) -> Result<Vec<Prediction>, RunError> {
        while !self.advance(run, photos).await?.is_all() {}
        let of = |photo| {
            let all = self.crops.iter().zip(&self.predictions);
            all.filter(|((of, _), _)| *of == photo)
                .map(|(_, prediction)| prediction.clone())
                .collect::<Vec<_>>()
        };
        Ok((0..photos.len()).map(|photo| average(&of(photo))).collect())
    }

    /// The crops, of which the first have been run, each with the place of its photo.
    pub fn crops(&self) -> &[(usize, Crop)] {
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
