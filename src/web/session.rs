//! A network from the first byte of its weights to its disposal, and pictures through it.

use super::failure::{Misuse, json};
use super::{Failure, interventions};
use crate::engine::Engine;
use crate::net::Graph;
use crate::photo::Photo;
use crate::photo::resample::Crop;
use crate::report;
use crate::run::{self, Advance, Choice, Input, Opened, Opening, Run, Spec};
use crate::weights::About;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// One network from the first byte of its weights to its disposal.
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

/// A node's value, or small pictures of it.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Values {
    /// C,H,W (a vector: N).
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Vec<f32>,
}

/// What a run yields.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Outcome {
    /// One value a class.
    pub logits: Vec<f32>,
    /// Their softmax.
    pub probabilities: Vec<f32>,
    /// JSON: the most probable classes, `[{ "class", "name", "probability" }]`.
    pub top: String,
}

/// Statistics of a node, one entry a channel (a vector's values count as channels).
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, Default)]
pub struct Statistics {
    /// C,H,W (a vector: N).
    pub shape: Vec<usize>,
    /// Smallest finite value.
    pub min: Vec<f32>,
    /// Mean of the finite values.
    pub mean: Vec<f32>,
    /// Largest finite value.
    pub max: Vec<f32>,
    /// Share of zeros, 0 to 1.
    pub zeros: Vec<f32>,
    /// Mean of the squares of the finite values.
    pub energy: Vec<f32>,
    /// Number of values that are NaN or infinite.
    pub nonfinite: Vec<u32>,
    /// Row and column of the largest value, one after the other.
    pub peak: Vec<u32>,
}

#[wasm_bindgen]
impl Session {
    /// A network whose weights come with [`Session::push`]. `file` is what messages call them.
    /// `listed_profile` is what the catalogue says of them. Empty strings leave the choice to the file,
    /// then to the catalogue, then to defaults.
    #[wasm_bindgen(constructor)]
    pub fn new(
        model: &str,
        variant: &str,
        profile: &str,
        engine: &str,
        file: &str,
        listed_profile: &str,
    ) -> Result<Session, Failure> {
        let spec = Spec { listed_profile: given(listed_profile), ..spec(model, variant, profile, engine)? };
        let opening = Opening::new(spec, file);
        Ok(Self { state: State::Opening(Box::new(opening)) })
    }

    /// A network with untrained weights; see [`crate::weights::recipe`].
    pub async fn synthetic(
        model: String,
        variant: String,
        profile: String,
        engine: String,
        seed: u64,
    ) -> Result<Session, Failure> {
        let opened = Opened::synthetic(&spec(&model, &variant, &profile, &engine)?, seed).await?;
        Ok(Self { state: State::Open(Box::new(opened)) })
    }

    /// Takes the next bytes of the weight file; `trusted`: they were checked since they arrived.
    /// An error's name is `Damaged` where the file is.
    pub async fn push(&mut self, bytes: Vec<u8>, trusted: bool) -> Result<(), JsValue> {
        match &mut self.state {
            State::Opening(opening) => {
                opening.trust(trusted);
                opening.push(&bytes).await.map_err(|e| named(&e))
            }
            _ => Err(closed().into()),
        }
    }

