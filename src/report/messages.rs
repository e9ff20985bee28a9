//! What passes between JavaScript and the runtime as JSON (`src/web/`) and is nothing that Rust needs for itself.

use super::Description;
use crate::error::{Coded, Facts};
use crate::evaluate::{Evaluation, Judged, Score};
use crate::run::{Chosen, Progress};
use serde::{Deserialize, Serialize, Serializer};

/// What a caller asks to be opened; what is left out is what the file says, then the defaults.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(default, rename_all = "camelCase")]
pub struct Asked {
    /// `inception_v3`, or with a variant `googlenet:published`.
    pub model: Option<String>,
    /// Another graph of the same paper.
    pub variant: Option<String>,
    /// What the weights imply, with overridden fields or without.
    pub profile: Option<String>,
    /// What the catalogue says of them.
    pub listed_profile: Option<String>,
    /// Which engine.
    #[cfg_attr(test, ts(type = "'auto' | 'gpu' | 'cpu'"))]
    pub engine: Option<String>,
    /// Every convolution as it is defined.
    #[cfg_attr(test, ts(as = "Option<bool>", optional))]
    pub direct: bool,
    /// Rows and columns of the input.
    pub size: Option<usize>,
    /// Of a training checkpoint the moving average of the weights.
    #[cfg_attr(test, ts(as = "Option<bool>", optional))]
    pub ema: bool,
}

/// A network that is open.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Opened"))]
pub struct Described<'a> {
    /// The network.
    pub graph: Description,
    /// What computes.
    pub engine: &'a Chosen,
}

/// What one step of a run has done.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Advanced<'a> {
    /// Recorded nodes whose values are there now and were not before.
    pub nodes: Vec<&'a str>,
    /// What comes next.
    pub state: Progress,
    /// Whether there is a prediction.
    pub predicted: bool,
}

/// One of the most probable classes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Guess {
    /// Its number.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// From 0 to 1.
    pub probability: f64,
}

/// What is worth knowing about weights that can be used all the same, with what an error has.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Warning"))]
pub struct Told {
    /// As errors have them: `weights.not_finite`.
    #[cfg_attr(test, ts(type = "keyof ErrorFacts"))]
    pub code: &'static str,
    /// The facts, by name.
    #[serde(serialize_with = "as_object")]
    #[cfg_attr(test, ts(as = "std::collections::BTreeMap<&'static str, crate::error::Fact>"))]
    pub data: Facts,
    /// One English sentence.
    pub message: String,
}

impl<E: Coded> From<&E> for Told {
    fn from(warning: &E) -> Self {
        Self { code: warning.code(), data: warning.facts(), message: warning.to_string() }
    }
}

fn as_object<S: Serializer>(facts: &Facts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(facts.iter().map(|(name, fact)| (name, fact)))
}

/// How good networks are.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Evaluated<'a> {
    /// Each alone.
    pub networks: Vec<Scored<'a>>,
    /// All together, their probabilities averaged.
    pub ensemble: Scored<'a>,
}

/// What [`Score`] has. Of a thousand classes few are confused: those that were are listed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Score"))]
pub struct Scored<'a> {
    /// Photos.
    pub images: usize,
    /// Share of the photos with a known class, from 0 to 1, whose class is the most probable one. None without
    /// such photos.
    pub top1: Option<f64>,
    /// The same among the five most probable ones.
    pub top5: Option<f64>,
    /// A class, the one that photos of it were taken for, and how many were.
    pub confusion: Vec<[usize; 3]>,
    /// The photos whose own class is least probable, or whose answer is, where that is not known.
    pub worst: &'a [Judged],
    /// The photos whose answer is most probable.
    pub certain: &'a [Judged],
}

impl<'a> From<&'a Evaluation> for Evaluated<'a> {
    fn from(evaluation: &'a Evaluation) -> Self {
        let networks = evaluation.networks().iter().map(Scored::from).collect();
        Self { networks, ensemble: evaluation.ensemble().into() }
    }
}

impl<'a> From<&'a Score> for Scored<'a> {
    fn from(score: &'a Score) -> Self {
        let mut confusion = Vec::new();
        for (class, row) in score.confusion.iter().enumerate() {
            let seen = row.iter().enumerate().filter(|(_, photos)| **photos > 0);
            confusion.extend(seen.map(|(other, photos)| [class, other, *photos as usize]));
        }
        let Score { images, top1, top5, .. } = *score;
        Self { images, top1, top5, confusion, worst: &score.worst, certain: &score.certain }
    }
}
