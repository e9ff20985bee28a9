//! What if? Changes to a run, each written into the step concerned: that step and what reads it run again,
//! nothing before it.

use super::{Network, Run, RunError, check_channels, check_values};
use crate::net::NodeId;
use crate::plan::{Change, Pins, Plan};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is changed in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Interventions {
    /// One factor a channel of a node's value.
    gains: BTreeMap<NodeId, Vec<f32>>,
    /// Residual sums in order, and their scales. They are few, and a map of its own would be 8 KB of the wasm.
    residual_scales: Vec<(NodeId, f32)>,
    /// What a node's value is, whatever it reads: C,H,W.
    replaced: BTreeMap<NodeId, Vec<f32>>,
}

/// One change, to be listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Intervention {
    /// Channels of a node are multiplied.
    Gain {
        /// The node.
        node: String,
        /// Its channels; all if none are named.
        channels: Vec<usize>,
        /// By which factor: 0 mutes.
        factor: f32,
    },
    /// A residual block's scale is another.
    ResidualScale {
        /// The block.
        block: String,
        /// Its residual scale.
        factor: f32,
        /// The network's own.
        own: f32,
    },
    /// A node has a given value.
    Replaced {
        /// The node.
        node: String,
    },
}

impl Interventions {
    /// What becomes of a step's epilogue that computes these nodes.
    pub(super) fn change(&self, nodes: &[NodeId]) -> Change<'_> {
        Change {
            gain: nodes.last().and_then(|node| self.gains.get(node)).map(Vec::as_slice),
            residual_scale: nodes.iter().find_map(|node| self.residual_scale(*node)),
        }
    }

    fn residual_scale(&self, sum: NodeId) -> Option<f32> {
        self.residual_scales.iter().find(|(changed, _)| *changed == sum).map(|(_, scale)| *scale)
    }

    /// Returns whether it was changed before.
    fn set_residual_scale(&mut self, sum: NodeId, scale: Option<f32>) -> bool {
        let at = self.residual_scales.partition_point(|(other, _)| *other < sum);
        let was_changed = self.residual_scale(sum).is_some();
        if was_changed {
            self.residual_scales.remove(at);
        }
        if let Some(scale) = scale {
            self.residual_scales.insert(at, (sum, scale));
        }
        was_changed
    }

    /// Everything that is changed at a node.
    fn of(&self, node: NodeId) -> (Option<&Vec<f32>>, Option<f32>, Option<&Vec<f32>>) {
        (self.gains.get(&node), self.residual_scale(node), self.replaced.get(&node))
    }

    /// The value that a node was given.
    pub(super) fn replacement(&self, node: NodeId) -> Option<&[f32]> {
        self.replaced.get(&node).map(Vec::as_slice)
    }
}

impl Run {
    /// What is changed in this run.
    pub fn interventions(&self) -> Vec<Intervention> {
        let graph = self.network.graph();
        let name = |node: &NodeId| graph.node(*node).id.clone();
        let Interventions { gains, residual_scales, replaced } = &self.interventions;
        let mut list = Vec::new();
        for (node, gains) in gains {
            // Channels of one factor go together.
            let mut factors: Vec<(f32, Vec<usize>)> = Vec::new();
            for (channel, gain) in gains.iter().enumerate().filter(|(_, gain)| **gain != 1.0) {
                match factors.iter_mut().find(|(factor, _)| factor == gain) {
                    Some((_, channels)) => channels.push(channel),
                    None => factors.push((*gain, vec![channel])),
                }
            }
            for (factor, mut channels) in factors {
                if channels.len() == gains.len() {
                    channels.clear();
                }
                list.push(Intervention::Gain { node: name(node), channels, factor });
            }
        }
        for (sum, factor) in residual_scales {
            let block = graph.modules[graph.node(*sum).module].id.clone();
            let own = graph.residual_scale(*sum);
            list.push(Intervention::ResidualScale { block, factor: *factor, own });
        }
        list.extend(replaced.keys().map(|node| Intervention::Replaced { node: name(node) }));
        list
    }

