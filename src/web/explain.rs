//! Why? Each method is a [`Why`], which is computed step by step in a run or buffers of its own, so that the
//! session goes on meanwhile. Targets are written as on the command line; without one, it is the most probable
//! class.

use super::Session;
use super::failure::{Failure, Misuse, json};
use super::session::Values;
use crate::explain::{
    Attributing, Baseline, Branches, ClassMap, Curve, Done, Heatmap, Method, ModuleShare, Occlusion,
    OcclusionOptions, Randomisation, Removal, Removed, Share, Subject, Target, find_class,
};
use crate::net::Graph;
use serde::Serialize;
use std::str::FromStr;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Session {
    /// The class activation map of a class, or of its lead over `rather`.
    pub async fn class_map(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
    ) -> Result<Why, Failure> {
        let target = self.target(target, rather).await?;
        let run = self.run()?;
        let found = run.class_map(&target).await?;
        let value = found.logit;
        Ok(Why::new(run.graph(), &target, Some(value), Steps::ClassMap(found)))
    }

    /// Covers the picture patch by patch. What is left out is chosen by the input's size; `fill` is `grey`, `mean`
    /// or `blur`.
    pub async fn occlusion(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        patch: Option<usize>,
        stride: Option<usize>,
        fill: &str,
    ) -> Result<Why, Failure> {
        let target = self.target(target, rather).await?;
        let run = self.run()?;
        let fill = read("fill", fill)?;
        let options = OcclusionOptions { fill, ..OcclusionOptions::of(run.graph()) }.sized(patch, stride);
        let occlusion = Occlusion::new(run, target.clone(), options).await?;
        let value = occlusion.whole();
        let steps = Steps::Occlusion(Box::new(occlusion), options);
        Ok(Why::new(run.graph(), &target, Some(value), steps))
    }

    /// An attribution by the gradient of the picture alone: `gradient`, `input-x-gradient` or `guided`.
    pub async fn gradient(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        method: &str,
    ) -> Result<Why, Failure> {
        let method = match method {
            "gradient" => Method::Gradient,
            "input-x-gradient" => Method::InputTimesGradient,
            "guided" => Method::Guided,
            _ => return Err(misuse("method", format!("no method '{method}'"))),
        };
        self.attribution(target, rather, method).await
    }

    /// SmoothGrad: of so many noisy copies, whose noise has the standard deviation `sigma` times the input's range.
    pub async fn smoothgrad(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        samples: usize,
        sigma: f32,
        seed: u32,
    ) -> Result<Why, Failure> {
        self.attribution(target, rather, Method::SmoothGrad { samples, sigma, seed: seed.into() }).await
    }

    /// Integrated gradients, from a baseline: `zero`, `black`, `mean` or `blurred`; or, if it has values, from `other`.
    pub async fn integrated(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        steps: usize,
        baseline: &str,
        other: Vec<f32>,
    ) -> Result<Why, Failure> {
        let baseline = match other.is_empty() {
            true => read("baseline", baseline)?,
            false => Baseline::Picture(other.into()),
        };
        self.attribution(target, rather, Method::Integrated { steps, baseline }).await
    }

    /// Grad-CAM at a node, or at the last map before the logits.
    pub async fn grad_cam(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        layer: Option<String>,
    ) -> Result<Why, Failure> {
        let target = self.target(target, rather).await?;
        let run = self.run()?;
        let value = target.value(run).await?;
        let (layer, map) = target.grad_cam(run, layer.as_deref()).await?;
        Ok(Why::new(run.graph(), &target, Some(value), Steps::GradCam(map, layer)))
    }

    /// Removes every branch of every module in turn, or every channel of a module.
    pub async fn removal(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        module: Option<String>,
    ) -> Result<Why, Failure> {
        let target = self.target(target, rather).await?;
        let run = self.run()?;
        let removal = Removal::new(run, target.clone(), module.as_deref()).await?;
        Ok(Why::new(run.graph(), &target, None, Steps::Removal(Box::new(removal))))
    }

    /// What each branch and channel of every module adds.
    pub async fn branches(&mut self, target: Option<String>, rather: Option<String>) -> Result<Why, Failure> {
        let target = self.target(target, rather).await?;
        let run = self.run()?;
        let found = target.branches(run).await?;
        Ok(Why::new(run.graph(), &target, Some(found.value), Steps::Branches(found)))
    }

    /// How the map of an explanation by gradients changes as weights are lost, module by module.
    pub async fn randomisation(&mut self, of: &Why, seed: u32) -> Result<Why, Failure> {
        let subject = match &of.steps {
            Steps::Attribution(attributing) => Subject::Attribution(attributing.method().clone()),
            Steps::GradCam(_, layer) => Subject::GradCam(Some(layer.clone())),
            _ => return Err(misuse("method", "needs gradients".to_owned())),
        };
        let run = self.run()?;
        let steps = Randomisation::new(run, &of.target, subject, seed.into()).await?;
        Ok(Why::new(run.graph(), &of.target, of.value, Steps::Randomisation(Box::new(steps))))
    }

    /// `deletion` or `insertion` of pixels in the order of a map, which has one value a pixel of the input, to or
    /// from a baseline.
    pub async fn curve(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        map: Vec<f32>,
        direction: &str,
        baseline: &str,
        points: usize,
    ) -> Result<Why, Failure> {
        let target = self.target(target, rather).await?;
        let run = self.run()?;
        let shape = run.graph().node(run.graph().input).shape;
        let (height, width) = (shape.h(), shape.w());
        if map.len() != height * width {
            return Err(misuse("map", format!("has {} values, not {height} times {width}", map.len())));
        }
        let map = Heatmap { height, width, data: map };
        let (direction, baseline) = (read("check", direction)?, read("baseline", baseline)?);
        let curve = Curve::new(run, target.clone(), &map, direction, baseline, points).await?;
        Ok(Why::new(run.graph(), &target, None, Steps::Curve(Box::new(curve))))
    }
}

