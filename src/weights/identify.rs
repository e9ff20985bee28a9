//! Which network are these tensors of?

use super::TensorInfo;
use super::load::{Matched, match_tensors};
use super::names::Head;
use crate::net::zoo::{self, NETWORKS, Options};

/// The networks that the tensors fit; `googlenet:published` for a variant that no plain network's tensors are.
pub fn identify(tensors: &[TensorInfo]) -> Vec<String> {
    let plain = complete(networks(), tensors);
    if plain.is_empty() { complete(variants(), tensors) } else { plain }
}

fn complete(candidates: impl Iterator<Item = String>, tensors: &[TensorInfo]) -> Vec<String> {
    let mut fits: Vec<_> = matches(candidates, tensors).filter(|(_, matched)| matched.complete()).collect();
    // All tensors of a ResNet-50 are in a ResNet-101, too, and it is that which most of the file is for.
    let most = fits.iter().map(|(_, matched)| matched.places.len()).max();
    fits.retain(|(_, matched)| Some(matched.places.len()) == most);
    fits.into_iter().map(|(id, _)| id).collect()
}

/// The network with the shortest list of what is missing, if it is a near miss: that list says what
/// is wrong with the file.
pub fn nearest(tensors: &[TensorInfo]) -> Option<String> {
    let near = matches(networks().chain(variants()), tensors).filter(|(_, matched)| matched.near());
    near.min_by_key(|(_, matched)| matched.faults()).map(|(id, _)| id)
}

/// Whether the tensors fit that network.
pub fn fits(network: &str, tensors: &[TensorInfo]) -> bool {
    match_network(network, tensors).is_some_and(|matched| matched.complete())
}

fn networks() -> impl Iterator<Item = String> {
    NETWORKS.iter().map(|network| network.id.to_owned())
}

fn variants() -> impl Iterator<Item = String> {
    NETWORKS.iter().flat_map(|network| network.variants.iter().map(|v| format!("{}:{}", network.id, v.id)))
}

/// Each network, with as many classes as the file has.
fn matches(
    candidates: impl Iterator<Item = String>,
    tensors: &[TensorInfo],
) -> impl Iterator<Item = (String, Matched)> {
    candidates.filter_map(|id| match_network(&id, tensors).map(|matched| (id, matched)))
}

fn match_network(network: &str, tensors: &[TensorInfo]) -> Option<Matched> {
    let graph = zoo::build(network, &Options::default()).ok()?;
    let Head { classes, layers, .. } = Head::of(&graph, tensors);
    let options = Options { classes, head: layers, ..Options::default() };
    Some(match_tensors(&zoo::build(network, &options).ok()?, tensors))
}
