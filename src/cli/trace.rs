//! `trace`: every recorded value of one run, as a file.

use super::options::Network;
use super::{Failure, output, photos, weights};
use crate::explain::{Gradients, Target};
use crate::plan::ReluRule;
use crate::run::{Input, Opened, Prediction, Run, RunError};
use crate::weights::safetensors::hex;
use crate::weights::{Tensor, read};
use clap::Args;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Options of `trace`.
#[derive(Args, Debug)]
pub struct Trace {
    #[command(flatten)]
    network: Network,
    /// A photo: JPEG, PNG, WebP or GIF
    #[arg(long, required_unless_present = "input")]
    image: Option<PathBuf>,
    /// Instead of a photo, a safetensors file with one C,H,W tensor, or one named `input`: exactly what the
    /// first layer reads
    #[arg(long, conflicts_with = "image", value_name = "TENSOR")]
    input: Option<PathBuf>,
    /// Where to write
    #[arg(long)]
    out: PathBuf,
    /// Do not resize or crop: the image must have exactly the network's input size
    #[arg(long, conflicts_with = "input")]
    no_resize: bool,
    /// Record every node, including those that are normally fused away
    #[arg(long)]
    every_op: bool,
    /// Write only these nodes and the prediction
    #[arg(long, value_name = "NODE", value_delimiter = ',', conflicts_with = "every_op")]
    node: Vec<String>,
    /// Write `gradient:NODE` as well: of a class (number or name), NODE:CHANNEL or NODE:CHANNEL:ROW,COLUMN with
    /// respect to every node written that it depends on, and to the input
    #[arg(long, value_name = "TARGET")]
    gradient_of: Option<String>,
    /// Set a node's value to 0, or only some of its channels: NODE or NODE:0,3,7
    #[arg(long, value_name = "NODE[:CH,…]")]
    mute: Vec<String>,
    /// Set a residual block's scale, or multiply another node's value: NODE=S
    #[arg(long, value_name = "NODE=S")]
    scale: Vec<String>,
}

impl Trace {
    /// Runs the photo and writes the values.
    ///
    /// # Errors
    /// If the photo or the network cannot be opened, a node does not exist, or the file cannot be written.
    pub async fn run(&self) -> Result<(), Failure> {
        let read = [self.image.as_deref(), self.input.as_deref(), Some(self.network.file())];
        output::ready(&self.out, read.into_iter().flatten())?;
        let source = self.source()?;
        // A gradient reaches what is recorded, not what was fused away and is computed again beside it.
        let every_op = self.every_op || (self.gradient_of.is_some() && !self.node.is_empty());
        let (mut opened, weights_digest) = weights::open(&self.network, every_op).await?;
        let run = &mut opened.run;
        self.intervene(run).await?;
        let ran = match &source.input {
            Picture::Photo(photo) => {
                let crop = photos::crops(run.graph(), photo, 1, !self.no_resize)
                    .map_err(|failure| failure.of(source.path.display()))?;
                run.run(Input::Photo(photo.view(), crop.first().copied())).await
            }
            Picture::Tensor(tensor) => run.run(Input::Tensor(&tensor.data)).await,
        };
        let prediction = match ran {
            Ok(prediction) => Some(prediction),
            // All before it is there.
            Err(RunError::NoClassifier) => None,
            Err(error) => return Err(Failure::from(error).of(source.path.display())),
        };
        let mut tensors = self.tensors(run, prediction).await?;
        let mut metadata = output::metadata(&opened, weights_digest, source.digest);
        if let Some(target) = &self.gradient_of {
            let names: Vec<_> = tensors.iter().map(|(name, _)| name.clone()).collect();
            tensors.extend(gradients(&mut opened, target, &names).await?);
            metadata.insert("gradient_of".to_owned(), target.clone());
        }
        output::write_tensors(&self.out, &tensors, &metadata)?;
        output::note(format_args!(
            "{} tensors written to {}. {}",
            tensors.len(),
            self.out.display(),
            opened.chosen
        ));
        Ok(())
    }