impl Session {
    async fn attribution(
        &mut self,
        target: Option<String>,
        rather: Option<String>,
        method: Method,
    ) -> Result<Why, Failure> {
        let target = self.target(target, rather).await?;
        let run = self.run()?;
        let value = target.value(run).await?;
        let (picture, objective) = (run.input().await?, target.objective(run).await?);
        let attributing = Attributing::new(run, method, objective, picture).await?;
        Ok(Why::new(run.graph(), &target, Some(value), Steps::Attribution(Box::new(attributing))))
    }

    async fn target(&mut self, target: Option<String>, rather: Option<String>) -> Result<Target, Failure> {
        let names = self.class_names()?;
        let run = self.run()?;
        let target = match target {
            Some(text) => Target::parse(&text, run.graph(), &names)?,
            None => Target::Class(run.prediction().await?.checked()?.top(1)[0].0),
        };
        match (target, rather) {
            (target, None) => Ok(target),
            (Target::Class(class), Some(other)) => {
                Ok(Target::Pair(class, find_class(&other, run.graph(), &names)?))
            }
            _ => Err(misuse("rather", "needs a class as target".to_owned())),
        }
    }
}

/// An explanation that is computed step by step. To cancel, free it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Why {
    target: Target,
    /// The target, where it is known from the start.
    value: Option<f64>,
    /// Rows and columns of the network's input.
    input: [usize; 2],
    steps: Steps,
}

#[derive(Debug)]
enum Steps {
    ClassMap(ClassMap),
    Occlusion(Box<Occlusion>, OcclusionOptions),
    Attribution(Box<Attributing>),
    /// With its node.
    GradCam(Heatmap, String),
    Removal(Box<Removal>),
    Branches(Branches),
    Randomisation(Box<Randomisation>),
    Curve(Box<Curve>),
}

/// See [`Why::told`].
#[derive(Serialize, Default)]
struct Told<'a> {
    classes: &'a [usize],
    value: Option<f64>,
    layer: Option<&'a str>,
    patch: Option<usize>,
    stride: Option<usize>,
    bias: Option<f64>,
    sum: Option<f64>,
    difference: Option<f64>,
    error: Option<f64>,
    shares: &'a [Share],
    branches: &'a [Removed],
    correlation: Option<f64>,
    modules: &'a [ModuleShare],
    lost: &'a [&'a str],
    correlations: &'a [Option<f64>],
    values: &'a [f64],
    random: &'a [f64],
    area: Option<f64>,
    random_area: Option<f64>,
}

#[wasm_bindgen]
impl Why {
    /// Computes a little more: how much is done, and of how much. What is done at once has one step.
    pub async fn advance(&mut self) -> Result<Vec<usize>, Failure> {
        let Done { done, of } = match &mut self.steps {
            Steps::ClassMap(_) | Steps::GradCam(..) | Steps::Branches(_) => Done { done: 1, of: 1 },
            Steps::Occlusion(occlusion, _) => occlusion.advance().await?,
            Steps::Attribution(attributing) => attributing.advance().await?,
            Steps::Removal(removal) => removal.advance().await?,
            Steps::Randomisation(steps) => steps.advance().await?,
            Steps::Curve(curve) => curve.advance().await?,
        };
        Ok(vec![done, of])
    }

