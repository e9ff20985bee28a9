//! `export`: a network with its weights for another runtime.

use super::options::Graph;
use super::output::{self, write};
use super::{Failure, weights as sources};
use crate::export::onnx;
use crate::run;
use crate::weights;
use clap::Args;
use std::path::{Path, PathBuf};

/// Options of `export`.
#[derive(Args, Debug)]
pub struct Export {
    /// As an ONNX model: batch norm folded, from `input` to `logits`, any number of pictures at a time
    #[arg(long, required = true)]
    onnx: bool,
    #[command(flatten)]
    graph: Graph,
    /// A file, a TF.js model's folder, a URL, an id of the catalogue, or synthetic:SEED for random,
    /// untrained weights
    #[arg(long)]
    weights: String,
    /// Where to write
    #[arg(long)]
    out: PathBuf,
}

impl Export {
    /// Writes the model.
    ///
    /// # Errors
    /// If the weights cannot be read or fit no network, or the file cannot be written.
    pub fn run(&self) -> Result<(), Failure> {
        let from = &self.weights;
        output::ready(&self.out, [Path::new(from)])?;
        let spec = self.graph.spec();
        let weights::File { about, tensors, .. } = sources::tensors(from, &spec)?;
        let graph = run::graph_of(&spec, &about, &run::infos(&tensors), from)?;
        let (_, placed) = weights::place(&graph, tensors).map_err(|error| Failure::user(error).of(from))?;
        let model = onnx::export(&graph, &placed, &about).map_err(|error| Failure::user(error).of(from))?;
        write(&self.out, &model)?;
        output::note(format_args!(
            "{}: {}, {:.1} MB",
            self.out.display(),
            graph.network,
            model.len() as f64 / 1e6
        ));
        Ok(())
    }
}
