//! Occlusion (Zeiler and Fergus 2014, arXiv 1311.2901): what does the target lose when a patch of the picture is
//! covered? One run a patch, several patches at a time.

use super::{Done, ExplainError, Heatmap, Target};
use crate::net::{Graph, Normalize, Shape};
use crate::run::{Input, MOST_PICTURES, Progress, Run};
use std::ops::Range;
use std::str::FromStr;

/// What a patch is filled with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    /// Middle grey: 127.5 of 255.
    #[default]
    Grey,
    /// The mean colour of the picture.
    Mean,
    /// The picture itself, blurred: the mean of a square as wide as the patch, twice.
    Blur,
}

impl FromStr for Fill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "grey" => Ok(Self::Grey),
            "mean" => Ok(Self::Mean),
            "blur" => Ok(Self::Blur),
            _ => Err(format!("no filling '{text}'; there is grey, mean, blur")),
        }
    }
}

/// How a picture is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcclusionOptions {
    /// Rows and columns of the patch, in the input's pixels.
    pub patch: usize,
    /// From patch to patch, likewise. The last one of a row or column lies at the picture's edge.
    pub stride: usize,
    /// What it is filled with.
    pub fill: Fill,
    /// How many are run at a time.
    pub batch: usize,
}

impl OcclusionOptions {
    /// For a network's input: a patch of about a seventh of it, in steps of half a patch.
    pub fn of(graph: &Graph) -> Self {
        let patch = (graph.node(graph.input).shape.w() / 7).max(1);
        Self { patch, stride: patch.div_ceil(2), fill: Fill::Grey, batch: 8 }
    }

    /// With this patch and stride; a stride that is left out is half a patch.
    pub fn sized(self, patch: Option<usize>, stride: Option<usize>) -> Self {
        let patch = patch.unwrap_or(self.patch);
        Self { patch, stride: stride.unwrap_or(patch.div_ceil(2)), ..self }
    }
}

/// A picture is covered patch by patch, in a run of its own.
///
/// Call [`Occlusion::advance`] until all rows are done; [`Occlusion::map`] can be drawn in between. To cancel,
/// drop it.
#[derive(Debug)]
pub struct Occlusion {
    run: Run,
    target: Target,
    options: OcclusionOptions,
    shape: Shape,
    /// The picture, and the same all covered: C,H,W.
    picture: Vec<f32>,
    covered: Vec<f32>,
    /// The target of the whole picture.
    whole: f64,
    /// First rows of patches, and first columns.
    starts: [Vec<usize>; 2],
    /// By patch that is done: the fall of the target.
    drops: Vec<f32>,
    /// How many patches are being run.
    running: usize,
}

impl Occlusion {
    /// Of the selected picture of a run that has computed the target, with the changes that are in force there.
    ///
    /// # Errors
    /// [`ExplainError::Range`] for a patch, stride or batch that does not fit; as of [`Target::values`].
    pub async fn new(run: &mut Run, target: Target, options: OcclusionOptions) -> Result<Self, ExplainError> {
        let graph = run.graph();
        let shape = graph.node(graph.input).shape;
        let side = shape.h().min(shape.w());
        for (option, found, most) in [
            ("patch", options.patch, side),
            ("stride", options.stride, side),
            ("batch", options.batch, MOST_PICTURES),
        ] {
            if found == 0 || found > most {
                return Err(ExplainError::Range { option, most, found });
            }
        }
        let normalize = graph.profile.normalize();
        let whole = target.values(run).await?[run.selected()];
        let (run, picture) = run.twin().await?;
        let covered = covered(&picture, shape, &options, &normalize);
        let starts = [shape.h(), shape.w()].map(|length| starts(length, options.patch, options.stride));
        let (drops, running) = (Vec::new(), 0);
        Ok(Self { run, target, options, shape, picture, covered, whole, starts, drops, running })
    }

    /// Computes a little more: no longer than [`Run::advance`] takes. Tells how many rows of patches are done.
    ///
    /// # Errors
    /// As of [`Run::begin`], [`Run::advance`] and [`Target::values`].
    pub async fn advance(&mut self) -> Result<Done, ExplainError> {
        let left = self.patches() - self.drops.len();
        if self.running == 0 && left > 0 {
            let count = left.min(self.options.batch);
            let first = self.drops.len();
            let pictures: Vec<Vec<f32>> = (first..first + count).map(|patch| self.with(patch)).collect();
            let inputs: Vec<Input<'_>> = pictures.iter().map(|picture| Input::Normalized(picture)).collect();
            self.run.begin(&inputs).await?;
            self.running = count;
        }
        if self.running > 0 && self.run.advance().await?.progress != Progress::More {
            let values = self.target.values(&mut self.run).await?;
            self.drops.extend(values.iter().map(|value| (self.whole - value) as f32));
            self.running = 0;
        }
        Ok(self.done())
    }