    /// JSON, as far as it is known: `classes` of the target and its `value`; `layer`; `patch` and `stride`; of
    /// methods that are complete `sum`, `difference` and by how much the sum is off, `error`; `bias` and `shares`
    /// ([`Share`]) of a class map; `branches` that were removed ([`Removed`]), and the rank `correlation` of falls and shares;
    /// `modules` with what their branches add ([`ModuleShare`]); `correlations` as modules are `lost`; `values` of a curve, those
    /// at `random`, and areas. `docs/explanations.md` says more.
    pub fn told(&self) -> Result<String, Failure> {
        let classes: Vec<usize> = self.target.classes().into_iter().map(|(class, _)| class).collect();
        let told = Told { classes: &classes, value: self.value, ..Told::default() };
        let (lost, random);
        json(&match &self.steps {
            Steps::ClassMap(found) => Told {
                layer: Some(&found.node),
                bias: Some(found.bias),
                sum: Some(found.sum),
                difference: Some(found.difference()),
                error: Some(found.difference()),
                shares: &found.shares,
                ..told
            },
            Steps::Occlusion(_, options) => {
                Told { patch: Some(options.patch), stride: Some(options.stride), ..told }
            }
            Steps::Attribution(attributing) => {
                let attribution = attributing.attribution();
                let difference = attribution.difference;
                let sum = difference.map(|_| attribution.sum());
                let error = difference.zip(sum).map(|(difference, sum)| difference - sum);
                Told { sum, difference, error, ..told }
            }
            Steps::GradCam(_, layer) => Told { layer: Some(layer), ..told },
            Steps::Removal(removal) => {
                let (value, correlation) = (removal.whole(), removal.correlation());
                Told { value, correlation, branches: removal.removed(), ..told }
            }
            Steps::Branches(found) => Told { modules: &found.modules, ..told },
            Steps::Randomisation(steps) => {
                lost = steps.modules();
                Told { lost: &lost, correlations: steps.correlations(), ..told }
            }
            Steps::Curve(curve) => {
                random = curve.at_random();
                let (values, random) = (curve.values(), random.as_slice());
                Told { values, random, area: Curve::area(values), random_area: Curve::area(random), ..told }
            }
        })
    }

    /// H,W: one value a place of the last map, a patch, or a pixel; NaN where it is not known yet. None of
    /// what yields no map.
    pub fn map(&self) -> Option<Values> {
        let map = match &self.steps {
            Steps::ClassMap(found) => found.map.clone(),
            Steps::Occlusion(occlusion, _) => occlusion.drops(),
            Steps::Attribution(attributing) => attributing.attribution().map(),
            Steps::GradCam(map, _) => map.clone(),
            _ => return None,
        };
        Some(map.into())
    }

    /// The same at the resolution of the network's input.
    pub fn map_input(&self) -> Option<Values> {
        let [height, width] = self.input;
        let map = match &self.steps {
            Steps::ClassMap(found) => found.map.resized(height, width),
            Steps::Occlusion(occlusion, _) => occlusion.map(),
            Steps::Attribution(attributing) => attributing.attribution().map(),
            Steps::GradCam(map, _) => map.resized(height, width),
            _ => return None,
        };
        Some(map.into())
    }

    /// C,H,W: one value a value of the network's input; none of methods without gradients.
    pub fn attribution(&self) -> Option<Values> {
        let Steps::Attribution(attributing) = &self.steps else { return None };
        let values = attributing.attribution().values;
        Some(Values { shape: values.shape.dims(), data: values.data })
    }
}

impl Why {
    fn new(graph: &Graph, target: &Target, value: Option<f64>, steps: Steps) -> Self {
        let input = graph.node(graph.input).shape;
        Self { target: target.clone(), value, input: [input.h(), input.w()], steps }
    }
}

impl From<Heatmap> for Values {
    fn from(map: Heatmap) -> Self {
        Self { shape: vec![map.height, map.width], data: map.data }
    }
}

fn read<T: FromStr<Err = String>>(what: &'static str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|message| misuse(what, message))
}

fn misuse(what: &'static str, message: String) -> Failure {
    Misuse::Text { what, message }.into()
}
