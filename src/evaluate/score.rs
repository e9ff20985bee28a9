//! Answers beside what the photos show.

use super::{EvaluateError, average};
use crate::explain::{ExplainError, find_class};
use crate::net::Graph;
use crate::run::Prediction;
use serde::Serialize;

/// How many photos are listed as the worst, and as the most certain.
const LISTED: usize = 9;

/// A photo and the answer to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Judged {
    /// The photo.
    pub image: String,
    /// What it shows, where that is known.
    pub class: Option<usize>,
    /// The most probable class.
    pub predicted: usize,
    /// Its probability.
    pub probability: f32,
    /// The probability of the photo's own class.
    pub own: Option<f32>,
}

/// How good a network's answers are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// Photos.
    pub images: usize,
    /// Share of the photos with a known class, from 0 to 1, whose class is the most probable one. None without
    /// such photos.
    pub top1: Option<f64>,
    /// The same among the five most probable ones.
    pub top5: Option<f64>,
    /// How many photos of a class (row) were taken for a class (column). Empty where no class is known.
    pub confusion: Vec<Vec<u32>>,
    /// The photos whose own class is least probable, or whose answer is, where that is not known.
    pub worst: Vec<Judged>,
    /// The photos whose answer is most probable.
    pub certain: Vec<Judged>,
    #[serde(skip)]
    known: usize,
    #[serde(skip)]
    hits: [usize; 2],
}

impl Score {
    fn add(&mut self, image: &str, class: Option<usize>, prediction: &Prediction) {
        let top = prediction.top(5);
        let Some(&(predicted, probability)) = top.first() else { return };
        self.images += 1;
        let own = class.map(|class| prediction.probabilities[class]);
        if let Some(class) = class {
            self.known += 1;
            self.hits[0] += usize::from(predicted == class);
            self.hits[1] += usize::from(top.iter().any(|(other, _)| *other == class));
            let [top1, top5] = self.hits.map(|hits| Some(hits as f64 / self.known as f64));
            (self.top1, self.top5) = (top1, top5);
            let classes = prediction.probabilities.len();
            if self.confusion.is_empty() {
                self.confusion = vec![vec![0; classes]; classes];
            }
            self.confusion[class][predicted] += 1;
        }
        let judged = Judged { image: image.to_owned(), class, predicted, probability, own };
        let least = |judged: &Judged| judged.own.unwrap_or(judged.probability);
        keep(&mut self.worst, &judged, |a, b| least(a) < least(b));
        keep(&mut self.certain, &judged, |a, b| a.probability > b.probability);
    }
}

/// Puts a photo into a short list, before the first one that it is more than.
fn keep(list: &mut Vec<Judged>, judged: &Judged, is_more: impl Fn(&Judged, &Judged) -> bool) {
    let at = list.iter().position(|other| is_more(judged, other)).unwrap_or(list.len());
    list.insert(at, judged.clone());
    list.truncate(LISTED);
}

/// Scores of several networks, each alone, and together as an ensemble whose probabilities are averaged.
#[derive(Clone, Debug)]
pub struct Evaluation {
    networks: Vec<Score>,
    ensemble: Score,
}

impl Evaluation {
    /// Of networks with these numbers of classes; nothing is judged yet.
    ///
    /// # Errors
    /// [`EvaluateError::Classes`] if they have different numbers of classes.
    pub fn new(classes: &[usize]) -> Result<Self, EvaluateError> {
        match classes.iter().find(|found| **found != classes[0]) {
            Some(found) => Err(EvaluateError::Classes { expected: classes[0], found: *found }),
            None => Ok(Self { networks: vec![Score::default(); classes.len()], ensemble: Score::default() }),
        }
    }

    /// Takes each network's answer to one photo, in the networks' order; `class` is what it shows.
    pub fn add(&mut self, image: &str, class: Option<usize>, answers: &[Prediction]) {
        for (score, answer) in self.networks.iter_mut().zip(answers) {
            score.add(image, class, answer);
        }
        self.ensemble.add(image, class, &average(answers));
    }

