//! A network with its weights on a device, shared by the runs on it.

use super::{Run, RunError};
use crate::engine::Engine;
use crate::net::zoo;
use crate::net::{Graph, NodeId};
use crate::params::{Params, Place};
use crate::plan::backward::Mirrored;
use crate::plan::pack::Layout;
use crate::plan::{Pins, Plan, Step};
use crate::weights::{Tensor, recipe};
use std::cell::{Ref, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// A network: graph, parameters, plan, and weights packed on a device. Cloning it yields the same network.
///
/// Weights may come at any time, before and during runs: see [`Network::put`]. A tensor that comes again
/// replaces the one before, and every [`Run`] on the network computes with the new one from then on.
#[derive(Clone, Debug)]
pub struct Network(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    graph: Graph,
    pins: Pins,
    plan: Plan,
    params: RefCell<Params>,
    arriving: RefCell<Option<Arriving>>,
    /// Of which version of their weights the adjoints' weights are; shared as the weights are.
    mirrored: Rc<RefCell<HashMap<NodeId, u64>>>,
    /// Without a plan: runs have engines forked from it.
    engine: RefCell<Engine>,
}

/// A tensor of which not all values have come.
#[derive(Debug)]
struct Arriving {
    place: Place,
    /// Of weights that kernels read; the values are in that order.
    layout: Option<Layout>,
    values: Vec<f32>,
}

impl Network {
    /// Prepares a network on an engine's device. Weights come next.
    ///
    /// # Errors
    /// [`RunError::Plan`] if the graph cannot be planned.
    pub fn new(graph: Graph, engine: Engine, every_op: bool) -> Result<Self, RunError> {
        let pins = Pins { every_op, ..Pins::default() };
        let plan = Plan::new(&graph, &pins)?;
        let params = RefCell::new(Params::new(graph.nodes.len()));
        let (arriving, engine) = (RefCell::default(), RefCell::new(engine));
        let mirrored = Rc::default();
        Ok(Self(Rc::new(Inner { graph, pins, plan, params, arriving, mirrored, engine })))
    }

    /// The same network for inputs of another size, with the weights that have come by now: those on the device
    /// are shared. Nodes keep their numbers.
    ///
    /// # Errors
    /// [`RunError::Graph`] for a size at which it does not run, [`RunError::Plan`].
    pub fn resized(&self, size: usize, pins: Pins) -> Result<Self, RunError> {
        let graph = zoo::resized(self.graph(), size)?;
        let plan = Plan::new(&graph, &pins)?;
        let params = RefCell::new(self.params().clone());
        let (arriving, engine) = (RefCell::default(), RefCell::new(self.engine(1)));
        let mirrored = self.0.mirrored.clone();
        Ok(Self(Rc::new(Inner { graph, pins, plan, params, arriving, mirrored, engine })))
    }

    /// A network with the same weights, which may be given others that leave this one as it is: before its runs
    /// begin. Weights must have come.
    pub fn apart(&self) -> Self {
        let params = RefCell::new(self.params().clone());
        let (arriving, engine) = (RefCell::default(), RefCell::new(self.0.engine.borrow().apart()));
        let mirrored = Rc::new(RefCell::new(self.0.mirrored.borrow().clone()));
        let (graph, pins, plan) = (self.graph().clone(), self.pins().clone(), self.plan().clone());
        Self(Rc::new(Inner { graph, pins, plan, params, arriving, mirrored, engine }))
    }

    /// Fills a node's tensors by the recipe of [`recipe`].
    ///
    /// # Errors
    /// Those of [`Network::put`].
    pub(crate) fn untrain(&self, node: NodeId, seed: u64) -> Result<(), RunError> {
        for (suffix, tensor) in recipe::tensors(self.graph(), node, seed) {
            self.set_tensor(Place { node, suffix }, &tensor)?;
        }
        Ok(())
    }

    /// A run on it, of one picture at a time.
    ///
    /// # Errors
    /// [`RunError::Engine`] if the device is out of memory.
    pub async fn run(&self) -> Result<Run, RunError> {
        Run::new(self.clone()).await
    }

    /// Its graph.
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// The zoo's entry for it.
    ///
    /// # Errors
    /// [`RunError::Graph`] if it is not of the zoo.
    pub fn zoo(&self) -> Result<&'static zoo::Network, RunError> {
        Ok(zoo::find(self.graph().network)?)
    }

    /// The steps that compute it, unless an intervention needs others.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    pub(super) fn pins(&self) -> &Pins {
        &self.0.pins
    }

    /// The parameters that have arrived. Do not hold this borrow across [`Network::put`].
    pub fn params(&self) -> Ref<'_, Params> {
        self.0.params.borrow()
    }

    /// An engine with its weights, for `batch` pictures.
    pub(crate) fn engine(&self, batch: usize) -> Engine {
        self.0.engine.borrow().fork(batch)
    }

    /// An engine for another network on the same device.
    pub fn device(&self) -> Engine {
        self.0.engine.borrow().beside()
    }

    /// Where a node's weights are in what the engine reads; none if it has none.
    pub fn layout(&self, node: NodeId) -> Option<Layout> {
        Layout::of(reader(self.plan(), node)?, self.0.engine.borrow().panel())
    }

    /// Packs a part of a convolution's weights for its adjoint, once for each change of the weights.
    pub(crate) async fn mirror(
        &self,
        mirrored: &Mirrored,
        plan: &Plan,
        engine: &mut Engine,
    ) -> Result<(), RunError> {
        let node = mirrored.node;
        let version = self.params().version(node);
        if self.0.mirrored.borrow().get(&mirrored.number) == Some(&version) {
            return Ok(());
        }
        let Some(step) = reader(plan, mirrored.number) else { return Ok(()) };
        let (Some(of), Some(to)) = (self.layout(node), Layout::of(step, engine.panel())) else {
            return Ok(());
        };
        if !self.params().is_loaded(node) {
            return Err(RunError::NotComputed { node: self.graph().node(node).id.clone() });
        }
        let weights = engine.read_weights(node).await?;
        let (inputs, outputs) = (step.output().shape.c(), step.input().shape.c());
        engine.set_weights(step, mirrored.pack(&weights, of, to, [outputs, inputs]))?;
        self.0.mirrored.borrow_mut().insert(mirrored.number, version);
        Ok(())
    }

    /// Hands over a tensor of a node, in PyTorch's layout.
    ///
    /// # Errors
    /// Those of [`Network::put`].
    pub fn set_tensor(&self, place: Place, tensor: &Tensor) -> Result<(), RunError> {
        self.put(place, 0, &tensor.data, true)
    }

    /// Hands over values of a tensor, in PyTorch's layout and in order: the first of them has the position
    /// `first`. The tensor is used once the `last` ones are there.
    ///
    /// # Errors
    /// [`RunError::Engine`] if the device refuses them; the tensor then still counts as missing.
    pub fn put(&self, place: Place, first: usize, values: &[f32], last: bool) -> Result<(), RunError> {
        let mut arriving = match self.0.arriving.take() {
            Some(arriving) if arriving.place == place && first > 0 => arriving,
            _ => {
                // A batch norm's weight is of no step.
                let layout = if place.suffix == "weight" { self.layout(place.node) } else { None };
                let values = layout.map_or_else(Vec::new, |layout| layout.zeros());
                Arriving { place, layout, values }
            }
        };
        match arriving.layout {
            Some(layout) => layout.place(first, values, &mut arriving.values),
            None => arriving.values.extend_from_slice(values),
        }
        if !last {
            self.0.arriving.replace(Some(arriving));
            return Ok(());
        }
        let Arriving { values, layout, .. } = arriving;
        if let (Some(step), Some(_)) = (reader(self.plan(), place.node), layout) {
            let bytes = self.0.engine.borrow_mut().set_weights(step, values)?;
            self.0.params.borrow_mut().set_loaded(place.node, bytes);
        } else {
            self.0.params.borrow_mut().set(place, values);
        }
        Ok(())
    }

    /// Fills every tensor by the recipe of [`recipe`]: "untrained weights".
    ///
    /// # Errors
    /// Those of [`Network::put`].
    pub fn synthetic(&self, seed: u64) -> Result<(), RunError> {
        for node in self.graph().ids() {
            self.untrain(node, seed)?;
        }
        self.weights_complete();
        Ok(())
    }

    /// Says that no more tensors will arrive.
    pub fn weights_complete(&self) {
        self.0.params.borrow_mut().set_complete();
    }
}

/// The step that reads a node's weights.
fn reader(plan: &Plan, node: NodeId) -> Option<&Step> {
    plan.steps.iter().find(|step| step.weights == Some(node))
}
