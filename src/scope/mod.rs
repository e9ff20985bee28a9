//! What may a person ask? A [`Scope`] is one network with weights on one engine: it runs pictures
//! and answers questions about every value in between. Knows nothing about the page.

mod choose;
mod describe;
mod document;
mod explain;
mod open;
mod papers;
mod receptive;
mod stats;
mod times;

pub use choose::{Choice, Chosen, choose};
pub use describe::{Description, ModelSummary, NodeDescription, describe, models, summary};
pub use document::document;
pub use explain::{Combine, Explanation, IncomingKernel, Stage, Term};
pub use open::{OpenError, Opened, Opening, Spec, graph_of, infos};
pub use papers::{Table, paper_costs, papers, short};
pub use receptive::{ReceptiveFields, Span};
pub use stats::{ChannelStats, Histogram, Maps, NodeStats};
pub use times::StepTime;

use crate::engine::{Engine, EngineError, Normalize, Photo};
use crate::net::zoo::{self, Network};
use crate::net::{Graph, GraphError, ModuleKind, Node, NodeId, Op, Shape};
use crate::plan::resample::Crop;
use crate::plan::{Affine, Pins, Plan, PlanError, View, pack};
use crate::weights::{Tensor, recipe};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Why a question can not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    /// The network, variant, profile or node does not exist.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// No plan can be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A picture tensor of the wrong size.
    #[error("the input of {network} takes {expected} values ({shape}), but {found} were given")]
    Input {
        /// The network.
        network: &'static str,
        /// Its input's shape.
        shape: Shape,
        /// How many values that is.
        expected: usize,
        /// How many there were.
        found: usize,
    },
    /// Asked before a picture was run.
    #[error("nothing has been computed yet: run a picture first")]
    NotRun,
    /// The node needs weights that the file lacks.
    #[error(
        "{node} was not computed: the weight file has no weights for it (auxiliary heads are often left out)"
    )]
    NotComputed {
        /// The node.
        node: String,
    },
    /// No such channel.
    #[error("{node} has {channels} channels; there is no channel {found}")]
    Channel {
        /// The node.
        node: String,
        /// How many it has.
        channels: usize,
        /// What was asked for.
        found: usize,
    },
    /// No such position.
    #[error(
        "the maps of {node} have {rows} rows and {columns} columns; there is no row {row}, column {column}"
    )]
    Position {
        /// The node.
        node: String,
        /// Rows that it has.
        rows: usize,
        /// Columns that it has.
        columns: usize,
        /// What was asked for.
        row: usize,
        /// What was asked for.
        column: usize,
    },
}

/// Values read back from the engine are kept until the next run, up to this many f32 (64 MB): a node's
/// statistics and then its maps, screen by screen, are asked for one after the other.
const CACHE: usize = 16 << 20;

/// What a picture's run yields.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// One value a class.
    pub logits: Vec<f32>,
    /// Their softmax.
    pub probabilities: Vec<f32>,
}

impl Prediction {
    /// The `k` most probable classes, most probable first; equal ones by class number.
    pub fn top(&self, k: usize) -> Vec<(usize, f32)> {
        let mut order: Vec<usize> = (0..self.probabilities.len()).collect();
        order.sort_by(|a, b| self.probabilities[*b].total_cmp(&self.probabilities[*a]).then(a.cmp(b)));
        order.into_iter().take(k).map(|class| (class, self.probabilities[class])).collect()
    }
}

/// A node's value.
#[derive(Clone, Debug)]
pub struct Activation {
    /// C,H,W, or the length of a vector.
    pub shape: Shape,
    /// Row-major, batch dropped.
    pub data: Vec<f32>,
}

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

/// One network with weights on one engine.
#[derive(Debug)]
pub struct Scope {
    graph: Graph,
    plan: Plan,
    pins: Pins,
    engine: Engine,
    /// Biases and batch norm tensors; convolution weights live on the engine only.
    small: HashMap<(NodeId, &'static str), Vec<f32>>,
    /// Whether a node's `weight` is on the engine.
    loaded: Vec<bool>,
    /// Whether the weights are complete, and epilogues are set.
    complete: bool,
    /// By step: whether everything that it needs exists.
    runnable: Vec<bool>,
    has_run: bool,
    /// Values of the last run that were read back.
    cache: HashMap<NodeId, Activation>,
}

impl Scope {
    /// Prepares a network on an engine. Weights come next: [`Scope::set_tensor`] for each tensor,
    /// then [`Scope::weights_complete`].
    pub async fn new(graph: Graph, engine: Engine, every_op: bool) -> Result<Self, ScopeError> {
        let pins = Pins { every_op, ..Pins::default() };
        let plan = Plan::new(&graph, &pins)?;
        let mut scope = Self {
            loaded: vec![false; graph.nodes.len()],
            runnable: Vec::new(),
            complete: false,
            has_run: false,
            cache: HashMap::new(),
            small: HashMap::new(),
            graph,
            plan,
            pins,
            engine,
        };
        scope.engine.extend(&scope.plan).await?;
        Ok(scope)
    }