    /// One score a network.
    pub fn networks(&self) -> &[Score] {
        &self.networks
    }

    /// That of all networks together.
    pub const fn ensemble(&self) -> &Score {
        &self.ensemble
    }
}

/// The class that a folder is named after: by name, by name with `_` for spaces, or by number.
///
/// # Errors
/// [`EvaluateError::Folder`] if there is none, or there are several.
pub fn class_of_folder(folder: &str, graph: &Graph, names: &[String]) -> Result<usize, EvaluateError> {
    let spaced = folder.replace('_', " ");
    let class = find_class(folder, graph, names).or_else(|_| find_class(&spaced, graph, names));
    class.map_err(|error| {
        let near = if let ExplainError::Target { near, .. } = error { near } else { Vec::new() };
        EvaluateError::Folder { found: folder.to_owned(), near }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo::{self, Options};

    fn answer(probabilities: &[f32]) -> Prediction {
        Prediction { logits: probabilities.to_vec(), probabilities: probabilities.to_vec() }
    }

    fn graph(classes: usize) -> Graph {
        zoo::build("googlenet", &Options { classes: Some(classes), ..Options::default() }).unwrap()
    }

    #[test]
    fn scores_count_hits_and_list_photos() {
        let mut evaluation = Evaluation::new(&[6, 6]).unwrap();
        let sure = answer(&[0.8, 0.04, 0.04, 0.04, 0.04, 0.04]);
        let wrong = answer(&[0.1, 0.5, 0.2, 0.1, 0.1, 0.0]);
        evaluation.add("right", Some(0), &[sure.clone(), sure.clone()]);
        evaluation.add("second", Some(0), &[wrong.clone(), sure.clone()]);
        evaluation.add("unlikely", Some(5), &[wrong.clone(), wrong.clone()]);
        evaluation.add("unknown", None, &[wrong.clone(), wrong]);
        let [first, second] = evaluation.networks() else { panic!() };
        assert_eq!((first.images, first.top1, first.top5), (4, Some(1.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!(second.top1, Some(2.0 / 3.0));
        assert_eq!(evaluation.ensemble().top1, Some(2.0 / 3.0));
        assert_eq!((first.confusion[0][..2].to_vec(), first.confusion[5][1]), (vec![1, 1], 1));
        let names = |list: &[Judged]| list.iter().map(|j| j.image.clone()).collect::<Vec<_>>();
        assert_eq!(names(&first.worst), ["unlikely", "second", "unknown", "right"]);
        assert_eq!(names(&first.certain)[0], "right");
        // Averaged by hand.
        assert!((evaluation.ensemble().certain[1].probability - 0.5).abs() < 1e-6);
    }

    #[test]
    fn lists_stay_short() {
        let mut evaluation = Evaluation::new(&[2]).unwrap();
        for i in 0..100 {
            let p = i as f32 / 200.0;
            evaluation.add(&i.to_string(), None, &[answer(&[p, 1.0 - p])]);
        }
        let score = &evaluation.networks()[0];
        assert_eq!((score.worst.len(), score.certain.len(), score.top1), (LISTED, LISTED, None));
        assert_eq!((score.worst[0].image.as_str(), score.certain[0].image.as_str()), ("99", "0"));
    }

    #[test]
    fn networks_of_an_ensemble_know_the_same_classes() {
        let error = Evaluation::new(&[2, 3]).unwrap_err();
        assert_eq!(error, EvaluateError::Classes { expected: 2, found: 3 });
    }

    #[test]
    fn folders_are_classes() {
        let (graph, names) = (graph(2), ["Egyptian cat", "lynx"].map(str::to_owned));
        assert_eq!(class_of_folder("egyptian_cat", &graph, &names), Ok(0));
        assert_eq!(class_of_folder("1", &graph, &names), Ok(1));
        let near = vec!["Egyptian cat".to_owned()];
        let found = "cat".to_owned();
        assert_eq!(class_of_folder("cat", &graph, &names), Err(EvaluateError::Folder { found, near }));
    }
}
