//! Options that several subcommands have.

use crate::run::{Choice, Spec};
use clap::Args;
use std::path::Path;

/// Which graph.
#[derive(Args, Clone, Debug)]
pub(super) struct Graph {
    /// googlenet, inception_v3, ... or id:variant; by default what the weights say or fit
    #[arg(long)]
    pub(super) model: Option<String>,
    /// Another graph of the same paper, see `models`
    #[arg(long)]
    pub(super) variant: Option<String>,
    /// How the weights were trained, see `models`; fields may be overridden:
    /// torchvision,resize=235,filter=bicubic
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// Input size in pixels (rows and columns), at least 75; by default the network's own
    #[arg(long, value_name = "N")]
    pub(super) size: Option<usize>,
}

impl Graph {
    pub(super) fn spec(&self) -> Spec {
        Spec {
            model: self.model.clone(),
            variant: self.variant.clone(),
            profile: self.profile.clone(),
            size: self.size,
            ..Spec::default()
        }
    }
}

/// Which network, with which weights, on what.
#[derive(Args, Debug)]
pub(super) struct Network {
    #[command(flatten)]
    pub(super) graph: Graph,
    /// A file, a TF.js model's folder, a URL, an id of the catalogue, or synthetic:SEED for random,
    /// untrained weights
    #[arg(long)]
    pub(super) weights: String,
    /// auto, gpu or cpu; auto takes the GPU unless it is a software one
    #[arg(long, default_value = "auto")]
    pub(super) engine: Choice,
    /// Compute every convolution as it is defined: those of 3x3, 1x7 and 7x1 take fewer multiplications where that is
    /// faster (Winograd's algorithm)
    #[arg(long)]
    pub(super) direct: bool,
    /// Take the moving average (EMA) of the weights from a training checkpoint
    #[arg(long)]
    pub(super) ema: bool,
}

impl Network {
    /// The file of the weights, if it is one.
    pub(super) fn file(&self) -> &Path {
        Path::new(&self.weights)
    }
}
