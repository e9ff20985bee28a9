//! `convert`: weights of any kind as a safetensors file.

use super::options::Graph;
use super::output::{self, read_text, write};
use super::{Failure, weights as sources};
use crate::run::{self, Spec};
use crate::weights::catalogue::{self, Source};
use crate::weights::safetensors::Storage;
use crate::weights::{self, About};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Options of `convert`.
#[derive(Args, Debug)]
pub struct Convert {
    #[command(flatten)]
    graph: Graph,
    /// safetensors, PyTorch's .pth or .pt, Keras's .h5 or .keras, .onnx, .caffemodel, a TF.js model's folder;
    /// a URL, an id of the catalogue, or synthetic:SEED
    #[arg(long)]
    from: String,
    /// The catalogue's entry for these weights: network, profile, classes, licence and provenance; by
    /// default what --from says
    #[arg(long, value_name = "ID")]
    listed: Option<String>,
    /// Take the moving average (EMA) of the weights from a training checkpoint
    #[arg(long)]
    ema: bool,
    /// Where to write
    #[arg(long)]
    out: PathBuf,
    /// f32, f16 (half the size) or q8 (a quarter)
    #[arg(long, default_value = "f32")]
    dtype: Dtype,
    /// Class names: a JSON list, or one per line
    #[arg(long)]
    classes: Option<PathBuf>,
    /// Where the weights come from
    #[arg(long)]
    provenance: Option<String>,
    /// The licence of the weights
    #[arg(long)]
    licence: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dtype {
    F32,
    F16,
    Q8,
}

impl From<Dtype> for Storage {
    fn from(dtype: Dtype) -> Self {
        match dtype {
            Dtype::F32 => Self::F32,
            Dtype::F16 => Self::F16,
            Dtype::Q8 => Self::Q8,
        }
    }
}

impl Convert {
    /// Converts the weights.
    ///
    /// # Errors
    /// If they cannot be read or fit no network, or the file cannot be written.
    pub fn run(&self) -> Result<(), Failure> {
        let from = &self.from;
        output::ready(&self.out, [Path::new(from)])?;
        let listed = self.listed()?;
        let mut spec = Spec {
            listed_profile: listed.map(|source| source.profile.clone()),
            ema: self.ema,
            ..self.graph.spec()
        };
        spec.model = spec.model.or_else(|| listed.map(|source| source.model.clone()));
        let file = sources::tensors(from, &spec)?;
        let about = self.about(file.about, listed)?;
        let graph = run::graph_of(&spec, &about, &run::infos(&file.tensors), from)?;
        let mut converted = Vec::new();
        let loader = weights::convert(&graph, file.tensors, about, self.dtype.into(), &mut converted)
            .map_err(|error| Failure::user(error).of(from))?;
        write(&self.out, &converted)?;
        output::note(format_args!(
            "{}: {} with profile {}, {:.1} MB; {} tensors of {from} were not needed",
            self.out.display(),
            graph.network,
            graph.profile.id,
            converted.len() as f64 / 1e6,
            loader.extra.len(),
        ));
        for module in loader.unavailable {
            output::note(format_args!("{from} has no weights for {}", graph.modules[module].id));
        }
        Ok(())
    }

    fn listed(&self) -> Result<Option<&'static Source>, Failure> {
        let Some(id) = &self.listed else { return Ok(catalogue::find(&self.from)) };
        let found = catalogue::find(id).ok_or_else(|| {
            let ids: Vec<&str> = catalogue::sources().iter().map(|s| s.id.as_str()).collect();
            Failure::user(format!("--listed {id}: the catalogue has {}", ids.join(", ")))
        })?;
        Ok(Some(found))
    }

    /// What the new file says about itself: what was given, else what the old one says, else the catalogue.
    fn about(&self, mut about: About, listed: Option<&Source>) -> Result<About, Failure> {
        if let Some(source) = listed {
            about.classes = about.classes.or_else(|| source.class_names.clone());
            about.provenance = about.provenance.or_else(|| Some(source.url.clone()));
            about.licence = about.licence.or_else(|| Some(source.licence.clone()));
        }
        if let Some(path) = &self.classes {
            let names = weights::class_names(&read_text(path)?);
            about.classes = Some(names.map_err(|error| Failure::user(error).of(path.display()))?);
        }
        about.provenance = self.provenance.clone().or(about.provenance);
        about.licence = self.licence.clone().or(about.licence);
        Ok(about)
    }
}
