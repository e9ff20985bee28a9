//! Pictures on their way into a run.

use super::run::Run;
use super::{Progress, RunError};
use crate::engine::Photo;
use crate::net::{Graph, NodeId, Op};
use crate::photo::resample::Crop;

/// The most pictures of one batch.
pub const MOST_PICTURES: usize = 64;

/// A picture for a network.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A photo and which part of it to look at; the profile's crop if none.
    Photo(Photo<'a>, Option<Crop>),
    /// C,H,W: exactly what the first layer reads, normalised and after `transform_input`.
    Tensor(&'a [f32]),
    /// C,H,W: the normalised picture before `transform_input`.
    Normalized(&'a [f32]),
}

impl Run {
    /// The selected picture, C,H,W: normalised, before `transform_input`.
    ///
    /// # Errors
    /// [`RunError::NotRun`] if there is none.
    pub async fn input(&mut self) -> Result<Vec<f32>, RunError> {
        Ok(self.value(self.network.graph().input).await?.data.clone())
    }

    /// Takes a batch of pictures, for [`Run::advance`] to run. If they cannot be taken, the last ones stay.
    ///
    /// # Errors
    /// [`RunError::Pictures`] for none or too many, [`RunError::Input`] for a tensor of the wrong size,
    /// [`RunError::Engine`] for a crop that does not lie in its photo.
    pub async fn begin(&mut self, inputs: &[Input<'_>]) -> Result<(), RunError> {
        if inputs.is_empty() || inputs.len() > MOST_PICTURES {
            return Err(RunError::Pictures { most: MOST_PICTURES, found: inputs.len() });
        }
        let (graph, view) = (self.network.graph(), self.plan.input(self.network.graph()));
        // All are checked before the first one takes the last one's place.
        let mut crops = vec![None; inputs.len()];
        for (input, of_profile) in inputs.iter().zip(&mut crops) {
            match input {
                Input::Tensor(chw) | Input::Normalized(chw) => check_values(graph, graph.input, chw.len())?,
                Input::Photo(photo, crop) => {
                    let (profile, size) = (&graph.profile, view.shape.w());
                    let crop =
                        crop.unwrap_or_else(|| Crop::of_profile(profile, photo.width, photo.height, size));
                    photo.check(&crop, &view)?;
                    *of_profile = Some(crop);
                }
            }
        }
        // Another engine only where it must be: its buffers have as many pictures as it was made for.
        let mut other = None;
        if inputs.len() != self.batch() {
            let mut engine = self.engine.fork(inputs.len());
            engine.extend(&self.plan).await?;
            other = Some(engine);
        }
        let transform = self.transform_input();
        let engine = other.as_mut().unwrap_or(&mut self.engine);
        for (picture, (input, crop)) in inputs.iter().zip(crops).enumerate() {
            match input {
                Input::Photo(photo, _) => {
                    let Some(crop) = crop else { continue };
                    engine.write_photo(&view, picture, *photo, &crop, &graph.profile.normalize())?;
                }
                Input::Normalized(chw) => engine.write_input(&view, picture, chw)?,
                Input::Tensor(chw) => {
                    let Some((_, node)) = transform else {
                        engine.write_input(&view, picture, chw)?;
                        continue;
                    };
                    engine.write_input(&view, picture, &untransformed(graph, node, chw))?;
                    if let Some(output) = self.plan.view(node) {
                        engine.write_input(&output, picture, chw)?;
                    }
                }
            }
        }
        if let Some(engine) = other {
            self.adopt(engine, self.plan.clone(), self.pins.clone());
        }
        self.selected = 0;
        self.progress = Progress::More;
        // Photos among them are still to be transformed.
        let all_tensors = inputs.iter().all(|input| matches!(input, Input::Tensor(_)));
        self.restart(transform.filter(|_| all_tensors).map_or(0, |(step, _)| step + 1));
        Ok(())
    }

    /// The step of `transform_input` and its node, if the network has one. What the first layer reads is
    /// written behind it, and the picture as it was before, so that it can be shown.
    fn transform_input(&self) -> Option<(usize, NodeId)> {
        let node = self.graph().ids().find(|id| matches!(self.graph().node(*id).op, Op::ChannelAffine(_)))?;
        Some((self.plan.step_of(node)?, node))
    }
}

/// What a picture was before `transform_input`.
fn untransformed(graph: &Graph, node: NodeId, chw: &[f32]) -> Vec<f32> {
    let Op::ChannelAffine(op) = &graph.node(node).op else { return chw.to_vec() };
    let area = graph.node(node).shape.area();
    let undo = |(i, v): (usize, &f32)| (v - op.shift[i / area]) / op.scale[i / area];
    chw.iter().enumerate().map(undo).collect()
}

/// Whether a value of a node has the right size.
pub(super) fn check_values(graph: &Graph, node: NodeId, found: usize) -> Result<(), RunError> {
    let of = graph.node(node);
    let expected = of.shape.values();
    if found == expected {
        return Ok(());
    }
    let (network, node, shape) = (graph.network, of.id.clone(), of.shape);
    Err(RunError::Input { network, node, shape, expected, found })
}