    /// Sets the value of a node, or some of its channels (all if none are named), to 0 in this and every
    /// further run. [`Run::advance`] then computes what changes.
    ///
    /// # Errors
    /// [`RunError::Graph`] and [`RunError::Channel`] if there is no such thing; [`RunError::Engine`].
    pub async fn mute(&mut self, node: &str, channels: &[usize]) -> Result<(), RunError> {
        self.multiply(node, channels, 0.0).await
    }

    /// On a residual block, sets the scale of its residual; on any other node, the factor by which its value
    /// is multiplied. [`Run::advance`] then computes what changes.
    ///
    /// # Errors
    /// [`RunError::Graph`] if there is no such node, [`RunError::Factor`], [`RunError::Engine`].
    pub async fn scale(&mut self, node: &str, factor: f32) -> Result<(), RunError> {
        let Some(sum) = self.network.graph().residual_sum(node) else {
            return self.multiply(node, &[], factor).await;
        };
        check_factor(node, factor)?;
        let own = self.network.graph().residual_scale(sum);
        self.interventions.set_residual_scale(sum, (factor != own).then_some(factor));
        self.changed(sum);
        Ok(())
    }

    /// Sets the factor by which a node's value, or some of its channels (all if none are named), is
    /// multiplied: 0 mutes, 1 undoes that. [`Run::advance`] then computes what changes.
    ///
    /// # Errors
    /// Those of [`Run::mute`], and [`RunError::Factor`].
    pub async fn multiply(&mut self, node: &str, channels: &[usize], factor: f32) -> Result<(), RunError> {
        check_factor(node, factor)?;
        let id = self.network.graph().find(node)?;
        let shape = self.network.graph().node(id).shape;
        check_channels(node, shape, channels)?;
        self.make_changeable(id).await?;
        let gains = self.interventions.gains.entry(id).or_insert_with(|| vec![1.0; shape.c()]);
        for (channel, gain) in gains.iter_mut().enumerate() {
            if channels.is_empty() || channels.contains(&channel) {
                *gain = factor;
            }
        }
        if gains.iter().all(|gain| *gain == 1.0) {
            self.interventions.gains.remove(&id);
        }
        self.changed(id);
        Ok(())
    }

    /// Gives a node a value, C,H,W, in this and every further run, whatever it reads. [`Run::advance`] then
    /// computes what changes.
    ///
    /// # Errors
    /// [`RunError::Graph`] if there is no such node, [`RunError::Input`] if the value has another size;
    /// [`RunError::Engine`].
    pub async fn replace(&mut self, node: &str, value: Vec<f32>) -> Result<(), RunError> {
        let graph = self.network.graph();
        let id = graph.find(node)?;
        check_values(graph, id, value.len())?;
        self.make_changeable(id).await?;
        self.interventions.replaced.insert(id, value);
        self.changed(id);
        Ok(())
    }

    /// Undoes the changes to a node or a residual block. Other changes stay.
    ///
    /// # Errors
    /// [`RunError::Graph`] if there is no such node.
    pub fn restore(&mut self, node: &str) -> Result<(), RunError> {
        let sum = self.network.graph().residual_sum(node);
        let id = match (self.network.graph().find(node), sum) {
            (Ok(id), _) => id,
            (Err(_), Some(sum)) => sum,
            (Err(error), None) => return Err(error.into()),
        };
        let Interventions { gains, replaced, .. } = &mut self.interventions;
        let changed = gains.remove(&id).is_some() | replaced.remove(&id).is_some();
        let scaled = sum.filter(|sum| self.interventions.set_residual_scale(*sum, None));
        for node in scaled.into_iter().chain(changed.then_some(id)) {
            self.changed(node);
        }
        Ok(())
    }

