//! A network from the first byte of its weights to its disposal, and pictures through it.

use super::Failure;
use super::failure::{Misuse, json};
use crate::engine::Engine;
use crate::inspect::Maps;
use crate::net::Graph;
use crate::photo::Photo;
use crate::photo::resample::Crop;
use crate::report::{self, Advanced, Asked, Described, Guess, Told};
use crate::run::{Advance, Input, Opened, Opening, Prediction, Run, Spec};
use crate::weights::About;
use wasm_bindgen::prelude::*;

/// A network from the first byte of its weights to its disposal, and a run on it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Weights are arriving.
    Opening(Box<Opening>),
    Open(Box<Opened>),
    /// Disposed of, or failed.
    Closed,
}

impl Asked {
    fn spec(json: &str) -> Result<Spec, Failure> {
        let text = |what: &'static str, message: String| Misuse::Text { what, message };
        let asked: Self = serde_json::from_str(json).map_err(|e| text("options", e.to_string()))?;
        let engine = asked.engine.unwrap_or_default().parse().map_err(|e| text("engine", e))?;
        let Self { model, variant, profile, listed_profile, size, ema, direct, .. } = asked;
        Ok(Spec { model, variant, profile, listed_profile, size, ema, engine, direct, every_op: false })
    }
}

/// A node's value, or small pictures of it.
#[wasm_bindgen(getter_with_clone)]
#[derive(Clone, Debug)]
pub struct Values {
    /// C,H,W (a vector: N).
    #[wasm_bindgen(readonly)]
    pub shape: Vec<usize>,
    /// Row-major.
    #[wasm_bindgen(readonly)]
    pub data: Vec<f32>,
}

/// What a run yields.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Outcome {
    /// One value a class.
    #[wasm_bindgen(readonly)]
    pub logits: Vec<f32>,
    /// Their softmax.
    #[wasm_bindgen(readonly)]
    pub probabilities: Vec<f32>,
    /// JSON: the most probable classes, `[{ "class", "name", "probability" }]`.
    #[wasm_bindgen(readonly)]
    pub top: String,
}

/// Statistics of a node, one entry a channel (a vector's values count as channels).
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, Default)]
pub struct Statistics {
    /// C,H,W (a vector: N).
    #[wasm_bindgen(readonly)]
    pub shape: Vec<usize>,
    /// Smallest finite value.
    #[wasm_bindgen(readonly)]
    pub min: Vec<f32>,
    /// Mean of the finite values.
    #[wasm_bindgen(readonly)]
    pub mean: Vec<f32>,
    /// Largest finite value.
    #[wasm_bindgen(readonly)]
    pub max: Vec<f32>,
    /// Share of zeros, 0 to 1.
    #[wasm_bindgen(readonly)]
    pub zeros: Vec<f32>,
    /// Mean of the squares of the finite values.
    #[wasm_bindgen(readonly)]
    pub energy: Vec<f32>,
    /// Number of values that are NaN or infinite.
    #[wasm_bindgen(readonly)]
    pub nonfinite: Vec<u32>,
    /// Row and column of the largest value, one after the other.
    #[wasm_bindgen(readonly)]
    pub peak: Vec<u32>,
}

#[wasm_bindgen]
impl Session {
    /// A network whose weights come with [`Session::push`]. `asked` is JSON: `model`, `variant`, `profile`,
    /// `listedProfile`, `engine`, `direct`, `size`, `ema`, all of which may be left out. `file` is what messages call
    /// the weights.
    #[wasm_bindgen(constructor)]
    pub fn new(asked: &str, file: &str) -> Result<Session, Failure> {
        let opening = Opening::new(Asked::spec(asked)?, file);
        Ok(Self { state: State::Opening(Box::new(opening)) })
    }