    /// The weight file has ended. Errors as of [`Session::push`].
    pub async fn finish(&mut self) -> Result<(), JsValue> {
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Opening(opening) => {
                self.state = State::Open(Box::new(opening.finish().await.map_err(|e| named(&e))?));
                Ok(())
            }
            _ => Err(closed().into()),
        }
    }

    /// JSON `{ "graph": …, "engine": … }` once the network is known, else nothing.
    pub fn describe(&self) -> Result<Option<String>, Failure> {
        let (graph, chosen) = match &self.state {
            State::Opening(opening) => match (opening.graph(), opening.about()) {
                (Some(graph), Some((_, chosen))) => (graph, chosen),
                _ => return Ok(None),
            },
            State::Open(opened) => (opened.scope.graph(), &opened.chosen),
            State::Closed => return Err(closed()),
        };
        let graph = report::describe(graph)?;
        Ok(Some(json(&Described { graph, engine: chosen })?))
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
        let classes = self.scope()?.graph().classes();
        let about = self.about()?;
        Ok((0..classes).map(|class| about.class_name(class)).collect())
    }

    /// Takes a JPEG or PNG file to be run. If it can not be, the last picture stays. `square` is the part
    /// to look at, in the photo's pixels: first column and row, and the length of a side; empty for what the
    /// profile does. Returns the photo's columns and rows, then what the network sees of it in its
    /// pixels: first column and row, columns and rows.
    pub fn begin_file(&mut self, file: Vec<u8>, square: &[f64]) -> Result<Vec<f64>, Failure> {
        let photo = Photo::decode(&file)?;
        drop(file);
        self.begin_photo(&photo, square)
    }

    /// Takes RGBA pixels, not premultiplied, as a canvas hands them out; the rest as [`Session::begin_file`].
    pub fn begin_pixels(
        &mut self,
        width: usize,
        height: usize,
        rgba: Vec<u8>,
        square: &[f64],
    ) -> Result<Vec<f64>, Failure> {
        let photo = Photo::from_rgba(width, height, &rgba)?;
        drop(rgba);
        self.begin_photo(&photo, square)
    }

    /// Takes C·H·W values: exactly the tensor that the first op reads.
    pub fn begin_tensor(&mut self, values: Vec<f32>) -> Result<(), Failure> {
        Ok(self.scope()?.begin(Input::Tensor(&values))?)
    }

    /// Computes some of what the picture and the weights that are there allow. JSON: `nodes`, whose values
    /// are there now and were not before; `state`, which is `more`, `waiting` (for weights) or `done`;
    /// `predicted`, whether [`Session::outcome`] can be had.
    pub async fn advance(&mut self) -> Result<String, Failure> {
        let scope = self.scope()?;
        let Advance { nodes, state } = scope.advance().await?;
        let nodes: Vec<&str> = nodes.iter().map(|node| scope.graph().node(*node).id.as_str()).collect();
        let predicted = scope.has_prediction();
        json(&Advanced { nodes, state, predicted })
    }

    /// What the picture's run yields.
    pub async fn outcome(&mut self) -> Result<Outcome, Failure> {
        let prediction = self.scope()?.prediction().await?;
        let about = self.about()?;
        let top: Vec<_> = (prediction.top(5).into_iter())
            .map(|(class, probability)| Top {
                class,
                name: about.class_name(class),
                probability: f64::from(probability),
            })
            .collect();
        Ok(Outcome { logits: prediction.logits, probabilities: prediction.probabilities, top: json(&top)? })
    }

    /// Forgets the picture and what was computed of it.
    pub fn stop(&mut self) -> Result<(), Failure> {
        self.scope()?.stop();
        Ok(())
    }

    /// Whether a node's value is there, or can be computed from what is there.
    pub fn has(&mut self, node: &str) -> Result<bool, Failure> {
        Ok(self.scope()?.has(node)?)
    }

    /// JSON: bytes that weights and values take.
    pub fn memory(&mut self) -> Result<String, Failure> {
        json(&self.scope()?.memory())
    }

    /// A node's value.
    pub async fn activation(&mut self, node: &str) -> Result<Values, Failure> {
        let value = self.scope()?.activation(node).await?;
        Ok(Values { shape: value.shape.dims(), data: value.data.clone() })
    }

    /// Statistics of each channel of a node.
    pub async fn stats(&mut self, node: &str) -> Result<Statistics, Failure> {
        let stats = self.scope()?.stats(node).await?;
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
        Ok(self.scope()?.maps(node, &channels, size).await?.into())
    }

    /// The mean of all channels of a node, shrunk to at most `size` rows and columns.
    pub async fn mean(&mut self, node: &str, size: usize) -> Result<Values, Failure> {
        Ok(self.scope()?.mean(node, size).await?.into())
    }

    /// Sets a node's value, or some of its channels (all if none are named), to 0 in every run from now on.
    pub async fn mute(&mut self, node: &str, channels: Vec<usize>) -> Result<(), Failure> {
        Ok(self.scope()?.mute(node, &channels).await?)
    }

    /// Sets the factor of a residual block; multiplies the value of any other node.
    pub async fn scale(&mut self, node: &str, factor: f32) -> Result<(), Failure> {
        Ok(self.scope()?.scale(node, factor).await?)
    }

    /// Takes back all muting and scaling.
    pub async fn restore(&mut self) -> Result<(), Failure> {
        Ok(self.scope()?.restore().await?)
    }

    /// JSON: which kernels were found fastest on this GPU. Nothing where the CPU computes.
    pub fn tuning(&mut self) -> Result<Option<String>, Failure> {
        self.engine()?.tuning().map(json).transpose()
    }

    /// Uses what [`Session::tuning`] told before, on the same GPU.
    pub fn set_tuning(&mut self, tuning: &str) -> Result<(), Failure> {
        let tuning = serde_json::from_str(tuning)?;
        Ok(self.engine()?.set_tuning(tuning)?)
    }

    /// Measures which kernels are fastest on this GPU, after a run, for some `limit` milliseconds; then as
    /// [`Session::tuning`].
    pub async fn tune(&mut self, limit: f64) -> Result<Option<String>, Failure> {
        self.engine()?.tune(limit).await?.map(json).transpose()
    }

    /// Frees everything on the device.
    pub fn dispose(&mut self) {
        if let Ok(scope) = self.scope() {
            scope.dispose();
        }
        self.state = State::Closed;
    }
}