    /// Undoes all changes.
    pub fn restore_all(&mut self) {
        let Interventions { gains, residual_scales, replaced } = std::mem::take(&mut self.interventions);
        let scaled = residual_scales.into_iter().map(|(sum, _)| sum);
        for node in gains.into_keys().chain(scaled).chain(replaced.into_keys()) {
            self.changed(node);
        }
    }

    /// What is changed, to be set again.
    pub(crate) fn changes(&self) -> &Interventions {
        &self.interventions
    }

    /// Changes what was changed at another time, and nothing else.
    pub(crate) fn set_interventions(&mut self, interventions: &Interventions) {
        let before = std::mem::replace(&mut self.interventions, interventions.clone());
        for node in self.network.graph().ids() {
            if before.of(node) != self.interventions.of(node) {
                self.changed(node);
            }
        }
    }

    /// The scale of a residual sum in this run.
    pub(crate) fn residual_scale(&self, sum: NodeId) -> f32 {
        let changed = self.interventions.residual_scale(sum);
        changed.unwrap_or_else(|| self.network.graph().residual_scale(sum))
    }

    /// Another run on the same network with the same changes, of the selected picture: what is asked there
    /// leaves this one as it is.
    ///
    /// # Errors
    /// [`RunError::NotRun`] if there is no picture; as of [`Run::begin`].
    pub(crate) async fn twin(&mut self) -> Result<(Self, Vec<f32>), RunError> {
        let picture = self.input().await?;
        let mut twin = self.blank().await?;
        twin.begin(&[super::Input::Normalized(&picture)]).await?;
        Ok((twin, picture))
    }

    /// Another run on the same network with the same changes, without a picture.
    ///
    /// # Errors
    /// As of [`Run::fork`] and [`Plan::new`].
    pub(crate) async fn blank(&self) -> Result<Self, RunError> {
        self.on(&self.network).await
    }

    /// The same on a network of the same graph.
    ///
    /// # Errors
    /// As of [`Run::blank`].
    pub(crate) async fn on(&self, network: &Network) -> Result<Self, RunError> {
        let mut blank = network.run().await?;
        if !self.pins.steps.is_empty() {
            let mut engine = network.engine(1);
            let plan = Plan::new(network.graph(), &self.pins)?;
            engine.extend(&plan).await?;
            blank.adopt(engine, plan, self.pins.clone());
        }
        blank.interventions = self.interventions.clone();
        Ok(blank)
    }

    /// Makes sure that a step stores the node whose epilogue changes it and nothing else. If the plan has
    /// none, because the node was fused away or lies together from others' values, another plan is made, once.
    async fn make_changeable(&mut self, node: NodeId) -> Result<(), RunError> {
        if self.plan.step_of(node).is_some_and(|step| self.is_planned(step)) {
            return Ok(());
        }
        let mut pins = self.pins.clone();
        pins.steps.insert(node);
        let plan = Plan::new(self.network.graph(), &pins)?;
        self.replan(plan, pins).await
    }

    /// Every step that computes a node has another epilogue.
    fn changed(&mut self, node: NodeId) {
        for step in 0..self.plan.steps.len() {
            if self.plan.steps[step].nodes.contains(&node) {
                self.invalidate(step);
            }
        }
    }

    /// Changes to another plan of the network, with the same pictures.
    async fn replan(&mut self, plan: Plan, pins: Pins) -> Result<(), RunError> {
        let mut engine = self.engine.fork(self.engine.batch());
        engine.extend(&plan).await?;
        let view = self.plan.input(self.network.graph());
        if self.has_pictures() {
            for picture in 0..self.engine.batch() {
                let values = self.engine.read(&view, picture).await?;
                engine.write_input(&view, picture, &values)?;
            }
        }
        self.adopt(engine, plan, pins);
        Ok(())
    }
}

fn check_factor(node: &str, factor: f32) -> Result<(), RunError> {
    if factor.is_finite() {
        return Ok(());
    }
    Err(RunError::Factor { node: node.to_owned(), factor })
}
