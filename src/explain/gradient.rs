//! Gradients of values of a network with respect to others.

use crate::engine::{Engine, EngineError};
use crate::error::{Coded, Facts};
use crate::net::NodeId;
use crate::plan::backward::{Backward, BackwardError};
use crate::plan::{Change, Plan, ReluRule};
use crate::run::{Activation, Intervention, Network, Run, RunError, SLICE};

/// Why there is no gradient.
#[derive(Debug, thiserror::Error)]
pub enum GradientError {
    /// A target or a wished node that can not be had.
    #[error(transparent)]
    Backward(#[from] BackwardError),
    /// A node was given a value, so that the target no longer depends on what the node reads.
    #[error("{node} was given a value, which no gradient goes through; restore it first")]
    Replaced {
        /// The node.
        node: String,
    },
    /// The network, its weights or the engine.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<EngineError> for GradientError {
    fn from(error: EngineError) -> Self {
        Self::Run(error.into())
    }
}

impl Coded for GradientError {
    fn code(&self) -> &'static str {
        match self {
            Self::Backward(e) => e.code(),
            Self::Replaced { .. } => "gradient.replaced",
            Self::Run(e) => e.code(),
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Backward(e) => e.facts(),
            Self::Replaced { node } => vec![("node", node.into())],
            Self::Run(e) => e.facts(),
        }
    }
}

/// Gradients of the same targets with respect to the same nodes, of one batch of pictures after the other. It
/// has buffers of its own for the values in between and their gradients; weights are the network's.
///
/// The gradient of a node is that of the sum, over all targets, of a target's value times its seed, value by
/// value: a seed of 1 at one logit and 0 elsewhere yields the gradient of that logit.
#[derive(Debug)]
pub struct Gradients {
    network: Network,
    engine: Engine,
    backward: Backward,
    /// Steps before the gradient's that the targets need.
    needed: Vec<usize>,
}

impl Gradients {
    /// For the interventions of a run, and so many pictures at a time. Nodes must be recorded by the run's plan.
    ///
    /// # Errors
    /// [`GradientError::Backward`] for a node that is not recorded or that no target depends on,
    /// [`GradientError::Replaced`] if a node has a given value, [`GradientError::Run`] if weights are missing or
    /// the device has no room.
    pub async fn new(
        run: &Run,
        targets: &[NodeId],
        wished: &[NodeId],
        rule: ReluRule,
        pictures: usize,
    ) -> Result<Self, GradientError> {
        for change in run.interventions() {
            if let Intervention::Replaced { node } = change {
                return Err(GradientError::Replaced { node });
            }
        }
        Self::of(run.network().clone(), run.plan(), &|step| run.change(step), targets, wished, rule, pictures)
            .await
    }

    /// For a network without changes, whose plan must record the nodes, and so many pictures at a time.
    ///
    /// # Errors
    /// As of [`Gradients::new`].
    pub async fn unchanged(
        network: Network,
        targets: &[NodeId],
        wished: &[NodeId],
        rule: ReluRule,
        pictures: usize,
    ) -> Result<Self, GradientError> {
        let plan = network.plan().clone();
        Self::of(network, &plan, &|_| Change::default(), targets, wished, rule, pictures).await
    }

