//! One batch of pictures on its way through a network.

use super::interventions::Interventions;
use super::schedule::Schedule;
use super::{Activation, Network, RunError};
use crate::engine::Engine;
use crate::net::{Graph, NodeId};
use crate::plan::{Affine, Pins, Plan};
use std::collections::HashMap;

/// What [`Run::advance`] has done.
#[derive(Clone, Debug)]
pub struct Advance {
    /// Recorded nodes whose values are there now and were not before, in order of execution.
    pub nodes: Vec<NodeId>,
    /// What comes next.
    pub progress: Progress,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "RunState"))]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// There is no picture.
    Idle,
    /// More can be computed: call [`Run::advance`] again.
    More,
    /// More can be computed when more weights are there.
    Waiting,
    /// All is computed that the weights allow.
    Done,
}

/// What a run holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Memory {
    /// Packed weights, biases and batch norms: shared by all runs on the network.
    pub weights: usize,
    /// All buffers of the plan. Not in it: what a CPU keeps of those of the last gradient, for the next one, and the working
    /// memory of Winograd's algorithm on a GPU, 64 MB or less.
    pub activations: usize,
}

/// A batch of pictures on its way through a [`Network`]: their buffers, how far they are, and what is
/// changed for them. Questions (`src/inspect/`) are about one of the pictures: see [`Run::select`].
///
/// Pictures need not wait for the weights: [`Run::begin`] takes them at any time, and each call of
/// [`Run::advance`] computes what the weights that have come by then allow.
#[derive(Debug)]
pub struct Run {
    pub(super) network: Network,
    pub(super) plan: Plan,
    pub(super) pins: Pins,
    pub(super) engine: Engine,
    pub(super) schedule: Schedule,
    /// Steps that the plan began with; those after them were added for nodes that were asked for.
    pub(super) planned: usize,
    pub(super) progress: Progress,
    pub(super) interventions: Interventions,
    /// The revision of the network's numbers that the steps' epilogues were made of, by step.
    pub(super) made: Vec<u64>,
    /// The newest revision that was looked at.
    pub(super) seen: Option<u64>,
    /// By node: whether its value was told of since it was computed.
    pub(super) told: Vec<bool>,
    /// Values of the selected picture that were read back.
    pub(super) cache: HashMap<NodeId, Activation>,
    pub(super) selected: usize,
}

impl Run {
    pub(super) async fn new(network: Network) -> Result<Self, RunError> {
        let (plan, pins) = (network.plan().clone(), network.pins().clone());
        let mut engine = network.engine(1);
        engine.extend(&plan).await?;
        let told = vec![false; network.graph().nodes.len()];
        let mut run = Self {
            network,
            plan: Plan::default(),
            pins: Pins::default(),
            engine: engine.fork(1),
            schedule: Schedule::default(),
            planned: 0,
            progress: Progress::Idle,
            interventions: Interventions::default(),
            made: Vec::new(),
            seen: None,
            told,
            cache: HashMap::new(),
            selected: 0,
        };
        run.adopt(engine, plan, pins);
        Ok(run)
    }

    /// A run on a network of its own, which has no weights yet.
    ///
    /// # Errors
    /// As of [`Network::new`] and [`Network::run`].
    pub async fn alone(graph: Graph, engine: Engine, every_op: bool) -> Result<Self, RunError> {
        Network::new(graph, engine, every_op)?.run().await
    }

    /// Another run on the same network, of one picture, without a picture and changes.
    ///
    /// # Errors
    /// As of [`Network::run`].
    pub async fn fork(&self) -> Result<Self, RunError> {
        self.network.run().await
    }

    /// Uses an engine that has a plan, which is to run from its start.
    pub(super) fn adopt(&mut self, engine: Engine, plan: Plan, pins: Pins) {
        self.schedule = Schedule::default();
        self.schedule.extend(&plan);
        self.planned = plan.steps.len();
        self.made = vec![0; plan.steps.len()];
        self.seen = None;
        (self.engine, self.plan, self.pins) = (engine, plan, pins);
        self.restart(0);
    }

    /// What it runs.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network's graph.
    pub fn graph(&self) -> &Graph {
        self.network.graph()
    }

    /// In which steps it is computed.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Who computes.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// To tune it, and for tests.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// How many pictures it runs at a time.
    pub fn batch(&self) -> usize {
        self.engine.batch()
    }

    /// From now on, questions are about this picture of the batch. The first one is selected until then.
    ///
    /// # Errors
    /// [`RunError::Pictures`] if there are fewer.
    pub fn select(&mut self, picture: usize) -> Result<(), RunError> {
        if picture >= self.batch() {
            return Err(RunError::Pictures { most: self.batch(), found: picture + 1 });
        }
        if self.selected != picture {
            self.cache.clear();
            self.selected = picture;
        }
        Ok(())
    }

    /// The picture that questions are about.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Whether others read what a step stores: it was not added for a node that was asked for.
    pub(super) fn is_planned(&self, step: usize) -> bool {
        step < self.planned
    }