    /// How many rows of patches are done.
    pub fn done(&self) -> Done {
        Done { done: self.drops.len() / self.starts[1].len(), of: self.starts[0].len() }
    }

    /// The target of the picture as it is.
    pub fn whole(&self) -> f64 {
        self.whole
    }

    /// One value a patch, as far as they are done: how much the target falls when it is covered, in the target's
    /// units.
    pub fn drops(&self) -> Heatmap {
        let mut data = self.drops.clone();
        data.resize(self.patches(), f32::NAN);
        Heatmap { height: self.starts[0].len(), width: self.starts[1].len(), data }
    }

    /// One value a pixel of the input: the mean of the patches over it that are done. NaN where there is none.
    pub fn map(&self) -> Heatmap {
        let (height, width) = (self.shape.h(), self.shape.w());
        let (mut sums, mut counts) = (vec![0.0_f64; height * width], vec![0_u32; height * width]);
        for (patch, drop) in self.drops.iter().enumerate().filter(|(_, drop)| drop.is_finite()) {
            let [rows, columns] = self.region(patch);
            for at in rows.flat_map(|row| columns.clone().map(move |column| row * width + column)) {
                sums[at] += f64::from(*drop);
                counts[at] += 1;
            }
        }
        // 0 / 0 is NaN.
        let data = sums.iter().zip(counts).map(|(sum, count)| (sum / f64::from(count)) as f32).collect();
        Heatmap { height, width, data }
    }

    fn patches(&self) -> usize {
        self.starts[0].len() * self.starts[1].len()
    }

    /// Rows and columns of the input that a patch covers.
    fn region(&self, patch: usize) -> [Range<usize>; 2] {
        let columns = self.starts[1].len();
        [self.starts[0][patch / columns], self.starts[1][patch % columns]]
            .map(|first| first..first + self.options.patch)
    }

    /// The picture under a patch.
    fn with(&self, patch: usize) -> Vec<f32> {
        let mut picture = self.picture.clone();
        let [rows, columns] = self.region(patch);
        for channel in 0..self.shape.c() {
            for row in rows.clone() {
                let line = (channel * self.shape.h() + row) * self.shape.w();
                let at = line + columns.start..line + columns.end;
                picture[at.clone()].copy_from_slice(&self.covered[at]);
            }
        }
        picture
    }
}

/// Where patches begin along an axis.
fn starts(length: usize, patch: usize, stride: usize) -> Vec<usize> {
    let last = length - patch;
    let mut starts: Vec<usize> = (0..last).step_by(stride).collect();
    starts.push(last);
    starts
}

/// The picture with a patch over everything.
fn covered(picture: &[f32], shape: Shape, options: &OcclusionOptions, normalize: &Normalize) -> Vec<f32> {
    let mut covered = picture.to_vec();
    let (area, width, height) = (shape.area(), shape.w(), shape.h());
    for (channel, map) in covered.chunks_mut(area).enumerate() {
        match options.fill {
            Fill::Grey => map.fill(((0.5 - normalize.mean[channel]) / normalize.std[channel]) as f32),
            Fill::Mean => map.fill(super::target::mean(map) as f32),
            Fill::Blur => {
                let radius = options.patch / 2;
                for _ in 0..2 {
                    for row in 0..height {
                        smooth(map, row * width, 1, width, radius);
                    }
                    for column in 0..width {
                        smooth(map, column, width, height, radius);
                    }
                }
            }
        }
    }
    covered
}

/// Each value of a line becomes the mean of those at most `radius` away.
fn smooth(map: &mut [f32], first: usize, step: usize, length: usize, radius: usize) {
    let mut sums = vec![0.0_f64; length + 1];
    for at in 0..length {
        sums[at + 1] = sums[at] + f64::from(map[first + at * step]);
    }
    for at in 0..length {
        let (from, to) = (at.saturating_sub(radius), (at + radius + 1).min(length));
        map[first + at * step] = ((sums[to] - sums[from]) / (to - from) as f64) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_reach_both_edges() {
        assert_eq!(starts(10, 4, 3), [0, 3, 6]);
        assert_eq!(starts(10, 4, 4), [0, 4, 6]);
        assert_eq!(starts(10, 10, 1), [0]);
        assert_eq!(starts(3, 1, 1), [0, 1, 2]);
    }

    #[test]
    fn smoothing_takes_the_mean_of_what_is_there() {
        let mut line = [0.0, 9.0, 3.0, 9.0, 6.0, 9.0];
        smooth(&mut line, 0, 2, 3, 1);
        assert_eq!(line, [1.5, 9.0, 3.0, 9.0, 4.5, 9.0]);
    }
}