    /// A network with untrained weights; see [`crate::weights::recipe`].
    pub async fn synthetic(asked: String, seed: u64) -> Result<Session, Failure> {
        let opened = Opened::synthetic(&Asked::spec(&asked)?, seed).await?;
        Ok(Self { state: State::Open(Box::new(opened)) })
    }

    /// Another run on the same network, without a picture and changes. Only once all weights are there.
    pub async fn fork(&self) -> Result<Session, Failure> {
        match &self.state {
            State::Open(opened) => Ok(Self { state: State::Open(Box::new(opened.fork().await?)) }),
            State::Opening(_) => Err(Misuse::NotKnown.into()),
            State::Closed => Err(Misuse::Closed.into()),
        }
    }

    /// Takes the next bytes of the weight file; `trusted`: they were checked since they arrived. The data of
    /// an error has `damaged`, where the file is.
    pub async fn push(&mut self, bytes: Vec<u8>, trusted: bool) -> Result<(), Failure> {
        match &mut self.state {
            State::Opening(opening) => {
                opening.trust(trusted);
                Ok(opening.push(&bytes).await?)
            }
            _ => Err(Misuse::Closed.into()),
        }
    }

    /// The weight file has ended. Errors as of [`Session::push`].
    pub async fn finish(&mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Opening(opening) => {
                self.state = State::Open(Box::new(opening.finish().await?));
                Ok(())
            }
            _ => Err(Misuse::Closed.into()),
        }
    }

    /// JSON `{ "graph": …, "engine": … }` once the network is known, else nothing.
    pub fn describe(&self) -> Result<Option<String>, Failure> {
        let (graph, chosen) = match &self.state {
            State::Opening(opening) => match (opening.graph(), opening.about()) {
                (Some(graph), Some((_, chosen))) => (graph, chosen),
                _ => return Ok(None),
            },
            State::Open(opened) => (opened.run.graph(), &opened.chosen),
            State::Closed => return Err(Misuse::Closed.into()),
        };
        let graph = report::describe(graph)?;
        Ok(Some(json(&Described { graph, engine: chosen })?))
    }

    /// JSON: what is worth knowing about the weights, as far as they have come: a list of
    /// `{ "code", "data", "message" }`, as errors have them.
    pub fn warnings(&self) -> Result<String, Failure> {
        let warnings = match &self.state {
            State::Opening(opening) => opening.warnings(),
            State::Open(opened) => opened.warnings.clone(),
            State::Closed => Vec::new(),
        };
        json(&warnings.iter().map(Told::from).collect::<Vec<_>>())
    }

    /// Whether the classes have no names, and are ImageNet's by default.
    pub fn wants_imagenet(&mut self) -> Result<bool, Failure> {
        let (about, classes) = self.classes()?;
        Ok(about.wants_imagenet(classes))
    }

    /// Names the classes: one a line, or a JSON list.
    pub fn name_classes(&mut self, text: &str) -> Result<(), Failure> {
        let (about, classes) = self.classes()?;
        Ok(about.name_classes(text, classes)?)
    }

    /// Length of the weight file in bytes, once its header has come.
    pub fn total_bytes(&self) -> Option<f64> {
        match &self.state {
            State::Opening(opening) => opening.total_bytes().map(|n| n as f64),
            _ => None,
        }
    }

    /// Which module each part of the weight file is for, once its header has come: number of the module (−1:
    /// none) and where the part ends, one after the other.
    pub fn extents(&self) -> Vec<f64> {
        let State::Opening(opening) = &self.state else { return Vec::new() };
        let extents = opening.extents().into_iter();
        extents.flat_map(|part| [part.module.map_or(-1.0, |module| module as f64), part.end as f64]).collect()
    }

    /// The names of all classes, in order.
    pub fn class_names(&mut self) -> Result<Vec<String>, Failure> {
        let classes = self.run()?.graph().classes();
        Ok(self.about()?.class_names(classes))
    }

    /// Takes a JPEG or PNG file to be run. If it cannot be, the last picture stays. `square` is the part
    /// to look at, in the photo's pixels: first column and row, and the length of a side; empty for what the
    /// profile does; a single 0 for the photo as it is, which then must have the input's size. Returns the
    /// photo's columns and rows, then what the network sees of it in its pixels: first column and row,
    /// columns and rows.
    pub async fn begin_file(&mut self, file: Vec<u8>, square: Vec<f64>) -> Result<Vec<f64>, Failure> {
        let photo = Photo::decode(&file)?;
        drop(file);
        self.begin_photo(&photo, &square).await
    }

    /// Takes RGBA pixels, not premultiplied, as a canvas hands them out; the rest as [`Session::begin_file`].
    pub async fn begin_pixels(
        &mut self,
        width: usize,
        height: usize,
        rgba: Vec<u8>,
        square: Vec<f64>,
    ) -> Result<Vec<f64>, Failure> {
        let photo = Photo::from_rgba(width, height, &rgba)?;
        drop(rgba);
        self.begin_photo(&photo, &square).await
    }

    /// Takes C·H·W values: exactly the tensor that the first op reads.
    pub async fn begin_tensor(&mut self, values: Vec<f32>) -> Result<(), Failure> {
        Ok(self.run()?.begin(&[Input::Tensor(&values)]).await?)
    }

    /// Computes some of what the picture and the weights that are there allow. JSON: `nodes`, whose values
    /// are there now and were not before; `state`, which is `more`, `waiting` (for weights) or `done`;
    /// `predicted`, whether [`Session::outcome`] is available.
    pub async fn advance(&mut self) -> Result<String, Failure> {
        let run = self.run()?;
        let Advance { nodes, progress } = run.advance().await?;
        let nodes: Vec<&str> = nodes.iter().map(|node| run.graph().node(*node).id.as_str()).collect();
        let predicted = run.has_prediction();
        json(&Advanced { nodes, state: progress, predicted })
    }

    /// What the picture's run yields.
    pub async fn outcome(&mut self) -> Result<Outcome, Failure> {
        let prediction = self.run()?.prediction().await?.checked()?;
        self.outcome_of(prediction)
    }

    /// Forgets the picture and what was computed of it.
    pub fn stop(&mut self) -> Result<(), Failure> {
        self.run()?.stop();
        Ok(())
    }

    /// Whether a node's value is there, or can be computed from what is there.
    pub fn has(&mut self, node: &str) -> Result<bool, Failure> {
        Ok(self.run()?.has(node)?)
    }

    /// JSON: bytes that weights and values take.
    pub fn memory(&mut self) -> Result<String, Failure> {
        json(&self.run()?.memory())
    }

    /// A node's value.
    pub async fn activation(&mut self, node: &str) -> Result<Values, Failure> {
        let value = self.run()?.activation(node).await?;
        Ok(Values { shape: value.shape.dims(), data: value.data.clone() })
    }

    /// Statistics of each channel of a node.
    pub async fn stats(&mut self, node: &str) -> Result<Statistics, Failure> {
        let stats = self.run()?.stats(node).await?;
        let mut all = Statistics { shape: stats.shape.dims(), ..Statistics::default() };
        for channel in stats.channels {
            all.min.push(channel.min);
            all.mean.push(channel.mean);
            all.max.push(channel.max);
            all.zeros.push(channel.zeros);
            all.energy.push(channel.energy);
            all.nonfinite.push(channel.not_finite as u32);
            all.peak.extend(channel.peak.map(|at| at as u32));
        }
        Ok(all)
    }

    /// Some channels of a node (all if none are named), shrunk to at most `size` rows and columns.
    pub async fn maps(&mut self, node: &str, channels: Vec<usize>, size: usize) -> Result<Values, Failure> {
        Ok(self.run()?.maps(node, &channels, size).await?.into())
    }

    /// The mean of all channels of a node, shrunk to at most `size` rows and columns.
    pub async fn mean(&mut self, node: &str, size: usize) -> Result<Values, Failure> {
        Ok(self.run()?.mean(node, size).await?.into())
    }

    /// JSON: which kernels were found fastest on this GPU. Nothing where the CPU computes.
    pub fn tuning(&mut self) -> Result<Option<String>, Failure> {
        self.engine()?.tuning().as_ref().map(json).transpose()
    }

    /// Uses what [`Session::tuning`] told before, on the same GPU.
    pub async fn set_tuning(&mut self, tuning: &str) -> Result<(), Failure> {
        let tuning = serde_json::from_str(tuning)
            .map_err(|e| Misuse::Text { what: "tuning", message: e.to_string() })?;
        Ok(self.engine()?.set_tuning(tuning).await?)
    }

    /// Measures which kernels are fastest on this GPU, after a run, for some `limit` milliseconds; then as
    /// [`Session::tuning`].
    pub async fn tune(&mut self, limit: f64) -> Result<Option<String>, Failure> {
        self.engine()?.tune(limit).await?.as_ref().map(json).transpose()
    }

    /// Frees everything on the device.
    pub fn dispose(&mut self) {
        self.state = State::Closed;
    }
}

