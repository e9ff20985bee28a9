//! What may a person ask? A [`Scope`] is one network with weights on one engine: it runs pictures
//! and answers questions about every value in between. Knows nothing about the page.

use crate::engine::{Engine, EngineError, Normalize, Photo};
use crate::net::zoo::{self, Network};
use crate::net::{Graph, GraphError, ModuleKind, Node, NodeId, Op, Shape};
use crate::photo::resample::Crop;
use crate::plan::pack::Layout;
use crate::plan::{Affine, Pins, Plan, PlanError, View, padded};
use crate::weights::{Place, Tensor, recipe};
use std::collections::{BTreeMap, HashMap};

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
    /// Asked before its weights were there.
    #[error("{node} is not computed yet: weights are still arriving")]
    NotYet {
        /// The node.
        node: String,
    },
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

/// Multiply-adds of one [`Scope::advance`]: some 25 ms on a CPU, a quarter of a second on a software GPU.
/// A real GPU gets more, since waiting for it takes time of its own.
const SLICE: u64 = 400_000_000;

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
        let order = largest_first(self.probabilities.iter().map(|p| f64::from(*p)));
        order.into_iter().take(k).map(|class| (class, self.probabilities[class])).collect()
    }
}

/// The indices of `keys`, that of the largest first; equal ones stay in order. Not a sort of the items
/// themselves: one is compiled for every kind of item, 8 KB of wasm each.
pub(crate) fn largest_first(keys: impl Iterator<Item = f64>) -> Vec<usize> {
    let mut order: Vec<(usize, f64)> = keys.enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    order.into_iter().map(|(index, _)| index).collect()
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

/// What [`Scope::advance`] has done.
#[derive(Clone, Debug)]
pub struct Advance {
    /// Recorded nodes whose values are there now and were not before, in order of execution.
    pub nodes: Vec<NodeId>,
    /// What comes next.
    pub state: State,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// More can be computed: call [`Scope::advance`] again.
    More,
    /// More can be computed when more weights are there.
    Waiting,
    /// All is computed that the weights allow.
    Done,
}

/// What a scope holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Memory {
    /// Packed weights, biases and batch norms.
    pub weights: usize,
    /// All buffers of the plan.
    pub activations: usize,
}

/// What is known of a step of the plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct StepState {
    /// Steps before it that write what it reads.
    pub(crate) needs: Vec<usize>,
    /// Whether its weights and epilogue are on the engine.
    pub(crate) set: bool,
    /// Whether it has been computed for the picture.
    pub(crate) computed: bool,
}

/// A tensor of which not all values have come.
#[derive(Debug)]
pub(crate) struct Arriving {
    place: Place,
    /// Of weights that kernels read; the values are in that order.
    layout: Option<Layout>,
    values: Vec<f32>,
}