    /// The network.
    pub fn graph(&self) -> &Graph {
        &self.graph
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

    /// The zoo's entry for the network.
    pub fn network(&self) -> Result<&'static Network, ScopeError> {
        Ok(zoo::find(self.graph.network)?)
    }

    /// Hands over a tensor of a node, in PyTorch's layout.
    pub fn set_tensor(
        &mut self,
        node: NodeId,
        suffix: &'static str,
        tensor: Tensor,
    ) -> Result<(), ScopeError> {
        let packed = match (&self.graph.node(node).op, suffix) {
            (Op::Conv2d(c), "weight") if c.is_depthwise() => {
                pack::depthwise(&tensor.data, c.out_channels, c.kernel)
            }
            (Op::Conv2d(c), "weight") if c.groups > 1 => {
                pack::grouped(&tensor.data, c.out_channels, c.in_channels / c.groups, c.kernel)
            }
            (Op::Conv2d(c), "weight") => pack::dense(&tensor.data, c.out_channels, c.in_channels, c.kernel),
            (Op::Linear(l), "weight") => {
                let from = self.graph.node(self.graph.node(node).inputs[0]).shape;
                pack::dense(&tensor.data, l.out_features, from.c(), [from.h(), from.w()])
            }
            _ => {
                self.small.insert((node, suffix), tensor.data);
                return Ok(());
            }
        };
        self.engine.set_weights(node, &packed)?;
        self.loaded[node.0] = true;
        Ok(())
    }

    /// Fills every tensor by the recipe of [`recipe`]: "untrained weights".
    pub fn synthetic(&mut self, seed: u64) -> Result<(), ScopeError> {
        for node in self.graph.ids() {
            for (suffix, tensor) in recipe::tensors(&self.graph, node, seed) {
                self.set_tensor(node, suffix, tensor)?;
            }
        }
        self.weights_complete()
    }

    /// All tensors that will come have come.
    pub fn weights_complete(&mut self) -> Result<(), ScopeError> {
        self.complete = true;
        self.set_epilogues(0)
    }

    /// Sets the epilogues of the steps from `first` on, and finds out which of them can run.
    fn set_epilogues(&mut self, first: usize) -> Result<(), ScopeError> {
        // A buffer range is there if the step that writes it is runnable.
        let mut missing: Vec<(usize, Range<usize>)> = Vec::new();
        let range = |v: &View| v.offset..v.offset + crate::plan::padded(v.shape.c());
        self.runnable.truncate(first);
        for (index, step) in self.plan.steps.iter().enumerate() {
            if index >= first {
                let small = |node: NodeId, suffix| self.small.contains_key(&(node, suffix));
                let weights = step.weights.is_none_or(|node| self.loaded[node.0]);
                let affine = step.epilogue.affine.iter().all(|affine| match *affine {
                    Affine::Bias(node) => small(node, "bias"),
                    Affine::BatchNorm(node) => small(node, "running_var"),
                    Affine::Constant(_) => true,
                });
                let inputs = [Some(step.input), step.epilogue.residual.map(|r| r.view)];
                let fed = inputs.iter().flatten().all(|view| {
                    let wanted = range(view);
                    !missing.iter().any(|(buffer, gone)| {
                        *buffer == view.buffer.0 && gone.start < wanted.end && wanted.start < gone.end
                    })
                });
                self.runnable.push(weights && affine && fed);
            }
            if self.runnable[index] {
                if index >= first {
                    let values = self.plan.epilogue(index, &self.graph, |node, suffix| {
                        self.small.get(&(node, suffix)).map(Vec::as_slice)
                    });
                    self.engine.set_epilogue(index, &values)?;
                }
            } else {
                missing.push((step.output.buffer.0, range(&step.output)));
            }
        }
        Ok(())
    }