impl Session {
    pub(super) fn run(&mut self) -> Result<&mut Run, Failure> {
        match &mut self.state {
            State::Open(opened) => Ok(&mut opened.run),
            State::Opening(opening) => Ok(opening.run().ok_or(Misuse::NotKnown)?),
            State::Closed => Err(Misuse::Closed.into()),
        }
    }

    /// What is known of the network, and its number of classes.
    fn classes(&mut self) -> Result<(&mut About, usize), Failure> {
        match &mut self.state {
            State::Opening(opening) => {
                let classes = opening.graph().map_or(0, Graph::classes);
                Ok((opening.about_mut().ok_or(Misuse::Closed)?, classes))
            }
            State::Open(opened) => Ok((&mut opened.about, opened.run.graph().classes())),
            State::Closed => Err(Misuse::Closed.into()),
        }
    }

    /// An answer with its most probable classes.
    pub(super) fn outcome_of(&self, prediction: Prediction) -> Result<Outcome, Failure> {
        let about = self.about()?;
        let top: Vec<_> = (prediction.top(5).into_iter())
            .map(|(class, probability)| Guess {
                class,
                name: about.class_name(class),
                probability: f64::from(probability),
            })
            .collect();
        Ok(Outcome { logits: prediction.logits, probabilities: prediction.probabilities, top: json(&top)? })
    }

