//! Options that several subcommands have.

use crate::run::{Choice, Spec};
use clap::Args;

/// Which graph.
#[derive(Args, Debug)]
pub(super) struct Graph {
    /// googlenet, inception_v3, ... or id:variant; by default what the weights say or fit
    #[arg(long)]
    pub(super) model: Option<String>,
    /// Another graph of the same paper, see `models`
    #[arg(long)]
    pub(super) variant: Option<String>,
    /// What the weights imply (torchvision, timm, gluon, keras, nsfwjs, facenet), see `models`
    #[arg(long)]
    pub(super) profile: Option<String>,
}

impl Graph {
    pub(super) fn spec(&self) -> Spec {
        Spec {
            model: self.model.clone(),
            variant: self.variant.clone(),
            profile: self.profile.clone(),
            ..Spec::default()
        }
    }
}

/// Which network, with which weights, on what.
#[derive(Args, Debug)]
pub(super) struct Network {
    #[command(flatten)]
    pub(super) graph: Graph,
    /// A file, a TF.js model's folder, a URL, an id of the catalogue, or synthetic:SEED for random, untrained weights
    #[arg(long)]
    pub(super) weights: String,
    /// auto, gpu or cpu; auto takes the GPU unless it is a software one
    #[arg(long, default_value = "auto")]
    pub(super) engine: Choice,
    /// Take the moving average (EMA) of the weights from a training checkpoint
    #[arg(long)]
    pub(super) ema: bool,
}
