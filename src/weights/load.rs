//! Which tensor of a file belongs to which node of a graph?

use super::identify::identify;
use super::names::{Head, Names};
use super::{Misshaped, Tensor, TensorInfo, Warning, WeightsError};
use crate::net::{Graph, ModuleKind, NodeId, Op};
use crate::params::Place;
use std::collections::HashMap;

/// Finds the node of each tensor of a file. Made from the list of its tensors, so that a file that
/// does not fit is refused before its values are read.
#[derive(Clone, Debug)]
pub struct Loader {
    places: HashMap<String, Place>,
    /// Tensors that the file lacks and that have a value by convention, to be set at once:
    /// gamma of Keras batch norms without scale is 1.
    pub defaults: Vec<(Place, Tensor)>,
    /// Tensors of the file that the network does not need.
    pub extra: Vec<String>,
    /// Modules (indices into [`Graph::modules`]) that the file has no weights for: auxiliary heads,
    /// which are often left out. Their nodes cannot be computed.
    pub unavailable: Vec<usize>,
    /// Whether the file has no classifier: logits and probabilities cannot be computed, all before them can.
    pub headless: bool,
    /// Warnings from matching the tensors.
    pub warnings: Vec<Warning>,
}

impl Loader {
    /// Matches a file's tensors with a graph, or says which are missing and which have another shape.
    ///
    /// A tensor's name is `{node id}.{suffix}`, perhaps behind the prefix of what wraps the network, or what
    /// Hugging Face transformers calls it. Auxiliary heads and the classifier are taken whole or not at all.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Mismatch`] if tensors are missing or have another shape.
    pub fn new(graph: &Graph, tensors: &[TensorInfo]) -> Result<Self, WeightsError> {
        let matched = match_tensors(graph, tensors);
        if matched.complete() {
            let Matched { places, defaults, unavailable, headless, head, .. } = matched;
            let names = tensors.iter().map(|tensor| &tensor.name);
            let extra = names.filter(|name| !places.contains_key(*name)).cloned().collect();
            let assumed = head.assumed.into_iter().map(|layer| Warning::AssumedRelu { layer });
            let warnings = headless.then_some(Warning::Headless).into_iter().chain(assumed).collect();
            return Ok(Self { places, defaults, extra, unavailable, headless, warnings });
        }
        Err(WeightsError::Mismatch {
            network: graph.network.to_owned(),
            fitting: matched.places.len(),
            fits: if matched.near() { Vec::new() } else { identify(tensors) },
            missing: matched.missing,
            misshaped: matched.misshaped,
        })
    }

    /// The place of a tensor; `None` if the network does not need it.
    pub fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }
}

/// What became of the tensors of a graph, or of one of its modules.
#[derive(Default)]
pub(super) struct Matched {
    pub(super) places: HashMap<String, Place>,
    defaults: Vec<(Place, Tensor)>,
    missing: Vec<String>,
    misshaped: Vec<Misshaped>,
    unavailable: Vec<usize>,
    headless: bool,
    head: Head,
}

impl Matched {
    pub(super) fn complete(&self) -> bool {
        self.faults() == 0
    }

    pub(super) fn faults(&self) -> usize {
        self.missing.len() + self.misshaped.len()
    }

    /// A near miss is the right network: the list says what is wrong with it.
    pub(super) fn near(&self) -> bool {
        self.places.len() > self.faults()
    }
}

/// A file's tensors, and whether any batch norm has a gamma among them.
struct File<'a> {
    tensors: Names<'a>,
    gamma: bool,
}

pub(super) fn match_tensors(graph: &Graph, tensors: &[TensorInfo]) -> Matched {
    let tensors = Names::new(graph, tensors);
    let gamma = (graph.nodes.iter())
        .filter(|node| matches!(node.op, Op::BatchNorm(_)))
        .any(|node| tensors.get(&format!("{}.weight", node.id)).is_some());
    let file = File { tensors, gamma };
    let mut all = Matched { head: file.tensors.head.clone(), ..Matched::default() };
    for (index, module) in graph.modules.iter().enumerate() {
        let mut matched = Matched::default();
        for id in graph.ids().filter(|id| graph.node(*id).module == index) {
            let before = (matched.places.len(), matched.missing.len());
            match_node(graph, id, &file, &mut matched);
            // Without all of its tensors it is the classifier that the file has not.
            if id == graph.logits && matched.places.len() == before.0 && matched.misshaped.is_empty() {
                matched.missing.truncate(before.1);
                all.headless = true;
            }
        }
        if module.kind == ModuleKind::Auxiliary && !matched.complete() {
            all.unavailable.push(index);
            continue;
        }
        all.places.extend(matched.places);
        all.defaults.append(&mut matched.defaults);
        all.missing.append(&mut matched.missing);
        all.misshaped.append(&mut matched.misshaped);
    }
    all
}

fn match_node(graph: &Graph, id: NodeId, file: &File<'_>, matched: &mut Matched) {
    let node = graph.node(id);
    for param in node.op.params() {
        let name = format!("{}.{}", node.id, param.suffix);
        let place = Place { node: id, suffix: param.suffix };
        match file.tensors.get(&name) {
            Some(tensor) if is_shape(&tensor.shape, &param.shape) => {
                matched.places.insert(tensor.name.clone(), place);
            }
            Some(tensor) => matched.misshaped.push(Misshaped {
                name: tensor.name.clone(),
                expected: param.shape,
                found: tensor.shape.clone(),
            }),
            // Keras with scale=False stores no gamma at all; one that lacks among others is missing.
            None if matches!(node.op, Op::BatchNorm(_)) && param.suffix == "weight" && !file.gamma => {
                let data = vec![1.0; param.shape.iter().product()];
                matched.defaults.push((place, Tensor { shape: param.shape, data }));
            }
            None => matched.missing.push(name),
        }
    }
}

/// Whether a tensor has the shape of a parameter. Vectors of Cadene's BN-Inception are matrices of one row.
fn is_shape(found: &[usize], expected: &[usize]) -> bool {
    found == expected || (expected.len() == 1 && matches!(found, [1, length] if *length == expected[0]))
}

#[cfg(test)]
mod tests;
