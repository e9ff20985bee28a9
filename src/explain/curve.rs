//! Insertion and deletion (Petsiuk et al. 2018, arXiv 1806.07421): how soon does the answer come or go when pixels are
//! put in or taken out in the order of a map? Beside it, the same in a random order.

use super::{Baseline, Done, ExplainError, Heatmap, Target};
use crate::run::{Input, Progress, Run, largest_first};
use crate::weights::recipe;
use std::str::FromStr;

/// Pictures that are run at a time.
const BATCH: usize = 8;

/// Whether pixels are taken out or put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the picture to the baseline: a good map's curve falls soon.
    Deletion,
    /// From the baseline to the picture: a good map's curve rises soon.
    Insertion,
}

impl FromStr for Direction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "deletion" => Ok(Self::Deletion),
            "insertion" => Ok(Self::Insertion),
            _ => Err(format!("no curve '{text}'; there is deletion, insertion")),
        }
    }
}

/// The answer while pixels are taken out or put in, in a run of its own.
///
/// Call [`Curve::advance`] until all points are done; [`Curve::values`] can be drawn in between. To cancel, drop it.
#[derive(Debug)]
pub struct Curve {
    run: Run,
    target: Target,
    /// What pixels are before and afterwards: C,H,W.
    ends: [Vec<f32>; 2],
    /// Pixels in the order of the map, and in a random one.
    orders: [Vec<usize>; 2],
    points: usize,
    /// Those that are done: of the map's order from none to all, then of the random one without both ends.
    found: Vec<f64>,
    /// How many are being run.
    running: usize,
}

impl Curve {
    /// Of the selected picture of a run, with the changes that are in force there, in so many steps. The largest value
    /// of the map comes first.
    ///
    /// # Errors
    /// As of [`Target::check`] and [`Run::begin`].
    pub async fn new(
        run: &mut Run,
        target: Target,
        map: &Heatmap,
        direction: Direction,
        baseline: Baseline,
        points: usize,
    ) -> Result<Self, ExplainError> {
        let graph = run.graph();
        target.check(graph)?;
        let shape = graph.node(graph.input).shape;
        let map = map.resized(shape.h(), shape.w());
        let size = |v: &f32| if v.is_nan() { f64::NEG_INFINITY } else { f64::from(*v) };
        let by_map = largest_first(map.data.iter().map(size));
        let noise = recipe::stream("pixels", 0).map(|bits| bits as f64);
        let at_random = largest_first(noise.take(map.data.len()));
        let (run, picture) = run.twin().await?;
        let blank = baseline.of(run.graph(), &picture);
        let ends = match direction {
            Direction::Deletion => [picture, blank],
            Direction::Insertion => [blank, picture],
        };
        let (orders, points, found) = ([by_map, at_random], points.max(1), Vec::new());
        Ok(Self { run, target, ends, orders, points, found, running: 0 })
    }

    /// Computes a little more: no longer than [`Run::advance`] takes.
    ///
    /// # Errors
    /// As of [`Run::begin`], [`Run::advance`] and [`Target::values`].
    pub async fn advance(&mut self) -> Result<Done, ExplainError> {
        let (first, left) = (self.found.len(), 2 * self.points - self.found.len());
        if self.running == 0 && left > 0 {
            self.running = left.min(BATCH);
            let pictures: Vec<Vec<f32>> = (first..first + self.running).map(|at| self.picture(at)).collect();
            let inputs: Vec<Input<'_>> = pictures.iter().map(|picture| Input::Normalized(picture)).collect();
            self.run.begin(&inputs).await?;
        }
        if self.running > 0 && self.run.advance().await?.progress != Progress::More {
            let values = match self.target {
                Target::Class(class) => {
                    let answers = self.run.predictions().await.map_err(ExplainError::from)?;
                    answers.iter().map(|answer| f64::from(answer.probabilities[class])).collect()
                }
                _ => self.target.values(&mut self.run).await?,
            };
            self.found.extend(values);
            self.running = 0;
        }
        Ok(self.done())
    }

    /// How many points are done, of both orders.
    pub fn done(&self) -> Done {
        Done { done: self.found.len(), of: 2 * self.points }
    }

    /// A class's probability, or another target's value, after each step in the order of the map, as far as it is done:
    /// from no pixel to all of them.
    pub fn values(&self) -> &[f64] {
        &self.found[..self.found.len().min(self.points + 1)]
    }

    /// The same in a random order, once it is done.
    pub fn at_random(&self) -> Vec<f64> {
        if !self.done().is_all() {
            return Vec::new();
        }
        let (of_map, between) = self.found.split_at(self.points + 1);
        [&of_map[..1], between, &of_map[self.points..]].concat()
    }

    /// The area under a curve whose points are equally far from each other between 0 and 1, by trapezoids; none with
    /// fewer than two.
    pub fn area(values: &[f64]) -> Option<f64> {
        let steps = values.len().checked_sub(1).filter(|steps| *steps > 0)?;
        let inner: f64 = values.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).sum();
        Some(inner / steps as f64)
    }

    /// The picture of a point.
    fn picture(&self, point: usize) -> Vec<f32> {
        let (order, step) = if point > self.points { (1, point - self.points) } else { (0, point) };
        let order = &self.orders[order];
        let [mut picture, other] = self.ends.clone();
        for pixel in &order[..order.len() * step / self.points] {
            for at in (*pixel..picture.len()).step_by(order.len()) {
                picture[at] = other[at];
            }
        }
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_of_trapezoids() {
        assert_eq!(Curve::area(&[1.0, 0.5, 0.0]), Some(0.5));
        assert_eq!(Curve::area(&[1.0, 0.0, 0.0]), Some(0.25));
        assert_eq!(Curve::area(&[1.0]), None);
        assert_eq!(Curve::area(&[]), None);
    }
}
