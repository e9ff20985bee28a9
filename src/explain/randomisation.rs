//! Does a map depend on what the network has learned (Adebayo et al. 2018, arXiv 1810.03292)? Module by module, from the
//! head on, weights are replaced by untrained ones, and the map is compared with the one before. A map that stays
//! as it was does not show what the network has learned.

use super::{
    Attributing, Done, ExplainError, Method, Objective, Target, grad_cam, last_map, rank_correlation,
};
use crate::net::{Graph, ModuleKind, NodeId};
use crate::run::{Network, Run, RunError};

/// Whose map it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// An attribution's.
    Attribution(Method),
    /// Grad-CAM's, at a node; at the last map, if none is named.
    GradCam(Option<String>),
}

/// A map of a network whose weights are lost module by module. It has weights of its own: those of the run's network
/// stay as they are.
///
/// Call [`Randomisation::advance`] until all stages are done; [`Randomisation::correlations`] can be drawn in between. To
/// cancel, drop it.
#[derive(Debug)]
pub struct Randomisation {
    network: Network,
    run: Run,
    subject: Subject,
    objective: Objective,
    picture: Vec<f32>,
    /// From the head on.
    modules: Vec<usize>,
    seed: u64,
    /// The map of this stage.
    attributing: Option<Attributing>,
    /// The map before.
    map: Vec<f64>,
    correlations: Vec<Option<f64>>,
}

impl Randomisation {
    /// Of the selected picture of a run, with the changes that are in force there. The same seed yields the same untrained
    /// weights.
    ///
    /// # Errors
    /// As of [`Target::objective`] and [`Run::blank`]; [`ExplainError::Run`] if there is no such layer.
    pub async fn new(
        run: &mut Run,
        target: &Target,
        subject: Subject,
        seed: u64,
    ) -> Result<Self, ExplainError> {
        let (picture, objective) = (run.input().await?, target.objective(run).await?);
        if let Subject::GradCam(Some(layer)) = &subject {
            run.graph().find(layer).map_err(RunError::from)?;
        }
        let modules = learned(run.graph(), objective.node);
        let network = run.network().apart();
        let run = run.on(&network).await?;
        let (attributing, map, correlations) = (None, Vec::new(), Vec::new());
        Ok(Self { network, run, subject, objective, picture, modules, seed, attributing, map, correlations })
    }

    /// Computes a little more: no longer than [`Attributing::advance`] or a Grad-CAM takes. Tells how many maps are done.
    ///
    /// # Errors
    /// As of [`Attributing::advance`] and [`grad_cam`].
    pub async fn advance(&mut self) -> Result<Done, ExplainError> {
        let stage = self.correlations.len();
        if stage > self.modules.len() {
            return Ok(self.done());
        }
        let begins = self.attributing.is_none();
        if begins && let Some(module) = stage.checked_sub(1).map(|before| self.modules[before]) {
            let graph = self.network.graph();
            for node in graph.ids().filter(|id| graph.node(*id).module == module) {
                self.network.untrain(node, self.seed)?;
            }
        }
        let (objective, picture) = (&self.objective, &self.picture);
        let map = match &self.subject {
            Subject::GradCam(layer) => {
                let graph = self.run.graph();
                let layer = layer.as_ref().map(|layer| graph.find(layer)).transpose();
                let layer = layer.map_err(RunError::from)?.unwrap_or_else(|| last_map(graph));
                grad_cam(&self.run, objective, layer, picture).await?
            }
            Subject::Attribution(method) => {
                let attributing = match &mut self.attributing {
                    Some(attributing) => attributing,
                    none => {
                        let begun =
                            Attributing::new(&self.run, method.clone(), objective.clone(), picture.clone());
                        none.insert(begun.await?)
                    }
                };
                if !attributing.advance().await?.is_all() {
                    return Ok(self.done());
                }
                attributing.attribution().map().data
            }
        };
        self.attributing = None;
        let map: Vec<f64> = map.into_iter().map(f64::from).collect();
        if stage == 0 {
            self.map.clone_from(&map);
        }
        self.correlations.push(rank_correlation(&self.map, &map));
        Ok(self.done())
    }

    /// How many maps are done, of one more than there are modules.
    pub fn done(&self) -> Done {
        Done { done: self.correlations.len(), of: self.modules.len() + 1 }
    }

    /// The modules that lose their weights, in that order.
    pub fn modules(&self) -> Vec<&str> {
        let graph = self.run.graph();
        self.modules.iter().map(|module| graph.modules[*module].id.as_str()).collect()
    }

    /// Spearman's rank correlation of the map with the one before anything was lost: first with itself, then after each
    /// module. None of a map that is the same everywhere.
    pub fn correlations(&self) -> &[Option<f64>] {
        &self.correlations
    }
}

/// The modules with weights that a node depends on, the last one first.
fn learned(graph: &Graph, target: NodeId) -> Vec<usize> {
    let reaches = graph.reaches(target);
    let has = |module: usize| {
        let mut nodes = graph.ids().filter(|id| reaches[id.0] && graph.node(*id).module == module);
        nodes.any(|id| !graph.node(id).op.params().is_empty())
    };
    let modules = graph.modules.iter().enumerate().rev();
    let learned = modules.filter(|(module, of)| of.kind != ModuleKind::Auxiliary && has(*module));
    learned.map(|(module, _)| module).collect()
}