    async fn of<'a>(
        network: Network,
        plan: &Plan,
        change: &dyn Fn(usize) -> Change<'a>,
        targets: &[NodeId],
        wished: &[NodeId],
        rule: ReluRule,
        pictures: usize,
    ) -> Result<Self, GradientError> {
        let backward = Backward::new(network.graph(), plan, targets, wished, rule)?;
        let needed = needed(plan, targets);
        let mut engine = network.engine(pictures);
        engine.extend(&backward.plan).await?;
        for mirrored in &backward.mirrored {
            network.mirror(mirrored, &backward.plan, &mut engine).await?;
        }
        let forward = |step: usize| {
            let params = network.params();
            plan.epilogue(step, network.graph(), |node, suffix| params.get(node, suffix), change(step))
        };
        for step in &needed {
            if let Some(node) = plan.steps[*step].weights
                && !network.params().is_loaded(node)
            {
                let node = network.graph().node(node).id.clone();
                return Err(RunError::NotComputed { node }.into());
            }
            engine.set_epilogue(*step, &forward(*step))?;
        }
        for step in backward.first..backward.plan.steps.len() {
            engine.set_epilogue(step, &backward.epilogue(step, forward))?;
        }
        Ok(Self { network, engine, backward, needed })
    }

    /// Computes the gradients of pictures, each C,H,W as the network's first node is. `seed` yields the
    /// gradient of a target for a picture: as many values as the target has.
    ///
    /// # Errors
    /// [`GradientError::Run`] for values of the wrong size, or if the engine fails.
    pub async fn compute(
        &mut self,
        pictures: &[&[f32]],
        targets: &[NodeId],
        seed: impl Fn(NodeId, usize) -> Vec<f32>,
    ) -> Result<(), GradientError> {
        let graph = self.network.graph();
        let most = self.engine.batch();
        if pictures.is_empty() || pictures.len() > most {
            return Err(RunError::Pictures { most, found: pictures.len() }.into());
        }
        let view = self.backward.plan.input(graph);
        for (picture, values) in pictures.iter().enumerate() {
            self.engine.write_input(&view, picture, values)?;
            for target in targets {
                let Some(view) = self.backward.seed(*target) else { continue };
                self.engine.write_input(&view, picture, &seed(*target, picture))?;
            }
        }
        let gradient = self.backward.first..self.backward.plan.steps.len();
        self.run(self.needed.iter().copied().chain(gradient).collect()).await
    }

    /// Computes the targets' values for pictures, without gradients.
    ///
    /// # Errors
    /// As of [`Gradients::compute`].
    pub async fn evaluate(&mut self, pictures: &[Vec<f32>]) -> Result<(), GradientError> {
        let view = self.backward.plan.input(self.network.graph());
        for (at, picture) in pictures.iter().enumerate() {
            self.engine.write_input(&view, at, picture)?;
        }
        self.run(self.needed.clone()).await
    }

    /// Computes the gradients for the pictures that were evaluated last: of each its seeds.
    ///
    /// # Errors
    /// As of [`Gradients::compute`].
    pub async fn pull(&mut self, targets: &[NodeId], seeds: &[Vec<Vec<f32>>]) -> Result<(), GradientError> {
        for (at, seeds) in seeds.iter().enumerate() {
            for (target, seed) in targets.iter().zip(seeds) {
                let Some(view) = self.backward.seed(*target) else { continue };
                self.engine.write_input(&view, at, seed)?;
            }
        }
        self.run((self.backward.first..self.backward.plan.steps.len()).collect()).await
    }

    /// Runs steps in that order.
    async fn run(&mut self, steps: Vec<usize>) -> Result<(), GradientError> {
        let (mut from, mut end, mut macs) = (0, 0, 0);
        for step in steps {
            if step != end || macs > SLICE {
                self.engine.run(from..end)?;
                (from, macs) = (step, 0);
            }
            end = step + 1;
            macs += self.backward.plan.steps[step].macs;
        }
        self.engine.run(from..end)?;
        Ok(self.engine.finish().await?)
    }

    /// The gradient with respect to a wished node, of a picture.
    ///
    /// # Errors
    /// [`GradientError::Backward`] for a node that was not wished, [`GradientError::Run`].
    pub async fn gradient(&mut self, node: NodeId, picture: usize) -> Result<Activation, GradientError> {
        let view = self
            .backward
            .gradient(node)
            .ok_or_else(|| BackwardError::Unreached { node: self.network.graph().node(node).id.clone() })?;
        Ok(Activation { shape: view.shape, data: self.engine.read(&view, picture).await? })
    }

    /// The value of a node that the targets depend on, of a picture.
    ///
    /// # Errors
    /// As of [`Gradients::gradient`].
    pub async fn value(&mut self, node: NodeId, picture: usize) -> Result<Activation, GradientError> {
        let name = || self.network.graph().node(node).id.clone();
        let view = self.backward.plan.view(node).ok_or_else(|| BackwardError::Fused { node: name() })?;
        Ok(Activation { shape: view.shape, data: self.engine.read(&view, picture).await? })
    }

    /// Bytes of values and gradients.
    pub fn bytes(&self) -> usize {
        let values: usize = self.backward.plan.buffers.iter().map(|buffer| buffer.len()).sum();
        values * size_of::<f32>() * self.engine.batch()
    }

    /// Sets everything but the picture to NaN: a test's way to see that all is computed.
    ///
    /// # Errors
    /// [`GradientError::Run`] if the engine fails.
    pub fn poison(&mut self) -> Result<(), GradientError> {
        Ok(self.engine.poison()?)
    }
}

/// The steps that make the targets' values, in order.
fn needed(plan: &Plan, targets: &[NodeId]) -> Vec<usize> {
    let mut needed = vec![false; plan.steps.len()];
    for view in targets.iter().filter_map(|target| plan.view(*target)) {
        plan.writers(view, plan.steps.len()).for_each(|step| needed[step] = true);
    }
    for step in (0..plan.steps.len()).rev() {
        if needed[step] {
            let operands = plan.steps[step].operands.iter();
            operands.flat_map(|view| plan.writers(*view, step)).for_each(|writer| needed[writer] = true);
        }
    }
    (0..needed.len()).filter(|step| needed[*step]).collect()
}
