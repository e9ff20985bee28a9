//! The networks, one file a paper.

mod googlenet;
mod inception_resnet;
mod inception_v3;
mod inception_v4;
mod resnet;
mod xception;

use super::{Graph, GraphError, Profile};

/// What a caller may choose about a network.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Another graph of the same paper; the plain network if none.
    pub variant: Option<String>,
    /// What the weights imply; the network's first profile if none.
    pub profile: Option<String>,
    /// Number of classes; the network's default if none.
    pub classes: Option<usize>,
}

/// A listed network.
#[derive(Debug)]
pub struct Network {
    /// `googlenet`.
    pub id: &'static str,
    /// "GoogLeNet".
    pub title: &'static str,
    /// Authors, title, year, arXiv number.
    pub paper: &'static str,
    /// Rows and columns of the input.
    pub input_size: usize,
    /// Classes of the published weights.
    pub classes: usize,
    /// Ids of other graphs of the same paper.
    pub variants: &'static [&'static str],
    /// What published weights imply; the first is the default.
    pub profiles: &'static [Profile],
    build: fn(&Network, Option<&'static str>, Profile, usize) -> Result<Graph, GraphError>,
}

/// All networks, in the order of their papers.
pub const NETWORKS: &[&Network] = &[
    &googlenet::NETWORK,
    &inception_v3::NETWORK,
    &inception_v4::NETWORK,
    &inception_resnet::V1,
    &inception_resnet::V2,
    &xception::NETWORK,
    &resnet::RESNET34,
    &resnet::RESNET50,
    &resnet::RESNET101,
    &resnet::RESNET152,
];

/// The network of that id; `id:variant` is taken apart by [`build`].
pub fn find(id: &str) -> Result<&'static Network, GraphError> {
    let name = id.split(':').next().unwrap_or(id);
    NETWORKS.iter().copied().find(|n| n.id == name).ok_or_else(|| GraphError::Unknown {
        kind: "network".to_owned(),
        found: name.to_owned(),
        known: NETWORKS.iter().map(|n| n.id).collect::<Vec<_>>().join(", "),
    })
}

/// Builds a network by id (`googlenet` or `googlenet:published`) and options.
pub fn build(id: &str, options: &Options) -> Result<Graph, GraphError> {
    let network = find(id)?;
    let wanted = options.variant.as_deref().or_else(|| id.split_once(':').map(|(_, v)| v));
    let variant = match wanted {
        None | Some("") => None,
        Some(wanted) => Some(network.variants.iter().copied().find(|v| *v == wanted).ok_or_else(|| {
            GraphError::Unknown {
                kind: format!("variant of {}", network.id),
                found: wanted.to_owned(),
                known: if network.variants.is_empty() {
                    "none".to_owned()
                } else {
                    network.variants.join(", ")
                },
            }
        })?),
    };
    let profile = match options.profile.as_deref() {
        None | Some("") => network.profiles[0],
        Some(wanted) => {
            *network.profiles.iter().find(|p| p.id == wanted).ok_or_else(|| GraphError::Unknown {
                kind: format!("profile of {}", network.id),
                found: wanted.to_owned(),
                known: network.profiles.iter().map(|p| p.id).collect::<Vec<_>>().join(", "),
            })?
        }
    };
    (network.build)(network, variant, profile, options.classes.unwrap_or(network.classes))
}
