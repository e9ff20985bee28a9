//! Files that hold a network beside its weights, under names of their own making: ONNX models and Caffe's. Which
//! tensor belongs to which of our nodes follows from what it is used for: both graphs are walked from the
//! logits to the picture, side by side, and every convolution must be met by one of the same shape.

mod affine;
mod matcher;

use crate::net::Graph;
use crate::net::zoo::{self, NETWORKS, Options};
use crate::weights::{About, File, Tensor, WeightsError};
use matcher::{Matcher, Mismatch};
use std::collections::HashSet;

/// The layers of a file that hold parameters, join branches or shrink maps, each after its inputs. All others
/// (ReLU, dropout, reshaping) are left out: who reads them reads what they read.
#[derive(Debug, Default)]
pub(super) struct Structure {
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    name: String,
    kind: Kind,
    inputs: Vec<usize>,
}

/// What a layer does.
#[derive(Debug)]
pub(super) enum Kind {
    /// Where the photo comes in.
    Source,
    /// A convolution or a linear layer.
    Product(Product),
    /// Scale and shift of each channel.
    Norm(Norm),
    /// Channels stay as they are.
    Pool(Pool),
    /// The sum of two values.
    Sum,
    /// Channels one after the other.
    Concat,
}

/// A convolution (weight O,I,kh,kw) or a linear layer (out,in).
#[derive(Debug)]
pub(super) struct Product {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) stride: [usize; 2],
    /// Rows and columns in all; `None`: not known.
    pub(super) padding: Option<[usize; 2]>,
    pub(super) groups: usize,
}

impl Product {
    pub(super) fn linear(weight: Tensor, bias: Option<Vec<f32>>) -> Self {
        Self { weight, bias, stride: [1; 2], padding: None, groups: 1 }
    }

    fn outputs(&self) -> usize {
        self.weight.shape.first().copied().unwrap_or(0)
    }
}

/// One value a channel, or one for all.
#[derive(Clone, Debug)]
pub(super) enum Norm {
    Batch(BatchStatistics),
    Scale(Vec<f32>),
    Shift(Vec<f32>),
}

/// `gamma · (x − mean) / √(variance + eps) + beta`.
#[derive(Clone, Debug)]
pub(super) struct BatchStatistics {
    pub(super) gamma: Vec<f32>,
    pub(super) beta: Vec<f32>,
    pub(super) mean: Vec<f32>,
    pub(super) variance: Vec<f32>,
    pub(super) eps: f64,
}

/// What networks that are alike but for their pools are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    Max { kernel: [usize; 2], stride: [usize; 2] },
    Average { kernel: [usize; 2], stride: [usize; 2] },
    LocalResponseNorm,
}

impl Structure {
    /// Adds a layer and returns its number, for those who read it. `inputs` are layers that were added before.
    pub(super) fn add(&mut self, name: &str, kind: Kind, inputs: Vec<usize>) -> usize {
        self.layers.push(Layer { name: name.to_owned(), kind, inputs });
        self.layers.len() - 1
    }

    /// Finds the network that this is (the one that `about` names, if it does), and its tensors under our names.
    /// `what` is what messages call the file.
    pub(super) fn identify(&self, what: &'static str, about: About) -> Result<File, WeightsError> {
        let mut nearest: Option<Mismatch> = None;
        for (network, variant) in candidates(&about) {
            for sink in self.classifiers() {
                let Kind::Product(product) = &self.layers[sink].kind else { continue };
                let options = Options {
                    variant: variant.map(str::to_owned),
                    classes: Some(product.outputs()),
                    ..Options::default()
                };
                let Ok(graph) = zoo::build(network, &options) else { continue };
                let mut matcher = Matcher::new(&graph, self);
                if matcher.value(graph.logits, sink, 1.0, false).is_ok() {
                    matcher.auxiliary_heads(sink);
                    let tensors = matcher.tensors();
                    return Ok(File { about: known(&graph, about), tensors, ..File::default() });
                }
                if let Some(mismatch) = matcher.mismatch
                    && nearest.as_ref().is_none_or(|nearest| mismatch.matched > nearest.matched)
                {
                    nearest = Some(mismatch);
                }
            }
        }
        let Some(Mismatch { network, matched, node, expected, found }) = nearest else {
            return Err(WeightsError::Structure { what, difference: "it has no classifier".to_owned() });
        };
        let difference = format!(
            "the nearest is {network}, with {matched} layers alike from its end on; \
             then {node} has {expected}, and the file {found}"
        );
        Err(WeightsError::Structure { what, difference })
    }

    /// Layers with weights that no other such layer reads: the classifier and those of auxiliary heads; the last first.
    fn classifiers(&self) -> Vec<usize> {
        let product = |layer: usize| matches!(self.layers[layer].kind, Kind::Product(_));
        let mut below = HashSet::new();
        let mut seen = vec![false; self.layers.len()];
        for layer in (0..self.layers.len()).rev().filter(|layer| product(*layer)) {
            let mut open = self.layers[layer].inputs.clone();
            while let Some(input) = open.pop() {
                if !std::mem::replace(&mut seen[input], true) {
                    open.extend(&self.layers[input].inputs);
                    below.extend(product(input).then_some(input));
                }
            }
        }
        (0..self.layers.len()).rev().filter(|layer| product(*layer) && !below.contains(layer)).collect()
    }
}

/// The networks and variants that a file may hold, plain ones before their variants.
fn candidates(about: &About) -> Vec<(&'static str, Option<&'static str>)> {
    let all =
        NETWORKS.iter().filter(|network| about.model.as_deref().is_none_or(|model| model == network.id));
    let variants = |network: &&'static zoo::Network| {
        let id = network.id;
        [None]
            .into_iter()
            .chain(network.variants.iter().map(|variant| Some(variant.id)))
            .map(move |v| (id, v))
    };
    let named = |variant: Option<&str>| about.model.is_none() || about.variant.as_deref() == variant;
    all.flat_map(variants).filter(|(_, variant)| named(*variant)).collect()
}

/// What the file says about itself, with what was found; a profile that the network does not have is dropped.
fn known(graph: &Graph, about: About) -> About {
    let has = |profile: &String| {
        zoo::find(graph.network).is_ok_and(|network| network.profiles.iter().any(|own| own.id == profile))
    };
    About {
        model: Some(graph.network.to_owned()),
        variant: graph.variant.map(str::to_owned),
        profile: about.profile.filter(has),
        ..about
    }
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Source => "the photo",
            Self::Product(_) => "a convolution or linear layer",
            Self::Norm(_) => "a scale and shift of each channel",
            Self::Pool(_) => "a pool",
            Self::Sum => "a sum",
            Self::Concat => "a concat",
        }
    }
}