/// One network with weights on one engine.
///
/// Pictures need not wait for the weights: [`Scope::begin`] takes one at any time, and each call of
/// [`Scope::advance`] computes what the weights that have come by then allow.
#[derive(Debug)]
pub struct Scope {
    pub(crate) graph: Graph,
    pub(crate) plan: Plan,
    pub(crate) pins: Pins,
    pub(crate) engine: Engine,
    /// Biases and batch norm tensors; convolution weights live on the engine only.
    pub(crate) small: HashMap<(NodeId, &'static str), Vec<f32>>,
    pub(crate) arriving: Option<Arriving>,
    /// By node: how many bytes of its `weight` are on the engine.
    pub(crate) loaded: Vec<usize>,
    /// Whether no more weights will come.
    pub(crate) complete: bool,
    /// By step of the plan.
    pub(crate) steps: Vec<StepState>,
    /// Whether tensors have come since the steps' states were found out.
    pub(crate) stale: bool,
    /// Whether there is a picture.
    pub(crate) has_input: bool,
    /// By node: whether its value was told of since the picture came.
    pub(crate) told: Vec<bool>,
    /// Values of the last run that were read back.
    pub(crate) cache: HashMap<NodeId, Activation>,
}

impl Scope {
    /// Prepares a network on an engine. Weights come next: [`Scope::set_tensor`] for each tensor or
    /// [`Scope::put`] for parts, then [`Scope::weights_complete`].
    pub async fn new(graph: Graph, engine: Engine, every_op: bool) -> Result<Self, ScopeError> {
        let pins = Pins { every_op, ..Pins::default() };
        let plan = Plan::new(&graph, &pins)?;
        let nodes = graph.nodes.len();
        let mut scope = Self {
            graph,
            plan,
            pins,
            engine,
            small: HashMap::new(),
            arriving: None,
            loaded: vec![0; nodes],
            complete: false,
            steps: Vec::new(),
            stale: true,
            has_input: false,
            told: vec![false; nodes],
            cache: HashMap::new(),
        };
        scope.extend().await?;
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
    pub fn set_tensor(&mut self, place: Place, tensor: &Tensor) -> Result<(), ScopeError> {
        self.put(place, 0, &tensor.data, true)
    }

    /// Hands over values of a tensor, in PyTorch's layout and in order: the first of them has the position
    /// `first`. The tensor is used once the `last` ones are there.
    pub fn put(&mut self, place: Place, first: usize, values: &[f32], last: bool) -> Result<(), ScopeError> {
        let mut arriving = match self.arriving.take() {
            Some(arriving) if arriving.place == place && first > 0 => arriving,
            _ => {
                // A batch norm's weight is of no step.
                let step = (self.plan.steps.iter())
                    .find(|step| place.suffix == "weight" && step.weights == Some(place.node));
                let layout = step.and_then(|step| Layout::of(step, self.engine.panel()));
                let values = layout.map_or_else(Vec::new, |layout| layout.zeros());
                Arriving { place, layout, values }
            }
        };
        match arriving.layout {
            Some(layout) => layout.place(first, values, &mut arriving.values),
            None => arriving.values.extend_from_slice(values),
        }
        if !last {
            self.arriving = Some(arriving);
            return Ok(());
        }
        self.stale = true;
        let Arriving { values, layout, .. } = arriving;
        if layout.is_some() {
            self.loaded[place.node.0] = size_of_val(values.as_slice());
            self.engine.set_weights(place.node, values)?;
        } else {
            self.small.insert((place.node, place.suffix), values);
        }
        Ok(())
    }

    /// Fills every tensor by the recipe of [`recipe`]: "untrained weights".
    pub fn synthetic(&mut self, seed: u64) -> Result<(), ScopeError> {
        for node in self.graph.ids() {
            for (suffix, tensor) in recipe::tensors(&self.graph, node, seed) {
                self.set_tensor(Place { node, suffix }, &tensor)?;
            }
        }
        self.weights_complete()
    }

    /// All tensors that will come have come.
    pub fn weights_complete(&mut self) -> Result<(), ScopeError> {
        self.complete = true;
        self.prepare()
    }

    /// What weights and values take.
    pub fn memory(&self) -> Memory {
        let small: usize = self.small.values().map(Vec::len).sum();
        let activations: usize = self.plan.buffers.iter().map(|buffer| buffer.len()).sum();
        let float = size_of::<f32>();
        Memory {
            weights: self.loaded.iter().sum::<usize>() + small * float,
            activations: activations * float,
        }
    }

    /// Makes the buffers and steps that the plan has more than before.
    async fn extend(&mut self) -> Result<(), ScopeError> {
        self.engine.extend(&self.plan).await?;
        for index in self.steps.len()..self.plan.steps.len() {
            let step = &self.plan.steps[index];
            let reads = [Some(step.input), step.epilogue.residual.map(|r| r.view)];
            let mut needs: Vec<usize> =
                reads.iter().flatten().flat_map(|view| self.writers(view, index)).collect();
            needs.dedup();
            self.steps.push(StepState { needs, ..StepState::default() });
        }
        self.stale = true;
        Ok(())
    }

    /// The steps among the first ones that write some of a view.
    fn writers<'a>(&'a self, view: &'a View, first: usize) -> impl Iterator<Item = usize> + 'a {
        let end = |view: &View| view.offset + padded(view.shape.c());
        let steps = self.plan.steps.iter().enumerate().take(first);
        steps.filter_map(move |(index, step)| {
            let output = &step.output;
            let overlap =
                output.buffer == view.buffer && output.offset < end(view) && view.offset < end(output);
            overlap.then_some(index)
        })
    }

    /// Sets the epilogue of every step whose tensors have come.
    fn prepare(&mut self) -> Result<(), ScopeError> {
        if !std::mem::take(&mut self.stale) {
            return Ok(());
        }
        for index in 0..self.steps.len() {
            if self.steps[index].set {
                continue;
            }
            let step = &self.plan.steps[index];
            let affine = step.epilogue.affine.iter().all(|affine| match *affine {
                Affine::Bias(node) => self.small.contains_key(&(node, "bias")),
                Affine::BatchNorm(node) => self.has_params(node),
                Affine::Constant(_) => true,
            });
            let weights = step.weights.is_none_or(|node| self.loaded[node.0] > 0);
            if affine && weights {
                let values = self.plan.epilogue(index, &self.graph, |node, suffix| {
                    self.small.get(&(node, suffix)).map(Vec::as_slice)
                });
                self.engine.set_epilogue(index, &values)?;
                self.steps[index].set = true;
            }
        }
        Ok(())
    }

    /// Whether a node's tensors have come.
    fn has_params(&self, node: NodeId) -> bool {
        let weight = |suffix: &str| suffix == "weight" && self.loaded[node.0] > 0;
        let params = self.graph.node(node).op.params();
        params.iter().all(|p| weight(p.suffix) || self.small.contains_key(&(node, p.suffix)))
    }

    /// Whether a node's value is there, or can be computed from what is there.
    pub fn has(&self, id: &str) -> Result<bool, ScopeError> {
        let node = self.graph.find(id)?;
        Ok(self.has_input && self.available(node))
    }

    pub(crate) fn available(&self, node: NodeId) -> bool {
        match self.plan.view(node) {
            Some(view) => self.writers(&view, self.steps.len()).all(|step| self.steps[step].computed),
            None => self.has_params(node) && self.graph.node(node).inputs.iter().all(|i| self.available(*i)),
        }
    }

    /// Modules that can not be computed because the file lacks their weights.
    pub fn modules_without_weights(&self) -> Vec<&str> {
        let mut possible: Vec<bool> = Vec::new();
        for step in &self.steps {
            possible.push(step.set && step.needs.iter().all(|need| possible[*need]));
        }
        let mut modules: Vec<usize> = (self.plan.steps.iter().zip(possible))
            .filter(|(_, possible)| !possible)
            .filter_map(|(step, _)| step.nodes.last())
            .map(|node| self.graph.node(*node).module)
            .collect();
        modules.dedup();
        modules.into_iter().map(|m| self.graph.modules[m].id.as_str()).collect()
    }

    /// Runs a picture through the network.
    pub async fn run(&mut self, input: Input<'_>) -> Result<Prediction, ScopeError> {
        self.begin(input)?;
        while self.advance().await?.state == State::More {}
        self.prediction().await
    }

    /// Takes a picture, for [`Scope::advance`] to run. If it can not be taken, the last one stays.
    pub fn begin(&mut self, input: Input<'_>) -> Result<(), ScopeError> {
        let first = self.write(input)?;
        self.restart(first);
        Ok(())
    }

    /// Forgets the picture and what was computed of it.
    pub fn stop(&mut self) {
        self.restart(0);
        self.has_input = false;
    }

    /// There is another picture; the steps up to `first` need not run.
    fn restart(&mut self, first: usize) {
        self.cache.clear();
        self.told.fill(false);
        self.steps.iter_mut().enumerate().for_each(|(index, step)| step.computed = index < first);
        self.has_input = true;
    }

    /// Computes some of what the picture and the weights that have come allow, and waits until it is done:
    /// little enough that other calls can come in between.
    pub async fn advance(&mut self) -> Result<Advance, ScopeError> {
        self.prepare()?;
        let limit = match &self.engine {
            Engine::Gpu(engine) if !engine.adapter().software => SLICE * 16,
            Engine::Gpu(_) | Engine::Cpu(_) => SLICE,
        };
        let (mut macs, mut more, mut run) = (0, false, Vec::new());
        for index in 0..self.steps.len() {
            let StepState { needs, set, computed } = &self.steps[index];
            let fed = || needs.iter().all(|need| self.steps[*need].computed);
            if !self.has_input || *computed || !set || !fed() {
                continue;
            }
            let cost = self.plan.steps[index].macs;
            if macs > 0 && macs + cost > limit {
                more = true;
                break;
            }
            macs += cost;
            self.steps[index].computed = true;
            run.push(index);
        }
        for steps in run.chunk_by(|a, b| a + 1 == *b) {
            self.engine.run(steps[0]..steps[0] + steps.len())?;
        }
        self.engine.finish().await?;
        let nodes: Vec<NodeId> = (self.graph.ids())
            .filter(|id| self.has_input && !self.told[id.0])
            .filter(|id| self.plan.view(*id).is_some() && self.available(*id))
            .collect();
        nodes.iter().for_each(|node| self.told[node.0] = true);
        let state = match more {
            true => State::More,
            false if self.complete || self.steps.iter().all(|step| step.computed) => State::Done,
            false => State::Waiting,
        };
        Ok(Advance { nodes, state })
    }

    /// Whether the prediction is there.
    pub fn has_prediction(&self) -> bool {
        self.has_input && [self.graph.logits, self.graph.probabilities].into_iter().all(|n| self.available(n))
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

    /// The value of any node after a run. A node that was fused away is computed now, and from then
    /// on in every run.
    pub async fn activation(&mut self, id: &str) -> Result<&Activation, ScopeError> {
        let node = self.graph.find(id)?;
        self.value(node).await
    }

    pub(crate) async fn value(&mut self, node: NodeId) -> Result<&Activation, ScopeError> {
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

    pub(crate) async fn read(&mut self, node: NodeId) -> Result<Activation, ScopeError> {
        let view = self.view(node).await?;
        Ok(Activation { shape: view.shape, data: self.engine.read(&view).await? })
    }

    /// Where the value of a node lies after a run.
    pub(crate) async fn located(&mut self, id: &str) -> Result<View, ScopeError> {
        let node = self.graph.find(id)?;
        self.view(node).await
    }

    /// The same; a node that was fused away is computed now.
    pub(crate) async fn view(&mut self, node: NodeId) -> Result<View, ScopeError> {
        if !self.has_input {
            return Err(ScopeError::NotRun);
        }
        if !self.available(node) {
            let node = self.graph.node(node).id.clone();
            return Err(match self.complete {
                true => ScopeError::NotComputed { node },
                false => ScopeError::NotYet { node },
            });
        }
        let steps = self.plan.steps.len();
        let view = self.plan.record(&self.graph, node);
        if self.plan.steps.len() > steps {
            self.extend().await?;
            self.prepare()?;
            self.engine.run(steps..self.plan.steps.len())?;
            self.steps[steps..].iter_mut().for_each(|step| step.computed = true);
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
            head: self.graph.head(),
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

    /// Makes a new plan for changed pins or factors, and runs the last picture again, as far as the weights
    /// allow.
    async fn replan(&mut self) -> Result<(), ScopeError> {
        let view = self.plan.input(&self.graph);
        let picture = if self.has_input { Some(self.engine.read(&view).await?) } else { None };
        self.plan = Plan::new(&self.graph, &self.pins)?;
        self.engine.reset();
        self.steps.clear();
        self.extend().await?;
        self.stop();
        if let Some(picture) = picture {
            self.engine.write_input(&view, &picture)?;
            self.restart(0);
            while self.advance().await?.state == State::More {}
        }
        Ok(())
    }

    /// Frees everything on the device.
    pub fn dispose(&mut self) {
        self.cache.clear();
        self.engine.dispose();
    }
}

pub(crate) fn check_channels(node: &str, shape: Shape, channels: &[usize]) -> Result<(), ScopeError> {
    match channels.iter().find(|c| **c >= shape.c()) {
        None => Ok(()),
        Some(found) => Err(ScopeError::Channel { node: node.to_owned(), channels: shape.c(), found: *found }),
    }
}