    fn engine(&mut self) -> Result<&mut Engine, Failure> {
        Ok(self.run()?.engine_mut())
    }

    fn about(&self) -> Result<&About, Failure> {
        let about = match &self.state {
            State::Open(opened) => Some(&opened.about),
            State::Opening(opening) => opening.about().map(|(about, _)| about),
            State::Closed => None,
        };
        Ok(about.ok_or(Misuse::Closed)?)
    }

    async fn begin_photo(&mut self, photo: &Photo, square: &[f64]) -> Result<Vec<f64>, Failure> {
        let graph = self.run()?.graph();
        let (width, height, input) = (photo.width, photo.height, graph.node(graph.input).shape.w());
        let crop = match *square {
            [x, y, side] => Crop::of_square(&graph.profile, [width, height], input, [x, y], side),
            [_] => Crop::whole(&graph.profile, width, height, input)?,
            _ => Crop::of_profile(&graph.profile, width, height, input),
        };
        self.run()?.begin(&[Input::Photo(photo.view(), Some(crop))]).await?;
        Ok([[width as f64, height as f64].as_slice(), &crop.region(width, height)].concat())
    }
}

impl From<Maps> for Values {
    fn from(maps: Maps) -> Self {
        Self { shape: vec![maps.channels.len(), maps.height, maps.width], data: maps.data }
    }
}