    pub(super) fn has_pictures(&self) -> bool {
        self.progress != Progress::Idle
    }

    pub(crate) fn name(&self, node: NodeId) -> String {
        self.graph().node(node).id.clone()
    }

    /// What weights and values take.
    pub fn memory(&self) -> Memory {
        let values: usize = self.plan.buffers.iter().map(|buffer| buffer.len()).sum();
        let activations = values * size_of::<f32>() * self.batch();
        Memory { weights: self.network.params().bytes(), activations }
    }

    /// Hands the engine the epilogue of every step whose numbers have come, changed, or are intervened in.
    pub(super) fn prepare(&mut self) -> Result<(), RunError> {
        let revision = self.network.params().revision();
        if self.seen == Some(revision) {
            return Ok(());
        }
        let network = self.network.clone();
        let params = network.params();
        for index in 0..self.plan.steps.len() {
            let step = &self.plan.steps[index];
            let affine = step.epilogue.affine.iter().map(Affine::node);
            let nodes = affine.chain(step.weights);
            let newest = nodes.clone().map(|node| params.version(node)).max().unwrap_or_default();
            let ready = self.schedule.is_ready(index);
            if ready && newest <= self.made[index] {
                continue;
            }
            let has = step.epilogue.affine.iter().all(|affine| match *affine {
                Affine::Bias(node) => params.get(node, "bias").is_some(),
                Affine::BatchNorm(node) => params.has(network.graph(), node),
                Affine::Constant(_) => true,
            });
            if has && step.weights.is_none_or(|node| params.is_loaded(node)) {
                let change = self.interventions.change(&step.nodes);
                let values =
                    self.plan.epilogue(index, network.graph(), |n, suffix| params.get(n, suffix), change);
                self.engine.set_epilogue(index, &values)?;
                if ready {
                    self.stale(index);
                }
                self.schedule.set_ready(index);
                self.made[index] = newest;
            }
        }
        self.seen = Some(revision);
        Ok(())
    }

    /// A step is to be computed again, with another epilogue, and everything that reads it.
    pub(super) fn invalidate(&mut self, step: usize) {
        self.stale(step);
        self.seen = None;
    }

    fn stale(&mut self, step: usize) {
        self.schedule.invalidate(step);
        self.cache.clear();
        for node in 0..self.told.len() {
            self.told[node] = self.told[node] && self.available(NodeId(node));
        }
        if self.has_pictures() {
            self.progress = Progress::More;
        }
    }

    /// Whether a node's value is there, or can be computed from what is there.
    ///
    /// # Errors
    /// [`RunError::Graph`] if there is no such node.
    pub fn has(&self, id: &str) -> Result<bool, RunError> {
        let node = self.graph().find(id)?;
        Ok(self.has_pictures() && self.available(node))
    }

    pub(super) fn available(&self, node: NodeId) -> bool {
        match self.plan.view(node) {
            Some(view) => self.schedule.has(&self.plan, view),
            None => {
                let graph = self.graph();
                self.network.params().has(graph, node)
                    && graph.node(node).inputs.iter().all(|input| self.available(*input))
            }
        }
    }

    /// Modules that cannot be computed because the file lacks their weights.
    ///
    /// # Errors
    /// [`RunError::Engine`] if the engine refuses an epilogue.
    pub fn modules_without_weights(&mut self) -> Result<Vec<String>, RunError> {
        self.prepare()?;
        let possible = self.schedule.possible();
        let mut modules: Vec<usize> = (self.plan.steps.iter().zip(possible))
            .filter(|(_, possible)| !possible)
            .filter_map(|(step, _)| step.stored())
            .map(|node| self.graph().node(node).module)
            .collect();
        modules.dedup();
        Ok(modules.into_iter().map(|m| self.graph().modules[m].id.clone()).collect())
    }

    /// Forgets the pictures and what was computed of them.
    pub fn stop(&mut self) {
        self.progress = Progress::Idle;
        self.restart(0);
    }

    /// What is computed begins again after the first steps.
    pub(super) fn restart(&mut self, computed: usize) {
        self.cache.clear();
        self.told.fill(false);
        self.schedule.restart(computed);
        if self.has_pictures() {
            self.progress = Progress::More;
        }
    }

    /// Multiply-adds that are still to be computed for a picture.
    pub fn pending(&self) -> u64 {
        let steps = self.plan.steps.iter().enumerate();
        steps.filter(|(index, _)| !self.schedule.is_computed(*index)).map(|(_, step)| step.macs).sum()
    }

    /// The steps that have been computed.
    pub(crate) fn computed(&self) -> Vec<usize> {
        (0..self.plan.steps.len()).filter(|step| self.schedule.is_computed(*step)).collect()
    }

    /// What interventions make of a step's residual scale and of a channel's gain.
    pub(crate) fn change(&self, step: usize) -> crate::plan::Change<'_> {
        self.interventions.change(&self.plan.steps[step].nodes)
    }
}