    fn source(&self) -> Result<Source<'_>, Failure> {
        if let Some(path) = &self.input {
            let named = |error: &dyn std::fmt::Display| Failure::user(error).of(path.display());
            let bytes = std::fs::read(path).map_err(|e| named(&e))?;
            let mut tensors = read(&bytes).map_err(|e| named(&e))?.tensors;
            let at = tensors.iter().position(|(name, _)| name == "input" || tensors.len() == 1);
            let at = at.ok_or_else(|| named(&"it has several tensors, and none is named input"))?;
            let input = Picture::Tensor(tensors.swap_remove(at).1);
            return Ok(Source { path, input, digest: hex(&Sha256::digest(&bytes)) });
        }
        let path = self.image.as_deref().unwrap_or(Path::new(""));
        let (photo, digest) = photos::read(path)?;
        Ok(Source { path, input: Picture::Photo(photo), digest })
    }

    async fn intervene(&self, run: &mut Run) -> Result<(), Failure> {
        for mute in &self.mute {
            let (node, channels) = mute.split_once(':').unwrap_or((mute, ""));
            let channels = channels
                .split(',')
                .filter(|c| !c.is_empty())
                .map(str::parse)
                .collect::<Result<Vec<usize>, _>>()
                .map_err(|_| {
                    Failure::user(format!("--mute {mute}: channels are numbers, as in {node}:0,3,7"))
                })?;
            run.mute(node, &channels).await?;
        }
        for scale in &self.scale {
            let parsed = scale.split_once('=').and_then(|(node, s)| Some((node, s.parse::<f32>().ok()?)));
            let (node, factor) = parsed
                .filter(|(_, factor)| factor.is_finite())
                .ok_or_else(|| Failure::user(format!("--scale {scale}: write NODE=S, as in repeat.3=0.1")))?;
            run.scale(node, factor).await?;
        }
        Ok(())
    }

    async fn tensors(
        &self,
        run: &mut Run,
        prediction: Option<Prediction>,
    ) -> Result<Vec<(String, Tensor)>, Failure> {
        let (graph, plan) = (run.graph(), run.plan());
        let recorded = graph.ids().filter(|id| plan.view(*id).is_some()).map(|id| graph.node(id).id.clone());
        let mut nodes = if self.node.is_empty() { recorded.collect() } else { self.node.clone() };
        nodes.retain(|name| !matches!(name.as_str(), "logits" | "probabilities"));
        let mut tensors = Vec::new();
        for name in nodes {
            match run.activation(&name).await {
                Ok(value) => {
                    tensors.push((name, Tensor { shape: value.shape.dims(), data: value.data.clone() }));
                }
                // Auxiliary heads that the file lacks, or its classifier.
                Err(RunError::NotComputed { .. } | RunError::NoClassifier) if self.node.is_empty() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(Prediction { logits, probabilities }) = prediction {
            for (name, data) in [("logits", logits), ("probabilities", probabilities)] {
                tensors.push((name.to_owned(), Tensor { shape: vec![data.len()], data }));
            }
        }
        Ok(tensors)
    }
}

/// The gradient of a target with respect to the input and to those of the nodes that it depends on.
async fn gradients(
    opened: &mut Opened,
    target: &str,
    nodes: &[String],
) -> Result<Vec<(String, Tensor)>, Failure> {
    let target = Target::parse(target, opened.run.graph(), &opened.class_names())?;
    let objective = target.objective(&mut opened.run).await?;
    let picture = opened.run.input().await?;
    let graph = opened.run.graph();
    let input = graph.input;
    let reaches = graph.reaches(objective.node);
    let wished: Vec<_> = std::iter::once(input)
        .chain(nodes.iter().filter_map(|name| graph.find(name).ok()).filter(|node| *node != input))
        .filter(|node| reaches[node.0])
        .collect();
    let mut gradients = Gradients::new(&opened.run, &[objective.node], &wished, ReluRule::Plain, 1).await?;
    gradients.compute(&[&picture], &[objective.node], |_, _| objective.factors.clone()).await?;
    let mut tensors = Vec::new();
    for node in wished {
        let name = if node == input { "input" } else { &opened.run.graph().node(node).id };
        let gradient = gradients.gradient(node, 0).await?;
        let tensor = Tensor { shape: gradient.shape.dims(), data: gradient.data };
        tensors.push((format!("gradient:{name}"), tensor));
    }
    Ok(tensors)
}

/// What is run.
struct Source<'a> {
    path: &'a Path,
    input: Picture,
    /// SHA-256 of the file.
    digest: String,
}

enum Picture {
    Photo(crate::photo::Photo),
    Tensor(Tensor),
}