    /// Modules that can not be computed because the file lacks their weights.
    pub fn modules_without_weights(&self) -> Vec<&str> {
        let mut modules: Vec<usize> = (self.plan.steps.iter().zip(&self.runnable))
            .filter(|(_, runnable)| !**runnable)
            .filter_map(|(step, _)| step.nodes.last())
            .map(|node| self.graph.node(*node).module)
            .collect();
        modules.dedup();
        modules.into_iter().map(|m| self.graph.modules[m].id.as_str()).collect()
    }

    /// Runs a picture through the network.
    pub async fn run(&mut self, input: Input<'_>) -> Result<Prediction, ScopeError> {
        self.cache.clear();
        let first = self.write(input)?;
        self.run_steps(first..self.plan.steps.len())?;
        self.engine.finish().await?;
        self.has_run = true;
        self.prediction().await
    }

    /// What the last run (or the last intervention) predicts.
    pub async fn prediction(&mut self) -> Result<Prediction, ScopeError> {
        let logits = self.value(self.graph.logits).await?.data.clone();
        let probabilities = self.value(self.graph.probabilities).await?.data.clone();
        Ok(Prediction { logits, probabilities })
    }

    /// Writes a picture; returns the first step to run.
    fn write(&mut self, input: Input<'_>) -> Result<usize, ScopeError> {
        let view = self.plan.input(&self.graph);
        match input {
            Input::Photo(photo, crop) => {
                let profile = &self.graph.profile;
                let crop = crop
                    .unwrap_or_else(|| Crop::of_profile(profile, photo.width, photo.height, view.shape.w()));
                let normalize = Normalize { mean: profile.mean, std: profile.std };
                self.engine.write_photo(&view, photo, &crop, &normalize)?;
                Ok(0)
            }
            Input::Normalized(chw) => {
                self.check_input(chw.len(), view.shape)?;
                self.engine.write_input(&view, chw)?;
                Ok(0)
            }
            Input::Tensor(chw) => {
                self.check_input(chw.len(), view.shape)?;
                let Some((node, op)) = self.graph.ids().find_map(|id| match &self.graph.node(id).op {
                    Op::ChannelAffine(op) => Some((id, op)),
                    _ => None,
                }) else {
                    self.engine.write_input(&view, chw)?;
                    return Ok(0);
                };
                // The picture itself is shown too: undo transform_input for it.
                let area = view.shape.area();
                let picture: Vec<f32> = chw
                    .iter()
                    .enumerate()
                    .map(|(i, v)| (v - op.shift[i / area]) / op.scale[i / area])
                    .collect();
                self.engine.write_input(&view, &picture)?;
                let step = self.plan.steps.iter().position(|s| s.nodes == [node]).unwrap_or(0);
                let output = self.plan.steps[step].output;
                self.engine.write_input(&output, chw)?;
                Ok(step + 1)
            }
        }
    }

    fn check_input(&self, found: usize, shape: Shape) -> Result<(), ScopeError> {
        let expected = shape.values();
        if found == expected {
            return Ok(());
        }
        Err(ScopeError::Input { network: self.graph.network, shape, expected, found })
    }

    /// Runs what can run of these steps.
    fn run_steps(&mut self, steps: Range<usize>) -> Result<(), ScopeError> {
        let mut start = steps.start;
        for index in steps.clone() {
            if !self.runnable.get(index).copied().unwrap_or(false) {
                if start < index {
                    self.engine.run(start..index)?;
                }
                start = index + 1;
            }
        }
        if start < steps.end {
            self.engine.run(start..steps.end)?;
        }
        Ok(())
    }

    /// The value of any node after a run. A node that was fused away is computed now, and from then
    /// on in every run.
    pub async fn activation(&mut self, id: &str) -> Result<&Activation, ScopeError> {
        if !self.has_run {
            return Err(ScopeError::NotRun);
        }
        let node = self.graph.find(id)?;
        self.value(node).await
    }

    async fn value(&mut self, node: NodeId) -> Result<&Activation, ScopeError> {
        if !self.cache.contains_key(&node) {
            let value = self.read(node).await?;
            let kept: usize = self.cache.values().map(|value| value.data.len()).sum();
            if kept + value.data.len() > CACHE {
                self.cache.clear();
            }
            self.cache.insert(node, value);
        }
        Ok(&self.cache[&node])
    }

    async fn read(&mut self, node: NodeId) -> Result<Activation, ScopeError> {
        let view = self.view(node).await?;
        Ok(Activation { shape: view.shape, data: self.engine.read(&view).await? })
    }

    /// Where the value of a node lies after a run.
    async fn located(&mut self, id: &str) -> Result<View, ScopeError> {
        if !self.has_run {
            return Err(ScopeError::NotRun);
        }
        let node = self.graph.find(id)?;
        self.view(node).await
    }