impl Session {
    fn scope(&mut self) -> Result<&mut Scope, Failure> {
        match &mut self.state {
            State::Open(opened) => Ok(&mut opened.scope),
            State::Opening(opening) => {
                opening.scope().ok_or_else(|| Misuse::NotKnown)
            }
            State::Closed => Err(closed()),
        }
    }

    /// What is known of the network, and its number of classes.
    fn classes(&mut self) -> Result<(&mut About, usize), Failure> {
        match &mut self.state {
            State::Opening(opening) => {
                let classes = opening.graph().map_or(0, Graph::classes);
                Ok((opening.about_mut().ok_or_else(closed)?, classes))
            }
            State::Open(opened) => Ok((&mut opened.about, opened.scope.graph().classes())),
            State::Closed => Err(closed()),
        }
    }

    fn engine(&mut self) -> Result<&mut Engine, Failure> {
        Ok(self.scope()?.engine_mut())
    }

    fn about(&self) -> Result<&About, Failure> {
        let about = match &self.state {
            State::Open(opened) => Some(&opened.about),
            State::Opening(opening) => opening.about().map(|(about, _)| about),
            State::Closed => None,
        };
        about.ok_or_else(closed)
    }

    fn begin_photo(&mut self, photo: &Photo, square: &[f64]) -> Result<Vec<f64>, Failure> {
        let graph = self.scope()?.graph();
        let (width, height, input) = (photo.width, photo.height, graph.node(graph.input).shape.w());
        let crop = match *square {
            [x, y, side] => Crop::of_square(&graph.profile, [width, height], input, [x, y], side),
            _ => Crop::of_profile(&graph.profile, width, height, input),
        };
        self.scope()?.begin(Input::Photo(photo.view(), Some(crop)))?;
        Ok([[width as f64, height as f64].as_slice(), &crop.region(width, height)].concat())
    }
}

impl From<Maps> for Values {
    fn from(maps: Maps) -> Self {
        Self { shape: vec![maps.channels.len(), maps.height, maps.width], data: maps.data }
    }
}

fn spec(model: &str, variant: &str, profile: &str, engine: &str) -> Result<Spec, Failure> {
    Ok(Spec {
        model: given(model),
        variant: given(variant),
        profile: given(profile),
        engine: engine.parse().map_err(|error: String| Failure::new(&error))?,
        ..Spec::default()
    })
}

/// An empty string stands for what was not given.
fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// See [`Session::describe`].
#[derive(Serialize)]
struct Described<'a> {
    graph: report::Description,
    engine: &'a run::Chosen,
}

/// See [`Session::advance`].
#[derive(Serialize)]
struct Advanced<'a> {
    nodes: Vec<&'a str>,
    state: run::State,
    predicted: bool,
}

/// See [`Outcome::top`].
#[derive(Serialize)]
struct Top {
    class: usize,
    name: String,
    probability: f64,
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)?)
}

fn named(error: &OpenError) -> JsValue {
    let named = js_sys::Error::new(&error.to_string());
    if error.is_damage() {
        named.set_name("Damaged");
    }
    named.into()
}

fn closed() -> Failure {
    Failure::new("this network is closed; open it again")
}