    /// The same; a node that was fused away is computed now.
    async fn view(&mut self, node: NodeId) -> Result<View, ScopeError> {
        let steps = self.plan.steps.len();
        let view = self.plan.record(&self.graph, node);
        if self.plan.steps.len() > steps {
            self.engine.extend(&self.plan).await?;
            self.set_epilogues(steps)?;
            self.run_steps(steps..self.plan.steps.len())?;
        }
        let computed = self.plan.steps.iter().zip(&self.runnable).all(|(step, runnable)| {
            let same = step.output.buffer == view.buffer
                && step.output.offset < view.offset + view.shape.c()
                && view.offset < step.output.offset + step.output.shape.c();
            *runnable || !same
        });
        if !computed {
            return Err(ScopeError::NotComputed { node: self.graph.node(node).id.clone() });
        }
        Ok(view)
    }

    /// Sets the recorded value of a node, or of some of its channels, to 0 in every further run.
    /// The picture of the last run is run again.
    pub async fn mute(&mut self, id: &str, channels: &[usize]) -> Result<(), ScopeError> {
        let node = self.graph.find(id)?;
        self.multiply(node, channels, |_| 0.0)?;
        self.replan().await
    }

    /// On a residual block, sets the factor of its residual; on any other node, multiplies its
    /// recorded value. The picture of the last run is run again.
    pub async fn scale(&mut self, id: &str, factor: f32) -> Result<(), ScopeError> {
        let node = self.graph.find(id)?;
        match self.residual_sum(id) {
            Some(sum) => {
                if let Op::Add(add) = &mut self.graph.nodes[sum.0].op {
                    add.scale = factor;
                }
            }
            None => self.multiply(node, &[], |gain| gain * factor)?,
        }
        self.replan().await
    }

    /// Takes back all muting and scaling.
    pub async fn restore(&mut self) -> Result<(), ScopeError> {
        let options = zoo::Options {
            variant: self.graph.variant.map(str::to_owned),
            profile: Some(self.graph.profile.id.to_owned()),
            classes: Some(self.graph.classes()),
        };
        let published = zoo::build(self.graph.network, &options)?;
        for (node, published) in self.graph.nodes.iter_mut().zip(published.nodes) {
            node.op = published.op;
        }
        self.pins.gains = BTreeMap::new();
        self.replan().await
    }

    /// The sum of the residual block with that id.
    fn residual_sum(&self, id: &str) -> Option<NodeId> {
        let module = self.graph.modules.iter().position(|m| m.kind == ModuleKind::Residual && m.id == id)?;
        self.graph
            .ids()
            .find(|n| self.graph.node(*n).module == module && matches!(self.graph.node(*n).op, Op::Add(_)))
    }

    fn multiply(
        &mut self,
        node: NodeId,
        channels: &[usize],
        change: impl Fn(f32) -> f32,
    ) -> Result<(), ScopeError> {
        let Node { id, shape, .. } = self.graph.node(node);
        check_channels(id, *shape, channels)?;
        let gains = self.pins.gains.entry(node).or_insert_with(|| vec![1.0; shape.c()]);
        for (channel, gain) in gains.iter_mut().enumerate() {
            if channels.is_empty() || channels.contains(&channel) {
                *gain = change(*gain);
            }
        }
        Ok(())
    }

    /// Makes a new plan for changed pins or factors, and runs the last picture again.
    async fn replan(&mut self) -> Result<(), ScopeError> {
        self.cache.clear();
        let view = self.plan.input(&self.graph);
        let picture = if self.has_run { Some(self.engine.read(&view).await?) } else { None };
        self.plan = Plan::new(&self.graph, &self.pins)?;
        self.engine.reset();
        self.engine.extend(&self.plan).await?;
        if self.complete {
            self.set_epilogues(0)?;
        }
        if let Some(picture) = picture {
            self.engine.write_input(&view, &picture)?;
            self.run_steps(0..self.plan.steps.len())?;
            self.engine.finish().await?;
        }
        Ok(())
    }

    /// Frees everything on the device.
    pub fn dispose(&mut self) {
        self.cache.clear();
        self.engine.dispose();
    }
}

fn check_channels(node: &str, shape: Shape, channels: &[usize]) -> Result<(), ScopeError> {
    match channels.iter().find(|c| **c >= shape.c()) {
        None => Ok(()),
        Some(found) => Err(ScopeError::Channel { node: node.to_owned(), channels: shape.c(), found: *found }),
    }
}
